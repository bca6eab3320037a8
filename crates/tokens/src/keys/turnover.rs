//! How one key follows another: announced, then promoted; or at once.

use std::time::Duration;

use latchkey_core::{KeyId, TenantId, UtcTime};
use latchkey_protocol::SigningAlgorithm;
use latchkey_storage::DbError;

use super::{Inner, KeyInfo, KeyState, Keys, RETIRING_FOR, key_info};
use crate::TokensError;
use crate::key_store::{self, KeyRow};

const ATTEMPTS: u32 = 5;

/// How long a new key is published before it signs: the 300 s for which the JWKS may be cached, and as much again for
/// caches that ask late.
pub const ANNOUNCE_WINDOW: Duration = Duration::from_secs(600);

/// What became of one algorithm when a rotation was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyRotation {
    /// This key was made: announced, or active when there was none before it.
    Made(KeyInfo),
    /// This key was announced by an earlier rotation and does not sign yet; nothing was made.
    AlreadyAnnounced(KeyInfo),
}

impl KeyRotation {
    /// The key that is to sign next, or signs.
    #[must_use]
    pub fn key(&self) -> &KeyInfo {
        match self {
            Self::Made(key) | Self::AlreadyAnnounced(key) => key,
        }
    }
}

impl Keys {
    /// Announces a new key, of one algorithm or of each that has a key; it signs after [`ANNOUNCE_WINDOW`].
    ///
    /// # Errors
    /// When the stores fail.
    pub async fn rotate(
        &self,
        tenant: &TenantId,
        alg: Option<SigningAlgorithm>,
    ) -> Result<Vec<KeyRotation>, TokensError> {
        let mut rotated = Vec::new();
        for alg in self.algorithms(tenant, alg).await? {
            rotated.push(self.0.announce(tenant, alg).await?);
        }
        Ok(rotated)
    }

    /// Makes another key sign from now on, the announced one or else a new one; returns those keys.
    ///
    /// Whoever holds a cached JWKS without a new key has to fetch it again: for a compromise, or where nobody caches.
    ///
    /// # Errors
    /// When the stores fail.
    pub async fn rotate_now(
        &self,
        tenant: &TenantId,
        alg: Option<SigningAlgorithm>,
    ) -> Result<Vec<KeyInfo>, TokensError> {
        let mut active = Vec::new();
        for alg in self.algorithms(tenant, alg).await? {
            active.push(self.0.switch(tenant, alg).await?);
        }
        Ok(active)
    }

    /// Lets each announced key whose time has come sign, of every tenant; returns how many. A job of every node calls it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn promote_due(&self, now: UtcTime) -> Result<usize, TokensError> {
        let due = self.0.db.read(move |conn| key_store::list_due_keys(conn, now)).await?;
        let mut promoted = 0;
        for row in due {
            if self.0.promote(&row, now).await? {
                promoted += 1;
                self.0.changed(&row.tenant_id).await;
            }
        }
        Ok(promoted)
    }

    /// Destroys the private part of each key whose time is over, of every tenant; returns how many. A job calls it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn retire_expired(&self, now: UtcTime) -> Result<usize, TokensError> {
        let tenants = self.0.db.read(move |conn| key_store::list_tenants_with_expired_keys(conn, now)).await?;
        let mut destroyed = 0;
        for tenant in tenants {
            let of = tenant.clone();
            destroyed += self.0.db.write(move |conn| key_store::destroy_expired_keys(conn, &of, now)).await?;
            self.0.changed(&tenant).await;
        }
        Ok(destroyed)
    }

    async fn algorithms(
        &self,
        tenant: &TenantId,
        only: Option<SigningAlgorithm>,
    ) -> Result<Vec<SigningAlgorithm>, TokensError> {
        match only {
            Some(alg) => Ok(vec![alg]),
            None => Ok(self.reload(tenant).await?.active_algorithms()),
        }
    }
}

impl Inner {
    async fn announce(&self, tenant: &TenantId, alg: SigningAlgorithm) -> Result<KeyRotation, TokensError> {
        for _ in 0..ATTEMPTS {
            let keys = self.keys_of(tenant, alg).await?;
            if let Some((_, key)) = keys.iter().find(|(_, key)| key.state == KeyState::Announced) {
                return Ok(KeyRotation::AlreadyAnnounced(key.clone()));
            }
            let mut row = self.new_row(tenant, alg).await?;
            // The first of its algorithm has to sign at once: there is no other that could sign meanwhile.
            if keys.iter().any(|(_, key)| key.state == KeyState::Active) {
                row.state = KeyState::Announced.as_str().to_owned();
                row.activated_at = Some(row.created_at.plus(ANNOUNCE_WINDOW));
            }
            let info = key_info(&row);
            if self.db.write(move |conn| key_store::insert_key(conn, &row)).await? > 0
                && let Some(info) = info
            {
                self.count_generated(1);
                self.changed(tenant).await;
                return Ok(KeyRotation::Made(info));
            }
        }
        Err(TokensError::KeysChanged)
    }

    async fn switch(&self, tenant: &TenantId, alg: SigningAlgorithm) -> Result<KeyInfo, TokensError> {
        for _ in 0..ATTEMPTS {
            let keys = self.keys_of(tenant, alg).await?;
            let announced = keys.into_iter().find(|(_, key)| key.state == KeyState::Announced);
            let kid = match announced {
                Some((row, _)) => self.promote(&row, self.clock.now()).await?.then_some(row.kid),
                None => self.replace_active(self.new_row(tenant, alg).await?, alg).await?,
            };
            let Some(kid) = kid else { continue };
            self.changed(tenant).await;
            let active = self.keys_of(tenant, alg).await?.into_iter().find(|(row, _)| row.kid == kid);
            return active.map(|(_, key)| key).ok_or(TokensError::KeysChanged);
        }
        Err(TokensError::KeysChanged)
    }

    async fn keys_of(&self, tenant: &TenantId, alg: SigningAlgorithm) -> Result<Vec<(KeyRow, KeyInfo)>, TokensError> {
        let keys = self.rows(tenant).await?.into_iter().filter_map(|row| key_info(&row).map(|info| (row, info)));
        Ok(keys.filter(|(_, key)| key.alg == alg).collect())
    }

    /// Whether this call made the announced key the active one; not when another node did.
    async fn promote(&self, row: &KeyRow, now: UtcTime) -> Result<bool, TokensError> {
        let row = row.clone();
        let retire_at = now.plus(RETIRING_FOR);
        Ok(self.db.write(move |conn| key_store::promote_key(conn, &row, now, retire_at)).await?)
    }

    /// The key, if it is the active one now; not when another node came in between.
    async fn replace_active(&self, row: KeyRow, alg: SigningAlgorithm) -> Result<Option<KeyId>, TokensError> {
        let retire_at = row.created_at.plus(RETIRING_FOR);
        let kid = row.kid.clone();
        let outcome = self.db.write(move |conn| {
            key_store::retire_active_key(conn, &row.tenant_id, alg.as_str(), retire_at)?;
            match key_store::insert_key(conn, &row)? {
                0 => Err(diesel::result::Error::RollbackTransaction),
                _ => Ok(()),
            }
        });
        match outcome.await {
            Ok(()) => {
                self.count_generated(1);
                Ok(Some(kid))
            }
            Err(DbError::Query(diesel::result::Error::RollbackTransaction)) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}
