//! SQL of clients and their secrets.

use diesel::prelude::*;
use latchkey_core::{ClientId, TenantId, TokenHash, UtcTime};
use latchkey_storage::schema::{client_secrets, clients};
use latchkey_storage::{DbConnection, Json};

use crate::{Client, ClientMetadata, ClientOrigin, ClientSecret, Inserted, Written};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = clients)]
struct ClientRow {
    tenant_id: TenantId,
    client_id: ClientId,
    name: String,
    metadata: Json<ClientMetadata>,
    created_at: UtcTime,
    updated_at: UtcTime,
    origin: String,
    fresh_until: Option<UtcTime>,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = client_secrets)]
struct SecretRow {
    tenant_id: TenantId,
    client_id: ClientId,
    secret_hash: TokenHash,
    created_at: UtcTime,
    expires_at: Option<UtcTime>,
    sealed_secret: Option<String>,
}

/// Registers a client with its secrets, unless the tenant has one of that id.
pub fn insert_client(
    conn: &mut DbConnection,
    tenant: &TenantId,
    client: &Client,
    now: UtcTime,
) -> QueryResult<Inserted> {
    let row = ClientRow {
        tenant_id: tenant.clone(),
        client_id: client.client_id.clone(),
        name: client.name.clone(),
        metadata: Json(client.metadata.clone()),
        created_at: now,
        updated_at: now,
        origin: client.origin.as_str().to_owned(),
        fresh_until: client.origin.fresh_until(),
    };
    let insert = diesel::insert_into(clients::table).values(&row);
    let rows = match conn {
        DbConnection::Postgresql(conn) => insert.on_conflict_do_nothing().execute(conn)?,
        DbConnection::Sqlite(conn) => insert.on_conflict_do_nothing().execute(conn)?,
    };
    if rows > 0 {
        for secret in &client.secrets {
            let _ = add_secret(conn, tenant, &client.client_id, secret)?;
        }
    }
    Ok(Inserted::from_rows(rows))
}

/// Writes name, metadata and origin; the secrets stay as they are.
pub fn update_client(
    conn: &mut DbConnection,
    tenant: &TenantId,
    client: &Client,
    now: UtcTime,
) -> QueryResult<Written> {
    let this = clients::table.filter(clients::tenant_id.eq(tenant)).filter(clients::client_id.eq(&client.client_id));
    diesel::update(this)
        .set((
            clients::name.eq(&client.name),
            clients::metadata.eq(Json(client.metadata.clone())),
            clients::updated_at.eq(now),
            clients::origin.eq(client.origin.as_str()),
            clients::fresh_until.eq(client.origin.fresh_until()),
        ))
        .execute(conn)
        .map(Written::from_rows)
}

/// Reads a client with its secrets, oldest first.
pub fn find_client(conn: &mut DbConnection, tenant: &TenantId, client_id: &ClientId) -> QueryResult<Option<Client>> {
    let rows =
        clients::table
            .left_join(client_secrets::table.on(
                client_secrets::tenant_id.eq(clients::tenant_id).and(client_secrets::client_id.eq(clients::client_id)),
            ))
            .filter(clients::tenant_id.eq(tenant))
            .filter(clients::client_id.eq(client_id))
            .order((client_secrets::created_at, client_secrets::secret_hash))
            .select((ClientRow::as_select(), Option::<SecretRow>::as_select()))
            .load::<(ClientRow, Option<SecretRow>)>(conn)?;
    let mut rows = rows.into_iter();
    let Some((row, secret)) = rows.next() else { return Ok(None) };
    let secrets = secret.into_iter().chain(rows.filter_map(|(_, secret)| secret)).map(ClientSecret::from).collect();
    Ok(Some(client(row, secrets)))
}

/// Reads at most `limit` clients in the order of their ids, from the one after `after`.
pub fn list_clients(
    conn: &mut DbConnection,
    tenant: &TenantId,
    after: Option<&ClientId>,
    limit: i64,
) -> QueryResult<Vec<Client>> {
    // No id is empty, so every one lies after the empty text.
    let after = after.map_or("", ClientId::as_str);
    let rows: Vec<ClientRow> = clients::table
        .filter(clients::tenant_id.eq(tenant))
        .filter(clients::client_id.gt(after))
        .order(clients::client_id)
        .limit(limit)
        .select(ClientRow::as_select())
        .load(conn)?;
    let Some(last) = rows.last() else { return Ok(Vec::new()) };
    let secrets: Vec<SecretRow> = client_secrets::table
        .filter(client_secrets::tenant_id.eq(tenant))
        .filter(client_secrets::client_id.gt(after))
        .filter(client_secrets::client_id.le(&last.client_id))
        .order((client_secrets::created_at, client_secrets::secret_hash))
        .select(SecretRow::as_select())
        .load(conn)?;
    let mut of_client = std::collections::HashMap::<ClientId, Vec<ClientSecret>>::new();
    for secret in secrets {
        of_client.entry(secret.client_id.clone()).or_default().push(secret.into());
    }
    Ok(rows
        .into_iter()
        .map(|row| {
            let secrets = of_client.remove(&row.client_id).unwrap_or_default();
            client(row, secrets)
        })
        .collect())
}

/// Deletes a client with its secrets, consents, grants and tokens.
pub fn delete_client(conn: &mut DbConnection, tenant: &TenantId, client_id: &ClientId) -> QueryResult<Written> {
    diesel::delete(clients::table.filter(clients::tenant_id.eq(tenant)).filter(clients::client_id.eq(client_id)))
        .execute(conn)
        .map(Written::from_rows)
}

/// Adds a secret beside those that the client has; an unknown client is a foreign-key error.
pub fn add_secret(
    conn: &mut DbConnection,
    tenant: &TenantId,
    client_id: &ClientId,
    secret: &ClientSecret,
) -> QueryResult<Inserted> {
    let row = SecretRow {
        tenant_id: tenant.clone(),
        client_id: client_id.clone(),
        secret_hash: secret.hash.clone(),
        created_at: secret.created_at,
        expires_at: secret.expires_at,
        sealed_secret: secret.sealed.clone(),
    };
    let insert = diesel::insert_into(client_secrets::table).values(&row);
    let rows = match conn {
        DbConnection::Postgresql(conn) => insert.on_conflict_do_nothing().execute(conn)?,
        DbConnection::Sqlite(conn) => insert.on_conflict_do_nothing().execute(conn)?,
    };
    Ok(Inserted::from_rows(rows))
}

/// Makes `secrets` the only ones of the client.
pub fn replace_secrets(
    conn: &mut DbConnection,
    tenant: &TenantId,
    client_id: &ClientId,
    secrets: &[ClientSecret],
) -> QueryResult<()> {
    let old = client_secrets::table
        .filter(client_secrets::tenant_id.eq(tenant))
        .filter(client_secrets::client_id.eq(client_id));
    diesel::delete(old).execute(conn)?;
    for secret in secrets {
        let _ = add_secret(conn, tenant, client_id, secret)?;
    }
    Ok(())
}

fn client(row: ClientRow, secrets: Vec<ClientSecret>) -> Client {
    let origin = ClientOrigin::read(&row.origin, row.fresh_until);
    Client { client_id: row.client_id, name: row.name, metadata: row.metadata.0, secrets, origin }
}

impl From<SecretRow> for ClientSecret {
    fn from(row: SecretRow) -> Self {
        Self {
            hash: row.secret_hash,
            created_at: row.created_at,
            expires_at: row.expires_at,
            sealed: row.sealed_secret,
        }
    }
}
