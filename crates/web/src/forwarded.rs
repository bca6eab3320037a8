//! What trusted proxies say of a request: `Forwarded` (RFC 7239) and the older `X-Forwarded-*`.

use std::net::{IpAddr, SocketAddr};

use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use ipnet::IpNet;

/// The headers are malformed, or contradict one another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ambiguous;

/// What the proxy nearest to the client saw. A member is `None` when no proxy said it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Forwarded {
    pub(crate) client: Option<IpAddr>,
    pub(crate) host: Option<String>,
    pub(crate) https: Option<bool>,
}

/// One proxy's words.
#[derive(Default)]
struct Hop {
    address: Option<IpAddr>,
    host: Option<String>,
    proto: Option<String>,
}

/// Reads both forms. Where both are there they must agree: a proxy that writes one and passes on the other as the
/// client sent it would otherwise let the client choose its address or host.
pub(crate) fn read(headers: &HeaderMap, trusted: &[IpNet]) -> Result<Forwarded, Ambiguous> {
    let standard = standard(headers, trusted)?;
    let legacy = legacy(headers, trusted)?;
    Ok(Forwarded {
        client: agree(standard.client, legacy.client)?,
        host: agree(standard.host, legacy.host)?,
        https: agree(standard.https, legacy.https)?,
    })
}

pub(crate) fn is_trusted(address: IpAddr, trusted: &[IpNet]) -> bool {
    trusted.iter().any(|network| network.contains(&address))
}

fn agree<T: PartialEq>(left: Option<T>, right: Option<T>) -> Result<Option<T>, Ambiguous> {
    match (left, right) {
        (Some(left), Some(right)) if left != right => Err(Ambiguous),
        (left, right) => Ok(left.or(right)),
    }
}

fn standard(headers: &HeaderMap, trusted: &[IpNet]) -> Result<Forwarded, Ambiguous> {
    let mut hops = Vec::new();
    for value in texts(headers, &HeaderName::from_static("forwarded"))? {
        for element in split_outside_quotes(value, ',')? {
            hops.push(hop(element)?);
        }
    }
    // The rightmost hop whose sender we do not trust was written by the proxy that the client talked to; all to
    // the left of it is the client's own words.
    let nearest = hops.iter().rev().find(|hop| !hop.address.is_some_and(|address| is_trusted(address, trusted)));
    let Some(hop) = nearest.or(hops.first()) else { return Ok(Forwarded::default()) };
    Ok(Forwarded { client: hop.address, host: hop.host.clone(), https: hop.proto.as_deref().map(scheme).transpose()? })
}

fn hop(element: &str) -> Result<Hop, Ambiguous> {
    let mut hop = Hop::default();
    for pair in split_outside_quotes(element, ';')? {
        if pair.is_empty() {
            continue;
        }
        let (name, value) = pair.split_once('=').ok_or(Ambiguous)?;
        let value = unquote(value)?;
        match name.to_ascii_lowercase().as_str() {
            "for" => hop.address = node_address(&value),
            "host" => hop.host = Some(value),
            "proto" => hop.proto = Some(value),
            _ => {}
        }
    }
    Ok(hop)
}

fn legacy(headers: &HeaderMap, trusted: &[IpNet]) -> Result<Forwarded, Ambiguous> {
    let addresses = list(headers, &HeaderName::from_static("x-forwarded-for"))?;
    let addresses: Vec<Option<IpAddr>> = addresses.into_iter().map(node_address).collect();
    let nearest = addresses.iter().rev().find(|hop| !hop.is_some_and(|address| is_trusted(address, trusted)));
    let host = single(&list(headers, &HeaderName::from_static("x-forwarded-host"))?)?.map(str::to_owned);
    let proto = single(&list(headers, &HeaderName::from_static("x-forwarded-proto"))?)?.map(scheme).transpose()?;
    Ok(Forwarded { client: nearest.or(addresses.first()).copied().flatten(), host, https: proto })
}

fn texts<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Result<Vec<&'a str>, Ambiguous> {
    headers.get_all(name).map(|value: &HeaderValue| value.to_str().map_err(|_| Ambiguous)).collect()
}

fn list<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Result<Vec<&'a str>, Ambiguous> {
    Ok(texts(headers, name)?.into_iter().flat_map(|value| value.split(',')).map(str::trim).collect())
}

// Proxies in a row may each add a value; which of different ones is meant, nobody can say.
fn single<'a>(values: &[&'a str]) -> Result<Option<&'a str>, Ambiguous> {
    let Some(first) = values.first().copied() else { return Ok(None) };
    if values.iter().all(|value| *value == first) { Ok(Some(first)) } else { Err(Ambiguous) }
}

fn scheme(text: &str) -> Result<bool, Ambiguous> {
    match text.to_ascii_lowercase().as_str() {
        "https" => Ok(true),
        "http" => Ok(false),
        _ => Err(Ambiguous),
    }
}

/// RFC 7239 §6: an address with an optional port; `unknown` and obfuscated names are `None`.
fn node_address(text: &str) -> Option<IpAddr> {
    let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
    let address = bare.parse().or_else(|_| text.parse().map(|socket: SocketAddr| socket.ip()));
    address.ok().map(|address: IpAddr| address.to_canonical())
}

fn split_outside_quotes(text: &str, separator: char) -> Result<Vec<&str>, Ambiguous> {
    let mut quoted = false;
    let mut escaped = false;
    let parts = text
        .split(|c: char| {
            match c {
                _ if escaped => escaped = false,
                '\\' if quoted => escaped = true,
                '"' => quoted = !quoted,
                c => return c == separator && !quoted,
            }
            false
        })
        .map(str::trim)
        .collect();
    if quoted { Err(Ambiguous) } else { Ok(parts) }
}

