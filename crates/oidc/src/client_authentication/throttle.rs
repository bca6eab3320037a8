//! Bounds how often one address may fail to be one client.

use std::net::IpAddr;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use latchkey_cache::{Cache, CacheKey, Kind};
use latchkey_core::{Clock, TenantId, sha256};
use moka::future::Cache as Moka;

use crate::address_throttle::network_of;
use crate::error::EndpointError;

const WINDOW: Duration = Duration::from_secs(5 * 60);
/// Failures within a window. Whoever configures a client by hand needs a few, who guesses needs many more.
const MAX_FAILURES: u64 = 50;
const MAX_REMEMBERED: u64 = 100_000;

/// Counts failed client authentications in the short-lived store.
///
/// Only after a failure on this node is the store asked before the next attempt, so that a client that never fails costs
/// nothing. Each node can thus be fooled once more.
#[derive(Clone)]
pub struct ClientThrottle {
    cache: Cache,
    clock: Clock,
    failed_here: Moka<CounterId, ()>,
}

#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct CounterId(TenantId, String);

impl CounterId {
    pub(super) fn new(tenant: &TenantId, unverified_client_id: &str, address: IpAddr) -> Self {
        let network = network_of(address);
        let who = sha256(format!("{network}\n{unverified_client_id}").as_bytes());
        Self(tenant.clone(), format!("client-authentication:{}", URL_SAFE_NO_PAD.encode(who)))
    }

    /// Counts failures with ids that are nobody's, all together: a counter for each would be room that strangers take.
    pub(super) fn of_unknown(tenant: &TenantId, address: IpAddr) -> Self {
        // No client id is empty.
        Self::new(tenant, "", address)
    }

    fn key(&self) -> CacheKey {
        CacheKey::new(&self.0, Kind::Throttle, &self.1)
    }
}

impl ClientThrottle {
    /// Counts in this store.
    #[must_use]
    pub fn new(cache: Cache, clock: Clock) -> Self {
        let failed_here = Moka::builder().max_capacity(MAX_REMEMBERED).time_to_live(WINDOW).build();
        Self { cache, clock, failed_here }
    }

    /// Refuses when there were too many failures.
    pub(super) async fn admit(&self, id: &CounterId) -> Result<(), EndpointError> {
        if self.failed_here.get(id).await.is_none() {
            return Ok(());
        }
        let failures = self.cache.count(&id.key(), WINDOW).await?;
        if failures.count < MAX_FAILURES {
            return Ok(());
        }
        Err(EndpointError::TooManyAttempts {
            rule: "client_authentication",
            retry_after: failures.resets_at.since(self.clock.now()),
        })
    }

    pub(super) async fn note_failure(&self, id: CounterId) -> Result<(), EndpointError> {
        self.cache.increment(&id.key(), WINDOW).await?;
        self.failed_here.insert(id, ()).await;
        Ok(())
    }
}
