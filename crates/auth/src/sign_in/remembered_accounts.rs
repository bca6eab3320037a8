//! The accounts that a browser remembers, where the tenant lets browsers remember any.

use latchkey_core::Secret;
use latchkey_tenants::Tenant;

use super::SignIn;
use crate::{AuthError, RememberedAccounts};

impl SignIn {
    /// What the browser's cookie remembers.
    #[must_use]
    pub fn remembered_accounts(&self, tenant: &Tenant, cookie: Option<&Secret<String>>) -> RememberedAccounts {
        match cookie {
            Some(cookie) if tenant.settings.account.remembered_accounts => {
                RememberedAccounts::open(&self.sealer, &tenant.id, cookie)
            }
            _ => RememberedAccounts::default(),
        }
    }

    /// What the cookie is to hold; `None` when it is to be cleared.
    ///
    /// # Errors
    /// [`AuthError::Crypto`].
    pub fn remembered_cookie(
        &self,
        tenant: &Tenant,
        accounts: RememberedAccounts,
    ) -> Result<Option<Secret<String>>, AuthError> {
        if !tenant.settings.account.remembered_accounts {
            return Ok(None);
        }
        Ok(accounts.seal(&self.sealer, &tenant.id, &self.rng)?)
    }
}
