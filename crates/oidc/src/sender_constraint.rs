//! Sender-constrained tokens: what a request proves about the key of its sender, by DPoP (RFC 9449) or by mutual TLS
//! (RFC 8705).

use std::convert::Infallible;
use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use latchkey_protocol::Confirmation;
use latchkey_web::{ClientCertificate, TenantContext};

use crate::Services;
use crate::error::EndpointError;

/// What a request brings to prove which key its sender holds; nothing of it is verified.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct UnverifiedSender {
    /// The `DPoP` headers; more than one is an error (RFC 9449 §4.3).
    pub(crate) dpop: Vec<Vec<u8>>,
    /// The certificate of the connection.
    pub(crate) certificate: Option<ClientCertificate>,
    /// The method of the request, for `htm`.
    pub(crate) method: String,
    /// The path of the request, for `htu`.
    pub(crate) path: String,
}

impl FromRequest for UnverifiedSender {
    type Error = Infallible;
    type Future = Ready<Result<Self, Infallible>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(Self {
            dpop: request.headers().get_all("dpop").map(|value| value.as_bytes().to_vec()).collect(),
            certificate: ClientCertificate::of(request),
            method: request.method().as_str().to_owned(),
            path: request.path().to_owned(),
        }))
    }
}

impl Services {
    /// The key that the sender proved to hold, if it proved one.
    pub(crate) async fn verify_sender(
        &self,
        _context: &TenantContext,
        _sender: &UnverifiedSender,
    ) -> Result<Option<Confirmation>, EndpointError> {
        Ok(None)
    }
}
