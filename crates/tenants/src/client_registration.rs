//! Which clients a tenant lets in that no operator wrote down: by dynamic registration
//! ([RFC 7591](https://www.rfc-editor.org/rfc/rfc7591)) and by client ID metadata documents
//! (draft-ietf-oauth-client-id-metadata-document).

use latchkey_protocol::{GrantType, Scope, SecurityProfile};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::defaults::{is, is_default, is_oauth21, is_web_uri};
use crate::resource_server::check_audience;
use crate::{InvalidMember, OIDC_SCOPES};

const MAX_CLIENTS: u64 = 1_000;
const MAX_DOCUMENTS: u64 = 10_000;
const PER_ADDRESS: u64 = 20;
const UNUSED_KEPT_DAYS: u64 = 30;
const MAX_ISSUERS: usize = 16;
const MAX_HOSTS: usize = 256;
const GRANT_TYPES: [GrantType; 2] = [GrantType::AuthorizationCode, GrantType::RefreshToken];

/// Who may register a client.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RegistrationMode {
    /// Nobody.
    #[default]
    Off,
    /// Whoever has an initial access token.
    Token,
    /// Anybody.
    Open,
}

/// Who may register clients, and what such a client may have at most.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ClientRegistrationPolicy {
    /// Who may register one.
    #[serde(skip_serializing_if = "is_default")]
    pub mode: RegistrationMode,
    /// What it may ask for at most; also what it gets when it names no `scope`.
    #[serde(skip_serializing_if = "is_oidc_scope")]
    pub scope: Scope,
    /// Resource servers that it may ask tokens for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub audiences: Vec<String>,
    /// Grants that it may have; legacy ones only when they stand here.
    #[serde(skip_serializing_if = "is_user_grants")]
    pub grant_types: Vec<GrantType>,
    /// The rules that it plays by.
    #[serde(skip_serializing_if = "is_oauth21")]
    pub security_profile: SecurityProfile,
    /// How many registered clients the tenant may have.
    #[serde(skip_serializing_if = "is::<MAX_CLIENTS>")]
    pub max_clients: u64,
    /// Registrations without an initial access token from one address within an hour.
    #[serde(skip_serializing_if = "is::<PER_ADDRESS>")]
    pub registrations_per_address: u64,
    /// A client that registered itself and never got a token is deleted after so many days; 0 keeps it.
    #[serde(skip_serializing_if = "is::<UNUSED_KEPT_DAYS>")]
    pub unused_clients_kept_days: u64,
}

impl Default for ClientRegistrationPolicy {
    fn default() -> Self {
        Self {
            mode: RegistrationMode::Off,
            scope: offered_scope(),
            audiences: Vec::new(),
            grant_types: GRANT_TYPES.to_vec(),
            security_profile: SecurityProfile::OAuth21,
            max_clients: MAX_CLIENTS,
            registrations_per_address: PER_ADDRESS,
            unused_clients_kept_days: UNUSED_KEPT_DAYS,
        }
    }
}

impl ClientRegistrationPolicy {
    pub(crate) fn validate(&self) -> Result<(), InvalidMember> {
        let refuse = |reason: &'static str| Err(InvalidMember::new("client_registration", reason));
        if self.scope.is_empty() {
            return refuse("scope must not be empty");
        }
        if self.grant_types.is_empty() {
            return refuse("grant_types must not be empty");
        }
        if !(1..=1_000_000).contains(&self.max_clients) {
            return refuse("max_clients must be between 1 and 1000000");
        }
        if !(1..=100_000).contains(&self.registrations_per_address) {
            return refuse("registrations_per_address must be between 1 and 100000");
        }
        if self.unused_clients_kept_days > 3_650 {
            return refuse("unused_clients_kept_days must be between 0 and 3650");
        }
        self.audiences.iter().try_for_each(|audience| check_audience("client_registration", audience))
    }
}

/// Whose software statements are believed, RFC 7591 §2.3.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SoftwareStatementIssuer {
    /// The `iss` of its statements.
    pub issuer: String,
    /// Its public keys, RFC 7517 §5.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jwks: Option<Value>,
    /// Where they are; never beside `jwks`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jwks_uri: Option<String>,
}

pub(crate) fn check_statement_issuers(issuers: &[SoftwareStatementIssuer]) -> Result<(), InvalidMember> {
    let refuse = |reason: &'static str| Err(InvalidMember::new("software_statement_issuers", reason));
    if issuers.len() > MAX_ISSUERS {
        return refuse("at most 16");
    }
    for (index, issuer) in issuers.iter().enumerate() {
        if issuer.issuer.is_empty() || issuers.iter().take(index).any(|other| other.issuer == issuer.issuer) {
            return refuse("each issuer must be named, and only once");
        }
        if issuer.jwks.is_some() == issuer.jwks_uri.is_some() {
            return refuse("each issuer needs either jwks or jwks_uri");
        }
        if issuer.jwks_uri.as_ref().is_some_and(|uri| !is_web_uri(uri)) {
            return refuse("jwks_uri must be an https URI");
        }
    }
    Ok(())
}

