//! The command line: what can be said, and what becomes of an error.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use latchkey_config::{Config, HumanDuration, Sources};
use latchkey_core::{ApiKeyId, ClientId};
use latchkey_protocol::SigningAlgorithm;
use latchkey_tenants::TenantSecret;

use crate::commands;

/// Latchkey: a multi-tenant OAuth 2 and OpenID Connect server.
#[derive(Debug, Parser)]
#[command(name = "latchkey", version, about, max_term_width = 100)]
struct Cli {
    /// Configuration file; LATCHKEY_* variables win over it. Default: ./latchkey.toml when it exists.
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve; brings the database up to date first.
    Serve(ServeArgs),
    /// Bring the database up to date and exit.
    Migrate,
    /// Make the database agree with a state file; applying it again changes nothing.
    Apply(ApplyArgs),
    /// Write the state of the tenants as YAML; contains password hashes, keep it safe.
    Export(ExportArgs),
    /// Tenants.
    #[command(subcommand)]
    Tenant(TenantCommand),
    /// Users of a tenant.
    #[command(subcommand)]
    User(UserCommand),
    /// Invitations to a tenant, each for one mail address.
    #[command(subcommand)]
    Invitation(InvitationCommand),
    /// Signing keys of tenants.
    #[command(subcommand)]
    Keys(KeysCommand),
    /// Clients of tenants.
    #[command(subcommand)]
    Client(ClientCommand),
    /// Mails of tenants.
    #[command(subcommand)]
    Mail(MailCommand),
    /// Claims of tokens.
    #[command(subcommand)]
    Claims(ClaimsCommand),
    /// Initial access tokens: what lets applications register themselves.
    #[command(subcommand)]
    RegistrationToken(RegistrationTokenCommand),
    /// API keys of resource servers.
    #[command(subcommand)]
    ApiKey(ApiKeyCommand),
    /// Make a filter of passwords that are known from breaches, for LATCHKEY_PASSWORD_BREACH_FILTER.
    BreachedPasswords(BreachedPasswordsArgs),
    /// Check the configuration and print it without secrets.
    CheckConfig,
}

/// Options of `latchkey serve`.
#[derive(Debug, Default, Args)]
pub struct ServeArgs {
    /// Refuse to start while the database lacks a migration.
    #[arg(long)]
    pub no_migrate: bool,
    /// Serve the demo page at /demo; load examples/demo.yaml first.
    #[arg(long)]
    pub demo: bool,
}

/// Options of `latchkey apply`.
#[derive(Debug, Args)]
pub struct ApplyArgs {
    /// The state file; `-` reads standard input.
    #[arg(short, long, value_name = "FILE")]
    pub file: PathBuf,
    /// Change nothing; print what would change and exit with 2 when anything would.
    #[arg(long)]
    pub dry_run: bool,
}

/// Options of `latchkey export`.
#[derive(Debug, Args)]
pub struct ExportArgs {
    /// Only this tenant.
    #[arg(long, value_name = "SLUG")]
    pub tenant: Option<String>,
}

/// `latchkey tenant …`
#[derive(Debug, Subcommand)]
pub enum TenantCommand {
    /// Create a tenant.
    Create {
        /// Its name in URLs: a-z, 0-9 and -.
        slug: String,
        /// Its name for people. Default: the slug.
        #[arg(long)]
        name: Option<String>,
    },
    /// Set a secret that the tenant's settings need, such as the key of its webhook, from the first line of standard input.
    SetSecret(TenantSecretArgs),
}

/// Options of `latchkey tenant set-secret`.
#[derive(Debug, Args)]
pub struct TenantSecretArgs {
    /// The tenant.
    #[arg(long, value_name = "SLUG")]
    pub tenant: String,
    /// Which secret.
    #[arg(value_name = "NAME")]
    pub secret: TenantSecret,
    /// Make one and print it, once.
    #[arg(long)]
    pub generate: bool,
    /// Forget it.
    #[arg(long, conflicts_with = "generate")]
    pub remove: bool,
}

