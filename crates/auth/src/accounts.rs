//! The accounts that one browser is signed in to, and which of them a request means.

use latchkey_core::{Secret, SessionId, UserId};

use crate::held_sessions::{MAX_SESSIONS, cookie_value};
use crate::{ActiveSession, IdentifierKey, User};

/// An account with the part of the cookie that proves it.
#[derive(Clone, Debug)]
pub(crate) struct Account {
    pub(crate) live: ActiveSession,
    pub(crate) value: Secret<String>,
}

/// The live sessions of one browser: at most one is the active one.
#[derive(Clone, Debug, Default)]
pub struct Accounts {
    pub(crate) active: Option<Account>,
    pub(crate) others: Vec<Account>,
}

/// Which account a request means, the strongest word first: what the person chose, who signed in, whom the client asks
/// for, whom it hints at; else the active one.
#[derive(Clone, Debug, Default)]
pub struct AccountWish {
    /// The session that the person chose within the interaction.
    pub chosen: Option<SessionId>,
    /// The user who signed in within the interaction.
    pub signed_in: Option<UserId>,
    /// `id_token_hint`, or `sub` in the `claims` parameter.
    pub subject: Option<UserId>,
    /// `login_hint`: a user name, an email address or a `sub`.
    pub login_hint: Option<String>,
}

impl Accounts {
    /// The active account.
    #[must_use]
    pub fn active(&self) -> Option<&ActiveSession> {
        self.active.as_ref().map(|account| &account.live)
    }

    /// All of them, the active one first.
    pub fn iter(&self) -> impl Iterator<Item = &ActiveSession> {
        self.active.iter().chain(&self.others).map(|account| &account.live)
    }

    /// Whether the browser is signed in to none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.active.is_none() && self.others.is_empty()
    }

    /// The account of that session.
    #[must_use]
    pub fn find(&self, session: &SessionId) -> Option<&ActiveSession> {
        self.iter().find(|live| live.session.id == *session)
    }

    /// The account of that user.
    #[must_use]
    pub fn find_user(&self, user: &UserId) -> Option<&ActiveSession> {
        self.iter().find(|live| live.user.id == *user)
    }

    /// The account that is meant. A hint at a user who is not signed in here means none: not the active one, who is
    /// somebody else.
    #[must_use]
    pub fn pick(&self, wish: &AccountWish) -> Option<&ActiveSession> {
        let chosen = wish.chosen.as_ref().and_then(|session| self.find(session));
        if let Some(own) = chosen.or_else(|| wish.signed_in.as_ref().and_then(|user| self.find_user(user))) {
            return Some(own);
        }
        if let Some(subject) = &wish.subject {
            return self.find_user(subject);
        }
        match &wish.login_hint {
            Some(hint) => self.iter().find(|live| is_hinted(&live.user, hint)),
            None => self.active(),
        }
    }

    /// Makes that session the active one; returns whether the browser has it.
    pub fn activate(&mut self, session: &SessionId) -> bool {
        let Some(account) = self.remove(session) else { return false };
        let before = self.active.replace(account);
        self.others.splice(0..0, before);
        true
    }

    /// Leaves that session out of the cookie. After the active one no other becomes it by itself.
    pub fn forget(&mut self, session: &SessionId) {
        self.remove(session);
    }

    /// What the session cookie is to hold; `None` when it is to be cleared.
    #[must_use]
    pub fn cookie_value(&self) -> Option<Secret<String>> {
        cookie_value(
            self.active.as_ref().map(|account| &account.value),
            self.others.iter().map(|account| &account.value).take(MAX_SESSIONS),
        )
    }

    fn remove(&mut self, session: &SessionId) -> Option<Account> {
        if let Some(active) = self.active.take_if(|active| active.live.session.id == *session) {
            return Some(active);
        }
        let place = self.others.iter().position(|other| other.live.session.id == *session)?;
        Some(self.others.remove(place))
    }
}

fn is_hinted(user: &User, hint: &str) -> bool {
    let key = IdentifierKey::of(hint);
    let names = [Some(user.username.as_str()), user.email.as_deref()];
    user.id.as_str() == hint || names.into_iter().flatten().any(|name| IdentifierKey::of(name) == key)
}
