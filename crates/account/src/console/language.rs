//! The language in which pages and mails speak to the user: the claim `locale`.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use latchkey_auth::ProfileOutcome;
use latchkey_language::Language;
use latchkey_protocol::Params;
use latchkey_tenants::{ProfileClaim, TenantSettings};
use latchkey_web::{Browser, CsrfForm, Layout, Page, PageTemplate, TenantContext, WebError, cookies};

use super::frame::{self, Frame};
use super::gate::{self, Need, Own, OwnFields};
use crate::Services;
use crate::services::failed;

pub(crate) const PATH: &str = "/account/language";

/// The tag that was chosen, or none for what the browser asks for.
pub(crate) struct Fields(Option<Language>);

impl OwnFields for Fields {
    fn from_params(params: &mut Params) -> Result<Self, WebError> {
        let Some(tag) = params.optional("language") else { return Ok(Self(None)) };
        let chosen = Language::ALL.into_iter().find(|language| language.tag() == tag);
        Ok(Self(Some(chosen.ok_or(WebError::BadRequest("The form holds an unknown language."))?)))
    }
}

struct Choice {
    tag: &'static str,
    name: &'static str,
    dir: &'static str,
    is_chosen: bool,
}

#[derive(Template)]
#[template(path = "console/language.html")]
struct LanguagePage {
    layout: Layout,
    frame: Frame,
    choices: Vec<Choice>,
    is_open: bool,
}

impl PageTemplate for LanguagePage {
    fn layout(&self) -> &Layout {
        &self.layout
    }
}

/// Whether the tenant lets its users choose.
pub(crate) fn is_offered(settings: &TenantSettings) -> bool {
    settings.account.lets_edit(ProfileClaim::Locale)
}

/// `GET {base}/account/language`
pub(crate) async fn show(
    request: HttpRequest,
    context: TenantContext,
    browser: Browser,
    services: web::Data<Services>,
) -> Result<HttpResponse, WebError> {
    if !is_offered(&context.tenant.settings) {
        return Err(WebError::NotFound);
    }
    let owner = match gate::enter(&request, &services, (context, browser), (PATH, Need::Session)).await? {
        Ok(owner) => owner,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let (layout, frame) = frame::of(&request, &owner, PATH)?;
    let chosen = owner.user().claims.locale.as_ref().and_then(|locale| Language::of_tag(locale.as_str()));
    let choice = |language: Language| Choice {
        tag: language.tag(),
        name: language.own_name(),
        dir: language.direction().as_str(),
        is_chosen: chosen == Some(language),
    };
    let choices = Language::ALL.into_iter().map(choice).collect();
    Page::new(LanguagePage { layout, frame, choices, is_open: chosen.is_none() }).render()
}

/// `POST {base}/account/language`
pub(crate) async fn change(
    request: HttpRequest,
    form: CsrfForm<Own<Fields>>,
    services: web::Data<Services>,
) -> Result<HttpResponse, WebError> {
    let (owner, Fields(chosen)) = match gate::change(&request, &services, form, PATH).await? {
        Ok(passed) => passed,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let tenant = &owner.context.tenant;
    let typed = vec![(ProfileClaim::Locale, chosen.map(Language::tag).unwrap_or_default().to_owned())];
    let outcome = services.sign_in.change_own_profile(tenant, &owner.own, typed).await;
    match outcome.map_err(failed)? {
        ProfileOutcome::Saved => {
            // What was chosen at the end of a page before would still count here, and the choice would seem to do nothing.
            match chosen {
                Some(language) => cookies::put_language(&request, &tenant.id, language),
                None => cookies::forget_language(&request, &tenant.id),
            }
            owner.see(PATH, "saved")
        }
        ProfileOutcome::Refused(_) => Err(WebError::BadRequest("The form holds an unknown language.")),
    }
}
