//! The authorization request: [RFC 6749 §4.1.1](https://www.rfc-editor.org/rfc/rfc6749#section-4.1.1), OpenID Connect
//! Core §3.1.2.1, RFC 7636 §4.3. Parameters that nobody knows are ignored; `claims_locales` is one that may be.

use std::time::Duration;

use latchkey_auth::AccountPrompt;
use latchkey_core::{ClientId, Secret};
use latchkey_protocol::{
    ClaimsRequest, CodeChallenge, CodeChallengeMethod, Display, ErrorCode, GrantType, OAuthError, Params, Prompt,
    ResponseMode, ResponseType, Scope,
};
use latchkey_tenants::{Client, PkceRule};

use crate::capabilities::{PROMPTS, RESPONSE_MODES};

/// More languages than this in one request help nobody.
const MAX_LOCALES: usize = 20;

/// Every parameter that is looked at; the rest is dropped before a request is kept.
const PARAMETERS: [&str; 20] = [
    "client_id",
    "redirect_uri",
    "state",
    "response_mode",
    "response_type",
    "scope",
    "nonce",
    "code_challenge",
    "code_challenge_method",
    "prompt",
    "max_age",
    "login_hint",
    "id_token_hint",
    "ui_locales",
    "claims",
    "acr_values",
    "display",
    "request",
    "request_uri",
    "registration",
];

/// The request as a query with the parameters that count: what is kept while the user signs in, and read again after.
pub(crate) fn canonical_query(params: &Params) -> String {
    let known = PARAMETERS.into_iter().filter_map(|name| params.peek(name).map(|value| (name, value)));
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(known).finish()
}

/// A valid request of a known client; where its answer goes stands in the response target.
#[derive(Clone, Debug)]
pub(crate) struct AuthorizationRequest {
    /// What is asked for; what may be granted is decided later.
    pub(crate) scope: Scope,
    /// To be repeated in the ID token.
    pub(crate) nonce: Option<String>,
    /// RFC 7636.
    pub(crate) code_challenge: Option<CodeChallenge>,
    /// Which pages may, or must, be shown.
    pub(crate) prompt: Prompts,
    /// How long ago the user may have authenticated.
    pub(crate) max_age: Option<Duration>,
    /// What to fill the form with.
    pub(crate) login_hint: Option<String>,
    /// An ID token of the user that the client expects, not yet verified.
    pub(crate) unverified_id_token_hint: Option<Secret<String>>,
    /// Languages, best first.
    pub(crate) ui_locales: Vec<String>,
    /// Individual claims.
    pub(crate) claims: ClaimsRequest,
    /// Authentication contexts, best first: a wish, for the answer says what was reached (OpenID Connect Core §3.1.2.1).
    pub(crate) acr_values: Vec<String>,
}

/// The members of `prompt`; `none` never stands beside another.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Prompts(Vec<Prompt>);

impl Prompts {
    /// Whether no page may be shown.
    pub(crate) fn forbids_pages(&self) -> bool {
        self.0.contains(&Prompt::None)
    }

    /// Whether the user must authenticate anew.
    pub(crate) fn demands_sign_in(&self) -> bool {
        self.0.contains(&Prompt::Login)
    }

    /// Whether the user is asked for an account although one is signed in: to make one, or to choose one.
    pub(crate) fn account(&self) -> AccountPrompt {
        if self.0.contains(&Prompt::Create) {
            AccountPrompt::Create
        } else if self.0.contains(&Prompt::SelectAccount) {
            AccountPrompt::Choose
        } else {
            AccountPrompt::WhenUnclear
        }
    }

    /// Whether the user must be asked again.
    pub(crate) fn demands_consent(&self) -> bool {
        self.0.contains(&Prompt::Consent)
    }

    fn parse(text: &str) -> Result<Self, OAuthError> {
        let known = |word: &str| word.parse().ok().filter(|prompt| PROMPTS.contains(prompt));
        let prompts: Option<Vec<Prompt>> = words(text).map(known).collect();
        let prompts = prompts.ok_or(OAuthError::invalid_request("unknown prompt"))?;
        if prompts.contains(&Prompt::None) && prompts.len() > 1 {
            return Err(OAuthError::invalid_request("prompt none stands alone"));
        }
        Ok(Self(prompts))
    }
}

/// Who asks and where the answer is to go, before any of it was checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct UnverifiedTarget {
    /// Who the client claims to be; `None` when that is no client id at all.
    pub(crate) client_id: Option<ClientId>,
    /// Where it wants the answer.
    pub(crate) redirect_uri: Option<String>,
    /// To be repeated exactly.
    pub(crate) state: Option<String>,
    /// How the answer travels; an unknown mode is an error that travels in the default one.
    pub(crate) response_mode: Result<ResponseMode, OAuthError>,
}

impl UnverifiedTarget {
    /// Takes the parameters that decide where an answer, even an error, goes.
    pub(crate) fn parse(params: &mut Params) -> Self {
        let response_mode = params.optional("response_mode").map_or(Ok(ResponseMode::Query), |mode| {
            let known = mode.parse().ok().filter(|mode| RESPONSE_MODES.contains(mode));
            known.ok_or(OAuthError::invalid_request("unknown response_mode"))
        });
        Self {
            client_id: params.optional("client_id").and_then(|id| id.parse().ok()),
            redirect_uri: params.optional("redirect_uri"),
            state: params.optional("state"),
            response_mode,
        }
    }
}

