//! Hosts of a tenant's own.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use diesel::deserialize::FromSqlRow;
use diesel::expression::AsExpression;
use diesel::sql_types::Text;
use latchkey_core::UtcTime;
use serde::{Deserialize, Deserializer, Serialize};

/// A text that is no domain name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a domain is a DNS name of at least two labels such as login.example.com, with a port when it is not 443")]
pub struct InvalidDomainName;

/// A host as a `Host` header names it, in small letters: a DNS name of at least two labels, no address, and
/// `:port` when the port is not 443.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, AsExpression, FromSqlRow)]
#[diesel(sql_type = Text)]
#[serde(transparent)]
pub struct DomainName(String);

impl DomainName {
    /// The host as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The spelling under which a tenant may be looked up; `None` when no tenant can have it.
    pub(crate) fn fold(text: &str) -> Option<Cow<'_, str>> {
        let (name, port) = match text.split_once(':') {
            Some((name, port)) => (name, Some(port)),
            None => (text, None),
        };
        let is_port = |port: &str| {
            port.bytes().all(|b| b.is_ascii_digit()) && port.parse::<u16>().is_ok_and(|port| port != 0 && port != 443)
        };
        if name.len() > 253 || !name.contains('.') || !name.split('.').all(is_label) || !port.is_none_or(is_port) {
            return None;
        }
        // A last label of digits only makes it an IPv4 address to some parsers.
        if name.rsplit('.').next().is_none_or(|last| last.bytes().all(|b| b.is_ascii_digit())) {
            return None;
        }
        Some(if text.bytes().any(|b| b.is_ascii_uppercase()) {
            Cow::Owned(text.to_ascii_lowercase())
        } else {
            Cow::Borrowed(text)
        })
    }
}

fn is_label(label: &str) -> bool {
    (1..=63).contains(&label.len())
        && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        && !label.starts_with('-')
        && !label.ends_with('-')
}

/// A host that a tenant claims.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Domain {
    /// The host.
    pub host: DomainName,
    /// When the tenant proved that it holds the host; `None` while it has not.
    pub verified_at: Option<UtcTime>,
    /// Whether the tenant's issuer is `https://{host}`.
    pub is_issuer: bool,
}

impl FromStr for DomainName {
    type Err = InvalidDomainName;

    fn from_str(text: &str) -> Result<Self, InvalidDomainName> {
        Self::fold(text).map(|folded| Self(folded.into_owned())).ok_or(InvalidDomainName)
    }
}

impl fmt::Display for DomainName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for DomainName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

latchkey_core::text_column!(DomainName);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dns_name_is_folded_and_may_have_a_port() {
        for (text, host) in [
            ("Login.Example.com", "login.example.com"),
            ("login.example.com:8443", "login.example.com:8443"),
            ("xn--bcher-kva.example", "xn--bcher-kva.example"),
            ("a.localhost", "a.localhost"),
        ] {
            assert_eq!(text.parse::<DomainName>().expect("is a domain").as_str(), host);
        }
    }

    #[test]
    fn addresses_single_labels_and_anything_else_are_refused() {
        for text in [
            "",
            "localhost",
            "127.0.0.1",
            "[::1]",
            "a..example",
            ".example.com",
            "example.com.",
            "-a.example",
            "a_b.example",
            "a.example:",
            "a.example:0",
            "a.example:443",
            "a.example:65536",
            "a.example:8080:1",
            "a.example:+80",
            "bücher.example",
            "a.example/path",
            "a@b.example",
            "1.2",
        ] {
            assert_eq!(text.parse::<DomainName>(), Err(InvalidDomainName), "{text}");
        }
    }
}
