//! What stands in the database.

use std::sync::{Arc, Mutex};

use diesel::{ExpressionMethods, RunQueryDsl};
use futures_util::future::BoxFuture;
use latchkey_core::{Clock, Rng, Secret};
use latchkey_storage::schema::outbox;

use super::bench::{Bench, POLICY, Recorder, note};
use crate::{DeliveryReport, Dispatcher, Handler, Outbox, OutboxEntry, Undelivered, enqueue_signal};

#[tokio::test]
async fn the_stored_row_holds_nothing_of_the_event_in_clear() {
    for bench in Bench::all().await {
        bench.enqueue(note("mail.test", "SECRET-TOKEN")).await;
        let payloads = bench.payloads().await;
        assert_eq!(payloads.len(), 1);
        assert!(!payloads[0].contains("SECRET"), "{}", payloads[0]);
    }
}

#[tokio::test]
async fn an_entry_of_another_key_row_or_kind_does_not_open() {
    for bench in Bench::all().await {
        let recorder = Recorder::default();
        bench.enqueue(note("mail.test", "hello")).await;
        let other_key = Outbox::new(Secret::new([8; 32]), Rng::seeded(2));
        let other = Dispatcher::new(bench.db.clone(), other_key, Clock::Frozen(bench.clock.clone())).with(
            "mail.",
            POLICY,
            recorder.clone(),
        );
        let postponed = DeliveryReport { postponed: 1, ..DeliveryReport::default() };
        assert_eq!(other.deliver_due().await.unwrap(), postponed);

        let dispatcher = bench.dispatcher().with("mail.", POLICY, recorder.clone());
        bench.clock.advance(POLICY.last_retry);
        let table = outbox::table;
        bench
            .db
            .write(move |conn| diesel::update(table).set(outbox::kind.eq("mail.other")).execute(conn))
            .await
            .unwrap();
        assert_eq!(dispatcher.deliver_due().await.unwrap(), postponed, "the kind is bound");

        bench.clock.advance(POLICY.last_retry);
        let moved = (outbox::kind.eq("mail.test"), outbox::id.eq("out_moved"));
        bench.db.write(move |conn| diesel::update(table).set(moved).execute(conn)).await.unwrap();
        assert_eq!(dispatcher.deliver_due().await.unwrap(), postponed, "the id is bound");
        assert_eq!(recorder.texts(), Vec::<String>::new());
    }
}

#[tokio::test]
async fn a_signal_is_delivered_once_for_a_subject_and_is_never_taken_for_an_event() {
    type Signal = (Option<String>, bool);
    #[derive(Clone, Default)]
    struct Signals(Arc<Mutex<Vec<Signal>>>);
    impl Handler for Signals {
        fn deliver<'a>(&'a self, entry: &'a OutboxEntry) -> BoxFuture<'a, Result<(), Undelivered>> {
            let seen = (entry.signal().map(str::to_owned), entry.payload::<String>().is_ok());
            self.0.lock().unwrap().push(seen);
            Box::pin(async { Ok(()) })
        }
    }
    for bench in Bench::all().await {
        let (tenant, now) = (bench.tenant.clone(), bench.clock.now());
        bench
            .db
            .write(move |conn| {
                enqueue_signal(conn, &tenant, "logout.session", "ses_1", now)?;
                enqueue_signal(conn, &tenant, "logout.session", "ses_1", now)?;
                enqueue_signal(conn, &tenant, "logout.session", "ses_2", now)
            })
            .await
            .unwrap();
        let signals = Signals::default();
        assert_eq!(bench.dispatcher().with("logout.", POLICY, signals.clone()).deliver_due().await.unwrap().sent, 2);
        let mut seen = signals.0.lock().unwrap().clone();
        seen.sort();
        assert_eq!(seen, [(Some("ses_1".to_owned()), false), (Some("ses_2".to_owned()), false)]);
    }
}

#[tokio::test]
async fn an_event_of_a_transaction_that_fails_is_never_delivered() {
    for bench in Bench::all().await {
        let recorder = Recorder::default();
        let (outbox, tenant) = (bench.outbox.clone(), bench.tenant.clone());
        let now = bench.clock.now();
        let failed = bench
            .db
            .write(move |conn| {
                outbox.enqueue(conn, &tenant, &note("mail.test", "hello"), now)?;
                Err::<(), _>(diesel::result::Error::RollbackTransaction)
            })
            .await;
        assert!(failed.is_err());
        let report = bench.dispatcher().with("mail.", POLICY, recorder).deliver_due().await.unwrap();
        assert_eq!(report, DeliveryReport::default());
    }
}
