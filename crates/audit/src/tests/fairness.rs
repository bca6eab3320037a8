//! Who is slow holds up nobody else.

use super::bench::{Bench, Note, POLICY, Recorder, note};

#[tokio::test]
async fn a_slow_kind_does_not_hold_up_another() {
    for bench in Bench::all().await {
        let recorder = Recorder::default();
        for _ in 0..10 {
            bench.enqueue(note("mail.test", "wait for the ping")).await;
        }
        bench.enqueue(note("ciba.ping", "open the gate")).await;
        let dispatcher =
            bench.dispatcher().with("mail.", POLICY, recorder.clone()).with("ciba.", POLICY, recorder.clone());
        assert_eq!(dispatcher.deliver_due().await.unwrap().sent, 11);
        assert_eq!(recorder.texts()[0], "open the gate");
    }
}

#[tokio::test]
async fn a_slow_destination_does_not_hold_up_another_however_long_its_queue_is() {
    for bench in Bench::all().await {
        let recorder = Recorder::default();
        let to =
            |destination: &str, text: &str| Note { destination: destination.to_owned(), ..note("ciba.ping", text) };
        for _ in 0..20 {
            bench.enqueue(to("slow", "wait for the others")).await;
        }
        bench.enqueue(to("quick", "hello")).await;
        bench.enqueue(to("other", "open the gate")).await;
        let report = bench.dispatcher().with("ciba.", POLICY, recorder.clone()).deliver_due().await.unwrap();
        assert_eq!(report.sent, 22);
        assert_eq!(recorder.texts().iter().filter(|text| text.starts_with("wait")).count(), 20);
        let first_two = &recorder.texts()[..2];
        assert!(first_two.contains(&"hello".to_owned()) && first_two.contains(&"open the gate".to_owned()));
    }
}

#[tokio::test]
async fn as_many_deliveries_run_at_once_as_the_policy_allows_and_no_more() {
    for bench in Bench::all().await {
        let recorder = Recorder::default();
        for number in 0..POLICY.concurrency + 1 {
            bench.enqueue(note("mail.test", &format!("wait {number}"))).await;
        }
        let dispatcher = bench.dispatcher().with("mail.", POLICY, recorder.clone());
        let run = tokio::spawn(async move { dispatcher.deliver_due().await.unwrap() });
        recorder.started(u32::try_from(POLICY.concurrency).unwrap()).await;
        // One more is due, and is not taken while all hands are full: another node may have it.
        let other = Recorder::default();
        other.gate.open();
        let second = bench.dispatcher().with("mail.", POLICY, other.clone());
        assert_eq!(second.deliver_due().await.unwrap().sent, 1);
        recorder.gate.open();
        assert_eq!(run.await.unwrap().sent, POLICY.concurrency);
    }
}
