//! JWK Sets of others, [RFC 7517 §5](https://www.rfc-editor.org/rfc/rfc7517#section-5): inline `jwks`, fetched `jwks_uri`.

use latchkey_protocol::{KeyManagementAlgorithm, SigningAlgorithm};
use serde_json::Value;

use crate::{InvalidJwk, Jwk};

const MAX_LENGTH: usize = 64 * 1024;
const MAX_KEYS: usize = 100;
/// A token without `kid` must not cost a verification with each of a hundred keys.
const MAX_CANDIDATES: usize = 8;

/// Public keys of one owner.
#[derive(Clone, Debug, Default)]
pub struct JwkSet {
    keys: Vec<Jwk>,
}

impl JwkSet {
    /// Reads a document of at most 64 KiB.
    ///
    /// # Errors
    /// As [`Self::from_value`].
    pub fn parse(document: &[u8]) -> Result<Self, InvalidJwk> {
        if document.len() > MAX_LENGTH {
            return Err(InvalidJwk::TooLarge);
        }
        let value: Value = serde_json::from_slice(document).map_err(|_| InvalidJwk::Malformed)?;
        Self::from_value(&value)
    }

    /// Reads a set of at most 100 keys. RFC 7517 §5: a key of an unknown kind, or out of range, is passed over.
    ///
    /// # Errors
    /// When it is no set, has too many keys, or one of them is private: its owner has to hear of that.
    pub fn from_value(value: &Value) -> Result<Self, InvalidJwk> {
        let keys = value.get("keys").and_then(Value::as_array).ok_or(InvalidJwk::Malformed)?;
        if keys.len() > MAX_KEYS {
            return Err(InvalidJwk::TooLarge);
        }
        let mut usable = Vec::new();
        for key in keys {
            match Jwk::parse(key) {
                Ok(key) => usable.push(key),
                Err(InvalidJwk::Private) => return Err(InvalidJwk::Private),
                Err(_) => {}
            }
        }
        Ok(Self { keys: usable })
    }

    /// The keys that are usable.
    #[must_use]
    pub fn keys(&self) -> &[Jwk] {
        &self.keys
    }

    /// Whether a key has that `kid`; when not, a fetched set may be too old.
    #[must_use]
    pub fn has_kid(&self, kid: &str) -> bool {
        self.keys.iter().any(|key| key.kid() == Some(kid))
    }

    /// The keys that may have signed with that algorithm: of that `kid` if there is one, else the first eight.
    pub fn verifying<'a>(&'a self, kid: Option<&'a str>, alg: SigningAlgorithm) -> impl Iterator<Item = &'a Jwk> {
        let named = move |key: &&Jwk| kid.is_none() || key.kid() == kid;
        self.keys.iter().filter(named).filter(move |key| key.verifies(alg)).take(MAX_CANDIDATES)
    }

    /// The key to encrypt for with that algorithm: the first with `use: enc`, else the first without `use`.
    #[must_use]
    pub fn encrypting(&self, alg: KeyManagementAlgorithm) -> Option<&Jwk> {
        let mut keys = self.keys.iter().filter(|key| key.encrypts(alg));
        keys.clone().find(|key| key.is_named_for_encryption()).or_else(|| keys.next())
    }

    /// The key with that thumbprint.
    #[must_use]
    pub fn find_thumbprint(&self, thumbprint: &str) -> Option<&Jwk> {
        self.keys.iter().find(|key| key.thumbprint() == thumbprint)
    }
}
