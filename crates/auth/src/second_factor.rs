//! Second factors of users, and what is kept of them.

mod phone_number;
mod phone_store;
mod push_message;
mod push_store;
mod recovery_code;
mod recovery_code_store;
mod remembered_device;
mod remembered_device_store;
mod totp;
mod totp_store;
mod tries;

use diesel::QueryResult;
use latchkey_core::{TenantId, UserId};
use latchkey_storage::DbConnection;
use latchkey_tenants::SecondFactorKind;

use crate::{passkey, user_store};

pub use phone_store::{PhoneFactor, delete_phone, find_phone};
pub use push_store::{PushDevice, list_push_devices};
pub use recovery_code::RecoveryCode;
pub use remembered_device_store::{count_devices, delete_devices, delete_expired};
pub use totp_store::{TotpFactor, delete_totp, list_factors};

pub(crate) use phone_number::{PhoneNumber, masked as masked_number};
pub(crate) use phone_store::{insert_phone, touch_phone};
pub(crate) use push_message::{Enrolment, UnverifiedAnswer, Verdict};
pub(crate) use push_store::{
    NewPushDevice, delete_push_device, find_push_device, insert_push_device, rename_push_device, touch_push_device,
};
pub(crate) use recovery_code::{RECOVERY_CODES, hash_of as recovery_code_hash};
pub use recovery_code_store::count_unused;
pub(crate) use recovery_code_store::{count_made_since, delete_codes, has_unused, replace_codes, spend_code};
pub(crate) use remembered_device::{DeviceCookie, held_devices};
pub(crate) use remembered_device_store::{
    NewDeviceRow, RememberedDevice, find_device, find_device_by_id, insert_device, list_devices, touch_device,
};
pub(crate) use totp::{TotpSecret, TotpSetup};
pub(crate) use totp_store::{NewTotp, insert_totp, list_totp, spend_step};
pub(crate) use tries::{Trier, Tries};

/// The kinds of second factor that a user has at that issuer; a passkey of another domain works nowhere else.
pub(crate) fn list_kinds(
    conn: &mut DbConnection,
    tenant: &TenantId,
    (user, issuer_host): (&UserId, Option<&str>),
) -> QueryResult<Vec<SecondFactorKind>> {
    let mut kinds = Vec::new();
    if !list_factors(conn, tenant, user)?.is_empty() {
        kinds.push(SecondFactorKind::Totp);
    }
    if passkey::count_passkeys(conn, tenant, user, issuer_host)? > 0 {
        kinds.push(SecondFactorKind::Passkey);
    }
    if find_phone(conn, tenant, user)?.is_some() {
        kinds.push(SecondFactorKind::Sms);
    }
    if !list_push_devices(conn, tenant, user)?.is_empty() {
        kinds.push(SecondFactorKind::Push);
    }
    if has_unused(conn, tenant, user)? {
        kinds.push(SecondFactorKind::RecoveryCode);
    }
    Ok(kinds)
}

/// Whether the user has a factor that recovery codes stand in for.
pub(crate) fn has_primary(conn: &mut DbConnection, tenant: &TenantId, user: &UserId) -> QueryResult<bool> {
    Ok(!list_factors(conn, tenant, user)?.is_empty()
        || !passkey::list_passkeys(conn, tenant, user)?.is_empty()
        || find_phone(conn, tenant, user)?.is_some()
        || !list_push_devices(conn, tenant, user)?.is_empty())
}

/// Takes every second factor of a user away, passkeys included, with the browsers that are remembered for them: for who has lost them all.
pub fn delete_second_factors(conn: &mut DbConnection, tenant: &TenantId, user: &UserId) -> QueryResult<()> {
    totp_store::delete_all(conn, tenant, user)?;
    passkey::delete_all(conn, tenant, user)?;
    delete_phone(conn, tenant, user)?;
    push_store::delete_push_devices(conn, tenant, user)?;
    delete_stand_ins(conn, tenant, user)
}

/// Takes away what stands in for a second factor: recovery codes and remembered browsers.
pub(crate) fn delete_stand_ins(conn: &mut DbConnection, tenant: &TenantId, user: &UserId) -> QueryResult<()> {
    delete_codes(conn, tenant, user)?;
    user_store::clear_second_factor_due(conn, tenant, user)?;
    delete_devices(conn, tenant, user).map(|_| ())
}

/// Binds a sealed secret to its user: with another user it does not open.
pub(crate) fn totp_context(tenant: &TenantId, user: &UserId) -> String {
    format!("totp\n{tenant}\n{user}")
}
