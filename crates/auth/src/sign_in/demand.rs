//! What a sign-in must show beside the first factor, and whether a session that is there is good enough.

use std::time::Duration;

use diesel::QueryResult;
use latchkey_core::{ClientId, DeviceId, Secret, UtcTime};
use latchkey_storage::DbConnection;
use latchkey_tenants::{FirstFactorKind, SecondFactorKind, SecondFactorPolicy, SecondFactorRule, Tenant};

use super::SignIn;
use crate::authentication::{Demand, FirstFactor, FirstFactorPassed, PutOff};
use crate::second_factor::{self, RememberedDevice, find_device, find_device_by_id, held_devices};
use crate::{Acr, ActiveSession, AuthError, Session, User, user_store};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Where somebody signs in to.
#[derive(Clone, Copy)]
pub(super) struct Destination<'a> {
    pub(super) client: &'a ClientId,
    /// The class that the application asks for.
    pub(super) acr: Option<Acr>,
}

/// Whether a session is good enough for a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sufficiency {
    /// It is.
    Sufficient,
    /// A second factor is missing that the tenant or the client insists on.
    SecondFactorRequired,
    /// A second factor is missing that the client would like to see.
    SecondFactorWanted,
    /// It was opened with a first factor that does not count at the client: the user signs in again.
    FirstFactorRequired,
}

/// What a client asks of a sign-in, in our classes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AskedAcr {
    /// It insists on this class: the essential `acr` of the `claims` parameter, or a rule of the tenant.
    pub essential: Option<Acr>,
    /// It would like to see this class: `acr_values`.
    pub voluntary: Option<Acr>,
}

/// What a sign-in began with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Began {
    ByPasskey,
    Otherwise,
}

/// The second factors of a user, seen from one client.
pub(super) struct Factors {
    /// Whether the user has any: one that was set up, whether or not it counts here, or one that does.
    pub(super) has_any: bool,
    /// Whether the user has one that is asked for where `enrolled` is the rule.
    is_enrolled: bool,
    /// Those that count; the one to be offered first comes first.
    pub(super) counting: Vec<SecondFactorKind>,
    /// Whether there are recovery codes left.
    pub(super) has_recovery_codes: bool,
    began: Began,
}

impl Factors {
    /// `before` is what the sign-in began with: the factor that was shown then is no second one.
    pub(super) fn load(
        conn: &mut DbConnection,
        tenant: &Tenant,
        user: &User,
        (policy, before): (&SecondFactorPolicy, Began),
    ) -> QueryResult<Self> {
        let mut kinds = second_factor::list_kinds(conn, &tenant.id, (&user.id, tenant.issuer_host.as_deref()))?;
        if before == Began::ByPasskey {
            kinds.retain(|kind| *kind != SecondFactorKind::Passkey);
        }
        let is_enrolled = kinds.iter().any(|kind| policy.enrols(*kind));
        let has_own = !kinds.is_empty();
        if user.email.is_some() && user.email_verified {
            kinds.push(SecondFactorKind::EmailCode);
        }
        let counting: Vec<_> = policy.kinds.iter().copied().filter(|kind| kinds.contains(kind)).collect();
        let has_recovery_codes = kinds.contains(&SecondFactorKind::RecoveryCode);
        Ok(Self { has_any: has_own || !counting.is_empty(), is_enrolled, counting, has_recovery_codes, began: before })
    }

    /// What may be set up on the way: nothing, once the user has any.
    pub(super) fn enrollable(&self, policy: &SecondFactorPolicy) -> Vec<SecondFactorKind> {
        policy.kinds.iter().copied().filter(|kind| !self.has_any && kind.is_enrollable()).collect()
    }

    /// What is set up beside the factors that the user has, once one of them was proved: what reaches the class, where
    /// none of them does.
    pub(super) fn strengthening(&self, policy: &SecondFactorPolicy, acr: Option<Acr>) -> Vec<SecondFactorKind> {
        let reaches = |kind: &SecondFactorKind| Some(self.class_with(*kind)) >= acr;
        if acr <= Some(Acr::TwoFactors) || self.counting.is_empty() || self.counting.iter().any(reaches) {
            return Vec::new();
        }
        policy.kinds.iter().copied().filter(|kind| kind.is_enrollable() && reaches(kind)).collect()
    }

    /// Of these kinds those that reach the class, or all of them when none does.
    pub(super) fn that_reach(&self, kinds: &[SecondFactorKind], acr: Option<Acr>) -> Vec<SecondFactorKind> {
        let reaching: Vec<_> = kinds.iter().copied().filter(|kind| Some(self.class_with(*kind)) >= acr).collect();
        if reaching.is_empty() { kinds.to_vec() } else { reaching }
    }

