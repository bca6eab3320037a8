//! The page on which a user looks after the own second factors. It belongs to whoever typed the password for it.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use latchkey_auth::{OwnAccount, OwnFactors};
use latchkey_core::FactorId;
use latchkey_language::Words;
use latchkey_protocol::Params;
use latchkey_tenants::{PasskeyUse, SecondFactorKind};
use latchkey_web::{
    Browser, CsrfForm, Layout, Page, PageForm, PageTemplate, TenantContext, WebError, cookies, form, redirect,
};

use crate::Services;
use crate::console::frame::{self, Frame, day};
use crate::console::gate::{self, Need, Owner};
use crate::passkeys::{self, PasskeyLine};
use crate::push_devices::{self, PushLine};
use crate::second_factor::{self, set_up};
use crate::services::failed;
use crate::step::{Step, hidden};

pub(crate) const PATH: &str = "/account/security";

pub(crate) struct Fields {
    interaction: String,
    action: Action,
}

enum Action {
    Remove(FactorId),
    RenewCodes,
    RemovePhone,
    ForgetBrowsers,
}

impl PageForm for Fields {
    fn purpose(&self) -> &str {
        &self.interaction
    }

    fn from_params(params: &mut Params) -> Result<Self, WebError> {
        let interaction = hidden(params, "interaction")?;
        let action = match (params.optional("remove"), params.optional("action").as_deref()) {
            (Some(factor), None) => Action::Remove(factor.parse().map_err(|_| WebError::Expired)?),
            (None, Some("remove_phone")) => Action::RemovePhone,
            (None, Some("renew_codes")) => Action::RenewCodes,
            (None, Some("forget_browsers")) => Action::ForgetBrowsers,
            _ => return Err(WebError::BadRequest("The form holds an unknown action.")),
        };
        Ok(Self { interaction, action })
    }
}

struct AuthenticatorLine {
    id: String,
    name: String,
    added_on: String,
    used_on: Option<String>,
}

impl AuthenticatorLine {
    fn dates(&self) -> Words {
        match &self.used_on {
            Some(used_on) => Words::new("factor-own-added-used").with("date", &self.added_on).with("used", used_on),
            None => Words::new("factor-own-added").with("date", &self.added_on),
        }
    }

    fn remove(&self) -> Words {
        Words::new("factor-own-remove-this").with("name", &self.name).with("date", &self.added_on)
    }
}

#[derive(Template)]
#[template(path = "security.html")]
struct SecurityPage {
    layout: Layout,
    frame: Frame,
    action: String,
    interaction: String,
    csrf_token: String,
    authenticators: Vec<AuthenticatorLine>,
    /// The phone, and where one is set up, where that may be.
    phone: Option<Words>,
    add_phone: Option<String>,
    /// Where one is added, unless there are enough.
    add: Option<String>,
    passkeys: Vec<PasskeyLine>,
    passkeys_action: String,
    /// Where one is made, where passkeys are good for something.
    add_passkey: Option<String>,
    push_devices: Vec<PushLine>,
    push_devices_action: String,
    /// Where one is set up, where that may be.
    add_push_device: Option<String>,
    /// Whether there is anything that recovery codes stand in for.
    has_factors: bool,
    recovery_codes: i64,
    browsers: i64,
}

impl PageTemplate for SecurityPage {
    fn layout(&self) -> &Layout {
        &self.layout
    }
}

/// Whether the sign-in was begun for the console.
pub(crate) fn is_own(step: &Step) -> bool {
    gate::is_for_console(step)
}

/// What the person at the browser may look after; else where the browser goes instead.
pub(crate) async fn find_own(
    request: &HttpRequest,
    services: &Services,
    step: &Step,
) -> Result<Result<Box<OwnFactors>, HttpResponse>, WebError> {
    let cookie = cookies::read_session(request, &step.context);
    let found = services.sign_in.own_account(&step.context.tenant, &step.interaction, cookie.as_deref()).await;
    match found.map_err(failed)? {
        OwnAccount::Proved(own) => Ok(Ok(own)),
        OwnAccount::SignInFirst => redirect::see_other(&step.page("/sign-in")).map(Err),
        OwnAccount::SecondFactorFirst => redirect::see_other(&step.page(second_factor::PATH)).map(Err),
    }
}

