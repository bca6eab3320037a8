//! How connections are made: the resolver that lets only permitted addresses through, and the clients on top of it.

use std::io;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::sync::Arc;
use std::time::Duration;

use ipnet::IpNet;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::{Client, redirect, retry, tls};
use tokio::sync::Semaphore;

use crate::FetchError;
use crate::address::Reach;
use crate::error::NoAddress;
use crate::policy::OutgoingPolicy;

const USER_AGENT: &str = concat!("latchkey/", env!("CARGO_PKG_VERSION"));
/// More addresses of one name are not tried.
const MAX_ADDRESSES: usize = 8;
/// Names that are looked up at a time: each occupies a thread until the system's resolver gives up.
const MAX_LOOKUPS: usize = 64;

/// How a name becomes addresses; it may block.
pub type Lookup = dyn Fn(&str) -> io::Result<Vec<IpAddr>> + Send + Sync;

/// Which addresses one client connects to.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Reachable {
    /// The policy names the host of the URL: private addresses pass.
    pub(crate) host_is_allowed: bool,
    /// Private networks that every host may be in.
    pub(crate) networks: Vec<IpNet>,
}

impl Reachable {
    pub(crate) fn admits(&self, address: IpAddr) -> bool {
        let canonical = address.to_canonical();
        match Reach::of(address) {
            Reach::Public => true,
            Reach::Private => self.host_is_allowed || self.networks.iter().any(|network| network.contains(&canonical)),
            Reach::Never => false,
        }
    }

    /// Those of the addresses of one name that are connected to.
    pub(crate) fn admitted(&self, addresses: impl IntoIterator<Item = IpAddr>) -> Vec<IpAddr> {
        addresses.into_iter().filter(|address| self.admits(*address)).take(MAX_ADDRESSES).collect()
    }
}

/// The system's resolver.
pub(crate) fn system_lookup(name: &str) -> io::Result<Vec<IpAddr>> {
    Ok((name, 0).to_socket_addrs()?.map(|address| address.ip()).collect())
}

/// What all resolvers of a [`crate::Fetcher`] share.
#[derive(Clone)]
pub(crate) struct Names {
    lookup: Arc<Lookup>,
    permits: Arc<Semaphore>,
}

impl Names {
    pub(crate) fn new(lookup: Arc<Lookup>) -> Self {
        Self { lookup, permits: Arc::new(Semaphore::new(MAX_LOOKUPS)) }
    }

    pub(crate) async fn addresses(&self, name: String) -> io::Result<Vec<IpAddr>> {
        let permit = self.permits.clone().acquire_owned().await.map_err(io::Error::other)?;
        let lookup = self.lookup.clone();
        // The permit goes with the thread, which goes on when the request is given up.
        let looked_up = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            lookup(&name)
        });
        looked_up.await.map_err(io::Error::other)?
    }
}

struct GuardedResolver {
    names: Names,
    reachable: Reachable,
}

impl Resolve for GuardedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let (names, reachable) = (self.names.clone(), self.reachable.clone());
        Box::pin(async move {
            let addresses = names.addresses(name.as_str().to_owned()).await?;
            let admitted = reachable.admitted(addresses);
            let admitted: Vec<SocketAddr> = admitted.into_iter().map(|address| SocketAddr::new(address, 0)).collect();
            if admitted.is_empty() {
                return Err(NoAddress.into());
            }
            let admitted: Addrs = Box::new(admitted.into_iter());
            Ok(admitted)
        })
    }
}

/// A client that connects to nothing but what is reachable.
pub(crate) fn client(
    policy: &OutgoingPolicy,
    reachable: Reachable,
    names: Names,
    limit: Duration,
) -> Result<Client, FetchError> {
    let anchors = policy.certificates().map_err(FetchError::Policy)?;
    Client::builder()
        .user_agent(USER_AGENT)
        .no_proxy()
        .redirect(redirect::Policy::none())
        .referer(false)
        .retry(retry::never())
        .http1_only()
        // Every request makes its own connection, so the address of each is checked as the policy stands now.
        .pool_max_idle_per_host(0)
        .timeout(limit)
        .min_tls_version(tls::Version::TLS_1_2)
        .tls_certs_merge(anchors)
        .dns_resolver(Arc::new(GuardedResolver { names, reachable }))
        .build()
        .map_err(FetchError::Client)
}
