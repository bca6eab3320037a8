//! Bounds how often passwords may be guessed, by account and by address, alike for accounts that do not exist.
//!
//! An account is counted by the text that was typed, not by the user it finds: were a name and an address of one user
//! counted together, a throttled name would tell which address belongs to it. A user with both can be guessed at
//! twice as often.
//!
//! Nobody can lock the owner out: what strangers guess is counted apart from what comes from a browser, or from an
//! address, in which the account was signed in to before ([`lane`]). A browser that is known stands for itself; an
//! address that is known answers for itself; all others share a count beside their own.
//!
//! Every attempt is counted before the password is looked at, so racing guesses cannot exceed the limit. What a
//! success counted is given back.

mod flood;
mod known;
mod lane;

use std::net::{IpAddr, Ipv6Addr};
use std::time::Duration;

use latchkey_cache::{Cache, CacheKey, Kind};
use latchkey_core::{Clock, Rng, Sealer, TenantId, TokenHash};
use latchkey_tenants::Tenant;

pub use known::KNOWN_BROWSER_LIFETIME;

use self::lane::Lane;
use crate::{AuthError, IdentifierKey};

/// In which requests of strangers that leave something behind are counted.
const STRANGERS_WINDOW: Duration = Duration::from_secs(10 * 60);
/// Attempts to make an account from one address within the tenant's window: an office, not a script.
const SIGN_UPS_PER_ADDRESS: u64 = 20;
/// Mails to sign in with that one address has sent within the tenant's window: an office, not a script.
const MAILS_PER_ADDRESS: u64 = 50;
/// How many times the attempts of one address all addresses together have that the account was never signed in to from.
const STRANGERS_TOGETHER: u64 = 3;

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
    /// Of the cookies by which browsers are known.
    sealer: Sealer,
}

/// Who tries which account, from where.
#[derive(Clone, Copy)]
pub(crate) struct Guesser<'a> {
    pub(crate) identifier: &'a IdentifierKey,
    pub(crate) address: IpAddr,
    /// The browser, if the account was signed in to in it before ([`crate::SignIn`] finds out).
    pub(crate) known: Option<&'a TokenHash>,
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
    pub(crate) fn new(cache: Cache, clock: Clock, rng: Rng, sealer: Sealer) -> Self {
        Self { cache, clock, rng, sealer }
    }

    /// Counts an attempt and says whether it may go on.
    pub(crate) async fn admit(&self, tenant: &Tenant, guesser: Guesser<'_>) -> Result<Admission, AuthError> {
        for lane in self.lanes(tenant, guesser).await? {
            let admission = self.enter(tenant, &lane).await?;
            if admission != Admission::Admitted {
                return Ok(admission);
            }
        }
        Ok(Admission::Admitted)
    }

    /// Counts an attempt of nobody in particular and says whether it may go on.
    pub(crate) async fn admit_from(&self, tenant: &Tenant, address: IpAddr) -> Result<Admission, AuthError> {
        self.enter(tenant, &address_lane(tenant, address)).await
    }

    /// Gives back what a successful attempt of nobody in particular counted.
    pub(crate) async fn forgive_from(&self, tenant: &Tenant, address: IpAddr) -> Result<(), AuthError> {
        self.leave(tenant, &address_lane(tenant, address)).await
    }

    /// Gives back what a successful attempt counted, and forgives the failures of this browser or address at the account;
    /// those of others stay.
    pub(crate) async fn forgive(&self, tenant: &Tenant, guesser: Guesser<'_>) -> Result<(), AuthError> {
        for lane in self.lanes(tenant, guesser).await? {
            self.leave(tenant, &lane).await?;
        }
        self.note_known_address(tenant, guesser).await
    }

    /// What the attempt counts in, all of which have to admit it.
    async fn lanes(&self, tenant: &Tenant, guesser: Guesser<'_>) -> Result<Vec<Lane>, AuthError> {
        let (per_account, digest) = (tenant.settings.sign_in_attempts_per_account, guesser.identifier.digest());
        if let Some(browser) = guesser.known {
            return Ok(vec![Lane::forgiven(per_account, format!("browser:{}:{}", digest.as_str(), browser.as_str()))]);
        }
        let network = network_of(guesser.address);
        let mut lanes = vec![
            address_lane(tenant, guesser.address),
            Lane::forgiven(per_account, format!("account:{}:{network}", digest.as_str())),
        ];
        if !self.is_known_address(tenant, guesser).await? {
            let together = per_account.saturating_mul(STRANGERS_TOGETHER);
            lanes.push(Lane::given_back(together, format!("strangers:{}", digest.as_str())));
        }
        Ok(lanes)
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
}

fn address_lane(tenant: &Tenant, address: IpAddr) -> Lane {
    Lane::given_back(tenant.settings.sign_in_attempts_per_address, format!("address:{}", network_of(address)))
}

pub(crate) fn window_of(tenant: &Tenant) -> Duration {
    Duration::from_secs(tenant.settings.sign_in_window_seconds.max(1))
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
