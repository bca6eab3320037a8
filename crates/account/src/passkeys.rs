//! Passkeys: a button on the sign-in page, a page that asks for one as second factor, pages on which one is made, and
//! their part of the own account.
//!
//! A script hands the browser what the form carries, and sends the form with what the browser answers. Without
//! JavaScript there are no passkeys: whatever else there is to sign in with stands on the same pages.

mod factor;
mod making;
mod offer;
mod own;
mod sign_in;

use actix_web::HttpRequest;
use actix_web::web::{self, ServiceConfig};
use latchkey_auth::{PasskeyOptions, PasskeyRefusal, RelyingParty};
use latchkey_web::{RequestOrigin, Route, TenantContext, WebError};

use crate::Services;
use crate::services::failed;
use crate::step::Step;

pub(crate) use own::{PasskeyLine, lines};

const SIGN_IN_PATH: &str = "/sign-in/passkey";
pub(crate) const FACTOR_PATH: &str = "/second-factor/passkey";
pub(crate) const NEW_PATH: &str = "/passkeys/new";
pub(crate) const OFFER_PATH: &str = "/passkeys/offer";
pub(crate) const OWN_PATH: &str = "/account/passkeys";

/// Routes that [`routes`] mounts.
pub(crate) const ROUTES: [Route; 11] = [
    Route { method: "POST", path: SIGN_IN_PATH },
    Route { method: "GET", path: FACTOR_PATH },
    Route { method: "HEAD", path: FACTOR_PATH },
    Route { method: "POST", path: FACTOR_PATH },
    Route { method: "GET", path: NEW_PATH },
    Route { method: "HEAD", path: NEW_PATH },
    Route { method: "POST", path: NEW_PATH },
    Route { method: "GET", path: OFFER_PATH },
    Route { method: "HEAD", path: OFFER_PATH },
    Route { method: "POST", path: OFFER_PATH },
    Route { method: "POST", path: OWN_PATH },
];

/// Mounts the pages of passkeys.
pub(crate) fn routes(config: &mut ServiceConfig) {
    config
        .service(web::resource(SIGN_IN_PATH).post(sign_in::submit))
        .service(web::resource(FACTOR_PATH).get(factor::show).head(factor::show).post(factor::submit))
        .service(web::resource(NEW_PATH).get(making::show).head(making::show).post(making::submit))
        .service(web::resource(OFFER_PATH).get(offer::show).head(offer::show).post(offer::submit))
        .service(web::resource(OWN_PATH).post(own::change));
}

/// A form that the script of a page sends with what the browser answers.
pub(crate) struct PasskeyForm {
    pub(crate) action: String,
    /// What the browser is handed.
    pub(crate) options: String,
}

impl PasskeyForm {
    fn new(step: &Step, path: &str, options: &PasskeyOptions) -> Self {
        Self { action: step.context.path(path), options: options.as_str().to_owned() }
    }
}

/// For whom passkeys are made at this tenant; `None` on a page of another origin than the issuer's, where no browser
/// would use them.
pub(crate) fn relying_party(request: &HttpRequest, context: &TenantContext) -> Result<Option<RelyingParty>, WebError> {
    let origin = RequestOrigin::of(request)?.ascii_origin();
    Ok(RelyingParty::of(&context.tenant, &context.issuer).filter(|party| party.is_at(&origin)))
}

/// The passkey's part of the sign-in page, where one is a way to sign in.
pub(crate) async fn sign_in_form(
    request: &HttpRequest,
    services: &Services,
    step: &Step,
) -> Result<Option<PasskeyForm>, WebError> {
    let Some(party) = relying_party(request, &step.context)? else { return Ok(None) };
    let options = services.sign_in.begin_passkey(&step.context.tenant, &party, &step.interaction).await;
    Ok(options.map_err(failed)?.map(|options| PasskeyForm::new(step, SIGN_IN_PATH, &options)))
}

/// What the person is told of a passkey that was not accepted.
fn refusal_text(refusal: PasskeyRefusal) -> &'static str {
    match refusal {
        PasskeyRefusal::Wrong => "passkeys-refused",
        PasskeyRefusal::NotVerified => "passkeys-not-verified",
        PasskeyRefusal::Suspected => "passkeys-suspected",
        PasskeyRefusal::MakeNotAllowed => "passkeys-make-not-allowed",
        PasskeyRefusal::NoRoom => "passkeys-no-room",
    }
}
