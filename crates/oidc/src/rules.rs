//! Rules that a tenant writes as expressions: its access policies, which every grant passes, and the claims that it
//! adds to tokens and to userinfo.

mod access_policies;
mod facts;
mod mapped_claims;

use std::time::Duration;

use latchkey_core::TenantId;
use latchkey_expressions::Programs;
use moka::sync::Cache;

pub(crate) use access_policies::{Outcome, SignInAge, is_met};
pub(crate) use facts::{Endpoint, Facts, Requested};
pub(crate) use mapped_claims::MappedClaims;

/// A rule that fails on every request is worth one line a minute.
const WARN_EVERY: Duration = Duration::from_secs(60);
const MAX_WARNED: u64 = 10_000;

/// The compiled expressions of all tenants. Clones share them.
#[derive(Clone, Debug)]
pub struct Rules {
    programs: Programs,
    warned: Cache<(TenantId, String), ()>,
}

impl Default for Rules {
    fn default() -> Self {
        let warned = Cache::builder().max_capacity(MAX_WARNED).time_to_live(WARN_EVERY).build();
        Self { programs: Programs::default(), warned }
    }
}

impl Rules {
    /// Logs that a rule failed, unless that was said within the last minute.
    fn warn(&self, tenant: &TenantId, rule: &str, reason: &str) {
        let key = (tenant.clone(), rule.to_owned());
        if !self.warned.contains_key(&key) {
            self.warned.insert(key, ());
            tracing::warn!(%tenant, rule, reason, "a rule of the tenant could not be evaluated");
        }
    }
}
