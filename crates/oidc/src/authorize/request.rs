//! The authorization request: [RFC 6749 §4.1.1](https://www.rfc-editor.org/rfc/rfc6749#section-4.1.1), OpenID Connect
//! Core §3.1.2.1, RFC 7636 §4.3. Parameters that nobody knows are ignored; `claims_locales` is one that may be.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use latchkey_auth::{AccountPrompt, Acr};
use latchkey_core::{ClientId, Secret};
use latchkey_protocol::{
    AuthorizationDetails, ClaimsRequest, CodeChallenge, CodeChallengeMethod, Display, ErrorCode, OAuthError, Params,
    Prompt, ResponseMode, ResponseType, Scope,
};
use latchkey_tenants::{Client, PkceRule, SenderConstraint};

use super::kept::Origin;
use crate::asked::Asked;
use crate::capabilities::{PROMPTS, RESPONSE_MODES, RESPONSE_TYPES};

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
    "registration",
    "dpop_jkt",
    "authorization_details",
];

/// The request as a query with the parameters that count: what is kept while the user signs in, and read again after.
pub(crate) fn canonical_query(params: &Params) -> String {
    let known = PARAMETERS.into_iter().filter_map(|name| params.peek(name).map(|value| (name, value)));
    let known = known.chain(params.peek_all("resource").iter().map(|value| ("resource", value.as_str())));
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(known).finish()
}

/// A valid request of a known client; where its answer goes stands in the response target.
#[derive(Clone, Debug)]
pub(crate) struct AuthorizationRequest {
    /// What is answered with.
    pub(crate) response_type: ResponseType,
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
    /// The DPoP key that the code is bound to, RFC 9449 §10.
    pub(crate) dpop_jkt: Option<String>,
    /// The resource servers that it names, RFC 8707 §2.1.
    pub(crate) unverified_resources: Vec<String>,
    /// What is asked for in detail, RFC 9396 §2; checked against the types of the resource servers later.
    pub(crate) authorization_details: Option<AuthorizationDetails>,
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
    /// How the answer travels; a mode that is unknown or not for this answer is an error that travels in the default one.
    pub(crate) response_mode: Result<ResponseMode, OAuthError>,
    /// How an answer of this response type travels by default.
    pub(crate) default_mode: ResponseMode,
}

impl UnverifiedTarget {
    /// Takes the parameters that decide where an answer, even an error, goes.
    pub(crate) fn parse(params: &mut Params) -> Self {
        let response_type = params.peek("response_type").and_then(|text| text.parse::<ResponseType>().ok());
        let response_type = response_type.unwrap_or(ResponseType::Code);
        let mode = params.optional("response_mode");
        Self {
            default_mode: response_type.default_mode(),
            response_mode: parse_response_mode(mode.as_deref(), response_type),
            client_id: params.optional("client_id").and_then(|id| id.parse().ok()),
            redirect_uri: params.optional("redirect_uri"),
            state: params.optional("state"),
        }
    }
}

impl AuthorizationRequest {
    /// What it asks the user for.
    pub(crate) fn asked(&self) -> Asked<'_> {
        let (unverified_resources, unverified_details) =
            (&self.unverified_resources, self.authorization_details.as_ref());
        Asked { scope: &self.scope, unverified_resources, unverified_details }
    }

    /// Parses what remains once the target is known and checks it against the client's policy.
    pub(crate) fn parse(mut params: Params, client: &Client, origin: &Origin) -> Result<Self, OAuthError> {
        refuse_unsupported(&params)?;
        let response_type = parse_response_type(&mut params, client)?;
        let nonce = params.optional("nonce");
        // OpenID Connect Core §3.2.2.1 and §3.3.2.11: such an ID token has no code that binds it to the request.
        if response_type.has_id_token() && nonce.is_none() {
            return Err(OAuthError::invalid_request("the parameter nonce is missing"));
        }
        let display = params.optional("display").map(|display| display.parse::<Display>());
        if matches!(display, Some(Err(_))) {
            return Err(OAuthError::invalid_request("unknown display"));
        }
        let authorization_details = AuthorizationDetails::parse_optional(params.optional("authorization_details"))?;
        let needs_pkce = response_type.has_code() && needs_pkce(client, origin);
        Ok(Self {
            response_type,
            scope: parse_scope(&mut params, response_type, authorization_details.as_ref())?,
            nonce,
            code_challenge: parse_code_challenge(&mut params, needs_pkce)?,
            prompt: params.optional("prompt").map_or(Ok(Prompts::default()), |text| Prompts::parse(&text))?,
            max_age: parse_max_age(&mut params, client)?,
            login_hint: params.optional("login_hint"),
            unverified_id_token_hint: params.optional("id_token_hint").map(Secret::new),
            ui_locales: parse_locales(params.optional("ui_locales")),
            claims: params.optional("claims").map_or(Ok(ClaimsRequest::default()), |text| parse_claims(&text))?,
            acr_values: parse_acr_values(&mut params, client),
            dpop_jkt: parse_dpop_jkt(&mut params)?,
            unverified_resources: params.all("resource"),
            authorization_details,
        })
    }

    /// Whether an authentication of that class is not what the client wished for.
    pub(crate) fn misses_acr_values(&self, acr: &str) -> bool {
        !self.acr_values.is_empty() && !Acr::meets(self.acr_values.iter().map(String::as_str), acr)
    }
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(' ').filter(|word| !word.is_empty())
}

