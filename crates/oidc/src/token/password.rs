//! The resource owner password credentials grant, [RFC 6749 §4.3](https://www.rfc-editor.org/rfc/rfc6749#section-4.3).
//!
//! Legacy (RFC 9700 §2.4: must not be used): the client sees the password. It is here for migrations, for confidential
//! clients that registered for it one by one. The password is checked as the sign-in page does, in text and time alike
//! for unknown users, under the same limits, and opens a session, so that signing out everywhere ends its tokens too.

use std::time::Duration;

use latchkey_auth::{ActiveSession, AuthError, Origin, PasswordAttempt, PasswordOutcome};
use latchkey_cache::{CacheKey, Inserted, Kind};
use latchkey_core::Secret;
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
        let active =
            self.open_session_by_password(context, params.username, params.password, requester.0).await?.ok_or_else(
                // RFC 6749 §5.2. One text whatever the reason: it must not tell which users exist.
                || OAuthError::invalid_grant("the name or the password is not right"),
            )?;
        let grant = grant_in_session(GrantType::Password, client, active, scope);
        let grant = NewGrant { audience: audience(&grant.scope, client, &servers), ..grant };
        self.store_grant(context, &grant, refresh_of(client)).await
    }

    /// Checks a password that a client sends instead of a person; the session that it opened, unless it is wrong.
    pub(crate) async fn open_session_by_password(
        &self,
        context: &TenantContext,
        identifier: String,
        password: Secret<String>,
        from: Origin,
    ) -> Result<Option<ActiveSession>, EndpointError> {
        let attempt = PasswordAttempt { identifier, password, from, previous_session: None };
        match self.sign_in.accept_password(&context.tenant, attempt).await {
            Ok(PasswordOutcome::SignedIn { session, .. }) => {
                self.metrics.sign_in(SignInOutcome::Success);
                self.metrics.session_started();
                // What the tokens say of the sign-in is what was written; `None` when it has ended meanwhile.
                Ok(self.sign_in.find_session_by_id(&context.tenant, &session.id).await?)
            }
            Ok(PasswordOutcome::Refused) | Err(AuthError::PasswordTooLong) => {
                self.metrics.sign_in(SignInOutcome::WrongCredentials);
                Ok(None)
            }
            Ok(PasswordOutcome::Throttled { retry_after }) => {
                self.metrics.sign_in(SignInOutcome::Throttled);
                Err(EndpointError::TooManyAttempts { rule: "sign_in", retry_after })
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
