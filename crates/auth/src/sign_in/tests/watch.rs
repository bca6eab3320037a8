//! Every outcome of a sign-in leaves its event, and risk is told, asked about or stopped as the tenant wishes.

use std::time::Duration;

use latchkey_audit::{Outbox, RecordedEvent, event_store};
use latchkey_core::{Clock, Secret};
use latchkey_mail::{Mailer, SentMail, deliver_due};
use latchkey_tenants::{RiskPolicy, SecondFactorKind};
use serde_json::json;

use crate::place_database::{tokyo, two_places};
use crate::testing::{Bench, CHEAP, PASSWORD, benches, draft, passwords, session_of};
use crate::{
    BreachFilter, BreachListForm, BreachedPasswords, BrowserBinding, PasswordOutcome, Passwords, Places,
    SecondCodeSent, SecondFactorAttempt, SecondFactorOutcome, SecondFactorStage, SecondFactorStep, SignedInWith, User,
    UserDraft, UserStatus, build_breach_filter,
};

const TYPED: &str = "nobody-of-this-name";

async fn recorded(bench: &Bench) -> Vec<RecordedEvent> {
    let tenant = bench.tenant.id.clone();
    let mut events = bench.db.read(move |conn| event_store::list(conn, &tenant, None, 100)).await.unwrap();
    events.sort_by_key(|event| event.at);
    events
}

async fn last(bench: &Bench) -> RecordedEvent {
    recorded(bench).await.pop().expect("an event")
}

async fn mails(bench: &Bench) -> Vec<SentMail> {
    let mailer = Mailer::memory("Latchkey <no-reply@example.com>").unwrap();
    let outbox = Outbox::new(Secret::new([7; 32]), bench.rng.clone());
    deliver_due(&bench.db, &mailer, &outbox, &Clock::Frozen(bench.clock.clone())).await.unwrap();
    mailer.sent()
}

/// Submits a password a second later than what was before.
async fn submit(bench: &Bench, identifier: &str, password: &str) -> PasswordOutcome {
    bench.advance(1);
    bench.submit(Bench::attempt(identifier, password)).await
}

async fn alice(bench: &Bench) -> User {
    let draft = UserDraft { email_verified: true, ..draft("alice") };
    bench.user_of(&bench.tenant.id, draft, Some(PASSWORD)).await
}

fn another_browser(bench: &mut Bench) {
    bench.browser = BrowserBinding::new(bench.rng.token());
}

#[tokio::test]
async fn every_outcome_of_a_password_leaves_one_event_that_says_why() {
    for bench in benches().await {
        let alice = alice(&bench).await;
        let disabled = UserDraft { status: UserStatus::Disabled, ..draft("dora") };
        let dora = bench.user_of(&bench.tenant.id, disabled, Some(PASSWORD)).await;
        let paul = bench.user_of(&bench.tenant.id, draft("paul"), None).await;
        let cases = [
            ("alice", "wrong", "sign_in.failed", Some("wrong_password"), Some(&alice)),
            ("dora", PASSWORD, "sign_in.failed", Some("user_not_active"), Some(&dora)),
            ("paul", PASSWORD, "sign_in.failed", Some("no_password"), Some(&paul)),
            (TYPED, PASSWORD, "sign_in.failed", Some("unknown_user"), None),
            ("alice", PASSWORD, "session.started", None, Some(&alice)),
        ];
        for (turn, (identifier, password, kind, reason, user)) in cases.into_iter().enumerate() {
            submit(&bench, identifier, password).await;
            let events = recorded(&bench).await;
            assert_eq!(events.len(), turn + 1, "{}: {identifier}", bench.name);
            let event = &events[turn];
            assert_eq!((event.kind.as_str(), event.reason.as_deref()), (kind, reason), "{}", bench.name);
            assert_eq!(event.user_id.as_ref(), user.map(|user| &user.id), "{}: {identifier}", bench.name);
            assert_eq!(event.address.as_deref(), Some("192.0.2.1"));
            assert_eq!(event.client_id.as_ref().map(|client| client.as_str()), Some("app"));
            assert!(!format!("{event:?}").contains(TYPED), "who is unknown stays so: {event:?}");
            assert!(!format!("{event:?}").contains(PASSWORD), "{event:?}");
        }
        let started = last(&bench).await;
        assert!(started.session_id.is_some());
        assert_eq!(started.details.find("amr"), Some(&json!(["pwd"])));
        assert_eq!(started.details.find("risk"), Some(&json!({ "score": 0, "reasons": [] })));
    }
}

