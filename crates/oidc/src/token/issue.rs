//! Issuing the tokens of a verified grant: what every grant ends with.

use std::time::Duration;

use latchkey_core::Secret;
use latchkey_protocol::{AccessTokenFormat, Scope, SigningAlgorithm, TokenResponse, TokenType};
use latchkey_tenants::{Client, ResourceServer, ResourceServers, Tenant};
use latchkey_tokens::{AccessTokenRequest, Grant, Subject};
use latchkey_web::TenantContext;

use super::id_token::IdTokenRequest;
use crate::Services;
use crate::client_authentication::AuthenticatedClient;
use crate::error::EndpointError;
use crate::scope_policy::{OnBehalfOf, audience, grantable};

/// A verified grant, ready to be turned into tokens.
#[derive(Debug)]
pub(super) enum Granted {
    /// By a user.
    User {
        /// What was granted, whatever part of it this request is for.
        grant: Box<Grant>,
        /// What this request is for.
        scope: Scope,
        /// The next refresh token.
        refresh_token: Option<Secret<String>>,
        /// From the authorization request; an ID token by refresh has none (OpenID Connect Core §12.2).
        nonce: Option<String>,
    },
    /// To the client itself.
    Client {
        /// What it may do.
        scope: Scope,
    },
}

impl Granted {
    /// By an authorization code.
    pub(super) fn code(grant: Grant, refresh_token: Option<Secret<String>>, nonce: Option<String>) -> Self {
        Self::User { scope: grant.scope.clone(), grant: Box::new(grant), refresh_token, nonce }
    }

    /// By a refresh token; `narrower` is a part of the grant's scope, when the client asked for one.
    pub(super) fn refreshed(grant: Grant, refresh_token: Secret<String>, narrower: Option<Scope>) -> Self {
        let scope = narrower.map_or_else(|| grant.scope.clone(), |scope| scope.intersection(&grant.scope));
        Self::User { grant: Box::new(grant), scope, refresh_token: Some(refresh_token), nonce: None }
    }

    /// By client credentials.
    pub(super) fn client(scope: Scope) -> Self {
        Self::Client { scope }
    }
}

impl Services {
    /// Issues the access token and, where the grant calls for it, the ID token.
    pub(super) async fn issue_tokens(
        &self,
        context: &TenantContext,
        client: &AuthenticatedClient,
        granted: Granted,
    ) -> Result<TokenResponse, EndpointError> {
        let servers = self.directory.resource_servers(&context.tenant.id).await?;
        let (grant, scope, refresh_token, nonce) = match granted {
            Granted::User { grant, scope, refresh_token, nonce } => {
                // What the client may ask for can have shrunk since the grant.
                let scope = grantable(&scope, client, &servers, OnBehalfOf::User);
                (Some(grant), scope, refresh_token, nonce)
            }
            Granted::Client { scope } => (None, scope, None, None),
        };
        let audience = audience(&scope, client, &servers);
        let policy = AccessTokenPolicy::new(&context.tenant, client, &servers, &audience);
        let request = AccessTokenRequest {
            client_id: &client.client_id,
            subject: grant.as_deref().map_or(Subject::Client, Subject::User),
            scope: &scope,
            audience: &audience,
            format: policy.format,
            alg: policy.alg,
            lifetime: policy.lifetime,
        };
        let access_token = self.tokens.issue_access_token(&context.issuer, &context.tenant, &request).await?;
        let id_token = match &grant {
            Some(grant) if scope.contains("openid") => {
                let request = IdTokenRequest { grant, scope: &scope, nonce, access_token: &access_token.token };
                Some(self.issue_id_token(context, client, request).await?)
            }
            _ => None,
        };
        Ok(TokenResponse {
            access_token: access_token.token,
            token_type: TokenType::Bearer,
            expires_in: access_token.lifetime.as_secs(),
            scope,
            refresh_token,
            id_token,
        })
    }
}

/// How an access token is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct AccessTokenPolicy {
    format: AccessTokenFormat,
    alg: SigningAlgorithm,
    lifetime: Duration,
}

impl AccessTokenPolicy {
    /// What the resource servers of the token ask for counts before what the client does. Among several the stricter
    /// one counts: the shorter life, and opaque before JWT.
    fn new(tenant: &Tenant, client: &Client, servers: &ResourceServers, audience: &[String]) -> Self {
        let settings =
            || audience.iter().filter_map(|name| servers.find(name)).map(|server: &ResourceServer| &server.settings);
        let lifetime = settings().filter_map(|settings| settings.access_token_lifetime_seconds).min();
        let format = settings().filter_map(|settings| settings.access_token_format);
        let alg = settings().find_map(|settings| settings.access_token_signed_response_alg);
        Self {
            format: format
                .reduce(|one, other| if one == AccessTokenFormat::Opaque { one } else { other })
                .unwrap_or(client.metadata.access_token_format),
            alg: alg.unwrap_or(client.metadata.access_token_signed_response_alg),
            lifetime: Duration::from_secs(lifetime.unwrap_or(tenant.settings.access_token_lifetime_seconds)),
        }
    }
}
