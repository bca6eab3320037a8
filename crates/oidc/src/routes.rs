//! Every route of this crate, in one table: it is mounted from, and the isolation test reads it.

use std::collections::BTreeMap;

use actix_web::http::Method;
use actix_web::middleware::from_fn;
use actix_web::web::{self, ServiceConfig};
use latchkey_web::Route;

use crate::client_logos::client_logo;
use crate::endpoint::{Cors, Strangers, around, preflight};
use crate::{
    authorize, backchannel_authentication, device_authorization, discovery, global_token_revocation, introspection,
    jwks, logout, par, protected_resource, registration, revocation, session_management, token,
};

type Handler = (&'static str, fn() -> actix_web::Route);

/// One address with its methods.
struct Endpoint {
    /// In the metrics.
    name: &'static str,
    path: &'static str,
    /// The member of the metadata document that names it.
    advertised_as: Option<&'static str>,
    cors: Cors,
    strangers: Strangers,
    handlers: &'static [Handler],
}

/// Left out of the metadata of a tenant that lets no client register itself.
pub(crate) const REGISTRATION_ENDPOINT: &str = "registration_endpoint";
const OPTIONS: Handler = ("OPTIONS", || web::to(preflight));

/// Below each issuer.
static ENDPOINTS: &[Endpoint] = &[
    Endpoint {
        name: "discovery",
        path: "/.well-known/openid-configuration",
        advertised_as: None,
        cors: Cors::AnyOrigin,
        strangers: Strangers::LeaveNothing,
        handlers: METADATA,
    },
    Endpoint {
        name: "discovery",
        path: "/.well-known/oauth-authorization-server",
        advertised_as: None,
        cors: Cors::AnyOrigin,
        strangers: Strangers::LeaveNothing,
        handlers: METADATA,
    },
    Endpoint {
        name: "jwks",
        path: "/oauth2/jwks",
        advertised_as: Some("jwks_uri"),
        cors: Cors::AnyOrigin,
        strangers: Strangers::LeaveNothing,
        handlers: &[("GET", || web::to(jwks::jwks)), ("HEAD", || web::to(jwks::jwks)), OPTIONS],
    },
    Endpoint {
        name: "authorize",
        path: "/oauth2/authorize",
        advertised_as: Some("authorization_endpoint"),
        cors: Cors::Closed,
        strangers: Strangers::AreCounted,
        handlers: &[("GET", || web::to(authorize::authorize)), ("POST", || web::to(authorize::authorize_post))],
    },
    Endpoint {
        name: "authorize",
        path: "/oauth2/authorize/continue",
        advertised_as: None,
        cors: Cors::Closed,
        strangers: Strangers::AreCounted,
        handlers: &[("GET", || web::to(authorize::authorize_continue))],
    },
    Endpoint {
        name: "par",
        path: "/oauth2/par",
        advertised_as: Some("pushed_authorization_request_endpoint"),
        cors: Cors::AnyOrigin,
        strangers: Strangers::AreCounted,
        handlers: &[("POST", || web::to(par::push)), OPTIONS],
    },
    Endpoint {
        name: "authorize_challenge",
        path: "/oauth2/authorize-challenge",
        advertised_as: Some("authorization_challenge_endpoint"),
        cors: Cors::Closed,
        strangers: Strangers::AreCounted,
        handlers: &[("POST", || web::to(authorize::authorize_challenge))],
    },
    Endpoint {
        name: "token",
        path: "/oauth2/token",
        advertised_as: Some("token_endpoint"),
        cors: Cors::AnyOrigin,
        strangers: Strangers::FailuresAreCounted,
        handlers: &[("POST", || web::to(token::token)), OPTIONS],
    },
    Endpoint {
        name: "device_authorization",
        path: "/oauth2/device_authorization",
        advertised_as: Some("device_authorization_endpoint"),
        cors: Cors::AnyOrigin,
        strangers: Strangers::AreCounted,
        handlers: &[("POST", || web::to(device_authorization::device_authorization)), OPTIONS],
    },
    Endpoint {
        name: "bc_authorize",
        path: "/oauth2/bc-authorize",
        advertised_as: Some("backchannel_authentication_endpoint"),
        cors: Cors::Closed,
        strangers: Strangers::AreCounted,
        handlers: &[("POST", || web::to(backchannel_authentication::backchannel_authentication))],
    },
    Endpoint {
        name: "userinfo",
        path: "/oauth2/userinfo",
        advertised_as: Some("userinfo_endpoint"),
        cors: Cors::AnyOrigin,
        strangers: Strangers::LeaveNothing,
        handlers: &[
            ("GET", || web::to(protected_resource::userinfo)),
            ("POST", || web::to(protected_resource::userinfo)),
            OPTIONS,
        ],
    },
    Endpoint {
        name: "introspect",
        path: "/oauth2/introspect",
        advertised_as: Some("introspection_endpoint"),
        cors: Cors::Closed,
        strangers: Strangers::LeaveNothing,
        handlers: &[("POST", || web::to(introspection::introspect))],
    },
    Endpoint {
        name: "revoke",
        path: "/oauth2/revoke",
        advertised_as: Some("revocation_endpoint"),
        cors: Cors::AnyOrigin,
        strangers: Strangers::LeaveNothing,
        handlers: &[("POST", || web::to(revocation::revoke)), OPTIONS],
    },
    Endpoint {
        name: "global_token_revocation",
        path: "/oauth2/global-token-revocation",
        advertised_as: Some("global_token_revocation_endpoint"),
        cors: Cors::Closed,
        strangers: Strangers::LeaveNothing,
        handlers: &[("POST", || web::to(global_token_revocation::revoke))],
    },
    Endpoint {
        name: "register",
        path: "/oauth2/register",
        advertised_as: Some(REGISTRATION_ENDPOINT),
        cors: Cors::AnyOrigin,
        strangers: Strangers::HaveTheirOwnBound,
        handlers: &[("POST", || web::to(registration::register)), OPTIONS],
    },
    Endpoint {
        name: "register",
        path: "/oauth2/register/{client_id}",
        advertised_as: None,
        cors: Cors::Closed,
        strangers: Strangers::LeaveNothing,
        handlers: &[
            ("GET", || web::to(registration::read)),
            ("PUT", || web::to(registration::replace)),
            ("DELETE", || web::to(registration::remove)),
        ],
    },
    Endpoint {
        name: "logout",
        path: "/oauth2/logout",
        advertised_as: Some("end_session_endpoint"),
        cors: Cors::Closed,
        strangers: Strangers::LeaveNothing,
        handlers: &[("GET", || web::to(logout::logout)), ("POST", || web::to(logout::logout_post))],
    },
    Endpoint {
        name: "logout",
        path: "/oauth2/logout/continue",
        advertised_as: None,
        cors: Cors::Closed,
        strangers: Strangers::LeaveNothing,
        handlers: &[("GET", || web::to(logout::logout_continue))],
    },
    Endpoint {
        name: "check_session",
        path: "/oauth2/check-session",
        advertised_as: Some("check_session_iframe"),
        cors: Cors::Closed,
        strangers: Strangers::LeaveNothing,
        handlers: &[("GET", || web::to(session_management::check_session))],
    },
    Endpoint {
        name: "client_logo",
        // As `latchkey_web::client_logo_path` writes it.
        path: "/oauth2/client-logos/{client}",
        advertised_as: None,
        cors: Cors::Closed,
        strangers: Strangers::LeaveNothing,
        handlers: &[("GET", || web::to(client_logo)), ("HEAD", || web::to(client_logo))],
    },
    Endpoint {
        name: "protected_resource",
        path: "/.well-known/oauth-protected-resource",
        advertised_as: None,
        cors: Cors::AnyOrigin,
        strangers: Strangers::LeaveNothing,
        handlers: OWN_RESOURCE,
    },
    Endpoint {
        name: "protected_resource",
        path: "/oauth2/resources/{resource}",
        advertised_as: None,
        cors: Cors::AnyOrigin,
        strangers: Strangers::LeaveNothing,
        handlers: &[
            ("GET", || web::to(protected_resource::registered)),
            ("HEAD", || web::to(protected_resource::registered)),
            OPTIONS,
        ],
    },
];

/// At the root of the public URL, for issuers with a path.
static WELL_KNOWN: &[Endpoint] = &[
    Endpoint {
        name: "discovery",
        path: "/.well-known/openid-configuration/t/{tenant}",
        advertised_as: None,
        cors: Cors::AnyOrigin,
        strangers: Strangers::LeaveNothing,
        handlers: METADATA,
    },
    Endpoint {
        name: "discovery",
        path: "/.well-known/oauth-authorization-server/t/{tenant}",
        advertised_as: None,
        cors: Cors::AnyOrigin,
        strangers: Strangers::LeaveNothing,
        handlers: METADATA,
    },
    Endpoint {
        name: "protected_resource",
        path: "/.well-known/oauth-protected-resource/t/{tenant}",
        advertised_as: None,
        cors: Cors::AnyOrigin,
        strangers: Strangers::LeaveNothing,
        handlers: OWN_RESOURCE,
    },
];

const METADATA: &[Handler] =
    &[("GET", || web::to(discovery::metadata)), ("HEAD", || web::to(discovery::metadata)), OPTIONS];

const OWN_RESOURCE: &[Handler] =
    &[("GET", || web::to(protected_resource::own)), ("HEAD", || web::to(protected_resource::own)), OPTIONS];

/// Mounts the endpoints of one issuer: under `/t/{tenant}`, and at the root for hosts of their own.
pub fn routes(config: &mut ServiceConfig) {
    mount(config, ENDPOINTS);
}

/// Mounts the metadata documents where RFC 8414 §3.1 puts those of issuers with a path; at the root.
pub fn well_known_routes(config: &mut ServiceConfig) {
    mount(config, WELL_KNOWN);
}

/// The endpoints of an issuer, by the member of the metadata document that names each: what is mounted, and no more.
pub(crate) fn advertised(issuer: &str) -> BTreeMap<&'static str, String> {
    ENDPOINTS
        .iter()
        .filter_map(|endpoint| Some((endpoint.advertised_as?, format!("{issuer}{}", endpoint.path))))
        .collect()
}

