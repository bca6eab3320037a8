//! Protocol parameters with a closed set of values: an unknown value is an error, never ignored.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A value that is not in the set.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown {parameter}, expected one of {expected}")]
pub struct UnknownValue {
    pub(crate) parameter: &'static str,
    pub(crate) expected: &'static str,
}

macro_rules! values {
    ($(#[$doc:meta])* $name:ident, $parameter:literal { $($(#[$variant_doc:meta])* $variant:ident = $text:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[$variant_doc])* $variant,)+ }

        impl $name {
            /// Every value, for metadata documents.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The value as it is sent.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)+ }
            }
        }

        impl FromStr for $name {
            type Err = UnknownValue;

            fn from_str(text: &str) -> Result<Self, UnknownValue> {
                match text {
                    $($text => Ok(Self::$variant),)+
                    _ => Err(UnknownValue { parameter: $parameter, expected: concat!($("`", $text, "` "),+) }),
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

pub(crate) use values;

values!(
    /// `grant_type`, RFC 6749 §4.
    GrantType, "grant_type" {
        /// RFC 6749 §4.1.
        AuthorizationCode = "authorization_code",
        /// RFC 6749 §6.
        RefreshToken = "refresh_token",
        /// RFC 6749 §4.4.
        ClientCredentials = "client_credentials",
        /// RFC 8628 §3.4.
        DeviceCode = "urn:ietf:params:oauth:grant-type:device_code",
        /// RFC 8693 §2.1.
        TokenExchange = "urn:ietf:params:oauth:grant-type:token-exchange",
        /// RFC 7523 §2.1.
        JwtBearer = "urn:ietf:params:oauth:grant-type:jwt-bearer",
        /// OpenID Connect CIBA Core §10.1.
        Ciba = "urn:openid:params:grant-type:ciba",
        /// RFC 6749 §4.2: tokens straight from the authorization endpoint. Legacy.
        Implicit = "implicit",
        /// RFC 6749 §4.3. Legacy.
        Password = "password",
    }
);
values!(
    /// `response_mode`: OAuth 2.0 Multiple Response Types §2.1 and Form Post Response Mode.
    ResponseMode, "response_mode" {
        /// Parameters in the query of the redirect URI.
        Query = "query",
        /// Parameters in its fragment.
        Fragment = "fragment",
        /// Parameters posted to it by a form.
        FormPost = "form_post",
        /// JARM §2.3: one signed `response`, in the default place of the response type.
        Jwt = "jwt",
        /// JARM §2.3.1.
        QueryJwt = "query.jwt",
        /// JARM §2.3.2.
        FragmentJwt = "fragment.jwt",
        /// JARM §2.3.3.
        FormPostJwt = "form_post.jwt",
    }
);
values!(
    /// One member of `prompt`, OpenID Connect Core §3.1.2.1.
    Prompt, "prompt" {
        /// No page at all.
        None = "none",
        /// Authenticate again.
        Login = "login",
        /// Ask for consent again.
        Consent = "consent",
        /// Let the user choose the account.
        SelectAccount = "select_account",
        /// Let the user make an account, OpenID Connect Prompt Create §3.
        Create = "create",
    }
);
values!(
    /// `display`, OpenID Connect Core §3.1.2.1.
    Display, "display" {
        /// A full page.
        Page = "page",
        /// A small window.
        Popup = "popup",
        /// A touch device.
        Touch = "touch",
        /// A feature phone.
        Wap = "wap",
    }
);
values!(
    /// `code_challenge_method`, RFC 7636 §4.2; `plain` is refused (RFC 9700 §2.1.1).
    CodeChallengeMethod, "code_challenge_method" {
        /// SHA-256.
        S256 = "S256",
    }
);
values!(
    /// `token_endpoint_auth_method`, RFC 7591 §2.
    TokenEndpointAuthMethod, "token_endpoint_auth_method" {
        /// HTTP Basic.
        ClientSecretBasic = "client_secret_basic",
        /// `client_secret` in the body.
        ClientSecretPost = "client_secret_post",
        /// An assertion under the secret, OpenID Connect Core §9.
        ClientSecretJwt = "client_secret_jwt",
        /// An assertion under a private key, OpenID Connect Core §9.
        PrivateKeyJwt = "private_key_jwt",
        /// A certificate of a known authority, RFC 8705 §2.1.
        TlsClientAuth = "tls_client_auth",
        /// A certificate that was registered, RFC 8705 §2.2.
        SelfSignedTlsClientAuth = "self_signed_tls_client_auth",
        /// A public client.
        None = "none",
    }
);
values!(
    /// A JWS algorithm with a key pair: RFC 7518 §3.1, RFC 8037 §3.1, RFC 9864 §2.2.
    SigningAlgorithm, "signing algorithm" {
        /// RSASSA-PKCS1-v1_5, SHA-256.
        Rs256 = "RS256",
        /// RSASSA-PKCS1-v1_5, SHA-384.
        Rs384 = "RS384",
        /// RSASSA-PKCS1-v1_5, SHA-512.
        Rs512 = "RS512",
        /// RSASSA-PSS, SHA-256.
        Ps256 = "PS256",
        /// RSASSA-PSS, SHA-384.
        Ps384 = "PS384",
        /// RSASSA-PSS, SHA-512.
        Ps512 = "PS512",
        /// ECDSA, P-256, SHA-256.
        Es256 = "ES256",
        /// ECDSA, P-384, SHA-384.
        Es384 = "ES384",
        /// ECDSA, P-521, SHA-512.
        Es512 = "ES512",
        /// Ed25519, by the name that leaves the curve to the key.
        EdDsa = "EdDSA",
        /// Ed25519.
        Ed25519 = "Ed25519",
    }
);

impl SigningAlgorithm {
    /// Whether its keys are RSA keys, which take long to make.
    #[must_use]
    pub fn is_rsa(self) -> bool {
        matches!(self, Self::Rs256 | Self::Rs384 | Self::Rs512 | Self::Ps256 | Self::Ps384 | Self::Ps512)
    }
}

values!(
    /// What an access token looks like.
    AccessTokenFormat, "access token format" {
        /// A signed `at+jwt`, RFC 9068: verified offline.
        Jwt = "jwt",
        /// A random string: verified by introspection, RFC 7662.
        Opaque = "opaque",
    }
);
values!(
    /// `application_type`, OpenID Connect Dynamic Client Registration §2, and the kind that has no page.
    ApplicationType, "application_type" {
        /// Runs on a server.
        Web = "web",
        /// Runs in the browser.
        Browser = "browser",
        /// Runs on a device, RFC 8252.
        Native = "native",
        /// A machine: no user.
        Service = "service",
    }
);
values!(
    /// `subject_type`, OpenID Connect Core §8.
    SubjectType, "subject_type" {
        /// One `sub` for every client.
        Public = "public",
        /// One `sub` for each sector.
        Pairwise = "pairwise",
    }
);
values!(
    /// `backchannel_token_delivery_mode`, OpenID Connect CIBA Core §4.
    DeliveryMode, "backchannel_token_delivery_mode" {
        /// The client asks.
        Poll = "poll",
        /// The client is told to ask.
        Ping = "ping",
        /// The client is sent the tokens.
        Push = "push",
    }
);
values!(
    /// The rules that a client plays by, all of them together.
    SecurityProfile, "security_profile" {
        /// OAuth 2.1: PKCE, code only, exact issuers.
        OAuth21 = "oauth2.1",
        /// What the OpenID Connect certification plans expect.
        Oidc = "oidc",
        /// FAPI 1.0 Part 2: Advanced.
        Fapi1Advanced = "fapi1-advanced",
        /// FAPI 2.0 Security Profile.
        Fapi2Security = "fapi2-security",
        /// FAPI 2.0 Message Signing.
        Fapi2MessageSigning = "fapi2-message-signing",
    }
);
values!(
    /// A token type identifier of RFC 8693 §3, and of the drafts that add to it.
    TokenTypeIdentifier, "token type" {
        /// RFC 8693 §3.
        AccessToken = "urn:ietf:params:oauth:token-type:access_token",
        /// RFC 8693 §3.
        RefreshToken = "urn:ietf:params:oauth:token-type:refresh_token",
        /// RFC 8693 §3.
        IdToken = "urn:ietf:params:oauth:token-type:id_token",
        /// RFC 8693 §3.
        Jwt = "urn:ietf:params:oauth:token-type:jwt",
        /// OpenID Connect Native SSO §4.
        DeviceSecret = "urn:openid:params:token-type:device-secret",
        /// Identity Assertion Authorization Grant.
        IdJag = "urn:ietf:params:oauth:token-type:id-jag",
    }
);

impl TokenEndpointAuthMethod {
    /// Whether a client that authenticates so shares a secret with the server.
    #[must_use]
    pub fn uses_secret(self) -> bool {
        matches!(self, Self::ClientSecretBasic | Self::ClientSecretPost | Self::ClientSecretJwt)
    }
}
