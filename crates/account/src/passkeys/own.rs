//! Passkeys of the own account: their part of the page, and what it changes.

use actix_web::{HttpRequest, HttpResponse, web};
use latchkey_auth::{OwnFactors, Passkey};
use latchkey_core::{FactorId, UtcTime};
use latchkey_language::Words;
use latchkey_protocol::Params;
use latchkey_web::{CsrfForm, PageForm, WebError, redirect};

use crate::Services;
use crate::security;
use crate::services::failed;
use crate::step::{Step, hidden};

pub(crate) struct Fields {
    interaction: String,
    action: Action,
}

enum Action {
    Remove(FactorId),
    Rename(FactorId, String),
}

impl PageForm for Fields {
    fn purpose(&self) -> &str {
        &self.interaction
    }

    fn from_params(params: &mut Params) -> Result<Self, WebError> {
        let interaction = hidden(params, "interaction")?;
        let named = |text: String| text.parse::<FactorId>().map_err(|_| WebError::Expired);
        let action = match (params.optional("remove"), params.optional("rename")) {
            (Some(passkey), None) => Action::Remove(named(passkey)?),
            (None, Some(passkey)) => Action::Rename(named(passkey)?, params.optional("name").unwrap_or_default()),
            _ => return Err(WebError::BadRequest("The form holds an unknown action.")),
        };
        Ok(Self { interaction, action })
    }
}

/// A passkey as the page shows it.
pub(crate) struct PasskeyLine {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) added_on: String,
    pub(crate) used_on: Option<String>,
    pub(crate) backed_up: bool,
    pub(crate) suspected: bool,
    /// Whether it was made for another address of the tenant than today's.
    pub(crate) elsewhere: bool,
}

impl PasskeyLine {
    pub(crate) fn when(&self) -> Words {
        let words = match &self.used_on {
            Some(used) => Words::new("passkeys-own-added-used").with("used", used),
            None => Words::new("passkeys-own-added"),
        };
        words.with("date", &self.added_on)
    }

    pub(crate) fn removal(&self) -> Words {
        Words::new("passkeys-own-remove-label").with("name", &self.name).with("date", &self.added_on)
    }
}

/// The passkeys of that account.
pub(crate) fn lines(step: &Step, own: &OwnFactors) -> Vec<PasskeyLine> {
    let host = step.context.tenant.issuer_host.as_deref();
    own.passkeys.iter().map(|passkey| line(passkey, host)).collect()
}

fn line(passkey: &Passkey, host: Option<&str>) -> PasskeyLine {
    let day = |time: UtcTime| time.to_string().chars().take(10).collect::<String>();
    PasskeyLine {
        id: passkey.id.to_string(),
        name: passkey.name.clone(),
        added_on: day(passkey.created_at),
        used_on: passkey.last_used_at.map(day),
        backed_up: passkey.backed_up,
        suspected: passkey.suspected_at.is_some(),
        elsewhere: passkey.issuer_host.as_deref() != host,
    }
}

/// `POST {base}/account/passkeys`
pub(crate) async fn change(
    request: HttpRequest,
    form: CsrfForm<Fields>,
    services: web::Data<Services>,
) -> Result<HttpResponse, WebError> {
    let CsrfForm { fields, context, browser } = form;
    let step = Step::find(&request, &services, context, browser, &fields.interaction).await?;
    if !security::is_own(&step) {
        return Err(WebError::Expired);
    }
    let own = match security::find_own(&request, &services, &step).await? {
        Ok(own) => own,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let tenant = &step.context.tenant;
    let changed = match &fields.action {
        Action::Remove(passkey) => services.sign_in.remove_passkey(tenant, &own, passkey).await,
        Action::Rename(passkey, name) => services.sign_in.rename_passkey(tenant, &own, passkey, name).await,
    };
    changed.map_err(failed)?;
    redirect::see_other(&step.page(security::PATH))
}
