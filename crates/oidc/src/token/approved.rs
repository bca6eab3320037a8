//! The grant of a request that the user approved elsewhere: what a device and CIBA end with.

use latchkey_auth::Approval;
use latchkey_protocol::{Confirmation, GrantType, Scope};
use latchkey_tokens::{Authentication, Granting, NewGrant, RefreshIssue};
use latchkey_web::TenantContext;

use super::issue::Granted;
use crate::Services;
use crate::client_authentication::AuthenticatedClient;
use crate::error::EndpointError;
use crate::scope_policy::audience;

/// What the user approved; whoever makes one has spent what it was approved by.
pub(super) struct ApprovedRequest<'a> {
    pub(super) grant_type: GrantType,
    pub(super) scope: Scope,
    pub(super) approval: Approval,
    /// The key of the client that asks for the tokens.
    pub(super) confirmation: Option<&'a Confirmation>,
}

impl Services {
    /// Stores the grant; `None` when the session or the user that approved is no more.
    pub(super) async fn store_approved(
        &self,
        context: &TenantContext,
        client: &AuthenticatedClient,
        approved: ApprovedRequest<'_>,
    ) -> Result<Option<Granted>, EndpointError> {
        let ApprovedRequest { grant_type, scope, approval, confirmation } = approved;
        let servers = self.directory.resource_servers(&context.tenant.id).await?;
        let new = NewGrant {
            grant_type,
            client_id: client.client_id.clone(),
            user_id: approval.user_id,
            session_id: Some(approval.session_id),
            audience: audience(&scope, client, &servers),
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
            authorization_details: None,
            actor: None,
        };
        let refresh =
            if client.may_use_grant(GrantType::RefreshToken) { RefreshIssue::Issue } else { RefreshIssue::Withhold };
        match self.tokens.store_grant(&context.tenant, &new, refresh).await? {
            Granting::Granted { grant, refresh_token } => Ok(Some(Granted::user(*grant, refresh_token, None))),
            Granting::Refused(reason) => {
                tracing::info!(client_id = %client.client_id, %reason, "approved request refused");
                Ok(None)
            }
        }
    }
}
