//! The rules that differ between profiles, each profile as one unit: OAuth 2.1, OpenID Connect as its certification
//! plans test it, FAPI 1.0 Part 2 Advanced, FAPI 2.0 Security Profile and Message Signing.
//!
//! Code that checks a request asks [`Client::rules`], never the name of a profile, so that no rule is known in two places.

use std::time::Duration;

use latchkey_protocol::{GrantType, ResponseType, SecurityProfile, SigningAlgorithm, TokenEndpointAuthMethod};

use crate::{Client, RefreshTokenRotation};

/// What FAPI signs with: FAPI 1.0 Part 2 §8.6, FAPI 2.0 Security Profile §5.4.
const FAPI_ALGORITHMS: &[SigningAlgorithm] =
    &[SigningAlgorithm::Ps256, SigningAlgorithm::Es256, SigningAlgorithm::EdDsa, SigningAlgorithm::Ed25519];
/// How a FAPI client proves who it is: FAPI 2.0 Security Profile §5.3.2.1.
const FAPI_AUTH_METHODS: &[TokenEndpointAuthMethod] = &[
    TokenEndpointAuthMethod::PrivateKeyJwt,
    TokenEndpointAuthMethod::TlsClientAuth,
    TokenEndpointAuthMethod::SelfSignedTlsClientAuth,
];
/// FAPI 2.0 Security Profile §5.3.2.1: shall reject requests using the resource owner password credentials grant.
const FAPI_FORBIDDEN_GRANTS: &[GrantType] = &[GrantType::Password];
const CODE_ONLY: &[ResponseType] = &[ResponseType::Code];
const FAPI1_RESPONSE_TYPES: &[ResponseType] = &[ResponseType::Code, ResponseType::CodeIdToken];
const CODE_LIFETIME: Duration = Duration::from_secs(60);

/// When `code_challenge` must be there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PkceRule {
    /// Always.
    Required,
    /// In a pushed request; by value it may be left out.
    RequiredWhenPushed,
    /// A valid one is honoured, none is needed from a confidential client.
    Optional,
}

/// What `aud` of a client assertion may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AssertionAudience {
    /// The issuer, as one string (FAPI 2.0 Security Profile §5.3.2.1).
    Issuer,
    /// The issuer, the token endpoint or the endpoint that is called, alone or in an array.
    IssuerOrEndpoint,
}

/// What must hold of the request object of an authorization request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RequestObjectRule {
    /// Nothing, unless the client registered that it signs.
    Optional,
    /// There is one, with `exp` and `nbf` at most 60 minutes apart or old, and nothing outside of it counts.
    Required,
}

/// What becomes of parameters beside a request object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BesideRequestObject {
    /// They do not count (RFC 9101 §6.3).
    Ignored,
    /// They count where the object is silent (OpenID Connect Core §6.1).
    Merged,
}

/// Whether an access token may be used by whoever holds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SenderConstraint {
    /// As the client registered.
    AsRegistered,
    /// Bound to a DPoP key or a certificate.
    Required,
}

/// What counts for one client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// RFC 7636.
    pub pkce: PkceRule,
    /// What may be asked for, if the client is also registered for it.
    pub response_types: &'static [ResponseType],
    /// Whether `response_type=code` needs a JARM response mode.
    pub code_needs_jarm: bool,
    /// Grants that the client must not be registered for.
    pub forbidden_grants: &'static [GrantType],
    /// How the client may authenticate.
    pub auth_methods: &'static [TokenEndpointAuthMethod],
    /// What assertions, request objects and DPoP proofs may be signed with.
    pub algorithms: &'static [SigningAlgorithm],
    /// `aud` of client assertions.
    pub assertion_audience: AssertionAudience,
    /// Whether the request must be pushed (RFC 9126).
    pub requires_par: bool,
    /// RFC 9101.
    pub request_object: RequestObjectRule,
    /// Parameters beside the request object.
    pub beside_request_object: BesideRequestObject,
    /// Whether a `request_uri` that was registered may be fetched.
    pub fetches_request_uri: bool,
    /// RFC 8705, RFC 9449.
    pub sender_constraint: SenderConstraint,
    /// Whether each use of a refresh token replaces it.
    pub refresh_token_rotation: RefreshTokenRotation,
    /// Life of an authorization code.
    pub code_lifetime: Duration,
}

