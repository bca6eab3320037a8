//! What a client may do: RFC 7591 §2 and OpenID Connect Dynamic Client Registration §2, and members of our own.

mod rules;

use std::collections::BTreeMap;

use latchkey_protocol::{
    AccessTokenFormat, ApplicationType, ContentEncryption, DeliveryMode, GrantType, KeyManagementAlgorithm,
    RedirectUri, ResponseType, Scope, SecurityProfile, SigningAlgorithm, SubjectType, TokenEndpointAuthMethod,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::defaults::{
    CLIENT_SCOPE, is_basic, is_client_scope, is_code, is_code_only, is_default, is_es256, is_jwt, is_oauth21,
    is_public_subject, is_rs256, is_true, is_web,
};
use crate::{ClientTranslation, TokenExchangePolicy};

const MAX_URIS: usize = 100;
const MAX_URI_LENGTH: usize = 2_000;

/// A client's metadata; every member has a default, and what has its default is left out when written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ClientMetadata {
    /// Where it runs.
    #[serde(skip_serializing_if = "is_web")]
    pub application_type: ApplicationType,
    /// Where answers of `/authorize` may go.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub redirect_uris: Vec<RedirectUri>,
    /// Where a browser may go after signing out.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub post_logout_redirect_uris: Vec<RedirectUri>,
    /// Grants that it may use.
    #[serde(skip_serializing_if = "is_code_only")]
    pub grant_types: Vec<GrantType>,
    /// How it authenticates; `none` makes it a public client.
    #[serde(skip_serializing_if = "is_basic")]
    pub token_endpoint_auth_method: TokenEndpointAuthMethod,
    /// What it may ask for at most.
    #[serde(skip_serializing_if = "is_client_scope")]
    pub scope: Scope,
    /// Audiences of the resource servers that it may ask tokens for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub audiences: Vec<String>,
    /// Its logo.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub logo_uri: Option<String>,
    /// Its home page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_uri: Option<String>,
    /// Its privacy policy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub policy_uri: Option<String>,
    /// Its terms of service.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tos_uri: Option<String>,
    /// Name, logo and pages in other languages, by BCP 47 tag.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub translations: BTreeMap<String, ClientTranslation>,
    /// Algorithm of its ID tokens.
    #[serde(skip_serializing_if = "is_rs256")]
    pub id_token_signed_response_alg: SigningAlgorithm,
    /// Algorithm of its access tokens; a resource server may have its own.
    #[serde(skip_serializing_if = "is_es256")]
    pub access_token_signed_response_alg: SigningAlgorithm,
    /// Makes the userinfo answer a signed JWT.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub userinfo_signed_response_alg: Option<SigningAlgorithm>,
    /// What its access tokens look like; a resource server may have its own.
    #[serde(skip_serializing_if = "is_jwt")]
    pub access_token_format: AccessTokenFormat,
    /// Whether `/authorize` needs a `code_challenge`; only a confidential client may do without (RFC 9700 §2.1.1).
    #[serde(skip_serializing_if = "is_true")]
    pub require_pkce: bool,
    /// When the user is asked.
    #[serde(skip_serializing_if = "is_default")]
    pub consent: ConsentPolicy,
    /// Whether each use of a refresh token replaces it.
    #[serde(skip_serializing_if = "is_default")]
    pub refresh_token_rotation: RefreshTokenRotation,
    /// Where a sign-in may be started at the client (OpenID Connect Core §4).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub initiate_login_uri: Option<String>,
    /// The rules that it plays by.
    #[serde(skip_serializing_if = "is_oauth21")]
    pub security_profile: SecurityProfile,
    /// What it may ask the authorization endpoint for.
    #[serde(skip_serializing_if = "is_code")]
    pub response_types: Vec<ResponseType>,
    /// People to write to.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub contacts: Vec<String>,
    /// Which software it is, RFC 7591 §2.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub software_id: Option<String>,
    /// Which version of that software.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub software_version: Option<String>,
    /// Its public keys, RFC 7517 §5.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jwks: Option<Value>,
    /// Where its public keys are; never beside `jwks`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jwks_uri: Option<String>,
    /// The only algorithm of its client assertions, OpenID Connect Core §9.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token_endpoint_auth_signing_alg: Option<String>,
    /// The subject of its certificate, RFC 8705 §2.1.2.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tls_client_auth_subject_dn: Option<String>,
    /// A `dNSName` of its certificate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tls_client_auth_san_dns: Option<String>,
    /// A `uniformResourceIdentifier` of its certificate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tls_client_auth_san_uri: Option<String>,
    /// An `iPAddress` of its certificate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tls_client_auth_san_ip: Option<String>,
    /// An `rfc822Name` of its certificate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tls_client_auth_san_email: Option<String>,
    /// Whether its tokens are bound to its certificate, RFC 8705 §3.4.
    #[serde(skip_serializing_if = "is_default")]
    pub tls_client_certificate_bound_access_tokens: bool,
    /// Whether its tokens are always bound to a DPoP key, RFC 9449 §5.2.
    #[serde(skip_serializing_if = "is_default")]
    pub dpop_bound_access_tokens: bool,
    /// Whether its authorization requests must be pushed, RFC 9126 §6.
    #[serde(skip_serializing_if = "is_default")]
    pub require_pushed_authorization_requests: bool,
    /// Whether its authorization requests must be signed, RFC 9101 §10.5.
    #[serde(skip_serializing_if = "is_default")]
    pub require_signed_request_object: bool,
    /// The only algorithm of its request objects.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_object_signing_alg: Option<SigningAlgorithm>,
    /// How its request objects are encrypted to us.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_object_encryption_alg: Option<KeyManagementAlgorithm>,
    /// How the content of its request objects is encrypted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_object_encryption_enc: Option<ContentEncryption>,
    /// Where its request objects may be fetched, OpenID Connect Core §6.2.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub request_uris: Vec<String>,
    /// Encrypts its ID tokens.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id_token_encrypted_response_alg: Option<KeyManagementAlgorithm>,
    /// How their content is encrypted; A128CBC-HS256 when it is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id_token_encrypted_response_enc: Option<ContentEncryption>,
    /// Encrypts its userinfo answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub userinfo_encrypted_response_alg: Option<KeyManagementAlgorithm>,
    /// How their content is encrypted; A128CBC-HS256 when it is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub userinfo_encrypted_response_enc: Option<ContentEncryption>,
    /// Algorithm of its authorization responses, JARM §3; RS256 when it is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authorization_signed_response_alg: Option<SigningAlgorithm>,
    /// Encrypts its authorization responses.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authorization_encrypted_response_alg: Option<KeyManagementAlgorithm>,
    /// How their content is encrypted; A128CBC-HS256 when it is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authorization_encrypted_response_enc: Option<ContentEncryption>,
    /// Algorithm of its introspection answers, RFC 9701 §6; RS256 when it is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub introspection_signed_response_alg: Option<SigningAlgorithm>,
    /// Encrypts its introspection answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub introspection_encrypted_response_alg: Option<KeyManagementAlgorithm>,
    /// How their content is encrypted; A128CBC-HS256 when it is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub introspection_encrypted_response_enc: Option<ContentEncryption>,
    /// Whether its users have a `sub` of their own, OpenID Connect Core §8.
    #[serde(skip_serializing_if = "is_public_subject")]
    pub subject_type: SubjectType,
    /// Who shares that `sub`, OpenID Connect Core §8.1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sector_identifier_uri: Option<String>,
    /// `max_age` of a request that has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default_max_age: Option<u64>,
    /// Whether its ID tokens need `auth_time`; they always have it.
    #[serde(skip_serializing_if = "is_default")]
    pub require_auth_time: bool,
    /// `acr_values` of a request that has none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub default_acr_values: Vec<String>,
    /// Types of `authorization_details` that it may use, RFC 9396 §10.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub authorization_details_types: Vec<String>,
    /// How it gets tokens by CIBA.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backchannel_token_delivery_mode: Option<DeliveryMode>,
    /// Where it is told, in ping and push mode.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backchannel_client_notification_endpoint: Option<String>,
    /// Algorithm of its signed CIBA requests; they must be signed then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backchannel_authentication_request_signing_alg: Option<SigningAlgorithm>,
    /// OpenID Connect Front-Channel Logout §2.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub frontchannel_logout_uri: Option<String>,
    /// Whether it needs `iss` and `sid`; they are always sent.
    #[serde(skip_serializing_if = "is_default")]
    pub frontchannel_logout_session_required: bool,
    /// OpenID Connect Back-Channel Logout §2.2.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backchannel_logout_uri: Option<String>,
    /// Whether it needs `sid`; it is always sent.
    #[serde(skip_serializing_if = "is_default")]
    pub backchannel_logout_session_required: bool,
    /// What it may exchange, RFC 8693.
    #[serde(skip_serializing_if = "is_default")]
    pub token_exchange: TokenExchangePolicy,
    /// Whether it shares sign-ins with other applications of its maker on one device (OpenID Connect Native SSO).
    #[serde(skip_serializing_if = "is_default")]
    pub native_sso: bool,
    /// Whether it may ask for passwords itself (OAuth 2.0 for First-Party Applications).
    #[serde(skip_serializing_if = "is_default")]
    pub first_party: bool,
    /// Whether it may end everything that any user is signed in to (Global Token Revocation).
    #[serde(skip_serializing_if = "is_default")]
    pub global_token_revocation: bool,
    /// Issuers that it may get an ID-JAG for (Identity Assertion Authorization Grant).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub identity_assertion_audiences: Vec<String>,
}

