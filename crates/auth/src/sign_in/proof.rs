//! What somebody proved a moment ago, asked once more within the transaction of what it is good for.

use diesel::QueryResult;
use latchkey_core::{SessionId, TenantId, UserId};
use latchkey_storage::DbConnection;

use super::second_factor::Candidate;
use crate::authentication::FirstFactor;
use crate::{session_store, user_store};

pub(super) enum Proof {
    /// The first factor of a sign-in under way.
    FirstFactor(FirstFactor),
    Session(SessionId),
}

impl Proof {
    pub(super) fn of(candidate: &Candidate) -> Self {
        match candidate {
            Candidate::Pending(pending) => Self::FirstFactor(pending.first.clone()),
            Candidate::Session(active) => Self::Session(active.session.id.clone()),
        }
    }

    /// Whether it stands: the password is the same, the session has not ended. Locks the row.
    pub(super) fn stands(&self, conn: &mut DbConnection, tenant: &TenantId, user: &UserId) -> QueryResult<bool> {
        match self {
            Self::FirstFactor(first) => user_store::confirm_first_factor(conn, tenant, user, first),
            Self::Session(session) => session_store::confirm_session(conn, tenant, session),
        }
    }
}
