//! The signing keys of every tenant: made on first need, rotated, published, and used.
//!
//! A key is `announced -> active -> retiring -> retired`. An announced key is published before it signs; one key per
//! tenant and algorithm is active; a retiring one stays published until everything that it signed has expired; of a
//! retired one only the public part is kept, for hints. [`turnover`] has the steps between. Each
//! node holds a tenant's keys for five seconds, or less when another node publishes that they changed.

mod encryption;
mod turnover;

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use latchkey_cache::{Cache, Invalidation, Notice};
use latchkey_core::{Clock, KeyId, Rng, TenantId, UtcTime};
use latchkey_jose::{PrivateKey, PublicKey, RegisteredPrivateKey, RegisteredPublicKey};
use latchkey_metrics::Metrics;
use latchkey_protocol::{SigningAlgorithm, UnknownValue};
use latchkey_storage::Db;
use moka::future::Cache as Moka;
use serde::Serialize;

use crate::access_token::MAX_TOKEN_LIFETIME;
use crate::jwt::{self, Expected, UnverifiedJwt, VerifiedClaims};
use crate::key_store::{self, KeyRow};
use crate::opaque::Sealer;
use crate::ring::{Ring, RingKey};
use crate::{InvalidToken, KeyPool, MasterKey, ProofNonces, TokensError};

pub(crate) use encryption::EncryptionKey;
pub use turnover::{ANNOUNCE_WINDOW, KeyRotation};

const RING_TTL: Duration = Duration::from_secs(5);
const PARSED_IDLE: Duration = Duration::from_secs(15 * 60);
const MAX_TENANTS: u64 = 10_000;
const MAX_PARSED: u64 = 50_000;
/// How long a key that signs no more stays published: as long as what it signed may live, and a resource server's clock
/// may be behind.
const RETIRING_FOR: Duration = MAX_TOKEN_LIFETIME.saturating_add(Duration::from_secs(5 * 60));
/// A `kid` that nobody knows must not cost a query each time.
const UNKNOWN_KEY_PAUSE: Duration = Duration::from_millis(200);
const ATTEMPTS: u32 = 5;
/// The algorithms that every tenant publishes: the defaults of ID tokens and access tokens.
const DEFAULT_ALGORITHMS: [SigningAlgorithm; 2] = [SigningAlgorithm::Rs256, SigningAlgorithm::Es256];

/// Where a key is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyState {
    /// Published, does not sign yet.
    Announced,
    /// Signs.
    Active,
    /// Published, signs no more.
    Retiring,
    /// Not published; its private part is destroyed.
    Retired,
}

impl KeyState {
    /// The state as it is stored and shown.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Announced => "announced",
            Self::Active => "active",
            Self::Retiring => "retiring",
            Self::Retired => "retired",
        }
    }

    // A state that a later release added is treated like one that this release must not use.
    fn parse(text: &str) -> Self {
        match text {
            "announced" => Self::Announced,
            "active" => Self::Active,
            "retiring" => Self::Retiring,
            _ => Self::Retired,
        }
    }
}

/// What an operator sees of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyInfo {
    /// `kid`.
    pub kid: KeyId,
    /// `alg`.
    pub alg: SigningAlgorithm,
    /// Where it is in its life.
    pub state: KeyState,
    /// When it was made.
    pub created_at: UtcTime,
    /// When it began to sign; of an announced one, when it is going to.
    pub activated_at: Option<UtcTime>,
    /// Until when it stays published, once it signs no more.
    pub retire_at: Option<UtcTime>,
}

impl KeyInfo {
    /// Since when it is in its state.
    #[must_use]
    pub fn since(&self) -> UtcTime {
        let since = match self.state {
            KeyState::Announced => None,
            KeyState::Active => self.activated_at,
            KeyState::Retiring => self.retire_at.map(|until| until.minus(RETIRING_FOR)),
            KeyState::Retired => self.retire_at,
        };
        since.unwrap_or(self.created_at)
    }

