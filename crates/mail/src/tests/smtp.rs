//! Mails of tenants by servers of their own.

use std::net::SocketAddr;
use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use latchkey_audit::Dispatcher;

use super::smtp_server::{Certificate, Offer, SmtpServer, Trouble};
use super::*;
use crate::{Look, MailDelivery, Protection, SenderError, Senders, SmtpRoute, TenantSender, send_test};

/// What a tenant has set up.
#[derive(Clone)]
struct Setting {
    route: Option<SmtpRoute>,
    lacks_password: bool,
}

impl Senders for Setting {
    fn sender_of<'a>(&'a self, _tenant: &'a TenantId) -> BoxFuture<'a, Result<TenantSender, SenderError>> {
        async {
            if self.lacks_password {
                return Err(SenderError::NoPassword);
            }
            Ok(TenantSender {
                name: "Acme, \"Inc.\"".to_owned(),
                reply_to: Some("help@acme.example".to_owned()),
                route: self.route.clone(),
                look: Look::default(),
            })
        }
        .boxed()
    }
}

fn by(route: Option<SmtpRoute>) -> Setting {
    Setting { route, lacks_password: false }
}

fn route(server: &SmtpServer, protection: Protection, anchors: &[&Certificate]) -> SmtpRoute {
    SmtpRoute {
        from_address: "no-reply@acme.example".to_owned(),
        host: "localhost".to_owned(),
        addresses: vec![SocketAddr::from(([127, 0, 0, 1], server.port))],
        protection,
        credentials: Some(("acme".to_owned(), Secret::from("hunter2"))),
        trust_anchors: anchors.iter().map(|certificate| certificate.pem()).collect(),
    }
}

async fn deliver(bench: &Bench, mailer: &Mailer, setting: &Setting) -> DeliveryReport {
    let clock = Clock::Frozen(bench.clock.clone());
    let mails = MailDelivery::new(mailer.clone(), clock.clone()).in_the_name_of(Arc::new(setting.clone()));
    Dispatcher::new(bench.db.clone(), bench.outbox.clone(), clock)
        .with(MailDelivery::PREFIX, MailDelivery::POLICY, mails)
        .deliver_due()
        .await
        .unwrap()
}

const SENT: DeliveryReport = DeliveryReport { sent: 1, postponed: 0, dropped: 0 };
const POSTPONED: DeliveryReport = DeliveryReport { sent: 0, postponed: 1, dropped: 0 };
const DROPPED: DeliveryReport = DeliveryReport { sent: 0, postponed: 0, dropped: 1 };

fn message_id(data: &str) -> String {
    data.lines().find_map(|line| line.strip_prefix("Message-ID: ")).unwrap().to_owned()
}

#[tokio::test]
async fn a_tenants_mail_leaves_by_its_server_in_its_name_and_by_no_other() {
    for (offer, protection) in
        [(Offer::Plain, Protection::Loopback), (Offer::StartTls, Protection::StartTls), (Offer::Tls, Protection::Tls)]
    {
        for bench in Bench::all().await {
            let (certificate, instance) = (Certificate::of("localhost"), memory());
            let server = SmtpServer::start(offer, Some(&certificate)).await;
            bench.enqueue("ivan@example.com").await;
            let setting = by(Some(route(&server, protection, &[&certificate])));
            assert_eq!(deliver(&bench, &instance, &setting).await, SENT, "{offer:?}");
            assert_eq!(deliver(&bench, &instance, &setting).await, DeliveryReport::default());

            let received = server.received();
            assert_eq!(received.len(), 1);
            assert_eq!(
                (received[0].from.as_str(), received[0].to[0].as_str()),
                ("no-reply@acme.example", "ivan@example.com")
            );
            assert_eq!(received[0].user.as_deref(), Some("acme:hunter2"));
            for line in [
                "From: =?utf-8?b?QWNtZSwgIkluYy4i?= <no-reply@acme.example>",
                "Reply-To: help@acme.example",
                "Auto-Submitted: auto-generated",
            ] {
                assert!(received[0].data.contains(&format!("{line}\r\n")), "{line}: {}", received[0].data);
            }
            assert!(message_id(&received[0].data).ends_with("@acme.example>"), "{}", received[0].data);
            assert_eq!(instance.sent(), []);
        }
    }
}

#[tokio::test]
async fn without_a_server_of_its_own_a_tenants_mail_leaves_by_the_instances_under_its_name() {
    for bench in Bench::all().await {
        let instance = memory();
        bench.enqueue("ivan@example.com").await;
        assert_eq!(deliver(&bench, &instance, &by(None)).await, SENT);
        let raw = &instance.sent()[0].raw;
        assert!(raw.contains("From: =?utf-8?b?QWNtZSwgIkluYy4i?= <no-reply@example.com>\r\n"), "{raw}");
        assert!(raw.contains("Reply-To: help@acme.example\r\n"), "{raw}");
    }
}

