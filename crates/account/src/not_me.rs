//! "This was not me": the page behind the link of a notice. Opening it changes nothing, since programs that look at mails
//! open it, too.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use latchkey_auth::{AddedSince, DisownOutcome, Disowned, LinkToken, SinceThen};
use latchkey_core::Secret;
use latchkey_language::Words;
use latchkey_protocol::Params;
use latchkey_tokens::grant_store;
use latchkey_web::{
    Browser, ClientAddress, CsrfForm, Layout, Page, PageForm, PageTemplate, Route, TenantContext, WebError, csrf, form,
};

use crate::Services;
use crate::console::{event_text_id, minute};
use crate::forgot_password;
use crate::services::{failed, tokens_failed};
use crate::sign_in::origin;
use crate::step::hidden;

pub(crate) const PATH: &str = "/account/not-me";

/// Routes of this page.
pub(crate) const ROUTES: [Route; 3] =
    [Route { method: "GET", path: PATH }, Route { method: "HEAD", path: PATH }, Route { method: "POST", path: PATH }];

/// Mounts the page.
pub(crate) fn routes(config: &mut web::ServiceConfig) {
    config.service(web::resource(PATH).get(show).head(show).post(submit));
}

pub(crate) struct Fields {
    token: String,
    since_then: SinceThen,
}

impl PageForm for Fields {
    fn purpose(&self) -> &str {
        &self.token
    }

    fn from_params(params: &mut Params) -> Result<Self, WebError> {
        let token = hidden(params, "token")?;
        let since_then = match params.optional("remove").as_deref() {
            Some("yes") => SinceThen::Removed,
            None => SinceThen::Kept,
            Some(_) => return Err(WebError::BadRequest("The form holds an unknown action.")),
        };
        Ok(Self { token, since_then })
    }
}

#[derive(Template)]
#[template(path = "not_me.html")]
struct AskPage {
    layout: Layout,
    action: String,
    token: String,
    csrf_token: String,
    lead: Words,
    what: String,
    when: String,
    /// What saying so leads to, besides the end of every session.
    points: Vec<Words>,
    added: Vec<Words>,
}

#[derive(Template)]
#[template(path = "not_me_done.html")]
struct DonePage {
    layout: Layout,
    next: Words,
    /// Where another link is asked for.
    again: Option<String>,
}

#[derive(Template)]
#[template(path = "not_me_unusable.html")]
struct UnusablePage {
    layout: Layout,
    /// Where a link for a new password is asked for.
    again: String,
}

impl PageTemplate for AskPage {
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

/// `GET {base}/account/not-me?token=…`
pub(crate) async fn show(
    request: HttpRequest,
    context: TenantContext,
    browser: Browser,
    services: web::Data<Services>,
) -> Result<HttpResponse, WebError> {
    let token = form::query(&request)?.optional("token").unwrap_or_default();
    let presented = LinkToken::presented(Secret::from(token.as_str()));
    match services.sign_in.find_disowned(&context.tenant, &presented).await.map_err(failed)? {
        Some(disowned) => Page::new(page(&request, (&context, &browser), token, disowned)?).render(),
        None => unusable(&request, &context),
    }
}

/// `POST {base}/account/not-me`
pub(crate) async fn submit(
    request: HttpRequest,
    form: CsrfForm<Fields>,
    address: ClientAddress,
    services: web::Data<Services>,
) -> Result<HttpResponse, WebError> {
    let CsrfForm { fields, context, .. } = form;
    let tenant = &context.tenant;
    let token = LinkToken::presented(Secret::from(fields.token.as_str()));
    let said = (fields.since_then, &origin(&request, &address));
    let revoke = grant_store::revoke_grants_of_user;
    let (outcome, user) = services.sign_in.disown(tenant, &token, said, revoke).await.map_err(failed)?;
    if let Some(user) = &user {
        // The grants are revoked; this also ends what was approved and no application has fetched yet.
        services.tokens.revoke_grants_of_user(&tenant.id, user).await.map_err(tokens_failed)?;
    }
    let layout = Layout::new(&request, tenant)?;
    let (next, again) = match outcome {
        DisownOutcome::Unusable => return unusable(&request, &context),
        DisownOutcome::LinkMailed { address } => {
            (Words::new("risk-not-me-mailed").with("email", address), Some(context.path(forgot_password::PATH)))
        }
        DisownOutcome::Ended => (Words::new("risk-not-me-ended"), None),
        DisownOutcome::Locked => (Words::new("risk-not-me-stopped").with("tenant", tenant.name.as_str()), None),
    };
    Page::new(DonePage { layout, next, again }).render()
}

fn unusable(request: &HttpRequest, context: &TenantContext) -> Result<HttpResponse, WebError> {
    let layout = Layout::new(request, &context.tenant)?;
    let again = context.path(forgot_password::PATH);
    Page::new(UnusablePage { layout, again }).status(StatusCode::BAD_REQUEST).render()
}

fn page(
    request: &HttpRequest,
    (context, browser): (&TenantContext, &Browser),
    token: String,
    disowned: Disowned,
) -> Result<AskPage, WebError> {
    let layout = Layout::new(request, &context.tenant)?;
    let lead = Words::new("risk-not-me-lead").with("name", disowned.user.username.as_str());
    Ok(AskPage {
        action: context.path(PATH),
        csrf_token: csrf::token(browser, &context.tenant.id, &token),
        token,
        lead: lead.with("tenant", context.tenant.name.as_str()),
        what: layout.t(&event_text_id(disowned.kind)),
        when: minute(disowned.at),
        points: points(&disowned),
        added: names(&disowned.added),
        layout,
    })
}

fn points(disowned: &Disowned) -> Vec<Words> {
    let email = disowned.address.as_str();
    let known = [
        disowned.has_password.then(|| Words::new("risk-not-me-password").with("email", email)),
        disowned.has_other_address.then(|| Words::new("risk-not-me-address").with("email", email)),
    ];
    known.into_iter().flatten().chain([Words::new("risk-not-me-browsers")]).collect()
}

fn names(added: &AddedSince) -> Vec<Words> {
    let named = |id: &'static str, name: &String| Words::new(id).with("name", name.as_str());
    let passkeys = added.passkeys.iter().map(|name| named("risk-added-passkey", name));
    let authenticators = added.authenticators.iter().map(|name| named("risk-added-authenticator", name));
    let phone = added.phone.iter().map(|number| named("risk-added-phone", number));
    let devices = added.devices.iter().map(|name| named("risk-added-device", name));
    let codes = (added.recovery_codes > 0).then(|| Words::new("risk-added-codes"));
    passkeys.chain(authenticators).chain(phone).chain(devices).chain(codes).collect()
}