/// `latchkey user …`
#[derive(Debug, Subcommand)]
pub enum UserCommand {
    /// Create a user.
    Create(UserCreateArgs),
    /// Make a new invitation for a user who has not accepted one yet; the earlier ones end.
    Invite(UserInviteArgs),
    /// Revoke every token that was issued for a user, and end every session: after a theft, or when somebody leaves.
    RevokeTokens(UserRevokeTokensArgs),
    /// Have a user choose another password at the next sign-in: until then there is neither a session nor a token.
    RequirePasswordChange(UserRequirePasswordChangeArgs),
    /// Take away a user's second factors and recovery codes, and end every session: for who has lost them all.
    ResetSecondFactors(UserResetSecondFactorsArgs),
    /// Link somebody at another issuer that the tenant trusts to a user.
    LinkIdentity(UserLinkIdentityArgs),
    /// List the identities that are linked to a user.
    ListIdentities {
        /// The tenant.
        #[arg(long, value_name = "SLUG")]
        tenant: String,
        /// The user name, mail address or id.
        #[arg(value_name = "USER")]
        user: String,
    },
    /// End the link of an identity to a user.
    UnlinkIdentity(UserUnlinkIdentityArgs),
}

/// Options of `latchkey user link-identity`.
#[derive(Debug, Args)]
pub struct UserLinkIdentityArgs {
    /// The tenant.
    #[arg(long, value_name = "SLUG")]
    pub tenant: String,
    /// The other issuer, as its assertions name it.
    #[arg(long, value_name = "URL")]
    pub issuer: String,
    /// The `sub` there.
    #[arg(long)]
    pub subject: String,
    /// What the user knows the issuer by. Default: the issuer.
    #[arg(long)]
    pub label: Option<String>,
    /// The user name, mail address or id.
    #[arg(value_name = "USER")]
    pub user: String,
}

/// Options of `latchkey user unlink-identity`.
#[derive(Debug, Args)]
pub struct UserUnlinkIdentityArgs {
    /// The tenant.
    #[arg(long, value_name = "SLUG")]
    pub tenant: String,
    /// The other issuer.
    #[arg(long, value_name = "URL")]
    pub issuer: String,
    /// The `sub` there.
    #[arg(long)]
    pub subject: String,
    /// The user name, mail address or id.
    #[arg(value_name = "USER")]
    pub user: String,
}

/// Options of `latchkey user create`.
#[derive(Debug, Args)]
pub struct UserCreateArgs {
    /// The tenant.
    #[arg(long, value_name = "SLUG")]
    pub tenant: String,
    /// The name the user signs in with.
    #[arg(long)]
    pub username: String,
    /// Mail address.
    #[arg(long)]
    pub email: Option<String>,
    /// Read the password from the first line of standard input.
    #[arg(long, conflicts_with = "invite")]
    pub password_stdin: bool,
    /// Invite the user to choose a password (the default): by mail when mail is configured and there is an address, else
    /// by a link that is printed.
    #[arg(long)]
    pub invite: bool,
}

/// Options of `latchkey user invite`.
#[derive(Debug, Args)]
pub struct UserInviteArgs {
    /// The tenant.
    #[arg(long, value_name = "SLUG")]
    pub tenant: String,
    /// The name the user signs in with.
    #[arg(long)]
    pub username: String,
    /// Print the link even when it could be mailed; it then proves no address.
    #[arg(long)]
    pub link: bool,
}

/// `latchkey invitation …`
#[derive(Debug, Subcommand)]
pub enum InvitationCommand {
    /// Invite whoever reads the mails of an address to an account with that address.
    Create(InvitationCreateArgs),
    /// List the invitations that can still be accepted, without their links.
    List {
        /// The tenant.
        #[arg(long, value_name = "SLUG")]
        tenant: String,
    },
    /// End an invitation, and with it the account that waits for it.
    Revoke {
        /// The tenant.
        #[arg(long, value_name = "SLUG")]
        tenant: String,
        /// The address, or the user name, that was invited.
        #[arg(value_name = "ADDRESS")]
        email: String,
    },
}

/// Options of `latchkey invitation create`.
#[derive(Debug, Args)]
pub struct InvitationCreateArgs {
    /// The tenant.
    #[arg(long, value_name = "SLUG")]
    pub tenant: String,
    /// The mail address: of the account, and where the link goes.
    #[arg(long, value_name = "ADDRESS")]
    pub email: String,
    /// A group of the account; may be repeated.
    #[arg(long = "group", value_name = "NAME")]
    pub groups: Vec<String>,
    /// The language of the mail and of the account, such as de. Default: the tenant's.
    #[arg(long, value_name = "TAG")]
    pub language: Option<String>,
    /// Print the link even when it could be mailed; it then proves no address.
    #[arg(long)]
    pub link: bool,
}

