//! The public keys of clients and of trusted issuers: `jwks` as it was registered, or what stands at `jwks_uri`
//! ([RFC 7591 §2](https://www.rfc-editor.org/rfc/rfc7591#section-2), OpenID Connect Core §10.1.1).

use std::sync::Arc;
use std::time::Duration;

use latchkey_core::{ClientId, Clock, TenantId, UtcTime};
use latchkey_fetch::{FetchError, Fetcher};
use latchkey_jose::{InvalidJwk, InvalidJws, JwkSet, UnverifiedJws, VerifiedPayload};
use latchkey_protocol::SigningAlgorithm;
use latchkey_tenants::{Client, Tenant, TrustedIssuer};
use moka::future::Cache;
use serde_json::Value;
use tokio::sync::Mutex;

const MAX_SETS: u64 = 10_000;
const MIN_LIFE: Duration = Duration::from_secs(5 * 60);
const MAX_LIFE: Duration = Duration::from_secs(24 * 60 * 60);
/// So long after its end a copy still serves while the client's server does not answer.
const STALE_IF_ERROR: Duration = Duration::from_secs(24 * 60 * 60);
/// Whatever a sender writes into `kid`, the client's server is asked no more often.
const REFETCH_INTERVAL: Duration = Duration::from_secs(60);
/// A server that failed is asked again after this, when there is no copy at all; after each further failure, after twice
/// as long.
const RETRY_INTERVAL: Duration = Duration::from_secs(5);
/// A server that keeps failing is asked this often at least: it may be well again.
const MAX_RETRY_INTERVAL: Duration = Duration::from_secs(5 * 60);

/// Why a client's keys, or a signature under them, are not there.
#[derive(Debug, thiserror::Error)]
pub enum ClientKeysError {
    /// It registered none.
    #[error("the client has no keys")]
    NoKeys,
    /// Its `jwks_uri` gave none.
    #[error("the jwks_uri of the client cannot be fetched")]
    Fetch(#[source] Arc<FetchError>),
    /// Its keys are no JWK Set.
    #[error("the keys of the client are invalid")]
    Jwks(#[source] InvalidJwk),
    /// Nothing verifies the signature.
    #[error("the signature is not the client's")]
    Jws(#[source] InvalidJws),
}

/// Finds the keys of clients. Clones share what was fetched.
#[derive(Clone)]
pub struct ClientKeys {
    fetcher: Fetcher,
    clock: Clock,
    fetched: Cache<(TenantId, Owner, String), Arc<Mutex<Fetched>>>,
}

/// Whose keys they are: of a client and of an issuer that gave the same address, each has its own copy.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Owner {
    Client(ClientId),
    Issuer(String),
}

/// Keys by value, or where they stand.
struct Registered<'a> {
    owner: Owner,
    jwks: Option<&'a Value>,
    jwks_uri: Option<&'a String>,
}

/// What one `jwks_uri` gave; the lock around it makes concurrent misses share one request.
#[derive(Default)]
struct Fetched {
    keys: Option<Arc<JwkSet>>,
    fresh_until: Option<UtcTime>,
    asked_at: Option<UtcTime>,
    failure: Option<Arc<FetchError>>,
    /// Failures in a row.
    failures: u32,
}

impl ClientKeys {
    /// Keys that are fetched with `fetcher` as the policy of each tenant allows.
    #[must_use]
    pub fn new(fetcher: Fetcher, clock: Clock) -> Self {
        Self { fetcher, clock, fetched: Cache::builder().max_capacity(MAX_SETS).time_to_idle(MAX_LIFE).build() }
    }

    /// The keys, as fresh as `Cache-Control` asks for within 5 minutes and 24 hours.
    ///
    /// # Errors
    /// When there are none.
    pub async fn find(&self, tenant: &Tenant, client: &Client) -> Result<Arc<JwkSet>, ClientKeysError> {
        self.load(tenant, Registered::by_client(client), None).await
    }

    /// The keys, fetched again unless that happened within the last minute: for a key that [`Self::find`] did not have.
    ///
    /// # Errors
    /// When there are none.
    pub async fn find_newer(&self, tenant: &Tenant, client: &Client) -> Result<Arc<JwkSet>, ClientKeysError> {
        self.load(tenant, Registered::by_client(client), Some(REFETCH_INTERVAL)).await
    }

