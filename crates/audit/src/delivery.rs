//! One run of one handler: leases what is due, a few at a time, until nothing is.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use latchkey_core::{Clock, UtcTime};
use latchkey_storage::Db;
use tokio::task::{Id, JoinError, JoinSet};
use tokio::time::{sleep, timeout};

use crate::outbox_store::{self, Claim, OutboxRow};
use crate::{DeliveryPolicy, Handler, Outbox, OutboxEntry, OutboxError, Undelivered};

/// While deliveries are under way, a look for entries that others could carry meanwhile.
const LOOK_AGAIN: Duration = Duration::from_secs(1);
/// How long an entry waits that this version does not understand.
const UNKNOWN_PAUSE: Duration = Duration::from_secs(5 * 60);

/// How long an entry waits for something to be set up.
const NOT_SET_UP_PAUSE: Duration = Duration::from_secs(60);

/// What one run did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DeliveryReport {
    /// Entries that were delivered.
    pub sent: usize,
    /// Entries that will be tried again.
    pub postponed: usize,
    /// Entries that were given up.
    pub dropped: usize,
}

impl DeliveryReport {
    fn count(&mut self, settled: Settled) {
        match settled {
            Settled::Sent => self.sent += 1,
            Settled::Postponed => self.postponed += 1,
            Settled::Dropped => self.dropped += 1,
        }
    }

    pub(crate) fn plus(self, other: Self) -> Self {
        Self {
            sent: self.sent + other.sent,
            postponed: self.postponed + other.postponed,
            dropped: self.dropped + other.dropped,
        }
    }
}

/// A handler with all that it takes to run it.
#[derive(Clone)]
pub(crate) struct Run {
    pub(crate) db: Db,
    pub(crate) outbox: Outbox,
    pub(crate) clock: Clock,
    pub(crate) prefix: &'static str,
    pub(crate) policy: DeliveryPolicy,
    pub(crate) handler: Arc<dyn Handler>,
}

enum Settled {
    Sent,
    Postponed,
    Dropped,
}

impl Run {
    /// Delivers until nothing is due and nothing is under way.
    ///
    /// When the database fails, what is under way comes to its end before the error does, or it would be repeated.
    pub(crate) async fn deliver_due(&self) -> Result<DeliveryReport, OutboxError> {
        let mut report = DeliveryReport::default();
        let mut failure = None;
        // Dropped with this future: what is under way is then cut off, and its lease ends by itself.
        let mut under_way = UnderWay::default();
        loop {
            if failure.is_none() && self.handler.is_ready() {
                match self.claim(&under_way).await {
                    Ok(rows) => rows.into_iter().for_each(|row| under_way.start(self.clone(), row)),
                    Err(error) => failure = Some(error),
                }
            }
            if under_way.is_empty() {
                return failure.map_or(Ok(report), Err);
            }
            tokio::select! {
                Some(settled) = under_way.finished() => match settled {
                    Ok(settled) => report.count(settled),
                    Err(error) => failure = Some(error),
                },
                () = sleep(LOOK_AGAIN) => {}
            }
        }
    }

    /// No more than can be started at once: a lease that waits in a queue is one that may end before its delivery.
    async fn claim(&self, under_way: &UnderWay) -> Result<Vec<OutboxRow>, OutboxError> {
        let limit = self.policy.concurrency.max(1).saturating_sub(under_way.len());
        if limit == 0 {
            return Ok(Vec::new());
        }
        let now = self.clock.now();
        let claim = Claim {
            prefix: self.prefix,
            now,
            lease_ends: now.plus(self.policy.lease()),
            limit,
            limit_per_destination: self.policy.concurrency_per_destination.max(1),
            under_way: under_way.per_destination(),
        };
        Ok(self.db.write(move |conn| outbox_store::claim_due(conn, &claim)).await?)
    }

