//! Passwords that are known from breaches: whoever tries passwords begins with those.
//!
//! Two sources, either of which the operator supplies: a filter in a file, and a service that speaks the range protocol of
//! [Have I Been Pwned](https://haveibeenpwned.com/API/v3#PwnedPasswords). The service learns the first five digits of a
//! SHA-1, which many passwords share. One that does not answer lets the password pass: nobody is kept out by its outage.

mod filter;
mod service;

use std::sync::Arc;

use latchkey_core::{Secret, TenantId};
use latchkey_metrics::Metrics;
use openssl::sha::sha1;

pub use filter::{BreachFilter, BreachListForm, InvalidBreachFilter, build_breach_filter};
pub use service::BreachService;

use crate::passwords::spellings;

/// The sources that there are; without any, no password is known from a breach.
#[derive(Clone, Default)]
pub struct BreachedPasswords {
    filter: Option<Arc<BreachFilter>>,
    service: Option<BreachService>,
    metrics: Option<Metrics>,
}

impl BreachedPasswords {
    /// Looks passwords up in these.
    #[must_use]
    pub fn new(filter: Option<BreachFilter>, service: Option<BreachService>, metrics: Metrics) -> Self {
        Self { filter: filter.map(Arc::new), service, metrics: Some(metrics) }
    }

    /// Whether the password is known from a breach; `false` as well when that cannot be told.
    pub(crate) async fn contains(&self, tenant: &TenantId, password: &Secret<String>) -> bool {
        if self.filter.is_none() && self.service.is_none() {
            return false;
        }
        let mut found = false;
        for spelling in spellings(password.expose()) {
            let digest = sha1(spelling.as_bytes());
            found = found || self.holds(tenant, digest).await;
        }
        found
    }

    /// Whether the password is in the filter; no service is asked. `false` as well when that cannot be told.
    pub(crate) async fn is_in_filter(&self, password: &Secret<String>) -> bool {
        let mut found = false;
        for spelling in spellings(password.expose()) {
            found = found || self.filter_holds(sha1(spelling.as_bytes())).await;
        }
        found
    }

    async fn filter_holds(&self, digest: [u8; 20]) -> bool {
        let Some(filter) = &self.filter else { return false };
        match filter.clone().contains(digest).await {
            Ok(known) => {
                self.count("filter", if known { "known" } else { "unknown" });
                known
            }
            Err(error) => {
                tracing::warn!(error = %error, "the filter of breached passwords cannot be read; a password passed");
                self.count("filter", "failed");
                false
            }
        }
    }

    async fn holds(&self, tenant: &TenantId, digest: [u8; 20]) -> bool {
        if self.filter_holds(digest).await {
            return true;
        }
        let Some(service) = &self.service else { return false };
        match service.contains(tenant, digest).await {
            Ok(known) => {
                self.count("service", if known { "known" } else { "unknown" });
                known
            }
            Err(error) => {
                tracing::warn!(error = %error, "the service of breached passwords did not answer; a password passed");
                self.count("service", "failed");
                false
            }
        }
    }

    fn count(&self, source: &'static str, outcome: &'static str) {
        if let Some(metrics) = &self.metrics {
            metrics.breached_password_looked_up(source, outcome);
        }
    }
}

#[cfg(test)]
mod tests;
