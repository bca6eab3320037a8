//! The question: is this your device, and may its application have this?

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use latchkey_auth::{ActiveSession, Answer, Answered, ConsentDecision, DeviceRequest, UserCode};
use latchkey_language::Words;
use latchkey_metrics::ConsentDecision as Counted;
use latchkey_protocol::Params;
use latchkey_web::{
    Browser, CsrfForm, ErrorPage, Layout, Page, PageForm, PageTemplate, TenantContext, WebError, WebState,
    client_logo_path, cookies, redirect,
};
use serde_json::Value;

use super::enter::{DEVICE, USER_CODE};
use crate::Services;
use crate::consent::{Unverified, unverified};
use crate::detail_list::{self, Detail};
use crate::scope_list::{self, ScopeLine};
use crate::second_factor;
use crate::services::failed;
use crate::step::{Step, hidden};

pub(crate) struct Fields {
    interaction: String,
    /// The session whose user the page spoke to.
    account: Option<String>,
    answer: Answer,
}

impl PageForm for Fields {
    fn purpose(&self) -> &str {
        &self.interaction
    }

    fn from_params(params: &mut Params) -> Result<Self, WebError> {
        let interaction = hidden(params, "interaction")?;
        let answer = match hidden(params, "decision")?.as_str() {
            "allow" => Answer::Approve,
            "deny" => Answer::Deny,
            _ => return Err(WebError::BadRequest("The form holds an unknown answer.")),
        };
        Ok(Self { interaction, account: params.optional("account"), answer })
    }
}

#[derive(Template)]
#[template(path = "device_confirm.html")]
struct ConfirmPage {
    layout: Layout,
    action: String,
    interaction: String,
    account: String,
    /// Another account answered than the one that was asked.
    switched: bool,
    csrf_token: String,
    user_code: String,
    client_name: String,
    client_initial: String,
    client_logo: Option<String>,
    /// Nobody of the tenant vouches for the application.
    unverified: Option<Unverified>,
    user_name: String,
    user_detail: Option<String>,
    switch_account: String,
    scopes: Vec<ScopeLine>,
    details: Vec<Detail>,
}

impl PageTemplate for ConfirmPage {
    fn layout(&self) -> &Layout {
        &self.layout
    }
}

/// `GET {base}/device/confirm?interaction=…`
pub(super) async fn show(
    request: HttpRequest,
    context: TenantContext,
    browser: Browser,
    services: web::Data<Services>,
) -> Result<HttpResponse, WebError> {
    let step = Step::of_query(&request, &services, context, browser).await?;
    let user_code = user_code(&step)?;
    if !waits(&services, &step, &user_code).await? {
        return Ok(over(&request, &step));
    }
    let Some(active) = find_session(&request, &services, &step).await? else {
        return redirect::see_other(&step.page("/sign-in"));
    };
    if step.lacks_second_factor(&services, &active).await? {
        return redirect::see_other(&step.page(second_factor::PATH));
    }
    Page::new(page(&request, &step, (&user_code, &active)).await?).render()
}

/// `POST {base}/device/confirm`
pub(super) async fn decide(
    request: HttpRequest,
    form: CsrfForm<Fields>,
    services: web::Data<Services>,
) -> Result<HttpResponse, WebError> {
    let CsrfForm { fields, context, browser } = form;
    let step = Step::find(&request, &services, context, browser, &fields.interaction).await?;
    let user_code = user_code(&step)?;
    let Some(active) = find_session(&request, &services, &step).await? else {
        return redirect::see_other(&step.page("/sign-in"));
    };
    if step.lacks_second_factor(&services, &active).await? {
        return redirect::see_other(&step.page(second_factor::PATH));
    }
    if !waits(&services, &step, &user_code).await? {
        return Ok(over(&request, &step));
    }
    // Another account may have become the active one in another tab meanwhile: nobody answers for somebody else.
    if fields.account.as_deref() != Some(active.session.id.as_str()) {
        let page = page(&request, &step, (&user_code, &active)).await?;
        return Page::new(ConfirmPage { switched: true, ..page }).status(StatusCode::CONFLICT).render();
    }
    let (decision, counted, end) = match fields.answer {
        Answer::Approve => {
            (ConsentDecision::Allow(step.interaction.scope.clone()), Counted::Allowed, "/device/connected")
        }
        Answer::Deny => (ConsentDecision::Deny, Counted::Denied, "/device/refused"),
    };
    let tenant = &step.context.tenant.id;
    // First, so that no device is connected under a consent that nobody can find and take back.
    services.sign_in.record_consent(tenant, &step.interaction, &active.session, decision).await.map_err(failed)?;
    let answered = services.devices.answer(tenant, &user_code, &active, fields.answer).await.map_err(failed)?;
    services.sign_in.finish(tenant, &step.interaction.id).await.map_err(failed)?;
    if answered == Answered::TooLate {
        return Ok(over(&request, &step));
    }
    WebState::of(&request)?.metrics.consent(counted);
    redirect::see_other(&step.context.path(end))
}

