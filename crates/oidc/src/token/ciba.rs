//! The CIBA grant, OpenID Connect CIBA Core §10.1 and §11.

use latchkey_auth::{Approval, BackchannelRequest, Polled};
use latchkey_core::Secret;
use latchkey_protocol::{Confirmation, DeliveryMode, ErrorCode, GrantType, OAuthError, TokenResponse};
use latchkey_web::TenantContext;

use super::approved::ApprovedRequest;
use super::issue::Granted;
use crate::Services;
use crate::client_authentication::AuthenticatedClient;
use crate::error::EndpointError;

/// What the client presents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CibaParams {
    pub(crate) auth_req_id: Secret<String>,
}

impl Services {
    /// The tokens of an approved request, to be pushed; whoever calls this has spent it.
    pub(crate) async fn issue_pushed(
        &self,
        context: &TenantContext,
        client: &AuthenticatedClient,
        (request, approval): (BackchannelRequest, Approval),
        auth_req_id: &Secret<String>,
    ) -> Result<TokenResponse, EndpointError> {
        // What was registered when the user answered may have been taken back since.
        client.require_grant_type(GrantType::Ciba)?;
        let approved = ApprovedRequest::of_backchannel(request, approval);
        let granted = self.store_approved(context, client, approved, None).await?;
        let granted = granted.ok_or_else(|| OAuthError::invalid_grant("the user or the session is no more"))?;
        let granted = Granted { auth_req_id: Some(auth_req_id.clone()), ..granted };
        self.issue_tokens(context, client, granted).await
    }

    /// Redeems the request once its user has approved; until then the client is told how things stand.
    pub(super) async fn redeem_auth_req_id(
        &self,
        context: &TenantContext,
        client: &AuthenticatedClient,
        params: &CibaParams,
        confirmation: Option<&Confirmation>,
    ) -> Result<Granted, EndpointError> {
        client.require_confidential()?;
        let refuse = |code, description| Err(OAuthError::new(code, description).into());
        // §11: the tokens of such a client go another way.
        if client.metadata.backchannel_token_delivery_mode == Some(DeliveryMode::Push) {
            return refuse(ErrorCode::UnauthorizedClient, "the tokens of this client are pushed");
        }
        let polled = self.backchannel.poll(&context.tenant.id, &client.client_id, &params.auth_req_id).await?;
        let (request, approval) = match polled {
            Polled::Approved { request, approval } => (request, *approval),
            Polled::Pending => return refuse(ErrorCode::AuthorizationPending, "the user has not answered yet"),
            Polled::TooFast => return refuse(ErrorCode::SlowDown, "wait five seconds longer between requests"),
            Polled::Denied => return refuse(ErrorCode::AccessDenied, "the user denied the request"),
            Polled::Expired => return refuse(ErrorCode::ExpiredToken, "the user did not answer in time"),
            Polled::Unknown => {
                let reason = "the auth_req_id is unknown, spent, or was issued to another client";
                return Err(OAuthError::invalid_grant(reason).into());
            }
        };
        let approved = ApprovedRequest::of_backchannel(request, approval);
        match self.store_approved(context, client, approved, confirmation).await? {
            Some(granted) => Ok(granted),
            None => Err(OAuthError::invalid_grant("the user or the session that approved is no more").into()),
        }
    }
}
