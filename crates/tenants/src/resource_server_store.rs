//! SQL of resource servers.

use diesel::prelude::*;
use latchkey_core::{TenantId, UtcTime};
use latchkey_storage::schema::resource_servers;
use latchkey_storage::{DbConnection, Json};

use crate::{ResourceServer, ResourceServerSettings, ScopeDefinition, Written};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = resource_servers)]
struct ResourceServerRow {
    tenant_id: TenantId,
    audience: String,
    name: String,
    settings: Json<ResourceServerSettings>,
    scopes: Json<Vec<ScopeDefinition>>,
    created_at: UtcTime,
    updated_at: UtcTime,
}

/// Writes the resource server of that audience, new or not.
pub fn upsert(conn: &mut DbConnection, tenant: &TenantId, server: &ResourceServer, now: UtcTime) -> QueryResult<()> {
    let row = ResourceServerRow {
        tenant_id: tenant.clone(),
        audience: server.audience.clone(),
        name: server.name.clone(),
        settings: Json(server.settings.clone()),
        scopes: Json(server.scopes.clone()),
        created_at: now,
        updated_at: now,
    };
    let insert = diesel::insert_into(resource_servers::table).values(&row);
    let key = (resource_servers::tenant_id, resource_servers::audience);
    let change = (
        resource_servers::name.eq(&row.name),
        resource_servers::settings.eq(&row.settings),
        resource_servers::scopes.eq(&row.scopes),
        resource_servers::updated_at.eq(now),
    );
    match conn {
        DbConnection::Postgresql(conn) => insert.on_conflict(key).do_update().set(change).execute(conn)?,
        DbConnection::Sqlite(conn) => insert.on_conflict(key).do_update().set(change).execute(conn)?,
    };
    Ok(())
}

/// Reads the resource servers in the order of their audiences.
pub fn list(conn: &mut DbConnection, tenant: &TenantId) -> QueryResult<Vec<ResourceServer>> {
    let rows: Vec<ResourceServerRow> = resource_servers::table
        .filter(resource_servers::tenant_id.eq(tenant))
        .order(resource_servers::audience)
        .select(ResourceServerRow::as_select())
        .load(conn)?;
    Ok(rows.into_iter().map(ResourceServer::from).collect())
}

/// Deletes the resource server of that audience.
pub fn delete(conn: &mut DbConnection, tenant: &TenantId, audience: &str) -> QueryResult<Written> {
    let this = resource_servers::table
        .filter(resource_servers::tenant_id.eq(tenant))
        .filter(resource_servers::audience.eq(audience));
    diesel::delete(this).execute(conn).map(Written::from_rows)
}

impl From<ResourceServerRow> for ResourceServer {
    fn from(row: ResourceServerRow) -> Self {
        Self { audience: row.audience, name: row.name, settings: row.settings.0, scopes: row.scopes.0 }
    }
}