/// The code of a sign-in that the code's page began; [`WebError::Expired`] for any other.
fn user_code(step: &Step) -> Result<UserCode, WebError> {
    let kept = step.interaction.authorization.get(USER_CODE).and_then(Value::as_str);
    kept.and_then(UserCode::parse).ok_or(WebError::Expired)
}

/// What the device asked for when its code was entered.
fn device(step: &Step) -> Option<DeviceRequest> {
    serde_json::from_value(step.interaction.authorization.get(DEVICE)?.clone()).ok()
}

async fn waits(services: &Services, step: &Step, user_code: &UserCode) -> Result<bool, WebError> {
    let found = services.devices.find(&step.context.tenant.id, user_code).await.map_err(failed)?;
    // A code may be given out again; what was asked must be what is answered.
    let same = found.is_some() && found == device(step);
    Ok(same && step.client.is_some())
}

async fn find_session(
    request: &HttpRequest,
    services: &Services,
    step: &Step,
) -> Result<Option<ActiveSession>, WebError> {
    let Some(cookie) = cookies::read_session(request, &step.context) else { return Ok(None) };
    let session = services.sign_in.find_session(&step.context.tenant, &cookie).await.map_err(failed)?;
    let now = WebState::of(request)?.clock.now();
    Ok(session.filter(|active| step.interaction.accepts(&active.session, now)))
}

fn over(request: &HttpRequest, step: &Step) -> HttpResponse {
    ErrorPage::new(StatusCode::BAD_REQUEST, "device-over", "device-over-message")
        .what_to_do(Words::new("device-over-what").with("address", format!("{}/device", step.context.issuer)))
        .respond(request)
}

async fn page(
    request: &HttpRequest,
    step: &Step,
    (user_code, active): (&UserCode, &ActiveSession),
) -> Result<ConfirmPage, WebError> {
    let layout = Layout::new(request, &step.context.tenant)?.of_account(active.user.locale());
    let language = layout.language();
    let servers = WebState::of(request)?.directory.resource_servers(&step.context.tenant.id).await?;
    let audiences = step.client.as_ref().map(|client| client.metadata.audiences.as_slice()).unwrap_or_default();
    let asked = device(step).and_then(|device| device.authorization_details);
    let details = detail_list::describe(asked.as_ref(), audiences, (&servers, language));
    let client_logo = step.client.as_ref().and_then(|client| client_logo_path(&step.context, client, layout.lang()));
    let user = &active.user;
    let client_name = step.client_name(&layout);
    Ok(ConfirmPage {
        layout,
        action: step.context.path("/device/confirm"),
        interaction: step.interaction.id.to_string(),
        account: active.session.id.to_string(),
        switched: false,
        csrf_token: step.csrf_token(),
        user_code: user_code.to_string(),
        client_initial: latchkey_web::initial(&client_name),
        client_name,
        client_logo,
        unverified: step.client.as_ref().and_then(|client| unverified(client)),
        user_name: user.display_name().to_owned(),
        user_detail: user
            .email
            .clone()
            .or_else(|| Some(user.username.clone()))
            .filter(|text| text != user.display_name()),
        switch_account: step.page("/sign-in"),
        scopes: scope_list::describe(&step.interaction.scope, &servers, language),
        details,
    })
}
