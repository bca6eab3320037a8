//! Setting up a second factor on the way to an application: the secret is shown, and counts once a code proves that the
//! user has it.

use diesel::QueryResult;
use latchkey_cache::{CacheKey, Kind};
use latchkey_core::{FactorId, Secret, TenantId, TokenHash, UserId, UtcTime};
use latchkey_mail::messages::CredentialChange;
use latchkey_storage::DbConnection;
use latchkey_tenants::{SecondFactorKind, Tenant};

use super::SignIn;
use super::open_session::Along;
use super::required_action::Entry;
use super::second_factor::{NewDevice, SecondFactorStep, SignedInWith};
use crate::authentication::SecondFactorPassed;
use crate::second_factor::{self, NewPushDevice, NewTotp, RECOVERY_CODES, TotpSecret, TotpSetup, totp_context};
use crate::{AuthError, Interaction, RecoveryCode, interaction, user_store};

/// Devices that approve sign-ins, of one user.
pub(super) const MAX_PUSH_DEVICES: usize = 5;
/// What the user calls an authenticator that was set up on the way.
const NAME: &str = "Authenticator app";

/// The secret that an authenticator is to hold.
#[derive(Clone, Debug)]
pub struct TotpEnrolment {
    /// The `otpauth` URI of the QR code.
    pub uri: Secret<String>,
    /// The secret, to be typed.
    pub secret: Secret<String>,
}

/// The first code of an authenticator.
#[derive(Clone, Debug)]
pub struct EnrolmentAttempt {
    /// The code as typed.
    pub code: Secret<String>,
    /// Whether the browser is to be remembered.
    pub remember: bool,
    /// Where from, and with which cookies.
    pub with: SignedInWith,
}

/// What became of the first code of an authenticator.
#[derive(Clone, Debug)]
pub enum EnrolmentOutcome {
    /// It counts from now on, and the user has shown both factors.
    Enrolled {
        /// The session, unless something is to be done first.
        entry: Entry,
        /// The browser is remembered from now on.
        device: Option<NewDevice>,
        /// Codes for the day when nothing else is at hand, if the user had none. Nobody can read them again.
        recovery_codes: Vec<RecoveryCode>,
    },
    /// The code is wrong.
    Refused,
    /// The secret is no longer known, or nothing is to be set up: the page has to be opened again.
    Expired,
}

/// What a user has set up.
#[derive(Clone)]
pub(super) enum Enrolled {
    /// An authenticator.
    Totp(NewTotp),
    /// A phone of this number.
    Phone(String),
    /// A device that approves sign-ins.
    PushDevice(NewPushDevice),
}

/// What was set up, with the recovery codes that come along.
#[derive(Clone)]
pub(super) struct NewFactor {
    enrolled: Enrolled,
    recovery_codes: Vec<TokenHash>,
    issuer_host: Option<String>,
    is_addition: bool,
}

impl Enrolled {
    fn kind(&self) -> SecondFactorKind {
        match self {
            Self::Totp(_) => SecondFactorKind::Totp,
            Self::Phone(_) => SecondFactorKind::Sms,
            Self::PushDevice(_) => SecondFactorKind::Push,
        }
    }
}

impl NewFactor {
    /// Within the transaction that has locked the user's row, so that of two who race one sees the other's factor;
    /// `false` when there is one, unless this comes beside it.
    pub(super) fn fits(&self, conn: &mut DbConnection, tenant: &TenantId, user: &UserId) -> QueryResult<bool> {
        let kinds = second_factor::list_kinds(conn, tenant, (user, self.issuer_host.as_deref()))?;
        let has_room = match &self.enrolled {
            Enrolled::Totp(_) => true,
            // One phone each.
            Enrolled::Phone(_) => !kinds.contains(&SecondFactorKind::Sms),
            Enrolled::PushDevice(_) => second_factor::list_push_devices(conn, tenant, user)?.len() < MAX_PUSH_DEVICES,
        };
        Ok(has_room && (self.is_addition || kinds.is_empty()))
    }

    /// What the user is told of it.
    pub(super) fn change(&self) -> CredentialChange {
        match &self.enrolled {
            Enrolled::Totp(_) => CredentialChange::TotpAdded,
            Enrolled::Phone(number) => CredentialChange::PhoneAdded { number: second_factor::masked_number(number) },
            Enrolled::PushDevice(device) => CredentialChange::DeviceAdded { name: device.name.clone() },
        }
    }

    /// Whether recovery codes come along.
    pub(super) fn has_recovery_codes(&self) -> bool {
        !self.recovery_codes.is_empty()
    }

    pub(super) fn write(
        &self,
        conn: &mut DbConnection,
        tenant: &TenantId,
        user: &UserId,
        now: UtcTime,
    ) -> QueryResult<()> {
        match &self.enrolled {
            Enrolled::Totp(totp) => second_factor::insert_totp(conn, tenant, user, totp, now)?,
            Enrolled::Phone(number) => {
                second_factor::insert_phone(conn, tenant, user, number, now)?;
                user_store::verify_phone(conn, tenant, user, number)?;
            }
            Enrolled::PushDevice(device) => second_factor::insert_push_device(conn, tenant, user, device, now)?,
        }
        if self.recovery_codes.is_empty() {
            return Ok(());
        }
        second_factor::replace_codes(conn, tenant, user, &self.recovery_codes, now)
    }
}

