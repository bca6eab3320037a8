//! For whom a passkey is made: the host of a tenant's issuer.

use std::time::Duration;

use latchkey_tenants::Tenant;
use url::{Host, Url};
use webauthn_rs_core::WebauthnCore;

/// How long the browser waits for the user; Web Authentication §15.1.
const TIMEOUT: Duration = Duration::from_secs(300);

/// The relying party of a tenant.
///
/// Its id is the host of the issuer, so a custom domain has passkeys of its own. Tenants below the public URL share
/// one: a browser would hand a passkey of one to another, which therefore looks for it among its own only.
#[derive(Clone, Debug)]
pub struct RelyingParty {
    id: String,
    origin: Url,
    name: String,
    issuer_host: Option<String>,
}

impl RelyingParty {
    /// The relying party of a tenant with that issuer; `None` where there can be none: the host is an address.
    #[must_use]
    pub fn of(tenant: &Tenant, issuer: &str) -> Option<Self> {
        let issuer = Url::parse(issuer).ok()?;
        // Web Authentication §5.1.3: an RP ID is a domain.
        let Some(Host::Domain(id)) = issuer.host() else { return None };
        let id = id.to_owned();
        let origin = Url::parse(&issuer.origin().ascii_serialization()).ok()?;
        Some(Self { id, origin, name: tenant.name.clone(), issuer_host: tenant.issuer_host.clone() })
    }

    /// Whether a page of that origin can use its passkeys: a browser refuses any other.
    #[must_use]
    pub fn is_at(&self, origin: &str) -> bool {
        self.origin.origin().ascii_serialization() == origin
    }

    /// The domain that is the issuer; `None` below the public URL.
    pub(crate) fn issuer_host(&self) -> Option<&str> {
        self.issuer_host.as_deref()
    }

    pub(crate) fn core(&self) -> WebauthnCore {
        // Exactly this origin: neither another port nor a subdomain of somebody else.
        WebauthnCore::new_unsafe_experts_only(
            &self.name,
            &self.id,
            vec![self.origin.clone()],
            TIMEOUT,
            Some(false),
            Some(false),
        )
    }
}
