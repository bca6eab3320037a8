//! `sector_identifier_uri`, OpenID Connect Dynamic Client Registration §5: whoever shares a sector is known to its owner.

use latchkey_tenants::{ClientMetadata, Tenant};

use super::offered::invalid;
use crate::Services;
use crate::error::EndpointError;

impl Services {
    /// Fetches the list and finds every redirect URI in it.
    pub(super) async fn check_sector_identifier(
        &self,
        tenant: &Tenant,
        metadata: &ClientMetadata,
    ) -> Result<(), EndpointError> {
        let Some(uri) = &metadata.sector_identifier_uri else { return Ok(()) };
        if metadata.redirect_uris.is_empty() {
            // With nothing to be listed anybody could join the sector of others.
            return Err(invalid("sector_identifier_uri: needs redirect_uris"));
        }
        let fetched = self.fetcher.get_json(tenant.outgoing(), uri).await;
        let document = fetched.map_err(|error| {
            // Which names resolve within our network is nobody's business.
            tracing::info!(%error, "a sector_identifier_uri was not fetched");
            invalid("sector_identifier_uri: cannot be fetched")
        })?;
        let Ok(listed) = serde_json::from_slice::<Vec<String>>(&document.body) else {
            return Err(invalid("sector_identifier_uri: is no JSON array of strings"));
        };
        let is_listed = |uri: &str| listed.iter().any(|listed| listed == uri);
        if metadata.redirect_uris.iter().all(|uri| is_listed(uri.as_str())) {
            return Ok(());
        }
        Err(invalid("sector_identifier_uri: does not list every redirect URI"))
    }
}
