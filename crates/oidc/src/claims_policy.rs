//! Which claims of the `claims` parameter (OpenID Connect Core §5.5) a client may have: a claim asked for by name needs
//! the same permission and the same consent as the scope that would bring it, or the parameter would be a way around both.

use std::collections::BTreeSet;

use latchkey_auth::scope_of_claim;
use latchkey_protocol::{ClaimsRequest, RequestedClaims, Scope};
use latchkey_tenants::Client;
use latchkey_tokens::Grant;

/// Names of claims to be returned at each place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct PermittedClaims {
    pub(crate) userinfo: BTreeSet<String>,
    pub(crate) id_token: BTreeSet<String>,
}

/// The part of a request that becomes part of the grant: the claims that the client is registered for now, which the
/// consent page showed. A registration that grows later adds nothing to it.
pub(crate) fn granted_claims(request: &ClaimsRequest, client: &Client) -> ClaimsRequest {
    let granted = |claims: &RequestedClaims| claims.names().filter(|name| is_registered(name, client)).collect();
    ClaimsRequest { userinfo: granted(&request.userinfo), id_token: granted(&request.id_token) }
}

/// The granted claims that a token of that scope may still bring to the client. When the client has since given up a
/// scope of the grant, be it for one token, the claims that belong to it go too.
pub(crate) fn permitted_claims(grant: &Grant, scope: &Scope, client: &Client) -> PermittedClaims {
    let stored = grant.claims.as_ref();
    let request: Option<ClaimsRequest> = stored.and_then(|stored| serde_json::from_value(stored.clone()).ok());
    let given_up = |name: &str| scope_of_claim(name).is_some_and(|of| grant.scope.contains(of) && !scope.contains(of));
    let permitted = |claims: &RequestedClaims| {
        let names = claims.names().filter(|name| is_registered(name, client) && !given_up(name));
        names.map(str::to_owned).collect()
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
    names.filter_map(scope_of_claim).filter(|scope| client.metadata.scope.contains(scope)).collect()
}

fn is_registered(claim: &str, client: &Client) -> bool {
    scope_of_claim(claim).is_some_and(|scope| client.metadata.scope.contains(scope))
}

#[cfg(test)]
mod tests {
    use latchkey_core::UtcTime;
    use latchkey_tenants::{ClientMetadata, ClientOrigin};
    use latchkey_tokens::Authentication;

    use super::*;

    fn scope(text: &str) -> Scope {
        Scope::parse(text).expect("a scope")
    }

    fn client(registered: &str) -> Client {
        let metadata = ClientMetadata { scope: scope(registered), ..ClientMetadata::default() };
        Client {
            client_id: "web".parse().expect("a client id"),
            name: "Web".to_owned(),
            metadata,
            secrets: Vec::new(),
            origin: ClientOrigin::Managed,
        }
    }

    fn request(text: &str) -> ClaimsRequest {
        ClaimsRequest::parse(text).expect("a claims request")
    }

    fn grant(granted: &str, claims: &ClaimsRequest) -> Grant {
        let now = UtcTime::from_unix_seconds(1);
        let id = "0123456789abcdef0123456789abcdef";
        Grant {
            id: format!("grt_{id}").parse().expect("a grant id"),
            client_id: "web".parse().expect("a client id"),
            user_id: format!("usr_{id}").parse().expect("a user id"),
            session_id: format!("ses_{id}").parse().ok(),
            grant_type: latchkey_protocol::GrantType::AuthorizationCode,
            scope: scope(granted),
            audience: Vec::new(),
            authentication: Authentication { auth_time: now, amr: Vec::new(), acr: "1".to_owned() },
            claims: Some(serde_json::to_value(claims).expect("serializes")),
            offline: false,
            confirmation: None,
            authorization_details: None,
            actor: None,
            created_at: now,
            expires_at: now,
        }
    }

    fn names<const N: usize>(names: [&str; N]) -> BTreeSet<String> {
        names.map(str::to_owned).into()
    }

    #[test]
    fn a_claim_needs_the_scope_that_would_bring_it() {
        let client = client("openid profile");
        let request = request(
            r#"{"userinfo":{"name":{"essential":true},"email":null,"role":null},"id_token":{"acr":null,"gender":null}}"#,
        );
        assert_eq!(scope_for_claims(&request, &client), scope("profile"));
        let grant = grant("openid", &granted_claims(&request, &client));
        let permitted = permitted_claims(&grant, &grant.scope, &client);
        assert_eq!(permitted, PermittedClaims { userinfo: names(["name"]), id_token: names(["gender"]) });
        let without = Grant { claims: None, ..grant };
        assert_eq!(permitted_claims(&without, &without.scope, &client), PermittedClaims::default());
    }

    #[test]
    fn a_registration_that_grows_adds_nothing_to_a_grant_and_one_that_shrinks_takes_away() {
        let request = request(r#"{"userinfo":{"name":null,"email":null,"phone_number":{"value":"1"}}}"#);
        let granted = granted_claims(&request, &client("openid email"));
        assert_eq!(granted, ClaimsRequest { userinfo: ["email"].into_iter().collect(), ..ClaimsRequest::default() });
        let grant = grant("openid", &granted);
        let at = |registered: &str| permitted_claims(&grant, &grant.scope, &client(registered)).userinfo;
        assert_eq!(at("openid email profile phone"), names(["email"]));
        assert_eq!(at("openid profile"), names([]));
    }

    #[test]
    fn a_scope_given_up_takes_its_named_claims_along_and_one_that_was_never_granted_takes_none() {
        let client = client("openid email profile");
        let grant =
            grant("openid email", &request(r#"{"userinfo":{"name":null,"email":null},"id_token":{"email":null}}"#));
        let whole = permitted_claims(&grant, &grant.scope, &client);
        assert_eq!(whole, PermittedClaims { userinfo: names(["email", "name"]), id_token: names(["email"]) });
        let narrowed = permitted_claims(&grant, &scope("openid"), &client);
        assert_eq!(narrowed, PermittedClaims { userinfo: names(["name"]), id_token: names([]) });
    }
}
