//! The second factor of a sign-in: who is asked for one, and what becomes of a code.

use std::time::Duration;

use latchkey_audit::EventKind;
use latchkey_core::{Secret, UserId, UtcTime};
use latchkey_mail::messages::CredentialChange;
use latchkey_storage::DbConnection;
use latchkey_tenants::{FirstFactorKind, SecondFactorKind, SecondFactorPolicy, SecondFactorRule, Tenant};

use super::SignIn;
use super::demand::{Began, Factors, begins_well};
use super::open_session::{Along, Arrival};
use super::required_action::Entry;
use super::watch::UnderWay;
use crate::authentication::{AskedFactor, AwaitsSecondFactor, PutOff, SecondFactorPassed};
use crate::held_sessions::{HeldSessions, cookie_value};
use crate::interaction::Progress;
use crate::second_factor::{self, DeviceCookie, NewDeviceRow, TotpSecret, Trier, held_devices, recovery_code_hash};
use crate::session::SessionCookie;
use crate::session_store::{self, Raise};
use crate::throttle::Admission;
use crate::{
    Acr, ActiveSession, AuthError, Author, Interaction, NewSession, Origin, RememberedAccount, User, user_store,
};

/// A password that was right so long ago is asked for again.
pub(super) const FIRST_FACTOR_LIFETIME: Duration = Duration::from_secs(15 * 60);
const DAY_SECONDS: u64 = 24 * 60 * 60;

/// Where a sign-in stands with the second factor.
#[derive(Debug)]
pub enum SecondFactorStage {
    /// The person is asked for it, or sets one up.
    Ask(Box<SecondFactorStep>),
    /// Nobody has passed the first factor lately.
    SignInFirst,
    /// The session has it.
    Passed,
}

/// A person who is asked for a second factor.
#[derive(Debug)]
pub struct SecondFactorStep {
    /// Who passed the first.
    pub user: User,
    /// What the user has, of the kinds that count; the one to be offered first comes first.
    pub kinds: Vec<SecondFactorKind>,
    /// What may be set up now: nothing, unless the user has none.
    pub enrollable: Vec<SecondFactorKind>,
    /// For how many days the browser may be remembered; 0 for never.
    pub remember_device_days: u16,
    /// Until when the person may go on without.
    pub due_at: Option<UtcTime>,
    pub(super) policy: SecondFactorPolicy,
    pub(super) candidate: Candidate,
    /// Whether what is set up comes beside what the user has.
    pub(super) is_addition: bool,
    /// Whether there are recovery codes left.
    pub(super) has_recovery_codes: bool,
    /// Whether the person may go on without, because what is set up is only wished for.
    pub(super) is_wish: bool,
}

/// What the second factor is added to.
#[derive(Debug)]
pub(super) enum Candidate {
    /// The first factor of this sign-in.
    Pending(AwaitsSecondFactor),
    /// A session that is there.
    Session(Box<ActiveSession>),
}

/// A code that somebody typed.
#[derive(Clone, Debug)]
pub struct SecondFactorAttempt {
    /// What it is said to be.
    pub kind: SecondFactorKind,
    /// The code as typed.
    pub code: Secret<String>,
    /// Whether the browser is to be remembered.
    pub remember: bool,
    /// Where from, and with which cookies.
    pub with: SignedInWith,
}

/// The browser that somebody signs in with.
#[derive(Clone, Debug)]
pub struct SignedInWith {
    /// Where the request comes from.
    pub from: Origin,
    /// The session cookie that it holds.
    pub previous_session: Option<Secret<String>>,
    /// The cookie of remembered browsers that it holds.
    pub device: Option<Secret<String>>,
}

/// What the cookie of a browser that is remembered is to hold.
#[derive(Clone, Debug)]
pub struct NewDevice {
    /// This user's part, and those of others that stay.
    pub cookie_value: Secret<String>,
    /// How long.
    pub max_age: Duration,
}

