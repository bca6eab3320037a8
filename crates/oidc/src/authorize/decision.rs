//! What happens next to an authorization request: a code, a page, or an error. Pure rules, so that the first request,
//! its continuation and `prompt=none` cannot disagree.

use latchkey_auth::{ConsentPrompt, ConsentState, Interaction, Requirement, Session};
use latchkey_core::{UserId, UtcTime};
use latchkey_protocol::{ClaimsRequest, ErrorCode, OAuthError, Scope};
use latchkey_tenants::{Client, ConsentPolicy};

use super::request::AuthorizationRequest;

/// Everything that the decision rests on.
pub(crate) struct Situation<'a> {
    pub(crate) request: &'a AuthorizationRequest,
    /// What may be granted to this client at most.
    pub(crate) scope: &'a Scope,
    /// Which session will do.
    pub(crate) requirement: &'a Requirement,
    /// How the question of consent begins.
    pub(crate) consent: &'a ConsentState,
    /// The browser's session, and what its user allowed this client before.
    pub(crate) session: Option<(&'a Session, &'a Scope)>,
    /// The sign-in under way, when this is a continuation.
    pub(crate) interaction: Option<&'a Interaction>,
    pub(crate) now: UtcTime,
}

/// What happens next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// A code is issued.
    Issue,
    /// The user signs in first.
    SignIn,
    /// The user is asked first.
    Consent,
    /// The client gets an error.
    Refuse(OAuthError),
}

impl Situation<'_> {
    /// Applies the rules of OpenID Connect Core §3.1.2.3 to §3.1.2.6.
    pub(crate) fn decide(&self) -> Next {
        if self.interaction.is_some_and(|interaction| interaction.consent == ConsentState::Denied) {
            return refuse(ErrorCode::AccessDenied, "the user denied the request");
        }
        let Some((session, allowed_before)) = self.session.filter(|(session, _)| self.accepts(session)) else {
            return self.without_session();
        };
        if !has_essential_acr(&self.request.claims, &session.acr) {
            let reason = "the requested acr cannot be reached";
            return refuse(ErrorCode::UnmetAuthenticationRequirements, reason);
        }
        if self.is_allowed(&session.user_id, allowed_before) {
            return Next::Issue;
        }
        if self.request.prompt.forbids_pages() {
            return refuse(ErrorCode::ConsentRequired, "the user has not allowed this yet");
        }
        Next::Consent
    }

    fn accepts(&self, session: &Session) -> bool {
        match self.interaction {
            Some(interaction) => interaction.accepts(session, self.now),
            None => !self.request.prompt.demands_sign_in() && self.requirement.accepts(session, self.now),
        }
    }

    fn without_session(&self) -> Next {
        if self.request.prompt.forbids_pages() {
            return refuse(ErrorCode::LoginRequired, "the user must sign in");
        }
        // OpenID Connect Core §3.1.2.1, id_token_hint: signed in, but as somebody else.
        if self.signed_in_as_another() {
            return refuse(ErrorCode::LoginRequired, "another user signed in than the one asked for");
        }
        Next::SignIn
    }

    fn signed_in_as_another(&self) -> bool {
        match (self.interaction, self.session) {
            (Some(interaction), Some((session, _))) => {
                interaction.has_signed_in(session)
                    && interaction.requirement.subject.as_ref().is_some_and(|subject| *subject != session.user_id)
            }
            _ => false,
        }
    }

    fn is_allowed(&self, user: &UserId, allowed_before: &Scope) -> bool {
        if self
            .interaction
            .is_some_and(|interaction| interaction.is_allowed_by(user) && self.scope.is_subset(&interaction.scope))
        {
            return true;
        }
        match self.consent {
            ConsentState::NotAsked => true,
            ConsentState::Asked { prompt: ConsentPrompt::WhenMissing } => self.scope.is_subset(allowed_before),
            ConsentState::Asked { prompt: ConsentPrompt::Always } | ConsentState::Denied => false,
            ConsentState::Allowed { .. } => false,
        }
    }
}

/// How the question of consent begins, by the request and the client's policy.
pub(crate) fn initial_consent(request: &AuthorizationRequest, client: &Client) -> ConsentState {
    match client.metadata.consent {
        _ if request.prompt.demands_consent() => ConsentState::Asked { prompt: ConsentPrompt::Always },
        ConsentPolicy::Implied => ConsentState::NotAsked,
        ConsentPolicy::Remembered => ConsentState::Asked { prompt: ConsentPrompt::WhenMissing },
        ConsentPolicy::Always => ConsentState::Asked { prompt: ConsentPrompt::Always },
    }
}

/// OpenID Connect Core §5.5.1.1: an essential `acr` that is not met is a failed authentication.
fn has_essential_acr(claims: &ClaimsRequest, acr: &str) -> bool {
    let Some(requested) = claims.id_token.find("acr").filter(|requested| requested.essential) else { return true };
    let mut accepted = requested.value.iter().chain(&requested.values).peekable();
    accepted.peek().is_none() || accepted.any(|value| value.as_str() == Some(acr))
}

fn refuse(code: ErrorCode, description: &'static str) -> Next {
    Next::Refuse(OAuthError::new(code, description))
}

#[cfg(test)]
#[path = "decision/tests.rs"]
mod tests;
