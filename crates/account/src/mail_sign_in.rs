//! Signing in by mail: asking for a code or a link, typing the code, following the link.
//!
//! A link that is followed shows a page, and the page's form signs in: what reads mail for viruses opens links, too.

use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::http::header::RETRY_AFTER;
use actix_web::web::ServiceConfig;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use latchkey_auth::{
    AuthError, Entry, LINK_PAGE, MailAttempt, MailOutcome, MailRequest, MailRequested, SentMail, Shown,
};
use latchkey_core::Secret;
use latchkey_language::Words;
use latchkey_metrics::SignInOutcome;
use latchkey_protocol::Params;
use latchkey_tenants::FirstFactorKind;
use latchkey_web::{
    Browser, ClientAddress, CsrfForm, Layout, Page, PageForm, PageTemplate, Route, TenantContext, WebError, WebState,
    cookies, form, redirect,
};

use crate::Services;
use crate::second_factor::{self, signed_in_with};
use crate::services::failed;
use crate::sign_in;
use crate::step::{Step, hidden};

const PATH: &str = "/sign-in/mail";
const CODE_PATH: &str = "/sign-in/mail/code";

pub(crate) const ROUTES: [Route; 7] = [
    Route { method: "GET", path: PATH },
    Route { method: "HEAD", path: PATH },
    Route { method: "POST", path: PATH },
    Route { method: "POST", path: CODE_PATH },
    Route { method: "GET", path: LINK_PAGE },
    Route { method: "HEAD", path: LINK_PAGE },
    Route { method: "POST", path: LINK_PAGE },
];

pub(crate) fn routes(config: &mut ServiceConfig) {
    config
        .service(web::resource(PATH).get(show).head(show).post(ask))
        .service(web::resource(CODE_PATH).post(submit))
        .service(web::resource(LINK_PAGE).get(show_link).head(show_link).post(follow));
}

/// A way to sign in by mail that the sign-in page offers.
pub(crate) struct MailWay {
    pub(crate) method: &'static str,
    pub(crate) text: Words,
}

/// Whether people may sign in that way at this step.
pub(crate) fn offers(services: &Services, step: &Step, kind: FirstFactorKind) -> bool {
    services.sign_in.offered_first_factors(&step.context.tenant, &step.interaction).contains(&kind)
}

/// The ways that are open at this step; they are posted to the action.
pub(crate) fn ways(services: &Services, step: &Step) -> Vec<MailWay> {
    let offered = services.sign_in.offered_first_factors(&step.context.tenant, &step.interaction);
    let text = |kind| match kind {
        FirstFactorKind::EmailCode => Some("codes-way-email-code"),
        FirstFactorKind::MagicLink => Some("codes-way-magic-link"),
        FirstFactorKind::Password | FirstFactorKind::Passkey => None,
    };
    let ways = offered.into_iter().filter_map(|kind| Some((kind, text(kind)?)));
    ways.map(|(kind, text)| MailWay { method: kind.as_str(), text: Words::new(text) }).collect()
}

/// Where the sign-in page posts them to.
pub(crate) fn action(step: &Step) -> String {
    step.context.path(PATH)
}

pub(crate) struct AskFields {
    interaction: String,
    login: Option<String>,
    kind: FirstFactorKind,
    again: bool,
    can_make_passkeys: bool,
}

impl PageForm for AskFields {
    fn purpose(&self) -> &str {
        &self.interaction
    }

    fn from_params(params: &mut Params) -> Result<Self, WebError> {
        let kind = FirstFactorKind::parse(&hidden(params, "by_mail")?);
        Ok(Self {
            interaction: hidden(params, "interaction")?,
            login: params.optional("login").map(|login| login.trim().to_owned()).filter(|login| !login.is_empty()),
            kind: kind.ok_or(WebError::BadRequest("The form holds an unknown method."))?,
            again: params.optional("again").is_some(),
            can_make_passkeys: params.optional("can_make_passkeys").is_some(),
        })
    }
}

pub(crate) struct CodeFields {
    interaction: String,
    code: Option<Secret<String>>,
}

impl PageForm for CodeFields {
    fn purpose(&self) -> &str {
        &self.interaction
    }

    fn from_params(params: &mut Params) -> Result<Self, WebError> {
        Ok(Self { interaction: hidden(params, "interaction")?, code: second_factor::code(params) })
    }
}

pub(crate) struct LinkFields {
    interaction: String,
    token: Secret<String>,
}

impl PageForm for LinkFields {
    fn purpose(&self) -> &str {
        &self.interaction
    }

    fn from_params(params: &mut Params) -> Result<Self, WebError> {
        Ok(Self { interaction: hidden(params, "interaction")?, token: Secret::new(hidden(params, "token")?) })
    }
}

#[derive(Template)]
#[template(path = "mail_sign_in.html")]
struct MailPage {
    layout: Layout,
    code_action: String,
    again_action: String,
    interaction: String,
    csrf_token: String,
    method: &'static str,
    is_link: bool,
    login: String,
    /// Signs in otherwise, or as somebody else.
    restart: String,
    alert: Option<Words>,
    /// Whether the alert is about the code in the field.
    refused: bool,
}

