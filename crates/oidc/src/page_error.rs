//! Errors that a person sees in the browser.

use std::time::Duration;

use latchkey_auth::AuthError;
use latchkey_cache::CacheError;
use latchkey_tokens::TokensError;
use latchkey_web::WebError;

use crate::error::{EndpointError, STRANGERS};

/// A failure that knows whether trying again later may help.
pub(crate) trait Transient: Into<Box<dyn std::error::Error + Send + Sync>> {
    /// Whether it may.
    fn is_unavailable(&self) -> bool;

    /// Which limit was reached, if that is what it is, and how long to wait.
    fn limit(&self) -> Option<(&'static str, Duration)> {
        None
    }
}

impl Transient for AuthError {
    fn is_unavailable(&self) -> bool {
        Self::is_unavailable(self)
    }

    fn limit(&self) -> Option<(&'static str, Duration)> {
        match self {
            Self::TooManyRequests { retry_after } => Some((STRANGERS, *retry_after)),
            _ => None,
        }
    }
}

impl Transient for TokensError {
    fn is_unavailable(&self) -> bool {
        Self::is_unavailable(self)
    }
}

impl Transient for EndpointError {
    fn is_unavailable(&self) -> bool {
        matches!(self, Self::Unavailable(_))
    }

    fn limit(&self) -> Option<(&'static str, Duration)> {
        match self {
            Self::TooManyAttempts { rule, retry_after } => Some((rule, *retry_after)),
            _ => None,
        }
    }
}

impl Transient for CacheError {
    fn is_unavailable(&self) -> bool {
        Self::is_unavailable(self)
    }
}

/// The page for a failure: 429 when a limit was reached, 503 when trying again later may help, else 500.
pub(crate) fn unavailable_or_internal(error: impl Transient) -> WebError {
    if let Some((rule, retry_after)) = error.limit() {
        return WebError::TooManyRequests { rule, retry_after };
    }
    if error.is_unavailable() { WebError::unavailable(error) } else { WebError::internal(error) }
}
