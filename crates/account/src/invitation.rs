//! Invitation: a new user chooses a password. Opening the link uses nothing up: mail scanners open links too.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use latchkey_auth::{AcceptOutcome, InvitationToken, User};
use latchkey_core::Secret;
use latchkey_language::Words;
use latchkey_protocol::Params;
use latchkey_web::{
    Browser, ClientAddress, CsrfForm, ErrorPage, Layout, Page, PageForm, PageTemplate, TenantContext, WebError, csrf,
    form,
};

use crate::Services;
use crate::new_password::{broken, typed_twice};
use crate::password_strength::StrengthField;
use crate::services::failed;
use crate::sign_in::origin;
use crate::step::hidden;

pub(crate) struct Fields {
    token: String,
    password: Option<Secret<String>>,
    confirmation: Option<Secret<String>>,
}

impl PageForm for Fields {
    fn purpose(&self) -> &str {
        &self.token
    }

    fn from_params(params: &mut Params) -> Result<Self, WebError> {
        Ok(Self {
            token: hidden(params, "token")?,
            password: params.optional("password").map(Secret::new),
            confirmation: params.optional("password_confirmation").map(Secret::new),
        })
    }
}

impl Fields {
    /// The new password, or what is wrong with what was typed.
    fn new_password(&self) -> Result<Secret<String>, Words> {
        typed_twice(self.password.as_ref(), self.confirmation.as_ref())
    }
}

#[derive(Template)]
#[template(path = "invitation.html")]
struct InvitationPage {
    layout: Layout,
    action: String,
    token: String,
    csrf_token: String,
    user_name: String,
    username: String,
    error: Option<Words>,
    least_chars: u16,
    strength: StrengthField,
}

impl PageTemplate for InvitationPage {
    fn layout(&self) -> &Layout {
        &self.layout
    }
}

#[derive(Template)]
#[template(path = "invitation_accepted.html")]
struct AcceptedPage {
    layout: Layout,
    username: String,
}

impl PageTemplate for AcceptedPage {
    fn layout(&self) -> &Layout {
        &self.layout
    }
}

impl AcceptedPage {
    fn lead(&self) -> Words {
        Words::new("invitation-accepted-lead").with("name", &self.username).with("tenant", &self.layout.name)
    }
}

/// `GET {base}/invitation?token=…`
pub(crate) async fn show(
    request: HttpRequest,
    context: TenantContext,
    browser: Browser,
    services: web::Data<Services>,
) -> Result<HttpResponse, WebError> {
    let Some(token) = form::query(&request)?.optional("token") else { return Ok(unusable(&request)) };
    let presented = InvitationToken::presented(Secret::new(token));
    let found = services.sign_in.find_invited_user(&context.tenant.id, &presented).await.map_err(failed)?;
    let Some(user) = found else { return Ok(unusable(&request)) };
    let invited = Invited { context: &context, browser: &browser, token: presented.value().expose(), user: &user };
    Page::new(invited.page(&request, None)?).render()
}

/// `POST {base}/invitation`
pub(crate) async fn accept(
    request: HttpRequest,
    form: CsrfForm<Fields>,
    address: ClientAddress,
    services: web::Data<Services>,
) -> Result<HttpResponse, WebError> {
    let CsrfForm { fields, context, browser } = form;
    let tenant = &context.tenant.id;
    let token = InvitationToken::presented(Secret::new(fields.token.clone()));
    let Some(user) = services.sign_in.find_invited_user(tenant, &token).await.map_err(failed)? else {
        return Ok(unusable(&request));
    };
    let invited = Invited { context: &context, browser: &browser, token: &fields.token, user: &user };
    let refused = |error| {
        let page = invited.page(&request, Some(error))?;
        Page::new(page).status(StatusCode::UNPROCESSABLE_ENTITY).render()
    };
    let password = match fields.new_password() {
        Ok(password) => password,
        Err(error) => return refused(error),
    };
    let from = origin(&request, &address);
    let outcome = services.sign_in.accept_invitation(&context.tenant, &token, password, from).await;
    match outcome.map_err(failed)? {
        AcceptOutcome::Accepted(user) => accepted(&request, &context, &user),
        AcceptOutcome::Unknown => Ok(unusable(&request)),
        AcceptOutcome::PasswordRefused(rule) => refused(broken(rule)),
    }
}

fn accepted(request: &HttpRequest, context: &TenantContext, user: &User) -> Result<HttpResponse, WebError> {
    let layout = Layout::new(request, &context.tenant)?;
    Page::new(AcceptedPage { layout, username: user.username.clone() }).render()
}

fn unusable(request: &HttpRequest) -> HttpResponse {
    ErrorPage::new(StatusCode::BAD_REQUEST, "invitation-unusable", "invitation-unusable-message")
        .what_to_do("invitation-unusable-what")
        .respond(request)
}

/// The person whom the link invites.
struct Invited<'a> {
    context: &'a TenantContext,
    browser: &'a Browser,
    token: &'a str,
    user: &'a User,
}

impl Invited<'_> {
    fn page(&self, request: &HttpRequest, error: Option<Words>) -> Result<InvitationPage, WebError> {
        Ok(InvitationPage {
            layout: Layout::new(request, &self.context.tenant)?.allow_own_requests(),
            action: self.context.path("/invitation"),
            token: self.token.to_owned(),
            csrf_token: csrf::token(self.browser, &self.context.tenant.id, self.token),
            user_name: self.user.display_name().to_owned(),
            username: self.user.username.clone(),
            error,
            least_chars: self.context.tenant.settings.passwords.min_length,
            strength: StrengthField::new(self.context, self.token),
        })
    }
}
