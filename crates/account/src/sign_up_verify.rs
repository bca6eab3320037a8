//! The page on which the address of an account to be is verified. It reads the same for an address that has an account.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use latchkey_auth::{CodeMail, EMAIL_CODE_DIGITS, Entry, PendingRegistration, RegistrationOutcome};
use latchkey_core::Secret;
use latchkey_metrics::SignInOutcome;
use latchkey_protocol::Params;
use latchkey_web::{
    Browser, ClientAddress, CsrfForm, Layout, Page, PageForm, PageTemplate, Route, TenantContext, WebError, WebState,
    form, redirect,
};

use crate::Services;
use crate::second_factor::{self, signed_in_with};
use crate::services::failed;
use crate::step::{Step, hidden};

pub(crate) const PATH: &str = "/sign-up/verify";

/// Routes of this page.
pub(crate) const ROUTES: [Route; 3] =
    [Route { method: "GET", path: PATH }, Route { method: "HEAD", path: PATH }, Route { method: "POST", path: PATH }];

/// Mounts the page.
pub(crate) fn routes(config: &mut web::ServiceConfig) {
    config.service(web::resource(PATH).get(show).head(show).post(submit));
}

pub(crate) struct Fields {
    interaction: String,
    code: Option<Secret<String>>,
    again: bool,
}

impl PageForm for Fields {
    fn purpose(&self) -> &str {
        &self.interaction
    }

    fn from_params(params: &mut Params) -> Result<Self, WebError> {
        Ok(Self {
            interaction: hidden(params, "interaction")?,
            code: params.optional("code").filter(|code| !code.trim().is_empty()).map(Secret::new),
            again: params.optional("action").as_deref() == Some("resend"),
        })
    }
}

#[derive(Template)]
#[template(path = "sign_up_verify.html")]
struct VerifyPage {
    layout: Layout,
    action: String,
    interaction: String,
    csrf_token: String,
    email: String,
    /// The code of the link in the mail.
    code: String,
    /// Where another address is given.
    restart: String,
    /// The ids of the texts that say what happened.
    notice: Option<&'static str>,
    error: Option<&'static str>,
}

impl PageTemplate for VerifyPage {
    fn layout(&self) -> &Layout {
        &self.layout
    }
}

/// `GET {base}/sign-up/verify?interaction=…&code=…`
pub(crate) async fn show(
    request: HttpRequest,
    context: TenantContext,
    browser: Browser,
    services: web::Data<Services>,
) -> Result<HttpResponse, WebError> {
    let step = Step::of_query(&request, &services, context, browser).await?;
    let Some(pending) = find(&services, &step).await? else { return redirect::see_other(&step.page("/sign-up")) };
    Page::new(page(&request, &step, &pending)?).render()
}

/// `POST {base}/sign-up/verify`
pub(crate) async fn submit(
    request: HttpRequest,
    form: CsrfForm<Fields>,
    address: ClientAddress,
    services: web::Data<Services>,
) -> Result<HttpResponse, WebError> {
    let CsrfForm { fields, context, browser } = form;
    let step = Step::find(&request, &services, context, browser, &fields.interaction).await?;
    let Some(pending) = find(&services, &step).await? else { return redirect::see_other(&step.page("/sign-up")) };
    let (tenant, interaction) = (&step.context.tenant, &step.interaction);
    let mut page = page(&request, &step, &pending)?;
    if fields.again {
        match services.sign_in.mail_registration_again(tenant, interaction).await.map_err(failed)? {
            CodeMail::Sent => page.notice = Some("recovery-verify-sent"),
            CodeMail::TooMany => page.error = Some("recovery-verify-too-many"),
        }
        return page.respond();
    }
    let Some(code) = fields.code else {
        page.error = Some("recovery-verify-missing");
        return page.respond();
    };
    let with = signed_in_with(&request, &step, &address);
    let outcome = services.sign_in.complete_registration(tenant, interaction, &code, &with).await;
    match outcome.map_err(failed)? {
        RegistrationOutcome::Registered(entry) => {
            if matches!(entry, Entry::Opened(_)) {
                let metrics = &WebState::of(&request)?.metrics;
                metrics.sign_in(SignInOutcome::Success);
                metrics.session_started();
            }
            step.enter(&request, &entry)
        }
        RegistrationOutcome::SecondFactorNeeded => redirect::see_other(&step.page(second_factor::PATH)),
        RegistrationOutcome::Over => redirect::see_other(&step.page("/sign-up")),
        RegistrationOutcome::WrongCode => {
            page.error = Some("recovery-verify-wrong");
            page.respond()
        }
        RegistrationOutcome::CodeExpired => {
            page.error = Some("recovery-verify-expired");
            page.respond()
        }
    }
}

impl VerifyPage {
    fn respond(self) -> Result<HttpResponse, WebError> {
        let status = if self.error.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
        Page::new(self).status(status).render()
    }
}

async fn find(services: &Services, step: &Step) -> Result<Option<PendingRegistration>, WebError> {
    services.sign_in.find_registration(&step.context.tenant.id, &step.interaction).await.map_err(failed)
}

fn page(request: &HttpRequest, step: &Step, pending: &PendingRegistration) -> Result<VerifyPage, WebError> {
    let is_code = |text: &String| text.len() == EMAIL_CODE_DIGITS && text.bytes().all(|byte| byte.is_ascii_digit());
    Ok(VerifyPage {
        layout: step.layout(request)?,
        action: step.context.path(PATH),
        interaction: step.interaction.id.to_string(),
        csrf_token: step.csrf_token(),
        email: pending.email.clone(),
        code: form::query(request)?.optional("code").filter(is_code).unwrap_or_default(),
        restart: step.page("/sign-up"),
        notice: None,
        error: None,
    })
}
