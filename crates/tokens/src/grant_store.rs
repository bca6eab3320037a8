//! Rows of grants, with what must still hold of their user and session.

use std::time::Duration;

use diesel::QueryResult;
use diesel::prelude::*;
use latchkey_core::{ClientId, GrantId, SessionId, TenantId, TokenHash, UserId, UtcTime};
use latchkey_protocol::{Confirmation, GrantType, Scope};
use latchkey_storage::schema::{grants, sessions, users};
use latchkey_storage::{DbConnection, Json};
use latchkey_tenants::{Standing, Tenant, TenantSettings};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Authentication, CodeRefusal, Grant, NewGrant};

/// What a grant's row keeps as JSON.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct GrantContext {
    #[serde(flatten)]
    pub authentication: Authentication,
    #[serde(default = "authorization_code", skip_serializing_if = "is_authorization_code")]
    pub grant_type: GrantType,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claims: Option<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confirmation: Option<Confirmation>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authorization_details: Option<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<Value>,
}

impl GrantContext {
    pub(crate) fn of(new: &NewGrant) -> Self {
        Self {
            authentication: new.authentication.clone(),
            grant_type: new.grant_type,
            claims: new.claims.clone(),
            confirmation: new.confirmation.clone(),
            authorization_details: new.authorization_details.clone(),
            actor: new.actor.clone(),
        }
    }
}

fn authorization_code() -> GrantType {
    GrantType::AuthorizationCode
}

fn is_authorization_code(value: &GrantType) -> bool {
    *value == GrantType::AuthorizationCode
}

#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = grants)]
pub(crate) struct GrantRow {
    pub tenant_id: TenantId,
    pub id: GrantId,
    pub client_id: ClientId,
    pub user_id: UserId,
    pub session_id: Option<SessionId>,
    pub scope: String,
    pub audience: Json<Vec<String>>,
    pub authentication: Json<GrantContext>,
    pub code_hash: TokenHash,
    pub offline: bool,
    pub generation: i32,
    pub family_key: Option<String>,
    pub secret_hash: Option<TokenHash>,
    pub previous_secret_hash: Option<TokenHash>,
    pub rotation_nonce: Option<String>,
    pub rotated_at: Option<UtcTime>,
    pub created_at: UtcTime,
    pub expires_at: UtcTime,
    pub revoked_at: Option<UtcTime>,
}

impl GrantRow {
    /// When a refresh token of it was last used, or the first one issued.
    pub(crate) fn last_used_at(&self) -> UtcTime {
        self.rotated_at.unwrap_or(self.created_at)
    }
}

impl From<GrantRow> for Grant {
    fn from(row: GrantRow) -> Self {
        let context = row.authentication.0;
        Self {
            id: row.id,
            client_id: row.client_id,
            user_id: row.user_id,
            session_id: row.session_id,
            scope: Scope::parse(&row.scope).unwrap_or_default(),
            audience: row.audience.0,
            grant_type: context.grant_type,
            authentication: context.authentication,
            claims: context.claims,
            offline: row.offline,
            confirmation: context.confirmation,
            authorization_details: context.authorization_details,
            actor: context.actor,
            created_at: row.created_at,
            expires_at: row.expires_at,
        }
    }
}

/// The user and the session that a grant hangs on, as they are now.
pub(crate) struct Holder {
    standing: Standing,
    session: Option<SessionTimes>,
}

#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = sessions)]
struct SessionTimes {
    authenticated_at: UtcTime,
    last_seen_at: UtcTime,
    expires_at: UtcTime,
    ended_at: Option<UtcTime>,
}

impl Holder {
    /// Why nothing may be issued or accepted for that grant now; one for offline access outlives its session.
    pub(crate) fn refusal(&self, grant: &GrantRow, tenant: &Tenant, now: UtcTime) -> Option<CodeRefusal> {
        if let Err(reason) = tenant.gate(&self.standing) {
            return Some(CodeRefusal::Withheld(reason));
        }
        let hangs_on_session = grant.session_id.is_some() && !grant.offline;
        (hangs_on_session && !self.session_lives(grant, &tenant.settings, now)).then_some(CodeRefusal::SessionEnded)
    }

    /// Whether the session of that grant goes on.
    pub(crate) fn session_lives(&self, grant: &GrantRow, settings: &TenantSettings, now: UtcTime) -> bool {
        self.session.as_ref().is_some_and(|session| session.is_live(settings, grant.last_used_at(), now))
    }
}

impl SessionTimes {
    /// The rules of the session itself, but that the use of a grant counts for what hangs on the grant: the application
    /// is used although the browser does not come by here.
    fn is_live(&self, settings: &TenantSettings, grant_used_at: UtcTime, now: UtcTime) -> bool {
        let life = Duration::from_secs(settings.session_lifetime_seconds);
        let idle = Duration::from_secs(settings.session_idle_seconds);
        // The settings count as they are now, as they do for the cookie.
        self.ended_at.is_none()
            && now < self.expires_at
            && now.since(self.authenticated_at) < life
            && now.since(self.last_seen_at.max(grant_used_at)) < idle
    }
}

