//! Consent: who asks for what, of which account.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use latchkey_auth::{ActiveSession, ConsentDecision, ConsentState, Interaction};
use latchkey_language::Words;
use latchkey_metrics::ConsentDecision as Counted;
use latchkey_protocol::Params;
use latchkey_tenants::{Client, ClientOrigin};
use latchkey_web::{
    Browser, CsrfForm, Layout, Page, PageForm, PageTemplate, TenantContext, WebError, WebState, client_logo_path,
    cookies,
};
use url::Url;

use crate::Services;
use crate::detail_list::{self, Detail};
use crate::scope_list::{self, ScopeLine};
use crate::services::failed;
use crate::step::{Step, hidden, user_detail};

pub(crate) struct Fields {
    interaction: String,
    /// The session whose user the page spoke to.
    account: Option<String>,
    decision: Decision,
}

enum Decision {
    Allow,
    Deny,
}

impl PageForm for Fields {
    fn purpose(&self) -> &str {
        &self.interaction
    }

    fn from_params(params: &mut Params) -> Result<Self, WebError> {
        let interaction = hidden(params, "interaction")?;
        let decision = match hidden(params, "decision")?.as_str() {
            "allow" => Decision::Allow,
            "deny" => Decision::Deny,
            _ => return Err(WebError::BadRequest("The form holds an unknown answer.")),
        };
        Ok(Self { interaction, account: params.optional("account"), decision })
    }
}

