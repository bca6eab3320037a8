//! Setting up an authenticator application on the way to an application: a QR code, its secret as text, and a code that
//! proves that it works. The recovery codes come with the answer, once.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use latchkey_auth::{
    EnrolmentAttempt, EnrolmentOutcome, Entry, RecoveryCode, SecondFactorStage, SecondFactorStep, TotpEnrolment,
};
use latchkey_core::Secret;
use latchkey_language::Words;
use latchkey_metrics::SignInOutcome;
use latchkey_protocol::Params;
use latchkey_tenants::SecondFactorKind;
use latchkey_web::{
    Browser, ClientAddress, CsrfForm, ErrorPage, Layout, Page, PageForm, PageTemplate, TenantContext, WebError,
    WebState, cookies, redirect,
};
use qrcode::QrCode;
use qrcode::render::svg;

use super::phone::PHONE_PATH;
use super::{CODE_MISSING, PATH, SET_UP_PATH, at_stage, code, put_device, signed_in_with};
use crate::Services;
use crate::passkeys;
use crate::push_devices;
use crate::security;
use crate::services::failed;
use crate::step::{Step, hidden, user_detail};

const WRONG_CODE: &str = "factor-set-up-wrong";
/// Side of the picture, in CSS pixels at least; it is sharp at any size.
const SIDE: u32 = 200;

pub(crate) struct Fields {
    interaction: String,
    code: Option<Secret<String>>,
    remember: bool,
    later: bool,
}

impl PageForm for Fields {
    fn purpose(&self) -> &str {
        &self.interaction
    }

    fn from_params(params: &mut Params) -> Result<Self, WebError> {
        Ok(Self {
            interaction: hidden(params, "interaction")?,
            code: code(params),
            remember: params.optional("remember").is_some(),
            later: params.optional("later").is_some(),
        })
    }
}

#[derive(Template)]
#[template(path = "second_factor_set_up.html")]
struct SetUpPage {
    layout: Layout,
    action: String,
    interaction: String,
    csrf_token: String,
    client_name: String,
    user_name: String,
    user_detail: Option<String>,
    restart: String,
    /// An SVG document of our own making.
    qr: String,
    uri: String,
    secret: String,
    /// The page that sets up a phone instead, where that may be.
    phone: Option<String>,
    /// The page that sets up a device that approves, where that may be.
    push: Option<String>,
    /// The last day on which it may be put off.
    due_on: Option<String>,
    /// Where a passkey is made instead, if one would do.
    passkey: Option<String>,
    remember_days: u16,
    remember: bool,
    error: Option<&'static str>,
}

impl PageTemplate for SetUpPage {
    fn layout(&self) -> &Layout {
        &self.layout
    }
}

impl SetUpPage {
    fn lead(&self) -> Words {
        Words::new("factor-set-up-lead").with("tenant", &self.layout.name).with("client", &self.client_name)
    }
}

#[derive(Template)]
#[template(path = "recovery_codes.html")]
struct RecoveryCodesPage {
    layout: Layout,
    client_name: String,
    codes: Vec<String>,
    go_on: String,
}

impl PageTemplate for RecoveryCodesPage {
    fn layout(&self) -> &Layout {
        &self.layout
    }
}

/// `GET {base}/second-factor/set-up?interaction=…`
pub(crate) async fn show(
    request: HttpRequest,
    context: TenantContext,
    browser: Browser,
    services: web::Data<Services>,
) -> Result<HttpResponse, WebError> {
    let step = Step::of_query(&request, &services, context, browser).await?;
    let asked = match find_enrolment(&request, &services, &step).await? {
        Ok(asked) => asked,
        Err(elsewhere) => return Ok(elsewhere),
    };
    if let Some(other) = page_of_first(&asked) {
        return redirect::see_other(&step.page(other));
    }
    respond(&request, &services, (&step, &asked), None).await
}

