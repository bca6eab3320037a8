//! What the outbox gives its short messages and push notices to.

use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use latchkey_audit::{DeliveryPolicy, Handler, OutboxEntry, Undelivered};
use latchkey_core::{Clock, TenantId};
use latchkey_fetch::{Fetcher, OnBehalfOf, StatusCode};

use super::item::Posted;
use super::{MessageSink, PushItem, SmsItem, Webhook, webhook};

/// Knows the webhooks of tenants.
pub trait MessageWebhooks: Send + Sync + 'static {
    /// The webhook of a tenant; `None` when it has none.
    ///
    /// # Errors
    /// [`Undelivered::Retry`] when it cannot be known now, [`Undelivered::Hopeless`] for a tenant that is no more.
    fn webhook_of<'a>(&'a self, tenant: &'a TenantId) -> BoxFuture<'a, Result<Option<Webhook>, Undelivered>>;
}

/// Posts the messages of the outbox.
#[derive(Clone)]
pub struct MessageDelivery {
    webhooks: Arc<dyn MessageWebhooks>,
    fetcher: Fetcher,
    sink: MessageSink,
    clock: Clock,
}

#[derive(Debug, thiserror::Error)]
enum Refusal {
    #[error("the webhook answered {0}")]
    Answered(StatusCode),
    #[error("it is of no use any more")]
    Expired,
    #[error("its id cannot stand in a header")]
    Id,
}

impl MessageDelivery {
    /// With what the kinds begin.
    pub const PREFIXES: [&'static str; 2] = ["sms.", "push."];

    /// Tries for about ten minutes, as long as a code lives.
    pub const POLICY: DeliveryPolicy = DeliveryPolicy {
        concurrency: 32,
        concurrency_per_destination: 8,
        deadline: Duration::from_secs(15),
        first_retry: Duration::from_secs(2),
        last_retry: Duration::from_secs(60),
        max_attempts: 16,
    };

    /// Posts by `fetcher` to `webhooks`; what has none goes to `sink`.
    #[must_use]
    pub fn new(webhooks: Arc<dyn MessageWebhooks>, fetcher: Fetcher, sink: MessageSink, clock: Clock) -> Self {
        Self { webhooks, fetcher, sink, clock }
    }

    async fn send(&self, entry: &OutboxEntry) -> Result<(), Undelivered> {
        let item: Box<dyn Posted> = match entry.kind.as_str() {
            SmsItem::KIND => Box::new(entry.payload::<SmsItem>()?),
            PushItem::KIND => Box::new(entry.payload::<PushItem>()?),
            _ => return Err(Undelivered::Unknown),
        };
        let now = self.clock.now();
        // A code that nobody can use any more would only be taken for the one that was asked for since.
        if item.expires_at() <= now {
            return Err(Undelivered::Hopeless(Refusal::Expired.into()));
        }
        let body = webhook::body(entry, &*item);
        let Some(webhook) = self.webhooks.webhook_of(&entry.tenant_id).await? else {
            return match self.sink.take(&entry.id, &body).await {
                Ok(true) => Ok(()),
                Ok(false) => Err(Undelivered::NotSetUp),
                Err(error) => Err(Undelivered::Retry(error.into())),
            };
        };
        let headers = webhook::headers(&webhook.key, &entry.id, now, &body);
        let headers = headers.ok_or_else(|| Undelivered::Hopeless(Refusal::Id.into()))?;
        let by = OnBehalfOf { tenant: &entry.tenant_id, policy: &webhook.outgoing };
        let answer = self.fetcher.post_json(by, &webhook.url, body.expose().clone().into_bytes(), headers).await;
        judge(answer.map_err(|error| Undelivered::Retry(error.into()))?)
    }
}

impl Handler for MessageDelivery {
    fn deliver<'a>(&'a self, entry: &'a OutboxEntry) -> BoxFuture<'a, Result<(), Undelivered>> {
        self.send(entry).boxed()
    }
}

/// Anything but success is tried again, except what says that the endpoint is gone for good.
fn judge(status: StatusCode) -> Result<(), Undelivered> {
    if status.is_success() {
        Ok(())
    } else if status == StatusCode::GONE {
        Err(Undelivered::Hopeless(Refusal::Answered(status).into()))
    } else {
        Err(Undelivered::Retry(Refusal::Answered(status).into()))
    }
}
