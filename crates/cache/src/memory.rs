//! The store of a single node: a bounded map with an index by expiry.
//!
//! Anyone can make Latchkey remember something: an authorization request needs no credential. So the entries and their
//! bytes are bounded, and a tenth of both is held back for what such a flood must not stop: codes to be redeemed, steps
//! of sign-ins under way, and the counters that every attempt needs.

use std::collections::{BTreeMap, HashMap};
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use latchkey_core::{Clock, UtcTime};
use tokio::sync::broadcast;

use crate::key::finishes_what_has_begun;
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
        assert_eq!(entries.by_key.iter().map(|(key, entry)| cost(key, &entry.content)).sum::<usize>(), entries.bytes);
        entries.by_key.len()
    }
}

impl Entries {
    fn insert(&mut self, key: &str, content: Content, expires_at: UtcTime, limits: Limits) -> Result<(), CacheError> {
        let limits = limits.for_key(key);
        let added = cost(key, &content);
        let replaced = self.by_key.get(key).map(|entry| cost(key, &entry.content));
        let entries = self.by_key.len().saturating_add(usize::from(replaced.is_none()));
        let bytes = self.bytes.saturating_sub(replaced.unwrap_or_default()).saturating_add(added);
        // What is no larger than what it replaces always fits.
        if replaced.is_none_or(|replaced| added > replaced) && (entries > limits.entries || bytes > limits.bytes) {
            return Err(Unavailability::Full.into());
        }
        self.remove(key);
        self.bytes = bytes;
        self.last_serial = self.last_serial.wrapping_add(1);
        let serial = self.last_serial;
        let key: Arc<str> = key.into();
        self.by_expiry.insert((expires_at, serial), Arc::clone(&key));
        self.by_key.insert(key, Entry { content, expires_at, serial });
        Ok(())
    }

    fn remove(&mut self, key: &str) -> Option<Entry> {
        let entry = self.by_key.remove(key)?;
        self.by_expiry.remove(&(entry.expires_at, entry.serial));
        self.bytes = self.bytes.saturating_sub(cost(key, &entry.content));
        Some(entry)
    }

    fn purge(&mut self, now: UtcTime) {
        for _ in 0..PURGED_PER_CALL {
            match self.by_expiry.first_entry() {
                Some(first) if first.key().0 <= now => {
                    let key = first.remove();
                    let freed = self.by_key.remove(&key).map(|entry| cost(&key, &entry.content));
                    self.bytes = self.bytes.saturating_sub(freed.unwrap_or_default());
                }
                _ => return,
            }
        }
    }
}

impl Limits {
    /// What may be stored when an entry of that key comes: the share held back is open to some kinds only.
    fn for_key(self, key: &str) -> Self {
        if finishes_what_has_begun(key) {
            return self;
        }
        let less = |limit: usize| limit.saturating_sub(limit / HELD_BACK);
        Self { entries: less(self.entries), bytes: less(self.bytes) }
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
