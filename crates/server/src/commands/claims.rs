//! `latchkey claims`.

use std::process::ExitCode;

use anyhow::{Context, anyhow, bail};
use latchkey_auth::{IdentifierKey, user_store};
use latchkey_config::Config;
use latchkey_protocol::Scope;
use latchkey_storage::Migrate;
use latchkey_web::TenantContext;

use crate::cli::{ClaimsCommand, ClaimsPreviewArgs};
use crate::{Injected, Services, logs};

pub(crate) async fn run(config: &Config, command: ClaimsCommand) -> anyhow::Result<ExitCode> {
    let ClaimsCommand::Preview(args) = command;
    logs::start(&config.log)?;
    // To look only: nothing is created and nothing is brought up to date.
    let services = Services::open(config, Injected::system(), Migrate::Refuse).await?;
    println!("{}", services.preview_claims(&args).await?);
    Ok(ExitCode::SUCCESS)
}

impl Services {
    /// What a user would get at a client, as JSON.
    ///
    /// # Errors
    /// When there is no such tenant, client or user, or a store fails.
    pub async fn preview_claims(&self, args: &ClaimsPreviewArgs) -> anyhow::Result<String> {
        let tenant = self.directory.find_tenant_by_slug(&args.tenant).await?;
        let tenant = tenant.ok_or_else(|| anyhow!("there is no tenant {}", args.tenant))?;
        let client = self.directory.find_client(&tenant.id, &args.client.parse()?).await?;
        let client = client.ok_or_else(|| anyhow!("{} has no client {}", args.tenant, args.client))?;
        let (id, login) = (tenant.id.clone(), IdentifierKey::of(&args.user));
        let user = self.db.read(move |conn| user_store::find_user_by_identifier(conn, &id, &login)).await?;
        let Some(user) = user else { bail!("{} has no user {}", args.tenant, args.user) };
        let scope = args.scope.as_deref().map(|text| Scope::parse(text).context("--scope is malformed")).transpose()?;

        let context = TenantContext::without_request(tenant, &self.public_url);
        let preview = self.oidc.preview_claims(&context, &client, &user, scope.as_ref()).await;
        Ok(serde_json::to_string_pretty(&preview.map_err(|error| anyhow!(error))?)?)
    }
}
