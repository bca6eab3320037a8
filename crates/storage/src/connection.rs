//! One connection type over both databases.

use diesel::connection::SimpleConnection;
use diesel::serialize::{self, IsNull, Output, ToSql};
use diesel::sql_types::{Text, Timestamp};
use diesel::{Connection, ConnectionResult, PgConnection, SqliteConnection};
use latchkey_core::UtcTime;
use serde::Serialize;

use crate::{DatabaseUrl, Json};

/// A connection to either database; queries are written once against it.
#[derive(diesel::MultiConnection)]
pub enum DbConnection {
    /// PostgreSQL 14 or later.
    Postgresql(PgConnection),
    /// SQLite, bundled.
    Sqlite(SqliteConnection),
}

impl DbConnection {
    /// Opens a connection and sets what every connection of that kind needs.
    pub(crate) fn open(url: &DatabaseUrl) -> ConnectionResult<Self> {
        match url {
            DatabaseUrl::Sqlite(path) => {
                let mut conn = SqliteConnection::establish(&path.to_string_lossy())?;
                // FULL: an acknowledged commit survives a power cut. The busy timeout only covers other
                // processes (the command line beside the server): within this one, one writer at a time is admitted.
                conn.batch_execute(
                    "PRAGMA busy_timeout = 10000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; \
                     PRAGMA foreign_keys = ON; PRAGMA cache_size = -2000; PRAGMA temp_store = MEMORY;",
                )
                .map_err(diesel::ConnectionError::CouldntSetupConfiguration)?;
                Ok(Self::Sqlite(conn))
            }
            DatabaseUrl::Postgres(url) => {
                let mut conn = PgConnection::establish(&DatabaseUrl::with_client_timeouts(url))?;
                conn.batch_execute("SET TIME ZONE 'UTC'; SET statement_timeout = '15s'; SET idle_in_transaction_session_timeout = '30s'")
                    .map_err(diesel::ConnectionError::CouldntSetupConfiguration)?;
                Ok(Self::Postgresql(conn))
            }
        }
    }
}

// The two types that write themselves differently on each database need to be told how on the enum of both:
// the value is kept as it is until the connection is known.
impl ToSql<Timestamp, MultiBackend> for UtcTime {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, MultiBackend>) -> serialize::Result {
        out.set_value((Timestamp, self));
        Ok(IsNull::No)
    }
}

impl<T: Serialize + std::fmt::Debug + Send + Sync + 'static> ToSql<Text, MultiBackend> for Json<T> {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, MultiBackend>) -> serialize::Result {
        out.set_value((Text, self));
        Ok(IsNull::No)
    }
}
