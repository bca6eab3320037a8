//! [OpenID Connect Native SSO](https://openid.net/specs/openid-connect-native-sso-1_0.html): applications of one maker on
//! one device share a sign-in.
//!
//! The first application asks for `device_sso` and gets a device secret beside its ID token, which names the secret by
//! `ds_hash`. Another presents both and gets tokens of its own in the same session: signing out there ends them all.

use latchkey_auth::{AskedAcr, Sufficiency};
use latchkey_core::{ClientId, SessionId, TokenHash, UserId};
use latchkey_protocol::{Confirmation, ErrorCode, GrantType, OAuthError, Scope, TokenTypeIdentifier as TokenKind};
use latchkey_tenants::ConsentPolicy;
use latchkey_tokens::{Expiry, NewGrant};
use latchkey_web::TenantContext;

use super::actor::ActingParty;
use super::exchange::{ExchangeParams, PresentedToken};
use super::issue::{Granted, GrantedSubject};
use super::store::{grant_in_session, refresh_of};
use crate::Services;
use crate::client_authentication::AuthenticatedClient;
use crate::error::EndpointError;
use crate::scope_policy::{OnBehalfOf, audience, exactly};

/// Asks for a device secret, §3.1.
pub(crate) const DEVICE_SSO: &str = "device_sso";

impl Services {
    /// §3.4: the sign-in of an application that asked for it comes with a device secret, in place of the one that it
    /// presents (§3.3); later ID tokens of the same grant name the one that the session has. Only with a code: an
    /// application that exchanges (§4) cannot give the others an ID token that names another secret.
    pub(super) async fn with_device_secret(
        &self,
        context: &TenantContext,
        client: &AuthenticatedClient,
        granted: Granted,
    ) -> Result<Granted, EndpointError> {
        let GrantedSubject::User(grant) = &granted.subject else { return Ok(granted) };
        let Some(session) = &grant.session_id else { return Ok(granted) };
        if !client.metadata.native_sso || !granted.scope.contains(DEVICE_SSO) || granted.ds_hash.is_some() {
            return Ok(granted);
        }
        if granted.grant_type == GrantType::AuthorizationCode {
            let (of, replaced) = ((session, &grant.user_id), granted.old_device_secret.as_ref());
            let secret = self.tokens.issue_device_secret(&context.tenant, of, replaced).await?;
            let ds_hash = Some(TokenHash::of(secret.expose()));
            return Ok(Granted { device_secret: Some(secret), ds_hash, ..granted });
        }
        let ds_hash = self.tokens.find_device_secret_of_session(&context.tenant.id, session).await?;
        Ok(Granted { ds_hash, ..granted })
    }

    /// §4: an ID token, which may have expired, and the device secret that belongs to it buy tokens for another client.
    pub(super) async fn exchange_device_secret(
        &self,
        context: &TenantContext,
        client: &AuthenticatedClient,
        params: ExchangeParams,
        confirmation: Option<&Confirmation>,
    ) -> Result<Granted, EndpointError> {
        if !client.metadata.native_sso {
            let description = "the client does not share sign-ins";
            return Err(OAuthError::new(ErrorCode::UnauthorizedClient, description).into());
        }
        // §4.1: the audience is the issuer.
        if params.audiences != [context.issuer.as_str()] || !params.resources.is_empty() {
            return Err(OAuthError::new(ErrorCode::InvalidTarget, "audience must be the issuer").into());
        }
        let session = self.session_of_device(context, client, &params).await?;
        let active = self.sign_in.find_session_by_id(&context.tenant, &session).await?.ok_or_else(refused)?;
        // The sign-in is shared, not what this client needs of one.
        let sufficiency =
            self.sign_in.sufficiency(&context.tenant, &active, &client.client_id, AskedAcr::default()).await?;
        if sufficiency != Sufficiency::Sufficient {
            return Err(OAuthError::invalid_grant("the user has to sign in here with what this client needs").into());
        }
        let servers = self.directory.resource_servers(&context.tenant.id).await?;
        let scope = exactly(params.scope.as_deref(), client, &servers, OnBehalfOf::User)?;
        if !self.has_consent(context, client, (&active.user.id, &scope)).await? {
            let description = "the user has not allowed this client yet";
            return Err(OAuthError::new(ErrorCode::ConsentRequired, description).into());
        }
        let grant = NewGrant {
            audience: audience(&scope, client, &servers),
            confirmation: confirmation.filter(|_| client.is_public()).cloned(),
            ..grant_in_session(GrantType::TokenExchange, client, active, scope)
        };
        let granted = self.store_grant(context, &grant, refresh_of(client)).await?;
        let ds_hash = params.actor.map(|actor| TokenHash::of(actor.token.expose()));
        Ok(Granted { issued_token_type: Some(TokenKind::AccessToken), ds_hash, ..granted })
    }

    /// The session that the ID token and the device secret agree on.
    async fn session_of_device(
        &self,
        context: &TenantContext,
        client: &AuthenticatedClient,
        params: &ExchangeParams,
    ) -> Result<SessionId, EndpointError> {
        let Some(PresentedToken { token: secret, .. }) = &params.actor else { return Err(refused()) };
        if params.subject.kind != TokenKind::IdToken {
            return Err(OAuthError::invalid_request("a device secret goes with an ID token").into());
        }
        let hash = TokenHash::of(secret.expose());
        let device = self.tokens.find_device_secret(&context.tenant.id, &hash).await?.ok_or_else(refused)?;
        let claims = self.verify_own_id_token(context, &params.subject, Expiry::Ignored).await?.ok_or_else(refused)?;
        // RFC 8693 §4.4 is about any exchange: the device secret says on which device, not for whom.
        ActingParty::client(client.client_id.clone()).check_may_act(claims.claims().get("may_act"), &context.issuer)?;
        // §4.3: neither a stolen ID token nor a stolen secret is good for anything alone.
        let fits =
            claims.text("ds_hash") == Some(hash.as_str()) && claims.session_id() == Some(device.session_id.as_str());
        let issued_to = match claims.audience().as_slice() {
            [one] => one.parse::<ClientId>().ok(),
            _ => None,
        };
        let issued_to = match issued_to {
            Some(id) => self.find_known_client(&context.tenant, &id).await?,
            None => None,
        };
        let shares = issued_to.is_some_and(|client| client.metadata.native_sso);
        if fits && shares { Ok(device.session_id) } else { Err(refused()) }
    }

    /// Whether the user has allowed the client that scope: there is no page here to ask on.
    pub(crate) async fn has_consent(
        &self,
        context: &TenantContext,
        client: &AuthenticatedClient,
        (user, scope): (&UserId, &Scope),
    ) -> Result<bool, EndpointError> {
        Ok(match client.metadata.consent {
            ConsentPolicy::Implied => true,
            ConsentPolicy::Remembered => {
                let before = self.sign_in.find_consent(&context.tenant.id, user, &client.client_id).await?;
                scope.is_subset(&before)
            }
            ConsentPolicy::Always => false,
        })
    }
}

/// One text for whatever does not fit.
fn refused() -> EndpointError {
    OAuthError::invalid_grant("the ID token and the device secret are not good, or not for each other").into()
}
