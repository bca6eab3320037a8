//! The table `consents`: which scopes a user has allowed a client, remembered.

use diesel::prelude::{ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl};
use diesel::{QueryResult, delete, insert_into};
use latchkey_core::{ClientId, TenantId, UserId, UtcTime};
use latchkey_protocol::Scope;
use latchkey_storage::schema::consents;
use latchkey_storage::{DbConnection, Json};

/// The scopes that the user has allowed the client so far; empty when none.
pub fn find_consent(
    conn: &mut DbConnection,
    tenant: &TenantId,
    user: &UserId,
    client: &ClientId,
) -> QueryResult<Scope> {
    let scope = consents::table.find((tenant, user, client)).select(consents::scope).first::<Json<Scope>>(conn);
    Ok(scope.optional()?.map(|Json(scope)| scope).unwrap_or_default())
}

/// A consent to be remembered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Consent {
    /// Who allows.
    pub user_id: UserId,
    /// Whom.
    pub client_id: ClientId,
    /// What.
    pub scope: Scope,
}

/// Adds the scopes to those allowed before: what was allowed once stays allowed until it is revoked.
pub fn upsert_consent(conn: &mut DbConnection, tenant: &TenantId, consent: &Consent, now: UtcTime) -> QueryResult<()> {
    let before = find_consent(conn, tenant, &consent.user_id, &consent.client_id)?;
    let scope = Json(before.union(&consent.scope));
    let row = (
        consents::tenant_id.eq(tenant),
        consents::user_id.eq(&consent.user_id),
        consents::client_id.eq(&consent.client_id),
        consents::scope.eq(scope.clone()),
        consents::created_at.eq(now),
        consents::updated_at.eq(now),
    );
    let key = (consents::tenant_id, consents::user_id, consents::client_id);
    let changes = (consents::scope.eq(scope), consents::updated_at.eq(now));
    match conn {
        DbConnection::Postgresql(conn) => {
            insert_into(consents::table).values(row).on_conflict(key).do_update().set(changes).execute(conn)
        }
        DbConnection::Sqlite(conn) => {
            insert_into(consents::table).values(row).on_conflict(key).do_update().set(changes).execute(conn)
        }
    }
    .map(|_| ())
}

/// A consent as it is remembered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RememberedConsent {
    /// Whom the user allowed something.
    pub client_id: ClientId,
    /// What.
    pub scope: Scope,
    /// When first.
    pub since: UtcTime,
    /// When last.
    pub updated_at: UtcTime,
}

/// What a user has allowed, to whom and since when.
pub fn list_remembered(
    conn: &mut DbConnection,
    tenant: &TenantId,
    user: &UserId,
) -> QueryResult<Vec<RememberedConsent>> {
    let rows: Vec<(ClientId, Json<Scope>, UtcTime, UtcTime)> = consents::table
        .filter(consents::tenant_id.eq(tenant))
        .filter(consents::user_id.eq(user))
        .order(consents::client_id.asc())
        .select((consents::client_id, consents::scope, consents::created_at, consents::updated_at))
        .load(conn)?;
    let consent =
        |(client_id, Json(scope), since, updated_at)| RememberedConsent { client_id, scope, since, updated_at };
    Ok(rows.into_iter().map(consent).collect())
}

/// What a user has allowed to whom.
pub fn list_consents(conn: &mut DbConnection, tenant: &TenantId, user: &UserId) -> QueryResult<Vec<(ClientId, Scope)>> {
    let rows: Vec<(ClientId, Json<Scope>)> = consents::table
        .filter(consents::tenant_id.eq(tenant))
        .filter(consents::user_id.eq(user))
        .order(consents::client_id.asc())
        .select((consents::client_id, consents::scope))
        .load(conn)?;
    Ok(rows.into_iter().map(|(client, Json(scope))| (client, scope)).collect())
}

/// Forgets a consent; returns whether there was one. Grants made under it are revoked by their owner, `tokens`.
pub fn revoke_consent(
    conn: &mut DbConnection,
    tenant: &TenantId,
    user: &UserId,
    client: &ClientId,
) -> QueryResult<bool> {
    Ok(delete(consents::table.find((tenant, user, client))).execute(conn)? == 1)
}
