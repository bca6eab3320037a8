//! What the pages stand on.

use latchkey_auth::{AuthError, Backchannel, Devices, SignIn};
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
