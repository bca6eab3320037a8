//! SQL of the secrets of tenants.

use diesel::prelude::*;
use latchkey_core::{TenantId, UtcTime};
use latchkey_storage::DbConnection;
use latchkey_storage::schema::tenant_secrets;

use crate::TenantSecret;

/// Keeps a secret, sealed, in the place of the one before.
///
/// # Errors
/// Those of the statement.
pub fn put(
    conn: &mut DbConnection,
    tenant: &TenantId,
    secret: TenantSecret,
    sealed: &str,
    now: UtcTime,
) -> QueryResult<()> {
    let row = (
        tenant_secrets::tenant_id.eq(tenant),
        tenant_secrets::name.eq(secret.as_str()),
        tenant_secrets::sealed.eq(sealed),
        tenant_secrets::updated_at.eq(now),
    );
    let change = (tenant_secrets::sealed.eq(sealed), tenant_secrets::updated_at.eq(now));
    let key = (tenant_secrets::tenant_id, tenant_secrets::name);
    let insert = diesel::insert_into(tenant_secrets::table).values(row);
    match conn {
        DbConnection::Postgresql(conn) => insert.on_conflict(key).do_update().set(change).execute(conn)?,
        DbConnection::Sqlite(conn) => insert.on_conflict(key).do_update().set(change).execute(conn)?,
    };
    Ok(())
}

/// Reads a secret, sealed.
///
/// # Errors
/// Those of the query.
pub fn find(conn: &mut DbConnection, tenant: &TenantId, secret: TenantSecret) -> QueryResult<Option<String>> {
    tenant_secrets::table.find((tenant, secret.as_str())).select(tenant_secrets::sealed).first(conn).optional()
}

/// Forgets a secret; returns whether there was one.
///
/// # Errors
/// Those of the statement.
pub fn delete(conn: &mut DbConnection, tenant: &TenantId, secret: TenantSecret) -> QueryResult<bool> {
    diesel::delete(tenant_secrets::table.find((tenant, secret.as_str()))).execute(conn).map(|rows| rows > 0)
}
