//! The sign-in state machine: password, then whatever else is asked for, then a session, then consent.

mod accounts;
mod demand;
mod disown;
mod email_links;
mod enrol;
mod enrol_phone;
mod enrol_push;
mod find;
mod interaction_class;
mod invite;
mod judge;
mod mail_sign_in;
mod message_allowance;
mod open_session;
mod own_consents;
mod own_console;
mod own_deletion;
mod own_email;
mod own_events;
mod own_factors;
mod own_identities;
mod own_passkeys;
mod own_password;
mod own_profile;
mod own_push_devices;
mod own_record;
mod own_sessions;
mod passkey;
mod passkey_factor;
mod placing;
mod proof;
mod prove_password;
mod push_factor;
mod registration;
mod remembered_accounts;
mod required_action;
mod reset_password;
mod second_code;
mod second_factor;
mod sent_codes;
mod sign_up;
mod verify_email;
mod watch;
mod work;

pub use demand::{AskedAcr, Sufficiency};
pub use disown::{AddedSince, DisownOutcome, Disowned, SinceThen};
pub use email_links::{EmailConfirmed, EmailToUndo, EmailUndone};
pub use enrol::{EnrolmentAttempt, EnrolmentOutcome, TotpEnrolment};
pub use enrol_phone::PhoneBegun;
pub use enrol_push::{PUSH_DEVICES_PATH, PushEnrolment, PushRedeemed};
pub use invite::InvitationByMail;
pub use mail_sign_in::{LINK_PAGE, MailAttempt, MailOutcome, MailRequest, MailRequested, SentMail};
pub use message_allowance::MessageChannel;
pub use own_console::{OwnProof, OwnSession, OwnSummary};
pub use own_email::{EmailAsked, PendingEmail};
pub use own_factors::{OwnAccount, OwnFactors};
pub use own_identities::{IdentityUnlinked, LinkedUser};
pub use own_passkeys::{AddedPasskey, NewPasskeyAttempt, PasskeyOwner};
pub use own_password::{PasswordChange, PasswordChangeOutcome};
pub use own_profile::ProfileOutcome;
pub use passkey::{PasskeyAttempt, PasskeyOutcome};
pub use passkey_factor::{PasskeyFactorAttempt, PasskeyFactorOutcome};
pub use push_factor::{PUSH_APPROVALS_PATH, PushAnswered, PushAsked, PushOutcome, PushState};
pub use registration::{PendingRegistration, RegistrationOutcome};
pub use required_action::{ActionOutcome, ActionStage, ActionStep, Entry};
pub(crate) use reset_password::ResetAsked;
pub use reset_password::{ResetOutcome, ResetRequest, ResetRequested, RevokeGrants};
pub use second_code::SecondCodeSent;
pub use second_factor::{
    NewDevice, SecondFactorAttempt, SecondFactorOutcome, SecondFactorStage, SecondFactorStep, SignedInWith,
};
pub use sign_up::{SignUpAttempt, SignUpOutcome};
pub use verify_email::{CodeMail, EMAIL_CODE_DIGITS};
pub use work::WorkTask;

use std::net::IpAddr;
use std::time::Duration;

use latchkey_audit::{Actor, EventKind, Outbox, SecurityEvent};
use latchkey_cache::{Cache, CacheKey, Kind};
use latchkey_core::{ClientId, Clock, InteractionId, Rng, Sealer, Secret, SessionId, TenantId, UserId, UtcTime};
use latchkey_storage::{Db, DbConnection};
use latchkey_tenants::{PublicUrl, RequiredAction, Tenant, Withheld};

