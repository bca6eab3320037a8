//! Argon2id ([RFC 9106](https://www.rfc-editor.org/rfc/rfc9106)) with bounded concurrency, in an order that is fair to
//! tenants.

mod pool;

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Instant;

use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, CustomizedPasswordHasher, Params, PasswordVerifier, Version};
use latchkey_core::{Rng, Secret, TenantId};
use latchkey_metrics::Metrics;
use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

use crate::AuthError;
use crate::new_password::Strength;
use crate::passwords::pool::Pool;

/// Longer passwords are refused before any work is done on them.
const MAX_PASSWORD_BYTES: usize = 1024;
/// The costliest stored hash that is verified: one from an import must not stop the server.
const MAX_MEMORY_KIB: u32 = 1024 * 1024;
const MAX_ITERATIONS: u32 = 64;
const MAX_PARALLELISM: u32 = 16;

/// The cost of a hash, and how many are computed at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PasswordHashing {
    /// Memory of one hash, in KiB.
    pub memory_kib: u32,
    /// Passes over the memory.
    pub iterations: u32,
    /// Lanes.
    pub parallelism: u32,
    /// Hashes computed at the same time.
    pub concurrency: usize,
}

impl Default for PasswordHashing {
    /// 19 MiB, two passes, one lane (the OWASP minimum for Argon2id); as many at a time as there are cores.
    fn default() -> Self {
        let concurrency = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
        Self { memory_kib: 19 * 1024, iterations: 2, parallelism: 1, concurrency }
    }
}

/// Hashes and verifies passwords. Clones share the queue.
#[derive(Clone)]
pub struct Passwords {
    params: Params,
    rng: Rng,
    /// A hash of the present parameters that no password matches.
    dummy: Arc<str>,
    pool: Pool,
    metrics: Option<Metrics>,
}

/// The answer of [`Passwords::verify`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verification {
    Wrong,
    Right,
    /// Right, but hashed with other parameters than the present ones.
    RightButOutdated,
}

impl Passwords {
    /// Sets up hashing; computes one hash.
    ///
    /// # Errors
    /// [`AuthError::Parameters`] when Argon2 does not allow the parameters.
    pub fn new(hashing: PasswordHashing, rng: Rng) -> Result<Self, AuthError> {
        let params = Params::new(hashing.memory_kib, hashing.iterations, hashing.parallelism, None)
            .map_err(|error| AuthError::Parameters(error.to_string()))?;
        let dummy = hash_with(&params, rng.token().expose(), &rng)?;
        Ok(Self {
            params,
            rng,
            dummy: dummy.expose().as_str().into(),
            pool: Pool::new(hashing.concurrency),
            metrics: None,
        })
    }

    /// Has each hash counted: how long it took, and while it waits for its turn.
    #[must_use]
    pub fn measured_by(mut self, metrics: Metrics) -> Self {
        self.metrics = Some(metrics);
        self
    }

    /// The PHC string of a password with a new salt. Whether the password is good enough is not asked here:
    /// [`crate::SignIn::judge_password`] does that.
    ///
    /// # Errors
    /// [`AuthError::PasswordTooLong`], [`AuthError::Busy`], [`AuthError::Hashing`].
    pub async fn hash(&self, tenant: &TenantId, password: Secret<String>) -> Result<Secret<String>, AuthError> {
        require_length(&password)?;
        let this = self.clone();
        self.run(tenant, move || hash_with(&this.params, password.expose(), &this.rng)).await
    }

    /// [`Passwords::hash`] for the command line; neither queued nor bounded.
    ///
    /// # Errors
    /// As [`Passwords::hash`].
    pub fn hash_blocking(&self, password: &Secret<String>) -> Result<Secret<String>, AuthError> {
        require_length(password)?;
        hash_with(&self.params, password.expose(), &self.rng)
    }

    /// Whether the password is the one of the PHC string; without one the same work is done in vain.
    ///
    /// # Errors
    /// [`AuthError::Busy`], [`AuthError::Hashing`] when the stored text is not an Argon2 hash.
    pub async fn verify(
        &self,
        tenant: &TenantId,
        password: Secret<String>,
        phc: Option<&Secret<String>>,
    ) -> Result<bool, AuthError> {
        Ok(self.check(tenant, password, phc).await? != Verification::Wrong)
    }

    /// [`Passwords::verify`] for the command line.
    ///
    /// # Errors
    /// As [`Passwords::verify`].
    pub fn verify_blocking(&self, password: &Secret<String>, phc: &Secret<String>) -> Result<bool, AuthError> {
        Ok(password.expose().len() <= MAX_PASSWORD_BYTES && verify_with(password.expose(), phc.expose())?)
    }

