//! The injected source of randomness: OpenSSL's CSPRNG, or a seeded one in tests.

use std::sync::{Arc, Mutex, PoisonError};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rand::rngs::StdRng;
use rand::{RngCore, SeedableRng};

use crate::Secret;

/// Where random bytes come from. Clones share one source.
#[derive(Clone)]
pub struct Rng(Source);

#[derive(Clone)]
enum Source {
    OpenSsl,
    Seeded(Arc<Mutex<StdRng>>),
}

impl Rng {
    /// OpenSSL's CSPRNG.
    #[must_use]
    pub fn system() -> Self {
        Self(Source::OpenSsl)
    }

    /// The same bytes for the same seed: for tests only.
    #[must_use]
    pub fn seeded(seed: u64) -> Self {
        Self(Source::Seeded(Arc::new(Mutex::new(StdRng::seed_from_u64(seed)))))
    }

    /// `N` random bytes.
    #[must_use]
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0_u8; N];
        match &self.0 {
            // An identity provider without randomness must not go on: OpenSSL fails only when the
            // operating system gives it no entropy, and every answer after that would be a hole.
            #[expect(clippy::panic, reason = "no entropy: going on would issue predictable secrets")]
            Source::OpenSsl => {
                if let Err(error) = openssl::rand::rand_bytes(&mut bytes) {
                    panic!("the operating system gives no randomness: {error}");
                }
            }
            Source::Seeded(rng) => rng.lock().unwrap_or_else(PoisonError::into_inner).fill_bytes(&mut bytes),
        }
        bytes
    }

    /// 256 random bits as 43 base64url characters: a code, a secret, a token.
    #[must_use]
    pub fn token(&self) -> Secret<String> {
        Secret::new(URL_SAFE_NO_PAD.encode(self.bytes::<32>()))
    }
}

impl std::fmt::Debug for Rng {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Rng")
    }
}
