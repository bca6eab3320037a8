//! How often a client may ask whether its user has answered: RFC 8628 §3.5, OpenID Connect CIBA Core §11.

use std::time::Duration;

use latchkey_cache::{Cache, CacheError, CacheKey, Inserted, Kind};
use latchkey_core::{TenantId, TokenHash};

/// How long a client waits between two questions, unless it was told to slow down.
pub const POLLING_INTERVAL: Duration = Duration::from_secs(5);
/// RFC 8628 §3.5: "the interval MUST be increased by 5 seconds for this and all subsequent requests".
const STEP: Duration = Duration::from_secs(5);
/// A client that keeps to the interval may be seen to come early: the network does not carry each question equally fast.
const TOLERANCE: Duration = Duration::from_secs(1);

/// Whether a question came in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pace {
    InTime,
    TooFast,
}

/// Notes a question about the request with that hash, which is kept for `life` at most.
pub(crate) async fn note(
    cache: &Cache,
    tenant: &TenantId,
    (kind, hash): (Kind, &TokenHash),
    life: Duration,
) -> Result<Pace, CacheError> {
    let key = |what: &str| CacheKey::new(tenant, kind, &format!("{}:{what}", hash.as_str()));
    let interval: Option<u64> = cache.find(&key("interval")).await?;
    let interval = interval.map_or(POLLING_INTERVAL, Duration::from_secs);
    // Of questions that race exactly one is in time.
    if cache.put_if_absent(&key("asked"), &(), interval.saturating_sub(TOLERANCE)).await? == Inserted::Inserted {
        return Ok(Pace::InTime);
    }
    let slower = interval.saturating_add(STEP);
    cache.put(&key("interval"), &slower.as_secs(), life).await?;
    cache.put(&key("asked"), &(), slower.saturating_sub(TOLERANCE)).await?;
    Ok(Pace::TooFast)
}
