//! Choice of an account: the ones that are signed in in this browser, those that were, or another.
//!
//! What is chosen counts for the interaction, and becomes the browser's active account. Whether its session will do
//! (age, requirement, consent) is decided where every step is decided.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use latchkey_auth::{Accounts, ActiveSession, RememberedAccount};
use latchkey_core::{SessionId, UserId};
use latchkey_language::Words;
use latchkey_protocol::Params;
use latchkey_web::{
    Browser, CsrfForm, Layout, Page, PageForm, PageTemplate, TenantContext, WebError, cookies, redirect,
};

use crate::Services;
use crate::remembered;
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
    /// One that is not signed in any more.
    Remembered(UserId),
    Forget(UserId),
}

impl PageForm for Fields {
    fn purpose(&self) -> &str {
        &self.interaction
    }

    fn from_params(params: &mut Params) -> Result<Self, WebError> {
        let interaction = hidden(params, "interaction")?;
        // An id that is none is one that this browser does not have.
        let session = |text: String| text.parse().map_err(|_| WebError::Expired);
        let user = |text: String| text.parse().map_err(|_| WebError::Expired);
        let answers = ["account", "sign_out", "remembered", "forget"].map(|name| params.optional(name));
        let choice = match answers {
            [Some(text), None, None, None] if text == "another" => Choice::Another,
            [Some(text), None, None, None] => Choice::Account(session(text)?),
            [None, Some(text), None, None] => Choice::SignOut(session(text)?),
            [None, None, Some(text), None] => Choice::Remembered(user(text)?),
            [None, None, None, Some(text)] => Choice::Forget(user(text)?),
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
    remembered: Vec<RememberedLine>,
}

struct RememberedLine {
    user: String,
    initial: String,
    name: String,
    detail: Option<String>,
}

impl RememberedLine {
    fn of(account: &RememberedAccount) -> Self {
        Self {
            user: account.user_id.to_string(),
            initial: latchkey_web::initial(&account.name),
            name: account.name.clone(),
            detail: (account.login != account.name).then(|| account.login.clone()),
        }
    }
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
    let remembered = remembered::find(&request, &step.context)?;
    let signed_out = remembered.iter().filter(|account| accounts.find_user(&account.user_id).is_none());
    let signed_out: Vec<_> = signed_out.map(RememberedLine::of).collect();
    if accounts.is_empty() && signed_out.is_empty() {
        return redirect::see_other(&step.page("/sign-in"));
    }
    let layout = step.layout(&request)?;
    Page::new(ChooseAccountPage {
        action: step.context.path("/choose-account"),
        interaction: step.interaction.id.to_string(),
        csrf_token: step.csrf_token(),
        client_name: step.client_name(&layout),
        layout,
        accounts: accounts.iter().map(AccountLine::of).collect(),
        remembered: signed_out,
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
        Choice::Remembered(user) => {
            services.sign_in.choose_no_account(tenant, &step.interaction).await.map_err(failed)?;
            redirect::see_other(&format!("{}&remembered={user}", step.page("/sign-in")))
        }
        Choice::Forget(user) => {
            let mut remembered = remembered::find(&request, &step.context)?;
            // One that was forgotten in another tab is forgotten already.
            remembered.forget(&user);
            remembered::keep(&request, &step.context, remembered)?;
            redirect::see_other(&step.page("/choose-account"))
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
