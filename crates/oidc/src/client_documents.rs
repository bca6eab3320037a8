//! Client ID metadata documents (draft-ietf-oauth-client-id-metadata-document): a `client_id` that is an https URL names the
//! document that describes the client. And the one place where every endpoint finds its clients.
//!
//! A copy is kept as a row of `clients`, for grants and consents hang on one.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use latchkey_core::{ClientId, TenantId, UtcTime};
use latchkey_fetch::FetchError;
use latchkey_protocol::TokenEndpointAuthMethod;
use latchkey_tenants::{Client, ClientOrigin, InvalidClient, Registration, Tenant, TenantsError};
use moka::future::Cache;
use serde_json::{Map, Value};
use tokio::sync::Mutex;
use url::Url;

use crate::Services;
use crate::address_throttle::Bound;
use crate::endpoint::chain;
use crate::error::EndpointError;
use crate::registration::client_name;

const MAX_ATTEMPTS: u64 = 10_000;
const MIN_LIFE: Duration = Duration::from_secs(5 * 60);
const MAX_LIFE: Duration = Duration::from_secs(24 * 60 * 60);
/// So long after its end a copy still serves while the document's server does not answer.
const STALE_IF_ERROR: Duration = Duration::from_secs(24 * 60 * 60);
/// A document that could not be had is asked for again after this.
const RETRY_INTERVAL: Duration = Duration::from_secs(30);
/// Documents of unknown clients that one address may make us fetch.
const FETCHES: Bound = Bound { what: "client_document", most: 30, window: Duration::from_secs(10 * 60) };

/// The latest attempts to fetch documents on this node.
#[derive(Clone)]
pub struct ClientDocuments {
    attempts: Cache<(TenantId, ClientId), Arc<Mutex<Attempt>>>,
}

impl Default for ClientDocuments {
    fn default() -> Self {
        Self { attempts: Cache::builder().max_capacity(MAX_ATTEMPTS).time_to_idle(MIN_LIFE).build() }
    }
}

/// What the last request for a document came to; the lock around it makes concurrent requests share one.
#[derive(Clone, Copy, Default)]
enum Attempt {
    #[default]
    None,
    /// The server did not answer: a copy still serves.
    Unreachable(UtcTime),
    /// It answered with something else than the client's document: nothing serves.
    Refused(UtcTime),
}

