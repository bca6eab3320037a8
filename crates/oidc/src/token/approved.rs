//! The grant of a request that the user approved elsewhere: what a device and CIBA end with.

use latchkey_auth::{Approval, BackchannelRequest, DeviceRequest};
use latchkey_protocol::{Confirmation, GrantType, Scope};
use latchkey_tokens::{Authentication, Granting, NewGrant, RefreshIssue};
use latchkey_web::TenantContext;
use serde_json::Value;

use super::issue::Granted;
use crate::Services;
use crate::client_authentication::AuthenticatedClient;
use crate::error::EndpointError;

/// What the user approved; whoever makes one has spent what it was approved by.
pub(super) struct ApprovedRequest {
    grant_type: GrantType,
    scope: Scope,
    audience: Vec<String>,
    authorization_details: Option<Value>,
    approval: Approval,
}

impl ApprovedRequest {
    pub(super) fn of_device(request: DeviceRequest, approval: Approval) -> Self {
        let DeviceRequest { scope, audience, authorization_details, .. } = request;
        Self { grant_type: GrantType::DeviceCode, scope, audience, authorization_details, approval }
    }

    pub(super) fn of_backchannel(request: BackchannelRequest, approval: Approval) -> Self {
        let BackchannelRequest { scope, audience, authorization_details, .. } = request;
        Self { grant_type: GrantType::Ciba, scope, audience, authorization_details, approval }
    }
}

impl Services {
    /// Stores the grant; `None` when the session or the user that approved is no more. `confirmation` is the key of the
    /// client that asks for the tokens.
    pub(super) async fn store_approved(
        &self,
        context: &TenantContext,
        client: &AuthenticatedClient,
        approved: ApprovedRequest,
        confirmation: Option<&Confirmation>,
    ) -> Result<Option<Granted>, EndpointError> {
        let ApprovedRequest { grant_type, scope, audience, authorization_details, approval } = approved;
        let approved_at = approval.approved_at.unwrap_or(approval.authenticated_at);
        let new = NewGrant {
            grant_type,
            client_id: client.client_id.clone(),
            user_id: approval.user_id,
            session_id: Some(approval.session_id),
            audience,
            authentication: Authentication {
                auth_time: approval.authenticated_at,
                amr: approval.amr,
                acr: approval.acr,
            },
            claims: None,
            offline: scope.contains("offline_access"),
            scope,
            // RFC 9449 §5: what binds the refresh token of a public client; a confidential one authenticates.
            confirmation: confirmation.filter(|_| client.is_public()).cloned(),
            authorization_details,
            actor: None,
        };
        let refresh =
            if client.may_use_grant(GrantType::RefreshToken) { RefreshIssue::Issue } else { RefreshIssue::Withhold };
        match self.tokens.store_approved_grant(&context.tenant, (&new, approved_at), refresh).await? {
            Granting::Granted { grant, refresh_token } => Ok(Some(Granted::user(*grant, refresh_token, None))),
            Granting::Refused(reason) => {
                tracing::info!(client_id = %client.client_id, %reason, "approved request refused");
                Ok(None)
            }
        }
    }
}
