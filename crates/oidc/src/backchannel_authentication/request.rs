//! The parameters of a request, OpenID Connect CIBA Core §7.1.

use std::time::Duration;

use latchkey_auth::MAX_EXPIRY_SECONDS;
use latchkey_core::Secret;
use latchkey_protocol::{AuthorizationDetails, ErrorCode, OAuthError, Params, Scope};
use serde_json::{Map, Value};

use crate::asked::Asked;

const DEFAULT_EXPIRY_SECONDS: u64 = 300;
const MAX_BINDING_MESSAGE_CHARS: usize = 128;
/// §7.1: "the length of the token MUST NOT exceed 1024 characters".
const MAX_NOTIFICATION_TOKEN: usize = 1_024;

/// Every parameter that is read; one that stands beside a signed request must not be among these (§7.1.1).
pub(super) const NAMES: [&str; 12] = [
    "scope",
    "client_notification_token",
    "acr_values",
    "login_hint_token",
    "id_token_hint",
    "login_hint",
    "binding_message",
    "user_code",
    "requested_expiry",
    "request_context",
    "resource",
    "authorization_details",
];

/// Where the parameters come from: the form, or the claims of a signed request.
pub(super) enum Source {
    /// The form.
    Form(Params),
    /// Verified claims.
    Claims(Map<String, Value>),
}

/// A request in order, whose hint is not verified yet.
#[derive(Clone, Debug)]
pub(super) struct AuthenticationRequest {
    pub(super) scope: Scope,
    /// RFC 8707 §2.
    unverified_resources: Vec<String>,
    /// RFC 9396 §2.
    pub(super) unverified_details: Option<AuthorizationDetails>,
    pub(super) hint: HintParams,
    pub(super) binding_message: Option<String>,
    pub(super) expiry: Duration,
    pub(super) client_notification_token: Option<Secret<String>>,
}

/// The one hint of a request.
#[derive(Clone, Debug)]
pub(super) enum HintParams {
    Login(String),
    IdToken(Secret<String>),
}

impl Source {
    fn text(&mut self, name: &'static str) -> Result<Option<String>, OAuthError> {
        match self {
            Self::Form(params) => Ok(params.optional(name)),
            Self::Claims(claims) => match claims.remove(name) {
                None | Some(Value::Null) => Ok(None),
                Some(Value::String(text)) => Ok(Some(text).filter(|text| !text.is_empty())),
                // The one parameter that has a number for a value (§7.1.1 shows it as either).
                Some(Value::Number(number)) if name == "requested_expiry" => Ok(Some(number.to_string())),
                Some(_) => Err(OAuthError::with_detail(ErrorCode::InvalidRequest, &format!("{name} must be a string"))),
            },
        }
    }

    /// One or several (RFC 8707 §2): among claims, a text or a list of texts.
    fn resources(&mut self) -> Result<Vec<String>, OAuthError> {
        let claims = match self {
            Self::Form(params) => return Ok(params.all("resource")),
            Self::Claims(claims) => claims,
        };
        let refused = || OAuthError::invalid_request("resource must be a string or a list of strings");
        match claims.remove("resource") {
            None | Some(Value::Null) => Ok(Vec::new()),
            Some(Value::String(resource)) => Ok(vec![resource]),
            Some(Value::Array(resources)) => {
                let text = |resource: Value| resource.as_str().map(str::to_owned).ok_or_else(refused);
                resources.into_iter().map(text).collect()
            }
            Some(_) => Err(refused()),
        }
    }

    /// A JSON value: in a form its text, among claims itself or, as some write it, its text.
    fn json(&mut self, name: &'static str) -> Option<String> {
        match self {
            Self::Form(params) => params.optional(name),
            Self::Claims(claims) => match claims.remove(name)? {
                Value::Null => None,
                Value::String(text) => Some(text).filter(|text| !text.is_empty()),
                value => Some(value.to_string()),
            },
        }
    }
}

