//! A user looks after the own second factors: adds and removes authenticators, makes new recovery codes, forgets browsers.
//!
//! Whoever finds an open session may not: the password is typed for this, and the second factor proved by who has one.

use latchkey_core::{FactorId, TenantId, UserId};
use latchkey_storage::DbConnection;
use latchkey_tenants::{SecondFactorKind, Tenant};

use super::SignIn;
use super::demand::Factors;
use super::second_factor::{Candidate, FIRST_FACTOR_LIFETIME, SecondFactorStep};
use crate::second_factor::{self, RECOVERY_CODES};
use crate::{Acr, ActiveSession, AuthError, Interaction, RecoveryCode, TotpFactor, user_store};

/// Authenticators that one user may have.
const MAX_AUTHENTICATORS: usize = 5;

/// Whether the person at the browser has proved enough to look after the factors.
#[derive(Debug)]
pub enum OwnAccount {
    /// Yes.
    Proved(Box<OwnFactors>),
    /// The password comes first.
    SignInFirst,
    /// The second factor comes first.
    SecondFactorFirst,
}

/// The second factors of a user, for that user.
#[derive(Debug)]
pub struct OwnFactors {
    /// Whose they are.
    pub active: ActiveSession,
    /// The oldest first.
    pub authenticators: Vec<TotpFactor>,
    /// How many recovery codes are left.
    pub recovery_codes: i64,
    /// How many browsers are remembered.
    pub browsers: i64,
    /// What an authenticator is added by; `None` when there are five, or none counts at this tenant.
    pub addition: Option<SecondFactorStep>,
}

impl SignIn {
    /// The factors of who signed in within this sign-in.
    ///
    /// # Errors
    /// [`AuthError::Db`].
    pub async fn own_account(
        &self,
        tenant: &Tenant,
        interaction: &Interaction,
        session_cookie: Option<&str>,
    ) -> Result<OwnAccount, AuthError> {
        let Some(cookie) = session_cookie else { return Ok(OwnAccount::SignInFirst) };
        let accounts = self.find_accounts(tenant, cookie).await?;
        let Some(active) = accounts.pick(&interaction.account_wish()).cloned() else {
            return Ok(OwnAccount::SignInFirst);
        };
        let age = self.clock.now().since(active.session.authenticated_at);
        if !interaction.has_signed_in(&active.session) || age > FIRST_FACTOR_LIFETIME {
            return Ok(OwnAccount::SignInFirst);
        }
        let policy = tenant.settings.authentication.of(&active.user.groups, &interaction.client_id);
        let (id, user, of) = (tenant.id.clone(), active.user.clone(), policy.clone());
        let (factors, authenticators, recovery_codes, browsers) = self
            .db
            .read(move |conn| {
                Ok((
                    Factors::load(conn, &id, &user, &of)?,
                    second_factor::list_factors(conn, &id, &user.id)?,
                    second_factor::count_unused(conn, &id, &user.id)?,
                    second_factor::count_devices(conn, &id, &user.id)?,
                ))
            })
            .await?;
        if factors.has_any && active.session.acr != Acr::TwoFactors.as_str() {
            return Ok(OwnAccount::SecondFactorFirst);
        }
        let room = authenticators.len() < MAX_AUTHENTICATORS && policy.kinds.contains(&SecondFactorKind::Totp);
        let addition = room.then(|| SecondFactorStep {
            user: active.user.clone(),
            kinds: factors.counting,
            enrollable: vec![SecondFactorKind::Totp],
            remember_device_days: 0,
            due_at: None,
            policy,
            candidate: Candidate::Session(Box::new(active.clone())),
            is_addition: true,
        });
        Ok(OwnAccount::Proved(Box::new(OwnFactors { active, authenticators, recovery_codes, browsers, addition })))
    }

    /// Takes an authenticator away; with the last one go the recovery codes and the remembered browsers. Returns whether
    /// the user had it.
    ///
    /// # Errors
    /// [`AuthError::Db`].
    pub async fn remove_authenticator(
        &self,
        tenant: &TenantId,
        own: &OwnFactors,
        factor: &FactorId,
    ) -> Result<bool, AuthError> {
        let factor = factor.clone();
        self.write_own(tenant, own, move |conn, tenant, user| {
            let removed = second_factor::delete_totp(conn, tenant, user, &factor)?;
            if removed && second_factor::list_factors(conn, tenant, user)?.is_empty() {
                second_factor::delete_second_factors(conn, tenant, user)?;
            }
            Ok(removed)
        })
        .await
    }

    /// Gives the user ten new recovery codes instead of those before; none to who has no authenticator.
    ///
    /// # Errors
    /// [`AuthError::Db`].
    pub async fn renew_recovery_codes(
        &self,
        tenant: &TenantId,
        own: &OwnFactors,
    ) -> Result<Vec<RecoveryCode>, AuthError> {
        let fresh: Vec<_> = (0..RECOVERY_CODES).map(|_| RecoveryCode::generate(&self.rng)).collect();
        let (hashes, now) = (fresh.iter().map(RecoveryCode::hash).collect::<Vec<_>>(), self.clock.now());
        let given = self
            .write_own(tenant, own, move |conn, tenant, user| {
                if second_factor::list_factors(conn, tenant, user)?.is_empty() {
                    return Ok(false);
                }
                second_factor::replace_codes(conn, tenant, user, &hashes, now).map(|()| true)
            })
            .await?;
        Ok(if given { fresh } else { Vec::new() })
    }

    /// Forgets every browser in which the user is not asked for a second factor, by the user's own wish.
    ///
    /// # Errors
    /// [`AuthError::Db`].
    pub async fn forget_browsers(&self, tenant: &TenantId, own: &OwnFactors) -> Result<(), AuthError> {
        self.write_own(tenant, own, second_factor::delete_devices).await?;
        Ok(())
    }

    /// Forgets every browser in which that user is not asked for a second factor, for who may revoke everything.
    ///
    /// # Errors
    /// [`AuthError::Db`].
    pub async fn forget_browsers_of_user(&self, tenant: &TenantId, user: &UserId) -> Result<(), AuthError> {
        let (tenant, user) = (tenant.clone(), user.clone());
        self.db.write(move |conn| second_factor::delete_devices(conn, &tenant, &user)).await?;
        Ok(())
    }

    /// A change of an active user's factors, one at a time.
    async fn write_own<T: Default + Send + 'static>(
        &self,
        tenant: &TenantId,
        own: &OwnFactors,
        mut change: impl FnMut(&mut DbConnection, &TenantId, &UserId) -> diesel::QueryResult<T> + Send + 'static,
    ) -> Result<T, AuthError> {
        let (tenant, user) = (tenant.clone(), own.active.user.id.clone());
        let changed = self
            .db
            .write(move |conn| {
                if !user_store::confirm_active(conn, &tenant, &user)? {
                    return Ok(T::default());
                }
                change(conn, &tenant, &user)
            })
            .await?;
        Ok(changed)
    }
}
