//! A sign-in under way: kept in the short-lived store and bound to one browser.

use std::time::Duration;

use latchkey_core::{ClientId, InteractionId, Secret, SessionId, TokenHash, UserId, UtcTime};
use latchkey_protocol::Scope;
use serde::{Deserialize, Serialize};

use crate::authentication::{AwaitsAction, AwaitsSecondFactor};
use crate::{AccountWish, Acr, Session};

/// How long a person has to finish a sign-in.
pub(crate) const LIFETIME: Duration = Duration::from_secs(30 * 60);

/// The value of the cookie that tells one browser from another before anybody has signed in.
#[derive(Clone, Debug)]
pub struct BrowserBinding(Secret<String>);

impl BrowserBinding {
    /// Wraps the cookie's value: 256 random bits.
    #[must_use]
    pub fn new(value: Secret<String>) -> Self {
        Self(value)
    }

    /// The cookie's value.
    #[must_use]
    pub fn value(&self) -> &Secret<String> {
        &self.0
    }

    pub(crate) fn hash(&self) -> TokenHash {
        TokenHash::of(self.0.expose())
    }
}

/// Which session will do.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Requirement {
    /// `prompt=login`: the user must have authenticated then or later.
    pub fresh_after: Option<UtcTime>,
    /// `max_age`: how long ago the authentication may lie.
    pub max_age: Option<Duration>,
    /// `id_token_hint`, or `sub` in the `claims` parameter: who it must be.
    pub subject: Option<UserId>,
    /// Whether the person is asked for an account although one is signed in.
    #[serde(default)]
    pub account: AccountPrompt,
    /// The class that a sign-in for this request is to reach, if it can.
    #[serde(default)]
    pub acr: Option<Acr>,
    /// The class below which the request fails; what `acr` asks for beyond it is only wished for.
    #[serde(default)]
    pub essential_acr: Option<Acr>,
}

/// What a sign-in under way keeps to its end, whatever happens within it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Kept {
    /// The class that turned out to be needed once it was known who signs in.
    pub(crate) essential_acr: Option<Acr>,
    /// Whether the person does without the class that is only wished for.
    pub(crate) declined: bool,
    /// Whether the browser says that it could keep a passkey.
    pub can_make_passkeys: bool,
}

/// Whether the person is asked for an account although one is signed in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AccountPrompt {
    /// Only when it is not clear which one is meant.
    #[default]
    WhenUnclear,
    /// `prompt=select_account`: the person chooses one, or signs in.
    Choose,
    /// `prompt=create`: the person makes one, or signs in to or chooses one after all.
    Create,
}

/// Whether the consent page is to be shown although everything was allowed before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConsentPrompt {
    /// Only when something was not allowed before.
    WhenMissing,
    /// `prompt=consent`, or the client's policy.
    Always,
}

/// Where the question of consent stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConsentState {
    /// The tenant's own application: the question is not asked.
    NotAsked,
    /// To be asked.
    Asked {
        /// When.
        prompt: ConsentPrompt,
    },
    /// This user allowed these scopes; it means nothing for another user.
    Allowed {
        /// Who allowed.
        user: UserId,
        /// What.
        scope: Scope,
    },
    /// The user said no.
    Denied,
}

/// What a surface asks of a sign-in.
#[derive(Clone, Debug)]
pub struct NewInteraction {
    /// For which client.
    pub client_id: ClientId,
    /// The client's name, for the pages.
    pub client_name: String,
    /// What the client asks for.
    pub scope: Scope,
    /// Which session will do.
    pub requirement: Requirement,
    /// `login_hint`: fills the form.
    pub login_hint: Option<String>,
    /// `ui_locales`, best first.
    pub ui_locales: Vec<String>,
    /// Where the question of consent starts: `NotAsked` or `Asked`.
    pub consent: ConsentState,
    /// Path (and query) below the issuer where the browser goes when a step is done; `interaction={id}` is added to its query.
    pub continue_path: String,
    /// The surface's own request, opaque here.
    pub authorization: serde_json::Value,
}

/// A password that was right, within an interaction.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedIn {
    /// Who signed in.
    pub user_id: UserId,
    /// When: the session that came of it was authenticated then.
    pub at: UtcTime,
}

/// A sign-in under way.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Interaction {
    /// The id, in the address of its pages.
    pub id: InteractionId,
    /// For which client.
    pub client_id: ClientId,
    /// The client's name, for the pages.
    pub client_name: String,
    /// What the client asks for.
    pub scope: Scope,
    /// Which session will do.
    pub requirement: Requirement,
    /// `login_hint`: fills the form.
    pub login_hint: Option<String>,
    /// `ui_locales`, best first.
    pub ui_locales: Vec<String>,
    /// Where the question of consent stands.
    pub consent: ConsentState,
    /// Path and query below the issuer, `interaction={id}` included, where the browser goes when a step is done.
    pub continue_path: String,
    /// The surface's own request, opaque here.
    pub authorization: serde_json::Value,
    /// When it began.
    pub created_at: UtcTime,
    /// Who signed in within it, if anybody has.
    pub signed_in: Option<SignedIn>,
    /// The session that the person chose within it, if any.
    #[serde(default)]
    pub chosen: Option<SessionId>,
    /// Who has passed the first factor, and is asked for the second.
    #[serde(default)]
    pub(crate) pending: Option<AwaitsSecondFactor>,
    /// Who has passed every factor, and has something to do first.
    #[serde(default)]
    pub(crate) awaiting: Option<AwaitsAction>,
    /// What it keeps to its end.
    #[serde(default)]
    pub kept: Kept,
    pub(crate) browser: TokenHash,
}

