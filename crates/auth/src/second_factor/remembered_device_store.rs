//! The table `remembered_devices`.

use std::time::Duration;

use diesel::dsl::count_star;
use diesel::prelude::{ExpressionMethods, OptionalExtension, QueryDsl, Queryable, RunQueryDsl, Selectable};
use diesel::{QueryResult, SelectableHelper, delete, insert_into, update};
use latchkey_core::{DeviceId, TenantId, TokenHash, UserId, UtcTime};
use latchkey_storage::DbConnection;
use latchkey_storage::schema::remembered_devices;
use latchkey_tenants::{SecondFactorKind, SecondFactorPolicy};

use super::DeviceCookie;
use crate::Origin;

/// A browser in which a user is not asked for a second factor again.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = remembered_devices)]
pub(crate) struct RememberedDevice {
    pub(crate) id: DeviceId,
    /// The kind of second factor that was proved when it was remembered.
    pub(crate) factor: String,
    pub(crate) created_at: UtcTime,
    pub(crate) expires_at: UtcTime,
}

/// A browser that is to be remembered.
#[derive(Clone, Debug)]
pub(crate) struct NewDeviceRow {
    pub(crate) cookie: DeviceCookie,
    pub(crate) factor: SecondFactorKind,
    pub(crate) from: Origin,
    pub(crate) expires_at: UtcTime,
}

pub(crate) fn insert_device(
    conn: &mut DbConnection,
    tenant: &TenantId,
    user: &UserId,
    new: &NewDeviceRow,
    now: UtcTime,
) -> QueryResult<()> {
    insert_into(remembered_devices::table)
        .values((
            remembered_devices::tenant_id.eq(tenant),
            remembered_devices::user_id.eq(user),
            remembered_devices::id.eq(&new.cookie.id),
            remembered_devices::factor.eq(new.factor.as_str()),
            remembered_devices::secret_hash.eq(&new.cookie.secret_hash),
            remembered_devices::user_agent.eq(new.from.stored_user_agent()),
            remembered_devices::address.eq(new.from.stored_address()),
            remembered_devices::created_at.eq(now),
            remembered_devices::last_used_at.eq(now),
            remembered_devices::expires_at.eq(new.expires_at),
        ))
        .execute(conn)
        .map(|_| ())
}

/// A remembered browser, as its user is told.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = remembered_devices)]
pub(crate) struct DeviceLine {
    pub(crate) user_agent: String,
    pub(crate) address: String,
    pub(crate) created_at: UtcTime,
    pub(crate) last_used_at: UtcTime,
    pub(crate) expires_at: UtcTime,
}

/// The remembered browsers of a user.
pub(crate) fn list_devices(conn: &mut DbConnection, tenant: &TenantId, user: &UserId) -> QueryResult<Vec<DeviceLine>> {
    remembered_devices::table
        .filter(remembered_devices::tenant_id.eq(tenant))
        .filter(remembered_devices::user_id.eq(user))
        .order(remembered_devices::id.asc())
        .select(DeviceLine::as_select())
        .load(conn)
}

/// Finds a browser by its id, which proves nothing: whoever asks has proved it otherwise.
pub(crate) fn find_device_by_id(
    conn: &mut DbConnection,
    tenant: &TenantId,
    user: &UserId,
    id: &DeviceId,
) -> QueryResult<Option<RememberedDevice>> {
    let this = remembered_devices::table.find((tenant, user, id));
    this.select(RememberedDevice::as_select()).first(conn).optional()
}

/// Finds the browser of that cookie if it is this user's, whether or not it is still remembered.
pub(crate) fn find_device(
    conn: &mut DbConnection,
    tenant: &TenantId,
    user: &UserId,
    cookie: &DeviceCookie,
) -> QueryResult<Option<RememberedDevice>> {
    let row = remembered_devices::table
        .find((tenant, user, &cookie.id))
        .select((RememberedDevice::as_select(), remembered_devices::secret_hash))
        .first::<(RememberedDevice, TokenHash)>(conn)
        .optional()?;
    // `TokenHash` compares in constant time.
    Ok(row.filter(|(_, hash)| *hash == cookie.secret_hash).map(|(device, _)| device))
}

impl RememberedDevice {
    /// Whether the policy of today lets it stand for the second factor.
    pub(crate) fn counts(&self, policy: &SecondFactorPolicy, now: UtcTime) -> bool {
        let life = Duration::from_secs(24 * 60 * 60) * u32::from(policy.remember_device_days);
        let kind = SecondFactorKind::parse(&self.factor).is_some_and(|kind| policy.kinds.contains(&kind));
        kind && now < self.expires_at && now.since(self.created_at) < life
    }
}

pub(crate) fn touch_device(
    conn: &mut DbConnection,
    tenant: &TenantId,
    user: &UserId,
    id: &DeviceId,
    now: UtcTime,
) -> QueryResult<()> {
    let this = remembered_devices::table.find((tenant, user, id));
    update(this).set(remembered_devices::last_used_at.eq(now)).execute(conn).map(|_| ())
}

/// How many browsers of a user are remembered.
pub fn count_devices(conn: &mut DbConnection, tenant: &TenantId, user: &UserId) -> QueryResult<i64> {
    remembered_devices::table
        .filter(remembered_devices::tenant_id.eq(tenant))
        .filter(remembered_devices::user_id.eq(user))
        .select(count_star())
        .first(conn)
}

/// Forgets every browser of a user; returns how many.
pub fn delete_devices(conn: &mut DbConnection, tenant: &TenantId, user: &UserId) -> QueryResult<usize> {
    let all = remembered_devices::table.filter(remembered_devices::tenant_id.eq(tenant));
    delete(all.filter(remembered_devices::user_id.eq(user))).execute(conn)
}

/// Forgets browsers of every tenant whose time was over before `before`, at most `limit`; returns how many. For the
/// clean-up job.
pub fn delete_expired(conn: &mut DbConnection, before: UtcTime, limit: i64) -> QueryResult<usize> {
    let expired: Vec<(TenantId, UserId, DeviceId)> = remembered_devices::table
        .filter(remembered_devices::expires_at.lt(before))
        .order(remembered_devices::expires_at.asc())
        .limit(limit)
        .select((remembered_devices::tenant_id, remembered_devices::user_id, remembered_devices::id))
        .load(conn)?;
    let mut deleted = 0;
    for (tenant, user, id) in &expired {
        deleted += delete(remembered_devices::table.find((tenant, user, id))).execute(conn)?;
    }
    Ok(deleted)
}
