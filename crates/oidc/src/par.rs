//! The pushed authorization request endpoint, [RFC 9126 §2](https://www.rfc-editor.org/rfc/rfc9126#section-2).

use actix_web::body::BoxBody;
use actix_web::{HttpRequest, HttpResponse, Responder, web};
use latchkey_protocol::{ErrorCode, OAuthError, Params};
use latchkey_web::{TenantContext, WebError};
use serde::Serialize;

use crate::Services;
use crate::authorize::{Exchange, Origin, PUSHED_LIFETIME, PUSHED_PREFIX, PushedRequest, Refusal, Repeated, Resolved};
use crate::client_authentication::ClientRequest;
use crate::error::EndpointError;
use crate::no_store::forbid_storing;
use crate::sender_constraint::UnverifiedSender;

/// The parameters of an authorization request, without those that authenticate the client.
pub(crate) struct PushedParams(Params);

impl TryFrom<Params> for PushedParams {
    type Error = OAuthError;

    fn try_from(params: Params) -> Result<Self, OAuthError> {
        Ok(Self(params))
    }
}

/// RFC 9126 §2.2.
#[derive(Serialize)]
pub(crate) struct PushedResponse {
    request_uri: String,
    expires_in: u64,
}

impl Responder for PushedResponse {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        forbid_storing(&mut HttpResponse::Created()).json(self)
    }
}

/// Authenticate the client, check the request as the authorization endpoint would, keep it.
pub(crate) async fn push(
    http: HttpRequest,
    context: TenantContext,
    call: ClientRequest<PushedParams>,
    sender: UnverifiedSender,
    services: web::Data<Services>,
) -> Result<PushedResponse, EndpointError> {
    let client = services.authenticate_client(&context.tenant, &call.credentials).await?;
    let confirmation = services.verify_sender(&context, &client, &sender).await?;
    let exchange = Exchange { http: &http, context: &context, services: &services };

    let mut params = exchange.resolve_for_push(call.request.0, &client).await?;
    // RFC 9449 §10.1: the proof of this request says which key the code is bound to, as dpop_jkt does.
    if let Some(proved) = confirmation.as_ref().and_then(|confirmation| confirmation.jkt()) {
        if params.peek("dpop_jkt").is_some_and(|asked| asked != proved) {
            return Err(OAuthError::new(ErrorCode::InvalidDpopProof, "dpop_jkt is not the key of the proof").into());
        }
        params.set("dpop_jkt", proved.to_owned());
    }

    let id = services.rng.token();
    let origin = Origin::Pushed(id.expose().clone());
    let checked = exchange.check(client.shared(), Resolved { params, repeated: Repeated::new(), origin }).await?;
    let pushed = PushedRequest { client_id: client.client_id.clone(), query: checked.kept.query };
    services.keep_pushed(&context.tenant.id, id.expose(), &pushed).await?;
    let request_uri = format!("{PUSHED_PREFIX}{}", id.expose());
    Ok(PushedResponse { request_uri, expires_in: PUSHED_LIFETIME.as_secs() })
}

/// Here every refusal is told to the client: it has authenticated.
impl From<Refusal> for EndpointError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Page(error) | Refusal::Respond(_, error) => Self::OAuth(error),
            Refusal::Web(WebError::Unavailable(source)) => Self::Unavailable(source),
            Refusal::Web(WebError::TooManyRequests { rule, retry_after }) => {
                Self::TooManyAttempts { rule, retry_after }
            }
            Refusal::Web(error) => Self::Internal(error.into()),
        }
    }
}
