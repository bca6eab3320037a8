//! What a granted request is answered with: a code, tokens, or both.

use actix_web::HttpResponse;
use latchkey_auth::{ActiveSession, Interaction};
use latchkey_core::{Secret, UtcTime};
use latchkey_protocol::{AuthorizationDetails, Confirmation, ErrorCode, GrantType, OAuthError};
use latchkey_tokens::{Authentication, CodePayload, Granting, NewGrant, RefreshIssue};
use latchkey_web::WebError;

use super::Exchange;
use super::decision::told_acr;
use super::kept::Origin;
use super::proceed::authentication;
use super::pushed::invalid_request_uri;
use super::response::{AuthorizationResponse, ResponseTarget};
use super::understand::Checked;
use crate::claims_policy::granted_claims;
use crate::error::EndpointError;
use crate::page_error::unavailable_or_internal;
use crate::token::{FrontChannelRequest, FrontChannelTokens, Granted};

impl Exchange<'_> {
    /// Issues what was asked for. An interaction is taken first: of two continuations that race, one gets here.
    pub(super) async fn issue(
        &self,
        checked: &Checked,
        interaction: Option<&Interaction>,
        active: &ActiveSession,
        now: UtcTime,
    ) -> Result<HttpResponse, WebError> {
        if checked.request.misses_acr_values(&active.session.acr) {
            let client_id = &checked.client.client_id;
            tracing::debug!(%client_id, acr = active.session.acr, "issuing a code with none of the acr_values");
        }
        self.finish(interaction).await?;
        if let Err(error) = self.spend(&checked.kept.origin).await? {
            return Ok(self.error_page(&error));
        }
        let response = match self.grant(checked, active, now).await {
            Ok(response) => response,
            Err(error) => AuthorizationResponse::Error(told_to_client(error)?),
        };
        let granted = matches!(response, AuthorizationResponse::Granted { .. });
        // A request that is no OpenID Connect request has no session to manage.
        let (client_id, redirect_uri) = (&checked.client.client_id, &checked.target.redirect_uri);
        let manages = granted && checked.scope.contains("openid");
        let session_state = manages.then(|| self.session_state(client_id, redirect_uri)).transpose()?.flatten();
        self.respond(&ResponseTarget { session_state, ..checked.target.clone() }, response).await
    }

    /// Answers a request without granting it; a pushed one is spent by that, too.
    pub(super) async fn answer(
        &self,
        checked: &Checked,
        response: AuthorizationResponse,
    ) -> Result<HttpResponse, WebError> {
        match self.spend(&checked.kept.origin).await? {
            Ok(()) => self.respond(&checked.target, response).await,
            Err(error) => Ok(self.error_page(&error)),
        }
    }

    /// RFC 9126 §7.3: a pushed request is answered once.
    async fn spend(&self, origin: &Origin) -> Result<Result<(), OAuthError>, WebError> {
        let Origin::Pushed(id) = origin else { return Ok(Ok(())) };
        let spent = self.services.spend_pushed(&self.context.tenant.id, id).await.map_err(unavailable_or_internal)?;
        Ok(if spent { Ok(()) } else { Err(invalid_request_uri()) })
    }

    async fn grant(
        &self,
        checked: &Checked,
        active: &ActiveSession,
        now: UtcTime,
    ) -> Result<AuthorizationResponse, EndpointError> {
        let response_type = checked.request.response_type;
        let grant = self.new_grant(checked, active)?;
        let code = match response_type.has_code() {
            true => Some(self.issue_code(checked, grant.clone(), now).await?),
            false => None,
        };
        let tokens = if response_type.has_token() || response_type.has_id_token() {
            self.issue_tokens(checked, grant, code.as_ref()).await?
        } else {
            FrontChannelTokens::default()
        };
        Ok(AuthorizationResponse::Granted { code, tokens })
    }

    async fn issue_code(
        &self,
        checked: &Checked,
        grant: NewGrant,
        now: UtcTime,
    ) -> Result<Secret<String>, EndpointError> {
        let request = &checked.request;
        let payload = CodePayload {
            grant,
            redirect_uri: checked.target.redirect_uri.clone(),
            nonce: request.nonce.clone(),
            code_challenge: request.code_challenge.as_ref().map(|challenge| challenge.as_str().to_owned()),
            issued_at: now,
        };
        Ok(self.services.tokens.begin_code(&self.context.tenant.id, &payload).await?)
    }

    /// Tokens from here hang on a grant of their own, so that they can be revoked; the code buys another.
    async fn issue_tokens(
        &self,
        checked: &Checked,
        grant: NewGrant,
        code: Option<&Secret<String>>,
    ) -> Result<FrontChannelTokens, EndpointError> {
        let new = NewGrant { grant_type: GrantType::Implicit, offline: false, confirmation: None, ..grant };
        let stored = self.services.tokens.store_grant(&self.context.tenant, &new, RefreshIssue::Withhold).await?;
        let Granting::Granted { grant, .. } = stored else {
            return Err(OAuthError::new(ErrorCode::LoginRequired, "the user must sign in").into());
        };
        let granted = Granted::user(*grant, None, checked.request.nonce.clone());
        let request = FrontChannelRequest {
            response_type: checked.request.response_type,
            code,
            state: checked.target.state.as_deref(),
        };
        self.services.issue_at_authorization(self.context, &checked.client, granted, request).await
    }

    fn new_grant(&self, checked: &Checked, active: &ActiveSession) -> Result<NewGrant, EndpointError> {
        let claims = granted_claims(&checked.request.claims, &checked.client);
        let claims = (!claims.is_empty()).then(|| serde_json::to_value(&claims));
        Ok(NewGrant {
            grant_type: GrantType::AuthorizationCode,
            client_id: checked.client.client_id.clone(),
            user_id: active.user.id.clone(),
            session_id: Some(active.session.id.clone()),
            scope: checked.scope.clone(),
            audience: checked.audience.clone(),
            authentication: Authentication {
                acr: told_acr(&checked.request.claims, &active.session.acr),
                ..authentication(active)
            },
            claims: claims.transpose().map_err(|error| EndpointError::Internal(error.into()))?,
            offline: checked.scope.contains("offline_access"),
            confirmation: checked.request.dpop_jkt.clone().map(Confirmation::Jkt),
            authorization_details: checked.request.authorization_details.as_ref().map(AuthorizationDetails::to_value),
            actor: None,
        })
    }
}

/// What the client hears of a grant that was refused; a failure of ours is a page.
fn told_to_client(error: EndpointError) -> Result<OAuthError, WebError> {
    match error {
        EndpointError::OAuth(error) => Ok(error),
        EndpointError::Unavailable(source) => Err(WebError::Unavailable(source)),
        EndpointError::Internal(source) => Err(WebError::Internal(source)),
        other => Ok(OAuthError::with_detail(ErrorCode::InvalidRequest, &other.to_string())),
    }
}