/// Options of `latchkey user revoke-tokens`.
#[derive(Debug, Args)]
pub struct UserRevokeTokensArgs {
    /// The tenant.
    #[arg(long, value_name = "SLUG")]
    pub tenant: String,
    /// The user name, mail address or id.
    #[arg(value_name = "USER")]
    pub user: String,
}

/// Options of `latchkey user require-password-change`.
#[derive(Debug, Args)]
pub struct UserRequirePasswordChangeArgs {
    /// The tenant.
    #[arg(long, value_name = "SLUG")]
    pub tenant: String,
    /// Take it back.
    #[arg(long)]
    pub undo: bool,
    /// The user name, mail address or id.
    #[arg(value_name = "USER")]
    pub user: String,
}

/// Options of `latchkey user reset-second-factors`.
#[derive(Debug, Args)]
pub struct UserResetSecondFactorsArgs {
    /// The tenant.
    #[arg(long, value_name = "SLUG")]
    pub tenant: String,
    /// The user name, mail address or id.
    #[arg(value_name = "USER")]
    pub user: String,
}

/// `latchkey keys …`
#[derive(Debug, Subcommand)]
pub enum KeysCommand {
    /// Announce new keys; they sign 10 minutes later, when every cache has them. The old ones stay published until what
    /// they signed has expired.
    Rotate {
        /// The tenant.
        #[arg(long, value_name = "SLUG")]
        tenant: String,
        /// Only the key of this algorithm.
        #[arg(long)]
        alg: Option<SigningAlgorithm>,
        /// Sign with them at once: after a compromise, or where nobody caches the JWKS. A key that is announced is used.
        #[arg(long)]
        now: bool,
    },
    /// List the keys.
    List {
        /// Only those of this tenant.
        #[arg(long, value_name = "SLUG")]
        tenant: Option<String>,
    },
}

/// `latchkey client …`
#[derive(Debug, Subcommand)]
pub enum ClientCommand {
    /// Make a new secret and print it, once; the old one counts until the overlap ends.
    RotateSecret {
        /// The tenant.
        #[arg(long, value_name = "SLUG")]
        tenant: String,
        /// The client.
        client_id: ClientId,
        /// For how many hours the old secret counts; 0 ends it at once.
        #[arg(long, value_name = "HOURS", default_value_t = 24, value_parser = clap::value_parser!(u64).range(..=2160))]
        overlap_hours: u64,
    },
    /// List the clients, how they authenticate and what secrets they have.
    List {
        /// The tenant.
        #[arg(long, value_name = "SLUG")]
        tenant: String,
    },
}

/// `latchkey mail …`
#[derive(Debug, Subcommand)]
pub enum MailCommand {
    /// Send a test mail as the tenant's mails are sent, at once, and print what the mail server answers.
    Test {
        /// The tenant.
        #[arg(long, value_name = "SLUG")]
        tenant: String,
        /// Where to send it.
        #[arg(long, value_name = "ADDRESS")]
        to: String,
    },
}

/// `latchkey claims …`
#[derive(Debug, Subcommand)]
pub enum ClaimsCommand {
    /// Print the claims that a user would get at a client, as JSON, with what the tenant's mappings left out and why.
    Preview(ClaimsPreviewArgs),
}

/// Options of `latchkey claims preview`.
#[derive(Clone, Debug, Args)]
pub struct ClaimsPreviewArgs {
    /// The tenant.
    #[arg(long, value_name = "SLUG")]
    pub tenant: String,
    /// The client.
    #[arg(long, value_name = "CLIENT_ID")]
    pub client: String,
    /// The name or the mail address that the user signs in with.
    #[arg(long, value_name = "USERNAME")]
    pub user: String,
    /// What the client asks for. Default: all that it may.
    #[arg(long)]
    pub scope: Option<String>,
}

