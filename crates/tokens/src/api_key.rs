//! API keys: for programs that cannot ask for tokens. `lkak_{id}.{secret}`; the secret has 256 random bits, and the row
//! holds a hash of the whole.
//!
//! A key is for one resource server, which introspects it like a token; no endpoint of the issuer takes one.

use std::time::Duration;

use latchkey_core::{ApiKeyId, Rng, Secret, TenantId, TokenHash, UtcTime};
use latchkey_protocol::Scope;
use latchkey_tenants::ResourceServer;

use crate::{Tokens, TokensError, api_key_store};

const PREFIX: &str = "lkak_";
/// `Rng::token` gives 43 characters.
const SECRET_CHARACTERS: usize = 43;
/// A use is written down when the last one that was is older.
const TOUCH_EVERY: Duration = Duration::from_secs(60);
const MAX_NAME: usize = 200;

/// An API key, without its secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiKey {
    /// Which one; the first part of the key.
    pub id: ApiKeyId,
    /// The resource server that it is for.
    pub audience: String,
    /// What it is for, in words.
    pub name: String,
    /// What it is good for: scopes of that resource server.
    pub scope: Scope,
    /// When it was made.
    pub created_at: UtcTime,
    /// When it ends; never, when there is none.
    pub expires_at: Option<UtcTime>,
    /// When it was revoked.
    pub revoked_at: Option<UtcTime>,
    /// When it was last introspected, to the minute.
    pub last_used_at: Option<UtcTime>,
}

/// What a new API key should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewApiKey {
    /// What it is for, in words.
    pub name: String,
    /// What it is good for.
    pub scope: Scope,
    /// When it ends; never, when there is none.
    pub expires_at: Option<UtcTime>,
}

/// Why no such key is made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ApiKeyRefusal {
    /// The name is empty, too long, or no line of text.
    #[error("the name of an API key is 1 to 200 characters without control characters")]
    Name,
    /// The resource server does not define the scope.
    #[error("the resource server does not define the scope {0}")]
    UndefinedScope(String),
}

impl ApiKey {
    /// Makes a key for a resource server: what is stored, and the key itself, which nobody sees again.
    ///
    /// # Errors
    /// When the name is none or the server does not define all of the scope.
    pub fn generate(
        server: &ResourceServer,
        new: NewApiKey,
        now: UtcTime,
        rng: &Rng,
    ) -> Result<(Self, Secret<String>), ApiKeyRefusal> {
        let length = new.name.chars().count();
        if length == 0 || length > MAX_NAME || new.name.chars().any(char::is_control) {
            return Err(ApiKeyRefusal::Name);
        }
        if let Some(token) = new.scope.iter().find(|token| !server.defines(token)) {
            return Err(ApiKeyRefusal::UndefinedScope(token.to_owned()));
        }
        let id = ApiKeyId::generate(now, rng);
        let text = Secret::new(format!("{PREFIX}{id}.{}", rng.token().expose()));
        let key = Self {
            id,
            audience: server.audience.clone(),
            name: new.name,
            scope: new.scope,
            created_at: now,
            expires_at: new.expires_at,
            revoked_at: None,
            last_used_at: None,
        };
        Ok((key, text))
    }

    /// Whether it may be used.
    #[must_use]
    pub fn is_live(&self, now: UtcTime) -> bool {
        self.revoked_at.is_none() && self.expires_at.is_none_or(|end| now < end)
    }
}

/// Whether that is spelled as an API key is; it may be unknown.
#[must_use]
pub fn is_api_key(token: &str) -> bool {
    parse(token).is_some()
}

fn parse(token: &str) -> Option<ApiKeyId> {
    let (id, secret) = token.strip_prefix(PREFIX)?.split_once('.')?;
    if secret.len() != SECRET_CHARACTERS {
        return None;
    }
    id.parse().ok()
}

