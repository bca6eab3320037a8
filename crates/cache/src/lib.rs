//! The short-lived store: authorization codes, sign-ins under way, counters and cache invalidation.
//!
//! One [`Cache`] over two backends, in process and Redis (single node or Cluster). Every value is keyed by
//! (tenant, kind, id) and carries its expiry by the injected clock, so both backends behave alike under a clock
//! that a test moves. While Redis is away every call answers [`CacheError::Unavailable`]; nothing is skipped.

mod cache;
mod envelope;
mod error;
mod event;
mod key;
mod link;
mod listener;
mod memory;
mod redis_store;
#[cfg(test)]
mod tests;
mod url;

pub use cache::{Cache, Inserted, WindowCount};
pub use error::{CacheError, CacheOpenError, Unavailability};
pub use event::{Invalidation, Notice, Subscription};
pub use key::{CacheKey, Kind};
pub use url::{InvalidRedisUrl, RedisUrl};
