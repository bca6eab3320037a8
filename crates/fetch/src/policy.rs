//! What a tenant may reach beyond the public internet.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use ipnet::IpNet;
use reqwest::Certificate;
use serde::{Deserialize, Serialize};
use url::{Host, Url};

const MAX_RULES: usize = 64;
const MAX_ANCHORS: usize = 16;
const MAX_ANCHOR_BYTES: usize = 16 * 1024;
/// The widest network that one rule may open: 10.0.0.0/8 and fc00::/7.
const MIN_PREFIX: (u8, u8) = (8, 7);

/// What outgoing requests may reach besides public addresses over https, and whom they trust besides the system.
///
/// It opens the operator's own network to whoever may set URLs in the tenant, so it is the operator's to write.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OutgoingPolicy {
    /// Hosts and networks that may be private.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub allow: Vec<HostRule>,
    /// Certificates of authorities (PEM, one or several in each text) that are trusted as well as the system's.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub trust_anchors: Vec<String>,
}

/// One opening of an [`OutgoingPolicy`], written as a text.
///
/// * `host` or `host:port`: https to this exact host, whatever address it has;
/// * `http://host` or `http://host:port`: plain http to this exact origin as well (port 80 when none is given);
/// * `10.1.0.0/16` or a single address: https to any host with an address in there.
///
/// A rule with a port also opens that port of that host to a mail server of the tenant.
///
/// Link-local, multicast and reserved addresses stay closed under every rule.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct HostRule {
    text: String,
    rule: Rule,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Rule {
    Https { host: Host, port: Option<u16> },
    PlainHttp { host: Host, port: u16 },
    Network(IpNet),
}

/// A policy that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{member}: {reason}")]
pub struct InvalidPolicy {
    /// `allow` or `trust_anchors`.
    pub member: &'static str,
    /// What is wrong with it.
    pub reason: String,
}

impl OutgoingPolicy {
    /// Checks what parsing the rules has not: their number, and that every trust anchor is a certificate.
    ///
    /// # Errors
    /// The first member that cannot be used.
    pub fn validate(&self) -> Result<(), InvalidPolicy> {
        if self.allow.len() > MAX_RULES {
            return Err(invalid("allow", format!("must not have more than {MAX_RULES} entries")));
        }
        if self.trust_anchors.len() > MAX_ANCHORS {
            return Err(invalid("trust_anchors", format!("must not have more than {MAX_ANCHORS} entries")));
        }
        self.certificates().map(|_| ())
    }

    pub(crate) fn certificates(&self) -> Result<Vec<Certificate>, InvalidPolicy> {
        let mut certificates = Vec::new();
        for pem in &self.trust_anchors {
            let parsed = Certificate::from_pem_bundle(pem.as_bytes()).unwrap_or_default();
            if parsed.is_empty() || pem.len() > MAX_ANCHOR_BYTES {
                let reason = format!("each entry must be certificates in PEM of at most {MAX_ANCHOR_BYTES} bytes");
                return Err(invalid("trust_anchors", reason));
            }
            certificates.extend(parsed);
        }
        Ok(certificates)
    }

    pub(crate) fn networks(&self) -> impl Iterator<Item = IpNet> {
        self.allow.iter().filter_map(|allowed| match allowed.rule {
            Rule::Network(network) => Some(network),
            _ => None,
        })
    }

    /// Whether a rule names this host and port.
    pub(crate) fn allows_host(&self, url: &Url) -> bool {
        self.allow.iter().any(|allowed| allowed.names(url))
    }

    /// Whether a rule opens plain http to this host and port.
    pub(crate) fn allows_plain_http(&self, url: &Url) -> bool {
        self.allow.iter().any(|allowed| matches!(allowed.rule, Rule::PlainHttp { .. }) && allowed.names(url))
    }
}

impl HostRule {
    fn names(&self, url: &Url) -> bool {
        let same_host = |host: &Host| url.host().is_some_and(|other| other == *host);
        match &self.rule {
            Rule::Https { host, port: None } => url.scheme() == "https" && same_host(host),
            Rule::Https { host, port } => {
                url.scheme() == "https" && same_host(host) && url.port_or_known_default() == *port
            }
            Rule::PlainHttp { host, port } => {
                url.scheme() == "http" && same_host(host) && url.port_or_known_default() == Some(*port)
            }
            Rule::Network(_) => false,
        }
    }
}

impl FromStr for HostRule {
    type Err = InvalidPolicy;

    fn from_str(text: &str) -> Result<Self, InvalidPolicy> {
        let reason =
            || format!("{text:?} must be a host, host:port, http://host:port or a network such as 10.1.0.0/16");
        let rule = parse(text).ok_or_else(|| invalid("allow", reason()))?;
        Ok(Self { text: text.to_owned(), rule })
    }
}

impl TryFrom<String> for HostRule {
    type Error = InvalidPolicy;

    fn try_from(text: String) -> Result<Self, InvalidPolicy> {
        text.parse()
    }
}

impl From<HostRule> for String {
    fn from(rule: HostRule) -> Self {
        rule.text
    }
}

impl fmt::Display for HostRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

