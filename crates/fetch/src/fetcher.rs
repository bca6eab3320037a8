//! The requests that may be made.

use std::net::{Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use latchkey_core::{Secret, TenantId};
use moka::future::Cache;
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue};
use reqwest::{Client, Method, RequestBuilder, Response, StatusCode};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use url::{Host, Url};

use crate::connection::{self, Lookup, Names, Reachable};
use crate::policy::OutgoingPolicy;
use crate::{FetchError, freshness};

const JSON: &str = "application/json";
/// SMTP, submission with TLS and with STARTTLS, and what providers offer where those are closed.
const MAIL_PORTS: [u16; 4] = [25, 465, 587, 2525];
const MAX_CLIENTS: u64 = 256;
const MAX_HOSTS: u64 = 10_000;
const CLIENT_IDLE: Duration = Duration::from_secs(15 * 60);

/// Bounds of every request.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// From the call to the last byte of the answer, waiting for a turn and the resolution of the name included.
    pub time: Duration,
    /// Of the body, in bytes.
    pub body: usize,
    /// Requests under way at a time.
    pub requests: usize,
    /// Requests under way at a time on behalf of one tenant, so that one that names slow hosts doesn't take the turns of
    /// all.
    pub requests_per_tenant: usize,
    /// Requests under way at a time to one host and port on behalf of one tenant, so that a slow one doesn't take the
    /// turns of that tenant.
    pub requests_per_host: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            time: Duration::from_secs(5),
            body: 64 * 1024,
            requests: 256,
            requests_per_tenant: 32,
            requests_per_host: 8,
        }
    }
}

/// What a host sent with status 200.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FetchedDocument {
    /// At most [`Limits::body`] bytes.
    pub body: Vec<u8>,
    /// The `Content-Type` as sent, with its parameters.
    pub content_type: Option<String>,
    /// How long `Cache-Control` lets it be reused, less its `Age`; zero when it must not be.
    pub max_age: Option<Duration>,
}

impl FetchedDocument {
    /// Whether the media type is this one, parameters and case aside.
    #[must_use]
    pub fn is_of_type(&self, media_type: &str) -> bool {
        let essence = self.content_type.as_deref().and_then(|text| text.split(';').next()).unwrap_or_default();
        essence.trim().eq_ignore_ascii_case(media_type)
    }
}

/// On whose behalf a request is made, and what it may reach.
#[derive(Clone, Copy, Debug)]
pub struct OnBehalfOf<'a> {
    /// Whose turn it takes.
    pub tenant: &'a TenantId,
    /// What that tenant may reach.
    pub policy: &'a OutgoingPolicy,
}

/// Makes outgoing requests under the policy of a tenant. Cheap to clone.
#[derive(Clone)]
pub struct Fetcher(Arc<Inner>);

struct Inner {
    limits: Limits,
    names: Names,
    clients: Cache<(Vec<String>, Reachable), Client>,
    permits: Arc<Semaphore>,
    tenants: Cache<TenantId, Arc<Semaphore>>,
    hosts: Cache<(TenantId, String), Arc<Semaphore>>,
}

/// A URL that may be asked, and how.
struct Target {
    url: Url,
    reachable: Reachable,
}

