//! Delivery and messages; the store tests run on both databases.

use std::time::Duration;

use diesel::{ExpressionMethods, QueryDsl, RunQueryDsl, insert_into};
use latchkey_audit::DeliveryReport;
use latchkey_core::{Clock, FrozenClock, Rng, Secret, TenantId, UtcTime};
use latchkey_storage::Db;
use latchkey_storage::schema::{outbox, tenants};
use latchkey_storage::testing::{TestDb, databases};

use crate::messages::Invitation;
use crate::{Mail, MailError, Mailer, Message, Outbox, OutboxItem, Recipient, deliver_due};

mod headers;
mod kinds;
mod provider;
mod smtp;
mod smtp_server;
mod upgrade;

const FROM: &str = "Latchkey <no-reply@example.com>";
const LINK: &str = "https://id.example/t/acme/invitation?token=SECRET-TOKEN";

struct Bench {
    db: Db,
    clock: FrozenClock,
    outbox: Outbox,
    tenant: TenantId,
    _database: TestDb,
}

impl Bench {
    async fn all() -> Vec<Self> {
        let mut benches = Vec::new();
        for database in databases() {
            let rng = Rng::seeded(1);
            let now = UtcTime::from_unix_seconds(1_800_000_000);
            let tenant = TenantId::generate(now, &rng);
            let db = database.db().clone();
            let id = tenant.clone();
            db.write(move |conn| {
                let row = (
                    tenants::id.eq(&id),
                    tenants::slug.eq("acme"),
                    tenants::name.eq("Acme"),
                    tenants::status.eq("active"),
                    tenants::settings.eq("{}"),
                    tenants::branding.eq("{}"),
                    tenants::created_at.eq(now),
                    tenants::updated_at.eq(now),
                );
                insert_into(tenants::table).values(row).execute(conn)
            })
            .await
            .unwrap();
            let outbox = Outbox::new(Secret::new([7; 32]), rng);
            benches.push(Self { db, clock: FrozenClock::at(now), outbox, tenant, _database: database });
        }
        benches
    }

    async fn enqueue(&self, address: &str) {
        let item = invitation("Ivan", address);
        let (outbox, tenant, now) = (self.outbox.clone(), self.tenant.clone(), self.clock.now());
        self.db.write(move |conn| outbox.enqueue(conn, &tenant, &item, now)).await.unwrap();
    }

    async fn deliver(&self, mailer: &Mailer) -> DeliveryReport {
        deliver_due(&self.db, mailer, &self.outbox, &Clock::Frozen(self.clock.clone())).await.unwrap()
    }

    async fn payloads(&self) -> Vec<String> {
        self.db.read(|conn| outbox::table.select(outbox::payload).load(conn)).await.unwrap()
    }
}

fn invitation(name: &str, address: &str) -> OutboxItem {
    let message = Message::Invitation(Invitation {
        link: Secret::from(LINK),
        expires_at: UtcTime::from_unix_seconds(1_800_600_000),
    });
    OutboxItem::new(recipient(name, address), "Acme", message)
}

fn recipient(name: &str, address: &str) -> Recipient {
    Recipient { name: name.to_owned(), address: address.to_owned(), language: None }
}

fn mail() -> Mail {
    Mail {
        id: "out_1".to_owned(),
        name: "Ivan".to_owned(),
        address: "ivan@example.com".to_owned(),
        subject: "Hello".to_owned(),
        text: "text".to_owned(),
        html: "<p>html</p>".to_owned(),
        date: UtcTime::from_unix_seconds(1_800_000_000),
    }
}

fn memory() -> Mailer {
    Mailer::memory(FROM).unwrap()
}

#[tokio::test]
async fn an_invitation_is_delivered_once_and_its_row_is_gone() {
    for bench in Bench::all().await {
        let mailer = memory();
        bench.enqueue("ivan@example.com").await;
        assert_eq!(bench.deliver(&mailer).await, DeliveryReport { sent: 1, ..DeliveryReport::default() });
        assert_eq!(bench.deliver(&mailer).await, DeliveryReport::default());
        let sent = mailer.sent();
        assert_eq!(sent.len(), 1);
        assert_eq!((sent[0].subject.as_str(), sent[0].to[0].as_str()), ("Your account at Acme", "ivan@example.com"));
        assert!(sent[0].text.contains(LINK));
        assert!(sent[0].html.contains("Hello Ivan"));
        assert_eq!(bench.payloads().await, Vec::<String>::new());
    }
}

