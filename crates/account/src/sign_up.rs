//! Sign-up: a person makes an account within a sign-in, where the tenant lets people.
//!
//! A name that is taken cannot be hidden from who wants it; what can be done is to say it without more, to do the same
//! work in either case, and to bound how often one address may ask.

use actix_web::http::StatusCode;
use actix_web::http::header::RETRY_AFTER;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use latchkey_auth::{AuthError, Entry, InvalidUser, PasswordRule, SignUpAttempt, SignUpOutcome};
use latchkey_core::Secret;
use latchkey_language::Words;
use latchkey_protocol::Params;
use latchkey_web::{
    Browser, ClientAddress, CsrfForm, Layout, Page, PageForm, PageTemplate, TenantContext, WebError, WebState, cookies,
    redirect,
};

use crate::Services;
use crate::new_password::{broken, typed_twice};
use crate::password_strength::StrengthField;
use crate::second_factor;
use crate::services::failed;
use crate::sign_in::{origin, text::throttled};
use crate::sign_up_verify;
use crate::step::{Step, hidden};

/// The texts of this page that depend on what happened.
mod text {
    pub(super) const USERNAME_MISSING: &str = "sign-up-username-missing";
    pub(super) const USERNAME_INVALID: &str = "sign-up-username-invalid";
    pub(super) const EMAIL_INVALID: &str = "sign-up-email-invalid";
    pub(super) const NAME_INVALID: &str = "sign-up-name-invalid";
    pub(super) const USERNAME_TAKEN: &str = "sign-up-username-taken";
    pub(super) const EMAIL_TAKEN: &str = "sign-up-email-taken";
}

pub(crate) struct Fields {
    interaction: String,
    username: Option<String>,
    name: Option<String>,
    password: Option<Secret<String>>,
    confirmation: Option<Secret<String>>,
    /// Whether the browser says that it could keep a passkey.
    can_make_passkeys: bool,
}

impl PageForm for Fields {
    fn purpose(&self) -> &str {
        &self.interaction
    }

    fn from_params(params: &mut Params) -> Result<Self, WebError> {
        let trimmed = |text: Option<String>| text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
        Ok(Self {
            interaction: hidden(params, "interaction")?,
            username: trimmed(params.optional("username")),
            name: trimmed(params.optional("name")),
            password: params.optional("password").map(Secret::new),
            confirmation: params.optional("password_confirmation").map(Secret::new),
            can_make_passkeys: params.optional("can_make_passkeys").is_some(),
        })
    }
}

#[derive(Template)]
#[template(path = "sign_up.html")]
struct SignUpPage {
    layout: Layout,
    action: String,
    interaction: String,
    csrf_token: String,
    client_name: String,
    sign_in: String,
    username: String,
    full_name: String,
    username_error: Option<&'static str>,
    name_error: Option<&'static str>,
    password_error: Option<Words>,
    least_chars: u16,
    alert: Option<Words>,
    strength: StrengthField,
    /// Whether a passkey may be offered once the account is there.
    offers_passkeys: bool,
}

impl PageTemplate for SignUpPage {
    fn layout(&self) -> &Layout {
        &self.layout
    }
}

impl SignUpPage {
    fn new(request: &HttpRequest, step: &Step) -> Result<Self, WebError> {
        let layout = step.layout(request)?.allow_own_requests();
        Ok(Self {
            action: step.context.path("/sign-up"),
            interaction: step.interaction.id.to_string(),
            csrf_token: step.csrf_token(),
            client_name: step.client_name(&layout),
            layout,
            sign_in: step.page("/sign-in"),
            username: step.interaction.login_hint.clone().unwrap_or_default(),
            full_name: String::new(),
            username_error: None,
            name_error: None,
            password_error: None,
            least_chars: step.context.tenant.settings.passwords.min_length,
            strength: StrengthField::new(&step.context, step.interaction.id.as_str()),
            alert: None,
            offers_passkeys: step.context.tenant.settings.passkeys.is_offered(),
        })
    }

    /// The page again, with what was typed but the passwords.
    fn again(request: &HttpRequest, step: &Step, fields: &Fields) -> Result<Self, WebError> {
        let username = fields.username.clone().unwrap_or_default();
        let full_name = fields.name.clone().unwrap_or_default();
        Ok(Self { username, full_name, ..Self::new(request, step)? })
    }

    fn has_errors(&self) -> bool {
        let errors = [self.username_error, self.name_error];
        self.alert.is_some() || self.password_error.is_some() || errors.iter().any(Option::is_some)
    }

