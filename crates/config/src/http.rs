//! Section `http`: listeners, the public URL, proxies and TLS.

use std::{
    net::{IpAddr, SocketAddr},
    path::PathBuf,
};

use ipnet::IpNet;
use url::{Host, Url};

use crate::{
    config::available_cores,
    key::{Default, Key},
    reader::{Reader, at_least_one, from_str},
};

const LISTEN: Key =
    Key::open("listen", "LATCHKEY_LISTEN", Default::Text("127.0.0.1:8080"), "Address and port of the public listener.");
const PUBLIC_URL: Key = Key::open(
    "public_url",
    "LATCHKEY_PUBLIC_URL",
    Default::Text("http://localhost:8080"),
    "The URL that browsers and applications use: scheme, host and port only; every issuer starts with it.",
);
const ALLOW_INSECURE_HTTP: Key = Key::open(
    "allow_insecure_http",
    "LATCHKEY_ALLOW_INSECURE_HTTP",
    Default::Text("false"),
    "Accept an http:// public URL on a host that is not this machine. Passwords then travel in clear.",
);
const METRICS_LISTEN: Key = Key::open(
    "metrics_listen",
    "LATCHKEY_METRICS_LISTEN",
    Default::Text("127.0.0.1:9000"),
    "Address and port of the Prometheus metrics, or `off`.",
);
const TRUSTED_PROXIES: Key = Key::open(
    "trusted_proxies",
    "LATCHKEY_TRUSTED_PROXIES",
    Default::None,
    "Addresses or networks whose Forwarded and X-Forwarded-* headers count.",
);
const WORKERS: Key =
    Key::open("workers", "LATCHKEY_WORKERS", Default::Computed("the number of cores"), "Threads that serve requests.");
const CERTIFICATE: Key = Key::open(
    "tls.certificate",
    "LATCHKEY_TLS_CERTIFICATE",
    Default::None,
    "PEM file of the certificate and its chain; the public listener then speaks HTTPS.",
);
const PRIVATE_KEY: Key =
    Key::open("tls.private_key", "LATCHKEY_TLS_PRIVATE_KEY", Default::None, "PEM file of the certificate's key.");
const MTLS_LISTEN: Key = Key::open(
    "mtls_listen",
    "LATCHKEY_MTLS_LISTEN",
    Default::None,
    "Address and port of a second HTTPS listener that asks for client certificates (RFC 8705); it uses the same certificate.",
);
const MTLS_PUBLIC_URL: Key = Key::open(
    "mtls_public_url",
    "LATCHKEY_MTLS_PUBLIC_URL",
    Default::None,
    "The https URL by which clients with certificates reach Latchkey; discovery names it in mtls_endpoint_aliases.",
);
const CLIENT_CERTIFICATE_HEADER: Key = Key::open(
    "client_certificate_header",
    "LATCHKEY_CLIENT_CERTIFICATE_HEADER",
    Default::None,
    "Header in which a trusted proxy passes on the client's certificate, such as X-Client-Cert or Client-Cert.",
);
pub(crate) static KEYS: &[Key] = &[
    LISTEN,
    PUBLIC_URL,
    ALLOW_INSECURE_HTTP,
    METRICS_LISTEN,
    TRUSTED_PROXIES,
    WORKERS,
    CERTIFICATE,
    PRIVATE_KEY,
    MTLS_LISTEN,
    MTLS_PUBLIC_URL,
    CLIENT_CERTIFICATE_HEADER,
];

/// Listeners and how the server is reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpConfig {
    /// The public listener.
    pub listen: SocketAddr,
    /// Scheme, host and port as clients see them; see [`HttpConfig::public_origin`] for its text.
    pub public_url: Url,
    /// Whether plain HTTP is accepted on a host that is not this machine.
    pub allow_insecure_http: bool,
    /// The metrics listener; `None` when it is off.
    pub metrics_listen: Option<SocketAddr>,
    /// Networks of proxies whose forwarding headers count.
    pub trusted_proxies: Vec<IpNet>,
    /// Threads that serve requests.
    pub workers: usize,
    /// TLS on the public listener.
    pub tls: Option<TlsConfig>,
    /// Client certificates.
    pub mtls: MtlsConfig,
}

/// How certificates of clients arrive; every member may be absent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MtlsConfig {
    /// The listener that asks for them; only with [`HttpConfig::tls`] and a public URL of its own.
    pub listen: Option<SocketAddr>,
    /// Where clients reach it.
    pub public_url: Option<Url>,
    /// The header in which a trusted proxy passes them on, in lower case.
    pub header: Option<String>,
}

impl MtlsConfig {
    /// The public URL as an origin, without a trailing slash.
    pub fn public_origin(&self) -> Option<String> {
        self.public_url.as_ref().map(|url| url.origin().ascii_serialization())
    }
}

/// Files of the TLS certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsConfig {
    /// PEM certificate chain.
    pub certificate: PathBuf,
    /// PEM private key.
    pub private_key: PathBuf,
}

impl HttpConfig {
    /// The public URL as an origin, without a trailing slash: `https://id.example.com`.
    pub fn public_origin(&self) -> String {
        self.public_url.origin().ascii_serialization()
    }

