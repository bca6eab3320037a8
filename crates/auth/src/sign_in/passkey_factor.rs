//! A passkey as second factor.

use std::time::Duration;

use latchkey_core::Secret;
use latchkey_tenants::{SecondFactorKind, Tenant};

use super::SignIn;
use super::open_session::Along;
use super::passkey::{Checked, Purpose, challenge_key};
use super::required_action::Entry;
use super::second_factor::{NewDevice, SecondFactorStep, SignedInWith};
use crate::authentication::SecondFactorPassed;
use crate::interaction::{self, Progress};
use crate::passkey;
use crate::second_factor::Trier;
use crate::throttle::Admission;
use crate::{AuthError, Interaction, PasskeyOptions, PasskeyRefusal, RelyingParty};

/// What the browser answered.
#[derive(Clone, Debug)]
pub struct PasskeyFactorAttempt {
    /// A `PublicKeyCredential` as JSON; any text.
    pub response: Secret<String>,
    /// Whether the browser is to be remembered.
    pub remember: bool,
    /// Where from, and with which cookies.
    pub with: SignedInWith,
}

/// What became of a passkey as second factor.
#[derive(Clone, Debug)]
pub enum PasskeyFactorOutcome {
    /// The user has a session that shows both factors.
    SignedIn {
        /// The session and its cookie, unless something is to be done first.
        entry: Entry,
        /// The browser is remembered from now on.
        device: Option<NewDevice>,
    },
    /// It was not accepted.
    Refused(PasskeyRefusal),
    /// Too many failures of this user.
    Throttled {
        /// When to try again.
        retry_after: Duration,
    },
    /// Ten failures in this sign-in, or the user may not go on: it starts with the first factor again.
    Over,
}

impl SignIn {
    /// What the page hands to the browser; `None` when the user has no passkey that counts here.
    ///
    /// # Errors
    /// Unavailable stores: 503.
    pub async fn begin_passkey_factor(
        &self,
        tenant: &Tenant,
        party: &RelyingParty,
        interaction: &Interaction,
        step: &SecondFactorStep,
    ) -> Result<Option<PasskeyOptions>, AuthError> {
        if !step.kinds.contains(&SecondFactorKind::Passkey) {
            return Ok(None);
        }
        let (of, user, host) = (tenant.id.clone(), step.user.id.clone(), party.issuer_host().map(str::to_owned));
        let kept = self.db.read(move |conn| passkey::list_credentials(conn, &of, &user, host.as_deref())).await?;
        if kept.is_empty() {
            return Ok(None);
        }
        let credentials = kept.iter().map(passkey::KeptPasskey::credential).collect();
        let begun = passkey::start_authentication(party, &tenant.settings.passkeys, credentials)?;
        let key = challenge_key(&tenant.id, interaction, Purpose::SecondFactor(&step.user.id));
        self.cache.put(&key, &begun, interaction::LIFETIME).await?;
        Ok(Some(PasskeyOptions::new(&begun.options)))
    }

    pub(super) async fn try_passkey_factor(
        &self,
        tenant: &Tenant,
        (party, interaction): (&RelyingParty, &Interaction),
        step: &SecondFactorStep,
        attempt: PasskeyFactorAttempt,
    ) -> Result<PasskeyFactorOutcome, AuthError> {
        if !self.tries.admit_to_sign_in(tenant, &interaction.id, step.candidate.since()).await? {
            self.record_progress(&tenant.id, interaction, &Progress::default()).await?;
            return Ok(PasskeyFactorOutcome::Over);
        }
        let is_known = self.knows_browser(tenant, &step.user, attempt.with.device.as_ref()).await?;
        let trier = Trier { user: &step.user.id, is_known };
        if let Admission::Throttled { retry_after } = self.tries.admit(tenant, trier).await? {
            return Ok(PasskeyFactorOutcome::Throttled { retry_after });
        }
        if !step.kinds.contains(&SecondFactorKind::Passkey) {
            return Ok(PasskeyFactorOutcome::Refused(PasskeyRefusal::Wrong));
        }
        let key = challenge_key(&tenant.id, interaction, Purpose::SecondFactor(&step.user.id));
        let answer = (&attempt.response, &attempt.with.from);
        let checked = self.check_passkey(tenant, party, (&key, Some(&step.user.id)), answer).await?;
        let passed = match checked {
            Checked::Proved(_, proved) => SecondFactorPassed::by_passkey(&proved),
            Checked::Refused(refusal) => return Ok(PasskeyFactorOutcome::Refused(refusal)),
        };
        self.tries.forgive(tenant, trier).await?;
        let (row, device) = self.remembered(step, &passed, attempt.remember, &attempt.with);
        let along = Along { device: row.as_ref(), factor: None };
        let entry = self.pass(tenant, interaction, (&step.candidate, &passed, along), &attempt.with).await?;
        Ok(entry.map_or(PasskeyFactorOutcome::Over, |entry| PasskeyFactorOutcome::SignedIn { entry, device }))
    }
}