#[tokio::test]
async fn a_server_that_is_not_the_one_that_was_named_gets_neither_password_nor_mail() {
    let (right, wrong) = (Certificate::of("localhost"), Certificate::of("elsewhere.example"));
    for bench in Bench::all().await {
        let plain = SmtpServer::start(Offer::Plain, None).await;
        let stripped = route(&plain, Protection::StartTls, &[&right]);
        let named = SmtpServer::start(Offer::StartTls, Some(&wrong)).await;
        let of_another_name = route(&named, Protection::StartTls, &[&wrong]);
        let unknown = SmtpServer::start(Offer::Tls, Some(&right)).await;
        let of_no_authority = route(&unknown, Protection::Tls, &[&wrong]);
        for (server, route) in [(plain, stripped), (named, of_another_name), (unknown, of_no_authority)] {
            bench.enqueue("ivan@example.com").await;
            assert_eq!(deliver(&bench, &memory(), &by(Some(route))).await, POSTPONED);
            assert_eq!(server.received(), []);
            let heard = server.commands();
            assert!(!heard.iter().any(|line| line.starts_with("AUTH") || line.starts_with("MAIL")), "{heard:?}");
            bench.clock.advance(Duration::from_secs(30));
            assert_eq!(deliver(&bench, &memory(), &by(None)).await, SENT, "it was not lost");
        }
    }
}

#[tokio::test]
async fn a_refusal_for_now_and_one_of_the_sender_lose_no_mail() {
    for bench in Bench::all().await {
        let server = SmtpServer::start(Offer::Plain, None).await;
        let setting = by(Some(route(&server, Protection::Loopback, &[])));
        server.will(&[
            Trouble::Answer("RCPT", "451 4.7.1 Greylisted"),
            Trouble::Answer("AUTH", "535 5.7.8 Authentication failed"),
            Trouble::Answer("MAIL", "530 5.7.0 Authentication required"),
            Trouble::Answer(".", "452 4.3.1 Disk full"),
        ]);
        bench.enqueue("ivan@example.com").await;
        for attempt in 1..=4 {
            // Each trouble is met in the order in which the commands come.
            assert_eq!(deliver(&bench, &memory(), &setting).await, POSTPONED, "{attempt}");
            assert_eq!(server.received(), []);
            bench.clock.advance(Duration::from_secs(30 << (attempt - 1)));
        }
        assert_eq!(deliver(&bench, &memory(), &setting).await, SENT);
        assert_eq!(server.received().len(), 1);
    }
}

#[tokio::test]
async fn a_refusal_of_the_recipient_is_not_repeated() {
    for bench in Bench::all().await {
        let server = SmtpServer::start(Offer::Plain, None).await;
        let setting = by(Some(route(&server, Protection::Loopback, &[])));
        server.will(&[Trouble::Answer("RCPT", "550 5.1.1 No such user")]);
        bench.enqueue("ivan@example.com").await;
        assert_eq!(deliver(&bench, &memory(), &setting).await, DROPPED);
        assert_eq!(bench.payloads().await, Vec::<String>::new());
    }
}

/// The one window in which a mail is sent twice: it is taken, and nobody hears of it.
#[tokio::test]
async fn a_mail_whose_receipt_was_lost_comes_again_under_the_same_message_id() {
    for bench in Bench::all().await {
        let server = SmtpServer::start(Offer::Plain, None).await;
        let setting = by(Some(route(&server, Protection::Loopback, &[])));
        server.will(&[Trouble::Silence]);
        bench.enqueue("ivan@example.com").await;
        assert_eq!(deliver(&bench, &memory(), &setting).await, POSTPONED);
        bench.clock.advance(Duration::from_secs(30));
        assert_eq!(deliver(&bench, &memory(), &setting).await, SENT);
        let received = server.received();
        assert_eq!(received.len(), 2);
        assert_eq!(message_id(&received[0].data), message_id(&received[1].data));
    }
}

#[tokio::test]
async fn connections_to_a_tenants_server_are_few_and_used_again() {
    for bench in Bench::all().await {
        let (server, mailer) = (SmtpServer::start(Offer::Plain, None).await, memory());
        let setting = by(Some(route(&server, Protection::Loopback, &[])));
        for number in 0..20 {
            bench.enqueue(&format!("user{number}@example.com")).await;
        }
        assert_eq!(deliver(&bench, &mailer, &setting).await.sent, 20);
        assert_eq!(server.received().len(), 20);
        assert!(server.most_open() <= 4, "{}", server.most_open());
        bench.enqueue("ivan@example.com").await;
        assert_eq!(deliver(&bench, &mailer, &setting).await, SENT);
        let last = server.received().pop().unwrap();
        assert!(server.received()[..20].iter().any(|earlier| earlier.connection == last.connection));
    }
}

