//! The write that makes a session out of an authenticated user.

use std::time::Duration;

use diesel::QueryResult;
use latchkey_audit::EventKind;
use latchkey_core::{ClientId, Secret, SessionId, TenantId, UserId, UtcTime};
use latchkey_mail::Message;
use latchkey_mail::messages::NewDevice;
use latchkey_storage::DbConnection;
use latchkey_tenants::{Tenant, TenantSettings, Withheld};

use super::SignIn;
use crate::authentication::{FullyAuthenticated, PasswordState};
use crate::held_sessions::{HeldSession, HeldSessions, MAX_SESSIONS, cookie_value};
use crate::known_origin_store::{self, SeenFrom};
use crate::risk::{Risk, Signals};
use crate::second_factor::{self, NewDeviceRow};
use crate::session::SessionCookie;
use crate::session_store::{self, SessionRow};
use crate::sign_in::enrol::NewFactor;
use crate::sign_in::watch::{UnderWay, gather};
use crate::{AuthError, Author, NewSession, Origin, RememberedAccount, SecurityLog, deletion_store, user_store};

/// The browser that somebody signs in from.
#[derive(Clone, Copy)]
pub(super) struct Arrival<'a> {
    pub(super) from: &'a Origin,
    /// The session cookie that it holds.
    pub(super) held: Option<&'a Secret<String>>,
    pub(super) along: Along<'a>,
}

/// What is written with the session or not at all.
#[derive(Clone, Copy, Default)]
pub(super) struct Along<'a> {
    /// The browser is remembered.
    pub(super) device: Option<&'a NewDeviceRow>,
    /// A second factor was set up.
    pub(super) factor: Option<&'a NewFactor>,
}

/// A session that the browser came with.
struct Previous {
    held: HeldSession,
    /// Its last use that this node knows of and may not have written yet.
    seen_at: Option<UtcTime>,
}

/// What became of opening a session.
pub(super) enum Opening {
    /// It is open.
    Opened(Box<NewSession>),
    /// The gate does not let the user pass now; what comes along was written all the same.
    Withheld(Withheld),
    /// The user got another password or another authenticator since it was verified, or may not sign in any more.
    Outdated,
}

/// What was written.
struct Placed {
    id: SessionId,
    /// The sessions of other users that stay.
    kept: Vec<Secret<String>>,
    account: Option<RememberedAccount>,
}

impl SignIn {
    /// Opens a session, in one transaction with what becomes of those that the browser had: the same user's goes on
    /// with a new secret, so that what hangs on it lives on; those of others stay, as many as a browser may hold.
    ///
    /// The gate is asked within it: whatever is decided about the user either comes before and is seen here, or comes after
    /// and is seen by every look-up of the session.
    pub(super) async fn open_session(
        &self,
        tenant: &Tenant,
        authenticated: &FullyAuthenticated,
        (under_way, arrival): (UnderWay<'_>, Arrival<'_>),
        now: UtcTime,
    ) -> Result<Opening, AuthError> {
        let expires_at = now.plus(Duration::from_secs(tenant.settings.session_lifetime_seconds));
        let held = arrival.held.map(|value| HeldSessions::parse(value.expose())).unwrap_or_default();
        let seen_at = |held: &HeldSession| self.touches.find(&tenant.id, &held.cookie.id);
        let previous: Vec<_> =
            held.iter().map(|held| Previous { seen_at: seen_at(held), held: held.clone() }).collect();
        // A new secret in either case: whoever had the old one, by session fixation or theft, has nothing any more.
        let (cookie, secret) = SessionCookie::generate(now, &self.rng);
        let row = SessionRow {
            cookie,
            user_id: authenticated.user_id().clone(),
            amr: authenticated.amr().to_vec(),
            acr: authenticated.acr().as_str().to_owned(),
            first_factor: authenticated.first().kind(),
            device_id: authenticated.device_id().cloned(),
            factor: authenticated.factor(),
            user_agent: arrival.from.stored_user_agent(),
            address: arrival.from.stored_address(),
            opened_at: now,
            authenticated_at: authenticated.passed_at(now),
            expires_at,
        };
        let (tenant, first, security) = (tenant.clone(), authenticated.first().clone(), self.security.clone());
        let author = Author::Visitor(arrival.from.clone());
        let (client, seen_from) = (under_way.client.clone(), under_way.seen_from());
        let places = self.places.clone();
        let breached_password = authenticated.password() == PasswordState::Breached;
        let (device, factor) = (arrival.along.device.cloned(), arrival.along.factor.cloned());
        let opened = self
            .db
            .write(move |conn| {
                let along = Along { device: device.as_ref(), factor: factor.as_ref() };
                if !user_store::confirm_first_factor(conn, &tenant.id, &row.user_id, &first)?
                    || !along.fits(conn, &tenant.id, &row.user_id)?
                {
                    return Ok(Written::Nothing);
                }
                along.write(conn, (&tenant, &row.user_id), (&security, &author), now)?;
                if let Err(reason) = user_store::ask_gate_of_sign_in(conn, &tenant, &row.user_id)? {
                    return Ok(Written::AlongOnly(reason));
                }
                // Before the session is written: what is judged is how it differs from those before.
                let signals = gather(conn, (&tenant.id, &row.user_id), &seen_from, (&places, now))?;
                let risk = Risk::of(&Signals { breached_password, ..signals });
                let placed = place(conn, &tenant.id, &tenant.settings, &previous, &row)?;
                let started = Started { row: &row, session: &placed.id, client: &client, seen_from: &seen_from, risk };
                started.record(conn, &tenant, (&security, &author), now)?;
                Ok(Written::Session(placed))
            })
            .await?;
        Ok(opened.opening(&secret, expires_at))
    }
}

