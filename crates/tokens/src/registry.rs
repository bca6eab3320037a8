//! Parsed keys of this process, found by a handle.
//!
//! `jsonwebtoken` wants key bytes in its `EncodingKey` and parses them on every call, which costs more than
//! an ES256 signature. Ours hold a handle instead: no key bytes lie about, and nothing is parsed twice.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock, PoisonError, RwLock};

use jsonwebtoken::{Algorithm, AlgorithmFamily, DecodingKey, EncodingKey};

use crate::key_material::{PrivateKey, PublicKey};

/// No key of any kind is 16 bytes long, so a handle is never mistaken for one.
const HANDLE_PREFIX: &[u8; 8] = b"latchkey";

static NEXT: AtomicU64 = AtomicU64::new(1);
static PRIVATE: LazyLock<RwLock<HashMap<u64, Arc<PrivateKey>>>> = LazyLock::new(RwLock::default);
static PUBLIC: LazyLock<RwLock<HashMap<u64, Arc<PublicKey>>>> = LazyLock::new(RwLock::default);

/// A private key that the provider finds by handle, for as long as this lives.
pub(crate) struct RegisteredPrivateKey {
    handle: u64,
    encoding: EncodingKey,
}

impl RegisteredPrivateKey {
    pub(crate) fn new(key: PrivateKey, alg: Algorithm) -> Self {
        let handle = NEXT.fetch_add(1, Ordering::Relaxed);
        PRIVATE.write().unwrap_or_else(PoisonError::into_inner).insert(handle, Arc::new(key));
        let bytes = handle_bytes(handle);
        let encoding = match alg.family() {
            AlgorithmFamily::Rsa => EncodingKey::from_rsa_der(&bytes),
            AlgorithmFamily::Ed => EncodingKey::from_ed_der(&bytes),
            AlgorithmFamily::Ec | AlgorithmFamily::Hmac => EncodingKey::from_ec_der(&bytes),
        };
        Self { handle, encoding }
    }

    pub(crate) fn encoding(&self) -> &EncodingKey {
        &self.encoding
    }
}

impl Drop for RegisteredPrivateKey {
    fn drop(&mut self) {
        PRIVATE.write().unwrap_or_else(PoisonError::into_inner).remove(&self.handle);
    }
}

/// A public key that the provider finds by handle, for as long as this lives.
pub(crate) struct RegisteredPublicKey {
    handle: u64,
    decoding: DecodingKey,
}

impl RegisteredPublicKey {
    pub(crate) fn new(key: PublicKey, alg: Algorithm) -> Self {
        let handle = NEXT.fetch_add(1, Ordering::Relaxed);
        PUBLIC.write().unwrap_or_else(PoisonError::into_inner).insert(handle, Arc::new(key));
        let bytes = handle_bytes(handle);
        let decoding = match alg.family() {
            AlgorithmFamily::Rsa => DecodingKey::from_rsa_der(&bytes),
            AlgorithmFamily::Ed => DecodingKey::from_ed_der(&bytes),
            AlgorithmFamily::Ec | AlgorithmFamily::Hmac => DecodingKey::from_ec_der(&bytes),
        };
        Self { handle, decoding }
    }

    pub(crate) fn decoding(&self) -> &DecodingKey {
        &self.decoding
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
