//! The metadata documents: OpenID Connect Discovery §4 and [RFC 8414 §3](https://www.rfc-editor.org/rfc/rfc8414#section-3).
//!
//! Both have the same content. Each stands below the issuer, and, for an issuer with a path, also where RFC 8414 §3.1
//! inserts the well-known part before that path.

use std::collections::BTreeMap;
use std::sync::Arc;

use actix_web::web;
use latchkey_auth::Acr;
use latchkey_jose::dpop;
use latchkey_language::Language;
use latchkey_protocol::{
    CodeChallengeMethod, ContentEncryption, Display, KeyManagementAlgorithm, ProviderMetadata, SigningAlgorithm,
    SubjectType,
};
use latchkey_tenants::{DocumentMode, RegistrationMode, ResourceServers, Tenant};
use latchkey_web::TenantContext;

use crate::cached_document::CachedDocument;
use crate::capabilities::{
    DELIVERY_MODES, GRANT_TYPES, RESPONSE_MODES, RESPONSE_TYPES, assertion_algorithms, auth_methods,
    confidential_auth_methods, prompts,
};
use crate::error::EndpointError;
use crate::protected_resource;
use crate::routes::{REGISTRATION_ENDPOINT, advertised};
use crate::{MutualTls, Services};

/// What a client with a certificate calls (RFC 8705 §5).
const CALLED_WITH_CERTIFICATES: [&str; 7] = [
    "token_endpoint",
    "revocation_endpoint",
    "introspection_endpoint",
    "userinfo_endpoint",
    "pushed_authorization_request_endpoint",
    "device_authorization_endpoint",
    "global_token_revocation_endpoint",
];
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
    "c_hash",
    "s_hash",
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
    let document = describe(&context.issuer, &context.tenant, &servers, &services.mtls);
    let json = serde_json::to_string(&document).map_err(|error| EndpointError::Internal(error.into()))?;
    Ok(CachedDocument(Arc::from(json)))
}

#[expect(clippy::too_many_lines, reason = "one line for each member")]
fn describe(issuer: &str, tenant: &Tenant, servers: &ResourceServers, mtls: &MutualTls) -> ProviderMetadata {
    let decrypts = tenant.settings.request_object_encryption;
    ProviderMetadata {
        issuer: issuer.to_owned(),
        endpoints: endpoints(issuer, tenant),
        scopes_supported: servers.scope_supported().iter().map(str::to_owned).collect(),
        response_types_supported: RESPONSE_TYPES,
        response_modes_supported: RESPONSE_MODES,
        grant_types_supported: GRANT_TYPES,
        subject_types_supported: SubjectType::ALL,
        id_token_signing_alg_values_supported: SigningAlgorithm::ALL,
        userinfo_signing_alg_values_supported: SigningAlgorithm::ALL,
        request_object_signing_alg_values_supported: SigningAlgorithm::ALL,
        request_object_encryption_alg_values_supported: if decrypts { KeyManagementAlgorithm::ALL } else { &[] },
        request_object_encryption_enc_values_supported: if decrypts { ContentEncryption::ALL } else { &[] },
        authorization_signing_alg_values_supported: SigningAlgorithm::ALL,
        authorization_encryption_alg_values_supported: KeyManagementAlgorithm::ALL,
        authorization_encryption_enc_values_supported: ContentEncryption::ALL,
        id_token_encryption_alg_values_supported: KeyManagementAlgorithm::ALL,
        id_token_encryption_enc_values_supported: ContentEncryption::ALL,
        userinfo_encryption_alg_values_supported: KeyManagementAlgorithm::ALL,
        userinfo_encryption_enc_values_supported: ContentEncryption::ALL,
        introspection_signing_alg_values_supported: SigningAlgorithm::ALL,
        introspection_encryption_alg_values_supported: KeyManagementAlgorithm::ALL,
        introspection_encryption_enc_values_supported: ContentEncryption::ALL,
        token_endpoint_auth_methods_supported: auth_methods(mtls.available),
        revocation_endpoint_auth_methods_supported: auth_methods(mtls.available),
        introspection_endpoint_auth_methods_supported: confidential_auth_methods(mtls.available),
        token_endpoint_auth_signing_alg_values_supported: assertion_algorithms(),
        revocation_endpoint_auth_signing_alg_values_supported: assertion_algorithms(),
        introspection_endpoint_auth_signing_alg_values_supported: assertion_algorithms(),
        mtls_endpoint_aliases: mtls_aliases(tenant, mtls),
        code_challenge_methods_supported: CodeChallengeMethod::ALL,
        display_values_supported: Display::ALL,
        prompt_values_supported: prompts(tenant.settings.registration().as_sign_up()),
        claim_types_supported: &["normal"],
        claims_supported: CLAIMS,
        acr_values_supported: &Acr::VALUES,
        ui_locales_supported: &Language::TAGS,
        claims_parameter_supported: true,
        request_parameter_supported: true,
        request_uri_parameter_supported: true,
        require_request_uri_registration: true,
        authorization_response_iss_parameter_supported: true,
        frontchannel_logout_supported: true,
        frontchannel_logout_session_supported: true,
        backchannel_logout_supported: true,
        backchannel_logout_session_supported: true,
        backchannel_token_delivery_modes_supported: DELIVERY_MODES,
        backchannel_authentication_request_signing_alg_values_supported: SigningAlgorithm::ALL,
        backchannel_user_code_parameter_supported: false,
        global_token_revocation_endpoint_auth_methods_supported: confidential_auth_methods(mtls.available),
        native_sso_supported: true,
        require_pushed_authorization_requests: tenant.settings.require_pushed_authorization_requests,
        tls_client_certificate_bound_access_tokens: mtls.available,
        dpop_signing_alg_values_supported: dpop::ALGORITHMS,
        client_id_metadata_document_supported: tenant.settings.client_id_metadata_documents.mode == DocumentMode::On,
        authorization_details_types_supported: servers.authorization_details_types(),
        protected_resources: protected_resource::identifiers(issuer, servers),
        op_policy_uri: tenant.branding.policy_uri.clone(),
        op_tos_uri: tenant.branding.tos_uri.clone(),
    }
}

fn endpoints(issuer: &str, tenant: &Tenant) -> BTreeMap<&'static str, String> {
    let mut endpoints = advertised(issuer);
    if tenant.settings.client_registration.mode == RegistrationMode::Off {
        endpoints.remove(REGISTRATION_ENDPOINT);
    }
    endpoints
}

fn mtls_aliases(tenant: &Tenant, mtls: &MutualTls) -> BTreeMap<&'static str, String> {
    let mut aliases = mtls.base_of(tenant).map(|base| advertised(&base)).unwrap_or_default();
    aliases.retain(|endpoint, _| CALLED_WITH_CERTIFICATES.contains(endpoint) || endpoint.starts_with("backchannel"));
    aliases
}

#[cfg(test)]
#[path = "discovery/tests.rs"]
mod tests;
