//! Devices of the own account: their part of the page, and what it changes.

use actix_web::{HttpRequest, HttpResponse, web};
use latchkey_auth::OwnFactors;
use latchkey_core::FactorId;
use latchkey_language::Words;
use latchkey_protocol::Params;
use latchkey_web::{CsrfForm, PageForm, WebError, redirect};

use crate::Services;
use crate::console::frame::day;
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
            (Some(device), None) => Action::Remove(named(device)?),
            (None, Some(device)) => Action::Rename(named(device)?, params.optional("name").unwrap_or_default()),
            _ => return Err(WebError::BadRequest("The form holds an unknown action.")),
        };
        Ok(Self { interaction, action })
    }
}

/// A device as the page shows it.
pub(crate) struct PushLine {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) added_on: String,
    pub(crate) used_on: Option<String>,
}

impl PushLine {
    pub(crate) fn when(&self) -> Words {
        let words = match &self.used_on {
            Some(used) => Words::new("factor-own-added-used").with("used", used),
            None => Words::new("factor-own-added"),
        };
        words.with("date", &self.added_on)
    }

    pub(crate) fn removal(&self) -> Words {
        Words::new("factor-own-remove-this").with("name", &self.name).with("date", &self.added_on)
    }
}

/// The devices of that account.
pub(crate) fn lines(own: &OwnFactors) -> Vec<PushLine> {
    let line = |device: &latchkey_auth::PushDevice| PushLine {
        id: device.id.to_string(),
        name: device.name.clone(),
        added_on: day(device.created_at),
        used_on: device.last_used_at.map(day),
    };
    own.push_devices.iter().map(line).collect()
}

/// `POST {base}/account/push-devices`
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
        Action::Remove(device) => services.sign_in.remove_push_device(tenant, &own, device).await,
        Action::Rename(device, name) => services.sign_in.rename_push_device(tenant, &own, device, name).await,
    };
    changed.map_err(failed)?;
    redirect::see_other(&step.page(security::PATH))
}
