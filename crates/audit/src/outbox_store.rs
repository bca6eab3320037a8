//! The table `outbox`, a global one: jobs of all tenants in one queue; each row names its tenant.

use std::collections::HashMap;

use diesel::prelude::{
    ExpressionMethods, Insertable, QueryDsl, Queryable, RunQueryDsl, Selectable, SelectableHelper,
    TextExpressionMethods,
};
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
    pub(crate) destination: String,
}

/// What a node asks for.
#[derive(Clone, Debug)]
pub(crate) struct Claim {
    /// With what the kind begins.
    pub(crate) prefix: &'static str,
    pub(crate) now: UtcTime,
    pub(crate) lease_ends: UtcTime,
    /// At most so many rows.
    pub(crate) limit: usize,
    /// At most so many for one destination, with those that are `under_way`.
    pub(crate) limit_per_destination: usize,
    /// How many this node is delivering to each destination.
    pub(crate) under_way: HashMap<String, usize>,
}

pub(crate) fn insert(conn: &mut DbConnection, row: &OutboxRow) -> QueryResult<()> {
    insert_into(outbox::table).values(row.clone()).execute(conn).map(|_| ())
}

pub(crate) fn insert_once(conn: &mut DbConnection, row: &OutboxRow) -> QueryResult<()> {
    match conn {
        DbConnection::Postgresql(conn) => {
            insert_into(outbox::table).values(row).on_conflict_do_nothing().execute(conn).map(|_| ())
        }
        DbConnection::Sqlite(conn) => {
            insert_into(outbox::table).values(row).on_conflict_do_nothing().execute(conn).map(|_| ())
        }
    }
}

/// Leases rows that are due: of racing nodes exactly one gets each, and one that dies loses it when the lease ends.
pub(crate) fn claim_due(conn: &mut DbConnection, claim: &Claim) -> QueryResult<Vec<OutboxRow>> {
    let mut under_way = claim.under_way.clone();
    let mut claimed = Vec::with_capacity(claim.limit);
    while claimed.len() < claim.limit {
        let busy: Vec<&String> = under_way
            .iter()
            .filter(|(_, count)| **count >= claim.limit_per_destination)
            .map(|(name, _)| name)
            .collect();
        let candidates = due(conn, claim, busy, claim.limit.saturating_sub(claimed.len()))?;
        if candidates.is_empty() {
            break;
        }
        for row in candidates {
            let destination = row.destination.clone();
            // A whole batch may be for one destination; the next round then looks past it.
            if under_way.get(&destination).is_some_and(|count| *count >= claim.limit_per_destination) {
                continue;
            }
            if let Some(row) = lease(conn, row, claim.lease_ends)? {
                if !destination.is_empty() {
                    *under_way.entry(destination).or_default() += 1;
                }
                claimed.push(row);
            }
        }
    }
    Ok(claimed)
}

fn due(conn: &mut DbConnection, claim: &Claim, busy: Vec<&String>, limit: usize) -> QueryResult<Vec<OutboxRow>> {
    let mut query = outbox::table
        .filter(outbox::available_at.le(claim.now))
        .filter(outbox::kind.like(pattern(claim.prefix)))
        .order((outbox::available_at.asc(), outbox::id.asc()))
        .limit(i64::try_from(limit).unwrap_or(i64::MAX))
        .select(OutboxRow::as_select())
        .into_boxed();
    for destination in busy {
        query = query.filter(outbox::destination.ne(destination));
    }
    query.load(conn)
}

/// `None` when another node was faster.
fn lease(conn: &mut DbConnection, row: OutboxRow, lease_ends: UtcTime) -> QueryResult<Option<OutboxRow>> {
    let unclaimed = outbox::table.find(&row.id).filter(outbox::available_at.eq(row.available_at));
    let attempts = row.attempts.saturating_add(1);
    let won =
        update(unclaimed).set((outbox::available_at.eq(lease_ends), outbox::attempts.eq(attempts))).execute(conn)?;
    Ok((won == 1).then_some(OutboxRow { attempts, available_at: lease_ends, ..row }))
}

/// Removes a row that was delivered, together with the secret in it; also when the lease has ended meanwhile.
pub(crate) fn remove(conn: &mut DbConnection, id: &str) -> QueryResult<()> {
    delete(outbox::table.find(id)).execute(conn).map(|_| ())
}

/// Removes a row that is given up, unless another node has leased it since.
pub(crate) fn give_up(conn: &mut DbConnection, row: &OutboxRow) -> QueryResult<()> {
    let ours = outbox::table.find(&row.id).filter(outbox::available_at.eq(row.available_at));
    delete(ours).execute(conn).map(|_| ())
}

/// Has a row tried again later, unless another node has leased it since.
pub(crate) fn postpone(conn: &mut DbConnection, row: &OutboxRow, until: UtcTime, attempts: i32) -> QueryResult<()> {
    let ours = outbox::table.find(&row.id).filter(outbox::available_at.eq(row.available_at));
    let changes = (outbox::available_at.eq(until), outbox::attempts.eq(attempts));
    update(ours).set(changes).execute(conn).map(|_| ())
}

/// Kinds that are due and begin with none of `prefixes`; at most ten.
pub(crate) fn unknown_kinds(
    conn: &mut DbConnection,
    prefixes: &[&'static str],
    now: UtcTime,
) -> QueryResult<Vec<String>> {
    let mut query = outbox::table
        .filter(outbox::available_at.le(now))
        .select(outbox::kind)
        .distinct()
        .order(outbox::kind.asc())
        .limit(10)
        .into_boxed();
    for prefix in prefixes {
        query = query.filter(outbox::kind.not_like(pattern(prefix)));
    }
    query.load(conn)
}

fn pattern(prefix: &str) -> String {
    format!("{prefix}%")
}
