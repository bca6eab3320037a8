//! Section `storage`: the data directory, the database and Redis.

use std::path::PathBuf;

use latchkey_core::Secret;

use crate::{
    key::{Default, Key},
    keys::MASTER_KEY,
    reader::{Reader, at_least_one, from_str},
};

const DATA_DIR: Key = Key::open(
    "data_dir",
    "LATCHKEY_DATA_DIR",
    Default::Text("./data"),
    "Directory of the SQLite database and of what is generated on first start.",
);
const DATABASE_URL: Key = Key::secret(
    "database_url",
    "LATCHKEY_DATABASE_URL",
    Default::Computed("sqlite://{data_dir}/latchkey.db"),
    "`sqlite:///path/to/file` (one node) or `postgres://user:password@host/database` (production).",
);
const DATABASE_POOL_SIZE: Key = Key::open(
    "database_pool_size",
    "LATCHKEY_DATABASE_POOL_SIZE",
    Default::Text("10"),
    "Most database connections this node opens.",
);
const REDIS_URL: Key = Key::secret(
    "redis_url",
    "LATCHKEY_REDIS_URL",
    Default::Computed("none: the short-lived store is in process"),
    "`redis://host:6379/0` or `redis+cluster://host:6379,host:6379`; `rediss` for TLS. Required with PostgreSQL.",
);
pub(crate) static KEYS: &[Key] = &[DATA_DIR, DATABASE_URL, DATABASE_POOL_SIZE, REDIS_URL];

/// Where data lives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StorageConfig {
    /// Directory for files of this node.
    pub data_dir: PathBuf,
    /// The database; secret because it may carry a password.
    pub database_url: Secret<String>,
    /// Most connections this node opens.
    pub database_pool_size: u32,
    /// The short-lived store; in process when absent.
    pub redis_url: Option<Secret<String>>,
}

impl StorageConfig {
    /// Whether the durable store is PostgreSQL, which is what production means here.
    pub fn is_postgresql(&self) -> bool {
        is_postgresql(self.database_url.expose())
    }
}

pub(crate) fn read(reader: &mut Reader) -> Option<StorageConfig> {
    let data_dir = reader.required(&DATA_DIR, from_str::<PathBuf>);
    let database_url = reader.optional(&DATABASE_URL, database_url);
    let database_pool_size = reader.required(&DATABASE_POOL_SIZE, at_least_one::<u32>);
    let redis_url = reader.optional(&REDIS_URL, redis_url);
    if let Some(Some(url)) = &database_url
        && is_postgresql(url.expose())
    {
        require_for_production(reader);
    }
    let data_dir = data_dir?;
    Some(StorageConfig {
        database_url: database_url?
            .unwrap_or_else(|| Secret::new(format!("sqlite://{}/latchkey.db", data_dir.display()))),
        data_dir,
        database_pool_size: database_pool_size?,
        redis_url: redis_url?,
    })
}

/// Several nodes may share a PostgreSQL database: a key or a cache of one node alone would be wrong on the others.
fn require_for_production(reader: &mut Reader) {
    for (key, why) in [
        (&MASTER_KEY, "every node must encrypt signing keys alike"),
        (&REDIS_URL, "every node must see the same codes and sign-ins"),
    ] {
        if !reader.has(key) {
            let place = reader.place(key);
            reader.problem(place, format!("required with a PostgreSQL database: {why}"));
        }
    }
}

fn is_postgresql(url: &str) -> bool {
    url.starts_with("postgres://") || url.starts_with("postgresql://")
}

fn database_url(text: &str) -> Result<Secret<String>, String> {
    let known = is_postgresql(text) || text.strip_prefix("sqlite://").is_some_and(|path| !path.is_empty());
    if known { Ok(Secret::from(text)) } else { Err("must be sqlite://path or postgres://user@host/database".into()) }
}

fn redis_url(text: &str) -> Result<Secret<String>, String> {
    let known = ["redis://", "rediss://", "redis+cluster://", "rediss+cluster://"]
        .iter()
        .any(|scheme| text.starts_with(scheme));
    if known {
        Ok(Secret::from(text))
    } else {
        Err("must start with redis://, rediss://, redis+cluster:// or rediss+cluster://".into())
    }
}
