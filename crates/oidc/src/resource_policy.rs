//! Resource indicators, [RFC 8707](https://www.rfc-editor.org/rfc/rfc8707): which resource servers a request names, and
//! what that leaves of a scope.

use latchkey_protocol::{ErrorCode, OAuthError, Scope};
use latchkey_tenants::{Client, OIDC_SCOPES, ResourceServers};
use url::Url;

/// A token for more of them than this is for everybody.
const MAX_RESOURCES: usize = 20;

/// The audiences that a request names, each once, in order.
///
/// # Errors
/// `invalid_target` when one is no absolute URI, or not a resource server that the client may use (§2).
pub(crate) fn named_resources(
    resources: &[String],
    client: &Client,
    servers: &ResourceServers,
) -> Result<Vec<String>, OAuthError> {
    if resources.len() > MAX_RESOURCES {
        return Err(invalid_target("more than 20 resources are named"));
    }
    // Compared byte by byte: whatever looks alike to one of us may be another server to the next.
    let usable = |resource: &String| {
        is_absolute_uri(resource) && client.metadata.audiences.contains(resource) && servers.find(resource).is_some()
    };
    if !resources.iter().all(usable) {
        return Err(invalid_target("a resource is malformed, unknown or not for this client"));
    }
    let mut audiences = resources.to_vec();
    audiences.sort();
    audiences.dedup();
    Ok(audiences)
}

/// §2: a URI with a scheme and without a fragment.
pub(crate) fn is_absolute_uri(resource: &str) -> bool {
    !resource.contains('#') && Url::parse(resource).is_ok()
}

/// What a user may be asked for: of a scope that one of the servers defines, and what OpenID Connect defines.
pub(crate) fn scope_at(resources: &[String], scope: &Scope, servers: &ResourceServers) -> Scope {
    if resources.is_empty() {
        return scope.clone();
    }
    let own = scope_of(resources, scope, servers);
    scope.iter().filter(|token| OIDC_SCOPES.contains(token) || own.contains(token)).collect()
}

/// The part of a scope that one of the servers defines: all that a token for them says.
pub(crate) fn scope_of(resources: &[String], scope: &Scope, servers: &ResourceServers) -> Scope {
    let defined = |token: &&str| {
        resources.iter().filter_map(|resource| servers.find(resource)).any(|server| server.defines(token))
    };
    scope.iter().filter(defined).collect()
}

pub(crate) fn invalid_target(reason: &'static str) -> OAuthError {
    OAuthError::new(ErrorCode::InvalidTarget, reason)
}

#[cfg(test)]
mod tests {
    use latchkey_tenants::{ClientMetadata, ResourceServer, ResourceServerSettings, ScopeDefinition};

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

    fn servers() -> ResourceServers {
        ResourceServers::new(vec![
            server("https://a", &["read"]),
            server("https://b/", &["read", "write"]),
            server("c", &[]),
        ])
    }

    fn named(resources: &[&str]) -> Result<Vec<String>, ErrorCode> {
        let audiences = ["https://a", "https://b/", "c", "https://gone"].map(str::to_owned).to_vec();
        let metadata = ClientMetadata { audiences, ..ClientMetadata::default() };
        let client_id = "web".parse().expect("a client id");
        let client = Client {
            client_id,
            name: "Web".to_owned(),
            metadata,
            secrets: Vec::new(),
            origin: latchkey_tenants::ClientOrigin::Managed,
        };
        let resources: Vec<String> = resources.iter().map(|resource| (*resource).to_owned()).collect();
        named_resources(&resources, &client, &servers()).map_err(|error| error.code)
    }

    #[test]
    fn a_resource_is_named_exactly_and_by_whom_it_is_for() {
        assert_eq!(named(&["https://b/", "https://a", "https://b/"]).expect("good"), ["https://a", "https://b/"]);
        assert!(named(&[]).expect("none").is_empty());
        for wrong in ["c", "https://b", "https://a/", "HTTPS://a", "https://a#x", "https://a#", "https://gone", "/a"] {
            assert_eq!(named(&["https://a", wrong]), Err(ErrorCode::InvalidTarget), "{wrong}");
        }
        assert_eq!(named(&["https://a"; 21]), Err(ErrorCode::InvalidTarget));
    }

    #[test]
    fn a_scope_shrinks_to_what_the_named_servers_define() {
        let asked = Scope::parse("openid read write").expect("a scope");
        let a = ["https://a".to_owned()];
        assert_eq!(scope_at(&a, &asked, &servers()).to_string(), "openid read");
        assert_eq!(scope_of(&a, &asked, &servers()).to_string(), "read");
        assert_eq!(scope_at(&[], &asked, &servers()), asked);
    }
}
