//! The table `passkeys`, and when a user is offered to make one.

use diesel::dsl::count_star;
use diesel::prelude::{
    BoolExpressionMethods, ExpressionMethods, JoinOnDsl, OptionalExtension, QueryDsl, Queryable, RunQueryDsl,
    Selectable, SelectableHelper,
};
use diesel::{QueryResult, delete, insert_into, update};
use latchkey_core::{FactorId, TenantId, UserId, UtcTime};
use latchkey_storage::schema::{passkeys, users};
use latchkey_storage::{DbConnection, Json};
use webauthn_rs_core::proto::Credential;

use crate::User;

/// A passkey of a user, without its key.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = passkeys)]
pub struct Passkey {
    /// Its id.
    pub id: FactorId,
    /// What the user calls it.
    pub name: String,
    /// The domain that was the issuer when it was made, `None` for the public URL; it works nowhere else.
    pub issuer_host: Option<String>,
    /// Whether its keeper says to have copies of it elsewhere.
    pub backed_up: bool,
    /// When it was made.
    pub created_at: UtcTime,
    /// When it was used last.
    pub last_used_at: Option<UtcTime>,
    /// When its counter went back: it is not accepted any more.
    pub suspected_at: Option<UtcTime>,
}

/// A passkey with its key.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = passkeys)]
pub(crate) struct KeptPasskey {
    pub(crate) id: FactorId,
    pub(crate) name: String,
    pub(crate) issuer_host: Option<String>,
    credential: Json<Credential>,
    pub(crate) attested: bool,
    sign_count: i64,
    pub(crate) suspected_at: Option<UtcTime>,
}

/// A passkey to be.
#[derive(Clone, Debug)]
pub(crate) struct NewPasskey {
    pub(crate) id: FactorId,
    /// base64url.
    pub(crate) credential_id: String,
    pub(crate) issuer_host: Option<String>,
    pub(crate) credential: Credential,
    pub(crate) name: String,
    pub(crate) aaguid: Option<String>,
    pub(crate) attested: bool,
}

impl KeptPasskey {
    /// The key, with the counter of the last use.
    pub(crate) fn credential(&self) -> Credential {
        let mut credential = self.credential.0.clone();
        credential.counter = u32::try_from(self.sign_count).unwrap_or(u32::MAX);
        credential
    }
}

pub(crate) fn insert_passkey(
    conn: &mut DbConnection,
    tenant: &TenantId,
    user: &UserId,
    new: &NewPasskey,
    now: UtcTime,
) -> QueryResult<()> {
    insert_into(passkeys::table)
        .values((
            passkeys::tenant_id.eq(tenant),
            passkeys::user_id.eq(user),
            passkeys::id.eq(&new.id),
            passkeys::credential_id.eq(&new.credential_id),
            passkeys::issuer_host.eq(new.issuer_host.as_deref()),
            passkeys::credential.eq(Json(new.credential.clone())),
            passkeys::name.eq(&new.name),
            passkeys::aaguid.eq(new.aaguid.as_deref()),
            passkeys::attested.eq(new.attested),
            passkeys::sign_count.eq(i64::from(new.credential.counter)),
            passkeys::backed_up.eq(new.credential.backup_state),
            passkeys::created_at.eq(now),
        ))
        .execute(conn)
        .map(|_| ())
}

/// Whether somebody of the tenant has that credential.
pub(crate) fn has_credential(conn: &mut DbConnection, tenant: &TenantId, credential_id: &str) -> QueryResult<bool> {
    let this = passkeys::table.filter(passkeys::tenant_id.eq(tenant));
    let known: i64 = this.filter(passkeys::credential_id.eq(credential_id)).select(count_star()).first(conn)?;
    Ok(known > 0)
}

/// Finds a passkey by its credential id, with its user: among those of this tenant only.
pub(crate) fn find_passkey(
    conn: &mut DbConnection,
    tenant: &TenantId,
    credential_id: &str,
) -> QueryResult<Option<(KeptPasskey, User)>> {
    passkeys::table
        .inner_join(users::table.on(users::tenant_id.eq(passkeys::tenant_id).and(users::id.eq(passkeys::user_id))))
        .filter(passkeys::tenant_id.eq(tenant))
        .filter(passkeys::credential_id.eq(credential_id))
        .select((KeptPasskey::as_select(), User::as_select()))
        .first(conn)
        .optional()
}

/// The passkeys of a user, the oldest first.
pub(crate) fn list_passkeys(conn: &mut DbConnection, tenant: &TenantId, user: &UserId) -> QueryResult<Vec<Passkey>> {
    passkeys::table
        .filter(passkeys::tenant_id.eq(tenant))
        .filter(passkeys::user_id.eq(user))
        .order(passkeys::id.asc())
        .select(Passkey::as_select())
        .load(conn)
}

