//! The table `session_clients`.

use diesel::prelude::{ExpressionMethods, QueryDsl, RunQueryDsl};
use diesel::upsert::excluded;
use diesel::{QueryResult, delete, insert_into};
use latchkey_core::{ClientId, SessionId, TenantId, UtcTime};
use latchkey_storage::DbConnection;
use latchkey_storage::schema::{session_clients, sessions};

use crate::SessionClient;

/// Notes that the client knows of the session.
pub(crate) fn upsert_client(
    conn: &mut DbConnection,
    tenant: &TenantId,
    session: &SessionId,
    client: &SessionClient,
    now: UtcTime,
) -> QueryResult<()> {
    let row = (
        session_clients::tenant_id.eq(tenant),
        session_clients::session_id.eq(session),
        session_clients::client_id.eq(&client.client_id),
        session_clients::subject.eq(&client.subject),
        session_clients::created_at.eq(now),
    );
    let key = (session_clients::tenant_id, session_clients::session_id, session_clients::client_id);
    let newest = session_clients::subject.eq(excluded(session_clients::subject));
    let insert = insert_into(session_clients::table).values(row);
    match conn {
        DbConnection::Postgresql(conn) => insert.on_conflict(key).do_update().set(newest).execute(conn),
        DbConnection::Sqlite(conn) => insert.on_conflict(key).do_update().set(newest).execute(conn),
    }
    .map(|_| ())
}

/// Whether the session was ended; one that only expired, or is unknown, was not.
pub(crate) fn has_ended(conn: &mut DbConnection, tenant: &TenantId, session: &SessionId) -> QueryResult<bool> {
    let ended = sessions::table.find((tenant, session)).filter(sessions::ended_at.is_not_null());
    diesel::select(diesel::dsl::exists(ended)).get_result(conn)
}

/// The clients of a session, by id.
pub(crate) fn list_clients(
    conn: &mut DbConnection,
    tenant: &TenantId,
    session: &SessionId,
) -> QueryResult<Vec<SessionClient>> {
    let rows: Vec<(ClientId, String)> = session_clients::table
        .filter(session_clients::tenant_id.eq(tenant))
        .filter(session_clients::session_id.eq(session))
        .order(session_clients::client_id.asc())
        .select((session_clients::client_id, session_clients::subject))
        .load(conn)?;
    Ok(rows.into_iter().map(|(client_id, subject)| SessionClient { client_id, subject }).collect())
}

/// Takes the clients of a session: of racing transactions one gets each.
pub(crate) fn take_clients(
    conn: &mut DbConnection,
    tenant: &TenantId,
    session: &SessionId,
) -> QueryResult<Vec<SessionClient>> {
    let mut taken = Vec::new();
    for client in list_clients(conn, tenant, session)? {
        if delete(session_clients::table.find((tenant, session, &client.client_id))).execute(conn)? == 1 {
            taken.push(client);
        }
    }
    Ok(taken)
}
