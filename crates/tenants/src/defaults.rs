//! Predicates for `skip_serializing_if`: what has its default value is left out, so that exports are short.

use latchkey_protocol::{
    AccessTokenFormat, ApplicationType, GrantType, ResponseType, Scope, SecurityProfile, SigningAlgorithm, SubjectType,
    TokenEndpointAuthMethod,
};

use crate::InvalidMember;

/// The scope that a client may ask for unless it says otherwise.
pub(crate) const CLIENT_SCOPE: [&str; 4] = ["openid", "profile", "email", "offline_access"];

pub(crate) fn is<const N: u64>(value: &u64) -> bool {
    *value == N
}

pub(crate) fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

pub(crate) fn is_true(value: &bool) -> bool {
    *value
}

pub(crate) fn is_code_only(value: &[GrantType]) -> bool {
    value == [GrantType::AuthorizationCode]
}

pub(crate) fn is_code(value: &[ResponseType]) -> bool {
    value == [ResponseType::Code]
}

pub(crate) fn is_oauth21(value: &SecurityProfile) -> bool {
    *value == SecurityProfile::OAuth21
}

pub(crate) fn is_public_subject(value: &SubjectType) -> bool {
    *value == SubjectType::Public
}

pub(crate) fn is_web(value: &ApplicationType) -> bool {
    *value == ApplicationType::Web
}

pub(crate) fn is_basic(value: &TokenEndpointAuthMethod) -> bool {
    *value == TokenEndpointAuthMethod::ClientSecretBasic
}

pub(crate) fn is_client_scope(value: &Scope) -> bool {
    *value == CLIENT_SCOPE.into_iter().collect()
}

pub(crate) fn is_rs256(value: &SigningAlgorithm) -> bool {
    *value == SigningAlgorithm::Rs256
}

pub(crate) fn is_es256(value: &SigningAlgorithm) -> bool {
    *value == SigningAlgorithm::Es256
}

pub(crate) fn is_jwt(value: &AccessTokenFormat) -> bool {
    *value == AccessTokenFormat::Jwt
}

/// A name that a person reads: 1 to 200 characters, none of them a control character.
pub(crate) fn check_name(member: &'static str, name: &str) -> Result<(), InvalidMember> {
    if name.trim().is_empty() {
        return Err(InvalidMember::new(member, "must not be empty"));
    }
    if name.chars().count() > 200 {
        return Err(InvalidMember::new(member, "must not be longer than 200 characters"));
    }
    if name.chars().any(char::is_control) {
        return Err(InvalidMember::new(member, "must not hold control characters"));
    }
    Ok(())
}

/// A page to link to: `https`, or `http` on a loopback host.
pub(crate) fn check_page(member: &'static str, uri: Option<&String>) -> Result<(), InvalidMember> {
    let Some(uri) = uri else { return Ok(()) };
    if is_web_uri(uri) { Ok(()) } else { Err(InvalidMember::new(member, "must be an https URI")) }
}

/// Whether `uri` is printable ASCII, at most 2,000 bytes, and `https` or `http` on a loopback host, without credentials.
pub(crate) fn is_web_uri(uri: &str) -> bool {
    let Ok(url) = url::Url::parse(uri) else { return false };
    let local = match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => return false,
    };
    let clean = uri.len() <= 2_000 && uri.bytes().all(|b| (0x21..0x7f).contains(&b));
    let credentials = !url.username().is_empty() || url.password().is_some();
    clean && !credentials && (url.scheme() == "https" || (url.scheme() == "http" && local))
}
