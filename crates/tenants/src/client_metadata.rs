//! What a client may do: RFC 7591 §2 and OpenID Connect Dynamic Client Registration §2, and members of our own.

use latchkey_protocol::{
    AccessTokenFormat, ApplicationType, GrantType, RedirectUri, Scope, SigningAlgorithm, TokenEndpointAuthMethod,
};
use serde::{Deserialize, Serialize};

use crate::InvalidClient;
use crate::defaults::{
    CLIENT_SCOPE, check_page, is_basic, is_client_scope, is_code_only, is_default, is_es256, is_jwt, is_rs256, is_true,
    is_web,
};
use crate::resource_server::check_audience;

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
}

impl Default for ClientMetadata {
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
            id_token_signed_response_alg: SigningAlgorithm::Rs256,
            access_token_signed_response_alg: SigningAlgorithm::Es256,
            userinfo_signed_response_alg: None,
            access_token_format: AccessTokenFormat::Jwt,
            require_pkce: true,
            consent: ConsentPolicy::default(),
            refresh_token_rotation: RefreshTokenRotation::default(),
            initiate_login_uri: None,
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

impl ClientMetadata {
    /// Checks the rules that span members; what one member alone can break was refused when it was read.
    ///
    /// # Errors
    /// The first member that breaks a rule.
    pub fn validate(&self) -> Result<(), InvalidClient> {
        self.check_grants()?;
        self.check_public()?;
        self.check_uris()?;
        for (index, audience) in self.audiences.iter().enumerate() {
            check_audience("audiences", audience)?;
            if self.audiences.iter().take(index).any(|other| other == audience) {
                return Err(InvalidClient::new("audiences", format!("{audience} stands there twice")));
            }
        }
        Ok(())
    }

    fn check_grants(&self) -> Result<(), InvalidClient> {
        let refuse = |reason: &'static str| Err(InvalidClient::new("grant_types", reason));
        let has = |grant| self.grant_types.contains(&grant);
        if self.grant_types.is_empty() {
            return refuse("must not be empty");
        }
        if self
            .grant_types
            .iter()
            .enumerate()
            .any(|(index, grant)| self.grant_types.iter().take(index).any(|other| other == grant))
        {
            return refuse("must not repeat a value");
        }
        if has(GrantType::RefreshToken) && !has(GrantType::AuthorizationCode) {
            return refuse("refresh_token needs authorization_code");
        }
        if self.application_type == ApplicationType::Service && self.grant_types != [GrantType::ClientCredentials] {
            return refuse("a service has no user: only client_credentials");
        }
        Ok(())
    }

    fn check_public(&self) -> Result<(), InvalidClient> {
        let public = self.token_endpoint_auth_method == TokenEndpointAuthMethod::None;
        let refuse = |member, reason: &'static str| Err(InvalidClient::new(member, reason));
        // What runs in a browser is read by whoever opens it.
        if self.application_type == ApplicationType::Browser && !public {
            return refuse("token_endpoint_auth_method", "a browser application cannot keep a secret: must be none");
        }
        if !public {
            return Ok(());
        }
        // RFC 6749 §4.4: only confidential clients.
        if self.grant_types.contains(&GrantType::ClientCredentials) {
            return refuse("grant_types", "a public client cannot use client_credentials");
        }
        if !self.require_pkce {
            return refuse("require_pkce", "must be true for a public client");
        }
        // RFC 9700 §4.14.2: rotation is what detects the replay of a public client's token.
        if self.refresh_token_rotation == RefreshTokenRotation::Static {
            return refuse("refresh_token_rotation", "must be rotate for a public client");
        }
        Ok(())
    }

    fn check_uris(&self) -> Result<(), InvalidClient> {
        if self.grant_types.contains(&GrantType::AuthorizationCode) && self.redirect_uris.is_empty() {
            return Err(InvalidClient::new("redirect_uris", "authorization_code needs at least one"));
        }
        self.check_redirects("redirect_uris", &self.redirect_uris)?;
        self.check_redirects("post_logout_redirect_uris", &self.post_logout_redirect_uris)?;
        check_page("logo_uri", self.logo_uri.as_ref())?;
        check_page("client_uri", self.client_uri.as_ref())?;
        check_page("policy_uri", self.policy_uri.as_ref())?;
        check_page("tos_uri", self.tos_uri.as_ref())?;
        check_page("initiate_login_uri", self.initiate_login_uri.as_ref())
    }

    fn check_redirects(&self, member: &'static str, uris: &[RedirectUri]) -> Result<(), InvalidClient> {
        if uris.len() > MAX_URIS {
            return Err(InvalidClient::new(member, format!("at most {MAX_URIS}")));
        }
        for (index, uri) in uris.iter().enumerate() {
            let text = uri.as_str();
            if text.len() > MAX_URI_LENGTH {
                return Err(InvalidClient::new(member, format!("at most {MAX_URI_LENGTH} characters each")));
            }
            if uris.iter().take(index).any(|other| other == uri) {
                return Err(InvalidClient::new(member, format!("{text} stands there twice")));
            }
            // RFC 8252 §7.1: private-use schemes are for native applications.
            let on_the_web = text.starts_with("https:") || text.starts_with("http:");
            if self.application_type != ApplicationType::Native && !on_the_web {
                return Err(InvalidClient::new(member, format!("{text} is for a native application only")));
            }
        }
        Ok(())
    }
}
