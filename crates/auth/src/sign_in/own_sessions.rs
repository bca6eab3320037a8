//! A user looks at the own sessions, in every browser, and ends them.

use std::cmp::Reverse;

use latchkey_audit::EventKind;
use latchkey_core::SessionId;
use latchkey_tenants::Tenant;

use super::{OwnSession, SignIn};
use crate::{AuthError, Author, Session, session_store};

impl SignIn {
    /// The live sessions of the user, the one that was used last first.
    ///
    /// # Errors
    /// [`AuthError::Db`].
    pub async fn own_sessions(&self, tenant: &Tenant, own: &OwnSession) -> Result<Vec<Session>, AuthError> {
        let (id, user) = (tenant.id.clone(), own.active.user.id.clone());
        let rows = self.db.read(move |conn| session_store::list_sessions_of_user(conn, &id, &user)).await?;
        let now = self.clock.now();
        let seen = rows.into_iter().map(|session| (self.last_seen_at(tenant, &session), session));
        let live = seen.filter(|(seen_at, session)| session.is_live(&tenant.settings, *seen_at, now));
        let mut sessions: Vec<_> = live.map(|(last_seen_at, session)| Session { last_seen_at, ..session }).collect();
        sessions.sort_by_key(|session| Reverse(session.last_seen_at));
        Ok(sessions)
    }

    /// Ends one of the user's sessions; returns whether the user had it.
    ///
    /// # Errors
    /// [`AuthError::Db`].
    pub async fn end_own_session(
        &self,
        tenant: &Tenant,
        own: &OwnSession,
        session: &SessionId,
    ) -> Result<bool, AuthError> {
        let (id, user, session, now) =
            (tenant.id.clone(), own.active.user.id.clone(), session.clone(), self.clock.now());
        let (security, author) = (self.security.clone(), Author::in_session(&own.active));
        let event = author.event(EventKind::SessionEnded).of(&user).in_session(&session);
        let ended = self.db.write(move |conn| {
            let ended = session_store::end_session_of_user(conn, &id, &user, &session, now)?;
            if ended {
                security.record(conn, &id, &event, now)?;
            }
            Ok(ended)
        });
        Ok(ended.await?)
    }

    /// Ends every session of the user but this one; returns how many.
    ///
    /// # Errors
    /// [`AuthError::Db`].
    pub async fn end_other_sessions(&self, tenant: &Tenant, own: &OwnSession) -> Result<usize, AuthError> {
        let (id, session, now) = (tenant.id.clone(), own.active.session.clone(), self.clock.now());
        let (security, author) = (self.security.clone(), Author::in_session(&own.active));
        let event = author.event(EventKind::SessionsEnded).of(&session.user_id);
        let ended = self.db.write(move |conn| {
            let ended = session_store::end_other_sessions_of_user(conn, &id, (&session.user_id, &session.id), now)?;
            security.record(conn, &id, &event.clone().with("sessions", ended), now)?;
            Ok(ended)
        });
        Ok(ended.await?)
    }
}
