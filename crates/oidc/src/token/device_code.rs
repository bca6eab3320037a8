//! The device code grant, [RFC 8628 §3.4](https://www.rfc-editor.org/rfc/rfc8628#section-3.4).

use latchkey_auth::Polled;
use latchkey_core::Secret;
use latchkey_protocol::{Confirmation, ErrorCode, OAuthError};
use latchkey_web::TenantContext;

use super::approved::ApprovedRequest;
use super::issue::Granted;
use crate::Services;
use crate::client_authentication::AuthenticatedClient;
use crate::error::EndpointError;

/// What the device presents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DeviceCodeParams {
    pub(crate) device_code: Secret<String>,
}

impl Services {
    /// Redeems the device code once its user has approved; until then the device is told how things stand (§3.5).
    pub(super) async fn redeem_device_code(
        &self,
        context: &TenantContext,
        client: &AuthenticatedClient,
        params: &DeviceCodeParams,
        confirmation: Option<&Confirmation>,
    ) -> Result<Granted, EndpointError> {
        let polled = self.devices.poll(&context.tenant.id, &client.client_id, &params.device_code).await?;
        let refuse = |code, description| Err(OAuthError::new(code, description).into());
        let (request, approval) = match polled {
            Polled::Approved { request, approval } => (request, *approval),
            Polled::Pending => return refuse(ErrorCode::AuthorizationPending, "the user has not answered yet"),
            Polled::TooFast => return refuse(ErrorCode::SlowDown, "wait five seconds longer between requests"),
            Polled::Denied => return refuse(ErrorCode::AccessDenied, "the user denied the request"),
            Polled::Expired => return refuse(ErrorCode::ExpiredToken, "the user did not answer in time"),
            Polled::Unknown => return Err(unknown()),
        };
        let approved = ApprovedRequest::of_device(request, approval);
        match self.store_approved(context, client, approved, confirmation).await? {
            Some(granted) => Ok(granted),
            None => Err(OAuthError::invalid_grant("the user or the session that approved is no more").into()),
        }
    }
}

fn unknown() -> EndpointError {
    OAuthError::invalid_grant("the device code is unknown, spent, or was issued to another client").into()
}
