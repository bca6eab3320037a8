//! The page of a sign-in that waits for a device: it shows the number that the person types there.

use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, RETRY_AFTER};
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use latchkey_auth::{AuthError, Entry, PushOutcome, PushState, SecondCodeSent, SecondFactorStep};
use latchkey_language::Words;
use latchkey_metrics::SignInOutcome;
use latchkey_protocol::Params;
use latchkey_tenants::SecondFactorKind;
use latchkey_web::{
    Browser, ClientAddress, CsrfForm, Layout, Page, PageForm, PageTemplate, TenantContext, WebError, WebState, redirect,
};
use serde_json::json;

use super::{FACTOR_PATH, STATUS_PATH};
use crate::Services;
use crate::second_factor::{self, Way, find_stage, put_device, signed_in_with, ways_beside};
use crate::services::failed;
use crate::step::{Step, hidden, user_detail};

pub(crate) struct Fields {
    interaction: String,
    remember: bool,
    again: bool,
}

impl PageForm for Fields {
    fn purpose(&self) -> &str {
        &self.interaction
    }

    fn from_params(params: &mut Params) -> Result<Self, WebError> {
        Ok(Self {
            interaction: hidden(params, "interaction")?,
            remember: params.optional("remember").is_some(),
            again: params.optional("again").is_some(),
        })
    }
}

#[derive(Template)]
#[template(path = "second_factor_push.html")]
struct PushPage {
    layout: Layout,
    action: String,
    interaction: String,
    csrf_token: String,
    /// What the person types on the device, while a device can answer.
    number: Option<String>,
    /// Where the script asks how far it is.
    status: String,
    /// Whether a device has approved, so that nothing is left but to go on.
    is_approved: bool,
    user_name: String,
    user_detail: Option<String>,
    /// Signs in as somebody else.
    restart: String,
    ways: Vec<Way>,
    remember_days: u16,
    remember: bool,
    alert: Option<Words>,
}

impl PageTemplate for PushPage {
    fn layout(&self) -> &Layout {
        &self.layout
    }
}

/// The page; the devices are asked when it is seen first.
pub(crate) async fn show(
    request: &HttpRequest,
    services: &Services,
    (step, asked): (&Step, &SecondFactorStep),
    address: &ClientAddress,
) -> Result<HttpResponse, WebError> {
    let with = signed_in_with(request, step, address);
    let (tenant, interaction) = (&step.context.tenant, &step.interaction);
    let sent = services.sign_in.send_first_push(tenant, interaction, asked, &with).await.map_err(failed)?;
    answer(request, services, (step, asked), sent).await
}

/// `POST {base}/second-factor/push`
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
    if !asked.kinds.contains(&SecondFactorKind::Push) {
        return redirect::see_other(&step.page(second_factor::PATH));
    }
    let (tenant, interaction) = (&step.context.tenant, &step.interaction);
    let with = signed_in_with(&request, &step, &address);
    if fields.again {
        let sent = services.sign_in.send_push(tenant, interaction, &asked, &with).await.map_err(failed)?;
        return match sent {
            SecondCodeSent::Sent => redirect::see_other(&page_of(&step)),
            sent => answer(&request, &services, (&step, &asked), sent).await,
        };
    }
    let outcome = services.sign_in.submit_push(tenant, interaction, (&asked, fields.remember), &with).await;
    count(&request, &outcome)?;
    match outcome.map_err(failed)? {
        PushOutcome::SignedIn { entry, device } => {
            put_device(&request, &step, device.as_ref())?;
            step.enter(&request, &entry)
        }
        PushOutcome::Not(state) => {
            let mut page = page(&request, &services, (&step, &asked)).await?;
            page.remember = fields.remember;
            if state == PushState::Waiting {
                page.alert = Some(Words::new("push-not-yet"));
            }
            Page::new(page).status(StatusCode::UNPROCESSABLE_ENTITY).render()
        }
        PushOutcome::Over => redirect::see_other(&step.page("/sign-in")),
    }
}

