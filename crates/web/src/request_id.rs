//! The id that names one request in the answer, in the log and on error pages.

use actix_web::dev::{Payload, RequestHead};
use actix_web::http::header::HeaderName;
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use futures_util::future::{Ready, ok};
use latchkey_core::Rng;

use crate::WebError;

pub(crate) const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Names one request: 32 hexadecimal digits, or what a trusted proxy chose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestId(String);

impl RequestId {
    pub(crate) fn generate(rng: &Rng) -> Self {
        let number = u128::from_be_bytes(rng.bytes::<16>());
        Self(format!("{number:032x}"))
    }

    /// The id that came with the request, when it is 8 to 128 letters, digits, `-`, `_` or `.`.
    pub(crate) fn incoming(head: &RequestHead) -> Option<Self> {
        let text = head.headers.get(X_REQUEST_ID)?.to_str().ok()?;
        let allowed = |b: u8| b.is_ascii_alphanumeric() || b"-_.".contains(&b);
        ((8..=128).contains(&text.len()) && text.bytes().all(allowed)).then(|| Self(text.to_owned()))
    }

    /// The id of this request; a new one outside the middleware.
    #[must_use]
    pub fn of(request: &HttpRequest) -> Self {
        let known = request.extensions().get::<Self>().cloned();
        known.unwrap_or_else(|| Self::generate(&Rng::system()))
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromRequest for RequestId {
    type Error = WebError;
    type Future = Ready<Result<Self, WebError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ok(Self::of(request))
    }
}
