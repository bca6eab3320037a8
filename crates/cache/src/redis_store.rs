//! The store that all nodes share: Redis, single or Cluster.

use std::sync::Arc;
use std::time::Duration;

use latchkey_core::UtcTime;
use redis::{Cmd, cmd};
use tokio::sync::broadcast;
use tokio::task::AbortHandle;

use crate::link::{Link, Repeat, refuses_credentials};
use crate::listener::{CHANNEL, Listener};
use crate::memory::NOTICE_BACKLOG;
use crate::{CacheError, CacheOpenError, Inserted, Invalidation, Notice, RedisUrl, Subscription, Unavailability};

// GETDEL would do, but came with Redis 6.2 only.
const TAKE: &str = "
local held = redis.call('GET', KEYS[1])
if held then redis.call('DEL', KEYS[1]) end
return held";

// ARGV: the time now in unix milliseconds, the sealed value, its life in milliseconds.
const PUT_IF_ABSENT: &str = "
local held = redis.call('GET', KEYS[1])
if held and tonumber(string.match(held, '^%d+') or '0') > tonumber(ARGV[1]) then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return 1";

// ARGV: the window in milliseconds. The window is part of the key, so the expiry only collects garbage.
const INCREMENT: &str = "
local count = redis.call('INCR', KEYS[1])
if count == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
return count";

#[derive(Debug)]
pub(crate) struct RedisStore {
    link: Arc<Link>,
    notices: broadcast::Sender<Notice>,
    listening: AbortHandle,
}

impl RedisStore {
    pub(crate) async fn connect(url: &RedisUrl) -> Result<Self, CacheOpenError> {
        let refused = |error: CacheError| open_error(url, error);
        let link = Link::open(url).await.map_err(|error| refused(error.into()))?;
        ping(&link).await.map_err(refused)?;
        refuse_a_cluster_named_as_single(url, &link).await?;
        let link = Arc::new(link);
        let (notices, _) = broadcast::channel(NOTICE_BACKLOG);
        let mut listener = Listener::new(url, Arc::clone(&link), notices.clone()).map_err(refused)?;
        let first = listener.subscribe().await.map_err(refused)?;
        let listening = tokio::spawn(listener.run(first)).abort_handle();
        Ok(Self { link, notices, listening })
    }

    pub(crate) async fn put(&self, key: &str, sealed: &[u8], ttl: Duration) -> Result<(), CacheError> {
        let mut command = cmd("SET");
        command.arg(key).arg(sealed).arg("PX").arg(millis(ttl));
        self.link.query(&command, Repeat::Harmless).await
    }

    pub(crate) async fn find(&self, key: &str) -> Result<Option<Vec<u8>>, CacheError> {
        self.link.query(cmd("GET").arg(key), Repeat::Harmless).await
    }

    pub(crate) async fn take(&self, key: &str) -> Result<Option<Vec<u8>>, CacheError> {
        self.link.query(&script(TAKE, key), Repeat::Never).await
    }

    pub(crate) async fn put_if_absent(
        &self,
        key: &str,
        sealed: &[u8],
        ttl: Duration,
        now: UtcTime,
    ) -> Result<Inserted, CacheError> {
        let mut command = script(PUT_IF_ABSENT, key);
        command.arg(now.unix_millis()).arg(sealed).arg(millis(ttl));
        let inserted: bool = self.link.query(&command, Repeat::Never).await?;
        Ok(if inserted { Inserted::Inserted } else { Inserted::AlreadyThere })
    }

    pub(crate) async fn delete(&self, key: &str) -> Result<(), CacheError> {
        self.link.query(cmd("DEL").arg(key), Repeat::Harmless).await
    }

    pub(crate) async fn increment(&self, key: &str, window: Duration) -> Result<u64, CacheError> {
        let mut command = script(INCREMENT, key);
        command.arg(millis(window));
        self.link.query(&command, Repeat::Never).await
    }

    pub(crate) async fn count(&self, key: &str) -> Result<u64, CacheError> {
        let count: Option<u64> = self.link.query(cmd("GET").arg(key), Repeat::Harmless).await?;
        Ok(count.unwrap_or(0))
    }

    pub(crate) async fn publish(&self, event: &Invalidation) -> Result<(), CacheError> {
        let message = serde_json::to_vec(event).map_err(|error| CacheError::json(&error))?;
        self.link.query(cmd("PUBLISH").arg(CHANNEL).arg(message), Repeat::Harmless).await
    }

    pub(crate) fn subscribe(&self) -> Subscription {
        Subscription::new(self.notices.subscribe())
    }

    pub(crate) async fn ping(&self) -> Result<(), CacheError> {
        ping(&self.link).await
    }
}

impl Drop for RedisStore {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

pub(crate) async fn ping(link: &Link) -> Result<(), CacheError> {
    link.query(&cmd("PING"), Repeat::Harmless).await
}

/// One node of a Cluster answers a ping, but sends nearly every command elsewhere.
async fn refuse_a_cluster_named_as_single(url: &RedisUrl, link: &Link) -> Result<(), CacheOpenError> {
    if matches!(url, RedisUrl::Cluster(_)) {
        return Ok(());
    }
    // Some hosted Redis forbid INFO; then the operator's word is taken.
    let about: Result<String, CacheError> = link.query(cmd("INFO").arg("cluster"), Repeat::Harmless).await;
    if about.is_ok_and(|about| about.contains("cluster_enabled:1")) {
        let reason = "this is a cluster, its address must start with redis+cluster:// or rediss+cluster://".to_owned();
        return Err(CacheOpenError::Unreachable { url: url.to_string(), reason });
    }
    Ok(())
}

fn script(body: &str, key: &str) -> Cmd {
    let mut command = cmd("EVAL");
    command.arg(body).arg(1).arg(key);
    command
}

/// What Redis accepts as a life time: at least a millisecond, at most some thousand years.
fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX).clamp(1, 100_000_000_000_000)
}

fn open_error(url: &RedisUrl, error: CacheError) -> CacheOpenError {
    let url = url.to_string();
    match error {
        CacheError::Unavailable(Unavailability::Redis(error)) => {
            let reason = error.to_string().replace(['\r', '\n'], " ");
            if refuses_credentials(&error) {
                CacheOpenError::Unauthorised { url, reason }
            } else {
                CacheOpenError::Unreachable { url, reason }
            }
        }
        CacheError::Unavailable(other) => CacheOpenError::Unreachable { url, reason: other.to_string() },
        CacheError::Malformed(reason) => CacheOpenError::Unreachable { url, reason },
    }
}
