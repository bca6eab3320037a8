//! From the bytes of a request to one that may be granted: who asks, where the answer goes, what is asked.

use std::collections::BTreeSet;
use std::sync::Arc;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use latchkey_core::UserId;
use latchkey_protocol::{ErrorCode, OAuthError, Params, ParamsError, ResponseMode, Scope};
use latchkey_tenants::{Client, TenantsError};
use latchkey_web::redirect::see_other;
use latchkey_web::{ErrorPage, FormPostPage, Layout, RequestId, WebError};

use super::request::{AuthorizationRequest, UnverifiedTarget, canonical_query};
use super::response::{AuthorizationResponse, Delivery, ResponseTarget};
use super::{Exchange, MAX_KEPT_BYTES};
use crate::claims_policy::scope_for_claims;
use crate::page_error::unavailable_or_internal;
use crate::scope_policy::{OnBehalfOf, grantable};

/// A request that may be granted as soon as the right user allows it.
pub(crate) struct Checked {
    pub(crate) client: Arc<Client>,
    pub(crate) target: ResponseTarget,
    pub(crate) request: AuthorizationRequest,
    /// What is granted: asked for, registered and known.
    pub(crate) scope: Scope,
    /// What the user has to allow: the same, and the scopes of claims asked for by name.
    pub(crate) consent_scope: Scope,
    /// Who it must be.
    pub(crate) subject: Option<UserId>,
    /// The request, to be read again.
    pub(crate) kept: String,
}

/// Why a request is not granted.
pub(crate) enum Refusal {
    /// Nobody may be sent anywhere: a page, never a redirect.
    Page(&'static str),
    /// The client is told.
    Respond(ResponseTarget, OAuthError),
    /// Not the request's fault, or no request at all.
    Web(WebError),
}

impl From<TenantsError> for Refusal {
    fn from(error: TenantsError) -> Self {
        Self::Web(error.into())
    }
}

impl Exchange<'_> {
    /// Parses and checks a request, be it new or kept: what was registered may have changed meanwhile.
    pub(crate) async fn understand(&self, query: &[u8]) -> Result<Checked, Refusal> {
        let (mut params, repeated) =
            Params::parse_leniently(query).map_err(|error| Refusal::Page(malformed(&error)))?;
        // Which of two is meant cannot be known, so neither may be answered by redirect.
        if let Some(reason) = ambiguous_target(&repeated) {
            return Err(Refusal::Page(reason));
        }
        let kept = canonical_query(&params);
        let unverified = UnverifiedTarget::parse(&mut params);
        let (client, target) = self.verify_target(&unverified).await?;
        let refuse = |error| Refusal::Respond(target.clone(), error);

        if kept.len() > MAX_KEPT_BYTES {
            return Err(refuse(OAuthError::invalid_request("the request is longer than 8 KiB")));
        }
        unverified.response_mode.map_err(refuse)?;
        if !repeated.is_empty() {
            return Err(refuse(ParamsError::Repeated.into()));
        }
        let request = AuthorizationRequest::parse(params, &client).map_err(refuse)?;
        let servers = self.services.directory.resource_servers(&self.context.tenant.id).await?;
        // OpenID Connect Core §3.1.2.1: scopes that are not understood are ignored.
        let scope = grantable(&request.scope, &client, &servers, OnBehalfOf::User);
        if scope.is_empty() {
            return Err(refuse(OAuthError::new(ErrorCode::InvalidScope, "the client may not have any of this scope")));
        }
        let consent_scope = scope.union(&scope_for_claims(&request.claims, &client));
        let subject = self.expected_subject(&request).await?.map_err(refuse)?;
        Ok(Checked { client, target, request, scope, consent_scope, subject, kept })
    }

