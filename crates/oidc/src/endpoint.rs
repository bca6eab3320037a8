//! What stands around every endpoint: cross-origin headers, the count and the log of errors.

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, HeaderValue, WWW_AUTHENTICATE,
};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage, HttpResponse, web};
use latchkey_web::RequestId;

use crate::Services;
use crate::error::EndpointError;

/// Whether scripts of other origins may read the answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cors {
    /// A browser navigates there, or a server calls it.
    Closed,
    /// Any origin, but never with cookies: what counts is the token or the code in the request.
    AnyOrigin,
}

/// Where the metadata of the protected resource is that a request is for, RFC 9728 §5.1; an extension of the request.
#[derive(Clone, Debug)]
pub(crate) struct ResourceMetadata(pub(crate) String);

/// What an endpoint leaves behind for those who prove nothing: clients without credentials, clients that nobody vouches
/// for, and browsers in which nobody is signed in. Whatever it is, it takes room, and anybody may ask for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Strangers {
    /// Nothing.
    LeaveNothing,
    /// Something: their requests are counted, by address and tenant.
    AreCounted,
    /// Something that lasts only while their requests are in order: those that fail are counted.
    FailuresAreCounted,
    /// Something that has a bound of its own.
    HaveTheirOwnBound,
}

/// Calls the endpoint; adds the cross-origin headers, counts an error, and logs one of ours once.
///
/// # Errors
/// None of its own.
pub(crate) async fn around(
    name: &'static str,
    (cors, strangers): (Cors, Strangers),
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    request.extensions_mut().insert(strangers);
    let mut response = report(name, next.call(request).await?.map_into_boxed_body());
    point_at_metadata(&mut response);
    if cors == Cors::AnyOrigin {
        let headers = response.headers_mut();
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
        headers.insert(
            ACCESS_CONTROL_EXPOSE_HEADERS,
            HeaderValue::from_static("WWW-Authenticate, Retry-After, DPoP-Nonce"),
        );
    }
    Ok(response)
}

fn point_at_metadata(response: &mut ServiceResponse<BoxBody>) {
    let Some(ResourceMetadata(address)) = response.request().extensions().get::<ResourceMetadata>().cloned() else {
        return;
    };
    let challenge = response.headers().get(WWW_AUTHENTICATE).and_then(|value| value.to_str().ok());
    let pointing = challenge.map(|challenge| format!("{challenge}, resource_metadata=\"{address}\""));
    if let Some(pointing) = pointing.and_then(|pointing| HeaderValue::from_str(&pointing).ok()) {
        response.headers_mut().insert(WWW_AUTHENTICATE, pointing);
    }
}

fn report(name: &'static str, response: ServiceResponse<BoxBody>) -> ServiceResponse<BoxBody> {
    let Some(error) = response.response().error().and_then(|error| error.as_error::<EndpointError>()) else {
        return response;
    };
    if let Some(services) = response.request().app_data::<web::Data<Services>>() {
        services.metrics.oauth_error(name, error.code().as_str());
        if let EndpointError::TooManyAttempts { rule, .. } = error {
            services.metrics.throttled(rule);
        }
    }
    let Some(cause) = error.cause() else { return response };
    let error_id = RequestId::of(response.request());
    tracing::error!(error_id = error_id.as_str(), endpoint = name, error = %chain(cause), "{error}");
    let explained = error.respond(Some(error_id.as_str()));
    response.into_response(explained)
}

/// An error and what caused it, on one line.
pub(crate) fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut line = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        line.push_str(": ");
        line.push_str(&cause.to_string());
        source = cause.source();
    }
    line
}

/// Answers a preflight request of the Fetch standard.
pub(crate) async fn preflight() -> HttpResponse {
    HttpResponse::NoContent()
        .insert_header((ACCESS_CONTROL_ALLOW_METHODS, "GET, POST, OPTIONS"))
        .insert_header((ACCESS_CONTROL_ALLOW_HEADERS, "Authorization, Content-Type, Accept, DPoP"))
        .insert_header((ACCESS_CONTROL_MAX_AGE, "86400"))
        .finish()
}
