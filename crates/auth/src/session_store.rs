//! The table `sessions`.

use diesel::prelude::{ExpressionMethods, JoinOnDsl, OptionalExtension, QueryDsl, RunQueryDsl, SelectableHelper};
use diesel::{BoolExpressionMethods, QueryResult, insert_into, update};
use latchkey_audit::enqueue_signal;
use latchkey_core::{DeviceId, SessionId, TenantId, TokenHash, UserId, UtcTime};
use latchkey_storage::schema::{sessions, users};
use latchkey_storage::{DbConnection, Json};
use latchkey_tenants::{FirstFactorKind, SecondFactorKind};

use crate::session::SessionCookie;
use crate::{Session, User};

/// The kind of the signal in the outbox that a session was ended, before its time was over.
pub const SESSION_ENDED: &str = "logout.session";

/// A session row to be.
#[derive(Clone, Debug)]
pub(crate) struct SessionRow {
    pub(crate) cookie: SessionCookie,
    pub(crate) user_id: UserId,
    pub(crate) amr: Vec<String>,
    pub(crate) acr: String,
    pub(crate) first_factor: FirstFactorKind,
    pub(crate) device_id: Option<DeviceId>,
    pub(crate) factor: Option<SecondFactorKind>,
    pub(crate) user_agent: String,
    pub(crate) address: String,
    pub(crate) opened_at: UtcTime,
    /// When the last factor was passed.
    pub(crate) authenticated_at: UtcTime,
    pub(crate) expires_at: UtcTime,
}

pub(crate) fn insert_session(conn: &mut DbConnection, tenant: &TenantId, row: &SessionRow) -> QueryResult<()> {
    insert_into(sessions::table)
        .values((
            sessions::tenant_id.eq(tenant),
            sessions::id.eq(&row.cookie.id),
            sessions::user_id.eq(&row.user_id),
            sessions::secret_hash.eq(&row.cookie.secret_hash),
            sessions::amr.eq(Json(row.amr.clone())),
            sessions::acr.eq(&row.acr),
            sessions::first_factor.eq(row.first_factor.as_str()),
            sessions::device_id.eq(&row.device_id),
            sessions::factor.eq(row.factor.map(SecondFactorKind::as_str)),
            sessions::user_agent.eq(&row.user_agent),
            sessions::address.eq(&row.address),
            sessions::created_at.eq(row.opened_at),
            sessions::authenticated_at.eq(row.authenticated_at),
            sessions::last_seen_at.eq(row.opened_at),
            sessions::expires_at.eq(row.expires_at),
        ))
        .execute(conn)
        .map(|_| ())
}

/// Gives the session of that cookie the new secret and the new authentication, unless it was ended or given another
/// secret meanwhile, or is of another user; returns whether it was.
pub(crate) fn renew_session(
    conn: &mut DbConnection,
    tenant: &TenantId,
    cookie: &SessionCookie,
    renewal: &SessionRow,
) -> QueryResult<bool> {
    let this = sessions::table
        .find((tenant, &cookie.id))
        .filter(sessions::secret_hash.eq(&cookie.secret_hash))
        .filter(sessions::user_id.eq(&renewal.user_id))
        .filter(sessions::ended_at.is_null());
    let renewed = update(this)
        .set((
            sessions::secret_hash.eq(&renewal.cookie.secret_hash),
            sessions::amr.eq(Json(renewal.amr.clone())),
            sessions::acr.eq(&renewal.acr),
            sessions::first_factor.eq(renewal.first_factor.as_str()),
            sessions::device_id.eq(&renewal.device_id),
            sessions::factor.eq(renewal.factor.map(SecondFactorKind::as_str)),
            sessions::user_agent.eq(&renewal.user_agent),
            sessions::address.eq(&renewal.address),
            sessions::authenticated_at.eq(renewal.authenticated_at),
            sessions::last_seen_at.eq(renewal.opened_at),
            sessions::expires_at.eq(renewal.expires_at),
        ))
        .execute(conn)?;
    Ok(renewed == 1)
}

/// What a second factor makes of a session that is there.
#[derive(Clone, Debug)]
pub(crate) struct Raise {
    pub(crate) cookie: SessionCookie,
    pub(crate) amr: Vec<String>,
    pub(crate) acr: String,
    pub(crate) factor: SecondFactorKind,
}

