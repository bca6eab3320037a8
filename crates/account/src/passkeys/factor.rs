//! The page that asks for a passkey as second factor.

use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::http::header::RETRY_AFTER;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use latchkey_auth::{AuthError, Entry, PasskeyFactorAttempt, PasskeyFactorOutcome, SecondFactorStep};
use latchkey_core::Secret;
use latchkey_language::Words;
use latchkey_metrics::SignInOutcome;
use latchkey_protocol::Params;
use latchkey_tenants::SecondFactorKind;
use latchkey_web::{
    Browser, ClientAddress, CsrfForm, Layout, Page, PageForm, PageTemplate, TenantContext, WebError, WebState, redirect,
};

use super::{FACTOR_PATH, PasskeyForm, refusal_text, relying_party};
use crate::Services;
use crate::second_factor::{self, Way, find_stage, put_device, signed_in_with, ways_beside};
use crate::services::failed;
use crate::sign_in::text;
use crate::step::{Step, hidden, user_detail};

pub(crate) struct Fields {
    interaction: String,
    /// Empty when the form was sent by hand.
    credential: Secret<String>,
    remember: bool,
}

impl PageForm for Fields {
    fn purpose(&self) -> &str {
        &self.interaction
    }

    fn from_params(params: &mut Params) -> Result<Self, WebError> {
        Ok(Self {
            interaction: hidden(params, "interaction")?,
            credential: Secret::new(params.optional("credential").unwrap_or_default()),
            remember: params.optional("remember").is_some(),
        })
    }
}

#[derive(Template)]
#[template(path = "passkey_factor.html")]
struct FactorPage {
    layout: Layout,
    interaction: String,
    csrf_token: String,
    /// `None` when no passkey of the user works at this address.
    form: Option<PasskeyForm>,
    user_name: String,
    user_detail: Option<String>,
    /// Signs in as somebody else.
    restart: String,
    ways: Vec<Way>,
    remember_days: u16,
    remember: bool,
    alert: Option<Words>,
}

impl PageTemplate for FactorPage {
    fn layout(&self) -> &Layout {
        &self.layout
    }
}

/// `GET {base}/second-factor/passkey?interaction=…`
pub(crate) async fn show(
    request: HttpRequest,
    context: TenantContext,
    browser: Browser,
    services: web::Data<Services>,
) -> Result<HttpResponse, WebError> {
    let step = Step::of_query(&request, &services, context, browser).await?;
    let asked = match find_asked(&request, &services, &step).await? {
        Ok(asked) => asked,
        Err(elsewhere) => return Ok(elsewhere),
    };
    Page::new(page(&request, &services, &step, &asked).await?).render()
}

/// `POST {base}/second-factor/passkey`
pub(crate) async fn submit(
    request: HttpRequest,
    form: CsrfForm<Fields>,
    address: ClientAddress,
    services: web::Data<Services>,
) -> Result<HttpResponse, WebError> {
    let CsrfForm { fields, context, browser } = form;
    let step = Step::find(&request, &services, context, browser, &fields.interaction).await?;
    let asked = match find_asked(&request, &services, &step).await? {
        Ok(asked) => asked,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let Some(party) = relying_party(&request, &step.context)? else {
        return redirect::see_other(&step.page(FACTOR_PATH));
    };
    let with = signed_in_with(&request, &step, &address);
    let attempt = PasskeyFactorAttempt { response: fields.credential, remember: fields.remember, with };
    let (tenant, interaction) = (&step.context.tenant, &step.interaction);
    let outcome = services.sign_in.submit_passkey_factor(tenant, (&party, interaction), &asked, attempt).await;
    count(&request, &outcome)?;
    match outcome.map_err(failed)? {
        PasskeyFactorOutcome::SignedIn { entry, device } => {
            put_device(&request, &step, device.as_ref())?;
            step.enter(&request, &entry)
        }
        PasskeyFactorOutcome::Refused(refusal) => {
            let mut page = page(&request, &services, &step, &asked).await?;
            page.remember = fields.remember;
            page.alert = Some(refusal_text(refusal).into());
            Page::new(page).status(StatusCode::UNPROCESSABLE_ENTITY).render()
        }
        PasskeyFactorOutcome::Throttled { retry_after } => {
            throttled(page(&request, &services, &step, &asked).await?, retry_after)
        }
        PasskeyFactorOutcome::Over => redirect::see_other(&step.page("/sign-in")),
    }
}

/// Whom the page asks; else where the browser goes instead.
async fn find_asked(
    request: &HttpRequest,
    services: &Services,
    step: &Step,
) -> Result<Result<Box<SecondFactorStep>, HttpResponse>, WebError> {
    match find_stage(request, services, step).await? {
        Ok(asked) if !asked.kinds.contains(&SecondFactorKind::Passkey) => {
            redirect::see_other(&step.page(second_factor::PATH)).map(Err)
        }
        found => Ok(found),
    }
}

async fn page(
    request: &HttpRequest,
    services: &Services,
    step: &Step,
    asked: &SecondFactorStep,
) -> Result<FactorPage, WebError> {
    let options = match relying_party(request, &step.context)? {
        Some(party) => {
            let (tenant, interaction) = (&step.context.tenant, &step.interaction);
            services.sign_in.begin_passkey_factor(tenant, &party, interaction, asked).await.map_err(failed)?
        }
        None => None,
    };
    let layout = step.layout(request)?.of_account(asked.user.locale());
    Ok(FactorPage {
        interaction: step.interaction.id.to_string(),
        csrf_token: step.csrf_token(),
        form: options.map(|options| PasskeyForm::new(step, FACTOR_PATH, &options)),
        user_name: asked.user.display_name().to_owned(),
        user_detail: user_detail(&asked.user),
        restart: step.page("/sign-in"),
        ways: ways_beside(step, asked, SecondFactorKind::Passkey),
        remember_days: asked.remember_device_days,
        remember: false,
        alert: None,
        layout,
    })
}

fn throttled(mut page: FactorPage, retry_after: Duration) -> Result<HttpResponse, WebError> {
    page.alert = Some(text::throttled(retry_after));
    let mut response = Page::new(page).status(StatusCode::TOO_MANY_REQUESTS).render()?;
    response.headers_mut().insert(RETRY_AFTER, retry_after.as_secs().max(1).into());
    Ok(response)
}

fn count(request: &HttpRequest, outcome: &Result<PasskeyFactorOutcome, AuthError>) -> Result<(), WebError> {
    let metrics = &WebState::of(request)?.metrics;
    metrics.sign_in(match outcome {
        Ok(PasskeyFactorOutcome::SignedIn { entry: Entry::Opened(_), .. }) => SignInOutcome::Success,
        Ok(PasskeyFactorOutcome::SignedIn { entry: Entry::ActionRequired, .. }) => SignInOutcome::ActionRequired,
        Ok(PasskeyFactorOutcome::Refused(_)) => SignInOutcome::WrongSecondFactor,
        Ok(PasskeyFactorOutcome::Throttled { .. } | PasskeyFactorOutcome::Over) => SignInOutcome::Throttled,
        Err(_) => SignInOutcome::Error,
    });
    match outcome {
        Ok(PasskeyFactorOutcome::SignedIn { entry: Entry::Opened(_), .. }) => metrics.session_started(),
        Ok(PasskeyFactorOutcome::Throttled { .. }) => metrics.throttled("second_factor"),
        _ => {}
    }
    Ok(())
}
