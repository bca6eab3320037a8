//! `latchkey user link-identity`, `list-identities` and `unlink-identity`.

use std::process::ExitCode;

use anyhow::{bail, ensure};
use latchkey_auth::{Author, LinkedIdentity, linked_identity_store};
use latchkey_config::Config;
use latchkey_mail::messages::CredentialChange;

use super::user::find_user;
use crate::cli::{UserLinkIdentityArgs, UserUnlinkIdentityArgs};
use crate::commands::store::Store;

const MAX_ISSUER_BYTES: usize = 2048;
const MAX_SUBJECT_CHARS: usize = 255;
const MAX_LABEL_CHARS: usize = 200;

pub(super) async fn link(config: &Config, args: UserLinkIdentityArgs) -> anyhow::Result<ExitCode> {
    let is_line = |text: &str, most: usize| {
        !text.trim().is_empty() && text.chars().count() <= most && !text.chars().any(char::is_control)
    };
    let label = args.label.unwrap_or_else(|| args.issuer.clone());
    ensure!(args.issuer.starts_with("https://") && is_line(&args.issuer, MAX_ISSUER_BYTES), "--issuer: an https URL");
    ensure!(is_line(&args.subject, MAX_SUBJECT_CHARS), "--subject: 1 to {MAX_SUBJECT_CHARS} characters");
    let label: String = label.chars().take(MAX_LABEL_CHARS).collect();
    ensure!(is_line(&label, MAX_LABEL_CHARS), "--label: 1 to {MAX_LABEL_CHARS} characters, no control characters");
    let store = Store::open(config).await?;
    let tenant = store.tenant(&args.tenant)?;
    let (now, security) = (store.clock.now(), store.security_log());
    let named = (args.issuer, args.subject);
    let linked = store.db.write_blocking(|conn| {
        let Some(user) = find_user(conn, &tenant, &args.user)? else { return Ok(None) };
        let identity = LinkedIdentity {
            issuer: named.0.clone(),
            subject: named.1.clone(),
            user_id: user.id.clone(),
            label: label.clone(),
            linked_at: now,
            last_used_at: None,
        };
        if !linked_identity_store::insert_identity(conn, &tenant.id, &identity)? {
            return Ok(Some((user, false)));
        }
        let what = CredentialChange::IdentityLinked { name: label.clone() };
        security.record_credential_change(conn, (&tenant, &user.id), (what, &Author::Operator), now)?;
        Ok(Some((user, true)))
    })?;
    match linked {
        None => bail!("{} has no user {}", tenant.slug, args.user),
        Some((_, false)) => bail!("{} at {} is linked to a user already", named.1, named.0),
        Some((user, true)) => println!("{}: {} at {} is linked", user.username, named.1, named.0),
    }
    Ok(ExitCode::SUCCESS)
}

pub(super) async fn list(config: &Config, (tenant, named): (&str, &str)) -> anyhow::Result<ExitCode> {
    let store = Store::look(config).await?;
    let tenant = store.tenant(tenant)?;
    let found = store.db.read_blocking(|conn| {
        let Some(user) = find_user(conn, &tenant, named)? else { return Ok(None) };
        linked_identity_store::list_identities(conn, &tenant.id, &user.id).map(Some)
    })?;
    let Some(identities) = found else { bail!("{} has no user {named}", tenant.slug) };
    for identity in identities {
        let used = identity.last_used_at.map_or_else(|| "never used".to_owned(), |time| format!("last used {time}"));
        let LinkedIdentity { issuer, subject, label, linked_at, .. } = identity;
        println!("{issuer}  {subject}  {label:?}  since {linked_at}  {used}");
    }
    Ok(ExitCode::SUCCESS)
}

pub(super) async fn unlink(config: &Config, args: &UserUnlinkIdentityArgs) -> anyhow::Result<ExitCode> {
    let store = Store::open(config).await?;
    let tenant = store.tenant(&args.tenant)?;
    let (now, security) = (store.clock.now(), store.security_log());
    let named = (args.issuer.as_str(), args.subject.as_str());
    let unlinked = store.db.write_blocking(|conn| {
        let Some(user) = find_user(conn, &tenant, &args.user)? else { return Ok(None) };
        let found = linked_identity_store::find_identity(conn, &tenant.id, named)?;
        let Some(identity) = found.filter(|identity| identity.user_id == user.id) else {
            return Ok(Some((user, false)));
        };
        linked_identity_store::delete_identity(conn, &tenant.id, &user.id, named)?;
        let what = CredentialChange::IdentityUnlinked { name: identity.label };
        security.record_credential_change(conn, (&tenant, &user.id), (what, &Author::Operator), now)?;
        Ok(Some((user, true)))
    })?;
    match unlinked {
        None => bail!("{} has no user {}", tenant.slug, args.user),
        Some((user, false)) => bail!("{} at {} is not linked to {}", named.1, named.0, user.username),
        Some((user, true)) => println!("{}: {} at {} is unlinked", user.username, named.1, named.0),
    }
    Ok(ExitCode::SUCCESS)
}
