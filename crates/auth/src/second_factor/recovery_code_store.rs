//! The table `recovery_codes`.

use diesel::dsl::count_star;
use diesel::prelude::{ExpressionMethods, QueryDsl, RunQueryDsl};
use diesel::{QueryResult, delete, insert_into, update};
use latchkey_core::{TenantId, TokenHash, UserId, UtcTime};
use latchkey_storage::DbConnection;
use latchkey_storage::schema::recovery_codes;

/// Gives a user these codes instead of those before.
pub(crate) fn replace_codes(
    conn: &mut DbConnection,
    tenant: &TenantId,
    user: &UserId,
    hashes: &[TokenHash],
    now: UtcTime,
) -> QueryResult<()> {
    delete_codes(conn, tenant, user)?;
    for hash in hashes {
        insert_into(recovery_codes::table)
            .values((
                recovery_codes::tenant_id.eq(tenant),
                recovery_codes::user_id.eq(user),
                recovery_codes::code_hash.eq(hash),
                recovery_codes::created_at.eq(now),
            ))
            .execute(conn)?;
    }
    Ok(())
}

/// Spends a code: of two that race exactly one gets `true`.
pub(crate) fn spend_code(
    conn: &mut DbConnection,
    tenant: &TenantId,
    user: &UserId,
    hash: &TokenHash,
    now: UtcTime,
) -> QueryResult<bool> {
    let unused = recovery_codes::table.find((tenant, user, hash)).filter(recovery_codes::used_at.is_null());
    Ok(update(unused).set(recovery_codes::used_at.eq(now)).execute(conn)? == 1)
}

/// How many codes a user has left.
pub fn count_unused(conn: &mut DbConnection, tenant: &TenantId, user: &UserId) -> QueryResult<i64> {
    recovery_codes::table
        .filter(recovery_codes::tenant_id.eq(tenant))
        .filter(recovery_codes::user_id.eq(user))
        .filter(recovery_codes::used_at.is_null())
        .select(count_star())
        .first(conn)
}

/// Whether a user has a code left.
pub(crate) fn has_unused(conn: &mut DbConnection, tenant: &TenantId, user: &UserId) -> QueryResult<bool> {
    Ok(count_unused(conn, tenant, user)? > 0)
}

/// How many codes a user has that were made since then.
pub(crate) fn count_made_since(
    conn: &mut DbConnection,
    tenant: &TenantId,
    user: &UserId,
    since: UtcTime,
) -> QueryResult<i64> {
    recovery_codes::table
        .filter(recovery_codes::tenant_id.eq(tenant))
        .filter(recovery_codes::user_id.eq(user))
        .filter(recovery_codes::created_at.ge(since))
        .select(count_star())
        .first(conn)
}

/// Takes all codes of a user away.
pub(crate) fn delete_codes(conn: &mut DbConnection, tenant: &TenantId, user: &UserId) -> QueryResult<()> {
    let all = recovery_codes::table.filter(recovery_codes::tenant_id.eq(tenant));
    delete(all.filter(recovery_codes::user_id.eq(user))).execute(conn).map(|_| ())
}
