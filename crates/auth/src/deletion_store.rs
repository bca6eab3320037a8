//! The table `account_deletions`: accounts whose users had them deleted, until they are.

use diesel::prelude::{ExpressionMethods, OptionalExtension, QueryDsl, Queryable, RunQueryDsl, Selectable};
use diesel::{QueryResult, SelectableHelper, delete, insert_into, update};
use latchkey_core::{TenantId, TokenHash, UserId, UtcTime};
use latchkey_storage::DbConnection;
use latchkey_storage::schema::{account_deletions, users};

/// A deletion to come.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = account_deletions)]
pub struct AccountDeletion {
    /// Whose account.
    pub user_id: UserId,
    /// When the user asked for it.
    pub requested_at: UtcTime,
    /// From when on it is deleted.
    pub due_at: UtcTime,
}

/// Notes that the account is to be deleted; one that stands is replaced, and its link undoes nothing any more.
pub(crate) fn replace(
    conn: &mut DbConnection,
    tenant: &TenantId,
    deletion: &AccountDeletion,
    undo_hash: &TokenHash,
) -> QueryResult<()> {
    cancel(conn, tenant, &deletion.user_id)?;
    insert_into(account_deletions::table)
        .values((
            account_deletions::tenant_id.eq(tenant),
            account_deletions::user_id.eq(&deletion.user_id),
            account_deletions::undo_hash.eq(undo_hash),
            account_deletions::requested_at.eq(deletion.requested_at),
            account_deletions::due_at.eq(deletion.due_at),
        ))
        .execute(conn)?;
    mark(conn, tenant, &deletion.user_id, Some(deletion.requested_at))
}

/// Notes beside what else the gate looks at whether a deletion waits.
fn mark(conn: &mut DbConnection, tenant: &TenantId, user: &UserId, requested_at: Option<UtcTime>) -> QueryResult<()> {
    let this = users::table.find((tenant, user));
    update(this).set(users::deletion_requested_at.eq(requested_at)).execute(conn).map(|_| ())
}

/// The deletion that a link undoes.
pub(crate) fn find_by_undo(
    conn: &mut DbConnection,
    tenant: &TenantId,
    undo_hash: &TokenHash,
) -> QueryResult<Option<AccountDeletion>> {
    account_deletions::table
        .filter(account_deletions::tenant_id.eq(tenant))
        .filter(account_deletions::undo_hash.eq(undo_hash))
        .select(AccountDeletion::as_select())
        .first(conn)
        .optional()
}

/// Keeps the account after all; returns whether it was to be deleted.
pub(crate) fn cancel(conn: &mut DbConnection, tenant: &TenantId, user: &UserId) -> QueryResult<bool> {
    mark(conn, tenant, user, None)?;
    Ok(delete(account_deletions::table.find((tenant, user))).execute(conn)? == 1)
}

/// Deletions of every tenant that are due, the oldest first.
pub(crate) fn list_due(conn: &mut DbConnection, now: UtcTime, limit: i64) -> QueryResult<Vec<(TenantId, UserId)>> {
    account_deletions::table
        .filter(account_deletions::due_at.le(now))
        .order(account_deletions::due_at.asc())
        .limit(limit)
        .select((account_deletions::tenant_id, account_deletions::user_id))
        .load(conn)
}

/// Takes a deletion that is due, to carry it out in the same transaction: of racing nodes one gets it, and none once the
/// user kept the account.
pub(crate) fn take_due(conn: &mut DbConnection, tenant: &TenantId, user: &UserId, now: UtcTime) -> QueryResult<bool> {
    let due = account_deletions::table.find((tenant, user)).filter(account_deletions::due_at.le(now));
    Ok(delete(due).execute(conn)? == 1)
}
