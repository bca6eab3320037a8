//! A second factor that is sent: the page sends the first code when it is opened, and another when it is asked to.

use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::http::header::RETRY_AFTER;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use latchkey_auth::{SecondCodeSent, SecondFactorAttempt, SecondFactorOutcome, SecondFactorStep};
use latchkey_core::Secret;
use latchkey_language::Words;
use latchkey_protocol::Params;
use latchkey_tenants::SecondFactorKind;
use latchkey_web::{ClientAddress, CsrfForm, Layout, Page, PageForm, PageTemplate, WebError, WebState, redirect};

use super::{PATH, Way, code, count, find_stage, put_device, signed_in_with, ways_beside};
use crate::Services;
use crate::services::failed;
use crate::step::{Step, hidden, user_detail};

/// Where the page posts to.
pub(crate) const SENT_PATH: &str = "/second-factor/sent";

pub(crate) struct Fields {
    interaction: String,
    kind: SecondFactorKind,
    code: Option<Secret<String>>,
    remember: bool,
    again: bool,
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
            again: params.optional("again").is_some(),
        })
    }
}

#[derive(Template)]
#[template(path = "second_factor_sent.html")]
struct SentCodePage {
    layout: Layout,
    action: String,
    interaction: String,
    csrf_token: String,
    method: &'static str,
    /// Where it went, so far that its owner knows it.
    sent_to: String,
    is_texted: bool,
    user_name: String,
    user_detail: Option<String>,
    /// Signs in as somebody else.
    restart: String,
    ways: Vec<Way>,
    remember_days: u16,
    remember: bool,
    alert: Option<Words>,
}

impl PageTemplate for SentCodePage {
    fn layout(&self) -> &Layout {
        &self.layout
    }
}

/// Whether codes of that kind are sent.
pub(super) fn is_sent(kind: SecondFactorKind) -> bool {
    match kind {
        SecondFactorKind::EmailCode | SecondFactorKind::Sms => true,
        SecondFactorKind::Passkey
        | SecondFactorKind::Totp
        | SecondFactorKind::RecoveryCode
        | SecondFactorKind::Push => false,
    }
}

/// The page; a code is on its way when it is seen first.
pub(super) async fn show(
    request: &HttpRequest,
    services: &Services,
    (step, asked, kind): (&Step, &SecondFactorStep, SecondFactorKind),
    address: &ClientAddress,
) -> Result<HttpResponse, WebError> {
    let with = signed_in_with(request, step, address);
    let (tenant, interaction) = (&step.context.tenant, &step.interaction);
    let sent = services.sign_in.send_first_code(tenant, interaction, (asked, kind), &with).await.map_err(failed)?;
    answer(request, services, (step, asked, kind), sent).await
}

/// `POST {base}/second-factor/sent`
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
    if !is_sent(fields.kind) || !asked.kinds.contains(&fields.kind) {
        return redirect::see_other(&step.page(PATH));
    }
    let (tenant, interaction, kind) = (&step.context.tenant, &step.interaction, fields.kind);
    let with = signed_in_with(&request, &step, &address);
    if fields.again {
        let sent = services.sign_in.send_code(tenant, interaction, (&asked, kind), &with).await.map_err(failed)?;
        return match sent {
            SecondCodeSent::Sent => redirect::see_other(&page_of(&step, kind)),
            sent => answer(&request, &services, (&step, &asked, kind), sent).await,
        };
    }
    let mut page = page(&request, &services, (&step, &asked, kind)).await?;
    page.remember = fields.remember;
    let Some(code) = fields.code else { return refuse(page, Words::new("codes-missing")) };
    let attempt = SecondFactorAttempt { kind, code, remember: fields.remember, with };
    let outcome = services.sign_in.submit_second_factor(tenant, interaction, &asked, attempt).await;
    count(&request, &outcome)?;
    match outcome.map_err(failed)? {
        SecondFactorOutcome::SignedIn { entry, device } => {
            put_device(&request, &step, device.as_ref())?;
            step.enter(&request, &entry)
        }
        SecondFactorOutcome::Refused => refuse(page, Words::new("codes-second-wrong")),
        SecondFactorOutcome::Expired => refuse(page, Words::new("codes-expired")),
        SecondFactorOutcome::Throttled { retry_after } => {
            let minutes = retry_after.as_secs().div_ceil(60).max(1);
            throttled(page, Words::new("codes-throttled").with("minutes", minutes), retry_after)
        }
        SecondFactorOutcome::Over => redirect::see_other(&step.page("/sign-in")),
    }
}

/// The page of that kind.
pub(super) fn page_of(step: &Step, kind: SecondFactorKind) -> String {
    format!("{}&method={}", step.page(PATH), kind.as_str())
}

async fn answer(
    request: &HttpRequest,
    services: &Services,
    (step, asked, kind): (&Step, &SecondFactorStep, SecondFactorKind),
    sent: SecondCodeSent,
) -> Result<HttpResponse, WebError> {
    let mut page = page(request, services, (step, asked, kind)).await?;
    match sent {
        SecondCodeSent::Sent => {}
        SecondCodeSent::Before { is_over } => page.alert = is_over.then(|| Words::new("codes-expired")),
        SecondCodeSent::NotOffered => return redirect::see_other(&step.page(PATH)),
        SecondCodeSent::Throttled { retry_after } => {
            WebState::of(request)?.metrics.throttled("second_factor_code");
            let words = Words::new("codes-wait").with("seconds", retry_after.as_secs().max(1));
            return throttled(page, words, retry_after);
        }
    }
    Page::new(page).render()
}

fn refuse(mut page: SentCodePage, alert: Words) -> Result<HttpResponse, WebError> {
    page.alert = Some(alert);
    Page::new(page).status(StatusCode::UNPROCESSABLE_ENTITY).render()
}

fn throttled(mut page: SentCodePage, alert: Words, retry_after: Duration) -> Result<HttpResponse, WebError> {
    page.alert = Some(alert);
    let mut response = Page::new(page).status(StatusCode::TOO_MANY_REQUESTS).render()?;
    response.headers_mut().insert(RETRY_AFTER, retry_after.as_secs().max(1).into());
    Ok(response)
}

async fn page(
    request: &HttpRequest,
    services: &Services,
    (step, asked, kind): (&Step, &SecondFactorStep, SecondFactorKind),
) -> Result<SentCodePage, WebError> {
    let sent_to = services.sign_in.masked_destination(&step.context.tenant, asked, kind).await.map_err(failed)?;
    Ok(SentCodePage {
        layout: step.layout(request)?,
        action: step.context.path(SENT_PATH),
        interaction: step.interaction.id.to_string(),
        csrf_token: step.csrf_token(),
        method: kind.as_str(),
        sent_to,
        is_texted: kind == SecondFactorKind::Sms,
        user_name: asked.user.display_name().to_owned(),
        user_detail: user_detail(&asked.user),
        restart: step.page("/sign-in"),
        ways: ways_beside(step, asked, kind),
        remember_days: asked.remember_device_days,
        remember: false,
        alert: None,
    })
}
