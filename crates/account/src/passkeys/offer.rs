//! After a password was typed, people are offered to do without it from now on. Nothing depends on the answer.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use latchkey_auth::{AddedPasskey, NewPasskeyAttempt, OwnFactors, PasskeyOwner};
use latchkey_core::Secret;
use latchkey_language::Words;
use latchkey_protocol::Params;
use latchkey_web::{
    Browser, ClientAddress, CsrfForm, Layout, Page, PageForm, PageTemplate, TenantContext, WebError, cookies,
};

use super::{OFFER_PATH, PasskeyForm, refusal_text, relying_party};
use crate::Services;
use crate::security;
use crate::services::failed;
use crate::sign_in::origin;
use crate::step::{Step, hidden, user_detail};

pub(crate) struct Fields {
    interaction: String,
    /// Empty when the form was sent by hand.
    credential: Secret<String>,
    later: bool,
}

impl PageForm for Fields {
    fn purpose(&self) -> &str {
        &self.interaction
    }

    fn from_params(params: &mut Params) -> Result<Self, WebError> {
        Ok(Self {
            interaction: hidden(params, "interaction")?,
            credential: Secret::new(params.optional("credential").unwrap_or_default()),
            later: params.optional("later").is_some(),
        })
    }
}

#[derive(Template)]
#[template(path = "passkey_offer.html")]
struct OfferPage {
    layout: Layout,
    interaction: String,
    csrf_token: String,
    form: PasskeyForm,
    user_name: String,
    user_detail: Option<String>,
    alert: Option<Words>,
}

impl PageTemplate for OfferPage {
    fn layout(&self) -> &Layout {
        &self.layout
    }
}

/// `GET {base}/passkeys/offer?interaction=…`
pub(crate) async fn show(
    request: HttpRequest,
    context: TenantContext,
    browser: Browser,
    services: web::Data<Services>,
) -> Result<HttpResponse, WebError> {
    let step = Step::of_query(&request, &services, context, browser).await?;
    let Some(own) = find_offer(&request, &services, &step).await? else { return step.go_on() };
    match page(&request, &services, &step, &own).await? {
        Some(page) => Page::new(page).render(),
        None => step.go_on(),
    }
}

/// `POST {base}/passkeys/offer`
pub(crate) async fn submit(
    request: HttpRequest,
    form: CsrfForm<Fields>,
    address: ClientAddress,
    services: web::Data<Services>,
) -> Result<HttpResponse, WebError> {
    let CsrfForm { fields, context, browser } = form;
    let step = Step::find(&request, &services, context, browser, &fields.interaction).await?;
    let Some(own) = find_offer(&request, &services, &step).await? else { return step.go_on() };
    let tenant = &step.context.tenant;
    if fields.later {
        services.sign_in.put_off_passkey(tenant, &own).await.map_err(failed)?;
        return step.go_on();
    }
    let Some(party) = relying_party(&request, &step.context)? else { return step.go_on() };
    let attempt = NewPasskeyAttempt { response: fields.credential, from: origin(&request, &address), name: None };
    let place = (&party, &step.interaction);
    let added = services.sign_in.add_passkey(tenant, place, PasskeyOwner::Own(&own), &attempt).await;
    let AddedPasskey::Refused(refusal) = added.map_err(failed)? else { return step.go_on() };
    let Some(mut page) = page(&request, &services, &step, &own).await? else { return step.go_on() };
    page.alert = Some(Words::new(match refusal {
        latchkey_auth::PasskeyRefusal::Wrong => "passkeys-not-made",
        other => refusal_text(other),
    }));
    Page::new(page).status(StatusCode::UNPROCESSABLE_ENTITY).render()
}

/// Who is offered one; `None` when nobody is, or who looks after the own account anyway.
async fn find_offer(
    request: &HttpRequest,
    services: &Services,
    step: &Step,
) -> Result<Option<Box<OwnFactors>>, WebError> {
    if security::is_own(step) {
        return Ok(None);
    }
    let cookie = cookies::read_session(request, &step.context);
    let offer = services.sign_in.passkey_offer(&step.context.tenant, &step.interaction, cookie.as_deref()).await;
    offer.map_err(failed)
}

async fn page(
    request: &HttpRequest,
    services: &Services,
    step: &Step,
    own: &OwnFactors,
) -> Result<Option<OfferPage>, WebError> {
    let Some(party) = relying_party(request, &step.context)? else { return Ok(None) };
    let place = (&party, &step.interaction);
    let begun = services.sign_in.begin_new_passkey(&step.context.tenant, place, PasskeyOwner::Own(own)).await;
    let Some(options) = begun.map_err(failed)? else { return Ok(None) };
    Ok(Some(OfferPage {
        layout: step.layout(request)?.of_account(own.active.user.locale()),
        interaction: step.interaction.id.to_string(),
        csrf_token: step.csrf_token(),
        form: PasskeyForm::new(step, OFFER_PATH, &options),
        user_name: own.active.user.display_name().to_owned(),
        user_detail: user_detail(&own.active.user),
        alert: None,
    }))
}