    /// The state that follows by itself, and from when on; a job takes half a minute at most to do it.
    #[must_use]
    pub fn next_change(&self) -> Option<(KeyState, UtcTime)> {
        match self.state {
            KeyState::Announced => self.activated_at.map(|at| (KeyState::Active, at)),
            KeyState::Retiring => self.retire_at.map(|at| (KeyState::Retired, at)),
            KeyState::Active | KeyState::Retired => None,
        }
    }
}

/// Every tenant's signing keys. Clones share one cache.
#[derive(Clone)]
pub struct Keys(Arc<Inner>);

struct Inner {
    db: Db,
    cache: Cache,
    clock: Clock,
    rng: Rng,
    master: MasterKey,
    pool: KeyPool,
    rings: Moka<TenantId, Arc<Ring>>,
    parsed_public: Moka<(TenantId, KeyId), Arc<RegisteredPublicKey>>,
    parsed_private: Moka<(TenantId, KeyId), Arc<RegisteredPrivateKey>>,
    creating: Moka<(TenantId, SigningAlgorithm), ()>,
    metrics: OnceLock<Metrics>,
}

impl Keys {
    /// Keys over those stores.
    #[must_use]
    #[expect(clippy::too_many_arguments, reason = "each is a different collaborator, wired in one place")]
    pub fn new(db: Db, cache: Cache, clock: Clock, rng: Rng, master: MasterKey, pool: KeyPool) -> Self {
        Self(Arc::new(Inner {
            db,
            cache,
            clock,
            rng,
            master,
            pool,
            rings: Moka::builder().max_capacity(MAX_TENANTS).time_to_live(RING_TTL).build(),
            parsed_public: Moka::builder().max_capacity(MAX_PARSED).time_to_idle(PARSED_IDLE).build(),
            parsed_private: Moka::builder().max_capacity(MAX_PARSED).time_to_idle(PARSED_IDLE).build(),
            creating: Moka::builder().max_capacity(MAX_TENANTS).time_to_live(RING_TTL).build(),
            metrics: OnceLock::new(),
        }))
    }

    /// Has each key that is made from now on counted; the first metrics given are the ones that count.
    pub fn count_in(&self, metrics: Metrics) {
        let _ = self.0.metrics.set(metrics);
    }

    /// What seals opaque access tokens, under the same master key.
    /// Nonces for DPoP proofs.
    #[must_use]
    pub fn proof_nonces(&self) -> ProofNonces {
        ProofNonces::new(&self.0.master)
    }

    pub(crate) fn sealer(&self) -> Sealer {
        Sealer::new(&self.0.master)
    }

    /// Starts the task that drops what other nodes changed; it ends with the last clone.
    pub fn listen(&self) {
        let weak = Arc::downgrade(&self.0);
        let mut subscription = self.0.cache.subscribe();
        tokio::spawn(async move {
            loop {
                let notice = subscription.next().await;
                let Some(inner) = weak.upgrade() else { return };
                match notice {
                    Notice::Changed(Invalidation::SigningKeys(tenant)) => inner.rings.invalidate(&tenant).await,
                    Notice::Changed(Invalidation::AllTenants) | Notice::Resync => inner.rings.invalidate_all(),
                    Notice::Changed(_) => {}
                }
            }
        });
    }

    /// Signs the claims as a compact JWS with the tenant's active key of that algorithm, made now if there is none.
    ///
    /// # Errors
    /// When the stores fail or the key cannot be decrypted.
    pub async fn sign<T: Serialize>(
        &self,
        tenant: &TenantId,
        alg: SigningAlgorithm,
        typ: &str,
        claims: &T,
    ) -> Result<String, TokensError> {
        let key = self.signing_key(tenant, alg).await?;
        let unreadable = || TokensError::UnreadableKey { kid: key.info.kid.clone() };
        let private = key.private.as_ref().ok_or_else(unreadable)?;
        let mut text = jwt::signing_input(&key.info.kid, alg, typ, claims).map_err(TokensError::Claims)?;
        let signature = private.sign(text.as_bytes()).map_err(TokensError::Signing)?;
        text.push('.');
        text.push_str(&signature);
        Ok(text)
    }