/// OpenID Connect Core §3.1.2.6: what is not supported is refused, not ignored: the object could ask for less.
fn refuse_unsupported(params: &Params) -> Result<(), OAuthError> {
    match params.peek("registration") {
        Some(_) => Err(OAuthError::new(ErrorCode::RegistrationNotSupported, "registration is not supported")),
        None => Ok(()),
    }
}

fn parse_response_mode(mode: Option<&str>, response_type: ResponseType) -> Result<ResponseMode, OAuthError> {
    let Some(mode) = mode else { return Ok(response_type.default_mode()) };
    let known = mode.parse().ok().filter(|mode| RESPONSE_MODES.contains(mode));
    let mode = response_type.resolve_mode(known.ok_or(OAuthError::invalid_request("unknown response_mode"))?);
    // Multiple Response Types §3, JARM §2.3.1: tokens in a query end up in logs.
    if response_type != ResponseType::Code && mode.is_in_query() {
        return Err(OAuthError::invalid_request("this response_type is not answered in the query"));
    }
    Ok(mode)
}

fn parse_response_type(params: &mut Params, client: &Client) -> Result<ResponseType, OAuthError> {
    let known = params.required("response_type")?.parse().ok();
    let rules = client.rules();
    let offered = |response_type: &ResponseType| {
        RESPONSE_TYPES.contains(response_type) && rules.response_types.contains(response_type)
    };
    let unsupported = || OAuthError::new(ErrorCode::UnsupportedResponseType, "this response_type is not offered");
    let response_type = known.filter(offered).ok_or_else(unsupported)?;
    if !client.may_use_response_type(response_type) {
        let reason = "the client is not registered for this response_type";
        return Err(OAuthError::new(ErrorCode::UnauthorizedClient, reason));
    }
    // No key is proved here that the token could be bound to.
    if response_type.has_token() && rules.sender_constraint == SenderConstraint::Required {
        return Err(unsupported());
    }
    Ok(response_type)
}

fn parse_scope(
    params: &mut Params,
    response_type: ResponseType,
    details: Option<&AuthorizationDetails>,
) -> Result<Scope, OAuthError> {
    let refused = || OAuthError::new(ErrorCode::InvalidScope, "scope is missing or malformed");
    let scope = match (params.optional("scope"), details) {
        // RFC 9396 §3: details may stand alone.
        (None, Some(_)) => Scope::default(),
        (text, _) => text.and_then(|text| Scope::parse(&text)).filter(|scope| !scope.is_empty()).ok_or_else(refused)?,
    };
    if response_type.has_id_token() && !scope.contains("openid") {
        return Err(OAuthError::new(ErrorCode::InvalidScope, "an ID token needs the scope openid"));
    }
    // OpenID Connect Core §11: nothing comes here that could be refreshed.
    if response_type.has_code() { Ok(scope) } else { Ok(scope.iter().filter(|s| *s != "offline_access").collect()) }
}

fn needs_pkce(client: &Client, origin: &Origin) -> bool {
    match client.rules().pkce {
        PkceRule::Required => true,
        PkceRule::RequiredWhenPushed => origin.is_pushed(),
        PkceRule::Optional => false,
    }
}

/// RFC 9449 §10: the SHA-256 thumbprint of a JWK.
fn parse_dpop_jkt(params: &mut Params) -> Result<Option<String>, OAuthError> {
    let Some(thumbprint) = params.optional("dpop_jkt") else { return Ok(None) };
    let well_formed = URL_SAFE_NO_PAD.decode(&thumbprint).is_ok_and(|digest| digest.len() == 32);
    if well_formed { Ok(Some(thumbprint)) } else { Err(OAuthError::invalid_request("dpop_jkt is no JWK thumbprint")) }
}

/// OpenID Connect Dynamic Client Registration §2: `default_acr_values`.
fn parse_acr_values(params: &mut Params, client: &Client) -> Vec<String> {
    match params.optional("acr_values") {
        Some(text) => words(&text).map(str::to_owned).collect(),
        None => client.metadata.default_acr_values.clone(),
    }
}

fn parse_code_challenge(params: &mut Params, required: bool) -> Result<Option<CodeChallenge>, OAuthError> {
    let method = params.optional("code_challenge_method");
    match (params.optional("code_challenge"), method.map(|method| method.parse::<CodeChallengeMethod>())) {
        (Some(challenge), Some(Ok(CodeChallengeMethod::S256))) => CodeChallenge::parse(&challenge)
            .map(Some)
            .ok_or(OAuthError::invalid_request("code_challenge is not the base64url of a SHA-256")),
        // RFC 7636 §4.3: the default is plain, which protects nothing.
        (Some(_), _) => Err(OAuthError::invalid_request("code_challenge_method must be S256")),
        (None, Some(_)) => Err(OAuthError::invalid_request("code_challenge is missing")),
        (None, None) if required => Err(OAuthError::invalid_request("code_challenge is required (PKCE, RFC 7636)")),
        (None, None) => Ok(None),
    }
}

/// OpenID Connect Dynamic Client Registration §2: `default_max_age` counts where the request has none.
fn parse_max_age(params: &mut Params, client: &Client) -> Result<Option<Duration>, OAuthError> {
    let Some(text) = params.optional("max_age") else {
        return Ok(client.metadata.default_max_age.map(Duration::from_secs));
    };
    let refused = OAuthError::invalid_request("max_age is not a number of seconds");
    if !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(refused);
    }
    text.parse().map(|seconds| Some(Duration::from_secs(seconds))).map_err(|_| refused)
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