/// Every route that [`routes`] mounts, relative to the issuer.
pub fn list_routes() -> impl Iterator<Item = Route> {
    list(ENDPOINTS)
}

/// Every route that [`well_known_routes`] mounts.
pub fn list_well_known_routes() -> impl Iterator<Item = Route> {
    list(WELL_KNOWN)
}

fn list(endpoints: &'static [Endpoint]) -> impl Iterator<Item = Route> {
    endpoints
        .iter()
        .flat_map(|endpoint| endpoint.handlers.iter().map(|(method, _)| Route { method, path: endpoint.path }))
}

fn mount(config: &mut ServiceConfig, endpoints: &'static [Endpoint]) {
    for endpoint in endpoints {
        let mut resource = web::resource(endpoint.path);
        for (method, handler) in endpoint.handlers {
            let method = Method::from_bytes(method.as_bytes()).unwrap_or(Method::GET);
            resource = resource.route(handler().method(method));
        }
        let (name, rules) = (endpoint.name, (endpoint.cors, endpoint.strangers));
        config.service(resource.wrap(from_fn(move |request, next| around(name, rules, request, next))));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_method_of_the_table_is_one() {
        const KNOWN: [Method; 6] =
            [Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::DELETE, Method::OPTIONS];
        for route in list_routes().chain(list_well_known_routes()) {
            let method = Method::from_bytes(route.method.as_bytes()).expect("a method");
            assert!(KNOWN.contains(&method), "{route:?}");
            assert!(route.path.starts_with('/'), "{route:?}");
        }
        assert_eq!(list_well_known_routes().filter(|route| !route.path.ends_with("/t/{tenant}")).count(), 0);
    }

    /// What a request leaves behind at each of these is measured in `tests/http/strangers.rs`.
    #[test]
    fn strangers_are_counted_where_they_leave_something_behind() {
        let with = |strangers: Strangers| -> Vec<&str> {
            ENDPOINTS.iter().filter(|endpoint| endpoint.strangers == strangers).map(|endpoint| endpoint.path).collect()
        };
        assert_eq!(
            with(Strangers::AreCounted),
            [
                "/oauth2/authorize",
                "/oauth2/authorize/continue",
                "/oauth2/par",
                "/oauth2/authorize-challenge",
                "/oauth2/device_authorization",
                "/oauth2/bc-authorize"
            ]
        );
        assert_eq!(with(Strangers::FailuresAreCounted), ["/oauth2/token"]);
        assert_eq!(with(Strangers::HaveTheirOwnBound), ["/oauth2/register"]);
        assert!(WELL_KNOWN.iter().all(|endpoint| endpoint.strangers == Strangers::LeaveNothing));
    }

    #[test]
    fn scripts_of_other_origins_reach_what_a_single_page_application_needs_and_nothing_else() {
        let open: Vec<_> =
            ENDPOINTS.iter().filter(|endpoint| endpoint.cors == Cors::AnyOrigin).map(|e| e.name).collect();
        assert_eq!(
            open,
            [
                "discovery",
                "discovery",
                "jwks",
                "par",
                "token",
                "device_authorization",
                "userinfo",
                "revoke",
                "register",
                "protected_resource",
                "protected_resource"
            ]
        );
        for endpoint in ENDPOINTS {
            let preflighted = endpoint.handlers.iter().any(|(method, _)| *method == "OPTIONS");
            assert_eq!(preflighted, endpoint.cors == Cors::AnyOrigin, "{}", endpoint.path);
        }
    }
}
