//! A device approves a sign-in: a notice goes to the user's devices, the page shows a number, and whoever has a device in
//! hand types it there. A stolen password thus meets somebody who does not see the number, and says so.

use std::time::Duration;

use latchkey_audit::{Actor, EventKind, SecurityEvent};
use latchkey_cache::{CacheKey, Inserted, Kind};
use latchkey_core::{FactorId, InteractionId, Secret, TenantId, UserId, UtcTime, constant_time_eq};
use latchkey_mail::PushItem;
use latchkey_storage::DbConnection;
use latchkey_tenants::{SecondFactorKind, Tenant};
use serde::{Deserialize, Serialize};

use super::SignIn;
use super::enrol_push::two_digits;
use super::message_allowance::MessageChannel;
use super::open_session::Along;
use super::required_action::Entry;
use super::second_code::SecondCodeSent;
use super::second_factor::{NewDevice, SecondFactorStep, SignedInWith};
use super::sent_codes::{Place, Purpose};
use crate::authentication::SecondFactorPassed;
use crate::second_factor::{self, PushDevice, Trier, UnverifiedAnswer, Verdict};
use crate::throttle::Admission;
use crate::{AuthError, Interaction, Origin, interaction};

/// Where applications answer, below the issuer; the id follows.
pub const PUSH_APPROVALS_PATH: &str = "/push-approvals";

/// How long a device may take.
const LIFETIME: Duration = Duration::from_secs(120);
/// How much longer the page may take to notice.
const NOTICED_WITHIN: Duration = Duration::from_secs(120);
const MAX_ID_BYTES: usize = 64;
/// How long a person waits before asking again.
const RESEND_AFTER: Duration = Duration::from_secs(30);
/// Somebody who is asked again and again says yes in the end: after so many denials nothing is sent for an hour.
const DENIALS: u64 = 3;
const HOUR: Duration = Duration::from_secs(60 * 60);

/// An approval that the page waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PushAsked {
    /// What the person types on the device.
    pub number: String,
    /// How far it is.
    pub state: PushState,
}

/// How far an approval is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PushState {
    /// No device has answered.
    Waiting,
    /// One has approved.
    Approved,
    /// One has denied, or typed another number.
    Denied,
    /// It is too old, or was used.
    Expired,
}

/// What became of an approval when the page asked.
#[derive(Clone, Debug)]
pub enum PushOutcome {
    /// The user has shown both factors.
    SignedIn {
        /// The session, unless something is to be done first.
        entry: Entry,
        /// The browser is remembered from now on.
        device: Option<NewDevice>,
    },
    /// It was not approved, or not yet.
    Not(PushState),
    /// The user may not go on: it starts with the first factor again.
    Over,
}

/// What became of a device's answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PushAnswered {
    /// It is recorded.
    Recorded,
    /// Nothing waits for it: unknown, too late, or answered before.
    Unknown,
    /// It says nothing that counts, or is not from a device of that user; the reason is for the application's developer.
    Refused(&'static str),
}

/// An approval as it waits.
#[derive(Serialize, Deserialize)]
struct Approval {
    user_id: UserId,
    interaction: InteractionId,
    number: String,
    sent_at: UtcTime,
}

/// What a device said.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Decision {
    Approved(FactorId),
    Denied,
}

impl Approval {
    fn expires_at(&self) -> UtcTime {
        self.sent_at.plus(LIFETIME)
    }
}

impl SignIn {
    /// Asks the user's devices, unless they were asked since the first factor was passed.
    ///
    /// # Errors
    /// Unavailable stores: 503.
    pub async fn send_first_push(
        &self,
        tenant: &Tenant,
        interaction: &Interaction,
        step: &SecondFactorStep,
        with: &SignedInWith,
    ) -> Result<SecondCodeSent, AuthError> {
        match self.find_push(tenant, interaction, step).await? {
            Some(asked) => Ok(SecondCodeSent::Before { is_over: asked.state == PushState::Expired }),
            None => self.send_push(tenant, interaction, step, with).await,
        }
    }

