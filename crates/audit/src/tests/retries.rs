//! Failures, pauses and the end of patience.

use std::time::Duration;

use super::bench::{Bench, Note, POLICY, Recorder, note};
use crate::{DeliveryPolicy, DeliveryReport, OutboxEvent};

#[tokio::test]
async fn a_failed_entry_is_tried_again_with_growing_pauses_and_then_given_up() {
    for bench in Bench::all().await {
        let dispatcher = bench.dispatcher().with("mail.", POLICY, Recorder::default());
        bench.enqueue(note("mail.test", "fail")).await;
        for pause in [30, 60, 120] {
            assert_eq!(dispatcher.deliver_due().await.unwrap().postponed, 1);
            bench.clock.advance(Duration::from_secs(pause - 1));
            assert_eq!(dispatcher.deliver_due().await.unwrap(), DeliveryReport::default(), "before {pause} s");
            bench.clock.advance(Duration::from_secs(1));
        }
        let given_up = DeliveryReport { dropped: 1, ..DeliveryReport::default() };
        assert_eq!(dispatcher.deliver_due().await.unwrap(), given_up);
        assert_eq!(bench.payloads().await, Vec::<String>::new());
    }
}

#[test]
fn the_pause_doubles_up_to_the_longest() {
    let pauses: Vec<u64> = [0, 1, 2, 3, 4, i32::MAX].map(|attempts| POLICY.pause_after(attempts).as_secs()).to_vec();
    assert_eq!(pauses, [30, 30, 60, 120, 120, 120]);
}

#[tokio::test]
async fn a_hopeless_entry_is_given_up_at_once_and_does_not_hold_up_the_others() {
    for bench in Bench::all().await {
        let recorder = Recorder::default();
        bench.enqueue(note("mail.test", "never")).await;
        bench.enqueue(note("mail.test", "hello")).await;
        let report = bench.dispatcher().with("mail.", POLICY, recorder.clone()).deliver_due().await.unwrap();
        assert_eq!(report, DeliveryReport { sent: 1, postponed: 0, dropped: 1 });
        assert_eq!(recorder.texts(), ["hello"]);
        assert_eq!(bench.payloads().await, Vec::<String>::new());
    }
}

#[tokio::test]
async fn a_delivery_is_cut_off_at_its_deadline() {
    for bench in Bench::all().await {
        let policy = DeliveryPolicy { deadline: Duration::from_millis(20), ..POLICY };
        bench.enqueue(note("mail.test", "hang")).await;
        let report = bench.dispatcher().with("mail.", policy, Recorder::default()).deliver_due().await.unwrap();
        assert_eq!(report, DeliveryReport { postponed: 1, ..DeliveryReport::default() });
        assert!(policy.lease() > policy.deadline);
    }
}

#[tokio::test]
async fn an_entry_whose_handler_panics_comes_back_after_the_lease_but_not_for_ever() {
    for bench in Bench::all().await {
        let dispatcher = bench.dispatcher().with("mail.", POLICY, Recorder::default());
        bench.enqueue(note("mail.test", "panic")).await;
        for _ in 0..POLICY.max_attempts {
            assert_eq!(dispatcher.deliver_due().await.unwrap().postponed, 1);
            assert_eq!(dispatcher.deliver_due().await.unwrap(), DeliveryReport::default());
            bench.clock.advance(POLICY.lease());
        }
        assert_eq!(dispatcher.deliver_due().await.unwrap().dropped, 1);
    }
}

#[tokio::test]
async fn a_kind_that_nobody_here_knows_waits_untouched_with_one_warning_until_a_newer_node_comes() {
    for bench in Bench::all().await {
        let old = bench.dispatcher().with("mail.", POLICY, Recorder::default());
        bench.enqueue(note("ciba.ping", "hello")).await;
        bench.enqueue(note("ciba.ping", "hello again")).await;
        assert_eq!(old.deliver_due().await.unwrap(), DeliveryReport::default());
        assert_eq!(old.warn_of_unknown_kinds().await.unwrap(), ["ciba.ping"]);
        assert_eq!(old.clone().warn_of_unknown_kinds().await.unwrap(), Vec::<String>::new());

        let recorder = Recorder::default();
        let newer = old.with("ciba.", POLICY, recorder.clone());
        assert_eq!(newer.deliver_due().await.unwrap().sent, 2);
        assert_eq!(recorder.texts().len(), 2);
        assert_eq!(newer.warn_of_unknown_kinds().await.unwrap(), Vec::<String>::new());
    }
}

#[tokio::test]
async fn an_entry_that_is_not_understood_waits_without_counting_an_attempt() {
    #[derive(serde::Serialize)]
    struct OfTomorrow {
        novelty: u8,
    }
    impl OutboxEvent for OfTomorrow {
        fn kind(&self) -> &'static str {
            "mail.tomorrow"
        }
    }
    for bench in Bench::all().await {
        let dispatcher = bench.dispatcher().with("mail.", POLICY, Recorder::default());
        let (outbox, tenant, now) = (bench.outbox.clone(), bench.tenant.clone(), bench.clock.now());
        bench.db.write(move |conn| outbox.enqueue(conn, &tenant, &OfTomorrow { novelty: 1 }, now)).await.unwrap();
        for _ in 0..=POLICY.max_attempts {
            assert_eq!(dispatcher.deliver_due().await.unwrap().postponed, 1);
            bench.clock.advance(Duration::from_secs(5 * 60));
        }
        assert_eq!(bench.payloads().await.len(), 1);
    }
}

#[tokio::test]
async fn the_owner_of_a_kind_gets_that_kind_only() {
    for bench in Bench::all().await {
        let (mails, pings) = (Recorder::default(), Recorder::default());
        let dispatcher = bench.dispatcher().with("mail.", POLICY, mails.clone()).with("ciba.", POLICY, pings.clone());
        for event in [note("mail.a", "a mail"), note("ciba.ping", "a ping"), Note { ..note("mail.b", "a mail") }] {
            bench.enqueue(event).await;
        }
        assert_eq!(dispatcher.deliver_due_of("ciba.").await.unwrap().sent, 1);
        assert_eq!(dispatcher.deliver_due().await.unwrap().sent, 2);
        assert_eq!((mails.texts(), pings.texts()), (vec!["a mail".into(), "a mail".into()], vec!["a ping".into()]));
    }
}
