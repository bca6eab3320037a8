//! How clients with certificates reach the endpoints, [RFC 8705 §5](https://www.rfc-editor.org/rfc/rfc8705#section-5).

use latchkey_tenants::{PublicUrl, Tenant};

/// Whether certificates of clients arrive here, and under which origin.
#[derive(Clone, Debug, Default)]
pub struct MutualTls {
    /// Whether a listener asks for them, or a proxy passes them on.
    pub available: bool,
    /// The origin where a client is asked for its certificate, if it is another than the public one.
    pub url: Option<PublicUrl>,
}

impl MutualTls {
    /// What the endpoints of a tenant start with at that origin. The issuer stays what it is.
    pub(crate) fn base_of(&self, tenant: &Tenant) -> Option<String> {
        self.url.as_ref().map(|url| format!("{url}/t/{}", tenant.slug))
    }
}
