//! Where a request comes from, for what counts attempts and for the session that a password opens.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::header::USER_AGENT;
use actix_web::{FromRequest, HttpRequest};
use latchkey_auth::Origin;
use latchkey_web::{ClientAddress, WebError};

/// The address and the software of whoever sent the request: of a native application the person's, of a server its own.
#[derive(Clone, Debug)]
pub(crate) struct Requester(pub(crate) Origin);

impl FromRequest for Requester {
    type Error = WebError;
    type Future = Ready<Result<Self, WebError>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let user_agent = request.headers().get(USER_AGENT);
        let user_agent = user_agent.map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
        let address = ClientAddress::from_request(request, payload).into_inner();
        ready(address.map(|address| Self(Origin { address: address.0, user_agent: user_agent.unwrap_or_default() })))
    }
}
