//! Where a page finds the logo of a client.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use latchkey_tenants::Client;

use crate::TenantContext;

/// The path of the client's logo at our own origin; `None` for a client without one.
#[must_use]
pub fn client_logo_path(context: &TenantContext, client: &Client) -> Option<String> {
    client.metadata.logo_uri.as_ref()?;
    let client = URL_SAFE_NO_PAD.encode(client.client_id.as_str());
    Some(context.path(&format!("/oauth2/client-logos/{client}")))
}
