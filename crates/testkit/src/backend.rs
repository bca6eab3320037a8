//! The two pairs of backends, and what a test needs of them.

use latchkey_storage::testing::{POSTGRES_VARIABLE, TestDb};

const REDIS_VARIABLE: &str = "LATCHKEY_TEST_REDIS_URL";

/// Which pair a test runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backend {
    /// SQLite and the in-process store.
    Embedded,
    /// PostgreSQL and Redis.
    Production,
}

impl Backend {
    /// A fresh, migrated database of this pair.
    #[must_use]
    pub fn database(self) -> TestDb {
        match self {
            Self::Embedded => TestDb::sqlite(),
            Self::Production => TestDb::postgres()
                .unwrap_or_else(|| panic!("{POSTGRES_VARIABLE} is not set: run `make test`, or `make services` first")),
        }
    }

    /// The Redis of this pair.
    #[must_use]
    pub fn redis_url(self) -> Option<String> {
        (self == Self::Production).then(|| {
            std::env::var(REDIS_VARIABLE)
                .unwrap_or_else(|_| panic!("{REDIS_VARIABLE} is not set: run `make test`, or `make services` first"))
        })
    }
}
