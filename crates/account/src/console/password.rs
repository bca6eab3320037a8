//! Another password, by the one before.

use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::http::header::RETRY_AFTER;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use latchkey_auth::{AuthError, PasswordChange, PasswordChangeOutcome, PasswordRule};
use latchkey_core::Secret;
use latchkey_language::Words;
use latchkey_protocol::Params;
use latchkey_web::{Browser, ClientAddress, CsrfForm, Layout, Page, PageTemplate, TenantContext, WebError, cookies};

use super::frame::{self, Frame};
use super::gate::{self, Need, Own, OwnFields, Owner};
use crate::Services;
use crate::new_password::{broken, typed_twice};
use crate::password_strength::StrengthField;
use crate::services::failed;
use crate::sign_in::origin;

pub(crate) const PATH: &str = "/account/password";

pub(crate) struct Fields {
    present: Option<Secret<String>>,
    password: Option<Secret<String>>,
    confirmation: Option<Secret<String>>,
    end_others: bool,
}

impl OwnFields for Fields {
    fn from_params(params: &mut Params) -> Result<Self, WebError> {
        Ok(Self {
            present: params.optional("present_password").map(Secret::new),
            password: params.optional("password").map(Secret::new),
            confirmation: params.optional("password_confirmation").map(Secret::new),
            end_others: params.optional("end_others").is_some(),
        })
    }
}

#[derive(Template)]
#[template(path = "console/password.html")]
struct PasswordPage {
    layout: Layout,
    frame: Frame,
    username: String,
    has_password: bool,
    least_chars: u16,
    strength: StrengthField,
    end_others: bool,
    present_error: Option<Words>,
    error: Option<Words>,
    alert: Option<Words>,
}

impl PageTemplate for PasswordPage {
    fn layout(&self) -> &Layout {
        &self.layout
    }
}

impl PasswordPage {
    fn has_errors(&self) -> bool {
        self.present_error.is_some() || self.error.is_some() || self.alert.is_some()
    }

    fn refuse(self) -> Result<HttpResponse, WebError> {
        Page::new(self).status(StatusCode::UNPROCESSABLE_ENTITY).render()
    }
}

/// `GET {base}/account/password`
pub(crate) async fn show(
    request: HttpRequest,
    context: TenantContext,
    browser: Browser,
    services: web::Data<Services>,
) -> Result<HttpResponse, WebError> {
    let owner = match gate::enter(&request, &services, (context, browser), (PATH, Need::Proof)).await? {
        Ok(owner) => owner,
        Err(elsewhere) => return Ok(elsewhere),
    };
    Page::new(page(&request, &services, &owner).await?).render()
}

/// `POST {base}/account/password`
pub(crate) async fn change(
    request: HttpRequest,
    form: CsrfForm<Own<Fields>>,
    address: ClientAddress,
    services: web::Data<Services>,
) -> Result<HttpResponse, WebError> {
    let (owner, fields) = match gate::change(&request, &services, form, PATH).await? {
        Ok(passed) => passed,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let mut page = page(&request, &services, &owner).await?;
    page.end_others = fields.end_others;
    if page.has_password && fields.present.is_none() {
        page.present_error = Some(Words::new("account-password-present-missing"));
    }
    let new = match typed_twice(fields.password.as_ref(), fields.confirmation.as_ref()) {
        Ok(new) => new,
        Err(error) => {
            page.error = Some(error);
            return page.refuse();
        }
    };
    if page.has_errors() {
        return page.refuse();
    }
    let from = origin(&request, &address);
    let known = cookies::read_known(&request, &owner.context);
    let change = PasswordChange { present: fields.present, new, end_other_sessions: fields.end_others, from, known };
    match services.sign_in.change_own_password(&owner.context.tenant, &owner.own, change).await {
        Ok(PasswordChangeOutcome::Changed) => return owner.see(PATH, "password"),
        Ok(PasswordChangeOutcome::WrongPassword) => {
            page.present_error = Some(Words::new("account-password-present-wrong"));
        }
        Ok(PasswordChangeOutcome::Refused(rule)) => page.error = Some(broken(rule)),
        Ok(PasswordChangeOutcome::Throttled { retry_after }) => return throttled(page, retry_after),
        Err(AuthError::PasswordTooLong) => page.error = Some(broken(PasswordRule::TooLong)),
        Err(error) => return Err(failed(error)),
    }
    page.refuse()
}

fn throttled(mut page: PasswordPage, retry_after: Duration) -> Result<HttpResponse, WebError> {
    let minutes = retry_after.as_secs().div_ceil(60).max(1);
    page.alert = Some(Words::new("account-password-throttled").with("minutes", minutes));
    let mut response = Page::new(page).status(StatusCode::TOO_MANY_REQUESTS).render()?;
    response.headers_mut().insert(RETRY_AFTER, retry_after.as_secs().max(1).into());
    Ok(response)
}

async fn page(request: &HttpRequest, services: &Services, owner: &Owner) -> Result<PasswordPage, WebError> {
    let tenant = &owner.context.tenant;
    let has_password = services.sign_in.has_own_password(tenant, &owner.own).await.map_err(failed)?;
    let (layout, frame) = frame::of(request, owner, PATH)?;
    Ok(PasswordPage {
        layout: layout.allow_own_requests(),
        strength: StrengthField::new(&owner.context, &frame.account),
        frame,
        username: owner.user().email.clone().unwrap_or_else(|| owner.user().username.clone()),
        has_password,
        least_chars: tenant.settings.passwords.min_length,
        end_others: true,
        present_error: None,
        error: None,
        alert: None,
    })
}
