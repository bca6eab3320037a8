//! Form bodies of the OAuth endpoints: bounded in size by `web`, and in time here.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest, rt};
use latchkey_protocol::Params;
use latchkey_web::form::{FormError, read_params};

use crate::error::EndpointError;

/// A body sent a byte at a time must not hold a connection open.
pub(crate) const BODY_TIMEOUT: Duration = Duration::from_secs(10);

/// The parameters of a form body: none repeats, an empty one counts as omitted (RFC 6749 §3.2).
pub(crate) struct Form(pub Params);

impl FromRequest for Form {
    type Error = EndpointError;
    type Future = Pin<Box<dyn Future<Output = Result<Self, EndpointError>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let request = request.clone();
        let mut payload = payload.take();
        Box::pin(async move {
            match rt::time::timeout(BODY_TIMEOUT, read_params(&request, &mut payload)).await {
                Err(_) => Err(EndpointError::BodyTimedOut),
                Ok(Err(FormError::Malformed(error))) => Err(EndpointError::OAuth(error.into())),
                Ok(Err(error)) => Err(EndpointError::Body(error)),
                Ok(Ok(params)) => Ok(Self(params)),
            }
        })
    }
}
