//! RSA keys made ahead of need: creating a tenant must not wait for a prime search.
//!
//! Only RSA is pooled, one kind of key for each of its algorithms: a key of a curve takes microseconds.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use latchkey_jose::PrivateKey;
use latchkey_protocol::{KeyManagementAlgorithm, SigningAlgorithm};

use crate::TokensError;

const SIZE: usize = 2;
/// A server that starts has better things to do than to search primes; the first who wants a key ends the wait.
const START_DELAY: Duration = Duration::from_millis(500);

/// A few RSA-2048 keys, refilled by one background thread. Clones share them; the thread ends with the last clone.
#[derive(Clone)]
pub struct KeyPool(Arc<Stopper>);

struct Stopper(Arc<Shared>);

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    keys: VecDeque<PrivateKey>,
    wanted: bool,
    stopped: bool,
}

impl std::fmt::Debug for KeyPool {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("KeyPool")
    }
}

impl KeyPool {
    /// Returns at once; a background thread fills the pool soon.
    #[must_use]
    pub fn start() -> Self {
        let shared = Arc::new(Shared::default());
        let filled = Arc::clone(&shared);
        let thread = std::thread::Builder::new().name("latchkey-keys".to_owned()).spawn(move || fill(&filled));
        if let Err(error) = thread {
            tracing::warn!(%error, "no thread to make keys ahead; they are made when needed");
        }
        Self(Arc::new(Stopper(shared)))
    }

    /// One pool for the whole process, for tests that start many servers in it.
    #[must_use]
    pub fn shared() -> Self {
        static POOL: OnceLock<KeyPool> = OnceLock::new();
        POOL.get_or_init(Self::start).clone()
    }

    /// A new key: from the pool if there is one, else made now on the blocking pool.
    pub(crate) async fn key(&self, alg: SigningAlgorithm) -> Result<PrivateKey, TokensError> {
        if !alg.is_rsa() {
            return Ok(PrivateKey::generate(alg)?);
        }
        self.rsa_key().await
    }

    /// A new key that others encrypt for.
    pub(crate) async fn encryption_key(&self, alg: KeyManagementAlgorithm) -> Result<PrivateKey, TokensError> {
        if alg == KeyManagementAlgorithm::RsaOaep256 {
            return self.rsa_key().await;
        }
        Ok(PrivateKey::generate_for_encryption(alg)?)
    }

    async fn rsa_key(&self) -> Result<PrivateKey, TokensError> {
        if let Some(key) = self.0.0.take() {
            return Ok(key);
        }
        let made = tokio::task::spawn_blocking(move || PrivateKey::generate(SigningAlgorithm::Rs256)).await;
        Ok(made.map_err(|_| TokensError::Cancelled)??)
    }
}

impl Shared {
    fn take(&self) -> Option<PrivateKey> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.wanted = true;
        let key = state.keys.pop_front();
        drop(state);
        self.changed.notify_all();
        key
    }
}

impl Drop for Stopper {
    fn drop(&mut self) {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner).stopped = true;
        self.0.changed.notify_all();
    }
}

fn fill(shared: &Shared) {
    let state = shared.state.lock().unwrap_or_else(PoisonError::into_inner);
    let waited = shared.changed.wait_timeout_while(state, START_DELAY, |state| !state.stopped && !state.wanted);
    drop(waited.unwrap_or_else(PoisonError::into_inner));
    loop {
        let state = shared.state.lock().unwrap_or_else(PoisonError::into_inner);
        let state = shared
            .changed
            .wait_while(state, |state| !state.stopped && state.keys.len() >= SIZE)
            .unwrap_or_else(PoisonError::into_inner);
        if state.stopped {
            return;
        }
        drop(state);
        match PrivateKey::generate(SigningAlgorithm::Rs256) {
            Ok(key) => shared.state.lock().unwrap_or_else(PoisonError::into_inner).keys.push_back(key),
            Err(error) => {
                tracing::error!(%error, "cannot make an RSA key");
                return;
            }
        }
    }
}
