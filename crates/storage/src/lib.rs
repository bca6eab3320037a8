//! The durable store: one connection enum over SQLite and PostgreSQL, embedded migrations,
//! and [`Db::read`] / [`Db::write`], through which every query of the house runs.
//!
//! There are no storage traits: domain crates write concrete diesel functions over [`DbConnection`]
//! (ADR 0001).

mod connection;
mod db;
mod error;
mod json;
mod migrate;
mod url;

pub mod schema;
#[cfg(feature = "testing")]
pub mod testing;

pub use connection::DbConnection;
pub use db::Db;
pub use error::{DbError, OpenError};
pub use json::Json;
pub use migrate::{Migrate, MigrationReport};
pub use url::DatabaseUrl;
