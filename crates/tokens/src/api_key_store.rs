//! The table `api_keys`.

use diesel::QueryResult;
use diesel::prelude::*;
use latchkey_core::{ApiKeyId, TenantId, TokenHash, UtcTime};
use latchkey_protocol::Scope;
use latchkey_storage::DbConnection;
use latchkey_storage::schema::api_keys;

use crate::ApiKey;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = api_keys)]
struct ApiKeyRow {
    tenant_id: TenantId,
    id: ApiKeyId,
    audience: String,
    name: String,
    secret_hash: TokenHash,
    scope: String,
    created_at: UtcTime,
    expires_at: Option<UtcTime>,
    revoked_at: Option<UtcTime>,
    last_used_at: Option<UtcTime>,
}

/// Stores a key by the hash of its text.
///
/// # Errors
/// When the statement fails; also when the tenant has no resource server of that audience.
pub fn insert_api_key(
    conn: &mut DbConnection,
    tenant: &TenantId,
    key: &ApiKey,
    secret_hash: &TokenHash,
) -> QueryResult<()> {
    let row = ApiKeyRow {
        tenant_id: tenant.clone(),
        id: key.id.clone(),
        audience: key.audience.clone(),
        name: key.name.clone(),
        secret_hash: secret_hash.clone(),
        scope: key.scope.to_string(),
        created_at: key.created_at,
        expires_at: key.expires_at,
        revoked_at: key.revoked_at,
        last_used_at: key.last_used_at,
    };
    diesel::insert_into(api_keys::table).values(row).execute(conn).map(|_| ())
}

/// The key with that id, live or not, and the hash of its text.
///
/// # Errors
/// When the statement fails.
pub fn find_api_key(
    conn: &mut DbConnection,
    tenant: &TenantId,
    id: &ApiKeyId,
) -> QueryResult<Option<(ApiKey, TokenHash)>> {
    let row = api_keys::table.find((tenant, id)).select(ApiKeyRow::as_select()).first(conn).optional()?;
    Ok(row.map(|row| {
        let secret_hash = row.secret_hash.clone();
        (row.into(), secret_hash)
    }))
}

/// A page of the tenant's keys, oldest first, after that id.
///
/// # Errors
/// When the statement fails.
pub fn list_api_keys(
    conn: &mut DbConnection,
    tenant: &TenantId,
    after: Option<&ApiKeyId>,
    limit: i64,
) -> QueryResult<Vec<ApiKey>> {
    let after = after.map(ApiKeyId::as_str).unwrap_or_default();
    let rows: Vec<ApiKeyRow> = api_keys::table
        .filter(api_keys::tenant_id.eq(tenant))
        .filter(api_keys::id.gt(after))
        .order(api_keys::id)
        .limit(limit)
        .select(ApiKeyRow::as_select())
        .load(conn)?;
    Ok(rows.into_iter().map(ApiKey::from).collect())
}

/// Revokes a key; `false` when there is none or it is revoked already.
///
/// # Errors
/// When the statement fails.
pub fn revoke_api_key(conn: &mut DbConnection, tenant: &TenantId, id: &ApiKeyId, now: UtcTime) -> QueryResult<bool> {
    let live = api_keys::table.find((tenant, id)).filter(api_keys::revoked_at.is_null());
    diesel::update(live).set(api_keys::revoked_at.eq(now)).execute(conn).map(|rows| rows == 1)
}

/// Notes a use, unless one since `before` is noted: of racing nodes one writes.
pub(crate) fn touch_api_key(
    conn: &mut DbConnection,
    tenant: &TenantId,
    id: &ApiKeyId,
    (before, now): (UtcTime, UtcTime),
) -> QueryResult<()> {
    let stale = api_keys::last_used_at.is_null().or(api_keys::last_used_at.le(before));
    let this = api_keys::table.find((tenant, id)).filter(stale);
    diesel::update(this).set(api_keys::last_used_at.eq(now)).execute(conn).map(|_| ())
}

impl From<ApiKeyRow> for ApiKey {
    fn from(row: ApiKeyRow) -> Self {
        Self {
            id: row.id,
            audience: row.audience,
            name: row.name,
            // What was stored was a scope; were it none, the key would be good for nothing.
            scope: Scope::parse(&row.scope).unwrap_or_default(),
            created_at: row.created_at,
            expires_at: row.expires_at,
            revoked_at: row.revoked_at,
            last_used_at: row.last_used_at,
        }
    }
}
