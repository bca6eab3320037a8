//! One count of failures. Those within the limit cost nothing; after that there is one attempt at a time, after a wait that
//! doubles up to the tenant's window. What lies longer back than [`FORGOTTEN_AFTER`] windows is forgotten.

use std::time::Duration;

use latchkey_cache::{CacheKey, Kind};
use latchkey_core::{TenantId, UtcTime};
use latchkey_tenants::Tenant;

use super::{Admission, Throttle, window_of};
use crate::AuthError;

/// Windows after which a count starts anew.
const FORGOTTEN_AFTER: u32 = 6;
/// The first wait is the window, divided by two to this power.
const DOUBLINGS: u32 = 4;

/// What is counted, and how much of it is free.
pub(super) struct Lane {
    id: String,
    free: u64,
    forgives: bool,
}

impl Lane {
    /// A success makes it start anew.
    pub(super) fn forgiven(free: u64, id: String) -> Self {
        Self { id, free, forgives: true }
    }

    /// A success takes back its own count only.
    pub(super) fn given_back(free: u64, id: String) -> Self {
        Self { id, free, forgives: false }
    }

    fn key(&self, tenant: &TenantId, what: &str) -> CacheKey {
        CacheKey::new(tenant, Kind::Throttle, &format!("sign-in:{what}:{}", self.id))
    }
}

impl Throttle {
    /// Counts an attempt in the lane, if it is open.
    pub(super) async fn enter(&self, tenant: &Tenant, lane: &Lane) -> Result<Admission, AuthError> {
        let (now, gate) = (self.clock.now(), lane.key(&tenant.id, "gate"));
        let opens_at: Option<UtcTime> = self.cache.find(&gate).await?;
        let passed_gate = match opens_at {
            Some(opens_at) if now < opens_at => return Ok(closed_until(opens_at, now)),
            // Of those that come when it opens, one gets through.
            Some(_) => self.cache.take::<UtcTime>(&gate).await?.is_some(),
            None => false,
        };
        let failed = self.count_one(tenant, lane).await?;
        if failed < lane.free || (failed == lane.free && !passed_gate) {
            if failed == lane.free {
                self.close(tenant, lane, failed).await?;
            }
            return Ok(Admission::Admitted);
        }
        let opens_at = self.close(tenant, lane, failed).await?;
        Ok(if passed_gate { Admission::Admitted } else { closed_until(opens_at, now) })
    }

    /// Gives back what a successful attempt counted.
    pub(super) async fn leave(&self, tenant: &Tenant, lane: &Lane) -> Result<(), AuthError> {
        if lane.forgives {
            // A counter cannot be deleted; a new epoch makes the next attempt count from zero. It has to live only as
            // long as the old counter may stand.
            let epoch = self.rng.token();
            self.cache.put(&lane.key(&tenant.id, "epoch"), epoch.expose(), forgotten_after(tenant)).await?;
        } else {
            self.cache.increment(&lane.key(&tenant.id, "passed"), forgotten_after(tenant)).await?;
        }
        self.cache.delete(&lane.key(&tenant.id, "gate")).await?;
        Ok(())
    }

    /// Counts an attempt; returns how many have failed, if this one does.
    async fn count_one(&self, tenant: &Tenant, lane: &Lane) -> Result<u64, AuthError> {
        let span = forgotten_after(tenant);
        if lane.forgives {
            let epoch: Option<String> = self.cache.find(&lane.key(&tenant.id, "epoch")).await?;
            let counter = lane.key(&tenant.id, &format!("tried.{}", epoch.unwrap_or_default()));
            return Ok(self.cache.increment(&counter, span).await?.count);
        }
        let tried = self.cache.increment(&lane.key(&tenant.id, "tried"), span).await?;
        let passed = self.cache.count(&lane.key(&tenant.id, "passed"), span).await?;
        Ok(tried.count.saturating_sub(passed.count))
    }

    /// Closes the lane for as long as so many failures call for; one that is closed already stays as it is.
    async fn close(&self, tenant: &Tenant, lane: &Lane, failed: u64) -> Result<UtcTime, AuthError> {
        let opens_at = self.clock.now().plus(wait(window_of(tenant), failed.saturating_sub(lane.free)));
        self.cache.put_if_absent(&lane.key(&tenant.id, "gate"), &opens_at, forgotten_after(tenant)).await?;
        Ok(opens_at)
    }
}

fn closed_until(opens_at: UtcTime, now: UtcTime) -> Admission {
    Admission::Throttled { retry_after: opens_at.since(now) }
}

fn forgotten_after(tenant: &Tenant) -> Duration {
    window_of(tenant).saturating_mul(FORGOTTEN_AFTER)
}

/// The wait after so many failures beyond the limit.
fn wait(window: Duration, beyond: u64) -> Duration {
    let halvings = DOUBLINGS.saturating_sub(u32::try_from(beyond).unwrap_or(u32::MAX));
    window / 2u32.saturating_pow(halvings)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_doubles_up_to_the_window() {
        let window = Duration::from_secs(600);
        let waits = [0, 1, 2, 3, 4, 5, u64::MAX].map(|beyond| wait(window, beyond).as_millis());
        assert_eq!(waits, [37_500, 75_000, 150_000, 300_000, 600_000, 600_000, 600_000]);
    }
}
