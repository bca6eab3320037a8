//! Who a request comes from and which host it names, worked out once per request.

use std::net::{IpAddr, Ipv4Addr};

use actix_web::dev::{Payload, RequestHead};
use actix_web::http::header::{HOST, HeaderMap};
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use futures_util::future::{Ready, ready};

use crate::{Host, WebError, WebState, forwarded};

/// The other end of a request, as far as the peer or a trusted proxy can be believed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestOrigin {
    /// The client's address: the peer, or the rightmost hop that is not a trusted proxy.
    pub client: IpAddr,
    /// The host that the client asked for.
    pub host: Host,
    /// Whether the client came over HTTPS.
    pub https: bool,
    /// Whether the peer is a trusted proxy, so that what it says of the request counts.
    pub by_trusted_proxy: bool,
}

impl RequestOrigin {
    /// The origin of `request`, from the peer address and, behind a trusted proxy only, from its headers.
    ///
    /// # Errors
    /// [`WebError::BadHost`] when no single well-formed host is named.
    pub fn of(request: &HttpRequest) -> Result<Self, WebError> {
        if let Some(origin) = request.extensions().get::<Self>() {
            return Ok(origin.clone());
        }
        Self::read(request.head(), WebState::of(request)?)
    }

    pub(crate) fn read(head: &RequestHead, state: &WebState) -> Result<Self, WebError> {
        let peer = head.peer_addr.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.ip().to_canonical());
        let named = named_host(head)?;
        let by_trusted_proxy = forwarded::is_trusted(peer, &state.trusted_proxies);
        let said = if by_trusted_proxy {
            forwarded::read(&head.headers, &state.trusted_proxies).map_err(|_| WebError::BadHost)?
        } else {
            forwarded::Forwarded::default()
        };
        let host = said.host.as_deref().unwrap_or(named);
        Ok(Self {
            client: said.client.unwrap_or(peer),
            host: Host::parse(host, state.default_port()).ok_or(WebError::BadHost)?,
            https: said.https.unwrap_or_else(|| state.public_url.is_https()),
            by_trusted_proxy,
        })
    }

    /// The origin (RFC 6454) that the browser shows: scheme, host and port.
    #[must_use]
    pub fn ascii_origin(&self) -> String {
        format!("{}://{}", if self.https { "https" } else { "http" }, self.host.as_str())
    }
}

/// RFC 9112 §3.2: the authority of the request target counts, else the one Host header; two are an attack.
fn named_host(head: &RequestHead) -> Result<&str, WebError> {
    let header = single_header(&head.headers)?;
    match (head.uri.authority(), header) {
        (Some(authority), Some(header)) if authority.as_str() != header => Err(WebError::BadHost),
        (Some(authority), _) => Ok(authority.as_str()),
        (None, Some(header)) => Ok(header),
        (None, None) => Err(WebError::BadHost),
    }
}

fn single_header(headers: &HeaderMap) -> Result<Option<&str>, WebError> {
    let mut values = headers.get_all(HOST);
    let first = values.next();
    if values.next().is_some() {
        return Err(WebError::BadHost);
    }
    first.map(|value| value.to_str().map_err(|_| WebError::BadHost)).transpose()
}

/// The client's address, for throttling and for the list of sessions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClientAddress(pub IpAddr);

impl FromRequest for ClientAddress {
    type Error = WebError;
    type Future = Ready<Result<Self, WebError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(RequestOrigin::of(request).map(|origin| Self(origin.client)))
    }
}
