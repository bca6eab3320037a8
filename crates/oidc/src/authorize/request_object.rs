//! Request objects: [RFC 9101](https://www.rfc-editor.org/rfc/rfc9101), OpenID Connect Core §6, FAPI 1.0 Part 2 §5.2.2,
//! FAPI 2.0 Message Signing §5.3.

use std::time::Duration;

use latchkey_core::UtcTime;
use latchkey_jose::{InvalidJws, UnverifiedJws, VerifiedPayload};
use latchkey_protocol::{ErrorCode, OAuthError, Params, SigningAlgorithm};
use latchkey_tenants::{Client, RequestObjectRule};
use latchkey_tokens::TokensError;

use super::Exchange;
use super::understand::Refusal;
use crate::client_keys::ClientKeysError;
use crate::page_error::unavailable_or_internal;

/// RFC 9101 §10.8: what tells a request object from other JWTs.
const TYP: &str = "oauth-authz-req+jwt";
/// How far the client's clock may be ahead.
const LEEWAY: Duration = Duration::from_secs(10);
/// FAPI 2.0 Message Signing §5.3.1.
const MAX_AGE: Duration = Duration::from_secs(60 * 60);
/// Claims of the JWT itself, which are no parameters.
const JWT_CLAIMS: [&str; 6] = ["iss", "aud", "exp", "nbf", "iat", "jti"];
/// What tells a compact JWE (RFC 7516 §7.1) from a compact JWS.
const JWE_DOTS: usize = 4;
/// What fetched request objects are said to be, RFC 9101 §5.2.3 and OpenID Connect Core §6.2.
const ACCEPT: &str = "application/oauth-authz-req+jwt, application/jwt, */*;q=0.1";

/// What a request object has to satisfy.
struct Expected<'a> {
    client_id: &'a str,
    issuer: &'a str,
    rule: RequestObjectRule,
    now: UtcTime,
}

impl Exchange<'_> {
    /// The parameters in a request object that the client signed.
    pub(crate) async fn verify_request_object(
        &self,
        client: &Client,
        unverified: &str,
    ) -> Result<Result<Params, OAuthError>, Refusal> {
        let signed = match self.decrypt(unverified).await? {
            Ok(signed) => signed,
            Err(error) => return Ok(Err(error)),
        };
        let jws = match parse(&signed) {
            Ok(jws) => jws,
            Err(error) => return Ok(Err(error)),
        };
        let tenant = &self.context.tenant;
        let verified = self.services.client_keys.verify((tenant, client), &jws, &algorithms(client)).await;
        let payload = match verified {
            Ok(payload) => payload,
            Err(error) => {
                tracing::info!(client_id = %client.client_id, reason = %reason(&error), "request object refused");
                return Ok(Err(OAuthError::with_detail(ErrorCode::InvalidRequestObject, &reason(&error))));
            }
        };
        let expected = Expected {
            client_id: client.client_id.as_str(),
            issuer: &self.context.issuer,
            rule: client.rules().request_object,
            now: self.services.clock.now(),
        };
        Ok(expected.check(payload))
    }

    /// RFC 9101 §6.1: what is encrypted is a signed object.
    async fn decrypt(&self, unverified: &str) -> Result<Result<String, OAuthError>, Refusal> {
        if unverified.bytes().filter(|byte| *byte == b'.').count() != JWE_DOTS {
            return Ok(Ok(unverified.to_owned()));
        }
        match self.services.tokens.keys().decrypt_request_object(&self.context.tenant.id, unverified).await {
            Ok(signed) => Ok(Ok(signed)),
            Err(TokensError::Invalid(reason)) => {
                tracing::info!(%reason, "request object cannot be decrypted");
                let reason = "the request object cannot be decrypted";
                Ok(Err(OAuthError::new(ErrorCode::InvalidRequestObject, reason)))
            }
            Err(error) => Err(Refusal::Web(unavailable_or_internal(error))),
        }
    }

    /// Fetches a request object from where the client registered that it may be.
    ///
    /// Nothing is cached, so a hash in the fragment that changes (OpenID Connect Core §6.2) always leads to the new text.
    pub(super) async fn fetch_request_object(&self, client: &Client, uri: &str) -> Result<String, OAuthError> {
        if !client.rules().fetches_request_uri {
            let reason = "request_uri must be one of the pushed authorization request endpoint";
            return Err(OAuthError::new(ErrorCode::RequestUriNotSupported, reason));
        }
        let without_fragment = |uri: &str| uri.split_once('#').map_or(uri, |(start, _)| start).to_owned();
        let asked = without_fragment(uri);
        if !client.metadata.request_uris.iter().any(|registered| without_fragment(registered) == asked) {
            return Err(OAuthError::new(ErrorCode::InvalidRequestUri, "the client did not register this request_uri"));
        }
        let fetched = self.services.fetcher.get(self.context.tenant.outgoing(), &asked, ACCEPT).await;
        let document = fetched.map_err(|error| {
            tracing::info!(client_id = %client.client_id, %error, "request_uri cannot be fetched");
            OAuthError::new(ErrorCode::InvalidRequestUri, "the request_uri cannot be fetched")
        })?;
        let text = String::from_utf8(document.body).ok().map(|text| text.trim().to_owned());
        text.ok_or(OAuthError::new(ErrorCode::InvalidRequestObject, "the request object is not text"))
    }
}

