//! Signing in with a passkey and without a name: the browser offers those that it knows.

use std::net::IpAddr;
use std::time::Duration;

use latchkey_audit::EventKind;
use latchkey_cache::{CacheKey, Kind};
use latchkey_core::{Secret, TenantId, UserId};
use latchkey_storage::DbConnection;
use latchkey_tenants::{FirstFactorKind, Tenant};
use webauthn_rs_core::proto::AuthenticationState;

use super::SignIn;
use super::demand::Destination;
use super::open_session::{Along, Arrival};
use super::required_action::Entry;
use super::second_factor::SignedInWith;
use super::watch::UnderWay;
use crate::authentication::FirstFactorPassed;
use crate::interaction::{self, Progress};
use crate::passkey::{self, Ceremony, Keeper, KeptPasskey, ProvedPasskey, user_handle};
use crate::risk::Risk;
use crate::throttle::Admission;
use crate::{AuthError, Author, Interaction, Origin, PasskeyOptions, PasskeyRefusal, RelyingParty, User};

/// What the browser answered.
#[derive(Clone, Debug)]
pub struct PasskeyAttempt {
    /// A `PublicKeyCredential` as JSON; any text.
    pub response: Secret<String>,
    /// Where from, and with which cookies.
    pub with: SignedInWith,
}

/// What became of a passkey.
#[derive(Clone, Debug)]
pub enum PasskeyOutcome {
    /// The user has a session, unless something is to be done first.
    SignedIn(Entry),
    /// The passkey is right, and another factor is asked for; the sign-in under way knows who it is.
    SecondFactorNeeded,
    /// It was not accepted.
    Refused(PasskeyRefusal),
    /// Too many failures from this address.
    Throttled {
        /// When to try again.
        retry_after: Duration,
    },
}

/// What the signature of a passkey showed.
pub(super) enum Checked {
    Proved(Box<User>, ProvedPasskey),
    Refused(PasskeyRefusal),
}

