//! Sign-in: one page for the name and the password.

use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::http::header::{RETRY_AFTER, USER_AGENT};
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use latchkey_auth::{AuthError, Entry, KNOWN_BROWSER_LIFETIME, Origin, PasswordAttempt, PasswordOutcome, WorkTask};
use latchkey_core::Secret;
use latchkey_language::Words;
use latchkey_metrics::SignInOutcome;
use latchkey_protocol::Params;
use latchkey_tenants::FirstFactorKind;
use latchkey_web::{
    Browser, ClientAddress, CsrfForm, Layout, Page, PageForm, PageTemplate, TenantContext, WebError, WebState, cookies,
    form, redirect,
};

use crate::Services;
use crate::mail_sign_in::{self, MailWay};
use crate::passkeys::{self, PasskeyForm};
use crate::remembered;
use crate::second_factor;
use crate::services::failed;
use crate::step::{Step, hidden};

/// The texts of this page that depend on what happened.
pub(crate) mod text {
    use std::time::Duration;

    use latchkey_language::Words;

    pub(super) const LOGIN_MISSING: &str = "sign-in-login-missing";
    pub(super) const PASSWORD_MISSING: &str = "sign-in-password-missing";
    /// One text whatever the reason: it must not tell which users exist.
    pub(super) const REFUSED: &str = "sign-in-refused";

    pub(crate) fn throttled(retry_after: Duration) -> Words {
        Words::new("page-throttled").with("minutes", retry_after.as_secs().div_ceil(60).max(1))
    }
}

pub(crate) struct Fields {
    interaction: String,
    login: Option<String>,
    password: Option<Secret<String>>,
    /// Whether the browser says that it could keep a passkey.
    can_make_passkeys: bool,
    work: Option<String>,
}

impl PageForm for Fields {
    fn purpose(&self) -> &str {
        &self.interaction
    }

    fn from_params(params: &mut Params) -> Result<Self, WebError> {
        Ok(Self {
            interaction: hidden(params, "interaction")?,
            login: params.optional("login").map(|login| login.trim().to_owned()).filter(|login| !login.is_empty()),
            password: params.optional("password").map(Secret::new),
            can_make_passkeys: params.optional("can_make_passkeys").is_some(),
            work: params.optional("work"),
        })
    }
}

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignInPage {
    layout: Layout,
    action: String,
    interaction: String,
    csrf_token: String,
    client_name: String,
    /// The page with the accounts that are signed in, if the browser may have some.
    choose_account: Option<String>,
    /// The page for who forgot the password.
    forgot_password: String,
    /// The page that makes an account, where people may.
    sign_up: Option<String>,
    /// Whether a password is one way.
    by_password: bool,
    /// The ways to sign in by mail, and where they are posted to.
    by_mail: Vec<MailWay>,
    mail_action: String,
    /// Where a passkey is a way to sign in.
    passkey: Option<PasskeyForm>,
    login: String,
    login_error: Option<&'static str>,
    password_error: Option<&'static str>,
    alert: Option<Words>,
    /// Whether the alert is about what stands in the fields.
    refused: bool,
    /// What the browser has to do before a password is looked at.
    work: Option<WorkTask>,
    /// Whether a passkey may be offered afterwards.
    offers_passkeys: bool,
}

impl PageTemplate for SignInPage {
    fn layout(&self) -> &Layout {
        &self.layout
    }
}

impl SignInPage {
    async fn new(request: &HttpRequest, services: &Services, step: &Step) -> Result<Self, WebError> {
        let layout = step.layout(request)?;
        Ok(Self {
            action: step.context.path("/sign-in"),
            interaction: step.interaction.id.to_string(),
            csrf_token: step.csrf_token(),
            client_name: step.client_name(&layout),
            layout,
            choose_account: cookies::read_session(request, &step.context).map(|_| step.page("/choose-account")),
            forgot_password: step.page(crate::forgot_password::PATH),
            sign_up: step.offers_sign_up().then(|| step.page("/sign-up")),
            by_password: mail_sign_in::offers(services, step, FirstFactorKind::Password),
            by_mail: mail_sign_in::ways(services, step),
            mail_action: mail_sign_in::action(step),
            passkey: passkeys::sign_in_form(request, services, step).await?,
            login: step.interaction.login_hint.clone().unwrap_or_default(),
            login_error: None,
            password_error: None,
            alert: None,
            refused: false,
            work: services.sign_in.find_work(&step.context.tenant, &step.interaction).await.map_err(failed)?,
            offers_passkeys: step.context.tenant.settings.passkeys.is_offered(),
        })
    }