type HolderColumns = (Standing, Option<SessionTimes>);

impl From<HolderColumns> for Holder {
    fn from((standing, session): HolderColumns) -> Self {
        Self { standing, session }
    }
}

/// Stores the grant unless there is one of that id; says how many rows were stored.
pub(crate) fn insert_grant(conn: &mut DbConnection, row: &GrantRow) -> QueryResult<usize> {
    match conn {
        DbConnection::Postgresql(conn) => {
            diesel::insert_into(grants::table).values(row).on_conflict_do_nothing().execute(conn)
        }
        DbConnection::Sqlite(conn) => {
            diesel::insert_into(grants::table).values(row).on_conflict_do_nothing().execute(conn)
        }
    }
}

/// The grant with its holder.
pub(crate) fn find_grant(
    conn: &mut DbConnection,
    tenant: &TenantId,
    id: &GrantId,
) -> QueryResult<Option<(GrantRow, Holder)>> {
    let found: Option<(GrantRow, HolderColumns)> = grants::table
        .inner_join(users::table.on(users::tenant_id.eq(grants::tenant_id).and(users::id.eq(grants::user_id))))
        .left_join(
            sessions::table
                .on(sessions::tenant_id.eq(grants::tenant_id).and(sessions::id.nullable().eq(grants::session_id))),
        )
        .filter(grants::tenant_id.eq(tenant))
        .filter(grants::id.eq(id))
        .select((GrantRow::as_select(), (Standing::as_select(), Option::<SessionTimes>::as_select())))
        .first(conn)
        .optional()?;
    Ok(found.map(|(row, holder)| (row, holder.into())))
}

/// The newest live grant of a client in a session, with its holder.
pub(crate) fn find_grant_in_session(
    conn: &mut DbConnection,
    tenant: &TenantId,
    (user, session): (&UserId, &SessionId),
    client: &ClientId,
    now: UtcTime,
) -> QueryResult<Option<(GrantRow, Holder)>> {
    let newest: Option<GrantId> = grants::table
        .filter(grants::tenant_id.eq(tenant))
        .filter(grants::user_id.eq(user))
        .filter(grants::session_id.eq(session))
        .filter(grants::client_id.eq(client))
        .filter(grants::revoked_at.is_null())
        .filter(grants::expires_at.gt(now))
        .order(grants::id.desc())
        .select(grants::id)
        .first(conn)
        .optional()?;
    match newest {
        Some(id) => find_grant(conn, tenant, &id),
        None => Ok(None),
    }
}

/// The user and that session of theirs; `None` when there is no such user.
pub(crate) fn find_holder(
    conn: &mut DbConnection,
    tenant: &TenantId,
    user: &UserId,
    session: Option<&SessionId>,
) -> QueryResult<Option<Holder>> {
    let found: Option<HolderColumns> = users::table
        .left_join(
            sessions::table.on(sessions::tenant_id
                .eq(users::tenant_id)
                .and(sessions::user_id.eq(users::id))
                .and(sessions::id.nullable().eq(session))),
        )
        .filter(users::tenant_id.eq(tenant))
        .filter(users::id.eq(user))
        .select((Standing::as_select(), Option::<SessionTimes>::as_select()))
        .first(conn)
        .optional()?;
    Ok(found.map(Holder::from))
}

/// Whether that code bought the grant.
pub(crate) fn was_bought_by(
    conn: &mut DbConnection,
    tenant: &TenantId,
    id: &GrantId,
    code_hash: &TokenHash,
) -> QueryResult<bool> {
    diesel::select(diesel::dsl::exists(
        grants::table
            .filter(grants::tenant_id.eq(tenant))
            .filter(grants::id.eq(id))
            .filter(grants::code_hash.eq(code_hash)),
    ))
    .get_result(conn)
}

/// What a rotation writes.
#[derive(AsChangeset)]
#[diesel(table_name = grants)]
pub(crate) struct NextGeneration {
    pub generation: i32,
    pub secret_hash: TokenHash,
    pub previous_secret_hash: TokenHash,
    pub rotation_nonce: String,
    pub rotated_at: UtcTime,
}

/// Moves the grant from one generation to the next, unless it was moved or revoked meanwhile; says how many rows moved.
pub(crate) fn advance_generation(
    conn: &mut DbConnection,
    tenant: &TenantId,
    id: &GrantId,
    from: i32,
    next: &NextGeneration,
) -> QueryResult<usize> {
    let live = grants::table
        .filter(grants::tenant_id.eq(tenant))
        .filter(grants::id.eq(id))
        .filter(grants::generation.eq(from))
        .filter(grants::revoked_at.is_null());
    diesel::update(live).set(next).execute(conn)
}