    /// Asks the user's devices, in the place of the time before.
    ///
    /// # Errors
    /// Unavailable stores: 503.
    pub async fn send_push(
        &self,
        tenant: &Tenant,
        interaction: &Interaction,
        step: &SecondFactorStep,
        with: &SignedInWith,
    ) -> Result<SecondCodeSent, AuthError> {
        let devices = self.find_push_devices(&tenant.id, &step.user.id).await?;
        if devices.is_empty() || !step.kinds.contains(&SecondFactorKind::Push) {
            return Ok(SecondCodeSent::NotOffered);
        }
        let before = self.find_approval(tenant, interaction, step).await?;
        if let Admission::Throttled { retry_after } =
            self.admit_push(tenant, interaction, (step, before.as_ref().map(|(_, approval)| approval)), with).await?
        {
            return Ok(SecondCodeSent::Throttled { retry_after });
        }
        if let Some((id, _)) = before {
            self.cache.delete(&approval_key(&tenant.id, &id)).await?;
        }
        let id = self.rng.token();
        let approval = Approval {
            user_id: step.user.id.clone(),
            interaction: interaction.id.clone(),
            number: two_digits(&self.rng),
            sent_at: self.clock.now(),
        };
        self.cache.put(&approval_key(&tenant.id, id.expose()), &approval, interaction::LIFETIME).await?;
        self.cache.put(&pointer_key(tenant, interaction, step), id.expose(), interaction::LIFETIME).await?;
        self.enqueue_notices(tenant, step, (&id, &approval), &devices).await?;
        Ok(SecondCodeSent::Sent)
    }

    /// A while after the last time, not too often, and not to somebody who says no.
    async fn admit_push(
        &self,
        tenant: &Tenant,
        interaction: &Interaction,
        (step, before): (&SecondFactorStep, Option<&Approval>),
        with: &SignedInWith,
    ) -> Result<Admission, AuthError> {
        let (now, user) = (self.clock.now(), &step.user.id);
        if let Some(until) = before.map(|before| before.sent_at.plus(RESEND_AFTER)).filter(|until| now < *until) {
            return Ok(Admission::Throttled { retry_after: until.since(now) });
        }
        let denials = self.cache.count(&denials_key(&tenant.id, user), HOUR).await?;
        if denials.count >= DENIALS {
            return Ok(Admission::Throttled { retry_after: denials.resets_at.since(now) });
        }
        let purpose = Purpose::SecondFactor(SecondFactorKind::Push, step.candidate.since());
        let place = Place { tenant, interaction: &interaction.id, purpose };
        if let refused @ Admission::Throttled { .. } = self.admit_sending(place).await? {
            return Ok(refused);
        }
        let is_known = self.knows_browser(tenant, &step.user, with.device.as_ref()).await?;
        if let refused @ Admission::Throttled { .. } =
            self.admit_to_account(&tenant.id, &format!("push:{user}"), is_known).await?
        {
            return Ok(refused);
        }
        match self.admit_message(tenant, MessageChannel::Push, user.as_str(), with.from.address).await {
            Ok(()) => Ok(Admission::Admitted),
            Err(AuthError::TooManyRequests { retry_after }) => Ok(Admission::Throttled { retry_after }),
            Err(error) => Err(error),
        }
    }

    async fn enqueue_notices(
        &self,
        tenant: &Tenant,
        step: &SecondFactorStep,
        (id, approval): (&Secret<String>, &Approval),
        devices: &[PushDevice],
    ) -> Result<(), AuthError> {
        let link = format!("{}{PUSH_APPROVALS_PATH}/{}", tenant.issuer(&self.public_url), id.expose());
        let locale = step.user.claims.locale.iter().map(|locale| locale.as_str());
        let languages: Vec<&str> = locale.chain([tenant.settings.locale.as_str()]).collect();
        // The number is not in it: it has to come from the page.
        let notice = |device: &PushDevice| {
            let link = Secret::new(link.clone());
            PushItem::approval(&device.address, link, &tenant.name, &languages, approval.expires_at())
        };
        let notices: Vec<_> = devices.iter().map(notice).collect();
        let (outbox, tenant, now) = (self.outbox.clone(), tenant.id.clone(), self.clock.now());
        let written = self.db.write(move |conn: &mut DbConnection| {
            notices.iter().try_for_each(|notice| outbox.enqueue(conn, &tenant, notice, now))
        });
        Ok(written.await?)
    }

