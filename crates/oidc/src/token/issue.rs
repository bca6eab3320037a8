//! Issuing the tokens of a verified grant: what every grant ends with, and so the one gate that each of them passes.

use std::time::Duration;

use latchkey_core::{ClientId, Secret, TokenHash, UtcTime};
use latchkey_protocol::{
    AccessTokenFormat, Confirmation, GrantType, OAuthError, Scope, SigningAlgorithm, TokenResponse, TokenType,
    TokenTypeIdentifier,
};
use latchkey_tenants::{ClaimPlace, Client, ResourceServer, ResourceServers, Tenant};
use latchkey_tokens::{AccessTokenRequest, Grant, IssuedAccessToken, Subject};
use latchkey_web::TenantContext;
use serde_json::Value;

use super::admission::Admission;
use super::id_token::{IdTokenClaimsOf, IdTokenRequest, Pushed};
use super::identity_assertion::IdentityAssertion;
use crate::Services;
use crate::client_authentication::AuthenticatedClient;
use crate::error::EndpointError;
use crate::rules::MappedClaims;
use crate::scope_policy::{OnBehalfOf, audience, exchangeable, grantable};
use crate::sender_constraint::require_key;

/// A verified grant, ready to be turned into tokens.
#[derive(Clone, Debug)]
pub(crate) struct Granted {
    /// By which grant type.
    pub(crate) grant_type: GrantType,
    /// For whom the tokens are.
    pub(crate) subject: GrantedSubject,
    /// What this request is for: what was granted, or a part of it.
    pub(crate) scope: Scope,
    /// The audience, when the request chose one; otherwise the resource servers that define the scope.
    pub(crate) audience: Option<Vec<String>>,
    /// The resource servers that the token request names, RFC 8707 §2.2.
    pub(crate) resources: Vec<String>,
    /// The next refresh token.
    pub(crate) refresh_token: Option<Secret<String>>,
    /// From the authorization request; an ID token by refresh has none (OpenID Connect Core §12.2).
    pub(crate) nonce: Option<String>,
    /// The key that the sender proved to hold.
    pub(crate) confirmation: Option<Confirmation>,
    /// Who acts for the subject, RFC 8693 §4.1.
    pub(crate) actor: Option<Value>,
    /// What is granted in detail, RFC 9396.
    pub(crate) authorization_details: Option<Value>,
    /// RFC 8693 §2.2.1.
    pub(crate) issued_token_type: Option<TokenTypeIdentifier>,
    /// The token ends by then: it outlives nothing that it was exchanged for.
    pub(crate) expires_by: Option<UtcTime>,
    /// What the device presented and gets a new one for, OpenID Connect Native SSO §3.3.
    pub(crate) old_device_secret: Option<TokenHash>,
    /// OpenID Connect Native SSO §3.4.
    pub(crate) device_secret: Option<Secret<String>>,
    /// Which device secret belongs to the ID token, OpenID Connect Native SSO §3.3.
    pub(crate) ds_hash: Option<TokenHash>,
    /// What is issued instead of an access token.
    pub(crate) identity_assertion: Option<Box<IdentityAssertion>>,
    /// The request whose tokens are pushed, OpenID Connect CIBA Core §10.3.1.
    pub(crate) auth_req_id: Option<Secret<String>>,
}

/// For whom tokens are.
#[derive(Clone, Debug)]
pub(crate) enum GrantedSubject {
    /// A user, by what they granted.
    User(Box<Grant>),
    /// A client: the one that asks, or one in whose name it does (RFC 8693).
    Client(ClientId),
}

/// What passes the gate: an ID token alone cannot be used by whoever finds it, so it is bound to no key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Issuing {
    /// An access token, be it with or without others.
    AccessToken,
    /// An ID token from the authorization endpoint.
    IdTokenOnly,
}

impl Granted {
    /// The grant, of a user.
    pub(super) fn grant(&self) -> Option<&Grant> {
        match &self.subject {
            GrantedSubject::User(grant) => Some(grant),
            GrantedSubject::Client(_) => None,
        }
    }

    /// By a user's grant, all of it.
    pub(crate) fn user(grant: Grant, refresh_token: Option<Secret<String>>, nonce: Option<String>) -> Self {
        Self {
            grant_type: grant.grant_type,
            scope: grant.scope.clone(),
            audience: None,
            resources: Vec::new(),
            refresh_token,
            nonce,
            confirmation: None,
            actor: grant.actor.clone(),
            authorization_details: grant.authorization_details.clone(),
            issued_token_type: None,
            expires_by: None,
            old_device_secret: None,
            device_secret: None,
            ds_hash: None,
            identity_assertion: None,
            auth_req_id: None,
            subject: GrantedSubject::User(Box::new(grant)),
        }
    }

