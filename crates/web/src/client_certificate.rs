//! The certificate that a client presented, [RFC 8705](https://www.rfc-editor.org/rfc/rfc8705): on the connection itself,
//! or to a trusted proxy that passes it on in a header.

use std::any::Any;

use actix_tls::accept::openssl::TlsStream;
use actix_web::HttpRequest;
use actix_web::dev::Extensions;
use actix_web::rt::net::TcpStream;
use latchkey_jose::{certificate_of_header, certificate_sha256};

use crate::{RequestOrigin, WebState};

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
                if values.next().is_some() { None } else { certificate_of_header(value).map(Self::from_der) }
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
        certificate_sha256(&self.der)
    }
}