impl PageTemplate for MailPage {
    fn layout(&self) -> &Layout {
        &self.layout
    }
}

#[derive(Template)]
#[template(path = "mail_link.html")]
struct LinkPage {
    layout: Layout,
    action: String,
    interaction: String,
    csrf_token: String,
    client_name: String,
    login: String,
    token: String,
}

impl PageTemplate for LinkPage {
    fn layout(&self) -> &Layout {
        &self.layout
    }
}

#[derive(Template)]
#[template(path = "mail_link_elsewhere.html")]
struct ElsewherePage {
    layout: Layout,
}

impl PageTemplate for ElsewherePage {
    fn layout(&self) -> &Layout {
        &self.layout
    }
}

/// `GET {base}/sign-in/mail?interaction=…`
async fn show(
    request: HttpRequest,
    context: TenantContext,
    browser: Browser,
    services: web::Data<Services>,
) -> Result<HttpResponse, WebError> {
    let step = Step::of_query(&request, &services, context, browser).await?;
    let Some(sent) = find_sent(&services, &step).await? else { return redirect::see_other(&step.page("/sign-in")) };
    let alert = sent.is_over.then(|| expired(&sent));
    respond(&request, &step, &sent, alert, StatusCode::OK)
}

/// `POST {base}/sign-in/mail`
async fn ask(
    request: HttpRequest,
    form: CsrfForm<AskFields>,
    address: ClientAddress,
    services: web::Data<Services>,
) -> Result<HttpResponse, WebError> {
    let CsrfForm { fields, context, browser } = form;
    let step = Step::find(&request, &services, context, browser, &fields.interaction).await?;
    if fields.can_make_passkeys {
        let (tenant, interaction) = (&step.context.tenant.id, &step.interaction);
        services.sign_in.note_able_browser(tenant, interaction).await.map_err(failed)?;
    }
    let sent = find_sent(&services, &step).await?;
    let before = sent.as_ref().filter(|_| fields.again).map(|sent| sent.identifier.clone());
    let Some(identifier) = before.or(fields.login) else {
        return sign_in::without_login(&request, &services, &step).await;
    };
    let with = signed_in_with(&request, &step, &address);
    let known = cookies::read_known(&request, &step.context);
    let asked = MailRequest { identifier: identifier.clone(), kind: fields.kind, with, known };
    match services.sign_in.request_mail(&step.context.tenant, &step.interaction, asked).await.map_err(failed)? {
        MailRequested::Sent => redirect::see_other(&step.page(PATH)),
        MailRequested::NotOffered => redirect::see_other(&step.page("/sign-in")),
        MailRequested::Over => {
            sign_in::refused_with(&request, &services, (&step, &identifier), "codes-over".into()).await
        }
        MailRequested::Throttled { retry_after } => {
            WebState::of(&request)?.metrics.throttled("sign_in_mail");
            match sent.filter(|_| fields.again) {
                Some(sent) => throttled(&request, &step, &sent, retry_after),
                None => sign_in::throttled(&request, &services, (&step, &identifier), retry_after).await,
            }
        }
    }
}

/// `POST {base}/sign-in/mail/code`
async fn submit(
    request: HttpRequest,
    form: CsrfForm<CodeFields>,
    address: ClientAddress,
    services: web::Data<Services>,
) -> Result<HttpResponse, WebError> {
    let CsrfForm { fields, context, browser } = form;
    let step = Step::find(&request, &services, context, browser, &fields.interaction).await?;
    let Some(code) = fields.code else {
        let Some(sent) = find_sent(&services, &step).await? else {
            return redirect::see_other(&step.page("/sign-in"));
        };
        return respond(&request, &step, &sent, Some("codes-missing".into()), StatusCode::UNPROCESSABLE_ENTITY);
    };
    redeem(&request, &services, &step, (Shown::Code(code), &address)).await
}

/// `GET {base}/sign-in/link?interaction=…&token=…`
async fn show_link(
    request: HttpRequest,
    context: TenantContext,
    browser: Browser,
    services: web::Data<Services>,
) -> Result<HttpResponse, WebError> {
    let token = form::query(&request)?.optional("token").map(Secret::new).ok_or(WebError::Expired)?;
    let step = match Step::of_query(&request, &services, context.clone(), browser).await {
        Ok(step) => step,
        // Asked for in another browser, or long ago.
        Err(WebError::Expired | WebError::NoCookie) => {
            let page = ElsewherePage { layout: Layout::new(&request, &context.tenant)? };
            return Page::new(page).status(StatusCode::BAD_REQUEST).render();
        }
        Err(error) => return Err(error),
    };
    let Some(sent) = find_sent(&services, &step).await? else { return redirect::see_other(&step.page("/sign-in")) };
    let (tenant, interaction) = (&step.context.tenant, &step.interaction);
    if !services.sign_in.knows_link(tenant, interaction, &token).await.map_err(failed)? {
        return respond(&request, &step, &sent, Some(expired(&sent)), StatusCode::UNPROCESSABLE_ENTITY);
    }
    let layout = step.layout(&request)?;
    Page::new(LinkPage {
        action: step.context.path(LINK_PAGE),
        interaction: interaction.id.to_string(),
        csrf_token: step.csrf_token(),
        client_name: step.client_name(&layout),
        layout,
        login: sent.identifier,
        token: token.expose().clone(),
    })
    .render()
}

