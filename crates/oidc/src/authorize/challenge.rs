//! The authorization challenge endpoint, draft-ietf-oauth-first-party-apps §5: an application of the tenant's own asks for
//! the password itself and gets a code, as far as a password is enough and the tenant's policies allow. For anything else
//! it sends the user to a browser.
//!
//! Only for clients with `first_party`. The code is redeemed as any other, without `redirect_uri`.

use std::time::Duration;

use actix_web::body::BoxBody;
use actix_web::{HttpRequest, HttpResponse, Responder, web};
use latchkey_auth::{Acr, ActiveSession};
use latchkey_cache::{CacheKey, Kind};
use latchkey_core::{ClientId, Secret, TokenHash};
use latchkey_protocol::{AuthorizationDetails, Confirmation, ErrorCode, GrantType, OAuthError, Params, ResponseType};
use latchkey_tenants::{ConsentPolicy, RequestObjectRule, Tenant};
use latchkey_tokens::{CodePayload, NewGrant};
use latchkey_web::TenantContext;
use serde::{Deserialize, Serialize};

use super::MAX_KEPT_BYTES;
use super::decision::has_essential_acr;
use super::kept::Origin;
use super::policy::Judged;
use super::request::{AuthorizationRequest, canonical_query};
use crate::Services;
use crate::asked::Grantable;
use crate::claims_policy::{granted_claims, scope_for_claims};
use crate::client_authentication::{AuthenticatedClient, ClientRequest};
use crate::error::EndpointError;
use crate::no_store::forbid_storing;
use crate::requester::Requester;
use crate::rules::Outcome;
use crate::sender_constraint::UnverifiedSender;
use crate::token::{ByPassword, grant_in_session};

/// How long a person may take from one step to the next.
const LIFETIME: Duration = Duration::from_secs(10 * 60);

/// What the application sends, §5.1: an authorization request, and what the person typed.
pub(crate) struct ChallengeRequest {
    params: Params,
    auth_session: Option<Secret<String>>,
    typed: Option<(String, Secret<String>)>,
}

impl TryFrom<Params> for ChallengeRequest {
    type Error = OAuthError;

    fn try_from(mut params: Params) -> Result<Self, OAuthError> {
        let auth_session = params.optional("auth_session").map(Secret::new);
        let typed = match (params.optional("username"), params.optional("password")) {
            (Some(username), Some(password)) => Some((username, Secret::new(password))),
            _ => None,
        };
        Ok(Self { params, auth_session, typed })
    }
}

/// A challenge under way, bound to whoever began it (§5.3.1).
#[derive(Serialize, Deserialize)]
struct AuthSession {
    client_id: ClientId,
    confirmation: Option<Confirmation>,
    request: String,
}

/// The answer, §5.2.
#[derive(Serialize)]
#[serde(untagged)]
pub(crate) enum ChallengeAnswer {
    /// §5.2.1.
    Granted {
        /// Redeemed at the token endpoint.
        authorization_code: Secret<String>,
    },
    /// §5.2.2: more is needed.
    Insufficient {
        /// Why.
        error: ErrorCode,
        /// For the developer.
        error_description: &'static str,
        /// To go on with; good once.
        #[serde(skip_serializing_if = "Option::is_none")]
        auth_session: Option<Secret<String>>,
    },
}

impl Responder for ChallengeAnswer {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        let mut response = match self {
            Self::Granted { .. } => HttpResponse::Ok(),
            Self::Insufficient { .. } => HttpResponse::BadRequest(),
        };
        forbid_storing(&mut response).json(self)
    }
}

