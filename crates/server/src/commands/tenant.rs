//! `latchkey tenant`.

use std::process::ExitCode;

use anyhow::bail;
use latchkey_cache::Invalidation;
use latchkey_config::Config;
use latchkey_core::TenantId;
use latchkey_tenants::{Inserted, Slug, TenantProfile, tenant_store};

use crate::cli::TenantCommand;
use crate::commands::store::Store;
use crate::commands::tenant_secret;

pub(crate) async fn run(config: &Config, command: TenantCommand) -> anyhow::Result<ExitCode> {
    match command {
        TenantCommand::Create { slug, name } => create(config, &slug, name).await?,
        TenantCommand::SetSecret(args) => tenant_secret::run(config, args).await?,
    }
    Ok(ExitCode::SUCCESS)
}

async fn create(config: &Config, slug: &str, name: Option<String>) -> anyhow::Result<()> {
    let slug: Slug = slug.parse()?;
    let profile = TenantProfile { name: name.unwrap_or_else(|| slug.to_string()), ..TenantProfile::default() };
    profile.validate()?;

    let store = Store::open(config).await?;
    let now = store.clock.now();
    let id = TenantId::generate(now, &store.rng);
    if store.db.write_blocking(|conn| tenant_store::insert_tenant(conn, &id, &slug, &profile, now))?
        == Inserted::AlreadyThere
    {
        bail!("there is a tenant {slug} already");
    }
    // Nodes may remember that there was none.
    store.publish(&[Invalidation::Tenant(id)]).await;
    println!("created tenant {slug}; its issuer is {}/t/{slug}", store.public_url);
    Ok(())
}
