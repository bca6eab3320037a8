//! What the outbox gives its mails to.

use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use latchkey_audit::{
    DeliveryPolicy, DeliveryReport, Dispatcher, Handler, Outbox, OutboxEntry, OutboxError, Undelivered,
};
use latchkey_core::Clock;
use latchkey_storage::Db;
use lettre::transport::smtp::response::Code;

use crate::{Look, MailError, Mailer, OutboxItem, SenderError, Senders, TenantSender};

/// Sends the mails of the outbox.
pub struct MailDelivery {
    mailer: Mailer,
    senders: Option<Arc<dyn Senders>>,
    clock: Clock,
}

impl MailDelivery {
    /// With what each kind of mail begins.
    pub const PREFIX: &'static str = "mail.";

    /// Tries for more than two days.
    pub const POLICY: DeliveryPolicy = DeliveryPolicy {
        concurrency: 32,
        // The server of one tenant may be slow, or away.
        concurrency_per_destination: 4,
        // What a server may take over one command, and a few of them (RFC 5321 §4.5.3.2 allows more than anyone needs).
        deadline: Duration::from_secs(3 * 60),
        first_retry: Duration::from_secs(30),
        last_retry: Duration::from_secs(6 * 60 * 60),
        max_attempts: 20,
    };

    /// Sends by `mailer`, everything in the name of the instance.
    #[must_use]
    pub fn new(mailer: Mailer, clock: Clock) -> Self {
        Self { mailer, senders: None, clock }
    }

    /// Sends in the name of tenants, as `senders` says.
    #[must_use]
    pub fn in_the_name_of(self, senders: Arc<dyn Senders>) -> Self {
        Self { senders: Some(senders), ..self }
    }

    async fn send(&self, entry: &OutboxEntry) -> Result<(), Undelivered> {
        let item: OutboxItem = entry.payload()?;
        let now = self.clock.now();
        // A code that nobody can use any more would only be taken for the one that was asked for since.
        if item.message.useless_from().is_some_and(|time| time <= now) {
            return Err(Undelivered::Hopeless(MailError::Expired.into()));
        }
        let sent = match &self.senders {
            Some(senders) => {
                let sender = senders.sender_of(&entry.tenant_id).await.map_err(without_sender)?;
                self.send_as(&item, entry, &sender).await
            }
            None => match item.render(&entry.id, &Look::default(), now) {
                Ok(mail) => self.mailer.send(&mail).await,
                Err(error) => Err(error),
            },
        };
        sent.map_err(undelivered)
    }

    async fn send_as(&self, item: &OutboxItem, entry: &OutboxEntry, sender: &TenantSender) -> Result<(), MailError> {
        let mail = item.render(&entry.id, &sender.look, self.clock.now())?;
        self.mailer.send_as(&mail, &entry.tenant_id, sender).await.map(|_| ())
    }
}

impl Handler for MailDelivery {
    fn is_ready(&self) -> bool {
        // A tenant may have a server although the instance has none.
        self.senders.is_some() || self.mailer.is_configured()
    }

    fn deliver<'a>(&'a self, entry: &'a OutboxEntry) -> BoxFuture<'a, Result<(), Undelivered>> {
        self.send(entry).boxed()
    }
}

/// Sends the mails that are due, and nothing else that is in the outbox.
///
/// # Errors
/// [`OutboxError::Db`]; that a mail could not be sent is logged and counted, not an error.
pub async fn deliver_due(
    db: &Db,
    mailer: &Mailer,
    outbox: &Outbox,
    clock: &Clock,
) -> Result<DeliveryReport, OutboxError> {
    Dispatcher::new(db.clone(), outbox.clone(), clock.clone())
        .with(MailDelivery::PREFIX, MailDelivery::POLICY, MailDelivery::new(mailer.clone(), clock.clone()))
        .deliver_due()
        .await
}

/// Whether trying again cannot help.
fn is_hopeless(error: &MailError) -> bool {
    match error {
        MailError::ControlCharacter { .. } | MailError::Address { .. } | MailError::Build(_) => true,
        MailError::Smtp(error) => error.status().is_some_and(is_final),
        _ => false,
    }
}

/// Whether a server's refusal is about this mail: no such mailbox, too large, not accepted (RFC 5321 §4.2.3, RFC 1846,
/// RFC 7504). A refusal of who sends (530 to 538), or of the command, ends when somebody has set things right.
fn is_final(code: Code) -> bool {
    matches!(code.to_string().as_str(), "521" | "550" | "551" | "552" | "553" | "555" | "556")
}

fn undelivered(error: MailError) -> Undelivered {
    match error {
        MailError::NotConfigured => Undelivered::NotSetUp,
        error if is_hopeless(&error) => Undelivered::Hopeless(error.into()),
        error => Undelivered::Retry(error.into()),
    }
}

fn without_sender(error: SenderError) -> Undelivered {
    match error {
        SenderError::NoTenant => Undelivered::Hopeless(error.into()),
        SenderError::NoPassword => Undelivered::NotSetUp,
        SenderError::Unreachable(_) | SenderError::Unavailable(_) => Undelivered::Retry(error.into()),
    }
}
