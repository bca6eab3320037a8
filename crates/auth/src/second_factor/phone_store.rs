//! The table `phone_factors`.

use diesel::prelude::{ExpressionMethods, OptionalExtension, QueryDsl, Queryable, RunQueryDsl, Selectable};
use diesel::{QueryResult, SelectableHelper, delete, insert_into, update};
use latchkey_core::{TenantId, UserId, UtcTime};
use latchkey_storage::DbConnection;
use latchkey_storage::schema::phone_factors;

/// A phone that codes are sent to.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = phone_factors)]
pub struct PhoneFactor {
    /// The number, E.164.
    pub number: String,
    /// When it was set up.
    pub created_at: UtcTime,
    /// When a code that went there was accepted last.
    pub last_used_at: Option<UtcTime>,
}

/// Adds the phone of a user who has none.
pub(crate) fn insert_phone(
    conn: &mut DbConnection,
    tenant: &TenantId,
    user: &UserId,
    number: &str,
    now: UtcTime,
) -> QueryResult<()> {
    insert_into(phone_factors::table)
        .values((
            phone_factors::tenant_id.eq(tenant),
            phone_factors::user_id.eq(user),
            phone_factors::number.eq(number),
            phone_factors::created_at.eq(now),
            phone_factors::last_used_at.eq(now),
        ))
        .execute(conn)
        .map(|_| ())
}

/// The phone of a user.
pub fn find_phone(conn: &mut DbConnection, tenant: &TenantId, user: &UserId) -> QueryResult<Option<PhoneFactor>> {
    phone_factors::table.find((tenant, user)).select(PhoneFactor::as_select()).first(conn).optional()
}

/// Notes that a code that went to the number was accepted; returns whether it is still the user's.
pub(crate) fn touch_phone(
    conn: &mut DbConnection,
    tenant: &TenantId,
    user: &UserId,
    number: &str,
    now: UtcTime,
) -> QueryResult<bool> {
    let this = phone_factors::table.find((tenant, user)).filter(phone_factors::number.eq(number));
    Ok(update(this).set(phone_factors::last_used_at.eq(now)).execute(conn)? == 1)
}

/// Takes the phone of a user away; returns whether there was one.
pub fn delete_phone(conn: &mut DbConnection, tenant: &TenantId, user: &UserId) -> QueryResult<bool> {
    Ok(delete(phone_factors::table.find((tenant, user))).execute(conn)? == 1)
}
