//! A client, RFC 6749 §2, and its secrets.

use latchkey_core::{ClientId, Secret, TokenHash, UtcTime};
use latchkey_protocol::{GrantType, ResponseType, SubjectType, TokenEndpointAuthMethod};
use serde::{Deserialize, Serialize};
use url::{Host, Url};

use crate::defaults::check_name;
use crate::{ClientMetadata, InvalidClient};

/// A registered client of one tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Client {
    /// Its id, unique within the tenant.
    pub client_id: ClientId,
    /// Its name on pages.
    pub name: String,
    /// What it may do.
    pub metadata: ClientMetadata,
    /// Its secrets, expired ones included; two while one replaces the other.
    pub secrets: Vec<ClientSecret>,
    /// Who said so.
    pub origin: ClientOrigin,
}

/// Where a client comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ClientOrigin {
    /// An operator.
    #[default]
    Managed,
    /// It registered itself, RFC 7591.
    Registered,
    /// The document that its `client_id` names.
    Document {
        /// Until when the copy is good.
        fresh_until: UtcTime,
    },
}

impl ClientOrigin {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Managed => "managed",
            Self::Registered => "registered",
            Self::Document { .. } => "document",
        }
    }

    pub(crate) fn fresh_until(self) -> Option<UtcTime> {
        match self {
            Self::Document { fresh_until } => Some(fresh_until),
            Self::Managed | Self::Registered => None,
        }
    }

    pub(crate) fn read(origin: &str, fresh_until: Option<UtcTime>) -> Self {
        match (origin, fresh_until) {
            ("document", fresh_until) => {
                Self::Document { fresh_until: fresh_until.unwrap_or(UtcTime::from_unix_seconds(0)) }
            }
            ("managed", _) => Self::Managed,
            // What no operator vouched for must not pass for an operator's.
            _ => Self::Registered,
        }
    }
}

impl Client {
    /// Whether it cannot keep a secret (RFC 6749 §2.1).
    #[must_use]
    pub fn is_public(&self) -> bool {
        self.metadata.token_endpoint_auth_method == TokenEndpointAuthMethod::None
    }

    /// Whether `presented` is one of its secrets that are live at `now`.
    ///
    /// The time taken depends on the number of secrets only.
    #[must_use]
    pub fn verify_secret(&self, presented: &Secret<String>, now: UtcTime) -> bool {
        let hash = TokenHash::of(presented.expose());
        let found =
            self.secrets.iter().fold(false, |found, secret| found | (secret.is_live(now) & (secret.hash == hash)));
        found && !self.is_public()
    }

    /// Whether it was registered for this grant.
    #[must_use]
    pub fn may_use_grant(&self, grant_type: GrantType) -> bool {
        self.metadata.grant_types.contains(&grant_type)
    }

    /// Whether it was registered for this response type and for the grant types that it stands for.
    #[must_use]
    pub fn may_use_response_type(&self, response_type: ResponseType) -> bool {
        let code = !response_type.has_code() || self.may_use_grant(GrantType::AuthorizationCode);
        let legacy = response_type == ResponseType::Code || self.may_use_grant(GrantType::Implicit);
        code && legacy && self.metadata.response_types.contains(&response_type)
    }

    /// What an operator should hear when it is registered: grants that RFC 9700 §2.1.2 and §2.4 advise against.
    #[must_use]
    pub fn legacy_warning(&self) -> Option<String> {
        let legacy = [GrantType::Implicit, GrantType::Password].into_iter().filter(|grant| self.may_use_grant(*grant));
        let names: Vec<&str> = legacy.map(GrantType::as_str).collect();
        (!names.is_empty()).then(|| {
            let id = &self.client_id;
            format!("client {id} uses the legacy grant {}, which RFC 9700 advises against", names.join(" and "))
        })
    }