#[tokio::test]
async fn the_stored_row_does_not_hold_the_link_or_the_address() {
    for bench in Bench::all().await {
        bench.enqueue("ivan@example.com").await;
        let payloads = bench.payloads().await;
        assert_eq!(payloads.len(), 1);
        assert!(!payloads[0].contains("SECRET-TOKEN") && !payloads[0].contains("ivan"), "{}", payloads[0]);
        assert!(!format!("{:?}", invitation("Ivan", "ivan@example.com")).contains("SECRET-TOKEN"));
    }
}

#[tokio::test]
async fn markup_in_a_name_is_text() {
    for bench in Bench::all().await {
        let mailer = memory();
        let item = invitation("<script>\r\nx</script>", "ivan@example.com");
        let (outbox, tenant, now) = (bench.outbox.clone(), bench.tenant.clone(), bench.clock.now());
        bench.db.write(move |conn| outbox.enqueue(conn, &tenant, &item, now)).await.unwrap();
        bench.deliver(&mailer).await;
        assert!(!mailer.sent()[0].html.contains("<script>"), "{}", mailer.sent()[0].html);
    }
}

#[tokio::test]
async fn a_failed_mail_is_tried_again_later_and_then_delivered() {
    for bench in Bench::all().await {
        bench.enqueue("ivan@example.com").await;
        let broken = Mailer::directory(std::path::Path::new("/nonexistent/mail"), FROM).unwrap();
        assert_eq!(bench.deliver(&broken).await, DeliveryReport { postponed: 1, ..DeliveryReport::default() });
        let mailer = memory();
        assert_eq!(bench.deliver(&mailer).await, DeliveryReport::default(), "not before the pause is over");
        bench.clock.advance(Duration::from_secs(30));
        assert_eq!(bench.deliver(&mailer).await.sent, 1);
    }
}

#[tokio::test]
async fn a_mail_that_can_never_be_sent_is_given_up_and_does_not_hold_up_the_others() {
    for bench in Bench::all().await {
        bench.enqueue("not an address").await;
        bench.enqueue("ivan@example.com").await;
        let report = bench.deliver(&memory()).await;
        assert_eq!(report, DeliveryReport { sent: 1, postponed: 0, dropped: 1 });
        assert_eq!(bench.payloads().await, Vec::<String>::new());
    }
}

#[tokio::test]
async fn without_a_transport_mail_waits() {
    for bench in Bench::all().await {
        bench.enqueue("ivan@example.com").await;
        assert_eq!(bench.deliver(&Mailer::none()).await, DeliveryReport::default());
        assert_eq!(bench.deliver(&memory()).await.sent, 1);
    }
}

#[tokio::test]
async fn the_directory_transport_writes_one_file_for_each_mail() {
    let directory = tempfile::tempdir().unwrap();
    let mailer = Mailer::directory(directory.path(), FROM).unwrap();
    mailer.send(&mail()).await.unwrap();
    let files: Vec<_> = std::fs::read_dir(directory.path()).unwrap().map(|file| file.unwrap().path()).collect();
    assert_eq!(files.len(), 1);
    assert!(std::fs::read_to_string(&files[0]).unwrap().contains("To: Ivan <ivan@example.com>"));
}

#[test]
fn a_malformed_smtp_url_is_refused_without_its_password() {
    for url in ["http://host", "smtp://", "nonsense"] {
        assert!(Mailer::smtp(&Secret::from(url), FROM).is_err(), "{url}");
    }
    let error = Mailer::smtp(&Secret::from("ftp://u:hunter2@host"), FROM).map(|_| ()).unwrap_err();
    assert!(!format!("{error:?} {error}").contains("hunter2"));
}