    fn has_errors(&self) -> bool {
        self.alert.is_some() || self.login_error.is_some() || self.password_error.is_some()
    }

    /// Whether the password is where the person goes on typing.
    fn starts_at_password(&self) -> bool {
        self.by_password && !self.has_errors() && !self.login.is_empty()
    }

    fn starts_at_login(&self) -> bool {
        !self.has_errors() && (self.login.is_empty() || !self.by_password)
    }
}

/// `GET {base}/sign-in?interaction=…`
pub(crate) async fn show(
    request: HttpRequest,
    context: TenantContext,
    browser: Browser,
    services: web::Data<Services>,
) -> Result<HttpResponse, WebError> {
    let step = Step::of_query(&request, &services, context, browser).await?;
    let mut page = SignInPage::new(&request, &services, &step).await?;
    // The account that was chosen has to prove itself once more.
    if let Some(chosen) = &step.interaction.chosen {
        let accounts = step.find_accounts(&request, &services).await?;
        let login = accounts.find(chosen).map(|live| live.user.email.as_ref().unwrap_or(&live.user.username).clone());
        page.login = login.unwrap_or(page.login);
    }
    let remembered = remembered::find(&request, &step.context)?;
    if !remembered.is_empty() {
        page.choose_account = Some(step.page("/choose-account"));
    }
    // One that the browser remembers was chosen; of anybody else the address says nothing.
    if let Some(user) = form::query(&request)?.optional("remembered").and_then(|user| user.parse().ok()) {
        page.login = remembered.find(&user).map_or(page.login, |account| account.login.clone());
    }
    Page::new(page).render()
}

/// `POST {base}/sign-in`
pub(crate) async fn submit(
    request: HttpRequest,
    form: CsrfForm<Fields>,
    address: ClientAddress,
    services: web::Data<Services>,
) -> Result<HttpResponse, WebError> {
    let CsrfForm { fields, context, browser } = form;
    let mut step = Step::find(&request, &services, context, browser, &fields.interaction).await?;
    step.interaction.kept.can_make_passkeys = fields.can_make_passkeys;
    let (Some(login), Some(password)) = (&fields.login, &fields.password) else {
        return incomplete(&request, &services, &step, &fields).await;
    };

    let attempt = PasswordAttempt {
        identifier: login.clone(),
        password: password.clone(),
        from: origin(&request, &address),
        previous_session: cookies::read_session(&request, &step.context).map(Secret::new),
        device: cookies::read_device(&request, &step.context),
        known: cookies::read_known(&request, &step.context),
        work: fields.work.clone(),
    };
    let outcome = services.sign_in.submit_password(&step.context.tenant, &step.interaction, attempt).await;
    count(&request, &outcome)?;
    match outcome {
        Ok(PasswordOutcome::SignedIn { session, .. }) => {
            know_browser(&request, &services, &step, login).await?;
            step.enter(&request, &Entry::Opened(Box::new(session)))
        }
        Ok(PasswordOutcome::SecondFactorNeeded) => {
            know_browser(&request, &services, &step, login).await?;
            redirect::see_other(&step.page(second_factor::PATH))
        }
        Ok(PasswordOutcome::ActionRequired) => {
            know_browser(&request, &services, &step, login).await?;
            step.enter(&request, &Entry::ActionRequired)
        }
        // Nobody has a password that long.
        Ok(PasswordOutcome::Refused) | Err(AuthError::PasswordTooLong) => {
            refused(&request, &services, &step, login).await
        }
        Ok(PasswordOutcome::WorkNeeded) => {
            refused_with(&request, &services, (&step, login), "sign-in-work-missing".into()).await
        }
        Ok(PasswordOutcome::Throttled { retry_after }) => {
            throttled(&request, &services, (&step, login), retry_after).await
        }
        Err(error) => Err(failed(error)),
    }
}

