//! Certificates of clients, [RFC 8705 §3.1](https://www.rfc-editor.org/rfc/rfc8705#section-3.1).

use latchkey_core::sha256;
use openssl::x509::X509;

use crate::{PublicKey, jwk};

/// `x5t#S256` of a DER certificate: its SHA-256 as 43 base64url characters.
#[must_use]
pub fn certificate_sha256(der: &[u8]) -> String {
    jwk::encode(&sha256(der))
}

/// The RFC 7638 thumbprint of the key in a DER certificate; `None` when that is no certificate, or of another kind of key.
#[must_use]
pub fn certificate_key_thumbprint(der: &[u8]) -> Option<String> {
    let key = X509::from_der(der).and_then(|certificate| certificate.public_key()).ok()?;
    PublicKey::from_pkey(&key)?.to_jwk().ok().map(|key| key.thumbprint())
}
