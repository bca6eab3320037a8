//! The second factor of a sign-in: one page that asks for a code, and another to set up what gives codes.

pub(crate) mod phone;
pub(crate) mod sent_code;
pub(crate) mod set_up;

use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::http::header::RETRY_AFTER;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use latchkey_auth::{
    AuthError, Entry, NewDevice, SecondFactorAttempt, SecondFactorOutcome, SecondFactorStage, SecondFactorStep,
    SignedInWith,
};
use latchkey_core::Secret;
use latchkey_language::Words;
use latchkey_metrics::SignInOutcome;
use latchkey_protocol::Params;
use latchkey_tenants::SecondFactorKind;
use latchkey_web::{
    Browser, ClientAddress, CsrfForm, Layout, Page, PageForm, PageTemplate, TenantContext, WebError, WebState, cookies,
    form, redirect,
};

use crate::Services;
use crate::passkeys;
use crate::push_devices;
use crate::services::failed;
use crate::sign_in::{origin, text};
use crate::step::{Step, hidden, user_detail};

pub(crate) const PATH: &str = "/second-factor";
pub(crate) const SET_UP_PATH: &str = "/second-factor/set-up";

const CODE_MISSING: &str = "factor-code-missing";
const WRONG_CODE: &str = "factor-code-wrong";
const WRONG_RECOVERY_CODE: &str = "factor-recovery-code-wrong";

pub(crate) struct Fields {
    interaction: String,
    kind: SecondFactorKind,
    code: Option<Secret<String>>,
    remember: bool,
}

impl PageForm for Fields {
    fn purpose(&self) -> &str {
        &self.interaction
    }

    fn from_params(params: &mut Params) -> Result<Self, WebError> {
        let method = hidden(params, "method")?;
        Ok(Self {
            interaction: hidden(params, "interaction")?,
            kind: SecondFactorKind::parse(&method).ok_or(WebError::BadRequest("The form holds an unknown method."))?,
            code: code(params),
            remember: params.optional("remember").is_some(),
        })
    }
}

pub(crate) fn code(params: &mut Params) -> Option<Secret<String>> {
    params.optional("code").filter(|code| !code.trim().is_empty()).map(Secret::new)
}

/// Another way to prove who one is.
pub(crate) struct Way {
    pub(crate) page: String,
    pub(crate) text: &'static str,
    pub(crate) method: &'static str,
}

#[derive(Template)]
#[template(path = "second_factor.html")]
struct SecondFactorPage {
    layout: Layout,
    action: String,
    interaction: String,
    csrf_token: String,
    method: &'static str,
    recovery: bool,
    user_name: String,
    user_detail: Option<String>,
    /// Signs in as somebody else.
    restart: String,
    ways: Vec<Way>,
    remember_days: u16,
    remember: bool,
    error: Option<&'static str>,
    alert: Option<Words>,
}

impl PageTemplate for SecondFactorPage {
    fn layout(&self) -> &Layout {
        &self.layout
    }
}

impl SecondFactorPage {
    fn has_errors(&self) -> bool {
        self.alert.is_some() || self.error.is_some()
    }
}

