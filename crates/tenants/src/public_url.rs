//! `LATCHKEY_PUBLIC_URL`, parsed.

use std::fmt;
use std::str::FromStr;

use url::Url;

/// Why a URL cannot be the public one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the public URL must be an origin such as https://id.example.com (http only on a loopback host), without path, query or credentials"
)]
pub struct InvalidPublicUrl;

/// Where the world reaches the server: an origin, without a slash at its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicUrl {
    origin: String,
    scheme_length: usize,
}

impl PublicUrl {
    /// The origin, `https://host[:port]`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.origin
    }

    /// The host as a `Host` header names it: with its port unless that is the default one.
    #[must_use]
    pub fn host(&self) -> &str {
        self.origin.get(self.scheme_length..).unwrap_or_default()
    }

    /// Whether browsers reach the server over TLS.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.origin.starts_with("https://")
    }
}

impl FromStr for PublicUrl {
    type Err = InvalidPublicUrl;

    fn from_str(text: &str) -> Result<Self, InvalidPublicUrl> {
        let url = Url::parse(text).map_err(|_| InvalidPublicUrl)?;
        let bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
        let credentials = !url.username().is_empty() || url.password().is_some();
        if !bare || credentials || !crate::defaults::is_web_uri(text) {
            return Err(InvalidPublicUrl);
        }
        let scheme_length = url.scheme().len() + "://".len();
        Ok(Self { origin: url.origin().ascii_serialization(), scheme_length })
    }
}

impl fmt::Display for PublicUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.origin)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_loses_its_slash_and_its_default_port() {
        for (text, origin, host, https) in [
            ("https://id.example.com/", "https://id.example.com", "id.example.com", true),
            ("https://id.example.com:443", "https://id.example.com", "id.example.com", true),
            ("https://ID.example.com:8443", "https://id.example.com:8443", "id.example.com:8443", true),
            ("http://localhost:8080", "http://localhost:8080", "localhost:8080", false),
            ("http://127.0.0.1:80", "http://127.0.0.1", "127.0.0.1", false),
        ] {
            let url: PublicUrl = text.parse().expect("is an origin");
            assert_eq!((url.as_str(), url.host(), url.is_https()), (origin, host, https));
        }
    }

    #[test]
    fn a_path_a_query_credentials_or_http_on_the_network_are_refused() {
        for text in [
            "",
            "id.example.com",
            "https://a.example/x",
            "https://a.example/?x",
            "https://u:p@a.example",
            "http://a.example",
            "ftp://a.example",
        ] {
            assert_eq!(text.parse::<PublicUrl>(), Err(InvalidPublicUrl), "{text}");
        }
    }
}