/// Gives the session of that cookie the new secret and the stronger class, unless it was ended or given another secret
/// meanwhile; when the user authenticated stays as it is. Returns whether it was.
pub(crate) fn raise_session(
    conn: &mut DbConnection,
    tenant: &TenantId,
    cookie: &SessionCookie,
    raise: &Raise,
) -> QueryResult<bool> {
    let this = sessions::table
        .find((tenant, &cookie.id))
        .filter(sessions::secret_hash.eq(&cookie.secret_hash))
        .filter(sessions::ended_at.is_null());
    let raised = update(this)
        .set((
            sessions::secret_hash.eq(&raise.cookie.secret_hash),
            sessions::amr.eq(Json(raise.amr.clone())),
            sessions::acr.eq(&raise.acr),
            sessions::factor.eq(raise.factor.as_str()),
        ))
        .execute(conn)?;
    Ok(raised == 1)
}

/// Finds a session with its user when the cookie's secret is the right one, whether or not either is still good.
pub(crate) fn find_session(
    conn: &mut DbConnection,
    tenant: &TenantId,
    cookie: &SessionCookie,
) -> QueryResult<Option<(Session, User)>> {
    let row = sessions::table
        .inner_join(users::table.on(users::tenant_id.eq(sessions::tenant_id).and(users::id.eq(sessions::user_id))))
        .filter(sessions::tenant_id.eq(tenant))
        .filter(sessions::id.eq(&cookie.id))
        .select((Session::as_select(), User::as_select(), sessions::secret_hash))
        .first::<(Session, User, TokenHash)>(conn)
        .optional()?;
    // `TokenHash` compares in constant time.
    Ok(row.filter(|(_, _, hash)| *hash == cookie.secret_hash).map(|(session, user, _)| (session, user)))
}

/// Finds a session with its user by its id, whether or not either is still good.
pub(crate) fn find_session_by_id(
    conn: &mut DbConnection,
    tenant: &TenantId,
    id: &SessionId,
) -> QueryResult<Option<(Session, User)>> {
    sessions::table
        .inner_join(users::table.on(users::tenant_id.eq(sessions::tenant_id).and(users::id.eq(sessions::user_id))))
        .filter(sessions::tenant_id.eq(tenant))
        .filter(sessions::id.eq(id))
        .select((Session::as_select(), User::as_select()))
        .first(conn)
        .optional()
}

/// Whether a session has not been ended, locked until the transaction is over.
pub(crate) fn confirm_session(conn: &mut DbConnection, tenant: &TenantId, id: &SessionId) -> QueryResult<bool> {
    let this = sessions::table.find((tenant, id)).filter(sessions::ended_at.is_null());
    Ok(update(this).set(sessions::acr.eq(sessions::acr)).execute(conn)? == 1)
}

/// Ends the session that the cookie proves; another's cannot be ended by guessing its id.
pub(crate) fn end_session_of_cookie(
    conn: &mut DbConnection,
    tenant: &TenantId,
    cookie: &SessionCookie,
    now: UtcTime,
) -> QueryResult<()> {
    let this = sessions::table.find((tenant, &cookie.id)).filter(sessions::secret_hash.eq(&cookie.secret_hash));
    let ended = update(this.filter(sessions::ended_at.is_null())).set(sessions::ended_at.eq(now)).execute(conn)?;
    if ended == 1 { signal_end(conn, tenant, &cookie.id, now) } else { Ok(()) }
}

/// Ends a session; one that is ended keeps its time. Whose it was, if it was ended now.
pub fn end_session(
    conn: &mut DbConnection,
    tenant: &TenantId,
    id: &SessionId,
    now: UtcTime,
) -> QueryResult<Option<UserId>> {
    let this = sessions::table.find((tenant, id)).filter(sessions::ended_at.is_null());
    let ended: Vec<UserId> =
        update(this).set(sessions::ended_at.eq(now)).returning(sessions::user_id).get_results(conn)?;
    let Some(user) = ended.into_iter().next() else { return Ok(None) };
    signal_end(conn, tenant, id, now)?;
    Ok(Some(user))
}

/// Ends every session of a user; returns how many.
pub fn end_sessions_of_user(
    conn: &mut DbConnection,
    tenant: &TenantId,
    user: &UserId,
    now: UtcTime,
) -> QueryResult<usize> {
    let live = sessions::table
        .filter(sessions::tenant_id.eq(tenant))
        .filter(sessions::user_id.eq(user))
        .filter(sessions::ended_at.is_null());
    let ended: Vec<SessionId> =
        update(live).set(sessions::ended_at.eq(now)).returning(sessions::id).get_results(conn)?;
    ended.iter().try_for_each(|id| signal_end(conn, tenant, id, now))?;
    Ok(ended.len())
}

