//! The refresh token grant, [RFC 6749 §6](https://www.rfc-editor.org/rfc/rfc6749#section-6), with rotation and reuse
//! detection (RFC 9700 §4.14.2).

use latchkey_core::Secret;
use latchkey_protocol::{Confirmation, ErrorCode, OAuthError, Scope};
use latchkey_tokens::Rotation;
use latchkey_web::TenantContext;

use super::issue::Granted;
use crate::Services;
use crate::client_authentication::AuthenticatedClient;
use crate::error::EndpointError;

/// What the client presents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RefreshParams {
    pub(crate) refresh_token: Secret<String>,
    /// Less than was granted, for the new access token only.
    pub(crate) scope: Option<String>,
}

impl Services {
    /// Spends the refresh token and takes its successor.
    pub(super) async fn rotate_refresh_token(
        &self,
        context: &TenantContext,
        client: &AuthenticatedClient,
        params: RefreshParams,
        confirmation: Option<&Confirmation>,
    ) -> Result<Granted, EndpointError> {
        let narrower = match &params.scope {
            Some(scope) => Some(self.check_scope(context, &params.refresh_token, scope).await?),
            None => None,
        };
        let rotation =
            self.tokens.rotate_refresh_token(&context.tenant, client, &params.refresh_token, confirmation).await?;
        match rotation {
            Rotation::Rotated { grant, refresh_token } | Rotation::Repeated { grant, refresh_token } => {
                Ok(Granted::refreshed(*grant, refresh_token, narrower))
            }
            Rotation::Reused => {
                self.metrics.refresh_token_reused();
                tracing::warn!(client_id = %client.client_id, "refresh token reused, its grant is revoked");
                Err(refused())
            }
            Rotation::Expired | Rotation::Revoked | Rotation::Unknown | Rotation::WrongClient | Rotation::WrongKey => {
                tracing::info!(client_id = %client.client_id, reason = ?reason(&rotation), "refresh token refused");
                Err(refused())
            }
        }
    }

    /// RFC 6749 §6: nothing that was not granted. Looked at before the rotation, so that a mistake costs no token.
    async fn check_scope(
        &self,
        context: &TenantContext,
        token: &Secret<String>,
        scope: &str,
    ) -> Result<Scope, EndpointError> {
        let beyond = || OAuthError::new(ErrorCode::InvalidScope, "the scope is malformed or beyond what was granted");
        let requested = Scope::parse(scope).filter(|scope| !scope.is_empty()).ok_or_else(beyond)?;
        match self.tokens.find_refresh_token(&context.tenant, token.expose()).await? {
            Some(grant) if !requested.is_subset(&grant.scope) => Err(beyond().into()),
            // A token that is not good is refused by the rotation, which also sees a reuse.
            _ => Ok(requested),
        }
    }
}

fn reason(rotation: &Rotation) -> &'static str {
    match rotation {
        Rotation::Expired => "expired",
        Rotation::Revoked => "revoked",
        Rotation::WrongClient => "issued to another client",
        Rotation::WrongKey => "bound to another key",
        _ => "unknown",
    }
}

fn refused() -> EndpointError {
    OAuthError::invalid_grant("the refresh token is unknown, expired, revoked or spent").into()
}
