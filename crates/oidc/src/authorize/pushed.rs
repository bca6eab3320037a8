//! Pushed requests while they wait, [RFC 9126 §2.2 and §4](https://www.rfc-editor.org/rfc/rfc9126#section-4).
//!
//! A request may be looked at several times, since browsers load a page twice, but it is answered once: whoever writes the
//! mark that it is spent answers it.

use std::time::Duration;

use latchkey_cache::{CacheError, CacheKey, Inserted, Kind};
use latchkey_core::{ClientId, TenantId};
use latchkey_protocol::{ErrorCode, OAuthError};
use latchkey_tenants::Client;
use serde::{Deserialize, Serialize};

use crate::Services;

/// What a `request_uri` of ours begins with, RFC 9126 §2.2.
pub(crate) const PUSHED_PREFIX: &str = "urn:ietf:params:oauth:request_uri:";
/// How long a pushed request may be used for the first time.
pub(crate) const PUSHED_LIFETIME: Duration = Duration::from_secs(90);
/// Longer than any sign-in that began with the request.
const SPENT_LIFETIME: Duration = Duration::from_secs(60 * 60);

/// A request that was checked when it was pushed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PushedRequest {
    /// Who pushed it.
    pub(crate) client_id: ClientId,
    /// Its parameters as a query.
    pub(crate) query: String,
}

impl Services {
    /// Keeps the request under that id.
    pub(crate) async fn keep_pushed(
        &self,
        tenant: &TenantId,
        id: &str,
        request: &PushedRequest,
    ) -> Result<(), CacheError> {
        self.cache.put(&CacheKey::new(tenant, Kind::PushedRequest, id), request, PUSHED_LIFETIME).await
    }

    /// The request with that id, if this client pushed it and it was not answered yet.
    pub(super) async fn find_pushed(
        &self,
        tenant: &TenantId,
        id: &str,
        client: &Client,
    ) -> Result<Option<PushedRequest>, CacheError> {
        let found: Option<PushedRequest> = self.cache.find(&CacheKey::new(tenant, Kind::PushedRequest, id)).await?;
        let Some(request) = found.filter(|request| request.client_id == client.client_id) else { return Ok(None) };
        let spent: Option<bool> = self.cache.find(&CacheKey::new(tenant, Kind::SpentRequest, id)).await?;
        Ok(spent.is_none().then_some(request))
    }

    /// Marks the request as answered; of racing callers exactly one gets `true`.
    pub(super) async fn spend_pushed(&self, tenant: &TenantId, id: &str) -> Result<bool, CacheError> {
        let spent = CacheKey::new(tenant, Kind::SpentRequest, id);
        let marked = self.cache.put_if_absent(&spent, &true, SPENT_LIFETIME).await?;
        if marked == Inserted::Inserted {
            let _: Option<PushedRequest> = self.cache.take(&CacheKey::new(tenant, Kind::PushedRequest, id)).await?;
        }
        Ok(marked == Inserted::Inserted)
    }
}

/// Unknown, expired, spent, or another client's: nobody learns which.
pub(super) fn invalid_request_uri() -> OAuthError {
    OAuthError::new(ErrorCode::InvalidRequestUri, "the request_uri is unknown, expired, spent or of another client")
}