/// Ends a session of that user; returns whether the user had it, and it was not ended before.
pub(crate) fn end_session_of_user(
    conn: &mut DbConnection,
    tenant: &TenantId,
    user: &UserId,
    id: &SessionId,
    now: UtcTime,
) -> QueryResult<bool> {
    let this =
        sessions::table.find((tenant, id)).filter(sessions::user_id.eq(user)).filter(sessions::ended_at.is_null());
    let ended = update(this).set(sessions::ended_at.eq(now)).execute(conn)? == 1;
    if ended {
        signal_end(conn, tenant, id, now)?;
    }
    Ok(ended)
}

/// Ends every session of a user but one; returns how many.
pub(crate) fn end_other_sessions_of_user(
    conn: &mut DbConnection,
    tenant: &TenantId,
    (user, kept): (&UserId, &SessionId),
    now: UtcTime,
) -> QueryResult<usize> {
    let others = sessions::table
        .filter(sessions::tenant_id.eq(tenant))
        .filter(sessions::user_id.eq(user))
        .filter(sessions::id.ne(kept))
        .filter(sessions::ended_at.is_null());
    let ended: Vec<SessionId> =
        update(others).set(sessions::ended_at.eq(now)).returning(sessions::id).get_results(conn)?;
    ended.iter().try_for_each(|id| signal_end(conn, tenant, id, now))?;
    Ok(ended.len())
}

/// The sessions of a user that were not ended, whether or not they are over.
pub(crate) fn list_sessions_of_user(
    conn: &mut DbConnection,
    tenant: &TenantId,
    user: &UserId,
) -> QueryResult<Vec<Session>> {
    sessions::table
        .filter(sessions::tenant_id.eq(tenant))
        .filter(sessions::user_id.eq(user))
        .filter(sessions::ended_at.is_null())
        .order(sessions::id.asc())
        .select(Session::as_select())
        .load(conn)
}

/// From where, as it is stored, and when the user authenticated last, in whichever session that is still kept.
pub(crate) fn find_last_sign_in(
    conn: &mut DbConnection,
    tenant: &TenantId,
    user: &UserId,
) -> QueryResult<Option<(String, UtcTime)>> {
    sessions::table
        .filter(sessions::tenant_id.eq(tenant))
        .filter(sessions::user_id.eq(user))
        .order(sessions::authenticated_at.desc())
        .select((sessions::address, sessions::authenticated_at))
        .first(conn)
        .optional()
}

/// Every session of a user that is still kept, whether or not it is over.
pub(crate) fn list_all_sessions_of_user(
    conn: &mut DbConnection,
    tenant: &TenantId,
    user: &UserId,
) -> QueryResult<Vec<Session>> {
    sessions::table
        .filter(sessions::tenant_id.eq(tenant))
        .filter(sessions::user_id.eq(user))
        .order(sessions::id.asc())
        .select(Session::as_select())
        .load(conn)
}

/// Every end of a session passes here, in the transaction that ends it: the clients that know the session will be told.
fn signal_end(conn: &mut DbConnection, tenant: &TenantId, id: &SessionId, now: UtcTime) -> QueryResult<()> {
    enqueue_signal(conn, tenant, SESSION_ENDED, id.as_str(), now)
}

/// Moves `last_seen_at` forward, never back.
pub(crate) fn touch_session(
    conn: &mut DbConnection,
    tenant: &TenantId,
    id: &SessionId,
    seen_at: UtcTime,
) -> QueryResult<()> {
    let this = sessions::table
        .find((tenant, id))
        .filter(sessions::last_seen_at.lt(seen_at))
        .filter(sessions::ended_at.is_null());
    update(this).set(sessions::last_seen_at.eq(seen_at)).execute(conn).map(|_| ())
}

/// Deletes sessions of every tenant that expired before `before`, at most `limit`; returns how many. For the clean-up job.
pub fn delete_expired(conn: &mut DbConnection, before: UtcTime, limit: i64) -> QueryResult<usize> {
    let expired: Vec<(TenantId, SessionId)> = sessions::table
        .filter(sessions::expires_at.lt(before))
        .order(sessions::expires_at.asc())
        .limit(limit)
        .select((sessions::tenant_id, sessions::id))
        .load(conn)?;
    let mut deleted = 0;
    for (tenant, id) in &expired {
        deleted += diesel::delete(sessions::table.find((tenant, id))).execute(conn)?;
    }
    Ok(deleted)
}
