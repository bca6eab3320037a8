//! Deletes what can no longer matter. A job calls it in small steps.

use diesel::QueryResult;
use diesel::prelude::*;
use latchkey_core::{GrantId, TenantId, TokenHash, UtcTime};
use latchkey_storage::DbConnection;
use latchkey_storage::schema::{device_secrets, grants, revoked_tokens};

use crate::MAX_TOKEN_LIFETIME;

/// Deletes up to `limit` rows of each kind whose time is over, of every tenant; returns how many in all.
///
/// A grant stays as long as an access token issued from it may live.
///
/// # Errors
/// When a statement fails.
pub fn delete_expired(conn: &mut DbConnection, now: UtcTime, limit: i64) -> QueryResult<usize> {
    let grants = delete_grants(conn, now.minus(MAX_TOKEN_LIFETIME), limit)?;
    let revoked = delete_revoked_tokens(conn, now, limit)?;
    Ok(grants + revoked + delete_device_secrets(conn, now, limit)?)
}

fn delete_grants(conn: &mut DbConnection, before: UtcTime, limit: i64) -> QueryResult<usize> {
    let expired: Vec<(TenantId, GrantId)> = grants::table
        .filter(grants::expires_at.lt(before))
        .order(grants::expires_at.asc())
        .select((grants::tenant_id, grants::id))
        .limit(limit)
        .load(conn)?;
    let mut deleted = 0;
    for (tenant, id) in expired {
        deleted += diesel::delete(grants::table.find((tenant, id))).execute(conn)?;
    }
    Ok(deleted)
}

fn delete_revoked_tokens(conn: &mut DbConnection, before: UtcTime, limit: i64) -> QueryResult<usize> {
    let expired: Vec<(TenantId, String)> = revoked_tokens::table
        .filter(revoked_tokens::expires_at.lt(before))
        .order(revoked_tokens::expires_at.asc())
        .select((revoked_tokens::tenant_id, revoked_tokens::jti))
        .limit(limit)
        .load(conn)?;
    let mut deleted = 0;
    for (tenant, jti) in expired {
        deleted += diesel::delete(revoked_tokens::table.find((tenant, jti))).execute(conn)?;
    }
    Ok(deleted)
}

fn delete_device_secrets(conn: &mut DbConnection, before: UtcTime, limit: i64) -> QueryResult<usize> {
    let expired: Vec<(TenantId, TokenHash)> = device_secrets::table
        .filter(device_secrets::expires_at.lt(before))
        .order(device_secrets::expires_at.asc())
        .select((device_secrets::tenant_id, device_secrets::secret_hash))
        .limit(limit)
        .load(conn)?;
    let mut deleted = 0;
    for (tenant, hash) in expired {
        deleted += diesel::delete(device_secrets::table.find((tenant, hash))).execute(conn)?;
    }
    Ok(deleted)
}
