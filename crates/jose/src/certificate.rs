//! Certificates of clients, [RFC 8705 §3.1](https://www.rfc-editor.org/rfc/rfc8705#section-3.1).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use latchkey_core::sha256;
use openssl::x509::X509;

use crate::{PublicKey, jwk};

const PEM_BEGIN: &str = "-----BEGIN CERTIFICATE-----";

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

/// The DER of the one certificate in a header, in what proxies write: a byte sequence (RFC 9440 §2.1), PEM in percent
/// encoding, or bare Base64 of the DER. `None` for anything else.
#[must_use]
pub fn certificate_of_header(value: &str) -> Option<Vec<u8>> {
    let value = value.trim();
    let base64 = value.strip_prefix(':').and_then(|rest| rest.strip_suffix(':')).unwrap_or(value);
    if let Ok(der) = STANDARD.decode(base64) {
        return X509::from_der(&der).ok().map(|_| der);
    }
    let pem = percent_decode(value)?;
    // One certificate: with several it would be open which one the client has the key of.
    if pem.matches(PEM_BEGIN).count() != 1 {
        return None;
    }
    X509::from_pem(pem.as_bytes()).and_then(|certificate| certificate.to_der()).ok()
}

/// RFC 3986 §2.1; a plus stays one, since Base64 has it.
fn percent_decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let digit = |byte: Option<u8>| byte.and_then(|byte| char::from(byte).to_digit(16));
        let (high, low) = (digit(rest.next())?, digit(rest.next())?);
        bytes.push(u8::try_from(high * 16 + low).ok()?);
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use openssl::asn1::Asn1Time;
    use openssl::hash::MessageDigest;
    use openssl::pkey::PKey;
    use openssl::x509::X509Builder;

    use super::*;

    fn certificate() -> X509 {
        let key = PKey::generate_ed25519().expect("a key");
        let mut builder = X509Builder::new().expect("a builder");
        builder.set_not_before(&Asn1Time::days_from_now(0).expect("a time")).expect("a start");
        builder.set_not_after(&Asn1Time::days_from_now(1).expect("a time")).expect("an end");
        builder.set_pubkey(&key).expect("a key");
        builder.sign(&key, MessageDigest::null()).expect("signed");
        builder.build()
    }

    fn pem(certificate: &X509) -> String {
        String::from_utf8(certificate.to_pem().expect("PEM")).expect("text")
    }

    fn escaped(text: &str) -> String {
        url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20")
    }

    #[test]
    fn the_header_of_each_proxy_holds_the_same_certificate() {
        let certificate = certificate();
        let der = certificate.to_der().expect("DER");
        let base64 = STANDARD.encode(&der);
        let half_escaped = pem(&certificate).replace('\n', "%0A").replace(' ', "%20");
        for value in [format!(":{base64}:"), base64.clone(), escaped(&pem(&certificate)), half_escaped] {
            assert_eq!(certificate_of_header(&value).as_ref(), Some(&der), "{value}");
        }
    }

    #[test]
    fn what_is_no_single_certificate_is_none() {
        let two = escaped(&format!("{}{}", pem(&certificate()), pem(&certificate())));
        let cut = STANDARD.encode(&certificate().to_der().expect("DER")[..50]);
        for value in ["", ":", "::", "%", "%4", "%zz", "AAAA", ":AAAA:", "-----BEGIN CERTIFICATE-----", &two, &cut] {
            assert_eq!(certificate_of_header(value), None, "{value}");
        }
    }
}
