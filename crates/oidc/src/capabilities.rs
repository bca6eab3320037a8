//! What this server can do of the registered values; discovery is written from these lists, and a test asks the
//! endpoints whether they agree.

use latchkey_protocol::{
    DeliveryMode, GrantType, HmacAlgorithm, Prompt, ResponseMode, ResponseType, SigningAlgorithm,
    TokenEndpointAuthMethod,
};
use latchkey_tenants::SignUpPolicy;

/// Grants that the token endpoint, or the authorization endpoint, serves.
pub(crate) const GRANT_TYPES: &[GrantType] = &[
    GrantType::AuthorizationCode,
    GrantType::RefreshToken,
    GrantType::ClientCredentials,
    GrantType::DeviceCode,
    GrantType::Ciba,
    GrantType::TokenExchange,
    GrantType::JwtBearer,
    GrantType::Implicit,
    GrantType::Password,
];

/// What the authorization endpoint answers with.
pub(crate) const RESPONSE_TYPES: &[ResponseType] = ResponseType::ALL;

/// How its answers travel.
pub(crate) const RESPONSE_MODES: &[ResponseMode] = ResponseMode::ALL;

/// Which `prompt` it honours.
pub(crate) const PROMPTS: &[Prompt] =
    &[Prompt::None, Prompt::Login, Prompt::Consent, Prompt::SelectAccount, Prompt::Create];

/// Which `prompt` it announces: where people make no accounts, `create` leads to the sign-in page, which is no promise.
pub(crate) fn prompts(sign_up: SignUpPolicy) -> &'static [Prompt] {
    match sign_up {
        SignUpPolicy::Open => PROMPTS,
        SignUpPolicy::Off => &[Prompt::None, Prompt::Login, Prompt::Consent, Prompt::SelectAccount],
    }
}

/// How a client may authenticate, certificates first: whoever has none to show is offered the rest.
static AUTH_METHODS: &[TokenEndpointAuthMethod] = &[
    TokenEndpointAuthMethod::TlsClientAuth,
    TokenEndpointAuthMethod::SelfSignedTlsClientAuth,
    TokenEndpointAuthMethod::PrivateKeyJwt,
    TokenEndpointAuthMethod::ClientSecretJwt,
    TokenEndpointAuthMethod::ClientSecretBasic,
    TokenEndpointAuthMethod::ClientSecretPost,
    TokenEndpointAuthMethod::None,
];
const CERTIFICATE_METHODS: usize = 2;

/// How a client may authenticate where certificates arrive, or where they don't.
pub(crate) fn auth_methods(certificates_arrive: bool) -> &'static [TokenEndpointAuthMethod] {
    let skipped = if certificates_arrive { 0 } else { CERTIFICATE_METHODS };
    AUTH_METHODS.get(skipped..).unwrap_or_default()
}

/// The same without public clients.
pub(crate) fn confidential_auth_methods(certificates_arrive: bool) -> &'static [TokenEndpointAuthMethod] {
    auth_methods(certificates_arrive).split_last().map_or(&[], |(_, confidential)| confidential)
}

/// How client assertions may be signed.
pub(crate) fn assertion_algorithms() -> Vec<&'static str> {
    let signed = SigningAlgorithm::ALL.iter().map(|alg| alg.as_str());
    signed.chain(HmacAlgorithm::ALL.iter().map(|alg| alg.as_str())).collect()
}

/// How a client of CIBA may get its tokens.
pub(crate) const DELIVERY_MODES: &[DeliveryMode] = &[DeliveryMode::Poll, DeliveryMode::Ping, DeliveryMode::Push];
