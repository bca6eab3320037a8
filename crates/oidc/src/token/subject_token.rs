//! The subject token of an exchange: [RFC 8693 §2.1](https://www.rfc-editor.org/rfc/rfc8693#section-2.1).
//!
//! Who may present which: an access token, the client that it was issued to, or a client that a resource server of its
//! audience lists as its own (`introspection_clients`); an ID token, the client that it was issued to. A token that is
//! bound to a key needs the proof of that key from the client that it was issued to; a resource server cannot have it,
//! and is trusted to have checked it when the token was used.

use latchkey_core::{ClientId, UserId, UtcTime};
use latchkey_protocol::{Confirmation, OAuthError, Scope, TokenTypeIdentifier as TokenKind};
use latchkey_tenants::AssertionUse;
use latchkey_tokens::{
    ActiveAccessToken, Authentication, Expected, Expiry, Grant, TokenType, TokensError, UnverifiedJwt, VerifiedClaims,
};
use latchkey_web::TenantContext;
use serde_json::Value;

use super::exchange::PresentedToken;
use crate::Services;
use crate::client_authentication::AuthenticatedClient;
use crate::error::EndpointError;
use crate::introspection::may_see;
use crate::trusted_assertion::{LocalSubject, UnverifiedAssertion};

/// A subject token that is good now and may be presented by this client.
#[derive(Clone, Debug)]
pub(super) struct SubjectToken {
    /// On whose behalf.
    pub(super) of: ExchangeSubject,
    /// What it is good for at most.
    pub(super) scope: Scope,
    /// When it ends.
    pub(super) expires_at: UtcTime,
    /// Who acts for the subject already.
    pub(super) actor: Option<Value>,
    /// Who may act for it, §4.4.
    pub(super) may_act: Option<Value>,
}

/// What an exchanged token hangs on.
#[derive(Clone, Debug)]
pub(super) enum ExchangeSubject {
    /// A user's grant.
    Grant(Box<Grant>),
    /// A client that acts for itself.
    Client(ClientId),
    /// A user whom a trusted issuer vouches for.
    Elsewhere {
        /// Who, here.
        user_id: UserId,
        /// What is known of how they signed in there.
        authentication: Authentication,
    },
}

impl SubjectToken {
    /// A token that may not be exchanged; which of the reasons it is stands in the log.
    fn refused(reason: &'static str) -> EndpointError {
        tracing::info!(reason, "subject token refused");
        OAuthError::invalid_request("the subject token is unknown, expired, revoked or not for this client").into()
    }
}

impl Services {
    /// Finds out whose token it is, that it is good now, and that this client may present it.
    pub(super) async fn verify_subject_token(
        &self,
        context: &TenantContext,
        client: &AuthenticatedClient,
        presented: &PresentedToken,
        confirmation: Option<&Confirmation>,
    ) -> Result<SubjectToken, EndpointError> {
        match presented.kind {
            TokenKind::AccessToken => self.subject_access_token(context, client, presented, confirmation).await,
            TokenKind::IdToken => self.subject_id_token(context, client, presented).await,
            TokenKind::Jwt => self.subject_assertion(context, client, presented).await,
            // A refresh token goes to nobody but the token endpoint, by its own grant.
            _ => Err(OAuthError::invalid_request("subject_token_type is not supported").into()),
        }
    }

    async fn subject_access_token(
        &self,
        context: &TenantContext,
        client: &AuthenticatedClient,
        presented: &PresentedToken,
        confirmation: Option<&Confirmation>,
    ) -> Result<SubjectToken, EndpointError> {
        let active = self.find_presentable(context, client, (presented, confirmation)).await?;
        let active = active.ok_or_else(|| SubjectToken::refused("not an active access token for this client"))?;
        let of = match active.grant {
            Some(grant) => ExchangeSubject::Grant(grant),
            None => {
                let subject: ClientId =
                    active.subject.parse().map_err(|_| SubjectToken::refused("subject is no client"))?;
                ExchangeSubject::Client(subject)
            }
        };
        Ok(SubjectToken {
            of,
            scope: active.scope,
            expires_at: active.expires_at,
            actor: active.actor,
            may_act: active.claims.get("may_act").cloned(),
        })
    }

    /// An access token of this tenant that is active and that this client may present.
    pub(super) async fn find_presentable(
        &self,
        context: &TenantContext,
        client: &AuthenticatedClient,
        (presented, confirmation): (&PresentedToken, Option<&Confirmation>),
    ) -> Result<Option<ActiveAccessToken>, EndpointError> {
        let token = presented.token.expose();
        let Some(active) = self.tokens.find_access_token(&context.issuer, &context.tenant, token).await? else {
            return Ok(None);
        };
        // Whom a bound token was issued to holds its key; a resource server that passes it on does not.
        let is_own = active.client_id == client.client_id;
        if is_own && active.confirmation.is_some() && active.confirmation.as_ref() != confirmation {
            return Ok(None);
        }
        let servers = self.directory.resource_servers(&context.tenant.id).await?;
        // The client that it was issued to may be gone although its grant still stands.
        let issued_to = self.find_known_client(&context.tenant, &active.client_id).await?;
        Ok(Some(active).filter(|active| issued_to.is_some() && may_see(&client.client_id, active, &servers)))
    }

