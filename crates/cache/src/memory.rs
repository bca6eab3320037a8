//! The store of a single node: a bounded map with an index by expiry.
//!
//! Anyone can make Latchkey remember something: an authorization request needs no credential. So the entries and their
//! bytes are bounded, and a tenth of both is held back for what such a flood must not stop: codes to be redeemed, steps
//! of sign-ins under way, and the counters that every attempt needs. Of the rest a tenant gets no more than is still free:
//! one that is flooded takes half of it, two a third each, and there is always some for the others. Nothing is evicted,
//! since whatever it was somebody waits for it: what finds no room is refused.

use std::collections::{BTreeMap, HashMap};
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use latchkey_core::{Clock, UtcTime};
use tokio::sync::broadcast;

use crate::key::{finishes_what_has_begun, tenant_of};
use crate::{CacheError, Inserted, Notice, Subscription, Unavailability};

/// How many notices a slow subscriber may fall behind before it is told to resync.
pub(crate) const NOTICE_BACKLOG: usize = 1024;

/// Each call frees at most so many expired entries: more than it can add, and no long hold of the lock.
const PURGED_PER_CALL: usize = 256;

/// The keys, the values and the overhead of all entries together.
const MAX_BYTES: usize = 256 * 1024 * 1024;
/// What an entry costs beside its key and its value: its places in both maps, and three allocations.
const ENTRY_OVERHEAD: usize = 200;
/// One part in so many is held back.
const HELD_BACK: usize = 10;

#[derive(Debug)]
pub(crate) struct MemoryStore {
    clock: Clock,
    limits: Limits,
    entries: Mutex<Entries>,
    notices: broadcast::Sender<Notice>,
}

/// How much may be stored.
#[derive(Clone, Copy, Debug)]
struct Limits {
    entries: usize,
    bytes: usize,
}

#[derive(Debug, Default)]
struct Entries {
    by_key: HashMap<Arc<str>, Entry>,
    by_expiry: BTreeMap<(UtcTime, u64), Arc<str>>,
    last_serial: u64,
    all: Share,
    of_tenant: HashMap<Box<str>, Share>,
}

/// What is taken of the room.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Share {
    entries: usize,
    bytes: usize,
}

struct Entry {
    content: Content,
    expires_at: UtcTime,
    serial: u64,
}

enum Content {
    Sealed(Box<[u8]>),
    Count(u64),
}

impl MemoryStore {
    pub(crate) fn new(clock: Clock, capacity: NonZeroUsize) -> Self {
        Self::with_limits(clock, Limits { entries: capacity.get(), bytes: MAX_BYTES })
    }

    fn with_limits(clock: Clock, limits: Limits) -> Self {
        let (notices, _) = broadcast::channel(NOTICE_BACKLOG);
        Self { clock, limits, entries: Mutex::default(), notices }
    }

    pub(crate) fn put(&self, key: &str, sealed: Vec<u8>, expires_at: UtcTime) -> Result<(), CacheError> {
        self.entries().insert(key, Content::Sealed(sealed.into()), expires_at, self.limits)
    }

    pub(crate) fn find(&self, key: &str) -> Option<Vec<u8>> {
        match &self.entries().by_key.get(key)?.content {
            Content::Sealed(sealed) => Some(sealed.to_vec()),
            Content::Count(_) => None,
        }
    }

    pub(crate) fn take(&self, key: &str) -> Option<Vec<u8>> {
        match self.entries().remove(key)?.content {
            Content::Sealed(sealed) => Some(sealed.into_vec()),
            Content::Count(_) => None,
        }
    }

    pub(crate) fn put_if_absent(
        &self,
        key: &str,
        sealed: Vec<u8>,
        expires_at: UtcTime,
    ) -> Result<Inserted, CacheError> {
        let now = self.clock.now();
        let mut entries = self.entries();
        if entries.by_key.get(key).is_some_and(|entry| now < entry.expires_at) {
            return Ok(Inserted::AlreadyThere);
        }
        entries.insert(key, Content::Sealed(sealed.into()), expires_at, self.limits)?;
        Ok(Inserted::Inserted)
    }

    pub(crate) fn increment(&self, key: &str, expires_at: UtcTime) -> Result<u64, CacheError> {
        let mut entries = self.entries();
        if let Some(Entry { content: Content::Count(count), .. }) = entries.by_key.get_mut(key) {
            *count = count.saturating_add(1);
            return Ok(*count);
        }
        entries.insert(key, Content::Count(1), expires_at, self.limits)?;
        Ok(1)
    }

    pub(crate) fn count(&self, key: &str) -> u64 {
        match self.entries().by_key.get(key) {
            Some(Entry { content: Content::Count(count), .. }) => *count,
            _ => 0,
        }
    }

    pub(crate) fn publish(&self, notice: Notice) {
        // An error says that nobody listens, which is no failure.
        let _ = self.notices.send(notice);
    }