    /// Verifies a signature by the client; one that no key fits has its keys fetched again, in case they were rotated.
    ///
    /// # Errors
    /// When there are no keys, or none of them made the signature.
    pub async fn verify(
        &self,
        (tenant, client): (&Tenant, &Client),
        jws: &UnverifiedJws,
        allowed: &[SigningAlgorithm],
    ) -> Result<VerifiedPayload, ClientKeysError> {
        let keys = self.find(tenant, client).await?;
        match jws.verify_with(&keys, allowed) {
            Err(InvalidJws::UnknownKey | InvalidJws::BadSignature) => {
                let newer = self.find_newer(tenant, client).await?;
                jws.verify_with(&newer, allowed).map_err(ClientKeysError::Jws)
            }
            outcome => outcome.map_err(ClientKeysError::Jws),
        }
    }

    /// Verifies a signature by a trusted issuer, as [`Self::verify`] does one by a client.
    ///
    /// # Errors
    /// When there are no keys, or none of them made the signature.
    pub async fn verify_of_issuer(
        &self,
        (tenant, issuer): (&Tenant, &TrustedIssuer),
        jws: &UnverifiedJws,
        allowed: &[SigningAlgorithm],
    ) -> Result<VerifiedPayload, ClientKeysError> {
        let keys = self.load(tenant, Registered::by_issuer(issuer), None).await?;
        match jws.verify_with(&keys, allowed) {
            Err(InvalidJws::UnknownKey | InvalidJws::BadSignature) => {
                let newer = self.load(tenant, Registered::by_issuer(issuer), Some(REFETCH_INTERVAL)).await?;
                jws.verify_with(&newer, allowed).map_err(ClientKeysError::Jws)
            }
            outcome => outcome.map_err(ClientKeysError::Jws),
        }
    }

    async fn load(
        &self,
        tenant: &Tenant,
        registered: Registered<'_>,
        older_than: Option<Duration>,
    ) -> Result<Arc<JwkSet>, ClientKeysError> {
        if let Some(jwks) = registered.jwks {
            return JwkSet::from_value(jwks).map(Arc::new).map_err(ClientKeysError::Jwks);
        }
        let uri = registered.jwks_uri.cloned().ok_or(ClientKeysError::NoKeys)?;
        let key = (tenant.id.clone(), registered.owner, uri.clone());
        let entry = self.fetched.get_with(key, async { Arc::default() }).await;
        let mut fetched = entry.lock().await;
        let now = self.clock.now();
        if fetched.is_due(now, older_than) {
            let outcome = self.fetch(tenant, &uri).await;
            fetched.note(outcome, now);
        }
        fetched.usable(now)
    }

    async fn fetch(&self, tenant: &Tenant, uri: &str) -> Result<(JwkSet, Duration), ClientKeysError> {
        let document = self.fetcher.get_json(tenant.outgoing(), uri).await;
        let document = document.map_err(|error| ClientKeysError::Fetch(Arc::new(error)))?;
        let life = document.max_age.unwrap_or(MIN_LIFE).clamp(MIN_LIFE, MAX_LIFE);
        JwkSet::parse(&document.body).map(|keys| (keys, life)).map_err(ClientKeysError::Jwks)
    }
}

impl<'a> Registered<'a> {
    fn by_client(client: &'a Client) -> Self {
        let metadata = &client.metadata;
        let owner = Owner::Client(client.client_id.clone());
        Self { owner, jwks: metadata.jwks.as_ref(), jwks_uri: metadata.jwks_uri.as_ref() }
    }