use crate::authentication::{FirstFactorPassed, FullyAuthenticated, Outdated};
use crate::consent_store::Consent;
use crate::held_sessions::HeldSessions;
use crate::interaction::{self, Progress};
use crate::pairwise::PairwiseSubjects;
use crate::second_factor::Tries;
use crate::sign_in::demand::Destination;
use crate::sign_in::open_session::{Along, Arrival, Opening};
use crate::sign_in::watch::{Refusal, UnderWay};
use crate::throttle::{Admission, Guesser, Throttle};
use crate::touches::Touches;
use crate::user_store::Credentials;
use crate::{
    ActiveSession, AuthError, BrowserBinding, ConsentDecision, ConsentState, IdentifierKey, Interaction,
    NewInteraction, NewSession, Origin, Passwords, Places, Risk, SecurityLog, Session, SignedIn, Transports, User,
    session_store, user_store,
};

/// A use is recorded when the last one known is that long ago: `last_seen_at` needs no better.
const TOUCH_AFTER: Duration = Duration::from_secs(30);
/// Touches in one transaction.
const FLUSH_CHUNK: usize = 500;

/// Signs users in. Clones share everything.
#[derive(Clone)]
pub struct SignIn {
    db: Db,
    cache: Cache,
    clock: Clock,
    rng: Rng,
    passwords: Passwords,
    throttle: Throttle,
    touches: Touches,
    subjects: PairwiseSubjects,
    sealer: Sealer,
    tries: Tries,
    outbox: Outbox,
    public_url: PublicUrl,
    security: SecurityLog,
    transports: Transports,
    places: Places,
}

/// What signing in stands on.
pub struct SignInMeans {
    /// The durable store.
    pub db: Db,
    /// The short-lived store.
    pub cache: Cache,
    /// The clock.
    pub clock: Clock,
    /// The source of randomness.
    pub rng: Rng,
    /// Hashes passwords.
    pub passwords: Passwords,
    /// Seals the secrets of second factors.
    pub sealer: Sealer,
    /// Where mails wait.
    pub outbox: Outbox,
    /// What the links in mails start with.
    pub public_url: PublicUrl,
    /// What the instance can send.
    pub transports: Transports,
}

/// Who begins a sign-in.
#[derive(Clone, Copy, Debug)]
pub struct Visitor<'a> {
    /// The network address, after trusted proxies.
    pub address: IpAddr,
    /// The browser.
    pub browser: &'a BrowserBinding,
}

/// A password that somebody typed.
#[derive(Clone, Debug)]
pub struct PasswordAttempt {
    /// The user name or address as typed.
    pub identifier: String,
    /// The password as typed.
    pub password: Secret<String>,
    /// Where the request comes from.
    pub from: Origin,
    /// The session cookie that the browser holds for this tenant, if any: the same user's session goes on with a new
    /// secret, those of other users stay beside it.
    pub previous_session: Option<Secret<String>>,
    /// The cookie of remembered browsers that it holds, if any.
    pub device: Option<Secret<String>>,
    /// The cookie of accounts that were signed in to in it, if any ([`SignIn::know_browser`]).
    pub known: Option<Secret<String>>,
    /// The solution of the task that the page set, if it set one.
    pub work: Option<String>,
}

/// What became of a password.
#[derive(Clone, Debug)]
pub enum PasswordOutcome {
    /// The user has a session.
    SignedIn {
        /// The session and its cookie.
        session: NewSession,
        /// Who signed in.
        user_id: UserId,
    },
    /// The password is right, and a second factor is asked for; the sign-in under way knows who it is.
    SecondFactorNeeded,
    /// Every factor was passed, and the user has something to do first; the sign-in under way knows who it is.
    ActionRequired,
    /// Unknown user, wrong password, not allowed to sign in: the reason is told to nobody.
    Refused,
    /// The tenant is flooded with wrong passwords, and the browser has not done the work that is asked for; the password was
    /// not looked at.
    WorkNeeded,
    /// Too many failures for this account or from this address.
    Throttled {
        /// When to try again.
        retry_after: Duration,
    },
}