#[derive(Template)]
#[template(path = "consent.html")]
struct ConsentPage {
    layout: Layout,
    action: String,
    interaction: String,
    account: String,
    csrf_token: String,
    client_name: String,
    client_initial: String,
    client_logo: Option<String>,
    client_links: Vec<(&'static str, String)>,
    /// The host that the answer goes to: what an application cannot make up.
    destination: Option<Words>,
    /// For a client that no operator vouched for: what its name is worth.
    unverified: Option<Unverified>,
    user_name: String,
    user_detail: Option<String>,
    switch_account: String,
    scopes: Vec<ScopeLine>,
    details: Vec<Detail>,
    support_uri: Option<String>,
}

/// A client that came by itself.
pub(crate) enum Unverified {
    /// It registered itself.
    Registered,
    /// A document at this host describes it.
    At(String),
}

impl PageTemplate for ConsentPage {
    fn layout(&self) -> &Layout {
        &self.layout
    }
}

/// `GET {base}/consent?interaction=…`
pub(crate) async fn show(
    request: HttpRequest,
    context: TenantContext,
    browser: Browser,
    services: web::Data<Services>,
) -> Result<HttpResponse, WebError> {
    let step = Step::of_query(&request, &services, context, browser).await?;
    let Some(session) = session_to_ask(&request, &services, &step).await? else { return step.go_on() };
    let servers = WebState::of(&request)?.directory.resource_servers(&step.context.tenant.id).await?;
    let layout = step.layout(&request)?.of_account(session.user.locale());
    let language = layout.language();
    let scopes = scope_list::describe(&step.interaction.scope, &servers, language);
    let audiences = step.client.as_ref().map(|client| client.metadata.audiences.as_slice()).unwrap_or_default();
    let asked = step.interaction.authorization.get("authorization_details");
    let details = detail_list::describe(asked, audiences, (&servers, language));
    Page::new(page(layout, &step, &session, (scopes, details))).render()
}

/// `POST {base}/consent`
pub(crate) async fn decide(
    request: HttpRequest,
    form: CsrfForm<Fields>,
    services: web::Data<Services>,
) -> Result<HttpResponse, WebError> {
    let CsrfForm { fields, context, browser } = form;
    let step = Step::find(&request, &services, context, browser, &fields.interaction).await?;
    let asked = session_to_ask(&request, &services, &step).await?;
    // Another account may have been chosen in another tab meanwhile: nobody answers for somebody else.
    let answers = asked.filter(|active| fields.account.as_deref() == Some(active.session.id.as_str()));
    let Some(ActiveSession { session, .. }) = answers else { return step.go_on() };
    let (decision, counted) = match fields.decision {
        Decision::Allow => (ConsentDecision::Allow(step.interaction.scope.clone()), Counted::Allowed),
        Decision::Deny => (ConsentDecision::Deny, Counted::Denied),
    };
    let tenant = &step.context.tenant.id;
    services.sign_in.record_consent(tenant, &step.interaction, &session, decision).await.map_err(failed)?;
    WebState::of(&request)?.metrics.consent(counted);
    step.go_on()
}

/// The session whose user is to be asked; `None` when there is nobody, or nothing, to ask: the next step is then
/// decided where every step is.
async fn session_to_ask(
    request: &HttpRequest,
    services: &Services,
    step: &Step,
) -> Result<Option<ActiveSession>, WebError> {
    if step.interaction.consent == ConsentState::NotAsked {
        return Ok(None);
    }
    let Some(cookie) = cookies::read_session(request, &step.context) else { return Ok(None) };
    let wish = step.interaction.account_wish();
    let session = services.sign_in.find_account(&step.context.tenant, &cookie, &wish).await.map_err(failed)?;
    let now = WebState::of(request)?.clock.now();
    let Some(active) = session.filter(|active| step.interaction.accepts(&active.session, now)) else { return Ok(None) };
    Ok(if step.lacks_second_factor(services, &active).await? { None } else { Some(active) })
}

fn page(
    layout: Layout,
    step: &Step,
    active: &ActiveSession,
    (scopes, details): (Vec<ScopeLine>, Vec<Detail>),
) -> ConsentPage {
    let client_logo = step.client.as_ref().and_then(|client| client_logo_path(&step.context, client, layout.lang()));
    let links = step.client.as_ref().map(|client| links(client, layout.lang()));
    let user = &active.user;
    let client_name = step.client_name(&layout);
    ConsentPage {
        layout,
        action: step.context.path("/consent"),
        interaction: step.interaction.id.to_string(),
        account: active.session.id.to_string(),
        csrf_token: step.csrf_token(),
        client_initial: latchkey_web::initial(&client_name),
        client_name,
        client_logo,
        client_links: links.unwrap_or_default(),
        destination: destination(step),
        unverified: step.client.as_ref().and_then(|client| unverified(client)),
        user_name: user.display_name().to_owned(),
        user_detail: user_detail(user),
        switch_account: step.page("/choose-account"),
        scopes,
        details,
        support_uri: step.context.tenant.branding.support_uri.clone(),
    }
}

/// The pages of the client for a language, each by the id of its text.
fn links(client: &Client, language: &str) -> Vec<(&'static str, String)> {
    let links = [
        ("consent-website", client.client_uri_in(language)),
        ("consent-privacy", client.policy_uri_in(language)),
        ("consent-terms", client.tos_uri_in(language)),
    ];
    links.into_iter().filter_map(|(text, uri)| Some((text, uri?.to_owned()))).collect()
}

/// Where the answer goes: the host of the redirect URI, or its scheme for an app on the device.
fn destination(step: &Step) -> Option<Words> {
    let uri = redirect_uri(&step.interaction).or_else(|| only_redirect_uri(step))?;
    let url = Url::parse(&uri).ok()?;
    Some(match (url.host_str(), url.scheme()) {
        (Some(host), "http" | "https") => Words::new("consent-destination").with("host", host),
        (_, scheme) => Words::new("consent-destination-app").with("scheme", scheme),
    })
}

pub(crate) fn unverified(client: &Client) -> Option<Unverified> {
    match client.origin {
        ClientOrigin::Managed => None,
        ClientOrigin::Registered => Some(Unverified::Registered),
        ClientOrigin::Document { .. } => {
            let url = Url::parse(client.client_id.as_str()).ok()?;
            Some(Unverified::At(url.host_str()?.to_owned()))
        }
    }
}

/// What to know of an application that a document at `host` describes.
pub(crate) fn published_by(host: &str, tenant: &str) -> Words {
    Words::new("consent-unverified-host").with("host", host).with("tenant", tenant)
}

fn redirect_uri(interaction: &Interaction) -> Option<String> {
    interaction.authorization.get("redirect_uri")?.as_str().map(str::to_owned)
}

fn only_redirect_uri(step: &Step) -> Option<String> {
    match step.client.as_ref()?.metadata.redirect_uris.as_slice() {
        [uri] => Some(uri.as_str().to_owned()),
        _ => None,
    }
}