    /// RFC 6749 §4.1.2.1: an answer goes only to a redirect URI of a known client.
    async fn verify_target(&self, unverified: &UnverifiedTarget) -> Result<(Arc<Client>, ResponseTarget), Refusal> {
        let client = match &unverified.client_id {
            Some(client_id) => self.services.directory.find_client(&self.context.tenant.id, client_id).await?,
            None => None,
        };
        let client = client.ok_or(Refusal::Page("unknown client_id"))?;
        // Never a default: a client with one redirect URI today may have two tomorrow.
        let redirect_uri = unverified.redirect_uri.clone().filter(|uri| client.find_redirect_uri(uri));
        let redirect_uri = redirect_uri.ok_or(Refusal::Page("invalid redirect_uri"))?;
        let target = ResponseTarget {
            redirect_uri,
            response_mode: unverified.response_mode.clone().unwrap_or(ResponseMode::Query),
            state: unverified.state.clone(),
            issuer: self.context.issuer.clone(),
            session_state: None,
        };
        Ok((client, target))
    }

    /// The user that `id_token_hint`, or a `sub` in `claims`, asks for.
    async fn expected_subject(
        &self,
        request: &AuthorizationRequest,
    ) -> Result<Result<Option<UserId>, OAuthError>, Refusal> {
        let hinted = match &request.unverified_id_token_hint {
            Some(hint) => {
                let verified = self.services.verify_id_token_hint(self.context, hint).await;
                match verified.map_err(|error| Refusal::Web(unavailable_or_internal(error)))? {
                    Some(hint) => Some(hint.user_id),
                    None => {
                        return Ok(Err(OAuthError::invalid_request("id_token_hint is not an ID token of this issuer")));
                    }
                }
            }
            None => None,
        };
        let claims = [&request.claims.id_token, &request.claims.userinfo];
        let required = claims.into_iter().filter_map(|claims| claims.required_value("sub"));
        let mut subject = hinted;
        for value in required {
            let asked = value.as_str().and_then(|text| text.parse::<UserId>().ok());
            let Some(asked) = asked.filter(|asked| subject.as_ref().is_none_or(|subject| subject == asked)) else {
                return Ok(Err(OAuthError::new(ErrorCode::LoginRequired, "no such user can be signed in")));
            };
            subject = Some(asked);
        }
        Ok(Ok(subject))
    }

    /// Turns a refusal into an answer.
    pub(crate) fn refuse(&self, refusal: Refusal) -> Result<HttpResponse, WebError> {
        match refusal {
            Refusal::Page(reason) => Ok(self.error_page(reason)),
            Refusal::Respond(target, error) => self.respond(&target, AuthorizationResponse::Error(error)),
            Refusal::Web(error) => Err(error),
        }
    }

    /// Sends the answer to the client, by way of the browser.
    pub(crate) fn respond(
        &self,
        target: &ResponseTarget,
        response: AuthorizationResponse,
    ) -> Result<HttpResponse, WebError> {
        if let AuthorizationResponse::Error(error) = &response {
            self.services.metrics.oauth_error("authorize", error.code.as_str());
        }
        match target.deliver(response) {
            Delivery::Redirect(location) => see_other(&location),
            Delivery::FormPost { redirect_uri, params } => {
                let fields = params.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
                FormPostPage::new(Layout::of(self.http), &redirect_uri, fields).render()
            }
        }
    }

    /// A page for a request that must not be answered by redirect, status 400.
    pub(crate) fn error_page(&self, reason: &'static str) -> HttpResponse {
        let error_id = RequestId::of(self.http);
        tracing::info!(error_id = error_id.as_str(), reason, "request refused with a page");
        self.services.metrics.oauth_error("authorize", ErrorCode::InvalidRequest.as_str());
        ErrorPage::new(
            StatusCode::BAD_REQUEST,
            "This link does not work",
            "The application that sent you here made a request that cannot be answered.",
        )
        .what_to_do(
            "Go back to the application and start again. If it keeps happening, tell its makers the text below.",
        )
        .detail(format!("invalid_request: {reason}"))
        .error_id(error_id.as_str())
        .respond(self.http)
    }
}

fn ambiguous_target(repeated: &BTreeSet<String>) -> Option<&'static str> {
    let reasons = [("client_id", "repeated client_id"), ("redirect_uri", "repeated redirect_uri")];
    reasons.into_iter().find(|(name, _)| repeated.contains(*name)).map(|(_, reason)| reason)
}

fn malformed(error: &ParamsError) -> &'static str {
    match error {
        ParamsError::MalformedPercentEncoding => "malformed percent-encoding",
        ParamsError::NotText => "parameters must be UTF-8 without NUL",
        ParamsError::Repeated => "a parameter is included more than once",
    }
}
