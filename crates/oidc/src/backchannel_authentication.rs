//! The backchannel authentication endpoint,
//! [OpenID Connect CIBA Core §7](https://openid.net/specs/openid-client-initiated-backchannel-authentication-core-1_0.html#auth_request).

mod request;
mod signed;

use actix_web::web;
use latchkey_auth::{BackchannelRequest, Delivery, Hint, POLLING_INTERVAL};
use latchkey_core::Secret;
use latchkey_protocol::{AuthorizationDetails, DeliveryMode, ErrorCode, GrantType, OAuthError, Params};
use latchkey_web::TenantContext;
use serde::Serialize;

use crate::Services;
use crate::asked::Grantable;
use crate::client_authentication::{AuthenticatedClient, ClientRequest};
use crate::error::EndpointError;
use crate::no_store::NoStore;

use request::{AuthenticationRequest, HintParams};

/// The parameters as they were sent: what they mean depends on how the client is registered.
pub(crate) struct UnverifiedParams(Params);

impl TryFrom<Params> for UnverifiedParams {
    type Error = OAuthError;

    fn try_from(params: Params) -> Result<Self, OAuthError> {
        Ok(Self(params))
    }
}

/// §7.3.
#[derive(Serialize)]
pub(crate) struct AuthenticationResponse {
    auth_req_id: Secret<String>,
    expires_in: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    interval: Option<u64>,
}

/// Authenticates the client, reads its request, and lets it wait for the user.
pub(crate) async fn backchannel_authentication(
    context: TenantContext,
    call: ClientRequest<UnverifiedParams>,
    services: web::Data<Services>,
) -> Result<NoStore<AuthenticationResponse>, EndpointError> {
    let ClientRequest { credentials, request: UnverifiedParams(params) } = call;
    let client = services.authenticate_client(&context.tenant, &credentials).await?;
    client.require_confidential()?;
    client.require_grant_type(GrantType::Ciba)?;
    let params = services.verify_signed_request(&context, &client, params).await?;
    let request = AuthenticationRequest::parse(params)?;
    let Grantable { scope, audience } = services.check_asked(&context, &client, &request).await?;
    let hint = services.verify_hint(&context, &client, &request.hint).await?;
    let delivery = delivery(&client, &request)?;

    let interval = (delivery.mode() != DeliveryMode::Push).then_some(POLLING_INTERVAL.as_secs());
    let now = services.clock.now();
    let waiting = BackchannelRequest {
        client_id: client.client_id.clone(),
        client_name: client.name.clone(),
        client_names: client.names(),
        scope,
        audience,
        authorization_details: request.unverified_details.as_ref().map(AuthorizationDetails::to_value),
        binding_message: request.binding_message,
        delivery,
        created_at: now,
        expires_at: now.plus(request.expiry),
    };
    let page = format!("{}/requests", context.issuer);
    let auth_req_id = services.backchannel.begin(&context.tenant, hint, waiting, &page).await?;
    Ok(NoStore(AuthenticationResponse { auth_req_id, expires_in: request.expiry.as_secs(), interval }))
}

/// §7.1: a client that is notified sends a token by which it knows us.
fn delivery(client: &AuthenticatedClient, request: &AuthenticationRequest) -> Result<Delivery, OAuthError> {
    let token = || {
        let missing = || OAuthError::invalid_request("client_notification_token is missing");
        request.client_notification_token.clone().ok_or_else(missing)
    };
    Ok(match client.metadata.backchannel_token_delivery_mode {
        None | Some(DeliveryMode::Poll) => Delivery::Poll,
        Some(DeliveryMode::Ping) => Delivery::Ping { token: token()? },
        Some(DeliveryMode::Push) => Delivery::Push { token: token()? },
    })
}

impl Services {
    async fn check_asked(
        &self,
        context: &TenantContext,
        client: &AuthenticatedClient,
        request: &AuthenticationRequest,
    ) -> Result<Grantable, EndpointError> {
        let servers = self.directory.resource_servers(&context.tenant.id).await?;
        let asked = request.asked().check(client, &servers)?;
        // §7.1: a user is authenticated.
        if !asked.scope.contains("openid") {
            return Err(OAuthError::new(ErrorCode::InvalidScope, "the scope must hold openid").into());
        }
        Ok(asked)
    }

    /// Whom the client means. That nobody of that name exists is not told (§13 has an error for it): whoever holds a
    /// client's secret could otherwise find out who has an account. The request waits, and expires.
    async fn verify_hint(
        &self,
        context: &TenantContext,
        client: &AuthenticatedClient,
        hint: &HintParams,
    ) -> Result<Hint, EndpointError> {
        match hint {
            HintParams::Login(login) => Ok(Hint::Login(login.clone())),
            HintParams::IdToken(unverified) => {
                let found = self.verify_id_token_hint(context, unverified).await?;
                // §7.1: an ID token that was issued to this client.
                let own = found.filter(|hint| hint.audience.iter().any(|aud| aud == client.client_id.as_str()));
                let refused = || OAuthError::invalid_request("id_token_hint is no ID token of this client");
                Ok(Hint::User(own.ok_or_else(refused)?.user_id))
            }
        }
    }
}
