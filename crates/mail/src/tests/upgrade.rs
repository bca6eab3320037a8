//! What the version before left in the outbox.

use latchkey_audit::OutboxEvent;
use serde::Serialize;
use serde_json::{Value, json};

use super::*;

/// An entry as another version wrote it.
#[derive(Serialize)]
#[serde(transparent)]
struct Written {
    #[serde(skip)]
    kind: &'static str,
    payload: Value,
}

impl OutboxEvent for Written {
    fn kind(&self) -> &'static str {
        self.kind
    }
}

async fn enqueue(bench: &Bench, kind: &'static str, payload: Value) {
    let (outbox, tenant, now) = (bench.outbox.clone(), bench.tenant.clone(), bench.clock.now());
    let written = Written { kind, payload };
    bench.db.write(move |conn| outbox.enqueue(conn, &tenant, &written, now)).await.unwrap();
}

#[tokio::test]
async fn what_the_version_before_left_in_the_outbox_is_delivered() {
    for bench in Bench::all().await {
        let mailer = memory();
        let invitation = json!({ "invitation": {
            "name": "Ivan", "address": "ivan@example.com", "tenant_name": "Acme", "link": LINK,
            "expires_at": "2027-01-22T12:00:00Z",
        }});
        let approval = json!({ "approval": {
            "name": "Ivan", "address": "ivan@example.com", "tenant_name": "Acme", "client_name": "Bank",
            "binding_message": "W4SCT", "link": "https://id.example/t/acme/requests",
            "expires_at": "2027-01-22T12:00:00Z",
        }});
        enqueue(&bench, "mail.invitation", invitation).await;
        enqueue(&bench, "mail.approval", approval).await;
        assert_eq!(bench.deliver(&mailer).await, DeliveryReport { sent: 2, ..DeliveryReport::default() });
        let mut sent = mailer.sent();
        sent.sort_by(|one, other| one.subject.cmp(&other.subject));
        assert_eq!(sent[0].subject, "Bank asks for your approval");
        assert!(sent[0].text.contains("W4SCT") && sent[0].text.contains("/requests"), "{}", sent[0].text);
        assert_eq!(sent[1].subject, "Your account at Acme");
        assert!(sent[1].text.contains(LINK), "{}", sent[1].text);
    }
}

#[tokio::test]
async fn what_a_later_version_wrote_waits_for_a_node_of_it() {
    for bench in Bench::all().await {
        let mailer = memory();
        let to = json!({ "name": "Ivan", "address": "ivan@example.com" });
        let payload = json!({ "to": to, "tenant_name": "Acme", "message": { "not_yet_invented": {} } });
        enqueue(&bench, "mail.not_yet_invented", payload).await;
        assert_eq!(bench.deliver(&mailer).await, DeliveryReport { postponed: 1, ..DeliveryReport::default() });
        assert_eq!((mailer.sent().len(), bench.payloads().await.len()), (0, 1));
    }
}

#[test]
fn what_is_written_is_read_as_it_was() {
    for (_, message) in kinds::every_kind() {
        let item = OutboxItem::new(recipient("Ivan", "ivan@example.com"), "Acme", message);
        let written = serde_json::to_string(&item).unwrap();
        assert_eq!(serde_json::from_str::<OutboxItem>(&written).unwrap(), item, "{written}");
    }
}
