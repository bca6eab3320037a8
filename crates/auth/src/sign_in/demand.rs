//! What a sign-in must show beside the first factor, and whether a session that is there is good enough.

use std::time::Duration;

use diesel::QueryResult;
use latchkey_core::{ClientId, DeviceId, Secret, TenantId, UtcTime};
use latchkey_storage::DbConnection;
use latchkey_tenants::{SecondFactorKind, SecondFactorPolicy, SecondFactorRule, Tenant};

use super::SignIn;
use crate::authentication::{Demand, PutOff};
use crate::second_factor::{self, RememberedDevice, find_device, find_device_by_id, held_devices};
use crate::{Acr, ActiveSession, AuthError, User, user_store};

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

/// The second factors of a user, seen from one client.
pub(super) struct Factors {
    /// Whether the user has any, whether or not it counts here.
    pub(super) has_any: bool,
    /// Those that count; the one to be offered first comes first.
    pub(super) counting: Vec<SecondFactorKind>,
}

impl Factors {
    pub(super) fn load(
        conn: &mut DbConnection,
        tenant: &TenantId,
        user: &User,
        policy: &SecondFactorPolicy,
    ) -> QueryResult<Self> {
        let kinds = second_factor::list_kinds(conn, tenant, &user.id)?;
        let counting = policy.kinds.iter().copied().filter(|kind| kinds.contains(kind)).collect();
        Ok(Self { has_any: !kinds.is_empty(), counting })
    }

    /// What may be set up on the way: nothing, once the user has any.
    pub(super) fn enrollable(&self, policy: &SecondFactorPolicy) -> Vec<SecondFactorKind> {
        policy.kinds.iter().copied().filter(|kind| !self.has_any && kind.is_enrollable()).collect()
    }

    /// Whether a stronger class can be reached at all.
    fn can_reach(&self, policy: &SecondFactorPolicy) -> bool {
        !self.counting.is_empty() || !self.enrollable(policy).is_empty()
    }

    /// Whether the user may do without: has none, and the days of grace are not over.
    fn put_off(&self, policy: &SecondFactorPolicy, user: &User, now: UtcTime) -> bool {
        policy.enrolment_grace_days > 0 && !self.has_any && PutOff::until(user.second_factor_due_at, now).is_some()
    }
}

/// Whether the session was opened with a first factor that counts for its user at the client.
pub(super) fn begins_well(tenant: &Tenant, active: &ActiveSession, client: &ClientId) -> bool {
    active.session.begins_with_one_of(&tenant.settings.authentication.first_factors_of(&active.user.groups, client))
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
        let policy = tenant.settings.authentication.of(&active.user.groups, client);
        if active.session.shows_one_of(&policy.kinds) {
            return Ok(Sufficiency::Sufficient);
        }
        let stronger = |acr: Option<Acr>| acr.is_some_and(|acr| Some(acr) > Acr::parse(&active.session.acr));
        if policy.rule == SecondFactorRule::Off && !stronger(asked.essential) && !stronger(asked.voluntary) {
            return Ok(Sufficiency::Sufficient);
        }
        let (id, read_policy, active, now) = (tenant.id.clone(), policy.clone(), active.clone(), self.clock.now());
        let (factors, device, active) = self
            .db
            .read(move |conn| {
                let factors = Factors::load(conn, &id, &active.user, &read_policy)?;
                let device = match &active.session.device_id {
                    Some(device) => find_device_by_id(conn, &id, &active.user.id, device)?,
                    None => None,
                };
                Ok((factors, device, active.clone()))
            })
            .await?;
        let remembered = device.is_some_and(|device: RememberedDevice| device.counts(&policy, now));
        let excused = remembered || factors.put_off(&policy, &active.user, now);
        let reachable = factors.can_reach(&policy);
        Ok(match (policy.asks(factors.has_any) && !excused, reachable) {
            (true, _) => Sufficiency::SecondFactorRequired,
            (false, true) if stronger(asked.essential) => Sufficiency::SecondFactorRequired,
            (false, true) if stronger(asked.voluntary) => Sufficiency::SecondFactorWanted,
            (false, _) => Sufficiency::Sufficient,
        })
    }

    /// What the tenant asks of the user after the first factor.
    pub(super) async fn demand(
        &self,
        tenant: &Tenant,
        user: &User,
        destination: Destination<'_>,
        device: Option<&Secret<String>>,
    ) -> Result<Demand, AuthError> {
        let policy = tenant.settings.authentication.of(&user.groups, destination.client);
        let stronger = destination.acr > Some(Acr::OneFactor);
        if policy.rule == SecondFactorRule::Off && !stronger {
            return Ok(Demand::Nothing);
        }
        let factors = self.find_factors(tenant, user, &policy).await?;
        if stronger && factors.can_reach(&policy) {
            return Ok(Demand::SecondFactor);
        }
        if !policy.asks(factors.has_any) {
            return Ok(Demand::Nothing);
        }
        let remembered = self.find_remembered(tenant, user, &policy, device).await?;
        Ok(remembered.map_or(Demand::SecondFactor, Demand::NothingIn))
    }

    pub(super) async fn find_factors(
        &self,
        tenant: &Tenant,
        user: &User,
        policy: &SecondFactorPolicy,
    ) -> Result<Factors, AuthError> {
        let (tenant, user, policy) = (tenant.id.clone(), user.clone(), policy.clone());
        Ok(self.db.read(move |conn| Factors::load(conn, &tenant, &user, &policy)).await?)
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
