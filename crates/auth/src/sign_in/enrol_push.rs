//! Setting up a device that approves sign-ins: the tenant's application redeems a code that the page shows, and the user
//! types the number into the page that the application shows then. So nobody who only photographed the code gets in: the
//! number is on the phone of whoever was faster.

use std::net::IpAddr;
use std::time::Duration;

use latchkey_cache::{CacheKey, Kind};
use latchkey_core::{FactorId, InteractionId, Rng, Secret, TenantId, TokenHash, UserId, UtcTime, constant_time_eq};
use latchkey_tenants::{SecondFactorKind, Tenant};
use serde::{Deserialize, Serialize};

use super::SignIn;
use super::enrol::{Enrolled, EnrolmentAttempt, EnrolmentOutcome};
use super::second_factor::SecondFactorStep;
use crate::second_factor::{Enrolment, NewPushDevice, recovery_code_hash};
use crate::{AuthError, Interaction, RecoveryCode, interaction};

/// Where applications enrol devices, below the issuer.
pub const PUSH_DEVICES_PATH: &str = "/push-devices";

const CODE_LIFETIME: Duration = Duration::from_secs(10 * 60);
/// Wrong numbers for one device; then the code is shown anew.
const TRIES: u64 = 3;

/// What an application needs to enrol a device.
#[derive(Clone, Debug)]
pub struct PushEnrolment {
    /// The one-time code, to be typed.
    pub code: Secret<String>,
    /// What the QR code says: where the code is redeemed, with the code behind the `#`, so that no server but the one that
    /// is meant ever sees it.
    pub uri: Secret<String>,
    /// Whether an application has redeemed it, and waits for its number to be typed.
    pub is_redeemed: bool,
}

/// What became of a code that an application sent.
#[derive(Clone, Debug)]
pub enum PushRedeemed {
    /// The user types the number into the page.
    Waiting {
        /// The id by which the device signs from then on.
        device: FactorId,
        /// What the application shows.
        number: String,
    },
    /// The code is unknown, was redeemed, or is too old.
    UnknownCode,
    /// The message says nothing that counts; the reason is for the application's developer.
    Invalid(&'static str),
}

/// The code that a page shows.
#[derive(Serialize, Deserialize)]
struct Setup {
    user_id: UserId,
    sealed_code: String,
    expires_at: UtcTime,
}

/// For which sign-in a code counts.
#[derive(Serialize, Deserialize)]
struct Redeemable {
    user_id: UserId,
    interaction: InteractionId,
    expires_at: UtcTime,
}

/// A device whose number has to be typed.
#[derive(Serialize, Deserialize)]
struct Candidate {
    user_id: UserId,
    device: NewPushDevice,
    number: String,
}

impl SignIn {
    /// The code to be shown: the same one while it counts. `None` when the user may not set one up.
    ///
    /// # Errors
    /// Unavailable stores: 503.
    pub async fn begin_push(
        &self,
        tenant: &Tenant,
        interaction: &Interaction,
        step: &SecondFactorStep,
    ) -> Result<Option<PushEnrolment>, AuthError> {
        if !step.enrollable.contains(&SecondFactorKind::Push) {
            return Ok(None);
        }
        let is_redeemed = self.find_candidate_device(tenant, interaction, &step.user.id).await?.is_some();
        let shown = self.find_shown(tenant, interaction, (&step.user.id, is_redeemed)).await?;
        let code = match shown {
            Some(code) => code,
            None => self.show_new_code(tenant, interaction, &step.user.id).await?,
        };
        let uri = format!("{}{PUSH_DEVICES_PATH}#code={}", tenant.issuer(&self.public_url), code.expose());
        Ok(Some(PushEnrolment { code, uri: Secret::new(uri), is_redeemed }))
    }

    /// The code that the page shows already; one that is too old only while its device waits.
    async fn find_shown(
        &self,
        tenant: &Tenant,
        interaction: &Interaction,
        (user, is_redeemed): (&UserId, bool),
    ) -> Result<Option<Secret<String>>, AuthError> {
        let found: Option<Setup> = self.cache.find(&setup_key(&tenant.id, interaction)).await?;
        let own = found.filter(|setup| setup.user_id == *user && (is_redeemed || self.clock.now() < setup.expires_at));
        Ok(own.and_then(|setup| {
            let bytes = self.sealer.open(&context(&tenant.id, interaction), &setup.sealed_code)?;
            String::from_utf8(bytes.expose().clone()).ok().map(Secret::new)
        }))
    }

    async fn show_new_code(
        &self,
        tenant: &Tenant,
        interaction: &Interaction,
        user: &UserId,
    ) -> Result<Secret<String>, AuthError> {
        let code = RecoveryCode::generate(&self.rng);
        let context = context(&tenant.id, interaction);
        let sealed_code = self.sealer.seal(&context, code.text().expose().as_bytes(), &self.rng)?;
        let (user_id, expires_at) = (user.clone(), self.clock.now().plus(CODE_LIFETIME));
        let redeemable = Redeemable { user_id: user_id.clone(), interaction: interaction.id.clone(), expires_at };
        self.cache.put(&code_key(&tenant.id, &code.hash()), &redeemable, CODE_LIFETIME).await?;
        let setup = Setup { user_id, sealed_code, expires_at };
        self.cache.put(&setup_key(&tenant.id, interaction), &setup, interaction::LIFETIME).await?;
        Ok(code.text().clone())
    }

