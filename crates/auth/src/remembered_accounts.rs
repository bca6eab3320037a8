//! Who was signed in in a browser: names that are offered there when nobody is. They prove nothing, and are shown to
//! nobody without the cookie, which is sealed, so that nobody can make a browser offer what was not signed in there.

use latchkey_core::{Rng, Sealer, Secret, TenantId, UserId};
use openssl::error::ErrorStack;
use serde::{Deserialize, Serialize};

use crate::User;

/// Accounts that one browser remembers at a tenant.
const MAX_ACCOUNTS: usize = 5;
/// A longer name is cut: a cookie has little room.
const MAX_CHARS: usize = 80;
/// What a browser keeps for a site; a longer cookie is not ours.
const MAX_COOKIE_BYTES: usize = 3_500;

/// An account as the browser remembers it: as it was at its last sign-in there, and no later change of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RememberedAccount {
    /// Whose it is.
    pub user_id: UserId,
    /// The name to greet with.
    pub name: String,
    /// What the user signs in by: the address, or else the user name.
    pub login: String,
}

impl RememberedAccount {
    /// The account as it is now; `None` when its name to sign in by is longer than there is room for.
    pub(crate) fn of(user: &User) -> Option<Self> {
        let login = user.email.as_ref().unwrap_or(&user.username);
        // One that was cut would be the name of nobody, or of somebody else.
        if login.chars().count() > MAX_CHARS {
            return None;
        }
        let name = user.display_name().chars().take(MAX_CHARS).collect();
        Some(Self { user_id: user.id.clone(), name, login: login.clone() })
    }
}

/// The accounts of one browser at one tenant, the one that signed in last first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RememberedAccounts(Vec<RememberedAccount>);

impl RememberedAccounts {
    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &RememberedAccount> {
        self.0.iter()
    }

    /// The account of that user.
    #[must_use]
    pub fn find(&self, user: &UserId) -> Option<&RememberedAccount> {
        self.0.iter().find(|account| account.user_id == *user)
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Puts one that signed in first; the oldest one too many is forgotten.
    pub fn remember(&mut self, account: RememberedAccount) {
        self.forget(&account.user_id);
        self.0.insert(0, account);
        self.0.truncate(MAX_ACCOUNTS);
    }

    /// Forgets an account; returns whether it was remembered.
    pub fn forget(&mut self, user: &UserId) -> bool {
        let before = self.0.len();
        self.0.retain(|account| account.user_id != *user);
        self.0.len() < before
    }

    /// Opens what the browser sent; a cookie that we did not make for this tenant holds nothing.
    pub(crate) fn open(sealer: &Sealer, tenant: &TenantId, cookie: &Secret<String>) -> Self {
        if cookie.expose().len() > MAX_COOKIE_BYTES {
            return Self::default();
        }
        let clear = sealer.open(&context(tenant), cookie.expose());
        let accounts = clear.and_then(|clear| serde_json::from_slice(clear.expose()).ok());
        Self(accounts.unwrap_or_default())
    }

    /// What the cookie is to hold; `None` when there are none.
    ///
    /// # Errors
    /// When OpenSSL fails.
    pub(crate) fn seal(
        mut self,
        sealer: &Sealer,
        tenant: &TenantId,
        rng: &Rng,
    ) -> Result<Option<Secret<String>>, ErrorStack> {
        while !self.is_empty() {
            let clear = serde_json::to_vec(&self.0).unwrap_or_default();
            let sealed = sealer.seal(&context(tenant), &clear, rng)?;
            if sealed.len() <= MAX_COOKIE_BYTES {
                return Ok(Some(Secret::new(sealed)));
            }
            self.0.pop();
        }
        Ok(None)
    }
}

fn context(tenant: &TenantId) -> String {
    format!("remembered accounts\n{tenant}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{StandardClaims, UserStatus};
    use latchkey_core::UtcTime;

    fn user(seed: u64, name: &str) -> User {
        let now = UtcTime::from_unix_seconds(1_700_000_000);
        User {
            id: UserId::generate(now, &Rng::seeded(seed)),
            username: name.to_owned(),
            email: None,
            email_verified: false,
            claims: StandardClaims::default(),
            status: UserStatus::Active,
            created_at: now,
            updated_at: now,
            groups: Vec::new(),
            roles: Vec::new(),
            second_factor_due_at: None,
            must_change_password: false,
            terms_version: None,
            deletion_requested_at: None,
        }
    }

    fn account(seed: u64, name: &str) -> RememberedAccount {
        RememberedAccount::of(&user(seed, name)).unwrap()
    }

    fn tenant(seed: u64) -> TenantId {
        TenantId::generate(UtcTime::from_unix_seconds(1_700_000_000), &Rng::seeded(seed))
    }

    #[test]
    fn the_last_five_are_remembered_each_once_and_the_newest_first() {
        let mut accounts = RememberedAccounts::default();
        for seed in [1, 2, 3, 4, 5, 6, 3] {
            accounts.remember(account(seed, &format!("user-{seed}")));
        }
        let logins: Vec<_> = accounts.iter().map(|account| account.login.as_str()).collect();
        assert_eq!(logins, ["user-3", "user-6", "user-5", "user-4", "user-2"]);
        assert!(accounts.forget(&user(6, "x").id) && !accounts.forget(&user(6, "x").id));
        assert_eq!(accounts.iter().count(), 4);
    }

    #[test]
    fn a_cookie_opens_at_its_tenant_under_its_key_and_nowhere_else() {
        let (sealer, rng) = (Sealer::new(Secret::new([1; 32])), Rng::seeded(9));
        let mut accounts = RememberedAccounts::default();
        accounts.remember(account(1, "alice"));
        let cookie = accounts.clone().seal(&sealer, &tenant(1), &rng).unwrap().unwrap();
        assert_eq!(RememberedAccounts::open(&sealer, &tenant(1), &cookie), accounts);
        assert!(RememberedAccounts::open(&sealer, &tenant(2), &cookie).is_empty());
        let other = Sealer::new(Secret::new([2; 32]));
        assert!(RememberedAccounts::open(&other, &tenant(1), &cookie).is_empty());
        for junk in ["", "x", "[]", &"A".repeat(4000)] {
            assert!(RememberedAccounts::open(&sealer, &tenant(1), &Secret::from(junk)).is_empty());
        }
        assert!(RememberedAccounts::default().seal(&sealer, &tenant(1), &rng).unwrap().is_none());
    }

    #[test]
    fn a_cookie_never_grows_beyond_what_a_browser_keeps() {
        let (sealer, rng) = (Sealer::new(Secret::new([1; 32])), Rng::seeded(9));
        let mut accounts = RememberedAccounts::default();
        for seed in 0..5 {
            accounts.remember(account(seed, &"𝔘".repeat(80)));
        }
        let cookie = accounts.seal(&sealer, &tenant(1), &rng).unwrap().unwrap();
        assert!(cookie.expose().len() <= MAX_COOKIE_BYTES);
        let kept = RememberedAccounts::open(&sealer, &tenant(1), &cookie);
        assert!((1..=5).contains(&kept.iter().count()));
        assert!(RememberedAccount::of(&user(1, &"x".repeat(81))).is_none());
    }
}