/// What became of a code.
#[derive(Clone, Debug)]
pub enum SecondFactorOutcome {
    /// The user has shown both factors.
    SignedIn {
        /// The session, unless something is to be done first.
        entry: Entry,
        /// The browser is remembered from now on.
        device: Option<NewDevice>,
    },
    /// The code is wrong, or was used before.
    Refused,
    /// What was sent is too old, or was used: another can be sent.
    Expired,
    /// Too many wrong codes of this user.
    Throttled {
        /// When to try again.
        retry_after: Duration,
    },
    /// Ten wrong codes in this sign-in, or the user may not go on: it starts with the password again.
    Over,
}

impl SignIn {
    /// Where the sign-in stands with the second factor.
    ///
    /// # Errors
    /// Unavailable stores: 503.
    pub async fn second_factor(
        &self,
        tenant: &Tenant,
        interaction: &Interaction,
        session_cookie: Option<&str>,
    ) -> Result<SecondFactorStage, AuthError> {
        let Some((user, candidate)) = self.find_candidate(tenant, interaction, session_cookie).await? else {
            return Ok(SecondFactorStage::SignInFirst);
        };
        if matches!(&candidate, Candidate::Session(active) if !begins_well(tenant, active, &interaction.client_id)) {
            return Ok(SecondFactorStage::SignInFirst);
        }
        let mut policy = self.policy_of(tenant, &user, &interaction.client_id, candidate.first_factor());
        let by_mail = candidate.asked() == AskedFactor::MailedCode;
        if by_mail {
            // It shows that the mailbox is the user's, this once; it is not what the policy means by a second factor.
            policy = SecondFactorPolicy { kinds: vec![SecondFactorKind::EmailCode], remember_device_days: 0, ..policy };
        }
        let began = candidate.began();
        let factors = self.find_factors(tenant, &user, (&policy, began)).await?;
        let acr = interaction.requirement.acr;
        if candidate.shows(&policy, acr.filter(|acr| factors.can_reach(&policy, Some(*acr)))) {
            return Ok(SecondFactorStage::Passed);
        }
        if by_mail && factors.counting.is_empty() {
            return Ok(SecondFactorStage::SignInFirst);
        }
        let strengthening = factors.strengthening(&policy, acr);
        if !strengthening.is_empty() && matches!(candidate, Candidate::Session(_)) {
            return Ok(self.strengthen(interaction, user, (policy, candidate), (factors, strengthening)));
        }
        let enrollable = factors.that_reach(&factors.enrollable(&policy), acr);
        if !factors.has_any && !candidate.may_enrol(interaction, self.clock.now()) {
            return Ok(SecondFactorStage::SignInFirst);
        }
        let may_wait = matches!(&candidate, Candidate::Pending(_))
            && !factors.has_any
            && policy.rule == SecondFactorRule::Required
            && acr <= Some(Acr::OneFactor);
        let due_at = if may_wait { self.find_grace(tenant, &user, &policy).await? } else { None };
        let (kinds, remember_device_days) = (factors.that_reach(&factors.counting, acr), policy.remember_device_days);
        let step = SecondFactorStep {
            user,
            kinds,
            enrollable,
            remember_device_days,
            due_at,
            policy,
            candidate,
            // Beside the passkey that was shown.
            is_addition: began == Began::ByPasskey,
            has_recovery_codes: factors.has_recovery_codes,
            is_wish: false,
        };
        Ok(SecondFactorStage::Ask(Box::new(step)))
    }

    /// A session whose user has nothing that reaches the class: what the user has is proved first, then what is missing is
    /// set up beside it.
    fn strengthen(
        &self,
        interaction: &Interaction,
        user: User,
        (policy, candidate): (SecondFactorPolicy, Candidate),
        (factors, strengthening): (Factors, Vec<SecondFactorKind>),
    ) -> SecondFactorStage {
        // Not in a session that somebody found open.
        if !candidate.may_enrol(interaction, self.clock.now()) {
            return SecondFactorStage::SignInFirst;
        }
        let is_proved = candidate.shows(&policy, Some(Acr::TwoFactors));
        let is_wish = is_proved && interaction.requirement.essential_acr <= Some(Acr::TwoFactors);
        SecondFactorStage::Ask(Box::new(SecondFactorStep {
            user,
            kinds: if is_proved { Vec::new() } else { factors.counting },
            enrollable: if is_proved { strengthening } else { Vec::new() },
            remember_device_days: policy.remember_device_days,
            due_at: None,
            policy,
            candidate,
            is_addition: is_proved,
            has_recovery_codes: factors.has_recovery_codes,
            is_wish,
        }))
    }

