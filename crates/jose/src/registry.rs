//! Parsed keys of this process, found by a handle: the layer that signs and verifies with Latchkey's own keys.
//!
//! `jsonwebtoken` wants key bytes in its `EncodingKey` and parses them on every call, which costs more than
//! an ES256 signature. Ours hold a handle instead: no key bytes lie about, and nothing is parsed twice.
//! ES512, which it does not know, goes to OpenSSL directly.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock, PoisonError, RwLock};

use jsonwebtoken::{AlgorithmFamily, DecodingKey, EncodingKey};
use latchkey_protocol::SigningAlgorithm;

use crate::algorithm::to_jsonwebtoken;
use crate::provider::install_crypto_provider;
use crate::{PrivateKey, PublicKey, SigningError, jwk};

/// No key of any kind is 16 bytes long, so a handle is never mistaken for one.
const HANDLE_PREFIX: &[u8; 8] = b"latchkey";

static NEXT: AtomicU64 = AtomicU64::new(1);
static PRIVATE: LazyLock<RwLock<HashMap<u64, Arc<PrivateKey>>>> = LazyLock::new(RwLock::default);
static PUBLIC: LazyLock<RwLock<HashMap<u64, Arc<PublicKey>>>> = LazyLock::new(RwLock::default);

/// A private key bound to one algorithm, that the provider finds by handle for as long as this lives.
#[derive(Debug)]
pub struct RegisteredPrivateKey {
    handle: u64,
    key: Arc<PrivateKey>,
    alg: SigningAlgorithm,
}

impl RegisteredPrivateKey {
    /// Binds the key to the algorithm.
    #[must_use]
    pub fn new(key: PrivateKey, alg: SigningAlgorithm) -> Self {
        install_crypto_provider();
        let handle = NEXT.fetch_add(1, Ordering::Relaxed);
        let key = Arc::new(key);
        PRIVATE.write().unwrap_or_else(PoisonError::into_inner).insert(handle, Arc::clone(&key));
        Self { handle, key, alg }
    }

    /// The signature of `message` as the third part of a compact JWS.
    ///
    /// # Errors
    /// When the key is not one of the algorithm, or OpenSSL fails.
    pub fn sign(&self, message: &[u8]) -> Result<String, SigningError> {
        if !self.key.fits(self.alg) {
            return Err(SigningError::OtherAlgorithm);
        }
        match to_jsonwebtoken(self.alg) {
            Some(alg) => Ok(jsonwebtoken::crypto::sign(message, &self.encoding(alg.family()), alg)?),
            None => Ok(jwk::encode(&self.key.sign(self.alg, message)?)),
        }
    }

    fn encoding(&self, family: AlgorithmFamily) -> EncodingKey {
        let bytes = handle_bytes(self.handle);
        match family {
            AlgorithmFamily::Rsa => EncodingKey::from_rsa_der(&bytes),
            AlgorithmFamily::Ed => EncodingKey::from_ed_der(&bytes),
            AlgorithmFamily::Ec | AlgorithmFamily::Hmac => EncodingKey::from_ec_der(&bytes),
        }
    }
}

impl Drop for RegisteredPrivateKey {
    fn drop(&mut self) {
        PRIVATE.write().unwrap_or_else(PoisonError::into_inner).remove(&self.handle);
    }
}

/// A public key bound to one algorithm, that the provider finds by handle for as long as this lives.
#[derive(Debug)]
pub struct RegisteredPublicKey {
    handle: u64,
    key: Arc<PublicKey>,
    alg: SigningAlgorithm,
}

impl RegisteredPublicKey {
    /// Binds the key to the algorithm.
    #[must_use]
    pub fn new(key: PublicKey, alg: SigningAlgorithm) -> Self {
        install_crypto_provider();
        let handle = NEXT.fetch_add(1, Ordering::Relaxed);
        let key = Arc::new(key);
        PUBLIC.write().unwrap_or_else(PoisonError::into_inner).insert(handle, Arc::clone(&key));
        Self { handle, key, alg }
    }

    /// Whether `signature`, the third part of a compact JWS, is the key's for the message.
    #[must_use]
    pub fn verifies(&self, message: &[u8], signature: &str) -> bool {
        match to_jsonwebtoken(self.alg) {
            Some(alg) => {
                jsonwebtoken::crypto::verify(signature, message, &self.decoding(alg.family()), alg).unwrap_or(false)
            }
            None => jwk::decode(signature).is_some_and(|signature| self.key.verify(self.alg, message, &signature)),
        }
    }

    fn decoding(&self, family: AlgorithmFamily) -> DecodingKey {
        let bytes = handle_bytes(self.handle);
        match family {
            AlgorithmFamily::Rsa => DecodingKey::from_rsa_der(&bytes),
            AlgorithmFamily::Ed => DecodingKey::from_ed_der(&bytes),
            AlgorithmFamily::Ec | AlgorithmFamily::Hmac => DecodingKey::from_ec_der(&bytes),
        }
    }
}

impl Drop for RegisteredPublicKey {
    fn drop(&mut self) {
        PUBLIC.write().unwrap_or_else(PoisonError::into_inner).remove(&self.handle);
    }
}

pub(crate) fn find_private(bytes: &[u8]) -> Option<Arc<PrivateKey>> {
    let handle = handle_of(bytes)?;
    PRIVATE.read().unwrap_or_else(PoisonError::into_inner).get(&handle).cloned()
}

pub(crate) fn find_public(bytes: &[u8]) -> Option<Arc<PublicKey>> {
    let handle = handle_of(bytes)?;
    PUBLIC.read().unwrap_or_else(PoisonError::into_inner).get(&handle).cloned()
}

fn handle_bytes(handle: u64) -> Vec<u8> {
    [HANDLE_PREFIX.as_slice(), &handle.to_be_bytes()].concat()
}

fn handle_of(bytes: &[u8]) -> Option<u64> {
    let number = bytes.strip_prefix(HANDLE_PREFIX)?;
    Some(u64::from_be_bytes(number.try_into().ok()?))
}
