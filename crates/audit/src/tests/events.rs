//! Security events are kept as they were recorded, and each tenant and user has the own ones alone.

use std::time::Duration;

use latchkey_core::{EventId, Rng, TenantId, UserId, UtcTime};
use latchkey_storage::DbConnection;
use serde_json::json;

use super::bench::Bench;
use crate::{Actor, EventKind, RecordedEvent, SecurityEvent, event_store};

/// One a second, so that they have an order.
async fn record(bench: &Bench, event: SecurityEvent) -> EventId {
    bench.clock.advance(Duration::from_secs(1));
    let (tenant, now, rng) = (bench.tenant.clone(), bench.clock.now(), Rng::system());
    bench.db.write(move |conn| event_store::insert(conn, &tenant, &event, (now, &rng))).await.unwrap()
}

async fn read(
    bench: &Bench,
    look: impl FnMut(&mut DbConnection) -> diesel::QueryResult<Vec<RecordedEvent>> + Send + 'static,
) -> Vec<RecordedEvent> {
    bench.db.read(look).await.unwrap()
}

fn user(seed: u64) -> UserId {
    UserId::generate(UtcTime::from_unix_seconds(1_700_000_000), &Rng::seeded(seed))
}

fn kinds(events: &[RecordedEvent]) -> Vec<&str> {
    events.iter().map(|event| event.kind.as_str()).collect()
}

#[tokio::test]
async fn an_event_is_read_as_it_was_recorded() {
    for bench in Bench::all().await {
        let alice = user(1);
        let event = SecurityEvent::failure(EventKind::SignInFailed, Actor::Anonymous, "wrong_password")
            .of(&alice)
            .at_client(&"app".parse().unwrap())
            .from("192.0.2.1".to_owned(), "Browser/1".to_owned())
            .with("score", 30);
        let id = record(&bench, event).await;
        let (tenant, of) = (bench.tenant.clone(), alice.clone());
        let events = read(&bench, move |conn| event_store::list_of_user(conn, &tenant, &of, None, 10)).await;
        let [event] = events.as_slice() else { panic!("{events:?}") };
        assert_eq!((&event.id, event.at), (&id, bench.clock.now()));
        assert_eq!(event.known_kind(), Some(EventKind::SignInFailed));
        assert_eq!((event.outcome.as_str(), event.actor.as_str()), ("failure", "anonymous"));
        assert_eq!(event.reason.as_deref(), Some("wrong_password"));
        assert_eq!(event.client_id.as_ref().map(|client| client.as_str()), Some("app"));
        assert_eq!((event.address.as_deref(), event.user_agent.as_deref()), (Some("192.0.2.1"), Some("Browser/1")));
        assert_eq!((&event.session_id, event.details.find("score")), (&None, Some(&json!(30))));
    }
}

#[tokio::test]
async fn a_user_has_the_own_events_alone_the_newest_first_page_by_page() {
    for bench in Bench::all().await {
        let (alice, bob) = (user(1), user(2));
        for kind in [EventKind::SessionStarted, EventKind::TotpAdded, EventKind::PasswordChanged] {
            record(&bench, SecurityEvent::success(kind, Actor::User).of(&alice)).await;
            record(&bench, SecurityEvent::success(EventKind::SessionEnded, Actor::User).of(&bob)).await;
        }
        let (tenant, of) = (bench.tenant.clone(), alice.clone());
        let first = read(&bench, move |conn| event_store::list_of_user(conn, &tenant, &of, None, 2)).await;
        assert_eq!(kinds(&first), ["password.changed", "totp.added"]);
        let (tenant, of, last) = (bench.tenant.clone(), alice.clone(), first[1].id.clone());
        let second = read(&bench, move |conn| event_store::list_of_user(conn, &tenant, &of, Some(&last), 2)).await;
        assert_eq!(kinds(&second), ["session.started"]);
        let tenant = bench.tenant.clone();
        assert_eq!(read(&bench, move |conn| event_store::list(conn, &tenant, None, 10)).await.len(), 6);

        let stranger = TenantId::generate(bench.clock.now(), &Rng::system());
        let elsewhere = stranger.clone();
        assert!(read(&bench, move |conn| event_store::list_of_user(conn, &stranger, &alice, None, 9)).await.is_empty());
        assert!(read(&bench, move |conn| event_store::list(conn, &elsewhere, None, 9)).await.is_empty());
    }
}

#[tokio::test]
async fn what_is_rolled_back_leaves_no_event() {
    for bench in Bench::all().await {
        let (tenant, now, rng) = (bench.tenant.clone(), bench.clock.now(), Rng::system());
        let event = SecurityEvent::success(EventKind::TotpAdded, Actor::User);
        let undone = bench
            .db
            .write(move |conn| {
                event_store::insert(conn, &tenant, &event, (now, &rng))?;
                Err::<(), _>(diesel::result::Error::RollbackTransaction)
            })
            .await;
        assert!(undone.is_err());
        let tenant = bench.tenant.clone();
        assert!(read(&bench, move |conn| event_store::list(conn, &tenant, None, 9)).await.is_empty());
    }
}

#[tokio::test]
async fn old_events_are_deleted_and_newer_ones_stay() {
    for bench in Bench::all().await {
        for kind in [EventKind::SessionStarted, EventKind::TotpAdded, EventKind::SessionEnded] {
            record(&bench, SecurityEvent::success(kind, Actor::User)).await;
        }
        let newest = bench.clock.now();
        assert_eq!(bench.db.write(move |conn| event_store::prune(conn, newest, 1)).await.unwrap(), 1);
        assert_eq!(bench.db.write(move |conn| event_store::prune(conn, newest, 10)).await.unwrap(), 1);
        let tenant = bench.tenant.clone();
        let left = read(&bench, move |conn| event_store::list(conn, &tenant, None, 10)).await;
        assert_eq!(kinds(&left), ["session.ended"]);
    }
}
