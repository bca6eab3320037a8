//! What stands in the database.

use diesel::{ExpressionMethods, RunQueryDsl};
use latchkey_core::{Clock, Rng, Secret};
use latchkey_storage::schema::outbox;

use super::bench::{Bench, POLICY, Recorder, note};
use crate::{DeliveryReport, Dispatcher, Outbox};

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
