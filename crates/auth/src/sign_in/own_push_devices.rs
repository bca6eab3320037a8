//! Devices that approve sign-ins are named and taken away by their user.

use latchkey_audit::EventKind;
use latchkey_core::FactorId;
use latchkey_mail::messages::CredentialChange;
use latchkey_tenants::Tenant;

use super::SignIn;
use super::own_factors::OwnFactors;
use super::own_passkeys::checked_name;
use crate::AuthError;
use crate::second_factor;

impl SignIn {
    /// Gives a device another name; nothing changes when the name is none.
    ///
    /// # Errors
    /// [`AuthError::Db`].
    pub async fn rename_push_device(
        &self,
        tenant: &Tenant,
        own: &OwnFactors,
        device: &FactorId,
        name: &str,
    ) -> Result<bool, AuthError> {
        let Some(name) = checked_name(name) else { return Ok(false) };
        let device = device.clone();
        self.write_own(tenant, own, move |conn, change| {
            let (tenant, user) = (&change.tenant.id, change.user());
            if !second_factor::rename_push_device(conn, tenant, user, (&device, &name))? {
                return Ok(false);
            }
            let event = change.author.event(EventKind::PushDeviceRenamed).of(user).with("name", name.as_str());
            change.security.record(conn, tenant, &event, change.now).map(|()| true)
        })
        .await
    }

    /// Takes a device away; with the last factor go the recovery codes and the remembered browsers. Returns whether the
    /// user had it.
    ///
    /// # Errors
    /// [`AuthError::Db`].
    pub async fn remove_push_device(
        &self,
        tenant: &Tenant,
        own: &OwnFactors,
        device: &FactorId,
    ) -> Result<bool, AuthError> {
        let device = device.clone();
        self.write_own(tenant, own, move |conn, change| {
            let (tenant, user) = (&change.tenant.id, change.user());
            let Some(name) = second_factor::delete_push_device(conn, tenant, (user, &device))? else {
                return Ok(false);
            };
            if !second_factor::has_primary(conn, tenant, user)? {
                second_factor::delete_stand_ins(conn, tenant, user)?;
            }
            change.record(conn, CredentialChange::DeviceRemoved { name }).map(|()| true)
        })
        .await
    }
}
