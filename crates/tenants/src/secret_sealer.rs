//! Client secrets that must be known again: a `client_secret_jwt` (OpenID Connect Core §9) is verified with the secret
//! itself, so for such a client it is kept under the master key besides its hash.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use latchkey_core::{ClientId, Rng, Secret, TenantId};
use openssl::error::ErrorStack;
use openssl::symm::{Cipher, decrypt_aead, encrypt_aead};

const NONCE_BYTES: usize = 12;
const TAG_BYTES: usize = 16;

/// Seals and opens client secrets with AES-256-GCM. Clones share the key.
#[derive(Clone)]
pub struct SecretSealer(Secret<[u8; 32]>);

impl SecretSealer {
    /// A sealer under a key of its own, derived from the master key for `client-secrets`.
    #[must_use]
    pub fn new(key: Secret<[u8; 32]>) -> Self {
        Self(key)
    }

    /// Seals a secret for its client; in another place it does not open.
    ///
    /// # Errors
    /// When OpenSSL fails.
    pub fn seal(
        &self,
        tenant: &TenantId,
        client_id: &ClientId,
        secret: &Secret<String>,
        rng: &Rng,
    ) -> Result<String, ErrorStack> {
        let nonce = rng.bytes::<NONCE_BYTES>();
        let mut tag = [0_u8; TAG_BYTES];
        let context = context(tenant, client_id);
        let sealed = encrypt_aead(
            Cipher::aes_256_gcm(),
            self.0.expose(),
            Some(&nonce),
            context.as_bytes(),
            secret.expose().as_bytes(),
            &mut tag,
        )?;
        Ok(URL_SAFE_NO_PAD.encode([nonce.as_slice(), &sealed, &tag].concat()))
    }

    /// Opens what [`Self::seal`] made for this client under this master key; `None` for anything else.
    #[must_use]
    pub fn open(&self, tenant: &TenantId, client_id: &ClientId, sealed: &str) -> Option<Secret<String>> {
        let bytes = URL_SAFE_NO_PAD.decode(sealed).ok()?;
        let (nonce, rest) = bytes.split_at_checked(NONCE_BYTES)?;
        let (sealed, tag) = rest.split_at_checked(rest.len().checked_sub(TAG_BYTES)?)?;
        let context = context(tenant, client_id);
        let cipher = Cipher::aes_256_gcm();
        let clear = decrypt_aead(cipher, self.0.expose(), Some(nonce), context.as_bytes(), sealed, tag).ok()?;
        String::from_utf8(clear).ok().map(Secret::new)
    }
}

fn context(tenant: &TenantId, client_id: &ClientId) -> String {
    format!("{tenant}\n{client_id}")
}

#[cfg(test)]
mod tests {
    use latchkey_core::UtcTime;

    use super::*;

    #[test]
    fn a_sealed_secret_opens_for_its_client_under_its_key_and_not_otherwise() {
        let rng = Rng::seeded(3);
        let sealer = SecretSealer::new(Secret::new([1; 32]));
        let [tenant, other] = [1, 2].map(|time| TenantId::generate(UtcTime::from_unix_seconds(time), &rng));
        let [client, sibling] = ["app", "app2"].map(|id| id.parse::<ClientId>().expect("a client id"));
        let secret = Secret::new("a secret".to_owned());
        let sealed = sealer.seal(&tenant, &client, &secret, &rng).expect("sealed");

        assert_eq!(sealer.open(&tenant, &client, &sealed), Some(secret.clone()));
        assert_eq!(sealer.open(&other, &client, &sealed), None);
        assert_eq!(sealer.open(&tenant, &sibling, &sealed), None);
        assert_eq!(SecretSealer::new(Secret::new([2; 32])).open(&tenant, &client, &sealed), None);
        for junk in ["", "AAAA", "!", &sealed[1..]] {
            assert_eq!(sealer.open(&tenant, &client, junk), None, "{junk}");
        }
        assert_ne!(sealer.seal(&tenant, &client, &secret, &rng).expect("sealed"), sealed);
    }
}
