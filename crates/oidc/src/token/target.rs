//! What a token request narrows its access token to: resource servers
//! ([RFC 8707 §2.2](https://www.rfc-editor.org/rfc/rfc8707#section-2.2)) and details (RFC 9396 §6).

use latchkey_protocol::{AuthorizationDetails, ErrorCode, GrantType, OAuthError, Params};
use latchkey_tenants::{Client, ResourceServers};
use latchkey_tokens::Grant;
use latchkey_web::TenantContext;

use super::TokenRequest;
use super::issue::{Granted, GrantedSubject};
use crate::Services;
use crate::authorization_details::{check_details, details_for};
use crate::client_authentication::AuthenticatedClient;
use crate::error::EndpointError;
use crate::resource_policy::{invalid_target, named_resources, scope_of};
use crate::scope_policy::audience;

/// What the access token is asked to be for; nothing means all that was granted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Target {
    resources: Vec<String>,
    details: Option<AuthorizationDetails>,
}

/// A token request of any grant, with what it is to be narrowed to.
pub(crate) struct Targeted {
    pub(crate) request: TokenRequest,
    pub(crate) target: Target,
}

impl TryFrom<Params> for Targeted {
    type Error = OAuthError;

    fn try_from(mut params: Params) -> Result<Self, OAuthError> {
        // RFC 8693 §2.1 has a `resource` of its own.
        let exchanges = params.peek("grant_type") == Some(GrantType::TokenExchange.as_str());
        let target = if exchanges { Target::default() } else { Target::parse(&mut params)? };
        Ok(Self { request: TokenRequest::try_from(params)?, target })
    }
}

impl Target {
    fn parse(params: &mut Params) -> Result<Self, OAuthError> {
        let details = AuthorizationDetails::parse_optional(params.optional("authorization_details"))?;
        Ok(Self { resources: params.all("resource"), details })
    }

    fn is_everything(&self) -> bool {
        self.resources.is_empty() && self.details.is_none()
    }

    /// RFC 8707 §2.2, RFC 9396 §6.1: what the user granted, or a part of it.
    fn check_within(&self, grant: &Grant) -> Result<(), OAuthError> {
        if !self.resources.iter().all(|resource| grant.audience.contains(resource)) {
            return Err(invalid_target("a resource is beyond what was granted"));
        }
        match &self.details {
            Some(details) if !details.is_part_of(grant.authorization_details.as_ref()) => {
                let reason = "authorization_details is beyond what was granted";
                Err(OAuthError::new(ErrorCode::InvalidAuthorizationDetails, reason))
            }
            _ => Ok(()),
        }
    }
}

impl Services {
    /// What can be said before anything is spent: the client may name these resource servers, and its refresh token was
    /// granted for them, so that a mistake costs no token.
    pub(super) async fn check_target(
        &self,
        context: &TenantContext,
        client: &AuthenticatedClient,
        request: &TokenRequest,
        target: &Target,
    ) -> Result<(), EndpointError> {
        if target.is_everything() {
            return Ok(());
        }
        let servers = self.directory.resource_servers(&context.tenant.id).await?;
        named_resources(&target.resources, client, &servers)?;
        if let TokenRequest::RefreshToken(params) = request {
            let grant = self.tokens.find_refresh_token(&context.tenant, params.refresh_token.expose()).await?;
            // A token that is not good is refused by the rotation, which also sees a reuse.
            if let Some(grant) = grant.filter(|grant| grant.client_id == client.client_id) {
                target.check_within(&grant)?;
            }
        }
        Ok(())
    }

    /// The verified grant, narrowed to the target.
    pub(super) async fn aim(
        &self,
        context: &TenantContext,
        client: &AuthenticatedClient,
        granted: Granted,
        target: Target,
    ) -> Result<Granted, EndpointError> {
        if target.is_everything() {
            return Ok(granted);
        }
        let servers = self.directory.resource_servers(&context.tenant.id).await?;
        let resources = named_resources(&target.resources, client, &servers)?;
        // What an assertion was accepted for is a limit, too.
        let limit = granted.audience.as_ref();
        if limit.is_some_and(|limit| resources.iter().any(|resource| !limit.contains(resource))) {
            return Err(invalid_target("a resource is beyond what was granted").into());
        }
        match &granted.subject {
            GrantedSubject::User(grant) => target.check_within(grant)?,
            GrantedSubject::Client(_) => {
                target.details.iter().try_for_each(|details| check_details(details, client, &servers, &resources))?;
            }
        }
        let authorization_details = match target.details {
            Some(details) => Some(details.to_value()),
            None => granted.authorization_details.clone(),
        };
        Ok(Granted { resources, authorization_details, ..granted })
    }
}

impl Granted {
    /// What the access token says of this grant: with named resource servers, what is theirs and nothing else, so that
    /// none of them can use it at another, nor at the issuer (RFC 8707 §2.2, RFC 9700 §2.3).
    pub(super) fn for_access_token(&self, client: &Client, servers: &ResourceServers) -> Self {
        let audience = match &self.audience {
            _ if !self.resources.is_empty() => self.resources.clone(),
            Some(chosen) => chosen.clone(),
            None => self.whole_audience(client, servers),
        };
        let scope = match self.resources.is_empty() {
            true => self.scope.clone(),
            false => scope_of(&self.resources, &self.scope, servers),
        };
        let authorization_details = details_for(self.authorization_details.as_ref(), &audience, servers);
        Self { scope, audience: Some(audience), authorization_details, ..self.clone() }
    }

    /// The resource servers of the scope and of the details, within what the user was asked about.
    fn whole_audience(&self, client: &Client, servers: &ResourceServers) -> Vec<String> {
        let mut wanted = audience(&self.scope, client, servers);
        let understands = |name: &String| {
            details_for(self.authorization_details.as_ref(), std::slice::from_ref(name), servers).is_some()
        };
        let usable = client.metadata.audiences.iter().filter(|name| servers.find(name).is_some());
        let GrantedSubject::User(grant) = &self.subject else {
            wanted.extend(usable.filter(|name| understands(name)).cloned());
            wanted.sort();
            wanted.dedup();
            return wanted;
        };
        if grant.audience.is_empty() {
            return wanted;
        }
        // A server that defines nothing of the grant's scope is one that the authorization request named.
        let named =
            |name: &String| servers.find(name).is_some_and(|server| !grant.scope.iter().any(|s| server.defines(s)));
        let usable = usable.filter(|name| grant.audience.contains(name));
        let mut kept: Vec<String> =
            usable.filter(|name| wanted.contains(name) || named(name) || understands(name)).cloned().collect();
        kept.sort();
        kept
    }
}
