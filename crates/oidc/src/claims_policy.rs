//! Which claims of the `claims` parameter (OpenID Connect Core §5.5) a client may have: a claim asked for by name needs
//! the same permission and the same consent as the scope that would bring it, or the parameter would be a way around both.

use std::collections::BTreeSet;

use latchkey_auth::PROFILE_CLAIMS;
use latchkey_protocol::{ClaimsRequest, RequestedClaims, Scope};
use latchkey_tenants::Client;
use serde_json::Value;

/// Names of claims to be returned at each place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct PermittedClaims {
    pub(crate) userinfo: BTreeSet<String>,
    pub(crate) id_token: BTreeSet<String>,
}

/// The claims that a kept request asks for and that the client may still have.
pub(crate) fn permitted_claims(stored: Option<&Value>, client: &Client) -> PermittedClaims {
    let request: Option<ClaimsRequest> = stored.and_then(|stored| serde_json::from_value(stored.clone()).ok());
    let permitted = |claims: &RequestedClaims| {
        let may_have = |name: &&str| scope_of(name).is_some_and(|scope| client.metadata.scope.contains(scope));
        claims.names().filter(may_have).map(str::to_owned).collect()
    };
    request
        .map(|request| PermittedClaims {
            userinfo: permitted(&request.userinfo),
            id_token: permitted(&request.id_token),
        })
        .unwrap_or_default()
}

/// The scopes that the user must have allowed for these claims to be returned.
pub(crate) fn scope_for_claims(request: &ClaimsRequest, client: &Client) -> Scope {
    let names = request.userinfo.names().chain(request.id_token.names());
    names.filter_map(scope_of).filter(|scope| client.metadata.scope.contains(scope)).collect()
}

/// The scope that brings a claim, §5.4; `None` for one that no user has.
fn scope_of(claim: &str) -> Option<&'static str> {
    match claim {
        "email" | "email_verified" => Some("email"),
        "address" => Some("address"),
        "phone_number" | "phone_number_verified" => Some("phone"),
        _ if PROFILE_CLAIMS.contains(&claim) => Some("profile"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use latchkey_tenants::ClientMetadata;

    use super::*;

    #[test]
    fn a_claim_needs_the_scope_that_would_bring_it() {
        let metadata =
            ClientMetadata { scope: Scope::parse("openid profile").expect("a scope"), ..ClientMetadata::default() };
        let client_id = "web".parse().expect("a client id");
        let client = Client { client_id, name: "Web".to_owned(), metadata, secrets: Vec::new() };
        let text = r#"{"userinfo":{"name":{"essential":true},"email":null,"role":null},"id_token":{"acr":null,"gender":null}}"#;
        let request = ClaimsRequest::parse(text).expect("a claims request");
        let stored = serde_json::to_value(&request).expect("serializes");

        let permitted = permitted_claims(Some(&stored), &client);
        assert_eq!(permitted.userinfo, BTreeSet::from(["name".to_owned()]));
        assert_eq!(permitted.id_token, BTreeSet::from(["gender".to_owned()]));
        assert_eq!(scope_for_claims(&request, &client), Scope::parse("profile").expect("a scope"));
        assert_eq!(permitted_claims(None, &client), PermittedClaims::default());
    }
}
