//! Databases for store tests: fresh, migrated, on each backend, gone when the test ends.
//!
//! SQLite always; PostgreSQL too when `LATCHKEY_TEST_POSTGRES_URL` names a server on which databases may be made.
//! There every test copies one migrated template, so that it does not wait for the migrations.

#![expect(clippy::expect_used, clippy::panic, reason = "a test that has no database must stop at once and say why")]

use std::path::Path;

use diesel::connection::SimpleConnection;
use diesel::sql_types::{BigInt, Bool, Text};
use diesel::{QueryableByName, RunQueryDsl};
use latchkey_core::{Rng, TokenHash};
use tempfile::TempDir;

use crate::{DatabaseUrl, Db, DbConnection, Migrate, migrate};

/// Names the PostgreSQL server for tests.
pub const POSTGRES_VARIABLE: &str = "LATCHKEY_TEST_POSTGRES_URL";

const POOL_SIZE: u32 = 8;
/// Tests that start together must not make the template together; the number only has to be ours.
const TEMPLATE_LOCK: i64 = 0x4c41_5443_4854_5354;

/// A fresh, migrated database; it is dropped with this value.
pub struct TestDb {
    db: Db,
    backend: &'static str,
    cleanup: Cleanup,
}

enum Cleanup {
    Directory { _directory: TempDir },
    Database { admin: String, name: String },
}

/// One fresh database on each backend that this run has.
#[must_use]
pub fn databases() -> Vec<TestDb> {
    std::iter::once(TestDb::sqlite()).chain(TestDb::postgres()).collect()
}

/// The PostgreSQL server for tests, when there is one.
#[must_use]
pub fn postgres_admin_url() -> Option<String> {
    std::env::var(POSTGRES_VARIABLE).ok().filter(|url| !url.is_empty())
}

impl TestDb {
    /// A SQLite file in a directory of its own.
    #[must_use]
    pub fn sqlite() -> Self {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let url = DatabaseUrl::Sqlite(directory.path().join("latchkey.db"));
        let db = open(&url);
        Self { db, backend: "sqlite", cleanup: Cleanup::Directory { _directory: directory } }
    }

    /// A PostgreSQL database of a random name; `None` when the run has no server.
    #[must_use]
    pub fn postgres() -> Option<Self> {
        let admin = postgres_admin_url()?;
        let template = template(&admin);
        let name = random_name();
        let mut conn = connect(&admin);
        conn.batch_execute(&format!("CREATE DATABASE {name} TEMPLATE {template}")).expect("a database of the template");
        let url = DatabaseUrl::Postgres(with_database(&admin, &name));
        Some(Self { db: open(&url), backend: "postgresql", cleanup: Cleanup::Database { admin, name } })
    }

    /// The database.
    #[must_use]
    pub fn db(&self) -> &Db {
        &self.db
    }

    /// Where it is, as `LATCHKEY_DATABASE_URL` would say it.
    #[must_use]
    pub fn url(&self) -> String {
        match self.db.url() {
            DatabaseUrl::Sqlite(path) => format!("sqlite://{}", path.display()),
            DatabaseUrl::Postgres(url) => url.clone(),
        }
    }

    /// Takes the database away while it is in use.
    ///
    /// # Panics
    /// On SQLite, whose open file stays usable when it is deleted.
    pub fn destroy(&self) {
        let Cleanup::Database { admin, name } = &self.cleanup else {
            panic!("only a database on a server can go away")
        };
        connect(admin).batch_execute(&format!("DROP DATABASE {name} WITH (FORCE)")).expect("the database is dropped");
    }

    /// `sqlite` or `postgresql`, for the message of an assertion.
    #[must_use]
    pub fn backend(&self) -> &'static str {
        self.backend
    }
}

