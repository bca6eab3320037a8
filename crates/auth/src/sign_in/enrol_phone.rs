//! Setting up a phone as a second factor: a code is sent to the number, and the number counts once that code is typed.

use std::time::Duration;

use latchkey_cache::{CacheKey, Kind};
use latchkey_core::{Secret, TenantId, TokenHash, UserId};
use latchkey_mail::SmsItem;
use latchkey_storage::DbConnection;
use latchkey_tenants::{SecondFactorKind, Tenant};
use serde::{Deserialize, Serialize};

use super::SignIn;
use super::enrol::{Enrolled, EnrolmentAttempt, EnrolmentOutcome};
use super::message_allowance::MessageChannel;
use super::second_factor::{SecondFactorStep, SignedInWith};
use super::sent_codes::{Fresh, Place, Purpose, Redeemed};
use crate::second_factor::{PhoneNumber, masked_number};
use crate::sent_code::{SECOND_FACTOR_DIGITS, Shown};
use crate::throttle::Admission;
use crate::{AuthError, Interaction, User, interaction};

/// Wrong codes for one number that is being set up.
const TRIES: u64 = 10;

/// What became of a number that somebody typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PhoneBegun {
    /// A code is on its way there.
    Sent,
    /// It is no number.
    Invalid,
    /// It was asked for too often, or too soon after the last time.
    Throttled {
        /// When to try again.
        retry_after: Duration,
    },
    /// No phone can be set up here.
    NotOffered,
}

/// A number that waits for its code.
#[derive(Serialize, Deserialize)]
struct Candidate {
    user_id: UserId,
    number: String,
}

impl SignIn {
    /// Sends a code to the number that the user wants to set up.
    ///
    /// # Errors
    /// Unavailable stores: 503.
    pub async fn begin_phone(
        &self,
        tenant: &Tenant,
        interaction: &Interaction,
        (step, typed): (&SecondFactorStep, &str),
        with: &SignedInWith,
    ) -> Result<PhoneBegun, AuthError> {
        if !step.enrollable.contains(&SecondFactorKind::Sms) {
            return Ok(PhoneBegun::NotOffered);
        }
        let Some(number) = PhoneNumber::parse(typed) else { return Ok(PhoneBegun::Invalid) };
        let place = place_of(tenant, interaction, step);
        let admission = match self.admit_sending(place).await? {
            Admission::Admitted => self.admit_sms(tenant, number.as_str(), with).await?,
            refused @ Admission::Throttled { .. } => refused,
        };
        if let Admission::Throttled { retry_after } = admission {
            return Ok(PhoneBegun::Throttled { retry_after });
        }
        let candidate = Candidate { user_id: step.user.id.clone(), number: number.as_str().to_owned() };
        self.cache.put(&candidate_key(&tenant.id, interaction), &candidate, interaction::LIFETIME).await?;
        let to = (Some(step.user.id.clone()), TokenHash::of(number.as_str()));
        let fresh = self.put_fresh(place, to, SECOND_FACTOR_DIGITS, None).await?;
        self.send_sms(tenant, &step.user, number.as_str(), fresh).await?;
        Ok(PhoneBegun::Sent)
    }

    /// The number that waits for its code, so far that its owner knows it.
    ///
    /// # Errors
    /// [`AuthError::Cache`].
    pub async fn find_phone_candidate(
        &self,
        tenant: &Tenant,
        interaction: &Interaction,
        step: &SecondFactorStep,
    ) -> Result<Option<String>, AuthError> {
        let found: Option<Candidate> = self.cache.find(&candidate_key(&tenant.id, interaction)).await?;
        let own = found.filter(|candidate| candidate.user_id == step.user.id);
        Ok(own.map(|candidate| masked_number(&candidate.number)))
    }

    /// Takes the phone into use once the code is right.
    ///
    /// # Errors
    /// Unavailable stores: 503.
    pub async fn confirm_phone(
        &self,
        tenant: &Tenant,
        interaction: &Interaction,
        step: &SecondFactorStep,
        attempt: &EnrolmentAttempt,
    ) -> Result<EnrolmentOutcome, AuthError> {
        let place = place_of(tenant, interaction, step);
        let found: Option<Candidate> = self.cache.find(&candidate_key(&tenant.id, interaction)).await?;
        let own = found.filter(|candidate| candidate.user_id == step.user.id);
        let Some(candidate) = own.filter(|_| step.enrollable.contains(&SecondFactorKind::Sms)) else {
            return Ok(EnrolmentOutcome::Expired);
        };
        // Whoever wants to have somebody else's number guesses its code.
        let tries = CacheKey::new(&tenant.id, Kind::Throttle, &format!("enrol-phone:{}", interaction.id));
        if self.cache.increment(&tries, interaction::LIFETIME).await?.count > TRIES {
            self.void_sent(place).await?;
            return Ok(EnrolmentOutcome::Expired);
        }
        let sent = match self.redeem_sent(place, &Shown::Code(attempt.code.clone())).await? {
            Redeemed::Right(sent) => sent,
            Redeemed::Wrong => return Ok(EnrolmentOutcome::Refused),
            Redeemed::Expired => return Ok(EnrolmentOutcome::Expired),
        };
        let is_own = sent.user_id.as_ref() == Some(&step.user.id);
        if !is_own || sent.destination != TokenHash::of(&candidate.number) {
            return Ok(EnrolmentOutcome::Expired);
        }
        self.enrol(tenant, interaction, step, (Enrolled::Phone(candidate.number), attempt)).await
    }

    /// By the number, by the address that asks, and by tenant: each message costs money.
    pub(super) async fn admit_sms(
        &self,
        tenant: &Tenant,
        number: &str,
        with: &SignedInWith,
    ) -> Result<Admission, AuthError> {
        match self.admit_message(tenant, MessageChannel::Sms, number, with.from.address).await {
            Ok(()) => Ok(Admission::Admitted),
            Err(AuthError::TooManyRequests { retry_after }) => Ok(Admission::Throttled { retry_after }),
            Err(error) => Err(error),
        }
    }

    pub(super) async fn send_sms(
        &self,
        tenant: &Tenant,
        user: &User,
        number: &str,
        fresh: Fresh,
    ) -> Result<(), AuthError> {
        let issuer = tenant.issuer(&self.public_url);
        let host = host_of(&issuer);
        let code: Secret<String> = Secret::new(fresh.code.expose().replace(' ', ""));
        let languages: Vec<&str> =
            user.claims.locale.iter().map(|locale| locale.as_str()).chain([tenant.settings.locale.as_str()]).collect();
        let sms = SmsItem::code(number, &code, (&tenant.name, host), &languages, fresh.expires_at);
        let (outbox, tenant, now) = (self.outbox.clone(), tenant.id.clone(), self.clock.now());
        Ok(self.db.write(move |conn: &mut DbConnection| outbox.enqueue(conn, &tenant, &sms, now)).await?)
    }
}

/// The host of an issuer, without its port.
fn host_of(issuer: &str) -> &str {
    let rest = issuer.split_once("://").map_or(issuer, |(_, rest)| rest);
    rest.split(['/', ':']).next().unwrap_or_default()
}

fn place_of<'a>(tenant: &'a Tenant, interaction: &'a Interaction, step: &SecondFactorStep) -> Place<'a> {
    Place { tenant, interaction: &interaction.id, purpose: Purpose::Phone(step.candidate.since()) }
}

fn candidate_key(tenant: &TenantId, interaction: &Interaction) -> CacheKey {
    CacheKey::new(tenant, Kind::SentCode, &format!("phone:candidate:{}", interaction.id))
}