    async fn find_candidate(
        &self,
        tenant: &Tenant,
        interaction: &Interaction,
        session_cookie: Option<&str>,
    ) -> Result<Option<(User, Candidate)>, AuthError> {
        if let Some(pending) = &interaction.pending {
            let candidate = Candidate::Pending(pending.clone());
            if candidate.is_older_than(FIRST_FACTOR_LIFETIME, self.clock.now()) {
                return Ok(None);
            }
            let user = self.find_user_signing_in(tenant, &pending.user_id).await?;
            return Ok(user.map(|user| (user, candidate)));
        }
        let Some(cookie) = session_cookie else { return Ok(None) };
        let accounts = self.find_accounts(tenant, cookie).await?;
        let picked = accounts.pick(&interaction.account_wish()).cloned();
        Ok(picked.map(|active| (active.user.clone(), Candidate::Session(Box::new(active)))))
    }

    pub(super) async fn try_second_factor(
        &self,
        tenant: &Tenant,
        interaction: &Interaction,
        step: &SecondFactorStep,
        attempt: SecondFactorAttempt,
    ) -> Result<SecondFactorOutcome, AuthError> {
        if !self.tries.admit_to_sign_in(tenant, &interaction.id, step.candidate.since()).await? {
            self.record_progress(&tenant.id, interaction, &Progress::default()).await?;
            return Ok(SecondFactorOutcome::Over);
        }
        let is_known = self.knows_browser(tenant, &step.user, attempt.with.device.as_ref()).await?;
        let trier = Trier { user: &step.user.id, is_known };
        if let Admission::Throttled { retry_after } = self.tries.admit(tenant, trier).await? {
            return Ok(SecondFactorOutcome::Throttled { retry_after });
        }
        let offered = step.kinds.contains(&attempt.kind);
        let passed = match attempt.kind {
            _ if !offered => None,
            // It is no code.
            SecondFactorKind::Push => None,
            kind @ (SecondFactorKind::EmailCode | SecondFactorKind::Sms) => {
                match self.check_sent_code(tenant, interaction, step, (kind, &attempt.code)).await? {
                    Some(passed) => passed,
                    None => return Ok(SecondFactorOutcome::Expired),
                }
            }
            SecondFactorKind::Passkey | SecondFactorKind::Totp | SecondFactorKind::RecoveryCode => {
                self.check_code(tenant, &step.user.id, &attempt).await?
            }
        };
        let Some(passed) = passed else { return Ok(SecondFactorOutcome::Refused) };
        self.tries.forgive(tenant, trier).await?;
        let (row, device) = self.remembered(step, &passed, attempt.remember, &attempt.with);
        let along = Along { device: row.as_ref(), factor: None };
        let entry = self.pass(tenant, interaction, (&step.candidate, &passed, along), &attempt.with).await?;
        Ok(entry.map_or(SecondFactorOutcome::Over, |entry| SecondFactorOutcome::SignedIn { entry, device }))
    }

    /// Lets the user go on without a second factor, while there is time to put it off; `None` when there is not.
    ///
    /// # Errors
    /// Unavailable stores: 503.
    pub async fn put_off_second_factor(
        &self,
        tenant: &Tenant,
        interaction: &Interaction,
        step: &SecondFactorStep,
        with: &SignedInWith,
    ) -> Result<Option<Entry>, AuthError> {
        let Some(allowed) = PutOff::until(step.due_at, self.clock.now()) else { return Ok(None) };
        let Candidate::Pending(pending) = &step.candidate else { return Ok(None) };
        let held = with.previous_session.as_ref();
        let arrival = Arrival { from: &with.from, held, along: Along::default() };
        let under_way = UnderWay::of(interaction, &with.from);
        let opened = self.let_in(tenant, under_way, pending.clone().put_off(allowed), arrival).await?;
        if opened.is_some() {
            self.report_put_off(&tenant.id, under_way, &step.user.id).await?;
        }
        Ok(opened)
    }