impl Default for ClientMetadata {
    #[expect(clippy::too_many_lines, reason = "one line for each member")]
    fn default() -> Self {
        Self {
            application_type: ApplicationType::Web,
            redirect_uris: Vec::new(),
            post_logout_redirect_uris: Vec::new(),
            grant_types: vec![GrantType::AuthorizationCode],
            token_endpoint_auth_method: TokenEndpointAuthMethod::ClientSecretBasic,
            scope: CLIENT_SCOPE.into_iter().collect(),
            audiences: Vec::new(),
            logo_uri: None,
            client_uri: None,
            policy_uri: None,
            tos_uri: None,
            translations: BTreeMap::new(),
            id_token_signed_response_alg: SigningAlgorithm::Rs256,
            access_token_signed_response_alg: SigningAlgorithm::Es256,
            userinfo_signed_response_alg: None,
            access_token_format: AccessTokenFormat::Jwt,
            require_pkce: true,
            consent: ConsentPolicy::default(),
            refresh_token_rotation: RefreshTokenRotation::default(),
            initiate_login_uri: None,
            security_profile: SecurityProfile::OAuth21,
            response_types: vec![ResponseType::Code],
            contacts: Vec::new(),
            software_id: None,
            software_version: None,
            jwks: None,
            jwks_uri: None,
            token_endpoint_auth_signing_alg: None,
            tls_client_auth_subject_dn: None,
            tls_client_auth_san_dns: None,
            tls_client_auth_san_uri: None,
            tls_client_auth_san_ip: None,
            tls_client_auth_san_email: None,
            tls_client_certificate_bound_access_tokens: false,
            dpop_bound_access_tokens: false,
            require_pushed_authorization_requests: false,
            require_signed_request_object: false,
            request_object_signing_alg: None,
            request_object_encryption_alg: None,
            request_object_encryption_enc: None,
            request_uris: Vec::new(),
            id_token_encrypted_response_alg: None,
            id_token_encrypted_response_enc: None,
            userinfo_encrypted_response_alg: None,
            userinfo_encrypted_response_enc: None,
            authorization_signed_response_alg: None,
            authorization_encrypted_response_alg: None,
            authorization_encrypted_response_enc: None,
            introspection_signed_response_alg: None,
            introspection_encrypted_response_alg: None,
            introspection_encrypted_response_enc: None,
            subject_type: SubjectType::Public,
            sector_identifier_uri: None,
            default_max_age: None,
            require_auth_time: false,
            default_acr_values: Vec::new(),
            authorization_details_types: Vec::new(),
            backchannel_token_delivery_mode: None,
            backchannel_client_notification_endpoint: None,
            backchannel_authentication_request_signing_alg: None,
            frontchannel_logout_uri: None,
            frontchannel_logout_session_required: false,
            backchannel_logout_uri: None,
            backchannel_logout_session_required: false,
            token_exchange: TokenExchangePolicy::default(),
            native_sso: false,
            first_party: false,
            global_token_revocation: false,
            identity_assertion_audiences: Vec::new(),
        }
    }
}

/// When a user is asked for consent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConsentPolicy {
    /// Once for each scope.
    #[default]
    Remembered,
    /// Each time.
    Always,
    /// Never, unless the request has `prompt=consent`: the tenant's own application.
    Implied,
}

/// Whether each use of a refresh token replaces it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefreshTokenRotation {
    /// It does (RFC 9700 §4.14.2).
    #[default]
    Rotate,
    /// It stays; only a confidential client may have that.
    Static,
}