impl Fetcher {
    /// A fetcher that resolves names as the system does.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        Self::with_lookup(limits, Arc::new(connection::system_lookup))
    }

    /// A fetcher that resolves names by the given function; what it answers is checked all the same.
    #[must_use]
    pub fn with_lookup(limits: Limits, lookup: Arc<Lookup>) -> Self {
        Self(Arc::new(Inner {
            limits,
            names: Names::new(lookup),
            clients: Cache::builder().max_capacity(MAX_CLIENTS).time_to_idle(CLIENT_IDLE).build(),
            permits: Arc::new(Semaphore::new(limits.requests)),
            tenants: Cache::builder().max_capacity(MAX_HOSTS).time_to_idle(CLIENT_IDLE).build(),
            hosts: Cache::builder().max_capacity(MAX_HOSTS).time_to_idle(CLIENT_IDLE).build(),
        }))
    }

    /// Whether a request to this URL would be made, as far as the URL itself shows: what a name resolves to is checked
    /// when it is asked.
    ///
    /// # Errors
    /// [`FetchError::InvalidUrl`], [`FetchError::NotHttps`], [`FetchError::Credentials`] or
    /// [`FetchError::AddressRefused`].
    pub fn check(policy: &OutgoingPolicy, unverified_url: &str) -> Result<(), FetchError> {
        target(policy, unverified_url).map(|_| ())
    }

    /// The addresses at which a mail server may be connected to, by the rules that hold for requests; whoever connects must
    /// connect to these and not look the name up again.
    ///
    /// A port on which no mail server listens is reached only where a rule of the policy names host and port: else this
    /// server could be sent to talk to any other.
    ///
    /// # Errors
    /// [`FetchError::InvalidUrl`], [`FetchError::AddressRefused`], [`FetchError::TimedOut`] or [`FetchError::Resolve`].
    pub async fn mail_server(
        &self,
        policy: &OutgoingPolicy,
        unverified_host: &str,
        port: u16,
    ) -> Result<Vec<SocketAddr>, FetchError> {
        let (host, is_named) = mail_host(policy, unverified_host, port)?;
        if !is_named && !MAIL_PORTS.contains(&port) {
            return Err(FetchError::AddressRefused);
        }
        let reachable = Reachable { host_is_allowed: is_named, networks: policy.networks().collect() };
        let admitted = match host {
            Host::Ipv4(address) => reachable.admitted([address.into()]),
            Host::Ipv6(address) => reachable.admitted([address.into()]),
            Host::Domain(name) => {
                let looked_up = tokio::time::timeout(self.0.limits.time, self.0.names.addresses(name)).await;
                let addresses = looked_up.map_err(|_| FetchError::TimedOut)?;
                reachable.admitted(addresses.map_err(FetchError::Resolve)?)
            }
        };
        if admitted.is_empty() {
            return Err(FetchError::AddressRefused);
        }
        Ok(admitted.into_iter().map(|address| SocketAddr::new(address, port)).collect())
    }

    /// Asks for a JSON document. Whether its media type is right is the caller's to check: key sets come as several.
    ///
    /// # Errors
    /// The reason why there is none; any status but 200 is one.
    pub async fn get_json(&self, by: OnBehalfOf<'_>, url: &str) -> Result<FetchedDocument, FetchError> {
        self.get(by, url, JSON).await
    }

    /// Asks for a document, with this `Accept` header.
    ///
    /// # Errors
    /// As [`Self::get_json`].
    pub async fn get(
        &self,
        by: OnBehalfOf<'_>,
        url: &str,
        accept: &'static str,
    ) -> Result<FetchedDocument, FetchError> {
        let target = target(by.policy, url)?;
        self.in_time(by.tenant, &target.url.clone(), async {
            let request =
                self.request(by.policy, Method::GET, target).await?.header(ACCEPT, HeaderValue::from_static(accept));
            self.document(request.send().await.map_err(FetchError::of)?).await
        })
        .await
    }

    /// Asks for a text, with these headers.
    ///
    /// # Errors
    /// As [`Self::get_json`].
    pub async fn get_text(
        &self,
        by: OnBehalfOf<'_>,
        url: &str,
        headers: HeaderMap,
    ) -> Result<FetchedDocument, FetchError> {
        let target = target(by.policy, url)?;
        self.in_time(by.tenant, &target.url.clone(), async {
            let request = self.request(by.policy, Method::GET, target).await?.headers(headers);
            self.document(request.send().await.map_err(FetchError::of)?).await
        })
        .await
    }

    /// Posts a form; the body of the answer is not read.
    ///
    /// # Errors
    /// The reason why there is no answer. A status that says failure is an answer.
    pub async fn post_form(
        &self,
        by: OnBehalfOf<'_>,
        url: &str,
        fields: &[(&str, &str)],
        headers: HeaderMap,
    ) -> Result<StatusCode, FetchError> {
        self.post(by, url, |request| request.headers(headers).form(fields)).await
    }

    /// Posts a JSON text; the body of the answer is not read.
    ///
    /// # Errors
    /// As [`Self::post_form`].
    pub async fn post_json(
        &self,
        by: OnBehalfOf<'_>,
        url: &str,
        body: Vec<u8>,
        headers: HeaderMap,
    ) -> Result<StatusCode, FetchError> {
        let content_type = HeaderValue::from_static(JSON);
        self.post(by, url, |request| request.headers(headers).header(CONTENT_TYPE, content_type).body(body)).await
    }

    async fn post(
        &self,
        by: OnBehalfOf<'_>,
        url: &str,
        complete: impl FnOnce(RequestBuilder) -> RequestBuilder,
    ) -> Result<StatusCode, FetchError> {
        let target = target(by.policy, url)?;
        self.in_time(by.tenant, &target.url.clone(), async {
            let request = complete(self.request(by.policy, Method::POST, target).await?);
            Ok(request.send().await.map_err(FetchError::of)?.status())
        })
        .await
    }

    async fn in_time<T>(
        &self,
        tenant: &TenantId,
        url: &Url,
        request: impl Future<Output = Result<T, FetchError>>,
    ) -> Result<T, FetchError> {
        let deadline = tokio::time::Instant::now() + self.0.limits.time;
        let turn = tokio::time::timeout_at(deadline, self.turn(tenant, url)).await;
        let _turn = turn.unwrap_or(None).ok_or(FetchError::Busy)?;
        tokio::time::timeout_at(deadline, request).await.unwrap_or(Err(FetchError::TimedOut))
    }

    /// The host's turn first, then the tenant's: who waits for a slow host doesn't hold a turn that another host could
    /// have, and who waits for a tenant's doesn't hold one of all.
    async fn turn(&self, tenant: &TenantId, url: &Url) -> Option<[OwnedSemaphorePermit; 3]> {
        let Limits { requests_per_tenant, requests_per_host, .. } = self.0.limits;
        let origin = (tenant.clone(), url.origin().ascii_serialization());
        let host = self.0.hosts.get_with(origin, async { Arc::new(Semaphore::new(requests_per_host)) }).await;
        let host = host.acquire_owned().await.ok()?;
        let own = async { Arc::new(Semaphore::new(requests_per_tenant)) };
        let own = self.0.tenants.get_with(tenant.clone(), own).await.acquire_owned().await.ok()?;
        let all = self.0.permits.clone().acquire_owned().await.ok()?;
        Some([host, own, all])
    }

    async fn request(
        &self,
        policy: &OutgoingPolicy,
        method: Method,
        target: Target,
    ) -> Result<RequestBuilder, FetchError> {
        let key = (policy.trust_anchors.clone(), target.reachable);
        let client = match self.0.clients.get(&key).await {
            Some(client) => client,
            None => {
                let client = connection::client(policy, key.1.clone(), self.0.names.clone(), self.0.limits.time)?;
                self.0.clients.insert(key, client.clone()).await;
                client
            }
        };
        Ok(client.request(method, target.url))
    }

    async fn document(&self, mut response: Response) -> Result<FetchedDocument, FetchError> {
        // Also refuses redirects: the address they name was never checked.
        if response.status() != StatusCode::OK {
            return Err(FetchError::Status(response.status().as_u16()));
        }
        let content_type =
            response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let max_age = freshness::max_age(response.headers());
        let limit = self.0.limits.body;
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(FetchError::of)? {
            if body.len().saturating_add(chunk.len()) > limit {
                return Err(FetchError::TooLarge(limit));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(FetchedDocument { body, content_type, max_age })
    }
}

/// `Authorization: Bearer`, [RFC 6750 §2.1](https://www.rfc-editor.org/rfc/rfc6750#section-2.1); `None` when the token
/// cannot stand in a header.
#[must_use]
pub fn bearer(token: &Secret<String>) -> Option<HeaderMap> {
    let mut value = HeaderValue::try_from(format!("Bearer {}", token.expose())).ok()?;
    value.set_sensitive(true);
    Some(HeaderMap::from_iter([(AUTHORIZATION, value)]))
}

/// The host, and whether a rule names it with this port.
fn mail_host(policy: &OutgoingPolicy, unverified_host: &str, port: u16) -> Result<(Host, bool), FetchError> {
    let written = match unverified_host.parse::<Ipv6Addr>() {
        Ok(address) => format!("[{address}]"),
        Err(_) => unverified_host.to_ascii_lowercase(),
    };
    let [https, http] = ["https", "http"].map(|scheme| Url::parse(&format!("{scheme}://{written}:{port}/")));
    let (https, http) = (https.map_err(|_| FetchError::InvalidUrl)?, http.map_err(|_| FetchError::InvalidUrl)?);
    let host = https.host().ok_or(FetchError::InvalidUrl)?.to_owned();
    // What parsing rewrites or drops (0x7f.1, credentials, a path) is not the host that was written.
    if host.to_string() != written {
        return Err(FetchError::InvalidUrl);
    }
    Ok((host, policy.allows_host(&https) || policy.allows_host(&http)))
}

fn target(policy: &OutgoingPolicy, unverified_url: &str) -> Result<Target, FetchError> {
    let mut url = Url::parse(unverified_url).map_err(|_| FetchError::InvalidUrl)?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(FetchError::NotHttps);
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(FetchError::Credentials);
    }
    if url.scheme() == "http" && !policy.allows_plain_http(&url) {
        return Err(FetchError::NotHttps);
    }
    url.set_fragment(None);
    let reachable = Reachable { host_is_allowed: policy.allows_host(&url), networks: policy.networks().collect() };
    // The resolver is not asked about an address that is written as one.
    let literal = match url.host() {
        Some(Host::Ipv4(address)) => Some(address.into()),
        Some(Host::Ipv6(address)) => Some(address.into()),
        Some(Host::Domain(_)) => None,
        None => return Err(FetchError::InvalidUrl),
    };
    if literal.is_some_and(|address| !reachable.admits(address)) {
        return Err(FetchError::AddressRefused);
    }
    Ok(Target { url, reachable })
}
