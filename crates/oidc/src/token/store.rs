//! Storing what a request to the token endpoint bought without a code.

use latchkey_auth::ActiveSession;
use latchkey_protocol::{GrantType, OAuthError, Scope};
use latchkey_tokens::{Authentication, Granting, NewGrant, RefreshIssue};
use latchkey_web::TenantContext;

use super::issue::Granted;
use crate::Services;
use crate::client_authentication::AuthenticatedClient;
use crate::error::EndpointError;

impl Services {
    /// Stores a grant that was just verified, while its user and its session still stand.
    pub(super) async fn store_grant(
        &self,
        context: &TenantContext,
        grant: &NewGrant,
        refresh: RefreshIssue,
    ) -> Result<Granted, EndpointError> {
        match self.tokens.store_grant(&context.tenant, grant, refresh).await? {
            Granting::Granted { grant, refresh_token } => Ok(Granted::user(*grant, refresh_token, None)),
            Granting::Refused(reason) => {
                tracing::info!(client_id = %grant.client_id, %reason, "grant refused");
                Err(OAuthError::invalid_grant("the user or the session is not active").into())
            }
        }
    }
}

/// Whether a grant of that client comes with a refresh token.
pub(super) fn refresh_of(client: &AuthenticatedClient) -> RefreshIssue {
    if client.may_use_grant(GrantType::RefreshToken) { RefreshIssue::Issue } else { RefreshIssue::Withhold }
}

/// A grant within a session; its audience is for the caller to set.
pub(crate) fn grant_in_session(
    grant_type: GrantType,
    client: &AuthenticatedClient,
    active: ActiveSession,
    scope: Scope,
) -> NewGrant {
    NewGrant {
        grant_type,
        client_id: client.client_id.clone(),
        user_id: active.user.id,
        session_id: Some(active.session.id),
        audience: Vec::new(),
        authentication: Authentication {
            auth_time: active.session.authenticated_at,
            amr: active.session.amr,
            acr: active.session.acr,
        },
        claims: None,
        offline: scope.contains("offline_access"),
        scope,
        confirmation: None,
        authorization_details: None,
        actor: None,
    }
}