    async fn subject_id_token(
        &self,
        context: &TenantContext,
        client: &AuthenticatedClient,
        presented: &PresentedToken,
    ) -> Result<SubjectToken, EndpointError> {
        let (claims, grant) = self.grant_of_id_token(context, client, presented).await?;
        let expires_at = claims.claims().get("exp").and_then(Value::as_i64).unwrap_or_default();
        Ok(SubjectToken {
            scope: grant.scope.clone(),
            expires_at: UtcTime::from_unix_seconds(expires_at),
            actor: grant.actor.clone(),
            may_act: claims.claims().get("may_act").cloned(),
            of: ExchangeSubject::Grant(Box::new(grant)),
        })
    }

    /// An ID token stands for what its client was granted in that session, and for no more.
    pub(super) async fn grant_of_id_token(
        &self,
        context: &TenantContext,
        client: &AuthenticatedClient,
        presented: &PresentedToken,
    ) -> Result<(VerifiedClaims, Grant), EndpointError> {
        let claims = self.verify_own_id_token(context, presented, Expiry::Enforced).await?;
        let claims = claims.ok_or_else(|| SubjectToken::refused("not a valid ID token of this issuer"))?;
        if claims.audience() != [client.client_id.as_str()] {
            return Err(SubjectToken::refused("an ID token of another client"));
        }
        let session = claims.session_id().and_then(|sid| sid.parse().ok());
        let session = session.ok_or_else(|| SubjectToken::refused("an ID token without a session"))?;
        let active = self.sign_in.find_session_by_id(&context.tenant, &session).await?;
        let active = active.ok_or_else(|| SubjectToken::refused("the session of the ID token has ended"))?;
        let holder = (&active.user.id, &active.session.id);
        let grant = self.tokens.find_grant_in_session(&context.tenant, holder, &client.client_id).await?;
        let grant = grant.ok_or_else(|| SubjectToken::refused("the grant of the ID token has ended"))?;
        Ok((claims, grant))
    }

    /// A JWT of a trusted issuer; it may be exchanged as long as it lasts.
    async fn subject_assertion(
        &self,
        context: &TenantContext,
        client: &AuthenticatedClient,
        presented: &PresentedToken,
    ) -> Result<SubjectToken, EndpointError> {
        let unverified = UnverifiedAssertion::parse(&presented.token);
        let unverified = unverified.ok_or_else(|| SubjectToken::refused("not a JWT"))?;
        let assertion =
            self.verify_trusted_assertion(context, client, &unverified, AssertionUse::TokenExchange).await?;
        let assertion = assertion.ok_or_else(|| SubjectToken::refused("not an acceptable assertion"))?;
        // Whom another issuer calls an actor could be taken for one of ours.
        if assertion.claims.claims().contains_key("act") {
            return Err(SubjectToken::refused("a delegation of another issuer"));
        }
        let subject = self.find_local_subject(context, client, &assertion).await?;
        let of = match subject.ok_or_else(|| SubjectToken::refused("nobody here is its subject"))? {
            LocalSubject::Client => ExchangeSubject::Client(client.client_id.clone()),
            LocalSubject::User(user_id) => {
                ExchangeSubject::Elsewhere { user_id, authentication: assertion.authentication(self.clock.now()) }
            }
        };
        Ok(SubjectToken {
            of,
            scope: assertion.scope(),
            expires_at: assertion.expires_at,
            actor: None,
            may_act: assertion.claims.claims().get("may_act").cloned(),
        })
    }

    /// The claims of an ID token of this issuer; `None` when it is none, or its time is over and that counts.
    pub(super) async fn verify_own_id_token(
        &self,
        context: &TenantContext,
        presented: &PresentedToken,
        expiry: Expiry,
    ) -> Result<Option<VerifiedClaims>, EndpointError> {
        let Ok(token) = UnverifiedJwt::parse(presented.token.expose()) else { return Ok(None) };
        let issuers: &[&str] = &[&context.issuer];
        let expected = Expected { typ: TokenType::IdToken, issuers, audience: None, expiry };
        match self.tokens.keys().verify(&context.tenant.id, &token, expected).await {
            Ok(claims) => Ok(Some(claims)),
            Err(TokensError::Invalid(reason)) => {
                tracing::info!(%reason, "an ID token was refused");
                Ok(None)
            }
            Err(error) => Err(error.into()),
        }
    }
}
