//! The metadata document: OpenID Connect Discovery §3 and [RFC 8414 §2](https://www.rfc-editor.org/rfc/rfc8414#section-2).

use std::collections::BTreeMap;

use serde::Serialize;

use crate::{
    CodeChallengeMethod, ContentEncryption, DeliveryMode, Display, GrantType, KeyManagementAlgorithm, Prompt,
    ResponseMode, ResponseType, SigningAlgorithm, SubjectType, TokenEndpointAuthMethod,
};

/// What an issuer publishes about itself. A member that it has nothing to say about is left out, never `null`.
#[derive(Clone, Debug, Serialize)]
#[expect(clippy::struct_excessive_bools, reason = "the document is the registered set of switches")]
pub struct ProviderMetadata {
    /// The issuer.
    pub issuer: String,
    /// The addresses of the endpoints, by the member that names each.
    #[serde(flatten)]
    pub endpoints: BTreeMap<&'static str, String>,
    /// Every scope that a client may be allowed to ask for.
    pub scopes_supported: Vec<String>,
    /// RFC 6749 §3.1.1.
    pub response_types_supported: &'static [ResponseType],
    /// OAuth 2.0 Multiple Response Types §2.1.
    pub response_modes_supported: &'static [ResponseMode],
    /// RFC 6749 §4.
    pub grant_types_supported: &'static [GrantType],
    /// OpenID Connect Core §8.
    pub subject_types_supported: &'static [SubjectType],
    /// How an ID token may be signed.
    pub id_token_signing_alg_values_supported: &'static [SigningAlgorithm],
    /// How a userinfo response may be signed.
    pub userinfo_signing_alg_values_supported: &'static [SigningAlgorithm],
    /// How an ID token may be encrypted.
    pub id_token_encryption_alg_values_supported: &'static [KeyManagementAlgorithm],
    /// How its content may be encrypted.
    pub id_token_encryption_enc_values_supported: &'static [ContentEncryption],
    /// How a userinfo response may be encrypted.
    pub userinfo_encryption_alg_values_supported: &'static [KeyManagementAlgorithm],
    /// How its content may be encrypted.
    pub userinfo_encryption_enc_values_supported: &'static [ContentEncryption],
    /// RFC 9701 §7.
    pub introspection_signing_alg_values_supported: &'static [SigningAlgorithm],
    /// RFC 9701 §7.
    pub introspection_encryption_alg_values_supported: &'static [KeyManagementAlgorithm],
    /// RFC 9701 §7.
    pub introspection_encryption_enc_values_supported: &'static [ContentEncryption],
    /// How a request object may be signed, RFC 9101 §10.5.
    pub request_object_signing_alg_values_supported: &'static [SigningAlgorithm],
    /// How a request object may be encrypted, RFC 9101 §10.5.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub request_object_encryption_alg_values_supported: &'static [KeyManagementAlgorithm],
    /// How its content may be encrypted.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub request_object_encryption_enc_values_supported: &'static [ContentEncryption],
    /// How an authorization response may be signed, JARM §4.
    pub authorization_signing_alg_values_supported: &'static [SigningAlgorithm],
    /// How an authorization response may be encrypted, JARM §4.
    pub authorization_encryption_alg_values_supported: &'static [KeyManagementAlgorithm],
    /// How its content may be encrypted.
    pub authorization_encryption_enc_values_supported: &'static [ContentEncryption],
    /// RFC 6749 §2.3.
    pub token_endpoint_auth_methods_supported: &'static [TokenEndpointAuthMethod],
    /// OpenID Connect Discovery §3: how an assertion may be signed.
    pub token_endpoint_auth_signing_alg_values_supported: Vec<&'static str>,
    /// RFC 8414 §2.
    pub revocation_endpoint_auth_signing_alg_values_supported: Vec<&'static str>,
    /// RFC 8414 §2.
    pub introspection_endpoint_auth_signing_alg_values_supported: Vec<&'static str>,
    /// RFC 8705 §5: where a client is asked for its certificate.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub mtls_endpoint_aliases: BTreeMap<&'static str, String>,
    /// RFC 7009 §2.1.
    pub revocation_endpoint_auth_methods_supported: &'static [TokenEndpointAuthMethod],
    /// RFC 7662 §2.1: a public client cannot ask.
    pub introspection_endpoint_auth_methods_supported: &'static [TokenEndpointAuthMethod],
    /// RFC 7636.
    pub code_challenge_methods_supported: &'static [CodeChallengeMethod],
    /// OpenID Connect Core §3.1.2.1.
    pub display_values_supported: &'static [Display],
    /// OpenID Connect Prompt Create §4.
    pub prompt_values_supported: &'static [Prompt],
    /// OpenID Connect Core §5.6.
    pub claim_types_supported: &'static [&'static str],
    /// The claims that a user may have.
    pub claims_supported: &'static [&'static str],
    /// The authentication context classes that a session may have.
    pub acr_values_supported: &'static [&'static str],
    /// The languages of the pages, BCP 47.
    pub ui_locales_supported: &'static [&'static str],
    /// OpenID Connect Core §5.5.
    pub claims_parameter_supported: bool,
    /// OpenID Connect Core §6.1.
    pub request_parameter_supported: bool,
    /// OpenID Connect Core §6.2; `true` when it is left out, so it is always sent.
    pub request_uri_parameter_supported: bool,
    /// OpenID Connect Core §6.2.
    pub require_request_uri_registration: bool,
    /// RFC 9207 §3.
    pub authorization_response_iss_parameter_supported: bool,
    /// OpenID Connect Front-Channel Logout §3.
    pub frontchannel_logout_supported: bool,
    /// Whether `iss` and `sid` are sent there.
    pub frontchannel_logout_session_supported: bool,
    /// OpenID Connect Back-Channel Logout §2.1.
    pub backchannel_logout_supported: bool,
    /// Whether logout tokens hold `sid`.
    pub backchannel_logout_session_supported: bool,
    /// OpenID Connect CIBA Core §4.
    pub backchannel_token_delivery_modes_supported: &'static [DeliveryMode],
    /// OpenID Connect CIBA Core §4.
    pub backchannel_authentication_request_signing_alg_values_supported: &'static [SigningAlgorithm],
    /// OpenID Connect CIBA Core §4.
    pub backchannel_user_code_parameter_supported: bool,
    /// Global Token Revocation, Authorization Server Metadata.
    pub global_token_revocation_endpoint_auth_methods_supported: &'static [TokenEndpointAuthMethod],
    /// OpenID Connect Native SSO §5.
    pub native_sso_supported: bool,
    /// RFC 9126 §5.
    pub require_pushed_authorization_requests: bool,
    /// RFC 8705 §3.3.
    pub tls_client_certificate_bound_access_tokens: bool,
    /// RFC 9449 §5.1.
    pub dpop_signing_alg_values_supported: &'static [SigningAlgorithm],
    /// Client ID Metadata Document §5.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub client_id_metadata_document_supported: bool,
    /// RFC 9396 §10.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub authorization_details_types_supported: Vec<String>,
    /// RFC 9728 §4.
    pub protected_resources: Vec<String>,
    /// What a client may do with what it learns about users.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub op_policy_uri: Option<String>,
    /// The terms of service.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub op_tos_uri: Option<String>,
}
