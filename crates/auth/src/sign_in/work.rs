//! Work that a browser does before its password is looked at, while a tenant is flooded with wrong ones: a number is sought
//! whose SHA-256, behind a challenge, begins with so many zero bits. It costs a person a moment, and whoever tries passwords
//! by the million as much as we spend on each.
//!
//! A challenge belongs to one sign-in under way and counts once. Browsers in which the account was signed in to before are
//! not asked.

use std::time::Duration;

use latchkey_cache::{CacheKey, Inserted, Kind};
use latchkey_core::{Secret, TenantId, TokenHash, sha256};
use latchkey_tenants::Tenant;
use serde::{Deserialize, Serialize};

use super::SignIn;
use crate::throttle::Guesser;
use crate::{AuthError, IdentifierKey, Interaction, user_store};

const LIFETIME: Duration = Duration::from_secs(10 * 60);
/// A number of more digits was not found by counting.
const MAX_NUMBER_BYTES: usize = 16;

/// What a browser has to find before it may try a password.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkTask {
    /// Stands before a full stop and the number in what is hashed.
    pub challenge: String,
    /// Zero bits that the hash begins with.
    pub bits: u32,
}

impl WorkTask {
    /// Whether this number is a solution.
    #[must_use]
    pub fn is_solved_by(&self, number: &str) -> bool {
        let is_number =
            (1..=MAX_NUMBER_BYTES).contains(&number.len()) && number.bytes().all(|digit| digit.is_ascii_digit());
        is_number && leading_zeros(&sha256(format!("{}.{number}", self.challenge).as_bytes())) >= self.bits
    }
}

impl SignIn {
    /// The task that the sign-in page sets, while the tenant is flooded.
    ///
    /// # Errors
    /// [`AuthError::Cache`].
    pub async fn find_work(&self, tenant: &Tenant, interaction: &Interaction) -> Result<Option<WorkTask>, AuthError> {
        let Some(bits) = self.throttle.flood_bits(tenant).await? else { return Ok(None) };
        let key = work_key(&tenant.id, interaction);
        let task = WorkTask { challenge: self.rng.token().expose().clone(), bits };
        // Two tabs of one sign-in have one task.
        if self.cache.put_if_absent(&key, &task, LIFETIME).await? == Inserted::Inserted {
            return Ok(Some(task));
        }
        let standing: Option<WorkTask> = self.cache.find(&key).await?;
        Ok(Some(standing.unwrap_or(task)))
    }

    /// The cookie of a browser in which this account has just been signed in to; `held` is the one that it has. Good for
    /// [`crate::KNOWN_BROWSER_LIFETIME`].
    ///
    /// # Errors
    /// [`AuthError::Crypto`] and unavailable stores: 503.
    pub async fn know_browser(
        &self,
        tenant: &TenantId,
        identifier: &str,
        held: Option<&Secret<String>>,
    ) -> Result<Secret<String>, AuthError> {
        let key = IdentifierKey::of(identifier);
        let password = self.password_digest(tenant, &key).await?;
        self.throttle.know_browser(tenant, (&key, &password), held)
    }

    /// The browser of that cookie, if this account was signed in to in it and has the same password since.
    pub(super) async fn known_browser(
        &self,
        tenant: &TenantId,
        identifier: &IdentifierKey,
        cookie: Option<&Secret<String>>,
    ) -> Result<Option<TokenHash>, AuthError> {
        let Some(entry) = self.throttle.find_entry(tenant, identifier, cookie) else { return Ok(None) };
        let password = self.password_digest(tenant, identifier).await?;
        Ok((password.as_str() == entry.password).then_some(entry.browser))
    }

    async fn password_digest(&self, tenant: &TenantId, identifier: &IdentifierKey) -> Result<TokenHash, AuthError> {
        let (tenant, identifier) = (tenant.clone(), identifier.clone());
        let found = self.db.read(move |conn| user_store::find_credentials(conn, &tenant, &identifier)).await?;
        let hash = found.and_then(|found| found.password_hash);
        Ok(TokenHash::of(hash.as_ref().map_or("", |hash| hash.expose().as_str())))
    }

    /// Whether the password may be looked at as far as work goes; a solution is spent.
    pub(super) async fn accepts_work(
        &self,
        tenant: &Tenant,
        interaction: &Interaction,
        guesser: Guesser<'_>,
        number: Option<&str>,
    ) -> Result<bool, AuthError> {
        if self.throttle.flood_bits(tenant).await?.is_none() || guesser.known.is_some() {
            return Ok(true);
        }
        let Some(number) = number else { return Ok(false) };
        let task: Option<WorkTask> = self.cache.take(&work_key(&tenant.id, interaction)).await?;
        Ok(task.is_some_and(|task| task.is_solved_by(number)))
    }
}

fn work_key(tenant: &TenantId, interaction: &Interaction) -> CacheKey {
    CacheKey::new(tenant, Kind::Work, interaction.id.as_str())
}

fn leading_zeros(digest: &[u8; 32]) -> u32 {
    let zeros = digest.iter().take_while(|byte| **byte == 0).count();
    let rest = digest.get(zeros).map_or(0, |byte| byte.leading_zeros());
    u32::try_from(zeros).unwrap_or(u32::MAX).saturating_mul(8).saturating_add(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_solution_is_a_number_whose_hash_begins_with_zeros() {
        let task = WorkTask { challenge: "challenge".to_owned(), bits: 10 };
        let number = (0..100_000u32).map(|n| n.to_string()).find(|n| task.is_solved_by(n)).expect("one in 1024");
        assert!(!WorkTask { bits: 64, ..task.clone() }.is_solved_by(&number));
        for text in ["", "x", "-1", "1 ", "99999999999999999"] {
            assert!(!WorkTask { bits: 0, ..task.clone() }.is_solved_by(text), "{text:?}");
        }
        assert_eq!(leading_zeros(&[0; 32]), 256);
        let mut digest = [0; 32];
        digest[1] = 0b0001_0000;
        assert_eq!(leading_zeros(&digest), 11);
    }
}
