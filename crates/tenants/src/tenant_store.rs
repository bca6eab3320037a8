//! SQL of tenants.

use diesel::prelude::*;
use latchkey_core::{TenantId, UtcTime};
use latchkey_storage::schema::{domains, tenants};
use latchkey_storage::{DbConnection, Json};

use crate::{Branding, DomainName, Inserted, Slug, Tenant, TenantProfile, TenantSettings, TenantStatus, Written};

/// The one host of the tenant that is its issuer.
macro_rules! is_issuer_of_tenant {
    () => {
        domains::tenant_id.eq(tenants::id).and(domains::is_issuer.eq(true)).and(domains::verified_at.is_not_null())
    };
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = tenants)]
struct TenantRow {
    id: TenantId,
    slug: Slug,
    name: String,
    status: TenantStatus,
    settings: Json<TenantSettings>,
    branding: Json<Branding>,
    created_at: UtcTime,
    updated_at: UtcTime,
}

/// Makes an active tenant, unless its slug or id is taken.
pub fn insert_tenant(
    conn: &mut DbConnection,
    tenant: &TenantId,
    slug: &Slug,
    profile: &TenantProfile,
    now: UtcTime,
) -> QueryResult<Inserted> {
    let row = TenantRow {
        id: tenant.clone(),
        slug: slug.clone(),
        name: profile.name.clone(),
        status: TenantStatus::Active,
        settings: Json(profile.settings.clone()),
        branding: Json(profile.branding.clone()),
        created_at: now,
        updated_at: now,
    };
    let insert = diesel::insert_into(tenants::table).values(&row);
    let rows = match conn {
        DbConnection::Postgresql(conn) => insert.on_conflict_do_nothing().execute(conn)?,
        DbConnection::Sqlite(conn) => insert.on_conflict_do_nothing().execute(conn)?,
    };
    Ok(Inserted::from_rows(rows))
}

/// Writes name, settings and branding.
pub fn update_tenant(
    conn: &mut DbConnection,
    tenant: &TenantId,
    profile: &TenantProfile,
    now: UtcTime,
) -> QueryResult<Written> {
    diesel::update(tenants::table.filter(tenants::id.eq(tenant)))
        .set((
            tenants::name.eq(&profile.name),
            tenants::settings.eq(Json(profile.settings.clone())),
            tenants::branding.eq(Json(profile.branding.clone())),
            tenants::updated_at.eq(now),
        ))
        .execute(conn)
        .map(Written::from_rows)
}

/// Suspends a tenant or lets it go on.
pub fn set_status(
    conn: &mut DbConnection,
    tenant: &TenantId,
    status: TenantStatus,
    now: UtcTime,
) -> QueryResult<Written> {
    diesel::update(tenants::table.filter(tenants::id.eq(tenant)))
        .set((tenants::status.eq(status), tenants::updated_at.eq(now)))
        .execute(conn)
        .map(Written::from_rows)
}

/// Deletes a tenant with everything that it owns.
pub fn delete_tenant(conn: &mut DbConnection, tenant: &TenantId) -> QueryResult<Written> {
    diesel::delete(tenants::table.filter(tenants::id.eq(tenant))).execute(conn).map(Written::from_rows)
}

/// Reads a tenant by its id.
pub fn find_tenant(conn: &mut DbConnection, tenant: &TenantId) -> QueryResult<Option<Tenant>> {
    load_tenant(conn, tenant).optional()
}

/// Reads a tenant by its id, or `NotFound`.
pub fn load_tenant(conn: &mut DbConnection, tenant: &TenantId) -> QueryResult<Tenant> {
    tenants::table
        .left_join(domains::table.on(is_issuer_of_tenant!()))
        .filter(tenants::id.eq(tenant))
        .select((TenantRow::as_select(), domains::host.nullable()))
        .first::<(TenantRow, Option<DomainName>)>(conn)
        .map(Tenant::from)
}

/// Reads a tenant by its slug.
pub fn find_tenant_by_slug(conn: &mut DbConnection, slug: &str) -> QueryResult<Option<Tenant>> {
    tenants::table
        .left_join(domains::table.on(is_issuer_of_tenant!()))
        .filter(tenants::slug.eq(slug))
        .select((TenantRow::as_select(), domains::host.nullable()))
        .first::<(TenantRow, Option<DomainName>)>(conn)
        .optional()
        .map(|found| found.map(Tenant::from))
}

/// Reads at most `limit` tenants in the order of their slugs, from the one after `after`.
pub fn list_tenants(conn: &mut DbConnection, after: Option<&Slug>, limit: i64) -> QueryResult<Vec<Tenant>> {
    // No slug is empty, so every one lies after the empty text.
    let after = after.map_or("", Slug::as_str);
    let rows = tenants::table
        .left_join(domains::table.on(is_issuer_of_tenant!()))
        .filter(tenants::slug.gt(after))
        .order(tenants::slug)
        .limit(limit)
        .select((TenantRow::as_select(), domains::host.nullable()))
        .load::<(TenantRow, Option<DomainName>)>(conn)?;
    Ok(rows.into_iter().map(Tenant::from).collect())
}

impl From<(TenantRow, Option<DomainName>)> for Tenant {
    fn from((row, issuer_host): (TenantRow, Option<DomainName>)) -> Self {
        Self {
            id: row.id,
            slug: row.slug,
            name: row.name,
            status: row.status,
            settings: row.settings.0,
            branding: row.branding.0,
            issuer_host: issuer_host.map(|host| host.as_str().to_owned()),
        }
    }
}
