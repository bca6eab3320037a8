//! What happened to a user's account, for that user.

use latchkey_audit::{RecordedEvent, event_store};
use latchkey_core::EventId;
use latchkey_tenants::Tenant;

use super::{OwnSession, SignIn};
use crate::AuthError;

impl SignIn {
    /// Security events of the user, the newest first; those before `before`, if one is given.
    ///
    /// # Errors
    /// [`AuthError::Db`].
    pub async fn own_events(
        &self,
        tenant: &Tenant,
        own: &OwnSession,
        before: Option<&EventId>,
        limit: i64,
    ) -> Result<Vec<RecordedEvent>, AuthError> {
        let (id, user, before) = (tenant.id.clone(), own.active.user.id.clone(), before.cloned());
        Ok(self.db.read(move |conn| event_store::list_of_user(conn, &id, &user, before.as_ref(), limit)).await?)
    }
}