#[tokio::test]
async fn who_goes_on_while_throttled_leaves_one_event_for_the_whole_window() {
    for bench in benches().await {
        let alice = alice(&bench).await;
        for identifier in ["alice", TYPED] {
            let before = recorded(&bench).await.len();
            let limit = usize::try_from(bench.tenant.settings.sign_in_attempts_per_account).unwrap();
            for _ in 0..limit + 5 {
                submit(&bench, identifier, "wrong").await;
            }
            let events = recorded(&bench).await.split_off(before);
            let throttled: Vec<_> = events.iter().filter(|event| event.kind == "sign_in.throttled").collect();
            assert_eq!((events.len(), throttled.len()), (limit + 1, 1), "{}: {identifier}", bench.name);
            let user = (identifier == "alice").then_some(&alice.id);
            assert_eq!(throttled[0].user_id.as_ref(), user, "{}", bench.name);
        }
    }
}

#[tokio::test]
async fn a_session_that_is_ended_leaves_an_event_once() {
    for bench in benches().await {
        let alice = alice(&bench).await;
        let session = session_of(submit(&bench, "alice", PASSWORD).await);
        bench.advance(1);
        for _ in 0..2 {
            bench.sign_in.end_session(&bench.tenant.id, &session.id).await.unwrap();
        }
        let events = recorded(&bench).await;
        assert_eq!(events.len(), 2, "{}: {events:?}", bench.name);
        assert_eq!((events[1].kind.as_str(), &events[1].user_id), ("session.ended", &Some(alice.id)));
        assert_eq!(events[1].session_id.as_ref(), Some(&session.id));
    }
}

#[tokio::test]
async fn a_new_browser_is_told_of_by_mail_and_neither_the_first_nor_a_known_one() {
    for mut bench in benches().await {
        alice(&bench).await;
        session_of(submit(&bench, "alice", PASSWORD).await);
        session_of(submit(&bench, "alice", PASSWORD).await);
        assert!(mails(&bench).await.is_empty(), "{}", bench.name);
        another_browser(&mut bench);
        session_of(submit(&bench, "alice", PASSWORD).await);
        let sent = mails(&bench).await;
        assert_eq!((sent.len(), sent[0].to.as_slice()), (1, ["alice@example.com".to_owned()].as_slice()));
        assert!(sent[0].text.contains("192.0.2.1"), "{}", sent[0].text);
        let risk = last(&bench).await.details.find("risk").cloned();
        assert_eq!(risk, Some(json!({ "score": 30, "reasons": ["new_device"] })), "{}", bench.name);
        session_of(submit(&bench, "alice", PASSWORD).await);
        assert_eq!(mails(&bench).await.len(), 0, "{}: it is known now", bench.name);
    }
}

#[tokio::test]
async fn a_tenant_that_does_not_want_notices_sends_none() {
    for mut bench in benches().await {
        alice(&bench).await;
        bench.tenant.settings.risk = RiskPolicy { notify_at: None, ..RiskPolicy::default() };
        session_of(submit(&bench, "alice", PASSWORD).await);
        another_browser(&mut bench);
        session_of(submit(&bench, "alice", PASSWORD).await);
        assert!(mails(&bench).await.is_empty(), "{}", bench.name);
    }
}

