//! `latchkey client`.

use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, bail};
use latchkey_cache::Invalidation;
use latchkey_config::Config;
use latchkey_core::ClientId;
use latchkey_protocol::TokenEndpointAuthMethod;
use latchkey_tenants::{Client, ClientSecret, Tenant, client_store};

use crate::cli::ClientCommand;
use crate::commands::store::Store;

const PAGE: i64 = 500;

pub(crate) async fn run(config: &Config, command: ClientCommand) -> anyhow::Result<ExitCode> {
    match command {
        ClientCommand::RotateSecret { tenant, client_id, overlap_hours } => {
            let store = Store::open(config).await?;
            let tenant = store.tenant(&tenant)?;
            rotate(&store, &tenant, &client_id, Duration::from_secs(overlap_hours.saturating_mul(3600))).await?;
        }
        ClientCommand::List { tenant } => {
            let store = Store::look(config).await?;
            let tenant = store.tenant(&tenant)?;
            list(&store, &tenant)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// The new secret counts at once; the newest of the others until the overlap ends, so that never more than two live.
async fn rotate(store: &Store, tenant: &Tenant, client_id: &ClientId, overlap: Duration) -> anyhow::Result<()> {
    let now = store.clock.now();
    let secret = store.rng.token();
    let sealed = store.secret_sealer().seal(&tenant.id, client_id, &secret, &store.rng).context("cannot encrypt")?;
    let mut refusal = None;
    let written = store.db.write_blocking(|conn| {
        let Some(client) = client_store::find_client(conn, &tenant.id, client_id)? else {
            refusal = Some(format!("{} has no client {client_id}", tenant.slug));
            return Ok(());
        };
        let method = client.metadata.token_endpoint_auth_method;
        if !method.uses_secret() {
            refusal = Some(format!("{client_id} has no secret: it authenticates by {method}"));
            return Ok(());
        }
        let mut new = ClientSecret::new(&secret, now, None);
        new.sealed = (method == TokenEndpointAuthMethod::ClientSecretJwt).then(|| sealed.clone());
        client_store::replace_secrets(conn, &tenant.id, client_id, &overlapping(&client, new, overlap))
    });
    written?;
    if let Some(reason) = refusal {
        bail!(reason);
    }
    store.publish(&[Invalidation::Client(tenant.id.clone(), client_id.clone())]).await;
    println!("{}", secret.expose());
    eprintln!("The new secret is shown this once. The old one ends in {} h.", overlap.as_secs() / 3600);
    Ok(())
}

fn overlapping(client: &Client, new: ClientSecret, overlap: Duration) -> Vec<ClientSecret> {
    let now = new.created_at;
    let newest = client.secrets.iter().filter(|secret| secret.is_live(now)).max_by_key(|secret| secret.created_at);
    let old = newest.filter(|_| !overlap.is_zero()).map(|secret| {
        let end = now.plus(overlap);
        ClientSecret {
            expires_at: Some(secret.expires_at.map_or(end, |expires_at| expires_at.min(end))),
            ..secret.clone()
        }
    });
    old.into_iter().chain([new]).collect()
}

fn list(store: &Store, tenant: &Tenant) -> anyhow::Result<()> {
    let mut after: Option<ClientId> = None;
    loop {
        let page = store.db.read_blocking(|conn| client_store::list_clients(conn, &tenant.id, after.as_ref(), PAGE))?;
        let Some(last) = page.last() else { return Ok(()) };
        after = Some(last.client_id.clone());
        let now = store.clock.now();
        for client in &page {
            let secrets =
                client.secrets.iter().filter(|secret| secret.is_live(now)).map(|secret| match secret.expires_at {
                    Some(end) => format!("secret of {} until {end}", secret.created_at),
                    None => format!("secret of {}", secret.created_at),
                });
            let secrets: Vec<String> = secrets.collect();
            let method = client.metadata.token_endpoint_auth_method;
            println!("{}  {}  {method}  {}", tenant.slug, client.client_id, secrets.join(", "));
        }
    }
}