/// The keys of a user that work at that issuer; those that are suspected are left out.
pub(crate) fn list_credentials(
    conn: &mut DbConnection,
    tenant: &TenantId,
    user: &UserId,
    issuer_host: Option<&str>,
) -> QueryResult<Vec<KeptPasskey>> {
    let all: Vec<KeptPasskey> = passkeys::table
        .filter(passkeys::tenant_id.eq(tenant))
        .filter(passkeys::user_id.eq(user))
        .filter(passkeys::suspected_at.is_null())
        .order(passkeys::id.asc())
        .select(KeptPasskey::as_select())
        .load(conn)?;
    Ok(all.into_iter().filter(|passkey| passkey.issuer_host.as_deref() == issuer_host).collect())
}

/// How many passkeys of a user work at that issuer; those that are suspected are left out.
pub(crate) fn count_passkeys(
    conn: &mut DbConnection,
    tenant: &TenantId,
    user: &UserId,
    issuer_host: Option<&str>,
) -> QueryResult<i64> {
    let all = passkeys::table
        .filter(passkeys::tenant_id.eq(tenant))
        .filter(passkeys::user_id.eq(user))
        .filter(passkeys::suspected_at.is_null());
    match issuer_host {
        Some(host) => all.filter(passkeys::issuer_host.eq(host)).select(count_star()).first(conn),
        None => all.filter(passkeys::issuer_host.is_null()).select(count_star()).first(conn),
    }
}

/// Whether the user still has that passkey, and nothing speaks against it.
pub(crate) fn is_good(conn: &mut DbConnection, tenant: &TenantId, user: &UserId, id: &FactorId) -> QueryResult<bool> {
    let this = passkeys::table.find((tenant, user, id)).filter(passkeys::suspected_at.is_null());
    let found: i64 = this.select(count_star()).first(conn)?;
    Ok(found == 1)
}

/// Records a use: of two that race with one counter exactly one gets `true`. A keeper without a counter sends 0 always.
pub(crate) fn record_use(
    conn: &mut DbConnection,
    tenant: &TenantId,
    (user, id): (&UserId, &FactorId),
    credential: &Credential,
    now: UtcTime,
) -> QueryResult<bool> {
    let count = i64::from(credential.counter);
    let this = passkeys::table
        .find((tenant, user, id))
        .filter(passkeys::suspected_at.is_null())
        .filter(passkeys::sign_count.lt(count).or(passkeys::sign_count.eq(0).and(passkeys::sign_count.eq(count))));
    let recorded = update(this)
        .set((
            passkeys::sign_count.eq(count),
            passkeys::backed_up.eq(credential.backup_state),
            passkeys::credential.eq(Json(credential.clone())),
            passkeys::last_used_at.eq(now),
        ))
        .execute(conn)?;
    Ok(recorded == 1)
}

/// Marks a passkey as one of which there may be a copy; the first time stays.
pub(crate) fn suspect(
    conn: &mut DbConnection,
    tenant: &TenantId,
    (user, id): (&UserId, &FactorId),
    now: UtcTime,
) -> QueryResult<bool> {
    let this = passkeys::table.find((tenant, user, id)).filter(passkeys::suspected_at.is_null());
    Ok(update(this).set(passkeys::suspected_at.eq(now)).execute(conn)? == 1)
}

/// Gives a passkey another name; returns whether the user has it.
pub(crate) fn rename_passkey(
    conn: &mut DbConnection,
    tenant: &TenantId,
    user: &UserId,
    (id, name): (&FactorId, &str),
) -> QueryResult<bool> {
    Ok(update(passkeys::table.find((tenant, user, id))).set(passkeys::name.eq(name)).execute(conn)? == 1)
}

/// Takes a passkey away; returns what the user called it, if the user had it.
pub(crate) fn delete_passkey(
    conn: &mut DbConnection,
    tenant: &TenantId,
    user: &UserId,
    id: &FactorId,
) -> QueryResult<Option<String>> {
    let this = passkeys::table.find((tenant, user, id));
    let name = this.select(passkeys::name).first(conn).optional()?;
    let deleted = delete(this).execute(conn)? == 1;
    Ok(name.filter(|_| deleted))
}

/// Takes all passkeys of a user away; returns how many there were.
pub fn delete_all(conn: &mut DbConnection, tenant: &TenantId, user: &UserId) -> QueryResult<usize> {
    let all = passkeys::table.filter(passkeys::tenant_id.eq(tenant));
    delete(all.filter(passkeys::user_id.eq(user))).execute(conn)
}

/// Whether the user may be offered to make one: did not say "Not now" lately.
pub(crate) fn offer_is_due(
    conn: &mut DbConnection,
    tenant: &TenantId,
    user: &UserId,
    now: UtcTime,
) -> QueryResult<bool> {
    let after: Option<Option<UtcTime>> =
        users::table.find((tenant, user)).select(users::passkey_offer_after).first(conn).optional()?;
    Ok(after.is_some_and(|after| after.is_none_or(|after| after <= now)))
}

/// Remembers until when the user is not offered to make one.
pub(crate) fn put_off_offer(
    conn: &mut DbConnection,
    tenant: &TenantId,
    user: &UserId,
    after: UtcTime,
) -> QueryResult<()> {
    update(users::table.find((tenant, user))).set(users::passkey_offer_after.eq(after)).execute(conn).map(|_| ())
}

#[cfg(test)]
mod tests;