/// Whether a client may be known by the document that its `client_id` names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DocumentMode {
    /// It may not.
    #[default]
    Off,
    /// It may.
    On,
}

/// Clients by metadata document; what one may have at most stands in [`ClientRegistrationPolicy`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ClientDocumentPolicy {
    /// Whether there are such clients.
    #[serde(skip_serializing_if = "is_default")]
    pub mode: DocumentMode,
    /// The only hosts whose documents count, `host` or `host:port`; any host when there are none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub hosts: Vec<String>,
    /// How many such clients are remembered.
    #[serde(skip_serializing_if = "is::<MAX_DOCUMENTS>")]
    pub max_clients: u64,
}

impl Default for ClientDocumentPolicy {
    fn default() -> Self {
        Self { mode: DocumentMode::Off, hosts: Vec::new(), max_clients: MAX_DOCUMENTS }
    }
}

impl ClientDocumentPolicy {
    /// Whether a document at this URL may make a client.
    #[must_use]
    pub fn allows(&self, url: &url::Url) -> bool {
        let Some(host) = url.host_str() else { return false };
        let authority = url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
        self.mode == DocumentMode::On && (self.hosts.is_empty() || self.hosts.contains(&authority))
    }

    pub(crate) fn validate(&self) -> Result<(), InvalidMember> {
        let refuse = |reason: &'static str| Err(InvalidMember::new("client_id_metadata_documents", reason));
        // As it stands in a URL: in lower case, without the usual port.
        let is_authority = |host: &String| {
            let spelled = format!("https://{host}/");
            url::Url::parse(&spelled).is_ok_and(|url| {
                let bare = url.username().is_empty() && url.password().is_none() && url.path() == "/";
                bare && url.as_str() == spelled
            })
        };
        if self.hosts.len() > MAX_HOSTS || !self.hosts.iter().all(is_authority) {
            return refuse("hosts must be at most 256 texts of the form host or host:port, in lower case");
        }
        if !(1..=1_000_000).contains(&self.max_clients) {
            return refuse("max_clients must be between 1 and 1000000");
        }
        Ok(())
    }
}

fn is_oidc_scope(scope: &Scope) -> bool {
    *scope == offered_scope()
}

/// What a stranger may ask for: who the user is. Sharing sign-ins on a device is for the tenant's own applications.
fn offered_scope() -> Scope {
    OIDC_SCOPES.into_iter().filter(|scope| *scope != "device_sso").collect()
}

fn is_user_grants(grant_types: &[GrantType]) -> bool {
    grant_types == GRANT_TYPES
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn documents(hosts: &[&str]) -> ClientDocumentPolicy {
        let hosts = hosts.iter().map(|host| (*host).to_owned()).collect();
        ClientDocumentPolicy { mode: DocumentMode::On, hosts, ..ClientDocumentPolicy::default() }
    }

    #[test]
    fn the_defaults_let_nobody_in_and_are_not_written() {
        let registration = ClientRegistrationPolicy::default();
        assert_eq!(registration.mode, RegistrationMode::Off);
        assert_eq!(serde_json::to_value(&registration).expect("serializes"), json!({}));
        assert_eq!(registration.validate(), Ok(()));
        let url = url::Url::parse("https://app.example/client").expect("a URL");
        assert!(!ClientDocumentPolicy::default().allows(&url));
    }

    #[test]
    fn a_list_of_hosts_is_exact() {
        let policy = documents(&["app.example", "dev.example:8443"]);
        assert_eq!(policy.validate(), Ok(()));
        for (url, allowed) in [
            ("https://app.example/client", true),
            ("https://dev.example:8443/client", true),
            ("https://app.example:8443/client", false),
            ("https://dev.example/client", false),
            ("https://a.app.example/client", false),
            ("https://app.example.evil.example/client", false),
        ] {
            assert_eq!(policy.allows(&url::Url::parse(url).expect("a URL")), allowed, "{url}");
        }
        for host in ["APP.example", "app.example:443", "https://app.example", "a@app.example", "app.example/x", ""] {
            assert!(documents(&[host]).validate().is_err(), "{host}");
        }
    }

    #[test]
    fn an_issuer_of_statements_has_keys_in_one_place() {
        let issuer = |jwks: Option<Value>, uri: Option<&str>| SoftwareStatementIssuer {
            issuer: "https://statements.example".to_owned(),
            jwks,
            jwks_uri: uri.map(str::to_owned),
        };
        let keys = || Some(json!({ "keys": [] }));
        assert!(check_statement_issuers(&[issuer(keys(), None)]).is_ok());
        assert!(check_statement_issuers(&[issuer(None, Some("https://statements.example/jwks"))]).is_ok());
        for wrong in
            [issuer(None, None), issuer(keys(), Some("https://a.example/")), issuer(None, Some("http://a.example/"))]
        {
            assert!(check_statement_issuers(std::slice::from_ref(&wrong)).is_err(), "{wrong:?}");
        }
        assert!(check_statement_issuers(&[issuer(keys(), None), issuer(keys(), None)]).is_err());
    }
}