    /// Whether `requested` is one of its redirect URIs (RFC 9700 §2.1).
    #[must_use]
    pub fn find_redirect_uri(&self, requested: &str) -> bool {
        self.metadata.redirect_uris.iter().any(|uri| uri.matches(requested))
    }

    /// Whether `requested` is one of its `post_logout_redirect_uris` (OpenID Connect RP-Initiated Logout §3).
    #[must_use]
    pub fn find_post_logout_redirect_uri(&self, requested: &str) -> bool {
        self.metadata.post_logout_redirect_uris.iter().any(|uri| uri.matches(requested))
    }

    /// Who shares a `sub` with it (OpenID Connect Core §8.1): the clients of the host of its
    /// `sector_identifier_uri`, or else of its redirect URIs when they have one host. A client without such a host, or
    /// that nobody vouches for and that did not prove it, shares with nobody.
    #[must_use]
    pub fn sector(&self) -> String {
        // A client id may hold any character, but a host never has a blank.
        self.shared_sector().unwrap_or_else(|| format!("client {}", self.client_id))
    }

    /// The sector of its pairwise subjects; `None` for a client that knows users by their public one.
    #[must_use]
    pub fn pairwise_sector(&self) -> Option<String> {
        (self.metadata.subject_type == SubjectType::Pairwise).then(|| self.sector())
    }

    fn shared_sector(&self) -> Option<String> {
        if !self.may_share_sector() {
            return None;
        }
        let host = |uri: &str| Url::parse(uri).ok().and_then(|url| url.host_str().map(str::to_owned));
        let named = self.metadata.sector_identifier_uri.as_deref().and_then(host);
        let mut hosts = self.metadata.redirect_uris.iter().map(|uri| host(uri.as_str()));
        let first = hosts.next().flatten();
        let shared = first.filter(|first| hosts.all(|other| other.as_ref() == Some(first)));
        named.or(shared)
    }

    /// Whether its redirect URIs say who it is. An operator answers for what stands there. Of a client that registered
    /// itself they count only when every user it gets to know comes through them, over TLS to a host: whoever may also
    /// ask for a device, by CIBA or with a token names the host of another and never meets it. A document is proved by
    /// its own address, whatever it lists, and may list something else tomorrow.
    fn may_share_sector(&self) -> bool {
        match self.origin {
            ClientOrigin::Managed => true,
            ClientOrigin::Document { .. } => false,
            ClientOrigin::Registered => {
                let metadata = &self.metadata;
                !metadata.first_party
                    && metadata.grant_types.iter().all(|grant| BY_REDIRECT.contains(grant))
                    && metadata.redirect_uris.iter().all(|uri| is_host_on_the_web(uri.as_str()))
            }
        }
    }

    /// Checks name and metadata.
    ///
    /// # Errors
    /// The first member that breaks a rule.
    pub fn validate(&self) -> Result<(), InvalidClient> {
        check_name("name", &self.name)?;
        self.metadata.validate()
    }
}

/// Grants through which a client gets to know a user only by a redirect URI, or not at all.
const BY_REDIRECT: [GrantType; 4] =
    [GrantType::AuthorizationCode, GrantType::Implicit, GrantType::RefreshToken, GrantType::ClientCredentials];

/// Whether the URI belongs to a host that can be held to it: a scheme of an app's own can name any host, and everybody has
/// a `localhost`.
fn is_host_on_the_web(uri: &str) -> bool {
    let Ok(url) = Url::parse(uri) else { return false };
    let named = match url.host() {
        Some(Host::Domain(name)) => name != "localhost" && !name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => !address.is_loopback(),
        Some(Host::Ipv6(address)) => !address.is_loopback(),
        None => false,
    };
    named && url.scheme() == "https"
}

/// A client's secret, as it is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClientSecret {
    /// SHA-256 of the secret.
    pub hash: TokenHash,
    /// When it was made.
    pub created_at: UtcTime,
    /// From when on it is refused; `None` for never.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<UtcTime>,
    /// The secret itself under the master key, for `client_secret_jwt` only; it never leaves this installation.
    #[serde(skip)]
    pub sealed: Option<String>,
}

