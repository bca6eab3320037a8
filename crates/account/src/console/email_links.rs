//! The pages of the links by which an address is confirmed, and by which a change is taken back. Opening a link changes
//! nothing: programs that look at mails open it, too.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use latchkey_auth::{EmailConfirmed, EmailUndone, LinkToken};
use latchkey_core::Secret;
use latchkey_language::Words;
use latchkey_protocol::Params;
use latchkey_tokens::grant_store;
use latchkey_web::{
    Browser, ClientAddress, CsrfForm, Layout, Page, PageForm, PageTemplate, TenantContext, WebError, csrf, form,
};

use super::gate::{self, Need, Owner};
use super::{email, overview};
use crate::Services;
use crate::services::{failed, tokens_failed};
use crate::sign_in::origin;
use crate::step::hidden;
use crate::{forgot_password, reset_password};

/// The page of the link that confirms an address.
pub(crate) const CONFIRM_PATH: &str = "/account/email/confirm";
/// The page of the link that takes a change back.
pub(crate) const UNDO_PATH: &str = "/account/email/undo";

/// The secret of the link.
pub(crate) struct LinkFields {
    token: String,
}

impl PageForm for LinkFields {
    fn purpose(&self) -> &str {
        &self.token
    }

    fn from_params(params: &mut Params) -> Result<Self, WebError> {
        Ok(Self { token: hidden(params, "token")? })
    }
}

impl LinkFields {
    fn link(&self) -> LinkToken {
        LinkToken::presented(Secret::from(self.token.as_str()))
    }
}

/// A question that one button answers.
#[derive(Template)]
#[template(path = "console/email_link.html")]
struct LinkPage {
    layout: Layout,
    title: &'static str,
    what: Words,
    /// What it brings besides.
    besides: Option<&'static str>,
    button: &'static str,
    action: String,
    token: String,
    csrf_token: String,
}

