//! The store as the rest of Latchkey sees it: one type over both backends.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use latchkey_core::{Clock, UtcTime};
use latchkey_metrics::Metrics;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::memory::MemoryStore;
use crate::redis_store::RedisStore;
use crate::{CacheError, CacheKey, CacheOpenError, Invalidation, Notice, RedisUrl, Subscription, envelope};

/// How many live entries the in-process store holds unless told otherwise.
const DEFAULT_CAPACITY: NonZeroUsize = NonZeroUsize::MIN.saturating_add(999_999);

/// The short-lived store; clones share it.
#[derive(Clone, Debug)]
pub struct Cache {
    backend: Backend,
    clock: Clock,
    metrics: Option<Metrics>,
}

#[derive(Clone, Debug)]
enum Backend {
    InProcess(Arc<MemoryStore>),
    Redis(Arc<RedisStore>),
}

/// What became of [`Cache::put_if_absent`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Inserted {
    /// There was no such value; now there is.
    Inserted,
    /// A live value stood there, and stays as it was.
    AlreadyThere,
}

/// A counter of one window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WindowCount {
    /// How often it was counted within the window, this time included.
    pub count: u64,
    /// When the window ends and the count starts again at zero.
    pub resets_at: UtcTime,
}

impl Cache {
    /// A store within this process for at most 1,000,000 live entries; it is lost with the process.
    #[must_use]
    pub fn in_process(clock: Clock) -> Self {
        Self::in_process_bounded(clock, DEFAULT_CAPACITY)
    }

    /// Like [`Cache::in_process`], for at most `capacity` live entries: one more gets [`CacheError::Unavailable`].
    #[must_use]
    pub fn in_process_bounded(clock: Clock, capacity: NonZeroUsize) -> Self {
        let store = MemoryStore::new(clock.clone(), capacity);
        Self { backend: Backend::InProcess(Arc::new(store)), clock, metrics: None }
    }

    /// A store on Redis, shared by all nodes; asks Redis once whether it is there.
    ///
    /// Background tasks run on the runtime that calls this. Errors are one clear line for an operator.
    pub async fn connect(url: &RedisUrl, clock: Clock) -> Result<Self, CacheOpenError> {
        let store = RedisStore::connect(url).await?;
        Ok(Self { backend: Backend::Redis(Arc::new(store)), clock, metrics: None })
    }

    /// Has each operation that fails counted.
    #[must_use]
    pub fn counted_by(mut self, metrics: Metrics) -> Self {
        self.metrics = Some(metrics);
        self
    }

    /// Stores `value` for `ttl`, over whatever was there.
    pub async fn put<T: Serialize>(&self, key: &CacheKey, value: &T, ttl: Duration) -> Result<(), CacheError> {
        self.counted(async {
            let expires_at = self.clock.now().plus(ttl);
            let sealed = envelope::seal(value, expires_at)?;
            match &self.backend {
                Backend::InProcess(store) => store.put(key.as_str(), sealed, expires_at),
                Backend::Redis(store) => store.put(key.as_str(), &sealed, ttl).await,
            }
        })
        .await
    }

    /// Reads a live value and leaves it there.
    pub async fn find<T: DeserializeOwned>(&self, key: &CacheKey) -> Result<Option<T>, CacheError> {
        self.counted(async {
            let sealed = match &self.backend {
                Backend::InProcess(store) => store.find(key.as_str()),
                Backend::Redis(store) => store.find(key.as_str()).await?,
            };
            self.open(sealed)
        })
        .await
    }

    /// Takes a live value away: of racing callers exactly one gets it.
    ///
    /// After an error the value may be gone, never given twice.
    pub async fn take<T: DeserializeOwned>(&self, key: &CacheKey) -> Result<Option<T>, CacheError> {
        self.counted(async {
            let sealed = match &self.backend {
                Backend::InProcess(store) => store.take(key.as_str()),
                Backend::Redis(store) => store.take(key.as_str()).await?,
            };
            self.open(sealed)
        })
        .await
    }

