//! Bounds how often codes may be tried as a user's second factor.
//!
//! Whoever tries knows the user's password, or holds a session. Three bounds: tries within one sign-in, failures within
//! the tenant's window, and failures within a day, which a success does not forgive, so that the sign-ins of the user do
//! not give a thief of the password new tries. Browsers that the user let us remember are counted apart: a thief cannot
//! use up the tries of the user's own.

use std::time::Duration;

use latchkey_cache::{Cache, CacheKey, Kind};
use latchkey_core::{Clock, InteractionId, Rng, UserId, UtcTime};
use latchkey_tenants::Tenant;

use crate::throttle::{Admission, window_of};
use crate::{AuthError, interaction};

/// Wrong codes within one sign-in; then the first factor is asked for again.
const TRIES_PER_SIGN_IN: u64 = 10;
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// With three codes of a million that are right at a time, this is a chance of one in 6,700 a day.
const FAILURES_PER_DAY: u64 = 50;

#[derive(Clone)]
pub(crate) struct Tries {
    cache: Cache,
    clock: Clock,
    rng: Rng,
}

/// Whose tries are counted.
#[derive(Clone, Copy)]
pub(crate) struct Trier<'a> {
    pub(crate) user: &'a UserId,
    /// Whether the browser is one that the user let us remember.
    pub(crate) is_known: bool,
}

impl Trier<'_> {
    fn key(self, tenant: &Tenant, what: &str) -> CacheKey {
        let browser = if self.is_known { "known" } else { "other" };
        CacheKey::new(&tenant.id, Kind::Throttle, &format!("second-factor:{what}:{browser}:{}", self.user))
    }
}

impl Tries {
    pub(crate) fn new(cache: Cache, clock: Clock, rng: Rng) -> Self {
        Self { cache, clock, rng }
    }

    /// Counts a try within the sign-in whose first factor was passed at `since`; `false` when it was one too many.
    pub(crate) async fn admit_to_sign_in(
        &self,
        tenant: &Tenant,
        interaction: &InteractionId,
        since: UtcTime,
    ) -> Result<bool, AuthError> {
        let key = sign_in_key(tenant, interaction, since);
        Ok(self.cache.increment(&key, interaction::LIFETIME).await?.count <= TRIES_PER_SIGN_IN)
    }

    /// Whether a sign-in has no try left, without counting one.
    pub(crate) async fn are_used_up(
        &self,
        tenant: &Tenant,
        interaction: &InteractionId,
        since: UtcTime,
    ) -> Result<bool, AuthError> {
        let key = sign_in_key(tenant, interaction, since);
        Ok(self.cache.count(&key, interaction::LIFETIME).await?.count >= TRIES_PER_SIGN_IN)
    }

    /// Counts a try of a user, before the code is looked at, and says whether it may be.
    pub(crate) async fn admit(&self, tenant: &Tenant, trier: Trier<'_>) -> Result<Admission, AuthError> {
        let epoch: Option<String> = self.cache.find(&trier.key(tenant, "epoch")).await?;
        let window = trier.key(tenant, &format!("window:{}", epoch.unwrap_or_default()));
        let tried = self.cache.increment(&window, window_of(tenant)).await?;
        if tried.count > tenant.settings.sign_in_attempts_per_account {
            return Ok(Admission::Throttled { retry_after: tried.resets_at.since(self.clock.now()) });
        }
        // After the window, so that what it refuses does not use up the day.
        let tried = self.cache.increment(&trier.key(tenant, "tried"), DAY).await?;
        let passed = self.cache.count(&trier.key(tenant, "passed"), DAY).await?;
        if tried.count.saturating_sub(passed.count) > FAILURES_PER_DAY {
            return Ok(Admission::Throttled { retry_after: tried.resets_at.since(self.clock.now()) });
        }
        Ok(Admission::Admitted)
    }

    /// Gives back what a right code counted, and forgives the failures of the window, not those of the day.
    pub(crate) async fn forgive(&self, tenant: &Tenant, trier: Trier<'_>) -> Result<(), AuthError> {
        self.cache.increment(&trier.key(tenant, "passed"), DAY).await?;
        self.cache.put(&trier.key(tenant, "epoch"), self.rng.token().expose(), window_of(tenant)).await?;
        Ok(())
    }
}

fn sign_in_key(tenant: &Tenant, interaction: &InteractionId, since: UtcTime) -> CacheKey {
    let id = format!("second-factor:sign-in:{interaction}:{}", since.unix_millis());
    CacheKey::new(&tenant.id, Kind::Throttle, &id)
}