impl ClientSecret {
    /// The record of a new secret.
    #[must_use]
    pub fn new(secret: &Secret<String>, created_at: UtcTime, expires_at: Option<UtcTime>) -> Self {
        Self { hash: TokenHash::of(secret.expose()), created_at, expires_at, sealed: None }
    }

    /// Whether it is accepted at `now`.
    #[must_use]
    pub fn is_live(&self, now: UtcTime) -> bool {
        self.expires_at.is_none_or(|end| now < end)
    }
}

#[cfg(test)]
mod tests {
    use latchkey_protocol::RedirectUri;

    use super::*;

    fn client(origin: ClientOrigin, uris: &[&str], grants: &[GrantType]) -> Client {
        let metadata = ClientMetadata {
            redirect_uris: uris.iter().map(|uri| RedirectUri::parse(uri).expect("a URI")).collect(),
            grant_types: grants.to_vec(),
            ..ClientMetadata::default()
        };
        let client_id = "it".parse().expect("a client id");
        Client { client_id, name: "It".to_owned(), metadata, secrets: Vec::new(), origin }
    }

    #[test]
    fn a_client_that_registered_itself_shares_only_the_sector_that_its_users_come_through() {
        use GrantType::{AuthorizationCode, Ciba, DeviceCode, JwtBearer, Password, RefreshToken, TokenExchange};
        let (theirs, own) = ("app.example", "client it");
        let https = ["https://app.example/cb", "https://app.example/other"];
        let redirects = [AuthorizationCode, RefreshToken];
        let sector = |uris: &[&str], grants: &[GrantType]| client(ClientOrigin::Registered, uris, grants).sector();
        assert_eq!(sector(&https, &redirects), theirs);
        for grant in [DeviceCode, Ciba, TokenExchange, JwtBearer, Password] {
            assert_eq!(sector(&https, &[grant]), own, "{grant:?}");
            assert_eq!(sector(&https, &[AuthorizationCode, grant]), own, "{grant:?}");
            assert_eq!(client(ClientOrigin::Managed, &https, &[grant]).sector(), theirs, "an operator answers for it");
        }
        for uri in ["http://127.0.0.1/cb", "http://localhost/cb", "http://[::1]/cb", "com.example.it://app.example/cb"]
        {
            assert_eq!(sector(&[uri], &redirects), own, "{uri}");
        }
        assert_eq!(sector(&["https://app.example/cb", "https://other.example/cb"], &redirects), own);
        assert_eq!(sector(&[], &redirects), own);
        let document = ClientOrigin::Document { fresh_until: UtcTime::from_unix_seconds(1) };
        assert_eq!(client(document, &https, &redirects).sector(), own);
    }

    #[test]
    fn a_sector_identifier_uri_binds_those_only_whose_users_come_by_redirect() {
        let named = |origin, grants: &[GrantType]| {
            let mut client = client(origin, &["https://one.example/cb", "https://two.example/cb"], grants);
            client.metadata.sector_identifier_uri = Some("https://maker.example/sector.json".to_owned());
            client.metadata.subject_type = SubjectType::Pairwise;
            client.pairwise_sector()
        };
        let code = [GrantType::AuthorizationCode];
        let both = [GrantType::AuthorizationCode, GrantType::DeviceCode];
        assert_eq!(named(ClientOrigin::Registered, &code).as_deref(), Some("maker.example"));
        // Anybody can read whose redirect URIs that file lists.
        assert_eq!(named(ClientOrigin::Registered, &both).as_deref(), Some("client it"));
        assert_eq!(named(ClientOrigin::Managed, &both).as_deref(), Some("maker.example"));
        assert_eq!(client(ClientOrigin::Managed, &["https://one.example/cb"], &code).pairwise_sector(), None);
    }
}
