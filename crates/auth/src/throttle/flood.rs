//! Whether a tenant is flooded with wrong passwords: more of them within its window than it says is usual.

use std::time::Duration;

use latchkey_cache::{CacheKey, Kind};
use latchkey_tenants::Tenant;

use super::{Throttle, window_of};
use crate::AuthError;

/// Of the task that browsers get at first: 2¹⁷ hashes, a fraction of a second.
const BITS: u32 = 17;
/// How much harder it gets, with each doubling of the flood: 2²¹ hashes are some seconds on a telephone.
const HARDER_AT_MOST: u32 = 4;

impl Throttle {
    /// Counts a wrong password at the tenant, and notes a flood when there are too many.
    pub(crate) async fn note_failure(&self, tenant: &Tenant) -> Result<(), AuthError> {
        let usual = tenant.settings.sign_in_failures_per_tenant;
        if usual == 0 {
            return Ok(());
        }
        let window = window_of(tenant);
        let failed = self.cache.increment(&key(tenant, "failures"), window).await?.count;
        if failed < usual {
            return Ok(());
        }
        let harder = (failed / usual).checked_ilog2().unwrap_or_default().min(HARDER_AT_MOST);
        // It outlasts the count by up to a window, so that the end of one does not end the other.
        self.cache.put(&key(tenant, "flood"), &(BITS + harder), window.max(Duration::from_secs(60))).await?;
        Ok(())
    }

    /// How hard the task of browsers is, while the tenant is flooded.
    pub(crate) async fn flood_bits(&self, tenant: &Tenant) -> Result<Option<u32>, AuthError> {
        if tenant.settings.sign_in_failures_per_tenant == 0 {
            return Ok(None);
        }
        Ok(self.cache.find(&key(tenant, "flood")).await?)
    }
}

fn key(tenant: &Tenant, what: &str) -> CacheKey {
    CacheKey::new(&tenant.id, Kind::Throttle, &format!("sign-in:tenant:{what}"))
}
