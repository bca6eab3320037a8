//! A user looks after the own second factors: adds and removes authenticators, makes new recovery codes, forgets browsers.
//!
//! Whoever finds an open session may not: the password is typed for this, and the second factor proved by who has one.

use diesel::QueryResult;
use latchkey_audit::{Actor, EventKind, SecurityEvent};
use latchkey_core::{FactorId, TenantId, UserId, UtcTime};
use latchkey_mail::messages::CredentialChange;
use latchkey_storage::DbConnection;
use latchkey_tenants::{SecondFactorKind, Tenant};

use super::SignIn;
use super::demand::{Began, Factors};
use super::enrol::MAX_PUSH_DEVICES;
use super::second_factor::{Candidate, SecondFactorStep};
use crate::second_factor::{self, PushDevice, RECOVERY_CODES, masked_number};
use crate::{
    Acr, ActiveSession, AuthError, Author, Interaction, Passkey, PhoneFactor, RecoveryCode, SecurityLog, TotpFactor,
    passkey, session_store, user_store,
};

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
    /// The oldest first.
    pub passkeys: Vec<Passkey>,
    /// The phone, if there is one.
    pub phone: Option<PhoneFactor>,
    /// Devices that approve sign-ins, the oldest first.
    pub push_devices: Vec<PushDevice>,
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
        let Some(active) = self.find_signed_in(tenant, interaction, session_cookie).await? else {
            return Ok(OwnAccount::SignInFirst);
        };
        let policy = self.policy_of(tenant, &active.user, &interaction.client_id, active.session.first_factor());
        let (of, user, read_policy) = (tenant.clone(), active.user.clone(), policy.clone());
        let began = Began::of_session(&active.session);
        let (factors, authenticators, passkeys, phone, push_devices, recovery_codes, browsers) = self
            .db
            .read(move |conn| {
                Ok((
                    Factors::load(conn, &of, &user, (&read_policy, began))?,
                    second_factor::list_factors(conn, &of.id, &user.id)?,
                    passkey::list_passkeys(conn, &of.id, &user.id)?,
                    second_factor::find_phone(conn, &of.id, &user.id)?,
                    second_factor::list_push_devices(conn, &of.id, &user.id)?,
                    second_factor::count_unused(conn, &of.id, &user.id)?,
                    second_factor::count_devices(conn, &of.id, &user.id)?,
                ))
            })
            .await?;
        if factors.has_any && Acr::parse(&active.session.acr) < Some(Acr::TwoFactors) {
            return Ok(OwnAccount::SecondFactorFirst);
        }
        let has_room = |kind: &SecondFactorKind| match kind {
            SecondFactorKind::Totp => authenticators.len() < MAX_AUTHENTICATORS,
            SecondFactorKind::Sms => phone.is_none(),
            SecondFactorKind::Push => push_devices.len() < MAX_PUSH_DEVICES,
            SecondFactorKind::Passkey | SecondFactorKind::RecoveryCode | SecondFactorKind::EmailCode => false,
        };
        let enrollable: Vec<_> = policy.kinds.iter().copied().filter(has_room).collect();
        let addition = (!enrollable.is_empty()).then(|| SecondFactorStep {
            user: active.user.clone(),
            kinds: factors.counting,
            enrollable,
            remember_device_days: 0,
            due_at: None,
            policy,
            candidate: Candidate::Session(Box::new(active.clone())),
            is_addition: true,
            has_recovery_codes: recovery_codes > 0,
            is_wish: false,
        });
        let own =
            OwnFactors { active, authenticators, passkeys, phone, push_devices, recovery_codes, browsers, addition };
        Ok(OwnAccount::Proved(Box::new(own)))
    }

    /// Takes an authenticator away; with the last factor go the recovery codes and the remembered browsers. Returns whether
    /// the user had it.
    ///
    /// # Errors
    /// [`AuthError::Db`].
    pub async fn remove_authenticator(
        &self,
        tenant: &Tenant,
        own: &OwnFactors,
        factor: &FactorId,
    ) -> Result<bool, AuthError> {
        let factor = factor.clone();
        self.write_own(tenant, own, move |conn, change| {
            let (tenant, user) = (&change.tenant.id, change.user());
            if !second_factor::delete_totp(conn, tenant, user, &factor)? {
                return Ok(false);
            }
            if !second_factor::has_primary(conn, tenant, user)? {
                second_factor::delete_stand_ins(conn, tenant, user)?;
            }
            change.record(conn, CredentialChange::TotpRemoved).map(|()| true)
        })
        .await
    }

    /// Takes the phone away, as an authenticator is.
    ///
    /// # Errors
    /// [`AuthError::Db`].
    pub async fn remove_phone(&self, tenant: &Tenant, own: &OwnFactors) -> Result<bool, AuthError> {
        self.write_own(tenant, own, |conn, change| {
            let (tenant, user) = (&change.tenant.id, change.user());
            let Some(phone) = second_factor::find_phone(conn, tenant, user)? else { return Ok(false) };
            second_factor::delete_phone(conn, tenant, user)?;
            if !second_factor::has_primary(conn, tenant, user)? {
                second_factor::delete_stand_ins(conn, tenant, user)?;
            }
            let number = masked_number(&phone.number);
            change.record(conn, CredentialChange::PhoneRemoved { number }).map(|()| true)
        })
        .await
    }

    /// Gives the user ten new recovery codes instead of those before; none to who has no other factor.
    ///
    /// # Errors
    /// [`AuthError::Db`].
    pub async fn renew_recovery_codes(
        &self,
        tenant: &Tenant,
        own: &OwnFactors,
    ) -> Result<Vec<RecoveryCode>, AuthError> {
        let fresh: Vec<_> = (0..RECOVERY_CODES).map(|_| RecoveryCode::generate(&self.rng)).collect();
        let hashes: Vec<_> = fresh.iter().map(RecoveryCode::hash).collect();
        let given = self
            .write_own(tenant, own, move |conn, change| {
                let (tenant, user) = (&change.tenant.id, change.user());
                if !second_factor::has_primary(conn, tenant, user)? {
                    return Ok(false);
                }
                second_factor::replace_codes(conn, tenant, user, &hashes, change.now)?;
                change.record(conn, CredentialChange::RecoveryCodesReplaced).map(|()| true)
            })
            .await?;
        Ok(if given { fresh } else { Vec::new() })
    }

    /// Forgets every browser in which the user is not asked for a second factor, by the user's own wish.
    ///
    /// # Errors
    /// [`AuthError::Db`].
    pub async fn forget_browsers(&self, tenant: &Tenant, own: &OwnFactors) -> Result<(), AuthError> {
        self.write_own(tenant, own, |conn, change| {
            let (tenant, user) = (&change.tenant.id, change.user());
            let browsers = second_factor::delete_devices(conn, tenant, user)?;
            let event = change.author.event(EventKind::DevicesForgotten).of(user).with("browsers", browsers);
            change.security.record(conn, tenant, &event, change.now)
        })
        .await
    }

    /// Forgets every browser in which that user is not asked for a second factor, for who may revoke everything.
    ///
    /// # Errors
    /// [`AuthError::Db`].
    pub async fn forget_browsers_of_user(
        &self,
        tenant: &TenantId,
        user: &UserId,
        actor: &Actor,
    ) -> Result<(), AuthError> {
        let (tenant, user, actor) = (tenant.clone(), user.clone(), actor.clone());
        let (security, now) = (self.security.clone(), self.clock.now());
        let forgotten = self
            .db
            .write(move |conn| {
                let browsers = second_factor::delete_devices(conn, &tenant, &user)?;
                let event = SecurityEvent::success(EventKind::DevicesForgotten, actor.clone());
                security.record(conn, &tenant, &event.of(&user).with("browsers", browsers), now)
            })
            .await;
        Ok(forgotten?)
    }

    /// A change of an active user's factors, one at a time.
    pub(super) async fn write_own<T: Default + Send + 'static>(
        &self,
        tenant: &Tenant,
        own: &OwnFactors,
        mut work: impl FnMut(&mut DbConnection, &OwnChange) -> QueryResult<T> + Send + 'static,
    ) -> Result<T, AuthError> {
        let change = OwnChange {
            tenant: tenant.clone(),
            author: Author::in_session(&own.active),
            now: self.clock.now(),
            user: own.active.user.id.clone(),
            security: self.security.clone(),
        };
        let session = own.active.session.id.clone();
        let changed = self
            .db
            .write(move |conn| {
                let tenant = &change.tenant.id;
                if !user_store::confirm_active(conn, tenant, &change.user)?
                    || !session_store::confirm_session(conn, tenant, &session)?
                {
                    return Ok(T::default());
                }
                work(conn, &change)
            })
            .await?;
        Ok(changed)
    }
}

/// A change that a user makes to the own account, with what is needed to record it.
pub(super) struct OwnChange {
    pub(super) tenant: Tenant,
    pub(super) author: Author,
    pub(super) security: SecurityLog,
    pub(super) now: UtcTime,
    user: UserId,
}

impl OwnChange {
    /// Whose account it is.
    pub(super) fn user(&self) -> &UserId {
        &self.user
    }

    /// Records what changed and mails the user, within the transaction of the change.
    pub(super) fn record(&self, conn: &mut DbConnection, what: CredentialChange) -> QueryResult<()> {
        let of = (&self.tenant, &self.user);
        self.security.record_credential_change(conn, of, (what, &self.author), self.now)
    }
}
