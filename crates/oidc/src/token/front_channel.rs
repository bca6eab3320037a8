//! Tokens from the authorization endpoint: OpenID Connect Core §3.2 and §3.3, RFC 6749 §4.2. Legacy.

use latchkey_core::Secret;
use latchkey_protocol::{ResponseType, Scope, TokenType};
use latchkey_tenants::{ClaimPlace, Client};
use latchkey_web::TenantContext;

use super::id_token::{IdTokenClaimsOf, IdTokenRequest};
use super::issue::{Granted, GrantedSubject, Issuing};
use crate::Services;
use crate::error::EndpointError;

/// What the answer holds, and what its ID token binds itself to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FrontChannelRequest<'a> {
    pub(crate) response_type: ResponseType,
    /// The code beside it.
    pub(crate) code: Option<&'a Secret<String>>,
    /// The `state` of the request.
    pub(crate) state: Option<&'a str>,
}

/// Tokens that an authorization response holds.
#[derive(Clone, Debug, Default)]
pub(crate) struct FrontChannelTokens {
    pub(crate) access_token: Option<FrontChannelToken>,
    pub(crate) id_token: Option<Secret<String>>,
}

/// An access token that an authorization response holds.
#[derive(Clone, Debug)]
pub(crate) struct FrontChannelToken {
    pub(crate) token: Secret<String>,
    pub(crate) token_type: TokenType,
    /// Its life, in seconds.
    pub(crate) expires_in: u64,
    pub(crate) scope: Scope,
}

impl Services {
    /// Issues what the response type asks for, through the same gate as the token endpoint.
    pub(crate) async fn issue_at_authorization(
        &self,
        context: &TenantContext,
        client: &Client,
        granted: Granted,
        request: FrontChannelRequest<'_>,
    ) -> Result<FrontChannelTokens, EndpointError> {
        let has_token = request.response_type.has_token();
        let issuing = if has_token { Issuing::AccessToken } else { Issuing::IdTokenOnly };
        let (granted, admission) = self.admit(context, client, granted, issuing).await?;
        let sub = self.subject_of(context, client, &granted).await?;
        let access_token = match has_token {
            true => {
                let servers = self.directory.resource_servers(&context.tenant.id).await?;
                let narrowed = granted.for_access_token(client, &servers);
                Some(self.issue_access_token(context, client, (&narrowed, &admission, &sub)).await?)
            }
            false => None,
        };
        let wants_id_token = request.response_type.has_id_token() && granted.scope.contains("openid");
        let id_token = match &granted.subject {
            GrantedSubject::User(grant) if wants_id_token => {
                let id_token = IdTokenRequest {
                    grant,
                    sub: &sub,
                    scope: &granted.scope,
                    nonce: granted.nonce.clone(),
                    access_token: access_token.as_ref().map(|access_token| &access_token.token),
                    ds_hash: None,
                    code: request.code,
                    state: request.state,
                    claims_of: claims_of(request.response_type),
                    mapped: admission.mapped_claims(self, context, client, (&granted, ClaimPlace::IdToken)).claims,
                    pushed: None,
                };
                Some(self.issue_id_token(context, client, id_token).await?)
            }
            _ => None,
        };
        self.metrics.tokens_issued(granted.grant_type.as_str());
        let access_token = access_token.map(|issued| FrontChannelToken {
            token: issued.token,
            token_type: granted.token_type(),
            expires_in: issued.lifetime.as_secs(),
            scope: granted.scope.clone(),
        });
        Ok(FrontChannelTokens { access_token, id_token })
    }
}

/// OpenID Connect Core §5.4: where no access token is ever issued, the claims of the scope stand in the ID token.
fn claims_of(response_type: ResponseType) -> IdTokenClaimsOf {
    if response_type == ResponseType::IdToken { IdTokenClaimsOf::Scope } else { IdTokenClaimsOf::RequestOnly }
}
