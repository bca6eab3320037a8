//! What a user has to do between the last factor and the session: one page for whatever it is.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use latchkey_auth::{
    ActionOutcome, ActionStage, ActionStep, AuthError, CodeMail, EMAIL_CODE_DIGITS, Entry, PasswordRule, SignedInWith,
};
use latchkey_core::Secret;
use latchkey_language::Words;
use latchkey_metrics::SignInOutcome;
use latchkey_protocol::Params;
use latchkey_tenants::{RequiredAction, Terms};
use latchkey_web::{
    Browser, ClientAddress, CsrfForm, Layout, Page, PageForm, PageTemplate, Route, TenantContext, WebError, WebState,
    form, redirect,
};

use crate::Services;
use crate::forgot_password;
use crate::new_password::{broken, typed_twice};
use crate::password_strength::StrengthField;
use crate::second_factor::signed_in_with;
use crate::services::failed;
use crate::step::{Step, hidden, user_detail};

pub(crate) const PATH: &str = "/required-action";

/// Routes of this page.
pub(crate) const ROUTES: [Route; 3] =
    [Route { method: "GET", path: PATH }, Route { method: "HEAD", path: PATH }, Route { method: "POST", path: PATH }];

/// Mounts the page.
pub(crate) fn routes(config: &mut web::ServiceConfig) {
    config.service(web::resource(PATH).get(show).head(show).post(submit));
}

pub(crate) struct Fields {
    interaction: String,
    said: Said,
}

/// What the person sent.
enum Said {
    Accept { version: String },
    Decline,
    NewPassword { password: Option<Secret<String>>, confirmation: Option<Secret<String>> },
    Code(Option<Secret<String>>),
    Resend,
    GoOn,
}

impl PageForm for Fields {
    fn purpose(&self) -> &str {
        &self.interaction
    }

    fn from_params(params: &mut Params) -> Result<Self, WebError> {
        let interaction = hidden(params, "interaction")?;
        let said = match params.optional("action").as_deref() {
            Some("accept") => Said::Accept { version: hidden(params, "version")? },
            Some("decline") => Said::Decline,
            Some("change_password") => Said::NewPassword {
                password: params.optional("password").map(Secret::new),
                confirmation: params.optional("password_confirmation").map(Secret::new),
            },
            Some("verify_email") => {
                Said::Code(params.optional("code").filter(|code| !code.trim().is_empty()).map(Secret::new))
            }
            Some("resend") => Said::Resend,
            Some("go_on") => Said::GoOn,
            _ => return Err(WebError::BadRequest("The form holds an unknown action.")),
        };
        Ok(Self { interaction, said })
    }
}

/// What every one of these pages shows.
struct Frame {
    action: String,
    interaction: String,
    csrf_token: String,
    user_name: String,
    user_detail: Option<String>,
    /// Signs in as somebody else.
    restart: String,
}

#[derive(Template)]
#[template(path = "required_terms.html")]
struct TermsPage {
    layout: Layout,
    frame: Frame,
    version: String,
    uri: Option<String>,
    /// The language of the text, and the text in paragraphs.
    text: Option<(String, Vec<String>)>,
}

#[derive(Template)]
#[template(path = "required_password.html")]
struct PasswordPage {
    layout: Layout,
    frame: Frame,
    username: String,
    error: Option<String>,
    least_chars: u16,
    strength: StrengthField,
}

#[derive(Template)]
#[template(path = "required_link.html")]
struct LinkPage {
    layout: Layout,
    frame: Frame,
    forgot_password: String,
}

#[derive(Template)]
#[template(path = "required_email.html")]
struct EmailPage {
    layout: Layout,
    frame: Frame,
    email: String,
    /// The code of the link in the mail.
    code: String,
    notice: Option<String>,
    error: Option<String>,
}

#[derive(Template)]
#[template(path = "required_done.html")]
struct DonePage {
    layout: Layout,
    frame: Frame,
}

impl PageTemplate for TermsPage {
    fn layout(&self) -> &Layout {
        &self.layout
    }
}

