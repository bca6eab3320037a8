//! Errors of the web layer, and the one place where they become an answer.

mod words;

use std::fmt;
use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, HeaderValue, RETRY_AFTER};
use actix_web::{HttpRequest, HttpResponse, ResponseError};
use latchkey_tenants::TenantsError;
use serde::Serialize;

use self::words::Texts;
use crate::{ErrorPage, Format, RequestId, WebState};

/// How long a client should wait before it tries again while a backend is away.
const RETRY_AFTER_SECONDS: HeaderValue = HeaderValue::from_static("5");

type Source = Box<dyn std::error::Error + Send + Sync>;

/// Why a request was not served. OAuth errors are not among them.
#[derive(Debug, thiserror::Error)]
pub enum WebError {
    /// The request names no host, several, or a malformed one; or proxies contradict one another.
    #[error("the request does not name one well-formed host")]
    BadHost,
    /// A tenant's own host was asked for a tenant by path.
    #[error("host and path name different tenants")]
    AmbiguousTenant,
    /// No tenant lives there.
    #[error("no such tenant")]
    UnknownTenant,
    /// The tenant is suspended.
    #[error("the tenant is suspended")]
    TenantSuspended,
    /// Nothing is there.
    #[error("not found")]
    NotFound,
    /// The resource has other methods.
    #[error("method not allowed")]
    MethodNotAllowed,
    /// The client took too long to send the request.
    #[error("the request took too long to arrive")]
    RequestTimeout,
    /// The body is larger than allowed.
    #[error("the body is too large")]
    PayloadTooLarge,
    /// The body is not of the type that is read there.
    #[error("the content type is not supported")]
    UnsupportedMediaType,
    /// The request is malformed; the text says how.
    #[error("bad request: {0}")]
    BadRequest(&'static str),
    /// A form came from another site, or without the token that its page carries.
    #[error("cross-site request")]
    CrossSite,
    /// What the request needs was started by a browser that has a cookie of ours, and none came.
    #[error("no cookie")]
    NoCookie,
    /// What the request needs was started long ago, or in another browser.
    #[error("expired")]
    Expired,
    /// A limit was reached (RFC 6585 §4).
    #[error("too many requests: {rule}")]
    TooManyRequests {
        /// Which limit, for the metrics.
        rule: &'static str,
        /// How long to wait.
        retry_after: Duration,
    },
    /// A backend is away: worth a retry.
    #[error("a backend is unavailable")]
    Unavailable(#[source] Source),
    /// We erred.
    #[error("internal error")]
    Internal(#[source] Source),
}

impl WebError {
    /// [`WebError::Internal`] for `source`, which goes to the log only.
    pub fn internal(source: impl Into<Source>) -> Self {
        Self::Internal(source.into())
    }

    /// [`WebError::Unavailable`] for `source`, which goes to the log only.
    pub fn unavailable(source: impl Into<Source>) -> Self {
        Self::Unavailable(source.into())
    }

    /// The status of the answer.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        match self {
            Self::BadHost | Self::AmbiguousTenant | Self::BadRequest(_) | Self::Expired | Self::NoCookie => {
                StatusCode::BAD_REQUEST
            }
            Self::UnknownTenant | Self::NotFound => StatusCode::NOT_FOUND,
            Self::TenantSuspended | Self::CrossSite => StatusCode::FORBIDDEN,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::RequestTimeout => StatusCode::REQUEST_TIMEOUT,
            Self::PayloadTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::TooManyRequests { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// The answer to `request`: a page or JSON by its `Accept`. Logs an error of ours, once.
    #[must_use]
    pub fn respond(&self, request: &HttpRequest) -> HttpResponse {
        let error_id = RequestId::of(request);
        if let Self::Unavailable(source) | Self::Internal(source) = self {
            tracing::error!(error_id = error_id.as_str(), error = %Chain(source.as_ref()), "{self}");
        }
        let texts = self.texts();
        let mut response = match Format::of(request) {
            Format::Html => {
                let page = ErrorPage::new(self.status(), texts.title(), texts.message()).what_to_do(texts.what_to_do());
                let page = match self {
                    Self::BadRequest(reason) => page.detail(*reason),
                    _ => page,
                };
                page.error_id(error_id.as_str()).respond(request)
            }
            Format::Json => json(self.status(), &texts, error_id.as_str()),
        };
        if matches!(self, Self::Unavailable(_)) {
            response.headers_mut().insert(RETRY_AFTER, RETRY_AFTER_SECONDS);
        }
        if let Self::TooManyRequests { rule, retry_after } = self {
            response.headers_mut().insert(RETRY_AFTER, retry_after.as_secs().max(1).into());
            if let Ok(state) = WebState::of(request) {
                state.metrics.throttled(rule);
            }
        }
        response
    }

    /// The error for a bare status that the framework answered with.
    pub(crate) fn from_status(status: StatusCode) -> Self {
        match status {
            StatusCode::NOT_FOUND => Self::NotFound,
            StatusCode::METHOD_NOT_ALLOWED => Self::MethodNotAllowed,
            StatusCode::REQUEST_TIMEOUT => Self::RequestTimeout,
            StatusCode::PAYLOAD_TOO_LARGE => Self::PayloadTooLarge,
            StatusCode::UNSUPPORTED_MEDIA_TYPE => Self::UnsupportedMediaType,
            status if status.is_server_error() => Self::internal(format!("the framework answered {status}")),
            _ => Self::BadRequest("The request is malformed."),
        }
    }

    fn texts(&self) -> Texts {
        match self {
            Self::BadHost => words::BAD_HOST,
            Self::AmbiguousTenant => words::AMBIGUOUS_TENANT,
            Self::UnknownTenant => words::UNKNOWN_TENANT,
            Self::NotFound => words::NOT_FOUND,
            Self::TenantSuspended => words::TENANT_SUSPENDED,
            Self::MethodNotAllowed => words::METHOD_NOT_ALLOWED,
            Self::RequestTimeout => words::REQUEST_TIMEOUT,
            Self::PayloadTooLarge => words::PAYLOAD_TOO_LARGE,
            Self::UnsupportedMediaType => words::UNSUPPORTED_MEDIA_TYPE,
            Self::BadRequest(description) => words::BAD_REQUEST.described(description),
            Self::CrossSite => words::CROSS_SITE,
            Self::NoCookie => words::NO_COOKIE,
            Self::Expired => words::EXPIRED,
            Self::TooManyRequests { .. } => words::TOO_MANY_REQUESTS,
            Self::Unavailable(_) => words::UNAVAILABLE,
            Self::Internal(_) => words::INTERNAL,
        }
    }
}

#[derive(Serialize)]
struct Body<'a> {
    error: &'a str,
    error_description: &'a str,
    error_id: &'a str,
}

fn json(status: StatusCode, texts: &Texts, error_id: &str) -> HttpResponse {
    let body = Body { error: texts.code, error_description: texts.description, error_id };
    HttpResponse::build(status).insert_header((CACHE_CONTROL, HeaderValue::from_static("no-store"))).json(body)
}

/// An error and what caused it, on one line.
struct Chain<'a>(&'a (dyn std::error::Error + 'static));

impl fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)?;
        let mut source = self.0.source();
        while let Some(cause) = source {
            write!(f, ": {cause}")?;
            source = cause.source();
        }
        Ok(())
    }
}

impl ResponseError for WebError {
    fn status_code(&self) -> StatusCode {
        self.status()
    }

    // Only the status: the middleware knows the request, and writes the rest with `respond`.
    fn error_response(&self) -> HttpResponse {
        HttpResponse::new(self.status())
    }
}

impl From<TenantsError> for WebError {
    fn from(error: TenantsError) -> Self {
        if error.is_unavailable() { Self::unavailable(error) } else { Self::internal(error) }
    }
}

/// The default service: 404 as a page or as JSON.
///
/// # Errors
/// Always [`WebError::NotFound`].
pub async fn not_found() -> Result<HttpResponse, WebError> {
    Err(WebError::NotFound)
}
