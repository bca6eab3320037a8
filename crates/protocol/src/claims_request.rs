//! The `claims` parameter, OpenID Connect Core §5.5.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// More claims than this in one request serve nobody.
const MAX_CLAIMS: usize = 100;

/// Why a `claims` parameter is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidClaimsRequest {
    /// Not JSON of the form that §5.5 gives.
    #[error("claims is not a JSON object as OpenID Connect Core 5.5 asks")]
    Malformed,
    /// More than 100 claims.
    #[error("claims names too many claims")]
    TooMany,
}

/// Individual claims that a client asks for, beside those that its scope brings.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ClaimsRequest {
    /// To be returned by the userinfo endpoint.
    #[serde(default, skip_serializing_if = "RequestedClaims::is_empty")]
    pub userinfo: RequestedClaims,
    /// To be returned in the ID token.
    #[serde(default, skip_serializing_if = "RequestedClaims::is_empty")]
    pub id_token: RequestedClaims,
}

impl ClaimsRequest {
    /// Parses the parameter; members that are not understood are ignored, as §5.5 asks.
    ///
    /// # Errors
    /// When it is no such object, or names too many claims.
    pub fn parse(text: &str) -> Result<Self, InvalidClaimsRequest> {
        let request: Self = serde_json::from_str(text).map_err(|_| InvalidClaimsRequest::Malformed)?;
        if request.userinfo.0.len() + request.id_token.0.len() > MAX_CLAIMS {
            return Err(InvalidClaimsRequest::TooMany);
        }
        Ok(request)
    }

    /// Whether nothing is asked for.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.userinfo.is_empty() && self.id_token.is_empty()
    }
}

/// Claims asked for at one place.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RequestedClaims(BTreeMap<String, Option<RequestedClaim>>);

impl RequestedClaims {
    /// Whether nothing is asked for.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether the claim is asked for.
    #[must_use]
    pub fn contains(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// The names asked for, in alphabetical order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// How the claim is asked for, when the client said more than its name.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<&RequestedClaim> {
        self.0.get(name)?.as_ref()
    }

    /// The one value that the claim must have, where the client gave one (§5.5.1).
    #[must_use]
    pub fn required_value(&self, name: &str) -> Option<&Value> {
        self.find(name)?.value.as_ref()
    }
}

impl<'a> FromIterator<&'a str> for RequestedClaims {
    fn from_iter<I: IntoIterator<Item = &'a str>>(names: I) -> Self {
        Self(names.into_iter().map(|name| (name.to_owned(), None)).collect())
    }
}

/// How a claim is asked for, §5.5.1. A missing claim is never an error, so `essential` is only kept.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RequestedClaim {
    /// Whether the client cannot do its task without it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub essential: bool,
    /// The value that it must have.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Value>,
    /// The values of which it should have one, in order of preference.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<Value>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_core_5_5_is_understood() {
        let request = ClaimsRequest::parse(
            r#"{"userinfo":{"given_name":{"essential":true},"nickname":null,"email":{"essential":true},
                "http://example.info/claims/groups":null},
                "id_token":{"auth_time":{"essential":true},"acr":{"values":["urn:mace:incommon:iap:silver"]}},"other":1}"#,
        )
        .expect("parses");
        assert!(request.userinfo.contains("nickname") && request.userinfo.contains("given_name"));
        assert_eq!(request.id_token.names().collect::<Vec<_>>(), ["acr", "auth_time"]);
        let stored = serde_json::to_string(&request).expect("serializes");
        assert_eq!(ClaimsRequest::parse(&stored), Ok(request));
    }

    #[test]
    fn a_required_sub_is_found() {
        let request = ClaimsRequest::parse(r#"{"id_token":{"sub":{"value":"usr_1"}}}"#).expect("parses");
        assert_eq!(request.id_token.required_value("sub"), Some(&Value::from("usr_1")));
        assert_eq!(request.userinfo.required_value("sub"), None);
    }

    #[test]
    fn anything_but_such_an_object_is_refused() {
        for text in ["", "1", "[]x", "{", r#"{"userinfo":1}"#, r#"{"userinfo":{"name":"x"}}"#] {
            assert_eq!(ClaimsRequest::parse(text), Err(InvalidClaimsRequest::Malformed), "{text}");
        }
        let many = (0..101).map(|n| format!("\"c{n}\":null")).collect::<Vec<_>>().join(",");
        assert_eq!(ClaimsRequest::parse(&format!("{{\"userinfo\":{{{many}}}}}")), Err(InvalidClaimsRequest::TooMany));
    }
}
