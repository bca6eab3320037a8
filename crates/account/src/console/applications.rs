//! The applications that a user has let do something, and the end of it.

use std::collections::BTreeMap;

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use latchkey_core::{ClientId, UtcTime};
use latchkey_language::Language;
use latchkey_protocol::{Params, Scope};
use latchkey_web::{
    Browser, CsrfForm, Layout, Page, PageTemplate, TenantContext, WebError, WebState, client_logo_path,
};

use super::frame::{self, Frame, day};
use super::gate::{self, Need, Own, OwnFields, Owner};
use crate::Services;
use crate::scope_list::{self, ScopeLine};
use crate::services::{failed, tokens_failed};
use crate::step::hidden;

pub(crate) const PATH: &str = "/account/applications";

/// The application that is to lose what it has.
pub(crate) struct Fields(ClientId);

impl OwnFields for Fields {
    fn from_params(params: &mut Params) -> Result<Self, WebError> {
        // An id that is none is one of no application that the user knows.
        Ok(Self(hidden(params, "revoke")?.parse().map_err(|_| WebError::Expired)?))
    }
}

/// What one application has: by a consent that is remembered, by live grants, or by both.
struct Held {
    scope: Scope,
    since: UtcTime,
    used_at: Option<UtcTime>,
    offline: bool,
}

struct ApplicationLine {
    id: String,
    name: String,
    initial: String,
    logo: Option<String>,
    since: String,
    used_at: Option<String>,
    offline: bool,
    scopes: Vec<ScopeLine>,
}

#[derive(Template)]
#[template(path = "console/applications.html")]
struct ApplicationsPage {
    layout: Layout,
    frame: Frame,
    applications: Vec<ApplicationLine>,
}

impl PageTemplate for ApplicationsPage {
    fn layout(&self) -> &Layout {
        &self.layout
    }
}

/// `GET {base}/account/applications`
pub(crate) async fn show(
    request: HttpRequest,
    context: TenantContext,
    browser: Browser,
    services: web::Data<Services>,
) -> Result<HttpResponse, WebError> {
    let owner = match gate::enter(&request, &services, (context, browser), (PATH, Need::Session)).await? {
        Ok(owner) => owner,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let (layout, frame) = frame::of(&request, &owner, PATH)?;
    let applications = list(&request, &services, &owner, layout.language()).await?;
    Page::new(ApplicationsPage { layout, frame, applications }).render()
}

/// `POST {base}/account/applications`
pub(crate) async fn change(
    request: HttpRequest,
    form: CsrfForm<Own<Fields>>,
    services: web::Data<Services>,
) -> Result<HttpResponse, WebError> {
    let (owner, Fields(client)) = match gate::change(&request, &services, form, PATH).await? {
        Ok(passed) => passed,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let tenant = &owner.context.tenant;
    // The consent first: from then on the application cannot get anew, without a page, what it is about to lose.
    services.sign_in.revoke_own_consent(tenant, &owner.own, &client).await.map_err(failed)?;
    let revoked = services.tokens.revoke_grants_of_client(&tenant.id, &owner.user().id, &client).await;
    revoked.map_err(tokens_failed)?;
    owner.see(PATH, "revoked")
}

/// The applications by name; one that was deleted meanwhile is not among them.
async fn list(
    request: &HttpRequest,
    services: &Services,
    owner: &Owner,
    language: Language,
) -> Result<Vec<ApplicationLine>, WebError> {
    let tenant = &owner.context.tenant;
    let directory = &WebState::of(request)?.directory;
    let servers = directory.resource_servers(&tenant.id).await?;
    let mut lines = Vec::new();
    for (client_id, held) in find_held(services, owner).await? {
        let Some(client) = directory.find_client(&tenant.id, &client_id).await? else { continue };
        let name = client.name_in(language.tag());
        lines.push(ApplicationLine {
            id: client_id.to_string(),
            initial: latchkey_web::initial(name),
            logo: client_logo_path(&owner.context, &client, language.tag()),
            name: name.to_owned(),
            since: day(held.since),
            used_at: held.used_at.map(day),
            offline: held.offline,
            scopes: scope_list::describe(&held.scope, &servers, language),
        });
    }
    lines.sort_by_cached_key(|line| (line.name.to_lowercase(), line.id.clone()));
    Ok(lines)
}

async fn find_held(services: &Services, owner: &Owner) -> Result<BTreeMap<ClientId, Held>, WebError> {
    let tenant = &owner.context.tenant;
    let mut held = BTreeMap::new();
    for consent in services.sign_in.own_consents(tenant, &owner.own).await.map_err(failed)? {
        let one = Held { scope: consent.scope, since: consent.since, used_at: None, offline: false };
        held.insert(consent.client_id, one);
    }
    let granted = services.tokens.clients_of_user(&tenant.id, &owner.user().id).await.map_err(tokens_failed)?;
    for granted in granted {
        let one = held.entry(granted.client_id).or_insert_with(|| Held {
            scope: Scope::default(),
            since: granted.since,
            used_at: None,
            offline: false,
        });
        one.scope = one.scope.union(&granted.scope);
        one.since = one.since.min(granted.since);
        one.used_at = Some(granted.last_used_at);
        one.offline = granted.offline;
    }
    Ok(held)
}
