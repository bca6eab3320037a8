//! Devices that approve sign-ins: what their application sends, the page of a sign-in that waits for them, the page on which
//! one is set up, and their part of the own account.

mod factor;
mod own;
mod set_up;

use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::http::header::CACHE_CONTROL;
use actix_web::web::{self, ServiceConfig};
use actix_web::{FromRequest, HttpRequest, HttpResponse, rt};
use futures_util::future::LocalBoxFuture;
use latchkey_auth::{PUSH_DEVICES_PATH, PushAnswered, PushRedeemed};
use latchkey_web::{ClientAddress, Route, TenantContext, WebError, form};
use serde_json::json;

use crate::Services;
use crate::services::failed;
use crate::sign_in::origin;

pub(crate) use factor::show as show_factor;
pub(crate) use own::{PushLine, lines};

const FACTOR_PATH: &str = "/second-factor/push";
const STATUS_PATH: &str = "/second-factor/push/status";
pub(crate) const SET_UP_PATH: &str = "/second-factor/set-up/push";
pub(crate) const OWN_PATH: &str = "/account/push-devices";
const APPROVAL_ROUTE: &str = "/push-approvals/{id}";
/// A body sent a byte at a time must not hold a connection open.
const BODY_TIMEOUT: Duration = Duration::from_secs(10);

/// Routes that [`routes`] mounts.
pub(crate) const ROUTES: [Route; 9] = [
    Route { method: "POST", path: PUSH_DEVICES_PATH },
    Route { method: "POST", path: APPROVAL_ROUTE },
    Route { method: "POST", path: FACTOR_PATH },
    Route { method: "GET", path: STATUS_PATH },
    Route { method: "HEAD", path: STATUS_PATH },
    Route { method: "GET", path: SET_UP_PATH },
    Route { method: "HEAD", path: SET_UP_PATH },
    Route { method: "POST", path: SET_UP_PATH },
    Route { method: "POST", path: OWN_PATH },
];

/// Mounts them.
pub(crate) fn routes(config: &mut ServiceConfig) {
    config
        .service(web::resource(PUSH_DEVICES_PATH).post(enrol))
        .service(web::resource(APPROVAL_ROUTE).post(answer))
        .service(web::resource(STATUS_PATH).get(factor::status).head(factor::status))
        .service(web::resource(FACTOR_PATH).post(factor::submit))
        .service(web::resource(SET_UP_PATH).get(set_up::show).head(set_up::show).post(set_up::submit))
        .service(web::resource(OWN_PATH).post(own::change));
}

/// The field `message` of what an application sends: a compact JWS.
pub(crate) struct DeviceMessage(String);

impl FromRequest for DeviceMessage {
    type Error = WebError;
    type Future = LocalBoxFuture<'static, Result<Self, WebError>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, mut payload) = (request.clone(), payload.take());
        Box::pin(async move {
            let read = rt::time::timeout(BODY_TIMEOUT, form::read_params(&request, &mut payload)).await;
            let mut params = read.map_err(|_| WebError::RequestTimeout)??;
            let message = params.optional("message");
            message.map(Self).ok_or(WebError::BadRequest("The form has no field message."))
        })
    }
}

/// `POST {base}/push-devices`: an application redeems the code that a page shows.
async fn enrol(
    context: TenantContext,
    message: DeviceMessage,
    address: ClientAddress,
    services: web::Data<Services>,
) -> Result<HttpResponse, WebError> {
    let redeemed = services.sign_in.redeem_push_code(&context.tenant, address.0, &message.0).await;
    Ok(match redeemed.map_err(failed)? {
        PushRedeemed::Waiting { device, number } => HttpResponse::Created()
            .insert_header((CACHE_CONTROL, "no-store"))
            .json(json!({ "device": device, "number": number })),
        PushRedeemed::UnknownCode => {
            refusal(StatusCode::NOT_FOUND, ("unknown_code", "the code is unknown, was redeemed before, or is too old"))
        }
        PushRedeemed::Invalid(reason) => refusal(StatusCode::BAD_REQUEST, ("invalid_request", reason)),
    })
}

/// `POST {base}/push-approvals/{id}`: a device answers.
async fn answer(
    request: HttpRequest,
    context: TenantContext,
    message: DeviceMessage,
    address: ClientAddress,
    services: web::Data<Services>,
) -> Result<HttpResponse, WebError> {
    let id = request.match_info().get("id").unwrap_or_default().to_owned();
    let from = origin(&request, &address);
    let answered = services.sign_in.answer_push(&context.tenant, (&id, &message.0), &from).await;
    Ok(match answered.map_err(failed)? {
        PushAnswered::Recorded => HttpResponse::NoContent().insert_header((CACHE_CONTROL, "no-store")).finish(),
        PushAnswered::Unknown => refusal(
            StatusCode::NOT_FOUND,
            ("unknown_approval", "nothing waits for this: it is unknown, too old, or was answered before"),
        ),
        PushAnswered::Refused(reason) => refusal(StatusCode::BAD_REQUEST, ("invalid_request", reason)),
    })
}

fn refusal(status: StatusCode, (error, description): (&str, &str)) -> HttpResponse {
    HttpResponse::build(status)
        .insert_header((CACHE_CONTROL, "no-store"))
        .json(json!({ "error": error, "error_description": description }))
}