/// Why a document makes no client; for the log.
#[derive(Debug, thiserror::Error)]
enum DocumentError {
    #[error("the document cannot be fetched")]
    Fetch(#[source] FetchError),
    #[error("the document is no JSON object of type application/json")]
    NotJson,
    #[error("the client_id in the document is not its URL")]
    OtherClient,
    #[error("a document that anybody can read holds or needs a shared secret")]
    Secret,
    #[error("the metadata is refused")]
    Metadata(#[source] EndpointError),
    #[error("the name is refused")]
    Name(#[source] InvalidClient),
}

impl DocumentError {
    fn is_transient(&self) -> bool {
        match self {
            Self::Fetch(FetchError::Status(status)) => !matches!(status, 404 | 410),
            Self::Fetch(_) => true,
            Self::Metadata(error) => error.cause().is_some(),
            _ => false,
        }
    }
}

impl Services {
    /// Finds a client whose id somebody sent from `asker`; one that is described by a document is fetched when it is unknown,
    /// and again when its copy is no longer fresh.
    ///
    /// # Errors
    /// When a store is away, or `asker` sends too many unknown ids.
    pub(crate) async fn find_client(
        &self,
        tenant: &Tenant,
        client_id: &ClientId,
        asker: IpAddr,
    ) -> Result<Option<Arc<Client>>, EndpointError> {
        let known = self.find_known_client(tenant, client_id).await?;
        let now = self.clock.now();
        if known.as_ref().is_some_and(|client| is_fresh(client, now)) {
            return Ok(known);
        }
        let Some(url) = document_url(tenant, client_id) else { return Ok(known) };
        let key = (tenant.id.clone(), client_id.clone());
        let entry = self.client_documents.attempts.get_with(key, async { Arc::default() }).await;
        let mut attempt = entry.lock().await;
        // Whoever held the lock before may have fetched it.
        let known = self.find_known_client(tenant, client_id).await?;
        if known.as_ref().is_some_and(|client| is_fresh(client, now)) {
            return Ok(known);
        }
        match *attempt {
            Attempt::Unreachable(at) if now < at.plus(RETRY_INTERVAL) => return Ok(known),
            Attempt::Refused(at) if now < at.plus(RETRY_INTERVAL) => return Ok(None),
            _ => {}
        }
        if known.is_none() {
            self.admit_address(&tenant.id, asker, &FETCHES).await?;
        }
        let fetched = self.fetch_document(tenant, client_id, &url).await;
        *attempt = match &fetched {
            Ok(_) => Attempt::None,
            Err(error) if error.is_transient() => Attempt::Unreachable(now),
            Err(_) => Attempt::Refused(now),
        };
        match fetched {
            Ok(client) => self.keep_document(tenant, client).await,
            Err(error) => {
                let transient = error.is_transient();
                tracing::info!(client_id = client_id.as_str(), error = %chain(&error), "no client by document");
                Ok(known.filter(|_| transient))
            }
        }
    }

    /// Finds a client that something of ours names: a token, a hint. Nothing is fetched for it.
    ///
    /// # Errors
    /// When the database does not answer.
    pub(crate) async fn find_known_client(
        &self,
        tenant: &Tenant,
        client_id: &ClientId,
    ) -> Result<Option<Arc<Client>>, TenantsError> {
        let now = self.clock.now();
        let found = self.directory.find_client(&tenant.id, client_id).await?;
        Ok(found.filter(|client| match client.origin {
            ClientOrigin::Managed | ClientOrigin::Registered => true,
            // The tenant may have changed its mind about documents, or this one's host.
            ClientOrigin::Document { fresh_until } => {
                now < fresh_until.plus(STALE_IF_ERROR) && document_url(tenant, client_id).is_some()
            }
        }))
    }

    async fn fetch_document(&self, tenant: &Tenant, client_id: &ClientId, url: &Url) -> Result<Client, DocumentError> {
        let fetched = self.fetcher.get_json(tenant.outgoing(), url.as_str()).await;
        let document = fetched.map_err(DocumentError::Fetch)?;
        if !document.is_of_type("application/json") {
            return Err(DocumentError::NotJson);
        }
        let mut members: Map<String, Value> =
            serde_json::from_slice(&document.body).map_err(|_| DocumentError::NotJson)?;
        if members.get("client_id").and_then(Value::as_str) != Some(client_id.as_str()) {
            return Err(DocumentError::OtherClient);
        }
        if ["client_secret", "client_secret_expires_at"].iter().any(|name| members.contains_key(*name)) {
            return Err(DocumentError::Secret);
        }
        // The default of RFC 7591 is a shared secret, which such a client cannot have.
        let method = members.entry("token_endpoint_auth_method").or_insert(Value::Null);
        if method.is_null() {
            *method = Value::from(TokenEndpointAuthMethod::None.as_str());
        }
        let name = client_name(&members).map_err(DocumentError::Metadata)?;
        let metadata = self.understand_metadata(tenant, &members).await.map_err(DocumentError::Metadata)?;
        if !matches!(
            metadata.token_endpoint_auth_method,
            TokenEndpointAuthMethod::None | TokenEndpointAuthMethod::PrivateKeyJwt
        ) {
            return Err(DocumentError::Secret);
        }
        let life = document.max_age.unwrap_or(MIN_LIFE).clamp(MIN_LIFE, MAX_LIFE);
        let client = Client {
            client_id: client_id.clone(),
            name: name.unwrap_or_else(|| url.host_str().unwrap_or_default().to_owned()),
            metadata,
            secrets: Vec::new(),
            origin: ClientOrigin::Document { fresh_until: self.clock.now().plus(life) },
        };
        client.validate().map_err(DocumentError::Name)?;
        Ok(client)
    }

    async fn keep_document(&self, tenant: &Tenant, client: Client) -> Result<Option<Arc<Client>>, EndpointError> {
        match self.registrations.put_document(tenant, &client, self.clock.now()).await? {
            Registration::Registered => Ok(Some(Arc::new(client))),
            _ => {
                let client_id = client.client_id.as_str();
                tracing::warn!(client_id, "the tenant has as many clients by document as it may have");
                Ok(None)
            }
        }
    }
}

fn is_fresh(client: &Client, now: UtcTime) -> bool {
    match client.origin {
        ClientOrigin::Document { fresh_until } => now < fresh_until,
        ClientOrigin::Managed | ClientOrigin::Registered => true,
    }
}

/// The URL that a `client_id` is, where the tenant lets documents describe clients: https, with a path, and without
/// fragment, credentials or dot segments. Only what is written as it is understood counts, so that no two ids are one URL.
fn document_url(tenant: &Tenant, client_id: &ClientId) -> Option<Url> {
    let text = client_id.as_str();
    let url = Url::parse(text).ok().filter(|url| url.as_str() == text)?;
    let is_plain = url.scheme() == "https"
        && url.username().is_empty()
        && url.password().is_none()
        && url.query().is_none()
        && url.fragment().is_none();
    (is_plain && url.path() != "/" && tenant.settings.client_id_metadata_documents.allows(&url)).then_some(url)
}

#[cfg(test)]
mod tests {
    use latchkey_core::Rng;
    use latchkey_tenants::{Branding, DocumentMode, TenantSettings, TenantStatus};

    use super::*;

    fn tenant(mode: DocumentMode) -> Tenant {
        let mut settings = TenantSettings::default();
        settings.client_id_metadata_documents.mode = mode;
        Tenant {
            id: TenantId::generate(UtcTime::from_unix_seconds(1), &Rng::seeded(1)),
            slug: "demo".parse().expect("a slug"),
            name: "Demo".to_owned(),
            status: TenantStatus::Active,
            settings,
            branding: Branding::default(),
            issuer_host: None,
        }
    }

    #[test]
    fn only_a_plain_https_url_with_a_path_names_a_document() {
        let on = tenant(DocumentMode::On);
        for (text, names_one) in [
            ("https://app.example/client.json", true),
            ("https://app.example:8443/oauth/client", true),
            ("https://app.example/client/", true),
            ("https://app.example", false),
            ("https://app.example/", false),
            ("http://app.example/client.json", false),
            ("https://APP.example/client.json", false),
            ("https://app.example:443/client.json", false),
            ("https://app.example/a/../client.json", false),
            ("https://app.example/./client.json", false),
            ("https:/app.example/client.json", false),
            ("https:app.example/client.json", false),
            ("web", false),
        ] {
            let client_id: ClientId = text.parse().expect("a client_id");
            assert_eq!(document_url(&on, &client_id).is_some(), names_one, "{text}");
            assert_eq!(document_url(&tenant(DocumentMode::Off), &client_id), None, "{text}");
        }
    }
}