/// What the transaction wrote.
enum Written {
    Session(Placed),
    AlongOnly(Withheld),
    Nothing,
}

impl Written {
    fn opening(self, secret: &Secret<String>, expires_at: UtcTime) -> Opening {
        match self {
            Self::Session(Placed { id, kept, account }) => {
                let own = SessionCookie::value(&id, secret);
                let all = cookie_value(Some(&own), kept.iter());
                let cookie_value = all.unwrap_or(own);
                Opening::Opened(Box::new(NewSession { cookie_value, id, expires_at, account }))
            }
            Self::AlongOnly(reason) => Opening::Withheld(reason),
            Self::Nothing => Opening::Outdated,
        }
    }
}

impl Along<'_> {
    /// Within the transaction that has locked the user's row; `false` when the user got another authenticator meanwhile.
    pub(super) fn fits(self, conn: &mut DbConnection, tenant: &TenantId, user: &UserId) -> QueryResult<bool> {
        self.factor.map_or(Ok(true), |factor| factor.fits(conn, tenant, user))
    }

    /// Once nothing can refuse the session any more.
    pub(super) fn write(
        self,
        conn: &mut DbConnection,
        (tenant, user): (&Tenant, &UserId),
        (security, author): (&SecurityLog, &Author),
        now: UtcTime,
    ) -> QueryResult<()> {
        if let Some(factor) = self.factor {
            factor.write(conn, &tenant.id, user, now)?;
            security.record_credential_change(conn, (tenant, user), (factor.change(), author), now)?;
            if factor.has_recovery_codes() {
                // The mail of the authenticator is enough for both.
                let event = author.event(EventKind::RecoveryCodesRenewed).of(user);
                security.record(conn, &tenant.id, &event, now)?;
            }
        }
        if let Some(device) = self.device {
            second_factor::insert_device(conn, &tenant.id, user, device, now)?;
            security.record(conn, &tenant.id, &author.event(EventKind::DeviceRemembered).of(user), now)?;
        }
        Ok(())
    }
}

/// A session that was just written.
struct Started<'a> {
    row: &'a SessionRow,
    session: &'a SessionId,
    client: &'a ClientId,
    seen_from: &'a SeenFrom,
    risk: Risk,
}

impl Started<'_> {
    /// Records the session with how risky it looks, remembers from where it is, and tells the user if it is unusual.
    fn record(
        &self,
        conn: &mut DbConnection,
        tenant: &Tenant,
        (security, author): (&SecurityLog, &Author),
        now: UtcTime,
    ) -> QueryResult<()> {
        let (row, user, risk) = (self.row, &self.row.user_id, &self.risk);
        let mut event = author
            .event(EventKind::SessionStarted)
            .of(user)
            .in_session(self.session)
            .at_client(self.client)
            .with("acr", row.acr.as_str())
            .with("amr", row.amr.clone())
            .with("first_factor", row.first_factor.as_str())
            .with("remembered_device", row.device_id.is_some())
            .with("risk", risk.to_details());
        if let Some(factor) = row.factor {
            event = event.with("second_factor", factor.as_str());
        }
        security.record(conn, &tenant.id, &event, now)?;
        known_origin_store::remember(conn, &tenant.id, user, self.seen_from, now)?;
        if !tenant.settings.risk.notifies(risk.score()) || !risk.is_of_place() {
            return Ok(());
        }
        let Some(owner) = user_store::find_user(conn, &tenant.id, user)? else { return Ok(()) };
        let from = security.whereabouts(author, (tenant, &owner));
        let notice = NewDevice { at: now, from, not_me_link: None };
        let message = |link| Message::NewDevice(NewDevice { not_me_link: Some(link), ..notice });
        security.warn(conn, (tenant, &owner), (EventKind::SessionStarted, message), now)
    }
}

/// Writes the session, and ends what the cookie will not hold any more.
fn place(
    conn: &mut DbConnection,
    tenant: &TenantId,
    settings: &TenantSettings,
    previous: &[Previous],
    row: &SessionRow,
) -> QueryResult<Placed> {
    // Who signs in wants to keep the account.
    deletion_store::cancel(conn, tenant, &row.user_id)?;
    let account = user_store::find_user(conn, tenant, &row.user_id)?.as_ref().and_then(RememberedAccount::of);
    let mut own = None;
    let mut kept = Vec::new();
    for previous in previous {
        let cookie = &previous.held.cookie;
        match find_live_user(conn, tenant, settings, previous, row.opened_at)? {
            Some(user) if user == row.user_id && own.is_none() => {
                if session_store::renew_session(conn, tenant, cookie, row)? {
                    own = Some(cookie.id.clone());
                }
            }
            Some(user) if user != row.user_id && kept.len() + 1 < MAX_SESSIONS => {
                kept.push(previous.held.value.clone());
            }
            // Over, a second one of the same user, or one too many: nobody holds its secret from now on.
            _ => session_store::end_session_of_cookie(conn, tenant, cookie, row.opened_at)?,
        }
    }
    if let Some(id) = own {
        return Ok(Placed { id, kept, account });
    }
    session_store::insert_session(conn, tenant, row)?;
    Ok(Placed { id: row.cookie.id.clone(), kept, account })
}

/// Whose the session is; a session that is over is not brought back to life, with what hung on it.
fn find_live_user(
    conn: &mut DbConnection,
    tenant: &TenantId,
    settings: &TenantSettings,
    previous: &Previous,
    now: UtcTime,
) -> QueryResult<Option<UserId>> {
    let found = session_store::find_session(conn, tenant, &previous.held.cookie)?;
    let live =
        found.filter(|(session, _)| session.is_live(settings, previous.seen_at.unwrap_or(session.last_seen_at), now));
    Ok(live.map(|(session, _)| session.user_id))
}
