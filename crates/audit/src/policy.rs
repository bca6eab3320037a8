//! How patiently a kind is delivered.

use std::time::Duration;

/// Beyond the deadline of a delivery: for the two transactions around it and for clocks of nodes that differ.
const LEASE_MARGIN: Duration = Duration::from_secs(60);

/// How many deliveries of a handler run at once on one node, for how long, and when it gives up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeliveryPolicy {
    /// Deliveries at the same time.
    pub concurrency: usize,
    /// Of these, to one destination; an empty destination is not counted.
    pub concurrency_per_destination: usize,
    /// When one delivery is cut off and counts as failed.
    pub deadline: Duration,
    /// The pause after the first failure; it doubles with each further one.
    pub first_retry: Duration,
    /// The longest pause.
    pub last_retry: Duration,
    /// The entry is dropped when so many attempts have failed.
    pub max_attempts: i32,
}

impl DeliveryPolicy {
    /// How long an entry belongs to the node that took it.
    #[must_use]
    pub fn lease(&self) -> Duration {
        self.deadline.saturating_add(LEASE_MARGIN)
    }

    /// The pause after that many failed attempts.
    #[must_use]
    pub fn pause_after(&self, attempts: i32) -> Duration {
        let doublings = u32::try_from(attempts.saturating_sub(1)).unwrap_or(0).min(16);
        self.first_retry.saturating_mul(1 << doublings).min(self.last_retry)
    }
}