impl Rules {
    /// The rules of a profile.
    #[must_use]
    pub fn of(profile: SecurityProfile) -> Self {
        match profile {
            SecurityProfile::OAuth21 => Self::oauth21(),
            SecurityProfile::Oidc => Self {
                pkce: PkceRule::Optional,
                response_types: ResponseType::ALL,
                assertion_audience: AssertionAudience::IssuerOrEndpoint,
                fetches_request_uri: true,
                beside_request_object: BesideRequestObject::Merged,
                ..Self::oauth21()
            },
            SecurityProfile::Fapi1Advanced => Self {
                pkce: PkceRule::RequiredWhenPushed,
                response_types: FAPI1_RESPONSE_TYPES,
                code_needs_jarm: true,
                assertion_audience: AssertionAudience::IssuerOrEndpoint,
                requires_par: false,
                request_object: RequestObjectRule::Required,
                ..Self::fapi2()
            },
            SecurityProfile::Fapi2Security => Self::fapi2(),
            SecurityProfile::Fapi2MessageSigning => {
                Self { request_object: RequestObjectRule::Required, ..Self::fapi2() }
            }
        }
    }

    fn oauth21() -> Self {
        Self {
            pkce: PkceRule::Required,
            // Implicit and hybrid need their legacy grant type besides.
            response_types: ResponseType::ALL,
            code_needs_jarm: false,
            forbidden_grants: &[],
            auth_methods: TokenEndpointAuthMethod::ALL,
            algorithms: SigningAlgorithm::ALL,
            assertion_audience: AssertionAudience::Issuer,
            requires_par: false,
            request_object: RequestObjectRule::Optional,
            beside_request_object: BesideRequestObject::Ignored,
            fetches_request_uri: false,
            sender_constraint: SenderConstraint::AsRegistered,
            refresh_token_rotation: RefreshTokenRotation::Rotate,
            code_lifetime: CODE_LIFETIME,
        }
    }

    fn fapi2() -> Self {
        Self {
            response_types: CODE_ONLY,
            forbidden_grants: FAPI_FORBIDDEN_GRANTS,
            auth_methods: FAPI_AUTH_METHODS,
            algorithms: FAPI_ALGORITHMS,
            requires_par: true,
            sender_constraint: SenderConstraint::Required,
            refresh_token_rotation: RefreshTokenRotation::Static,
            ..Self::oauth21()
        }
    }
}

