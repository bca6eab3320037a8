//! What is kept in a store but not for those who read the store: sealed with AES-256-GCM (NIST SP 800-38D) under a key
//! that is derived from the master key.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use openssl::error::ErrorStack;
use openssl::symm::{Cipher, decrypt_aead, encrypt_aead};

use crate::{Rng, Secret};

const NONCE_BYTES: usize = 12;
const TAG_BYTES: usize = 16;

/// Seals and opens. Clones share the key.
#[derive(Clone)]
pub struct Sealer(Secret<[u8; 32]>);

impl Sealer {
    /// A sealer under a key that serves one purpose only.
    #[must_use]
    pub fn new(key: Secret<[u8; 32]>) -> Self {
        Self(key)
    }

    /// Seals bytes for one place; under another `context` they do not open. Returns base64url.
    ///
    /// # Errors
    /// When OpenSSL fails.
    pub fn seal(&self, context: &str, clear: &[u8], rng: &Rng) -> Result<String, ErrorStack> {
        let nonce = rng.bytes::<NONCE_BYTES>();
        let mut tag = [0_u8; TAG_BYTES];
        let (cipher, key) = (Cipher::aes_256_gcm(), self.0.expose());
        let sealed = encrypt_aead(cipher, key, Some(&nonce), context.as_bytes(), clear, &mut tag)?;
        Ok(URL_SAFE_NO_PAD.encode([nonce.as_slice(), &sealed, &tag].concat()))
    }

    /// Opens what [`Self::seal`] made for this place under this key; `None` for anything else.
    #[must_use]
    pub fn open(&self, context: &str, sealed: &str) -> Option<Secret<Vec<u8>>> {
        let bytes = URL_SAFE_NO_PAD.decode(sealed).ok()?;
        let (nonce, rest) = bytes.split_at_checked(NONCE_BYTES)?;
        let (sealed, tag) = rest.split_at_checked(rest.len().checked_sub(TAG_BYTES)?)?;
        let (cipher, key) = (Cipher::aes_256_gcm(), self.0.expose());
        decrypt_aead(cipher, key, Some(nonce), context.as_bytes(), sealed, tag).ok().map(Secret::new)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sealer(byte: u8) -> Sealer {
        Sealer::new(Secret::new([byte; 32]))
    }

    #[test]
    fn what_was_sealed_opens_in_its_place_under_its_key_and_nowhere_else() {
        let sealed = sealer(1).seal("totp\nusr_1", b"seed", &Rng::seeded(1)).unwrap();
        assert_eq!(sealer(1).open("totp\nusr_1", &sealed).unwrap().expose(), b"seed");
        assert!(sealer(1).open("totp\nusr_2", &sealed).is_none());
        assert!(sealer(2).open("totp\nusr_1", &sealed).is_none());
    }

    #[test]
    fn the_same_bytes_are_sealed_otherwise_each_time() {
        let (sealer, rng) = (sealer(1), Rng::seeded(1));
        assert_ne!(sealer.seal("a", b"seed", &rng).unwrap(), sealer.seal("a", b"seed", &rng).unwrap());
    }

    #[test]
    fn what_was_changed_or_cut_does_not_open() {
        let sealer = sealer(1);
        let sealed = sealer.seal("a", b"seed", &Rng::seeded(1)).unwrap();
        for end in 0..sealed.len() {
            assert!(sealer.open("a", &sealed[..end]).is_none());
        }
        let mut bytes = URL_SAFE_NO_PAD.decode(&sealed).unwrap();
        for index in 0..bytes.len() {
            bytes[index] ^= 1;
            assert!(sealer.open("a", &URL_SAFE_NO_PAD.encode(&bytes)).is_none());
            bytes[index] ^= 1;
        }
    }
}
