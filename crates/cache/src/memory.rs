//! The store of a single node: a bounded map with an index by expiry.

use std::collections::{BTreeMap, HashMap};
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use latchkey_core::{Clock, UtcTime};
use tokio::sync::broadcast;

use crate::{CacheError, Inserted, Notice, Subscription, Unavailability};

/// How many notices a slow subscriber may fall behind before it is told to resync.
pub(crate) const NOTICE_BACKLOG: usize = 1024;

/// Each call frees at most so many expired entries: more than it can add, and no long hold of the lock.
const PURGED_PER_CALL: usize = 256;

#[derive(Debug)]
pub(crate) struct MemoryStore {
    clock: Clock,
    capacity: NonZeroUsize,
    entries: Mutex<Entries>,
    notices: broadcast::Sender<Notice>,
}

#[derive(Debug, Default)]
struct Entries {
    by_key: HashMap<Arc<str>, Entry>,
    by_expiry: BTreeMap<(UtcTime, u64), Arc<str>>,
    last_serial: u64,
}

struct Entry {
    content: Content,
    expires_at: UtcTime,
    serial: u64,
}

enum Content {
    Sealed(Vec<u8>),
    Count(u64),
}

impl MemoryStore {
    pub(crate) fn new(clock: Clock, capacity: NonZeroUsize) -> Self {
        let (notices, _) = broadcast::channel(NOTICE_BACKLOG);
        Self { clock, capacity, entries: Mutex::default(), notices }
    }

    pub(crate) fn put(&self, key: &str, sealed: Vec<u8>, expires_at: UtcTime) -> Result<(), CacheError> {
        self.entries().insert(key, Content::Sealed(sealed), expires_at, self.capacity)
    }

    pub(crate) fn find(&self, key: &str) -> Option<Vec<u8>> {
        match &self.entries().by_key.get(key)?.content {
            Content::Sealed(sealed) => Some(sealed.clone()),
            Content::Count(_) => None,
        }
    }

    pub(crate) fn take(&self, key: &str) -> Option<Vec<u8>> {
        match self.entries().remove(key)?.content {
            Content::Sealed(sealed) => Some(sealed),
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
        entries.insert(key, Content::Sealed(sealed), expires_at, self.capacity)?;
        Ok(Inserted::Inserted)
    }

    pub(crate) fn increment(&self, key: &str, expires_at: UtcTime) -> Result<u64, CacheError> {
        let mut entries = self.entries();
        if let Some(Entry { content: Content::Count(count), .. }) = entries.by_key.get_mut(key) {
            *count = count.saturating_add(1);
            return Ok(*count);
        }
        entries.insert(key, Content::Count(1), expires_at, self.capacity)?;
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
        entries.by_key.len()
    }
}

impl Entries {
    fn insert(
        &mut self,
        key: &str,
        content: Content,
        expires_at: UtcTime,
        capacity: NonZeroUsize,
    ) -> Result<(), CacheError> {
        self.remove(key);
        if self.by_key.len() >= capacity.get() {
            return Err(Unavailability::Full.into());
        }
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
        Some(entry)
    }

    fn purge(&mut self, now: UtcTime) {
        for _ in 0..PURGED_PER_CALL {
            match self.by_expiry.first_entry() {
                Some(first) if first.key().0 <= now => {
                    let key = first.remove();
                    self.by_key.remove(&key);
                }
                _ => return,
            }
        }
    }
}

// A content may hold a secret.
impl std::fmt::Debug for Entry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Entry").field("expires_at", &self.expires_at).finish_non_exhaustive()
    }
}
