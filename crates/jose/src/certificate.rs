//! Certificates of clients, [RFC 8705 §3.1](https://www.rfc-editor.org/rfc/rfc8705#section-3.1).

use latchkey_core::sha256;

use crate::jwk;

/// `x5t#S256` of a DER certificate: its SHA-256 as 43 base64url characters.
#[must_use]
pub fn certificate_sha256(der: &[u8]) -> String {
    jwk::encode(&sha256(der))
}