    fn by_issuer(issuer: &'a TrustedIssuer) -> Self {
        let owner = Owner::Issuer(issuer.issuer.clone());
        Self { owner, jwks: issuer.jwks.as_ref(), jwks_uri: issuer.jwks_uri.as_ref() }
    }
}

impl Fetched {
    fn is_due(&self, now: UtcTime, older_than: Option<Duration>) -> bool {
        let asked_within = |interval| self.asked_at.is_some_and(|asked_at| now < asked_at.plus(interval));
        match (&self.keys, self.fresh_until) {
            (Some(_), Some(fresh_until)) if now < fresh_until => {
                older_than.is_some_and(|interval| !asked_within(self.backing_off(interval)))
            }
            (Some(_), _) => !asked_within(self.backing_off(REFETCH_INTERVAL)),
            (None, _) => !asked_within(self.backing_off(RETRY_INTERVAL)),
        }
    }

    /// How long to wait after the last attempt: as long as it says, and twice as long for each failure but the first.
    fn backing_off(&self, interval: Duration) -> Duration {
        let doublings = self.failures.saturating_sub(1).min(16);
        interval.saturating_mul(1 << doublings).min(MAX_RETRY_INTERVAL)
    }

    fn note(&mut self, outcome: Result<(JwkSet, Duration), ClientKeysError>, now: UtcTime) {
        self.asked_at = Some(now);
        self.failure = None;
        self.failures = if outcome.is_ok() { 0 } else { self.failures.saturating_add(1) };
        match outcome {
            Ok((keys, life)) => {
                self.keys = Some(Arc::new(keys));
                self.fresh_until = Some(now.plus(life));
            }
            Err(ClientKeysError::Fetch(error)) => self.failure = Some(error),
            // The client took its keys away: a copy must not outlive that.
            Err(_) => *self = Self { asked_at: self.asked_at, failures: self.failures, ..Self::default() },
        }
    }

    fn usable(&self, now: UtcTime) -> Result<Arc<JwkSet>, ClientKeysError> {
        let bearable = self.fresh_until.is_some_and(|fresh_until| now < fresh_until.plus(STALE_IF_ERROR));
        match (&self.keys, &self.failure) {
            (Some(keys), _) if bearable => Ok(Arc::clone(keys)),
            (_, Some(failure)) => Err(ClientKeysError::Fetch(Arc::clone(failure))),
            _ => Err(ClientKeysError::Jwks(InvalidJwk::Malformed)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(seconds: u64) -> UtcTime {
        UtcTime::from_unix_seconds(1_800_000_000).plus(Duration::from_secs(seconds))
    }

    fn failure() -> Result<(JwkSet, Duration), ClientKeysError> {
        Err(ClientKeysError::Fetch(Arc::new(FetchError::TimedOut)))
    }

    fn keys() -> Result<(JwkSet, Duration), ClientKeysError> {
        Ok((JwkSet::parse(br#"{"keys":[]}"#).expect("a set"), MIN_LIFE))
    }

    #[test]
    fn a_server_that_keeps_failing_is_asked_less_and_less_but_every_five_minutes() {
        let mut fetched = Fetched::default();
        assert!(fetched.is_due(after(0), None), "never asked");
        let mut now = 0;
        for expected in [5, 10, 20, 40, 80, 160, 300, 300, 300] {
            fetched.note(failure(), after(now));
            assert!(!fetched.is_due(after(now + expected - 1), None), "{expected}");
            now += expected;
            assert!(fetched.is_due(after(now), None), "{expected}");
        }
        // Keys that are no JWK Set are a failure like any other.
        fetched.note(Err(ClientKeysError::Jwks(InvalidJwk::Malformed)), after(now));
        assert!(!fetched.is_due(after(now + 299), None));
    }

    #[test]
    fn one_answer_in_order_forgives_what_failed_before() {
        let mut fetched = Fetched::default();
        for _ in 0..8 {
            fetched.note(failure(), after(0));
        }
        fetched.note(keys(), after(300));
        assert!(!fetched.is_due(after(300 + 299), None), "fresh");
        assert!(fetched.is_due(after(300 + 60), Some(REFETCH_INTERVAL)), "a key that is not there");
        fetched.note(failure(), after(660));
        assert!(!fetched.is_due(after(660 + 59), None) && fetched.is_due(after(660 + 60), None), "with a copy");
        fetched.note(failure(), after(720));
        assert!(!fetched.is_due(after(720 + 119), None) && fetched.is_due(after(720 + 120), None));
        assert!(fetched.usable(after(720)).is_ok(), "the copy still serves");
    }
}