/// `GET {base}/account/security`
pub(crate) async fn show(
    request: HttpRequest,
    context: TenantContext,
    browser: Browser,
    services: web::Data<Services>,
) -> Result<HttpResponse, WebError> {
    let Some(id) = form::query(&request)?.optional("interaction") else {
        return begin(&request, &context, &browser, &services).await;
    };
    let step = match Step::find(&request, &services, context.clone(), browser.clone(), &id).await {
        Ok(step) if is_own(&step) => step,
        Ok(_) | Err(WebError::Expired | WebError::NoCookie) => {
            return begin(&request, &context, &browser, &services).await;
        }
        Err(error) => return Err(error),
    };
    match find_own(&request, &services, &step).await? {
        Ok(own) => {
            // What was proved here is good for the other pages of the console, too.
            let cookie = cookies::read_session(&request, &step.context);
            let proved = services.sign_in.prove_own(&step.context.tenant, &step.interaction, cookie.as_deref()).await;
            proved.map_err(failed)?;
            Page::new(page(&request, &step, &own)?).render()
        }
        Err(elsewhere) => Ok(elsewhere),
    }
}

/// `POST {base}/account/security`
pub(crate) async fn change(
    request: HttpRequest,
    form: CsrfForm<Fields>,
    services: web::Data<Services>,
) -> Result<HttpResponse, WebError> {
    let CsrfForm { fields, context, browser } = form;
    let step = Step::find(&request, &services, context, browser, &fields.interaction).await?;
    if !is_own(&step) {
        return Err(WebError::Expired);
    }
    let own = match find_own(&request, &services, &step).await? {
        Ok(own) => own,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let tenant = &step.context.tenant;
    match fields.action {
        Action::Remove(factor) => {
            services.sign_in.remove_authenticator(tenant, &own, &factor).await.map_err(failed)?;
        }
        Action::RemovePhone => {
            services.sign_in.remove_phone(tenant, &own).await.map_err(failed)?;
        }
        Action::ForgetBrowsers => services.sign_in.forget_browsers(tenant, &own).await.map_err(failed)?,
        Action::RenewCodes => {
            let codes = services.sign_in.renew_recovery_codes(tenant, &own).await.map_err(failed)?;
            let go_on = step.context.path(&step.interaction.continue_path);
            return set_up::show_codes_before(&request, &step, (&codes, go_on));
        }
    }
    redirect::see_other(&step.page(PATH))
}

/// The sign-in that leads to the page; it is over at once for who has proved enough on another page of the console.
async fn begin(
    request: &HttpRequest,
    context: &TenantContext,
    browser: &Browser,
    services: &Services,
) -> Result<HttpResponse, WebError> {
    match gate::enter(request, services, (context.clone(), browser.clone()), (PATH, Need::Proof)).await? {
        Ok(owner) => gate::go_on_within(request, services, &owner, PATH).await,
        Err(elsewhere) => Ok(elsewhere),
    }
}

fn page(request: &HttpRequest, step: &Step, own: &OwnFactors) -> Result<SecurityPage, WebError> {
    let (layout, frame) = frame::of(request, &Owner::of_step(step, &own.active), PATH)?;
    let authenticators = own.authenticators.iter().map(|factor| AuthenticatorLine {
        id: factor.id.to_string(),
        name: factor.name.clone(),
        added_on: day(factor.created_at),
        used_on: factor.last_used_at.map(day),
    });
    let offers_passkeys = step.context.tenant.settings.passkeys.purpose != PasskeyUse::Off
        && passkeys::relying_party(request, &step.context)?.is_some();
    let may_add = |kind| own.addition.as_ref().is_some_and(|addition| addition.enrollable.contains(&kind));
    Ok(SecurityPage {
        layout,
        frame,
        action: step.context.path(PATH),
        interaction: step.interaction.id.to_string(),
        csrf_token: step.csrf_token(),
        authenticators: authenticators.collect(),
        phone: own.phone.as_ref().map(|phone| {
            let last = phone.number.chars().skip(phone.number.chars().count().saturating_sub(2));
            let number = format!("•••{}", last.collect::<String>());
            Words::new("codes-own-phone-number").with("number", number).with("date", day(phone.created_at))
        }),
        add_phone: may_add(SecondFactorKind::Sms).then(|| step.page(second_factor::phone::PHONE_PATH)),
        add: may_add(SecondFactorKind::Totp).then(|| step.page(second_factor::SET_UP_PATH)),
        passkeys: passkeys::lines(step, own),
        passkeys_action: step.context.path(passkeys::OWN_PATH),
        add_passkey: offers_passkeys.then(|| step.page(passkeys::NEW_PATH)),
        push_devices: push_devices::lines(own),
        push_devices_action: step.context.path(push_devices::OWN_PATH),
        add_push_device: may_add(SecondFactorKind::Push).then(|| step.page(push_devices::SET_UP_PATH)),
        has_factors: !own.authenticators.is_empty()
            || !own.push_devices.is_empty()
            || own.phone.is_some()
            || own.passkeys.iter().any(|passkey| passkey.suspected_at.is_none()),
        recovery_codes: own.recovery_codes,
        browsers: own.browsers,
    })
}
