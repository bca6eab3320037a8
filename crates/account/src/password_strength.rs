//! Advice while a password is typed, for pages that have one chosen: how hard it is to guess, and what would help. Where
//! there is no script the same is said when the form is sent.
//!
//! The form's own token stands for the page, so this answers nobody who has not been shown one. Nothing is kept, logged
//! or looked up elsewhere: a service of breached passwords must not learn what somebody is about to type.

use actix_web::http::header::CACHE_CONTROL;
use actix_web::{HttpRequest, HttpResponse, web};
use latchkey_auth::{AuthError, PasswordOwner, PasswordRule};
use latchkey_core::Secret;
use latchkey_language::Words;
use latchkey_protocol::Params;
use latchkey_web::{ClientAddress, CsrfForm, Layout, PageForm, Route, TenantContext, WebError};
use serde_json::json;

use crate::Services;
use crate::new_password::broken;
use crate::services::failed;
use crate::step::hidden;

const PATH: &str = "/password-strength";
/// More than this is good, whatever the tenant asks for.
const GOOD_SCORE: u8 = 3;

/// The route of this module, relative to the issuer.
pub(crate) const ROUTES: [Route; 1] = [Route { method: "POST", path: PATH }];

/// Mounts it.
pub(crate) fn routes(config: &mut web::ServiceConfig) {
    config.service(web::resource(PATH).post(estimate));
}

/// What the field of a page needs for the advice.
pub(crate) struct StrengthField {
    pub(crate) action: String,
    /// What the token of the page's form was made for.
    pub(crate) purpose: String,
}

impl StrengthField {
    pub(crate) fn new(context: &TenantContext, purpose: &str) -> Self {
        Self { action: context.path(PATH), purpose: purpose.to_owned() }
    }
}

pub(crate) struct Fields {
    purpose: String,
    password: Secret<String>,
    username: Option<String>,
    name: Option<String>,
}

impl PageForm for Fields {
    fn purpose(&self) -> &str {
        &self.purpose
    }

    fn from_params(params: &mut Params) -> Result<Self, WebError> {
        Ok(Self {
            purpose: hidden(params, "purpose")?,
            password: Secret::new(params.optional("password").unwrap_or_default()),
            username: params.optional("username"),
            name: params.optional("name"),
        })
    }
}

/// `POST {base}/password-strength`
async fn estimate(
    request: HttpRequest,
    form: CsrfForm<Fields>,
    address: ClientAddress,
    services: web::Data<Services>,
) -> Result<HttpResponse, WebError> {
    let CsrfForm { fields, context, .. } = form;
    let tenant = &context.tenant;
    services.sign_in.admit_stranger(tenant, address.0).await.map_err(failed)?;
    let owner = PasswordOwner::of_new_account(fields.username.as_deref().unwrap_or_default(), fields.name.as_deref());
    let (score, words) = match services.sign_in.preview_password(tenant, &owner, fields.password).await {
        Ok((_, Some(rule))) => (0, broken(rule)),
        Ok((strength, None)) if strength.score < GOOD_SCORE => (strength.score, Words::new("password-fair")),
        Ok((strength, None)) => (strength.score, Words::new("password-good")),
        Err(AuthError::PasswordTooLong) => (0, broken(PasswordRule::TooLong)),
        Err(error) => return Err(failed(error)),
    };
    let advice = json!({ "score": score, "text": Layout::new(&request, tenant)?.say(&words) });
    Ok(HttpResponse::Ok().insert_header((CACHE_CONTROL, "no-store")).json(advice))
}