/// `POST {base}/second-factor/set-up`
pub(crate) async fn submit(
    request: HttpRequest,
    form: CsrfForm<Fields>,
    address: ClientAddress,
    services: web::Data<Services>,
) -> Result<HttpResponse, WebError> {
    let CsrfForm { fields, context, browser } = form;
    let step = Step::find(&request, &services, context, browser, &fields.interaction).await?;
    let asked = match find_enrolment(&request, &services, &step).await? {
        Ok(asked) => asked,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let with = signed_in_with(&request, &step, &address);
    let (tenant, interaction) = (&step.context.tenant, &step.interaction);
    if fields.later {
        let entry = services.sign_in.put_off_second_factor(tenant, interaction, &asked, &with).await;
        return match entry.map_err(failed)? {
            Some(entry) => {
                signed_in(&request, &entry)?;
                step.enter(&request, &entry)
            }
            None => redirect::see_other(&step.page(PATH)),
        };
    }
    let Some(code) = fields.code else {
        return respond(&request, &services, (&step, &asked), Some((CODE_MISSING, fields.remember))).await;
    };
    let attempt = EnrolmentAttempt { code, remember: fields.remember, with };
    let outcome = services.sign_in.confirm_totp(tenant, interaction, &asked, &attempt).await;
    match outcome.map_err(failed)? {
        EnrolmentOutcome::Enrolled { entry, device, recovery_codes } => {
            signed_in(&request, &entry)?;
            put_device(&request, &step, device.as_ref())?;
            let next = step.enter(&request, &entry)?;
            if recovery_codes.is_empty() { Ok(next) } else { show_codes(&request, &step, (&recovery_codes, &entry)) }
        }
        EnrolmentOutcome::Refused => {
            respond(&request, &services, (&step, &asked), Some((WRONG_CODE, fields.remember))).await
        }
        EnrolmentOutcome::Expired => redirect::see_other(&step.page(SET_UP_PATH)),
    }
}

pub(crate) fn signed_in(request: &HttpRequest, entry: &Entry) -> Result<(), WebError> {
    let metrics = &WebState::of(request)?.metrics;
    match entry {
        Entry::Opened(_) => {
            metrics.sign_in(SignInOutcome::Success);
            metrics.session_started();
        }
        Entry::ActionRequired => metrics.sign_in(SignInOutcome::ActionRequired),
    }
    Ok(())
}

/// Whom the page lets set one up; else where the browser goes instead. On the own account's behalf one may come beside
/// those that there are.
pub(crate) async fn find_enrolment(
    request: &HttpRequest,
    services: &Services,
    step: &Step,
) -> Result<Result<Box<SecondFactorStep>, HttpResponse>, WebError> {
    let cookie = cookies::read_session(request, &step.context);
    let stage = services.sign_in.second_factor(&step.context.tenant, &step.interaction, cookie.as_deref()).await;
    match stage.map_err(failed)? {
        SecondFactorStage::Passed if security::is_own(step) => match security::find_own(request, services, step).await?
        {
            Ok(own) => match own.addition {
                Some(addition) => Ok(Ok(Box::new(addition))),
                None => redirect::see_other(&step.page(security::PATH)).map(Err),
            },
            Err(elsewhere) => Ok(Err(elsewhere)),
        },
        stage => at_stage(step, stage),
    }
}

/// The page with the secret; with an error, and whether the box was ticked, when it was sent before.
async fn respond(
    request: &HttpRequest,
    services: &Services,
    (step, asked): (&Step, &SecondFactorStep),
    sent: Option<(&'static str, bool)>,
) -> Result<HttpResponse, WebError> {
    if !asked.kinds.is_empty() && !asked.is_addition() {
        // Who has a factor proves it first; nobody adds one with a password alone.
        return redirect::see_other(&step.page(PATH));
    }
    let begun = services.sign_in.begin_totp(&step.context.tenant, &step.interaction, asked).await;
    let Some(enrolment) = begun.map_err(failed)? else {
        return if asked.enrollable.contains(&SecondFactorKind::Passkey) {
            redirect::see_other(&step.page(passkeys::NEW_PATH))
        } else {
            Ok(nothing_to_set_up(request, step))
        };
    };
    let status = if sent.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let mut page = page(request, step, asked, &enrolment)?;
    page.error = sent.map(|(error, _)| error);
    page.remember = sent.is_some_and(|(_, remember)| remember);
    Page::new(page).status(status).render()
}

fn page(
    request: &HttpRequest,
    step: &Step,
    asked: &SecondFactorStep,
    enrolment: &TotpEnrolment,
) -> Result<SetUpPage, WebError> {
    let qr = qr_picture(enrolment.uri.expose())?;
    let layout = step.layout(request)?;
    Ok(SetUpPage {
        action: step.context.path(SET_UP_PATH),
        interaction: step.interaction.id.to_string(),
        csrf_token: step.csrf_token(),
        client_name: step.client_name(&layout),
        layout,
        user_name: asked.user.display_name().to_owned(),
        user_detail: user_detail(&asked.user),
        restart: step.page("/sign-in"),
        qr,
        uri: enrolment.uri.expose().clone(),
        secret: enrolment.secret.expose().clone(),
        phone: asked.enrollable.contains(&SecondFactorKind::Sms).then(|| step.page(PHONE_PATH)),
        push: asked.enrollable.contains(&SecondFactorKind::Push).then(|| step.page(push_devices::SET_UP_PATH)),
        due_on: asked.due_at.map(|due_at| due_at.to_string().chars().take(10).collect()),
        passkey: (!asked.is_addition() && asked.enrollable.contains(&SecondFactorKind::Passkey))
            .then(|| step.page(passkeys::NEW_PATH)),
        remember_days: asked.remember_device_days,
        remember: false,
        error: None,
    })
}

/// The page of what is set up where an authenticator is not: which comes first in the policy.
fn page_of_first(asked: &SecondFactorStep) -> Option<&'static str> {
    if asked.enrollable.contains(&SecondFactorKind::Totp) {
        return None;
    }
    asked.enrollable.iter().find_map(|kind| match kind {
        SecondFactorKind::Sms => Some(PHONE_PATH),
        SecondFactorKind::Push => Some(push_devices::SET_UP_PATH),
        _ => None,
    })
}

/// A text as a QR code: an SVG document.
pub(crate) fn qr_picture(text: &str) -> Result<String, WebError> {
    let symbol = QrCode::new(text.as_bytes()).map_err(WebError::internal)?;
    // Black on white whatever the scheme of the page: not every reader finds an inverted code.
    let picture = symbol.render::<svg::Color<'_>>().min_dimensions(SIDE, SIDE).build();
    // Within HTML there is no XML declaration.
    Ok(picture.find("<svg").and_then(|start| picture.get(start..)).unwrap_or_default().to_owned())
}

/// The recovery codes, once.
pub(crate) fn show_codes(
    request: &HttpRequest,
    step: &Step,
    (codes, entry): (&[RecoveryCode], &Entry),
) -> Result<HttpResponse, WebError> {
    show_codes_before(request, step, (codes, step.next_after(entry)))
}

/// The recovery codes, once, with a link to where the browser goes then.
pub(crate) fn show_codes_before(
    request: &HttpRequest,
    step: &Step,
    (codes, go_on): (&[RecoveryCode], String),
) -> Result<HttpResponse, WebError> {
    let layout = step.layout(request)?;
    Page::new(RecoveryCodesPage {
        client_name: step.client_name(&layout),
        layout,
        codes: codes.iter().map(|code| code.text().expose().clone()).collect(),
        go_on,
    })
    .render()
}

/// The tenant asks for a second factor of which this user can have none.
fn nothing_to_set_up(request: &HttpRequest, step: &Step) -> HttpResponse {
    ErrorPage::new(StatusCode::FORBIDDEN, "factor-needed", "factor-needed-none")
        .what_to_do(Words::new("factor-needed-ask").with("tenant", &step.context.tenant.name))
        .respond(request)
}
