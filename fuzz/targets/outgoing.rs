//! A rule of an outgoing policy and a URL of a stranger, one in each line: the closed addresses stay closed.
#![no_main]

use std::net::IpAddr;

use latchkey_fetch::{Fetcher, HostRule, OutgoingPolicy};
use libfuzzer_sys::fuzz_target;
use url::{Host, Url};

fuzz_target!(|text: &str| {
    let (rule, url) = text.split_once('\n').unwrap_or(("", text));
    if Fetcher::check(&OutgoingPolicy::default(), url).is_ok() {
        let url = may_be_asked(url);
        assert_eq!(url.scheme(), "https");
        assert!(!address(&url).is_some_and(is_private), "{url}");
    }
    let Ok(rule) = rule.parse::<HostRule>() else {
        return;
    };
    assert_eq!(rule.to_string().parse::<HostRule>().as_ref(), Ok(&rule));
    let policy = OutgoingPolicy { allow: vec![rule], ..OutgoingPolicy::default() };
    assert!(policy.validate().is_ok());
    if Fetcher::check(&policy, url).is_ok() {
        may_be_asked(url);
    }
});

/// What holds under every rule.
fn may_be_asked(url: &str) -> Url {
    let url = Url::parse(url).expect("a URL");
    assert!(["http", "https"].contains(&url.scheme()));
    assert!(url.username().is_empty() && url.password().is_none());
    assert!(!address(&url).is_some_and(is_never_open), "{url}");
    url
}

fn address(url: &Url) -> Option<IpAddr> {
    match url.host()? {
        Host::Ipv4(address) => Some(address.into()),
        Host::Ipv6(address) => Some(address.to_ipv4_mapped().map_or(address.into(), IpAddr::from)),
        Host::Domain(_) => None,
    }
}

fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => v4.is_private() || v4.is_loopback() || v4.is_unspecified(),
        IpAddr::V6(v6) => v6.is_loopback() || v6.is_unspecified() || v6.is_unique_local(),
    }
}

fn is_never_open(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => v4.is_link_local() || v4.is_multicast() || v4.is_broadcast(),
        IpAddr::V6(v6) => v6.is_unicast_link_local() || v6.is_multicast(),
    }
}