/// `GET {base}/second-factor?interaction=…&method=…`
pub(crate) async fn show(
    request: HttpRequest,
    context: TenantContext,
    browser: Browser,
    address: ClientAddress,
    services: web::Data<Services>,
) -> Result<HttpResponse, WebError> {
    let wanted = form::query(&request)?.optional("method").and_then(|method| SecondFactorKind::parse(&method));
    let step = Step::of_query(&request, &services, context, browser).await?;
    let asked = match find_stage(&request, &services, &step).await? {
        Ok(asked) => asked,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let kind = wanted.filter(|kind| asked.kinds.contains(kind)).or(asked.kinds.first().copied());
    match kind {
        Some(SecondFactorKind::Passkey) => redirect::see_other(&step.page(passkeys::FACTOR_PATH)),
        Some(SecondFactorKind::Push) => push_devices::show_factor(&request, &services, (&step, &asked), &address).await,
        Some(kind) if sent_code::is_sent(kind) => {
            sent_code::show(&request, &services, (&step, &asked, kind), &address).await
        }
        Some(kind) => Page::new(page(&request, &step, &asked, kind)?).render(),
        None => redirect::see_other(&step.page(SET_UP_PATH)),
    }
}

/// `POST {base}/second-factor`
pub(crate) async fn submit(
    request: HttpRequest,
    form: CsrfForm<Fields>,
    address: ClientAddress,
    services: web::Data<Services>,
) -> Result<HttpResponse, WebError> {
    let CsrfForm { fields, context, browser } = form;
    let step = Step::find(&request, &services, context, browser, &fields.interaction).await?;
    let asked = match find_stage(&request, &services, &step).await? {
        Ok(asked) => asked,
        Err(elsewhere) => return Ok(elsewhere),
    };
    if asked.kinds.is_empty() {
        return redirect::see_other(&step.page(SET_UP_PATH));
    }
    if matches!(fields.kind, SecondFactorKind::Passkey | SecondFactorKind::Push) {
        return redirect::see_other(&way(&step, fields.kind).page);
    }
    let mut page = page(&request, &step, &asked, fields.kind)?;
    page.remember = fields.remember;
    let Some(code) = fields.code else {
        page.error = Some(CODE_MISSING);
        return Page::new(page).status(StatusCode::UNPROCESSABLE_ENTITY).render();
    };
    let with = signed_in_with(&request, &step, &address);
    let attempt = SecondFactorAttempt { kind: fields.kind, code, remember: fields.remember, with };
    let outcome = services.sign_in.submit_second_factor(&step.context.tenant, &step.interaction, &asked, attempt).await;
    count(&request, &outcome)?;
    match outcome.map_err(failed)? {
        SecondFactorOutcome::SignedIn { entry, device } => {
            put_device(&request, &step, device.as_ref())?;
            step.enter(&request, &entry)
        }
        SecondFactorOutcome::Refused | SecondFactorOutcome::Expired => {
            page.error = Some(if page.recovery { WRONG_RECOVERY_CODE } else { WRONG_CODE });
            Page::new(page).status(StatusCode::UNPROCESSABLE_ENTITY).render()
        }
        SecondFactorOutcome::Throttled { retry_after } => throttled(page, retry_after),
        SecondFactorOutcome::Over => redirect::see_other(&step.page("/sign-in")),
    }
}

/// Whom the page asks; else where the browser goes instead.
pub(crate) async fn find_stage(
    request: &HttpRequest,
    services: &Services,
    step: &Step,
) -> Result<Result<Box<SecondFactorStep>, HttpResponse>, WebError> {
    let cookie = cookies::read_session(request, &step.context);
    let stage = services.sign_in.second_factor(&step.context.tenant, &step.interaction, cookie.as_deref()).await;
    at_stage(step, stage.map_err(failed)?)
}

fn at_stage(step: &Step, stage: SecondFactorStage) -> Result<Result<Box<SecondFactorStep>, HttpResponse>, WebError> {
    match stage {
        SecondFactorStage::Ask(asked) => Ok(Ok(asked)),
        SecondFactorStage::SignInFirst => redirect::see_other(&step.page("/sign-in")).map(Err),
        SecondFactorStage::Passed => step.go_on().map(Err),
    }
}

pub(crate) fn signed_in_with(request: &HttpRequest, step: &Step, address: &ClientAddress) -> SignedInWith {
    SignedInWith {
        from: origin(request, address),
        previous_session: cookies::read_session(request, &step.context).map(Secret::new),
        device: cookies::read_device(request, &step.context),
    }
}

pub(crate) fn put_device(request: &HttpRequest, step: &Step, device: Option<&NewDevice>) -> Result<(), WebError> {
    match device {
        Some(device) => cookies::put_device(request, &step.context, &device.cookie_value, device.max_age),
        None => Ok(()),
    }
}

/// The other kinds that the user has.
pub(crate) fn ways_beside(step: &Step, asked: &SecondFactorStep, kind: SecondFactorKind) -> Vec<Way> {
    let others = asked.kinds.iter().copied().filter(|other| *other != kind);
    others.map(|other| way(step, other)).collect()
}

fn way(step: &Step, kind: SecondFactorKind) -> Way {
    let coded = || format!("{}&method={}", step.page(PATH), kind.as_str());
    let (page, text) = match kind {
        SecondFactorKind::Passkey => (step.page(passkeys::FACTOR_PATH), "passkeys-factor-title"),
        SecondFactorKind::Totp => (coded(), "factor-use-totp"),
        SecondFactorKind::RecoveryCode => (coded(), "factor-use-recovery-code"),
        SecondFactorKind::EmailCode => (coded(), "codes-use-email"),
        SecondFactorKind::Sms => (coded(), "codes-use-phone"),
        SecondFactorKind::Push => (coded(), "push-use"),
    };
    Way { page, text, method: kind.as_str() }
}

fn page(
    request: &HttpRequest,
    step: &Step,
    asked: &SecondFactorStep,
    kind: SecondFactorKind,
) -> Result<SecondFactorPage, WebError> {
    Ok(SecondFactorPage {
        layout: step.layout(request)?.of_account(asked.user.locale()),
        action: step.context.path(PATH),
        interaction: step.interaction.id.to_string(),
        csrf_token: step.csrf_token(),
        method: kind.as_str(),
        recovery: kind == SecondFactorKind::RecoveryCode,
        user_name: asked.user.display_name().to_owned(),
        user_detail: user_detail(&asked.user),
        restart: step.page("/sign-in"),
        ways: ways_beside(step, asked, kind),
        remember_days: asked.remember_device_days,
        remember: false,
        error: None,
        alert: None,
    })
}

fn throttled(mut page: SecondFactorPage, retry_after: Duration) -> Result<HttpResponse, WebError> {
    page.alert = Some(text::throttled(retry_after));
    let mut response = Page::new(page).status(StatusCode::TOO_MANY_REQUESTS).render()?;
    response.headers_mut().insert(RETRY_AFTER, retry_after.as_secs().max(1).into());
    Ok(response)
}

fn count(request: &HttpRequest, outcome: &Result<SecondFactorOutcome, AuthError>) -> Result<(), WebError> {
    let metrics = &WebState::of(request)?.metrics;
    metrics.sign_in(match outcome {
        Ok(SecondFactorOutcome::SignedIn { entry: Entry::Opened(_), .. }) => SignInOutcome::Success,
        Ok(SecondFactorOutcome::SignedIn { entry: Entry::ActionRequired, .. }) => SignInOutcome::ActionRequired,
        Ok(SecondFactorOutcome::Refused | SecondFactorOutcome::Expired) => SignInOutcome::WrongSecondFactor,
        Ok(SecondFactorOutcome::Throttled { .. } | SecondFactorOutcome::Over) => SignInOutcome::Throttled,
        Err(_) => SignInOutcome::Error,
    });
    match outcome {
        Ok(SecondFactorOutcome::SignedIn { entry: Entry::Opened(_), .. }) => metrics.session_started(),
        Ok(SecondFactorOutcome::Throttled { .. }) => metrics.throttled("second_factor"),
        _ => {}
    }
    Ok(())
}
