//! The certificate that a client presented, [RFC 8705](https://www.rfc-editor.org/rfc/rfc8705).

use actix_web::{HttpMessage, HttpRequest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use latchkey_core::sha256;

/// A certificate whose private key the sender of the request holds; who vouches for it is not checked yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientCertificate {
    der: Vec<u8>,
}

impl ClientCertificate {
    /// A certificate in DER.
    #[must_use]
    pub fn from_der(der: Vec<u8>) -> Self {
        Self { der }
    }

    /// The certificate that came with the request, if one did.
    #[must_use]
    pub fn of(request: &HttpRequest) -> Option<Self> {
        request.extensions().get::<Self>().cloned()
    }

    /// The certificate in DER.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// `x5t#S256`, RFC 8705 §3.1.
    #[must_use]
    pub fn thumbprint(&self) -> String {
        URL_SAFE_NO_PAD.encode(sha256(&self.der))
    }
}
