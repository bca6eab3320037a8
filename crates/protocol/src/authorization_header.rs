//! The `Authorization` header: client credentials ([RFC 6749 §2.3.1](https://www.rfc-editor.org/rfc/rfc6749#section-2.3.1))
//! and access tokens ([RFC 6750 §2.1](https://www.rfc-editor.org/rfc/rfc6750#section-2.1), RFC 9449 §7.1).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use latchkey_core::Secret;

use crate::params::form_decode;

/// What HTTP Basic says, nothing of it verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BasicCredentials {
    /// Who the sender claims to be.
    pub client_id: String,
    /// What is to prove it.
    pub client_secret: Secret<String>,
}

impl BasicCredentials {
    /// Reads the header's value: id and secret are form-encoded before they are joined by a colon. `None` for another
    /// scheme, and for what is not text.
    #[must_use]
    pub fn parse(value: &[u8]) -> Option<Self> {
        let (scheme, encoded) = value.split_at_checked(6)?;
        if !scheme.eq_ignore_ascii_case(b"basic ") {
            return None;
        }
        let pair = STANDARD.decode(encoded.trim_ascii()).ok()?;
        let colon = pair.iter().position(|byte| *byte == b':')?;
        let (id, secret) = pair.split_at_checked(colon)?;
        let secret = form_decode(secret.get(1..)?).ok()?;
        Some(Self { client_id: form_decode(id).ok()?, client_secret: Secret::new(secret) })
    }
}

/// How an access token is presented.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenScheme {
    /// RFC 6750.
    Bearer,
    /// RFC 9449 §7.1.
    DPoP,
}

/// Reads the header's value: the scheme in any case, and the token, which has the characters of `b64token`. `None` for
/// another scheme.
#[must_use]
pub fn parse_access_token(value: &[u8]) -> Option<(TokenScheme, Secret<String>)> {
    let space = value.iter().position(|byte| *byte == b' ')?;
    let (scheme, token) = value.split_at_checked(space)?;
    let scheme = if scheme.eq_ignore_ascii_case(b"bearer") {
        TokenScheme::Bearer
    } else if scheme.eq_ignore_ascii_case(b"dpop") {
        TokenScheme::DPoP
    } else {
        return None;
    };
    let token = token.trim_ascii();
    let allowed = |b: &u8| b.is_ascii_alphanumeric() || b"-._~+/=".contains(b);
    if token.is_empty() || !token.iter().all(allowed) {
        return None;
    }
    String::from_utf8(token.to_vec()).ok().map(|token| (scheme, Secret::new(token)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn basic(pair: &str) -> Option<(String, String)> {
        let read = BasicCredentials::parse(format!("Basic {}", STANDARD.encode(pair)).as_bytes())?;
        Some((read.client_id, read.client_secret.expose().clone()))
    }

    #[test]
    fn basic_credentials_are_form_decoded_and_divided_at_the_first_colon() {
        let pair = |id: &str, secret: &str| Some((id.to_owned(), secret.to_owned()));
        assert_eq!(basic("web:s%3Acret+1"), pair("web", "s:cret 1"));
        assert_eq!(basic("https%3A%2F%2Fapp:a:b"), pair("https://app", "a:b"));
        assert_eq!(basic(":"), pair("", ""));
        assert_eq!(BasicCredentials::parse(b"bASIC d2ViOnM=").map(|read| read.client_id), Some("web".to_owned()));
    }

    #[test]
    fn what_is_no_pair_of_texts_is_none() {
        for pair in ["", "nocolon", "web:%zz", "%ff:s", "a%00:s"] {
            assert_eq!(basic(pair), None, "{pair}");
        }
        for header in ["", "Basic", "Basic ***", "Basic  ", "Bearer d2ViOnM=", "Basicd2ViOnM="] {
            assert_eq!(BasicCredentials::parse(header.as_bytes()), None, "{header}");
        }
    }

    #[test]
    fn a_token_is_read_in_either_scheme_and_is_one_word() {
        let read = |header: &str| parse_access_token(header.as_bytes());
        let token = |scheme, text: &str| Some((scheme, Secret::from(text)));
        assert_eq!(read("Bearer abc.def-_~+/="), token(TokenScheme::Bearer, "abc.def-_~+/="));
        assert_eq!(read("bEARER abc"), token(TokenScheme::Bearer, "abc"));
        assert_eq!(read("dPOP abc"), token(TokenScheme::DPoP, "abc"));
        for header in ["Basic abc", "Bearer", "Bearer ", "Bearer a b", "Bearer a\"b", "Bearer \u{e9}", "DPoPx a"] {
            assert_eq!(read(header), None, "{header}");
        }
    }
}
