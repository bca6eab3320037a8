//! The introspection response, [RFC 7662 §2.2](https://www.rfc-editor.org/rfc/rfc7662#section-2.2).

use latchkey_core::{ClientId, SessionId};
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

use crate::{Confirmation, Scope};

/// What introspection tells about a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IntrospectionResponse {
    /// Not active, whatever the reason: unknown, expired, revoked, or none of the caller's business.
    Inactive,
    /// Active.
    Active(Box<ActiveToken>),
}

/// An active token. Times are seconds since 1970.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ActiveToken {
    /// The issuer.
    pub iss: String,
    /// The client that it was issued to; an API key has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_id: Option<ClientId>,
    /// What it is good for.
    #[serde(skip_serializing_if = "Scope::is_empty")]
    pub scope: Scope,
    /// The resource servers it is meant for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub aud: Vec<String>,
    /// The user, or the client for a token of its own.
    pub sub: String,
    /// The user's name, when there is a user and it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// `Bearer` or `DPoP` for an access token, `api_key`, `client_id`; a refresh token has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token_type: Option<&'static str>,
    /// When it was issued.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub iat: Option<i64>,
    /// When it expires, if ever.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exp: Option<i64>,
    /// Its id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jti: Option<String>,
    /// When the user authenticated (RFC 9470 §6.2).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub auth_time: Option<i64>,
    /// How strongly.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub acr: Option<String>,
    /// The session that it came from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sid: Option<SessionId>,
    /// The key that it is bound to (RFC 8705 §3.2, RFC 9449 §6.2).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cnf: Option<Confirmation>,
    /// Who acts for the subject (RFC 8693 §4.1).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub act: Option<Value>,
    /// What it allows in detail (RFC 9396 §9.2).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authorization_details: Option<Value>,
    /// What the tenant adds to its access tokens.
    #[serde(flatten)]
    pub added: Map<String, Value>,
}

impl Serialize for IntrospectionResponse {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct WithActive<'a> {
            active: bool,
            #[serde(flatten)]
            token: &'a ActiveToken,
        }
        match self {
            // RFC 7662 §2.2: nothing else about a token that is not active.
            Self::Inactive => {
                let mut map = serializer.serialize_map(Some(1))?;
                map.serialize_entry("active", &false)?;
                map.end()
            }
            Self::Active(token) => WithActive { active: true, token }.serialize(serializer),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_inactive_token_tells_nothing_else() {
        let json = serde_json::to_string(&IntrospectionResponse::Inactive).expect("serializes");
        assert_eq!(json, r#"{"active":false}"#);
    }

    #[test]
    fn an_active_one_has_its_members_beside_active() {
        let token = ActiveToken {
            iss: "https://id.example".to_owned(),
            client_id: "web".parse().ok(),
            scope: Scope::default(),
            aud: vec!["https://api.example".to_owned()],
            sub: "web".to_owned(),
            username: None,
            token_type: Some("Bearer"),
            iat: None,
            exp: Some(10),
            jti: None,
            auth_time: None,
            acr: None,
            sid: None,
            cnf: None,
            act: None,
            authorization_details: None,
            added: Map::new(),
        };
        assert_eq!(
            serde_json::to_value(IntrospectionResponse::Active(Box::new(token))).expect("serializes"),
            serde_json::json!({"active": true, "iss": "https://id.example", "client_id": "web", "aud": ["https://api.example"],
                "sub": "web", "token_type": "Bearer", "exp": 10})
        );
    }
}