    /// Whether that class can be reached at all.
    pub(super) fn can_reach(&self, policy: &SecondFactorPolicy, acr: Option<Acr>) -> bool {
        let reaches = |kind: &SecondFactorKind| Some(self.class_with(*kind)) >= acr;
        acr <= Some(Acr::OneFactor)
            || self.counting.iter().chain(&self.enrollable(policy)).any(reaches)
            || !self.strengthening(policy, acr).is_empty()
    }

    /// The class that the kind makes of what the sign-in began with; where that was a passkey, it is there already.
    fn class_with(&self, kind: SecondFactorKind) -> Acr {
        match kind {
            _ if self.began == Began::ByPasskey => Acr::PhishingResistant,
            SecondFactorKind::Passkey => Acr::PhishingResistant,
            SecondFactorKind::Totp
            | SecondFactorKind::RecoveryCode
            | SecondFactorKind::EmailCode
            | SecondFactorKind::Sms
            | SecondFactorKind::Push => Acr::TwoFactors,
        }
    }

    /// Whether the user may do without: has none, and the days of grace are not over.
    fn put_off(&self, policy: &SecondFactorPolicy, user: &User, now: UtcTime) -> bool {
        policy.enrolment_grace_days > 0 && !self.has_any && PutOff::until(user.second_factor_due_at, now).is_some()
    }
}

/// Whether the session was opened with a first factor that counts for its user at the client.
pub(super) fn begins_well(tenant: &Tenant, active: &ActiveSession, client: &ClientId) -> bool {
    active.session.begins_with_one_of(&tenant.first_factors_of(&active.user.groups, client))
}

impl Began {
    pub(super) fn of(first: &FirstFactor) -> Self {
        if first.passkey().is_some() { Self::ByPasskey } else { Self::Otherwise }
    }

    pub(super) fn of_session(session: &Session) -> Self {
        if session.first_factor() == Some(FirstFactorKind::Passkey) { Self::ByPasskey } else { Self::Otherwise }
    }
}

impl SignIn {
    /// Whether a first or a second factor is missing for this client. A class that the user has no way to reach is not missing.
    ///
    /// Every surface that goes on with a session asks this, so that a session which was opened for one client, or before
    /// a rule was made, is no way around what another client needs.
    ///
    /// # Errors
    /// [`AuthError::Db`].
    pub async fn sufficiency(
        &self,
        tenant: &Tenant,
        active: &ActiveSession,
        client: &ClientId,
        asked: AskedAcr,
    ) -> Result<Sufficiency, AuthError> {
        if !begins_well(tenant, active, client) {
            return Ok(Sufficiency::FirstFactorRequired);
        }
        let policy = self.policy_of(tenant, &active.user, client, active.session.first_factor());
        let shown = active.session.shows_one_of(&policy.kinds);
        let stronger = |acr: Option<Acr>| acr.is_some_and(|acr| Some(acr) > Acr::parse(&active.session.acr));
        let wanted = stronger(asked.essential) || stronger(asked.voluntary);
        if (shown || policy.rule == SecondFactorRule::Off) && !wanted {
            return Ok(Sufficiency::Sufficient);
        }
        let (of, read_policy, active, now) = (tenant.clone(), policy.clone(), active.clone(), self.clock.now());
        let (factors, device, active) = self
            .db
            .read(move |conn| {
                let began = Began::of_session(&active.session);
                let factors = Factors::load(conn, &of, &active.user, (&read_policy, began))?;
                let device = match &active.session.device_id {
                    Some(device) => find_device_by_id(conn, &of.id, &active.user.id, device)?,
                    None => None,
                };
                Ok((factors, device, active.clone()))
            })
            .await?;
        let remembered = device.is_some_and(|device: RememberedDevice| device.counts(&policy, now));
        let excused = shown || remembered || factors.put_off(&policy, &active.user, now);
        let missing = |acr: Option<Acr>| stronger(acr) && factors.can_reach(&policy, acr);
        Ok(if policy.asks(factors.is_enrolled) && !excused || missing(asked.essential) {
            Sufficiency::SecondFactorRequired
        } else if missing(asked.voluntary) {
            Sufficiency::SecondFactorWanted
        } else {
            Sufficiency::Sufficient
        })
    }