    async fn deliver(self, row: OutboxRow) -> Result<Settled, OutboxError> {
        // An entry that ends every node that takes it must not come back for ever.
        if row.attempts > self.policy.max_attempts {
            tracing::warn!(tenant = %row.tenant_id, kind = row.kind, attempts = row.attempts, "outbox entry given up");
            return self.give_up(row).await;
        }
        let outcome = match self.outbox.open(&row) {
            Ok(entry) => self.attempt(&entry).await,
            Err(error) => Err(Undelivered::Retry(Box::new(error))),
        };
        match outcome {
            Ok(()) => {
                self.db.write(move |conn| outbox_store::remove(conn, &row.id)).await?;
                Ok(Settled::Sent)
            }
            Err(failure) => self.settle_failure(row, failure).await,
        }
    }

    async fn attempt(&self, entry: &OutboxEntry) -> Result<(), Undelivered> {
        match timeout(self.policy.deadline, self.handler.deliver(entry)).await {
            Ok(outcome) => outcome,
            Err(elapsed) => Err(Undelivered::Retry(Box::new(elapsed))),
        }
    }

    async fn settle_failure(&self, row: OutboxRow, failure: Undelivered) -> Result<Settled, OutboxError> {
        let now = self.clock.now();
        match &failure {
            Undelivered::Unknown => {
                log(&row, &failure, "postponed");
                let attempts = row.attempts.saturating_sub(1);
                self.postpone(row, now.plus(UNKNOWN_PAUSE), attempts).await
            }
            Undelivered::NotSetUp => {
                let attempts = row.attempts.saturating_sub(1);
                self.postpone(row, now.plus(NOT_SET_UP_PAUSE), attempts).await
            }
            Undelivered::Retry(_) if row.attempts < self.policy.max_attempts => {
                log(&row, &failure, "postponed");
                let (until, attempts) = (now.plus(self.policy.pause_after(row.attempts)), row.attempts);
                self.postpone(row, until, attempts).await
            }
            Undelivered::Retry(_) | Undelivered::Hopeless(_) => {
                log(&row, &failure, "given up");
                self.give_up(row).await
            }
        }
    }

    async fn postpone(&self, row: OutboxRow, until: UtcTime, attempts: i32) -> Result<Settled, OutboxError> {
        self.db.write(move |conn| outbox_store::postpone(conn, &row, until, attempts)).await?;
        Ok(Settled::Postponed)
    }

    async fn give_up(&self, row: OutboxRow) -> Result<Settled, OutboxError> {
        self.db.write(move |conn| outbox_store::give_up(conn, &row)).await?;
        Ok(Settled::Dropped)
    }
}

fn log(row: &OutboxRow, failure: &Undelivered, outcome: &'static str) {
    let reason: &dyn std::error::Error = failure;
    let (tenant, kind, attempts) = (&row.tenant_id, &row.kind, row.attempts);
    tracing::warn!(%tenant, kind, attempts, outcome, reason, "outbox entry not delivered");
}

/// The deliveries of one run that have not ended.
#[derive(Default)]
struct UnderWay {
    tasks: JoinSet<Result<Settled, OutboxError>>,
    destinations: HashMap<Id, String>,
}

impl UnderWay {
    fn start(&mut self, run: Run, row: OutboxRow) {
        let destination = row.destination.clone();
        let task = self.tasks.spawn(run.deliver(row));
        self.destinations.insert(task.id(), destination);
    }

    /// The next that ends; `None` when there is none. A handler that panics leaves its entry to the end of the lease.
    async fn finished(&mut self) -> Option<Result<Settled, OutboxError>> {
        Some(match self.tasks.join_next_with_id().await? {
            Ok((id, settled)) => {
                self.destinations.remove(&id);
                settled
            }
            Err(error) => {
                self.destinations.remove(&error.id());
                log_panic(&error);
                Ok(Settled::Postponed)
            }
        })
    }

    fn per_destination(&self) -> HashMap<String, usize> {
        let mut counts = HashMap::new();
        for destination in self.destinations.values().filter(|destination| !destination.is_empty()) {
            *counts.entry(destination.clone()).or_default() += 1;
        }
        counts
    }

    fn len(&self) -> usize {
        self.destinations.len()
    }

    fn is_empty(&self) -> bool {
        self.destinations.is_empty()
    }
}

fn log_panic(error: &JoinError) {
    tracing::error!(%error, "a handler of the outbox panicked; its entry is tried again");
}