/// `latchkey registration-token …`
#[derive(Debug, Subcommand)]
pub enum RegistrationTokenCommand {
    /// Make a token; it is shown once.
    Create {
        /// The tenant.
        #[arg(long, value_name = "SLUG")]
        tenant: String,
        /// What to call it.
        #[arg(long)]
        name: String,
        /// How many clients it lets in. Default: any number.
        #[arg(long, value_parser = clap::value_parser!(i32).range(1..))]
        uses: Option<i32>,
        /// How long it is good for, such as 12h or 30d.
        #[arg(long, default_value = "30d")]
        lifetime: HumanDuration,
    },
    /// List the tokens of a tenant, spent ones included.
    List {
        /// The tenant.
        #[arg(long, value_name = "SLUG")]
        tenant: String,
    },
    /// Take a token away; the clients that it let in stay.
    Revoke {
        /// The tenant.
        #[arg(long, value_name = "SLUG")]
        tenant: String,
        /// Its name.
        #[arg(long)]
        name: String,
    },
}

/// `latchkey api-key …`
#[derive(Debug, Subcommand)]
pub enum ApiKeyCommand {
    /// Make an API key and print it, once.
    Create(ApiKeyCreateArgs),
    /// List the keys: what they are for, until when, and when each was last used.
    List {
        /// The tenant.
        #[arg(long, value_name = "SLUG")]
        tenant: String,
    },
    /// Revoke a key, at once.
    Revoke {
        /// The tenant.
        #[arg(long, value_name = "SLUG")]
        tenant: String,
        /// The id of the key, as `list` shows it.
        id: ApiKeyId,
    },
}

/// Options of `latchkey api-key create`.
#[derive(Debug, Args)]
pub struct ApiKeyCreateArgs {
    /// The tenant.
    #[arg(long, value_name = "SLUG")]
    pub tenant: String,
    /// The resource server that the key is for.
    #[arg(long)]
    pub audience: String,
    /// What the key is for, in words.
    #[arg(long)]
    pub name: String,
    /// A scope of the resource server; may be given several times.
    #[arg(long)]
    pub scope: Vec<String>,
    /// Days until the key ends. Default: it never does.
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u64).range(1..=3650))]
    pub lifetime_days: Option<u64>,
}

/// Options of `latchkey breached-passwords`.
#[derive(Debug, Args)]
pub struct BreachedPasswordsArgs {
    /// The list: SHA-1 hashes in hexadecimal digits, one on each line; what follows a colon is ignored. `-` reads standard
    /// input.
    #[arg(short, long, value_name = "FILE")]
    pub list: PathBuf,
    /// The list has passwords in clear instead.
    #[arg(long)]
    pub passwords: bool,
    /// The filter to write; one that is there is replaced when the new one is complete.
    #[arg(short, long, value_name = "FILE")]
    pub output: PathBuf,
}

/// Parses the command line, runs the command, and turns an error into one line and an exit code.
#[must_use]
pub fn main() -> ExitCode {
    // Before libpq does it in its way: at the exit that would free what the thread that makes keys still uses.
    openssl::init();
    let cli = Cli::parse();
    let outcome = Config::load(&Sources::of_process(cli.config.clone()))
        .map_err(anyhow::Error::from)
        .and_then(|config| run(cli.command, &config));
    match outcome {
        Ok(code) => code,
        Err(error) => {
            // A configuration has one line per problem; each says whose it is.
            for line in format!("{error:#}").lines().filter(|line| !line.trim().is_empty()) {
                eprintln!("latchkey: {line}");
            }
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command, config: &Config) -> anyhow::Result<ExitCode> {
    actix_web::rt::System::new().block_on(async {
        match command {
            Command::Serve(args) => commands::serve::run(config, &args).await,
            Command::Migrate => commands::migrate::run(config).await,
            Command::Apply(args) => commands::apply::run(config, &args).await,
            Command::Export(args) => commands::export::run(config, &args).await,
            Command::Tenant(command) => commands::tenant::run(config, command).await,
            Command::User(command) => commands::user::run(config, command).await,
            Command::Invitation(command) => commands::invitation::run(config, command).await,
            Command::Keys(command) => commands::keys::run(config, command).await,
            Command::Client(command) => commands::client::run(config, command).await,
            Command::Mail(command) => commands::mail::run(config, command).await,
            Command::Claims(command) => commands::claims::run(config, command).await,
            Command::RegistrationToken(command) => commands::registration_token::run(config, command).await,
            Command::ApiKey(command) => commands::api_key::run(config, command).await,
            Command::BreachedPasswords(args) => commands::breached_passwords::run(&args),
            Command::CheckConfig => commands::check_config::run(config),
        }
    })
}