#[tokio::test]
async fn tenants_with_the_same_server_share_no_connection() {
    let (server, mailer) = (SmtpServer::start(Offer::Plain, None).await, memory());
    let mine = route(&server, Protection::Loopback, &[]);
    let other = SmtpRoute { credentials: Some(("other".to_owned(), Secret::from("secret"))), ..mine.clone() };
    let rng = Rng::seeded(5);
    let [one, two] = [1, 2].map(|time| TenantId::generate(UtcTime::from_unix_seconds(time), &rng));
    let now = UtcTime::from_unix_seconds(1_800_000_000);
    for (tenant, route) in [(&one, &mine), (&two, &mine), (&one, &other), (&one, &mine)] {
        let setting = by(Some(route.clone()));
        send_test((&mailer, &setting), tenant, "ivan@example.com", "test_1", now).await.unwrap();
    }
    let users: Vec<_> = server.received().iter().map(|mail| (mail.connection, mail.user.clone().unwrap())).collect();
    let (first, second) = ("acme:hunter2".to_owned(), "other:secret".to_owned());
    assert_eq!(users, [(0, first.clone()), (1, first.clone()), (2, second), (0, first)]);
}

#[tokio::test]
async fn mail_of_a_tenant_without_the_password_waits_for_it() {
    for bench in Bench::all().await {
        let server = SmtpServer::start(Offer::Plain, None).await;
        let setting = by(Some(route(&server, Protection::Loopback, &[])));
        bench.enqueue("ivan@example.com").await;
        for _ in 0..30 {
            let lacking = Setting { lacks_password: true, ..setting.clone() };
            assert_eq!(deliver(&bench, &memory(), &lacking).await, POSTPONED);
            bench.clock.advance(Duration::from_secs(60));
        }
        assert_eq!(deliver(&bench, &memory(), &setting).await, SENT);
    }
}

#[tokio::test]
async fn a_test_mail_says_what_the_server_answered() {
    let server = SmtpServer::start(Offer::Plain, None).await;
    let (setting, mailer) = (by(Some(route(&server, Protection::Loopback, &[]))), memory());
    let tenant = TenantId::generate(UtcTime::from_unix_seconds(1), &Rng::seeded(5));
    let now = UtcTime::from_unix_seconds(1_800_000_000);
    let ask = async |setting: &Setting, to: &str| send_test((&mailer, setting), &tenant, to, "test_1", now).await;

    let trial = ask(&setting, "ivan@example.com").await.unwrap();
    assert_eq!(trial.answer.as_deref(), Some("250 2.0.0 Ok: queued as 4XyZ"));
    assert_eq!(trial.server, Some(format!("localhost:{}", server.port)));
    assert!(server.received()[0].data.contains("Subject: Test mail of Acme"), "{}", server.received()[0].data);

    server.will(&[Trouble::Answer("MAIL", "553 5.7.1 Not \u{1b}[31mowned")]);
    let refused = ask(&setting, "ivan@example.com").await.unwrap_err().explain();
    assert!(refused.contains("553") && refused.contains("Not [31mowned") && !refused.contains('\u{1b}'), "{refused}");
    assert!(!refused.contains("hunter2"), "{refused}");
    let lacking = Setting { lacks_password: true, ..setting.clone() };
    assert!(ask(&lacking, "ivan@example.com").await.unwrap_err().explain().contains("password"));
    assert!(ask(&setting, "not an address").await.unwrap_err().explain().contains("not a mail address"));
    let instance = ask(&by(None), "ivan@example.com").await.unwrap();
    assert_eq!((instance.server, instance.answer, mailer.sent().len()), (None, None, 1));
}

#[tokio::test]
async fn a_code_that_nobody_can_use_any_more_is_not_mailed() {
    for bench in Bench::all().await {
        let expires_at = bench.clock.now().plus(Duration::from_secs(600));
        let code = crate::messages::SignInCode { code: Secret::from("482913"), expires_at };
        let item = OutboxItem::new(recipient("Ivan", "ivan@example.com"), "Acme", Message::SignInCode(code));
        let (outbox, tenant, now) = (bench.outbox.clone(), bench.tenant.clone(), bench.clock.now());
        bench.db.write(move |conn| outbox.enqueue(conn, &tenant, &item, now)).await.unwrap();
        bench.clock.advance(Duration::from_secs(600));
        let mailer = memory();
        assert_eq!(deliver(&bench, &mailer, &by(None)).await, DROPPED);
        assert_eq!(mailer.sent(), []);
    }
}
