//! A security event: what happened to whom, by whom, from where. Nothing secret stands in one, and of who is unknown not even
//! the name that was typed.

use std::fmt;

use latchkey_core::{ClientId, SessionId, UserId};
use latchkey_storage::Json;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::EventKind;

/// How it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventOutcome {
    /// It was done.
    Success,
    /// It was refused.
    Failure,
}

impl EventOutcome {
    /// The outcome as it is stored.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Failure => "failure",
        }
    }
}

/// Who did it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Actor {
    /// Somebody who has not proved who they are.
    Anonymous,
    /// The user that the event is about.
    User,
    /// A client, by its own credentials.
    Client(ClientId),
    /// Who runs the server, at its command line or by its state file.
    Operator,
    /// The server itself.
    System,
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Anonymous => f.write_str("anonymous"),
            Self::User => f.write_str("user"),
            Self::Client(id) => write!(f, "client:{id}"),
            Self::Operator => f.write_str("operator"),
            Self::System => f.write_str("system"),
        }
    }
}

/// What is known of an event beside its columns.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EventDetails(Map<String, Value>);

impl EventDetails {
    /// The detail of that name.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }
}

impl From<Json<EventDetails>> for EventDetails {
    fn from(Json(details): Json<EventDetails>) -> Self {
        details
    }
}

/// An event that is to be recorded.
#[derive(Clone, Debug, PartialEq)]
pub struct SecurityEvent {
    pub(crate) kind: EventKind,
    pub(crate) outcome: EventOutcome,
    pub(crate) actor: Actor,
    pub(crate) user_id: Option<UserId>,
    pub(crate) client_id: Option<ClientId>,
    pub(crate) session_id: Option<SessionId>,
    pub(crate) address: Option<String>,
    pub(crate) user_agent: Option<String>,
    pub(crate) reason: Option<&'static str>,
    pub(crate) details: EventDetails,
}

impl SecurityEvent {
    /// Something that was done.
    #[must_use]
    pub fn success(kind: EventKind, actor: Actor) -> Self {
        Self {
            kind,
            outcome: EventOutcome::Success,
            actor,
            user_id: None,
            client_id: None,
            session_id: None,
            address: None,
            user_agent: None,
            reason: None,
            details: EventDetails::default(),
        }
    }

    /// Something that was refused; the reason is for operators, and no answer tells it.
    #[must_use]
    pub fn failure(kind: EventKind, actor: Actor, reason: &'static str) -> Self {
        Self { outcome: EventOutcome::Failure, reason: Some(reason), ..Self::success(kind, actor) }
    }

    /// What happened.
    #[must_use]
    pub fn kind(&self) -> EventKind {
        self.kind
    }

    /// The network address that it came from.
    #[must_use]
    pub fn address(&self) -> Option<&str> {
        self.address.as_deref()
    }

    /// The user that it is about.
    #[must_use]
    pub fn of(self, user: &UserId) -> Self {
        Self { user_id: Some(user.clone()), ..self }
    }

    /// The client that it happened at.
    #[must_use]
    pub fn at_client(self, client: &ClientId) -> Self {
        Self { client_id: Some(client.clone()), ..self }
    }

    /// The session that it is about, or that it happened in.
    #[must_use]
    pub fn in_session(self, session: &SessionId) -> Self {
        Self { session_id: Some(session.clone()), ..self }
    }

    /// The network address and the browser that it came from.
    #[must_use]
    pub fn from(self, address: String, user_agent: String) -> Self {
        Self { address: Some(address), user_agent: Some(user_agent), ..self }
    }

    /// One more detail; never a secret.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        self.details.0.insert(name.to_owned(), value.into());
        self
    }
}
