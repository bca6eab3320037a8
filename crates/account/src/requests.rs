//! What applications ask of a user away from the browser (OpenID Connect CIBA Core §8): a list, and an answer to each.
//!
//! The page belongs to whoever is signed in. A link to it names no request, so that it works for nobody else.

use std::collections::HashMap;
use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use latchkey_auth::{ActiveSession, Answer, Answered, PendingRequest};
use latchkey_core::{ClientId, UtcTime};
use latchkey_language::{Language, Words};
use latchkey_metrics::ConsentDecision as Counted;
use latchkey_protocol::Params;
use latchkey_tenants::{Client, ResourceServers};
use latchkey_web::{
    Browser, CsrfForm, Layout, Page, PageForm, PageTemplate, Route, TenantContext, WebError, WebState,
    client_logo_path, cookies, csrf, redirect,
};

use crate::Services;
use crate::consent::{Unverified, unverified};
use crate::console::frame::minute;
use crate::detail_list::{self, Detail};
use crate::scope_list::{self, ScopeLine};
use crate::second_factor;
use crate::services::failed;
use crate::step::{begin_for_own_page, hidden};

/// Every route that [`routes`] mounts.
pub(crate) const ROUTES: [Route; 9] = [
    Route { method: "GET", path: "/requests" },
    Route { method: "HEAD", path: "/requests" },
    Route { method: "POST", path: "/requests" },
    Route { method: "GET", path: "/requests/allowed" },
    Route { method: "HEAD", path: "/requests/allowed" },
    Route { method: "GET", path: "/requests/refused" },
    Route { method: "HEAD", path: "/requests/refused" },
    Route { method: "GET", path: "/requests/over" },
    Route { method: "HEAD", path: "/requests/over" },
];

const PATH: &str = "/requests";
/// What the form's token is for: whose list it is adds nothing, since the session decides.
const PURPOSE: &str = "requests";

pub(crate) fn routes(config: &mut ServiceConfig) {
    config
        .service(web::resource(PATH).get(show).head(show).post(decide))
        .service(web::resource("/requests/allowed").get(allowed).head(allowed))
        .service(web::resource("/requests/refused").get(refused).head(refused))
        .service(web::resource("/requests/over").get(over).head(over));
}

pub(crate) struct Fields {
    /// The session whose user the page spoke to.
    account: Option<String>,
    request: String,
    answer: Answer,
}

impl PageForm for Fields {
    fn purpose(&self) -> &str {
        PURPOSE
    }

    fn from_params(params: &mut Params) -> Result<Self, WebError> {
        let request = hidden(params, "request")?;
        let answer = match hidden(params, "decision")?.as_str() {
            "allow" => Answer::Approve,
            "deny" => Answer::Deny,
            _ => return Err(WebError::BadRequest("The form holds an unknown answer.")),
        };
        Ok(Self { account: params.optional("account"), request, answer })
    }
}

/// One request of the list.
struct Line {
    id: String,
    client_name: String,
    client_initial: String,
    client_logo: Option<String>,
    client_uri: Option<String>,
    /// Nobody of the tenant vouches for the application.
    unverified: Option<Unverified>,
    binding_message: Option<String>,
    asked_at: UtcTime,
    expires_at: UtcTime,
    scopes: Vec<ScopeLine>,
    details: Vec<Detail>,
}

impl Line {
    fn new(
        context: &TenantContext,
        pending: PendingRequest,
        client: &Client,
        (servers, language): (&ResourceServers, Language),
    ) -> Self {
        let (request, tag) = (pending.request, language.tag());
        Self {
            id: pending.id,
            client_initial: latchkey_web::initial(client.name_in(tag)),
            client_name: client.name_in(tag).to_owned(),
            client_logo: client_logo_path(context, client, tag),
            client_uri: client.client_uri_in(tag).map(str::to_owned),
            unverified: unverified(client),
            binding_message: request.binding_message,
            asked_at: request.created_at,
            expires_at: request.expires_at,
            scopes: scope_list::describe(&request.scope, servers, language),
            details: detail_list::describe(
                request.authorization_details.as_ref(),
                &client.metadata.audiences,
                (servers, language),
            ),
        }
    }

    fn times(&self) -> Words {
        Words::new("request-times").with("asked", minute(self.asked_at)).with("until", minute(self.expires_at))
    }
}

#[derive(Template)]
#[template(path = "requests.html")]
struct RequestsPage {
    layout: Layout,
    action: String,
    account: String,
    /// Another account answered than the one that was asked.
    switched: bool,
    csrf_token: String,
    user_name: String,
    user_detail: Option<String>,
    requests: Vec<Line>,
}

