//! The places of a user for requests that wait: few, so that nobody is worn out by questions until one is allowed.

use std::time::Duration;

use latchkey_cache::{Cache, CacheError, CacheKey, Inserted, Kind};
use latchkey_core::{TenantId, TokenHash, UserId};
use serde::{Deserialize, Serialize};

const PLACES: usize = 5;

#[derive(Clone)]
pub(super) struct Places {
    cache: Cache,
}

/// What stands in a place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Place {
    /// Names the request on the page.
    pub(super) id: String,
    /// Where the request waits.
    pub(super) hash: TokenHash,
}

impl Places {
    pub(super) fn new(cache: Cache) -> Self {
        Self { cache }
    }

    /// Takes the first free place, of requests that race for it exactly one.
    pub(super) async fn take(
        &self,
        tenant: &TenantId,
        user: &UserId,
        place: &Place,
        life: Duration,
    ) -> Result<Inserted, CacheError> {
        for number in 0..PLACES {
            if self.cache.put_if_absent(&key(tenant, user, number), place, life).await? == Inserted::Inserted {
                return Ok(Inserted::Inserted);
            }
        }
        Ok(Inserted::AlreadyThere)
    }

    pub(super) async fn list(&self, tenant: &TenantId, user: &UserId) -> Result<Vec<Place>, CacheError> {
        let mut taken = Vec::new();
        for number in 0..PLACES {
            taken.extend(self.cache.find(&key(tenant, user, number)).await?);
        }
        Ok(taken)
    }

    /// Frees a place whose request was answered.
    pub(super) async fn free(&self, tenant: &TenantId, user: &UserId, place: &Place) -> Result<(), CacheError> {
        for number in 0..PLACES {
            let key = key(tenant, user, number);
            if self.cache.find(&key).await?.as_ref() == Some(place) {
                return self.cache.delete(&key).await;
            }
        }
        Ok(())
    }
}

fn key(tenant: &TenantId, user: &UserId, number: usize) -> CacheKey {
    CacheKey::new(tenant, Kind::BackchannelRequest, &format!("place:{user}:{number}"))
}
