//! Devices that wait for their user, [RFC 8628](https://www.rfc-editor.org/rfc/rfc8628): from the codes to the answer.
//!
//! A device holds a device code of 256 bits, its user types a user code. Both lead to one record in the short-lived
//! store; the user's answer stands beside it, and the first one counts. Whoever redeems takes the record, so that the
//! device code buys tokens once.

mod guesses;

use std::net::IpAddr;
use std::time::Duration;

use latchkey_cache::{Cache, CacheKey, Inserted, Kind};
use latchkey_core::{ClientId, Clock, Rng, Secret, TenantId, TokenHash, UtcTime};
use latchkey_protocol::Scope;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::approval::Decision;
use crate::polling::{self, Pace};
use crate::{ActiveSession, Answer, Answered, AuthError, BrowserBinding, Polled, UserCode};

use guesses::{Guesser, Guesses};

/// `expires_in`: how long a person has to type the code and to answer.
pub const DEVICE_CODE_LIFETIME: Duration = Duration::from_secs(600);
/// How much longer a device is told that its code has expired, rather than that nobody knows it.
const AFTERWARDS: Duration = Duration::from_secs(600);
/// With a million codes alive, one in 25,000 is taken: four in a row are a sign of a broken source of randomness.
const TRIES: usize = 4;

/// Devices that wait. Clones share the store.
#[derive(Clone)]
pub struct Devices {
    cache: Cache,
    clock: Clock,
    rng: Rng,
    guesses: Guesses,
}

/// What a device asks for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceRequest {
    /// The application on the device.
    pub client_id: ClientId,
    /// What it asks for.
    pub scope: Scope,
    /// The resource servers that it is for.
    #[serde(default)]
    pub audience: Vec<String>,
    /// What it asks for in detail, RFC 9396.
    #[serde(default)]
    pub authorization_details: Option<Value>,
}

/// The codes of one request.
#[derive(Clone, Debug)]
pub struct DeviceCodes {
    /// 256 random bits, for the device.
    pub device_code: Secret<String>,
    /// For the person.
    pub user_code: UserCode,
}

/// Who types a user code.
#[derive(Clone, Copy, Debug)]
pub struct Typist<'a> {
    /// The network address, after trusted proxies.
    pub address: IpAddr,
    /// The browser.
    pub browser: &'a BrowserBinding,
}

/// What a user code leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LookUp {
    /// A device that waits for its user.
    Found(DeviceRequest),
    /// None: mistyped, expired or answered, which of them is told to nobody.
    Wrong,
    /// Too many wrong codes, from that address, by that browser, or at that tenant.
    Throttled {
        /// When to try again.
        retry_after: Duration,
    },
}

#[derive(Serialize, Deserialize)]
struct Waiting {
    request: DeviceRequest,
    expires_at: UtcTime,
}

impl Devices {
    /// Sets up devices over the store.
    #[must_use]
    pub fn new(cache: Cache, clock: Clock, rng: Rng) -> Self {
        let guesses = Guesses::new(cache.clone(), clock.clone());
        Self { cache, clock, rng, guesses }
    }

    /// Makes the codes of a request, §3.2.
    ///
    /// # Errors
    /// [`AuthError::Cache`]; [`AuthError::Busy`] when no free user code is found.
    pub async fn begin(&self, tenant: &TenantId, request: DeviceRequest) -> Result<DeviceCodes, AuthError> {
        let device_code = self.rng.token();
        let hash = TokenHash::of(device_code.expose());
        let expires_at = self.clock.now().plus(DEVICE_CODE_LIFETIME);
        let waiting = Waiting { request, expires_at };
        self.cache.put(&device_key(tenant, &hash), &waiting, DEVICE_CODE_LIFETIME.saturating_add(AFTERWARDS)).await?;
        for _ in 0..TRIES {
            let user_code = UserCode::generate(&self.rng);
            let inserted = self.cache.put_if_absent(&user_key(tenant, &user_code), &hash, DEVICE_CODE_LIFETIME).await?;
            if inserted == Inserted::Inserted {
                return Ok(DeviceCodes { device_code, user_code });
            }
        }
        self.cache.delete(&device_key(tenant, &hash)).await?;
        Err(AuthError::Busy)
    }

