//! Which scope a client may be granted: what it asks for, what it is registered for, and what exists, all at once.

use latchkey_protocol::{ErrorCode, GrantType, OAuthError, Scope};
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

/// What a request to the token endpoint may have: exactly what it asks for, or everything that the client is registered
/// for when it says nothing.
///
/// Nobody is shown a smaller scope here: what the client may not have is an error, not left out (RFC 6749 §5.2).
/// `offline_access` and `device_sso` have to be asked for.
pub(crate) fn exactly(
    requested: Option<&str>,
    client: &Client,
    servers: &ResourceServers,
    on_behalf_of: OnBehalfOf,
) -> Result<Scope, OAuthError> {
    let Some(text) = requested else {
        let all = grantable(&client.metadata.scope, client, servers, on_behalf_of);
        let lasting = |token: &str| token == "offline_access" || token == "device_sso";
        return Ok(all.iter().filter(|token| !lasting(token)).collect());
    };
    let refused = || OAuthError::new(ErrorCode::InvalidScope, "the scope is malformed, unknown or not allowed");
    let requested = Scope::parse(text).ok_or_else(refused)?;
    if grantable(&requested, client, servers, on_behalf_of) == requested { Ok(requested) } else { Err(refused()) }
}

fn is_grantable(token: &str, client: &Client, servers: &ResourceServers, on_behalf_of: OnBehalfOf) -> bool {
    if !client.metadata.scope.contains(token) {
        return false;
    }
    if OIDC_SCOPES.contains(&token) {
        let refreshes = token != "offline_access" || client.may_use_grant(GrantType::RefreshToken);
        let shares = token != "device_sso" || client.metadata.native_sso;
        return on_behalf_of == OnBehalfOf::User && refreshes && shares;
    }
    let audiences = &client.metadata.audiences;
    audiences.iter().filter_map(|audience| servers.find(audience)).any(|server| server.defines(token))
}

/// The tokens of `most` that an exchanged token for those targets may have: registered for the client, and defined by a
/// target. What OpenID Connect defines is defined by the issuer; no exchange leads to a refresh token or a new device.
pub(crate) fn exchangeable(
    most: &Scope,
    client: &Client,
    servers: &ResourceServers,
    (targets, issuer): (&[String], &str),
) -> Scope {
    let at_issuer = targets.iter().any(|target| target == issuer);
    let defined = |token: &str| {
        if OIDC_SCOPES.contains(&token) {
            return at_issuer && token != "offline_access" && token != "device_sso";
        }
        targets.iter().filter_map(|target| servers.find(target)).any(|server| server.defines(token))
    };
    most.iter().filter(|token| client.metadata.scope.contains(token) && defined(token)).collect()
}

/// The audiences of a token with that scope for that client: those of its resource servers that define a part of it.
pub(crate) fn audience(scope: &Scope, client: &Client, servers: &ResourceServers) -> Vec<String> {
    let mut audiences = servers.audiences_for(scope);
    audiences.retain(|audience| client.metadata.audiences.contains(audience));
    audiences
}

#[cfg(test)]
mod tests {
    use latchkey_tenants::{ClientMetadata, ClientOrigin, ResourceServer, ResourceServerSettings, ScopeDefinition};

    use super::*;

    fn server(audience: &str, scopes: &[&str]) -> ResourceServer {
        let define = |name: &&str| ScopeDefinition { name: (*name).to_owned(), ..ScopeDefinition::default() };
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
        let mut client =
            Client { client_id, name: "Web".to_owned(), metadata, secrets: Vec::new(), origin: ClientOrigin::Managed };
        let asked = scope("openid profile offline_access read admin gone unheard-of");

        assert_eq!(grantable(&asked, &client, &servers, OnBehalfOf::User), scope("openid read"));
        assert_eq!(grantable(&asked, &client, &servers, OnBehalfOf::Client), scope("read"));
        assert_eq!(audience(&scope("openid read"), &client, &servers), ["https://a"]);
        client.metadata.grant_types.push(GrantType::RefreshToken);
        assert_eq!(grantable(&asked, &client, &servers, OnBehalfOf::User), scope("offline_access openid read"));
    }
}
