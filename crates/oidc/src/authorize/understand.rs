//! From the bytes of a request to one that may be granted: who asks, where the answer goes, what is asked.

use std::collections::BTreeSet;
use std::sync::Arc;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use latchkey_core::UserId;
use latchkey_protocol::{ErrorCode, OAuthError, Params, ParamsError, ResponseMode, ResponseType, Scope};
use latchkey_tenants::{Client, RequestObjectRule, TenantsError};
use latchkey_web::redirect::see_other;
use latchkey_web::{ErrorPage, FormPostPage, Layout, RequestId, RequestOrigin, WebError};

use super::kept::{Kept, Origin};
use super::request::{AuthorizationRequest, UnverifiedTarget};
use super::resolve::{Resolved, unsigned};
use super::response::{AuthorizationResponse, Delivery, ResponseTarget};
use super::{Exchange, MAX_KEPT_BYTES};
use crate::asked::Grantable;
use crate::claims_policy::scope_for_claims;
use crate::error::EndpointError;
use crate::page_error::unavailable_or_internal;

/// A request that may be granted as soon as the right user allows it.
pub(crate) struct Checked {
    pub(crate) client: Arc<Client>,
    pub(crate) target: ResponseTarget,
    pub(crate) request: AuthorizationRequest,
    /// What is granted: asked for, registered and known.
    pub(crate) scope: Scope,
    /// What the user has to allow: the same, and the scopes of claims asked for by name.
    pub(crate) consent_scope: Scope,
    /// The resource servers that it is for: those it names, or those of the scope and of the details.
    pub(crate) audience: Vec<String>,
    /// Who it must be.
    pub(crate) subject: Option<UserId>,
    /// The request, to be read again.
    pub(crate) kept: Kept,
}

/// Names of parameters that were sent more than once.
pub(crate) type Repeated = BTreeSet<String>;

/// Why a request is not granted.
pub(crate) enum Refusal {
    /// Nobody may be sent anywhere: a page, never a redirect.
    Page(OAuthError),
    /// The client is told.
    Respond(Box<ResponseTarget>, OAuthError),
    /// Not the request's fault, or no request at all.
    Web(WebError),
}

impl From<WebError> for Refusal {
    fn from(error: WebError) -> Self {
        Self::Web(error)
    }
}

impl From<EndpointError> for Refusal {
    fn from(error: EndpointError) -> Self {
        match error {
            EndpointError::Unavailable(source) => Self::Web(WebError::Unavailable(source)),
            EndpointError::TooManyAttempts { rule, retry_after } => {
                Self::Web(WebError::TooManyRequests { rule, retry_after })
            }
            error => Self::Web(WebError::internal(error)),
        }
    }
}

impl From<TenantsError> for Refusal {
    fn from(error: TenantsError) -> Self {
        Self::Web(error.into())
    }
}

