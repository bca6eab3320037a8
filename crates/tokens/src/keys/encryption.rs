//! The keys that clients encrypt request objects for: one RSA key for RSA-OAEP-256, one P-256 key for the ECDH-ES family.
//!
//! They stand in the same table as the signing keys, told apart by `alg`, under the same encryption at rest. What is
//! encrypted for them is read within minutes and says nothing about its sender, so they do not rotate with the others.

use latchkey_core::{KeyId, TenantId};
use latchkey_jose::{EncryptedJwe, InvalidJwe, PrivateKey, PublicJwk};
use latchkey_protocol::KeyManagementAlgorithm;

use super::{Inner, KeyState, Keys, context};
use crate::key_store::{self, KeyRow};
use crate::{InvalidToken, TokensError};

/// What is published; one key serves every ECDH-ES algorithm, so it is published without `alg`.
const ALGORITHMS: [KeyManagementAlgorithm; 2] = [KeyManagementAlgorithm::RsaOaep256, KeyManagementAlgorithm::EcdhEs];

/// A published key to encrypt for. Its private part stays encrypted until something has to be decrypted.
pub(crate) struct EncryptionKey {
    pub(crate) kid: KeyId,
    pub(crate) alg: KeyManagementAlgorithm,
    pub(crate) jwk: PublicJwk,
    row: KeyRow,
}

impl EncryptionKey {
    /// `None` for a row that is no such key, or not published.
    pub(crate) fn from_row(row: &KeyRow) -> Option<Self> {
        let alg = row.alg.parse().ok().filter(|alg| ALGORITHMS.contains(alg))?;
        let is_published = KeyState::parse(&row.state) == KeyState::Active;
        let jwk = serde_json::from_str(&row.public_key).ok()?;
        is_published.then(|| Self { kid: row.kid.clone(), alg, jwk, row: row.clone() })
    }

    /// `alg` of the published key: the RSA key has one use only.
    pub(crate) fn published_alg(&self) -> Option<&'static str> {
        (self.alg == KeyManagementAlgorithm::RsaOaep256).then_some(self.alg.as_str())
    }

    fn serves(&self, jwe: &EncryptedJwe) -> bool {
        let is_rsa = |alg| alg == KeyManagementAlgorithm::RsaOaep256;
        is_rsa(self.alg) == is_rsa(jwe.alg()) && jwe.kid().is_none_or(|kid| kid == self.kid.as_str())
    }
}

impl Keys {
    /// Makes the tenant's keys to encrypt for where there are none; the JWKS publishes them from then on.
    ///
    /// # Errors
    /// When the stores fail.
    pub async fn ensure_encryption_keys(&self, tenant: &TenantId) -> Result<(), TokensError> {
        for alg in ALGORITHMS {
            if self.ring(tenant).await?.encryption_key(alg).is_some() {
                continue;
            }
            let row = self.0.new_encryption_row(tenant, alg).await?;
            // No row stored: another request was first, and its key is as good.
            if self.0.db.write(move |conn| key_store::insert_key(conn, &row)).await? > 0 {
                self.0.count_generated(1);
            }
            self.0.changed(tenant).await;
        }
        Ok(())
    }

    /// Decrypts what a client encrypted for this tenant: a request object, itself a signed JWT that is yet to be verified.
    ///
    /// # Errors
    /// [`TokensError::Invalid`] with [`InvalidToken::Encryption`], or a failure of the stores.
    pub async fn decrypt_request_object(&self, tenant: &TenantId, jwe: &str) -> Result<String, TokensError> {
        let refused = |reason| TokensError::Invalid(InvalidToken::Encryption(reason));
        let jwe = EncryptedJwe::parse(jwe).map_err(refused)?;
        let ring = self.ring(tenant).await?;
        let key = ring.encryption_keys().iter().find(|key| key.serves(&jwe));
        let key = key.ok_or_else(|| refused(InvalidJwe::UnknownKey))?;
        let private = self.0.open_encryption_key(&key.row, key.alg)?;
        let content = jwe.decrypt(&private, &self.0.rng).map_err(refused)?;
        String::from_utf8(content.to_vec()).map_err(|_| refused(InvalidJwe::Malformed))
    }
}

impl Inner {
    async fn new_encryption_row(&self, tenant: &TenantId, alg: KeyManagementAlgorithm) -> Result<KeyRow, TokensError> {
        let key = self.pool.encryption_key(alg).await?;
        self.row_of(tenant, &key, alg.as_str())
    }

    fn open_encryption_key(&self, row: &KeyRow, alg: KeyManagementAlgorithm) -> Result<PrivateKey, TokensError> {
        let stored = row.encrypted_private_key.as_deref();
        let opened = stored.and_then(|stored| self.master.decrypt(stored, &context(&row.tenant_id, &row.kid)));
        opened
            .and_then(|der| PrivateKey::from_pkcs8_for_encryption(&der, alg))
            .ok_or_else(|| TokensError::UnreadableKey { kid: row.kid.clone() })
    }
}
