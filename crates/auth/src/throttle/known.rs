//! Browsers and addresses in which an account was signed in to before.
//!
//! A browser is known by a cookie that holds a sealed entry for each account; it proves no more than that, and buys
//! nothing but a count of its own. An entry is good for the password that the account had then: who once knew a password
//! may have collected entries, and has nothing of them after the next one. An address is known by an entry of the short-lived store.

use std::time::Duration;

use latchkey_cache::{CacheKey, Kind};
use latchkey_core::{Secret, TenantId, TokenHash, UtcTime};
use latchkey_tenants::Tenant;

use super::{Guesser, Throttle, network_of};
use crate::{AuthError, IdentifierKey};

/// How long a browser is known after a sign-in.
pub const KNOWN_BROWSER_LIFETIME: Duration = Duration::from_secs(180 * 24 * 60 * 60);
const KNOWN_ADDRESS_LIFETIME: Duration = Duration::from_secs(14 * 24 * 60 * 60);
/// Accounts that a browser is known for.
const MAX_ENTRIES: usize = 5;
const SEPARATOR: char = '.';

/// What the cookie of a browser says of an account.
pub(crate) struct KnownEntry {
    /// What the browser's failures at the account are counted under.
    pub(crate) browser: TokenHash,
    /// The digest of the stored password that the account had when the browser was known.
    pub(crate) password: String,
}

impl Throttle {
    /// The cookie of a browser in which this account was signed in to, beside those that it is known for already.
    pub(crate) fn know_browser(
        &self,
        tenant: &TenantId,
        (identifier, password): (&IdentifierKey, &TokenHash),
        held: Option<&Secret<String>>,
    ) -> Result<Secret<String>, AuthError> {
        let now = self.clock.now();
        let expires_at = now.plus(KNOWN_BROWSER_LIFETIME).unix_seconds();
        let clear = format!("{expires_at} {}", password.as_str());
        let own = self.sealer.seal(&context(tenant, identifier), clear.as_bytes(), &self.rng)?;
        let others = entries(held).filter(|entry| self.open_entry(tenant, identifier, entry, now).is_none());
        let all: Vec<&str> = std::iter::once(own.as_str()).chain(others).take(MAX_ENTRIES).collect();
        Ok(Secret::new(all.join(&SEPARATOR.to_string())))
    }

    /// What the browser's cookie says of this account, if anything.
    pub(crate) fn find_entry(
        &self,
        tenant: &TenantId,
        identifier: &IdentifierKey,
        cookie: Option<&Secret<String>>,
    ) -> Option<KnownEntry> {
        let now = self.clock.now();
        entries(cookie).find_map(|entry| self.open_entry(tenant, identifier, entry, now))
    }

    fn open_entry(
        &self,
        tenant: &TenantId,
        identifier: &IdentifierKey,
        entry: &str,
        now: UtcTime,
    ) -> Option<KnownEntry> {
        let clear = self.sealer.open(&context(tenant, identifier), entry)?;
        let (expires_at, password) = std::str::from_utf8(clear.expose()).ok()?.split_once(' ')?;
        let expires_at: i64 = expires_at.parse().ok()?;
        let known = KnownEntry { browser: TokenHash::of(entry), password: password.to_owned() };
        (now.unix_seconds() < expires_at).then_some(known)
    }

    pub(super) async fn is_known_address(&self, tenant: &Tenant, guesser: Guesser<'_>) -> Result<bool, AuthError> {
        Ok(self.cache.find::<bool>(&address_key(&tenant.id, guesser)).await?.is_some())
    }

    pub(super) async fn note_known_address(&self, tenant: &Tenant, guesser: Guesser<'_>) -> Result<(), AuthError> {
        self.cache.put(&address_key(&tenant.id, guesser), &true, KNOWN_ADDRESS_LIFETIME).await?;
        Ok(())
    }
}

/// The entries of the cookie; more than we put there are not looked at.
fn entries(cookie: Option<&Secret<String>>) -> impl Iterator<Item = &str> {
    cookie.into_iter().flat_map(|cookie| cookie.expose().split(SEPARATOR)).take(MAX_ENTRIES)
}

fn context(tenant: &TenantId, identifier: &IdentifierKey) -> String {
    format!("known browser\n{tenant}\n{}", identifier.as_str())
}

fn address_key(tenant: &TenantId, guesser: Guesser<'_>) -> CacheKey {
    let (account, network) = (guesser.identifier.digest(), network_of(guesser.address));
    CacheKey::new(tenant, Kind::Throttle, &format!("known-address:{}:{network}", account.as_str()))
}