    /// The approval that the page waits for, if one was asked for.
    ///
    /// # Errors
    /// [`AuthError::Cache`].
    pub async fn find_push(
        &self,
        tenant: &Tenant,
        interaction: &Interaction,
        step: &SecondFactorStep,
    ) -> Result<Option<PushAsked>, AuthError> {
        let id: Option<String> = self.cache.find(&pointer_key(tenant, interaction, step)).await?;
        let Some(id) = id else { return Ok(None) };
        let approval: Option<Approval> = self.cache.find(&approval_key(&tenant.id, &id)).await?;
        let Some(approval) = approval else {
            return Ok(Some(PushAsked { number: String::new(), state: PushState::Expired }));
        };
        let decision: Option<Decision> = self.cache.find(&decision_key(&tenant.id, &id)).await?;
        let now = self.clock.now();
        let state = match decision {
            Some(Decision::Denied) => PushState::Denied,
            Some(Decision::Approved(_)) if now < approval.expires_at().plus(NOTICED_WITHIN) => PushState::Approved,
            None if now < approval.expires_at() => PushState::Waiting,
            Some(Decision::Approved(_)) | None => PushState::Expired,
        };
        Ok(Some(PushAsked { number: approval.number, state }))
    }

    /// Records what a device says, once.
    ///
    /// # Errors
    /// [`AuthError::TooManyRequests`]; unavailable stores: 503, and then it can be said again.
    pub async fn answer_push(
        &self,
        tenant: &Tenant,
        (id, message): (&str, &str),
        from: &Origin,
    ) -> Result<PushAnswered, AuthError> {
        self.admit_stranger(tenant, from.address).await?;
        if !is_id(id) {
            return Ok(PushAnswered::Unknown);
        }
        let found: Option<Approval> = self.cache.find(&approval_key(&tenant.id, id)).await?;
        let Some(approval) = found.filter(|approval| self.clock.now() < approval.expires_at()) else {
            return Ok(PushAnswered::Unknown);
        };
        let (verdict, device) = match self.verify_answer(tenant, (id, message), &approval.user_id).await? {
            Ok(verified) => verified,
            Err(reason) => return Ok(PushAnswered::Refused(reason)),
        };
        let (decision, denied) = match verdict {
            Verdict::Approve { number } if constant_time_eq(number.as_bytes(), approval.number.as_bytes()) => {
                (Decision::Approved(device.id.clone()), None)
            }
            Verdict::Approve { .. } => (Decision::Denied, Some("wrong_number")),
            Verdict::Deny => (Decision::Denied, Some("not_me")),
        };
        let key = decision_key(&tenant.id, id);
        if self.cache.put_if_absent(&key, &decision, interaction::LIFETIME).await? == Inserted::AlreadyThere {
            return Ok(PushAnswered::Unknown);
        }
        if let Some(reason) = denied
            && let Err(error) = self.count_denial(tenant, &approval.user_id, (reason, &device.name), from).await
        {
            // Nobody would ever hear of it: let it be said once more.
            self.cache.delete(&key).await?;
            return Err(error);
        }
        Ok(PushAnswered::Recorded)
    }

