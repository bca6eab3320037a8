//! Argon2id ([RFC 9106](https://www.rfc-editor.org/rfc/rfc9106)) with bounded concurrency, in an order that is fair to
//! tenants.

mod imported;
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
use crate::breached_passwords::BreachedPasswords;
use crate::new_password::Strength;
use crate::passwords::imported::ImportedHash;
use crate::passwords::pool::Pool;

/// Longer passwords are refused before any work is done on them.
const MAX_PASSWORD_BYTES: usize = 1024;
/// The costliest stored hash that is verified: one from an import must not stop the server.
const MAX_MEMORY_KIB: u32 = 1024 * 1024;
const MAX_ITERATIONS: u32 = 64;
const MAX_PARALLELISM: u32 = 16;
/// Memory and passes together: about a second or two.
const MAX_MEMORY_KIB_PASSES: u64 = 2 * 1024 * 1024;

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
    breached: BreachedPasswords,
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
            breached: BreachedPasswords::default(),
            metrics: None,
        })
    }

    /// Has each hash counted: how long it took, and while it waits for its turn.
    #[must_use]
    pub fn measured_by(mut self, metrics: Metrics) -> Self {
        self.metrics = Some(metrics);
        self
    }

    /// Has new passwords looked up among those of breaches.
    #[must_use]
    pub fn beside(mut self, breached: BreachedPasswords) -> Self {
        self.breached = breached;
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

    /// Whether the password is the one of the stored hash; without one the same work is done in vain.
    ///
    /// # Errors
    /// [`AuthError::Busy`], [`AuthError::Hashing`] when the stored text is no hash of an accepted form.
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
        let fits = password.expose().len() <= MAX_PASSWORD_BYTES;
        Ok(fits && verify_with(password.expose(), phc.expose(), &self.dummy)? != Match::None)
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
        let dummy = Arc::clone(&self.dummy);
        let found = self.run(tenant, move || verify_with(password.expose(), hash.expose(), &dummy)).await?;
        Ok(match found {
            Match::As(spelling) if known && spelling == Spelling::Normalized && !outdated => Verification::Right,
            Match::As(_) if known => Verification::RightButOutdated,
            Match::As(_) | Match::None => Verification::Wrong,
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

    /// Whether the password is known from a breach; `false` as well when that cannot be told.
    pub(crate) async fn is_breached(&self, tenant: &TenantId, password: &Secret<String>) -> bool {
        self.breached.contains(tenant, password).await
    }

    /// Whether the password that somebody signs in with is in the filter of the breached ones. No service is asked: how long
    /// it took would tell whoever is kept out that the password is right.
    pub(crate) async fn is_in_breach_filter(&self, password: &Secret<String>) -> bool {
        self.breached.is_in_filter(password).await
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

/// Reads a hash that was given instead of a password, of Argon2 or of another make; `None` when it is of no accepted form,
/// or would take seconds or gigabytes to verify.
#[must_use]
pub fn parse_password_hash(text: &str) -> Option<Secret<String>> {
    // As Django and LDAP have it.
    let inner = ["argon2$", "{ARGON2}", "{argon2}"].iter().find_map(|prefix| text.strip_prefix(prefix));
    let inner = inner.map_or_else(|| text.to_owned(), |rest| format!("${}", rest.trim_start_matches('$')));
    if is_bearable_argon2(&inner) {
        return Some(Secret::new(inner));
    }
    ImportedHash::parse(text).map(|_| Secret::from(text))
}

fn is_bearable_argon2(text: &str) -> bool {
    let Ok(hash) = PasswordHash::new(text) else { return false };
    let Ok(params) = Params::try_from(&hash) else { return false };
    let passes = u64::from(params.m_cost()) * u64::from(params.t_cost());
    let bearable = params.m_cost() <= MAX_MEMORY_KIB
        && params.t_cost() <= MAX_ITERATIONS
        && params.p_cost() <= MAX_PARALLELISM
        && passes <= MAX_MEMORY_KIB_PASSES;
    let complete = hash.salt.is_some() && hash.hash.is_some();
    bearable && complete && Algorithm::try_from(hash.algorithm.as_str()).is_ok()
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

/// How a password is hashed: as we do, and as systems did that hash what was typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Spelling {
    Normalized,
    AsTyped,
}

/// Whether a stored hash is one of the password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Match {
    As(Spelling),
    None,
}

/// The password as it is hashed, and as it was typed where that differs.
pub(crate) fn spellings(password: &str) -> Vec<Zeroizing<String>> {
    let normalized = normalized(password);
    if normalized.as_str() == password {
        return vec![normalized];
    }
    vec![normalized, Zeroizing::new(password.to_owned())]
}

/// What is done depends on what was typed and on the make of the hash alone; one of another make costs the work of ours
/// beside its own, so that a wrong password is not answered sooner than an unknown user.
fn verify_with(password: &str, stored: &str, dummy: &str) -> Result<Match, AuthError> {
    let imported = ImportedHash::parse(stored);
    for (spelled, spelling) in spellings(password).iter().zip([Spelling::Normalized, Spelling::AsTyped]) {
        let matches = match &imported {
            Some(hash) => hash.verify(spelled.as_bytes())?,
            None => verify_argon2(spelled, stored)?,
        };
        if matches {
            return Ok(Match::As(spelling));
        }
        if imported.is_some() {
            verify_argon2(spelled, dummy)?;
        }
    }
    Ok(Match::None)
}

fn verify_argon2(password: &str, phc: &str) -> Result<bool, AuthError> {
    let hash = PasswordHash::new(phc).map_err(|error| AuthError::Hashing(error.to_string()))?;
    match Argon2::default().verify_password(password.as_bytes(), &hash) {
        Ok(()) => Ok(true),
        Err(argon2::password_hash::Error::PasswordInvalid) => Ok(false),
        Err(error) => Err(AuthError::Hashing(error.to_string())),
    }
}

#[cfg(test)]
mod tests;
