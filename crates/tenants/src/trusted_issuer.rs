//! Issuers whose assertions a tenant accepts: [RFC 7523](https://www.rfc-editor.org/rfc/rfc7523), RFC 8693 and the
//! Identity Assertion Authorization Grant. None, unless it is said here.

use std::sync::Arc;

use latchkey_core::ClientId;
use latchkey_jose::JwkSet;
use latchkey_protocol::Scope;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use crate::InvalidMember;
use crate::defaults::{check_page, is_default, is_web_uri};

const MAX_ISSUERS: usize = 100;
const MAX_CLIENTS: usize = 100;
const SUB: &str = "sub";

/// The trusted issuers of a tenant; clones share them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrustedIssuers(Arc<Vec<TrustedIssuer>>);

/// An issuer whose assertions are accepted, for what and about whom.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrustedIssuer {
    /// `iss`, exactly.
    pub issuer: String,
    /// Its public keys, RFC 7517 §5.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jwks: Option<Value>,
    /// Where its public keys are; never beside `jwks`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jwks_uri: Option<String>,
    /// What one of `aud` must be; the tenant's issuer or its token endpoint when nothing is said.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub audiences: Vec<String>,
    /// Whom its assertions are about.
    #[serde(default, skip_serializing_if = "is_default")]
    pub subject: SubjectMapping,
    /// What its assertions are good for.
    pub uses: Vec<AssertionUse>,
    /// The clients that may present them.
    pub clients: Vec<ClientId>,
    /// What they lead to at most.
    #[serde(default, skip_serializing_if = "Scope::is_empty")]
    pub scope: Scope,
    /// Whether they lead to refresh tokens too, which need no further assertion.
    #[serde(default, skip_serializing_if = "is_default")]
    pub refresh_tokens: bool,
}

/// How the subject of an assertion becomes one of this tenant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SubjectMapping {
    /// The claim that names it.
    pub claim: String,
    /// What that claim is here.
    pub matches: SubjectMatch,
}

/// What the claim that names a subject is in this tenant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SubjectMatch {
    /// A user's id.
    Id,
    /// A user's name.
    Username,
    /// A user's address: verified there (`email_verified`) and here.
    #[default]
    Email,
    /// The client that presents the assertion: a workload that proves itself to its platform.
    Client,
}

/// What an assertion may be used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AssertionUse {
    /// As subject token, RFC 8693.
    TokenExchange,
    /// As authorization grant, RFC 7523 §2.1.
    JwtBearer,
    /// As ID-JAG (Identity Assertion Authorization Grant).
    IdentityAssertion,
}

impl Default for SubjectMapping {
    fn default() -> Self {
        Self { claim: "email".to_owned(), matches: SubjectMatch::Email }
    }
}

impl TrustedIssuers {
    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The issuer of that name, if its assertions are good for that and that client may present them.
    #[must_use]
    pub fn find(&self, issuer: &str, wanted: AssertionUse, client: &ClientId) -> Option<&TrustedIssuer> {
        self.0
            .iter()
            .find(|trusted| trusted.issuer == issuer)
            .filter(|trusted| trusted.uses.contains(&wanted) && trusted.clients.contains(client))
    }

    pub(crate) fn validate(&self) -> Result<(), InvalidMember> {
        if self.0.len() > MAX_ISSUERS {
            return Err(refused(format!("at most {MAX_ISSUERS}")));
        }
        for (index, trusted) in self.0.iter().enumerate() {
            trusted.validate().map_err(|error| refused(format!("{}: {}", trusted.issuer, error.reason)))?;
            if self.0.iter().take(index).any(|other| other.issuer == trusted.issuer) {
                return Err(refused(format!("{} stands there twice", trusted.issuer)));
            }
        }
        Ok(())
    }
}

impl TrustedIssuer {
    fn validate(&self) -> Result<(), InvalidMember> {
        if !is_web_uri(&self.issuer) {
            return Err(refused("issuer must be an https URI".to_owned()));
        }
        match (&self.jwks, &self.jwks_uri) {
            (Some(jwks), None) => {
                let keys = JwkSet::from_value(jwks).map_err(|error| refused(format!("jwks: {error}")))?;
                if keys.keys().is_empty() {
                    return Err(refused("jwks has no usable key".to_owned()));
                }
            }
            (None, Some(_)) => check_page("jwks_uri", self.jwks_uri.as_ref())?,
            _ => return Err(refused("give either jwks or jwks_uri".to_owned())),
        }
        if self.uses.is_empty() {
            return Err(refused("uses must not be empty".to_owned()));
        }
        if self.clients.is_empty() || self.clients.len() > MAX_CLIENTS {
            return Err(refused(format!("clients must name 1 to {MAX_CLIENTS} clients")));
        }
        if self.audiences.iter().any(String::is_empty) {
            return Err(refused("audiences must not be empty texts".to_owned()));
        }
        self.check_subject()
    }

