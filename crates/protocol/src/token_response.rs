//! The successful answer of the token endpoint, RFC 6749 §5.1 and OpenID Connect Core §3.1.3.3.

use latchkey_core::Secret;
use serde::Serialize;

use crate::{Scope, TokenTypeIdentifier};

/// `token_type`, RFC 6749 §7.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum TokenType {
    /// RFC 6750.
    Bearer,
    /// RFC 9449 §5.
    DPoP,
    /// RFC 8693 §2.2.1: what was issued is no access token.
    #[serde(rename = "N_A")]
    NotApplicable,
}

/// The successful answer of the token endpoint.
#[derive(Clone, Debug, Serialize)]
pub struct TokenResponse {
    /// The access token.
    pub access_token: Secret<String>,
    /// How it is used.
    pub token_type: TokenType,
    /// Its life, in seconds.
    pub expires_in: u64,
    /// What it is good for: always sent, since it may be less than what was asked for (RFC 6749 §5.1).
    pub scope: Scope,
    /// The refresh token.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refresh_token: Option<Secret<String>>,
    /// The ID token.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id_token: Option<Secret<String>>,
    /// What the token allows in detail, RFC 9396 §7.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authorization_details: Option<serde_json::Value>,
    /// What was issued, RFC 8693 §2.2.1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub issued_token_type: Option<TokenTypeIdentifier>,
    /// OpenID Connect Native SSO §3.3.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device_secret: Option<Secret<String>>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn absent_tokens_are_left_out() {
        let response = TokenResponse {
            access_token: Secret::new("at".to_owned()),
            token_type: TokenType::Bearer,
            expires_in: 300,
            scope: Scope::parse("openid").expect("a scope"),
            refresh_token: None,
            id_token: None,
            authorization_details: None,
            issued_token_type: None,
            device_secret: None,
        };
        assert_eq!(
            serde_json::to_value(&response).expect("serializes"),
            serde_json::json!({"access_token": "at", "token_type": "Bearer", "expires_in": 300, "scope": "openid"})
        );
    }
}
