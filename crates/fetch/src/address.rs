//! Which addresses may be connected to, by the IANA special-purpose address registries (RFC 6890 and its updates).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Where an address leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    /// The public internet.
    Public,
    /// This machine or a private network: only for what the policy lists.
    Private,
    /// Nothing that a rule may open: link-local (the metadata services of clouds), multicast, reserved.
    Never,
}

impl Reach {
    pub(crate) fn of(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V4(v4) => of_v4(v4),
            IpAddr::V6(v6) => of_v6(v6),
        }
    }
}

fn of_v4(address: Ipv4Addr) -> Reach {
    let [a, b, c, _] = address.octets();
    match (a, b, c) {
        // Private use, loopback and shared address space (RFC 1918, RFC 1122, RFC 6598).
        (10 | 127, ..) | (172, 16..=31, _) | (192, 168, _) | (100, 64..=127, _) => Reach::Private,
        // "This network", link-local, multicast, reserved and broadcast.
        (0 | 224..=255, ..) | (169, 254, _) => Reach::Never,
        // Protocol assignments, documentation, the 6to4 relay and benchmarking.
        (192, 0, 0 | 2) | (192, 88, 99) | (198, 18 | 19, _) | (198, 51, 100) | (203, 0, 113) => Reach::Never,
        _ => Reach::Public,
    }
}

fn of_v6(address: Ipv6Addr) -> Reach {
    let [a, b, c, d, e, f, g, h] = address.segments();
    match (a, b) {
        _ if address == Ipv6Addr::LOCALHOST => Reach::Private,
        // Unique local addresses (RFC 4193).
        (0xfc00..=0xfdff, _) => Reach::Private,
        // 6to4 (RFC 3056) and NAT64 (RFC 6052 §2.1) lead to the IPv4 address within.
        (0x2002, high) => public_or_never(embedded(high, c)),
        (0x0064, 0xff9b) if [c, d, e, f] == [0; 4] => public_or_never(embedded(g, h)),
        // Protocol assignments with Teredo, benchmarking and ORCHID; documentation (RFC 3849, RFC 9637).
        (0x2001, 0..=0x01ff | 0x0db8) | (0x3fff, 0..=0x0fff) => Reach::Never,
        // RFC 4291 §2.4: the only block from which global unicast addresses are given.
        (0x2000..=0x3fff, _) => Reach::Public,
        _ => Reach::Never,
    }
}

fn public_or_never(within: Ipv4Addr) -> Reach {
    // A translator is no way around the rule of the address behind it, and no rule names that address so.
    if of_v4(within) == Reach::Public { Reach::Public } else { Reach::Never }
}

fn embedded(high: u16, low: u16) -> Ipv4Addr {
    let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
    Ipv4Addr::new(a, b, c, d)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rstest::rstest]
    #[case(Reach::Public, &["1.1.1.1", "8.8.8.8", "100.63.255.255", "100.128.0.0", "172.15.0.1", "172.32.0.1", "192.0.1.1",
        "192.167.1.1", "198.17.0.1", "198.20.0.1", "223.255.255.255", "2606:4700::1111", "2001:200::1", "2a00::1",
        "::ffff:1.1.1.1", "64:ff9b::1.1.1.1", "2002:0101:0101::1"])]
    #[case(Reach::Private, &["127.0.0.1", "127.255.255.254", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1",
        "100.64.0.1", "100.127.255.255", "::1", "fc00::1", "fd00:ec2::254", "::ffff:127.0.0.1", "::ffff:10.1.2.3"])]
    #[case(Reach::Never, &["0.0.0.0", "0.1.2.3", "169.254.169.254", "192.0.0.8", "192.0.2.1", "192.88.99.1", "198.18.0.1",
        "198.19.255.255", "198.51.100.7", "203.0.113.7", "224.0.0.1", "239.1.1.1", "240.0.0.1", "255.255.255.255", "::",
        "::ffff:169.254.169.254", "::7f00:1", "fe80::1", "fec0::1", "ff02::1", "2001::1", "2001:db8::1", "2001:10::1",
        "3fff::1", "4000::1", "100::1", "64:ff9b::127.0.0.1", "64:ff9b::10.0.0.1", "64:ff9b:1::1", "2002:7f00:1::1",
        "2002:c0a8:101::1"])]
    fn an_address_leads_where_the_registries_say(#[case] expected: Reach, #[case] addresses: &[&str]) {
        for address in addresses {
            assert_eq!(Reach::of(address.parse().expect("an address")), expected, "{address}");
        }
    }
}