impl Tokens {
    /// The key, if this tenant made it and it may be used now: what is revoked or expired is as good as unknown.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn find_api_key(&self, tenant: &TenantId, token: &str) -> Result<Option<ApiKey>, TokensError> {
        let Some(id) = parse(token) else {
            return Ok(None);
        };
        let (tenant, hash, now) = (tenant.clone(), TokenHash::of(token), self.clock.now());
        let found = self.db.read(move |conn| api_key_store::find_api_key(conn, &tenant, &id)).await?;
        // Hashes are compared in constant time.
        Ok(found.filter(|(key, secret_hash)| *secret_hash == hash && key.is_live(now)).map(|(key, _)| key))
    }

    /// Notes that the key was used: once a minute at most, so that a busy key costs no write per request.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn touch_api_key(&self, tenant: &TenantId, key: &ApiKey) -> Result<(), TokensError> {
        let now = self.clock.now();
        let before = now.minus(TOUCH_EVERY);
        if key.last_used_at.is_some_and(|last| before < last) {
            return Ok(());
        }
        let (tenant, id) = (tenant.clone(), key.id.clone());
        self.db.write(move |conn| api_key_store::touch_api_key(conn, &tenant, &id, (before, now))).await?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use latchkey_core::Rng;
    use latchkey_tenants::{ResourceServerSettings, ScopeDefinition};
    use proptest::prelude::*;

    use super::*;

    fn generate(name: &str, scope: &str) -> Result<(ApiKey, Secret<String>), ApiKeyRefusal> {
        let read = ScopeDefinition { name: "read".to_owned(), ..ScopeDefinition::default() };
        let server = ResourceServer {
            audience: "https://api.example".to_owned(),
            name: "API".to_owned(),
            settings: ResourceServerSettings::default(),
            scopes: vec![read],
        };
        let scope = Scope::parse(scope).expect("a scope");
        let new = NewApiKey { name: name.to_owned(), scope, expires_at: Some(UtcTime::from_unix_seconds(20)) };
        ApiKey::generate(&server, new, UtcTime::from_unix_seconds(10), &Rng::seeded(1))
    }

    #[test]
    fn a_key_is_spelled_in_one_way() {
        let (key, text) = generate("nightly", "read").expect("a key");
        let text = text.expose();
        assert!(text.starts_with("lkak_apk_") && is_api_key(text), "{text}");
        assert_eq!(parse(text), Some(key.id));
        for other in [&text[5..], &format!("{text}x"), &text[..text.len() - 1], "lkak_.", "lkak_apk_1.x", ""] {
            assert!(!is_api_key(other), "{other}");
        }
    }

    #[test]
    fn a_key_has_a_name_a_scope_of_its_server_and_an_end() {
        assert_eq!(generate("", "read").map(|_| ()), Err(ApiKeyRefusal::Name));
        assert_eq!(generate("a\nb", "read").map(|_| ()), Err(ApiKeyRefusal::Name));
        assert_eq!(generate("a", "read write").map(|_| ()), Err(ApiKeyRefusal::UndefinedScope("write".to_owned())));
        let (key, _) = generate("a", "read").expect("a key");
        assert!(key.is_live(UtcTime::from_unix_seconds(19)) && !key.is_live(UtcTime::from_unix_seconds(20)));
        let revoked = ApiKey { revoked_at: Some(UtcTime::from_unix_seconds(11)), ..key };
        assert!(!revoked.is_live(UtcTime::from_unix_seconds(12)));
    }

    proptest! {
        #[test]
        fn no_text_makes_the_parser_panic_and_a_key_names_its_row(
            text in "\\PC{0,120}|lkak_[a-z]{3}_[0-9a-f]{31,32}\\.[A-Za-z0-9_.-]{42,44}"
        ) {
            if let Some(id) = parse(&text) {
                let secret = text.strip_prefix(&format!("{PREFIX}{id}."));
                prop_assert_eq!(secret.map(str::len), Some(SECRET_CHARACTERS));
            }
        }
    }
}
