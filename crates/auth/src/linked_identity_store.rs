//! The table `linked_identities`: which user somebody is whom another issuer vouches for.

use diesel::prelude::{ExpressionMethods, OptionalExtension, QueryDsl, Queryable, RunQueryDsl, Selectable};
use diesel::{QueryResult, SelectableHelper, delete, insert_into, update};
use latchkey_core::{TenantId, TokenHash, UserId, UtcTime};
use latchkey_storage::DbConnection;
use latchkey_storage::schema::linked_identities;

/// Somebody at another issuer who is a user here.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = linked_identities)]
pub struct LinkedIdentity {
    /// The issuer.
    pub issuer: String,
    /// The `sub` there.
    pub subject: String,
    /// The user here.
    pub user_id: UserId,
    /// What the user knows the issuer by.
    pub label: String,
    /// When they were linked.
    pub linked_at: UtcTime,
    /// When the link was used last.
    pub last_used_at: Option<UtcTime>,
}

impl LinkedIdentity {
    /// Names the link on a page, where neither issuer nor subject belong into a field.
    #[must_use]
    pub fn id(&self) -> TokenHash {
        // A line break stands in no issuer.
        TokenHash::of(&format!("{}\n{}", self.issuer, self.subject))
    }
}

/// Links an identity to a user; returns whether it was linked to nobody before.
pub fn insert_identity(conn: &mut DbConnection, tenant: &TenantId, identity: &LinkedIdentity) -> QueryResult<bool> {
    let row = (
        linked_identities::tenant_id.eq(tenant),
        linked_identities::issuer.eq(&identity.issuer),
        linked_identities::subject.eq(&identity.subject),
        linked_identities::user_id.eq(&identity.user_id),
        linked_identities::label.eq(&identity.label),
        linked_identities::linked_at.eq(identity.linked_at),
        linked_identities::last_used_at.eq(identity.last_used_at),
    );
    let insert = insert_into(linked_identities::table).values(row);
    let inserted = match conn {
        DbConnection::Postgresql(conn) => insert.on_conflict_do_nothing().execute(conn)?,
        DbConnection::Sqlite(conn) => insert.on_conflict_do_nothing().execute(conn)?,
    };
    Ok(inserted == 1)
}

/// Finds the link of an identity.
pub fn find_identity(
    conn: &mut DbConnection,
    tenant: &TenantId,
    (issuer, subject): (&str, &str),
) -> QueryResult<Option<LinkedIdentity>> {
    linked_identities::table.find((tenant, issuer, subject)).select(LinkedIdentity::as_select()).first(conn).optional()
}

/// The identities that are linked to a user, the first one first.
pub fn list_identities(conn: &mut DbConnection, tenant: &TenantId, user: &UserId) -> QueryResult<Vec<LinkedIdentity>> {
    linked_identities::table
        .filter(linked_identities::tenant_id.eq(tenant))
        .filter(linked_identities::user_id.eq(user))
        .order((linked_identities::linked_at.asc(), linked_identities::issuer.asc(), linked_identities::subject.asc()))
        .select(LinkedIdentity::as_select())
        .load(conn)
}

/// Notes a use of a link.
pub(crate) fn touch_identity(
    conn: &mut DbConnection,
    tenant: &TenantId,
    (issuer, subject): (&str, &str),
    now: UtcTime,
) -> QueryResult<()> {
    let this = linked_identities::table.find((tenant, issuer, subject));
    update(this).set(linked_identities::last_used_at.eq(now)).execute(conn).map(|_| ())
}

/// Removes a link of that user; returns whether there was one.
pub fn delete_identity(
    conn: &mut DbConnection,
    tenant: &TenantId,
    user: &UserId,
    (issuer, subject): (&str, &str),
) -> QueryResult<bool> {
    let this = linked_identities::table.find((tenant, issuer, subject)).filter(linked_identities::user_id.eq(user));
    Ok(delete(this).execute(conn)? == 1)
}