/// What came of it, or why nothing did.
#[derive(Template)]
#[template(path = "console/email_link_done.html")]
struct DonePage {
    layout: Layout,
    title: &'static str,
    what: Words,
    then: Option<&'static str>,
    /// Where it goes on.
    next: (String, &'static str),
}

impl PageTemplate for LinkPage {
    fn layout(&self) -> &Layout {
        &self.layout
    }
}

impl PageTemplate for DonePage {
    fn layout(&self) -> &Layout {
        &self.layout
    }
}

/// `GET {base}/account/email/confirm?token=…`: who is not signed in does so first, and comes back with the token sealed.
pub(crate) async fn show_confirm(
    request: HttpRequest,
    context: TenantContext,
    browser: Browser,
    services: web::Data<Services>,
) -> Result<HttpResponse, WebError> {
    let mut query = form::query(&request)?;
    let sealed = query.optional("sealed");
    let token = match &sealed {
        Some(sealed) => services.sign_in.open_sealed_link(&context.tenant, sealed),
        None => query.optional("token").map(|token| LinkToken::presented(Secret::new(token))),
    };
    let token = token.unwrap_or_else(|| LinkToken::presented(Secret::from("")));
    let sealed = services.sign_in.seal_link(&context.tenant, &token).map_err(failed)?;
    let path = format!("{CONFIRM_PATH}?sealed={sealed}");
    let owner = match gate::enter(&request, &services, (context, browser), (&path, Need::Session)).await? {
        Ok(owner) => owner,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let tenant = &owner.context.tenant;
    let found = services.sign_in.find_email_to_confirm(tenant, &owner.own, &token).await.map_err(failed)?;
    let Some(pending) = found else { return unusable(&request, &owner) };
    let token = token.value().expose().clone();
    Page::new(LinkPage {
        layout: layout_of(&request, &owner)?,
        title: "email-confirm-title",
        what: Words::new("email-confirm-text").with("name", owner.user().display_name()).with("email", pending.email),
        besides: None,
        button: "email-confirm",
        action: owner.context.path(CONFIRM_PATH),
        csrf_token: csrf::token(&owner.browser, &tenant.id, &token),
        token,
    })
    .render()
}

/// `POST {base}/account/email/confirm`
pub(crate) async fn confirm(
    request: HttpRequest,
    form: CsrfForm<LinkFields>,
    services: web::Data<Services>,
) -> Result<HttpResponse, WebError> {
    let CsrfForm { fields, context, browser } = form;
    let token = fields.link();
    let sealed = services.sign_in.seal_link(&context.tenant, &token).map_err(failed)?;
    let path = format!("{CONFIRM_PATH}?sealed={sealed}");
    let owner = match gate::enter(&request, &services, (context, browser), (&path, Need::Session)).await? {
        Ok(owner) => owner,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let tenant = &owner.context.tenant;
    let found = services.sign_in.find_email_to_confirm(tenant, &owner.own, &token).await.map_err(failed)?;
    let Some(pending) = found else { return unusable(&request, &owner) };
    match services.sign_in.confirm_email(tenant, &owner.own, &token).await.map_err(failed)? {
        EmailConfirmed::Changed | EmailConfirmed::Verified => Page::new(DonePage {
            layout: layout_of(&request, &owner)?,
            title: "email-confirmed-title",
            what: Words::new("email-confirmed-text").with("email", pending.email),
            then: None,
            next: (owner.context.path(overview::PATH), "email-confirmed-account"),
        })
        .render(),
        EmailConfirmed::Taken => {
            let next = (owner.context.path(email::PATH), "email-look");
            taken(layout_of(&request, &owner)?, next)
        }
        EmailConfirmed::Unusable => unusable(&request, &owner),
    }
}

/// `GET {base}/account/email/undo?token=…`
pub(crate) async fn show_undo(
    request: HttpRequest,
    context: TenantContext,
    browser: Browser,
    services: web::Data<Services>,
) -> Result<HttpResponse, WebError> {
    let token = form::query(&request)?.optional("token").unwrap_or_default();
    let presented = LinkToken::presented(Secret::from(token.as_str()));
    let found = services.sign_in.find_email_to_undo(&context.tenant, &presented).await.map_err(failed)?;
    let Some(undo) = found else { return nothing_to_undo(&request, &context) };
    Page::new(LinkPage {
        layout: Layout::new(&request, &context.tenant)?,
        title: "email-undo-title",
        what: Words::new("email-undo-text").with("name", undo.username).with("email", undo.email),
        besides: Some("email-undo-what"),
        button: "email-undo",
        action: context.path(UNDO_PATH),
        csrf_token: csrf::token(&browser, &context.tenant.id, &token),
        token,
    })
    .render()
}

/// `POST {base}/account/email/undo`
pub(crate) async fn undo(
    request: HttpRequest,
    form: CsrfForm<LinkFields>,
    address: ClientAddress,
    services: web::Data<Services>,
) -> Result<HttpResponse, WebError> {
    let CsrfForm { fields, context, .. } = form;
    let (tenant, token) = (&context.tenant, fields.link());
    let from = origin(&request, &address);
    let revoke = grant_store::revoke_grants_of_user;
    let undone = services.sign_in.undo_email(tenant, &token, &from, revoke).await.map_err(failed)?;
    let (user, reset) = match undone {
        EmailUndone::Undone { user, reset } => (user, reset),
        EmailUndone::Taken => {
            let next = (context.path(forgot_password::PATH), "recovery-forgot");
            return taken(Layout::new(&request, tenant)?, next);
        }
        EmailUndone::Unusable => return nothing_to_undo(&request, &context),
    };
    // The grants are revoked; this also ends what was approved and no application has fetched yet.
    services.tokens.revoke_grants_of_user(&tenant.id, &user).await.map_err(tokens_failed)?;
    let next = match reset {
        Some(link) => {
            let path = format!("{}?token={}", reset_password::PATH, link.value().expose());
            (context.path(&path), "email-undone-choose")
        }
        None => (context.path(overview::PATH), "email-confirmed-account"),
    };
    Page::new(DonePage {
        layout: Layout::new(&request, tenant)?,
        title: "email-undone-title",
        what: Words::new("email-undone-text"),
        then: Some("email-undone-then"),
        next,
    })
    .render()
}

fn layout_of(request: &HttpRequest, owner: &Owner) -> Result<Layout, WebError> {
    Ok(Layout::new(request, &owner.context.tenant)?.of_account(owner.user().locale()))
}

fn unusable(request: &HttpRequest, owner: &Owner) -> Result<HttpResponse, WebError> {
    let page = DonePage {
        layout: layout_of(request, owner)?,
        title: "recovery-link-unusable-title",
        what: Words::new("email-link-unusable-text").with("name", owner.user().display_name()),
        then: None,
        next: (owner.context.path(email::PATH), "email-look"),
    };
    Page::new(page).status(StatusCode::BAD_REQUEST).render()
}

fn taken(layout: Layout, next: (String, &'static str)) -> Result<HttpResponse, WebError> {
    let page = DonePage { layout, title: "email-taken-title", what: Words::new("email-taken-text"), then: None, next };
    Page::new(page).status(StatusCode::CONFLICT).render()
}

fn nothing_to_undo(request: &HttpRequest, context: &TenantContext) -> Result<HttpResponse, WebError> {
    let page = DonePage {
        layout: Layout::new(request, &context.tenant)?,
        title: "recovery-link-unusable-title",
        what: Words::new("email-undo-unusable-text").with("tenant", context.tenant.name.as_str()),
        then: None,
        next: (context.path(forgot_password::PATH), "recovery-forgot"),
    };
    Page::new(page).status(StatusCode::BAD_REQUEST).render()
}
