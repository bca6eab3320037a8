//! Look-ups for what is granted without a page: who is meant, in which session, and what they allowed before.

use latchkey_core::{ClientId, SessionId, TenantId, UserId};
use latchkey_protocol::Scope;
use latchkey_tenants::Tenant;

use super::SignIn;
use crate::{ActiveSession, AuthError, IdentifierKey, User, consent_store, session_store, user_store};

impl SignIn {
    /// Finds a live session by its id, which proves nothing: whoever asks has proved it otherwise.
    ///
    /// # Errors
    /// [`AuthError::Db`].
    pub async fn find_session_by_id(
        &self,
        tenant: &Tenant,
        session: &SessionId,
    ) -> Result<Option<ActiveSession>, AuthError> {
        let (id, session) = (tenant.id.clone(), session.clone());
        let row = self.db.read(move |conn| session_store::find_session_by_id(conn, &id, &session)).await?;
        Ok(row.and_then(|(session, user)| self.live(tenant, session, user)))
    }

    /// What the user allowed the client before.
    ///
    /// # Errors
    /// [`AuthError::Db`].
    pub async fn find_consent(&self, tenant: &TenantId, user: &UserId, client: &ClientId) -> Result<Scope, AuthError> {
        let (tenant, user, client) = (tenant.clone(), user.clone(), client.clone());
        Ok(self.db.read(move |conn| consent_store::find_consent(conn, &tenant, &user, &client)).await?)
    }

    /// The id of the user of that name or address, whether they may sign in or not.
    ///
    /// # Errors
    /// [`AuthError::Db`].
    pub async fn find_user_id(
        &self,
        tenant: &TenantId,
        identifier: &IdentifierKey,
    ) -> Result<Option<UserId>, AuthError> {
        let (tenant, identifier) = (tenant.clone(), identifier.clone());
        let user = self.db.read(move |conn| user_store::find_user_by_identifier(conn, &tenant, &identifier)).await?;
        Ok(user.map(|user| user.id))
    }

    /// Whether there is a user of that id, be they active or not.
    ///
    /// # Errors
    /// [`AuthError::Db`].
    pub async fn knows_user(&self, tenant: &TenantId, id: &UserId) -> Result<bool, AuthError> {
        let (tenant, id) = (tenant.clone(), id.clone());
        Ok(self.db.read(move |conn| user_store::find_user(conn, &tenant, &id)).await?.is_some())
    }

    /// Finds a user whom the gate lets pass now by user name or address.
    ///
    /// # Errors
    /// [`AuthError::Db`].
    pub async fn find_user_by_identifier(
        &self,
        tenant: &Tenant,
        identifier: &IdentifierKey,
    ) -> Result<Option<User>, AuthError> {
        let (id, identifier) = (tenant.id.clone(), identifier.clone());
        let user = self.db.read(move |conn| user_store::find_user_by_identifier(conn, &id, &identifier)).await?;
        Ok(user.filter(|user| tenant.gate(&user.standing()).is_ok()))
    }
}
