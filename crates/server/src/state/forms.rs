//! Objects as they are written: by `export`, and in the differences that `--dry-run` shows.

use latchkey_auth::{StandardClaims, User, UserStatus};
use latchkey_core::{ClientId, TokenHash, UserId, UtcTime};
use latchkey_tenants::{
    Branding, Client, ClientMetadata, ClientSecret, Domain, DomainName, ResourceServer, Slug, TenantSettings,
    TenantStatus,
};
use serde::{Deserialize, Serialize};

/// The version of the format.
pub(crate) const VERSION: u32 = 1;
/// What stands for "send an invitation" in place of a password.
pub(crate) const INVITE: &str = "invite";

/// A whole file.
#[derive(Debug, Serialize)]
pub(crate) struct DocumentForm {
    pub(crate) version: u32,
    pub(crate) tenants: Vec<TenantForm>,
}

/// A tenant with all it owns.
#[derive(Debug, Serialize)]
pub(crate) struct TenantForm {
    #[serde(flatten)]
    pub(crate) profile: ProfileForm,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) domains: Vec<DomainForm>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) resource_servers: Vec<ResourceServer>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) clients: Vec<ClientForm>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) users: Vec<UserForm>,
}

/// A tenant alone.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct ProfileForm {
    pub(crate) slug: Slug,
    pub(crate) name: String,
    #[serde(skip_serializing_if = "is_active_tenant")]
    pub(crate) status: TenantStatus,
    pub(crate) settings: TenantSettings,
    pub(crate) branding: Branding,
}

fn is_active_tenant(status: &TenantStatus) -> bool {
    *status == TenantStatus::Active
}

/// A host of a tenant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct DomainForm {
    pub(crate) host: DomainName,
    /// Whether the operator vouches that the tenant holds the name.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) verified: bool,
    /// Whether it is the tenant's issuer.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) issuer: bool,
}

impl From<&Domain> for DomainForm {
    fn from(domain: &Domain) -> Self {
        Self { host: domain.host.clone(), verified: domain.verified_at.is_some(), issuer: domain.is_issuer }
    }
}

/// A client.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct ClientForm {
    pub(crate) client_id: ClientId,
    pub(crate) name: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) secret_hashes: Vec<SecretForm>,
    #[serde(flatten)]
    pub(crate) metadata: ClientMetadata,
}

impl From<&Client> for ClientForm {
    fn from(client: &Client) -> Self {
        let mut secret_hashes: Vec<SecretForm> = client.secrets.iter().map(SecretForm::from).collect();
        secret_hashes.sort_by(|a, b| a.hash.as_str().cmp(b.hash.as_str()));
        Self {
            client_id: client.client_id.clone(),
            name: client.name.clone(),
            secret_hashes,
            metadata: client.metadata.clone(),
        }
    }
}

/// A client secret as it is kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SecretForm {
    pub(crate) hash: TokenHash,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) expires_at: Option<UtcTime>,
}

impl From<&ClientSecret> for SecretForm {
    fn from(secret: &ClientSecret) -> Self {
        Self { hash: secret.hash.clone(), expires_at: secret.expires_at }
    }
}

/// A user.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct UserForm {
    pub(crate) username: String,
    /// The `sub`: kept when the users move to another database.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) id: Option<UserId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) email: Option<String>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(crate) email_verified: bool,
    #[serde(skip_serializing_if = "is_not_disabled")]
    pub(crate) status: UserStatus,
    #[serde(skip_serializing_if = "is_empty")]
    pub(crate) claims: StandardClaims,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) groups: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) roles: Vec<String>,
    /// [`INVITE`] for a user who has yet to choose one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) password: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) password_hash: Option<String>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(crate) must_change_password: bool,
}

// `invited` shows as the password "invite".
fn is_not_disabled(status: &UserStatus) -> bool {
    *status != UserStatus::Disabled
}

fn is_empty(claims: &StandardClaims) -> bool {
    *claims == StandardClaims::default()
}

impl UserForm {
    /// A user as stored; `password_hash` is left out of differences unless it is new.
    pub(crate) fn new(user: &User, password_hash: Option<String>) -> Self {
        Self {
            username: user.username.clone(),
            id: Some(user.id.clone()),
            email: user.email.clone(),
            email_verified: user.email_verified,
            status: user.status,
            claims: user.claims.clone(),
            groups: user.groups.clone(),
            roles: user.roles.clone(),
            password: (user.status == UserStatus::Invited).then_some(INVITE),
            password_hash,
            must_change_password: user.must_change_password,
        }
    }
}

/// Writes a value as YAML: one line for each scalar without line breaks, so that differences are readable.
pub(crate) fn to_yaml<T: Serialize>(value: &T) -> Result<String, serde_saphyr::SerializeError> {
    let options = serde_saphyr::ser_options! { min_fold_chars: usize::MAX, prefer_block_scalars: false };
    serde_saphyr::to_string_with_options(value, options)
}