impl SignIn {
    /// Sets up signing in.
    #[must_use]
    pub fn new(means: SignInMeans) -> Self {
        let SignInMeans { db, cache, clock, rng, passwords, sealer, outbox, public_url, transports } = means;
        let throttle = Throttle::new(cache.clone(), clock.clone(), rng.clone(), sealer.clone());
        let tries = Tries::new(cache.clone(), clock.clone(), rng.clone());
        let subjects = PairwiseSubjects::new(db.clone(), clock.clone(), rng.clone());
        let touches = Touches::default();
        let security = SecurityLog::new(outbox.clone(), rng.clone(), public_url.clone());
        Self {
            db,
            cache,
            clock,
            rng,
            passwords,
            throttle,
            touches,
            subjects,
            sealer,
            tries,
            outbox,
            public_url,
            security,
            transports,
            places: Places::default(),
        }
    }

    /// What the instance can send.
    #[must_use]
    pub fn transports(&self) -> Transports {
        self.transports
    }

    /// Begins a sign-in for one browser; it lives 30 minutes. Anybody can have one begun, so it is counted here.
    ///
    /// # Errors
    /// [`AuthError::TooManyRequests`], [`AuthError::Cache`].
    pub async fn begin(
        &self,
        tenant: &Tenant,
        visitor: Visitor<'_>,
        request: NewInteraction,
    ) -> Result<Interaction, AuthError> {
        self.admit_stranger(tenant, visitor.address).await?;
        let now = self.clock.now();
        let id = InteractionId::generate(now, &self.rng);
        let interaction = Interaction::new(id, visitor.browser.hash(), request, now);
        self.cache.put(&interaction_key(&tenant.id, &interaction.id), &interaction, interaction::LIFETIME).await?;
        Ok(interaction)
    }

    /// Counts a request of somebody who proved nothing and for whom something is going to be kept.
    ///
    /// # Errors
    /// [`AuthError::TooManyRequests`] beyond the tenant's `anonymous_requests_per_address`; [`AuthError::Cache`].
    pub async fn admit_stranger(&self, tenant: &Tenant, address: IpAddr) -> Result<(), AuthError> {
        self.throttle.admit_stranger(tenant, address).await?.or_refuse()
    }

    /// Like [`SignIn::admit_stranger`], but counts nothing.
    ///
    /// # Errors
    /// As [`SignIn::admit_stranger`].
    pub async fn would_admit_stranger(&self, tenant: &Tenant, address: IpAddr) -> Result<(), AuthError> {
        self.throttle.would_admit_stranger(tenant, address).await?.or_refuse()
    }

    /// Finds a sign-in under way; `None` when it is unknown, expired, finished or bound to another browser.
    ///
    /// # Errors
    /// [`AuthError::Cache`].
    pub async fn find(
        &self,
        tenant: &TenantId,
        id: &InteractionId,
        browser: &BrowserBinding,
    ) -> Result<Option<Interaction>, AuthError> {
        let found: Option<Interaction> = self.cache.find(&interaction_key(tenant, id)).await?;
        let Some(interaction) = found.filter(|interaction| interaction.browser == browser.hash()) else {
            return Ok(None);
        };
        let progress = self.cache.find(&progress_key(tenant, id)).await?;
        Ok(Some(interaction.after(progress)))
    }

    /// Ends a sign-in: of two racing callers exactly one gets it.
    ///
    /// # Errors
    /// [`AuthError::Cache`].
    pub async fn finish(&self, tenant: &TenantId, id: &InteractionId) -> Result<Option<Interaction>, AuthError> {
        let taken: Option<Interaction> = self.cache.take(&interaction_key(tenant, id)).await?;
        let Some(interaction) = taken else { return Ok(None) };
        let progress = self.cache.take(&progress_key(tenant, id)).await?;
        Ok(Some(interaction.after(progress)))
    }

    /// Checks a password and opens a session; the answer and its time are alike for known and unknown users.
    ///
    /// # Errors
    /// [`AuthError::Busy`] and unavailable stores: 503.
    pub async fn submit_password(
        &self,
        tenant: &Tenant,
        interaction: &Interaction,
        attempt: PasswordAttempt,
    ) -> Result<PasswordOutcome, AuthError> {
        let destination = Destination { client: &interaction.client_id, acr: interaction.requirement.acr };
        self.check_password(tenant, destination, Some(interaction), attempt).await
    }