    /// By a refresh token; `narrower` is a part of the grant's scope, when the client asked for one.
    pub(crate) fn refreshed(grant: Grant, refresh_token: Secret<String>, narrower: Option<Scope>) -> Self {
        let scope = narrower.map_or_else(|| grant.scope.clone(), |scope| scope.intersection(&grant.scope));
        Self { grant_type: GrantType::RefreshToken, scope, ..Self::user(grant, Some(refresh_token), None) }
    }

    /// To a client itself.
    pub(crate) fn client(client_id: ClientId, scope: Scope) -> Self {
        Self {
            grant_type: GrantType::ClientCredentials,
            subject: GrantedSubject::Client(client_id),
            scope,
            audience: None,
            resources: Vec::new(),
            refresh_token: None,
            nonce: None,
            confirmation: None,
            actor: None,
            authorization_details: None,
            issued_token_type: None,
            expires_by: None,
            old_device_secret: None,
            device_secret: None,
            ds_hash: None,
            identity_assertion: None,
            auth_req_id: None,
        }
    }

    /// Whether an ID token goes with the access token: the user signed in, and for the client that asks now.
    fn is_signed_in(&self, grant: &Grant) -> bool {
        self.scope.contains("openid") && !self.is_exchanged() && grant.grant_type != GrantType::JwtBearer
    }

    /// Whether this is a token for a target in exchange for another token.
    fn is_exchanged(&self) -> bool {
        self.grant_type == GrantType::TokenExchange && self.audience.is_some()
    }

    /// The tokens are bound to the key that the sender proved to hold, if it proved one.
    #[must_use]
    pub(crate) fn bound_to(self, confirmation: Option<Confirmation>) -> Self {
        Self { confirmation, ..self }
    }

    /// How the access token is used.
    pub(super) fn token_type(&self) -> TokenType {
        match &self.confirmation {
            Some(Confirmation::Jkt(_)) => TokenType::DPoP,
            _ => TokenType::Bearer,
        }
    }
}

impl Services {
    /// Issues the access token and, where the grant calls for it, the ID token.
    pub(crate) async fn issue_tokens(
        &self,
        context: &TenantContext,
        client: &AuthenticatedClient,
        granted: Granted,
    ) -> Result<TokenResponse, EndpointError> {
        let (granted, admission) = self.admit(context, client, granted, Issuing::AccessToken).await?;
        if let (Some(assertion), GrantedSubject::User(grant)) = (&granted.identity_assertion, &granted.subject) {
            return self.issue_identity_assertion(context, client, assertion, (grant, &granted.scope)).await;
        }
        let granted = self.with_device_secret(context, client, granted).await?;
        let sub = self.subject_of(context, client, &granted).await?;
        let servers = self.directory.resource_servers(&context.tenant.id).await?;
        let narrowed = granted.for_access_token(client, &servers);
        let access_token = self.issue_access_token(context, client, (&narrowed, &admission, &sub)).await?;
        let id_token = match &granted.subject {
            GrantedSubject::User(grant) if granted.is_signed_in(grant) => {
                let pushed = granted.auth_req_id.as_ref();
                let pushed =
                    pushed.map(|auth_req_id| Pushed { auth_req_id, refresh_token: granted.refresh_token.as_ref() });
                let request = IdTokenRequest {
                    grant,
                    sub: &sub,
                    scope: &granted.scope,
                    nonce: granted.nonce.clone(),
                    access_token: Some(&access_token.token),
                    code: None,
                    ds_hash: granted.ds_hash.as_ref(),
                    state: None,
                    claims_of: IdTokenClaimsOf::RequestOnly,
                    mapped: admission.mapped_claims(self, context, client, (&granted, ClaimPlace::IdToken)).claims,
                    pushed,
                };
                Some(self.issue_id_token(context, client, request).await?)
            }
            _ => None,
        };
        let token_type = granted.token_type();
        self.metrics.tokens_issued(granted.grant_type.as_str());
        Ok(TokenResponse {
            access_token: access_token.token,
            token_type,
            expires_in: access_token.lifetime.as_secs(),
            scope: narrowed.scope,
            refresh_token: granted.refresh_token,
            id_token,
            authorization_details: narrowed.authorization_details,
            issued_token_type: granted.issued_token_type,
            device_secret: granted.device_secret,
        })
    }