fn unquote(text: &str) -> Result<String, Ambiguous> {
    let Some(rest) = text.strip_prefix('"') else {
        return if text.contains('"') { Err(Ambiguous) } else { Ok(text.to_owned()) };
    };
    let inner = rest.strip_suffix('"').ok_or(Ambiguous)?;
    let mut value = String::with_capacity(inner.len());
    let mut characters = inner.chars();
    while let Some(c) = characters.next() {
        value.push(if c == '\\' { characters.next().ok_or(Ambiguous)? } else { c });
    }
    Ok(value)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn headers(lines: &[(&'static str, &'static str)]) -> HeaderMap {
        let mut map = HeaderMap::new();
        for (name, value) in lines {
            map.append(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        map
    }

    fn trusted() -> Vec<IpNet> {
        vec!["10.0.0.0/8".parse().expect("network"), "fd00::/8".parse().expect("network")]
    }

    fn client(lines: &[(&'static str, &'static str)]) -> Option<String> {
        read(&headers(lines), &trusted()).expect("reads").client.map(|address| address.to_string())
    }

    #[test]
    fn the_client_is_the_rightmost_hop_that_is_not_a_trusted_proxy() {
        let cases: [(&'static str, &'static str, &str); 9] = [
            ("x-forwarded-for", "198.51.100.7", "198.51.100.7"),
            ("x-forwarded-for", "1.1.1.1, 198.51.100.7, 10.0.0.2", "198.51.100.7"),
            ("x-forwarded-for", "198.51.100.7:4711, 10.0.0.2", "198.51.100.7"),
            ("x-forwarded-for", "10.0.0.9, 10.0.0.2", "10.0.0.9"),
            ("x-forwarded-for", "::ffff:198.51.100.7", "198.51.100.7"),
            ("forwarded", "for=1.1.1.1, for=198.51.100.7;proto=https, for=10.0.0.2", "198.51.100.7"),
            ("forwarded", "For=\"[2001:db8::1]:4711\"", "2001:db8::1"),
            ("forwarded", "for=\"[2001:db8::1]\", for=\"[fd00::5]\"", "2001:db8::1"),
            ("forwarded", "for=198.51.100.7;host=\"a,b\"", "198.51.100.7"),
        ];
        for (name, value, expected) in cases {
            assert_eq!(client(&[(name, value)]).as_deref(), Some(expected), "{name}: {value}");
        }
        assert_eq!(client(&[("forwarded", "for=1.1.1.1, for=unknown")]), None);
        assert_eq!(client(&[("forwarded", "for=1.1.1.1, for=_hidden, for=10.0.0.2")]), None);
        assert_eq!(client(&[("x-forwarded-for", "1.1.1.1, garbage")]), None);
    }

    #[test]
    fn host_and_scheme_come_from_the_hop_of_the_client() {
        let read = |value| read(&headers(&[("forwarded", value)]), &trusted()).expect("reads");
        let forwarded = read(
            "for=6.6.6.6;host=evil.example;proto=http, for=198.51.100.7;host=\"id.example:8443\";proto=https, for=10.0.0.2;host=inner;proto=http",
        );
        assert_eq!(forwarded.host.as_deref(), Some("id.example:8443"));
        assert_eq!(forwarded.https, Some(true));
    }

    #[test]
    fn headers_that_contradict_one_another_or_are_malformed_are_refused() {
        let cases: [&[(&'static str, &'static str)]; 7] = [
            &[("x-forwarded-for", "198.51.100.7"), ("forwarded", "for=198.51.100.8")],
            &[("x-forwarded-host", "a.example"), ("forwarded", "for=198.51.100.7;host=b.example")],
            &[("x-forwarded-host", "a.example, b.example")],
            &[("x-forwarded-host", "a.example"), ("x-forwarded-host", "b.example")],
            &[("x-forwarded-proto", "gopher")],
            &[("forwarded", "for=\"198.51.100.7")],
            &[("forwarded", "for")],
        ];
        for lines in cases {
            assert_eq!(read(&headers(lines), &trusted()), Err(Ambiguous), "{lines:?}");
        }
        let agreeing = headers(&[("x-forwarded-for", "198.51.100.7"), ("forwarded", "for=198.51.100.7;proto=https")]);
        assert!(read(&agreeing, &trusted()).is_ok());
    }

    proptest! {
        #[test]
        fn nothing_that_the_client_writes_changes_what_its_proxy_says_of_it(
            words in "[ -~]{0,60}|(for|host|proto|x)=\"[\\\\\",;=a-z0-9.]{0,12}"
        ) {
            let read = |name: &'static str, value: String| {
                let mut map = HeaderMap::new();
                map.append(HeaderName::from_static(name), HeaderValue::from_str(&value).expect("visible"));
                read(&map, &trusted())
            };
            if let Ok(read) = read("forwarded", format!("{words}, for=203.0.113.9;host=id.example;proto=https")) {
                prop_assert_eq!(read.client, "203.0.113.9".parse().ok());
                prop_assert_eq!((read.host.as_deref(), read.https), (Some("id.example"), Some(true)));
            }
            let legacy = read("x-forwarded-for", format!("{words}, 203.0.113.9"));
            prop_assert_eq!(legacy.map(|read| read.client), Ok("203.0.113.9".parse().ok()));
        }
    }
}