impl AuthorizationRequest {
    /// Parses what remains once the target is known and checks it against the client's policy.
    pub(crate) fn parse(mut params: Params, client: &Client) -> Result<Self, OAuthError> {
        refuse_unsupported(&params)?;
        require_code(&mut params, client)?;
        let display = params.optional("display").map(|display| display.parse::<Display>());
        if matches!(display, Some(Err(_))) {
            return Err(OAuthError::invalid_request("unknown display"));
        }
        Ok(Self {
            scope: parse_scope(&mut params)?,
            nonce: params.optional("nonce"),
            code_challenge: parse_code_challenge(&mut params, client)?,
            prompt: params.optional("prompt").map_or(Ok(Prompts::default()), |text| Prompts::parse(&text))?,
            max_age: params.optional("max_age").map(|text| parse_max_age(&text)).transpose()?,
            login_hint: params.optional("login_hint"),
            unverified_id_token_hint: params.optional("id_token_hint").map(Secret::new),
            ui_locales: parse_locales(params.optional("ui_locales")),
            claims: params.optional("claims").map_or(Ok(ClaimsRequest::default()), |text| parse_claims(&text))?,
            acr_values: words(&params.optional("acr_values").unwrap_or_default()).map(str::to_owned).collect(),
        })
    }

    /// Whether an authentication of that class is not what the client wished for.
    pub(crate) fn misses_acr_values(&self, acr: &str) -> bool {
        !self.acr_values.is_empty() && self.acr_values.iter().all(|wished| wished != acr)
    }
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(' ').filter(|word| !word.is_empty())
}

/// OpenID Connect Core §3.1.2.6: what is not supported is refused, not ignored: the object could ask for less.
fn refuse_unsupported(params: &Params) -> Result<(), OAuthError> {
    let unsupported = [
        ("request", ErrorCode::RequestNotSupported, "request objects are not supported"),
        ("request_uri", ErrorCode::RequestUriNotSupported, "request_uri is not supported"),
        ("registration", ErrorCode::RegistrationNotSupported, "registration is not supported"),
    ];
    match unsupported.into_iter().find(|(name, ..)| params.peek(name).is_some()) {
        Some((_, code, description)) => Err(OAuthError::new(code, description)),
        None => Ok(()),
    }
}

fn require_code(params: &mut Params, client: &Client) -> Result<(), OAuthError> {
    match params.required("response_type")?.parse() {
        Ok(ResponseType::Code) if client.may_use_grant(GrantType::AuthorizationCode) => Ok(()),
        Ok(ResponseType::Code) => {
            Err(OAuthError::new(ErrorCode::UnauthorizedClient, "the client may not use the authorization code grant"))
        }
        _ => Err(OAuthError::new(ErrorCode::UnsupportedResponseType, "the only response_type is code")),
    }
}

fn parse_scope(params: &mut Params) -> Result<Scope, OAuthError> {
    let refused = || OAuthError::new(ErrorCode::InvalidScope, "scope is missing or malformed");
    params.optional("scope").and_then(|text| Scope::parse(&text)).filter(|scope| !scope.is_empty()).ok_or_else(refused)
}

fn parse_code_challenge(params: &mut Params, client: &Client) -> Result<Option<CodeChallenge>, OAuthError> {
    let method = params.optional("code_challenge_method");
    match (params.optional("code_challenge"), method.map(|method| method.parse::<CodeChallengeMethod>())) {
        (Some(challenge), Some(Ok(CodeChallengeMethod::S256))) => CodeChallenge::parse(&challenge)
            .map(Some)
            .ok_or(OAuthError::invalid_request("code_challenge is not the base64url of a SHA-256")),
        // RFC 7636 §4.3: the default is plain, which protects nothing.
        (Some(_), _) => Err(OAuthError::invalid_request("code_challenge_method must be S256")),
        (None, Some(_)) => Err(OAuthError::invalid_request("code_challenge is missing")),
        (None, None) if client.rules().pkce == PkceRule::Required => {
            Err(OAuthError::invalid_request("code_challenge is required (PKCE, RFC 7636)"))
        }
        (None, None) => Ok(None),
    }
}

fn parse_max_age(text: &str) -> Result<Duration, OAuthError> {
    let refused = OAuthError::invalid_request("max_age is not a number of seconds");
    if !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(refused);
    }
    text.parse().map(Duration::from_secs).map_err(|_| refused)
}

/// Tags that are no language tags are ignored, as OpenID Connect Core §3.1.2.1 asks.
fn parse_locales(text: Option<String>) -> Vec<String> {
    let is_tag = |tag: &&str| {
        tag.split('-').all(|part| (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric()))
    };
    text.unwrap_or_default().split(' ').filter(is_tag).take(MAX_LOCALES).map(str::to_owned).collect()
}

fn parse_claims(text: &str) -> Result<ClaimsRequest, OAuthError> {
    ClaimsRequest::parse(text).map_err(|error| OAuthError::with_detail(ErrorCode::InvalidRequest, &error.to_string()))
}

#[cfg(test)]
#[path = "request/tests.rs"]
mod tests;
