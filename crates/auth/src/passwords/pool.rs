//! Whose password is hashed next: tenants take turns, so that a flood at one of them does not keep the others waiting.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use latchkey_core::TenantId;
use tokio::sync::oneshot;

use crate::AuthError;

/// How many of one tenant may wait for each that is being hashed: about 64 × 20 ms.
const QUEUE_PER_SLOT: usize = 64;
/// How many tenants may have a queue of that length at the same time.
const FULL_QUEUES: usize = 16;

/// Gives out so many slots at a time.
#[derive(Clone)]
pub(crate) struct Pool(Arc<Inner>);

struct Inner {
    line: Mutex<Line>,
    per_tenant: usize,
    in_all: usize,
}

#[derive(Default)]
struct Line {
    free: usize,
    waiting: usize,
    /// The tenants that have somebody waiting, in the order of their turns; each stands here once.
    turns: VecDeque<TenantId>,
    queues: HashMap<TenantId, VecDeque<oneshot::Sender<Slot>>>,
}

/// The right to compute one hash; when it is dropped, the next in line gets it.
pub(crate) struct Slot(Arc<Inner>);

impl Pool {
    pub(crate) fn new(slots: usize) -> Self {
        let slots = slots.max(1);
        let per_tenant = slots.saturating_mul(QUEUE_PER_SLOT);
        let line = Mutex::new(Line { free: slots, ..Line::default() });
        Self(Arc::new(Inner { line, per_tenant, in_all: per_tenant.saturating_mul(FULL_QUEUES) }))
    }

    /// Waits for a slot; [`AuthError::Busy`] when too many of the tenant, or in all, wait already.
    pub(crate) async fn acquire(&self, tenant: &TenantId) -> Result<Slot, AuthError> {
        let turn = {
            let mut line = self.0.lock();
            // Nobody waits while a slot is free.
            if line.free > 0 {
                line.free -= 1;
                return Ok(Slot(Arc::clone(&self.0)));
            }
            let queued = line.queues.get(tenant).map_or(0, VecDeque::len);
            if queued >= self.0.per_tenant || line.waiting >= self.0.in_all {
                return Err(AuthError::Busy);
            }
            line.join(tenant)
        };
        turn.await.map_err(|_| AuthError::Cancelled)
    }
}

impl Inner {
    fn lock(&self) -> MutexGuard<'_, Line> {
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Line {
    fn join(&mut self, tenant: &TenantId) -> oneshot::Receiver<Slot> {
        let (sender, receiver) = oneshot::channel();
        let queue = self.queues.entry(tenant.clone()).or_default();
        if queue.is_empty() {
            self.turns.push_back(tenant.clone());
        }
        queue.push_back(sender);
        self.waiting += 1;
        receiver
    }

    /// Who is next and still waits; the slot is free when it is nobody.
    fn next(&mut self) -> Option<oneshot::Sender<Slot>> {
        while let Some(tenant) = self.turns.pop_front() {
            let Some(queue) = self.queues.get_mut(&tenant) else { continue };
            let next = queue.pop_front();
            if queue.is_empty() {
                self.queues.remove(&tenant);
            } else {
                self.turns.push_back(tenant);
            }
            self.waiting = self.waiting.saturating_sub(usize::from(next.is_some()));
            if let Some(next) = next.filter(|next| !next.is_closed()) {
                return Some(next);
            }
        }
        self.free += 1;
        None
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        // Not within the match: who gives up in this very moment drops the slot again, which takes the lock.
        let next = self.0.lock().next();
        if let Some(next) = next {
            drop(next.send(Self(Arc::clone(&self.0))));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::pin::Pin;
    use std::task::{Context, Poll, Waker};

    use latchkey_core::{Rng, UtcTime};

    use super::*;

    fn tenants() -> [TenantId; 2] {
        let rng = Rng::seeded(7);
        [1, 2].map(|second| TenantId::generate(UtcTime::from_unix_seconds(second), &rng))
    }

    fn poll<T>(future: &mut Pin<Box<impl Future<Output = T>>>) -> Option<T> {
        match future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(value) => Some(value),
            Poll::Pending => None,
        }
    }

    #[test]
    fn whoever_comes_after_the_flood_of_another_tenant_is_next() {
        let [flooded, other] = tenants();
        let pool = Pool::new(1);
        let held = poll(&mut Box::pin(pool.acquire(&flooded))).expect("free").expect("a slot");
        let mut flood: Vec<_> = (0..64).map(|_| Box::pin(pool.acquire(&flooded))).collect();
        assert!(flood.iter_mut().all(|waits| poll(waits).is_none()));
        let mut one = Box::pin(pool.acquire(&other));
        assert!(poll(&mut one).is_none());
        // The flooded tenant has the turn that it waited for before the other came; then it is the other's.
        drop(held);
        let first = flood.first_mut().and_then(poll).expect("its turn").expect("a slot");
        assert!(poll(&mut one).is_none());
        drop(first);
        assert!(poll(&mut one).expect("its turn").is_ok());
    }

    #[test]
    fn the_queue_of_one_tenant_is_full_while_that_of_another_is_not() {
        let [flooded, other] = tenants();
        let pool = Pool::new(1);
        let _held = poll(&mut Box::pin(pool.acquire(&flooded))).expect("free").expect("a slot");
        let mut flood: Vec<_> = (0..QUEUE_PER_SLOT).map(|_| Box::pin(pool.acquire(&flooded))).collect();
        assert!(flood.iter_mut().all(|waits| poll(waits).is_none()));
        let refused = poll(&mut Box::pin(pool.acquire(&flooded))).expect("at once");
        assert!(matches!(refused, Err(AuthError::Busy)));
        assert!(poll(&mut Box::pin(pool.acquire(&other))).is_none());
    }

    #[test]
    fn who_gives_up_is_passed_over_and_no_slot_is_lost() {
        let [tenant, _] = tenants();
        let pool = Pool::new(1);
        let held = poll(&mut Box::pin(pool.acquire(&tenant))).expect("free").expect("a slot");
        let mut gone = Box::pin(pool.acquire(&tenant));
        let mut patient = Box::pin(pool.acquire(&tenant));
        let mut late = Box::pin(pool.acquire(&tenant));
        assert!(poll(&mut gone).is_none() && poll(&mut patient).is_none() && poll(&mut late).is_none());
        drop(gone);
        drop(held);
        // The slot is on its way to who gives up now.
        drop(patient);
        let slot = poll(&mut late).expect("its turn").expect("a slot");
        drop(slot);
        assert!(poll(&mut Box::pin(pool.acquire(&tenant))).expect("free").is_ok());
    }
}
