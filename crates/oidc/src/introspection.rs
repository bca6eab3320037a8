//! Token introspection, [RFC 7662](https://www.rfc-editor.org/rfc/rfc7662).

use actix_web::{HttpRequest, HttpResponse, web};
use latchkey_core::{ClientId, Secret};
use latchkey_protocol::{ActiveToken, Confirmation, IntrospectionResponse, OAuthError, Params, Scope};
use latchkey_tenants::{ResourceServer, ResourceServers};
use latchkey_tokens::{ActiveAccessToken, ApiKey, Grant, is_api_key};
use latchkey_web::TenantContext;
use serde_json::Map;

use crate::Services;
use crate::authorization_details::details_for;
use crate::client_authentication::{AuthenticatedClient, ClientRequest};
use crate::error::EndpointError;
use crate::jwt_introspection::is_asked_for;
use crate::no_store::forbid_storing;

/// `token_type_hint` of a bare client id; not registered, for nobody else calls that a token.
const CLIENT_ID_HINT: &str = "client_id";

/// The token asked about. Kinds are told apart by their form; only that a token is a bare client id must be said.
pub(crate) struct IntrospectionRequest {
    token: Secret<String>,
    names_client: bool,
}

impl TryFrom<Params> for IntrospectionRequest {
    type Error = OAuthError;

    fn try_from(mut params: Params) -> Result<Self, OAuthError> {
        let names_client = params.optional("token_type_hint").as_deref() == Some(CLIENT_ID_HINT);
        Ok(Self { token: Secret::new(params.required("token")?), names_client })
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
    let token = call.request.token.expose();
    let response = match call.request.names_client {
        true => services.introspect_client_id(&context, &caller, token).await?,
        false => services.introspect(&context, &caller, token).await?,
    };
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
            if !may_see(&caller.client_id, &active, &servers) {
                return Ok(IntrospectionResponse::Inactive);
            }
            return Ok(access_token(for_caller(active, &caller.client_id, &servers)));
        }
        if is_api_key(token) {
            return self.introspect_api_key(context, caller, token).await;
        }
        let grant = self.tokens.find_refresh_token(&context.tenant, token).await?;
        let grant = grant.filter(|grant| grant.client_id == caller.client_id);
        let Some(grant) = grant else { return Ok(IntrospectionResponse::Inactive) };
        let sub = self.subject_for(context, caller, &grant.user_id).await?;
        Ok(refresh_token(grant, sub, context.issuer.clone()))
    }
}

impl Services {
    /// An API key, told to those who introspect for its resource server and to nobody else.
    async fn introspect_api_key(
        &self,
        context: &TenantContext,
        caller: &AuthenticatedClient,
        token: &str,
    ) -> Result<IntrospectionResponse, EndpointError> {
        let servers = self.directory.resource_servers(&context.tenant.id).await?;
        let found = self.tokens.find_api_key(&context.tenant.id, token).await?;
        let own = |key: &ApiKey| servers_of(&caller.client_id, &servers).find(|server| server.audience == key.audience);
        let Some((key, server)) = found.and_then(|key| own(&key).map(|server| (key, server))) else {
            return Ok(IntrospectionResponse::Inactive);
        };
        self.tokens.touch_api_key(&context.tenant.id, &key).await?;
        // What the server defines can have shrunk since the key was made.
        let scope = key.scope.iter().filter(|token| server.defines(token)).collect();
        Ok(IntrospectionResponse::Active(Box::new(ActiveToken {
            scope,
            aud: vec![key.audience],
            sub: key.id.to_string(),
            token_type: Some("api_key"),
            iat: Some(key.created_at.unix_seconds()),
            exp: key.expires_at.map(|time| time.unix_seconds()),
            jti: Some(key.id.to_string()),
            ..bare(&context.issuer)
        })))
    }

