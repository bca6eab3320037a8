//! The injected clock: nothing else may ask the machine for the time of day.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use chrono::Utc;

use crate::UtcTime;

/// Where the time of day comes from.
#[derive(Clone, Debug)]
pub enum Clock {
    /// The machine's clock.
    System,
    /// A clock that only a test moves.
    Frozen(FrozenClock),
}

impl Clock {
    /// The time now.
    #[must_use]
    pub fn now(&self) -> UtcTime {
        match self {
            #[expect(clippy::disallowed_methods, reason = "the one place that reads the machine's clock")]
            Self::System => UtcTime::from(Utc::now()),
            Self::Frozen(clock) => clock.now(),
        }
    }
}

/// A clock for tests: clones share one hand.
#[derive(Clone, Debug)]
pub struct FrozenClock(Arc<AtomicI64>);

impl FrozenClock {
    /// A clock that stands at `start`.
    #[must_use]
    pub fn at(start: UtcTime) -> Self {
        Self(Arc::new(AtomicI64::new(start.unix_millis())))
    }

    /// The time that the clock shows.
    #[must_use]
    pub fn now(&self) -> UtcTime {
        UtcTime::from_unix_millis(self.0.load(Ordering::SeqCst))
    }

    /// Moves the hand forward.
    pub fn advance(&self, by: Duration) {
        let millis = i64::try_from(by.as_millis()).unwrap_or(i64::MAX);
        self.0.fetch_add(millis, Ordering::SeqCst);
    }
}