    /// Stores `value` for `ttl` unless a live one is there: of racing callers exactly one inserts.
    pub async fn put_if_absent<T: Serialize>(
        &self,
        key: &CacheKey,
        value: &T,
        ttl: Duration,
    ) -> Result<Inserted, CacheError> {
        self.counted(async {
            let now = self.clock.now();
            let expires_at = now.plus(ttl);
            let sealed = envelope::seal(value, expires_at)?;
            match &self.backend {
                Backend::InProcess(store) => store.put_if_absent(key.as_str(), sealed, expires_at),
                Backend::Redis(store) => store.put_if_absent(key.as_str(), &sealed, ttl, now).await,
            }
        })
        .await
    }

    /// Removes a value, if there is one. Counters are not values: they end with their window.
    pub async fn delete(&self, key: &CacheKey) -> Result<(), CacheError> {
        self.counted(async {
            match &self.backend {
                Backend::InProcess(store) => {
                    store.take(key.as_str());
                    Ok(())
                }
                Backend::Redis(store) => store.delete(key.as_str()).await,
            }
        })
        .await
    }

    /// Counts one more in the present window. Windows are fixed: they start at multiples of `window` since 1970.
    pub async fn increment(&self, key: &CacheKey, window: Duration) -> Result<WindowCount, CacheError> {
        self.counted(async {
            let (counter, resets_at) = key.in_window(self.clock.now(), window);
            let count = match &self.backend {
                Backend::InProcess(store) => store.increment(&counter, resets_at)?,
                Backend::Redis(store) => store.increment(&counter, window).await?,
            };
            Ok(WindowCount { count, resets_at })
        })
        .await
    }

    /// Reads the counter of the present window without counting.
    pub async fn count(&self, key: &CacheKey, window: Duration) -> Result<WindowCount, CacheError> {
        self.counted(async {
            let (counter, resets_at) = key.in_window(self.clock.now(), window);
            let count = match &self.backend {
                Backend::InProcess(store) => store.count(&counter),
                Backend::Redis(store) => store.count(&counter).await?,
            };
            Ok(WindowCount { count, resets_at })
        })
        .await
    }

    /// Tells every node, this one included, that something changed. Publish after the change is committed.
    pub async fn publish(&self, event: &Invalidation) -> Result<(), CacheError> {
        self.counted(async {
            match &self.backend {
                Backend::InProcess(store) => {
                    store.publish(Notice::Changed(event.clone()));
                    Ok(())
                }
                Backend::Redis(store) => store.publish(event).await,
            }
        })
        .await
    }

    /// Hears what any node publishes from now on.
    #[must_use]
    pub fn subscribe(&self) -> Subscription {
        match &self.backend {
            Backend::InProcess(store) => store.subscribe(),
            Backend::Redis(store) => store.subscribe(),
        }
    }

    /// Whether the store answers.
    pub async fn ping(&self) -> Result<(), CacheError> {
        self.counted(async {
            match &self.backend {
                Backend::InProcess(_) => Ok(()),
                Backend::Redis(store) => store.ping().await,
            }
        })
        .await
    }

    /// How many entries a store within this process holds, expired ones not yet freed included; `None` with Redis.
    #[must_use]
    pub fn entries_in_process(&self) -> Option<usize> {
        match &self.backend {
            Backend::InProcess(store) => Some(store.entries_held()),
            Backend::Redis(_) => None,
        }
    }

    #[cfg(test)]
    pub(crate) fn in_process_len(&self) -> usize {
        match &self.backend {
            Backend::InProcess(store) => store.len(),
            Backend::Redis(_) => panic!("not in process"),
        }
    }

    async fn counted<T>(&self, operation: impl Future<Output = Result<T, CacheError>>) -> Result<T, CacheError> {
        let outcome = operation.await;
        if let (Err(_), Some(metrics)) = (&outcome, &self.metrics) {
            metrics.cache_error();
        }
        outcome
    }

    fn open<T: DeserializeOwned>(&self, sealed: Option<Vec<u8>>) -> Result<Option<T>, CacheError> {
        sealed.map_or(Ok(None), |sealed| envelope::open(&sealed, self.clock.now()))
    }
}