impl PageTemplate for RequestsPage {
    fn layout(&self) -> &Layout {
        &self.layout
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    Allowed,
    Refused,
    Over,
}

#[derive(Template)]
#[template(path = "request_done.html")]
struct DonePage {
    layout: Layout,
    end: End,
    list: String,
}

impl PageTemplate for DonePage {
    fn layout(&self) -> &Layout {
        &self.layout
    }
}

/// `GET {base}/requests`
async fn show(
    request: HttpRequest,
    context: TenantContext,
    browser: Browser,
    services: web::Data<Services>,
) -> Result<HttpResponse, WebError> {
    let Some(active) = find_session(&request, &context, &services).await? else {
        return leave_for(&request, (&context, &browser), &services, ("/sign-in", own_page()?)).await;
    };
    if services.lacks_second_factor(&context.tenant, &active, (&own_page()?, None)).await? {
        return leave_for(&request, (&context, &browser), &services, (second_factor::PATH, own_page()?)).await;
    }
    Page::new(page(&request, (&context, &browser), &services, &active).await?).render()
}

/// `POST {base}/requests`
async fn decide(
    request: HttpRequest,
    form: CsrfForm<Fields>,
    services: web::Data<Services>,
) -> Result<HttpResponse, WebError> {
    let CsrfForm { fields, context, browser } = form;
    let Some(active) = find_session(&request, &context, &services).await? else {
        return leave_for(&request, (&context, &browser), &services, ("/sign-in", own_page()?)).await;
    };
    // Another account may have become the active one in another tab meanwhile: nobody answers for somebody else.
    if fields.account.as_deref() != Some(active.session.id.as_str()) {
        let page = page(&request, (&context, &browser), &services, &active).await?;
        return Page::new(RequestsPage { switched: true, ..page }).status(StatusCode::CONFLICT).render();
    }
    if fields.answer == Answer::Approve
        && let Some(client) = asking_client(&context, &services, &active, &fields.request).await?
        && services.lacks_second_factor(&context.tenant, &active, (&client, None)).await?
    {
        return leave_for(&request, (&context, &browser), &services, (second_factor::PATH, client)).await;
    }
    let answered = services.backchannel.answer(&context.tenant.id, &fields.request, &active, fields.answer).await;
    let (end, counted) = match (answered.map_err(failed)?, fields.answer) {
        (Answered::TooLate, _) => return redirect::see_other(&context.path("/requests/over")),
        (Answered::Recorded, Answer::Approve) => ("/requests/allowed", Counted::Allowed),
        (Answered::Recorded, Answer::Deny) => ("/requests/refused", Counted::Denied),
    };
    WebState::of(&request)?.metrics.consent(counted);
    redirect::see_other(&context.path(end))
}

/// `GET {base}/requests/allowed`
async fn allowed(request: HttpRequest, context: TenantContext) -> Result<HttpResponse, WebError> {
    done(&request, &context, End::Allowed)
}

/// `GET {base}/requests/refused`
async fn refused(request: HttpRequest, context: TenantContext) -> Result<HttpResponse, WebError> {
    done(&request, &context, End::Refused)
}

/// `GET {base}/requests/over`
async fn over(request: HttpRequest, context: TenantContext) -> Result<HttpResponse, WebError> {
    done(&request, &context, End::Over)
}

fn done(request: &HttpRequest, context: &TenantContext, end: End) -> Result<HttpResponse, WebError> {
    let layout = Layout::new(request, &context.tenant)?;
    Page::new(DonePage { layout, end, list: context.path(PATH) }).render()
}

async fn find_session(
    request: &HttpRequest,
    context: &TenantContext,
    services: &Services,
) -> Result<Option<ActiveSession>, WebError> {
    let Some(cookie) = cookies::read_session(request, context) else { return Ok(None) };
    services.sign_in.find_session(&context.tenant, &cookie).await.map_err(failed)
}

/// No application asks for a sign-in to the tenant's own page.
fn own_page() -> Result<ClientId, WebError> {
    PURPOSE.parse().map_err(WebError::internal)
}

/// Who asks by that request; `None` when it is over.
async fn asking_client(
    context: &TenantContext,
    services: &Services,
    active: &ActiveSession,
    request: &str,
) -> Result<Option<ClientId>, WebError> {
    let pending = services.backchannel.list(&context.tenant.id, &active.user.id).await.map_err(failed)?;
    Ok(pending.into_iter().find(|pending| pending.id == request).map(|pending| pending.request.client_id))
}

/// Sends the person to sign in, or to the second factor that `client` needs, and then back here.
async fn leave_for(
    request: &HttpRequest,
    (context, browser): (&TenantContext, &Browser),
    services: &Services,
    (page, client_id): (&str, ClientId),
) -> Result<HttpResponse, WebError> {
    begin_for_own_page(request, (context, browser), services, client_id, (page, PATH)).await
}

/// The list of the session's user.
async fn page(
    request: &HttpRequest,
    (context, browser): (&TenantContext, &Browser),
    services: &Services,
    active: &ActiveSession,
) -> Result<RequestsPage, WebError> {
    let pending = services.backchannel.list(&context.tenant.id, &active.user.id).await.map_err(failed)?;
    let layout = Layout::new(request, &context.tenant)?.of_account(active.user.locale());
    let requests = describe(request, context, pending, layout.language()).await?;
    let user = &active.user;
    Ok(RequestsPage {
        layout,
        action: context.path(PATH),
        account: active.session.id.to_string(),
        switched: false,
        csrf_token: csrf::token(browser, &context.tenant.id, PURPOSE),
        user_name: user.display_name().to_owned(),
        user_detail: Some(user.email.clone().unwrap_or_else(|| user.username.clone())),
        requests,
    })
}

/// The lines of the list; a request of a client that was deleted meanwhile is not among them.
async fn describe(
    request: &HttpRequest,
    context: &TenantContext,
    pending: Vec<PendingRequest>,
    language: Language,
) -> Result<Vec<Line>, WebError> {
    let (directory, tenant) = (&WebState::of(request)?.directory, &context.tenant.id);
    let servers = directory.resource_servers(tenant).await?;
    let mut clients: HashMap<ClientId, Option<Arc<Client>>> = HashMap::new();
    for client_id in pending.iter().map(|pending| &pending.request.client_id) {
        if !clients.contains_key(client_id) {
            clients.insert(client_id.clone(), directory.find_client(tenant, client_id).await?);
        }
    }
    let line = |pending: PendingRequest| {
        let client = clients.get(&pending.request.client_id)?.clone()?;
        Some(Line::new(context, pending, &client, (&servers, language)))
    };
    Ok(pending.into_iter().filter_map(line).collect())
}
