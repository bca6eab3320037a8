//! Why the outbox failed. No text holds what is in an entry.

use latchkey_storage::DbError;

/// Why an entry could not be put in, read or settled.
#[derive(Debug, thiserror::Error)]
pub enum OutboxError {
    /// The outbox could not be read or written.
    #[error("the outbox failed")]
    Db(#[from] DbError),
    /// A row that cannot be opened: another key, or damage.
    #[error("the outbox entry cannot be opened")]
    Sealed,
    /// OpenSSL failed.
    #[error("encryption failed")]
    Crypto(#[from] openssl::error::ErrorStack),
    /// An entry could not be written as JSON.
    #[error("the outbox entry cannot be serialized")]
    Json(#[from] serde_json::Error),
}
