//! The address of Redis, as the operator writes it.

use std::fmt;
use std::str::FromStr;

use url::Url;

/// Where Redis is.
///
/// One node: `redis://[user[:password]@]host[:port][/database]`. A Cluster, by one or more of its nodes:
/// `redis+cluster://[user[:password]@]host[:port][,host[:port]...]`. `rediss` in place of `redis` asks for TLS.
/// `Debug` and `Display` leave the credentials out.
#[derive(Clone, PartialEq, Eq)]
pub enum RedisUrl {
    /// One node.
    Single(Url),
    /// Some nodes of a Cluster, each as a URL of its own with the same credentials; never empty.
    Cluster(Vec<Url>),
}

/// A text that is not the address of a Redis.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidRedisUrl {
    /// Another scheme, or none.
    #[error("must start with redis://, rediss://, redis+cluster:// or rediss+cluster://")]
    Scheme,
    /// The host or port is missing or malformed.
    #[error("must name host:port")]
    Host,
    /// The path is not a database number, or a Cluster was given one (it has only database 0).
    #[error("the path must be a database number (redis://host:port/1), and a cluster has none")]
    Database,
    /// Parameters that Latchkey does not know.
    #[error("must not have a query or fragment")]
    Extra,
}

impl FromStr for RedisUrl {
    type Err = InvalidRedisUrl;

    fn from_str(text: &str) -> Result<Self, InvalidRedisUrl> {
        match text.split_once("+cluster://") {
            Some((scheme, nodes)) => parse_cluster(scheme, nodes).map(Self::Cluster),
            None => parse_node(text).map(Self::Single),
        }
    }
}

fn parse_cluster(scheme: &str, nodes: &str) -> Result<Vec<Url>, InvalidRedisUrl> {
    let nodes = nodes.strip_suffix('/').unwrap_or(nodes);
    let (credentials, hosts) = match nodes.rsplit_once('@') {
        Some((credentials, hosts)) => (format!("{credentials}@"), hosts),
        None => (String::new(), nodes),
    };
    if hosts.contains('/') {
        return Err(InvalidRedisUrl::Database);
    }
    hosts.split(',').map(|host| parse_node(&format!("{scheme}://{credentials}{host}"))).collect()
}

fn parse_node(text: &str) -> Result<Url, InvalidRedisUrl> {
    if !text.starts_with("redis://") && !text.starts_with("rediss://") {
        return Err(InvalidRedisUrl::Scheme);
    }
    let url = Url::parse(text).map_err(|_| InvalidRedisUrl::Host)?;
    if url.host_str().is_none_or(str::is_empty) {
        return Err(InvalidRedisUrl::Host);
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(InvalidRedisUrl::Extra);
    }
    let database = url.path().trim_matches('/');
    if !database.is_empty() && database.parse::<u16>().is_err() {
        return Err(InvalidRedisUrl::Database);
    }
    Ok(url)
}

impl fmt::Display for RedisUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Single(url) => write!(f, "{}://{}{}", url.scheme(), address(url), url.path()),
            Self::Cluster(nodes) => {
                let scheme = nodes.first().map_or("redis", Url::scheme);
                let addresses: Vec<String> = nodes.iter().map(address).collect();
                write!(f, "{scheme}+cluster://{}", addresses.join(","))
            }
        }
    }
}

impl fmt::Debug for RedisUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

fn address(url: &Url) -> String {
    format!("{}:{}", url.host_str().unwrap_or_default(), url.port().unwrap_or(6379))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cluster_is_some_nodes_with_the_same_credentials() {
        let url: RedisUrl = "redis+cluster://app:pa%40ss@one:7000,two,[::1]:7002".parse().expect("parses");
        let RedisUrl::Cluster(nodes) = &url else { panic!("not a cluster: {url}") };
        let texts: Vec<&str> = nodes.iter().map(Url::as_str).collect();
        assert_eq!(
            texts,
            ["redis://app:pa%40ss@one:7000", "redis://app:pa%40ss@two", "redis://app:pa%40ss@[::1]:7002"]
        );
        assert_eq!(url.to_string(), "redis+cluster://one:7000,two:6379,[::1]:7002");
    }

    #[test]
    fn the_password_is_not_shown() {
        for text in ["redis://app:hunter2@host:1/3", "rediss://:hunter2@host", "rediss+cluster://u:hunter2@a,b"] {
            let url: RedisUrl = text.parse().expect(text);
            assert!(!format!("{url:?} {url}").contains("hunter2"), "{url:?}");
        }
    }

    #[test]
    fn what_is_no_address_of_a_redis_is_refused_with_its_reason() {
        for (text, reason) in [
            ("", InvalidRedisUrl::Scheme),
            ("http://host", InvalidRedisUrl::Scheme),
            ("unix+cluster://host", InvalidRedisUrl::Scheme),
            ("redis://", InvalidRedisUrl::Host),
            ("redis://host:port", InvalidRedisUrl::Host),
            ("redis+cluster://one,,two", InvalidRedisUrl::Host),
            ("redis://host/name", InvalidRedisUrl::Database),
            ("redis+cluster://one,two/1", InvalidRedisUrl::Database),
            ("redis://host?timeout=1", InvalidRedisUrl::Extra),
            ("rediss://host#insecure", InvalidRedisUrl::Extra),
        ] {
            assert_eq!(text.parse::<RedisUrl>(), Err(reason), "{text}");
        }
    }
}
