//! The task that hears invalidations over a connection of its own and subscribes again whenever that is lost.

use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use redis::Client;
use redis::aio::{PubSub, PubSubSink};
use tokio::sync::broadcast;
use tokio::time::{Instant, MissedTickBehavior, interval_at, sleep, timeout};

use crate::link::{Link, STEP_TIMEOUT, connection_info};
use crate::{CacheError, Notice, RedisUrl, Unavailability, redis_store};

/// Where invalidations are published. A Cluster carries them to every node of it.
pub(crate) const CHANNEL: &str = "lk:invalidations";

/// How often the connection is asked whether it still lives, so that a silent loss is noticed.
const CHECK_EVERY: Duration = Duration::from_secs(5);

const FIRST_WAIT: Duration = Duration::from_millis(50);
const LONGEST_WAIT: Duration = Duration::from_secs(2);

pub(crate) struct Listener {
    /// The nodes that were named; one is enough, the next is tried when it fails.
    nodes: Vec<Client>,
    link: Arc<Link>,
    notices: broadcast::Sender<Notice>,
}

impl Listener {
    pub(crate) fn new(url: &RedisUrl, link: Arc<Link>, notices: broadcast::Sender<Notice>) -> Result<Self, CacheError> {
        let urls = match url {
            RedisUrl::Single(node) => std::slice::from_ref(node),
            RedisUrl::Cluster(nodes) => nodes,
        };
        let mut nodes = Vec::with_capacity(urls.len());
        for node in urls {
            nodes.push(Client::open(connection_info(node)?)?);
        }
        Ok(Self { nodes, link, notices })
    }

    /// Subscribes on the first node that lets it.
    pub(crate) async fn subscribe(&mut self) -> Result<PubSub, CacheError> {
        let mut failure = CacheError::from(Unavailability::Timeout);
        for _ in 0..self.nodes.len() {
            if let Some(node) = self.nodes.first() {
                match timeout(STEP_TIMEOUT, subscribe_on(node)).await {
                    Ok(Ok(subscribed)) => return Ok(subscribed),
                    Ok(Err(error)) => failure = error,
                    Err(_) => failure = Unavailability::Timeout.into(),
                }
            }
            self.nodes.rotate_left(1);
        }
        Err(failure)
    }

    /// Tells what it hears, for ever.
    pub(crate) async fn run(mut self, first: PubSub) {
        let mut subscribed = first;
        loop {
            self.relay(subscribed).await;
            tracing::warn!("lost the subscription to invalidations");
            subscribed = self.subscribe_again().await;
            tracing::info!("subscribed to invalidations again");
            // The connection for commands broke at the same time most likely: replace it before a request meets it.
            if let Err(error) = redis_store::ping(&self.link).await {
                tracing::debug!(error = ?error, "redis does not answer yet");
            }
            self.tell(Notice::Resync);
        }
    }

    /// Hands on what is heard until the connection is lost.
    async fn relay(&self, subscribed: PubSub) {
        let (mut sink, mut messages) = subscribed.split();
        let mut check = interval_at(Instant::now() + CHECK_EVERY, CHECK_EVERY);
        check.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                message = messages.next() => match message {
                    Some(message) => self.tell(parse(message.get_payload_bytes())),
                    None => return,
                },
                _ = check.tick() => if !answers(&mut sink).await { return },
            }
        }
    }

    async fn subscribe_again(&mut self) -> PubSub {
        let mut wait = FIRST_WAIT;
        loop {
            sleep(wait).await;
            match self.subscribe().await {
                Ok(subscribed) => return subscribed,
                Err(error) => tracing::debug!(error = ?error, "cannot subscribe to invalidations"),
            }
            wait = wait.saturating_mul(2).min(LONGEST_WAIT);
        }
    }

    fn tell(&self, notice: Notice) {
        // An error says that nobody listens, which is no failure.
        let _ = self.notices.send(notice);
    }
}

async fn subscribe_on(node: &Client) -> Result<PubSub, CacheError> {
    let mut subscribed = node.get_async_pubsub().await?;
    subscribed.subscribe(CHANNEL).await?;
    Ok(subscribed)
}

async fn answers(sink: &mut PubSubSink) -> bool {
    matches!(timeout(STEP_TIMEOUT, sink.ping::<redis::Value>()).await, Ok(Ok(_)))
}

/// What a node of another version says may be new to this one: dropping everything is always right.
fn parse(message: &[u8]) -> Notice {
    serde_json::from_slice(message).map_or(Notice::Resync, Notice::Changed)
}
