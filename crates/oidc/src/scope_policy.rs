//! Which scope a client may be granted: what it asks for, what it is registered for, and what exists, all at once.

use latchkey_protocol::{GrantType, Scope};
use latchkey_tenants::{Client, OIDC_SCOPES, ResourceServers};

/// Whether a user takes part in the grant: the scopes of OpenID Connect mean nothing without one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OnBehalfOf {
    /// A user.
    User,
    /// The client itself.
    Client,
}

/// The tokens of `requested` that may be granted to the client.
///
/// A scope of a resource server counts only when the client may ask for tokens of that server, and `offline_access`
/// only when it may use a refresh token.
pub(crate) fn grantable(
    requested: &Scope,
    client: &Client,
    servers: &ResourceServers,
    on_behalf_of: OnBehalfOf,
) -> Scope {
    requested.iter().filter(|token| is_grantable(token, client, servers, on_behalf_of)).collect()
}

fn is_grantable(token: &str, client: &Client, servers: &ResourceServers, on_behalf_of: OnBehalfOf) -> bool {
    if !client.metadata.scope.contains(token) {
        return false;
    }
    if OIDC_SCOPES.contains(&token) {
        let refreshes = token != "offline_access" || client.may_use_grant(GrantType::RefreshToken);
        return on_behalf_of == OnBehalfOf::User && refreshes;
    }
    let audiences = &client.metadata.audiences;
    audiences.iter().filter_map(|audience| servers.find(audience)).any(|server| server.defines(token))
}

/// The audiences of a token with that scope for that client: those of its resource servers that define a part of it.
pub(crate) fn audience(scope: &Scope, client: &Client, servers: &ResourceServers) -> Vec<String> {
    let mut audiences = servers.audiences_for(scope);
    audiences.retain(|audience| client.metadata.audiences.contains(audience));
    audiences
}

#[cfg(test)]
mod tests {
    use latchkey_tenants::{ClientMetadata, ResourceServer, ResourceServerSettings, ScopeDefinition};

    use super::*;

    fn server(audience: &str, scopes: &[&str]) -> ResourceServer {
        let define =
            |name: &&str| ScopeDefinition { name: (*name).to_owned(), description: String::new(), sensitive: false };
        ResourceServer {
            audience: audience.to_owned(),
            name: audience.to_owned(),
            settings: ResourceServerSettings::default(),
            scopes: scopes.iter().map(define).collect(),
        }
    }

    fn scope(text: &str) -> Scope {
        Scope::parse(text).expect("a scope")
    }

    #[test]
    fn the_scope_is_what_is_asked_registered_and_known() {
        let servers = ResourceServers::new(vec![
            server("https://a", &["read", "write"]),
            server("https://b", &["read", "admin"]),
        ]);
        let metadata = ClientMetadata {
            scope: scope("openid email offline_access read write admin gone"),
            audiences: vec!["https://a".to_owned()],
            ..ClientMetadata::default()
        };
        let client_id = "web".parse().expect("a client id");
        let mut client = Client { client_id, name: "Web".to_owned(), metadata, secrets: Vec::new() };
        let asked = scope("openid profile offline_access read admin gone unheard-of");

        assert_eq!(grantable(&asked, &client, &servers, OnBehalfOf::User), scope("openid read"));
        assert_eq!(grantable(&asked, &client, &servers, OnBehalfOf::Client), scope("read"));
        assert_eq!(audience(&scope("openid read"), &client, &servers), ["https://a"]);
        client.metadata.grant_types.push(GrantType::RefreshToken);
        assert_eq!(grantable(&asked, &client, &servers, OnBehalfOf::User), scope("offline_access openid read"));
    }
}
