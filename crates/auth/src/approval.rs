//! What a user answers, in one place, to a request that waits in another: a device's, or one of CIBA.

use latchkey_core::{SessionId, UserId, UtcTime};
use serde::{Deserialize, Serialize};

use crate::ActiveSession;

/// Who said yes, and how they had signed in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    /// Who.
    pub user_id: UserId,
    /// In which session.
    pub session_id: SessionId,
    /// When the user authenticated.
    pub authenticated_at: UtcTime,
    /// How (RFC 8176).
    pub amr: Vec<String>,
    /// The authentication context class that was reached.
    pub acr: String,
    /// When the user said yes; none where an earlier release kept it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approved_at: Option<UtcTime>,
}

impl Approval {
    fn by(active: &ActiveSession, now: UtcTime) -> Self {
        let session = &active.session;
        Self {
            user_id: active.user.id.clone(),
            session_id: session.id.clone(),
            authenticated_at: session.authenticated_at,
            amr: session.amr.clone(),
            acr: session.acr.clone(),
            approved_at: Some(now),
        }
    }
}

/// What the user says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Yes.
    Approve,
    /// No.
    Deny,
}

/// The answer as it is kept; the first one counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Decision {
    Approved(Approval),
    Denied,
}

impl Decision {
    pub(crate) fn new(answer: Answer, active: &ActiveSession, now: UtcTime) -> Self {
        match answer {
            Answer::Approve => Self::Approved(Approval::by(active, now)),
            Answer::Deny => Self::Denied,
        }
    }
}

/// What became of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answered {
    /// It counts.
    Recorded,
    /// The request is unknown, over, or was answered before.
    TooLate,
}

/// What a client that asks about its request is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Polled<R> {
    /// The user has not answered.
    Pending,
    /// The user has not answered, and the client asks too often: it must wait five seconds longer from now on.
    TooFast,
    /// The user said yes. Told once.
    Approved {
        /// What was asked.
        request: R,
        /// Who said yes.
        approval: Box<Approval>,
    },
    /// The user said no.
    Denied,
    /// The user did not answer in time.
    Expired,
    /// Never issued to this client by this tenant, or its tokens were given out.
    Unknown,
}
