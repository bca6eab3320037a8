//! What happens next to an authorization request: a code, a page, or an error. Pure rules, so that the first request,
//! its continuation and `prompt=none` cannot disagree.

use latchkey_auth::{
    AccountPrompt, Acr, AskedAcr, ConsentPrompt, ConsentState, Interaction, Requirement, Session, Sufficiency,
};
use latchkey_core::{UserId, UtcTime};
use latchkey_protocol::{AuthorizationDetails, ClaimsRequest, ErrorCode, OAuthError, Scope};
use latchkey_tenants::{Client, ConsentPolicy, SignUpPolicy};

use super::proceed::AUTHORIZATION_DETAILS;
use super::request::AuthorizationRequest;
use crate::rules::Outcome;

/// Everything that the decision rests on.
pub(crate) struct Situation<'a> {
    pub(crate) request: &'a AuthorizationRequest,
    /// What may be granted to this client at most.
    pub(crate) scope: &'a Scope,
    /// Which session will do.
    pub(crate) requirement: &'a Requirement,
    /// How the question of consent begins.
    pub(crate) consent: &'a ConsentState,
    /// The session that is meant, and what its user allowed this client before.
    pub(crate) session: Option<(&'a Session, &'a Scope)>,
    /// How many accounts the browser is signed in to.
    pub(crate) accounts: usize,
    /// Whether people may make accounts.
    pub(crate) sign_up: SignUpPolicy,
    /// The sign-in under way, when this is a continuation.
    pub(crate) interaction: Option<&'a Interaction>,
    /// What the tenant's access policies say about the session's user.
    pub(crate) policy: &'a Outcome,
    /// Whether the session lacks a second factor.
    pub(crate) sufficiency: Sufficiency,
    pub(crate) now: UtcTime,
}

/// What happens next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// A code is issued.
    Issue,
    /// The user signs in first.
    SignIn,
    /// The user makes an account first.
    SignUp,
    /// The user says first which account it is.
    ChooseAccount,
    /// The user proves a second factor, or sets one up.
    SecondFactor,
    /// The user does first what the gate asks for.
    RequiredAction,
    /// The user signs in once more, whatever session there is.
    StepUp,
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
        if let Outcome::Deny(description) = self.policy {
            return Next::Refuse(OAuthError::with_detail(ErrorCode::AccessDenied, description));
        }
        match (self.sufficiency, self.request.prompt.forbids_pages()) {
            (Sufficiency::FirstFactorRequired, true) => {
                return refuse(ErrorCode::LoginRequired, "the user must sign in otherwise");
            }
            (Sufficiency::FirstFactorRequired, false) => return Next::SignIn,
            (Sufficiency::SecondFactorRequired, true) => {
                return refuse(ErrorCode::InteractionRequired, "a second factor is required");
            }
            (Sufficiency::SecondFactorWanted, false) if self.has_declined() => {}
            (Sufficiency::SecondFactorRequired | Sufficiency::SecondFactorWanted, false) => return Next::SecondFactor,
            (Sufficiency::SecondFactorWanted, true) | (Sufficiency::Sufficient, _) => {}
        }
        if !has_essential_acr(&self.request.claims, &session.acr) {
            let reason = "the requested acr cannot be reached";
            return refuse(ErrorCode::UnmetAuthenticationRequirements, reason);
        }
        if let Outcome::StepUp(_) = self.policy {
            return self.step_up(session);
        }
        if self.is_allowed(&session.user_id, allowed_before) {
            return Next::Issue;
        }
        if self.request.prompt.forbids_pages() {
            return refuse(ErrorCode::ConsentRequired, "the user has not allowed this yet");
        }
        Next::Consent
    }

    fn has_declined(&self) -> bool {
        self.interaction.is_some_and(Interaction::has_declined)
    }

    fn accepts(&self, session: &Session) -> bool {
        match self.interaction {
            Some(interaction) => interaction.accepts(session, self.now),
            None => !self.request.prompt.demands_sign_in() && self.requirement.accepts(session, self.now),
        }
    }

    fn without_session(&self) -> Next {
        if self.request.prompt.forbids_pages() {
            if self.is_unclear() {
                let reason = "several accounts are signed in and none is selected";
                return refuse(ErrorCode::AccountSelectionRequired, reason);
            }
            return refuse(ErrorCode::LoginRequired, "the user must sign in");
        }
        // OpenID Connect Core §3.1.2.1, id_token_hint: it is somebody else, and the person said so.
        if self.is_said_to_be_another() {
            return refuse(ErrorCode::LoginRequired, "another user signed in than the one asked for");
        }
        // Who signed in here has something to do before there is a session.
        if self.interaction.is_some_and(Interaction::awaits_action) {
            return Next::RequiredAction;
        }
        match self.requirement.account {
            // The account is known, and its session will not do.
            _ if self.is_said() => Next::SignIn,
            // OpenID Connect Prompt Create §4.1; where people make no accounts they can only sign in.
            AccountPrompt::Create if self.sign_up == SignUpPolicy::Open => Next::SignUp,
            // Also when none is signed in: the page knows those that the browser remembers.
            AccountPrompt::Choose => Next::ChooseAccount,
            AccountPrompt::WhenUnclear if self.is_unclear() => Next::ChooseAccount,
            AccountPrompt::WhenUnclear | AccountPrompt::Create => Next::SignIn,
        }
    }

    /// A policy asks for another sign-in. Who has just signed in, and not reached what it asks for, will not by trying
    /// again (OpenID Connect Core Error Code unmet_authentication_requirements).
    fn step_up(&self, session: &Session) -> Next {
        if self.interaction.is_some_and(|interaction| interaction.has_signed_in(session)) {
            return refuse(
                ErrorCode::UnmetAuthenticationRequirements,
                "the sign-in that is required cannot be reached",
            );
        }
        if self.request.prompt.forbids_pages() {
            return refuse(ErrorCode::LoginRequired, "a newer or stronger sign-in is required");
        }
        Next::StepUp
    }

    /// Signed in, but with no active account and no word on which one is meant.
    fn is_unclear(&self) -> bool {
        let hinted = self.requirement.subject.is_some() || self.request.login_hint.is_some();
        self.session.is_none() && self.accounts > 0 && !hinted
    }

    /// Whether the person said, within the interaction, that it is this account.
    fn is_said(&self) -> bool {
        let said = self.interaction.zip(self.session);
        said.is_some_and(|(interaction, (session, _))| interaction.is_of_the_person(session))
    }

    fn is_said_to_be_another(&self) -> bool {
        let asked_for = self.requirement.subject.as_ref();
        let another = asked_for.zip(self.session).is_some_and(|(asked, (session, _))| *asked != session.user_id);
        another && self.is_said()
    }

    fn is_what_was_shown(&self, interaction: &Interaction) -> bool {
        let shown = interaction.authorization.get(AUTHORIZATION_DETAILS).filter(|shown| !shown.is_null());
        let asked = self.request.authorization_details.as_ref().map(AuthorizationDetails::to_value);
        self.scope.is_subset(&interaction.scope) && shown == asked.as_ref()
    }

    fn is_allowed(&self, user: &UserId, allowed_before: &Scope) -> bool {
        if self
            .interaction
            .is_some_and(|interaction| interaction.is_allowed_by(user) && self.is_what_was_shown(interaction))
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
        // RFC 9396 §12: what was allowed once in detail was allowed once.
        _ if request.authorization_details.is_some() => ConsentState::Asked { prompt: ConsentPrompt::Always },
        _ if request.prompt.demands_consent() => ConsentState::Asked { prompt: ConsentPrompt::Always },
        ConsentPolicy::Implied => ConsentState::NotAsked,
        ConsentPolicy::Remembered => ConsentState::Asked { prompt: ConsentPrompt::WhenMissing },
        ConsentPolicy::Always => ConsentState::Asked { prompt: ConsentPrompt::Always },
    }
}

