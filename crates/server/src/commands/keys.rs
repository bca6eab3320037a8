//! `latchkey keys`.

use std::process::ExitCode;

use latchkey_config::Config;
use latchkey_tenants::{Tenant, tenant_store};
use latchkey_tokens::{KeyInfo, KeyPool, Keys};

use crate::cli::KeysCommand;
use crate::commands::store::Store;

const PAGE: i64 = 500;

pub(crate) async fn run(config: &Config, command: KeysCommand) -> anyhow::Result<ExitCode> {
    let store = match command {
        KeysCommand::Rotate { .. } => Store::open(config).await?,
        KeysCommand::List { .. } => Store::look(config).await?,
    };
    let keys = Keys::new(
        store.db.clone(),
        store.cache.clone(),
        store.clock.clone(),
        store.rng.clone(),
        store.master.clone(),
        KeyPool::start(),
    );
    match command {
        KeysCommand::Rotate { tenant, alg } => {
            let tenant = store.tenant(&tenant)?;
            let rotated = keys.rotate(&tenant.id, alg).await?;
            if rotated.is_empty() {
                println!("{} has no signing keys yet; they are made when it first signs", tenant.slug);
            }
            rotated.iter().for_each(|key| show(&tenant, key));
        }
        KeysCommand::List { tenant } => {
            for tenant in tenants(&store, tenant.as_deref())? {
                for key in keys.list(&tenant.id).await? {
                    show(&tenant, &key);
                }
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn tenants(store: &Store, only: Option<&str>) -> anyhow::Result<Vec<Tenant>> {
    if let Some(slug) = only {
        return Ok(vec![store.tenant(slug)?]);
    }
    let mut tenants: Vec<Tenant> = Vec::new();
    loop {
        let after = tenants.last().map(|tenant| tenant.slug.clone());
        let page = store.db.read_blocking(|conn| tenant_store::list_tenants(conn, after.as_ref(), PAGE))?;
        if page.is_empty() {
            return Ok(tenants);
        }
        tenants.extend(page);
    }
}

fn show(tenant: &Tenant, key: &KeyInfo) {
    let until = key.retire_at.map(|time| format!("  until {time}")).unwrap_or_default();
    println!(
        "{}  {}  {:5}  {:9}  made {}{until}",
        tenant.slug,
        key.kid,
        key.alg.as_str(),
        key.state.as_str(),
        key.created_at
    );
}