/// From now on wrong passwords that others send for the account do not keep it from this browser.
pub(crate) async fn know_browser(
    request: &HttpRequest,
    services: &Services,
    step: &Step,
    login: &str,
) -> Result<(), WebError> {
    let held = cookies::read_known(request, &step.context);
    let known = services.sign_in.know_browser(&step.context.tenant.id, login, held.as_ref()).await.map_err(failed)?;
    cookies::put_known(request, &step.context, &known, KNOWN_BROWSER_LIFETIME)
}

async fn incomplete(
    request: &HttpRequest,
    services: &Services,
    step: &Step,
    fields: &Fields,
) -> Result<HttpResponse, WebError> {
    let mut page = SignInPage::new(request, services, step).await?;
    page.login_error = fields.login.is_none().then_some(text::LOGIN_MISSING);
    page.password_error = fields.password.is_none().then_some(text::PASSWORD_MISSING);
    page.login = fields.login.clone().unwrap_or_default();
    Page::new(page).status(StatusCode::UNPROCESSABLE_ENTITY).render()
}

/// The page again, for a way to sign in for which a name is missing.
pub(crate) async fn without_login(
    request: &HttpRequest,
    services: &Services,
    step: &Step,
) -> Result<HttpResponse, WebError> {
    let mut page = SignInPage::new(request, services, step).await?;
    page.login_error = Some(text::LOGIN_MISSING);
    Page::new(page).status(StatusCode::UNPROCESSABLE_ENTITY).render()
}

/// The page again, with what went wrong another way.
pub(crate) async fn refused_with(
    request: &HttpRequest,
    services: &Services,
    (step, login): (&Step, &str),
    alert: Words,
) -> Result<HttpResponse, WebError> {
    let mut page = SignInPage::new(request, services, step).await?;
    page.alert = Some(alert);
    login.clone_into(&mut page.login);
    Page::new(page).status(StatusCode::UNPROCESSABLE_ENTITY).render()
}

async fn refused(
    request: &HttpRequest,
    services: &Services,
    step: &Step,
    login: &str,
) -> Result<HttpResponse, WebError> {
    let mut page = SignInPage::new(request, services, step).await?;
    page.alert = Some(text::REFUSED.into());
    page.refused = true;
    login.clone_into(&mut page.login);
    Page::new(page).status(StatusCode::UNPROCESSABLE_ENTITY).render()
}

/// The page that says to come back later.
pub(crate) async fn throttled(
    request: &HttpRequest,
    services: &Services,
    (step, login): (&Step, &str),
    retry_after: Duration,
) -> Result<HttpResponse, WebError> {
    let mut page = SignInPage::new(request, services, step).await?;
    login.clone_into(&mut page.login);
    page.alert = Some(text::throttled(retry_after));
    let mut response = Page::new(page).status(StatusCode::TOO_MANY_REQUESTS).render()?;
    response.headers_mut().insert(RETRY_AFTER, retry_after.as_secs().max(1).into());
    Ok(response)
}

fn count(request: &HttpRequest, outcome: &Result<PasswordOutcome, AuthError>) -> Result<(), WebError> {
    let metrics = &WebState::of(request)?.metrics;
    metrics.sign_in(match outcome {
        Ok(PasswordOutcome::SignedIn { .. }) => SignInOutcome::Success,
        Ok(PasswordOutcome::SecondFactorNeeded) => SignInOutcome::SecondFactorAsked,
        Ok(PasswordOutcome::ActionRequired) => SignInOutcome::ActionRequired,
        Ok(PasswordOutcome::Refused) | Err(AuthError::PasswordTooLong) => SignInOutcome::WrongCredentials,
        Ok(PasswordOutcome::Throttled { .. } | PasswordOutcome::WorkNeeded) => SignInOutcome::Throttled,
        Err(_) => SignInOutcome::Error,
    });
    match outcome {
        Ok(PasswordOutcome::SignedIn { .. }) => metrics.session_started(),
        Ok(PasswordOutcome::Throttled { .. }) => metrics.throttled("sign_in"),
        Ok(PasswordOutcome::WorkNeeded) => metrics.throttled("sign_in_work"),
        _ => {}
    }
    Ok(())
}

pub(crate) fn origin(request: &HttpRequest, address: &ClientAddress) -> Origin {
    let value = request.headers().get(USER_AGENT);
    let user_agent = value.map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned()).unwrap_or_default();
    Origin { address: address.0, user_agent }
}