impl Interaction {
    pub(crate) fn new(id: InteractionId, browser: TokenHash, request: NewInteraction, now: UtcTime) -> Self {
        let separator = if request.continue_path.contains('?') { '&' } else { '?' };
        Self {
            continue_path: format!("{}{separator}interaction={id}", request.continue_path),
            id,
            client_id: request.client_id,
            client_name: request.client_name,
            scope: request.scope,
            requirement: request.requirement,
            login_hint: request.login_hint,
            ui_locales: request.ui_locales,
            consent: request.consent,
            authorization: request.authorization,
            created_at: now,
            signed_in: None,
            chosen: None,
            pending: None,
            awaiting: None,
            kept: Kept::default(),
            browser,
        }
    }

    /// What happened within it.
    pub(crate) fn after(mut self, progress: Option<Progress>) -> Self {
        if let Some(progress) = progress {
            self.signed_in = progress.signed_in;
            self.chosen = progress.chosen;
            self.pending = progress.pending;
            self.awaiting = progress.awaiting;
            self.consent = progress.consent.unwrap_or(self.consent);
            self.kept = progress.kept;
            self.requirement.need(progress.kept);
        }
        self
    }

    /// Whether the session will do: new enough or of a sign-in within this interaction, and of the required user.
    ///
    /// A sign-in within it is what `prompt=login` and `max_age=0` ask for. It grows older than another `max_age` when
    /// the person takes that long over the next page.
    #[must_use]
    pub fn accepts(&self, session: &Session, now: UtcTime) -> bool {
        let requirement = &self.requirement;
        requirement.is_right_user(session)
            && requirement.is_young(session, now)
            && (self.has_signed_in(session) || requirement.is_fresh(session))
            && (requirement.account == AccountPrompt::WhenUnclear || self.is_of_the_person(session))
    }

    /// Whether the person said, within this interaction, that it is this account: by choosing it or by signing in.
    #[must_use]
    pub fn is_of_the_person(&self, session: &Session) -> bool {
        self.chosen.as_ref() == Some(&session.id) || self.has_signed_in(session)
    }

    /// Which of the browser's accounts goes on with it.
    #[must_use]
    pub fn account_wish(&self) -> AccountWish {
        AccountWish {
            chosen: self.chosen.clone(),
            signed_in: self.signed_in.as_ref().map(|signed_in| signed_in.user_id.clone()),
            subject: self.requirement.subject.clone(),
            login_hint: self.login_hint.clone(),
        }
    }

    /// Whether the session's user signed in to it within this interaction.
    #[must_use]
    pub fn has_signed_in(&self, session: &Session) -> bool {
        // The time, too: a sign-in that was recorded here but not written must not make an older session fresh.
        self.signed_in
            .as_ref()
            .is_some_and(|signed_in| signed_in.user_id == session.user_id && signed_in.at <= session.authenticated_at)
    }

    /// Whether the person does without the class that the application would only like to see.
    #[must_use]
    pub fn has_declined(&self) -> bool {
        self.kept.declined
    }

    /// Whether somebody has passed every factor within it and has something to do before there is a session.
    #[must_use]
    pub fn awaits_action(&self) -> bool {
        self.awaiting.is_some()
    }

    /// Whether the user has allowed, within this interaction, everything that the client asks for.
    #[must_use]
    pub fn is_allowed_by(&self, allowing: &UserId) -> bool {
        matches!(&self.consent, ConsentState::Allowed { user, scope } if user == allowing && self.scope.is_subset(scope))
    }
}

impl Requirement {
    /// Counts what turned out within the sign-in.
    pub(crate) fn need(&mut self, kept: Kept) {
        self.essential_acr = self.essential_acr.max(kept.essential_acr);
        self.acr = if kept.declined { self.essential_acr } else { self.acr.max(self.essential_acr) };
    }

    /// Whether the session will do, for a request that has no interaction yet (`prompt=none`).
    #[must_use]
    pub fn accepts(&self, session: &Session, now: UtcTime) -> bool {
        self.is_right_user(session)
            && self.is_young(session, now)
            && self.is_fresh(session)
            && self.account == AccountPrompt::WhenUnclear
    }

    fn is_right_user(&self, session: &Session) -> bool {
        self.subject.as_ref().is_none_or(|subject| *subject == session.user_id)
    }

    fn is_young(&self, session: &Session, now: UtcTime) -> bool {
        self.max_age.is_none_or(|max_age| max_age.is_zero() || now.since(session.authenticated_at) <= max_age)
    }

    fn is_fresh(&self, session: &Session) -> bool {
        // OpenID Connect Core §3.1.2.1: `max_age=0` is `prompt=login`.
        let demands_sign_in = self.max_age.is_some_and(|max_age| max_age.is_zero());
        // Strictly later: an authentication of the same instant came before the request that asks for a new one.
        !demands_sign_in && self.fresh_after.is_none_or(|fresh_after| session.authenticated_at > fresh_after)
    }
}

/// What happened within an interaction; kept beside it, so that a step that races with its end cannot revive it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Progress {
    pub(crate) signed_in: Option<SignedIn>,
    #[serde(default)]
    pub(crate) chosen: Option<SessionId>,
    pub(crate) consent: Option<ConsentState>,
    #[serde(default)]
    pub(crate) pending: Option<AwaitsSecondFactor>,
    #[serde(default)]
    pub(crate) awaiting: Option<AwaitsAction>,
    #[serde(default)]
    pub(crate) kept: Kept,
}

/// What the user answered on the consent page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConsentDecision {
    /// Allowed; of these scopes, those that the client asks for count.
    Allow(Scope),
    /// Refused.
    Deny,
}
