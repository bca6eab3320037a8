//! The table `remembered_devices`.

use diesel::prelude::{ExpressionMethods, OptionalExtension, QueryDsl, Queryable, RunQueryDsl, Selectable};
use diesel::{QueryResult, SelectableHelper, delete, insert_into, update};
use latchkey_core::{DeviceId, TenantId, TokenHash, UserId, UtcTime};
use latchkey_storage::DbConnection;
use latchkey_storage::schema::remembered_devices;

use super::DeviceCookie;
use crate::Origin;

/// A browser in which a user is not asked for a second factor again.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = remembered_devices)]
pub(crate) struct RememberedDevice {
    pub(crate) id: DeviceId,
    pub(crate) created_at: UtcTime,
    pub(crate) expires_at: UtcTime,
}

pub(crate) fn insert_device(
    conn: &mut DbConnection,
    tenant: &TenantId,
    user: &UserId,
    (cookie, from): (&DeviceCookie, &Origin),
    (now, expires_at): (UtcTime, UtcTime),
) -> QueryResult<()> {
    insert_into(remembered_devices::table)
        .values((
            remembered_devices::tenant_id.eq(tenant),
            remembered_devices::user_id.eq(user),
            remembered_devices::id.eq(&cookie.id),
            remembered_devices::secret_hash.eq(&cookie.secret_hash),
            remembered_devices::user_agent.eq(from.stored_user_agent()),
            remembered_devices::address.eq(from.address.to_canonical().to_string()),
            remembered_devices::created_at.eq(now),
            remembered_devices::last_used_at.eq(now),
            remembered_devices::expires_at.eq(expires_at),
        ))
        .execute(conn)
        .map(|_| ())
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
