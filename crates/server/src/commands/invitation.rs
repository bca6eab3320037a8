//! `latchkey invitation`.

use std::process::ExitCode;

use anyhow::{Context, bail};
use latchkey_audit::EventKind;
use latchkey_auth::user_store::{self, UserWrite};
use latchkey_auth::{
    Author, CheckedUser, IdentifierKey, OpenInvitation, StandardClaims, UserDraft, UserStatus, invitation_store,
};
use latchkey_config::Config;
use latchkey_core::UserId;
use latchkey_tenants::{ProfileClaim, Tenant};

use crate::cli::{InvitationCommand, InvitationCreateArgs};
use crate::commands::store::Store;
use crate::services;

pub(crate) async fn run(config: &Config, command: InvitationCommand) -> anyhow::Result<ExitCode> {
    match command {
        InvitationCommand::Create(args) => create(config, args).await?,
        InvitationCommand::List { tenant } => {
            let store = Store::look(config).await?;
            list(&store, &store.tenant(&tenant)?)?;
        }
        InvitationCommand::Revoke { tenant, email } => {
            let store = Store::open(config).await?;
            revoke(&store, &store.tenant(&tenant)?, &email)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn create(config: &Config, args: InvitationCreateArgs) -> anyhow::Result<()> {
    let checked = check(&args)?;
    let mailer = services::open_mailer(&config.mail)?;
    let store = Store::open(config).await?;
    let tenant = store.tenant(&args.tenant)?;
    let inviter = if args.link { store.link_inviter() } else { store.inviter(&mailer) };
    let (now, security) = (store.clock.now(), store.security_log());
    let id = UserId::generate(now, &store.rng);
    let delivery = store.db.write_blocking(|conn| {
        let user = match user_store::insert_user(conn, &tenant.id, &id, &checked, now)? {
            UserWrite::Written(user) => *user,
            UserWrite::UsernameTaken | UserWrite::EmailTaken | UserWrite::NotFound => return Ok(None),
        };
        security.record(conn, &tenant.id, &Author::Operator.event(EventKind::AccountCreated).of(&id), now)?;
        inviter.invite(conn, &tenant, &user, now).map(Some)
    })?;
    match delivery {
        Some(delivery) => delivery.announce(&args.email),
        None => bail!("{} has a user with the address {} already", tenant.slug, args.email),
    }
    Ok(())
}

fn list(store: &Store, tenant: &Tenant) -> anyhow::Result<()> {
    let now = store.clock.now();
    for open in store.db.read_blocking(|conn| invitation_store::list_open(conn, &tenant.id, now))? {
        println!("{}", line(tenant, &open));
    }
    Ok(())
}

fn revoke(store: &Store, tenant: &Tenant, named: &str) -> anyhow::Result<()> {
    let (now, security, key) = (store.clock.now(), store.security_log(), IdentifierKey::of(named));
    let revoked = store.db.write_blocking(|conn| {
        let Some(user) = user_store::find_user_by_identifier(conn, &tenant.id, &key)? else { return Ok(false) };
        if !invitation_store::revoke(conn, &tenant.id, &user.id, now)? {
            return Ok(false);
        }
        security.record(conn, &tenant.id, &Author::Operator.event(EventKind::AccountDeleted).of(&user.id), now)?;
        Ok(true)
    })?;
    if !revoked {
        bail!("{} has nobody invited with the address {named}", tenant.slug);
    }
    println!("the invitation of {named} is revoked");
    Ok(())
}

/// The account to be: its user name is the address.
fn check(args: &InvitationCreateArgs) -> anyhow::Result<CheckedUser> {
    let mut claims = StandardClaims::default();
    if let Some(language) = &args.language {
        let set = claims.set_typed(ProfileClaim::Locale, language);
        set.ok().with_context(|| format!("{language} is no language tag"))?;
    }
    let draft = UserDraft {
        username: args.email.clone(),
        email: Some(args.email.clone()),
        email_verified: false,
        claims,
        status: UserStatus::Invited,
        groups: args.groups.clone(),
        roles: Vec::new(),
    };
    Ok(draft.check()?)
}

fn line(tenant: &Tenant, open: &OpenInvitation) -> String {
    let address = open.user.email.as_ref().unwrap_or(&open.user.username);
    let groups = open.user.groups.join(" ");
    format!("{}  {address}  [{groups}]  since {}  until {}", tenant.slug, open.created_at, open.expires_at)
}
