//! `authorization_details`, [RFC 9396](https://www.rfc-editor.org/rfc/rfc9396): what is asked for in detail, held
//! against the types that resource servers registered.

use std::collections::BTreeSet;

use latchkey_protocol::{AuthorizationDetails, ErrorCode, OAuthError, details_type};
use latchkey_tenants::{Client, ResourceServer, ResourceServers};
use serde_json::Value;

/// Checks each object: its type is one that the client registered, a resource server of the client (among the named
/// ones, if any are named) understands it, and it fits the schema of each that does.
///
/// # Errors
/// `invalid_authorization_details` (§5).
pub(crate) fn check_details(
    details: &AuthorizationDetails,
    client: &Client,
    servers: &ResourceServers,
    resources: &[String],
) -> Result<(), OAuthError> {
    for object in details.objects() {
        let name = details_type(object).unwrap_or_default();
        if !client.metadata.authorization_details_types.iter().any(|allowed| allowed == name) {
            return Err(refused("a type of authorization_details is unknown or not for this client"));
        }
        let meant = usable_servers(client, servers)
            .filter(|server| resources.is_empty() || resources.contains(&server.audience))
            .filter(|server| is_for(object, server));
        let kinds: Vec<_> = meant.filter_map(|server| server.find_details_type(name)).collect();
        if kinds.is_empty() {
            return Err(refused("no resource server of this request understands a type of authorization_details"));
        }
        if let Some(place) = kinds.iter().find_map(|kind| kind.check(object).err()) {
            let reason = format!("an object of type {name} does not fit its schema at {place}/");
            return Err(OAuthError::with_detail(ErrorCode::InvalidAuthorizationDetails, &reason));
        }
    }
    Ok(())
}

/// The audiences of the resource servers that understand one of them.
pub(crate) fn audiences_of(
    details: &AuthorizationDetails,
    client: &Client,
    servers: &ResourceServers,
) -> BTreeSet<String> {
    let understands = |server: &&ResourceServer| details.objects().iter().any(|object| is_for(object, server));
    usable_servers(client, servers).filter(understands).map(|server| server.audience.clone()).collect()
}

/// What of the granted details a token for these audiences says: §9.1, a resource server learns what is for it.
pub(crate) fn details_for(granted: Option<&Value>, audience: &[String], servers: &ResourceServers) -> Option<Value> {
    let meant = |object: &&Value| {
        audience.iter().filter_map(|audience| servers.find(audience)).any(|server| is_for(object, server))
    };
    let objects: Vec<Value> = granted?.as_array()?.iter().filter(meant).cloned().collect();
    (!objects.is_empty()).then_some(Value::Array(objects))
}

/// §2.2: `locations` says for which of those that understand the type.
fn is_for(object: &Value, server: &ResourceServer) -> bool {
    let located = match object.get("locations") {
        None => true,
        Some(Value::Array(places)) => places.iter().any(|place| place.as_str() == Some(server.audience.as_str())),
        Some(_) => false,
    };
    located && details_type(object).is_some_and(|name| server.find_details_type(name).is_some())
}

fn usable_servers<'a>(
    client: &'a Client,
    servers: &'a ResourceServers,
) -> impl Iterator<Item = &'a ResourceServer> + 'a {
    servers.iter().filter(|server| client.metadata.audiences.contains(&server.audience))
}

fn refused(reason: &'static str) -> OAuthError {
    OAuthError::new(ErrorCode::InvalidAuthorizationDetails, reason)
}

#[cfg(test)]
mod tests {
    use latchkey_tenants::ClientMetadata;
    use serde_json::json;

    use super::*;

    fn servers() -> ResourceServers {
        let server = |audience: &str, types: Value| {
            let server = json!({"audience": audience, "name": "A", "settings": {"authorization_details_types": types}});
            serde_json::from_value(server).expect("a resource server")
        };
        let payment = json!([{"type": "payment", "schema": {"required": ["amount"]}}, {"type": "other"}]);
        ResourceServers::new(vec![
            server("https://a", payment.clone()),
            server("https://b", payment),
            server("https://c", json!([])),
        ])
    }

    fn client() -> Client {
        let metadata = ClientMetadata {
            audiences: vec!["https://a".to_owned(), "https://c".to_owned()],
            authorization_details_types: vec!["payment".to_owned()],
            ..ClientMetadata::default()
        };
        let client_id = "web".parse().expect("a client id");
        Client {
            client_id,
            name: "Web".to_owned(),
            metadata,
            secrets: Vec::new(),
            origin: latchkey_tenants::ClientOrigin::Managed,
        }
    }

    fn parse(value: &Value) -> AuthorizationDetails {
        AuthorizationDetails::parse(&value.to_string()).expect("a list of objects")
    }

    #[test]
    fn each_object_is_of_a_type_that_client_and_server_know_and_fits_its_schema() {
        let check = |value: Value, resources: &[&str]| {
            let resources: Vec<String> = resources.iter().map(|resource| (*resource).to_owned()).collect();
            check_details(&parse(&value), &client(), &servers(), &resources).is_ok()
        };
        let good = json!([{"type": "payment", "amount": 1}]);
        assert!(check(good.clone(), &[]) && check(good.clone(), &["https://a", "https://c"]));
        assert!(check(json!([{"type": "payment", "amount": 1, "locations": ["https://a"]}]), &[]));
        assert!(!check(good, &["https://c"]), "no server of the request understands it");
        for wrong in [
            json!([{"type": "payment", "amount": 1}, {"type": "payment"}]),
            json!([{"type": "other"}]),
            json!([{"type": "unheard-of"}]),
            json!([{"type": "payment", "amount": 1, "locations": ["https://b"]}]),
            json!([{"type": "payment", "amount": 1, "locations": "https://a"}]),
        ] {
            assert!(!check(wrong.clone(), &[]), "{wrong}");
        }
    }

    #[test]
    fn a_token_has_what_its_audience_understands() {
        let granted =
            json!([{"type": "payment", "amount": 1}, {"type": "payment", "amount": 2, "locations": ["https://b"]}]);
        let at = |audience: &str| details_for(Some(&granted), &[audience.to_owned()], &servers());
        assert_eq!(at("https://a"), Some(json!([{"type": "payment", "amount": 1}])));
        assert_eq!(at("https://b"), Some(granted.clone()));
        assert_eq!(at("https://c"), None);
        let audiences = audiences_of(&parse(&granted), &client(), &servers());
        assert_eq!(audiences.into_iter().collect::<Vec<_>>(), ["https://a"]);
    }
}