    /// The tenant's JWK Set (RFC 7517 §5) as JSON; makes the keys of the default algorithms if there are none.
    ///
    /// # Errors
    /// When the stores fail.
    pub async fn jwks(&self, tenant: &TenantId) -> Result<Arc<str>, TokensError> {
        for alg in DEFAULT_ALGORITHMS {
            self.signing_key(tenant, alg).await?;
        }
        Ok(self.ring(tenant).await?.jwks())
    }

    /// Every key of the tenant, retired ones too, oldest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list(&self, tenant: &TenantId) -> Result<Vec<KeyInfo>, TokensError> {
        let rows = self.0.rows(tenant).await?;
        Ok(rows.iter().filter_map(key_info).collect())
    }

    /// Verifies a token that this tenant issued; where expiry is ignored, with a retired key too.
    ///
    /// # Errors
    /// [`TokensError::Invalid`] with the reason, or a failure of the stores.
    pub async fn verify(
        &self,
        tenant: &TenantId,
        token: &UnverifiedJwt,
        expected: Expected<'_>,
    ) -> Result<VerifiedClaims, TokensError> {
        let kid = token.kid().ok_or(InvalidToken::UnknownKey)?;
        let mut ring = self.ring(tenant).await?;
        if ring.verifying(kid, expected.expiry).is_none() && ring.loaded_at().elapsed() > UNKNOWN_KEY_PAUSE {
            // Another node may just have made it, and its notice be on the way.
            ring = self.reload(tenant).await?;
        }
        let key = ring.verifying(kid, expected.expiry).ok_or(InvalidToken::UnknownKey)?;
        Ok(token.verify(&key.public, key.info.alg, expected, self.0.clock.now())?)
    }

    async fn signing_key(&self, tenant: &TenantId, alg: SigningAlgorithm) -> Result<Arc<RingKey>, TokensError> {
        if let Some(key) = self.ring(tenant).await?.active(alg) {
            return Ok(Arc::clone(key));
        }
        self.create_key(tenant, alg).await?;
        for _ in 0..ATTEMPTS {
            // A load that began before the key was stored may still be under way, and be joined here.
            if let Some(key) = self.reload(tenant).await?.active(alg) {
                return Ok(Arc::clone(key));
            }
        }
        Err(TokensError::KeysChanged)
    }

    // Requests that need the same first key wait for one of them to make it.
    async fn create_key(&self, tenant: &TenantId, alg: SigningAlgorithm) -> Result<(), TokensError> {
        let id = (tenant.clone(), alg);
        let create = async {
            if self.reload(tenant).await?.active(alg).is_some() {
                return Ok(());
            }
            let row = self.0.new_row(tenant, alg).await?;
            // No row stored: another node was first, and its key is as good.
            if self.0.db.write(move |conn| key_store::insert_key(conn, &row)).await? > 0 {
                self.0.count_generated(1);
                self.0.changed(tenant).await;
            }
            Ok::<(), TokensError>(())
        };
        self.0.creating.try_get_with(id.clone(), create).await?;
        self.0.creating.invalidate(&id).await;
        Ok(())
    }

    async fn ring(&self, tenant: &TenantId) -> Result<Arc<Ring>, TokensError> {
        if let Some(ring) = self.0.rings.get(tenant).await {
            if ring.is_good_at(self.0.clock.now()) {
                return Ok(ring);
            }
            return self.reload(tenant).await;
        }
        Ok(self.0.rings.try_get_with(tenant.clone(), self.0.load_ring(tenant)).await?)
    }

    async fn reload(&self, tenant: &TenantId) -> Result<Arc<Ring>, TokensError> {
        self.0.rings.invalidate(tenant).await;
        Ok(self.0.rings.try_get_with(tenant.clone(), self.0.load_ring(tenant)).await?)
    }
}

impl Inner {
    async fn rows(&self, tenant: &TenantId) -> Result<Vec<KeyRow>, TokensError> {
        let tenant = tenant.clone();
        Ok(self.db.read(move |conn| key_store::list_keys(conn, &tenant)).await?)
    }