impl Client {
    /// The rules that count for it: those of its profile, and what it registered that is stricter.
    #[must_use]
    pub fn rules(&self) -> Rules {
        let registered = &self.metadata;
        let rules = Rules::of(registered.security_profile);
        let exempt = rules.pkce == PkceRule::Required
            && registered.security_profile == SecurityProfile::OAuth21
            && !registered.require_pkce
            && !self.is_public();
        let bound = registered.dpop_bound_access_tokens || registered.tls_client_certificate_bound_access_tokens;
        let sender_constraint = if bound { SenderConstraint::Required } else { rules.sender_constraint };
        Rules {
            pkce: match rules.pkce {
                PkceRule::Required if exempt => PkceRule::Optional,
                // A public client has nothing else that ties the code to it (RFC 9700 §2.1.1).
                PkceRule::Optional if self.is_public() => PkceRule::Required,
                rule => rule,
            },
            requires_par: rules.requires_par || registered.require_pushed_authorization_requests,
            request_object: if registered.require_signed_request_object {
                RequestObjectRule::Required
            } else {
                rules.request_object
            },
            sender_constraint,
            refresh_token_rotation: match sender_constraint {
                // RFC 9700 §4.14.2: what detects the replay of a token that needs no authentication.
                _ if self.is_public() => RefreshTokenRotation::Rotate,
                // FAPI 2.0 Security Profile §5.3.2.1: a thief gains nothing by a token that needs the client's keys, and
                // a client that lost an answer must not lose its user.
                SenderConstraint::Required => RefreshTokenRotation::Static,
                SenderConstraint::AsRegistered => registered.refresh_token_rotation,
            },
            ..rules
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ClientMetadata, ClientOrigin};

    #[test]
    fn fapi_takes_no_shared_secret_no_rs256_and_only_bound_tokens() {
        for profile in
            [SecurityProfile::Fapi1Advanced, SecurityProfile::Fapi2Security, SecurityProfile::Fapi2MessageSigning]
        {
            let rules = Rules::of(profile);
            assert!(!rules.algorithms.contains(&SigningAlgorithm::Rs256), "{profile}");
            assert!(!rules.auth_methods.contains(&TokenEndpointAuthMethod::ClientSecretBasic), "{profile}");
            assert!(!rules.auth_methods.contains(&TokenEndpointAuthMethod::None), "{profile}");
            assert_eq!(rules.sender_constraint, SenderConstraint::Required, "{profile}");
            assert!(!rules.fetches_request_uri, "{profile}");
            assert!(rules.forbidden_grants.contains(&GrantType::Password), "{profile}");
        }
        assert!(Rules::of(SecurityProfile::Fapi2Security).requires_par);
        assert!(!Rules::of(SecurityProfile::Fapi1Advanced).requires_par);
    }

    #[test]
    fn the_default_is_strict_and_only_oidc_does_without_pkce() {
        let rules = Rules::of(SecurityProfile::OAuth21);
        assert_eq!((rules.pkce, rules.assertion_audience), (PkceRule::Required, AssertionAudience::Issuer));
        let lax: Vec<_> = SecurityProfile::ALL.iter().filter(|p| Rules::of(**p).pkce == PkceRule::Optional).collect();
        assert_eq!(lax, [&SecurityProfile::Oidc]);
    }

    #[test]
    fn a_confidential_client_with_bound_tokens_keeps_its_refresh_token_and_a_public_one_never_does() {
        use RefreshTokenRotation::{Rotate, Static};
        let client = |metadata: ClientMetadata| Client {
            client_id: "app".parse().expect("a client id"),
            name: "App".to_owned(),
            metadata,
            secrets: Vec::new(),
            origin: ClientOrigin::Managed,
        };
        let default = ClientMetadata::default;
        let public = || ClientMetadata { token_endpoint_auth_method: TokenEndpointAuthMethod::None, ..default() };
        for (metadata, expected) in [
            (default(), Rotate),
            (ClientMetadata { refresh_token_rotation: Static, ..default() }, Static),
            (ClientMetadata { dpop_bound_access_tokens: true, ..default() }, Static),
            (ClientMetadata { tls_client_certificate_bound_access_tokens: true, ..default() }, Static),
            (ClientMetadata { security_profile: SecurityProfile::Fapi1Advanced, ..default() }, Static),
            (ClientMetadata { security_profile: SecurityProfile::Fapi2Security, ..default() }, Static),
            (ClientMetadata { security_profile: SecurityProfile::Oidc, ..default() }, Rotate),
            (public(), Rotate),
            (ClientMetadata { dpop_bound_access_tokens: true, ..public() }, Rotate),
        ] {
            assert_eq!(client(metadata.clone()).rules().refresh_token_rotation, expected, "{metadata:?}");
        }
    }

    #[test]
    fn no_code_lives_longer_than_a_minute() {
        for profile in SecurityProfile::ALL {
            assert!(Rules::of(*profile).code_lifetime <= Duration::from_secs(60));
        }
    }
}
