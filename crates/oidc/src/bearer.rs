//! The access token in a request, [RFC 6750 §2](https://www.rfc-editor.org/rfc/rfc6750#section-2): in the header, or in
//! the body of a POST. Never in the query (§5.3: addresses are logged).

use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::http::Method;
use actix_web::http::header::AUTHORIZATION;
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use latchkey_core::Secret;
use latchkey_protocol::OAuthError;

use crate::error::EndpointError;
use crate::form::Form;

/// An access token that somebody presents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct BearerToken(pub Secret<String>);

impl BearerToken {
    fn parse(authorization: Option<&[u8]>, in_body: Option<String>) -> Result<Self, EndpointError> {
        match (authorization.map(parse_header), in_body) {
            // RFC 6750 §3.1: more than one method is an invalid_request.
            (Some(_), Some(_)) => Err(OAuthError::invalid_request("the access token is sent in two ways").into()),
            (Some(Some(token)), None) => Ok(Self(token)),
            (Some(None), None) => Err(EndpointError::InvalidAccessToken),
            (None, Some(token)) => Ok(Self(Secret::new(token))),
            (None, None) => Err(EndpointError::NoAccessToken),
        }
    }
}

fn parse_header(value: &[u8]) -> Option<Secret<String>> {
    let (scheme, token) = value.split_at_checked(7)?;
    let token = token.trim_ascii();
    let allowed = |b: &u8| b.is_ascii_alphanumeric() || b"-._~+/=".contains(b);
    if !scheme.eq_ignore_ascii_case(b"bearer ") || token.is_empty() || !token.iter().all(allowed) {
        return None;
    }
    String::from_utf8(token.to_vec()).ok().map(Secret::new)
}

impl FromRequest for BearerToken {
    type Error = EndpointError;
    type Future = Pin<Box<dyn Future<Output = Result<Self, EndpointError>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let authorization = request.headers().get(AUTHORIZATION).cloned();
        // Without a form there is no token in the body, whatever else there is.
        let form = has_form(request).then(|| Form::from_request(request, payload));
        Box::pin(async move {
            let in_body = match form {
                Some(form) => form.await?.0.optional("access_token"),
                None => None,
            };
            Self::parse(authorization.as_ref().map(|value| value.as_bytes()), in_body)
        })
    }
}

fn has_form(request: &HttpRequest) -> bool {
    request.method() == Method::POST && request.content_type().eq_ignore_ascii_case("application/x-www-form-urlencoded")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_token_in_one_place() {
        let token = |text: &str| BearerToken(text.into());
        assert_eq!(BearerToken::parse(Some(b"Bearer abc.def-_~+/="), None).expect("a token"), token("abc.def-_~+/="));
        assert_eq!(BearerToken::parse(Some(b"bEARER abc"), None).expect("a token"), token("abc"));
        assert_eq!(BearerToken::parse(None, Some("abc".to_owned())).expect("a token"), token("abc"));
        assert!(matches!(BearerToken::parse(None, None), Err(EndpointError::NoAccessToken)));
        assert!(matches!(BearerToken::parse(Some(b"Bearer a"), Some("a".to_owned())), Err(EndpointError::OAuth(_))));
    }

    #[test]
    fn anything_else_in_the_header_is_no_token() {
        for header in ["Basic abc", "Bearer", "Bearer ", "Bearer a b", "Bearer a\"b", "Bearer \u{e9}"] {
            assert!(
                matches!(BearerToken::parse(Some(header.as_bytes()), None), Err(EndpointError::InvalidAccessToken)),
                "{header}"
            );
        }
    }
}