#[tokio::test]
async fn who_is_stopped_is_answered_as_with_a_wrong_password_forgives_nothing_and_the_owner_is_told() {
    for mut bench in benches().await {
        let alice = alice(&bench).await;
        session_of(submit(&bench, "alice", PASSWORD).await);
        bench.tenant.settings.risk.block_at = Some(30);
        let home = bench.browser.clone();
        another_browser(&mut bench);
        let limit = bench.tenant.settings.sign_in_attempts_per_account;
        for turn in 0..limit {
            let outcome = submit(&bench, "alice", if turn % 2 == 0 { PASSWORD } else { "wrong" }).await;
            assert!(matches!(outcome, PasswordOutcome::Refused), "{}: {turn} {outcome:?}", bench.name);
        }
        let outcome = submit(&bench, "alice", PASSWORD).await;
        assert!(matches!(outcome, PasswordOutcome::Throttled { .. }), "{}: the right ones count too", bench.name);
        let events = recorded(&bench).await;
        let blocked = events.iter().find(|event| event.kind == "sign_in.blocked").expect("a blocked sign-in");
        assert_eq!((blocked.reason.as_deref(), &blocked.user_id), (Some("risk"), &Some(alice.id)));
        assert_eq!(blocked.details.find("risk").map(|risk| risk["score"].clone()), Some(json!(30)));
        let sent = mails(&bench).await;
        assert!(!sent.is_empty() && sent.iter().all(|mail| mail.subject.contains("stopped")), "{sent:?}");
        bench.clock.advance(Duration::from_secs(2 * 60 * 60));
        bench.browser = home;
        session_of(submit(&bench, "alice", PASSWORD).await);
    }
}

fn step_of(stage: SecondFactorStage) -> Box<SecondFactorStep> {
    match stage {
        SecondFactorStage::Ask(step) => step,
        other => panic!("{other:?}"),
    }
}

fn code_in(text: &str) -> Secret<String> {
    let code = text.lines().map(str::trim).find(|line| {
        let digits: String = line.chars().filter(|c| !c.is_whitespace() && *c != '-').collect();
        digits.len() >= 6 && digits.bytes().all(|byte| byte.is_ascii_digit())
    });
    Secret::from(code.unwrap_or_else(|| panic!("no code in {text}")))
}

#[tokio::test]
async fn who_has_no_second_factor_is_mailed_a_code_where_risk_asks_for_one() {
    for mut bench in benches().await {
        alice(&bench).await;
        session_of(submit(&bench, "alice", PASSWORD).await);
        bench.tenant.settings.risk.second_factor_at = Some(30);
        session_of(submit(&bench, "alice", PASSWORD).await);
        another_browser(&mut bench);
        bench.advance(1);
        let interaction = bench.begin().await;
        let attempt = Bench::attempt("alice", PASSWORD);
        let outcome = bench.sign_in.submit_password(&bench.tenant, &interaction, attempt.clone()).await.unwrap();
        assert!(matches!(outcome, PasswordOutcome::SecondFactorNeeded), "{}: {outcome:?}", bench.name);
        let asked = last(&bench).await;
        assert_eq!(asked.kind, "second_factor.asked");
        assert_eq!(asked.details.find("risk"), Some(&json!({ "score": 30, "reasons": ["new_device"] })));

        let found = bench.sign_in.find(&bench.tenant.id, &interaction.id, &bench.browser).await.unwrap().unwrap();
        let step = step_of(bench.sign_in.second_factor(&bench.tenant, &found, None).await.unwrap());
        assert_eq!((step.kinds.as_slice(), step.remember_device_days), ([SecondFactorKind::EmailCode].as_slice(), 0));
        assert!(step.enrollable.is_empty(), "a thief sets nothing up: {:?}", step.enrollable);
        let with = SignedInWith { from: attempt.from.clone(), previous_session: None, device: None };
        let kind = SecondFactorKind::EmailCode;
        let sent = bench.sign_in.send_first_code(&bench.tenant, &found, (&step, kind), &with).await.unwrap();
        assert_eq!(sent, SecondCodeSent::Sent, "{}", bench.name);
        let mail = mails(&bench).await.pop().expect("a mail");
        let code = code_in(&mail.text);
        let attempt = |code| SecondFactorAttempt { kind, code, remember: true, with: with.clone() };
        let wrong =
            bench.sign_in.submit_second_factor(&bench.tenant, &found, &step, attempt(Secret::from("000"))).await;
        assert!(matches!(wrong.unwrap(), SecondFactorOutcome::Refused), "{}", bench.name);
        bench.advance(1);
        let right = bench.sign_in.submit_second_factor(&bench.tenant, &found, &step, attempt(code)).await.unwrap();
        let SecondFactorOutcome::SignedIn { device, .. } = right else { panic!("{}: {right:?}", bench.name) };
        assert!(device.is_none(), "this once");
        let started = last(&bench).await;
        assert_eq!((started.kind.as_str(), started.details.find("acr")), ("session.started", Some(&json!("2"))));
        assert_eq!(started.details.find("second_factor"), Some(&json!("email_code")));
    }
}

