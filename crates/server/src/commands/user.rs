//! `latchkey user`.

use std::io::BufRead;
use std::process::ExitCode;

use anyhow::{Context, bail};
use latchkey_audit::EventKind;
use latchkey_auth::user_store::{self, UserWrite};
use latchkey_auth::{
    Author, CheckedUser, IdentifierKey, PasswordRule, StandardClaims, User, UserDraft, UserStatus, invitation_store,
    second_factor, session_store,
};
use latchkey_config::Config;
use latchkey_core::{Secret, UserId};
use latchkey_mail::messages::CredentialChange;
use latchkey_metrics::Metrics;
use latchkey_storage::DbConnection;
use latchkey_tenants::Tenant;
use latchkey_tokens::grant_store;

use crate::cli::{
    UserCommand, UserCreateArgs, UserInviteArgs, UserRequirePasswordChangeArgs, UserResetSecondFactorsArgs,
    UserRevokeTokensArgs,
};
use crate::commands::store::Store;
use crate::commands::user_identities;
use crate::{Delivery, Inviter, services};

pub(crate) async fn run(config: &Config, command: UserCommand) -> anyhow::Result<ExitCode> {
    match command {
        UserCommand::Create(args) => create(config, args).await,
        UserCommand::Invite(args) => invite(config, args).await,
        UserCommand::RevokeTokens(args) => revoke_tokens(config, args).await,
        UserCommand::RequirePasswordChange(args) => require_password_change(config, args).await,
        UserCommand::ResetSecondFactors(args) => reset_second_factors(config, args).await,
        UserCommand::LinkIdentity(args) => user_identities::link(config, args).await,
        UserCommand::ListIdentities { tenant, user } => user_identities::list(config, (&tenant, &user)).await,
        UserCommand::UnlinkIdentity(args) => user_identities::unlink(config, &args).await,
    }
}

async fn create(config: &Config, args: UserCreateArgs) -> anyhow::Result<ExitCode> {
    let password = if args.password_stdin { Some(read_password()?) } else { None };
    let checked = check(&args, password.is_some())?;
    let mailer = services::open_mailer(&config.mail)?;
    let store = Store::open(config).await?;
    let tenant = store.tenant(&args.tenant)?;
    let hash = match &password {
        Some(password) => {
            let passwords = services::open_passwords(&config.password, store.rng.clone(), &Metrics::new()?)?;
            Some(passwords.hash_blocking(password)?)
        }
        None => None,
    };
    let inviter = store.inviter(&mailer);
    let credential = match &hash {
        Some(hash) => NewCredential::Password { hash, clear: password.as_ref() },
        None => NewCredential::Invitation(&inviter),
    };
    let (user, delivery) = insert(&store, &tenant, &checked, &credential)?;
    println!("created user {} ({})", user.username, user.id);
    if let Some(delivery) = delivery {
        delivery.announce(&user.username);
    }
    Ok(ExitCode::SUCCESS)
}

async fn invite(config: &Config, args: UserInviteArgs) -> anyhow::Result<ExitCode> {
    let mailer = services::open_mailer(&config.mail)?;
    let store = Store::open(config).await?;
    let tenant = store.tenant(&args.tenant)?;
    let inviter = if args.link { store.link_inviter() } else { store.inviter(&mailer) };
    let (identifier, now) = (IdentifierKey::of(&args.username), store.clock.now());
    let found = store.db.write_blocking(|conn| {
        let Some(user) = user_store::find_user_by_identifier(conn, &tenant.id, &identifier)? else { return Ok(None) };
        if user.status != UserStatus::Invited {
            return Ok(Some((user, None)));
        }
        // A link that was lost may have been found by somebody else.
        invitation_store::end_invitations(conn, &tenant.id, &user.id, now)?;
        let delivery = inviter.invite(conn, &tenant, &user, now)?;
        Ok(Some((user, Some(delivery))))
    })?;
    match found {
        None => bail!("{} has no user {}", tenant.slug, args.username),
        Some((user, None)) => bail!("{} is {} and needs no invitation", user.username, user.status.as_str()),
        Some((user, Some(delivery))) => delivery.announce(&user.username),
    }
    Ok(ExitCode::SUCCESS)
}

async fn revoke_tokens(config: &Config, args: UserRevokeTokensArgs) -> anyhow::Result<ExitCode> {
    let store = Store::open(config).await?;
    let tenant = store.tenant(&args.tenant)?;
    let (now, security) = (store.clock.now(), store.security_log());
    let revoked = store.db.write_blocking(|conn| {
        let Some(user) = find_user(conn, &tenant, &args.user)? else { return Ok(None) };
        let grants = grant_store::revoke_grants_of_user(conn, &tenant.id, &user.id, now)?;
        let sessions = session_store::end_sessions_of_user(conn, &tenant.id, &user.id, now)?;
        let browsers = second_factor::delete_devices(conn, &tenant.id, &user.id)?;
        let ended = Author::Operator.event(EventKind::SessionsEnded).of(&user.id);
        security.record(conn, &tenant.id, &ended.with("sessions", sessions).with("grants", grants), now)?;
        let forgotten = Author::Operator.event(EventKind::DevicesForgotten).of(&user.id);
        security.record(conn, &tenant.id, &forgotten.with("browsers", browsers), now)?;
        Ok(Some((user, grants, sessions)))
    })?;
    let Some((user, grants, sessions)) = revoked else { bail!("{} has no user {}", tenant.slug, args.user) };
    println!("{}: {grants} grants revoked, {sessions} sessions ended", user.username);
    Ok(ExitCode::SUCCESS)
}