    fn check_subject(&self) -> Result<(), InvalidMember> {
        let mapping = &self.subject;
        if mapping.claim.is_empty() {
            return Err(refused("subject.claim must not be empty".to_owned()));
        }
        // `email_verified` speaks of the claim `email` and of no other.
        if mapping.matches == SubjectMatch::Email && mapping.claim != "email" {
            return Err(refused("subject.claim must be email to match by email".to_owned()));
        }
        if mapping.matches == SubjectMatch::Client && mapping.claim != SUB {
            return Err(refused("subject.claim must be sub to match by client".to_owned()));
        }
        Ok(())
    }
}

fn refused(reason: String) -> InvalidMember {
    InvalidMember::new("trusted_issuers", reason)
}

impl Serialize for TrustedIssuers {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for TrustedIssuers {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Vec::deserialize(deserializer).map(|issuers| Self(Arc::new(issuers)))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn key() -> Value {
        // RFC 7517 appendix A.1.
        json!({ "keys": [{
            "kty": "EC", "crv": "P-256", "kid": "1",
            "x": "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",
            "y": "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM",
        }] })
    }

    fn issuers(change: impl FnOnce(&mut Value)) -> TrustedIssuers {
        let mut issuer = json!({
            "issuer": "https://idp.example", "jwks": key(), "uses": ["jwt_bearer"], "clients": ["web"], "scope": "read",
        });
        change(&mut issuer);
        serde_json::from_value(json!([issuer])).expect("well formed")
    }

    #[test]
    fn an_issuer_is_found_for_what_it_is_trusted_with_and_for_the_clients_named() {
        let web: ClientId = "web".parse().expect("a client id");
        let issuers = issuers(|_| {});
        issuers.validate().expect("valid");
        let find = |issuer, wanted, client: &ClientId| issuers.find(issuer, wanted, client).is_some();
        assert!(find("https://idp.example", AssertionUse::JwtBearer, &web));
        assert!(!find("https://idp.example/", AssertionUse::JwtBearer, &web));
        assert!(!find("https://idp.example", AssertionUse::TokenExchange, &web));
        assert!(!find("https://idp.example", AssertionUse::JwtBearer, &"spa".parse().expect("a client id")));
    }

    #[test]
    fn what_would_trust_too_much_or_nobody_is_refused() {
        let private = json!({ "keys": [{ "kty": "oct", "k": "AAAA" }] });
        type Change = fn(&mut Value);
        let cases: [(&str, Change); 8] = [
            ("https URI", |issuer| issuer["issuer"] = "http://idp.example".into()),
            ("either jwks or jwks_uri", |issuer| issuer["jwks_uri"] = "https://idp.example/jwks".into()),
            ("either jwks or jwks_uri", |issuer| issuer["jwks"] = Value::Null),
            ("no usable key", |issuer| issuer["jwks"] = json!({ "keys": [] })),
            ("uses must not", |issuer| issuer["uses"] = json!([])),
            ("1 to 100 clients", |issuer| issuer["clients"] = json!([])),
            ("must be email", |issuer| issuer["subject"] = json!({ "claim": "upn", "matches": "email" })),
            ("must be sub", |issuer| issuer["subject"] = json!({ "claim": "azp", "matches": "client" })),
        ];
        for (expected, change) in cases {
            let refused = issuers(change).validate().expect_err(expected);
            assert!(refused.reason.contains(expected), "{} should say {expected}", refused.reason);
        }
        assert!(issuers(|issuer| issuer["jwks"] = private).validate().is_err());
    }

    #[test]
    fn an_unknown_member_is_an_error() {
        let unknown = json!([{ "issuer": "https://a.example", "uses": [], "clients": [], "secret": "x" }]);
        assert!(serde_json::from_value::<TrustedIssuers>(unknown).is_err());
    }
}