impl Drop for Cleanup {
    fn drop(&mut self) {
        let Self::Database { admin, name } = self else { return };
        // FORCE: a clone of the pool may outlive the test. The server is thrown away after the run, so a failure is no news.
        if let Ok(mut conn) = DbConnection::open(&DatabaseUrl::Postgres(admin.clone())) {
            let _ = conn.batch_execute(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"));
        }
    }
}

/// An empty PostgreSQL database without any table, for tests of the migrations; `None` when the run has no server.
#[must_use]
pub fn empty_postgres() -> Option<EmptyDatabase> {
    let admin = postgres_admin_url()?;
    let name = random_name();
    connect(&admin).batch_execute(&format!("CREATE DATABASE {name} TEMPLATE template0")).expect("an empty database");
    let url = with_database(&admin, &name);
    Some(EmptyDatabase { url: DatabaseUrl::Postgres(url), _cleanup: Cleanup::Database { admin, name } })
}

/// A PostgreSQL database without any table; it is dropped with this value.
pub struct EmptyDatabase {
    url: DatabaseUrl,
    _cleanup: Cleanup,
}

impl EmptyDatabase {
    /// Where it is.
    #[must_use]
    pub fn url(&self) -> &DatabaseUrl {
        &self.url
    }
}

fn open(url: &DatabaseUrl) -> Db {
    match Db::open(url, POOL_SIZE, Migrate::Apply) {
        Ok((db, _)) => db,
        Err(error) => panic!("{error}"),
    }
}

fn connect(url: &str) -> DbConnection {
    match DbConnection::open(&DatabaseUrl::Postgres(url.to_owned())) {
        Ok(conn) => conn,
        Err(error) => panic!("cannot use the server of {POSTGRES_VARIABLE}: {error}"),
    }
}

/// The name of the migrated template, made once for each state of the migrations.
fn template(admin: &str) -> String {
    let name = format!("latchkey_template_{}", migrations_digest());
    let mut conn = connect(admin);
    lock(&mut conn, "SELECT pg_advisory_lock($1)");
    if !exists(&mut conn, &name) {
        let draft = random_name();
        conn.batch_execute(&format!("CREATE DATABASE {draft} TEMPLATE template0"))
            .expect("a database for the template");
        let mut inside = connect(&with_database(admin, &draft));
        migrate::run(&mut inside, Migrate::Apply).expect("the template can be migrated");
        drop(inside);
        // The name appears only when the migrations are done, so a run that is killed leaves no half template.
        conn.batch_execute(&format!("ALTER DATABASE {draft} RENAME TO {name}")).expect("the template can be named");
    }
    lock(&mut conn, "SELECT pg_advisory_unlock($1)");
    name
}

fn lock(conn: &mut DbConnection, sql: &str) {
    let DbConnection::Postgresql(conn) = conn else { return };
    diesel::sql_query(sql).bind::<BigInt, _>(TEMPLATE_LOCK).execute(conn).expect("an advisory lock");
}

#[derive(QueryableByName)]
struct Exists {
    #[diesel(sql_type = Bool)]
    found: bool,
}

fn exists(conn: &mut DbConnection, database: &str) -> bool {
    let DbConnection::Postgresql(conn) = conn else { return false };
    diesel::sql_query("SELECT EXISTS (SELECT 1 FROM pg_database WHERE datname = $1) AS found")
        .bind::<Text, _>(database)
        .get_result::<Exists>(conn)
        .expect("the list of databases")
        .found
}

/// Of names and contents: while a migration is being written, its text changes under the same name.
fn migrations_digest() -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../migrations/postgres");
    let mut directories: Vec<_> = std::fs::read_dir(&root)
        .expect("the folder of the migrations")
        .map(|entry| entry.expect("a migration").path())
        .collect();
    directories.sort();
    let mut text = String::new();
    for directory in directories {
        text.push_str(&directory.file_name().unwrap_or_default().to_string_lossy());
        text.push_str(&std::fs::read_to_string(directory.join("up.sql")).expect("a migration has up.sql"));
    }
    let digest = TokenHash::of(&text);
    digest.as_str().chars().filter(char::is_ascii_alphanumeric).take(16).collect::<String>().to_lowercase()
}

fn random_name() -> String {
    let bytes = Rng::system().bytes::<8>();
    bytes.iter().fold("latchkey_test_".to_owned(), |name, byte| name + &format!("{byte:02x}"))
}

fn with_database(admin: &str, name: &str) -> String {
    let mut url = url::Url::parse(admin).expect("a URL in LATCHKEY_TEST_POSTGRES_URL");
    url.set_path(name);
    url.to_string()
}
