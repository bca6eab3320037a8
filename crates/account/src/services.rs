//! What the pages stand on.

use actix_web::{HttpRequest, web};
use latchkey_auth::{Acr, ActiveSession, AskedAcr, AuthError, Backchannel, Devices, SignIn, Sufficiency};
use latchkey_core::ClientId;
use latchkey_tenants::Tenant;
use latchkey_tokens::{Tokens, TokensError};
use latchkey_web::WebError;

/// Put into the app data as `web::Data<Services>`, beside `latchkey_web::WebState`.
#[derive(Clone)]
pub struct Services {
    /// Sessions, and sign-ins under way.
    pub sign_in: SignIn,
    /// Devices that wait for their user.
    pub devices: Devices,
    /// Requests of CIBA that wait for their user.
    pub backchannel: Backchannel,
    /// What users granted.
    pub tokens: Tokens,
}

impl Services {
    /// Those of the app.
    pub(crate) fn of(request: &HttpRequest) -> Result<&Self, WebError> {
        let services = request.app_data::<web::Data<Self>>().map(|services| services.get_ref());
        services.ok_or_else(|| WebError::internal("the app was built without its services"))
    }

    /// Whether a factor is missing that the tenant or the client insists on.
    pub(crate) async fn lacks_second_factor(
        &self,
        tenant: &Tenant,
        active: &ActiveSession,
        (client, essential): (&ClientId, Option<Acr>),
    ) -> Result<bool, WebError> {
        let asked = AskedAcr { essential, voluntary: None };
        let found = self.sign_in.sufficiency(tenant, active, client, asked).await.map_err(failed)?;
        Ok(matches!(found, Sufficiency::SecondFactorRequired | Sufficiency::FirstFactorRequired))
    }
}

/// What the browser is told of an error of `auth`.
pub(crate) fn failed(error: AuthError) -> WebError {
    match error {
        AuthError::TooManyRequests { retry_after } => {
            WebError::TooManyRequests { rule: "anonymous_requests", retry_after }
        }
        error if error.is_unavailable() => WebError::unavailable(error),
        error => WebError::internal(error),
    }
}

/// What the browser is told of an error of `tokens`.
pub(crate) fn tokens_failed(error: TokensError) -> WebError {
    if error.is_unavailable() { WebError::unavailable(error) } else { WebError::internal(error) }
}
