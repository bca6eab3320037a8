//! Sign-ins are watched: what each leads to is recorded, one place for one outcome, and how risky it looks is judged.

use std::time::Duration;

use diesel::QueryResult;
use latchkey_audit::{Actor, EventKind, SecurityEvent, event_store};
use latchkey_cache::{CacheKey, Inserted, Kind};
use latchkey_core::{ClientId, TenantId, TokenHash, UserId, UtcTime};
use latchkey_mail::Message;
use latchkey_mail::messages::SignInBlocked;
use latchkey_storage::DbConnection;
use latchkey_tenants::{FirstFactorKind, Tenant};

use super::SignIn;
use super::demand::Began;
use super::second_factor::{SecondFactorAttempt, SecondFactorOutcome, SecondFactorStep};
use crate::authentication::{Demand, FirstFactorPassed, PasswordState};
use crate::known_origin_store::{self, SeenFrom};
use crate::risk::{Risk, Signals, Travel};
use crate::throttle::{network_of, window_of};
use crate::{
    AuthError, Author, IdentifierKey, Interaction, Origin, PasskeyAttempt, PasskeyFactorAttempt, PasskeyFactorOutcome,
    PasskeyOutcome, PasskeyRefusal, Places, RelyingParty, session_store,
};

/// Failures count for so long.
const RECENT: Duration = Duration::from_secs(60 * 60);

/// Where a sign-in is under way.
#[derive(Clone, Copy)]
pub(super) struct UnderWay<'a> {
    /// `None` where no page is shown.
    pub(super) interaction: Option<&'a Interaction>,
    pub(super) client: &'a ClientId,
    pub(super) from: &'a Origin,
}

/// Why a first factor was refused; told to operators alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    /// Whose it would have been; what was typed for nobody is not kept.
    pub(super) user: Option<UserId>,
    pub(super) reason: &'static str,
}

impl Refusal {
    pub(super) fn of(user: &UserId, reason: &'static str) -> Self {
        Self { user: Some(user.clone()), reason }
    }

    pub(super) fn of_nobody(reason: &'static str) -> Self {
        Self { user: None, reason }
    }
}

impl<'a> UnderWay<'a> {
    pub(super) fn of(interaction: &'a Interaction, from: &'a Origin) -> Self {
        Self { interaction: Some(interaction), client: &interaction.client_id, from }
    }

    /// From where, as far as a browser is known.
    pub(super) fn seen_from(&self) -> SeenFrom {
        let browser: Option<TokenHash> = self.interaction.map(|interaction| interaction.browser.clone());
        SeenFrom { browser, address: self.from.address }
    }

    fn at(&self, event: SecurityEvent) -> SecurityEvent {
        event.at_client(self.client).from(self.from.stored_address(), self.from.stored_user_agent())
    }

    fn failure(&self, kind: EventKind, reason: &'static str) -> SecurityEvent {
        self.at(SecurityEvent::failure(kind, Actor::Anonymous, reason))
    }

    fn success(&self, kind: EventKind, user: &UserId) -> SecurityEvent {
        self.at(SecurityEvent::success(kind, Actor::User)).of(user)
    }
}

/// What is known of somebody who signs in there.
pub(super) fn gather(
    conn: &mut DbConnection,
    (tenant, user): (&TenantId, &UserId),
    from: &SeenFrom,
    (places, now): (&Places, UtcTime),
) -> QueryResult<Signals> {
    let seen = known_origin_store::recognize(conn, tenant, user, from)?;
    let failures = event_store::count_of_user(conn, tenant, user, EventKind::SignInFailed, now.minus(RECENT))?;
    Ok(Signals {
        new_device: seen.is_new_browser,
        new_network: seen.is_new_network,
        recent_failures: u64::try_from(failures).unwrap_or_default(),
        travel: find_travel(conn, (tenant, user), from, (places, now))?,
        ..Signals::default()
    })
}

/// The way from the last sign-in, where both places are known.
fn find_travel(
    conn: &mut DbConnection,
    (tenant, user): (&TenantId, &UserId),
    from: &SeenFrom,
    (places, now): (&Places, UtcTime),
) -> QueryResult<Option<Travel>> {
    let Some(here) = places.find(from.address) else { return Ok(None) };
    let Some((address, at)) = session_store::find_last_sign_in(conn, tenant, user)? else { return Ok(None) };
    let distance = places.find_text(&address).and_then(|there| there.distance_km(&here));
    Ok(distance.map(|distance_km| Travel { distance_km, hours: now.since(at).as_secs_f64() / 3600.0 }))
}

