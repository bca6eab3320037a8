//! The pool, and the two ways through it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use diesel::QueryResult;
use diesel::connection::{AnsiTransactionManager, TransactionManager};
use diesel::r2d2::{ManageConnection, Pool, PooledConnection, R2D2Connection};
use diesel::result::{DatabaseErrorKind, Error};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::migrate::{self, Migrate, MigrationReport};
use crate::{DatabaseUrl, DbConnection, DbError, OpenError};

/// How long a query waits for its turn, and then for a connection.
const CHECKOUT_TIMEOUT: Duration = Duration::from_secs(3);
const MAX_ATTEMPTS: u32 = 5;
/// Readers beside the one writer: more would only add page caches.
const SQLITE_POOL_SIZE: u32 = 4;

/// The durable store. Clones share one pool.
#[derive(Clone)]
pub struct Db {
    pool: Pool<Manager>,
    url: DatabaseUrl,
    generation: Arc<AtomicU64>,
    /// One for each connection: who has none waits without a thread. A database that stalls would otherwise fill the
    /// blocking pool, and nobody could sign in even where no query is needed: passwords are hashed there too.
    turns: Arc<Semaphore>,
    /// SQLite admits one writer; queueing here is fair, SQLite's own busy handler is not.
    writer: Option<Arc<Semaphore>>,
}

impl Db {
    /// Opens the database and brings its schema up to date, or says in one line why not.
    ///
    /// `pool_size` counts PostgreSQL connections; SQLite needs no more than a few. Blocks.
    ///
    /// # Errors
    /// When the database is not there, refuses, is newer than this binary, or must not be migrated but needs it.
    pub fn open(url: &DatabaseUrl, pool_size: u32, migrate: Migrate) -> Result<(Self, MigrationReport), OpenError> {
        if let Some(path) = url.sqlite_path()
            && let Some(directory) = path.parent().filter(|dir| !dir.as_os_str().is_empty())
            && !directory.is_dir()
        {
            return Err(OpenError::DirectoryMissing { directory: directory.display().to_string() });
        }
        let mut first = DbConnection::open(url).map_err(|error| OpenError::Unreachable {
            database: url.redacted(),
            reason: first_line(&error.to_string()),
        })?;
        let report = migrate::run(&mut first, migrate)?;
        drop(first);

        let sqlite = matches!(url, DatabaseUrl::Sqlite(_));
        let pool_size = if sqlite { SQLITE_POOL_SIZE } else { pool_size };
        let generation = Arc::new(AtomicU64::new(0));
        let manager = Manager { url: url.clone(), generation: Arc::clone(&generation) };
        let pool = Pool::builder()
            .max_size(pool_size)
            .min_idle(Some(1))
            .test_on_check_out(true)
            .connection_timeout(CHECKOUT_TIMEOUT)
            .build_unchecked(manager);
        let writer = sqlite.then(|| Arc::new(Semaphore::new(1)));
        let turns = Arc::new(Semaphore::new(usize::try_from(pool_size).unwrap_or(Semaphore::MAX_PERMITS)));
        Ok((Self { pool, url: url.clone(), generation, turns, writer }, report))
    }

    /// Where the data is, without credentials.
    #[must_use]
    pub fn url(&self) -> &DatabaseUrl {
        &self.url
    }

    /// Connections open and idle, for the metrics.
    #[must_use]
    pub fn pool_state(&self) -> (u32, u32) {
        let state = self.pool.state();
        (state.connections, state.idle_connections)
    }

    /// Runs a query, or several, outside a transaction on the blocking pool.
    ///
    /// The closure may run again when the connection turns out to be dead.
    ///
    /// # Errors
    /// [`DbError::Unavailable`] when no connection can be had, [`DbError::Query`] when a statement fails.
    pub async fn read<T, F>(&self, mut work: F) -> Result<T, DbError>
    where
        T: Send + 'static,
        F: FnMut(&mut DbConnection) -> QueryResult<T> + Send + 'static,
    {
        let (this, turn) = (self.clone(), self.turn().await?);
        run_blocking(move || {
            let _turn = turn;
            this.attempt(|conn| Ok(work(conn)?))
        })
        .await
    }

