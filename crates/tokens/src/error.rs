//! Why a token could not be made, found or accepted.

use std::sync::Arc;

use latchkey_cache::CacheError;
use latchkey_core::KeyId;
use latchkey_storage::DbError;

/// Why an operation of this crate failed.
#[derive(Debug, thiserror::Error)]
pub enum TokensError {
    /// The database failed.
    #[error("the durable store failed")]
    Database(#[from] DbError),
    /// The short-lived store failed.
    #[error("the short-lived store failed")]
    Cache(#[from] CacheError),
    /// OpenSSL refused.
    #[error("a cryptographic operation failed")]
    Crypto(#[from] openssl::error::ErrorStack),
    /// A token could not be signed.
    #[error("a token could not be signed")]
    Signing(#[source] latchkey_jose::SigningError),
    /// Claims could not be written as JSON.
    #[error("claims could not be written as JSON")]
    Claims(#[source] serde_json::Error),
    /// A stored private key does not decrypt under the master key, or is not a key.
    #[error("the signing key {kid} cannot be decrypted with the master key")]
    UnreadableKey {
        /// Which key.
        kid: KeyId,
    },
    /// Other nodes kept changing the tenant's signing keys at the same moment.
    #[error("the signing keys changed meanwhile")]
    KeysChanged,
    /// A background task ended before its time.
    #[error("a background task was cancelled")]
    Cancelled,
    /// The token is not acceptable.
    #[error("the token is invalid: {0}")]
    Invalid(InvalidToken),
    /// The same failure, shared by requests that waited for one look-up.
    #[error(transparent)]
    Shared(Arc<TokensError>),
}

impl TokensError {
    /// Whether the caller should be told to come back later (503) rather than that we erred (500).
    #[must_use]
    pub fn is_unavailable(&self) -> bool {
        match self {
            Self::Database(error) => error.is_unavailable(),
            Self::Cache(error) => error.is_unavailable(),
            Self::Shared(error) => error.is_unavailable(),
            Self::KeysChanged | Self::Cancelled => true,
            Self::Crypto(_) | Self::Signing(_) | Self::Claims(_) | Self::UnreadableKey { .. } | Self::Invalid(_) => {
                false
            }
        }
    }
}

impl From<Arc<TokensError>> for TokensError {
    fn from(error: Arc<TokensError>) -> Self {
        Self::Shared(error)
    }
}

impl From<InvalidToken> for TokensError {
    fn from(reason: InvalidToken) -> Self {
        Self::Invalid(reason)
    }
}

/// Why a JWT was refused; for the log, never for the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidToken {
    /// Not a compact JWS, or its parts are not base64url JSON.
    #[error("malformed")]
    Malformed,
    /// `crit` names extensions that are not understood (RFC 7515 §4.1.11).
    #[error("critical header extension")]
    CriticalExtension,
    /// No `kid`, or none of this tenant's keys that may have signed it.
    #[error("unknown key")]
    UnknownKey,
    /// `alg` is not the algorithm of the key (RFC 8725 §3.1).
    #[error("algorithm of another key")]
    WrongAlgorithm,
    /// `typ` says that it is a token of another kind (RFC 8725 §3.11).
    #[error("token of another kind")]
    WrongType,
    /// The signature does not fit.
    #[error("bad signature")]
    BadSignature,
    /// Issued by someone else.
    #[error("other issuer")]
    WrongIssuer,
    /// Meant for someone else.
    #[error("other audience")]
    WrongAudience,
    /// It is encrypted in a way that cannot be opened.
    #[error("encrypted: {0}")]
    Encryption(latchkey_jose::InvalidJwe),
    /// Its time is over.
    #[error("expired")]
    Expired,
}