    /// Each code counts once: of two that race exactly one passes.
    async fn check_code(
        &self,
        tenant: &Tenant,
        user: &UserId,
        attempt: &SecondFactorAttempt,
    ) -> Result<Option<SecondFactorPassed>, AuthError> {
        let (this, code, now) = (self.clone(), attempt.code.clone(), self.clock.now());
        let (kind, author) = (attempt.kind, Author::Visitor(attempt.with.from.clone()));
        let drift = tenant.settings.authentication.totp_drift_steps;
        let (of, tenant, user) = (tenant.clone(), tenant.id.clone(), user.clone());
        let spent = self
            .db
            .write(move |conn: &mut DbConnection| match kind {
                // They are no codes.
                SecondFactorKind::Passkey | SecondFactorKind::Push => Ok(false),
                SecondFactorKind::RecoveryCode => {
                    let hash = recovery_code_hash(code.expose());
                    if !second_factor::spend_code(conn, &tenant, &user, &hash, now)? {
                        return Ok(false);
                    }
                    let change = (CredentialChange::RecoveryCodeUsed, &author);
                    this.security.record_credential_change(conn, (&of, &user), change, now).map(|()| true)
                }
                SecondFactorKind::Totp => {
                    for row in second_factor::list_totp(conn, &tenant, &user)? {
                        let context = second_factor::totp_context(&tenant, &user);
                        let Some(secret) = this.sealer.open(&context, &row.sealed_secret) else {
                            tracing::error!(factor = %row.id, "the secret of an authenticator cannot be opened");
                            continue;
                        };
                        let step = TotpSecret::new(secret, row.algorithm.0).step_of(code.expose(), drift, now);
                        if let Some(step) = step {
                            return second_factor::spend_step(conn, &tenant, &user, (&row.id, step), now);
                        }
                    }
                    Ok(false)
                }
                // They are in no table.
                SecondFactorKind::EmailCode | SecondFactorKind::Sms => Ok(false),
            })
            .await?;
        Ok(spent.then(|| SecondFactorPassed::by(kind)))
    }

