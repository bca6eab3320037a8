//! Uses of sessions, gathered in memory so that a request does not cost a write.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use latchkey_core::{SessionId, TenantId, UtcTime};

/// Beyond that many (the database is away for long) new sessions are not remembered: they idle out earlier.
const CAPACITY: usize = 200_000;

pub(crate) type Touch = ((TenantId, SessionId), UtcTime);

#[derive(Clone, Default)]
pub(crate) struct Touches(Arc<Mutex<HashMap<(TenantId, SessionId), UtcTime>>>);

impl Touches {
    pub(crate) fn record(&self, tenant: &TenantId, session: &SessionId, seen_at: UtcTime) {
        self.restore([((tenant.clone(), session.clone()), seen_at)]);
    }

    pub(crate) fn find(&self, tenant: &TenantId, session: &SessionId) -> Option<UtcTime> {
        self.lock().get(&(tenant.clone(), session.clone())).copied()
    }

    /// Takes what was recorded since the last time.
    pub(crate) fn drain(&self) -> Vec<Touch> {
        self.lock().drain().collect()
    }

    /// Puts back what could not be written; a later use wins.
    pub(crate) fn restore(&self, touches: impl IntoIterator<Item = Touch>) {
        let mut pending = self.lock();
        for (key, seen_at) in touches {
            if pending.len() < CAPACITY || pending.contains_key(&key) {
                let latest = pending.entry(key).or_insert(seen_at);
                *latest = (*latest).max(seen_at);
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<(TenantId, SessionId), UtcTime>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