    /// Runs the closure in one transaction: it commits when the closure returns `Ok`.
    ///
    /// A refusal that must be remembered (a replayed code) is therefore an `Ok` value. The closure may run
    /// again after a serialization failure or a deadlock, so it must have no effect but its statements.
    ///
    /// # Errors
    /// [`DbError::Unavailable`] when no connection can be had, [`DbError::Query`] when a statement fails.
    pub async fn write<T, F>(&self, mut work: F) -> Result<T, DbError>
    where
        T: Send + 'static,
        F: FnMut(&mut DbConnection) -> QueryResult<T> + Send + 'static,
    {
        let sole_writer = match &self.writer {
            Some(writer) => Some(Arc::clone(writer).acquire_owned().await.map_err(|_| DbError::Cancelled)?),
            None => None,
        };
        let (this, turn) = (self.clone(), self.turn().await?);
        run_blocking(move || {
            let _held = (sole_writer, turn);
            this.attempt(|conn| transaction(conn, &mut work))
        })
        .await
    }

    /// [`Db::write`] for the command line, where there is no runtime to keep free.
    ///
    /// # Errors
    /// As [`Db::write`].
    pub fn write_blocking<T>(&self, mut work: impl FnMut(&mut DbConnection) -> QueryResult<T>) -> Result<T, DbError> {
        self.attempt(|conn| transaction(conn, &mut work))
    }

    /// [`Db::read`] for the command line.
    ///
    /// # Errors
    /// As [`Db::read`].
    pub fn read_blocking<T>(&self, mut work: impl FnMut(&mut DbConnection) -> QueryResult<T>) -> Result<T, DbError> {
        self.attempt(|conn| Ok(work(conn)?))
    }

    /// Whether the database answers now; for `/health/ready`.
    ///
    /// # Errors
    /// As [`Db::read`].
    pub async fn ping(&self) -> Result<(), DbError> {
        self.read(|conn| diesel::connection::SimpleConnection::batch_execute(conn, "SELECT 1")).await
    }

    /// Leave to use one of the connections; to be held until the query is over, even when its caller went away.
    async fn turn(&self) -> Result<OwnedSemaphorePermit, DbError> {
        let turn = tokio::time::timeout(CHECKOUT_TIMEOUT, Arc::clone(&self.turns).acquire_owned()).await;
        turn.map_err(|elapsed| DbError::Unavailable(Box::new(elapsed)))?.map_err(|_| DbError::Cancelled)
    }

    fn attempt<T>(&self, mut work: impl FnMut(&mut DbConnection) -> Result<T, Failure>) -> Result<T, DbError> {
        let mut attempts = 0;
        loop {
            attempts += 1;
            let mut conn = self.checkout()?;
            let failure = match work(&mut conn.inner) {
                Ok(value) => return Ok(value),
                Err(failure) => failure,
            };
            let conflict = is_conflict(&failure.error);
            let error = DbError::Query(failure.error);
            if !conflict && !error.is_unavailable() {
                return Err(error);
            }
            if !conflict {
                // The server went away: every connection opened before now is suspect.
                conn.broken = true;
                self.generation.fetch_add(1, Ordering::SeqCst);
            }
            if failure.outcome_unknown || attempts >= MAX_ATTEMPTS {
                return Err(error);
            }
        }
    }

    fn checkout(&self) -> Result<PooledConnection<Manager>, DbError> {
        self.pool.get().map_err(|error| DbError::Unavailable(Box::new(error)))
    }
}

