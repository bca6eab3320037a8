//! The address of the account: whether it is proved, and another one in its place.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use latchkey_auth::EmailAsked;
use latchkey_language::Words;
use latchkey_protocol::Params;
use latchkey_web::{Browser, CsrfForm, Layout, Page, PageTemplate, TenantContext, WebError};

use super::frame::{self, Frame, minute};
use super::gate::{self, Need, Own, OwnFields, Owner};
use crate::Services;
use crate::services::failed;
use crate::step::hidden;

pub(crate) const PATH: &str = "/account/email";

/// What a form of the page asks for.
pub(crate) enum Fields {
    /// Another address, as typed.
    Change(String),
    /// A link to the present address.
    Verify,
    /// The mail to the address that waits, once more.
    Resend,
    /// Nothing waits any more.
    Cancel,
}

impl OwnFields for Fields {
    fn from_params(params: &mut Params) -> Result<Self, WebError> {
        match hidden(params, "action")?.as_str() {
            "change" => Ok(Self::Change(params.optional("email").unwrap_or_default())),
            "verify" => Ok(Self::Verify),
            "resend" => Ok(Self::Resend),
            "cancel" => Ok(Self::Cancel),
            _ => Err(WebError::BadRequest("The form names no action that there is.")),
        }
    }
}

#[derive(Template)]
#[template(path = "console/email.html")]
struct EmailPage {
    layout: Layout,
    frame: Frame,
    email: Option<String>,
    is_verified: bool,
    /// The address that waits, and until when.
    pending: Option<Words>,
    /// Whether the tenant lets its users change the address.
    is_offered: bool,
    /// What was typed.
    typed: String,
    /// What is wrong with it.
    error: Option<&'static str>,
    /// What is wrong besides.
    alert: Option<&'static str>,
}

impl PageTemplate for EmailPage {
    fn layout(&self) -> &Layout {
        &self.layout
    }
}

impl EmailPage {
    fn has_errors(&self) -> bool {
        self.error.is_some() || self.alert.is_some()
    }
}

/// `GET {base}/account/email`
pub(crate) async fn show(
    request: HttpRequest,
    context: TenantContext,
    browser: Browser,
    services: web::Data<Services>,
) -> Result<HttpResponse, WebError> {
    let owner = match gate::enter(&request, &services, (context, browser), (PATH, Need::Proof)).await? {
        Ok(owner) => owner,
        Err(elsewhere) => return Ok(elsewhere),
    };
    Page::new(page(&request, &services, &owner).await?).render()
}

/// `POST {base}/account/email`
pub(crate) async fn change(
    request: HttpRequest,
    form: CsrfForm<Own<Fields>>,
    services: web::Data<Services>,
) -> Result<HttpResponse, WebError> {
    let (owner, fields) = match gate::change(&request, &services, form, PATH).await? {
        Ok(passed) => passed,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let (tenant, own, sign_in) = (&owner.context.tenant, &owner.own, &services.sign_in);
    let asked = match &fields {
        Fields::Change(typed) => sign_in.ask_for_email(tenant, own, typed).await,
        Fields::Verify => match &owner.user().email {
            Some(email) => sign_in.ask_for_email(tenant, own, email).await,
            None => Ok(EmailAsked::Nothing),
        },
        Fields::Resend => sign_in.ask_for_email_again(tenant, own).await,
        Fields::Cancel => {
            sign_in.cancel_pending_email(&tenant.id, own).await.map_err(failed)?;
            return owner.see(PATH, "canceled");
        }
    };
    let mut page = page(&request, &services, &owner).await?;
    let mut status = StatusCode::UNPROCESSABLE_ENTITY;
    match asked.map_err(failed)? {
        EmailAsked::Mailed => return owner.see(PATH, "mailed"),
        EmailAsked::Invalid => page.error = Some("email-wrong"),
        EmailAsked::NotAdmitted => page.error = Some("email-not-admitted"),
        EmailAsked::Unchanged => page.error = Some("email-unchanged"),
        EmailAsked::Nothing => page.alert = Some("email-nothing-pending"),
        EmailAsked::TooMany => {
            page.alert = Some("email-too-many");
            status = StatusCode::TOO_MANY_REQUESTS;
        }
    }
    if let Fields::Change(typed) = fields {
        page.typed = typed;
    }
    if !page.is_offered {
        // There is no field that it could be said at.
        page.alert = page.alert.or(page.error.take());
    }
    Page::new(page).status(status).render()
}

async fn page(request: &HttpRequest, services: &Services, owner: &Owner) -> Result<EmailPage, WebError> {
    let (tenant, user) = (&owner.context.tenant, owner.user());
    let pending = services.sign_in.find_pending_email(&tenant.id, &user.id).await.map_err(failed)?;
    let pending = pending.map(|pending| {
        Words::new("email-pending-text").with("email", pending.email).with("time", minute(pending.expires_at))
    });
    let (layout, frame) = frame::of(request, owner, PATH)?;
    Ok(EmailPage {
        layout,
        frame,
        email: user.email.clone(),
        is_verified: user.email_verified,
        pending,
        is_offered: tenant.settings.account.email_change,
        typed: String::new(),
        error: None,
        alert: None,
    })
}
