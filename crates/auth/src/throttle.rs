//! Bounds how often passwords may be guessed, by account and by address, alike for accounts that do not exist.
//!
//! An account is counted by the text that was typed, not by the user it finds: were a name and an address of one user
//! counted together, a throttled name would tell which address belongs to it. A user with both can be guessed at
//! twice as often.
//!
//! Every attempt is counted before the password is looked at, so racing guesses cannot exceed the limit. What a
//! success counted is given back: the account's counter starts again, the address's is balanced by a second counter.

use std::net::{IpAddr, Ipv6Addr};
use std::time::Duration;

use latchkey_cache::{Cache, CacheKey, Kind};
use latchkey_core::{Clock, Rng, Secret, TenantId};
use latchkey_tenants::Tenant;

use crate::{AuthError, IdentifierKey};

/// In which requests of strangers that leave something behind are counted.
const STRANGERS_WINDOW: Duration = Duration::from_secs(10 * 60);
/// Attempts to make an account from one address within the tenant's window: an office, not a script.
const SIGN_UPS_PER_ADDRESS: u64 = 20;
/// Mails to sign in with that one address has sent within the tenant's window: an office, not a script.
const MAILS_PER_ADDRESS: u64 = 50;

/// Forgotten passwords from one address within the tenant's window.
const RECOVERIES_PER_ADDRESS: u64 = 20;
/// Mails that somebody can have sent for one account within [`RECOVERY_WINDOW`].
const RECOVERIES_PER_ACCOUNT: u64 = 5;
const RECOVERY_WINDOW: Duration = Duration::from_secs(60 * 60);

#[derive(Clone)]
pub(crate) struct Throttle {
    cache: Cache,
    clock: Clock,
    rng: Rng,
}

/// Whether an attempt may go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Admission {
    Admitted,
    Throttled { retry_after: Duration },
}

impl Admission {
    /// As an error, where nothing but the refusal is to be told.
    pub(crate) fn or_refuse(self) -> Result<(), AuthError> {
        match self {
            Self::Admitted => Ok(()),
            Self::Throttled { retry_after } => Err(AuthError::TooManyRequests { retry_after }),
        }
    }
}

impl Throttle {
    pub(crate) fn new(cache: Cache, clock: Clock, rng: Rng) -> Self {
        Self { cache, clock, rng }
    }

    /// Counts an attempt and says whether it may go on.
    pub(crate) async fn admit(
        &self,
        tenant: &Tenant,
        identifier: &IdentifierKey,
        address: IpAddr,
    ) -> Result<Admission, AuthError> {
        let admission = self.admit_from(tenant, address).await?;
        if admission != Admission::Admitted {
            return Ok(admission);
        }
        let window = window_of(tenant);
        let epoch = self.find_epoch(&tenant.id, identifier).await?;
        let tried = self.cache.increment(&counter_key(&tenant.id, identifier, &epoch), window).await?;
        if tried.count > tenant.settings.sign_in_attempts_per_account {
            return Ok(Admission::Throttled { retry_after: tried.resets_at.since(self.clock.now()) });
        }
        Ok(Admission::Admitted)
    }

    /// Counts an attempt of nobody in particular and says whether it may go on.
    pub(crate) async fn admit_from(&self, tenant: &Tenant, address: IpAddr) -> Result<Admission, AuthError> {
        let window = window_of(tenant);
        let tried = self.cache.increment(&address_key(&tenant.id, address, "tried"), window).await?;
        let passed = self.cache.count(&address_key(&tenant.id, address, "passed"), window).await?;
        let failed = tried.count.saturating_sub(passed.count);
        if failed > tenant.settings.sign_in_attempts_per_address {
            return Ok(Admission::Throttled { retry_after: tried.resets_at.since(self.clock.now()) });
        }
        Ok(Admission::Admitted)
    }

    /// Gives back what a successful attempt of nobody in particular counted.
    pub(crate) async fn forgive_from(&self, tenant: &Tenant, address: IpAddr) -> Result<(), AuthError> {
        self.cache.increment(&address_key(&tenant.id, address, "passed"), window_of(tenant)).await?;
        Ok(())
    }

    /// Gives back what a successful attempt counted, and forgives the account's failures.
    pub(crate) async fn forgive(
        &self,
        tenant: &Tenant,
        identifier: &IdentifierKey,
        address: IpAddr,
    ) -> Result<(), AuthError> {
        let window = window_of(tenant);
        self.forgive_from(tenant, address).await?;
        // A counter cannot be deleted; a new epoch makes the next attempt count from zero. It has to live
        // only as long as the window in which the old counter stands.
        self.cache.put(&epoch_key(&tenant.id, identifier), self.rng.token().expose(), window).await?;
        Ok(())
    }

    /// Counts an attempt to make an account and says whether it may go on. A success gives nothing back: accounts that
    /// one address makes in bulk are what is bounded, as well as its search for names that are taken.
    pub(crate) async fn admit_sign_up(&self, tenant: &Tenant, address: IpAddr) -> Result<Admission, AuthError> {
        let id = format!("sign-up:address:{}", network_of(address));
        let key = CacheKey::new(&tenant.id, Kind::Throttle, &id);
        let tried = self.cache.increment(&key, window_of(tenant)).await?;
        if tried.count > SIGN_UPS_PER_ADDRESS {
            return Ok(Admission::Throttled { retry_after: tried.resets_at.since(self.clock.now()) });
        }
        Ok(Admission::Admitted)
    }