/// Authenticate the client, check that it is one of the tenant's own, read the request, check the password, grant.
pub(crate) async fn authorize_challenge(
    context: TenantContext,
    call: ClientRequest<ChallengeRequest>,
    sender: UnverifiedSender,
    requester: Requester,
    services: web::Data<Services>,
) -> Result<ChallengeAnswer, EndpointError> {
    let ClientRequest { credentials, request: asked } = call;
    let client = services.authenticate_client(&context.tenant, &credentials).await?;
    if !client.metadata.first_party {
        let description = "the client is not one of the tenant's own";
        return Err(OAuthError::new(ErrorCode::UnauthorizedClient, description).into());
    }
    client.require_grant_type(GrantType::AuthorizationCode)?;
    let confirmation = services.verify_sender(&context, &client, &sender).await?;

    let challenge =
        services.read_challenge(&context, &client, asked.params, (asked.auth_session, confirmation)).await?;
    if challenge.needs_page(&context.tenant, &client) {
        return Ok(redirect_to_web());
    }
    let Some(typed) = asked.typed else {
        return services.go_on(&context, challenge.session, "a user name and a password are needed").await;
    };
    match services.open_session_by_password(&context, &client.client_id, typed, requester.0).await? {
        ByPassword::Opened(active) => services.grant_code(&context, &client, challenge, *active).await,
        ByPassword::SecondFactorNeeded | ByPassword::ActionRequired => Ok(redirect_to_web()),
        ByPassword::Refused => {
            services.go_on(&context, challenge.session, "the name or the password is not right").await
        }
    }
}

/// A challenge whose request is valid.
struct Challenge {
    session: AuthSession,
    request: AuthorizationRequest,
    asked: Grantable,
}

impl Challenge {
    /// Whether the request asks for what only a browser can do: the draft leaves no third way.
    fn needs_page(&self, tenant: &Tenant, client: &AuthenticatedClient) -> bool {
        let (request, rules) = (&self.request, client.rules());
        let names_a_user = request.unverified_id_token_hint.is_some()
            || [&request.claims.id_token, &request.claims.userinfo]
                .into_iter()
                .any(|claims| claims.required_value("sub").is_some());
        // Details are allowed once at a time, on the page that shows them, unless the client need not ask at all.
        let asks_in_detail =
            request.authorization_details.is_some() && client.metadata.consent != ConsentPolicy::Implied;
        asks_in_detail
            || rules.requires_par
            || tenant.settings.require_pushed_authorization_requests
            || rules.request_object == RequestObjectRule::Required
            || request.prompt.demands_consent()
            || !has_essential_acr(&request.claims, Acr::OneFactor.as_str())
            || names_a_user
    }
}

impl Services {
    /// Reads a new request, or the one that the `auth_session` keeps, and checks it as one of a browser.
    async fn read_challenge(
        &self,
        context: &TenantContext,
        client: &AuthenticatedClient,
        params: Params,
        (auth_session, confirmation): (Option<Secret<String>>, Option<Confirmation>),
    ) -> Result<Challenge, EndpointError> {
        let session = match auth_session {
            None => begin(client, &params, confirmation)?,
            Some(id) => {
                let kept: Option<AuthSession> = self.cache.take(&key(context, &id)).await?;
                let own = |kept: &AuthSession| kept.client_id == client.client_id && kept.confirmation == confirmation;
                let refused = OAuthError::new(ErrorCode::InvalidSession, "auth_session is unknown, expired or used");
                kept.filter(own).ok_or(refused)?
            }
        };
        // §5.1 has no `response_type`: a code is all there is.
        let mut params = Params::parse(session.request.as_bytes())?;
        if params.peek("response_type").is_none() {
            params = Params::parse(format!("{}&response_type=code", session.request).as_bytes())?;
        }
        let request = AuthorizationRequest::parse(params, client, &Origin::Browser)?;
        check(&request, session.confirmation.as_ref())?;
        let servers = self.directory.resource_servers(&context.tenant.id).await?;
        let asked = request.asked().check(client, &servers)?;
        Ok(Challenge { session, request, asked })
    }

    /// §5.2.2: the next step is the same request again, with what is missing.
    async fn go_on(
        &self,
        context: &TenantContext,
        session: AuthSession,
        error_description: &'static str,
    ) -> Result<ChallengeAnswer, EndpointError> {
        let id = self.rng.token();
        self.cache.put(&key(context, &id), &session, LIFETIME).await?;
        let error = ErrorCode::InsufficientAuthorization;
        Ok(ChallengeAnswer::Insufficient { error, error_description, auth_session: Some(id) })
    }