fn parse(text: &str) -> Option<Rule> {
    if let Ok(address) = text.parse::<IpAddr>() {
        return Some(Rule::Network(IpNet::from(address)));
    }
    if let Ok(network) = text.parse::<IpNet>() {
        return narrow_enough(network).then(|| Rule::Network(network.trunc()));
    }
    let (scheme, authority) = text.strip_prefix("http://").map_or(("https", text), |rest| ("http", rest));
    let url = Url::parse(&format!("{scheme}://{authority}")).ok()?;
    // What parsing drops or rewrites (a path, credentials, 0x7f.1) would make a rule say other than it seems to.
    let said = authority.to_ascii_lowercase();
    let port = authority.rsplit_once(':').and_then(|(_, port)| port.parse::<u16>().ok());
    let host = url.host()?.to_owned();
    let meant = port.map_or_else(|| host.to_string(), |port| format!("{host}:{port}"));
    // A pattern is a host to the URL standard; here it would match nothing.
    if said != meant || said.contains('*') {
        return None;
    }
    Some(match scheme {
        "http" => Rule::PlainHttp { host, port: port.unwrap_or(80) },
        _ => Rule::Https { host, port },
    })
}

fn narrow_enough(network: IpNet) -> bool {
    match network {
        IpNet::V4(network) => network.prefix_len() >= MIN_PREFIX.0,
        IpNet::V6(network) => network.prefix_len() >= MIN_PREFIX.1,
    }
}

fn invalid(member: &'static str, reason: String) -> InvalidPolicy {
    InvalidPolicy { member, reason }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(rules: &[&str]) -> OutgoingPolicy {
        let allow = rules.iter().map(|rule| rule.parse().expect("a rule")).collect();
        OutgoingPolicy { allow, trust_anchors: Vec::new() }
    }

    fn url(text: &str) -> Url {
        Url::parse(text).expect("a URL")
    }

    #[rstest::rstest]
    #[case("jwks.internal", "https://jwks.internal/keys", "https://jwks.internal.example/keys")]
    #[case("jwks.internal", "https://jwks.internal:8443/keys", "https://a.jwks.internal/keys")]
    #[case("jwks.internal:8443", "https://jwks.internal:8443/", "https://jwks.internal/")]
    #[case("jwks.internal:443", "https://jwks.internal/", "https://jwks.internal:8443/")]
    #[case("JWKS.internal", "https://jwks.INTERNAL/", "http://jwks.internal/")]
    #[case("127.0.0.1:8443", "https://127.0.0.1:8443/", "https://127.0.0.1:8444/")]
    #[case("[::1]:8443", "https://[::1]:8443/", "https://[::1]/")]
    #[case("http://localhost:9999", "http://localhost:9999/x", "https://localhost:9999/x")]
    #[case("http://localhost", "http://localhost/x", "http://localhost:9999/x")]
    fn a_rule_names_its_host_and_port_and_no_other(#[case] rule: &str, #[case] named: &str, #[case] other: &str) {
        assert!(policy(&[rule]).allows_host(&url(named)), "{named}");
        assert!(!policy(&[rule]).allows_host(&url(other)), "{other}");
        assert!(!policy(&[]).allows_host(&url(named)));
    }

    #[test]
    fn plain_http_is_open_only_where_the_rule_says_so() {
        assert!(policy(&["http://localhost:9999"]).allows_plain_http(&url("http://localhost:9999/")));
        assert!(!policy(&["localhost:9999"]).allows_plain_http(&url("http://localhost:9999/")));
    }

    #[rstest::rstest]
    fn a_rule_that_would_not_mean_what_it_says_is_refused(
        #[values(
            "",
            " ",
            "*",
            "*.example",
            "host/path",
            "host/",
            "user@host",
            "user:pw@host:1",
            "https://host",
            "ftp://host",
            "http://",
            "0x7f.1",
            "127.1",
            "2130706433",
            "host:0x50",
            "host:",
            "host:99999",
            "0.0.0.0/0",
            "10.0.0.0/7",
            "::/0",
            "10.0.0.0/33",
            "a b",
            "host?x",
            "host#x",
            "http://host/"
        )]
        rule: &str,
    ) {
        assert!(rule.parse::<HostRule>().is_err(), "{rule}");
    }

    #[test]
    fn a_policy_is_written_as_it_was_read() {
        let text = r#"{"allow":["jwks.internal:8443","10.0.0.0/8","fd00::1","http://localhost:9999"]}"#;
        let policy: OutgoingPolicy = serde_json::from_str(text).expect("a policy");
        assert_eq!(serde_json::to_string(&policy).expect("json"), text);
        assert!(serde_json::from_str::<OutgoingPolicy>(r#"{"allow":["*"]}"#).is_err());
        assert!(serde_json::from_str::<OutgoingPolicy>(r#"{"deny":[]}"#).is_err());
        assert_eq!(policy.networks().count(), 2);
    }

    #[test]
    fn a_trust_anchor_must_be_a_certificate() {
        let mut policy = OutgoingPolicy::default();
        assert_eq!(policy.validate(), Ok(()));
        for text in ["", "no pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"] {
            policy.trust_anchors = vec![text.to_owned()];
            assert_eq!(policy.validate().expect_err("refused").member, "trust_anchors", "{text}");
        }
    }
}
