//! SQL of domains. Two tenants may claim a host; only one can have proved it.

use diesel::prelude::*;
use latchkey_core::{TenantId, UtcTime};
use latchkey_storage::DbConnection;
use latchkey_storage::schema::domains;

use crate::{Domain, DomainName, Inserted, Tenant, Written, tenant_store};

/// What became of a verification.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Verification {
    /// The host is the tenant's.
    Verified,
    /// Another tenant has proved that it holds the host.
    HeldByAnother,
    /// The tenant has not claimed the host.
    NotFound,
}

/// Claims a host for the tenant; it serves nothing until it is verified.
pub fn insert_domain(
    conn: &mut DbConnection,
    tenant: &TenantId,
    host: &DomainName,
    now: UtcTime,
) -> QueryResult<Inserted> {
    let insert = diesel::insert_into(domains::table).values((
        domains::tenant_id.eq(tenant),
        domains::host.eq(host),
        domains::is_issuer.eq(false),
        domains::created_at.eq(now),
    ));
    let rows = match conn {
        DbConnection::Postgresql(conn) => insert.on_conflict_do_nothing().execute(conn)?,
        DbConnection::Sqlite(conn) => insert.on_conflict_do_nothing().execute(conn)?,
    };
    Ok(Inserted::from_rows(rows))
}

/// Records that the tenant proved that it holds the host. Of two tenants that prove it at once, one gets a
/// unique violation as an error.
pub fn verify_domain(
    conn: &mut DbConnection,
    tenant: &TenantId,
    host: &DomainName,
    now: UtcTime,
) -> QueryResult<Verification> {
    let holder = domains::table
        .filter(domains::host.eq(host))
        .filter(domains::verified_at.is_not_null())
        .select(domains::tenant_id)
        .first::<TenantId>(conn)
        .optional()?;
    match holder {
        Some(holder) if holder == *tenant => return Ok(Verification::Verified),
        Some(_) => return Ok(Verification::HeldByAnother),
        None => {}
    }
    let rows = diesel::update(domains::table.filter(domains::tenant_id.eq(tenant)).filter(domains::host.eq(host)))
        .set(domains::verified_at.eq(now))
        .execute(conn)?;
    Ok(if rows == 0 { Verification::NotFound } else { Verification::Verified })
}

/// Makes a verified host the tenant's issuer, or, with `None`, the path below the public URL.
/// `NotFound` when the host is not verified; then nothing changes.
pub fn make_issuer(conn: &mut DbConnection, tenant: &TenantId, host: Option<&DomainName>) -> QueryResult<Written> {
    if let Some(host) = host {
        let rows = diesel::update(
            domains::table
                .filter(domains::tenant_id.eq(tenant))
                .filter(domains::host.eq(host))
                .filter(domains::verified_at.is_not_null()),
        )
        .set(domains::is_issuer.eq(true))
        .execute(conn)?;
        if rows == 0 {
            return Ok(Written::NotFound);
        }
    }
    let others = domains::host.ne(host.map_or("", DomainName::as_str));
    diesel::update(domains::table.filter(domains::tenant_id.eq(tenant)).filter(others))
        .set(domains::is_issuer.eq(false))
        .execute(conn)?;
    Ok(Written::Written)
}

/// Gives up a host.
pub fn delete_domain(conn: &mut DbConnection, tenant: &TenantId, host: &DomainName) -> QueryResult<Written> {
    diesel::delete(domains::table.filter(domains::tenant_id.eq(tenant)).filter(domains::host.eq(host)))
        .execute(conn)
        .map(Written::from_rows)
}

/// Reads the tenant's hosts in alphabetical order.
pub fn list_domains(conn: &mut DbConnection, tenant: &TenantId) -> QueryResult<Vec<Domain>> {
    let rows = domains::table
        .filter(domains::tenant_id.eq(tenant))
        .order(domains::host)
        .select((domains::host, domains::verified_at, domains::is_issuer))
        .load::<(DomainName, Option<UtcTime>, bool)>(conn)?;
    Ok(rows.into_iter().map(|(host, verified_at, is_issuer)| Domain { host, verified_at, is_issuer }).collect())
}

/// Reads the tenant that proved that it holds the host.
pub fn find_by_verified_host(conn: &mut DbConnection, host: &str) -> QueryResult<Option<Tenant>> {
    let holder = domains::table
        .filter(domains::host.eq(host))
        .filter(domains::verified_at.is_not_null())
        .select(domains::tenant_id)
        .first::<TenantId>(conn)
        .optional()?;
    match holder {
        Some(tenant) => tenant_store::find_tenant(conn, &tenant),
        None => Ok(None),
    }
}
