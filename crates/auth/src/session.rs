//! A browser's session: a row, and its part of the session cookie, `{session id}.{secret}`.

use std::net::IpAddr;
use std::time::Duration;

use diesel::prelude::{Queryable, Selectable};
use latchkey_core::{DeviceId, Rng, Secret, SessionId, TokenHash, UserId, UtcTime};
use latchkey_storage::schema::sessions;
use latchkey_tenants::{FirstFactorKind, SecondFactorKind, TenantSettings};

use crate::text_list::TextList;
use crate::{Acr, RememberedAccount, User};

const MAX_USER_AGENT_CHARS: usize = 256;

/// A session as stored, without its secret.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = sessions)]
pub struct Session {
    /// The id, and the `sid` of ID tokens.
    pub id: SessionId,
    /// Whose it is.
    pub user_id: UserId,
    /// How the user authenticated (RFC 8176).
    #[diesel(deserialize_as = TextList)]
    pub amr: Vec<String>,
    /// The authentication context class that was reached.
    pub acr: String,
    /// The browser's own words, at most 256 characters.
    pub user_agent: String,
    /// The network address that it was opened from.
    pub address: String,
    /// When it was opened.
    pub created_at: UtcTime,
    /// When the user authenticated, the last time: the `auth_time`.
    pub authenticated_at: UtcTime,
    /// When it was used last, to about 15 seconds.
    pub last_seen_at: UtcTime,
    /// The end of its absolute life.
    pub expires_at: UtcTime,
    /// When it was ended.
    pub ended_at: Option<UtcTime>,
    /// The remembered browser that stood for the second factor, if one did.
    pub device_id: Option<DeviceId>,
    /// The kind of second factor that was proved, if one was.
    pub factor: Option<String>,
    /// The kind of first factor that it was opened with; none where that was the password, before there were others.
    pub first_factor: Option<String>,
}

impl Session {
    /// What it was opened with; `None` for what this release does not know, which then counts nowhere.
    pub(crate) fn first_factor(&self) -> Option<FirstFactorKind> {
        self.first_factor.as_deref().map_or(Some(FirstFactorKind::Password), FirstFactorKind::parse)
    }

    /// Whether what it was opened with is one that counts.
    pub(crate) fn begins_with_one_of(&self, kinds: &[FirstFactorKind]) -> bool {
        self.first_factor().is_some_and(|first| kinds.contains(&first))
    }

    /// Whether it shows a second factor of a kind that counts.
    pub(crate) fn shows_one_of(&self, kinds: &[SecondFactorKind]) -> bool {
        let factor = self.factor.as_deref().and_then(SecondFactorKind::parse);
        Acr::parse(&self.acr) >= Some(Acr::TwoFactors) && factor.is_some_and(|factor| kinds.contains(&factor))
    }

    /// Whether it is neither ended nor expired nor idle for too long; `last_seen_at` is the latest known.
    pub(crate) fn is_live(&self, settings: &TenantSettings, last_seen_at: UtcTime, now: UtcTime) -> bool {
        let idle = Duration::from_secs(settings.session_idle_seconds);
        let life = Duration::from_secs(settings.session_lifetime_seconds);
        // The settings count as they are now: shortening them ends sessions that were opened before.
        self.ended_at.is_none()
            && now < self.expires_at
            && now.since(self.authenticated_at) < life
            && now.since(last_seen_at.max(self.last_seen_at)) < idle
    }
}

/// A live session and its user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActiveSession {
    /// The session.
    pub session: Session,
    /// Its user, who may sign in.
    pub user: User,
}

/// What a sign-in leads to: a new session, or the one that the browser had with a new secret.
#[derive(Clone, Debug)]
pub struct NewSession {
    /// The session's id.
    pub id: SessionId,
    /// What the browser's session cookie is to hold: this session, active, and those of other accounts that stay.
    /// Nobody can read it again.
    pub cookie_value: Secret<String>,
    /// The end of its absolute life.
    pub expires_at: UtcTime,
    /// Whose it is, as the browser may remember it.
    pub account: Option<RememberedAccount>,
}

/// Where a request comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The client's network address, after trusted proxies.
    pub address: IpAddr,
    /// The `User-Agent` header; any text.
    pub user_agent: String,
}

impl Origin {
    /// The address as it is stored: an IPv4 address that is written as an IPv6 one is the IPv4 address.
    pub(crate) fn stored_address(&self) -> String {
        self.address.to_canonical().to_string()
    }

    /// The user agent as it is stored: no control characters, at most 256 characters.
    pub(crate) fn stored_user_agent(&self) -> String {
        self.user_agent.chars().filter(|c| !c.is_control()).take(MAX_USER_AGENT_CHARS).collect()
    }
}

/// The two parts of one session in the cookie.
#[derive(Clone, Debug)]
pub(crate) struct SessionCookie {
    pub(crate) id: SessionId,
    pub(crate) secret_hash: TokenHash,
}

impl SessionCookie {
    /// Splits a cookie value; `None` when it is not of the form `{session id}.{secret}`.
    pub(crate) fn parse(value: &str) -> Option<Self> {
        let (id, secret) = value.split_once('.')?;
        Some(Self { id: id.parse().ok()?, secret_hash: TokenHash::of(secret) })
    }

    /// A new id with a new secret, and the secret.
    pub(crate) fn generate(now: UtcTime, rng: &Rng) -> (Self, Secret<String>) {
        let secret = rng.token();
        (Self { id: SessionId::generate(now, rng), secret_hash: TokenHash::of(secret.expose()) }, secret)
    }

    /// The cookie value of that session with that secret.
    pub(crate) fn value(id: &SessionId, secret: &Secret<String>) -> Secret<String> {
        Secret::new(format!("{id}.{}", secret.expose()))
    }
}