    pub(crate) fn subscribe(&self) -> Subscription {
        Subscription::new(self.notices.subscribe())
    }

    pub(crate) fn entries_held(&self) -> usize {
        self.entries().all.entries
    }

    /// The entries, after some of the expired ones were freed.
    fn entries(&self) -> MutexGuard<'_, Entries> {
        let now = self.clock.now();
        // No code panics halfway through a change, so a poisoned map is whole.
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        entries.purge(now);
        entries
    }

    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        let entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        assert_eq!(entries.by_key.len(), entries.by_expiry.len());
        let mut counted: HashMap<Box<str>, Share> = HashMap::new();
        for (key, entry) in &entries.by_key {
            let share = counted.entry(tenant_of(key).into()).or_default();
            *share = share.with(cost(key, &entry.content));
        }
        assert_eq!(counted, entries.of_tenant);
        assert_eq!(counted.values().map(|share| share.bytes).sum::<usize>(), entries.all.bytes);
        assert_eq!(entries.by_key.len(), entries.all.entries);
        entries.by_key.len()
    }
}

impl Entries {
    fn insert(&mut self, key: &str, content: Content, expires_at: UtcTime, limits: Limits) -> Result<(), CacheError> {
        let added = cost(key, &content);
        let replaced = self.by_key.get(key).map(|entry| cost(key, &entry.content));
        // What is no larger than what it replaces always fits.
        if replaced.is_none_or(|replaced| added > replaced) && !self.has_room(key, (added, replaced), limits) {
            return Err(Unavailability::Full.into());
        }
        self.remove(key);
        self.count(key, |share| share.with(added));
        self.last_serial = self.last_serial.wrapping_add(1);
        let serial = self.last_serial;
        let key: Arc<str> = key.into();
        self.by_expiry.insert((expires_at, serial), Arc::clone(&key));
        self.by_key.insert(key, Entry { content, expires_at, serial });
        Ok(())
    }

    /// Whether an entry of `added` bytes, instead of one of `replaced`, leaves everybody their share.
    fn has_room(&self, key: &str, (added, replaced): (usize, Option<usize>), limits: Limits) -> bool {
        let with_it = |share: Share| replaced.map_or(share, |replaced| share.without(replaced)).with(added);
        let all = with_it(self.all);
        if finishes_what_has_begun(key) {
            return all.entries <= limits.entries && all.bytes <= limits.bytes;
        }
        let own = with_it(self.of_tenant.get(tenant_of(key)).copied().unwrap_or_default());
        let fits = |all: usize, own: usize, limit: usize| {
            let open = limit.saturating_sub(limit / HELD_BACK);
            all <= open && own <= open.saturating_sub(all)
        };
        fits(all.entries, own.entries, limits.entries) && fits(all.bytes, own.bytes, limits.bytes)
    }

    fn remove(&mut self, key: &str) -> Option<Entry> {
        let entry = self.by_key.remove(key)?;
        self.by_expiry.remove(&(entry.expires_at, entry.serial));
        self.count(key, |share| share.without(cost(key, &entry.content)));
        Some(entry)
    }

    fn purge(&mut self, now: UtcTime) {
        for _ in 0..PURGED_PER_CALL {
            match self.by_expiry.first_entry() {
                Some(first) if first.key().0 <= now => {
                    let key = first.remove();
                    if let Some(entry) = self.by_key.remove(&key) {
                        self.count(&key, |share| share.without(cost(&key, &entry.content)));
                    }
                }
                _ => return,
            }
        }
    }

    fn count(&mut self, key: &str, change: impl Fn(Share) -> Share) {
        self.all = change(self.all);
        let tenant = tenant_of(key);
        let own = change(self.of_tenant.get(tenant).copied().unwrap_or_default());
        match self.of_tenant.get_mut(tenant) {
            _ if own.entries == 0 => drop(self.of_tenant.remove(tenant)),
            Some(share) => *share = own,
            None => drop(self.of_tenant.insert(tenant.into(), own)),
        }
    }
}

impl Share {
    fn with(self, bytes: usize) -> Self {
        Self { entries: self.entries.saturating_add(1), bytes: self.bytes.saturating_add(bytes) }
    }

    fn without(self, bytes: usize) -> Self {
        Self { entries: self.entries.saturating_sub(1), bytes: self.bytes.saturating_sub(bytes) }
    }
}

/// What an entry takes of [`Limits::bytes`].
fn cost(key: &str, content: &Content) -> usize {
    let value = match content {
        Content::Sealed(sealed) => sealed.len(),
        Content::Count(_) => 0,
    };
    key.len().saturating_add(value).saturating_add(ENTRY_OVERHEAD)
}

// A content may hold a secret.
impl std::fmt::Debug for Entry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Entry").field("expires_at", &self.expires_at).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
