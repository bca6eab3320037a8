//! Why signing in, or what belongs to it, could not be done.

use std::time::Duration;

use latchkey_cache::CacheError;
use latchkey_storage::DbError;

/// Why an operation failed; a refusal (wrong password, spent invitation) is an outcome, not an error.
#[derive(Debug, thiserror::Error)]
pub enum AuthError {
    /// The durable store failed.
    #[error("the durable store failed")]
    Db(#[from] DbError),
    /// The short-lived store failed.
    #[error("the short-lived store failed")]
    Cache(#[from] CacheError),
    /// More passwords wait to be hashed than can be done in good time: answer 503 with `Retry-After`.
    #[error("too many passwords wait to be checked")]
    Busy,
    /// Whoever sent the request has had more kept than a stranger may: answer 429 with `Retry-After`.
    #[error("too many requests that leave something behind, from one address")]
    TooManyRequests {
        /// When to try again.
        retry_after: Duration,
    },
    /// The password is longer than 1024 bytes.
    #[error("the password is longer than 1024 bytes")]
    PasswordTooLong,
    /// The Argon2id parameters are out of range.
    #[error("the Argon2id parameters are out of range: {0}")]
    Parameters(String),
    /// Hashing itself failed: no memory, or a stored hash that is not one.
    #[error("password hashing failed: {0}")]
    Hashing(String),
    /// What is sealed under the master key could not be sealed.
    #[error("encryption failed")]
    Crypto(#[from] openssl::error::ErrorStack),
    /// No address for an authenticator application can be made.
    #[error("no otpauth address can be made: {0}")]
    Totp(String),
    /// A challenge for a passkey cannot be made.
    #[error("no challenge for a passkey can be made: {0}")]
    Passkey(String),
    /// The hashing task was cancelled by a shutdown.
    #[error("the hashing task was cancelled")]
    Cancelled,
}

impl From<webauthn_rs_core::error::WebauthnError> for AuthError {
    fn from(error: webauthn_rs_core::error::WebauthnError) -> Self {
        Self::passkey(error)
    }
}

impl AuthError {
    /// Whether the caller should be told to come back later (503) rather than that we erred (500).
    #[must_use]
    pub fn is_unavailable(&self) -> bool {
        match self {
            Self::Db(error) => error.is_unavailable(),
            Self::Cache(error) => error.is_unavailable(),
            Self::Busy | Self::Cancelled => true,
            Self::TooManyRequests { .. }
            | Self::PasswordTooLong
            | Self::Parameters(_)
            | Self::Hashing(_)
            | Self::Crypto(_)
            | Self::Totp(_)
            | Self::Passkey(_) => false,
        }
    }

    pub(crate) fn passkey(error: impl std::fmt::Display) -> Self {
        Self::Passkey(error.to_string())
    }
}
