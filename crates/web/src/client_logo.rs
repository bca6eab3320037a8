//! Where a page finds the logo of a client.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use latchkey_tenants::Client;

use crate::TenantContext;

/// The path at our own origin of the client's logo for a language (a BCP 47 tag); `None` for a client without one.
#[must_use]
pub fn client_logo_path(context: &TenantContext, client: &Client, language: &str) -> Option<String> {
    let logo = client.logo_uri_in(language)?;
    let id = URL_SAFE_NO_PAD.encode(client.client_id.as_str());
    // Only where it differs, so that browsers keep one copy.
    let query =
        if client.metadata.logo_uri.as_deref() == Some(logo) { String::new() } else { format!("?lang={language}") };
    Some(context.path(&format!("/oauth2/client-logos/{id}{query}")))
}
