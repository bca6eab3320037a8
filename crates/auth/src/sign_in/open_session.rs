//! The write that makes a session out of an authenticated user.

use std::time::Duration;

use diesel::QueryResult;
use latchkey_core::{SessionId, TenantId, UtcTime};
use latchkey_storage::DbConnection;
use latchkey_tenants::{Tenant, TenantSettings};

use super::{PasswordAttempt, SignIn};
use crate::authentication::FullyAuthenticated;
use crate::session::SessionCookie;
use crate::session_store::{self, SessionRow};
use crate::{AuthError, NewSession, user_store};

/// The session that the browser came with.
struct Previous {
    cookie: SessionCookie,
    /// Its last use that this node knows of and may not have written yet.
    seen_at: Option<UtcTime>,
}

impl SignIn {
    /// Opens a session, in one transaction with what becomes of the one that the browser had: the same user's goes on
    /// with a new secret, so that what hangs on it lives on; another's ends.
    ///
    /// `None` when the user was disabled or got another password since it was verified.
    pub(super) async fn open_session(
        &self,
        tenant: &Tenant,
        authenticated: FullyAuthenticated,
        attempt: &PasswordAttempt,
        now: UtcTime,
    ) -> Result<Option<NewSession>, AuthError> {
        let expires_at = now.plus(Duration::from_secs(tenant.settings.session_lifetime_seconds));
        let previous = attempt.previous_session.as_ref().and_then(|value| SessionCookie::parse(value.expose()));
        let previous = previous.map(|cookie| Previous { seen_at: self.touches.find(&tenant.id, &cookie.id), cookie });
        // A new secret in either case: whoever had the old one, by session fixation or theft, has nothing any more.
        let (cookie, secret) = SessionCookie::generate(now, &self.rng);
        let row = SessionRow {
            cookie,
            user_id: authenticated.user_id().clone(),
            amr: authenticated.amr().to_vec(),
            acr: authenticated.acr().to_owned(),
            user_agent: attempt.from.stored_user_agent(),
            address: attempt.from.address.to_canonical().to_string(),
            opened_at: now,
            expires_at,
        };
        let (tenant, settings) = (tenant.id.clone(), tenant.settings.clone());
        let opened = self
            .db
            .write(move |conn| {
                let (verified, renewed) = authenticated.hashes();
                if !user_store::confirm_credentials(conn, &tenant, &row.user_id, verified, renewed)? {
                    return Ok(None);
                }
                place(conn, &tenant, &settings, previous.as_ref(), &row).map(Some)
            })
            .await?;
        Ok(opened.map(|id| NewSession { cookie_value: SessionCookie::value(&id, &secret), id, expires_at }))
    }
}

/// Writes the session; returns the id that it has.
fn place(
    conn: &mut DbConnection,
    tenant: &TenantId,
    settings: &TenantSettings,
    previous: Option<&Previous>,
    row: &SessionRow,
) -> QueryResult<SessionId> {
    if let Some(previous) = previous {
        if is_live(conn, tenant, settings, previous, row.opened_at)?
            && session_store::renew_session(conn, tenant, &previous.cookie, row)?
        {
            return Ok(previous.cookie.id.clone());
        }
        session_store::end_session_of_cookie(conn, tenant, &previous.cookie, row.opened_at)?;
    }
    session_store::insert_session(conn, tenant, row)?;
    Ok(row.cookie.id.clone())
}

/// A session that is over is not brought back to life, with what hung on it.
fn is_live(
    conn: &mut DbConnection,
    tenant: &TenantId,
    settings: &TenantSettings,
    previous: &Previous,
    now: UtcTime,
) -> QueryResult<bool> {
    let found = session_store::find_session(conn, tenant, &previous.cookie)?;
    Ok(found
        .is_some_and(|(session, _)| session.is_live(settings, previous.seen_at.unwrap_or(session.last_seen_at), now)))
}
