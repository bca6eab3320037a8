//! Security events, as they were recorded.

use latchkey_audit::{RecordedEvent, event_store};

use crate::TestApp;

impl TestApp {
    /// The events of a tenant, those of earlier seconds first.
    pub async fn events_of(&self, tenant: &str) -> Vec<RecordedEvent> {
        let id = self.tenant_id(tenant).await;
        let read = self.services().db.read(move |conn| event_store::list(conn, &id, None, 500)).await;
        let mut events = read.expect("the database answers");
        events.sort_by_key(|event| event.at);
        events
    }

    /// How many events of that kind there are at `acme`.
    pub async fn count_events(&self, kind: &str) -> usize {
        self.events_of("acme").await.iter().filter(|event| event.kind == kind).count()
    }

    /// The newest event of that kind at `acme`.
    pub async fn last_event(&self, kind: &str) -> RecordedEvent {
        let found = self.events_of("acme").await.into_iter().rfind(|event| event.kind == kind);
        found.unwrap_or_else(|| panic!("there is no event {kind}"))
    }
}