/// What a challenge is for; a browser answers each once.
#[derive(Clone, Copy)]
pub(super) enum Purpose<'a> {
    SignIn,
    SecondFactor(&'a UserId),
    New(&'a UserId),
}

impl SignIn {
    /// What the sign-in page hands to the browser: the same while the sign-in lasts, until it is answered. `None` where a
    /// passkey is no way to sign in.
    ///
    /// # Errors
    /// Unavailable stores: 503.
    pub async fn begin_passkey(
        &self,
        tenant: &Tenant,
        party: &RelyingParty,
        interaction: &Interaction,
    ) -> Result<Option<PasskeyOptions>, AuthError> {
        if !self.offered_first_factors(tenant, interaction).contains(&FirstFactorKind::Passkey) {
            return Ok(None);
        }
        let key = challenge_key(&tenant.id, interaction, Purpose::SignIn);
        let begun: Option<Ceremony<AuthenticationState>> = self.cache.find(&key).await?;
        if let Some(begun) = begun {
            return Ok(Some(PasskeyOptions::new(&begun.options)));
        }
        let begun = passkey::start_authentication(party, &tenant.settings.passkeys, Vec::new())?;
        self.cache.put(&key, &begun, interaction::LIFETIME).await?;
        Ok(Some(PasskeyOptions::new(&begun.options)))
    }

    pub(super) async fn try_passkey(
        &self,
        tenant: &Tenant,
        party: &RelyingParty,
        interaction: &Interaction,
        attempt: PasskeyAttempt,
    ) -> Result<PasskeyOutcome, AuthError> {
        let address: IpAddr = attempt.with.from.address;
        if let Admission::Throttled { retry_after } = self.throttle.admit_from(tenant, address).await? {
            return Ok(PasskeyOutcome::Throttled { retry_after });
        }
        if !self.offered_first_factors(tenant, interaction).contains(&FirstFactorKind::Passkey) {
            return Ok(PasskeyOutcome::Refused(PasskeyRefusal::Wrong));
        }
        let key = challenge_key(&tenant.id, interaction, Purpose::SignIn);
        let checked = self.check_passkey(tenant, party, (&key, None), (&attempt.response, &attempt.with.from)).await?;
        let (user, proved) = match checked {
            Checked::Proved(user, proved) => (*user, proved),
            Checked::Refused(refusal) => return Ok(PasskeyOutcome::Refused(refusal)),
        };
        let first_factor = FirstFactorPassed::by_passkey(user, proved);
        let counting = first_factor.filter(|first_factor| first_factor.counts_at(tenant, &interaction.client_id));
        let Some(first_factor) = counting else { return Ok(PasskeyOutcome::Refused(PasskeyRefusal::Wrong)) };
        let under_way = UnderWay::of(interaction, &attempt.with.from);
        let Some(risk) = self.judge(tenant, &first_factor, under_way).await? else {
            return Ok(PasskeyOutcome::Refused(PasskeyRefusal::Wrong));
        };
        self.throttle.forgive_from(tenant, address).await?;
        self.go_on_with_passkey(tenant, interaction, (first_factor, &risk), &attempt.with).await
    }

    async fn go_on_with_passkey(
        &self,
        tenant: &Tenant,
        interaction: &Interaction,
        (first_factor, risk): (FirstFactorPassed, &Risk),
        with: &SignedInWith,
    ) -> Result<PasskeyOutcome, AuthError> {
        let destination = Destination { client: &interaction.client_id, acr: interaction.requirement.acr };
        let demand = self.demand(tenant, &first_factor, destination, with.device.as_ref()).await?;
        let under_way = UnderWay::of(interaction, &with.from);
        let demand = self.stiffen(tenant, &first_factor, (under_way, risk), demand).await?;
        let user = first_factor.user().id.clone();
        match first_factor.go_on(demand, self.clock.now()) {
            Ok(authenticated) => {
                let arrival =
                    Arrival { from: &with.from, held: with.previous_session.as_ref(), along: Along::default() };
                let opened = self.let_in(tenant, under_way, authenticated, arrival).await?;
                Ok(opened.map_or(PasskeyOutcome::Refused(PasskeyRefusal::Wrong), PasskeyOutcome::SignedIn))
            }
            Err(pending) => {
                let progress = Progress { pending: Some(pending), ..Progress::default() };
                self.record_progress(&tenant.id, interaction, &progress).await?;
                self.report_second_factor_asked(&tenant.id, under_way, (&user, risk)).await?;
                Ok(PasskeyOutcome::SecondFactorNeeded)
            }
        }
    }

    /// Takes the challenge, checks the answer and records the use; `of` is whose passkey it has to be.
    pub(super) async fn check_passkey(
        &self,
        tenant: &Tenant,
        party: &RelyingParty,
        (key, of): (&CacheKey, Option<&UserId>),
        (response, from): (&Secret<String>, &Origin),
    ) -> Result<Checked, AuthError> {
        let wrong = Ok(Checked::Refused(PasskeyRefusal::Wrong));
        // First of all: whatever was sent, this challenge counts no more.
        let taken: Option<Ceremony<AuthenticationState>> = self.cache.take(key).await?;
        let (Some(begun), Some(id)) = (taken, passkey::credential_id_of(response.expose())) else { return wrong };
        let found = {
            let tenant = tenant.id.clone();
            self.db.read(move |conn| passkey::find_passkey(conn, &tenant, &id)).await?
        };
        let Some((kept, user)) = found else { return wrong };
        let is_right = of.is_none_or(|of| *of == user.id) && kept.issuer_host.as_deref() == party.issuer_host();
        if !is_right {
            return wrong;
        }
        let (policy, handle) = (&tenant.settings.passkeys, user_handle(&tenant.id, &user.id));
        let proof = (begun.state, kept.credential(), handle.as_slice());
        let result = match passkey::finish_authentication(party, policy, proof, response.expose()) {
            Ok(_) if kept.suspected_at.is_some() => return Ok(Checked::Refused(PasskeyRefusal::Suspected)),
            Ok(result) => result,
            Err(PasskeyRefusal::Suspected) => {
                self.suspect_passkey(&tenant.id, &user.id, &kept, from).await?;
                return Ok(Checked::Refused(PasskeyRefusal::Suspected));
            }
            Err(refusal) => return Ok(Checked::Refused(refusal)),
        };
        let mut credential = kept.credential();
        credential.counter = result.counter();
        credential.backup_state = result.backup_state();
        credential.backup_eligible = result.backup_eligible();
        let keeper = Keeper::of(&credential, kept.attested);
        let proved = ProvedPasskey { id: kept.id.clone(), user_verified: result.user_verified(), keeper };
        let (tenant, owner, now) = (tenant.id.clone(), user.id.clone(), self.clock.now());
        let record =
            move |conn: &mut DbConnection| passkey::record_use(conn, &tenant, (&owner, &kept.id), &credential, now);
        // Somebody may have been faster with the same counter: then one of the two is a copy, or a repetition.
        if self.db.write(record).await? { Ok(Checked::Proved(Box::new(user), proved)) } else { wrong }
    }

    async fn suspect_passkey(
        &self,
        tenant: &TenantId,
        user: &UserId,
        kept: &KeptPasskey,
        from: &Origin,
    ) -> Result<(), AuthError> {
        let (tenant, user, id, now) = (tenant.clone(), user.clone(), kept.id.clone(), self.clock.now());
        let event = Author::Visitor(from.clone()).event(EventKind::PasskeyCounterRegressed).of(&user);
        let (security, event) = (self.security.clone(), event.with("name", kept.name.as_str()));
        let marked = self
            .db
            .write(move |conn| {
                let marked = passkey::suspect(conn, &tenant, (&user, &id), now)?;
                if marked {
                    security.record(conn, &tenant, &event, now)?;
                }
                Ok(marked)
            })
            .await?;
        if marked {
            tracing::warn!(passkey = %kept.id, "the counter of a passkey went back: there may be a copy");
        }
        Ok(())
    }
}

pub(super) fn challenge_key(tenant: &TenantId, interaction: &Interaction, purpose: Purpose<'_>) -> CacheKey {
    let id = match purpose {
        Purpose::SignIn => format!("sign-in:{}", interaction.id),
        Purpose::SecondFactor(user) => format!("second-factor:{}:{user}", interaction.id),
        Purpose::New(user) => format!("new:{}:{user}", interaction.id),
    };
    CacheKey::new(tenant, Kind::PasskeyChallenge, &id)
}
