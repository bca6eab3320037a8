//! Setting up a phone: a number, then the code that was sent there.

use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::http::header::RETRY_AFTER;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use latchkey_auth::{EnrolmentAttempt, EnrolmentOutcome, PhoneBegun, SecondFactorStep};
use latchkey_core::Secret;
use latchkey_language::Words;
use latchkey_protocol::Params;
use latchkey_tenants::SecondFactorKind;
use latchkey_web::{
    Browser, ClientAddress, CsrfForm, Layout, Page, PageForm, PageTemplate, TenantContext, WebError, redirect,
};

use super::set_up::{find_enrolment, show_codes, signed_in};
use super::{PATH, SET_UP_PATH, code, put_device, signed_in_with};
use crate::Services;
use crate::services::failed;
use crate::step::{Step, hidden, user_detail};

/// The page.
pub(crate) const PHONE_PATH: &str = "/second-factor/set-up/phone";

pub(crate) struct Fields {
    interaction: String,
    number: Option<String>,
    code: Option<Secret<String>>,
    remember: bool,
    /// Whether a number was sent, or the code of one.
    has_number: bool,
}

impl PageForm for Fields {
    fn purpose(&self) -> &str {
        &self.interaction
    }

    fn from_params(params: &mut Params) -> Result<Self, WebError> {
        Ok(Self {
            interaction: hidden(params, "interaction")?,
            has_number: hidden(params, "step")? == "number",
            number: params.optional("number").map(|number| number.trim().to_owned()),
            code: code(params),
            remember: params.optional("remember").is_some(),
        })
    }
}

#[derive(Template)]
#[template(path = "second_factor_phone.html")]
struct PhonePage {
    layout: Layout,
    action: String,
    interaction: String,
    csrf_token: String,
    user_name: String,
    user_detail: Option<String>,
    restart: String,
    /// The number, as typed or as the account has it.
    number: String,
    /// Where a code went, so far that its owner knows it; without one the number is asked for.
    sent_to: Option<String>,
    /// The page once more, for another number.
    other_number: String,
    remember_days: u16,
    remember: bool,
    alert: Option<Words>,
}

impl PageTemplate for PhonePage {
    fn layout(&self) -> &Layout {
        &self.layout
    }
}

