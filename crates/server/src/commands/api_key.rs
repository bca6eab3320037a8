//! `latchkey api-key`.

use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, bail};
use latchkey_config::Config;
use latchkey_core::{ApiKeyId, TokenHash, UtcTime};
use latchkey_protocol::Scope;
use latchkey_tenants::{Tenant, resource_server_store};
use latchkey_tokens::{ApiKey, NewApiKey, api_key_store};

use crate::cli::{ApiKeyCommand, ApiKeyCreateArgs};
use crate::commands::store::Store;

const PAGE: i64 = 500;
const DAY: u64 = 24 * 60 * 60;

pub(crate) async fn run(config: &Config, command: ApiKeyCommand) -> anyhow::Result<ExitCode> {
    match command {
        ApiKeyCommand::Create(args) => create(&Store::open(config).await?, args)?,
        ApiKeyCommand::List { tenant } => {
            let store = Store::look(config).await?;
            let tenant = store.tenant(&tenant)?;
            list(&store, &tenant)?;
        }
        ApiKeyCommand::Revoke { tenant, id } => {
            let store = Store::open(config).await?;
            let tenant = store.tenant(&tenant)?;
            revoke(&store, &tenant, &id)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn create(store: &Store, args: ApiKeyCreateArgs) -> anyhow::Result<()> {
    let tenant = store.tenant(&args.tenant)?;
    let now = store.clock.now();
    let servers = store.db.read_blocking(|conn| resource_server_store::list(conn, &tenant.id))?;
    let Some(server) = servers.iter().find(|server| server.audience == args.audience) else {
        bail!("{} has no resource server {}", tenant.slug, args.audience);
    };
    let scope = Scope::parse(&args.scope.join(" ")).context("that is no scope")?;
    let expires_at = args.lifetime_days.map(|days| now.plus(Duration::from_secs(days.saturating_mul(DAY))));
    let (key, text) = ApiKey::generate(server, NewApiKey { name: args.name, scope, expires_at }, now, &store.rng)?;
    let hash = TokenHash::of(text.expose());
    store.db.write_blocking(|conn| api_key_store::insert_api_key(conn, &tenant.id, &key, &hash))?;
    println!("{}", text.expose());
    eprintln!("The key is shown this once. Its id is {}.", key.id);
    Ok(())
}

fn list(store: &Store, tenant: &Tenant) -> anyhow::Result<()> {
    let now = store.clock.now();
    let mut after: Option<ApiKeyId> = None;
    loop {
        let page =
            store.db.read_blocking(|conn| api_key_store::list_api_keys(conn, &tenant.id, after.as_ref(), PAGE))?;
        let Some(last) = page.last() else { return Ok(()) };
        after = Some(last.id.clone());
        page.iter().for_each(|key| println!("{}", line(tenant, key, now)));
    }
}

fn revoke(store: &Store, tenant: &Tenant, id: &ApiKeyId) -> anyhow::Result<()> {
    let now = store.clock.now();
    if !store.db.write_blocking(|conn| api_key_store::revoke_api_key(conn, &tenant.id, id, now))? {
        bail!("{} has no API key {id} that could be revoked", tenant.slug);
    }
    println!("{id} is revoked");
    Ok(())
}

fn line(tenant: &Tenant, key: &ApiKey, now: UtcTime) -> String {
    let state = match (key.revoked_at, key.expires_at) {
        (Some(time), _) => format!("revoked {time}"),
        (None, Some(end)) if end <= now => format!("expired {end}"),
        (None, Some(end)) => format!("until {end}"),
        (None, None) => "without end".to_owned(),
    };
    let used = key.last_used_at.map_or_else(|| "never used".to_owned(), |time| format!("last used {time}"));
    format!("{}  {}  {}  {:?}  [{}]  {state}  {used}", tenant.slug, key.id, key.audience, key.name, key.scope)
}
