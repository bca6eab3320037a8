//! The table `security_events`: rows are added and, when they are old, deleted; none is ever changed.

use diesel::dsl::count_star;
use diesel::prelude::{ExpressionMethods, QueryDsl, Queryable, RunQueryDsl, Selectable, SelectableHelper};
use diesel::{QueryResult, delete, insert_into};
use latchkey_core::{ClientId, EventId, Rng, SessionId, TenantId, UserId, UtcTime};
use latchkey_storage::schema::security_events;
use latchkey_storage::{DbConnection, Json};

use crate::{EventDetails, EventKind, SecurityEvent};

/// An event as it was recorded.
#[derive(Clone, Debug, PartialEq, Queryable, Selectable)]
#[diesel(table_name = security_events)]
pub struct RecordedEvent {
    /// Its id; ids of later milliseconds sort later.
    pub id: EventId,
    /// When it happened.
    pub at: UtcTime,
    /// What happened, by name: another version may have written a kind that this one does not know.
    pub kind: String,
    /// `success` or `failure`.
    pub outcome: String,
    /// The user that it is about.
    pub user_id: Option<UserId>,
    /// The client that it happened at.
    pub client_id: Option<ClientId>,
    /// The session that it is about.
    pub session_id: Option<SessionId>,
    /// Who did it.
    pub actor: String,
    /// The network address that it came from.
    pub address: Option<String>,
    /// The browser that it came from, in its own words.
    pub user_agent: Option<String>,
    /// Why it was refused; for operators, not for the user's pages.
    pub reason: Option<String>,
    /// What else is known.
    #[diesel(deserialize_as = Json<EventDetails>)]
    pub details: EventDetails,
}

impl RecordedEvent {
    /// What happened, if this version knows the kind.
    #[must_use]
    pub fn known_kind(&self) -> Option<EventKind> {
        EventKind::parse(&self.kind)
    }
}

/// Records an event, within the transaction of what happened: either both are written or neither is.
pub fn insert(
    conn: &mut DbConnection,
    tenant: &TenantId,
    event: &SecurityEvent,
    (now, rng): (UtcTime, &Rng),
) -> QueryResult<EventId> {
    let id = EventId::generate(now, rng);
    insert_into(security_events::table)
        .values((
            security_events::tenant_id.eq(tenant),
            security_events::id.eq(&id),
            security_events::at.eq(now),
            security_events::kind.eq(event.kind.as_str()),
            security_events::outcome.eq(event.outcome.as_str()),
            security_events::user_id.eq(&event.user_id),
            security_events::client_id.eq(&event.client_id),
            security_events::session_id.eq(&event.session_id),
            security_events::actor.eq(event.actor.to_string()),
            security_events::address.eq(&event.address),
            security_events::user_agent.eq(&event.user_agent),
            security_events::reason.eq(event.reason),
            security_events::details.eq(Json(event.details.clone())),
        ))
        .execute(conn)?;
    Ok(id)
}

/// Events about a user, the newest first; those before `before`, if one is given.
pub fn list_of_user(
    conn: &mut DbConnection,
    tenant: &TenantId,
    user: &UserId,
    before: Option<&EventId>,
    limit: i64,
) -> QueryResult<Vec<RecordedEvent>> {
    let mut query = security_events::table
        .filter(security_events::tenant_id.eq(tenant))
        .filter(security_events::user_id.eq(user))
        .order(security_events::id.desc())
        .limit(limit)
        .select(RecordedEvent::as_select())
        .into_boxed();
    if let Some(before) = before {
        query = query.filter(security_events::id.lt(before));
    }
    query.load(conn)
}

/// Events of a tenant, the newest first; those before `before`, if one is given.
pub fn list(
    conn: &mut DbConnection,
    tenant: &TenantId,
    before: Option<&EventId>,
    limit: i64,
) -> QueryResult<Vec<RecordedEvent>> {
    let mut query = security_events::table
        .filter(security_events::tenant_id.eq(tenant))
        .order(security_events::id.desc())
        .limit(limit)
        .select(RecordedEvent::as_select())
        .into_boxed();
    if let Some(before) = before {
        query = query.filter(security_events::id.lt(before));
    }
    query.load(conn)
}

/// How many events of that kind are about a user, from `since` on.
pub fn count_of_user(
    conn: &mut DbConnection,
    tenant: &TenantId,
    user: &UserId,
    kind: EventKind,
    since: UtcTime,
) -> QueryResult<i64> {
    security_events::table
        .filter(security_events::tenant_id.eq(tenant))
        .filter(security_events::user_id.eq(user))
        .filter(security_events::id.ge(EventId::first_at(since)))
        .filter(security_events::kind.eq(kind.as_str()))
        .select(count_star())
        .first(conn)
}

/// Deletes events of every tenant from before `before`, the oldest first and at most `limit`; returns how many. For the
/// clean-up job.
pub fn prune(conn: &mut DbConnection, before: UtcTime, limit: i64) -> QueryResult<usize> {
    let old: Vec<(TenantId, EventId)> = security_events::table
        .filter(security_events::at.lt(before))
        .order(security_events::at.asc())
        .limit(limit)
        .select((security_events::tenant_id, security_events::id))
        .load(conn)?;
    let mut deleted = 0;
    for (tenant, id) in &old {
        deleted += delete(security_events::table.find((tenant, id))).execute(conn)?;
    }
    Ok(deleted)
}
