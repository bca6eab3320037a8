//! A user looks at what applications were allowed, and takes it back.

use latchkey_audit::{Actor, EventKind, SecurityEvent};
use latchkey_core::{ClientId, TenantId};
use latchkey_tenants::Tenant;

use super::{OwnSession, SignIn};
use crate::consent_store::{self, Consent, RememberedConsent};
use crate::{AuthError, Author, Session};

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
        let (id, user, client, now) = (tenant.id.clone(), own.active.user.id.clone(), client.clone(), self.clock.now());
        let security = self.security.clone();
        let event = Author::in_session(&own.active).event(EventKind::ConsentRevoked).of(&user).at_client(&client);
        let revoked = self.db.write(move |conn| {
            security.record(conn, &id, &event, now)?;
            consent_store::revoke_consent(conn, &id, &user, &client)
        });
        Ok(revoked.await?)
    }

    pub(super) async fn remember_consent(
        &self,
        tenant: &TenantId,
        session: &Session,
        consent: Consent,
    ) -> Result<(), AuthError> {
        let event = SecurityEvent::success(EventKind::ConsentGranted, Actor::User)
            .of(&consent.user_id)
            .in_session(&session.id)
            .at_client(&consent.client_id)
            .from(session.address.clone(), session.user_agent.clone())
            .with("scope", consent.scope.to_string());
        let (tenant, now, security) = (tenant.clone(), self.clock.now(), self.security.clone());
        let remembered = self.db.write(move |conn| {
            consent_store::upsert_consent(conn, &tenant, &consent, now)?;
            security.record(conn, &tenant, &event, now)
        });
        Ok(remembered.await?)
    }
}
