//! A small writer of the [MaxMind DB format](https://maxmind.github.io/MaxMind-DB/), for tests that need to know what stands
//! in a database of places.

use std::net::{IpAddr, Ipv4Addr};

const MARKER: &[u8] = b"\xab\xcd\xefMaxMind.com";
/// Between the tree and the data.
const SEPARATOR: usize = 16;

/// A network, and where it is.
#[derive(Clone, Copy, Debug)]
pub struct PlacedNetwork {
    /// An IPv4 network.
    pub network: Ipv4Addr,
    /// The length of its prefix.
    pub prefix: u8,
    /// The city in English and in German.
    pub city: [&'static str; 2],
    /// The country in English and in German.
    pub country: [&'static str; 2],
    /// The country's code.
    pub code: &'static str,
    /// Latitude and longitude.
    pub at: [f64; 2],
}

#[derive(Clone, Copy)]
enum Child {
    Nothing,
    Node(usize),
    Data(usize),
}

/// The file.
#[must_use]
pub fn place_database(networks: &[PlacedNetwork]) -> Vec<u8> {
    let (mut nodes, mut data) = (vec![[Child::Nothing; 2]], Vec::new());
    for network in networks {
        let offset = data.len();
        data.extend(record(network));
        insert(&mut nodes, network, offset);
    }
    let mut file = Vec::new();
    for child in nodes.iter().flatten() {
        let value = match child {
            Child::Nothing => nodes.len(),
            Child::Node(node) => *node,
            Child::Data(offset) => nodes.len() + SEPARATOR + offset,
        };
        let bytes = u32::try_from(value).unwrap_or(u32::MAX).to_be_bytes();
        file.extend(bytes.iter().skip(1));
    }
    file.extend([0; SEPARATOR]);
    file.extend(data);
    file.extend(MARKER);
    file.extend(metadata(nodes.len()));
    file
}

/// IPv4 stands at `::/96` of the tree.
fn insert(nodes: &mut Vec<[Child; 2]>, network: &PlacedNetwork, offset: usize) {
    let address = u128::from(u32::from(network.network));
    let length = 96 + usize::from(network.prefix);
    let mut node = 0;
    for depth in 0..length {
        let side = usize::from(address >> (127 - depth) & 1 == 1);
        if depth + 1 == length {
            nodes[node][side] = Child::Data(offset);
            return;
        }
        node = match nodes[node][side] {
            Child::Node(next) => next,
            Child::Nothing | Child::Data(_) => {
                nodes.push([Child::Nothing; 2]);
                nodes[node][side] = Child::Node(nodes.len() - 1);
                nodes.len() - 1
            }
        };
    }
}

fn record(network: &PlacedNetwork) -> Vec<u8> {
    let names = |[en, de]: [&str; 2]| map(&[("en", text(en)), ("de", text(de))]);
    let [latitude, longitude] = network.at;
    let location =
        map(&[("latitude", double(latitude)), ("longitude", double(longitude)), ("accuracy_radius", number(5, 20, 2))]);
    map(&[
        ("city", map(&[("names", names(network.city))])),
        ("country", map(&[("iso_code", text(network.code)), ("names", names(network.country))])),
        ("location", location),
    ])
}

fn metadata(nodes: usize) -> Vec<u8> {
    let nodes = u64::try_from(nodes).unwrap_or(u64::MAX);
    map(&[
        ("binary_format_major_version", number(5, 2, 2)),
        ("binary_format_minor_version", number(5, 0, 2)),
        ("build_epoch", number(9, 1_800_000_000, 8)),
        ("database_type", text("Test-City")),
        ("description", map(&[("en", text("Places of tests"))])),
        ("ip_version", number(5, 6, 2)),
        ("languages", [vec![2, 4], text("en"), text("de")].concat()),
        ("node_count", number(6, nodes, 4)),
        ("record_size", number(5, 24, 2)),
    ])
}

/// The type in the first three bits, or behind the size when it is above 7.
fn control(kind: u8, size: usize) -> Vec<u8> {
    let size = u8::try_from(size).unwrap_or(u8::MAX);
    assert!(size < 29, "longer values are not written");
    if kind > 7 { vec![size, kind - 7] } else { vec![kind << 5 | size] }
}

fn map(members: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut bytes = control(7, members.len());
    for (name, value) in members {
        bytes.extend(text(name));
        bytes.extend(value);
    }
    bytes
}

fn text(value: &str) -> Vec<u8> {
    [control(2, value.len()), value.as_bytes().to_vec()].concat()
}

fn double(value: f64) -> Vec<u8> {
    [control(3, 8), value.to_be_bytes().to_vec()].concat()
}

fn number(kind: u8, value: u64, size: usize) -> Vec<u8> {
    [control(kind, size), value.to_be_bytes()[8 - size..].to_vec()].concat()
}

/// Two places that are far from each other: Lisbon has 127.0.0.0/8 and 192.0.2.0/24, Tokyo 198.51.100.0/24.
#[must_use]
pub fn two_places() -> Vec<u8> {
    let lisbon = |network, prefix| PlacedNetwork {
        network,
        prefix,
        city: ["Lisbon", "Lissabon"],
        country: ["Portugal", "Portugal"],
        code: "PT",
        at: [38.72, -9.14],
    };
    let tokyo = PlacedNetwork {
        network: Ipv4Addr::new(198, 51, 100, 0),
        prefix: 24,
        city: ["Tokyo", "Tokio"],
        country: ["Japan", "Japan"],
        code: "JP",
        at: [35.68, 139.69],
    };
    place_database(&[lisbon(Ipv4Addr::new(127, 0, 0, 0), 8), lisbon(Ipv4Addr::new(192, 0, 2, 0), 24), tokyo])
}

/// An address in that Tokyo.
#[must_use]
pub fn tokyo() -> IpAddr {
    IpAddr::from([198, 51, 100, 7])
}
