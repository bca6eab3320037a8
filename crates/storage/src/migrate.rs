//! Embedded migrations: two trees with the same directory names.

use diesel::migration::{Migration, MigrationSource, MigrationVersion};
use diesel::pg::Pg;
use diesel::sqlite::Sqlite;
use diesel::{PgConnection, RunQueryDsl, SqliteConnection};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use crate::{DbConnection, OpenError};

const POSTGRES: EmbeddedMigrations = embed_migrations!("../../migrations/postgres");
const SQLITE: EmbeddedMigrations = embed_migrations!("../../migrations/sqlite");

/// Nodes that start together must not migrate together; the number only has to be ours.
const ADVISORY_LOCK: i64 = 0x4c41_5443_484b_4559;

/// Whether start-up may change the schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Migrate {
    /// Run what is pending.
    Apply,
    /// Refuse to start while something is pending.
    Refuse,
}

/// What was run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MigrationReport {
    /// The versions run now, oldest first.
    pub applied: Vec<String>,
}

pub(crate) fn run(conn: &mut DbConnection, migrate: Migrate) -> Result<MigrationReport, OpenError> {
    match conn {
        DbConnection::Postgresql(conn) => {
            lock(conn, "SELECT pg_advisory_lock($1)")?;
            let outcome = run_on::<PgConnection, Pg>(conn, POSTGRES, migrate);
            lock(conn, "SELECT pg_advisory_unlock($1)")?;
            outcome
        }
        DbConnection::Sqlite(conn) => run_on::<SqliteConnection, Sqlite>(conn, SQLITE, migrate),
    }
}

fn lock(conn: &mut PgConnection, sql: &str) -> Result<(), OpenError> {
    diesel::sql_query(sql)
        .bind::<diesel::sql_types::BigInt, _>(ADVISORY_LOCK)
        .execute(conn)
        .map(|_| ())
        .map_err(|error| OpenError::MigrationFailed { reason: error.to_string() })
}

fn run_on<Conn, DB>(conn: &mut Conn, source: EmbeddedMigrations, migrate: Migrate) -> Result<MigrationReport, OpenError>
where
    DB: diesel::backend::Backend,
    Conn: MigrationHarness<DB>,
    EmbeddedMigrations: MigrationSource<DB>,
{
    let failed =
        |error: Box<dyn std::error::Error + Send + Sync>| OpenError::MigrationFailed { reason: error.to_string() };
    let known: Vec<Box<dyn Migration<DB>>> = source.migrations().map_err(failed)?;
    let known: Vec<MigrationVersion<'_>> = known.iter().map(|migration| migration.name().version()).collect();
    let applied = conn.applied_migrations().map_err(failed)?;
    // `applied_migrations` lists the newest first.
    if let Some(newest) = applied.iter().find(|version| !known.contains(version)) {
        return Err(OpenError::NewerThanBinary { newest: newest.to_string() });
    }
    let pending = known.len().saturating_sub(applied.len());
    if migrate == Migrate::Refuse && pending > 0 {
        return Err(OpenError::MigrationsPending { count: pending });
    }
    let applied = conn.run_pending_migrations(source).map_err(failed)?;
    Ok(MigrationReport { applied: applied.iter().map(ToString::to_string).collect() })
}