    /// What waits for the code that somebody typed; each attempt is counted before it is looked up, §5.1.
    ///
    /// # Errors
    /// [`AuthError::Cache`].
    pub async fn look_up(
        &self,
        tenant: &TenantId,
        user_code: &UserCode,
        typist: Typist<'_>,
    ) -> Result<LookUp, AuthError> {
        let guesser = Guesser { tenant, address: typist.address, browser: typist.browser };
        if let Some(retry_after) = self.guesses.count(&guesser).await? {
            return Ok(LookUp::Throttled { retry_after });
        }
        match self.find(tenant, user_code).await? {
            Some(request) => {
                self.guesses.give_back(&guesser).await?;
                Ok(LookUp::Found(request))
            }
            None => Ok(LookUp::Wrong),
        }
    }

    /// What waits for a code that was looked up before.
    ///
    /// # Errors
    /// [`AuthError::Cache`].
    pub async fn find(&self, tenant: &TenantId, user_code: &UserCode) -> Result<Option<DeviceRequest>, AuthError> {
        Ok(self.find_waiting(tenant, user_code).await?.map(|(_, waiting)| waiting.request))
    }

    /// Records the user's answer; of answers that race the first counts.
    ///
    /// # Errors
    /// [`AuthError::Cache`].
    pub async fn answer(
        &self,
        tenant: &TenantId,
        user_code: &UserCode,
        active: &ActiveSession,
        answer: Answer,
    ) -> Result<Answered, AuthError> {
        let Some((hash, waiting)) = self.find_waiting(tenant, user_code).await? else { return Ok(Answered::TooLate) };
        let left = waiting.expires_at.since(self.clock.now()).saturating_add(AFTERWARDS);
        let decision = Decision::new(answer, active, self.clock.now());
        let recorded = self.cache.put_if_absent(&decision_key(tenant, &hash), &decision, left).await?;
        self.cache.delete(&user_key(tenant, user_code)).await?;
        Ok(if recorded == Inserted::Inserted { Answered::Recorded } else { Answered::TooLate })
    }

    /// What the device of that client is told, §3.5. Of questions that race one gets [`Polled::Approved`].
    ///
    /// # Errors
    /// [`AuthError::Cache`]; the device code may be spent then.
    pub async fn poll(
        &self,
        tenant: &TenantId,
        client: &ClientId,
        device_code: &Secret<String>,
    ) -> Result<Polled<DeviceRequest>, AuthError> {
        let hash = TokenHash::of(device_code.expose());
        let key = device_key(tenant, &hash);
        let waiting: Option<Waiting> = self.cache.find(&key).await?;
        let Some(waiting) = waiting.filter(|waiting| waiting.request.client_id == *client) else {
            return Ok(Polled::Unknown);
        };
        if self.clock.now() >= waiting.expires_at {
            return Ok(Polled::Expired);
        }
        match self.cache.find(&decision_key(tenant, &hash)).await? {
            Some(Decision::Denied) => Ok(Polled::Denied),
            Some(Decision::Approved(approval)) => match self.cache.take::<Waiting>(&key).await? {
                Some(waiting) => Ok(Polled::Approved { request: waiting.request, approval: Box::new(approval) }),
                None => Ok(Polled::Unknown),
            },
            None => {
                let pace = polling::note(&self.cache, tenant, (Kind::DeviceCode, &hash), DEVICE_CODE_LIFETIME).await?;
                Ok(if pace == Pace::InTime { Polled::Pending } else { Polled::TooFast })
            }
        }
    }

    async fn find_waiting(
        &self,
        tenant: &TenantId,
        user_code: &UserCode,
    ) -> Result<Option<(TokenHash, Waiting)>, AuthError> {
        let hash: Option<TokenHash> = self.cache.find(&user_key(tenant, user_code)).await?;
        let Some(hash) = hash else { return Ok(None) };
        let waiting: Option<Waiting> = self.cache.find(&device_key(tenant, &hash)).await?;
        let now = self.clock.now();
        Ok(waiting.filter(|waiting| now < waiting.expires_at).map(|waiting| (hash, waiting)))
    }
}

fn device_key(tenant: &TenantId, hash: &TokenHash) -> CacheKey {
    CacheKey::new(tenant, Kind::DeviceCode, hash.as_str())
}

fn user_key(tenant: &TenantId, user_code: &UserCode) -> CacheKey {
    CacheKey::new(tenant, Kind::UserCode, user_code.hash().as_str())
}

fn decision_key(tenant: &TenantId, hash: &TokenHash) -> CacheKey {
    CacheKey::new(tenant, Kind::Decision, &format!("device:{}", hash.as_str()))
}

#[cfg(test)]
mod tests;