    async fn check_password(
        &self,
        tenant: &Tenant,
        destination: Destination<'_>,
        interaction: Option<&Interaction>,
        attempt: PasswordAttempt,
    ) -> Result<PasswordOutcome, AuthError> {
        let under_way = UnderWay { interaction, client: destination.client, from: &attempt.from };
        let (first_factor, risk) = match self.prove_password(tenant, under_way, &attempt).await? {
            Ok(proved) => proved,
            Err(outcome) => return Ok(outcome),
        };
        let demand = self.demand(tenant, &first_factor, destination, attempt.device.as_ref()).await?;
        let demand = self.stiffen(tenant, &first_factor, (under_way, &risk), demand).await?;
        let user_id = first_factor.user().id.clone();
        match first_factor.go_on(demand, self.clock.now()) {
            Ok(authenticated) => {
                let arrival =
                    Arrival { from: &attempt.from, held: attempt.previous_session.as_ref(), along: Along::default() };
                Ok(match self.let_in(tenant, under_way, authenticated, arrival).await? {
                    Some(Entry::Opened(session)) => PasswordOutcome::SignedIn { session: *session, user_id },
                    Some(Entry::ActionRequired) => PasswordOutcome::ActionRequired,
                    None => PasswordOutcome::Refused,
                })
            }
            Err(pending) => {
                if let Some(interaction) = interaction {
                    let progress = Progress { pending: Some(pending), ..Progress::default() };
                    self.record_progress(&tenant.id, interaction, &progress).await?;
                }
                self.report_second_factor_asked(&tenant.id, under_way, (&user_id, &risk)).await?;
                Ok(PasswordOutcome::SecondFactorNeeded)
            }
        }
    }

    /// Gives the user a session, within the sign-in under way if there is one, or keeps there what has to be done first.
    /// `None` when it cannot be any more.
    async fn let_in(
        &self,
        tenant: &Tenant,
        under_way: UnderWay<'_>,
        authenticated: FullyAuthenticated,
        arrival: Arrival<'_>,
    ) -> Result<Option<Entry>, AuthError> {
        let (now, user) = (self.clock.now(), authenticated.user_id().clone());
        if let Some(interaction) = under_way.interaction {
            let signed_in = SignedIn { user_id: user.clone(), at: authenticated.passed_at(now) };
            self.record_sign_in(&tenant.id, interaction, signed_in).await?;
        }
        let reason = match self.open_session(tenant, &authenticated, (under_way, arrival), now).await? {
            Opening::Opened(session) => return Ok(Some(Entry::Opened(session))),
            Opening::Withheld(Withheld::Until(action)) => {
                if let Some(interaction) = under_way.interaction {
                    if action == RequiredAction::VerifyEmail {
                        self.mail_first_code(tenant, interaction, &user).await?;
                    }
                    self.record_awaiting(&tenant.id, interaction, authenticated.awaits_action(now)).await?;
                }
                return Ok(Some(Entry::ActionRequired));
            }
            Opening::Withheld(Withheld::TenantSuspended) => "tenant_suspended",
            Opening::Withheld(Withheld::UserInactive) => "user_not_active",
            Opening::Withheld(Withheld::DeletionWaits) => "deletion_waits",
            Opening::Outdated => "credentials_changed",
        };
        self.report_refusal(&tenant.id, under_way, &Refusal::of(&user, reason)).await?;
        Ok(None)
    }

    /// Who signs in is who goes on with the interaction, whatever was chosen or allowed before.
    async fn record_sign_in(
        &self,
        tenant: &TenantId,
        interaction: &Interaction,
        signed_in: SignedIn,
    ) -> Result<(), AuthError> {
        let progress = Progress { signed_in: Some(signed_in), ..Progress::default() };
        self.record_progress(tenant, interaction, &progress).await
    }