/// Notes the use of a refresh token that does not rotate; says how many rows were live.
pub(crate) fn touch_generation(
    conn: &mut DbConnection,
    tenant: &TenantId,
    id: &GrantId,
    generation: i32,
    now: UtcTime,
) -> QueryResult<usize> {
    let live = grants::table
        .filter(grants::tenant_id.eq(tenant))
        .filter(grants::id.eq(id))
        .filter(grants::generation.eq(generation))
        .filter(grants::revoked_at.is_null());
    // Whoever has the live token has no more need of the one before.
    diesel::update(live)
        .set((grants::rotated_at.eq(now), grants::previous_secret_hash.eq(None::<TokenHash>)))
        .execute(conn)
}

/// Revokes the grant and with it everything issued from it.
///
/// # Errors
/// When the statement fails.
pub fn revoke_grant(conn: &mut DbConnection, tenant: &TenantId, id: &GrantId, now: UtcTime) -> QueryResult<usize> {
    let live = grants::table
        .filter(grants::tenant_id.eq(tenant))
        .filter(grants::id.eq(id))
        .filter(grants::revoked_at.is_null());
    diesel::update(live).set(grants::revoked_at.eq(now)).execute(conn)
}

/// Lets a grant end no later than that; one that ends earlier stays as it is.
pub(crate) fn shorten_grant(
    conn: &mut DbConnection,
    tenant: &TenantId,
    id: &GrantId,
    expires_at: UtcTime,
) -> QueryResult<usize> {
    let longer = grants::table
        .filter(grants::tenant_id.eq(tenant))
        .filter(grants::id.eq(id))
        .filter(grants::expires_at.gt(expires_at));
    diesel::update(longer).set(grants::expires_at.eq(expires_at)).execute(conn)
}

/// Revokes what the user granted in that session, but for offline access; returns how many grants.
///
/// # Errors
/// When the statement fails.
pub fn revoke_grants_of_session(
    conn: &mut DbConnection,
    tenant: &TenantId,
    user: &UserId,
    session: &SessionId,
    now: UtcTime,
) -> QueryResult<usize> {
    let live = grants::table
        .filter(grants::tenant_id.eq(tenant))
        .filter(grants::user_id.eq(user))
        .filter(grants::session_id.eq(session))
        .filter(grants::offline.eq(false))
        .filter(grants::revoked_at.is_null());
    diesel::update(live).set(grants::revoked_at.eq(now)).execute(conn)
}

/// Revokes everything that the user granted; returns how many grants.
///
/// # Errors
/// When the statement fails.
pub fn revoke_grants_of_user(
    conn: &mut DbConnection,
    tenant: &TenantId,
    user: &UserId,
    now: UtcTime,
) -> QueryResult<usize> {
    let live = grants::table
        .filter(grants::tenant_id.eq(tenant))
        .filter(grants::user_id.eq(user))
        .filter(grants::revoked_at.is_null());
    diesel::update(live).set(grants::revoked_at.eq(now)).execute(conn)
}

/// Revokes everything that the user granted that client; returns how many grants.
///
/// # Errors
/// When the statement fails.
pub fn revoke_grants_of_client(
    conn: &mut DbConnection,
    tenant: &TenantId,
    user: &UserId,
    client: &ClientId,
    now: UtcTime,
) -> QueryResult<usize> {
    let live = grants::table
        .filter(grants::tenant_id.eq(tenant))
        .filter(grants::user_id.eq(user))
        .filter(grants::client_id.eq(client))
        .filter(grants::revoked_at.is_null());
    diesel::update(live).set(grants::revoked_at.eq(now)).execute(conn)
}

/// The grants of a user that are neither revoked nor over, nor hang on a session that was ended.
pub(crate) fn list_live_grants(
    conn: &mut DbConnection,
    tenant: &TenantId,
    user: &UserId,
    now: UtcTime,
) -> QueryResult<Vec<GrantRow>> {
    let rows: Vec<(GrantRow, Option<SessionTimes>)> = grants::table
        .left_join(
            sessions::table
                .on(sessions::tenant_id.eq(grants::tenant_id).and(sessions::id.nullable().eq(grants::session_id))),
        )
        .filter(grants::tenant_id.eq(tenant))
        .filter(grants::user_id.eq(user))
        .filter(grants::revoked_at.is_null())
        .filter(grants::expires_at.gt(now))
        .order(grants::id.asc())
        .select((GrantRow::as_select(), Option::<SessionTimes>::as_select()))
        .load(conn)?;
    let has_ended = |row: &GrantRow, session: Option<&SessionTimes>| {
        row.session_id.is_some() && !row.offline && session.is_none_or(|session| session.ended_at.is_some())
    };
    Ok(rows.into_iter().filter(|(row, session)| !has_ended(row, session.as_ref())).map(|(row, _)| row).collect())
}
