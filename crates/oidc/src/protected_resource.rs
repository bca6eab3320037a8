//! Metadata of protected resources, [RFC 9728](https://www.rfc-editor.org/rfc/rfc9728): of the issuer's own endpoints, and
//! of each registered resource server, which may point at it instead of serving one.

use std::sync::Arc;

use actix_web::{HttpMessage, HttpRequest, HttpResponse, web};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use latchkey_jose::dpop;
use latchkey_protocol::SigningAlgorithm;
use latchkey_tenants::{OIDC_SCOPES, ResourceServer, ResourceServers};
use latchkey_web::{TenantContext, WebError};
use serde::Serialize;
use url::Url;

use crate::Services;
use crate::bearer::PresentedToken;
use crate::cached_document::CachedDocument;
use crate::endpoint::ResourceMetadata;
use crate::error::EndpointError;
use crate::resource_policy::is_absolute_uri;

const WELL_KNOWN: &str = "/.well-known/oauth-protected-resource";

/// §2. What only the resource server itself knows, such as whether it checks a proof of possession, is left out for
/// those that are not ours.
#[derive(Serialize)]
struct ResourceDocument<'a> {
    resource: &'a str,
    authorization_servers: [&'a str; 1],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    scopes_supported: Vec<&'a str>,
    bearer_methods_supported: &'a [&'a str],
    resource_name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    resource_documentation: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    authorization_details_types_supported: Vec<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    dpop_signing_alg_values_supported: Option<&'static [SigningAlgorithm]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tls_client_certificate_bound_access_tokens: Option<bool>,
}

/// The document of the issuer's own endpoints.
pub(crate) async fn own(
    context: TenantContext,
    services: web::Data<Services>,
) -> Result<CachedDocument, EndpointError> {
    document(&ResourceDocument {
        resource: &context.issuer,
        authorization_servers: [&context.issuer],
        scopes_supported: OIDC_SCOPES.iter().copied().filter(|scope| *scope != "offline_access").collect(),
        bearer_methods_supported: &["header", "body"],
        resource_name: &context.tenant.name,
        resource_documentation: None,
        authorization_details_types_supported: Vec::new(),
        dpop_signing_alg_values_supported: Some(dpop::ALGORITHMS),
        tls_client_certificate_bound_access_tokens: Some(services.mtls.available),
    })
}

/// The document of the resource server whose audience stands in the path, as base64url: a URI in a path is decoded by
/// one proxy and not by the next.
pub(crate) async fn registered(
    http: HttpRequest,
    context: TenantContext,
    services: web::Data<Services>,
) -> Result<CachedDocument, WebError> {
    let encoded = http.match_info().get("resource").unwrap_or_default();
    let audience = URL_SAFE_NO_PAD.decode(encoded).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let servers = services.directory.resource_servers(&context.tenant.id).await?;
    let server = audience.and_then(|audience| servers.find(&audience)).filter(|server| is_resource(server));
    let server = server.ok_or(WebError::NotFound)?;
    let types = &server.settings.authorization_details_types;
    let described = document(&ResourceDocument {
        resource: &server.audience,
        authorization_servers: [&context.issuer],
        scopes_supported: server.scopes.iter().map(|scope| scope.name.as_str()).collect(),
        bearer_methods_supported: &["header"],
        resource_name: &server.name,
        resource_documentation: server.settings.resource_documentation.as_deref(),
        authorization_details_types_supported: types.iter().map(|kind| kind.name.as_str()).collect(),
        dpop_signing_alg_values_supported: None,
        tls_client_certificate_bound_access_tokens: None,
    });
    described.map_err(WebError::internal)
}

/// §4: the resource identifiers, the issuer's own first.
pub(crate) fn identifiers(issuer: &str, servers: &ResourceServers) -> Vec<String> {
    let registered = servers.iter().filter(|server| is_resource(server)).map(|server| server.audience.clone());
    std::iter::once(issuer.to_owned()).chain(registered).collect()
}

/// The userinfo endpoint; its challenge says where the metadata is (§5.1).
pub(crate) async fn userinfo(
    http: HttpRequest,
    context: TenantContext,
    presented: Result<PresentedToken, EndpointError>,
    services: web::Data<Services>,
) -> Result<HttpResponse, EndpointError> {
    http.extensions_mut().insert(ResourceMetadata(own_address(&context.issuer)));
    crate::userinfo::userinfo(context, presented?, services).await
}

/// §3.1: the well-known part stands before the path of the resource.
fn own_address(issuer: &str) -> String {
    let Ok(url) = Url::parse(issuer) else { return format!("{issuer}{WELL_KNOWN}") };
    let origin = url.origin().ascii_serialization();
    format!("{origin}{WELL_KNOWN}{}", url.path().trim_end_matches('/'))
}

/// §1.2: a resource identifier is a URL; another audience cannot have a document.
fn is_resource(server: &ResourceServer) -> bool {
    is_absolute_uri(&server.audience)
}

fn document(document: &ResourceDocument<'_>) -> Result<CachedDocument, EndpointError> {
    let json = serde_json::to_string(document).map_err(|error| EndpointError::Internal(error.into()))?;
    Ok(CachedDocument(Arc::from(json)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_well_known_part_stands_before_the_path() {
        let cases = [
            ("https://id.example/t/a", "https://id.example/.well-known/oauth-protected-resource/t/a"),
            ("https://id.example:8443", "https://id.example:8443/.well-known/oauth-protected-resource"),
        ];
        for (issuer, expected) in cases {
            assert_eq!(own_address(issuer), expected);
        }
    }
}
