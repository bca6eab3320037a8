//! The device authorization endpoint, [RFC 8628 §3.1](https://www.rfc-editor.org/rfc/rfc8628#section-3.1).

use actix_web::web;
use latchkey_auth::{DEVICE_CODE_LIFETIME, DeviceRequest, POLLING_INTERVAL};
use latchkey_core::Secret;
use latchkey_protocol::{AuthorizationDetails, ErrorCode, GrantType, OAuthError, Params, Scope};
use latchkey_tenants::{Client, ResourceServers};
use latchkey_web::TenantContext;
use serde::Serialize;

use crate::Services;
use crate::asked::{Asked, Grantable};
use crate::client_authentication::ClientRequest;
use crate::error::EndpointError;
use crate::no_store::NoStore;

/// What the device asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DeviceAuthorizationRequest {
    scope: Option<String>,
    /// RFC 8707 §2.
    unverified_resources: Vec<String>,
    /// RFC 9396 §2.
    unverified_details: Option<AuthorizationDetails>,
}

impl TryFrom<Params> for DeviceAuthorizationRequest {
    type Error = OAuthError;

    fn try_from(mut params: Params) -> Result<Self, OAuthError> {
        Ok(Self {
            scope: params.optional("scope"),
            unverified_resources: params.all("resource"),
            unverified_details: AuthorizationDetails::parse_optional(params.optional("authorization_details"))?,
        })
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
    let servers = services.directory.resource_servers(&context.tenant.id).await?;
    let Grantable { scope, audience } = request.check(&client, &servers)?;

    let authorization_details = request.unverified_details.as_ref().map(AuthorizationDetails::to_value);
    let request = DeviceRequest { client_id: client.client_id.clone(), scope, audience, authorization_details };
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

impl DeviceAuthorizationRequest {
    /// What is granted if the user agrees: of a request that says neither scope nor details, all that the client is
    /// registered for (RFC 6749 §3.3). The user is always asked, and sees it.
    fn check(&self, client: &Client, servers: &ResourceServers) -> Result<Grantable, OAuthError> {
        let malformed = || OAuthError::new(ErrorCode::InvalidScope, "the scope is malformed");
        let scope = match &self.scope {
            Some(text) => Scope::parse(text).ok_or_else(malformed)?,
            None if self.unverified_details.is_some() => Scope::default(),
            None => client.metadata.scope.clone(),
        };
        let (unverified_resources, unverified_details) = (&self.unverified_resources, self.unverified_details.as_ref());
        Asked { scope: &scope, unverified_resources, unverified_details }.check(client, servers)
    }
}
