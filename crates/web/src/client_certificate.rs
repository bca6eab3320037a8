//! The certificate that a client presented, [RFC 8705](https://www.rfc-editor.org/rfc/rfc8705): on the connection itself,
//! or to a trusted proxy that passes it on in a header.

use std::any::Any;

use actix_tls::accept::openssl::TlsStream;
use actix_web::HttpRequest;
use actix_web::dev::Extensions;
use actix_web::rt::net::TcpStream;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use latchkey_core::sha256;
use openssl::x509::X509;

use crate::{RequestOrigin, WebState};

const PEM_BEGIN: &str = "-----BEGIN CERTIFICATE-----";

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
    ///
    /// From a trusted proxy only its header counts, since the connection is the proxy's own; from anyone else only the
    /// connection counts, since a header is whatever the sender writes.
    #[must_use]
    pub fn of(request: &HttpRequest) -> Option<Self> {
        let state = WebState::of(request).ok()?;
        let by_trusted_proxy = RequestOrigin::of(request).is_ok_and(|origin| origin.by_trusted_proxy);
        match &state.client_certificate_header {
            Some(name) if by_trusted_proxy => {
                let mut values = request.headers().get_all(name.as_str());
                let value = values.next()?.to_str().ok()?;
                // Of two one could be the client's own.
                if values.next().is_some() { None } else { Self::of_header(value) }
            }
            // The certificate of the connection is the proxy's own: it would stand for every client behind it.
            None if by_trusted_proxy => None,
            _ => request.conn_data::<Self>().cloned(),
        }
    }

    /// Keeps the certificate of a TLS connection for the requests on it; for `HttpServer::on_connect`.
    pub fn capture(connection: &dyn Any, data: &mut Extensions) {
        let Some(stream) = connection.downcast_ref::<TlsStream<TcpStream>>() else { return };
        if let Some(der) = stream.ssl().peer_certificate().and_then(|certificate| certificate.to_der().ok()) {
            data.insert(Self::from_der(der));
        }
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

    /// Reads what proxies write: a byte sequence (RFC 9440 §2.1), PEM in percent encoding, or bare Base64 of the DER.
    fn of_header(value: &str) -> Option<Self> {
        let value = value.trim();
        let base64 = value.strip_prefix(':').and_then(|rest| rest.strip_suffix(':')).unwrap_or(value);
        if let Ok(der) = STANDARD.decode(base64) {
            return X509::from_der(&der).ok().map(|_| Self { der });
        }
        let pem = percent_decode(value)?;
        // One certificate: with several it would be open which one the client has the key of.
        if pem.matches(PEM_BEGIN).count() != 1 {
            return None;
        }
        X509::from_pem(pem.as_bytes()).and_then(|certificate| certificate.to_der()).ok().map(Self::from_der)
    }
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
            assert_eq!(ClientCertificate::of_header(&value), Some(ClientCertificate::from_der(der.clone())), "{value}");
        }
    }

    #[test]
    fn what_is_no_single_certificate_is_none() {
        let two = escaped(&format!("{}{}", pem(&certificate()), pem(&certificate())));
        let cut = STANDARD.encode(&certificate().to_der().expect("DER")[..50]);
        for value in ["", ":", "::", "%", "%4", "%zz", "AAAA", ":AAAA:", "-----BEGIN CERTIFICATE-----", &two, &cut] {
            assert_eq!(ClientCertificate::of_header(value), None, "{value}");
        }
    }
}