    /// Whether clients reach the server over HTTPS, so that cookies can be `Secure`.
    pub fn is_https(&self) -> bool {
        self.public_url.scheme() == "https"
    }
}

pub(crate) fn read(reader: &mut Reader) -> Option<HttpConfig> {
    let listen = reader.required(&LISTEN, socket_address);
    let public_url = reader.required(&PUBLIC_URL, public_url);
    let allow_insecure_http = reader.required(&ALLOW_INSECURE_HTTP, |text| match text {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err("must be true or false".into()),
    });
    let metrics_listen = reader.required(&METRICS_LISTEN, |text| match text {
        "off" => Ok(None),
        _ => socket_address(text).map(Some),
    });
    let trusted_proxies = reader.list(&TRUSTED_PROXIES, network);
    let workers = reader.optional(&WORKERS, at_least_one::<usize>);
    let tls = tls(reader);
    let mtls =
        mtls(reader, tls.as_ref().is_none_or(Option::is_some), trusted_proxies.as_ref().is_some_and(Vec::is_empty));
    if let (Some(url), Some(false)) = (&public_url, allow_insecure_http)
        && url.scheme() == "http"
        && !is_loopback(url)
    {
        let place = reader.place(&PUBLIC_URL);
        reader.problem(
            place,
            format!("{} must use https except on localhost (or set allow_insecure_http = true)", PUBLIC_URL.toml),
        );
        return None;
    }
    Some(HttpConfig {
        listen: listen?,
        public_url: public_url?,
        allow_insecure_http: allow_insecure_http?,
        metrics_listen: metrics_listen?,
        trusted_proxies: trusted_proxies?,
        workers: workers?.unwrap_or_else(available_cores),
        tls: tls?,
        mtls: mtls?,
    })
}

fn tls(reader: &mut Reader) -> Option<Option<TlsConfig>> {
    let certificate = reader.optional(&CERTIFICATE, from_str::<PathBuf>)?;
    let private_key = reader.optional(&PRIVATE_KEY, from_str::<PathBuf>)?;
    let (given, missing) = match (certificate, private_key) {
        (Some(certificate), Some(private_key)) => return Some(Some(TlsConfig { certificate, private_key })),
        (None, None) => return Some(None),
        (Some(_), None) => (&CERTIFICATE, &PRIVATE_KEY),
        (None, Some(_)) => (&PRIVATE_KEY, &CERTIFICATE),
    };
    let place = reader.place(given);
    reader.problem(place, format!("{} needs {} ({}) as well", given.toml, missing.toml, missing.env));
    None
}

fn mtls(reader: &mut Reader, has_tls: bool, lacks_proxies: bool) -> Option<MtlsConfig> {
    let listen = reader.optional(&MTLS_LISTEN, socket_address)?;
    let public_url = reader.optional(&MTLS_PUBLIC_URL, https_url)?;
    let header = reader.optional(&CLIENT_CERTIFICATE_HEADER, header_name)?;
    let mut refuse = |key: &Key, reason: String| {
        let place = reader.place(key);
        reader.problem(place, format!("{} {reason}", key.toml));
        None
    };
    if listen.is_some() && !has_tls {
        return refuse(&MTLS_LISTEN, format!("needs {} ({}) as well", CERTIFICATE.toml, CERTIFICATE.env));
    }
    if listen.is_some() && public_url.is_none() {
        return refuse(&MTLS_LISTEN, format!("needs {} ({}) as well", MTLS_PUBLIC_URL.toml, MTLS_PUBLIC_URL.env));
    }
    if public_url.is_some() && listen.is_none() && header.is_none() {
        let (one, other) = (MTLS_LISTEN.toml, CLIENT_CERTIFICATE_HEADER.toml);
        return refuse(&MTLS_PUBLIC_URL, format!("needs {one} or {other} as well"));
    }
    if header.is_some() && lacks_proxies {
        return refuse(&CLIENT_CERTIFICATE_HEADER, format!("counts from {} only: set them", TRUSTED_PROXIES.toml));
    }
    Some(MtlsConfig { listen, public_url, header })
}

fn https_url(text: &str) -> Result<Url, String> {
    public_url(text)
        .and_then(|url| if url.scheme() == "https" { Ok(url) } else { Err("must start with https://".into()) })
}

fn header_name(text: &str) -> Result<String, String> {
    let plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    if plain { Ok(text.to_ascii_lowercase()) } else { Err("must be the name of a header".into()) }
}

fn public_url(text: &str) -> Result<Url, String> {
    let url: Url = text.parse().map_err(|error| format!("must be a URL ({error})"))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err("must start with https:// or http://".into());
    }
    let bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
    let anonymous = url.username().is_empty() && url.password().is_none();
    if bare && anonymous { Ok(url) } else { Err("must be only a scheme, a host and a port".into()) }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

fn socket_address(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| "must be an address and a port such as 127.0.0.1:8080".into())
}

fn network(text: &str) -> Result<IpNet, String> {
    let address = text.parse::<IpAddr>().map(IpNet::from);
    address
        .or_else(|_| text.parse().map(|net: IpNet| net.trunc()))
        .map_err(|_| "must be an address or a network such as 10.0.0.0/8".into())
}
