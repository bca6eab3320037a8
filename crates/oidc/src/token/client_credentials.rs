//! The client credentials grant, [RFC 6749 §4.4](https://www.rfc-editor.org/rfc/rfc6749#section-4.4): from caches only,
//! without a database transaction.

use latchkey_protocol::{ErrorCode, OAuthError, Scope};
use latchkey_web::TenantContext;

use super::issue::Granted;
use crate::Services;
use crate::client_authentication::AuthenticatedClient;
use crate::error::EndpointError;
use crate::scope_policy::{OnBehalfOf, grantable};

/// What the client asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ClientCredentialsParams {
    pub(crate) scope: Option<String>,
}

impl Services {
    /// Grants the client what it is registered for: all of it, unless it asks for less.
    pub(super) async fn grant_to_client(
        &self,
        context: &TenantContext,
        client: &AuthenticatedClient,
        params: &ClientCredentialsParams,
    ) -> Result<Granted, EndpointError> {
        // RFC 6749 §4.4: only confidential clients.
        client.require_confidential()?;
        let refused = || OAuthError::new(ErrorCode::InvalidScope, "the scope is malformed, unknown or not allowed");
        let servers = self.directory.resource_servers(&context.tenant.id).await?;
        let Some(text) = &params.scope else {
            let scope = grantable(&client.metadata.scope, client, &servers, OnBehalfOf::Client);
            return Ok(Granted::client(client.client_id.clone(), scope));
        };
        let requested = Scope::parse(text).ok_or_else(refused)?;
        // A machine has nobody to show a smaller scope to: what it may not have is an error, not left out.
        if grantable(&requested, client, &servers, OnBehalfOf::Client) != requested {
            return Err(refused().into());
        }
        Ok(Granted::client(client.client_id.clone(), requested))
    }
}
