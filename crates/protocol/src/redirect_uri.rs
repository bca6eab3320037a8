//! Redirect URIs: RFC 6749 §3.1.2, compared as RFC 9700 §2.1 asks, with the loopback exception of RFC 8252 §7.3.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize};
use url::{Host, Url};

/// Why a URI cannot be registered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidRedirectUri {
    /// RFC 6749 §3.1.2: an absolute URI.
    #[error("a redirect URI must be absolute")]
    NotAbsolute,
    /// RFC 6749 §3.1.2: no fragment.
    #[error("a redirect URI must not have a fragment")]
    HasFragment,
    /// A browser would run it, or send the code in clear over a network.
    #[error("a redirect URI must use https, http on a loopback host, or a private-use scheme with a dot (RFC 8252)")]
    ForbiddenScheme,
    /// Credentials in a URI only serve to mislead.
    #[error("a redirect URI must not hold a user name or password")]
    HasCredentials,
    /// Only printable ASCII stands in a URI.
    #[error("a redirect URI must be printable ASCII")]
    NotAscii,
}

/// A registered redirect URI, byte for byte as it was registered.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(transparent)]
pub struct RedirectUri(String);

impl RedirectUri {
    /// Checks a URI for registration.
    ///
    /// # Errors
    /// The rule that it breaks.
    pub fn parse(text: &str) -> Result<Self, InvalidRedirectUri> {
        if !text.bytes().all(|b| (0x21..0x7f).contains(&b)) {
            return Err(InvalidRedirectUri::NotAscii);
        }
        let url = Url::parse(text).map_err(|_| InvalidRedirectUri::NotAbsolute)?;
        if url.fragment().is_some() {
            return Err(InvalidRedirectUri::HasFragment);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(InvalidRedirectUri::HasCredentials);
        }
        let allowed = match url.scheme() {
            "https" => url.has_host(),
            "http" => is_loopback(&url),
            // RFC 8252 §7.1: a private-use scheme is a reversed domain name; this also keeps out
            // javascript:, data:, file: and the like.
            scheme => scheme.contains('.'),
        };
        if allowed { Ok(Self(text.to_owned())) } else { Err(InvalidRedirectUri::ForbiddenScheme) }
    }

    /// The URI as registered.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether a request may name `requested` for this registration: the same bytes, or, when this is an `http`
    /// URI on a loopback **address**, the same but for the port (RFC 8252 §7.3).
    #[must_use]
    pub fn matches(&self, requested: &str) -> bool {
        if self.0 == requested {
            return true;
        }
        match (split_loopback(&self.0), split_loopback(requested)) {
            (Some(registered), Some(requested)) => registered == requested,
            _ => false,
        }
    }
}

impl fmt::Display for RedirectUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for RedirectUri {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        None => false,
    }
}

/// `http://127.0.0.1:PORT/rest` as (host, rest), on the bytes as sent: no normalization, so that no two spellings
/// of a URI can be confused. `localhost` is not an address and gets no exception (RFC 8252 §8.3).
fn split_loopback(uri: &str) -> Option<(&str, &str)> {
    let rest = uri.strip_prefix("http://")?;
    let host = ["127.0.0.1", "[::1]"].into_iter().find(|host| rest.starts_with(host))?;
    let rest = rest.strip_prefix(host)?;
    let rest = match rest.strip_prefix(':') {
        Some(with_port) => {
            let digits = with_port.bytes().take_while(u8::is_ascii_digit).count();
            let (port, rest) = with_port.split_at_checked(digits)?;
            port.parse::<u16>().ok()?;
            rest
        }
        None => rest,
    };
    (rest.is_empty() || rest.starts_with(['/', '?'])).then_some((host, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn registered(uri: &str) -> RedirectUri {
        RedirectUri::parse(uri).expect("may be registered")
    }

    #[test]
    fn only_the_same_bytes_match() {
        let uri = registered("https://app.example/cb?x=1");
        assert!(uri.matches("https://app.example/cb?x=1"));
        for other in [
            "https://app.example/cb",
            "https://app.example/cb?x=1&y=2",
            "https://app.example/cb/?x=1",
            "https://APP.example/cb?x=1",
            "https://app.example:443/cb?x=1",
            "https://app.example/cb?x=1#f",
            "https://app.example/%63b?x=1",
            "https://app.example.evil.example/cb?x=1",
        ] {
            assert!(!uri.matches(other), "{other}");
        }
    }

    #[test]
    fn on_loopback_addresses_only_the_port_may_differ() {
        let uri = registered("http://127.0.0.1/cb");
        assert!(uri.matches("http://127.0.0.1:49152/cb"));
        let with_port = registered("http://[::1]:8000/cb");
        assert!(with_port.matches("http://[::1]:9000/cb"));
        for other in [
            "http://127.0.0.1:49152/other",
            "http://127.0.0.1:49152@evil.example/cb",
            "http://127.0.0.1.evil.example/cb",
            "http://127.0.0.1:99999/cb",
            "http://127.0.0.1:/cb",
            "https://127.0.0.1:1/cb",
            "http://localhost:1/cb",
            "http://[::1]:1/cb",
        ] {
            assert!(!uri.matches(other), "{other}");
        }
        assert!(!registered("http://localhost:3000/cb").matches("http://localhost:3001/cb"));
    }

    #[test]
    fn what_a_browser_would_run_cannot_be_registered() {
        for uri in [
            "javascript:alert(1)",
            "data:text/html,x",
            "http://app.example/cb",
            "/cb",
            "https://a.example/#f",
            "https://u:p@a.example/",
            "ftp:x",
        ] {
            assert!(RedirectUri::parse(uri).is_err(), "{uri}");
        }
        assert!(RedirectUri::parse("com.example.app:/callback").is_ok());
    }
}
