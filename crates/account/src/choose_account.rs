//! Choice of an account: the ones that are signed in in this browser, or another.
//!
//! What is chosen counts for the interaction, and becomes the browser's active account. Whether its session will do
//! (age, requirement, consent) is decided where every step is decided.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use latchkey_auth::{Accounts, ActiveSession};
use latchkey_core::SessionId;
use latchkey_language::Words;
use latchkey_protocol::Params;
use latchkey_web::{
    Browser, CsrfForm, Layout, Page, PageForm, PageTemplate, TenantContext, WebError, cookies, redirect,
};

use crate::Services;
use crate::services::failed;
use crate::step::{Step, hidden, user_detail};

pub(crate) struct Fields {
    interaction: String,
    choice: Choice,
}

enum Choice {
    Account(SessionId),
    Another,
    SignOut(SessionId),
}

impl PageForm for Fields {
    fn purpose(&self) -> &str {
        &self.interaction
    }

    fn from_params(params: &mut Params) -> Result<Self, WebError> {
        let interaction = hidden(params, "interaction")?;
        // An id that is none is one that this browser does not have.
        let session = |text: String| text.parse().map_err(|_| WebError::Expired);
        let choice = match (params.optional("account"), params.optional("sign_out")) {
            (Some(text), None) if text == "another" => Choice::Another,
            (Some(text), None) => Choice::Account(session(text)?),
            (None, Some(text)) => Choice::SignOut(session(text)?),
            _ => return Err(WebError::BadRequest("The form holds an unknown answer.")),
        };
        Ok(Self { interaction, choice })
    }
}

#[derive(Template)]
#[template(path = "choose_account.html")]
struct ChooseAccountPage {
    layout: Layout,
    action: String,
    interaction: String,
    csrf_token: String,
    client_name: String,
    accounts: Vec<AccountLine>,
}

struct AccountLine {
    session: String,
    initial: String,
    name: String,
    detail: Option<String>,
}

impl AccountLine {
    fn of(live: &ActiveSession) -> Self {
        let name = live.user.display_name().to_owned();
        Self {
            session: live.session.id.to_string(),
            initial: latchkey_web::initial(&name),
            name,
            detail: user_detail(&live.user),
        }
    }

    fn sign_out(&self) -> Words {
        match &self.detail {
            Some(detail) => Words::new("choose-sign-out-of-detail").with("name", &self.name).with("detail", detail),
            None => Words::new("choose-sign-out-of").with("name", &self.name),
        }
    }
}

impl PageTemplate for ChooseAccountPage {
    fn layout(&self) -> &Layout {
        &self.layout
    }
}

/// `GET {base}/choose-account?interaction=…`
pub(crate) async fn show(
    request: HttpRequest,
    context: TenantContext,
    browser: Browser,
    services: web::Data<Services>,
) -> Result<HttpResponse, WebError> {
    let step = Step::of_query(&request, &services, context, browser).await?;
    let accounts = step.find_accounts(&request, &services).await?;
    keep(&request, &step, &accounts)?;
    if accounts.is_empty() {
        return redirect::see_other(&step.page("/sign-in"));
    }
    Page::new(ChooseAccountPage {
        layout: step.layout(&request)?,
        action: step.context.path("/choose-account"),
        interaction: step.interaction.id.to_string(),
        csrf_token: step.csrf_token(),
        client_name: step.interaction.client_name.clone(),
        accounts: accounts.iter().map(AccountLine::of).collect(),
    })
    .render()
}

/// `POST {base}/choose-account`
pub(crate) async fn choose(
    request: HttpRequest,
    form: CsrfForm<Fields>,
    services: web::Data<Services>,
) -> Result<HttpResponse, WebError> {
    let CsrfForm { fields, context, browser } = form;
    let step = Step::find(&request, &services, context, browser, &fields.interaction).await?;
    let mut accounts = step.find_accounts(&request, &services).await?;
    let tenant = &step.context.tenant.id;
    match fields.choice {
        Choice::Another => {
            services.sign_in.choose_no_account(tenant, &step.interaction).await.map_err(failed)?;
            redirect::see_other(&step.page("/sign-in"))
        }
        Choice::Account(session) if accounts.activate(&session) => {
            services.sign_in.choose_account(tenant, &step.interaction, &session).await.map_err(failed)?;
            keep(&request, &step, &accounts)?;
            step.go_on()
        }
        // Its session has ended meanwhile, or is another browser's: the page shows what there is.
        Choice::Account(_) => redirect::see_other(&step.page("/choose-account")),
        Choice::SignOut(session) => {
            if accounts.find(&session).is_some() {
                services.sign_in.end_sessions(tenant, std::slice::from_ref(&session)).await.map_err(failed)?;
                accounts.forget(&session);
                keep(&request, &step, &accounts)?;
            }
            redirect::see_other(&step.page("/choose-account"))
        }
    }
}

/// Has the browser keep what is still good of its sessions.
fn keep(request: &HttpRequest, step: &Step, accounts: &Accounts) -> Result<(), WebError> {
    let value = accounts.cookie_value();
    let held = cookies::read_session(request, &step.context);
    if held.as_ref() == value.as_ref().map(|value| value.expose()) {
        return Ok(());
    }
    cookies::put_session(request, &step.context, value.as_ref())
}