async fn run_blocking<T, F>(work: F) -> Result<T, DbError>
where
    T: Send + 'static,
    F: FnOnce() -> Result<T, DbError> + Send + 'static,
{
    let span = tracing::Span::current();
    let task = tokio::task::spawn_blocking(move || span.in_scope(work));
    match task.await {
        Ok(outcome) => outcome,
        Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
        Err(_) => Err(DbError::Cancelled),
    }
}

/// A failed attempt; `outcome_unknown` when the connection was lost while committing, so that the
/// work may have been done and must not be done again.
struct Failure {
    error: Error,
    outcome_unknown: bool,
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self { error, outcome_unknown: false }
    }
}

fn transaction<T>(
    conn: &mut DbConnection,
    work: &mut impl FnMut(&mut DbConnection) -> QueryResult<T>,
) -> Result<T, Failure> {
    begin(conn)?;
    match work(conn) {
        Ok(value) => match commit(conn) {
            Ok(()) => Ok(value),
            Err(error) => Err(Failure { outcome_unknown: !is_conflict(&error), error }),
        },
        Err(error) => {
            // What made the work fail is the news; a failed rollback only means the connection is gone.
            if let Err(rollback_error) = rollback(conn) {
                tracing::debug!(%rollback_error, "rollback failed");
            }
            Err(error.into())
        }
    }
}

// IMMEDIATE takes the write lock at once: a plain BEGIN that reads first fails with
// "database is locked" when another writer came in between.
fn begin(conn: &mut DbConnection) -> QueryResult<()> {
    match conn {
        DbConnection::Postgresql(conn) => AnsiTransactionManager::begin_transaction(conn),
        DbConnection::Sqlite(conn) => AnsiTransactionManager::begin_transaction_sql(conn, "BEGIN IMMEDIATE"),
    }
}

fn commit(conn: &mut DbConnection) -> QueryResult<()> {
    match conn {
        DbConnection::Postgresql(conn) => AnsiTransactionManager::commit_transaction(conn),
        DbConnection::Sqlite(conn) => AnsiTransactionManager::commit_transaction(conn),
    }
}

fn rollback(conn: &mut DbConnection) -> QueryResult<()> {
    match conn {
        DbConnection::Postgresql(conn) => AnsiTransactionManager::rollback_transaction(conn),
        DbConnection::Sqlite(conn) => AnsiTransactionManager::rollback_transaction(conn),
    }
}

fn is_conflict(error: &Error) -> bool {
    match error {
        Error::DatabaseError(DatabaseErrorKind::SerializationFailure, _) => true,
        // 40P01 has no kind of its own in diesel.
        Error::DatabaseError(_, info) => info.message().contains("deadlock detected"),
        _ => false,
    }
}

/// The first line of a driver's message: the rest repeats the connection string or gives hints.
fn first_line(message: &str) -> String {
    message.lines().next().unwrap_or_default().trim().to_owned()
}

struct Manager {
    url: DatabaseUrl,
    generation: Arc<AtomicU64>,
}

struct Pooled {
    inner: DbConnection,
    generation: u64,
    broken: bool,
}

impl ManageConnection for Manager {
    type Connection = Pooled;
    type Error = diesel::r2d2::Error;

    fn connect(&self) -> Result<Pooled, Self::Error> {
        let generation = self.generation.load(Ordering::SeqCst);
        let inner = DbConnection::open(&self.url).map_err(diesel::r2d2::Error::ConnectionError)?;
        Ok(Pooled { inner, generation, broken: false })
    }

    /// No round trip: a connection is good until one of its age has been seen to be dead.
    fn is_valid(&self, conn: &mut Pooled) -> Result<(), Self::Error> {
        if conn.generation == self.generation.load(Ordering::SeqCst) {
            Ok(())
        } else {
            Err(diesel::r2d2::Error::QueryError(Error::BrokenTransactionManager))
        }
    }

    fn has_broken(&self, conn: &mut Pooled) -> bool {
        conn.broken || std::thread::panicking() || conn.inner.is_broken()
    }
}