impl Exchange<'_> {
    /// Parses and checks a new request.
    pub(crate) async fn understand(&self, query: &[u8]) -> Result<Checked, Refusal> {
        let (params, repeated) = Params::parse_leniently(query).map_err(|error| Refusal::Page(error.into()))?;
        // Which of two is meant cannot be known, so neither may be answered by redirect.
        if let Some(reason) = ambiguous(&repeated) {
            return Err(page(reason));
        }
        let client = self.find_client(&params).await?;
        let resolved = self.resolve(params, repeated, &client).await?;
        self.check(client, resolved).await
    }

    /// Checks a kept request as if it were new: what was registered may have changed meanwhile.
    pub(super) async fn understand_kept(&self, kept: &Kept) -> Result<Checked, Refusal> {
        let params = Params::parse(kept.query.as_bytes()).map_err(|error| Refusal::Page(error.into()))?;
        let client = self.find_client(&params).await?;
        self.check(client, Resolved { params, repeated: Repeated::new(), origin: kept.origin.clone() }).await
    }

    /// Checks the parameters that count, whichever way they came.
    pub(crate) async fn check(&self, client: Arc<Client>, resolved: Resolved) -> Result<Checked, Refusal> {
        let Resolved { mut params, repeated, origin } = resolved;
        let kept = Kept::new(&params, origin.clone());
        let unverified = UnverifiedTarget::parse(&mut params);
        let target = self.verify_target(&client, &unverified)?;
        let refuse = |error| Refusal::Respond(Box::new(target.clone()), error);

        if kept.query.len() > MAX_KEPT_BYTES {
            return Err(refuse(OAuthError::invalid_request("the request is longer than 8 KiB")));
        }
        let response_mode = unverified.response_mode.map_err(refuse)?;
        if !repeated.is_empty() {
            return Err(refuse(ParamsError::Repeated.into()));
        }
        self.check_origin(&client, &origin).map_err(refuse)?;
        let request = AuthorizationRequest::parse(params, &client, &origin).map_err(refuse)?;
        check_mode(&client, request.response_type, response_mode).map_err(refuse)?;
        let servers = self.services.directory.resource_servers(&self.context.tenant.id).await?;
        let Grantable { scope, audience } = request.asked().check(&client, &servers).map_err(refuse)?;
        let consent_scope = scope.union(&scope_for_claims(&request.claims, &client));
        let subject = self.expected_subject(&client, &request).await?.map_err(refuse)?;
        Ok(Checked { client, target, request, scope, consent_scope, audience, subject, kept })
    }

    async fn find_client(&self, params: &Params) -> Result<Arc<Client>, Refusal> {
        let client = match params.peek("client_id").and_then(|id| id.parse().ok()) {
            Some(client_id) => {
                let asker = RequestOrigin::of(self.http)?.client;
                self.services.find_client(&self.context.tenant, &client_id, asker).await?
            }
            None => None,
        };
        client.ok_or(page("unknown client_id"))
    }

    /// RFC 6749 §4.1.2.1: an answer goes only to a redirect URI of the client.
    pub(super) fn verify_target(
        &self,
        client: &Arc<Client>,
        unverified: &UnverifiedTarget,
    ) -> Result<ResponseTarget, Refusal> {
        // Never a default: a client with one redirect URI today may have two tomorrow.
        let redirect_uri = unverified.redirect_uri.clone().filter(|uri| client.find_redirect_uri(uri));
        Ok(ResponseTarget {
            redirect_uri: redirect_uri.ok_or(page("invalid redirect_uri"))?,
            response_mode: unverified.response_mode.clone().unwrap_or(unverified.default_mode),
            state: unverified.state.clone(),
            issuer: self.context.issuer.clone(),
            session_state: None,
            client: Arc::clone(client),
        })
    }

    /// RFC 9126 §5 and §6, RFC 9101 §10.5: a client or a tenant may be bound to one way.
    fn check_origin(&self, client: &Client, origin: &Origin) -> Result<(), OAuthError> {
        let rules = client.rules();
        let must_push = rules.requires_par || self.context.tenant.settings.require_pushed_authorization_requests;
        if must_push && !origin.is_pushed() {
            return Err(OAuthError::invalid_request("the request must be pushed (RFC 9126)"));
        }
        if rules.request_object == RequestObjectRule::Required && *origin == Origin::Browser {
            return Err(unsigned());
        }
        Ok(())
    }

    /// The user that `id_token_hint`, or a `sub` in `claims`, asks for.
    async fn expected_subject(
        &self,
        client: &Client,
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
            let asked = match value.as_str() {
                Some(sub) => self.services.user_of_subject(self.context, client, sub).await,
                None => Ok(None),
            };
            let asked = asked.map_err(|error| Refusal::Web(unavailable_or_internal(error)))?;
            let Some(asked) = asked.filter(|asked| subject.as_ref().is_none_or(|subject| subject == asked)) else {
                return Ok(Err(OAuthError::new(ErrorCode::LoginRequired, "no such user can be signed in")));
            };
            subject = Some(asked);
        }
        Ok(Ok(subject))
    }

    /// Turns a refusal into an answer.
    pub(crate) async fn refuse(&self, refusal: Refusal) -> Result<HttpResponse, WebError> {
        match refusal {
            Refusal::Page(error) => Ok(self.error_page(&error)),
            Refusal::Respond(target, error) => self.respond(&target, AuthorizationResponse::Error(error)).await,
            Refusal::Web(error) => Err(error),
        }
    }

    /// Sends the answer to the client, by way of the browser.
    pub(crate) async fn respond(
        &self,
        target: &ResponseTarget,
        response: AuthorizationResponse,
    ) -> Result<HttpResponse, WebError> {
        if let AuthorizationResponse::Error(error) = &response {
            self.services.metrics.oauth_error("authorize", error.code.as_str());
        }
        let mut params = target.params(response);
        if target.response_mode.is_jwt() {
            let signed = self.services.sign_response(self.context, &target.client, params).await;
            params = vec![("response", signed.map_err(page_of)?)];
        }
        match target.deliver(params) {
            Delivery::Redirect(location) => see_other(&location),
            Delivery::FormPost { redirect_uri, params } => {
                let fields = params.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
                FormPostPage::new(Layout::of(self.http), &redirect_uri, fields).render()
            }
        }
    }

    /// A page for a request that must not be answered by redirect, status 400.
    pub(crate) fn error_page(&self, error: &OAuthError) -> HttpResponse {
        let error_id = RequestId::of(self.http);
        tracing::info!(error_id = error_id.as_str(), %error, "request refused with a page");
        self.services.metrics.oauth_error("authorize", error.code.as_str());
        ErrorPage::new(StatusCode::BAD_REQUEST, "error-link-title", "error-link-message")
            .what_to_do("error-link-what")
            .detail(error.to_string())
            .error_id(error_id.as_str())
            .respond(self.http)
    }
}

/// An answer that cannot be made goes nowhere: in the clear it would not be what the client registered.
fn page_of(error: EndpointError) -> WebError {
    match error {
        EndpointError::Unavailable(source) => WebError::Unavailable(source),
        error => WebError::internal(error),
    }
}

fn page(reason: &'static str) -> Refusal {
    Refusal::Page(OAuthError::invalid_request(reason))
}

/// FAPI 1.0 Part 2 §5.2.2: a code alone comes in a signed answer.
fn check_mode(client: &Client, response_type: ResponseType, mode: ResponseMode) -> Result<(), OAuthError> {
    if client.rules().code_needs_jarm && response_type == ResponseType::Code && !mode.is_jwt() {
        return Err(OAuthError::invalid_request("response_type code needs the response_mode jwt (JARM)"));
    }
    Ok(())
}

fn ambiguous(repeated: &Repeated) -> Option<&'static str> {
    let reasons = [
        ("client_id", "repeated client_id"),
        ("redirect_uri", "repeated redirect_uri"),
        ("request", "repeated request"),
        ("request_uri", "repeated request_uri"),
    ];
    reasons.into_iter().find(|(name, _)| repeated.contains(*name)).map(|(_, reason)| reason)
}
