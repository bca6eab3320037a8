//! The code: typed, or brought along by the link and compared.

use std::sync::Arc;
use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::http::header::RETRY_AFTER;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use latchkey_auth::{
    BrowserBinding, ConsentPrompt, ConsentState, DeviceRequest, LookUp, NewInteraction, Requirement, Typist, UserCode,
    Visitor,
};
use latchkey_language::Words;
use latchkey_protocol::Params;
use latchkey_tenants::Client;
use latchkey_web::{
    Browser, ClientAddress, CsrfForm, Layout, Page, PageForm, PageTemplate, RequestOrigin, TenantContext, WebError,
    WebState, csrf, form, redirect,
};
use serde_json::json;

use crate::Services;
use crate::services::failed;

/// What the form's token is for: there is no interaction yet.
const PURPOSE: &str = "device";
/// Where a sign-in on the way comes back to.
const CONFIRM_PATH: &str = "/device/confirm";
/// The code inside [`NewInteraction::authorization`].
pub(super) const USER_CODE: &str = "user_code";
/// What the device asks for, beside it: what the next page shows is what its answer is for.
pub(super) const DEVICE: &str = "device";

/// The texts of this page that depend on what happened.
mod text {
    use std::time::Duration;

    use latchkey_language::Words;

    pub(super) const MISSING: &str = "device-enter";
    pub(super) const MALFORMED: &str = "device-code-malformed";
    /// One text whatever the reason: it must not tell which codes exist.
    pub(super) const WRONG: &str = "device-code-wrong";

    pub(super) fn throttled(retry_after: Duration) -> Words {
        Words::new("device-throttled").with("minutes", retry_after.as_secs().div_ceil(60).max(1))
    }
}

pub(crate) struct Fields {
    user_code: Option<String>,
}

impl PageForm for Fields {
    fn purpose(&self) -> &str {
        PURPOSE
    }

    fn from_params(params: &mut Params) -> Result<Self, WebError> {
        Ok(Self { user_code: params.optional("user_code") })
    }
}

#[derive(Template)]
#[template(path = "device.html")]
struct DevicePage {
    layout: Layout,
    action: String,
    csrf_token: String,
    /// What the field holds.
    typed: String,
    /// The code that the link brought along, to be compared.
    linked: Option<String>,
    qr: String,
    error: Option<Words>,
}

impl PageTemplate for DevicePage {
    fn layout(&self) -> &Layout {
        &self.layout
    }
}

impl DevicePage {
    fn new(request: &HttpRequest, context: &TenantContext, browser: &Browser) -> Result<Self, WebError> {
        Ok(Self {
            layout: Layout::new(request, &context.tenant)?,
            action: context.path("/device"),
            csrf_token: csrf::token(browser, &context.tenant.id, PURPOSE),
            typed: String::new(),
            linked: None,
            qr: context.path("/device/qr"),
            error: None,
        })
    }
}

/// `GET {base}/device?user_code=…`
pub(super) async fn show(
    request: HttpRequest,
    context: TenantContext,
    browser: Browser,
) -> Result<HttpResponse, WebError> {
    let mut page = DevicePage::new(&request, &context, &browser)?;
    // Nothing is looked up: opening a link, as a scanner of mails or a preview does, is no guess and tells nothing.
    let code = form::query(&request)?.optional("user_code").and_then(|typed| UserCode::parse(&typed));
    page.linked = code.map(|code| code.to_string());
    Page::new(page).render()
}

/// `POST {base}/device`
pub(super) async fn submit(
    request: HttpRequest,
    form: CsrfForm<Fields>,
    address: ClientAddress,
    services: web::Data<Services>,
) -> Result<HttpResponse, WebError> {
    let CsrfForm { fields, context, browser } = form;
    let entry = Entry { request: &request, context: &context, browser: &browser, services: &services };
    let Some(typed) = &fields.user_code else { return entry.refused("", text::MISSING) };
    let Some(user_code) = UserCode::parse(typed) else { return entry.refused(typed, text::MALFORMED) };

    let binding = BrowserBinding::new(browser.binding().clone());
    let typist = Typist { address: address.0, browser: &binding };
    match services.devices.look_up(&context.tenant.id, &user_code, typist).await.map_err(failed)? {
        LookUp::Found(device) => match entry.find_client(&device).await? {
            Some(client) => entry.begin(&binding, &user_code, &client, device).await,
            None => entry.refused(typed, text::WRONG),
        },
        LookUp::Wrong => entry.refused(typed, text::WRONG),
        LookUp::Throttled { retry_after } => entry.throttled(typed, retry_after),
    }
}

/// What it takes to answer a code that was entered.
struct Entry<'a> {
    request: &'a HttpRequest,
    context: &'a TenantContext,
    browser: &'a Browser,
    services: &'a Services,
}

impl Entry<'_> {
    async fn find_client(&self, device: &DeviceRequest) -> Result<Option<Arc<Client>>, WebError> {
        Ok(WebState::of(self.request)?.directory.find_client(&self.context.tenant.id, &device.client_id).await?)
    }

    async fn begin(
        &self,
        binding: &BrowserBinding,
        user_code: &UserCode,
        client: &Client,
        device: DeviceRequest,
    ) -> Result<HttpResponse, WebError> {
        let new = NewInteraction {
            client_id: device.client_id.clone(),
            client_name: client.name.clone(),
            scope: device.scope.clone(),
            requirement: Requirement::default(),
            login_hint: None,
            ui_locales: Vec::new(),
            consent: ConsentState::Asked { prompt: ConsentPrompt::Always },
            continue_path: CONFIRM_PATH.to_owned(),
            authorization: json!({ USER_CODE: user_code.to_string(), DEVICE: device }),
        };
        let visitor = Visitor { address: RequestOrigin::of(self.request)?.client, browser: binding };
        let interaction = self.services.sign_in.begin(&self.context.tenant, visitor, new).await.map_err(failed)?;
        redirect::see_other(&self.context.path(&interaction.continue_path))
    }

    fn refused(&self, typed: &str, error: &'static str) -> Result<HttpResponse, WebError> {
        let mut page = DevicePage::new(self.request, self.context, self.browser)?;
        typed.clone_into(&mut page.typed);
        page.error = Some(error.into());
        Page::new(page).status(StatusCode::UNPROCESSABLE_ENTITY).render()
    }

    fn throttled(&self, typed: &str, retry_after: Duration) -> Result<HttpResponse, WebError> {
        WebState::of(self.request)?.metrics.throttled("user_code");
        let mut page = DevicePage::new(self.request, self.context, self.browser)?;
        typed.clone_into(&mut page.typed);
        page.error = Some(text::throttled(retry_after));
        let mut response = Page::new(page).status(StatusCode::TOO_MANY_REQUESTS).render()?;
        response.headers_mut().insert(RETRY_AFTER, retry_after.as_secs().max(1).into());
        Ok(response)
    }
}
