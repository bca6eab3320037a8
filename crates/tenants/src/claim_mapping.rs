//! Claims that a tenant builds from what is known of user, client and session.

use latchkey_expressions::{CompileError, Program};
use serde::{Deserialize, Serialize};

use crate::InvalidMember;

/// More mappings than this would not fit into a token.
const MAX_MAPPINGS: usize = 100;
/// Claims that say who issued a token, to whom, for whom, when and with what proof. What the protocol puts there, a
/// verifier relies on: RFC 7519 §4.1, OpenID Connect Core §2, RFC 9068 §2.2, RFC 8693 §4, RFC 9396 §9.1, RFC 8417.
const PROTOCOL_CLAIMS: [&str; 26] = [
    "iss",
    "sub",
    "aud",
    "exp",
    "iat",
    "nbf",
    "jti",
    "nonce",
    "auth_time",
    "acr",
    "amr",
    "azp",
    "at_hash",
    "c_hash",
    "s_hash",
    "ds_hash",
    "sid",
    "client_id",
    "scope",
    "cnf",
    "act",
    "may_act",
    "authorization_details",
    "events",
    "txn",
    "active",
];

/// One claim of the tenant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClaimMapping {
    /// Its name.
    pub claim: String,
    /// Its value, an expression of `latchkey-expressions`; `null` leaves it out.
    pub expression: String,
    /// Where it stands.
    pub r#in: Vec<ClaimPlace>,
    /// Only when the token has this scope.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
}

/// Where a claim stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClaimPlace {
    /// OpenID Connect Core §2.
    IdToken,
    /// OpenID Connect Core §5.3.
    Userinfo,
    /// RFC 9068 §2.2, and the introspection of the token.
    AccessToken,
}

impl ClaimMapping {
    /// Whether it applies to a token of that scope at that place.
    #[must_use]
    pub fn applies(&self, place: ClaimPlace, has_scope: impl Fn(&str) -> bool) -> bool {
        self.r#in.contains(&place) && self.scope.as_deref().is_none_or(has_scope)
    }

    fn validate(&self) -> Result<(), InvalidMember> {
        let refuse = |reason: String| Err(InvalidMember::new("claim_mappings", format!("{}: {reason}", self.claim)));
        let is_name = |text: &str| !text.is_empty() && text.len() <= 200 && text.bytes().all(|b| b.is_ascii_graphic());
        if !is_name(&self.claim) {
            return refuse("the name of a claim is 1 to 200 printable ASCII characters".to_owned());
        }
        if is_protocol_claim(&self.claim) {
            return refuse("the protocol itself says what this claim is".to_owned());
        }
        if self.r#in.is_empty() {
            return refuse("`in` names at least one of id_token, userinfo, access_token".to_owned());
        }
        match Program::compile(&self.expression) {
            Ok(_) => Ok(()),
            Err(error) => refuse(in_member("expression", &error)),
        }
    }
}

/// Whether the protocol decides what the claim says.
#[must_use]
pub fn is_protocol_claim(name: &str) -> bool {
    PROTOCOL_CLAIMS.contains(&name)
}

pub(crate) fn validate(mappings: &[ClaimMapping]) -> Result<(), InvalidMember> {
    if mappings.len() > MAX_MAPPINGS {
        return Err(InvalidMember::new("claim_mappings", format!("at most {MAX_MAPPINGS}")));
    }
    mappings.iter().try_for_each(ClaimMapping::validate)
}

/// Where in which member an expression is wrong.
pub(crate) fn in_member(member: &str, error: &CompileError) -> String {
    format!("{member}: {error}")
}