impl SignIn {
    /// Judges a first factor that is right, before anything is said of it. `None` when nobody is let in: that is recorded
    /// then, and the user told.
    pub(super) async fn judge(
        &self,
        tenant: &Tenant,
        passed: &FirstFactorPassed,
        under_way: UnderWay<'_>,
    ) -> Result<Option<Risk>, AuthError> {
        let (id, user, seen_from) = (tenant.id.clone(), passed.user().id.clone(), under_way.seen_from());
        let now = self.clock.now();
        let places = self.places.clone();
        let gathered = self.db.read(move |conn| gather(conn, (&id, &user), &seen_from, (&places, now)));
        let signals = gathered.await?;
        let breached_password = passed.password() == PasswordState::Breached;
        let risk = Risk::of(&Signals { breached_password, ..signals });
        if !tenant.settings.risk.blocks(risk.score()) {
            return Ok(Some(risk));
        }
        let event = under_way.failure(EventKind::SignInBlocked, "risk").of(&passed.user().id);
        let event = event.with("risk", risk.to_details());
        let author = Author::Visitor(under_way.from.clone());
        let from = self.security.whereabouts(&author, (tenant, passed.user()));
        let message = Message::SignInBlocked(SignInBlocked { at: now, from });
        let (security, tenant, user) = (self.security.clone(), tenant.clone(), passed.user().clone());
        self.db
            .write(move |conn| {
                security.record(conn, &tenant.id, &event, now)?;
                security.tell(conn, (&tenant, &user), message.clone(), now)
            })
            .await?;
        Ok(None)
    }

