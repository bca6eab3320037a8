//! What this server can do of the registered values; discovery is written from these lists, and a test asks the
//! endpoints whether they agree.

use latchkey_protocol::{GrantType, Prompt, ResponseMode, ResponseType, TokenEndpointAuthMethod};
use latchkey_tenants::SignUpPolicy;

/// Grants that the token endpoint, or the authorization endpoint, serves.
pub(crate) const GRANT_TYPES: &[GrantType] =
    &[GrantType::AuthorizationCode, GrantType::RefreshToken, GrantType::ClientCredentials];

/// What the authorization endpoint answers with.
pub(crate) const RESPONSE_TYPES: &[ResponseType] = &[ResponseType::Code];

/// How its answers travel.
pub(crate) const RESPONSE_MODES: &[ResponseMode] =
    &[ResponseMode::Query, ResponseMode::Fragment, ResponseMode::FormPost];

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

/// How a client may authenticate.
pub(crate) const AUTH_METHODS: &[TokenEndpointAuthMethod] = &[
    TokenEndpointAuthMethod::ClientSecretBasic,
    TokenEndpointAuthMethod::ClientSecretPost,
    TokenEndpointAuthMethod::None,
];