    async fn load_ring(&self, tenant: &TenantId) -> Result<Arc<Ring>, TokensError> {
        let now = self.clock.now();
        let mut keys = Vec::new();
        let rows = self.rows(tenant).await?;
        let encryption = rows.iter().filter_map(EncryptionKey::from_row).collect();
        for row in rows {
            let Some(mut info) = key_info(&row) else { continue };
            if info.state == KeyState::Retiring && info.retire_at.is_none_or(|until| until <= now) {
                info.state = KeyState::Retired;
            }
            if let Some(key) = self.ring_key(&row, info).await {
                keys.push(Arc::new(key));
            }
        }
        Ok(Arc::new(Ring::new(keys, encryption).map_err(TokensError::Claims)?))
    }

    async fn ring_key(&self, row: &KeyRow, info: KeyInfo) -> Option<RingKey> {
        let jwk = serde_json::from_str(&row.public_key).ok()?;
        let id = (row.tenant_id.clone(), row.kid.clone());
        let parse_public = async {
            let key = PublicKey::from_jwk(&jwk)?;
            Some(Arc::new(RegisteredPublicKey::new(key, info.alg)))
        };
        let public = self.parsed_public.optionally_get_with(id.clone(), parse_public).await?;
        let private = if info.state == KeyState::Active {
            self.parsed_private.optionally_get_with(id, async { self.open_private(row, info.alg) }).await
        } else {
            self.parsed_private.invalidate(&id).await;
            None
        };
        Some(RingKey { info, jwk, public, private })
    }

    fn open_private(&self, row: &KeyRow, alg: SigningAlgorithm) -> Option<Arc<RegisteredPrivateKey>> {
        let stored = row.encrypted_private_key.as_deref()?;
        let opened = self.master.decrypt(stored, &context(&row.tenant_id, &row.kid));
        let key = opened.and_then(|der| PrivateKey::from_pkcs8(&der, alg));
        if key.is_none() {
            tracing::error!(kid = %row.kid, "a signing key cannot be decrypted with the master key");
        }
        key.map(|key| Arc::new(RegisteredPrivateKey::new(key, alg)))
    }

    async fn new_row(&self, tenant: &TenantId, alg: SigningAlgorithm) -> Result<KeyRow, TokensError> {
        let key = self.pool.key(alg).await?;
        self.row_of(tenant, &key, alg.as_str())
    }

    fn row_of(&self, tenant: &TenantId, key: &PrivateKey, alg: &str) -> Result<KeyRow, TokensError> {
        let now = self.clock.now();
        let kid = KeyId::generate(now, &self.rng);
        let encrypted = self.master.encrypt(&key.to_pkcs8()?, &context(tenant, &kid), &self.rng)?;
        Ok(KeyRow {
            tenant_id: tenant.clone(),
            alg: alg.to_owned(),
            state: KeyState::Active.as_str().to_owned(),
            public_key: serde_json::to_string(&key.public_jwk()?).map_err(TokensError::Claims)?,
            encrypted_private_key: Some(encrypted),
            master_key_version: self.master.version(),
            created_at: now,
            activated_at: Some(now),
            retire_at: None,
            kid,
        })
    }

    fn count_generated(&self, keys: usize) {
        if let Some(metrics) = self.metrics.get() {
            (0..keys).for_each(|_| metrics.signing_key_generated());
        }
    }

    // Committed already: a notice that is lost costs the other nodes five seconds, not correctness.
    async fn changed(&self, tenant: &TenantId) {
        self.rings.invalidate(tenant).await;
        if let Err(error) = self.cache.publish(&Invalidation::SigningKeys(tenant.clone())).await {
            tracing::warn!(%error, %tenant, "other nodes were not told of changed signing keys");
        }
    }
}

/// What binds an encrypted key to its row: moved to another tenant or kid, it does not decrypt.
fn context(tenant: &TenantId, kid: &KeyId) -> String {
    format!("{tenant}|{kid}")
}

fn parse_algorithm(text: &str) -> Result<SigningAlgorithm, UnknownValue> {
    text.parse()
}

/// `None` for an algorithm that only a later release knows.
fn key_info(row: &KeyRow) -> Option<KeyInfo> {
    Some(KeyInfo {
        kid: row.kid.clone(),
        alg: parse_algorithm(&row.alg).ok()?,
        state: KeyState::parse(&row.state),
        created_at: row.created_at,
        activated_at: row.activated_at,
        retire_at: row.retire_at,
    })
}
