//! Issuing an Identity Assertion JWT Authorization Grant (ID-JAG), draft-ietf-oauth-identity-assertion-authz-grant §4.
//!
//! A client trades the ID token that it got for an assertion which one other authorization server takes in exchange
//! for an access token (there by [`super::jwt_bearer`]): single sign-on decides whether one application reaches another.

use std::time::Duration;

use latchkey_core::Secret;
use latchkey_protocol::{
    ErrorCode, GrantType, OAuthError, Scope, TokenResponse, TokenType, TokenTypeIdentifier as TokenKind,
};
use latchkey_tokens::Grant;
use latchkey_web::TenantContext;
use serde::Serialize;

use super::actor::ActingParty;
use super::exchange::ExchangeParams;
use super::issue::Granted;
use crate::Services;
use crate::client_authentication::AuthenticatedClient;
use crate::error::EndpointError;
use crate::trusted_assertion::ID_JAG_TYPE;

/// It is used at once.
const LIFETIME: Duration = Duration::from_secs(5 * 60);

/// For whom an assertion is, and what it asks for there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct IdentityAssertion {
    /// The issuer of the other authorization server.
    audience: String,
    /// Its resource servers.
    resources: Vec<String>,
    /// Its scopes: it alone knows what they mean and who may have them.
    scope: Option<Scope>,
    /// `sub` of the ID token.
    subject: String,
}

/// §3.1.
#[derive(Serialize)]
struct IdJagClaims<'a> {
    iss: &'a str,
    sub: &'a str,
    aud: &'a str,
    client_id: &'a str,
    jti: &'a str,
    iat: i64,
    exp: i64,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    resource: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<&'a Scope>,
    auth_time: i64,
    #[serde(skip_serializing_if = "str::is_empty")]
    acr: &'a str,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    amr: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    email_verified: Option<bool>,
}

impl Services {
    /// Checks that the client may get an assertion for that audience, about the subject of its ID token.
    pub(super) async fn grant_identity_assertion(
        &self,
        context: &TenantContext,
        client: &AuthenticatedClient,
        params: ExchangeParams,
    ) -> Result<Granted, EndpointError> {
        if params.subject.kind != TokenKind::IdToken || params.actor.is_some() {
            return Err(OAuthError::invalid_request("an ID-JAG is given for an ID token alone").into());
        }
        let listed = &client.metadata.identity_assertion_audiences;
        let [audience] = params.audiences.as_slice() else {
            return Err(OAuthError::new(ErrorCode::InvalidTarget, "name the other server by audience").into());
        };
        if !listed.contains(audience) {
            return Err(OAuthError::new(ErrorCode::InvalidTarget, "the client may not reach this audience").into());
        }
        let malformed = || OAuthError::new(ErrorCode::InvalidScope, "the scope is malformed");
        let scope = match &params.scope {
            Some(text) => Some(Scope::parse(text).ok_or_else(malformed)?),
            None => None,
        };
        let (claims, grant) = self.grant_of_id_token(context, client, &params.subject).await?;
        ActingParty::client(client.client_id.clone()).check_may_act(claims.claims().get("may_act"), &context.issuer)?;
        let subject = claims.subject().unwrap_or_default().to_owned();
        let assertion = IdentityAssertion { audience: audience.clone(), resources: params.resources, scope, subject };
        Ok(Granted {
            grant_type: GrantType::TokenExchange,
            identity_assertion: Some(Box::new(assertion)),
            ..Granted::user(grant, None, None)
        })
    }

    /// Signs the assertion; §4.3: what is issued is no access token.
    pub(super) async fn issue_identity_assertion(
        &self,
        context: &TenantContext,
        client: &AuthenticatedClient,
        assertion: &IdentityAssertion,
        (grant, admitted): (&Grant, &Scope),
    ) -> Result<TokenResponse, EndpointError> {
        let iat = self.clock.now().unix_seconds();
        let user = self.sign_in.find_user(&context.tenant, &grant.user_id).await?;
        let user = user.filter(|_| admitted.contains("email"));
        let jti = self.rng.token();
        let claims = IdJagClaims {
            iss: &context.issuer,
            sub: &assertion.subject,
            aud: &assertion.audience,
            client_id: client.client_id.as_str(),
            jti: jti.expose(),
            iat,
            exp: iat.saturating_add(i64::try_from(LIFETIME.as_secs()).unwrap_or(0)),
            resource: &assertion.resources,
            scope: assertion.scope.as_ref(),
            auth_time: grant.authentication.auth_time.unix_seconds(),
            acr: &grant.authentication.acr,
            amr: &grant.authentication.amr,
            email: user.as_ref().and_then(|user| user.email.as_deref()),
            email_verified: user.as_ref().map(|user| user.email_verified),
        };
        let alg = client.metadata.id_token_signed_response_alg;
        let jwt = self.tokens.keys().sign(&context.tenant.id, alg, ID_JAG_TYPE, &claims).await?;
        self.metrics.tokens_issued(GrantType::TokenExchange.as_str());
        Ok(TokenResponse {
            access_token: Secret::new(jwt),
            token_type: TokenType::NotApplicable,
            expires_in: LIFETIME.as_secs(),
            scope: assertion.scope.clone().unwrap_or_default(),
            refresh_token: None,
            id_token: None,
            authorization_details: None,
            issued_token_type: Some(TokenKind::IdJag),
            device_secret: None,
        })
    }
}
