//! The access token in a request, [RFC 6750 §2](https://www.rfc-editor.org/rfc/rfc6750#section-2) and RFC 9449 §7.1: in
//! the header, or in the body of a POST. Never in the query (§5.3: addresses are logged).

use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::http::Method;
use actix_web::http::header::AUTHORIZATION;
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use latchkey_core::Secret;
use latchkey_protocol::{OAuthError, TokenScheme, parse_access_token};

use crate::error::EndpointError;
use crate::form::Form;
use crate::sender_constraint::UnverifiedSender;

/// An access token that somebody presents, with what comes along to prove that it is theirs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PresentedToken {
    pub(crate) token: Secret<String>,
    pub(crate) scheme: TokenScheme,
    pub(crate) sender: UnverifiedSender,
}

fn parse(
    authorization: Option<&[u8]>,
    in_body: Option<String>,
) -> Result<(TokenScheme, Secret<String>), EndpointError> {
    match (authorization.map(parse_access_token), in_body) {
        // RFC 6750 §3.1: more than one method is an invalid_request.
        (Some(_), Some(_)) => Err(OAuthError::invalid_request("the access token is sent in two ways").into()),
        (Some(Some(found)), None) => Ok(found),
        (Some(None), None) => Err(EndpointError::InvalidAccessToken),
        (None, Some(token)) => Ok((TokenScheme::Bearer, Secret::new(token))),
        (None, None) => Err(EndpointError::NoAccessToken),
    }
}

/// The bearer token of the `Authorization` header, where nothing else counts; `None` without that header.
pub(crate) fn header_token(request: &HttpRequest) -> Result<Option<Secret<String>>, EndpointError> {
    let mut headers = request.headers().get_all(AUTHORIZATION);
    match (headers.next(), headers.next()) {
        (None, _) => Ok(None),
        (Some(value), None) => match parse_access_token(value.as_bytes()) {
            Some((TokenScheme::Bearer, token)) => Ok(Some(token)),
            _ => Err(EndpointError::InvalidAccessToken),
        },
        // RFC 9110 §5.3: of two headers one would be believed and the other not looked at.
        _ => Err(OAuthError::invalid_request("more than one Authorization header").into()),
    }
}

impl FromRequest for PresentedToken {
    type Error = EndpointError;
    type Future = Pin<Box<dyn Future<Output = Result<Self, EndpointError>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let repeated = request.headers().get_all(AUTHORIZATION).count() > 1;
        let authorization = request.headers().get(AUTHORIZATION).cloned();
        let sender = UnverifiedSender::of(request);
        // Without a form there is no token in the body, whatever else there is.
        let form = has_form(request).then(|| Form::from_request(request, payload));
        Box::pin(async move {
            if repeated {
                return Err(OAuthError::invalid_request("the access token is sent in two ways").into());
            }
            let in_body = match form {
                Some(form) => form.await?.0.optional("access_token"),
                None => None,
            };
            let (scheme, token) = parse(authorization.as_ref().map(|value| value.as_bytes()), in_body)?;
            Ok(Self { token, scheme, sender })
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
        let token = |scheme, text: &str| (scheme, Secret::from(text));
        let header = |text: &str| parse(Some(text.as_bytes()), None).expect("a token");
        assert_eq!(header("Bearer abc.def-_~+/="), token(TokenScheme::Bearer, "abc.def-_~+/="));
        assert_eq!(header("bEARER abc"), token(TokenScheme::Bearer, "abc"));
        assert_eq!(header("dPOP abc"), token(TokenScheme::DPoP, "abc"));
        assert_eq!(parse(None, Some("abc".to_owned())).expect("a token"), token(TokenScheme::Bearer, "abc"));
        assert!(matches!(parse(None, None), Err(EndpointError::NoAccessToken)));
        assert!(matches!(parse(Some(b"Bearer a"), Some("a".to_owned())), Err(EndpointError::OAuth(_))));
    }

    #[test]
    fn anything_else_in_the_header_is_no_token() {
        for header in
            ["Basic abc", "Bearer", "Bearer ", "Bearer a b", "Bearer a\"b", "Bearer \u{e9}", "DPoP", "DPoPx a"]
        {
            assert!(matches!(parse(Some(header.as_bytes()), None), Err(EndpointError::InvalidAccessToken)), "{header}");
        }
    }
}
