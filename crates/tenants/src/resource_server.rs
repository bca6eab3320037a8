//! Resource servers (audiences), their scopes, and the scopes of OpenID Connect.

use std::collections::{BTreeMap, BTreeSet};

use latchkey_core::ClientId;
use latchkey_protocol::{AccessTokenFormat, Scope, SigningAlgorithm};
use serde::{Deserialize, Serialize};

use crate::InvalidMember;
use crate::authorization_details_type::{AuthorizationDetailsType, MAX_TYPES};
use crate::defaults::{check_name, is_default};
use crate::language_tag::{check_descriptions, check_names, look_up};
use crate::settings::check_access_token_lifetime;

/// Scopes of OpenID Connect Core §5.4 and §11 and of Native SSO §3.1, which every tenant has.
pub const OIDC_SCOPES: [&str; 7] = ["openid", "profile", "email", "address", "phone", "offline_access", "device_sso"];

/// What [`OIDC_SCOPES`] mean, in the same order, for the consent page.
const OIDC_DESCRIPTIONS: [&str; 7] = [
    "Know who you are",
    "See your name and other profile details",
    "See your email address",
    "See your postal address",
    "See your phone number",
    "Keep access while you are away",
    "Sign you in to the other applications of its maker on this device",
];

/// An API whose access tokens Latchkey issues.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResourceServer {
    /// The `aud` of its tokens; usually its URL.
    pub audience: String,
    /// Its name on pages.
    pub name: String,
    /// How its tokens are made.
    #[serde(default, skip_serializing_if = "is_default")]
    pub settings: ResourceServerSettings,
    /// What a client can ask for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scopes: Vec<ScopeDefinition>,
}

/// How a resource server's tokens are made; what it leaves out, client and tenant decide.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ResourceServerSettings {
    /// Life of its access tokens.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub access_token_lifetime_seconds: Option<u64>,
    /// What they look like.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub access_token_format: Option<AccessTokenFormat>,
    /// Their algorithm.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub access_token_signed_response_alg: Option<SigningAlgorithm>,
    /// Confidential clients that may introspect its tokens (RFC 7662 §2.1).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub introspection_clients: Vec<ClientId>,
    /// Types of `authorization_details` that it understands (RFC 9396 §2).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub authorization_details_types: Vec<AuthorizationDetailsType>,
    /// Whether it takes a bare `client_id`, which anybody may know, as a name for the scope in `public_scope`.
    #[serde(skip_serializing_if = "is_default")]
    pub client_id_only: bool,
    /// What is open to whoever names a client: public data only.
    #[serde(skip_serializing_if = "Scope::is_empty")]
    pub public_scope: Scope,
    /// A page for those who write clients of it (RFC 9728 §2).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource_documentation: Option<String>,
    /// Its name on pages in other languages, by BCP 47 tag.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub names: BTreeMap<String, String>,
}

/// A scope of a resource server.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScopeDefinition {
    /// The scope token.
    pub name: String,
    /// What it allows, for the consent page.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// The same in other languages, by BCP 47 tag.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub descriptions: BTreeMap<String, String>,
    /// Whether the consent page points it out.
    #[serde(default, skip_serializing_if = "is_default")]
    pub sensitive: bool,
}

impl ResourceServer {
    /// Checks audience, name, settings and scopes.
    ///
    /// # Errors
    /// The first member that breaks a rule.
    pub fn validate(&self) -> Result<(), InvalidMember> {
        check_audience("audience", &self.audience)?;
        check_name("name", &self.name)?;
        if let Some(seconds) = self.settings.access_token_lifetime_seconds {
            check_access_token_lifetime(seconds)?;
        }
        self.validate_settings()?;
        for (index, scope) in self.scopes.iter().enumerate() {
            let name = scope.name.as_str();
            if name.is_empty() || name.len() > 200 || name.contains(' ') || Scope::parse(name).is_none() {
                return Err(InvalidMember::new("scopes", format!("{name:?} is not a scope token (RFC 6749 §3.3)")));
            }
            if OIDC_SCOPES.contains(&name) {
                return Err(InvalidMember::new("scopes", format!("{name} is a scope of OpenID Connect")));
            }
            if self.scopes.iter().take(index).any(|other| other.name == scope.name) {
                return Err(InvalidMember::new("scopes", format!("{name} stands there twice")));
            }
            if scope.description.len() > 500 || scope.description.chars().any(char::is_control) {
                return Err(InvalidMember::new(
                    "scopes",
                    format!("the description of {name} is too long or has control characters"),
                ));
            }
            check_descriptions("descriptions", &scope.descriptions)?;
        }
        Ok(())
    }