/// OpenID Connect Core §5.5.1.1: an essential `acr` that is not met is a failed authentication.
pub(super) fn has_essential_acr(claims: &ClaimsRequest, acr: &str) -> bool {
    let Some(requested) = claims.id_token.find("acr").filter(|requested| requested.essential) else { return true };
    let mut accepted = requested.value.iter().chain(&requested.values).peekable();
    accepted.peek().is_none() || Acr::meets(accepted.filter_map(|value| value.as_str()), acr)
}

/// The class that the tokens name. OpenID Connect Core §5.5.1.1: of essential values it must be one, so a sign-in that
/// reached more names the strongest of them that it meets.
pub(super) fn told_acr(claims: &ClaimsRequest, reached: &str) -> String {
    let requested = claims.id_token.find("acr").filter(|requested| requested.essential);
    let values = requested.into_iter().flat_map(|requested| requested.value.iter().chain(&requested.values));
    let values: Vec<&str> = values.filter_map(|value| value.as_str()).collect();
    if values.contains(&reached) {
        return reached.to_owned();
    }
    let met = values.into_iter().filter_map(Acr::parse).filter(|acr| Some(*acr) <= Acr::parse(reached)).max();
    met.map_or_else(|| reached.to_owned(), |acr| acr.as_str().to_owned())
}

/// Which of our classes the client asks for, or a rule of the tenant.
pub(super) fn asked_acr(request: &AuthorizationRequest, policy: &Outcome) -> AskedAcr {
    let requested = request.claims.id_token.find("acr").filter(|requested| requested.essential);
    let values = requested.into_iter().flat_map(|requested| requested.value.iter().chain(&requested.values));
    let claimed = Acr::least_of(values.filter_map(|value| value.as_str()));
    let ruled = match policy {
        Outcome::StepUp(step_up) => Acr::least_of(step_up.acr_values.iter().map(String::as_str)),
        Outcome::Admit | Outcome::Deny(_) => None,
    };
    AskedAcr { essential: claimed.max(ruled), voluntary: Acr::least_of(request.acr_values.iter().map(String::as_str)) }
}

fn refuse(code: ErrorCode, description: &'static str) -> Next {
    Next::Refuse(OAuthError::new(code, description))
}

#[cfg(test)]
#[path = "decision/tests.rs"]
mod tests;