impl AuthenticationRequest {
    /// What it asks the user for.
    pub(super) fn asked(&self) -> Asked<'_> {
        let (unverified_resources, unverified_details) = (&self.unverified_resources, self.unverified_details.as_ref());
        Asked { scope: &self.scope, unverified_resources, unverified_details }
    }

    pub(super) fn parse(mut source: Source) -> Result<Self, OAuthError> {
        let scope = source.text("scope")?.ok_or_else(|| OAuthError::invalid_request("scope is missing"))?;
        let malformed = || OAuthError::new(ErrorCode::InvalidScope, "the scope is malformed");
        Ok(Self {
            scope: Scope::parse(&scope).ok_or_else(malformed)?,
            unverified_resources: source.resources()?,
            unverified_details: AuthorizationDetails::parse_optional(source.json("authorization_details"))?,
            hint: parse_hint(&mut source)?,
            binding_message: source.text("binding_message")?.map(check_binding_message).transpose()?,
            expiry: parse_expiry(source.text("requested_expiry")?)?,
            client_notification_token: source
                .text("client_notification_token")?
                .map(check_notification_token)
                .transpose()?,
        })
    }
}

/// §7.1: "It is RECOMMENDED that ... exactly one of these hints", §7.2 makes it a must.
fn parse_hint(source: &mut Source) -> Result<HintParams, OAuthError> {
    let token = source.text("login_hint_token")?;
    let id_token = source.text("id_token_hint")?;
    let login = source.text("login_hint")?;
    match (token, id_token, login) {
        (None, Some(id_token), None) => Ok(HintParams::IdToken(Secret::new(id_token))),
        (None, None, Some(login)) => Ok(HintParams::Login(login)),
        (Some(_), None, None) => Err(OAuthError::invalid_request("login_hint_token is not supported")),
        _ => Err(OAuthError::invalid_request("send exactly one of login_hint and id_token_hint")),
    }
}

/// A text that a person compares: short, visible, and in the order in which it reads.
fn check_binding_message(text: String) -> Result<String, OAuthError> {
    let hidden = |c: char| {
        c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
    };
    let usable =
        text.chars().count() <= MAX_BINDING_MESSAGE_CHARS && !text.chars().any(hidden) && !text.trim().is_empty();
    if usable {
        return Ok(text);
    }
    Err(OAuthError::new(ErrorCode::InvalidBindingMessage, "binding_message must be at most 128 printable characters"))
}

/// Seconds, as a number or as a string; more than half an hour is half an hour.
fn parse_expiry(text: Option<String>) -> Result<Duration, OAuthError> {
    let Some(text) = text else { return Ok(Duration::from_secs(DEFAULT_EXPIRY_SECONDS)) };
    let digits = !text.is_empty() && text.len() <= 18 && text.bytes().all(|byte| byte.is_ascii_digit());
    let seconds = text.parse::<u64>().ok().filter(|seconds| digits && *seconds > 0);
    let refused = || OAuthError::invalid_request("requested_expiry must be a positive integer");
    Ok(Duration::from_secs(seconds.ok_or_else(refused)?.min(MAX_EXPIRY_SECONDS)))
}

