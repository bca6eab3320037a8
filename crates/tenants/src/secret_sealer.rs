//! Client secrets that must be known again: a `client_secret_jwt` (OpenID Connect Core §9) is verified with the secret
//! itself, so for such a client it is kept under the master key besides its hash.

use latchkey_core::{ClientId, Rng, Sealer, Secret, TenantId};
use openssl::error::ErrorStack;

use crate::{Tenant, TenantSecret};

/// Seals and opens client secrets. Clones share the key.
#[derive(Clone)]
pub struct SecretSealer(Sealer);

impl SecretSealer {
    /// A sealer under a key of its own, derived from the master key for `client-secrets`.
    #[must_use]
    pub fn new(key: Secret<[u8; 32]>) -> Self {
        Self(Sealer::new(key))
    }

    /// Seals a secret for its client; in another place it does not open.
    ///
    /// # Errors
    /// When OpenSSL fails.
    pub fn seal(
        &self,
        tenant: &TenantId,
        client_id: &ClientId,
        secret: &Secret<String>,
        rng: &Rng,
    ) -> Result<String, ErrorStack> {
        self.0.seal(&context(tenant, client_id), secret.expose().as_bytes(), rng)
    }

    /// Opens what [`Self::seal`] made for this client under this master key; `None` for anything else.
    #[must_use]
    pub fn open(&self, tenant: &TenantId, client_id: &ClientId, sealed: &str) -> Option<Secret<String>> {
        let clear = self.0.open(&context(tenant, client_id), sealed)?;
        std::str::from_utf8(clear.expose()).ok().map(Secret::from)
    }

    /// Seals a secret of a tenant for what the tenant's settings use it for now.
    ///
    /// # Errors
    /// When OpenSSL fails.
    pub fn seal_of_tenant(
        &self,
        tenant: &Tenant,
        name: TenantSecret,
        secret: &Secret<String>,
        rng: &Rng,
    ) -> Result<String, ErrorStack> {
        self.0.seal(&context_of_tenant(tenant, name), secret.expose().as_bytes(), rng)
    }

    /// Opens what [`Self::seal_of_tenant`] made; `None` when the settings use the secret for something else by now.
    #[must_use]
    pub fn open_of_tenant(&self, tenant: &Tenant, name: TenantSecret, sealed: &str) -> Option<Secret<String>> {
        let clear = self.0.open(&context_of_tenant(tenant, name), sealed)?;
        std::str::from_utf8(clear.expose()).ok().map(Secret::from)
    }
}

/// No client id has a line break, so no client's secret opens as one of the tenant.
fn context_of_tenant(tenant: &Tenant, name: TenantSecret) -> String {
    format!("{}\n\n{name}\n{}", tenant.id, name.purpose(&tenant.settings))
}

fn context(tenant: &TenantId, client_id: &ClientId) -> String {
    format!("{tenant}\n{client_id}")
}

#[cfg(test)]
mod tests {
    use latchkey_core::UtcTime;

    use super::*;

    #[test]
    fn a_sealed_secret_opens_for_its_client_under_its_key_and_not_otherwise() {
        let rng = Rng::seeded(3);
        let sealer = SecretSealer::new(Secret::new([1; 32]));
        let [tenant, other] = [1, 2].map(|time| TenantId::generate(UtcTime::from_unix_seconds(time), &rng));
        let [client, sibling] = ["app", "app2"].map(|id| id.parse::<ClientId>().expect("a client id"));
        let secret = Secret::new("a secret".to_owned());
        let sealed = sealer.seal(&tenant, &client, &secret, &rng).expect("sealed");

        assert_eq!(sealer.open(&tenant, &client, &sealed), Some(secret.clone()));
        assert_eq!(sealer.open(&other, &client, &sealed), None);
        assert_eq!(sealer.open(&tenant, &sibling, &sealed), None);
        assert_eq!(SecretSealer::new(Secret::new([2; 32])).open(&tenant, &client, &sealed), None);
        for junk in ["", "AAAA", "!", &sealed[1..]] {
            assert_eq!(sealer.open(&tenant, &client, junk), None, "{junk}");
        }
        assert_ne!(sealer.seal(&tenant, &client, &secret, &rng).expect("sealed"), sealed);
    }
}