    /// Takes the device of an application that sends a code; it counts once its number was typed.
    ///
    /// # Errors
    /// [`AuthError::TooManyRequests`]; unavailable stores: 503.
    pub async fn redeem_push_code(
        &self,
        tenant: &Tenant,
        from: IpAddr,
        message: &str,
    ) -> Result<PushRedeemed, AuthError> {
        self.admit_stranger(tenant, from).await?;
        let now = self.clock.now();
        let enrolment = match Enrolment::read(message, &tenant.issuer(&self.public_url), now) {
            Ok(enrolment) => enrolment,
            Err(reason) => return Ok(PushRedeemed::Invalid(reason)),
        };
        let key = code_key(&tenant.id, &recovery_code_hash(enrolment.code.expose()));
        // Of two that race one takes it.
        let taken: Option<Redeemable> = self.cache.take(&key).await?;
        let Some(for_whom) = taken.filter(|taken| now < taken.expires_at) else {
            return Ok(PushRedeemed::UnknownCode);
        };
        let Enrolment { name, address, key, .. } = enrolment;
        let device = NewPushDevice { id: FactorId::generate(now, &self.rng), name, address, public_key: key };
        let number = two_digits(&self.rng);
        let redeemed = PushRedeemed::Waiting { device: device.id.clone(), number: number.clone() };
        let candidate = Candidate { user_id: for_whom.user_id, device, number };
        self.cache.put(&candidate_key(&tenant.id, &for_whom.interaction), &candidate, CODE_LIFETIME).await?;
        Ok(redeemed)
    }

    /// Takes the device into use once its number is right.
    ///
    /// # Errors
    /// Unavailable stores: 503.
    pub async fn confirm_push(
        &self,
        tenant: &Tenant,
        interaction: &Interaction,
        step: &SecondFactorStep,
        attempt: &EnrolmentAttempt,
    ) -> Result<EnrolmentOutcome, AuthError> {
        let found = self.find_candidate_device(tenant, interaction, &step.user.id).await?;
        let Some(candidate) = found.filter(|_| step.enrollable.contains(&SecondFactorKind::Push)) else {
            return Ok(EnrolmentOutcome::Expired);
        };
        let typed: String = attempt.code.expose().chars().filter(|c| !c.is_whitespace()).collect();
        if !constant_time_eq(typed.as_bytes(), candidate.number.as_bytes()) {
            let id = format!("enrol-push:{}", candidate.device.id);
            let tries = CacheKey::new(&tenant.id, Kind::Throttle, &id);
            if self.cache.increment(&tries, interaction::LIFETIME).await?.count < TRIES {
                return Ok(EnrolmentOutcome::Refused);
            }
            self.restart_push(&tenant.id, interaction).await?;
            return Ok(EnrolmentOutcome::Expired);
        }
        let key = candidate_key(&tenant.id, &interaction.id);
        let taken: Option<Candidate> = self.cache.take(&key).await?;
        // Another may have come in its place since it was looked at.
        let same = taken.filter(|taken| taken.device.id == candidate.device.id);
        let Some(Candidate { device, .. }) = same else { return Ok(EnrolmentOutcome::Expired) };
        self.cache.delete(&setup_key(&tenant.id, interaction)).await?;
        self.enrol(tenant, interaction, step, (Enrolled::PushDevice(device), attempt)).await
    }

    /// Forgets the code that the page shows, and the device that redeemed it: another code is shown next.
    ///
    /// # Errors
    /// [`AuthError::Cache`].
    pub async fn restart_push(&self, tenant: &TenantId, interaction: &Interaction) -> Result<(), AuthError> {
        self.cache.delete(&candidate_key(tenant, &interaction.id)).await?;
        Ok(self.cache.delete(&setup_key(tenant, interaction)).await?)
    }

    async fn find_candidate_device(
        &self,
        tenant: &Tenant,
        interaction: &Interaction,
        user: &UserId,
    ) -> Result<Option<Candidate>, AuthError> {
        let found: Option<Candidate> = self.cache.find(&candidate_key(&tenant.id, &interaction.id)).await?;
        Ok(found.filter(|candidate| candidate.user_id == *user))
    }
}

/// A number from 10 to 99, each as likely as the next.
pub(super) fn two_digits(rng: &Rng) -> String {
    loop {
        let [byte] = rng.bytes::<1>();
        if byte < 180 {
            return (byte % 90 + 10).to_string();
        }
    }
}

fn setup_key(tenant: &TenantId, interaction: &Interaction) -> CacheKey {
    CacheKey::new(tenant, Kind::PushEnrolment, &format!("setup:{}", interaction.id))
}

fn code_key(tenant: &TenantId, hash: &TokenHash) -> CacheKey {
    CacheKey::new(tenant, Kind::PushEnrolment, &format!("code:{}", hash.as_str()))
}

fn candidate_key(tenant: &TenantId, interaction: &InteractionId) -> CacheKey {
    CacheKey::new(tenant, Kind::PushEnrolment, &format!("device:{interaction}"))
}

/// Binds the sealed code to its page.
fn context(tenant: &TenantId, interaction: &Interaction) -> String {
    format!("push-code\n{tenant}\n{}", interaction.id)
}
