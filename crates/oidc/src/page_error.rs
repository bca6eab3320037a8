//! Errors that a person sees in the browser.

use latchkey_auth::AuthError;
use latchkey_cache::CacheError;
use latchkey_tokens::TokensError;
use latchkey_web::WebError;

use crate::error::EndpointError;

/// A failure that knows whether trying again later may help.
pub(crate) trait Transient: Into<Box<dyn std::error::Error + Send + Sync>> {
    /// Whether it may.
    fn is_unavailable(&self) -> bool;
}

impl Transient for AuthError {
    fn is_unavailable(&self) -> bool {
        Self::is_unavailable(self)
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
}

impl Transient for CacheError {
    fn is_unavailable(&self) -> bool {
        Self::is_unavailable(self)
    }
}

/// The page for a failure of ours: 503 when trying again later may help, else 500.
pub(crate) fn unavailable_or_internal(error: impl Transient) -> WebError {
    if error.is_unavailable() { WebError::unavailable(error) } else { WebError::internal(error) }
}
