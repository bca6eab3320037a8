//! What the web layer itself needs, shared by all workers.

use actix_web::{HttpRequest, web};
use ipnet::IpNet;
use latchkey_core::{Clock, Rng};
use latchkey_metrics::Metrics;
use latchkey_tenants::{Directory, PublicUrl};

use crate::WebError;

/// Put into the app data as `web::Data<WebState>`.
#[derive(Clone)]
pub struct WebState {
    /// Finds tenants.
    pub directory: Directory,
    /// The origin that all path issuers start with.
    pub public_url: PublicUrl,
    /// The origin by which clients with certificates reach the same issuers (RFC 8705 §5).
    pub mtls_url: Option<PublicUrl>,
    /// Header in which a trusted proxy passes on the certificate of a client.
    pub client_certificate_header: Option<String>,
    /// Networks of proxies whose forwarding headers count.
    pub trusted_proxies: Vec<IpNet>,
    /// The clock.
    pub clock: Clock,
    /// Source of nonces, request ids and browser bindings.
    pub rng: Rng,
    /// Where requests are counted.
    pub metrics: Metrics,
    /// Largest form, in bytes.
    pub body_limit: usize,
}

impl WebState {
    /// The state that the app holds.
    ///
    /// # Errors
    /// [`WebError::Internal`] when the app was built without one.
    pub fn of(request: &HttpRequest) -> Result<&Self, WebError> {
        request
            .app_data::<web::Data<Self>>()
            .map(|state| state.get_ref())
            .ok_or_else(|| WebError::internal("the app data hold no WebState"))
    }

    /// Whether tenants are found by path at this host: it is the one of the public URL, or of its alias for certificates.
    pub(crate) fn is_shared_host(&self, host: &str) -> bool {
        host == self.public_url.host() || self.mtls_url.as_ref().is_some_and(|url| host == url.host())
    }

    pub(crate) fn default_port(&self) -> u16 {
        if self.public_url.is_https() { 443 } else { 80 }
    }
}
