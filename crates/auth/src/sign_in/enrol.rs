//! Setting up a second factor on the way to an application: the secret is shown, and counts once a code proves that the
//! user has it.

use latchkey_cache::{CacheKey, Kind};
use latchkey_core::{FactorId, Secret, TenantId, UserId};
use latchkey_storage::DbConnection;
use latchkey_tenants::{SecondFactorKind, Tenant};

use super::SignIn;
use super::second_factor::{Candidate, NewDevice, SecondFactorStep, SignedInWith};
use crate::authentication::SecondFactorPassed;
use crate::second_factor::{self, NewTotp, RECOVERY_CODES, TotpSecret, TotpSetup, totp_context};
use crate::{AuthError, Interaction, NewSession, RecoveryCode, interaction, user_store};

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
    /// It counts from now on, and the user has a session that shows both factors.
    Enrolled {
        /// The session and its cookie.
        session: Box<NewSession>,
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
        let Some(first) = secret.step_of(attempt.code.expose(), self.clock.now()) else {
            return Ok(EnrolmentOutcome::Refused);
        };
        // Of two that race one takes it.
        let taken: Option<TotpSetup> = self.cache.take(&setup_key(&tenant.id, interaction)).await?;
        let Some(setup) = taken else { return Ok(EnrolmentOutcome::Expired) };
        let id = FactorId::generate(self.clock.now(), &self.rng);
        let new = NewTotp {
            id,
            name: NAME.to_owned(),
            sealed_secret: setup.sealed_secret,
            algorithm: setup.algorithm,
            step: first,
        };
        let codes = step.policy.kinds.contains(&SecondFactorKind::RecoveryCode);
        let Some(recovery_codes) = self.insert_factor(tenant, &user, (new, codes), &step.candidate).await? else {
            return Ok(EnrolmentOutcome::Expired);
        };
        let passed = SecondFactorPassed::by(SecondFactorKind::Totp);
        let Some(session) = self.pass(tenant, interaction, (&step.candidate, passed), &attempt.with).await? else {
            return Ok(EnrolmentOutcome::Expired);
        };
        let days = if attempt.remember { step.policy.remember_device_days } else { 0 };
        let device = self.remember(tenant, &user, days, &attempt.with).await?;
        Ok(EnrolmentOutcome::Enrolled { session: Box::new(session), device, recovery_codes })
    }

    /// Writes the authenticator, with recovery codes if there are to be some and the user has none. `None` when what was
    /// proved before does not stand any more, or the user got another factor meanwhile.
    async fn insert_factor(
        &self,
        tenant: &Tenant,
        user: &UserId,
        (new, with_codes): (NewTotp, bool),
        candidate: &Candidate,
    ) -> Result<Option<Vec<RecoveryCode>>, AuthError> {
        let fresh: Vec<_> = (0..RECOVERY_CODES).map(|_| RecoveryCode::generate(&self.rng)).collect();
        let hashes: Vec<_> = fresh.iter().map(RecoveryCode::hash).collect();
        let verified = match candidate {
            Candidate::Pending(pending) => Some(pending.verified().clone()),
            Candidate::Session(_) => None,
        };
        let (tenant, user, now) = (tenant.id.clone(), user.clone(), self.clock.now());
        let given = self
            .db
            .write(move |conn: &mut DbConnection| {
                // Either locks the user's row, so that of two who race one sees the other's factor.
                let stands = match &verified {
                    Some(verified) => user_store::confirm_credentials(conn, &tenant, &user, verified)?,
                    None => user_store::confirm_active(conn, &tenant, &user)?,
                };
                if !stands || !second_factor::list_totp(conn, &tenant, &user)?.is_empty() {
                    return Ok(None);
                }
                second_factor::insert_totp(conn, &tenant, &user, &new, now)?;
                if !with_codes || second_factor::has_unused(conn, &tenant, &user)? {
                    return Ok(Some(false));
                }
                second_factor::replace_codes(conn, &tenant, &user, &hashes, now)?;
                Ok(Some(true))
            })
            .await?;
        Ok(given.map(|given| if given { fresh } else { Vec::new() }))
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