#[tokio::test]
async fn without_a_proved_address_nobody_is_mailed_a_code() {
    for mut bench in benches().await {
        bench.user("bob").await;
        session_of(submit(&bench, "bob", PASSWORD).await);
        bench.tenant.settings.risk.second_factor_at = Some(30);
        another_browser(&mut bench);
        session_of(submit(&bench, "bob", PASSWORD).await);
        assert!(mails(&bench).await.is_empty(), "{}", bench.name);
    }
}

fn knowing(list: &str) -> Passwords {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("filter");
    build_breach_filter(std::io::Cursor::new(list.to_owned()), BreachListForm::Passwords, &path).expect("a filter");
    let filter = BreachFilter::open(&path).expect("a filter");
    let breached = BreachedPasswords::new(Some(filter), None, latchkey_metrics::Metrics::new().expect("metrics"));
    passwords(CHEAP).beside(breached)
}

#[tokio::test]
async fn a_breached_password_raises_the_risk_and_is_changed_first_where_the_tenant_wants_it() {
    for mut bench in benches().await {
        alice(&bench).await;
        bench.sign_in = bench.node(knowing(PASSWORD));
        session_of(submit(&bench, "alice", PASSWORD).await);
        let started = last(&bench).await;
        let risk = json!({ "score": 40, "reasons": ["breached_password"] });
        assert_eq!((started.kind.as_str(), started.details.find("risk")), ("session.started", Some(&risk)));
        assert!(mails(&bench).await.is_empty(), "{}: it came from nowhere new", bench.name);

        bench.tenant.settings.risk.change_breached_password = true;
        let outcome = submit(&bench, "alice", PASSWORD).await;
        assert!(matches!(outcome, PasswordOutcome::ActionRequired), "{}: {outcome:?}", bench.name);

        bench.tenant.settings.risk.block_at = Some(40);
        let outcome = submit(&bench, "alice", PASSWORD).await;
        assert!(matches!(outcome, PasswordOutcome::Refused), "{}: {outcome:?}", bench.name);
        assert_eq!(last(&bench).await.details.find("risk"), Some(&risk));
    }
}

#[tokio::test]
async fn a_password_that_is_in_no_list_is_no_risk() {
    for mut bench in benches().await {
        alice(&bench).await;
        bench.sign_in = bench.node(knowing("hunter2"));
        bench.tenant.settings.risk.change_breached_password = true;
        session_of(submit(&bench, "alice", PASSWORD).await);
        assert_eq!(last(&bench).await.details.find("risk"), Some(&json!({ "score": 0, "reasons": [] })));
    }
}

#[tokio::test]
async fn a_sign_in_from_too_far_away_is_seen_and_one_after_a_flight_is_not() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("places.mmdb");
    std::fs::write(&path, two_places()).expect("a file");
    let places = Places::open(&path).expect("a database");
    for mut bench in benches().await {
        alice(&bench).await;
        bench.sign_in = bench.sign_in.clone().placing(places.clone());
        session_of(submit(&bench, "alice", PASSWORD).await);
        assert_eq!(last(&bench).await.details.find("place"), Some(&json!({ "country": "PT", "city": "Lisbon" })));
        for (hours, expected) in [
            (1, json!({ "score": 65, "reasons": ["new_network", "impossible_travel"] })),
            (1, json!({ "score": 50, "reasons": ["impossible_travel"] })),
            (14, json!({ "score": 0, "reasons": [] })),
        ] {
            bench.advance(hours * 3600);
            let mut attempt = Bench::attempt("alice", PASSWORD);
            if hours == 14 || expected["score"] == 65 {
                attempt.from.address = tokyo();
            }
            session_of(bench.submit(attempt).await);
            assert_eq!(last(&bench).await.details.find("risk"), Some(&expected), "{}: {hours} h", bench.name);
        }
        let sent = mails(&bench).await;
        assert!(sent.iter().any(|mail| mail.text.contains("Tokyo, Japan")), "{sent:?}");
    }
}