/// RFC 6750 §2.1: what can stand in an `Authorization` header.
fn check_notification_token(text: String) -> Result<Secret<String>, OAuthError> {
    let bearer = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~+/=".contains(&byte);
    if text.len() <= MAX_NOTIFICATION_TOKEN && text.bytes().all(bearer) {
        return Ok(Secret::new(text));
    }
    Err(OAuthError::invalid_request("client_notification_token must be a bearer token of at most 1024 characters"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn form(body: &str) -> Result<AuthenticationRequest, OAuthError> {
        AuthenticationRequest::parse(Source::Form(Params::parse(body.as_bytes()).expect("a form")))
    }

    fn claims(claims: Value) -> Result<AuthenticationRequest, OAuthError> {
        let Value::Object(claims) = claims else { panic!("no object") };
        AuthenticationRequest::parse(Source::Claims(claims))
    }

    #[test]
    fn exactly_one_hint_is_taken() {
        assert!(form("scope=openid&login_hint=alice").is_ok());
        assert!(form("scope=openid&id_token_hint=e.y.J").is_ok());
        for hints in ["", "login_hint=a&id_token_hint=b", "login_hint_token=t", "login_hint=a&login_hint_token=t"] {
            let refused = form(&format!("scope=openid&{hints}")).expect_err("refused");
            assert_eq!(refused.code, ErrorCode::InvalidRequest, "{hints}");
        }
    }

    #[test]
    fn the_expiry_is_a_number_or_a_string_and_bounded() {
        let expiry = |value: Value| claims(json!({"scope": "openid", "login_hint": "a", "requested_expiry": value}));
        for (value, seconds) in [(json!(120), 120), (json!("120"), 120), (json!(86_400), 1_800), (json!(null), 300)] {
            assert_eq!(expiry(value.clone()).expect("parses").expiry, Duration::from_secs(seconds), "{value}");
        }
        for value in
            [json!(0), json!(-1), json!(1.5), json!("1e3"), json!("+5"), json!("ten"), json!([120]), json!(true)]
        {
            assert_eq!(expiry(value.clone()).expect_err("refused").code, ErrorCode::InvalidRequest, "{value}");
        }
        assert_eq!(form("scope=openid&login_hint=a&requested_expiry=60").expect("parses").expiry.as_secs(), 60);
    }

    #[test]
    fn a_binding_message_can_be_read_and_compared() {
        let message = |text: &str| claims(json!({"scope": "openid", "login_hint": "a", "binding_message": text}));
        let longest = "x".repeat(128);
        for good in ["1234", "W4SCT", "Überweisung über 12 €", "支付", &longest] {
            assert_eq!(message(good).expect("parses").binding_message.as_deref(), Some(good));
        }
        let long = "x".repeat(129);
        for odd in ["a\nb", "a\u{202e}b", "\u{200b}", "   ", "a\u{0}", &long] {
            assert_eq!(message(odd).expect_err("refused").code, ErrorCode::InvalidBindingMessage, "{odd:?}");
        }
    }

    #[test]
    fn a_notification_token_can_stand_in_a_header_and_claims_are_text() {
        let token =
            |text: &str| claims(json!({"scope": "openid", "login_hint": "a", "client_notification_token": text}));
        assert!(token("8d67dc78-7faa-4d41-aabd-67707b374255").is_ok());
        let long = "x".repeat(1_025);
        for odd in ["a b", "a\r\nX: y", "ä", &long] {
            assert_eq!(token(odd).expect_err("refused").code, ErrorCode::InvalidRequest, "{odd:?}");
        }
        let odd = claims(json!({"scope": ["openid"], "login_hint": "a"}));
        assert_eq!(odd.expect_err("refused").code, ErrorCode::InvalidRequest);
    }

    fn any_value() -> impl Strategy<Value = Value> {
        prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<u64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            "\\PC{0,140}".prop_map(Value::from),
            "[a-z:/.]{0,30}".prop_map(|text| json!([text, {"type": text}])),
        ]
    }

    proptest! {
        #[test]
        fn no_request_makes_the_parser_panic_and_what_is_accepted_keeps_the_rules(
            said in prop::collection::vec((0..NAMES.len(), any_value()), 0..8)
        ) {
            let mut members = Map::from_iter([("scope".to_owned(), json!("openid")), ("login_hint".to_owned(), json!("a"))]);
            members.extend(said.into_iter().map(|(index, value)| (NAMES[index].to_owned(), value)));
            let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            let pairs = members.iter().map(|(name, value)| (name, text(value)));
            let encoded = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
            let form = Params::parse(encoded.as_bytes()).map(Source::Form);
            for source in form.into_iter().chain([Source::Claims(members)]) {
                let Ok(request) = AuthenticationRequest::parse(source) else { continue };
                prop_assert!((1..=MAX_EXPIRY_SECONDS).contains(&request.expiry.as_secs()));
                let message = request.binding_message.unwrap_or_else(|| "x".to_owned());
                prop_assert!(!message.is_empty() && message.chars().count() <= MAX_BINDING_MESSAGE_CHARS);
                let token = request.client_notification_token.map_or(0, |token| token.expose().len());
                prop_assert!(token <= MAX_NOTIFICATION_TOKEN);
            }
        }
    }
}
