//! Why a look-up failed, and why a tenant's or client's data is refused.

use std::borrow::Cow;
use std::sync::Arc;

use latchkey_storage::DbError;

/// Why the directory could not answer. One failed read may be the answer to several waiting requests.
#[derive(Clone, Debug, thiserror::Error)]
pub enum TenantsError {
    /// The database is away; worth a retry.
    #[error("the directory of tenants is unavailable")]
    Unavailable(#[source] Arc<DbError>),
    /// The statement failed, or a row does not hold what it should.
    #[error("the directory of tenants could not be read")]
    Failed(#[source] Arc<DbError>),
}

impl TenantsError {
    /// Whether the caller should be told to come back later (503) rather than that we erred (500).
    #[must_use]
    pub fn is_unavailable(&self) -> bool {
        matches!(self, Self::Unavailable(_))
    }
}

impl From<DbError> for TenantsError {
    fn from(error: DbError) -> Self {
        if error.is_unavailable() { Self::Unavailable(Arc::new(error)) } else { Self::Failed(Arc::new(error)) }
    }
}

/// A member that breaks a rule: which one, and the rule.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{member}: {reason}")]
pub struct InvalidMember {
    /// The member as it is written in YAML and JSON.
    pub member: &'static str,
    /// The rule that it breaks.
    pub reason: Cow<'static, str>,
}

impl InvalidMember {
    pub(crate) fn new(member: &'static str, reason: impl Into<Cow<'static, str>>) -> Self {
        Self { member, reason: reason.into() }
    }
}

/// Why a client's metadata is refused.
pub type InvalidClient = InvalidMember;