impl PageTemplate for PasswordPage {
    fn layout(&self) -> &Layout {
        &self.layout
    }
}

impl PageTemplate for LinkPage {
    fn layout(&self) -> &Layout {
        &self.layout
    }
}

impl PageTemplate for EmailPage {
    fn layout(&self) -> &Layout {
        &self.layout
    }
}

impl PageTemplate for DonePage {
    fn layout(&self) -> &Layout {
        &self.layout
    }
}

/// `GET {base}/required-action?interaction=…&code=…`
pub(crate) async fn show(
    request: HttpRequest,
    context: TenantContext,
    browser: Browser,
    services: web::Data<Services>,
) -> Result<HttpResponse, WebError> {
    let step = Step::of_query(&request, &services, context, browser).await?;
    match find_stage(&services, &step).await? {
        Ok(asked) => respond(&request, &step, &asked, Shown::Asked),
        Err(elsewhere) => Ok(elsewhere),
    }
}

/// `POST {base}/required-action`
pub(crate) async fn submit(
    request: HttpRequest,
    form: CsrfForm<Fields>,
    address: ClientAddress,
    services: web::Data<Services>,
) -> Result<HttpResponse, WebError> {
    let CsrfForm { fields, context, browser } = form;
    let step = Step::find(&request, &services, context, browser, &fields.interaction).await?;
    let asked = match find_stage(&services, &step).await? {
        Ok(asked) => asked,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let with = signed_in_with(&request, &step, &address);
    let (sign_in, tenant, interaction) = (&services.sign_in, &step.context.tenant, &step.interaction);
    let outcome = match fields.said {
        Said::Decline => {
            sign_in.decline_terms(tenant, interaction).await.map_err(failed)?;
            return step.go_on();
        }
        Said::Accept { version } => sign_in.accept_terms(tenant, interaction, (&asked, &version), &with).await,
        Said::GoOn => sign_in.go_on_after_action(tenant, interaction, &asked, &with).await,
        Said::NewPassword { password, confirmation } => {
            let new_password = match typed_twice(password.as_ref(), confirmation.as_ref()) {
                Ok(password) => password,
                Err(error) => return respond(&request, &step, &asked, Shown::Wrong(error)),
            };
            change_password(&services, &step, (&asked, new_password), &with).await
        }
        Said::Code(None) => return respond(&request, &step, &asked, Shown::Error("recovery-verify-missing")),
        Said::Code(Some(code)) => sign_in.verify_email(tenant, interaction, (&asked, &code), &with).await,
        Said::Resend => {
            let mailed = sign_in.mail_email_code(tenant, interaction, &asked).await.map_err(failed)?;
            return respond(
                &request,
                &step,
                &asked,
                match mailed {
                    CodeMail::Sent => Shown::Notice("recovery-verify-sent"),
                    CodeMail::TooMany => Shown::Error("recovery-verify-too-many"),
                },
            );
        }
    };
    answer(&request, &step, &asked, outcome.map_err(failed)?)
}

async fn change_password(
    services: &Services,
    step: &Step,
    (asked, new_password): (&ActionStep, Secret<String>),
    with: &SignedInWith,
) -> Result<ActionOutcome, AuthError> {
    let (tenant, interaction) = (&step.context.tenant, &step.interaction);
    let chosen = (asked, new_password);
    match services.sign_in.change_required_password(tenant, interaction, chosen, with).await {
        Err(AuthError::PasswordTooLong) => Ok(ActionOutcome::PasswordRefused(PasswordRule::TooLong)),
        outcome => outcome,
    }
}

fn answer(
    request: &HttpRequest,
    step: &Step,
    asked: &ActionStep,
    outcome: ActionOutcome,
) -> Result<HttpResponse, WebError> {
    match outcome {
        ActionOutcome::Done(entry) => {
            let metrics = &WebState::of(request)?.metrics;
            if matches!(entry, Entry::Opened(_)) {
                metrics.sign_in(SignInOutcome::Success);
                metrics.session_started();
            }
            step.enter(request, &entry)
        }
        ActionOutcome::PasswordRefused(rule) => respond(request, step, asked, Shown::Wrong(broken(rule))),
        ActionOutcome::PasswordUnchanged => respond(request, step, asked, Shown::Error("recovery-password-unchanged")),
        ActionOutcome::WrongCode => respond(request, step, asked, Shown::Error("recovery-verify-wrong")),
        ActionOutcome::CodeExpired => respond(request, step, asked, Shown::Error("recovery-verify-expired")),
        ActionOutcome::Over => redirect::see_other(&step.page("/sign-in")),
    }
}

/// Who is asked for what; else where the browser goes instead.
async fn find_stage(services: &Services, step: &Step) -> Result<Result<Box<ActionStep>, HttpResponse>, WebError> {
    match services.sign_in.required_action(&step.context.tenant, &step.interaction).await.map_err(failed)? {
        ActionStage::Ask(asked) => Ok(Ok(asked)),
        ActionStage::SignInFirst => redirect::see_other(&step.page("/sign-in")).map(Err),
    }
}

/// What the page says beside what it asks.
enum Shown {
    Asked,
    /// By the id of its text.
    Notice(&'static str),
    /// By the id of its text.
    Error(&'static str),
    /// What is wrong with the new password.
    Wrong(Words),
}

/// The page for what is to be done.
fn respond(request: &HttpRequest, step: &Step, asked: &ActionStep, shown: Shown) -> Result<HttpResponse, WebError> {
    let (layout, frame) = (step.layout(request)?, frame(step, asked));
    let (notice, error) = match shown {
        Shown::Asked => (None, None),
        Shown::Notice(id) => (Some(layout.t(id)), None),
        Shown::Error(id) => (None, Some(layout.t(id))),
        Shown::Wrong(words) => (None, Some(layout.say(&words))),
    };
    let status = if error.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    match (asked.action, &step.context.tenant.settings.terms) {
        (Some(RequiredAction::AcceptTerms), Some(terms)) => {
            Page::new(terms_page(layout, frame, terms)).status(status).render()
        }
        (Some(RequiredAction::ChangePassword), _) if asked.is_by_mail => {
            let forgot_password = step.page(forgot_password::PATH);
            Page::new(LinkPage { layout, frame, forgot_password }).render()
        }
        (Some(RequiredAction::ChangePassword), _) => {
            let username = asked.user.username.clone();
            let least_chars = step.context.tenant.settings.passwords.min_length;
            let strength = StrengthField::new(&step.context, step.interaction.id.as_str());
            let layout = layout.allow_own_requests();
            Page::new(PasswordPage { layout, frame, username, error, least_chars, strength }).status(status).render()
        }
        (Some(RequiredAction::VerifyEmail), _) => {
            let email = asked.user.email.clone().unwrap_or_default();
            let code = form::query(request)?.optional("code").filter(|code| is_code(code)).unwrap_or_default();
            Page::new(EmailPage { layout, frame, email, code, notice, error }).status(status).render()
        }
        (Some(RequiredAction::AcceptTerms) | None, _) => Page::new(DonePage { layout, frame }).status(status).render(),
    }
}

fn is_code(text: &str) -> bool {
    text.len() == EMAIL_CODE_DIGITS && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn terms_page(layout: Layout, frame: Frame, terms: &Terms) -> TermsPage {
    let paragraphs = |text: &str| {
        let paragraphs = text.split("\n\n").map(str::trim).filter(|paragraph| !paragraph.is_empty());
        paragraphs.map(str::to_owned).collect()
    };
    let text = terms.text_in([layout.lang()]).map(|(language, text)| (language.to_owned(), paragraphs(text)));
    TermsPage { layout, frame, version: terms.version.clone(), uri: terms.uri.clone(), text }
}

fn frame(step: &Step, asked: &ActionStep) -> Frame {
    Frame {
        action: step.context.path(PATH),
        interaction: step.interaction.id.to_string(),
        csrf_token: step.csrf_token(),
        user_name: asked.user.display_name().to_owned(),
        user_detail: user_detail(&asked.user),
        restart: step.page("/sign-in"),
    }
}