    pub(crate) async fn check(
        &self,
        tenant: &TenantId,
        password: Secret<String>,
        phc: Option<&Secret<String>>,
    ) -> Result<Verification, AuthError> {
        // Refused before hashing; no stored hash can be of such a password, so known and unknown users are alike.
        if require_length(&password).is_err() {
            return Ok(Verification::Wrong);
        }
        let known = phc.is_some();
        let hash = phc.map_or_else(|| Secret::from(&*self.dummy), Clone::clone);
        let outdated = self.is_outdated(hash.expose());
        let right = self.run(tenant, move || verify_with(password.expose(), hash.expose())).await?;
        Ok(match (right && known, outdated) {
            (false, _) => Verification::Wrong,
            (true, false) => Verification::Right,
            (true, true) => Verification::RightButOutdated,
        })
    }

    fn is_outdated(&self, phc: &str) -> bool {
        let Ok(hash) = PasswordHash::new(phc) else { return true };
        let same_cost = Params::try_from(&hash).is_ok_and(|params| {
            (params.m_cost(), params.t_cost(), params.p_cost())
                == (self.params.m_cost(), self.params.t_cost(), self.params.p_cost())
        });
        hash.algorithm != Algorithm::Argon2id.ident() || !same_cost
    }

    /// How hard the password is to guess for who knows these words about its owner. Waits for its turn among the hashes:
    /// what somebody makes up to keep the estimate busy costs as much as a hash.
    pub(crate) async fn estimate(
        &self,
        tenant: &TenantId,
        password: Secret<String>,
        words: Vec<String>,
    ) -> Result<Strength, AuthError> {
        self.in_turn(tenant, move || Ok(Strength::of(&normalized(password.expose()), &words))).await
    }

    async fn run<T, F>(&self, tenant: &TenantId, work: F) -> Result<T, AuthError>
    where
        T: Send + 'static,
        F: FnOnce() -> Result<T, AuthError> + Send + 'static,
    {
        let metrics = self.metrics.clone();
        let measured = move || {
            let started = Instant::now();
            let outcome = work();
            if let Some(metrics) = metrics {
                metrics.observe_password_hash(started.elapsed());
            }
            outcome
        };
        self.in_turn(tenant, measured).await
    }

    /// Runs work on the blocking pool; the slot travels with it, so that a request that is abandoned does not make room
    /// for one more while its work still runs.
    async fn in_turn<T, F>(&self, tenant: &TenantId, work: F) -> Result<T, AuthError>
    where
        T: Send + 'static,
        F: FnOnce() -> Result<T, AuthError> + Send + 'static,
    {
        let waiting = self.metrics.as_ref().map(Metrics::password_hash_waits);
        let slot = self.pool.acquire(tenant).await?;
        drop(waiting);
        let task = tokio::task::spawn_blocking(move || {
            let _slot = slot;
            work()
        });
        match task.await {
            Ok(outcome) => outcome,
            Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
            Err(_) => Err(AuthError::Cancelled),
        }
    }
}

/// Reads a PHC string that was given instead of a password; `None` unless it is an Argon2 hash of bearable cost.
#[must_use]
pub fn parse_password_hash(text: &str) -> Option<Secret<String>> {
    let hash = PasswordHash::new(text).ok()?;
    let params = Params::try_from(&hash).ok()?;
    let bearable =
        params.m_cost() <= MAX_MEMORY_KIB && params.t_cost() <= MAX_ITERATIONS && params.p_cost() <= MAX_PARALLELISM;
    let complete = hash.salt.is_some() && hash.hash.is_some();
    let argon2 = Algorithm::try_from(hash.algorithm.as_str()).is_ok();
    (bearable && complete && argon2).then(|| Secret::from(text))
}

fn require_length(password: &Secret<String>) -> Result<(), AuthError> {
    if password.expose().len() > MAX_PASSWORD_BYTES { Err(AuthError::PasswordTooLong) } else { Ok(()) }
}

/// The same password typed on two keyboards may differ in composition: NFKC makes them one.
pub(crate) fn normalized(password: &str) -> Zeroizing<String> {
    Zeroizing::new(password.nfkc().collect())
}

fn hash_with(params: &Params, password: &str, rng: &Rng) -> Result<Secret<String>, AuthError> {
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params.clone());
    argon2
        .hash_password_with_params(normalized(password).as_bytes(), &rng.bytes::<16>(), params.clone())
        .map(|hash| Secret::new(hash.to_string()))
        .map_err(|error| AuthError::Hashing(error.to_string()))
}

fn verify_with(password: &str, phc: &str) -> Result<bool, AuthError> {
    let hash = PasswordHash::new(phc).map_err(|error| AuthError::Hashing(error.to_string()))?;
    match Argon2::default().verify_password(normalized(password).as_bytes(), &hash) {
        Ok(()) => Ok(true),
        Err(argon2::password_hash::Error::PasswordInvalid) => Ok(false),
        Err(error) => Err(AuthError::Hashing(error.to_string())),
    }
}

#[cfg(test)]
mod tests;
