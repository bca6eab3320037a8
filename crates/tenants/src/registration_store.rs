//! SQL of clients that nobody but themselves wrote down, and of the tokens that let them and manage them.

use diesel::prelude::*;
use diesel::{delete, insert_into, update};
use latchkey_core::{ClientId, TenantId, TokenHash, UtcTime};
use latchkey_storage::DbConnection;
use latchkey_storage::schema::{client_registrations, clients, consents, grants, initial_access_tokens};

use crate::client_store::{delete_client, find_client, insert_client, replace_secrets, update_client};
use crate::{Client, ClientOrigin, Inserted, Written};

/// A token that lets its bearer register clients, RFC 7591 §3; the token itself is not kept.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = initial_access_tokens)]
pub struct InitialAccessToken {
    /// Whose clients it lets in.
    pub tenant_id: TenantId,
    /// SHA-256 of the token.
    pub token_hash: TokenHash,
    /// What an operator calls it.
    pub name: String,
    /// How many clients it still lets in; `None` for any number.
    pub uses_left: Option<i32>,
    /// When it was made.
    pub created_at: UtcTime,
    /// From when on it is refused; `None` for never.
    pub expires_at: Option<UtcTime>,
}

impl InitialAccessToken {
    /// Whether it lets a client in at `now`.
    #[must_use]
    pub fn is_live(&self, now: UtcTime) -> bool {
        self.expires_at.is_none_or(|end| now < end) && self.uses_left.is_none_or(|left| left > 0)
    }
}

/// What became of a registration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Registration {
    /// The client is there.
    Registered,
    /// The initial access token is spent, over or revoked.
    TokenSpent,
    /// The tenant has as many of such clients as it may have.
    Full,
}

/// Adds a token, unless the tenant has one of that name.
pub fn insert_initial_access_token(conn: &mut DbConnection, token: &InitialAccessToken) -> QueryResult<Inserted> {
    let named = initial_access_tokens::table
        .filter(initial_access_tokens::tenant_id.eq(&token.tenant_id))
        .filter(initial_access_tokens::name.eq(&token.name));
    if diesel::select(diesel::dsl::exists(named)).get_result::<bool>(conn)? {
        return Ok(Inserted::AlreadyThere);
    }
    insert_into(initial_access_tokens::table).values(token).execute(conn).map(Inserted::from_rows)
}

/// Reads the tokens of the tenant, by name.
pub fn list_initial_access_tokens(conn: &mut DbConnection, tenant: &TenantId) -> QueryResult<Vec<InitialAccessToken>> {
    initial_access_tokens::table
        .filter(initial_access_tokens::tenant_id.eq(tenant))
        .order(initial_access_tokens::name)
        .select(InitialAccessToken::as_select())
        .load(conn)
}

/// Reads a token.
pub fn find_initial_access_token(
    conn: &mut DbConnection,
    tenant: &TenantId,
    token_hash: &TokenHash,
) -> QueryResult<Option<InitialAccessToken>> {
    initial_access_tokens::table
        .filter(initial_access_tokens::tenant_id.eq(tenant))
        .filter(initial_access_tokens::token_hash.eq(token_hash))
        .select(InitialAccessToken::as_select())
        .first(conn)
        .optional()
}

/// Takes the token of that name away.
pub fn revoke_initial_access_token(conn: &mut DbConnection, tenant: &TenantId, name: &str) -> QueryResult<Written> {
    let named = initial_access_tokens::table
        .filter(initial_access_tokens::tenant_id.eq(tenant))
        .filter(initial_access_tokens::name.eq(name));
    delete(named).execute(conn).map(Written::from_rows)
}

/// Deletes at most `limit` tokens of all tenants that were over before `cutoff`.
pub fn delete_expired_initial_access_tokens(
    conn: &mut DbConnection,
    cutoff: UtcTime,
    limit: i64,
) -> QueryResult<usize> {
    let over: Vec<TokenHash> = initial_access_tokens::table
        .filter(initial_access_tokens::expires_at.lt(cutoff))
        .limit(limit)
        .select(initial_access_tokens::token_hash)
        .load(conn)?;
    delete(initial_access_tokens::table.filter(initial_access_tokens::token_hash.eq_any(over))).execute(conn)
}

