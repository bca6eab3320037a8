//! The resource owner password credentials grant, [RFC 6749 §4.3](https://www.rfc-editor.org/rfc/rfc6749#section-4.3).
//!
//! Legacy (RFC 9700 §2.4: must not be used): the client sees the password. It is here for migrations, for confidential
//! clients that registered for it one by one. The password is checked as the sign-in page does, in text and time alike
//! for unknown users, under the same limits, and opens a session, so that signing out everywhere ends its tokens too.

use std::time::Duration;

use latchkey_auth::{ActiveSession, AuthError, Origin, PasswordAttempt, PasswordOutcome};
use latchkey_cache::{CacheKey, Inserted, Kind};
use latchkey_core::{ClientId, Secret};
use latchkey_metrics::SignInOutcome;
use latchkey_protocol::{GrantType, OAuthError};
use latchkey_tokens::NewGrant;
use latchkey_web::TenantContext;

use super::issue::Granted;
use super::store::{grant_in_session, refresh_of};
use crate::Services;
use crate::client_authentication::AuthenticatedClient;
use crate::error::EndpointError;
use crate::requester::Requester;
use crate::scope_policy::{OnBehalfOf, audience, exactly};

/// How often the log says again that a client uses this grant.
const WARN_EVERY: Duration = Duration::from_secs(24 * 60 * 60);

/// What the client presents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PasswordParams {
    pub(crate) username: String,
    pub(crate) password: Secret<String>,
    pub(crate) scope: Option<String>,
}

/// What became of a password that a client sent.
pub(crate) enum ByPassword {
    /// It opened a session.
    Opened(Box<ActiveSession>),
    /// It is right, and not enough.
    SecondFactorNeeded,
    /// It is right, and the user has something to do in a browser first.
    ActionRequired,
    /// It is wrong, or the user may not sign in.
    Refused,
}

impl Services {
    /// Checks the password and grants what the client asks for.
    pub(super) async fn grant_by_password(
        &self,
        context: &TenantContext,
        client: &AuthenticatedClient,
        params: PasswordParams,
        requester: Requester,
    ) -> Result<Granted, EndpointError> {
        client.require_confidential()?;
        self.warn_of_passwords(context, client).await?;
        let servers = self.directory.resource_servers(&context.tenant.id).await?;
        let scope = exactly(params.scope.as_deref(), client, &servers, OnBehalfOf::User)?;
        let typed = (params.username, params.password);
        let active = match self.open_session_by_password(context, &client.client_id, typed, requester.0).await? {
            ByPassword::Opened(active) => *active,
            ByPassword::SecondFactorNeeded => {
                let reason = "the user signs in with a second factor, which this grant cannot ask for";
                return Err(OAuthError::invalid_grant(reason).into());
            }
            ByPassword::ActionRequired => {
                let reason = "the user has to sign in with a browser first";
                return Err(OAuthError::invalid_grant(reason).into());
            }
            // RFC 6749 §5.2. One text whatever the reason: it must not tell which users exist.
            ByPassword::Refused => {
                return Err(OAuthError::invalid_grant("the name or the password is not right").into());
            }
        };
        let grant = grant_in_session(GrantType::Password, client, active, scope);
        let grant = NewGrant { audience: audience(&grant.scope, client, &servers), ..grant };
        self.store_grant(context, &grant, refresh_of(client)).await
    }

    /// Checks a password that a client sends instead of a person.
    pub(crate) async fn open_session_by_password(
        &self,
        context: &TenantContext,
        client: &ClientId,
        (identifier, password): (String, Secret<String>),
        from: Origin,
    ) -> Result<ByPassword, EndpointError> {
        let attempt = PasswordAttempt {
            identifier,
            password,
            from,
            previous_session: None,
            device: None,
            known: None,
            work: None,
        };
        match self.sign_in.accept_password(&context.tenant, client, attempt).await {
            Ok(PasswordOutcome::SignedIn { session, .. }) => {
                self.metrics.sign_in(SignInOutcome::Success);
                self.metrics.session_started();
                // What the tokens say of the sign-in is what was written; `None` when it has ended meanwhile.
                let active = self.sign_in.find_session_by_id(&context.tenant, &session.id).await?;
                Ok(active.map_or(ByPassword::Refused, |active| ByPassword::Opened(Box::new(active))))
            }
            Ok(PasswordOutcome::SecondFactorNeeded) => {
                self.metrics.sign_in(SignInOutcome::SecondFactorAsked);
                Ok(ByPassword::SecondFactorNeeded)
            }
            Ok(PasswordOutcome::ActionRequired) => {
                self.metrics.sign_in(SignInOutcome::ActionRequired);
                Ok(ByPassword::ActionRequired)
            }
            Ok(PasswordOutcome::Refused) | Err(AuthError::PasswordTooLong) => {
                self.metrics.sign_in(SignInOutcome::WrongCredentials);
                Ok(ByPassword::Refused)
            }
            Ok(PasswordOutcome::Throttled { retry_after }) => {
                self.metrics.sign_in(SignInOutcome::Throttled);
                Err(EndpointError::TooManyAttempts { rule: "sign_in", retry_after })
            }
            // Where no page is shown, no work is asked for.
            Ok(PasswordOutcome::WorkNeeded) | Err(AuthError::Busy) => {
                self.metrics.sign_in(SignInOutcome::Error);
                Err(AuthError::Busy.into())
            }
            Err(error) => {
                self.metrics.sign_in(SignInOutcome::Error);
                Err(error.into())
            }
        }
    }

    /// A client that still asks for passwords is named in the log once a day.
    async fn warn_of_passwords(
        &self,
        context: &TenantContext,
        client: &AuthenticatedClient,
    ) -> Result<(), EndpointError> {
        let key = CacheKey::new(&context.tenant.id, Kind::Throttle, &format!("legacy:password:{}", client.client_id));
        if self.cache.put_if_absent(&key, &true, WARN_EVERY).await? == Inserted::Inserted {
            tracing::warn!(
                tenant = %context.tenant.slug,
                client_id = %client.client_id,
                "a client uses the legacy password grant; move it to the authorization code grant"
            );
        }
        Ok(())
    }
}
