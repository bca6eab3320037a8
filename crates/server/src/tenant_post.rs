//! What mails and messages of a tenant need to know of it: `mail` knows no tenants, so it asks here.

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use latchkey_audit::Undelivered;
use latchkey_core::{Clock, Rng, Secret, TenantId};
use latchkey_fetch::{FetchError, Fetcher};
use latchkey_mail::provider::{MessageWebhooks, Webhook};
use latchkey_mail::{
    ButtonColors, Look, Mailer, Protection, SenderError, Senders, SmtpRoute, TenantSender, Trial, TrialError, send_test,
};
use latchkey_storage::Db;
use latchkey_tenants::{
    Directory, PublicUrl, SecretSealer, SmtpSettings, SmtpTls, Tenant, TenantSecret, tenant_secret_store, webhook_key,
};

/// Finds what a tenant has set up.
#[derive(Clone)]
pub(crate) struct TenantPost {
    pub(crate) db: Db,
    pub(crate) directory: Directory,
    pub(crate) sealer: SecretSealer,
    pub(crate) fetcher: Fetcher,
    pub(crate) public_url: PublicUrl,
}

#[derive(Debug, thiserror::Error)]
#[error("the tenant is no more")]
struct NoTenant;

impl TenantPost {
    /// Sends a test mail as the tenant's mails are sent, at once.
    pub(crate) async fn send_test(
        &self,
        mailer: &Mailer,
        tenant: &TenantId,
        address: &str,
        (clock, rng): (&Clock, &Rng),
    ) -> Result<Trial, TrialError> {
        let id = format!("test_{}", rng.token().expose());
        send_test((mailer, self), tenant, address, &id, clock.now()).await
    }

    /// A secret of the tenant; `None` when there is none for what its settings say now.
    pub(crate) async fn secret(
        &self,
        tenant: &Tenant,
        name: TenantSecret,
    ) -> Result<Option<Secret<String>>, latchkey_storage::DbError> {
        let id = tenant.id.clone();
        let sealed = self.db.read(move |conn| tenant_secret_store::find(conn, &id, name)).await?;
        Ok(sealed.and_then(|sealed| self.sealer.open_of_tenant(tenant, name, &sealed)))
    }

    async fn find_webhook(&self, tenant: &TenantId) -> Result<Option<Webhook>, Undelivered> {
        let found = self.directory.find_tenant(tenant).await.map_err(retry)?;
        let tenant = found.ok_or_else(|| Undelivered::Hopeless(NoTenant.into()))?;
        let Some(webhook) = &tenant.settings.messages.webhook else { return Ok(None) };
        let secret = self.secret(&tenant, TenantSecret::WebhookSecret).await.map_err(retry)?;
        // Without it whoever takes the message could not tell who sent it.
        let key = secret.as_ref().and_then(webhook_key).ok_or(Undelivered::NotSetUp)?;
        Ok(Some(Webhook { url: webhook.url.clone(), key, outgoing: tenant.settings.outgoing.clone() }))
    }

    async fn find_sender(&self, tenant: &TenantId) -> Result<TenantSender, SenderError> {
        let found = self.directory.find_tenant(tenant).await;
        let tenant = found.map_err(|error| SenderError::Unavailable(error.into()))?.ok_or(SenderError::NoTenant)?;
        let settings = &tenant.settings.mail;
        let route = match (&settings.smtp, &settings.from_address) {
            (Some(smtp), Some(from_address)) => Some(self.find_route(&tenant, smtp, from_address).await?),
            _ => None,
        };
        Ok(TenantSender {
            name: settings.from_name.clone().unwrap_or_else(|| tenant.name.clone()),
            reply_to: settings.reply_to.clone(),
            route,
            look: look_of(&tenant, &self.public_url),
        })
    }

    async fn find_route(
        &self,
        tenant: &Tenant,
        smtp: &SmtpSettings,
        from_address: &str,
    ) -> Result<SmtpRoute, SenderError> {
        let credentials = match &smtp.username {
            Some(username) => {
                let password = self.secret(tenant, TenantSecret::SmtpPassword).await;
                let password = password.map_err(|error| SenderError::Unavailable(error.into()))?;
                Some((username.clone(), password.ok_or(SenderError::NoPassword)?))
            }
            None => None,
        };
        let outgoing = &tenant.settings.outgoing;
        let found = self.fetcher.mail_server(outgoing, &smtp.host, smtp.port()).await;
        let mut addresses = found.map_err(|error| SenderError::Unreachable(error.into()))?;
        let protection = match smtp.tls {
            SmtpTls::StartTls => Protection::StartTls,
            SmtpTls::Tls => Protection::Tls,
            SmtpTls::None => {
                // What `localhost` resolves to is not ours to say.
                addresses.retain(|address| address.ip().is_loopback());
                Protection::Loopback
            }
        };
        if addresses.is_empty() {
            return Err(SenderError::Unreachable(FetchError::AddressRefused.into()));
        }
        Ok(SmtpRoute {
            from_address: from_address.to_owned(),
            host: smtp.host.clone(),
            addresses,
            protection,
            credentials,
            trust_anchors: outgoing.trust_anchors.clone(),
        })
    }
}

impl Senders for TenantPost {
    fn sender_of<'a>(&'a self, tenant: &'a TenantId) -> BoxFuture<'a, Result<TenantSender, SenderError>> {
        self.find_sender(tenant).boxed()
    }
}

/// The logo as programs that show mail load it: by https, and not from within the address.
fn logo_of(tenant: &Tenant, public_url: &PublicUrl) -> Option<String> {
    let uri = tenant.branding.logo_uri.as_deref()?;
    let absolute = match (&tenant.issuer_host, uri.starts_with('/')) {
        (_, false) => uri.to_owned(),
        (Some(host), true) => format!("https://{host}{uri}"),
        (None, true) => format!("{public_url}{uri}"),
    };
    absolute.starts_with("https://").then_some(absolute)
}

fn look_of(tenant: &Tenant, public_url: &PublicUrl) -> Look {
    let branding = &tenant.branding;
    let button = branding
        .primary_color
        .as_ref()
        .map(|color| ButtonColors { background: color.as_str().to_owned(), text: color.readable_text() });
    Look {
        logo_uri: logo_of(tenant, public_url),
        button,
        support_uri: branding.support_uri.clone(),
        language: Some(tenant.settings.locale.clone()),
    }
}

impl MessageWebhooks for TenantPost {
    fn webhook_of<'a>(&'a self, tenant: &'a TenantId) -> BoxFuture<'a, Result<Option<Webhook>, Undelivered>> {
        self.find_webhook(tenant).boxed()
    }
}

fn retry(error: impl std::error::Error + Send + Sync + 'static) -> Undelivered {
    Undelivered::Retry(error.into())
}