    /// A bare client id, which proves nothing: worth the public scope of the servers that take one, and only there.
    async fn introspect_client_id(
        &self,
        context: &TenantContext,
        caller: &AuthenticatedClient,
        token: &str,
    ) -> Result<IntrospectionResponse, EndpointError> {
        let Some(client_id) = token.parse::<ClientId>().ok() else { return Ok(IntrospectionResponse::Inactive) };
        let Some(client) = self.find_known_client(&context.tenant, &client_id).await? else {
            return Ok(IntrospectionResponse::Inactive);
        };
        let servers = self.directory.resource_servers(&context.tenant.id).await?;
        let open = servers_of(&caller.client_id, &servers)
            .filter(|server| server.settings.client_id_only && client.metadata.audiences.contains(&server.audience));
        let open: Vec<&ResourceServer> = open.collect();
        if open.is_empty() {
            return Ok(IntrospectionResponse::Inactive);
        }
        let scope = open.iter().fold(Scope::default(), |scope, server| scope.union(&server.settings.public_scope));
        Ok(IntrospectionResponse::Active(Box::new(ActiveToken {
            client_id: Some(client_id.clone()),
            scope,
            aud: open.iter().map(|server| server.audience.clone()).collect(),
            sub: client_id.to_string(),
            token_type: Some("client_id"),
            ..bare(&context.issuer)
        })))
    }
}

/// An answer that says nothing yet.
fn bare(issuer: &str) -> ActiveToken {
    ActiveToken {
        iss: issuer.to_owned(),
        client_id: None,
        scope: Scope::default(),
        aud: Vec::new(),
        sub: String::new(),
        username: None,
        token_type: None,
        iat: None,
        exp: None,
        jti: None,
        auth_time: None,
        acr: None,
        sid: None,
        cnf: None,
        act: None,
        authorization_details: None,
        added: Map::new(),
    }
}

/// RFC 7662 §4: a token of others is as good as unknown.
pub(crate) fn may_see(caller: &ClientId, token: &ActiveAccessToken, servers: &ResourceServers) -> bool {
    let mut listed = token.audience.iter().filter_map(|audience| servers.find(audience));
    token.client_id == *caller || listed.any(|server| server.settings.introspection_clients.contains(caller))
}

/// RFC 9396 §9.2: a resource server learns the details that are for it, of a token that is for others, too.
fn for_caller(token: ActiveAccessToken, caller: &ClientId, servers: &ResourceServers) -> ActiveAccessToken {
    if token.client_id == *caller {
        return token;
    }
    let own = servers_of(caller, servers).map(|server| server.audience.clone());
    let audience: Vec<String> = own.filter(|audience| token.audience.contains(audience)).collect();
    let authorization_details = details_for(token.authorization_details.as_ref(), &audience, servers);
    ActiveAccessToken { authorization_details, ..token }
}

/// The resource servers that a client introspects for.
fn servers_of<'a>(caller: &'a ClientId, servers: &'a ResourceServers) -> impl Iterator<Item = &'a ResourceServer> + 'a {
    servers.iter().filter(move |server| server.settings.introspection_clients.contains(caller))
}

fn access_token(token: ActiveAccessToken) -> IntrospectionResponse {
    let grant = token.grant;
    IntrospectionResponse::Active(Box::new(ActiveToken {
        iss: token.issuer,
        client_id: Some(token.client_id),
        scope: token.scope,
        aud: token.audience,
        sub: token.subject,
        username: None,
        token_type: Some(if matches!(token.confirmation, Some(Confirmation::Jkt(_))) { "DPoP" } else { "Bearer" }),
        iat: Some(token.issued_at.unix_seconds()),
        exp: Some(token.expires_at.unix_seconds()),
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
        client_id: Some(grant.client_id),
        scope: grant.scope,
        aud: grant.audience,
        sub,
        username: None,
        token_type: None,
        iat: Some(grant.created_at.unix_seconds()),
        exp: Some(grant.expires_at.unix_seconds()),
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
