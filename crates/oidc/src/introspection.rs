//! Token introspection, [RFC 7662](https://www.rfc-editor.org/rfc/rfc7662).

use actix_web::{HttpRequest, HttpResponse, web};
use latchkey_core::{ClientId, Secret};
use latchkey_protocol::{ActiveToken, Confirmation, IntrospectionResponse, OAuthError, Params};
use latchkey_tenants::ResourceServers;
use latchkey_tokens::{ActiveAccessToken, Grant};
use latchkey_web::TenantContext;
use serde_json::Map;

use crate::Services;
use crate::client_authentication::{AuthenticatedClient, ClientRequest};
use crate::error::EndpointError;
use crate::jwt_introspection::is_asked_for;
use crate::no_store::forbid_storing;

/// The token asked about. `token_type_hint` is not needed: the two kinds are told apart by their form.
pub(crate) struct IntrospectionRequest {
    token: Secret<String>,
}

impl TryFrom<Params> for IntrospectionRequest {
    type Error = OAuthError;

    fn try_from(mut params: Params) -> Result<Self, OAuthError> {
        Ok(Self { token: Secret::new(params.required("token")?) })
    }
}

/// Tells a confidential client about its own token, or a resource server's client about a token meant for it.
pub(crate) async fn introspect(
    context: TenantContext,
    request: HttpRequest,
    call: ClientRequest<IntrospectionRequest>,
    services: web::Data<Services>,
) -> Result<HttpResponse, EndpointError> {
    let caller = services.authenticate_client(&context.tenant, &call.credentials).await?;
    // RFC 7662 §2.1: who cannot authenticate could scan for tokens.
    caller.require_confidential()?;
    let response = services.introspect(&context, &caller, call.request.token.expose()).await?;
    // RFC 9701 §4: a JWT where the caller accepts one.
    if is_asked_for(&request) {
        return services.sign_introspection(&context, &caller, &response).await;
    }
    Ok(forbid_storing(&mut HttpResponse::Ok()).json(response))
}

impl Services {
    async fn introspect(
        &self,
        context: &TenantContext,
        caller: &AuthenticatedClient,
        token: &str,
    ) -> Result<IntrospectionResponse, EndpointError> {
        let found = self.tokens.find_access_token(&context.issuer, &context.tenant, token).await?;
        if let Some(active) = found {
            let servers = self.directory.resource_servers(&context.tenant.id).await?;
            let response = if may_see(&caller.client_id, &active, &servers) {
                access_token(active)
            } else {
                IntrospectionResponse::Inactive
            };
            return Ok(response);
        }
        let grant = self.tokens.find_refresh_token(&context.tenant, token).await?;
        let grant = grant.filter(|grant| grant.client_id == caller.client_id);
        let Some(grant) = grant else { return Ok(IntrospectionResponse::Inactive) };
        let sub = self.subject_for(context, caller, &grant.user_id).await?;
        Ok(refresh_token(grant, sub, context.issuer.clone()))
    }
}

/// RFC 7662 §4: a token of others is as good as unknown.
pub(crate) fn may_see(caller: &ClientId, token: &ActiveAccessToken, servers: &ResourceServers) -> bool {
    let mut listed = token.audience.iter().filter_map(|audience| servers.find(audience));
    token.client_id == *caller || listed.any(|server| server.settings.introspection_clients.contains(caller))
}

fn access_token(token: ActiveAccessToken) -> IntrospectionResponse {
    let grant = token.grant;
    IntrospectionResponse::Active(Box::new(ActiveToken {
        iss: token.issuer,
        client_id: token.client_id,
        scope: token.scope,
        aud: token.audience,
        sub: token.subject,
        username: None,
        token_type: Some(if matches!(token.confirmation, Some(Confirmation::Jkt(_))) { "DPoP" } else { "Bearer" }),
        iat: Some(token.issued_at.unix_seconds()),
        exp: token.expires_at.unix_seconds(),
        jti: Some(token.jti),
        auth_time: grant.as_ref().map(|grant| grant.authentication.auth_time.unix_seconds()),
        acr: grant.as_ref().map(|grant| grant.authentication.acr.clone()),
        sid: grant.and_then(|grant| grant.session_id),
        cnf: token.confirmation,
        act: token.actor,
        authorization_details: token.authorization_details,
        added: token.claims,
    }))
}

fn refresh_token(grant: Grant, sub: String, issuer: String) -> IntrospectionResponse {
    IntrospectionResponse::Active(Box::new(ActiveToken {
        iss: issuer,
        client_id: grant.client_id,
        scope: grant.scope,
        aud: grant.audience,
        sub,
        username: None,
        token_type: None,
        iat: Some(grant.created_at.unix_seconds()),
        exp: grant.expires_at.unix_seconds(),
        jti: None,
        auth_time: Some(grant.authentication.auth_time.unix_seconds()),
        acr: Some(grant.authentication.acr),
        sid: grant.session_id,
        cnf: grant.confirmation,
        act: grant.actor,
        authorization_details: grant.authorization_details,
        added: Map::new(),
    }))
}
