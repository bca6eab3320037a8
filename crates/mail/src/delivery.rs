//! The job that empties the outbox; any node may run it, several may at once.

use std::time::Duration;

use latchkey_core::Clock;
use latchkey_storage::Db;

use crate::outbox_store::{self, OutboxRow};
use crate::{MailError, Mailer, Outbox};

/// Rows leased at a time.
const BATCH: i64 = 20;
/// Longer than sending a batch to a slow server takes.
const LEASE: Duration = Duration::from_secs(20 * 60);
const FIRST_RETRY: Duration = Duration::from_secs(30);
const LAST_RETRY: Duration = Duration::from_secs(6 * 60 * 60);
/// With the back-off above: more than two days.
const MAX_ATTEMPTS: i32 = 20;

/// What one run did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DeliveryReport {
    /// Mails that were handed to the transport.
    pub sent: usize,
    /// Mails that failed and will be tried again.
    pub postponed: usize,
    /// Mails that were given up.
    pub dropped: usize,
}

/// Sends what is due until nothing is; a mail that fails is tried again later, with growing pauses.
///
/// # Errors
/// [`MailError::Db`]; that a mail could not be sent is logged and counted, not an error.
pub async fn deliver_due(
    db: &Db,
    mailer: &Mailer,
    outbox: &Outbox,
    clock: &Clock,
) -> Result<DeliveryReport, MailError> {
    let mut report = DeliveryReport::default();
    if !mailer.is_configured() {
        return Ok(report);
    }
    loop {
        let now = clock.now();
        let rows = db.write(move |conn| outbox_store::claim_due(conn, now, now.plus(LEASE), BATCH)).await?;
        if rows.is_empty() {
            return Ok(report);
        }
        for row in rows {
            match send(mailer, outbox, clock, &row).await {
                Ok(()) => {
                    report.sent += 1;
                    db.write(move |conn| outbox_store::remove(conn, &row.id)).await?;
                }
                Err(error) => settle_failure(db, clock, row, error, &mut report).await?,
            }
        }
    }
}

async fn send(mailer: &Mailer, outbox: &Outbox, clock: &Clock, row: &OutboxRow) -> Result<(), MailError> {
    let mail = outbox.open(row)?.render(&row.id, clock.now())?;
    mailer.send(&mail).await
}

async fn settle_failure(
    db: &Db,
    clock: &Clock,
    row: OutboxRow,
    error: MailError,
    report: &mut DeliveryReport,
) -> Result<(), MailError> {
    if row.attempts >= MAX_ATTEMPTS || is_hopeless(&error) {
        log(&row, &error, "given up");
        report.dropped += 1;
        db.write(move |conn| outbox_store::remove(conn, &row.id)).await?;
    } else {
        log(&row, &error, "postponed");
        report.postponed += 1;
        let until = clock.now().plus(pause_after(row.attempts));
        db.write(move |conn| outbox_store::postpone(conn, &row, until)).await?;
    }
    Ok(())
}

fn log(row: &OutboxRow, error: &MailError, outcome: &'static str) {
    let reason: &dyn std::error::Error = error;
    tracing::warn!(tenant = %row.tenant_id, kind = row.kind, attempts = row.attempts, outcome, reason, "mail not sent");
}

/// Whether trying again cannot help.
fn is_hopeless(error: &MailError) -> bool {
    match error {
        MailError::ControlCharacter { .. } | MailError::Address { .. } | MailError::Build(_) => true,
        MailError::Smtp(error) => error.is_permanent(),
        _ => false,
    }
}

fn pause_after(attempts: i32) -> Duration {
    let doublings = u32::try_from(attempts.saturating_sub(1)).unwrap_or(0).min(16);
    FIRST_RETRY.saturating_mul(1 << doublings).min(LAST_RETRY)
}
