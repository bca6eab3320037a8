//! Bounds how often user codes may be guessed, [RFC 8628 §5.1](https://www.rfc-editor.org/rfc/rfc8628#section-5.1).
//!
//! Every attempt is counted before the code is looked up, so that guesses that race cannot exceed a limit; what a
//! right code counted is given back. A browser can forget who it is and an attacker has many addresses, so the tenant
//! is bounded, too: 1,000 guesses in ten minutes, at 1,000 codes alive, hit one of 20^8 with a probability of 1:25,000.

use std::net::IpAddr;
use std::time::Duration;

use latchkey_cache::{Cache, CacheKey, Kind};
use latchkey_core::{Clock, TenantId};

use crate::throttle::network_of;
use crate::{AuthError, BrowserBinding};

const WINDOW: Duration = Duration::from_secs(600);
const PER_BROWSER: u64 = 10;
const PER_ADDRESS: u64 = 30;
const PER_TENANT: u64 = 1_000;

/// Who guesses.
pub(super) struct Guesser<'a> {
    pub(super) tenant: &'a TenantId,
    pub(super) address: IpAddr,
    pub(super) browser: &'a BrowserBinding,
}

impl Guesser<'_> {
    /// The counters with their limits, the narrowest first: what it refuses does not count against others.
    fn counters(&self) -> [(String, u64); 3] {
        [
            (format!("browser:{}", self.browser.hash().as_str()), PER_BROWSER),
            (format!("address:{}", network_of(self.address)), PER_ADDRESS),
            ("tenant".to_owned(), PER_TENANT),
        ]
    }

    fn key(&self, counter: &str, what: &str) -> CacheKey {
        CacheKey::new(self.tenant, Kind::Throttle, &format!("user-code:{what}:{counter}"))
    }
}

#[derive(Clone)]
pub(super) struct Guesses {
    cache: Cache,
    clock: Clock,
}

impl Guesses {
    pub(super) fn new(cache: Cache, clock: Clock) -> Self {
        Self { cache, clock }
    }

    /// Counts an attempt; how long to wait, if it may not go on.
    pub(super) async fn count(&self, guesser: &Guesser<'_>) -> Result<Option<Duration>, AuthError> {
        for (counter, limit) in guesser.counters() {
            let tried = self.cache.increment(&guesser.key(&counter, "tried"), WINDOW).await?;
            let right = self.cache.count(&guesser.key(&counter, "right"), WINDOW).await?;
            if tried.count.saturating_sub(right.count) > limit {
                return Ok(Some(tried.resets_at.since(self.clock.now())));
            }
        }
        Ok(None)
    }

    /// Gives back what a right code counted.
    pub(super) async fn give_back(&self, guesser: &Guesser<'_>) -> Result<(), AuthError> {
        for (counter, _) in guesser.counters() {
            self.cache.increment(&guesser.key(&counter, "right"), WINDOW).await?;
        }
        Ok(())
    }
}
