//! Background jobs: each failure is logged and tried again, and none stops the server.

use std::future::Future;
use std::time::Duration;

use latchkey_audit::event_store;
use latchkey_auth::{invitation_store, known_origin_store, one_time_link_store, second_factor, session_store};
use latchkey_core::UtcTime;
use latchkey_storage::{DbConnection, DbError};
use latchkey_tenants::registration_store;
use tokio::task::JoinHandle;

use crate::Services;

const TOUCHES: Duration = Duration::from_secs(15);
/// Between two looks for what is due: a client learns that late of a sign-out.
const OUTBOX: Duration = Duration::from_secs(2);
const UNKNOWN_KINDS: Duration = Duration::from_secs(60);
/// A new key signs that much later than planned at most.
const KEYS: Duration = Duration::from_secs(30);
const CLEANUP: Duration = Duration::from_secs(5 * 60);
/// An account is gone that much later than its user was told at most.
const ACCOUNTS: Duration = Duration::from_secs(60);
/// A database of places that was replaced counts that much later at most.
const PLACES: Duration = Duration::from_secs(60);
/// Accounts of one run; what is left waits for the next.
const ACCOUNT_BATCH: i64 = 100;
/// Rows of each kind in one transaction, so that no lock is held for long.
const BATCH: i64 = 500;
/// Batches of one run; what is left waits for the next.
const MAX_BATCHES: usize = 50;
/// Ended sessions and spent invitations stay visible that long.
const KEEP: Duration = Duration::from_secs(24 * 60 * 60);

/// Security events stay that long.
const KEEP_EVENTS: Duration = Duration::from_secs(400 * 24 * 60 * 60);

/// The jobs of one server.
pub struct Jobs(Vec<JoinHandle<()>>);

impl Jobs {
    /// Starts every job on this runtime.
    #[must_use]
    pub fn start(services: &Services) -> Self {
        let mut jobs = vec![
            repeat("flush session touches", TOUCHES, services, flush_touches),
            repeat("look for unknown kinds in the outbox", UNKNOWN_KINDS, services, warn_of_unknown_kinds),
            repeat("delete expired rows", CLEANUP, services, delete_expired),
            repeat("promote and retire signing keys", KEYS, services, turn_keys_over),
            repeat("delete accounts whose users wish it", ACCOUNTS, services, delete_due_accounts),
            repeat("look for another database of places", PLACES, services, refresh_places),
        ];
        // A job each: a kind whose receivers are slow must not hold up the others.
        for prefix in services.dispatcher.prefixes() {
            let deliver = move |services: Services| deliver(services, prefix);
            jobs.push(repeat("deliver what waits in the outbox", OUTBOX, services, deliver));
        }
        Self(jobs)
    }

    /// Stops every job; what one was doing in a transaction is done or not done.
    pub fn stop(&self) {
        self.0.iter().for_each(JoinHandle::abort);
    }
}

impl Drop for Jobs {
    fn drop(&mut self) {
        self.stop();
    }
}

fn repeat<F, Fut>(name: &'static str, every: Duration, services: &Services, job: F) -> JoinHandle<()>
where
    F: Fn(Services) -> Fut + Send + 'static,
    Fut: Future<Output = anyhow::Result<()>> + Send + 'static,
{
    let services = services.clone();
    tokio::spawn(async move {
        loop {
            // Nodes that started together must not all come at once.
            tokio::time::sleep(every.mul_f64(jitter(&services))).await;
            // A task of its own: a panic ends this run and not the job.
            match tokio::spawn(job(services.clone())).await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => {
                    tracing::warn!(job = name, error = format!("{error:#}"), "a job failed; it is tried again")
                }
                Err(error) if error.is_cancelled() => return,
                Err(error) => tracing::error!(job = name, %error, "a job panicked; it is tried again"),
            }
        }
    })
}

/// 0.9 to 1.1.
fn jitter(services: &Services) -> f64 {
    let [byte] = services.rng.bytes::<1>();
    0.9 + f64::from(byte) / 255.0 * 0.2
}

async fn flush_touches(services: Services) -> anyhow::Result<()> {
    Ok(services.sign_in.flush_touches().await?)
}

async fn deliver(services: Services, prefix: &'static str) -> anyhow::Result<()> {
    services.dispatcher.deliver_due_of(prefix).await?;
    Ok(())
}

async fn warn_of_unknown_kinds(services: Services) -> anyhow::Result<()> {
    services.dispatcher.warn_of_unknown_kinds().await?;
    Ok(())
}

async fn turn_keys_over(services: Services) -> anyhow::Result<()> {
    let (keys, now) = (services.tokens.keys(), services.clock.now());
    let promoted = keys.promote_due(now).await?;
    if promoted > 0 {
        tracing::info!(promoted, "announced signing keys sign from now on");
    }
    let destroyed = keys.retire_expired(now).await?;
    if destroyed > 0 {
        tracing::info!(destroyed, "private keys were destroyed");
    }
    Ok(())
}

async fn refresh_places(services: Services) -> anyhow::Result<()> {
    let places = services.sign_in.places().clone();
    // It may be some 100 MB.
    if tokio::task::spawn_blocking(move || places.refresh()).await?? {
        tracing::info!("another database of places is in use");
    }
    Ok(())
}