/// `GET {base}/second-factor/push/status?interaction=…`, for the script of the page.
pub(crate) async fn status(
    request: HttpRequest,
    context: TenantContext,
    browser: Browser,
    services: web::Data<Services>,
) -> Result<HttpResponse, WebError> {
    let step = Step::of_query(&request, &services, context, browser).await?;
    let state = match find_stage(&request, &services, &step).await? {
        Ok(asked) => find_state(&services, &step, &asked).await?,
        Err(_) => PushState::Expired,
    };
    let state = match state {
        PushState::Waiting => "waiting",
        PushState::Approved => "approved",
        PushState::Denied => "denied",
        PushState::Expired => "expired",
    };
    Ok(HttpResponse::Ok().insert_header((CACHE_CONTROL, "no-store")).json(json!({ "state": state })))
}

async fn find_state(services: &Services, step: &Step, asked: &SecondFactorStep) -> Result<PushState, WebError> {
    let found = services.sign_in.find_push(&step.context.tenant, &step.interaction, asked).await.map_err(failed)?;
    Ok(found.map_or(PushState::Expired, |found| found.state))
}

fn page_of(step: &Step) -> String {
    format!("{}&method={}", step.page(second_factor::PATH), SecondFactorKind::Push.as_str())
}

async fn answer(
    request: &HttpRequest,
    services: &Services,
    (step, asked): (&Step, &SecondFactorStep),
    sent: SecondCodeSent,
) -> Result<HttpResponse, WebError> {
    let mut page = page(request, services, (step, asked)).await?;
    match sent {
        SecondCodeSent::Sent | SecondCodeSent::Before { .. } => Page::new(page).render(),
        SecondCodeSent::NotOffered => redirect::see_other(&step.page(second_factor::PATH)),
        SecondCodeSent::Throttled { retry_after } => {
            WebState::of(request)?.metrics.throttled("second_factor_push");
            page.alert = Some(Words::new("push-wait").with("seconds", retry_after.as_secs().max(1)));
            throttled(page, retry_after)
        }
    }
}

fn throttled(page: PushPage, retry_after: Duration) -> Result<HttpResponse, WebError> {
    let mut response = Page::new(page).status(StatusCode::TOO_MANY_REQUESTS).render()?;
    response.headers_mut().insert(RETRY_AFTER, retry_after.as_secs().max(1).into());
    Ok(response)
}

async fn page(
    request: &HttpRequest,
    services: &Services,
    (step, asked): (&Step, &SecondFactorStep),
) -> Result<PushPage, WebError> {
    let found = services.sign_in.find_push(&step.context.tenant, &step.interaction, asked).await.map_err(failed)?;
    let state = found.as_ref().map_or(PushState::Expired, |found| found.state);
    let alert = match state {
        PushState::Denied => Some(Words::new("push-denied")),
        PushState::Expired => Some(Words::new("push-expired")),
        PushState::Waiting | PushState::Approved => None,
    };
    Ok(PushPage {
        layout: step.layout(request)?.of_account(asked.user.locale()).allow_own_requests(),
        action: step.context.path(FACTOR_PATH),
        interaction: step.interaction.id.to_string(),
        csrf_token: step.csrf_token(),
        number: found.filter(|_| state == PushState::Waiting).map(|found| found.number),
        status: step.page(STATUS_PATH),
        is_approved: state == PushState::Approved,
        user_name: asked.user.display_name().to_owned(),
        user_detail: user_detail(&asked.user),
        restart: step.page("/sign-in"),
        ways: ways_beside(step, asked, SecondFactorKind::Push),
        remember_days: asked.remember_device_days,
        remember: false,
        alert,
    })
}

fn count(request: &HttpRequest, outcome: &Result<PushOutcome, AuthError>) -> Result<(), WebError> {
    let metrics = &WebState::of(request)?.metrics;
    metrics.sign_in(match outcome {
        // Nothing has come of it yet.
        Ok(PushOutcome::Not(PushState::Waiting)) => return Ok(()),
        Ok(PushOutcome::SignedIn { entry: Entry::Opened(_), .. }) => SignInOutcome::Success,
        Ok(PushOutcome::SignedIn { entry: Entry::ActionRequired, .. }) => SignInOutcome::ActionRequired,
        Ok(PushOutcome::Not(_)) => SignInOutcome::WrongSecondFactor,
        Ok(PushOutcome::Over) => SignInOutcome::Throttled,
        Err(_) => SignInOutcome::Error,
    });
    if matches!(outcome, Ok(PushOutcome::SignedIn { entry: Entry::Opened(_), .. })) {
        metrics.session_started();
    }
    Ok(())
}
