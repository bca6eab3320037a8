//! Rows of signing keys.

use diesel::QueryResult;
use diesel::prelude::*;
use latchkey_core::{KeyId, TenantId, UtcTime};
use latchkey_storage::DbConnection;
use latchkey_storage::schema::signing_keys;

use crate::keys::KeyState;

#[derive(Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = signing_keys)]
pub(crate) struct KeyRow {
    pub tenant_id: TenantId,
    pub kid: KeyId,
    pub alg: String,
    pub state: String,
    pub public_key: String,
    pub encrypted_private_key: Option<String>,
    pub master_key_version: i32,
    pub created_at: UtcTime,
    pub activated_at: Option<UtcTime>,
    pub retire_at: Option<UtcTime>,
}

/// Every key of the tenant, oldest first.
pub(crate) fn list_keys(conn: &mut DbConnection, tenant: &TenantId) -> QueryResult<Vec<KeyRow>> {
    signing_keys::table
        .filter(signing_keys::tenant_id.eq(tenant))
        .order((signing_keys::created_at.asc(), signing_keys::kid.asc()))
        .select(KeyRow::as_select())
        .load(conn)
}

/// Stores the key unless the tenant has one of that algorithm in that state already (announced, active); says how many rows were stored.
pub(crate) fn insert_key(conn: &mut DbConnection, row: &KeyRow) -> QueryResult<usize> {
    match conn {
        DbConnection::Postgresql(conn) => {
            diesel::insert_into(signing_keys::table).values(row).on_conflict_do_nothing().execute(conn)
        }
        DbConnection::Sqlite(conn) => {
            diesel::insert_into(signing_keys::table).values(row).on_conflict_do_nothing().execute(conn)
        }
    }
}

/// Lets the active key of that algorithm sign no more; it stays published until `retire_at`.
pub(crate) fn retire_active_key(
    conn: &mut DbConnection,
    tenant: &TenantId,
    alg: &str,
    retire_at: UtcTime,
) -> QueryResult<usize> {
    let active = signing_keys::table
        .filter(signing_keys::tenant_id.eq(tenant))
        .filter(signing_keys::alg.eq(alg))
        .filter(signing_keys::state.eq(KeyState::Active.as_str()));
    diesel::update(active)
        .set((signing_keys::state.eq(KeyState::Retiring.as_str()), signing_keys::retire_at.eq(retire_at)))
        .execute(conn)
}

/// Announced keys whose time has come. Of all tenants: a job asks, not a request.
pub(crate) fn list_due_keys(conn: &mut DbConnection, now: UtcTime) -> QueryResult<Vec<KeyRow>> {
    signing_keys::table
        .filter(signing_keys::state.eq(KeyState::Announced.as_str()))
        .filter(signing_keys::activated_at.le(now))
        .order((signing_keys::tenant_id.asc(), signing_keys::kid.asc()))
        .select(KeyRow::as_select())
        .load(conn)
}

/// Makes an announced key the active one, and the one before it retiring; to be called in a transaction. False when it
/// is not announced any more: another node did it.
pub(crate) fn promote_key(
    conn: &mut DbConnection,
    key: &KeyRow,
    now: UtcTime,
    retire_at: UtcTime,
) -> QueryResult<bool> {
    let this = signing_keys::table.find((&key.tenant_id, &key.kid));
    let announced = this.filter(signing_keys::state.eq(KeyState::Announced.as_str()));
    // Locks the row, so that a node that races waits here, finds it active and does not retire it by mistake.
    if diesel::update(announced).set(signing_keys::activated_at.eq(now)).execute(conn)? == 0 {
        return Ok(false);
    }
    // First the old one: the index admits one active key.
    retire_active_key(conn, &key.tenant_id, &key.alg, retire_at)?;
    diesel::update(this).set(signing_keys::state.eq(KeyState::Active.as_str())).execute(conn)?;
    Ok(true)
}

/// Tenants with a key whose time is over. Of all tenants: a job asks, not a request.
pub(crate) fn list_tenants_with_expired_keys(conn: &mut DbConnection, now: UtcTime) -> QueryResult<Vec<TenantId>> {
    signing_keys::table
        .filter(signing_keys::state.eq(KeyState::Retiring.as_str()))
        .filter(signing_keys::retire_at.le(now))
        .select(signing_keys::tenant_id)
        .distinct()
        .load(conn)
}

/// Destroys the private part of keys whose time is over.
pub(crate) fn destroy_expired_keys(conn: &mut DbConnection, tenant: &TenantId, now: UtcTime) -> QueryResult<usize> {
    let expired = signing_keys::table
        .filter(signing_keys::tenant_id.eq(tenant))
        .filter(signing_keys::state.eq(KeyState::Retiring.as_str()))
        .filter(signing_keys::retire_at.le(now));
    diesel::update(expired)
        .set((
            signing_keys::state.eq(KeyState::Retired.as_str()),
            signing_keys::encrypted_private_key.eq(None::<String>),
        ))
        .execute(conn)
}