/// Reads the header: a JWS, of no other kind of JWT.
fn parse(unverified: &str) -> Result<UnverifiedJws, OAuthError> {
    let refused = |reason: &InvalidJws| OAuthError::with_detail(ErrorCode::InvalidRequestObject, &reason.to_string());
    let jws = UnverifiedJws::parse(unverified).map_err(|error| refused(&error))?;
    if jws.typ().is_some() && !jws.has_typ(TYP) && !jws.has_typ("JWT") {
        return Err(OAuthError::new(ErrorCode::InvalidRequestObject, "the typ is not oauth-authz-req+jwt"));
    }
    Ok(jws)
}

/// What the client may sign with: what it registered, within what its profile allows. `none` is never among them.
fn algorithms(client: &Client) -> Vec<SigningAlgorithm> {
    let registered = client.metadata.request_object_signing_alg;
    let allowed = client.rules().algorithms.iter().copied();
    allowed.filter(|alg| registered.is_none_or(|registered| registered == *alg)).collect()
}

/// For the client's developer: its own keys and its own object are no secret to it.
fn reason(error: &ClientKeysError) -> String {
    match error {
        ClientKeysError::Jws(reason) => format!("request object: {reason}"),
        other => format!("request object: {other}"),
    }
}

impl Expected<'_> {
    /// The parameters of an object that says what it must.
    fn check(&self, payload: VerifiedPayload) -> Result<Params, OAuthError> {
        let refused = |reason: &str| OAuthError::with_detail(ErrorCode::InvalidRequestObject, reason);
        self.check_claims(&payload).map_err(|error| refused(&format!("request object: {error}")))?;
        // RFC 9101 §4: an object cannot name another one.
        if ["request", "request_uri"].into_iter().any(|name| payload.claims().contains_key(name)) {
            return Err(refused("a request object holds neither request nor request_uri"));
        }
        // RFC 9101 §10.8: a client assertion, whose sub is the client, must not pass for a request.
        if payload.text("sub") == Some(self.client_id) {
            return Err(refused("the sub of a request object is not the client"));
        }
        let mut claims = payload.into_claims();
        for name in JWT_CLAIMS.into_iter().chain(["sub"]) {
            claims.remove(name);
        }
        let mut params = Params::from_claims(claims).map_err(|_| refused("the request object holds NUL"))?;
        // RFC 9101 §6.3: the client inside is the client outside.
        if params.peek("client_id").is_some_and(|inner| inner != self.client_id) {
            return Err(refused("client_id in the request object is another"));
        }
        params.set("client_id", self.client_id.to_owned());
        Ok(params)
    }

    fn check_claims(&self, payload: &VerifiedPayload) -> Result<(), InvalidJws> {
        let required = self.rule == RequestObjectRule::Required;
        if required || payload.claims().contains_key("iss") {
            payload.require_issuer(self.client_id)?;
        }
        if required || payload.claims().contains_key("aud") {
            payload.require_audience(&[self.issuer])?;
        }
        if required || payload.claims().contains_key("exp") {
            payload.require_unexpired(self.now, Duration::ZERO)?;
        }
        payload.require_begun(self.now, LEEWAY)?;
        if required {
            payload.require_not_before_within(self.now, MAX_AGE)?;
            let nbf = payload.date("nbf")?.ok_or(InvalidJws::MissingClaim("nbf"))?;
            payload.require_expiry_within(nbf, MAX_AGE)?;
        }
        Ok(())
    }
}

#[cfg(test)]
#[path = "request_object/tests.rs"]
mod tests;
