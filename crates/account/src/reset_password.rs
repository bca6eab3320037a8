//! A new password by the link of a mail. Opening the link uses nothing up, and nobody is signed in by it.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use latchkey_auth::{AuthError, BrowserBinding, LinkToken, Origin, PasswordRule, ResetOutcome, User};
use latchkey_core::{InteractionId, Secret};
use latchkey_language::Words;
use latchkey_protocol::Params;
use latchkey_tenants::PasswordResetEnds;
use latchkey_tokens::grant_store;
use latchkey_web::{
    Browser, ClientAddress, CsrfForm, Layout, Page, PageForm, PageTemplate, Route, TenantContext, WebError, csrf, form,
};

use crate::Services;
use crate::forgot_password;
use crate::new_password::{broken, typed_twice};
use crate::password_strength::StrengthField;
use crate::services::{failed, tokens_failed};
use crate::sign_in::origin;
use crate::step::hidden;

pub(crate) const PATH: &str = "/reset-password";

/// Routes of this page.
pub(crate) const ROUTES: [Route; 3] =
    [Route { method: "GET", path: PATH }, Route { method: "HEAD", path: PATH }, Route { method: "POST", path: PATH }];

/// Mounts the page.
pub(crate) fn routes(config: &mut web::ServiceConfig) {
    config.service(web::resource(PATH).get(show).head(show).post(submit));
}

pub(crate) struct Fields {
    token: String,
    interaction: Option<String>,
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
            interaction: params.optional("interaction"),
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
#[template(path = "reset_password.html")]
struct ResetPage {
    layout: Layout,
    action: String,
    token: String,
    interaction: Option<String>,
    csrf_token: String,
    username: String,
    error: Option<String>,
    least_chars: u16,
    strength: StrengthField,
}

#[derive(Template)]
#[template(path = "reset_done.html")]
struct DonePage {
    layout: Layout,
    /// The sign-in that is under way in this browser.
    sign_in: Option<String>,
}

#[derive(Template)]
#[template(path = "link_unusable.html")]
struct UnusablePage {
    layout: Layout,
    /// Where another link is asked for.
    again: String,
}

impl PageTemplate for ResetPage {
    fn layout(&self) -> &Layout {
        &self.layout
    }
}

impl PageTemplate for DonePage {
    fn layout(&self) -> &Layout {
        &self.layout
    }
}

impl PageTemplate for UnusablePage {
    fn layout(&self) -> &Layout {
        &self.layout
    }
}

/// `GET {base}/reset-password?token=…&interaction=…`
pub(crate) async fn show(
    request: HttpRequest,
    context: TenantContext,
    browser: Browser,
    services: web::Data<Services>,
) -> Result<HttpResponse, WebError> {
    let mut query = form::query(&request)?;
    let token = query.optional("token").unwrap_or_default();
    let interaction = query.optional("interaction").filter(|id| id.parse::<InteractionId>().is_ok());
    let presented = LinkToken::presented(Secret::from(token.as_str()));
    let Some(user) = services.sign_in.find_reset(&context.tenant, &presented).await.map_err(failed)? else {
        return unusable(&request, &context);
    };
    Page::new(page(&request, (&context, &browser), (&token, interaction), &user)?).render()
}

/// `POST {base}/reset-password`
pub(crate) async fn submit(
    request: HttpRequest,
    form: CsrfForm<Fields>,
    address: ClientAddress,
    services: web::Data<Services>,
) -> Result<HttpResponse, WebError> {
    let CsrfForm { fields, context, browser } = form;
    let tenant = &context.tenant;
    let token = LinkToken::presented(Secret::from(fields.token.as_str()));
    let Some(user) = services.sign_in.find_reset(tenant, &token).await.map_err(failed)? else {
        return unusable(&request, &context);
    };
    let linked = (fields.token.as_str(), fields.interaction.clone());
    let mut again = page(&request, (&context, &browser), linked, &user)?;
    let outcome = match fields.new_password() {
        Ok(password) => reset(&services, &context, &token, (password, &origin(&request, &address))).await?,
        Err(error) => {
            again.error = Some(again.layout.say(&error));
            return Page::new(again).status(StatusCode::UNPROCESSABLE_ENTITY).render();
        }
    };
    match outcome {
        ResetOutcome::Done(_) => {
            let sign_in = find_sign_in(&services, (&context, &browser), fields.interaction).await?;
            Page::new(DonePage { layout: Layout::new(&request, tenant)?, sign_in }).render()
        }
        ResetOutcome::Unusable => unusable(&request, &context),
        ResetOutcome::PasswordRefused(rule) => {
            again.error = Some(again.layout.say(broken(rule)));
            Page::new(again).status(StatusCode::UNPROCESSABLE_ENTITY).render()
        }
    }
}

async fn reset(
    services: &Services,
    context: &TenantContext,
    token: &LinkToken,
    chosen: (Secret<String>, &Origin),
) -> Result<ResetOutcome, WebError> {
    let tenant = &context.tenant;
    let revoke = grant_store::revoke_grants_of_user;
    let outcome = match services.sign_in.reset_password(tenant, token, chosen, revoke).await {
        Err(AuthError::PasswordTooLong) => ResetOutcome::PasswordRefused(PasswordRule::TooLong),
        outcome => outcome.map_err(failed)?,
    };
    if let (ResetOutcome::Done(user), PasswordResetEnds::Everything) = (&outcome, tenant.settings.password_reset_ends) {
        // The grants are revoked; this also ends what the user approved and no application has fetched yet.
        services.tokens.revoke_grants_of_user(&tenant.id, &user.id).await.map_err(tokens_failed)?;
    }
    Ok(outcome)
}

/// The page of the sign-in that is to go on, if it is one of this browser.
async fn find_sign_in(
    services: &Services,
    (context, browser): (&TenantContext, &Browser),
    interaction: Option<String>,
) -> Result<Option<String>, WebError> {
    let Some(id) = interaction.and_then(|id| id.parse::<InteractionId>().ok()) else { return Ok(None) };
    let binding = BrowserBinding::new(browser.binding().clone());
    let found = services.sign_in.find(&context.tenant.id, &id, &binding).await.map_err(failed)?;
    Ok(found.map(|interaction| context.path(&format!("/sign-in?interaction={}", interaction.id))))
}

fn unusable(request: &HttpRequest, context: &TenantContext) -> Result<HttpResponse, WebError> {
    let layout = Layout::new(request, &context.tenant)?;
    let again = context.path(forgot_password::PATH);
    Page::new(UnusablePage { layout, again }).status(StatusCode::BAD_REQUEST).render()
}

fn page(
    request: &HttpRequest,
    (context, browser): (&TenantContext, &Browser),
    (token, interaction): (&str, Option<String>),
    user: &User,
) -> Result<ResetPage, WebError> {
    Ok(ResetPage {
        layout: Layout::new(request, &context.tenant)?.allow_own_requests(),
        action: context.path(PATH),
        token: token.to_owned(),
        interaction,
        csrf_token: csrf::token(browser, &context.tenant.id, token),
        username: user.username.clone(),
        error: None,
        least_chars: context.tenant.settings.passwords.min_length,
        strength: StrengthField::new(context, token),
    })
}
