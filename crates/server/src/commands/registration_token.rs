//! `latchkey registration-token`.

use std::process::ExitCode;
use std::time::Duration;

use anyhow::bail;
use latchkey_config::Config;
use latchkey_core::{TokenHash, UtcTime};
use latchkey_tenants::registration_store::{
    insert_initial_access_token, list_initial_access_tokens, revoke_initial_access_token,
};
use latchkey_tenants::{InitialAccessToken, Inserted, RegistrationMode, Written};

use crate::cli::RegistrationTokenCommand;
use crate::commands::store::Store;

pub(crate) async fn run(config: &Config, command: RegistrationTokenCommand) -> anyhow::Result<ExitCode> {
    match command {
        RegistrationTokenCommand::Create { tenant, name, uses, lifetime } => {
            let store = Store::open(config).await?;
            create(&store, &tenant, name, (uses, lifetime.0))?;
        }
        RegistrationTokenCommand::List { tenant } => {
            let store = Store::look(config).await?;
            let tenant = store.tenant(&tenant)?;
            let tokens = store.db.read_blocking(|conn| list_initial_access_tokens(conn, &tenant.id))?;
            let now = store.clock.now();
            tokens.iter().for_each(|token| println!("{}", line(token, now)));
        }
        RegistrationTokenCommand::Revoke { tenant, name } => {
            let store = Store::open(config).await?;
            let tenant = store.tenant(&tenant)?;
            match store.db.write_blocking(|conn| revoke_initial_access_token(conn, &tenant.id, &name))? {
                Written::Written => println!("revoked {name}"),
                Written::NotFound => bail!("there is no registration token {name}"),
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn create(store: &Store, tenant: &str, name: String, bounds: (Option<i32>, Duration)) -> anyhow::Result<()> {
    let tenant = store.tenant(tenant)?;
    let (uses_left, lifetime) = bounds;
    if name.is_empty() || name.len() > 100 || name.chars().any(char::is_control) {
        bail!("a name is 1 to 100 characters, none of them a control character");
    }
    let (secret, now) = (store.rng.token(), store.clock.now());
    let token = InitialAccessToken {
        tenant_id: tenant.id.clone(),
        token_hash: TokenHash::of(secret.expose()),
        name,
        uses_left,
        created_at: now,
        expires_at: Some(now.plus(lifetime)),
    };
    if store.db.write_blocking(|conn| insert_initial_access_token(conn, &token))? == Inserted::AlreadyThere {
        bail!("there is a registration token {} already; revoke it or take another name", token.name);
    }
    println!("{}", secret.expose());
    if tenant.settings.client_registration.mode == RegistrationMode::Off {
        eprintln!("{} takes no registrations: set client_registration.mode to token", tenant.slug);
    }
    Ok(())
}

fn line(token: &InitialAccessToken, now: UtcTime) -> String {
    let uses = token.uses_left.map_or_else(|| "any number".to_owned(), |left| left.to_string());
    let until = token.expires_at.map_or_else(|| "for ever".to_owned(), |end| format!("until {end}"));
    let state = if token.is_live(now) { "live" } else { "over" };
    format!("{}  {state}  uses left: {uses}  {until}", token.name)
}