    fn refuse(self) -> Result<HttpResponse, WebError> {
        Page::new(self).status(StatusCode::UNPROCESSABLE_ENTITY).render()
    }
}

/// `GET {base}/sign-up?interaction=…`
pub(crate) async fn show(
    request: HttpRequest,
    context: TenantContext,
    browser: Browser,
    services: web::Data<Services>,
) -> Result<HttpResponse, WebError> {
    let step = Step::of_query(&request, &services, context, browser).await?;
    if !step.offers_sign_up() {
        return redirect::see_other(&step.page("/sign-in"));
    }
    Page::new(SignUpPage::new(&request, &step)?).render()
}

/// `POST {base}/sign-up`
pub(crate) async fn submit(
    request: HttpRequest,
    form: CsrfForm<Fields>,
    address: ClientAddress,
    services: web::Data<Services>,
) -> Result<HttpResponse, WebError> {
    let CsrfForm { fields, context, browser } = form;
    let mut step = Step::find(&request, &services, context, browser, &fields.interaction).await?;
    step.interaction.kept.can_make_passkeys = fields.can_make_passkeys;
    if fields.can_make_passkeys {
        let (tenant, interaction) = (&step.context.tenant.id, &step.interaction);
        services.sign_in.note_able_browser(tenant, interaction).await.map_err(failed)?;
    }
    let mut page = SignUpPage::again(&request, &step, &fields)?;
    page.username_error = fields.username.is_none().then_some(text::USERNAME_MISSING);
    let password = typed_twice(fields.password.as_ref(), fields.confirmation.as_ref());
    page.password_error = password.as_ref().err().cloned();
    let (Some(identifier), Ok(password)) = (&fields.username, password) else {
        return page.refuse();
    };
    let attempt = SignUpAttempt {
        identifier: identifier.clone(),
        name: fields.name.clone(),
        password,
        from: origin(&request, &address),
        previous_session: cookies::read_session(&request, &step.context).map(Secret::new),
    };
    match services.sign_in.sign_up(&step.context.tenant, &step.interaction, attempt).await {
        Ok(outcome) => answer(&request, &step, page, outcome),
        Err(AuthError::PasswordTooLong) => {
            page.password_error = Some(broken(PasswordRule::TooLong));
            page.refuse()
        }
        Err(error) => Err(failed(error)),
    }
}

fn answer(
    request: &HttpRequest,
    step: &Step,
    mut page: SignUpPage,
    outcome: SignUpOutcome,
) -> Result<HttpResponse, WebError> {
    match outcome {
        SignUpOutcome::SignedUp { session, .. } => {
            WebState::of(request)?.metrics.session_started();
            return step.enter(request, &Entry::Opened(session));
        }
        SignUpOutcome::SecondFactorNeeded { .. } => return redirect::see_other(&step.page(second_factor::PATH)),
        SignUpOutcome::ActionRequired { .. } => return step.enter(request, &Entry::ActionRequired),
        SignUpOutcome::AddressToVerify => return redirect::see_other(&step.page(sign_up_verify::PATH)),
        SignUpOutcome::TooManyMails => page.username_error = Some("recovery-verify-too-many"),
        SignUpOutcome::NotAdmitted => page.username_error = Some("recovery-sign-up-not-admitted"),
        SignUpOutcome::Closed => return redirect::see_other(&step.page("/sign-in")),
        SignUpOutcome::Throttled { retry_after } => {
            WebState::of(request)?.metrics.throttled("sign_up");
            page.alert = Some(throttled(retry_after));
            let mut response = Page::new(page).status(StatusCode::TOO_MANY_REQUESTS).render()?;
            response.headers_mut().insert(RETRY_AFTER, retry_after.as_secs().max(1).into());
            return Ok(response);
        }
        SignUpOutcome::InvalidIdentifier(InvalidUser::Email) => page.username_error = Some(text::EMAIL_INVALID),
        SignUpOutcome::InvalidIdentifier(_) => page.username_error = Some(text::USERNAME_INVALID),
        SignUpOutcome::InvalidName => page.name_error = Some(text::NAME_INVALID),
        SignUpOutcome::PasswordRefused(rule) => page.password_error = Some(broken(rule)),
        SignUpOutcome::UsernameTaken => page.username_error = Some(text::USERNAME_TAKEN),
        SignUpOutcome::EmailTaken => page.username_error = Some(text::EMAIL_TAKEN),
    }
    page.refuse()
}