    /// What is asked for where the risk asks for more than the policy: a second factor of who has one that counts, and of
    /// who has none a code that is mailed to the proved address. Nobody sets one up for that reason: it might be the thief.
    pub(super) async fn stiffen(
        &self,
        tenant: &Tenant,
        passed: &FirstFactorPassed,
        (under_way, risk): (UnderWay<'_>, &Risk),
        demand: Demand,
    ) -> Result<Demand, AuthError> {
        if demand == Demand::SecondFactor || !tenant.settings.risk.asks_second_factor(risk.score()) {
            return Ok(demand);
        }
        let user = passed.user();
        let policy = self.policy_of(tenant, user, under_way.client, Some(passed.first().kind()));
        let factors = self.find_factors(tenant, user, (&policy, Began::of(passed.first()))).await?;
        if !factors.counting.is_empty() {
            return Ok(Demand::SecondFactor);
        }
        // A factor that does not count here is no reason for a weaker one, and who began with the mailbox has shown it.
        let by_password = passed.first().kind() == FirstFactorKind::Password;
        let can_mail = user.email.is_some() && user.email_verified && self.transports.can_mail(tenant);
        Ok(if by_password && can_mail && !factors.has_any { Demand::MailedCode } else { demand })
    }

    /// A first factor was refused.
    pub(super) async fn report_refusal(
        &self,
        tenant: &TenantId,
        under_way: UnderWay<'_>,
        refusal: &Refusal,
    ) -> Result<(), AuthError> {
        let event = under_way.failure(EventKind::SignInFailed, refusal.reason);
        let event = refusal.user.iter().fold(event, |event, user| event.of(user));
        self.report(tenant, event).await
    }

    /// Nothing was checked any more: recorded once in a window for each account and network, so that who goes on trying
    /// does not fill the database.
    pub(super) async fn report_throttled(
        &self,
        tenant: &Tenant,
        under_way: UnderWay<'_>,
        identifier: &IdentifierKey,
    ) -> Result<(), AuthError> {
        let network = network_of(under_way.from.address);
        let id = format!("sign-in:reported:{}:{network}", identifier.digest().as_str());
        let key = CacheKey::new(&tenant.id, Kind::Throttle, &id);
        if self.cache.put_if_absent(&key, &true, window_of(tenant)).await? == Inserted::AlreadyThere {
            return Ok(());
        }
        let (id, identifier) = (tenant.id.clone(), identifier.clone());
        let found =
            self.db.read(move |conn| crate::user_store::find_user_by_identifier(conn, &id, &identifier)).await?;
        let event = under_way.failure(EventKind::SignInThrottled, "too_many_failures");
        let event = found.iter().fold(event, |event, user| event.of(&user.id));
        self.report(&tenant.id, event).await
    }

    /// A second factor is asked for.
    pub(super) async fn report_second_factor_asked(
        &self,
        tenant: &TenantId,
        under_way: UnderWay<'_>,
        (user, risk): (&UserId, &Risk),
    ) -> Result<(), AuthError> {
        let event = under_way.success(EventKind::SecondFactorAsked, user);
        self.report(tenant, event.with("risk", risk.to_details())).await
    }

    /// The user goes on without a second factor.
    pub(super) async fn report_put_off(
        &self,
        tenant: &TenantId,
        under_way: UnderWay<'_>,
        user: &UserId,
    ) -> Result<(), AuthError> {
        self.report(tenant, under_way.success(EventKind::SecondFactorPutOff, user)).await
    }

    /// Checks a code, and gives the user a session that shows both factors.
    ///
    /// # Errors
    /// Unavailable stores: 503.
    pub async fn submit_second_factor(
        &self,
        tenant: &Tenant,
        interaction: &Interaction,
        step: &SecondFactorStep,
        attempt: SecondFactorAttempt,
    ) -> Result<SecondFactorOutcome, AuthError> {
        let (from, kind) = (attempt.with.from.clone(), attempt.kind);
        let outcome = self.try_second_factor(tenant, interaction, step, attempt).await?;
        let (event, reason) = match &outcome {
            // Recorded with the session.
            SecondFactorOutcome::SignedIn { .. } => return Ok(outcome),
            SecondFactorOutcome::Refused => (EventKind::SecondFactorFailed, "wrong_code"),
            SecondFactorOutcome::Expired => (EventKind::SecondFactorFailed, "code_expired"),
            SecondFactorOutcome::Throttled { .. } => (EventKind::SecondFactorThrottled, "too_many_wrong_codes"),
            SecondFactorOutcome::Over => (EventKind::SecondFactorFailed, "sign_in_over"),
        };
        let event = UnderWay::of(interaction, &from).failure(event, reason).of(&step.user.id);
        self.report(&tenant.id, event.with("kind", kind.as_str())).await?;
        Ok(outcome)
    }

    /// Checks a passkey and gives its user a session.
    ///
    /// # Errors
    /// Unavailable stores: 503.
    pub async fn submit_passkey(
        &self,
        tenant: &Tenant,
        party: &RelyingParty,
        interaction: &Interaction,
        attempt: PasskeyAttempt,
    ) -> Result<PasskeyOutcome, AuthError> {
        let from = attempt.with.from.clone();
        let outcome = self.try_passkey(tenant, party, interaction, attempt).await?;
        let reason = match &outcome {
            PasskeyOutcome::Refused(PasskeyRefusal::Suspected) => "passkey_suspected",
            PasskeyOutcome::Refused(_) => "wrong_passkey",
            _ => return Ok(outcome),
        };
        self.report_refusal(&tenant.id, UnderWay::of(interaction, &from), &Refusal::of_nobody(reason)).await?;
        Ok(outcome)
    }

    /// Checks a passkey, and gives the user a session that shows both factors.
    ///
    /// # Errors
    /// Unavailable stores: 503.
    pub async fn submit_passkey_factor(
        &self,
        tenant: &Tenant,
        (party, interaction): (&RelyingParty, &Interaction),
        step: &SecondFactorStep,
        attempt: PasskeyFactorAttempt,
    ) -> Result<PasskeyFactorOutcome, AuthError> {
        let from = attempt.with.from.clone();
        let outcome = self.try_passkey_factor(tenant, (party, interaction), step, attempt).await?;
        let (event, reason) = match &outcome {
            PasskeyFactorOutcome::Refused(_) => (EventKind::SecondFactorFailed, "wrong_passkey"),
            PasskeyFactorOutcome::Throttled { .. } => (EventKind::SecondFactorThrottled, "too_many_failures"),
            PasskeyFactorOutcome::Over => (EventKind::SecondFactorFailed, "sign_in_over"),
            _ => return Ok(outcome),
        };
        let event = UnderWay::of(interaction, &from).failure(event, reason).of(&step.user.id);
        self.report(&tenant.id, event.with("kind", "passkey")).await?;
        Ok(outcome)
    }

    pub(super) async fn report(&self, tenant: &TenantId, event: SecurityEvent) -> Result<(), AuthError> {
        let (security, tenant, now) = (self.security.clone(), tenant.clone(), self.clock.now());
        Ok(self.db.write(move |conn| security.record(conn, &tenant, &event, now)).await?)
    }
}