    pub(super) async fn pass(
        &self,
        tenant: &Tenant,
        interaction: &Interaction,
        (candidate, passed, along): (&Candidate, &SecondFactorPassed, Along<'_>),
        with: &SignedInWith,
    ) -> Result<Option<Entry>, AuthError> {
        match candidate {
            Candidate::Pending(pending) => {
                let arrival = Arrival { from: &with.from, held: with.previous_session.as_ref(), along };
                let under_way = UnderWay::of(interaction, &with.from);
                self.let_in(tenant, under_way, pending.clone().pass(passed), arrival).await
            }
            Candidate::Session(active) => {
                let raised = self.raise(tenant, active, (passed, along), with).await?;
                Ok(raised.map(|session| Entry::Opened(Box::new(session))))
            }
        }
    }

    /// Makes a session that is there stronger; it gets a new secret, and becomes the active one.
    async fn raise(
        &self,
        tenant: &Tenant,
        active: &ActiveSession,
        (passed, along): (&SecondFactorPassed, Along<'_>),
        with: &SignedInWith,
    ) -> Result<Option<NewSession>, AuthError> {
        let cookie = with.previous_session.as_ref().map(|cookie| HeldSessions::parse(cookie.expose()));
        let held = cookie.unwrap_or_default();
        let Some(own) = held.iter().find(|held| held.cookie.id == active.session.id).cloned() else { return Ok(None) };
        let (cookie, secret) = SessionCookie::generate(self.clock.now(), &self.rng);
        let amr = passed.amr_beside(&active.session.amr);
        let acr = Acr::of_factors(&amr).as_str().to_owned();
        let raise = Raise { cookie, amr, acr, factor: passed.kind() };
        let (of, id, user_row, old) = (tenant.clone(), tenant.id.clone(), active.user.id.clone(), own.cookie.clone());
        let (security, author) = (self.security.clone(), Author::Visitor(with.from.clone()));
        let session = active.session.id.clone();
        let (device, factor, now) = (along.device.cloned(), along.factor.cloned(), self.clock.now());
        let raised = self
            .db
            .write(move |conn| {
                let along = Along { device: device.as_ref(), factor: factor.as_ref() };
                let raised = user_store::confirm_active(conn, &of.id, &user_row)?
                    && user_store::ask_gate(conn, &of, &user_row)?.is_ok()
                    && along.fits(conn, &id, &user_row)?
                    && session_store::raise_session(conn, &id, &old, &raise)?;
                if raised {
                    along.write(conn, (&of, &user_row), (&security, &author), now)?;
                    let event = author.event(EventKind::SessionRaised).of(&user_row).in_session(&session);
                    let event = event.with("acr", raise.acr.as_str()).with("second_factor", raise.factor.as_str());
                    security.record(conn, &id, &event.with("amr", raise.amr.clone()), now)?;
                }
                Ok(raised)
            })
            .await?;
        if !raised {
            return Ok(None);
        }
        let value = SessionCookie::value(&active.session.id, &secret);
        let others = held.iter().filter(|held| held.cookie.id != active.session.id).map(|held| &held.value);
        let all = cookie_value(Some(&value), others);
        Ok(Some(NewSession {
            id: active.session.id.clone(),
            cookie_value: all.unwrap_or(value),
            expires_at: active.session.expires_at,
            account: RememberedAccount::of(&active.user),
        }))
    }

    /// The browser as it is to be remembered, and what its cookie is to hold; nothing where that is not wished or allowed.
    pub(super) fn remembered(
        &self,
        step: &SecondFactorStep,
        passed: &SecondFactorPassed,
        remember: bool,
        with: &SignedInWith,
    ) -> (Option<NewDeviceRow>, Option<NewDevice>) {
        let days = step.policy.remember_device_days;
        if !remember || days == 0 {
            return (None, None);
        }
        let now = self.clock.now();
        let max_age = Duration::from_secs(DAY_SECONDS * u64::from(days));
        let cookie = DeviceCookie::generate(now, &self.rng);
        let cookie_value = cookie.beside(&held_devices(with.device.as_ref()));
        let row =
            NewDeviceRow { cookie, factor: passed.kind(), from: with.from.clone(), expires_at: now.plus(max_age) };
        (Some(row), Some(NewDevice { cookie_value, max_age }))
    }
}

impl SecondFactorStep {
    /// Whether what is set up comes beside what the user has proved already.
    #[must_use]
    pub fn is_addition(&self) -> bool {
        self.is_addition
    }

    /// Whether the person may go on without what is set up here: the application would only like to see it.
    #[must_use]
    pub fn is_wish(&self) -> bool {
        self.is_wish
    }
}

impl Candidate {
    /// What the sign-in began with.
    fn began(&self) -> Began {
        match self {
            Self::Pending(pending) => Began::of(&pending.first),
            Self::Session(active) => Began::of_session(&active.session),
        }
    }

    /// Whether there is nothing left to be shown: a kind that counts, and the class that is asked for.
    fn shows(&self, policy: &SecondFactorPolicy, acr: Option<Acr>) -> bool {
        match self {
            Self::Pending(_) => false,
            Self::Session(active) => {
                active.session.shows_one_of(&policy.kinds) && acr <= Acr::parse(&active.session.acr)
            }
        }
    }

    /// Which second factor is asked for.
    fn asked(&self) -> AskedFactor {
        match self {
            Self::Pending(pending) => pending.asked,
            Self::Session(_) => AskedFactor::Own,
        }
    }

    /// When the first factor was passed.
    pub(super) fn since(&self) -> UtcTime {
        match self {
            Self::Pending(pending) => pending.at,
            Self::Session(active) => active.session.authenticated_at,
        }
    }

    /// What the first factor was.
    fn first_factor(&self) -> Option<FirstFactorKind> {
        match self {
            Self::Pending(pending) => Some(pending.first_factor()),
            Self::Session(active) => active.session.first_factor(),
        }
    }

    /// Whether the password was typed just now, for this: whoever found an open session may not set up a factor of their own
    /// in it.
    fn may_enrol(&self, interaction: &Interaction, now: UtcTime) -> bool {
        let typed = match self {
            Self::Pending(_) => true,
            Self::Session(active) => interaction.has_signed_in(&active.session),
        };
        typed && !self.is_older_than(FIRST_FACTOR_LIFETIME, now)
    }

    fn is_older_than(&self, age: Duration, now: UtcTime) -> bool {
        now.since(self.since()) > age
    }
}
