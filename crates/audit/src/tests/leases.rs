//! Several nodes, and nodes that die.

use std::sync::atomic::{AtomicBool, Ordering};

use futures_util::future::BoxFuture;
use latchkey_core::UtcTime;

use super::bench::{Bench, POLICY, Recorder, note};
use crate::outbox_store::{self, Claim};
use crate::{DeliveryReport, Handler, OutboxEntry, Undelivered};

#[tokio::test]
async fn nodes_that_deliver_at_the_same_time_send_each_entry_once() {
    for bench in Bench::all().await {
        for number in 0..50 {
            bench.enqueue(note("mail.test", &number.to_string())).await;
        }
        let recorder = Recorder::default();
        let mut nodes = tokio::task::JoinSet::new();
        for _ in 0..6 {
            let node = bench.dispatcher().with("mail.", POLICY, recorder.clone());
            nodes.spawn(async move { node.deliver_due().await.unwrap().sent });
        }
        let sent: usize = nodes.join_all().await.into_iter().sum();
        let mut texts = recorder.texts();
        texts.sort();
        texts.dedup();
        assert_eq!((sent, recorder.texts().len(), texts.len()), (50, 50, 50));
    }
}

#[tokio::test]
async fn under_a_live_lease_nobody_else_gets_the_entry() {
    for bench in Bench::all().await {
        let (one, other) = (Recorder::default(), Recorder::default());
        bench.enqueue(note("mail.test", "wait here")).await;
        let node = bench.dispatcher().with("mail.", POLICY, one.clone());
        let under_way = tokio::spawn(async move { node.deliver_due().await.unwrap() });
        one.started(1).await;
        let second = bench.dispatcher().with("mail.", POLICY, other.clone());
        assert_eq!(second.deliver_due().await.unwrap(), DeliveryReport::default());
        one.gate.open();
        assert_eq!(under_way.await.unwrap().sent, 1);
        assert_eq!((one.texts().len(), other.texts().len()), (1, 0));
    }
}

#[tokio::test]
async fn an_entry_of_a_node_that_died_is_delivered_after_the_lease_under_the_same_id() {
    for bench in Bench::all().await {
        let (dying, heir) = (Recorder::default(), Recorder::default());
        bench.enqueue(note("mail.test", "wait here")).await;
        let id = bench
            .db
            .read(|conn| {
                use diesel::{QueryDsl, RunQueryDsl};
                latchkey_storage::schema::outbox::table
                    .select(latchkey_storage::schema::outbox::id)
                    .first::<String>(conn)
            })
            .await
            .unwrap();
        let node = bench.dispatcher().with("mail.", POLICY, dying.clone());
        let life = tokio::spawn(async move { node.deliver_due().await });
        dying.started(1).await;
        life.abort();
        assert!(life.await.unwrap_err().is_cancelled());

        heir.gate.open();
        let next = bench.dispatcher().with("mail.", POLICY, heir.clone());
        assert_eq!(next.deliver_due().await.unwrap(), DeliveryReport::default(), "the lease lives");
        bench.clock.advance(POLICY.lease());
        assert_eq!(next.deliver_due().await.unwrap().sent, 1);
        assert_eq!((heir.ids(), dying.ids()), (vec![id], Vec::new()));
    }
}

#[tokio::test]
async fn a_node_whose_lease_has_ended_neither_postpones_nor_drops_what_another_has() {
    for bench in Bench::all().await {
        bench.enqueue(note("mail.test", "hello")).await;
        let late = claim(&bench, bench.clock.now()).await;
        bench.clock.advance(POLICY.lease());
        let current = claim(&bench, bench.clock.now()).await;
        let (far, old) = (bench.clock.now().plus(POLICY.lease() * 9), late.clone());
        bench
            .db
            .write(move |conn| {
                outbox_store::postpone(conn, &old, far, 1)?;
                outbox_store::give_up(conn, &old)
            })
            .await
            .unwrap();
        assert_eq!((late.attempts, current.attempts), (1, 2));
        bench.clock.advance(POLICY.lease());
        assert_eq!(claim(&bench, bench.clock.now()).await.attempts, 3);
    }
}

async fn claim(bench: &Bench, now: UtcTime) -> outbox_store::OutboxRow {
    let lease_ends = now.plus(POLICY.lease());
    let claim =
        Claim { prefix: "mail.", now, lease_ends, limit: 4, limit_per_destination: 2, under_way: Default::default() };
    bench.db.write(move |conn| outbox_store::claim_due(conn, &claim)).await.unwrap().pop().expect("a due entry")
}

#[tokio::test]
async fn without_a_way_to_deliver_entries_wait_and_no_attempt_is_counted() {
    static READY: AtomicBool = AtomicBool::new(false);
    struct Sometimes(Recorder);
    impl Handler for Sometimes {
        fn is_ready(&self) -> bool {
            READY.load(Ordering::SeqCst)
        }
        fn deliver<'a>(&'a self, entry: &'a OutboxEntry) -> BoxFuture<'a, Result<(), Undelivered>> {
            assert_eq!(entry.attempts, 1);
            self.0.deliver(entry)
        }
    }
    for bench in Bench::all().await {
        READY.store(false, Ordering::SeqCst);
        let dispatcher = bench.dispatcher().with("mail.", POLICY, Sometimes(Recorder::default()));
        bench.enqueue(note("mail.test", "hello")).await;
        assert_eq!(dispatcher.deliver_due().await.unwrap(), DeliveryReport::default());
        READY.store(true, Ordering::SeqCst);
        assert_eq!(dispatcher.deliver_due().await.unwrap().sent, 1);
    }
}
