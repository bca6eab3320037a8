//! OAuth 2 and OpenID Connect endpoints: discovery, keys, authorization, token, userinfo, introspection, revocation and
//! sign-out begun by a client.
//!
//! Each file is one endpoint or one concept of its RFC. What every token passes is in two places: client
//! authentication and the grant type at the top of `token.rs`, the scope in `scope_policy.rs`.

mod address_throttle;
mod asked;
mod authorization_details;
mod authorize;
mod backchannel_authentication;
mod backchannel_delivery;
mod backchannel_logout;
mod bearer;
mod cached_document;
mod capabilities;
mod claims_policy;
mod client_authentication;
mod client_documents;
mod client_keys;
mod client_logos;
mod device_authorization;
mod discovery;
mod encrypted_response;
mod endpoint;
mod error;
mod form;
mod frontchannel_logout;
mod global_token_revocation;
mod id_token_hint;
mod introspection;
mod json_body;
mod jwks;
mod jwt_introspection;
mod logout;
mod mutual_tls;
mod no_store;
mod page_error;
mod par;
mod protected_resource;
mod registration;
mod requester;
mod resource_policy;
mod revocation;
mod routes;
mod rules;
mod scope_policy;
mod sender_constraint;
mod services;
mod session_management;
mod subject;
#[cfg(test)]
mod tests;
mod token;
mod trusted_assertion;
mod userinfo;

pub use backchannel_delivery::BackchannelDelivery;
pub use backchannel_logout::LogoutDelivery;
pub use client_authentication::ClientThrottle;
pub use client_documents::ClientDocuments;
pub use client_keys::{ClientKeys, ClientKeysError};
pub use client_logos::ClientLogos;
pub use mutual_tls::MutualTls;
pub use routes::{list_routes, list_well_known_routes, routes, well_known_routes};
pub use rules::Rules;
pub use services::Services;
pub use token::{ClaimsPreview, PreviewedClaims};
