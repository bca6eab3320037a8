//! The metadata documents: OpenID Connect Discovery §4 and [RFC 8414 §3](https://www.rfc-editor.org/rfc/rfc8414#section-3).
//!
//! Both have the same content. Each stands below the issuer, and, for an issuer with a path, also where RFC 8414 §3.1
//! inserts the well-known part before that path.

use std::sync::Arc;

use actix_web::web;
use latchkey_auth::ACR_PASSWORD;
use latchkey_protocol::{CodeChallengeMethod, Display, ProviderMetadata, SigningAlgorithm, TokenEndpointAuthMethod};
use latchkey_tenants::{ResourceServers, Tenant};
use latchkey_web::TenantContext;

use crate::Services;
use crate::cached_document::CachedDocument;
use crate::capabilities::{AUTH_METHODS, GRANT_TYPES, RESPONSE_MODES, RESPONSE_TYPES, prompts};
use crate::error::EndpointError;
use crate::routes::advertised;

const SECRET_METHODS: &[TokenEndpointAuthMethod] =
    &[TokenEndpointAuthMethod::ClientSecretBasic, TokenEndpointAuthMethod::ClientSecretPost];
const CLAIMS: &[&str] = &[
    "sub",
    "iss",
    "aud",
    "exp",
    "iat",
    "auth_time",
    "nonce",
    "acr",
    "amr",
    "at_hash",
    "sid",
    "name",
    "given_name",
    "family_name",
    "middle_name",
    "nickname",
    "preferred_username",
    "profile",
    "picture",
    "website",
    "email",
    "email_verified",
    "gender",
    "birthdate",
    "zoneinfo",
    "locale",
    "phone_number",
    "phone_number_verified",
    "address",
    "updated_at",
];

/// What this issuer is and can do.
pub(crate) async fn metadata(
    context: TenantContext,
    services: web::Data<Services>,
) -> Result<CachedDocument, EndpointError> {
    let servers = services.directory.resource_servers(&context.tenant.id).await?;
    let document = describe(&context.issuer, &context.tenant, &servers);
    let json = serde_json::to_string(&document).map_err(|error| EndpointError::Internal(error.into()))?;
    Ok(CachedDocument(Arc::from(json)))
}

fn describe(issuer: &str, tenant: &Tenant, servers: &ResourceServers) -> ProviderMetadata {
    ProviderMetadata {
        issuer: issuer.to_owned(),
        endpoints: advertised(issuer),
        scopes_supported: servers.scope_supported().iter().map(str::to_owned).collect(),
        response_types_supported: RESPONSE_TYPES,
        response_modes_supported: RESPONSE_MODES,
        grant_types_supported: GRANT_TYPES,
        subject_types_supported: &["public"],
        id_token_signing_alg_values_supported: SigningAlgorithm::ALL,
        userinfo_signing_alg_values_supported: SigningAlgorithm::ALL,
        token_endpoint_auth_methods_supported: AUTH_METHODS,
        revocation_endpoint_auth_methods_supported: AUTH_METHODS,
        introspection_endpoint_auth_methods_supported: SECRET_METHODS,
        code_challenge_methods_supported: CodeChallengeMethod::ALL,
        display_values_supported: Display::ALL,
        prompt_values_supported: prompts(tenant.settings.sign_up),
        claim_types_supported: &["normal"],
        claims_supported: CLAIMS,
        acr_values_supported: &[ACR_PASSWORD],
        ui_locales_supported: &["en"],
        claims_parameter_supported: true,
        request_parameter_supported: false,
        request_uri_parameter_supported: false,
        require_request_uri_registration: false,
        authorization_response_iss_parameter_supported: true,
        frontchannel_logout_supported: true,
        frontchannel_logout_session_supported: true,
        backchannel_logout_supported: true,
        backchannel_logout_session_supported: true,
        require_pushed_authorization_requests: false,
        tls_client_certificate_bound_access_tokens: false,
        op_policy_uri: tenant.branding.policy_uri.clone(),
        op_tos_uri: tenant.branding.tos_uri.clone(),
    }
}

#[cfg(test)]
#[path = "discovery/tests.rs"]
mod tests;
