//! Short messages and push notices, posted to a real server in this process.

use std::sync::{Arc, Mutex};

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use latchkey_audit::{Dispatcher, OutboxEvent, Undelivered};
use latchkey_fetch::{Fetcher, Limits, OutgoingPolicy};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::*;
use crate::provider::{MessageWebhooks, Webhook, signature};
use crate::{MessageDelivery, MessageSink, PushItem, SmsItem};

const KEY: [u8; 32] = [3; 32];

/// What arrived, as text, and what is answered.
#[derive(Clone)]
struct Receiver {
    port: u16,
    requests: Arc<Mutex<Vec<String>>>,
    answers: Arc<Mutex<Vec<u16>>>,
}

impl Receiver {
    /// Answers with these, the last one for ever.
    async fn answering(answers: &[u16]) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let receiver = Self { port, requests: Arc::default(), answers: Arc::new(Mutex::new(answers.to_vec())) };
        let served = receiver.clone();
        tokio::spawn(async move {
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                let mut request = Vec::new();
                let mut chunk = [0; 4096];
                while !is_whole(&request) {
                    let read = stream.read(&mut chunk).await.unwrap();
                    request.extend_from_slice(&chunk[..read]);
                }
                served.requests.lock().unwrap().push(String::from_utf8(request).unwrap());
                let answer = {
                    let mut answers = served.answers.lock().unwrap();
                    if answers.len() > 1 { answers.remove(0) } else { answers[0] }
                };
                let answer = format!("HTTP/1.1 {answer} x\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
                stream.write_all(answer.as_bytes()).await.unwrap();
            }
        });
        receiver
    }

    fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

fn is_whole(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request);
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    header(head, "content-length").is_some_and(|length| body.len() >= length.parse().unwrap())
}

fn header(head: &str, name: &str) -> Option<String> {
    head.lines().find_map(|line| {
        let (known, value) = line.split_once(':')?;
        known.eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
    })
}

struct Setting(Option<Webhook>);

impl MessageWebhooks for Setting {
    fn webhook_of<'a>(&'a self, _tenant: &'a TenantId) -> BoxFuture<'a, Result<Option<Webhook>, Undelivered>> {
        async { Ok(self.0.clone()) }.boxed()
    }
}

/// The setting of a tenant whose webhook is `receiver`, if the operator allows that.
fn to(receiver: &Receiver, is_allowed: bool) -> Setting {
    let url = format!("http://127.0.0.1:{}/messages?a=1", receiver.port);
    let rule = format!("http://127.0.0.1:{}", receiver.port);
    let allow = if is_allowed { vec![rule.parse().unwrap()] } else { Vec::new() };
    let outgoing = OutgoingPolicy { allow, trust_anchors: Vec::new() };
    Setting(Some(Webhook { url, key: Secret::new(KEY.to_vec()), outgoing }))
}

async fn enqueue(bench: &Bench, item: impl OutboxEvent + Clone + Send + 'static) {
    let (outbox, tenant, now) = (bench.outbox.clone(), bench.tenant.clone(), bench.clock.now());
    bench.db.write(move |conn| outbox.enqueue(conn, &tenant, &item.clone(), now)).await.unwrap();
}

async fn deliver(bench: &Bench, setting: Setting, sink: &MessageSink) -> DeliveryReport {
    let clock = Clock::Frozen(bench.clock.clone());
    let fetcher = Fetcher::new(Limits::default());
    let delivery = MessageDelivery::new(Arc::new(setting), fetcher, sink.clone(), clock.clone());
    let [sms, push] = MessageDelivery::PREFIXES;
    Dispatcher::new(bench.db.clone(), bench.outbox.clone(), clock)
        .with(sms, MessageDelivery::POLICY, delivery.clone())
        .with(push, MessageDelivery::POLICY, delivery)
        .deliver_due()
        .await
        .unwrap()
}

fn sms(bench: &Bench) -> SmsItem {
    let expires_at = bench.clock.now().plus(Duration::from_secs(600));
    SmsItem::code("+351911111111", &Secret::from("482913"), ("Acme", "id.example"), &["nl", "en"], expires_at)
}

#[tokio::test]
async fn a_code_is_posted_once_signed_so_that_the_receiver_knows_who_sent_it() {
    for bench in Bench::all().await {
        let receiver = Receiver::answering(&[204]).await;
        enqueue(&bench, sms(&bench)).await;
        let sent = DeliveryReport { sent: 1, ..DeliveryReport::default() };
        assert_eq!(deliver(&bench, to(&receiver, true), &MessageSink::None).await, sent);
        assert_eq!(deliver(&bench, to(&receiver, true), &MessageSink::None).await, DeliveryReport::default());

        let requests = receiver.requests();
        assert_eq!(requests.len(), 1);
        let (head, body) = requests[0].split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("POST /messages?a=1 HTTP/1.1"), "{head}");
        let of = |name| header(head, name).unwrap();
        let seconds = bench.clock.now().unix_seconds();
        assert_eq!(of("content-type"), "application/json");
        assert!(of("webhook-id").starts_with("out_"), "{head}");
        assert_eq!(of("webhook-timestamp"), seconds.to_string());
        let key = Secret::new(KEY.to_vec());
        assert_eq!(of("webhook-signature"), signature(&key, &of("webhook-id"), seconds, body));
        assert_ne!(of("webhook-signature"), signature(&Secret::new(vec![4; 32]), &of("webhook-id"), seconds, body));

        let body: Value = serde_json::from_str(body).unwrap();
        assert_eq!(body["type"], "sms.code");
        assert_eq!(body["timestamp"], bench.clock.now().to_string());
        assert_eq!(body["data"]["to"], "+351911111111");
        assert_eq!(body["data"]["code"], "482913");
        assert_eq!(body["data"]["tenant_id"], bench.tenant.as_str());
        assert_eq!(body["data"]["text"], "482913 is your code for Acme. Give it to nobody.\n\n@id.example #482913");
        assert_eq!(body["data"]["language"], "en");
    }
}