/// `GET {base}/second-factor/set-up/phone?interaction=…`
pub(crate) async fn show(
    request: HttpRequest,
    context: TenantContext,
    browser: Browser,
    services: web::Data<Services>,
) -> Result<HttpResponse, WebError> {
    let wants_other = latchkey_web::form::query(&request)?.optional("number").is_some();
    let step = Step::of_query(&request, &services, context, browser).await?;
    let asked = match find_phone_step(&request, &services, &step).await? {
        Ok(asked) => asked,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let mut page = page(&request, &step, &asked)?;
    if !wants_other {
        page.sent_to = find_sent_to(&services, &step, &asked).await?;
    }
    Page::new(page).render()
}

/// `POST {base}/second-factor/set-up/phone`
pub(crate) async fn submit(
    request: HttpRequest,
    form: CsrfForm<Fields>,
    address: ClientAddress,
    services: web::Data<Services>,
) -> Result<HttpResponse, WebError> {
    let CsrfForm { fields, context, browser } = form;
    let step = Step::find(&request, &services, context, browser, &fields.interaction).await?;
    let asked = match find_phone_step(&request, &services, &step).await? {
        Ok(asked) => asked,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let mut page = page(&request, &step, &asked)?;
    let (tenant, interaction) = (&step.context.tenant, &step.interaction);
    let with = signed_in_with(&request, &step, &address);
    if fields.has_number {
        let number = fields.number.unwrap_or_default();
        let begun = services.sign_in.begin_phone(tenant, interaction, (&asked, &number), &with).await;
        page.number = number;
        return match begun.map_err(failed)? {
            PhoneBegun::Sent => redirect::see_other(&step.page(PHONE_PATH)),
            PhoneBegun::Invalid => refuse(page, Words::new("codes-phone-invalid")),
            PhoneBegun::Throttled { retry_after } => throttled(page, retry_after),
            PhoneBegun::NotOffered => redirect::see_other(&step.page(PATH)),
        };
    }
    page.sent_to = find_sent_to(&services, &step, &asked).await?;
    page.remember = fields.remember;
    let Some(code) = fields.code else { return refuse(page, Words::new("codes-missing")) };
    let attempt = EnrolmentAttempt { code, remember: fields.remember, with };
    match services.sign_in.confirm_phone(tenant, interaction, &asked, &attempt).await.map_err(failed)? {
        EnrolmentOutcome::Enrolled { entry, device, recovery_codes } => {
            signed_in(&request, &entry)?;
            put_device(&request, &step, device.as_ref())?;
            let next = step.enter(&request, &entry)?;
            if recovery_codes.is_empty() { Ok(next) } else { show_codes(&request, &step, (&recovery_codes, &entry)) }
        }
        EnrolmentOutcome::Refused => refuse(page, Words::new("codes-second-wrong")),
        EnrolmentOutcome::Expired => {
            page.sent_to = None;
            refuse(page, Words::new("codes-phone-expired"))
        }
    }
}

/// Whom the page lets set one up; else where the browser goes instead.
async fn find_phone_step(
    request: &HttpRequest,
    services: &Services,
    step: &Step,
) -> Result<Result<Box<SecondFactorStep>, HttpResponse>, WebError> {
    let asked = match find_enrolment(request, services, step).await? {
        Ok(asked) => asked,
        Err(elsewhere) => return Ok(Err(elsewhere)),
    };
    // Who has a factor proves it first; nobody adds one with a first factor alone.
    let proves_first = !asked.kinds.is_empty() && !asked.is_addition();
    match asked.enrollable.contains(&SecondFactorKind::Sms) {
        true if !proves_first => Ok(Ok(asked)),
        _ if proves_first => redirect::see_other(&step.page(PATH)).map(Err),
        _ => redirect::see_other(&step.page(SET_UP_PATH)).map(Err),
    }
}

async fn find_sent_to(services: &Services, step: &Step, asked: &SecondFactorStep) -> Result<Option<String>, WebError> {
    services.sign_in.find_phone_candidate(&step.context.tenant, &step.interaction, asked).await.map_err(failed)
}

fn page(request: &HttpRequest, step: &Step, asked: &SecondFactorStep) -> Result<PhonePage, WebError> {
    let number = asked.user.claims.phone_number.as_ref().map(|number| number.as_str().to_owned());
    Ok(PhonePage {
        layout: step.layout(request)?,
        action: step.context.path(PHONE_PATH),
        interaction: step.interaction.id.to_string(),
        csrf_token: step.csrf_token(),
        user_name: asked.user.display_name().to_owned(),
        user_detail: user_detail(&asked.user),
        restart: step.page("/sign-in"),
        number: number.unwrap_or_default(),
        sent_to: None,
        other_number: format!("{}&number=other", step.page(PHONE_PATH)),
        remember_days: asked.remember_device_days,
        remember: false,
        alert: None,
    })
}

fn refuse(mut page: PhonePage, alert: Words) -> Result<HttpResponse, WebError> {
    page.alert = Some(alert);
    Page::new(page).status(StatusCode::UNPROCESSABLE_ENTITY).render()
}

fn throttled(mut page: PhonePage, retry_after: Duration) -> Result<HttpResponse, WebError> {
    page.alert = Some(Words::new("codes-wait").with("seconds", retry_after.as_secs().max(1)));
    let mut response = Page::new(page).status(StatusCode::TOO_MANY_REQUESTS).render()?;
    response.headers_mut().insert(RETRY_AFTER, retry_after.as_secs().max(1).into());
    Ok(response)
}