async fn delete_due_accounts(services: Services) -> anyhow::Result<()> {
    let deleted = services.sign_in.delete_due_accounts(ACCOUNT_BATCH).await?;
    if deleted > 0 {
        tracing::info!(deleted, "accounts were deleted by the wish of their users");
    }
    Ok(())
}

async fn delete_expired(services: Services) -> anyhow::Result<()> {
    let now = services.clock.now();
    let mut total = 0;
    for kind in [
        delete_tokens,
        delete_sessions,
        delete_invitations,
        delete_links,
        delete_devices,
        delete_document_clients,
        delete_initial_access_tokens,
        delete_events,
        delete_known_origins,
    ] {
        total += delete_in_batches(&services, now, kind).await?;
    }
    for _ in 0..MAX_BATCHES {
        let deleted = services.oidc.registrations.delete_unused(now, BATCH).await?;
        total += deleted;
        if deleted == 0 {
            break;
        }
    }
    if total > 0 {
        tracing::info!(rows = total, "expired rows were deleted");
    }
    Ok(())
}

type Deletion = fn(&mut DbConnection, UtcTime) -> diesel::QueryResult<usize>;

async fn delete_in_batches(services: &Services, now: UtcTime, delete: Deletion) -> Result<usize, DbError> {
    let mut total = 0;
    for _ in 0..MAX_BATCHES {
        let deleted = services.db.write(move |conn| delete(conn, now)).await?;
        total += deleted;
        if deleted == 0 {
            break;
        }
    }
    Ok(total)
}

fn delete_tokens(conn: &mut DbConnection, now: UtcTime) -> diesel::QueryResult<usize> {
    latchkey_tokens::delete_expired(conn, now, BATCH)
}

fn delete_sessions(conn: &mut DbConnection, now: UtcTime) -> diesel::QueryResult<usize> {
    session_store::delete_expired(conn, now.minus(KEEP), BATCH)
}

/// Copies of documents serve for a day after they were fresh, should their server be away.
fn delete_document_clients(conn: &mut DbConnection, now: UtcTime) -> diesel::QueryResult<usize> {
    registration_store::delete_unused_document_clients(conn, now.minus(2 * KEEP), BATCH)
}

fn delete_initial_access_tokens(conn: &mut DbConnection, now: UtcTime) -> diesel::QueryResult<usize> {
    registration_store::delete_expired_initial_access_tokens(conn, now.minus(KEEP), BATCH)
}

fn delete_invitations(conn: &mut DbConnection, now: UtcTime) -> diesel::QueryResult<usize> {
    invitation_store::delete_expired(conn, now.minus(KEEP), BATCH)
}

fn delete_links(conn: &mut DbConnection, now: UtcTime) -> diesel::QueryResult<usize> {
    one_time_link_store::delete_expired(conn, now.minus(KEEP), BATCH)
}

fn delete_devices(conn: &mut DbConnection, now: UtcTime) -> diesel::QueryResult<usize> {
    second_factor::delete_expired(conn, now, BATCH)
}

fn delete_known_origins(conn: &mut DbConnection, now: UtcTime) -> diesel::QueryResult<usize> {
    known_origin_store::delete_unused(conn, now.minus(KEEP_EVENTS), BATCH)
}

fn delete_events(conn: &mut DbConnection, now: UtcTime) -> diesel::QueryResult<usize> {
    event_store::prune(conn, now.minus(KEEP_EVENTS), BATCH)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Injected;
    use latchkey_config::{Config, Sources};
    use latchkey_core::{Clock, FrozenClock, Rng};
    use latchkey_mail::Mailer;
    use latchkey_storage::Migrate;
    use latchkey_tokens::KeyPool;

    #[actix_web::test]
    async fn every_job_runs_on_an_empty_installation() {
        let dir = tempfile::TempDir::new().unwrap();
        let environment = [
            ("LATCHKEY_DATA_DIR".to_owned(), dir.path().join("data").display().to_string()),
            ("LATCHKEY_PASSWORD_MEMORY_KIB".to_owned(), "64".to_owned()),
        ];
        let config = Config::load(&Sources::new(None, environment)).unwrap();
        let injected = Injected {
            clock: Clock::Frozen(FrozenClock::at(UtcTime::from_unix_seconds(1_800_000_000))),
            rng: Rng::seeded(1),
            mailer: Some(Mailer::memory("Latchkey <no-reply@localhost>").unwrap()),
            messages: None,
            key_pool: KeyPool::shared(),
        };
        let services = Services::open(&config, injected, Migrate::Apply).await.unwrap();
        crate::bootstrap::first_admin(&services, &config.bootstrap).await.unwrap();
        flush_touches(services.clone()).await.unwrap();
        for prefix in services.dispatcher.prefixes() {
            deliver(services.clone(), prefix).await.unwrap();
        }
        warn_of_unknown_kinds(services.clone()).await.unwrap();
        turn_keys_over(services.clone()).await.unwrap();
        delete_due_accounts(services.clone()).await.unwrap();
        delete_expired(services.clone()).await.unwrap();

        let Clock::Frozen(clock) = &services.clock else { panic!("the clock is frozen") };
        clock.advance(Duration::from_secs(60 * 24 * 60 * 60));
        let now = services.clock.now();
        let deleted = delete_in_batches(&services, now, delete_invitations).await.unwrap();
        assert_eq!(deleted, 1, "the administrator's invitation is over");
        assert!((0.9..=1.1).contains(&jitter(&services)));
    }
}
