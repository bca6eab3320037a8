//! Several accounts in one browser: finding them, and choosing one for a sign-in under way.

use diesel::QueryResult;
use latchkey_audit::{Actor, EventKind, SecurityEvent};
use latchkey_core::{ClientId, SessionId, TenantId};
use latchkey_protocol::Scope;
use latchkey_storage::DbConnection;
use latchkey_tenants::Tenant;

use super::SignIn;
use crate::accounts::Account;
use crate::held_sessions::{HeldSession, HeldSessions};
use crate::interaction::Progress;
use crate::{AccountWish, Accounts, ActiveSession, AuthError, Interaction, consent_store, session_store};

impl SignIn {
    /// Finds the live sessions of a cookie. Looking at them is no use of them.
    ///
    /// # Errors
    /// [`AuthError::Db`].
    pub async fn find_accounts(&self, tenant: &Tenant, cookie_value: &str) -> Result<Accounts, AuthError> {
        let held = HeldSessions::parse(cookie_value);
        let (this, tenant) = (self.clone(), tenant.clone());
        Ok(self.db.read(move |conn| this.load_accounts(conn, &tenant, &held)).await?)
    }

    /// Finds the account that is meant, and counts this as a use of its session.
    ///
    /// # Errors
    /// [`AuthError::Db`].
    pub async fn find_account(
        &self,
        tenant: &Tenant,
        cookie_value: &str,
        wish: &AccountWish,
    ) -> Result<Option<ActiveSession>, AuthError> {
        let accounts = self.find_accounts(tenant, cookie_value).await?;
        let picked = accounts.pick(wish).cloned();
        self.use_session(tenant, picked.as_ref());
        Ok(picked)
    }

    /// Finds a browser's accounts and, in the same read, what the one that is meant has allowed the client before.
    /// Counts this as a use of that one's session.
    ///
    /// # Errors
    /// [`AuthError::Db`].
    pub async fn find_accounts_and_consent(
        &self,
        tenant: &Tenant,
        cookie_value: &str,
        wish: &AccountWish,
        client: &ClientId,
    ) -> Result<(Accounts, Option<(ActiveSession, Scope)>), AuthError> {
        let held = HeldSessions::parse(cookie_value);
        let (this, of, wish, client) = (self.clone(), tenant.clone(), wish.clone(), client.clone());
        let found = self
            .db
            .read(move |conn| {
                let accounts = this.load_accounts(conn, &of, &held)?;
                let Some(picked) = accounts.pick(&wish).cloned() else { return Ok((accounts, None)) };
                let consented = consent_store::find_consent(conn, &of.id, &picked.user.id, &client)?;
                Ok((accounts, Some((picked, consented))))
            })
            .await?;
        self.use_session(tenant, found.1.as_ref().map(|(picked, _)| picked));
        Ok(found)
    }

    /// Records that the person goes on with that session; the question of consent starts anew. The caller has found the
    /// session among the browser's accounts.
    ///
    /// # Errors
    /// [`AuthError::Cache`].
    pub async fn choose_account(
        &self,
        tenant: &TenantId,
        interaction: &Interaction,
        chosen: &SessionId,
    ) -> Result<(), AuthError> {
        self.record_choice(tenant, interaction, Some(chosen.clone())).await
    }

    /// Records that the person wants none of the accounts.
    ///
    /// # Errors
    /// [`AuthError::Cache`].
    pub async fn choose_no_account(&self, tenant: &TenantId, interaction: &Interaction) -> Result<(), AuthError> {
        self.record_choice(tenant, interaction, None).await
    }

    /// Ends sessions of one browser in one transaction; every look-up from now on refuses them.
    ///
    /// # Errors
    /// [`AuthError::Db`].
    pub async fn end_sessions(&self, tenant: &TenantId, sessions: &[SessionId]) -> Result<(), AuthError> {
        let (tenant, sessions, now) = (tenant.clone(), sessions.to_vec(), self.clock.now());
        let security = self.security.clone();
        let ended = self.db.write(move |conn| {
            for id in &sessions {
                if let Some(user) = session_store::end_session(conn, &tenant, id, now)? {
                    let event = SecurityEvent::success(EventKind::SessionEnded, Actor::User);
                    security.record(conn, &tenant, &event.of(&user).in_session(id), now)?;
                }
            }
            Ok(())
        });
        Ok(ended.await?)
    }

    async fn record_choice(
        &self,
        tenant: &TenantId,
        interaction: &Interaction,
        chosen: Option<SessionId>,
    ) -> Result<(), AuthError> {
        let progress = Progress { signed_in: interaction.signed_in.clone(), chosen, ..Progress::default() };
        self.record_progress(tenant, interaction, &progress).await
    }

    fn load_accounts(&self, conn: &mut DbConnection, tenant: &Tenant, held: &HeldSessions) -> QueryResult<Accounts> {
        let mut load = |session: &HeldSession| -> QueryResult<Option<Account>> {
            let row = session_store::find_session(conn, &tenant.id, &session.cookie)?;
            let live = row.and_then(|(session, user)| self.live(tenant, session, user));
            Ok(live.map(|live| Account { live, value: session.value.clone() }))
        };
        let active = held.active.as_ref().map(&mut load).transpose()?.flatten();
        let others = held.others.iter().filter_map(|session| load(session).transpose()).collect::<QueryResult<_>>()?;
        Ok(Accounts { active, others })
    }

    fn use_session(&self, tenant: &Tenant, used: Option<&ActiveSession>) {
        if let Some(used) = used {
            self.touch_if_due(tenant, &used.session);
        }
    }
}