    /// What holds for a user at a client, beside that first factor; codes that cannot be sent do not count.
    pub(super) fn policy_of(
        &self,
        tenant: &Tenant,
        user: &User,
        client: &ClientId,
        first: Option<FirstFactorKind>,
    ) -> SecondFactorPolicy {
        let mut policy = tenant.second_factors_of(&user.groups, client).beside(first);
        if !self.transports.can_mail(tenant) {
            policy.kinds.retain(|kind| *kind != SecondFactorKind::EmailCode);
        }
        if !self.transports.can_message(tenant) {
            policy.kinds.retain(|kind| !matches!(kind, SecondFactorKind::Sms | SecondFactorKind::Push));
        }
        policy
    }

    /// What the tenant asks of the user after the first factor.
    pub(super) async fn demand(
        &self,
        tenant: &Tenant,
        passed: &FirstFactorPassed,
        destination: Destination<'_>,
        device: Option<&Secret<String>>,
    ) -> Result<Demand, AuthError> {
        let (user, first) = (passed.user(), passed.first());
        let policy = self.policy_of(tenant, user, destination.client, Some(first.kind()));
        let multi_factor = first.is_multi_factor();
        let stronger = destination.acr > Some(Acr::OneFactor) && !multi_factor;
        let shown = multi_factor && policy.kinds.contains(&SecondFactorKind::Passkey);
        if (shown || policy.rule == SecondFactorRule::Off) && !stronger {
            return Ok(Demand::Nothing);
        }
        let factors = self.find_factors(tenant, user, (&policy, Began::of(first))).await?;
        if stronger && factors.can_reach(&policy, destination.acr) {
            return Ok(Demand::SecondFactor);
        }
        if !policy.asks(factors.is_enrolled) {
            return Ok(Demand::Nothing);
        }
        let remembered = self.find_remembered(tenant, user, &policy, device).await?;
        Ok(remembered.map_or(Demand::SecondFactor, Demand::NothingIn))
    }

    pub(super) async fn find_factors(
        &self,
        tenant: &Tenant,
        user: &User,
        (policy, began): (&SecondFactorPolicy, Began),
    ) -> Result<Factors, AuthError> {
        let (tenant, user, policy) = (tenant.clone(), user.clone(), policy.clone());
        Ok(self.db.read(move |conn| Factors::load(conn, &tenant, &user, (&policy, began))).await?)
    }

    /// The browser, if the user let us remember it and the policy of today still allows that.
    async fn find_remembered(
        &self,
        tenant: &Tenant,
        user: &User,
        policy: &SecondFactorPolicy,
        device: Option<&Secret<String>>,
    ) -> Result<Option<DeviceId>, AuthError> {
        let held = held_devices(device);
        if held.is_empty() || policy.remember_device_days == 0 {
            return Ok(None);
        }
        let (tenant, user, policy, now) = (tenant.id.clone(), user.id.clone(), policy.clone(), self.clock.now());
        let found = self
            .db
            .write(move |conn: &mut DbConnection| {
                for cookie in &held {
                    let Some(device) = find_device(conn, &tenant, &user, cookie)? else { continue };
                    if device.counts(&policy, now) {
                        second_factor::touch_device(conn, &tenant, &user, &device.id, now)?;
                        return Ok(Some(device.id));
                    }
                }
                Ok(None)
            })
            .await?;
        Ok(found)
    }

    /// Whether the browser is one that the user let us remember, whatever that is worth at this client.
    pub(super) async fn knows_browser(
        &self,
        tenant: &Tenant,
        user: &User,
        device: Option<&Secret<String>>,
    ) -> Result<bool, AuthError> {
        let held = held_devices(device);
        if held.is_empty() {
            return Ok(false);
        }
        let (tenant, user, now) = (tenant.id.clone(), user.id.clone(), self.clock.now());
        let known = self
            .db
            .read(move |conn| {
                for cookie in &held {
                    if find_device(conn, &tenant, &user, cookie)?.is_some_and(|device| now < device.expires_at) {
                        return Ok(true);
                    }
                }
                Ok(false)
            })
            .await?;
        Ok(known)
    }

    /// Until when the user may do without a second factor; the time starts when one is first asked for.
    pub(super) async fn find_grace(
        &self,
        tenant: &Tenant,
        user: &User,
        policy: &SecondFactorPolicy,
    ) -> Result<Option<UtcTime>, AuthError> {
        let now = self.clock.now();
        if policy.enrolment_grace_days == 0 || user.second_factor_due_at.is_some_and(|due_at| due_at <= now) {
            return Ok(None);
        }
        if user.second_factor_due_at.is_some() {
            return Ok(user.second_factor_due_at);
        }
        let due_at = now.plus(DAY * u32::from(policy.enrolment_grace_days));
        let (tenant, user) = (tenant.id.clone(), user.id.clone());
        self.db.write(move |conn| user_store::set_second_factor_due(conn, &tenant, &user, due_at)).await?;
        Ok(Some(due_at))
    }
}
