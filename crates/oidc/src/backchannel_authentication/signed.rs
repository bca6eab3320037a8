//! Signed requests, OpenID Connect CIBA Core §7.1.1.

use std::time::Duration;

use latchkey_cache::{CacheKey, Inserted, Kind};
use latchkey_core::TokenHash;
use latchkey_jose::{InvalidJws, UnverifiedJws, VerifiedPayload};
use latchkey_protocol::{ErrorCode, OAuthError, Params};
use latchkey_web::TenantContext;

use super::request::{NAMES, Source};
use crate::Services;
use crate::client_authentication::AuthenticatedClient;
use crate::error::EndpointError;

/// Clocks of clients go wrong by that much.
const LEEWAY: Duration = Duration::from_secs(10);
/// FAPI-CIBA §5.2.2: a request lives for an hour at most.
const MAX_LIFE: Duration = Duration::from_secs(60 * 60);

impl Services {
    /// The parameters: of the signed request, for a client that registered an algorithm for it, else of the form.
    pub(super) async fn verify_signed_request(
        &self,
        context: &TenantContext,
        client: &AuthenticatedClient,
        mut params: Params,
    ) -> Result<Source, EndpointError> {
        let refuse = |reason: &str| Err(OAuthError::with_detail(ErrorCode::InvalidRequest, reason).into());
        let registered = client.metadata.backchannel_authentication_request_signing_alg;
        let (alg, unverified) = match (registered, params.optional("request")) {
            (None, None) => return Ok(Source::Form(params)),
            // §4: without a registered algorithm the client sends no signed requests.
            (None, Some(_)) => return refuse("the client is not registered for signed requests"),
            (Some(_), None) => return refuse("the request must be signed"),
            (Some(alg), Some(request)) => (alg, request),
        };
        if let Some(name) = NAMES.into_iter().find(|name| params.optional(name).is_some()) {
            return refuse(&format!("{name} must stand in the signed request only"));
        }
        let invalid = |error: &dyn std::error::Error| {
            tracing::info!(client_id = %client.client_id, %error, "signed backchannel request refused");
            OAuthError::with_detail(ErrorCode::InvalidRequest, &format!("the signed request is refused: {error}"))
        };
        let jws = UnverifiedJws::parse(&unverified).map_err(|error| invalid(&error))?;
        let verified = self.client_keys.verify((&context.tenant, client), &jws, &[alg]).await;
        let payload = verified.map_err(|error| invalid(&error))?;
        self.check_claims(context, client, &payload).map_err(|error| invalid(&error))?;
        if self.was_seen(context, client, &payload).await? {
            return refuse("the signed request was used before");
        }
        Ok(Source::Claims(payload.into_claims()))
    }

    fn check_claims(
        &self,
        context: &TenantContext,
        client: &AuthenticatedClient,
        payload: &VerifiedPayload,
    ) -> Result<(), InvalidJws> {
        let now = self.clock.now();
        payload.require_issuer(client.client_id.as_str())?;
        payload.require_audience(&[&context.issuer])?;
        payload.require_text("jti")?;
        payload.require_unexpired(now, LEEWAY)?;
        payload.require_expiry_within(now, MAX_LIFE.saturating_add(LEEWAY))?;
        payload.require_not_before_within(now, MAX_LIFE.saturating_add(LEEWAY))?;
        payload.require_issued_within(now, MAX_LIFE, LEEWAY)?;
        payload.require_begun(now, LEEWAY)
    }

    /// Remembers the `jti` until the request is over; of two that race one is new.
    async fn was_seen(
        &self,
        context: &TenantContext,
        client: &AuthenticatedClient,
        payload: &VerifiedPayload,
    ) -> Result<bool, EndpointError> {
        let jti = payload.text("jti").unwrap_or_default();
        let id = format!("ciba:{}:{}", client.client_id, TokenHash::of(jti).as_str());
        let key = CacheKey::new(&context.tenant.id, Kind::SeenAssertion, &id);
        let seen = self.cache.put_if_absent(&key, &(), MAX_LIFE.saturating_add(LEEWAY).saturating_add(LEEWAY)).await?;
        Ok(seen == Inserted::AlreadyThere)
    }
}
