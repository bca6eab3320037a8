//! Why the database could not be opened, and why a statement failed.

/// Why start-up cannot use the database; each is one line for the operator.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Neither `sqlite://` nor `postgres://`.
    #[error("LATCHKEY_DATABASE_URL must be sqlite:///path/to/file or postgres://user@host/database")]
    UnsupportedUrl,
    /// The file's directory is not there; nothing was created.
    #[error(
        "the directory {directory} of the SQLite database does not exist; create it or correct LATCHKEY_DATABASE_URL"
    )]
    DirectoryMissing {
        /// The directory that was looked for.
        directory: String,
    },
    /// The server refused, or is not there.
    #[error("cannot open the database {database}: {reason}")]
    Unreachable {
        /// Where, without credentials.
        database: String,
        /// The driver's first line.
        reason: String,
    },
    /// A newer release has migrated this database.
    #[error(
        "the database was migrated by a newer Latchkey (it has {newest}, which this binary does not know); run that release or a later one"
    )]
    NewerThanBinary {
        /// The newest migration found.
        newest: String,
    },
    /// `--no-migrate` and there is work to do.
    #[error("the database lacks {count} migration(s); run `latchkey migrate` or start without --no-migrate")]
    MigrationsPending {
        /// How many.
        count: usize,
    },
    /// A migration failed; each migration is one transaction, so none is half done.
    #[error("migration failed: {reason}")]
    MigrationFailed {
        /// The driver's words.
        reason: String,
    },
}

/// Why a read or a write failed.
#[derive(Debug, thiserror::Error)]
pub enum DbError {
    /// No connection to be had: the database is away, stalled, or the pool is exhausted. Worth a retry.
    #[error("the database is unavailable")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The statement itself failed.
    #[error("the database refused a statement")]
    Query(#[from] diesel::result::Error),
    /// The blocking task was cancelled by a shutdown.
    #[error("the database task was cancelled")]
    Cancelled,
}

impl DbError {
    /// Whether the caller should be told to come back later (503) rather than that we erred (500).
    #[must_use]
    pub fn is_unavailable(&self) -> bool {
        use diesel::result::{DatabaseErrorKind as Kind, Error};
        match self {
            Self::Unavailable(_) | Self::Cancelled => true,
            Self::Query(Error::DatabaseError(kind, info)) => {
                matches!(kind, Kind::ClosedConnection | Kind::SerializationFailure | Kind::ReadOnlyTransaction)
                    || connection_was_lost(info.message())
            }
            Self::Query(Error::BrokenTransactionManager) => true,
            Self::Query(_) => false,
        }
    }
}

// libpq reports a lost server as text without an SQLSTATE.
fn connection_was_lost(message: &str) -> bool {
    [
        "server closed the connection",
        "terminating connection",
        "connection to server",
        "no connection to the server",
        "could not receive data from server",
        "could not send data to server",
        "SSL SYSCALL error",
        "database is locked",
    ]
    .iter()
    .any(|part| message.contains(part))
}