    async fn record_progress(
        &self,
        tenant: &TenantId,
        interaction: &Interaction,
        progress: &Progress,
    ) -> Result<(), AuthError> {
        let progress = Progress { kept: interaction.kept, ..progress.clone() };
        Ok(self.cache.put(&progress_key(tenant, &interaction.id), &progress, interaction::LIFETIME).await?)
    }

    /// Records what the session's user answered on the consent page; an allowance is also remembered.
    ///
    /// # Errors
    /// [`AuthError::Cache`], [`AuthError::Db`].
    pub async fn record_consent(
        &self,
        tenant: &TenantId,
        interaction: &Interaction,
        session: &Session,
        decision: ConsentDecision,
    ) -> Result<(), AuthError> {
        let state = match decision {
            ConsentDecision::Deny => ConsentState::Denied,
            ConsentDecision::Allow(scope) => {
                // A form cannot allow more than was asked for.
                let scope = scope.intersection(&interaction.scope);
                let user = session.user_id.clone();
                let consent =
                    Consent { user_id: user.clone(), client_id: interaction.client_id.clone(), scope: scope.clone() };
                self.remember_consent(tenant, session, consent).await?;
                ConsentState::Allowed { user, scope }
            }
        };
        let (signed_in, chosen) = (interaction.signed_in.clone(), interaction.chosen.clone());
        let progress = Progress { signed_in, chosen, consent: Some(state), ..Progress::default() };
        self.record_progress(tenant, interaction, &progress).await
    }

    /// Finds the active session of a cookie if it is live, and counts this as a use of it.
    ///
    /// # Errors
    /// [`AuthError::Db`].
    pub async fn find_session(&self, tenant: &Tenant, cookie_value: &str) -> Result<Option<ActiveSession>, AuthError> {
        let Some(held) = HeldSessions::parse(cookie_value).active else { return Ok(None) };
        let id = tenant.id.clone();
        let row = self.db.read(move |conn| session_store::find_session(conn, &id, &held.cookie)).await?;
        let live = row.and_then(|(session, user)| self.live(tenant, session, user));
        if let Some(live) = &live {
            self.touch_if_due(tenant, &live.session);
        }
        Ok(live)
    }

    /// The session with its user, if both are good.
    fn live(&self, tenant: &Tenant, session: Session, user: User) -> Option<ActiveSession> {
        let seen_at = self.last_seen_at(tenant, &session);
        let lives = session.is_live(&tenant.settings, seen_at, self.clock.now());
        (lives && tenant.gate(&user.standing()).is_ok()).then_some(ActiveSession { session, user })
    }

    fn last_seen_at(&self, tenant: &Tenant, session: &Session) -> UtcTime {
        self.touches.find(&tenant.id, &session.id).unwrap_or(session.last_seen_at).max(session.last_seen_at)
    }

    fn touch_if_due(&self, tenant: &Tenant, session: &Session) {
        let now = self.clock.now();
        if now.since(self.last_seen_at(tenant, session)) >= TOUCH_AFTER {
            self.touches.record(&tenant.id, &session.id, now);
        }
    }

    /// Ends a session; every look-up from now on refuses it.
    ///
    /// # Errors
    /// [`AuthError::Db`].
    pub async fn end_session(&self, tenant: &TenantId, session: &SessionId) -> Result<(), AuthError> {
        self.end_sessions(tenant, std::slice::from_ref(session)).await
    }

    /// Ends every session of a user, in every browser; returns how many.
    ///
    /// # Errors
    /// [`AuthError::Db`].
    pub async fn end_sessions_of_user(
        &self,
        tenant: &TenantId,
        user: &UserId,
        actor: &Actor,
    ) -> Result<usize, AuthError> {
        let event = SecurityEvent::success(EventKind::SessionsEnded, actor.clone()).of(user);
        let (tenant, user, now, security) = (tenant.clone(), user.clone(), self.clock.now(), self.security.clone());
        let ended = self.db.write(move |conn| {
            let ended = session_store::end_sessions_of_user(conn, &tenant, &user, now)?;
            security.record(conn, &tenant, &event.clone().with("sessions", ended), now)?;
            Ok(ended)
        });
        Ok(ended.await?)
    }

