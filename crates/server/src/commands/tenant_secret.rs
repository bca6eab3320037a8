//! `latchkey tenant set-secret`.

use std::io::BufRead;

use anyhow::{Context, bail};
use latchkey_cache::Invalidation;
use latchkey_config::Config;
use latchkey_core::Secret;
use latchkey_tenants::tenant_secret_store;

use crate::cli::TenantSecretArgs;
use crate::commands::store::Store;

pub(crate) async fn run(config: &Config, args: TenantSecretArgs) -> anyhow::Result<()> {
    let (slug, name) = (&args.tenant, args.secret);
    let store = Store::open(config).await?;
    let tenant = store.tenant(slug)?;
    if args.remove {
        let was = store.db.write_blocking(|conn| tenant_secret_store::delete(conn, &tenant.id, name))?;
        println!("{slug}: {name} {}", if was { "removed" } else { "was not set" });
    } else {
        let secret = if args.generate {
            name.generate(&store.rng).with_context(|| format!("{name} is given out by somebody else"))?
        } else {
            read_secret()?
        };
        name.check(&secret).with_context(|| format!("{name}"))?;
        let sealed =
            store.secret_sealer().seal_of_tenant(&tenant, name, &secret, &store.rng).context("cannot encrypt")?;
        let now = store.clock.now();
        store.db.write_blocking(|conn| tenant_secret_store::put(conn, &tenant.id, name, &sealed, now))?;
        if args.generate {
            println!("{}", secret.expose());
            eprintln!("The secret is shown this once.");
        } else {
            println!("{slug}: {name} set");
        }
    }
    store.publish(&[Invalidation::Tenant(tenant.id)]).await;
    Ok(())
}

fn read_secret() -> anyhow::Result<Secret<String>> {
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line).context("cannot read the secret from standard input")?;
    let secret = Secret::from(line.trim_end_matches(['\r', '\n']));
    if secret.expose().is_empty() {
        bail!("standard input holds no secret");
    }
    Ok(secret)
}
