//! What a sign-in must show beside the first factor, and whether a session that is there is good enough.

use std::time::Duration;

use latchkey_core::{ClientId, DeviceId, Secret, UserId, UtcTime};
use latchkey_storage::DbConnection;
use latchkey_tenants::{SecondFactorKind, SecondFactorPolicy, SecondFactorRule, Tenant, TenantSettings};

use super::SignIn;
use crate::authentication::{Demand, PutOff};
use crate::second_factor::{self, find_device, held_devices};
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
}

/// What a client asks of a sign-in, in our classes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AskedAcr {
    /// It insists on this class: the essential `acr` of the `claims` parameter, or a rule of the tenant.
    pub essential: Option<Acr>,
    /// It would like to see this class: `acr_values`.
    pub voluntary: Option<Acr>,
}

impl ActiveSession {
    /// Whether a second factor is missing for this client. Classes that the tenant has no way to reach are not missing.
    #[must_use]
    pub fn sufficiency(
        &self,
        settings: &TenantSettings,
        client: &ClientId,
        asked: AskedAcr,
        now: UtcTime,
    ) -> Sufficiency {
        let reached = Acr::parse(&self.session.acr).unwrap_or(Acr::OneFactor);
        if reached >= Acr::TwoFactors {
            return Sufficiency::Sufficient;
        }
        let policy = settings.authentication.of(&self.user.groups, client);
        let reachable = policy.kinds.iter().any(|kind| kind.is_enrollable());
        if self.lacks_required(&policy, now) || (reachable && asked.essential > Some(reached)) {
            return Sufficiency::SecondFactorRequired;
        }
        if reachable && asked.voluntary > Some(reached) {
            return Sufficiency::SecondFactorWanted;
        }
        Sufficiency::Sufficient
    }

    /// A session that was opened for another client, or before the rule was made, may lack what everybody needs here.
    fn lacks_required(&self, policy: &SecondFactorPolicy, now: UtcTime) -> bool {
        let remembered = self.session.device_id.is_some() && policy.remember_device_days > 0;
        let put_off = PutOff::until(self.user.second_factor_due_at, now).is_some();
        policy.rule == SecondFactorRule::Required && !remembered && !put_off
    }
}

impl SignIn {
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
        let kinds = self.find_kinds(tenant, &user.id, &policy).await?;
        let enrollable = policy.kinds.iter().any(|kind| kind.is_enrollable());
        let asked = match policy.rule {
            SecondFactorRule::Required => true,
            SecondFactorRule::Off => false,
            SecondFactorRule::Enrolled => !kinds.is_empty(),
        };
        if stronger && (enrollable || !kinds.is_empty()) {
            return Ok(Demand::SecondFactor);
        }
        if !asked {
            return Ok(Demand::Nothing);
        }
        let remembered = self.find_remembered(tenant, &user.id, &policy, device).await?;
        Ok(remembered.map_or(Demand::SecondFactor, Demand::NothingIn))
    }

    /// The kinds of second factor that the user has, of those that count; the one to be offered first comes first.
    pub(super) async fn find_kinds(
        &self,
        tenant: &Tenant,
        user: &UserId,
        policy: &SecondFactorPolicy,
    ) -> Result<Vec<SecondFactorKind>, AuthError> {
        let (tenant, user, kinds) = (tenant.id.clone(), user.clone(), policy.kinds.clone());
        let found = self
            .db
            .read(move |conn| {
                let mut found = Vec::new();
                for kind in &kinds {
                    let has = match kind {
                        SecondFactorKind::Totp => !second_factor::list_factors(conn, &tenant, &user)?.is_empty(),
                        SecondFactorKind::RecoveryCode => second_factor::has_unused(conn, &tenant, &user)?,
                    };
                    if has {
                        found.push(*kind);
                    }
                }
                Ok(found)
            })
            .await?;
        Ok(found)
    }

    /// The browser, if the user let us remember it and the policy of today still allows that.
    async fn find_remembered(
        &self,
        tenant: &Tenant,
        user: &UserId,
        policy: &SecondFactorPolicy,
        device: Option<&Secret<String>>,
    ) -> Result<Option<DeviceId>, AuthError> {
        let held = held_devices(device);
        if held.is_empty() || policy.remember_device_days == 0 {
            return Ok(None);
        }
        let (tenant, user, now) = (tenant.id.clone(), user.clone(), self.clock.now());
        let life = DAY * u32::from(policy.remember_device_days);
        let found = self
            .db
            .write(move |conn: &mut DbConnection| {
                for cookie in &held {
                    let Some(device) = find_device(conn, &tenant, &user, cookie)? else { continue };
                    if now < device.expires_at && now.since(device.created_at) < life {
                        second_factor::touch_device(conn, &tenant, &user, &device.id, now)?;
                        return Ok(Some(device.id));
                    }
                }
                Ok(None)
            })
            .await?;
        Ok(found)
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
