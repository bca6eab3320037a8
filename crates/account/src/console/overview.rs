//! The first page of the console: who is signed in, and what there is to be said about it.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use latchkey_web::{Browser, Layout, Page, PageTemplate, TenantContext, WebError};

use super::frame::{self, Frame, day};
use super::gate::{self, Need};
use super::sessions;
use crate::services::failed;
use crate::{Services, security};

pub(crate) const PATH: &str = "/account";
/// Where another account of the browser is chosen.
pub(crate) const SWITCH_PATH: &str = "/account/switch";

#[derive(Template)]
#[template(path = "console/overview.html")]
struct OverviewPage {
    layout: Layout,
    frame: Frame,
    username: String,
    email: Option<String>,
    email_verified: bool,
    since: String,
    authenticators: usize,
    passkeys: usize,
    recovery_codes: i64,
    sessions: usize,
    security_path: String,
    sessions_path: String,
}

impl PageTemplate for OverviewPage {
    fn layout(&self) -> &Layout {
        &self.layout
    }
}

/// `GET {base}/account`
pub(crate) async fn show(
    request: HttpRequest,
    context: TenantContext,
    browser: Browser,
    services: web::Data<Services>,
) -> Result<HttpResponse, WebError> {
    let owner = match gate::enter(&request, &services, (context, browser), (PATH, Need::Session)).await? {
        Ok(owner) => owner,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let summary = services.sign_in.own_summary(&owner.context.tenant, &owner.own).await.map_err(failed)?;
    let (layout, frame) = frame::of(&request, &owner, PATH)?;
    let user = owner.user();
    Page::new(OverviewPage {
        layout,
        frame,
        username: user.username.clone(),
        email: user.email.clone(),
        email_verified: user.email_verified,
        since: day(user.created_at),
        authenticators: summary.authenticators,
        passkeys: summary.passkeys,
        recovery_codes: summary.recovery_codes,
        sessions: summary.sessions,
        security_path: owner.context.path(security::PATH),
        sessions_path: owner.context.path(sessions::PATH),
    })
    .render()
}

/// `GET {base}/account/switch`
pub(crate) async fn switch(
    request: HttpRequest,
    context: TenantContext,
    browser: Browser,
    services: web::Data<Services>,
) -> Result<HttpResponse, WebError> {
    gate::leave(&request, &services, (&context, &browser, None), ("/choose-account", PATH)).await
}
