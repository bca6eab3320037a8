//! JSON bodies: bounded in size and in time.

use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpMessage, HttpRequest, rt};
use futures_util::StreamExt;
use latchkey_protocol::OAuthError;
use latchkey_web::FormError;
use serde_json::{Map, Value};

use crate::error::EndpointError;
use crate::form::BODY_TIMEOUT;

const MAX_BODY: usize = 64 * 1024;

/// A body that is a JSON object.
pub(crate) struct JsonObject(pub Map<String, Value>);

impl FromRequest for JsonObject {
    type Error = EndpointError;
    type Future = Pin<Box<dyn Future<Output = Result<Self, EndpointError>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let is_json = request.content_type().eq_ignore_ascii_case("application/json");
        let mut payload = payload.take();
        Box::pin(async move {
            if !is_json {
                return Err(OAuthError::invalid_request("the body must be application/json").into());
            }
            let body = rt::time::timeout(BODY_TIMEOUT, read(&mut payload)).await;
            let body = body.map_err(|_| EndpointError::BodyTimedOut)?.map_err(EndpointError::Body)?;
            match serde_json::from_slice(&body) {
                Ok(members) => Ok(Self(members)),
                Err(_) => Err(OAuthError::invalid_request("the body must be a JSON object").into()),
            }
        })
    }
}

async fn read(payload: &mut Payload) -> Result<Vec<u8>, FormError> {
    let mut body = Vec::new();
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|_| FormError::Incomplete)?;
        if body.len().saturating_add(chunk.len()) > MAX_BODY {
            return Err(FormError::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}
