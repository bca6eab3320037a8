//! The write that makes a session out of an authenticated user.

use std::time::Duration;

use latchkey_core::UtcTime;
use latchkey_tenants::Tenant;

use super::{PasswordAttempt, SignIn};
use crate::authentication::FullyAuthenticated;
use crate::session::SessionCookie;
use crate::session_store::{self, SessionRow};
use crate::{AuthError, user_store};

/// What a session is opened with.
pub(super) struct Opening<'a> {
    pub(super) cookie: SessionCookie,
    pub(super) authenticated: FullyAuthenticated,
    pub(super) attempt: &'a PasswordAttempt,
    pub(super) now: UtcTime,
}

impl SignIn {
    /// Opens the session and ends the one that the browser had, in one transaction; returns when it expires.
    ///
    /// `None` when the user was disabled or got another password since it was verified.
    pub(super) async fn open_session(
        &self,
        tenant: &Tenant,
        opening: Opening<'_>,
    ) -> Result<Option<UtcTime>, AuthError> {
        let Opening { cookie, authenticated, attempt, now } = opening;
        let expires_at = now.plus(Duration::from_secs(tenant.settings.session_lifetime_seconds));
        let previous = attempt.previous_session.as_ref().and_then(|value| SessionCookie::parse(value.expose()));
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
        let tenant = tenant.id.clone();
        let opened = self
            .db
            .write(move |conn| {
                let (verified, renewed) = authenticated.hashes();
                if !user_store::confirm_credentials(conn, &tenant, &row.user_id, verified, renewed)? {
                    return Ok(false);
                }
                if let Some(previous) = &previous {
                    session_store::end_session_of_cookie(conn, &tenant, previous, row.opened_at)?;
                }
                session_store::insert_session(conn, &tenant, &row)?;
                Ok(true)
            })
            .await?;
        Ok(opened.then_some(expires_at))
    }
}