impl SignIn {
    /// The secret to be shown: the same one while the sign-in lasts. `None` when the user may not set one up.
    ///
    /// # Errors
    /// Unavailable stores: 503.
    pub async fn begin_totp(
        &self,
        tenant: &Tenant,
        interaction: &Interaction,
        step: &SecondFactorStep,
    ) -> Result<Option<TotpEnrolment>, AuthError> {
        if !step.enrollable.contains(&SecondFactorKind::Totp) {
            return Ok(None);
        }
        let user = &step.user;
        let secret = match self.find_setup(tenant, interaction, &user.id).await? {
            Some(secret) => secret,
            None => {
                let secret = TotpSecret::generate(tenant.settings.authentication.totp_algorithm, &self.rng);
                let sealed_secret = self.sealer.seal(&totp_context(&tenant.id, &user.id), secret.bytes(), &self.rng)?;
                let setup = TotpSetup { user_id: user.id.clone(), sealed_secret, algorithm: secret.algorithm() };
                self.cache.put(&setup_key(&tenant.id, interaction), &setup, interaction::LIFETIME).await?;
                secret
            }
        };
        let account = user.email.as_ref().unwrap_or(&user.username);
        Ok(Some(TotpEnrolment { uri: secret.to_uri(&tenant.name, account)?, secret: secret.to_text() }))
    }

    /// Takes an authenticator into use once its first code is right.
    ///
    /// # Errors
    /// Unavailable stores: 503.
    pub async fn confirm_totp(
        &self,
        tenant: &Tenant,
        interaction: &Interaction,
        step: &SecondFactorStep,
        attempt: &EnrolmentAttempt,
    ) -> Result<EnrolmentOutcome, AuthError> {
        let user = step.user.id.clone();
        let secret = match self.find_setup(tenant, interaction, &user).await? {
            Some(secret) if step.enrollable.contains(&SecondFactorKind::Totp) => secret,
            _ => return Ok(EnrolmentOutcome::Expired),
        };
        let drift = tenant.settings.authentication.totp_drift_steps;
        let Some(first) = secret.step_of(attempt.code.expose(), drift, self.clock.now()) else {
            return Ok(EnrolmentOutcome::Refused);
        };
        // Of two that race one takes it.
        let taken: Option<TotpSetup> = self.cache.take(&setup_key(&tenant.id, interaction)).await?;
        let Some(setup) = taken else { return Ok(EnrolmentOutcome::Expired) };
        let totp = NewTotp {
            id: FactorId::generate(self.clock.now(), &self.rng),
            name: NAME.to_owned(),
            sealed_secret: setup.sealed_secret,
            algorithm: setup.algorithm,
            step: first,
        };
        self.enrol(tenant, interaction, step, (Enrolled::Totp(totp), attempt)).await
    }

    /// Writes what was proved just now, with the session that shows it.
    pub(super) async fn enrol(
        &self,
        tenant: &Tenant,
        interaction: &Interaction,
        step: &SecondFactorStep,
        (enrolled, attempt): (Enrolled, &EnrolmentAttempt),
    ) -> Result<EnrolmentOutcome, AuthError> {
        let fresh: Vec<_> = (0..RECOVERY_CODES).map(|_| RecoveryCode::generate(&self.rng)).collect();
        let recovery = SecondFactorKind::RecoveryCode;
        let with_codes = step.policy.kinds.contains(&recovery) && !step.has_recovery_codes;
        let kind = enrolled.kind();
        let factor = NewFactor {
            enrolled,
            recovery_codes: if with_codes { fresh.iter().map(RecoveryCode::hash).collect() } else { Vec::new() },
            issuer_host: tenant.issuer_host.clone(),
            is_addition: step.is_addition,
        };
        let passed = SecondFactorPassed::by(kind);
        let (row, device) = self.remembered(step, &passed, attempt.remember, &attempt.with);
        let along = Along { device: row.as_ref(), factor: Some(&factor) };
        let entry = self.pass(tenant, interaction, (&step.candidate, &passed, along), &attempt.with).await?;
        let Some(entry) = entry else { return Ok(EnrolmentOutcome::Expired) };
        let recovery_codes = if with_codes { fresh } else { Vec::new() };
        Ok(EnrolmentOutcome::Enrolled { entry, device, recovery_codes })
    }

    async fn find_setup(
        &self,
        tenant: &Tenant,
        interaction: &Interaction,
        user: &UserId,
    ) -> Result<Option<TotpSecret>, AuthError> {
        let found: Option<TotpSetup> = self.cache.find(&setup_key(&tenant.id, interaction)).await?;
        Ok(found.filter(|setup| setup.user_id == *user).and_then(|setup| {
            let bytes = self.sealer.open(&totp_context(&tenant.id, user), &setup.sealed_secret)?;
            Some(TotpSecret::new(bytes, setup.algorithm))
        }))
    }
}

fn setup_key(tenant: &TenantId, interaction: &Interaction) -> CacheKey {
    CacheKey::new(tenant, Kind::TotpSetup, interaction.id.as_str())
}