/// `POST {base}/sign-in/link`
async fn follow(
    request: HttpRequest,
    form: CsrfForm<LinkFields>,
    address: ClientAddress,
    services: web::Data<Services>,
) -> Result<HttpResponse, WebError> {
    let CsrfForm { fields, context, browser } = form;
    let step = Step::find(&request, &services, context, browser, &fields.interaction).await?;
    redeem(&request, &services, &step, (Shown::Link(fields.token), &address)).await
}

/// Signs in by what was sent.
async fn redeem(
    request: &HttpRequest,
    services: &Services,
    step: &Step,
    (shown, address): (Shown, &ClientAddress),
) -> Result<HttpResponse, WebError> {
    // Of a link there is no other text: it is there or not.
    let wrong = if matches!(shown, Shown::Link(_)) { "codes-link-expired" } else { "codes-wrong" };
    let asked = find_sent(services, step).await?;
    let attempt = MailAttempt { shown, with: signed_in_with(request, step, address) };
    let outcome = services.sign_in.submit_mail(&step.context.tenant, &step.interaction, attempt).await;
    count(request, &outcome)?;
    let outcome = outcome.map_err(failed)?;
    if let (MailOutcome::SignedIn(_) | MailOutcome::SecondFactorNeeded, Some(sent)) = (&outcome, &asked) {
        sign_in::know_browser(request, services, step, &sent.identifier).await?;
    }
    let alert = match outcome {
        MailOutcome::SignedIn(entry) => return step.enter(request, &entry),
        MailOutcome::SecondFactorNeeded => return redirect::see_other(&step.page(second_factor::PATH)),
        MailOutcome::Over => return sign_in::refused_with(request, services, (step, ""), "codes-over".into()).await,
        MailOutcome::Refused => Some(wrong),
        MailOutcome::Expired => None,
    };
    let Some(sent) = find_sent(services, step).await? else { return redirect::see_other(&step.page("/sign-in")) };
    let alert = alert.map_or_else(|| expired(&sent), Words::new);
    respond(request, step, &sent, Some(alert), StatusCode::UNPROCESSABLE_ENTITY)
}

async fn find_sent(services: &Services, step: &Step) -> Result<Option<SentMail>, WebError> {
    services.sign_in.find_sent_mail(&step.context.tenant, &step.interaction).await.map_err(failed)
}

fn expired(sent: &SentMail) -> Words {
    Words::new(if sent.kind == FirstFactorKind::MagicLink { "codes-link-expired" } else { "codes-expired" })
}

fn respond(
    request: &HttpRequest,
    step: &Step,
    sent: &SentMail,
    alert: Option<Words>,
    status: StatusCode,
) -> Result<HttpResponse, WebError> {
    Page::new(MailPage {
        layout: step.layout(request)?,
        code_action: step.context.path(CODE_PATH),
        again_action: step.context.path(PATH),
        interaction: step.interaction.id.to_string(),
        csrf_token: step.csrf_token(),
        method: sent.kind.as_str(),
        is_link: sent.kind == FirstFactorKind::MagicLink,
        login: sent.identifier.clone(),
        restart: step.page("/sign-in"),
        refused: alert.is_some(),
        alert,
    })
    .status(status)
    .render()
}

fn throttled(
    request: &HttpRequest,
    step: &Step,
    sent: &SentMail,
    retry_after: Duration,
) -> Result<HttpResponse, WebError> {
    let alert = Words::new("codes-wait").with("seconds", retry_after.as_secs().max(1));
    let mut response = respond(request, step, sent, Some(alert), StatusCode::TOO_MANY_REQUESTS)?;
    response.headers_mut().insert(RETRY_AFTER, retry_after.as_secs().max(1).into());
    Ok(response)
}

fn count(request: &HttpRequest, outcome: &Result<MailOutcome, AuthError>) -> Result<(), WebError> {
    let metrics = &WebState::of(request)?.metrics;
    metrics.sign_in(match outcome {
        Ok(MailOutcome::SignedIn(Entry::Opened(_))) => SignInOutcome::Success,
        Ok(MailOutcome::SignedIn(Entry::ActionRequired)) => SignInOutcome::ActionRequired,
        Ok(MailOutcome::SecondFactorNeeded) => SignInOutcome::SecondFactorAsked,
        Ok(MailOutcome::Refused | MailOutcome::Expired) => SignInOutcome::WrongCredentials,
        Ok(MailOutcome::Over) => SignInOutcome::Throttled,
        Err(_) => SignInOutcome::Error,
    });
    if matches!(outcome, Ok(MailOutcome::SignedIn(Entry::Opened(_)))) {
        metrics.session_started();
    }
    Ok(())
}
