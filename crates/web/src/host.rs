//! The host that a request names: RFC 9110 §7.2, read strictly.
//!
//! Whatever is not plainly a name or an address is refused: a host that two programs read differently is how a
//! request reaches another tenant than the one that a proxy or a cache had in mind.

use std::net::{Ipv4Addr, Ipv6Addr};

/// A host and, unless it is the scheme's own, a port; in lower case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Host(String);

impl Host {
    /// Reads the value of a `Host` header; `None` when it is not exactly a host with an optional port.
    #[must_use]
    pub fn parse(text: &str, default_port: u16) -> Option<Self> {
        let (name, port) = split_port(text)?;
        let name = name.to_ascii_lowercase();
        if !is_address_literal(&name) && !is_dns_name(&name) {
            return None;
        }
        Some(Self(match port {
            Some(port) if port != default_port => format!("{name}:{port}"),
            _ => name,
        }))
    }

    /// The host as it stands in an origin.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn split_port(text: &str) -> Option<(&str, Option<u16>)> {
    let colon = match text.strip_prefix('[') {
        Some(_) => text.find(']')?.checked_add(1)?,
        None => text.find(':').unwrap_or(text.len()),
    };
    let (name, rest) = text.split_at_checked(colon)?;
    if rest.is_empty() {
        return Some((name, None));
    }
    let digits = rest.strip_prefix(':')?;
    let plain = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()) && !digits.starts_with('0');
    if plain { Some((name, Some(digits.parse().ok()?))) } else { None }
}

fn is_address_literal(name: &str) -> bool {
    match name.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        Some(address) => address.parse::<Ipv6Addr>().is_ok(),
        None => name.parse::<Ipv4Addr>().is_ok(),
    }
}

fn is_dns_name(name: &str) -> bool {
    // A last label of digits would be read as an IPv4 address by some and as a name by others.
    let numeric_end = name.rsplit('.').next().is_some_and(|last| last.bytes().all(|b| b.is_ascii_digit()));
    name.len() <= 253 && !numeric_end && name.split('.').all(is_dns_label)
}

fn is_dns_label(label: &str) -> bool {
    (1..=63).contains(&label.len())
        && label.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        && !label.starts_with('-')
        && !label.ends_with('-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_folded_and_loses_the_port_of_its_scheme() {
        let cases = [
            ("ID.Example.com", "id.example.com"),
            ("id.example.com:443", "id.example.com"),
            ("id.example.com:8443", "id.example.com:8443"),
            ("localhost:8080", "localhost:8080"),
            ("127.0.0.1:8080", "127.0.0.1:8080"),
            ("[::1]:8080", "[::1]:8080"),
            ("xn--bcher-kva.example", "xn--bcher-kva.example"),
        ];
        for (text, expected) in cases {
            assert_eq!(Host::parse(text, 443).expect(text).as_str(), expected);
        }
    }

    #[test]
    fn what_two_programs_could_read_differently_is_refused() {
        let long = "a".repeat(64);
        let cases = [
            "",
            " ",
            "a b",
            "a/b",
            "a@b",
            "user@a.example",
            "a.example.",
            ".a",
            "a..b",
            "-a.example",
            "a-.example",
            "a_b",
            "a.example:",
            "a.example:0",
            "a.example:080",
            "a.example:65536",
            "a.example:80x",
            "a:1:2",
            "::1",
            "[::1",
            "[::1]x",
            "[a]",
            "1.2.3",
            "1.2.3.256",
            "0x7f.1",
            "bücher.example",
            "a.example,b.example",
            "a%2eexample",
            "a.example\t",
            long.as_str(),
        ];
        for text in cases {
            assert_eq!(Host::parse(text, 443), None, "{text:?}");
        }
    }
}