#[tokio::test]
async fn a_receiver_that_fails_is_asked_again_under_the_same_id_and_with_the_same_body() {
    for bench in Bench::all().await {
        let receiver = Receiver::answering(&[500, 302, 200]).await;
        enqueue(&bench, sms(&bench)).await;
        for pause in [2, 4] {
            let postponed = DeliveryReport { postponed: 1, ..DeliveryReport::default() };
            assert_eq!(deliver(&bench, to(&receiver, true), &MessageSink::None).await, postponed);
            bench.clock.advance(Duration::from_secs(pause));
        }
        assert_eq!(deliver(&bench, to(&receiver, true), &MessageSink::None).await.sent, 1);
        let requests = receiver.requests();
        assert_eq!(requests.len(), 3);
        let parts = requests.iter().map(|request| {
            let (head, body) = request.split_once("\r\n\r\n").unwrap();
            (header(head, "webhook-id").unwrap(), body.to_owned())
        });
        let parts: std::collections::BTreeSet<_> = parts.collect();
        assert_eq!(parts.len(), 1, "a receiver can tell that it has seen the message");
    }
}

#[tokio::test]
async fn a_receiver_that_is_gone_is_not_asked_again() {
    for bench in Bench::all().await {
        let receiver = Receiver::answering(&[410]).await;
        enqueue(&bench, sms(&bench)).await;
        assert_eq!(deliver(&bench, to(&receiver, true), &MessageSink::None).await.dropped, 1);
        assert_eq!((receiver.requests().len(), bench.payloads().await.len()), (1, 0));
    }
}

#[tokio::test]
async fn a_webhook_reaches_no_inner_address_that_the_operator_has_not_opened() {
    for bench in Bench::all().await {
        let receiver = Receiver::answering(&[200]).await;
        enqueue(&bench, sms(&bench)).await;
        assert_eq!(deliver(&bench, to(&receiver, false), &MessageSink::None).await.postponed, 1);
        assert_eq!(receiver.requests(), Vec::<String>::new());
    }
}

#[tokio::test]
async fn without_a_webhook_a_message_waits_and_one_that_is_of_no_use_any_more_is_not_sent() {
    for bench in Bench::all().await {
        enqueue(&bench, sms(&bench)).await;
        assert_eq!(deliver(&bench, Setting(None), &MessageSink::None).await.postponed, 1);
        bench.clock.advance(Duration::from_secs(60));
        let sink = MessageSink::memory();
        assert_eq!(deliver(&bench, Setting(None), &sink).await.sent, 1);
        assert_eq!(sink.sent().len(), 1);

        enqueue(&bench, sms(&bench)).await;
        bench.clock.advance(Duration::from_secs(600));
        assert_eq!(deliver(&bench, Setting(None), &sink).await.dropped, 1);
        assert_eq!(sink.sent().len(), 1);
    }
}

#[tokio::test]
async fn while_one_develops_messages_are_files() {
    for bench in Bench::all().await {
        let directory = tempfile::tempdir().unwrap();
        let sink = MessageSink::Directory(directory.path().to_owned());
        let expires_at = bench.clock.now().plus(Duration::from_secs(60));
        let push = PushItem::approval("device-1", Secret::from(LINK), "Acme", &["en"], expires_at);
        enqueue(&bench, push).await;
        assert_eq!(deliver(&bench, Setting(None), &sink).await.sent, 1);
        let files: Vec<_> = std::fs::read_dir(directory.path()).unwrap().map(|file| file.unwrap().path()).collect();
        assert_eq!(files.len(), 1);
        let body: Value = serde_json::from_str(&std::fs::read_to_string(&files[0]).unwrap()).unwrap();
        assert_eq!((&body["type"], &body["data"]["link"]), (&"push.approval".into(), &LINK.into()));
        assert_eq!(body["data"]["title"], "Is this you?");
    }
}

#[tokio::test]
async fn neither_code_nor_link_stand_in_the_database_or_in_a_log() {
    for bench in Bench::all().await {
        let item = sms(&bench);
        assert!(!format!("{item:?}").contains("482913"), "{item:?}");
        enqueue(&bench, item).await;
        assert!(!bench.payloads().await[0].contains("482913"));
    }
}
