//! A user looks at what applications were allowed, and takes it back.

use latchkey_core::ClientId;
use latchkey_tenants::Tenant;

use super::{OwnSession, SignIn};
use crate::AuthError;
use crate::consent_store::{self, RememberedConsent};

impl SignIn {
    /// What the user allowed, to whom and since when.
    ///
    /// # Errors
    /// [`AuthError::Db`].
    pub async fn own_consents(&self, tenant: &Tenant, own: &OwnSession) -> Result<Vec<RememberedConsent>, AuthError> {
        let (id, user) = (tenant.id.clone(), own.active.user.id.clone());
        Ok(self.db.read(move |conn| consent_store::list_remembered(conn, &id, &user)).await?)
    }

    /// Forgets what the user allowed the client, which has to ask again; returns whether there was something. The grants
    /// are for `tokens` to revoke.
    ///
    /// # Errors
    /// [`AuthError::Db`].
    pub async fn revoke_own_consent(
        &self,
        tenant: &Tenant,
        own: &OwnSession,
        client: &ClientId,
    ) -> Result<bool, AuthError> {
        let (id, user, client) = (tenant.id.clone(), own.active.user.id.clone(), client.clone());
        Ok(self.db.write(move |conn| consent_store::revoke_consent(conn, &id, &user, &client)).await?)
    }
}
