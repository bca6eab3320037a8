//! Why the short-lived store could not be opened or could not answer.

/// Why an operation failed.
#[derive(Debug, thiserror::Error)]
pub enum CacheError {
    /// The store cannot answer now; the request gets 503 with `Retry-After`.
    #[error("the short-lived store is unavailable")]
    Unavailable(#[source] Unavailability),
    /// A value could not be written as JSON, or a stored one is not of the expected form. The text holds no part of the value.
    #[error("a short-lived value is malformed: {0}")]
    Malformed(String),
}

impl CacheError {
    /// Whether trying again later may help.
    #[must_use]
    pub fn is_unavailable(&self) -> bool {
        matches!(self, Self::Unavailable(_))
    }

    // The message of serde_json quotes the value, which may hold a secret: only where and what class is kept.
    pub(crate) fn json(error: &serde_json::Error) -> Self {
        Self::Malformed(format!("{:?} at line {} column {}", error.classify(), error.line(), error.column()))
    }
}

impl From<Unavailability> for CacheError {
    fn from(reason: Unavailability) -> Self {
        Self::Unavailable(reason)
    }
}

impl From<redis::RedisError> for CacheError {
    fn from(error: redis::RedisError) -> Self {
        Self::Unavailable(Unavailability::Redis(error))
    }
}

/// Why the store cannot answer now.
#[derive(Debug, thiserror::Error)]
pub enum Unavailability {
    /// Redis is away, or refused the command.
    #[error("redis failed")]
    Redis(#[source] redis::RedisError),
    /// Redis did not answer in time.
    #[error("redis did not answer in time")]
    Timeout,
    /// The in-process store holds as many live entries as it may; dropping one could drop a code in use.
    #[error("the in-process store is full")]
    Full,
}

/// Why the store could not be opened; the text is one line for an operator and holds no password.
#[derive(Debug, thiserror::Error)]
pub enum CacheOpenError {
    /// Nothing answers there, or not as this kind of Redis.
    #[error("cannot use redis at {url}: {reason}")]
    Unreachable {
        /// The address, without credentials.
        url: String,
        /// What the attempt met.
        reason: String,
    },
    /// Redis wants other credentials.
    #[error("redis at {url} refuses the user name or password: {reason}")]
    Unauthorised {
        /// The address, without credentials.
        url: String,
        /// What Redis answered.
        reason: String,
    },
}
