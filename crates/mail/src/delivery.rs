//! What the outbox gives its mails to.

use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use latchkey_audit::{
    DeliveryPolicy, DeliveryReport, Dispatcher, Handler, Outbox, OutboxEntry, OutboxError, Undelivered,
};
use latchkey_core::Clock;
use latchkey_storage::Db;

use crate::{Look, MailError, Mailer, OutboxItem};

/// Sends the mails of the outbox.
pub struct MailDelivery {
    mailer: Mailer,
    clock: Clock,
}

impl MailDelivery {
    /// With what each kind of mail begins.
    pub const PREFIX: &'static str = "mail.";

    /// Tries for more than two days.
    pub const POLICY: DeliveryPolicy = DeliveryPolicy {
        concurrency: 8,
        concurrency_per_destination: 8,
        // What a server may take over one command, and a few of them (RFC 5321 §4.5.3.2 allows more than anyone needs).
        deadline: Duration::from_secs(3 * 60),
        first_retry: Duration::from_secs(30),
        last_retry: Duration::from_secs(6 * 60 * 60),
        max_attempts: 20,
    };

    /// Sends by `mailer`.
    #[must_use]
    pub fn new(mailer: Mailer, clock: Clock) -> Self {
        Self { mailer, clock }
    }

    async fn send(&self, entry: &OutboxEntry) -> Result<(), Undelivered> {
        let item: OutboxItem = entry.payload()?;
        let sent = match item.render(&entry.id, &Look::default(), self.clock.now()) {
            Ok(mail) => self.mailer.send(&mail).await,
            Err(error) => Err(error),
        };
        sent.map_err(|error| {
            if is_hopeless(&error) { Undelivered::Hopeless(error.into()) } else { Undelivered::Retry(error.into()) }
        })
    }
}

impl Handler for MailDelivery {
    fn is_ready(&self) -> bool {
        self.mailer.is_configured()
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
        MailError::Smtp(error) => error.is_permanent(),
        _ => false,
    }
}