    /// The gate: what holds for every grant, whatever was checked on the way here.
    pub(super) async fn admit(
        &self,
        context: &TenantContext,
        client: &Client,
        granted: Granted,
        issuing: Issuing,
    ) -> Result<(Granted, Admission), EndpointError> {
        if issuing == Issuing::AccessToken {
            require_key(client, granted.confirmation.as_ref())?;
        }
        let servers = self.directory.resource_servers(&context.tenant.id).await?;
        // What the client may ask for can have shrunk since the grant.
        let scope = match (&granted.subject, &granted.audience) {
            (_, Some(targets)) if granted.is_exchanged() => {
                exchangeable(&granted.scope, client, &servers, (targets, &context.issuer))
            }
            (GrantedSubject::User(_), _) => grantable(&granted.scope, client, &servers, OnBehalfOf::User),
            (GrantedSubject::Client(_), _) => granted.scope.clone(),
        };
        let admitted = self.admit_by_policy(context, client, Granted { scope, ..granted }).await?;
        self.registrations.note_use(&context.tenant.id, client, self.clock.now()).await?;
        Ok(admitted)
    }

    /// `sub` of the tokens.
    pub(super) async fn subject_of(
        &self,
        context: &TenantContext,
        client: &Client,
        granted: &Granted,
    ) -> Result<String, EndpointError> {
        match &granted.subject {
            GrantedSubject::User(grant) => Ok(self.subject_for(context, client, &grant.user_id).await?),
            GrantedSubject::Client(client_id) => Ok(client_id.to_string()),
        }
    }

    pub(super) async fn issue_access_token(
        &self,
        context: &TenantContext,
        client: &Client,
        (granted, admission, sub): (&Granted, &Admission, &str),
    ) -> Result<IssuedAccessToken, EndpointError> {
        let parts = self.access_token_parts(context, client, (granted, admission)).await?;
        let request = parts.request(client, granted, sub);
        Ok(self.tokens.issue_access_token(&context.issuer, &context.tenant, &request).await?)
    }

    /// What an access token is made from.
    pub(super) async fn access_token_parts(
        &self,
        context: &TenantContext,
        client: &Client,
        (granted, admission): (&Granted, &Admission),
    ) -> Result<AccessTokenParts, EndpointError> {
        let servers = self.directory.resource_servers(&context.tenant.id).await?;
        let audience = granted.audience.clone().unwrap_or_else(|| audience(&granted.scope, client, &servers));
        let policy = AccessTokenPolicy::new(&context.tenant, client, &servers, &audience);
        // RFC 8693 §3: what is asked for as a JWT must be one.
        if granted.issued_token_type == Some(TokenTypeIdentifier::Jwt) && policy.format != AccessTokenFormat::Jwt {
            return Err(OAuthError::invalid_request("tokens for this target are no JWTs").into());
        }
        let left = granted.expires_by.map_or(policy.lifetime, |end| end.since(self.clock.now()));
        let limit = admission.access_token_lifetime.unwrap_or(policy.lifetime);
        let policy = AccessTokenPolicy { lifetime: policy.lifetime.min(limit).min(left), ..policy };
        let mapped = admission.mapped_claims(self, context, client, (granted, ClaimPlace::AccessToken));
        Ok(AccessTokenParts { audience, policy, mapped })
    }
}

/// What an access token is made from.
pub(super) struct AccessTokenParts {
    audience: Vec<String>,
    policy: AccessTokenPolicy,
    /// What the tenant adds.
    pub(super) mapped: MappedClaims,
}

impl AccessTokenParts {
    /// What the token should say.
    pub(super) fn request<'a>(
        &'a self,
        client: &'a Client,
        granted: &'a Granted,
        sub: &'a str,
    ) -> AccessTokenRequest<'a> {
        AccessTokenRequest {
            client_id: &client.client_id,
            subject: match &granted.subject {
                GrantedSubject::User(grant) => Subject::User { grant, sub },
                GrantedSubject::Client(client_id) => Subject::Client { sub: client_id },
            },
            scope: &granted.scope,
            audience: &self.audience,
            format: self.policy.format,
            alg: self.policy.alg,
            lifetime: self.policy.lifetime,
            confirmation: granted.confirmation.as_ref(),
            actor: granted.actor.as_ref(),
            authorization_details: granted.authorization_details.as_ref(),
            claims: &self.mapped.claims,
        }
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