/// Adds a client that registers itself: spends one use of `initial`, and keeps what is to manage the client.
pub fn register(
    conn: &mut DbConnection,
    tenant: &TenantId,
    (client, management): (&Client, &TokenHash),
    (initial, most): (Option<&TokenHash>, u64),
    now: UtcTime,
) -> QueryResult<Registration> {
    // Two at a time may both see the last place: the bound is there for the disk, not for the client.
    if count_of(conn, tenant, client.origin)? >= most {
        return Ok(Registration::Full);
    }
    if let Some(initial) = initial
        && spend(conn, tenant, initial, now)? == 0
    {
        return Ok(Registration::TokenSpent);
    }
    let _ = insert_client(conn, tenant, client, now)?;
    insert_into(client_registrations::table)
        .values((
            client_registrations::tenant_id.eq(tenant),
            client_registrations::client_id.eq(&client.client_id),
            client_registrations::token_hash.eq(management),
            client_registrations::created_at.eq(now),
        ))
        .execute(conn)?;
    Ok(Registration::Registered)
}

/// One statement decides which of several registrations gets the last use.
fn spend(conn: &mut DbConnection, tenant: &TenantId, token_hash: &TokenHash, now: UtcTime) -> QueryResult<usize> {
    let live = initial_access_tokens::table
        .filter(initial_access_tokens::tenant_id.eq(tenant))
        .filter(initial_access_tokens::token_hash.eq(token_hash))
        .filter(initial_access_tokens::expires_at.is_null().or(initial_access_tokens::expires_at.gt(now)))
        .filter(initial_access_tokens::uses_left.is_null().or(initial_access_tokens::uses_left.gt(0)));
    update(live).set(initial_access_tokens::uses_left.eq(initial_access_tokens::uses_left - 1)).execute(conn)
}

fn count_of(conn: &mut DbConnection, tenant: &TenantId, origin: ClientOrigin) -> QueryResult<u64> {
    let of_origin = clients::table.filter(clients::tenant_id.eq(tenant)).filter(clients::origin.eq(origin.as_str()));
    let count: i64 = of_origin.count().get_result(conn)?;
    Ok(u64::try_from(count).unwrap_or(u64::MAX))
}

/// Reads a client that registered itself, the hash of what manages it, and when it registered.
pub fn find_registration(
    conn: &mut DbConnection,
    tenant: &TenantId,
    client_id: &ClientId,
) -> QueryResult<Option<(Client, TokenHash, UtcTime)>> {
    let found = client_registrations::table
        .filter(client_registrations::tenant_id.eq(tenant))
        .filter(client_registrations::client_id.eq(client_id))
        .select((client_registrations::token_hash, client_registrations::created_at))
        .first::<(TokenHash, UtcTime)>(conn)
        .optional()?;
    let Some((token_hash, created_at)) = found else { return Ok(None) };
    let client = find_client(conn, tenant, client_id)?.filter(|client| client.origin == ClientOrigin::Registered);
    Ok(client.map(|client| (client, token_hash, created_at)))
}

/// Writes a client that registered itself, with its secrets.
pub fn update_registered(
    conn: &mut DbConnection,
    tenant: &TenantId,
    client: &Client,
    now: UtcTime,
) -> QueryResult<Written> {
    let written = update_client(conn, tenant, client, now)?;
    if written == Written::Written {
        replace_secrets(conn, tenant, &client.client_id, &client.secrets)?;
    }
    Ok(written)
}

/// Deletes a client that registered itself, with its grants and consents; one of an operator stays.
pub fn delete_registered(conn: &mut DbConnection, tenant: &TenantId, client_id: &ClientId) -> QueryResult<Written> {
    match find_registration(conn, tenant, client_id)? {
        Some(_) => delete_client(conn, tenant, client_id),
        None => Ok(Written::NotFound),
    }
}

/// Notes that a client that registered itself got a token; only the first time counts.
pub fn note_use(conn: &mut DbConnection, tenant: &TenantId, client_id: &ClientId, now: UtcTime) -> QueryResult<()> {
    let unused = client_registrations::table
        .filter(client_registrations::tenant_id.eq(tenant))
        .filter(client_registrations::client_id.eq(client_id))
        .filter(client_registrations::first_used_at.is_null());
    update(unused).set(client_registrations::first_used_at.eq(now)).execute(conn).map(|_| ())
}

