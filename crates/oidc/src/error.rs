//! Errors of the endpoints that answer JSON, and the one place where they become an answer: RFC 6749 §5.2, RFC 6750 §3.

use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::http::header::{RETRY_AFTER, WWW_AUTHENTICATE};
use actix_web::{HttpResponse, HttpResponseBuilder, ResponseError};
use latchkey_auth::AuthError;
use latchkey_cache::CacheError;
use latchkey_jose::dpop;
use latchkey_protocol::{ErrorCode, OAuthError, ParamsError};
use latchkey_tenants::{StepUp, TenantsError};
use latchkey_tokens::TokensError;
use latchkey_web::FormError;
use serde::Serialize;

use crate::no_store::forbid_storing;
use crate::sender_constraint::{Place, Problem, SenderRefusal};

type Source = Box<dyn std::error::Error + Send + Sync>;

/// The limit of requests that leave something behind although nobody proved who asks, in the metrics.
pub(crate) const STRANGERS: &str = "anonymous_requests";

/// Why an endpoint refuses.
#[derive(Debug, thiserror::Error)]
pub(crate) enum EndpointError {
    /// The client erred; the answer says how.
    #[error(transparent)]
    OAuth(#[from] OAuthError),
    /// Client authentication failed, for whatever reason (RFC 6749 §5.2).
    #[error("client authentication failed")]
    InvalidClient,
    /// There is no access token in the request (RFC 6750 §3.1: such an answer has no error code).
    #[error("no access token")]
    NoAccessToken,
    /// The access token is not good (RFC 6750 §3.1).
    #[error("the access token is not active")]
    InvalidAccessToken,
    /// The client needs tokens that are bound to a key, and the sender proved none (RFC 9449 §5, RFC 8705 §3).
    #[error("the sender did not prove that it holds a key")]
    UnboundSender,
    /// The proof of the sender's key does not hold (RFC 9449 §5, §7.1).
    #[error("the proof of the sender's key does not hold: {0:?}")]
    Sender(SenderRefusal),
    /// The access token lacks this scope (RFC 6750 §3.1).
    #[error("the access token lacks the scope {0}")]
    InsufficientScope(&'static str),
    /// The tenant lets no client register itself.
    #[error("client registration is off")]
    RegistrationOff,
    /// The client was not given the power over all users.
    #[error("the client may not revoke the tokens of users")]
    MayNotRevoke,
    /// Nobody is called so (Global Token Revocation, Error Response).
    #[error("there is no such user")]
    UnknownUser,
    /// Too many requests or failures from there (RFC 6585 §4).
    #[error("too many requests: {rule}")]
    TooManyAttempts {
        /// Which limit, for the metrics.
        rule: &'static str,
        /// How long to wait.
        retry_after: Duration,
    },
    /// The token stands for a sign-in that is too weak or too old (RFC 9470 §3).
    #[error("the user must authenticate again")]
    InsufficientUserAuthentication(StepUp),
    /// The body is no form.
    #[error(transparent)]
    Body(FormError),
    /// The body took too long to arrive.
    #[error("the body took too long to arrive")]
    BodyTimedOut,
    /// A backend is away: worth a retry.
    #[error("a backend is unavailable")]
    Unavailable(#[source] Source),
    /// We erred.
    #[error("internal error")]
    Internal(#[source] Source),
}

#[derive(Serialize)]
struct Body<'a> {
    error: ErrorCode,
    error_description: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    error_id: Option<&'a str>,
}

impl EndpointError {
    /// The `error` of the answer.
    pub(crate) fn code(&self) -> ErrorCode {
        match self {
            Self::OAuth(error) => error.code,
            Self::InvalidClient => ErrorCode::InvalidClient,
            Self::InvalidAccessToken => ErrorCode::InvalidToken,
            Self::InsufficientScope(_) => ErrorCode::InsufficientScope,
            Self::Sender(SenderRefusal { problem: Problem::NeedsNonce(_), .. }) => ErrorCode::UseDpopNonce,
            Self::UnboundSender | Self::Sender(_) => ErrorCode::InvalidDpopProof,
            Self::InsufficientUserAuthentication(_) => ErrorCode::InsufficientUserAuthentication,
            Self::RegistrationOff => ErrorCode::AccessDenied,
            Self::MayNotRevoke => ErrorCode::UnauthorizedClient,
            Self::NoAccessToken | Self::UnknownUser | Self::Body(_) | Self::BodyTimedOut => ErrorCode::InvalidRequest,
            Self::TooManyAttempts { .. } => ErrorCode::TemporarilyUnavailable,
            Self::Unavailable(_) => ErrorCode::TemporarilyUnavailable,
            Self::Internal(_) => ErrorCode::ServerError,
        }
    }

    /// What goes to the log and nowhere else.
    pub(crate) fn cause(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Unavailable(source) | Self::Internal(source) => Some(source.as_ref()),
            _ => None,
        }
    }

    /// The answer; `error_id` also stands in the log, for an error of ours.
    pub(crate) fn respond(&self, error_id: Option<&str>) -> HttpResponse {
        let mut response = HttpResponse::build(self.status_code());
        forbid_storing(&mut response);
        self.challenge(&mut response);
        if let Self::Sender(SenderRefusal { problem: Problem::NeedsNonce(nonce), .. }) = self {
            response.insert_header(("DPoP-Nonce", nonce.as_str()));
        }
        if matches!(self, Self::Unavailable(_)) {
            response.insert_header((RETRY_AFTER, "5"));
        }
        if let Self::TooManyAttempts { retry_after, .. } = self {
            response.insert_header((RETRY_AFTER, retry_after.as_secs().max(1)));
        }
        let error_id = error_id.filter(|_| self.cause().is_some());
        response.json(Body { error: self.code(), error_description: self.description(), error_id })
    }

    fn description(&self) -> &str {
        match self {
            Self::OAuth(error) => &error.description,
            // One text for an unknown client and a wrong secret: it must not tell which clients exist.
            Self::InvalidClient => "client authentication failed",
            Self::NoAccessToken => "the access token is missing",
            Self::InvalidAccessToken => "the access token is unknown, expired or revoked",
            Self::InsufficientScope(_) => "the access token lacks a scope",
            Self::UnboundSender => "this client needs a DPoP proof or a client certificate",
            Self::Sender(SenderRefusal { problem: Problem::Invalid(reason), .. }) => reason,
            Self::Sender(_) => "the DPoP proof needs the nonce of the DPoP-Nonce header",
            Self::InsufficientUserAuthentication(_) => "a newer or stronger sign-in is required",
            Self::Body(FormError::TooLarge) => "the body is too large",
            Self::Body(FormError::UnsupportedMediaType) => "the body must be application/x-www-form-urlencoded",
            Self::Body(_) => "the body ended early",
            Self::RegistrationOff => "clients cannot register themselves here",
            Self::MayNotRevoke => "the client may not revoke the tokens of users",
            Self::UnknownUser => "there is no such user",
            Self::TooManyAttempts { .. } => "too many requests or failed attempts; try again later",
            Self::BodyTimedOut => "the body took too long to arrive",
            Self::Unavailable(_) => "a part of this service is not available right now",
            Self::Internal(_) => "the error is on our side and has been recorded",
        }
    }

    fn challenge(&self, response: &mut HttpResponseBuilder) {
        let challenge = match self {
            Self::InvalidClient => "Basic realm=\"latchkey\", charset=\"UTF-8\"".to_owned(),
            Self::NoAccessToken => "Bearer realm=\"latchkey\"".to_owned(),
            Self::InvalidAccessToken => {
                let description = self.description();
                format!("Bearer realm=\"latchkey\", error=\"invalid_token\", error_description=\"{description}\"")
            }
            Self::InsufficientScope(scope) => {
                format!("Bearer realm=\"latchkey\", error=\"insufficient_scope\", scope=\"{scope}\"")
            }
            Self::Sender(SenderRefusal { place: Place::Resource, .. }) => {
                format!("DPoP realm=\"latchkey\", error=\"{}\", algs=\"{}\"", self.code(), dpop_algorithms())
            }
            Self::InsufficientUserAuthentication(step_up) => step_up_challenge(step_up, self.description()),
            _ => return,
        };
        response.insert_header((WWW_AUTHENTICATE, challenge));
    }
}

/// RFC 9470 §3: what the client puts into its next authorization request.
fn step_up_challenge(step_up: &StepUp, description: &str) -> String {
    let error = ErrorCode::InsufficientUserAuthentication;
    let mut challenge = format!("Bearer realm=\"latchkey\", error=\"{error}\", error_description=\"{description}\"");
    if !step_up.acr_values.is_empty() {
        challenge.push_str(&format!(", acr_values=\"{}\"", step_up.acr_values.join(" ")));
    }
    if let Some(max_age) = step_up.max_age {
        challenge.push_str(&format!(", max_age=\"{max_age}\""));
    }
    challenge
}

impl ResponseError for EndpointError {
    fn status_code(&self) -> StatusCode {
        match self {
            Self::InvalidClient | Self::NoAccessToken | Self::InvalidAccessToken => StatusCode::UNAUTHORIZED,
            Self::Sender(SenderRefusal { place: Place::Resource, .. }) => StatusCode::UNAUTHORIZED,
            Self::InsufficientUserAuthentication(_) => StatusCode::UNAUTHORIZED,
            Self::InsufficientScope(_) | Self::RegistrationOff | Self::MayNotRevoke => StatusCode::FORBIDDEN,
            Self::UnknownUser => StatusCode::NOT_FOUND,
            Self::Body(FormError::TooLarge) => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Body(FormError::UnsupportedMediaType) => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::OAuth(_) | Self::UnboundSender | Self::Sender(_) | Self::Body(_) => StatusCode::BAD_REQUEST,
            Self::TooManyAttempts { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::BodyTimedOut => StatusCode::REQUEST_TIMEOUT,
            Self::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn error_response(&self) -> HttpResponse {
        self.respond(None)
    }
}

fn dpop_algorithms() -> String {
    dpop::ALGORITHMS.iter().map(|alg| alg.as_str()).collect::<Vec<_>>().join(" ")
}

impl From<SenderRefusal> for EndpointError {
    fn from(refusal: SenderRefusal) -> Self {
        Self::Sender(refusal)
    }
}

impl From<ParamsError> for EndpointError {
    fn from(error: ParamsError) -> Self {
        Self::OAuth(error.into())
    }
}

impl From<CacheError> for EndpointError {
    fn from(error: CacheError) -> Self {
        if error.is_unavailable() { Self::Unavailable(error.into()) } else { Self::Internal(error.into()) }
    }
}

impl From<TenantsError> for EndpointError {
    fn from(error: TenantsError) -> Self {
        if error.is_unavailable() { Self::Unavailable(error.into()) } else { Self::Internal(error.into()) }
    }
}

impl From<TokensError> for EndpointError {
    fn from(error: TokensError) -> Self {
        if error.is_unavailable() { Self::Unavailable(error.into()) } else { Self::Internal(error.into()) }
    }
}

impl From<AuthError> for EndpointError {
    fn from(error: AuthError) -> Self {
        match error {
            AuthError::TooManyRequests { retry_after } => Self::TooManyAttempts { rule: STRANGERS, retry_after },
            error if error.is_unavailable() => Self::Unavailable(error.into()),
            error => Self::Internal(error.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::{CACHE_CONTROL, HeaderMap};

    use super::*;

    fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
        headers.get(name).and_then(|value| value.to_str().ok())
    }

    #[test]
    fn each_error_has_its_status_and_challenge_and_is_never_stored() {
        let cases = [
            (EndpointError::OAuth(OAuthError::invalid_grant("x")), 400, None),
            (EndpointError::InvalidClient, 401, Some("Basic ")),
            (EndpointError::NoAccessToken, 401, Some("Bearer realm=\"latchkey\"")),
            (EndpointError::InvalidAccessToken, 401, Some("Bearer realm=\"latchkey\", error=\"invalid_token\"")),
            (
                EndpointError::InsufficientScope("openid"),
                403,
                Some("Bearer realm=\"latchkey\", error=\"insufficient_scope\""),
            ),
            (
                EndpointError::InsufficientUserAuthentication(StepUp {
                    acr_values: vec!["2".to_owned(), "3".to_owned()],
                    max_age: Some(60),
                }),
                401,
                Some("Bearer realm=\"latchkey\", error=\"insufficient_user_authentication\""),
            ),
            (EndpointError::RegistrationOff, 403, None),
            (EndpointError::Body(FormError::TooLarge), 413, None),
            (EndpointError::Body(FormError::UnsupportedMediaType), 415, None),
            (EndpointError::BodyTimedOut, 408, None),
            (EndpointError::TooManyAttempts { rule: "test", retry_after: Duration::from_millis(10) }, 429, None),
            (EndpointError::Unavailable("away".into()), 503, None),
            (EndpointError::Internal("secret cause".into()), 500, None),
        ];
        for (error, status, challenge) in cases {
            let response = error.respond(Some("id"));
            assert_eq!(response.status().as_u16(), status, "{error}");
            assert_eq!(header(response.headers(), CACHE_CONTROL.as_str()), Some("no-store"), "{error}");
            let sent = header(response.headers(), "www-authenticate");
            assert_eq!(sent.is_some(), challenge.is_some(), "{error}");
            assert!(sent.unwrap_or_default().starts_with(challenge.unwrap_or_default()), "{error}");
            assert_eq!(header(response.headers(), "retry-after").is_some(), matches!(status, 429 | 503), "{error}");
        }
    }
}
