//! The table `outbox`, a global one: jobs of all tenants in one queue; each row names its tenant.

use diesel::prelude::{ExpressionMethods, Insertable, QueryDsl, Queryable, RunQueryDsl, Selectable, SelectableHelper};
use diesel::{QueryResult, delete, insert_into, update};
use latchkey_core::{TenantId, UtcTime};
use latchkey_storage::DbConnection;
use latchkey_storage::schema::outbox;

/// A row.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = outbox)]
pub(crate) struct OutboxRow {
    pub(crate) id: String,
    pub(crate) tenant_id: TenantId,
    pub(crate) kind: String,
    pub(crate) payload: String,
    pub(crate) attempts: i32,
    pub(crate) available_at: UtcTime,
    pub(crate) created_at: UtcTime,
}

pub(crate) fn insert(conn: &mut DbConnection, row: &OutboxRow) -> QueryResult<()> {
    insert_into(outbox::table).values(row.clone()).execute(conn).map(|_| ())
}

/// Leases rows that are due until `lease_ends`: of racing nodes exactly one gets each, and one that dies loses it.
pub(crate) fn claim_due(
    conn: &mut DbConnection,
    now: UtcTime,
    lease_ends: UtcTime,
    limit: i64,
) -> QueryResult<Vec<OutboxRow>> {
    let due: Vec<OutboxRow> = outbox::table
        .filter(outbox::available_at.le(now))
        .order((outbox::available_at.asc(), outbox::id.asc()))
        .limit(limit)
        .select(OutboxRow::as_select())
        .load(conn)?;
    let mut claimed = Vec::with_capacity(due.len());
    for row in due {
        let unclaimed = outbox::table.find(&row.id).filter(outbox::available_at.eq(row.available_at));
        let attempts = row.attempts.saturating_add(1);
        let won = update(unclaimed)
            .set((outbox::available_at.eq(lease_ends), outbox::attempts.eq(attempts)))
            .execute(conn)?;
        if won == 1 {
            claimed.push(OutboxRow { attempts, available_at: lease_ends, ..row });
        }
    }
    Ok(claimed)
}

/// Removes a row that was delivered or given up, together with the secret in it.
pub(crate) fn remove(conn: &mut DbConnection, id: &str) -> QueryResult<()> {
    delete(outbox::table.find(id)).execute(conn).map(|_| ())
}

/// Has a row tried again later, unless another node has leased it since.
pub(crate) fn postpone(conn: &mut DbConnection, row: &OutboxRow, until: UtcTime) -> QueryResult<()> {
    let ours = outbox::table.find(&row.id).filter(outbox::available_at.eq(row.available_at));
    update(ours).set(outbox::available_at.eq(until)).execute(conn).map(|_| ())
}
