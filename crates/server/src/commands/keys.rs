//! `latchkey keys`.

use std::process::ExitCode;

use latchkey_config::Config;
use latchkey_tenants::{Tenant, tenant_store};
use latchkey_tokens::{KeyInfo, KeyPool, KeyRotation, KeyState, Keys};

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
        KeysCommand::Rotate { tenant, alg, now } => {
            let tenant = store.tenant(&tenant)?;
            let shown = if now {
                let active = keys.rotate_now(&tenant.id, alg).await?;
                active.iter().map(|key| line(&tenant, key)).collect()
            } else {
                let rotated = keys.rotate(&tenant.id, alg).await?;
                rotated.iter().map(|rotation| outcome(&tenant, rotation)).collect::<Vec<_>>()
            };
            if shown.is_empty() {
                println!("{} has no signing keys yet; they are made when it first signs", tenant.slug);
            }
            shown.iter().for_each(|line| println!("{line}"));
        }
        KeysCommand::List { tenant } => {
            for tenant in tenants(&store, tenant.as_deref())? {
                for key in keys.list(&tenant.id).await? {
                    println!("{}", line(&tenant, &key));
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

fn outcome(tenant: &Tenant, rotation: &KeyRotation) -> String {
    let line = line(tenant, rotation.key());
    match rotation {
        KeyRotation::Made(_) => line,
        KeyRotation::AlreadyAnnounced(_) => format!("{line}  (by an earlier rotation; no key was made)"),
    }
}

fn line(tenant: &Tenant, key: &KeyInfo) -> String {
    let next = match key.next_change() {
        Some((KeyState::Active, time)) => format!("  signs from {time}"),
        Some((_, time)) => format!("  published until {time}"),
        None => String::new(),
    };
    let (alg, state) = (key.alg.as_str(), key.state.as_str());
    format!("{}  {}  {alg:5}  {state:9}  since {}{next}", tenant.slug, key.kid, key.since())
}
