//! The middleware around everything: request id, security headers, error answers, metrics, access log.

use std::sync::Arc;
use std::time::{Duration, Instant};

use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{ALLOW, CONTENT_TYPE, HeaderName, HeaderValue, SET_COOKIE, VARY};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage, HttpResponse};
use latchkey_tenants::Tenant;
use tracing::Instrument;

use crate::cookies::PendingCookies;
use crate::request_id::X_REQUEST_ID;
use crate::{RequestId, RequestOrigin, WebError, WebState, form, headers};

/// Stands around every route of a listener: `App::wrap(from_fn(latchkey_web::observe))`.
///
/// # Errors
/// None of its own.
pub async fn observe(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let started = Instant::now();
    if let Err(error) = admit(&request) {
        return Ok(finish(request.into_response(HttpResponse::from_error(error)), started));
    }
    let span = tracing::info_span!("request", request_id = RequestId::of(request.request()).as_str());
    let response = next.call(request).instrument(span).await?;
    Ok(finish(response.map_into_boxed_body(), started))
}

/// Works out once who asks, and refuses what no handler should have to think about.
fn admit(request: &ServiceRequest) -> Result<(), WebError> {
    let state = WebState::of(request.request())?;
    let origin = RequestOrigin::read(request.head(), state);
    let believed = origin.as_ref().is_ok_and(|origin| origin.by_trusted_proxy);
    let request_id = believed.then(|| RequestId::incoming(request.head())).flatten();
    request.extensions_mut().insert(request_id.unwrap_or_else(|| RequestId::generate(&state.rng)));
    request.extensions_mut().insert(origin?);
    form::check_path(request.uri().path())
}

fn finish(response: ServiceResponse<BoxBody>, started: Instant) -> ServiceResponse<BoxBody> {
    let mut response = explain(response);
    let request_id = RequestId::of(response.request());
    let pending = response.request().extensions_mut().remove::<PendingCookies>();
    let https = response.request().extensions().get::<RequestOrigin>().is_some_and(|origin| origin.https);
    let headers = response.headers_mut();
    headers::secure(headers, https);
    if let Ok(value) = HeaderValue::from_str(request_id.as_str()) {
        headers.insert(X_REQUEST_ID, value);
    }
    for cookie in pending.map(|pending| pending.0).unwrap_or_default() {
        if let Ok(value) = HeaderValue::from_str(&cookie.to_string()) {
            headers.append(SET_COOKIE, value);
        }
    }
    record(&response, started.elapsed());
    response
}

/// Gives an answer that has only a status its page or its JSON.
fn explain(response: ServiceResponse<BoxBody>) -> ServiceResponse<BoxBody> {
    let status = response.status();
    if !status.is_client_error() && !status.is_server_error() {
        return response;
    }
    let ours = response.response().error().and_then(|error| error.as_error::<WebError>());
    let explained = match ours {
        Some(error) => error.respond(response.request()),
        None if is_bare(&response) => WebError::from_status(status).respond(response.request()),
        None => return response,
    };
    let carried: Vec<(HeaderName, HeaderValue)> = response
        .headers()
        .iter()
        .filter(|(name, _)| outlives_its_answer(name))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    let mut response = response.into_response(explained);
    for (name, value) in carried {
        response.headers_mut().append(name, value);
    }
    response
}

/// Whether a header says something of the address rather than of one answer: a script of another origin must be able
/// to read an error too.
fn outlives_its_answer(name: &HeaderName) -> bool {
    *name == ALLOW || *name == VARY || name.as_str().starts_with("access-control-")
}

// The framework's own refusals have no body, or a line of plain text that may quote the request.
fn is_bare(response: &ServiceResponse<BoxBody>) -> bool {
    match response.headers().get(CONTENT_TYPE) {
        Some(kind) => kind.as_bytes().starts_with(b"text/plain") && response.response().error().is_some(),
        None => matches!(response.response().body().size(), BodySize::None | BodySize::Sized(0)),
    }
}

fn record(response: &ServiceResponse<BoxBody>, took: Duration) {
    let request = response.request();
    let status = response.status().as_u16();
    let pattern = request.match_pattern();
    let route = pattern.as_deref().unwrap_or("unmatched");
    if let Ok(state) = WebState::of(request) {
        state.metrics.observe_http(route, request.method().as_str(), status, took);
    }
    let extensions = request.extensions();
    // The route's pattern, never the path or the query: those hold codes, hints and names.
    tracing::info!(
        target: "latchkey::access",
        method = request.method().as_str(),
        route,
        status,
        dur_ms = took.as_secs_f64() * 1000.0,
        tenant = extensions.get::<Arc<Tenant>>().map(|tenant| tenant.slug.as_str()),
        request_id = extensions.get::<RequestId>().map(RequestId::as_str),
        "request"
    );
}