    /// Issues a code in the session that the password opened, if the tenant's policies admit the user and the user has
    /// allowed what is asked for. Of a refusal no session is left.
    async fn grant_code(
        &self,
        context: &TenantContext,
        client: &AuthenticatedClient,
        challenge: Challenge,
        active: ActiveSession,
    ) -> Result<ChallengeAnswer, EndpointError> {
        let Challenge { session: AuthSession { confirmation, .. }, request, asked } = challenge;
        let judged = Judged { client, request: &request, scope: &asked.scope, active: &active, signed_in: true };
        let verdict = self.judge_authorization(context, &judged);
        let wanted = asked.scope.union(&scope_for_claims(&request.claims, client));
        let is_allowed = self.has_consent(context, client, (&active.user.id, &wanted)).await?;
        if verdict != Outcome::Admit || !is_allowed {
            self.sign_in.end_session(&context.tenant.id, &active.session.id).await?;
            return match verdict {
                Outcome::Deny(description) => {
                    Err(OAuthError::with_detail(ErrorCode::AccessDenied, &description).into())
                }
                // A newer sign-in than this one there is not; a stronger one needs a page, as a question does.
                Outcome::StepUp(_) | Outcome::Admit => Ok(redirect_to_web()),
            };
        }
        let claims = granted_claims(&request.claims, client);
        let claims = (!claims.is_empty()).then(|| serde_json::to_value(&claims)).transpose();
        let grant = NewGrant {
            audience: asked.audience,
            authorization_details: request.authorization_details.as_ref().map(AuthorizationDetails::to_value),
            claims: claims.map_err(|error| EndpointError::Internal(error.into()))?,
            confirmation: request.dpop_jkt.map(Confirmation::Jkt).or(confirmation),
            ..grant_in_session(GrantType::AuthorizationCode, client, active, asked.scope)
        };
        let payload = CodePayload {
            grant,
            // None was asked for, so that a code of a redirect, which always has one, is never taken for this.
            redirect_uri: String::new(),
            nonce: request.nonce,
            code_challenge: request.code_challenge.map(|challenge| challenge.as_str().to_owned()),
            issued_at: self.clock.now(),
        };
        let authorization_code = self.tokens.begin_code(&context.tenant.id, &payload).await?;
        Ok(ChallengeAnswer::Granted { authorization_code })
    }
}

/// What is asked for stands in the request itself; an object that is not read could ask for less.
fn begin(
    client: &AuthenticatedClient,
    params: &Params,
    confirmation: Option<Confirmation>,
) -> Result<AuthSession, OAuthError> {
    match (params.peek("request"), params.peek("request_uri")) {
        (Some(_), _) => return Err(OAuthError::new(ErrorCode::RequestNotSupported, "no request object is read here")),
        (_, Some(_)) => return Err(OAuthError::new(ErrorCode::RequestUriNotSupported, "no request_uri is read here")),
        _ => {}
    }
    let request = canonical_query(params);
    if request.len() > MAX_KEPT_BYTES {
        return Err(OAuthError::invalid_request("the request is longer than 8 KiB"));
    }
    Ok(AuthSession { client_id: client.client_id.clone(), confirmation, request })
}

fn check(request: &AuthorizationRequest, confirmation: Option<&Confirmation>) -> Result<(), OAuthError> {
    if request.response_type != ResponseType::Code {
        return Err(OAuthError::new(ErrorCode::UnsupportedResponseType, "the only response_type here is code"));
    }
    // RFC 9449 §10.1: the key that is named must be the one that is proved, when one is.
    let proved = confirmation.and_then(Confirmation::jkt);
    if request.dpop_jkt.is_some() && proved.is_some() && request.dpop_jkt.as_deref() != proved {
        return Err(OAuthError::invalid_request("dpop_jkt is not the key of the proof"));
    }
    Ok(())
}

fn redirect_to_web() -> ChallengeAnswer {
    let error_description = "the request needs a browser";
    ChallengeAnswer::Insufficient { error: ErrorCode::RedirectToWeb, error_description, auth_session: None }
}

/// The store holds no usable `auth_session`: it is found by its hash.
fn key(context: &TenantContext, id: &Secret<String>) -> CacheKey {
    CacheKey::new(&context.tenant.id, Kind::AuthSession, TokenHash::of(id.expose()).as_str())
}
