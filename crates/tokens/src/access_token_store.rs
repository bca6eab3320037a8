//! Access tokens that were revoked before their time, and what must stand behind the others.

use diesel::QueryResult;
use diesel::prelude::*;
use latchkey_core::{ClientId, TenantId, UtcTime};
use latchkey_storage::DbConnection;
use latchkey_storage::schema::{clients, revoked_tokens};
use latchkey_tenants::Tenant;

use crate::access_token::AccessTokenClaims;
use crate::grant_store::{self, GrantRow};

/// Whether a token that is in time may still be used.
pub(crate) enum Standing {
    /// It may; with the grant that it hangs on, unless the client acts for itself.
    Good(Option<Box<GrantRow>>),
    /// It may not: revoked, or its grant, session, user or client is gone.
    Dead,
}

/// Ends a token for all who ask; who verifies a JWT offline accepts it until it expires.
pub(crate) fn insert_revoked_token(
    conn: &mut DbConnection,
    tenant: &TenantId,
    jti: &str,
    expires_at: UtcTime,
) -> QueryResult<usize> {
    let row =
        (revoked_tokens::tenant_id.eq(tenant), revoked_tokens::jti.eq(jti), revoked_tokens::expires_at.eq(expires_at));
    match conn {
        DbConnection::Postgresql(conn) => {
            diesel::insert_into(revoked_tokens::table).values(row).on_conflict_do_nothing().execute(conn)
        }
        DbConnection::Sqlite(conn) => {
            diesel::insert_into(revoked_tokens::table).values(row).on_conflict_do_nothing().execute(conn)
        }
    }
}

/// Whether the token was revoked, and whether grant, session, user and client still stand behind it.
pub(crate) fn load_standing(
    conn: &mut DbConnection,
    tenant: &Tenant,
    claims: &AccessTokenClaims,
    now: UtcTime,
) -> QueryResult<Standing> {
    if is_revoked(conn, &tenant.id, &claims.jti)? {
        return Ok(Standing::Dead);
    }
    let Some(grant_id) = claims.grant_id() else {
        let exists = client_exists(conn, &tenant.id, &claims.client_id)?;
        return Ok(if exists { Standing::Good(None) } else { Standing::Dead });
    };
    Ok(match grant_store::find_grant(conn, &tenant.id, &grant_id)? {
        Some((row, holder)) if row.revoked_at.is_none() && holder.refusal(&row, tenant, now).is_none() => {
            Standing::Good(Some(Box::new(row)))
        }
        _ => Standing::Dead,
    })
}

fn is_revoked(conn: &mut DbConnection, tenant: &TenantId, jti: &str) -> QueryResult<bool> {
    diesel::select(diesel::dsl::exists(
        revoked_tokens::table.filter(revoked_tokens::tenant_id.eq(tenant)).filter(revoked_tokens::jti.eq(jti)),
    ))
    .get_result(conn)
}

fn client_exists(conn: &mut DbConnection, tenant: &TenantId, client: &ClientId) -> QueryResult<bool> {
    diesel::select(diesel::dsl::exists(
        clients::table.filter(clients::tenant_id.eq(tenant)).filter(clients::client_id.eq(client)),
    ))
    .get_result(conn)
}