/// The tenants that have clients that registered themselves and never got a token.
pub fn list_tenants_with_unused(conn: &mut DbConnection) -> QueryResult<Vec<TenantId>> {
    client_registrations::table
        .filter(client_registrations::first_used_at.is_null())
        .select(client_registrations::tenant_id)
        .distinct()
        .load(conn)
}

/// Deletes at most `limit` clients of the tenant that registered themselves before `cutoff`, never got a token, and that
/// no user has to do with.
pub fn delete_unused_registered(
    conn: &mut DbConnection,
    tenant: &TenantId,
    cutoff: UtcTime,
    limit: i64,
) -> QueryResult<Vec<ClientId>> {
    let granted = grants::table
        .filter(grants::tenant_id.eq(client_registrations::tenant_id))
        .filter(grants::client_id.eq(client_registrations::client_id));
    let consented = consents::table
        .filter(consents::tenant_id.eq(client_registrations::tenant_id))
        .filter(consents::client_id.eq(client_registrations::client_id));
    // One that an operator has taken over since is the operator's.
    let own = clients::table
        .filter(clients::tenant_id.eq(client_registrations::tenant_id))
        .filter(clients::client_id.eq(client_registrations::client_id))
        .filter(clients::origin.eq(ClientOrigin::Registered.as_str()));
    let unused: Vec<ClientId> = client_registrations::table
        .filter(client_registrations::tenant_id.eq(tenant))
        .filter(diesel::dsl::exists(own))
        .filter(client_registrations::first_used_at.is_null())
        .filter(client_registrations::created_at.lt(cutoff))
        .filter(diesel::dsl::not(diesel::dsl::exists(granted)))
        .filter(diesel::dsl::not(diesel::dsl::exists(consented)))
        .limit(limit)
        .select(client_registrations::client_id)
        .load(conn)?;
    let mut deleted = Vec::new();
    for client_id in unused {
        if delete_registered(conn, tenant, &client_id)? == Written::Written {
            deleted.push(client_id);
        }
    }
    Ok(deleted)
}

/// Writes the client that a document describes, unless there are `most`; one of another origin is left alone.
pub fn put_document_client(
    conn: &mut DbConnection,
    tenant: &TenantId,
    client: &Client,
    most: u64,
    now: UtcTime,
) -> QueryResult<Registration> {
    match find_client(conn, tenant, &client.client_id)? {
        Some(Client { origin: ClientOrigin::Document { .. }, .. }) => {
            let _ = update_client(conn, tenant, client, now)?;
        }
        Some(_) => {}
        None if count_of(conn, tenant, client.origin)? >= most => return Ok(Registration::Full),
        None => {
            let _ = insert_client(conn, tenant, client, now)?;
        }
    }
    Ok(Registration::Registered)
}

/// Deletes at most `limit` clients of documents, of all tenants, whose copy was good until before `cutoff` and that no
/// user has to do with.
pub fn delete_unused_document_clients(conn: &mut DbConnection, cutoff: UtcTime, limit: i64) -> QueryResult<usize> {
    let granted =
        grants::table.filter(grants::tenant_id.eq(clients::tenant_id)).filter(grants::client_id.eq(clients::client_id));
    let consented = consents::table
        .filter(consents::tenant_id.eq(clients::tenant_id))
        .filter(consents::client_id.eq(clients::client_id));
    let unused: Vec<(TenantId, ClientId)> = clients::table
        .filter(clients::origin.eq("document"))
        .filter(clients::fresh_until.lt(cutoff))
        .filter(diesel::dsl::not(diesel::dsl::exists(granted)))
        .filter(diesel::dsl::not(diesel::dsl::exists(consented)))
        .limit(limit)
        .select((clients::tenant_id, clients::client_id))
        .load(conn)?;
    let mut deleted = 0;
    for (tenant, client_id) in &unused {
        if delete_client(conn, tenant, client_id)? == Written::Written {
            deleted += 1;
        }
    }
    Ok(deleted)
}