/// For who has a password that others may know: it still begins a sign-in, and the sign-in asks for another.
async fn require_password_change(config: &Config, args: UserRequirePasswordChangeArgs) -> anyhow::Result<ExitCode> {
    let store = Store::open(config).await?;
    let tenant = store.tenant(&args.tenant)?;
    let found = store.db.write_blocking(|conn| {
        let Some(user) = find_user(conn, &tenant, &args.user)? else { return Ok(None) };
        user_store::set_must_change_password(conn, &tenant.id, &user.id, !args.undo)?;
        Ok(Some(user))
    })?;
    let Some(user) = found else { bail!("{} has no user {}", tenant.slug, args.user) };
    let what = if args.undo { "may keep the password" } else { "has to choose another password" };
    println!("{} {what}", user.username);
    Ok(ExitCode::SUCCESS)
}

/// For who has lost every second factor: the next sign-in sets one up, where one is needed.
async fn reset_second_factors(config: &Config, args: UserResetSecondFactorsArgs) -> anyhow::Result<ExitCode> {
    let store = Store::open(config).await?;
    let tenant = store.tenant(&args.tenant)?;
    let (now, security) = (store.clock.now(), store.security_log());
    let reset = store.db.write_blocking(|conn| {
        let Some(user) = find_user(conn, &tenant, &args.user)? else { return Ok(None) };
        second_factor::delete_second_factors(conn, &tenant.id, &user.id)?;
        // Whoever made them do so may be signed in.
        grant_store::revoke_grants_of_user(conn, &tenant.id, &user.id, now)?;
        let sessions = session_store::end_sessions_of_user(conn, &tenant.id, &user.id, now)?;
        let change = (CredentialChange::SecondFactorsRemoved, &Author::Operator);
        security.record_credential_change(conn, (&tenant, &user.id), change, now)?;
        let ended = Author::Operator.event(EventKind::SessionsEnded).of(&user.id);
        security.record(conn, &tenant.id, &ended.with("sessions", sessions), now)?;
        Ok(Some((user, sessions)))
    })?;
    let Some((user, sessions)) = reset else { bail!("{} has no user {}", tenant.slug, args.user) };
    println!("{}: second factors removed, {sessions} sessions ended", user.username);
    Ok(ExitCode::SUCCESS)
}

/// Finds a user by id, user name or email address.
pub(super) fn find_user(conn: &mut DbConnection, tenant: &Tenant, named: &str) -> diesel::QueryResult<Option<User>> {
    match named.parse::<UserId>() {
        Ok(id) => user_store::find_user(conn, &tenant.id, &id),
        Err(_) => user_store::find_user_by_identifier(conn, &tenant.id, &IdentifierKey::of(named)),
    }
}

fn read_password() -> anyhow::Result<Secret<String>> {
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line).context("cannot read the password from standard input")?;
    let password = Secret::from(line.trim_end_matches(['\r', '\n']));
    if password.expose().is_empty() {
        bail!("standard input holds no password");
    }
    Ok(password)
}

fn check(args: &UserCreateArgs, has_password: bool) -> anyhow::Result<CheckedUser> {
    let draft = UserDraft {
        username: args.username.clone(),
        email: args.email.clone(),
        email_verified: false,
        claims: StandardClaims::default(),
        status: if has_password { UserStatus::Active } else { UserStatus::Invited },
        groups: Vec::new(),
        roles: Vec::new(),
    };
    Ok(draft.check()?)
}

enum NewCredential<'a> {
    Password { hash: &'a Secret<String>, clear: Option<&'a Secret<String>> },
    Invitation(&'a Inviter),
}

fn insert(
    store: &Store,
    tenant: &Tenant,
    checked: &CheckedUser,
    credential: &NewCredential<'_>,
) -> anyhow::Result<(User, Option<Delivery>)> {
    let (now, security) = (store.clock.now(), store.security_log());
    let id = UserId::generate(now, &store.rng);
    let mut refusal = None;
    let outcome = store.db.write_blocking(|conn| {
        let user = match user_store::insert_user(conn, &tenant.id, &id, checked, now)? {
            UserWrite::Written(user) => *user,
            UserWrite::UsernameTaken => return refuse(&mut refusal, "there is a user of this name already".to_owned()),
            UserWrite::EmailTaken => return refuse(&mut refusal, "there is a user with this email already".to_owned()),
            UserWrite::NotFound => return Err(diesel::result::Error::NotFound),
        };
        security.record(conn, &tenant.id, &Author::Operator.event(EventKind::AccountCreated).of(&id), now)?;
        match credential {
            NewCredential::Password { hash, clear } => {
                if let Some(rule) = clear.and_then(|password| PasswordRule::broken_by(password, &user)) {
                    return refuse(&mut refusal, rule.to_string());
                }
                user_store::set_password_hash(conn, &tenant.id, &id, hash)?;
                Ok((user, None))
            }
            NewCredential::Invitation(inviter) => {
                let delivery = inviter.invite(conn, tenant, &user, now)?;
                Ok((user, Some(delivery)))
            }
        }
    });
    match refusal {
        Some(reason) => bail!("{reason}"),
        None => Ok(outcome?),
    }
}

fn refuse<T>(refusal: &mut Option<String>, reason: String) -> diesel::QueryResult<T> {
    *refusal = Some(reason);
    Err(diesel::result::Error::RollbackTransaction)
}
