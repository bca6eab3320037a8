//! The end of an account, by its user's wish: asked for in words that nobody types by mistake, and undone by the link of a
//! mail or by a sign-in until the days of the tenant's delay are over.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use latchkey_auth::IdentifierKey;
use latchkey_core::Secret;
use latchkey_language::Words;
use latchkey_protocol::Params;
use latchkey_web::{
    Browser, CsrfForm, ErrorPage, Layout, Page, PageForm, PageTemplate, TenantContext, WebError, cookies, csrf, form,
};

use super::frame::{self, Frame, minute};
use super::gate::{self, Need, Own, OwnFields, Owner};
use crate::Services;
use crate::services::{failed, tokens_failed};
use crate::step::hidden;

pub(crate) const PATH: &str = "/account/delete";
/// The page of the link that keeps the account.
pub(crate) const KEEP_PATH: &str = "/account/keep";

/// The user name, typed to confirm.
pub(crate) struct Fields(String);

impl OwnFields for Fields {
    fn from_params(params: &mut Params) -> Result<Self, WebError> {
        Ok(Self(params.optional("confirmation").unwrap_or_default()))
    }
}

#[derive(Template)]
#[template(path = "console/delete.html")]
struct DeletePage {
    layout: Layout,
    frame: Frame,
    username: String,
    days: u16,
    is_mailed: bool,
    is_wrong: bool,
}

impl PageTemplate for DeletePage {
    fn layout(&self) -> &Layout {
        &self.layout
    }
}

#[derive(Template)]
#[template(path = "console/deletion_begun.html")]
struct BegunPage {
    layout: Layout,
    due_at: String,
    is_mailed: bool,
}

impl PageTemplate for BegunPage {
    fn layout(&self) -> &Layout {
        &self.layout
    }
}

/// `GET {base}/account/delete`
pub(crate) async fn show(
    request: HttpRequest,
    context: TenantContext,
    browser: Browser,
    services: web::Data<Services>,
) -> Result<HttpResponse, WebError> {
    if !context.tenant.settings.account.deletion {
        return Err(WebError::NotFound);
    }
    let owner = match gate::enter(&request, &services, (context, browser), (PATH, Need::Proof)).await? {
        Ok(owner) => owner,
        Err(elsewhere) => return Ok(elsewhere),
    };
    Page::new(page(&request, &owner)?).render()
}

/// `POST {base}/account/delete`
pub(crate) async fn delete(
    request: HttpRequest,
    form: CsrfForm<Own<Fields>>,
    services: web::Data<Services>,
) -> Result<HttpResponse, WebError> {
    if !form.context.tenant.settings.account.deletion {
        return Err(WebError::NotFound);
    }
    let (owner, Fields(confirmation)) = match gate::change(&request, &services, form, PATH).await? {
        Ok(passed) => passed,
        Err(elsewhere) => return Ok(elsewhere),
    };
    if IdentifierKey::of(&confirmation) != IdentifierKey::of(&owner.user().username) {
        let page = DeletePage { is_wrong: true, ..page(&request, &owner)? };
        return Page::new(page).status(StatusCode::UNPROCESSABLE_ENTITY).render();
    }
    let (tenant, user) = (&owner.context.tenant, owner.user());
    // What was granted goes first: should the rest fail, the user is still signed in and can ask again. And it goes last:
    // between the two something may have been granted in a session that was still there.
    services.tokens.revoke_grants_of_user(&tenant.id, &user.id).await.map_err(tokens_failed)?;
    let deletion = services.sign_in.delete_own_account(tenant, &owner.own).await.map_err(failed)?;
    let deletion = deletion.ok_or(WebError::NotFound)?;
    services.tokens.revoke_grants_of_user(&tenant.id, &user.id).await.map_err(tokens_failed)?;
    sign_out(&request, &services, &owner).await?;
    Page::new(BegunPage {
        layout: Layout::new(&request, tenant)?,
        due_at: minute(deletion.due_at),
        is_mailed: user.email.is_some(),
    })
    .render()
}

/// Has the browser forget the session, and keep those of other accounts.
async fn sign_out(request: &HttpRequest, services: &Services, owner: &Owner) -> Result<(), WebError> {
    let Some(cookie) = cookies::read_session(request, &owner.context) else { return Ok(()) };
    let accounts = services.sign_in.find_accounts(&owner.context.tenant, &cookie).await.map_err(failed)?;
    cookies::put_session(request, &owner.context, accounts.cookie_value().as_ref())
}

fn page(request: &HttpRequest, owner: &Owner) -> Result<DeletePage, WebError> {
    let (layout, frame) = frame::of(request, owner, PATH)?;
    let user = owner.user();
    Ok(DeletePage {
        layout,
        frame,
        username: user.username.clone(),
        days: owner.context.tenant.settings.account.deletion_delay_days,
        is_mailed: user.email.is_some(),
        is_wrong: false,
    })
}

/// The secret of the link.
pub(crate) struct KeepFields {
    token: String,
}

impl PageForm for KeepFields {
    fn purpose(&self) -> &str {
        &self.token
    }

    fn from_params(params: &mut Params) -> Result<Self, WebError> {
        Ok(Self { token: hidden(params, "token")? })
    }
}

#[derive(Template)]
#[template(path = "console/keep.html")]
struct KeepPage {
    layout: Layout,
    action: String,
    token: String,
    csrf_token: String,
    /// Whose account is to be deleted, and when.
    what: Words,
}

impl PageTemplate for KeepPage {
    fn layout(&self) -> &Layout {
        &self.layout
    }
}

#[derive(Template)]
#[template(path = "console/kept.html")]
struct KeptPage {
    layout: Layout,
    account: String,
}

impl PageTemplate for KeptPage {
    fn layout(&self) -> &Layout {
        &self.layout
    }
}

/// `GET {base}/account/keep?token=…`: opening the link changes nothing, since programs that look at mails open it, too.
pub(crate) async fn show_keep(
    request: HttpRequest,
    context: TenantContext,
    browser: Browser,
    services: web::Data<Services>,
) -> Result<HttpResponse, WebError> {
    let token = form::query(&request)?.optional("token").unwrap_or_default();
    let found = services.sign_in.find_account_to_keep(&context.tenant.id, &Secret::new(token.clone())).await;
    let Some((user, deletion)) = found.map_err(failed)? else { return Ok(nothing_to_keep(&request)) };
    Page::new(KeepPage {
        layout: Layout::new(&request, &context.tenant)?,
        action: context.path(KEEP_PATH),
        csrf_token: csrf::token(&browser, &context.tenant.id, &token),
        token,
        what: Words::new("account-keep-text").with("name", user.display_name()).with("time", minute(deletion.due_at)),
    })
    .render()
}

/// `POST {base}/account/keep`
pub(crate) async fn keep(
    request: HttpRequest,
    form: CsrfForm<KeepFields>,
    services: web::Data<Services>,
) -> Result<HttpResponse, WebError> {
    let CsrfForm { fields, context, .. } = form;
    let kept = services.sign_in.keep_account(&context.tenant.id, &Secret::new(fields.token)).await;
    if !kept.map_err(failed)? {
        return Ok(nothing_to_keep(&request));
    }
    let layout = Layout::new(&request, &context.tenant)?;
    Page::new(KeptPage { layout, account: context.path(super::overview::PATH) }).render()
}

fn nothing_to_keep(request: &HttpRequest) -> HttpResponse {
    ErrorPage::new(StatusCode::BAD_REQUEST, "account-keep-unknown", "account-keep-unknown-text")
        .what_to_do("account-keep-unknown-do")
        .respond(request)
}
