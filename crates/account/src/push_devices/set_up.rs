//! Setting up a device: the application scans the code, and the person types the number into the page that it shows.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use latchkey_auth::{EnrolmentAttempt, EnrolmentOutcome, PushEnrolment, SecondFactorStep};
use latchkey_core::Secret;
use latchkey_language::Words;
use latchkey_protocol::Params;
use latchkey_tenants::SecondFactorKind;
use latchkey_web::{
    Browser, ClientAddress, CsrfForm, Layout, Page, PageForm, PageTemplate, TenantContext, WebError, redirect,
};

use super::SET_UP_PATH;
use crate::Services;
use crate::second_factor::set_up::{find_enrolment, qr_picture, show_codes, signed_in};
use crate::second_factor::{self, code, put_device, signed_in_with};
use crate::services::failed;
use crate::step::{Step, hidden, user_detail};

pub(crate) struct Fields {
    interaction: String,
    number: Option<Secret<String>>,
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
            number: code(params),
            remember: params.optional("remember").is_some(),
            again: params.optional("again").is_some(),
        })
    }
}

#[derive(Template)]
#[template(path = "second_factor_push_set_up.html")]
struct SetUpPage {
    layout: Layout,
    action: String,
    interaction: String,
    csrf_token: String,
    user_name: String,
    user_detail: Option<String>,
    restart: String,
    /// An SVG document of our own making.
    qr: String,
    uri: String,
    /// The code as it is typed.
    enrolment_code: String,
    remember_days: u16,
    remember: bool,
    error: Option<&'static str>,
}

impl PageTemplate for SetUpPage {
    fn layout(&self) -> &Layout {
        &self.layout
    }
}

/// `GET {base}/second-factor/set-up/push?interaction=…`
pub(crate) async fn show(
    request: HttpRequest,
    context: TenantContext,
    browser: Browser,
    services: web::Data<Services>,
) -> Result<HttpResponse, WebError> {
    let step = Step::of_query(&request, &services, context, browser).await?;
    let asked = match find_push_step(&request, &services, &step).await? {
        Ok(asked) => asked,
        Err(elsewhere) => return Ok(elsewhere),
    };
    respond(&request, &services, (&step, &asked), None).await
}

/// `POST {base}/second-factor/set-up/push`
pub(crate) async fn submit(
    request: HttpRequest,
    form: CsrfForm<Fields>,
    address: ClientAddress,
    services: web::Data<Services>,
) -> Result<HttpResponse, WebError> {
    let CsrfForm { fields, context, browser } = form;
    let step = Step::find(&request, &services, context, browser, &fields.interaction).await?;
    let asked = match find_push_step(&request, &services, &step).await? {
        Ok(asked) => asked,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let (tenant, interaction) = (&step.context.tenant, &step.interaction);
    if fields.again {
        services.sign_in.restart_push(&tenant.id, interaction).await.map_err(failed)?;
        return redirect::see_other(&step.page(SET_UP_PATH));
    }
    let begun = begin(&services, &step, &asked).await?;
    let refuse = |error| Some((error, fields.remember));
    if begun.is_some_and(|begun| !begun.is_redeemed) {
        return respond(&request, &services, (&step, &asked), refuse("push-not-redeemed")).await;
    }
    let Some(number) = fields.number else {
        return respond(&request, &services, (&step, &asked), refuse("push-number-missing")).await;
    };
    let with = signed_in_with(&request, &step, &address);
    let attempt = EnrolmentAttempt { code: number, remember: fields.remember, with };
    match services.sign_in.confirm_push(tenant, interaction, &asked, &attempt).await.map_err(failed)? {
        EnrolmentOutcome::Enrolled { entry, device, recovery_codes } => {
            signed_in(&request, &entry)?;
            put_device(&request, &step, device.as_ref())?;
            let next = step.enter(&request, &entry)?;
            if recovery_codes.is_empty() { Ok(next) } else { show_codes(&request, &step, (&recovery_codes, &entry)) }
        }
        EnrolmentOutcome::Refused => respond(&request, &services, (&step, &asked), refuse("push-number-wrong")).await,
        EnrolmentOutcome::Expired => respond(&request, &services, (&step, &asked), refuse("push-code-new")).await,
    }
}

/// Whom the page lets set one up; else where the browser goes instead.
async fn find_push_step(
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
    match asked.enrollable.contains(&SecondFactorKind::Push) {
        true if !proves_first => Ok(Ok(asked)),
        _ if proves_first => redirect::see_other(&step.page(second_factor::PATH)).map(Err),
        _ => redirect::see_other(&step.page(second_factor::SET_UP_PATH)).map(Err),
    }
}

async fn begin(services: &Services, step: &Step, asked: &SecondFactorStep) -> Result<Option<PushEnrolment>, WebError> {
    services.sign_in.begin_push(&step.context.tenant, &step.interaction, asked).await.map_err(failed)
}

/// The page; with an error, and whether the box was ticked, when it was sent before.
async fn respond(
    request: &HttpRequest,
    services: &Services,
    (step, asked): (&Step, &SecondFactorStep),
    sent: Option<(&'static str, bool)>,
) -> Result<HttpResponse, WebError> {
    let Some(enrolment) = begin(services, step, asked).await? else {
        return redirect::see_other(&step.page(second_factor::SET_UP_PATH));
    };
    let status = if sent.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    Page::new(SetUpPage {
        layout: step.layout(request)?.of_account(asked.user.locale()),
        action: step.context.path(SET_UP_PATH),
        interaction: step.interaction.id.to_string(),
        csrf_token: step.csrf_token(),
        user_name: asked.user.display_name().to_owned(),
        user_detail: user_detail(&asked.user),
        restart: step.page("/sign-in"),
        qr: qr_picture(enrolment.uri.expose())?,
        uri: enrolment.uri.expose().clone(),
        enrolment_code: enrolment.code.expose().clone(),
        remember_days: asked.remember_device_days,
        remember: sent.is_some_and(|(_, remember)| remember),
        error: sent.map(|(error, _)| error),
    })
    .status(status)
    .render()
}

impl SetUpPage {
    fn lead(&self) -> Words {
        Words::new("push-set-up-lead").with("tenant", &self.layout.name)
    }
}
