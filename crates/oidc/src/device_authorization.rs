//! The device authorization endpoint, [RFC 8628 §3.1](https://www.rfc-editor.org/rfc/rfc8628#section-3.1).

use actix_web::web;
use latchkey_auth::{DEVICE_CODE_LIFETIME, DeviceRequest, POLLING_INTERVAL};
use latchkey_core::Secret;
use latchkey_protocol::{ErrorCode, GrantType, OAuthError, Params, Scope};
use latchkey_web::TenantContext;
use serde::Serialize;

use crate::Services;
use crate::client_authentication::{AuthenticatedClient, ClientRequest};
use crate::error::EndpointError;
use crate::no_store::NoStore;
use crate::scope_policy::{OnBehalfOf, grantable};

/// What the device asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DeviceAuthorizationRequest {
    scope: Option<String>,
}

impl TryFrom<Params> for DeviceAuthorizationRequest {
    type Error = OAuthError;

    fn try_from(mut params: Params) -> Result<Self, OAuthError> {
        Ok(Self { scope: params.optional("scope") })
    }
}

/// RFC 8628 §3.2.
#[derive(Serialize)]
pub(crate) struct DeviceAuthorizationResponse {
    device_code: Secret<String>,
    user_code: String,
    verification_uri: String,
    verification_uri_complete: String,
    expires_in: u64,
    interval: u64,
}

/// Authenticates the client, checks what it asks for, and hands out the codes.
pub(crate) async fn device_authorization(
    context: TenantContext,
    call: ClientRequest<DeviceAuthorizationRequest>,
    services: web::Data<Services>,
) -> Result<NoStore<DeviceAuthorizationResponse>, EndpointError> {
    let ClientRequest { credentials, request } = call;
    let client = services.authenticate_client(&context.tenant, &credentials).await?;
    client.require_grant_type(GrantType::DeviceCode)?;
    let scope = services.scope_for_device(&context, &client, &request).await?;

    let request = DeviceRequest { client_id: client.client_id.clone(), scope };
    let codes = services.devices.begin(&context.tenant.id, request).await?;
    let verification_uri = format!("{}/device", context.issuer);
    Ok(NoStore(DeviceAuthorizationResponse {
        device_code: codes.device_code,
        verification_uri_complete: format!("{verification_uri}?user_code={}", codes.user_code),
        verification_uri,
        user_code: codes.user_code.to_string(),
        expires_in: DEVICE_CODE_LIFETIME.as_secs(),
        interval: POLLING_INTERVAL.as_secs(),
    }))
}

impl Services {
    /// What is granted if the user agrees: without `scope`, all that the client is registered for (RFC 6749 §3.3). The
    /// user is always asked, and sees it.
    async fn scope_for_device(
        &self,
        context: &TenantContext,
        client: &AuthenticatedClient,
        request: &DeviceAuthorizationRequest,
    ) -> Result<Scope, EndpointError> {
        let refused = |reason| OAuthError::new(ErrorCode::InvalidScope, reason);
        let requested = match &request.scope {
            Some(text) => Scope::parse(text).ok_or_else(|| refused("the scope is malformed"))?,
            None => client.metadata.scope.clone(),
        };
        let servers = self.directory.resource_servers(&context.tenant.id).await?;
        // As at the authorization endpoint, what is not understood is ignored.
        let scope = grantable(&requested, client, &servers, OnBehalfOf::User);
        if scope.is_empty() {
            return Err(refused("the client may not have any of this scope").into());
        }
        Ok(scope)
    }
}
