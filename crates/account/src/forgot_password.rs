//! Forgotten password: whoever asks gets the same answer, in the same time, whether or not there is such an account.

use actix_web::http::StatusCode;
use actix_web::http::header::RETRY_AFTER;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use latchkey_auth::{BrowserBinding, ResetRequest, ResetRequested};
use latchkey_core::InteractionId;
use latchkey_protocol::Params;
use latchkey_web::{
    Browser, ClientAddress, CsrfForm, Layout, Page, PageForm, PageTemplate, Route, TenantContext, WebError, WebState,
    csrf, form,
};

use crate::Services;
use crate::services::failed;
use crate::sign_in::text::throttled;

pub(crate) const PATH: &str = "/forgot-password";
/// What the form's token is for where no sign-in is under way.
const PURPOSE: &str = "forgot-password";
const MAX_LOGIN_CHARS: usize = 320;

/// Routes of this page.
pub(crate) const ROUTES: [Route; 3] =
    [Route { method: "GET", path: PATH }, Route { method: "HEAD", path: PATH }, Route { method: "POST", path: PATH }];

/// Mounts the page.
pub(crate) fn routes(config: &mut web::ServiceConfig) {
    config.service(web::resource(PATH).get(show).head(show).post(submit));
}

pub(crate) struct Fields {
    interaction: Option<String>,
    login: Option<String>,
}

impl PageForm for Fields {
    fn purpose(&self) -> &str {
        self.interaction.as_deref().unwrap_or(PURPOSE)
    }

    fn from_params(params: &mut Params) -> Result<Self, WebError> {
        let login = params.optional("login").map(|login| login.trim().to_owned()).filter(|login| !login.is_empty());
        Ok(Self { interaction: params.optional("interaction"), login })
    }
}

#[derive(Template)]
#[template(path = "forgot_password.html")]
struct ForgotPage {
    layout: Layout,
    action: String,
    interaction: Option<String>,
    csrf_token: String,
    login: String,
    /// Whether somebody has asked: then there is no form.
    asked: bool,
    /// Back to the sign-in under way.
    sign_in: Option<String>,
    error: Option<String>,
}

impl PageTemplate for ForgotPage {
    fn layout(&self) -> &Layout {
        &self.layout
    }
}

/// Who asks, and the sign-in that is under way in the browser, if one is.
struct Asking<'a> {
    request: &'a HttpRequest,
    context: &'a TenantContext,
    browser: &'a Browser,
    /// The sign-in, and the name that its application suggests.
    under_way: Option<(InteractionId, Option<String>)>,
}

impl<'a> Asking<'a> {
    async fn find(
        request: &'a HttpRequest,
        services: &Services,
        (context, browser): (&'a TenantContext, &'a Browser),
        interaction: Option<&str>,
    ) -> Result<Self, WebError> {
        let id = interaction.and_then(|id| id.parse::<InteractionId>().ok());
        let under_way = match id {
            Some(id) => {
                let binding = BrowserBinding::new(browser.binding().clone());
                let found = services.sign_in.find(&context.tenant.id, &id, &binding).await.map_err(failed)?;
                found.map(|interaction| (interaction.id, interaction.login_hint))
            }
            None => None,
        };
        Ok(Self { request, context, browser, under_way })
    }

    fn page(&self) -> Result<ForgotPage, WebError> {
        let interaction = self.under_way.as_ref().map(|(id, _)| id.to_string());
        let purpose = interaction.as_deref().unwrap_or(PURPOSE);
        Ok(ForgotPage {
            layout: Layout::new(self.request, &self.context.tenant)?,
            action: self.context.path(PATH),
            csrf_token: csrf::token(self.browser, &self.context.tenant.id, purpose),
            login: self.under_way.as_ref().and_then(|(_, hint)| hint.clone()).unwrap_or_default(),
            asked: false,
            sign_in: interaction.as_ref().map(|id| self.context.path(&format!("/sign-in?interaction={id}"))),
            interaction,
            error: None,
        })
    }
}

/// `GET {base}/forgot-password?interaction=…`
pub(crate) async fn show(
    request: HttpRequest,
    context: TenantContext,
    browser: Browser,
    services: web::Data<Services>,
) -> Result<HttpResponse, WebError> {
    let interaction = form::query(&request)?.optional("interaction");
    let asking = Asking::find(&request, &services, (&context, &browser), interaction.as_deref()).await?;
    Page::new(asking.page()?).render()
}

/// `POST {base}/forgot-password`
pub(crate) async fn submit(
    request: HttpRequest,
    form: CsrfForm<Fields>,
    address: ClientAddress,
    services: web::Data<Services>,
) -> Result<HttpResponse, WebError> {
    let CsrfForm { fields, context, browser } = form;
    let asking = Asking::find(&request, &services, (&context, &browser), fields.interaction.as_deref()).await?;
    let mut page = asking.page()?;
    let Some(login) = fields.login.filter(|login| login.chars().count() <= MAX_LOGIN_CHARS) else {
        page.error = Some(page.layout.t("recovery-forgot-missing"));
        return Page::new(page).status(StatusCode::UNPROCESSABLE_ENTITY).render();
    };
    let interaction = asking.under_way.as_ref().map(|(id, _)| id.clone());
    let asked = ResetRequest { identifier: login, address: address.0, interaction };
    match services.sign_in.ask_for_reset(&context.tenant, &asked).await.map_err(failed)? {
        ResetRequested::Asked => {
            page.asked = true;
            Page::new(page).render()
        }
        ResetRequested::Throttled { retry_after } => {
            WebState::of(&request)?.metrics.throttled("recovery");
            page.error = Some(page.layout.say(throttled(retry_after)));
            let mut response = Page::new(page).status(StatusCode::TOO_MANY_REQUESTS).render()?;
            response.headers_mut().insert(RETRY_AFTER, retry_after.as_secs().max(1).into());
            Ok(response)
        }
    }
}