    fn validate_settings(&self) -> Result<(), InvalidMember> {
        let settings = &self.settings;
        check_names("names", &settings.names)?;
        let types = &settings.authorization_details_types;
        if types.len() > MAX_TYPES {
            return Err(InvalidMember::new("authorization_details_types", format!("at most {MAX_TYPES}")));
        }
        for (index, kind) in types.iter().enumerate() {
            kind.validate()?;
            if types.iter().take(index).any(|other| other.name == kind.name) {
                let reason = format!("{} stands there twice", kind.name);
                return Err(InvalidMember::new("authorization_details_types", reason));
            }
        }
        if settings.client_id_only == settings.public_scope.is_empty() {
            let reason = "client_id_only needs public_scope, and public_scope needs client_id_only";
            return Err(InvalidMember::new("public_scope", reason));
        }
        if let Some(token) = settings.public_scope.iter().find(|token| !self.defines(token)) {
            return Err(InvalidMember::new("public_scope", format!("{token} is not a scope of this resource server")));
        }
        let page = settings.resource_documentation.as_deref();
        if page
            .is_some_and(|page| page.len() > 2_000 || url::Url::parse(page).map_or(true, |url| url.scheme() != "https"))
        {
            return Err(InvalidMember::new("resource_documentation", "must be an https URL"));
        }
        Ok(())
    }

    /// Its name in a language (a BCP 47 tag), else the one for all.
    #[must_use]
    pub fn name_in(&self, language: &str) -> &str {
        look_up(&self.settings.names, language).unwrap_or(&self.name)
    }

    /// Its type of `authorization_details` of that name.
    #[must_use]
    pub fn find_details_type(&self, name: &str) -> Option<&AuthorizationDetailsType> {
        self.settings.authorization_details_types.iter().find(|kind| kind.name == name)
    }

    /// Whether it defines the scope.
    #[must_use]
    pub fn defines(&self, token: &str) -> bool {
        self.scopes.iter().any(|scope| scope.name == token)
    }
}

/// An audience is what a token carries and a request names: printable ASCII without spaces or quotes.
pub(crate) fn check_audience(member: &'static str, audience: &str) -> Result<(), InvalidMember> {
    let allowed = |b: u8| (0x21..0x7f).contains(&b) && b != b'"' && b != b'\\';
    if audience.is_empty() || audience.len() > 500 || !audience.bytes().all(allowed) {
        return Err(InvalidMember::new(
            member,
            "an audience is 1 to 500 printable ASCII characters without space, \" and \\",
        ));
    }
    Ok(())
}

/// What a scope token means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ScopeDescription<'a> {
    /// The scope token.
    pub name: &'a str,
    /// What it allows, for the consent page; the token itself when nobody described it.
    pub description: &'a str,
    /// Whether the consent page points it out.
    pub sensitive: bool,
    /// The name of the resource server that defines it; `None` for a scope of OpenID Connect.
    pub resource_server: Option<&'a str>,
}

/// All resource servers of a tenant, ordered by audience.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ResourceServers(Vec<ResourceServer>);

impl ResourceServers {
    /// Orders the servers by audience.
    #[must_use]
    pub fn new(mut servers: Vec<ResourceServer>) -> Self {
        servers.sort_by(|left, right| left.audience.cmp(&right.audience));
        Self(servers)
    }

    /// The servers, ordered by audience.
    pub fn iter(&self) -> impl Iterator<Item = &ResourceServer> {
        self.0.iter()
    }

    /// Every scope of the tenant, those of OpenID Connect included.
    #[must_use]
    pub fn scope_supported(&self) -> Scope {
        let own = self.0.iter().flat_map(|server| server.scopes.iter().map(|scope| scope.name.as_str()));
        OIDC_SCOPES.into_iter().chain(own).collect()
    }

    /// Every type of `authorization_details` that one of them understands, sorted.
    #[must_use]
    pub fn authorization_details_types(&self) -> Vec<String> {
        let types = self.0.iter().flat_map(|server| &server.settings.authorization_details_types);
        types.map(|kind| kind.name.clone()).collect::<BTreeSet<_>>().into_iter().collect()
    }

    /// The server of an audience.
    #[must_use]
    pub fn find(&self, audience: &str) -> Option<&ResourceServer> {
        self.0.iter().find(|server| server.audience == audience)
    }

    /// The audiences that define at least one of the scopes, sorted.
    #[must_use]
    pub fn audiences_for(&self, scope: &Scope) -> Vec<String> {
        let wanted = self.0.iter().filter(|server| scope.iter().any(|token| server.defines(token)));
        wanted.map(|server| server.audience.clone()).collect()
    }

    /// What a scope token means, in a language (a BCP 47 tag) as far as it was said in that; those of OpenID Connect in
    /// English. `None` when the tenant does not know it.
    #[must_use]
    pub fn describe<'a>(&'a self, token: &str, language: &str) -> Option<ScopeDescription<'a>> {
        let mut built_in = OIDC_SCOPES.into_iter().zip(OIDC_DESCRIPTIONS);
        if let Some((name, description)) = built_in.find(|(name, _)| *name == token) {
            return Some(ScopeDescription { name, description, sensitive: false, resource_server: None });
        }
        self.0.iter().find_map(|server| {
            let scope = server.scopes.iter().find(|scope| scope.name == token)?;
            let for_all = if scope.description.is_empty() { &scope.name } else { &scope.description };
            let description = look_up(&scope.descriptions, language).unwrap_or(for_all);
            Some(ScopeDescription {
                name: &scope.name,
                description,
                sensitive: scope.sensitive,
                resource_server: Some(server.name_in(language)),
            })
        })
    }
}