    /// Finds a user whom the gate lets pass now, for the claims that a token speaks of.
    ///
    /// # Errors
    /// [`AuthError::Db`].
    pub async fn find_user(&self, tenant: &Tenant, id: &UserId) -> Result<Option<User>, AuthError> {
        let user = self.load_user(&tenant.id, id).await?;
        Ok(user.filter(|user| tenant.gate(&user.standing()).is_ok()))
    }

    /// Finds a user who may sign in, whatever is to be done on the way.
    async fn find_user_signing_in(&self, tenant: &Tenant, id: &UserId) -> Result<Option<User>, AuthError> {
        let user = self.load_user(&tenant.id, id).await?;
        Ok(user.filter(|user| tenant.lets_sign_in(&user.standing()).is_ok()))
    }

    async fn load_user(&self, tenant: &TenantId, id: &UserId) -> Result<Option<User>, AuthError> {
        let (tenant, id) = (tenant.clone(), id.clone());
        Ok(self.db.read(move |conn| user_store::find_user(conn, &tenant, &id)).await?)
    }

    /// The `sub` by which the clients of a sector know the user; the same for ever.
    ///
    /// # Errors
    /// [`AuthError::Db`].
    pub async fn pairwise_subject(&self, tenant: &TenantId, sector: &str, user: &UserId) -> Result<String, AuthError> {
        self.subjects.subject(tenant, sector, user).await
    }

    /// The user whom clients know by that pairwise `sub`; only clients of one sector when it is named.
    ///
    /// # Errors
    /// [`AuthError::Db`].
    pub async fn find_pairwise_user(
        &self,
        tenant: &TenantId,
        sector: Option<&str>,
        subject: &str,
    ) -> Result<Option<UserId>, AuthError> {
        self.subjects.find_user(tenant, sector, subject).await
    }

    /// Counts a use of a session that was found otherwise than by its cookie; costs no I/O.
    pub fn touch(&self, tenant: &TenantId, session: &SessionId) {
        self.touches.record(tenant, session, self.clock.now());
    }

    /// Writes the uses gathered since the last time; what cannot be written is kept for the next.
    ///
    /// # Errors
    /// [`AuthError::Db`].
    pub async fn flush_touches(&self) -> Result<(), AuthError> {
        let mut touches = self.touches.drain();
        // One order on every node, so that two that flush the same sessions do not deadlock.
        touches.sort_by(|left, right| left.0.cmp(&right.0));
        let mut rest = touches.as_slice();
        while !rest.is_empty() {
            let (chunk, after) = rest.split_at(rest.len().min(FLUSH_CHUNK));
            let writes = chunk.to_vec();
            let written = self
                .db
                .write(move |conn| {
                    writes.iter().try_for_each(|((tenant, session), seen_at)| {
                        session_store::touch_session(conn, tenant, session, *seen_at)
                    })
                })
                .await;
            if let Err(error) = written {
                self.touches.restore(rest.iter().cloned());
                return Err(error.into());
            }
            rest = after;
        }
        Ok(())
    }
}

/// Why a password of these credentials is refused, if it is.
fn why_refused(credentials: Option<&Credentials>) -> Refusal {
    let Some(Credentials { user, password_hash }) = credentials else { return Refusal::of_nobody("unknown_user") };
    let reason = match (user.may_sign_in(), password_hash) {
        (false, _) => "user_not_active",
        (true, None) => "no_password",
        (true, Some(_)) => "wrong_password",
    };
    Refusal::of(&user.id, reason)
}

fn interaction_key(tenant: &TenantId, id: &InteractionId) -> CacheKey {
    CacheKey::new(tenant, Kind::Interaction, id.as_str())
}

fn progress_key(tenant: &TenantId, id: &InteractionId) -> CacheKey {
    CacheKey::new(tenant, Kind::Progress, id.as_str())
}

#[cfg(test)]
mod tests;