    /// What a device of that user says; whose device it is, is told to nobody.
    async fn verify_answer(
        &self,
        tenant: &Tenant,
        (id, message): (&str, &str),
        user: &UserId,
    ) -> Result<Result<(Verdict, PushDevice), &'static str>, AuthError> {
        let answer = match UnverifiedAnswer::parse(message) {
            Ok(answer) => answer,
            Err(reason) => return Ok(Err(reason)),
        };
        let (of, user, named) = (tenant.id.clone(), user.clone(), answer.device.clone());
        let find = move |conn: &mut DbConnection| second_factor::find_push_device(conn, &of, (&user, &named));
        let Some(device) = self.db.read(find).await? else { return Ok(Err("alg or signature")) };
        let issuer = tenant.issuer(&self.public_url);
        let verdict = answer.verify(&device.public_key.0, (issuer.as_str(), id), self.clock.now());
        Ok(verdict.map(|verdict| (verdict, device)))
    }

    /// A denial is a failure of the second factor, and bounds how often the person is asked again.
    async fn count_denial(
        &self,
        tenant: &Tenant,
        user: &UserId,
        (reason, device): (&'static str, &str),
        from: &Origin,
    ) -> Result<(), AuthError> {
        let event = SecurityEvent::failure(EventKind::PushApprovalDenied, Actor::User, reason)
            .of(user)
            .from(from.stored_address(), from.stored_user_agent())
            .with("device", device);
        self.report(&tenant.id, event).await?;
        self.cache.increment(&denials_key(&tenant.id, user), HOUR).await?;
        self.tries.admit(tenant, Trier { user, is_known: false }).await.map(|_| ())
    }

    /// Goes on with what a device approved: once, in the browser and for the user that asked.
    ///
    /// # Errors
    /// Unavailable stores: 503.
    pub async fn submit_push(
        &self,
        tenant: &Tenant,
        interaction: &Interaction,
        (step, remember): (&SecondFactorStep, bool),
        with: &SignedInWith,
    ) -> Result<PushOutcome, AuthError> {
        let asked = self.find_push(tenant, interaction, step).await?;
        let state = asked.map_or(PushState::Expired, |asked| asked.state);
        if state != PushState::Approved || !step.kinds.contains(&SecondFactorKind::Push) {
            return Ok(PushOutcome::Not(state));
        }
        let expired = Ok(PushOutcome::Not(PushState::Expired));
        let id: Option<String> = self.cache.find(&pointer_key(tenant, interaction, step)).await?;
        let Some(id) = id else { return expired };
        let decision: Option<Decision> = self.cache.find(&decision_key(&tenant.id, &id)).await?;
        // Of two that race one takes it.
        let taken: Option<Approval> = self.cache.take(&approval_key(&tenant.id, &id)).await?;
        let own = taken.filter(|taken| taken.user_id == step.user.id && taken.interaction == interaction.id);
        let (Some(_), Some(Decision::Approved(device))) = (own, decision) else { return expired };
        let (of, user, now) = (tenant.id.clone(), step.user.id.clone(), self.clock.now());
        let touch = move |conn: &mut DbConnection| second_factor::touch_push_device(conn, &of, (&user, &device), now);
        // It may have been taken away since it answered.
        if !self.db.write(touch).await? {
            return expired;
        }
        let passed = SecondFactorPassed::by(SecondFactorKind::Push);
        let (row, device) = self.remembered(step, &passed, remember, with);
        let along = Along { device: row.as_ref(), factor: None };
        let entry = self.pass(tenant, interaction, (&step.candidate, &passed, along), with).await?;
        Ok(entry.map_or(PushOutcome::Over, |entry| PushOutcome::SignedIn { entry, device }))
    }

    async fn find_approval(
        &self,
        tenant: &Tenant,
        interaction: &Interaction,
        step: &SecondFactorStep,
    ) -> Result<Option<(String, Approval)>, AuthError> {
        let id: Option<String> = self.cache.find(&pointer_key(tenant, interaction, step)).await?;
        let Some(id) = id else { return Ok(None) };
        let approval: Option<Approval> = self.cache.find(&approval_key(&tenant.id, &id)).await?;
        Ok(approval.map(|approval| (id, approval)))
    }

    async fn find_push_devices(&self, tenant: &TenantId, user: &UserId) -> Result<Vec<PushDevice>, AuthError> {
        let (tenant, user) = (tenant.clone(), user.clone());
        Ok(self.db.read(move |conn| second_factor::list_push_devices(conn, &tenant, &user)).await?)
    }
}

/// Whether it has the form of an id of ours.
fn is_id(text: &str) -> bool {
    text.len() <= MAX_ID_BYTES && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

fn approval_key(tenant: &TenantId, id: &str) -> CacheKey {
    CacheKey::new(tenant, Kind::PushApproval, &format!("id:{id}"))
}

/// Which approval a page waits for: with a new first factor a new one is due.
fn pointer_key(tenant: &Tenant, interaction: &Interaction, step: &SecondFactorStep) -> CacheKey {
    let since = step.candidate.since().unix_millis();
    CacheKey::new(&tenant.id, Kind::PushApproval, &format!("of:{}:{since}", interaction.id))
}

fn decision_key(tenant: &TenantId, id: &str) -> CacheKey {
    CacheKey::new(tenant, Kind::Decision, &format!("push:{id}"))
}

fn denials_key(tenant: &TenantId, user: &UserId) -> CacheKey {
    CacheKey::new(tenant, Kind::Throttle, &format!("push:denied:{user}"))
}