    /// Counts a mail that is asked for and says whether it may be sent. A success gives nothing back: mail to strangers is
    /// what is bounded.
    pub(crate) async fn admit_mail_request(&self, tenant: &Tenant, address: IpAddr) -> Result<Admission, AuthError> {
        let id = format!("sign-in-mail:address:{}", network_of(address));
        let key = CacheKey::new(&tenant.id, Kind::Throttle, &id);
        let asked = self.cache.increment(&key, window_of(tenant)).await?;
        if asked.count > MAILS_PER_ADDRESS {
            return Ok(Admission::Throttled { retry_after: asked.resets_at.since(self.clock.now()) });
        }
        Ok(Admission::Admitted)
    }

    /// Counts somebody who forgot a password, by the network address, and says whether it may go on.
    pub(crate) async fn admit_recovery(&self, tenant: &Tenant, address: IpAddr) -> Result<Admission, AuthError> {
        let id = format!("recovery:address:{}", network_of(address));
        let key = CacheKey::new(&tenant.id, Kind::Throttle, &id);
        let asked = self.cache.increment(&key, window_of(tenant)).await?;
        if asked.count > RECOVERIES_PER_ADDRESS {
            return Ok(Admission::Throttled { retry_after: asked.resets_at.since(self.clock.now()) });
        }
        Ok(Admission::Admitted)
    }

    /// Counts somebody who forgot a password, by the account that was typed, and says whether anything may be sent.
    pub(crate) async fn admit_recovery_of(&self, tenant: &Tenant, of: &IdentifierKey) -> Result<bool, AuthError> {
        let id = format!("recovery:account:{}", of.digest().as_str());
        let key = CacheKey::new(&tenant.id, Kind::Throttle, &id);
        Ok(self.cache.increment(&key, RECOVERY_WINDOW).await?.count <= RECOVERIES_PER_ACCOUNT)
    }

    /// Counts a request that has something kept for whoever sent it, and says whether it may go on. Nothing is given
    /// back: what is kept takes its room whether or not somebody comes back for it.
    pub(crate) async fn admit_stranger(&self, tenant: &Tenant, address: IpAddr) -> Result<Admission, AuthError> {
        let counted = self.cache.increment(&stranger_key(&tenant.id, address), STRANGERS_WINDOW).await?;
        if counted.count > tenant.settings.anonymous_requests_per_address {
            return Ok(Admission::Throttled { retry_after: counted.resets_at.since(self.clock.now()) });
        }
        Ok(Admission::Admitted)
    }

    /// Like [`Throttle::admit_stranger`], for a request that counts only if it fails.
    pub(crate) async fn would_admit_stranger(&self, tenant: &Tenant, address: IpAddr) -> Result<Admission, AuthError> {
        let counted = self.cache.count(&stranger_key(&tenant.id, address), STRANGERS_WINDOW).await?;
        if counted.count >= tenant.settings.anonymous_requests_per_address {
            return Ok(Admission::Throttled { retry_after: counted.resets_at.since(self.clock.now()) });
        }
        Ok(Admission::Admitted)
    }

    async fn find_epoch(&self, tenant: &TenantId, identifier: &IdentifierKey) -> Result<Secret<String>, AuthError> {
        let epoch: Option<String> = self.cache.find(&epoch_key(tenant, identifier)).await?;
        Ok(Secret::new(epoch.unwrap_or_default()))
    }
}

pub(crate) fn window_of(tenant: &Tenant) -> Duration {
    Duration::from_secs(tenant.settings.sign_in_window_seconds.max(1))
}

fn counter_key(tenant: &TenantId, identifier: &IdentifierKey, epoch: &Secret<String>) -> CacheKey {
    let id = format!("sign-in:account:{}:{}", identifier.digest().as_str(), epoch.expose());
    CacheKey::new(tenant, Kind::Throttle, &id)
}

fn epoch_key(tenant: &TenantId, identifier: &IdentifierKey) -> CacheKey {
    CacheKey::new(tenant, Kind::Throttle, &format!("sign-in:epoch:{}", identifier.digest().as_str()))
}

fn address_key(tenant: &TenantId, address: IpAddr, what: &str) -> CacheKey {
    CacheKey::new(tenant, Kind::Throttle, &format!("sign-in:address:{what}:{}", network_of(address)))
}

fn stranger_key(tenant: &TenantId, address: IpAddr) -> CacheKey {
    CacheKey::new(tenant, Kind::Throttle, &format!("stranger:{}", network_of(address)))
}

/// One customer of an IPv6 provider holds a /64 at least, so its addresses count as one.
pub(crate) fn network_of(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => IpAddr::V4(address),
        IpAddr::V6(address) => {
            let network = u128::from(address) & (u128::MAX << 64);
            IpAddr::V6(Ipv6Addr::from(network))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_one_ipv6_network_and_mapped_ipv4_addresses_count_as_one() {
        let parse = |text: &str| text.parse::<IpAddr>().expect("parses");
        let cases = [
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
            ("2001:db8:1:2::1", "2001:db8:1:2::"),
            ("2001:db8:1:3::1", "2001:db8:1:3::"),
            ("::ffff:192.0.2.1", "192.0.2.1"),
            ("192.0.2.1", "192.0.2.1"),
        ];
        for (address, network) in cases {
            assert_eq!(network_of(parse(address)), parse(network), "{address}");
        }
    }
}
