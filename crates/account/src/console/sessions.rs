//! The devices on which a user is signed in, and the end of any of these sessions.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use latchkey_auth::Session;
use latchkey_core::SessionId;
use latchkey_protocol::Params;
use latchkey_web::{Browser, CsrfForm, Layout, Page, PageTemplate, TenantContext, WebError};

use super::frame::{self, Frame, minute};
use super::gate::{self, Need, Own, OwnFields};
use super::user_agent;
use crate::Services;
use crate::services::failed;

pub(crate) const PATH: &str = "/account/sessions";

pub(crate) enum Fields {
    End(SessionId),
    EndOthers,
}

impl OwnFields for Fields {
    fn from_params(params: &mut Params) -> Result<Self, WebError> {
        match (params.optional("end"), params.optional("action").as_deref()) {
            // An id that is none is one that this user does not have.
            (Some(session), None) => Ok(Self::End(session.parse().map_err(|_| WebError::Expired)?)),
            (None, Some("end_others")) => Ok(Self::EndOthers),
            _ => Err(WebError::BadRequest("The form holds an unknown action.")),
        }
    }
}

struct SessionLine {
    id: String,
    device: String,
    address: String,
    place: Option<String>,
    opened_at: String,
    used_at: String,
    is_this: bool,
}

#[derive(Template)]
#[template(path = "console/sessions.html")]
struct SessionsPage {
    layout: Layout,
    frame: Frame,
    sessions: Vec<SessionLine>,
}

impl PageTemplate for SessionsPage {
    fn layout(&self) -> &Layout {
        &self.layout
    }
}

/// `GET {base}/account/sessions`
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
    let sessions = services.sign_in.own_sessions(&owner.context.tenant, &owner.own).await.map_err(failed)?;
    let (layout, frame) = frame::of(&request, &owner, PATH)?;
    let this = &owner.own.active.session.id;
    let place = |session: &Session| services.sign_in.place_of(&session.address, layout.lang());
    let placed = sessions.into_iter().map(|session| (place(&session), session));
    let mut lines: Vec<_> = placed.map(|(place, session)| line(&layout, (session, place), this)).collect();
    // A stable sort: the others stay in the order of their last use.
    lines.sort_by_key(|line| !line.is_this);
    Page::new(SessionsPage { layout, frame, sessions: lines }).render()
}

/// `POST {base}/account/sessions`
pub(crate) async fn change(
    request: HttpRequest,
    form: CsrfForm<Own<Fields>>,
    services: web::Data<Services>,
) -> Result<HttpResponse, WebError> {
    let (owner, fields) = match gate::change(&request, &services, form, PATH).await? {
        Ok(passed) => passed,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let tenant = &owner.context.tenant;
    match fields {
        Fields::End(session) => {
            // One that is over already is as good as ended.
            services.sign_in.end_own_session(tenant, &owner.own, &session).await.map_err(failed)?;
        }
        Fields::EndOthers => {
            services.sign_in.end_other_sessions(tenant, &owner.own).await.map_err(failed)?;
        }
    }
    owner.see(PATH, "ended")
}

fn line(layout: &Layout, (session, place): (Session, Option<String>), this: &SessionId) -> SessionLine {
    SessionLine {
        place,
        is_this: session.id == *this,
        id: session.id.to_string(),
        device: layout.say(user_agent::describe(&session.user_agent)),
        address: session.address,
        opened_at: minute(session.created_at),
        used_at: minute(session.last_seen_at),
    }
}
