//! The table `push_devices`.

use diesel::prelude::{
    ExpressionMethods, OptionalExtension, QueryDsl, Queryable, RunQueryDsl, Selectable, SelectableHelper,
};
use diesel::{QueryResult, delete, insert_into, update};
use latchkey_core::{FactorId, TenantId, UserId, UtcTime};
use latchkey_jose::PublicJwk;
use latchkey_storage::schema::push_devices;
use latchkey_storage::{DbConnection, Json};
use serde::{Deserialize, Serialize};

/// A device of a user that approves sign-ins.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = push_devices)]
pub struct PushDevice {
    /// Its id, which its answers name as `kid`.
    pub id: FactorId,
    /// What the user calls it.
    pub name: String,
    /// When it was enrolled.
    pub created_at: UtcTime,
    /// When it approved a sign-in last.
    pub last_used_at: Option<UtcTime>,
    pub(crate) address: String,
    pub(crate) public_key: Json<PublicJwk>,
}

/// A device to be.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct NewPushDevice {
    pub(crate) id: FactorId,
    pub(crate) name: String,
    /// What the tenant's webhook calls it.
    pub(crate) address: String,
    pub(crate) public_key: PublicJwk,
}

pub(crate) fn insert_push_device(
    conn: &mut DbConnection,
    tenant: &TenantId,
    user: &UserId,
    new: &NewPushDevice,
    now: UtcTime,
) -> QueryResult<()> {
    insert_into(push_devices::table)
        .values((
            push_devices::tenant_id.eq(tenant),
            push_devices::user_id.eq(user),
            push_devices::id.eq(&new.id),
            push_devices::name.eq(&new.name),
            push_devices::address.eq(&new.address),
            push_devices::public_key.eq(Json(new.public_key.clone())),
            push_devices::created_at.eq(now),
            push_devices::last_used_at.eq(now),
        ))
        .execute(conn)
        .map(|_| ())
}

/// The devices of a user, the oldest first.
pub fn list_push_devices(conn: &mut DbConnection, tenant: &TenantId, user: &UserId) -> QueryResult<Vec<PushDevice>> {
    push_devices::table
        .filter(push_devices::tenant_id.eq(tenant))
        .filter(push_devices::user_id.eq(user))
        .order(push_devices::id.asc())
        .select(PushDevice::as_select())
        .load(conn)
}

/// A device of that user.
pub(crate) fn find_push_device(
    conn: &mut DbConnection,
    tenant: &TenantId,
    (user, id): (&UserId, &FactorId),
) -> QueryResult<Option<PushDevice>> {
    push_devices::table.find((tenant, user, id)).select(PushDevice::as_select()).first(conn).optional()
}

/// Notes that the device approved a sign-in; returns whether the user still has it.
pub(crate) fn touch_push_device(
    conn: &mut DbConnection,
    tenant: &TenantId,
    (user, id): (&UserId, &FactorId),
    now: UtcTime,
) -> QueryResult<bool> {
    let this = push_devices::table.find((tenant, user, id));
    Ok(update(this).set(push_devices::last_used_at.eq(now)).execute(conn)? == 1)
}

/// Gives a device another name; returns whether the user has it.
pub(crate) fn rename_push_device(
    conn: &mut DbConnection,
    tenant: &TenantId,
    user: &UserId,
    (id, name): (&FactorId, &str),
) -> QueryResult<bool> {
    let this = push_devices::table.find((tenant, user, id));
    Ok(update(this).set(push_devices::name.eq(name)).execute(conn)? == 1)
}

/// Takes a device away; its name, if the user had it.
pub(crate) fn delete_push_device(
    conn: &mut DbConnection,
    tenant: &TenantId,
    (user, id): (&UserId, &FactorId),
) -> QueryResult<Option<String>> {
    let this = || push_devices::table.find((tenant, user, id));
    let name: Option<String> = this().select(push_devices::name).first(conn).optional()?;
    delete(this()).execute(conn)?;
    Ok(name)
}

/// Takes every device of a user away.
pub(crate) fn delete_push_devices(conn: &mut DbConnection, tenant: &TenantId, user: &UserId) -> QueryResult<()> {
    let own = push_devices::table.filter(push_devices::tenant_id.eq(tenant)).filter(push_devices::user_id.eq(user));
    delete(own).execute(conn).map(|_| ())
}
