//! The account console: who is there, and whether they proved lately, for the console, that it is they.
//!
//! A session alone lets its user look. To change something the password is typed for the console, and the second factor
//! proved by who has one; that is good for every page of it for a quarter of an hour, in that session.

use std::time::Duration;

use latchkey_cache::{CacheKey, Kind};
use latchkey_core::{ClientId, SessionId, TenantId, UtcTime};
use latchkey_tenants::Tenant;

use super::demand::{Began, Factors};
use super::second_factor::FIRST_FACTOR_LIFETIME;
use super::{SignIn, Visitor};
use crate::interaction::NewInteraction;
use crate::{Acr, ActiveSession, AuthError, Interaction, Session, SignedIn, passkey, second_factor};

/// Who is at the account console.
#[derive(Clone, Debug)]
pub struct OwnSession {
    /// The active session of the browser.
    pub active: ActiveSession,
    /// Whether the user may change something: proved, for the console and not long ago, that it is they.
    pub proved: bool,
}

/// Whether a sign-in to the console proves enough to change something there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OwnProof {
    /// It does.
    Proved,
    /// The first factor comes first.
    SignInFirst,
    /// The second factor comes first.
    SecondFactorFirst,
}

/// What a user is told about the own account at a glance.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OwnSummary {
    /// Authenticator applications.
    pub authenticators: usize,
    /// Passkeys.
    pub passkeys: usize,
    /// Recovery codes that are left.
    pub recovery_codes: i64,
    /// Live sessions, in all browsers.
    pub sessions: usize,
}

impl SignIn {
    /// The active session of a browser, as the console sees it.
    ///
    /// # Errors
    /// Unavailable stores: 503.
    pub async fn own_session(
        &self,
        tenant: &Tenant,
        cookie: &str,
        client: &ClientId,
    ) -> Result<Option<OwnSession>, AuthError> {
        let Some(active) = self.find_session(tenant, cookie).await? else { return Ok(None) };
        let proved = self.has_proof(&tenant.id, &active.session).await?
            && !self.lacks_own_factor(tenant, &active, client).await?;
        Ok(Some(OwnSession { active, proved }))
    }

    /// Notes what was proved within a sign-in to the console as good for all of its pages.
    ///
    /// # Errors
    /// Unavailable stores: 503.
    pub async fn prove_own(
        &self,
        tenant: &Tenant,
        interaction: &Interaction,
        session_cookie: Option<&str>,
    ) -> Result<OwnProof, AuthError> {
        let Some(active) = self.find_signed_in(tenant, interaction, session_cookie).await? else {
            return Ok(OwnProof::SignInFirst);
        };
        if self.lacks_own_factor(tenant, &active, &interaction.client_id).await? {
            return Ok(OwnProof::SecondFactorFirst);
        }
        let proved_at = active.session.authenticated_at;
        self.cache.put(&proof_key(&tenant.id, &active.session.id), &proved_at, FIRST_FACTOR_LIFETIME).await?;
        Ok(OwnProof::Proved)
    }

    /// Begins a sign-in to a page of the console that is past its first factor, by what was proved for the console before.
    ///
    /// # Errors
    /// As [`SignIn::begin`].
    pub async fn begin_proved(
        &self,
        tenant: &Tenant,
        visitor: Visitor<'_>,
        request: NewInteraction,
        own: &OwnSession,
    ) -> Result<Interaction, AuthError> {
        let interaction = self.begin(tenant, visitor, request).await?;
        if own.proved {
            let session = &own.active.session;
            let signed_in = SignedIn { user_id: session.user_id.clone(), at: session.authenticated_at };
            self.record_sign_in(&tenant.id, &interaction, signed_in).await?;
        }
        Ok(interaction)
    }

    /// What the overview tells the user.
    ///
    /// # Errors
    /// [`AuthError::Db`].
    pub async fn own_summary(&self, tenant: &Tenant, own: &OwnSession) -> Result<OwnSummary, AuthError> {
        let sessions = self.own_sessions(tenant, own).await?.len();
        let (id, user) = (tenant.id.clone(), own.active.user.id.clone());
        let (authenticators, passkeys, recovery_codes) = self
            .db
            .read(move |conn| {
                let authenticators = second_factor::list_factors(conn, &id, &user)?.len();
                let passkeys = passkey::list_passkeys(conn, &id, &user)?.len();
                Ok((authenticators, passkeys, second_factor::count_unused(conn, &id, &user)?))
            })
            .await?;
        Ok(OwnSummary { authenticators, passkeys, recovery_codes, sessions })
    }

    /// The session of who signed in within this sign-in, not long ago.
    pub(super) async fn find_signed_in(
        &self,
        tenant: &Tenant,
        interaction: &Interaction,
        session_cookie: Option<&str>,
    ) -> Result<Option<ActiveSession>, AuthError> {
        let Some(cookie) = session_cookie else { return Ok(None) };
        let accounts = self.find_accounts(tenant, cookie).await?;
        let picked = accounts.pick(&interaction.account_wish()).cloned();
        Ok(picked.filter(|active| interaction.has_signed_in(&active.session) && self.is_recent(&active.session)))
    }

    async fn has_proof(&self, tenant: &TenantId, session: &Session) -> Result<bool, AuthError> {
        let proved_at: Option<UtcTime> = self.cache.find(&proof_key(tenant, &session.id)).await?;
        Ok(proved_at.is_some_and(|proved_at| self.age(proved_at) <= FIRST_FACTOR_LIFETIME))
    }

    fn is_recent(&self, session: &Session) -> bool {
        self.age(session.authenticated_at) <= FIRST_FACTOR_LIFETIME
    }

    fn age(&self, time: UtcTime) -> Duration {
        self.clock.now().since(time)
    }

    /// Whoever has a second factor proves it to the console, whatever the tenant asks for elsewhere.
    async fn lacks_own_factor(
        &self,
        tenant: &Tenant,
        active: &ActiveSession,
        client: &ClientId,
    ) -> Result<bool, AuthError> {
        if Acr::parse(&active.session.acr) >= Some(Acr::TwoFactors) {
            return Ok(false);
        }
        let policy = self.policy_of(tenant, &active.user, client, active.session.first_factor());
        let (tenant, user, began) = (tenant.clone(), active.user.clone(), Began::of_session(&active.session));
        Ok(self.db.read(move |conn| Factors::load(conn, &tenant, &user, (&policy, began))).await?.has_any)
    }
}

fn proof_key(tenant: &TenantId, session: &SessionId) -> CacheKey {
    CacheKey::new(tenant, Kind::OwnProof, session.as_str())
}
