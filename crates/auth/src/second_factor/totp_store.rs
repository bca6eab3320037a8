//! The table `totp_factors`.

use diesel::prelude::{ExpressionMethods, QueryDsl, Queryable, RunQueryDsl, Selectable, SelectableHelper};
use diesel::{QueryResult, delete, insert_into, update};
use latchkey_core::{FactorId, TenantId, UserId, UtcTime};
use latchkey_storage::schema::totp_factors;
use latchkey_storage::{DbConnection, Json};
use latchkey_tenants::TotpAlgorithm;

/// An authenticator application of a user, without its secret.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = totp_factors)]
pub struct TotpFactor {
    /// Its id.
    pub id: FactorId,
    /// What the user calls it.
    pub name: String,
    /// When it was set up.
    pub created_at: UtcTime,
    /// When a code of it was accepted last.
    pub last_used_at: Option<UtcTime>,
}

/// An authenticator with its sealed secret.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = totp_factors)]
pub(crate) struct TotpRow {
    pub(crate) id: FactorId,
    pub(crate) sealed_secret: String,
    pub(crate) algorithm: Json<TotpAlgorithm>,
}

/// An authenticator to be.
#[derive(Clone)]
pub(crate) struct NewTotp {
    pub(crate) id: FactorId,
    pub(crate) name: String,
    pub(crate) sealed_secret: String,
    pub(crate) algorithm: TotpAlgorithm,
    /// The step of the code by which it was confirmed: that code does not count again.
    pub(crate) step: i64,
}

pub(crate) fn insert_totp(
    conn: &mut DbConnection,
    tenant: &TenantId,
    user: &UserId,
    new: &NewTotp,
    now: UtcTime,
) -> QueryResult<()> {
    insert_into(totp_factors::table)
        .values((
            totp_factors::tenant_id.eq(tenant),
            totp_factors::user_id.eq(user),
            totp_factors::id.eq(&new.id),
            totp_factors::name.eq(&new.name),
            totp_factors::sealed_secret.eq(&new.sealed_secret),
            totp_factors::algorithm.eq(Json(new.algorithm)),
            totp_factors::last_step.eq(new.step),
            totp_factors::created_at.eq(now),
            totp_factors::last_used_at.eq(now),
        ))
        .execute(conn)
        .map(|_| ())
}

/// The authenticators of a user with their secrets, the oldest first.
pub(crate) fn list_totp(conn: &mut DbConnection, tenant: &TenantId, user: &UserId) -> QueryResult<Vec<TotpRow>> {
    totp_factors::table
        .filter(totp_factors::tenant_id.eq(tenant))
        .filter(totp_factors::user_id.eq(user))
        .order(totp_factors::id.asc())
        .select(TotpRow::as_select())
        .load(conn)
}

/// The authenticators of a user, the oldest first.
pub fn list_factors(conn: &mut DbConnection, tenant: &TenantId, user: &UserId) -> QueryResult<Vec<TotpFactor>> {
    totp_factors::table
        .filter(totp_factors::tenant_id.eq(tenant))
        .filter(totp_factors::user_id.eq(user))
        .order(totp_factors::id.asc())
        .select(TotpFactor::as_select())
        .load(conn)
}

/// Spends a code: of two that race with the codes of one step, exactly one gets `true`; older steps are spent with it.
pub(crate) fn spend_step(
    conn: &mut DbConnection,
    tenant: &TenantId,
    user: &UserId,
    (id, step): (&FactorId, i64),
    now: UtcTime,
) -> QueryResult<bool> {
    let unspent = totp_factors::table.find((tenant, user, id)).filter(totp_factors::last_step.lt(step));
    let spent =
        update(unspent).set((totp_factors::last_step.eq(step), totp_factors::last_used_at.eq(now))).execute(conn)?;
    Ok(spent == 1)
}

/// Takes an authenticator away; returns whether the user had it.
pub fn delete_totp(conn: &mut DbConnection, tenant: &TenantId, user: &UserId, id: &FactorId) -> QueryResult<bool> {
    Ok(delete(totp_factors::table.find((tenant, user, id))).execute(conn)? == 1)
}

/// Takes all authenticators of a user away.
pub(crate) fn delete_all(conn: &mut DbConnection, tenant: &TenantId, user: &UserId) -> QueryResult<()> {
    let all = totp_factors::table.filter(totp_factors::tenant_id.eq(tenant));
    delete(all.filter(totp_factors::user_id.eq(user))).execute(conn).map(|_| ())
}
