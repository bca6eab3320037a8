//! What happened to an account lately, in plain words.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use latchkey_audit::{EventKind, RecordedEvent};
use latchkey_core::EventId;
use latchkey_web::{Browser, Layout, Page, PageTemplate, TenantContext, WebError, WebState, form};

use super::frame::{self, Frame, minute};
use super::gate::{self, Need};
use super::user_agent;
use crate::Services;
use crate::services::failed;

pub(crate) const PATH: &str = "/account/activity";
const PAGE_EVENTS: usize = 30;

struct EventLine {
    text: String,
    at: String,
    /// The application that it happened at.
    client: Option<String>,
    device: Option<String>,
    address: Option<String>,
    place: Option<String>,
}

#[derive(Template)]
#[template(path = "console/activity.html")]
struct ActivityPage {
    layout: Layout,
    frame: Frame,
    events: Vec<EventLine>,
    newest: Option<String>,
    older: Option<String>,
}

impl PageTemplate for ActivityPage {
    fn layout(&self) -> &Layout {
        &self.layout
    }
}

/// `GET {base}/account/activity?before=…`
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
    let before = form::query(&request)?.optional("before").map(|id| id.parse::<EventId>()).transpose();
    let before = before.map_err(|_| WebError::BadRequest("The address names no event."))?;
    let tenant = &owner.context.tenant;
    // One more than are shown: it says whether there are older ones.
    let limit = i64::try_from(PAGE_EVENTS + 1).map_err(WebError::internal)?;
    let found = services.sign_in.own_events(tenant, &owner.own, before.as_ref(), limit).await.map_err(failed)?;
    let (layout, frame) = frame::of(&request, &owner, PATH)?;
    let last = found.get(PAGE_EVENTS - 1).filter(|_| found.len() > PAGE_EVENTS);
    let older = last.map(|event| owner.context.path(&format!("{PATH}?before={}", event.id)));
    let mut events = Vec::new();
    for event in found.iter().take(PAGE_EVENTS) {
        let client = match &event.client_id {
            Some(client) => WebState::of(&request)?.directory.find_client(&tenant.id, client).await?,
            None => None,
        };
        let mut line = line(&layout, event, client.map(|client| client.name_in(layout.lang()).to_owned()));
        line.place = event.address.as_deref().and_then(|from| services.sign_in.place_of(from, layout.lang()));
        events.push(line);
    }
    let newest = before.map(|_| owner.context.path(PATH));
    Page::new(ActivityPage { layout, frame, events, newest, older }).render()
}

fn line(layout: &Layout, event: &RecordedEvent, client: Option<String>) -> EventLine {
    let user_agent = event.user_agent.as_deref().filter(|text| !text.is_empty());
    EventLine {
        text: layout.t(&text_id(event)),
        at: minute(event.at),
        client,
        device: user_agent.map(|text| layout.say(user_agent::describe(text))),
        address: event.address.clone(),
        place: None,
    }
}

/// A kind that this version does not know was written by a newer one.
fn text_id(event: &RecordedEvent) -> String {
    text_id_of(event.known_kind())
}

/// The id of the words for that kind of event.
pub(crate) fn text_id_of(kind: Option<EventKind>) -> String {
    kind.map_or_else(|| "account-event".to_owned(), |kind| id_of(kind.as_str()))
}

fn id_of(kind: &str) -> String {
    format!("account-event-{}", kind.replace(['.', '_'], "-"))
}

#[cfg(test)]
mod tests {
    use latchkey_language::Language;

    use super::*;

    #[test]
    fn there_are_words_for_every_kind_of_event() {
        for kind in EventKind::ALL {
            let id = id_of(kind.as_str());
            assert_ne!(Language::English.text(&id), id);
        }
    }
}
