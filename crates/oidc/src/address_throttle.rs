//! Bounds how often one address may make us do what costs something.

use std::net::{IpAddr, Ipv6Addr};
use std::time::Duration;

use latchkey_cache::{CacheKey, Kind};
use latchkey_core::TenantId;

use crate::Services;
use crate::error::EndpointError;

/// What is bounded, and how often it may happen within which time.
pub(crate) struct Bound {
    pub(crate) what: &'static str,
    pub(crate) most: u64,
    pub(crate) window: Duration,
}

impl Services {
    /// Counts one more, and refuses what is too much.
    pub(crate) async fn admit_address(
        &self,
        tenant: &TenantId,
        address: IpAddr,
        bound: &Bound,
    ) -> Result<(), EndpointError> {
        let key = CacheKey::new(tenant, Kind::Throttle, &format!("{}:{}", bound.what, network_of(address)));
        let counted = self.cache.increment(&key, bound.window).await?;
        if counted.count <= bound.most {
            return Ok(());
        }
        Err(EndpointError::TooManyAttempts { rule: bound.what, retry_after: counted.resets_at.since(self.clock.now()) })
    }
}

/// RFC 4291 §2.5.4: whoever has one address of a /64 has them all.
pub(crate) fn network_of(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => IpAddr::V4(address),
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() >> 64 << 64)),
    }
}
