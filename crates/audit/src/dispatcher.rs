//! Gives each entry of the outbox to the handler of its kind; any node may run it, several may at once.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::future::join_all;
use latchkey_core::Clock;
use latchkey_storage::Db;

use crate::delivery::Run;
use crate::outbox_store;
use crate::{DeliveryPolicy, DeliveryReport, Handler, Outbox, OutboxError};

/// The handlers that this node knows. Clones share what they have warned of.
#[derive(Clone)]
pub struct Dispatcher {
    db: Db,
    outbox: Outbox,
    clock: Clock,
    runs: Vec<Run>,
    warned: Arc<Mutex<HashSet<String>>>,
}

impl Dispatcher {
    /// A dispatcher without any handler.
    #[must_use]
    pub fn new(db: Db, outbox: Outbox, clock: Clock) -> Self {
        Self { db, outbox, clock, runs: Vec::new(), warned: Arc::default() }
    }

    /// Registers the handler of all kinds that begin with `prefix`, such as `mail.`; it replaces one of the same prefix.
    ///
    /// No prefix may be the beginning of another, or two handlers would take turns.
    #[must_use]
    pub fn with(mut self, prefix: &'static str, policy: DeliveryPolicy, handler: impl Handler) -> Self {
        self.runs.retain(|run| run.prefix != prefix);
        self.runs.push(Run {
            db: self.db.clone(),
            outbox: self.outbox.clone(),
            clock: self.clock.clone(),
            prefix,
            policy,
            handler: Arc::new(handler),
        });
        self
    }

    /// The prefixes that have a handler; each is to be run by a job of its own, so that none waits for another.
    pub fn prefixes(&self) -> impl Iterator<Item = &'static str> {
        self.runs.iter().map(|run| run.prefix)
    }

    /// Delivers what is due for the handler of `prefix`, until nothing is.
    ///
    /// # Errors
    /// [`OutboxError::Db`]; that an entry could not be delivered is logged and counted, not an error.
    pub async fn deliver_due_of(&self, prefix: &str) -> Result<DeliveryReport, OutboxError> {
        self.deliver_where(|run| run.prefix == prefix).await
    }

    /// Delivers what is due for every handler, side by side.
    ///
    /// # Errors
    /// As [`Dispatcher::deliver_due_of`].
    pub async fn deliver_due(&self) -> Result<DeliveryReport, OutboxError> {
        self.deliver_where(|_| true).await
    }

    async fn deliver_where(&self, wanted: impl Fn(&Run) -> bool) -> Result<DeliveryReport, OutboxError> {
        let runs = self.runs.iter().filter(|run| wanted(run)).map(Run::deliver_due);
        let reports = join_all(runs).await;
        reports.into_iter().try_fold(DeliveryReport::default(), |sum, report| Ok(sum.plus(report?)))
    }

    /// Warns once of each kind that waits and has no handler here; returns those that are new.
    ///
    /// Their entries are left as they are: a node of a newer version, which knows the kind, takes them at once.
    ///
    /// # Errors
    /// [`OutboxError::Db`].
    pub async fn warn_of_unknown_kinds(&self) -> Result<Vec<String>, OutboxError> {
        let (prefixes, now) = (self.prefixes().collect::<Vec<_>>(), self.clock.now());
        let waiting = self.db.read(move |conn| outbox_store::unknown_kinds(conn, &prefixes, now)).await?;
        let mut warned = self.warned.lock().unwrap_or_else(PoisonError::into_inner);
        let new: Vec<String> = waiting.into_iter().filter(|kind| warned.insert(kind.clone())).collect();
        for kind in &new {
            tracing::warn!(
                kind,
                "the outbox holds a kind that this version does not know; a newer node will deliver it"
            );
        }
        Ok(new)
    }
}
