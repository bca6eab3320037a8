//! Waits that grow and are forgotten, and an owner whom nobody can keep out.

use std::net::IpAddr;
use std::time::Duration;

use latchkey_core::Secret;

use crate::testing::{Bench, CHEAP, PASSWORD, address, benches, passwords, session_of};
use crate::{PasswordAttempt, PasswordOutcome, user_store};

fn from(last: u8, password: &str) -> PasswordAttempt {
    let mut attempt = Bench::attempt("alice", password);
    attempt.from.address = address(last);
    attempt
}

/// Wrong passwords for alice from as many addresses as it takes.
async fn flood(bench: &Bench) {
    for last in 100..=110u8 {
        for _ in 0..bench.tenant.settings.sign_in_attempts_per_account {
            bench.submit(from(last, "wrong")).await;
        }
    }
}

fn is_throttled(outcome: &PasswordOutcome) -> bool {
    matches!(outcome, PasswordOutcome::Throttled { .. })
}

#[tokio::test]
async fn each_wrong_password_beyond_the_limit_doubles_the_wait_up_to_the_window() {
    for bench in benches().await {
        bench.user("alice").await;
        for _ in 0..bench.tenant.settings.sign_in_attempts_per_account {
            bench.submit(Bench::attempt("alice", "wrong")).await;
        }
        for wait in [37_500, 75_000, 150_000, 300_000, 600_000, 600_000] {
            let outcome = bench.submit(Bench::attempt("alice", PASSWORD)).await;
            let PasswordOutcome::Throttled { retry_after } = outcome else { panic!("{}: {outcome:?}", bench.name) };
            assert_eq!(retry_after, Duration::from_millis(wait), "{}", bench.name);
            bench.clock.advance(retry_after);
            let outcome = bench.submit(Bench::attempt("alice", "wrong")).await;
            assert!(matches!(outcome, PasswordOutcome::Refused), "{}: {wait}: {outcome:?}", bench.name);
        }
        // Six windows later nothing is held against anybody.
        bench.advance(3600);
        for _ in 0..bench.tenant.settings.sign_in_attempts_per_account - 1 {
            let outcome = bench.submit(Bench::attempt("alice", "wrong")).await;
            assert!(matches!(outcome, PasswordOutcome::Refused), "{}: {outcome:?}", bench.name);
        }
        bench.sign_in("alice").await;
    }
}

#[tokio::test]
async fn a_flood_from_many_addresses_keeps_strangers_out_but_not_the_browser_of_the_owner() {
    for bench in benches().await {
        bench.user("alice").await;
        bench.sign_in("alice").await;
        let known = bench.sign_in.know_browser(&bench.tenant.id, "alice", None).await.expect("a cookie");
        flood(&bench).await;
        let stranger = bench.submit(from(90, PASSWORD)).await;
        assert!(is_throttled(&stranger), "{}: {stranger:?}", bench.name);

        // The cookie counts for its account alone, at its tenant alone, and not when it was made up.
        let of_bob = bench.sign_in.know_browser(&bench.tenant.id, "bob", None).await.expect("a cookie");
        let other = bench.other_tenant().await;
        let elsewhere = bench.sign_in.know_browser(&other.id, "alice", None).await.expect("a cookie");
        for cookie in [of_bob, elsewhere, Secret::from("made.up"), Secret::from("")] {
            let outcome = bench.submit(PasswordAttempt { known: Some(cookie), ..from(91, PASSWORD) }).await;
            assert!(is_throttled(&outcome), "{}: {outcome:?}", bench.name);
        }
        // At a new place, but in a browser that she had signed in in.
        let own = PasswordAttempt { known: Some(known), ..from(92, PASSWORD) };
        session_of(bench.submit(own.clone()).await);
        // Half a year later it is a stranger's.
        bench.advance(181 * 24 * 60 * 60);
        flood(&bench).await;
        let outcome = bench.submit(own).await;
        assert!(!matches!(outcome, PasswordOutcome::Refused), "{}", bench.name);
    }
}

#[tokio::test]
async fn a_flood_from_elsewhere_does_not_keep_out_the_address_of_the_owner() {
    for bench in benches().await {
        bench.user("alice").await;
        bench.sign_in("alice").await;
        flood(&bench).await;
        session_of(bench.submit(from(1, PASSWORD)).await);
        let stranger = bench.submit(from(90, PASSWORD)).await;
        assert!(is_throttled(&stranger), "{}: {stranger:?}", bench.name);
    }
}

#[tokio::test]
async fn one_address_that_guesses_does_not_keep_the_owner_out_of_a_new_place() {
    for bench in benches().await {
        bench.user("alice").await;
        for _ in 0..40 {
            bench.submit(from(66, "wrong")).await;
        }
        assert!(is_throttled(&bench.submit(from(66, PASSWORD)).await), "{}", bench.name);
        session_of(bench.submit(from(2, PASSWORD)).await);
    }
}

#[tokio::test]
async fn a_known_browser_has_no_more_tries_than_others_and_stands_for_several_accounts() {
    for bench in benches().await {
        bench.user("alice").await;
        bench.user("bob").await;
        let alices = bench.sign_in.know_browser(&bench.tenant.id, "alice", None).await.expect("a cookie");
        let both = bench.sign_in.know_browser(&bench.tenant.id, "bob", Some(&alices)).await.expect("a cookie");
        for _ in 0..bench.tenant.settings.sign_in_attempts_per_account {
            let attempt = PasswordAttempt { known: Some(both.clone()), ..from(1, "wrong") };
            assert!(matches!(bench.submit(attempt).await, PasswordOutcome::Refused), "{}", bench.name);
        }
        let attempt = PasswordAttempt { known: Some(both.clone()), ..from(1, PASSWORD) };
        assert!(is_throttled(&bench.submit(attempt).await), "{}", bench.name);
        flood(&bench).await;
        let bobs = PasswordAttempt { known: Some(both), ..Bench::attempt("bob", PASSWORD) };
        session_of(bench.submit(bobs).await);
    }
}

#[tokio::test]
async fn another_password_makes_strangers_of_all_browsers_that_were_known() {
    for bench in benches().await {
        let alice = bench.user("alice").await;
        let known = bench.sign_in.know_browser(&bench.tenant.id, "alice", None).await.expect("a cookie");
        let (tenant, hash) =
            (bench.tenant.id.clone(), passwords(CHEAP).hash_blocking(&Secret::from("another")).unwrap());
        bench.write(move |conn| user_store::set_password_hash(conn, &tenant, &alice.id, &hash)).await;
        flood(&bench).await;
        let outcome = bench.submit(PasswordAttempt { known: Some(known), ..from(90, "another") }).await;
        assert!(is_throttled(&outcome), "{}: {outcome:?}", bench.name);
    }
}

#[tokio::test]
async fn an_office_behind_one_address_is_not_shut_by_one_who_guesses_there() {
    for mut bench in benches().await {
        bench.tenant.settings.sign_in_attempts_per_address = 5;
        bench.user("alice").await;
        let known = bench.sign_in.know_browser(&bench.tenant.id, "alice", None).await.expect("a cookie");
        for turn in 0..20 {
            bench.submit(Bench::attempt(&format!("user{turn}"), "wrong")).await;
        }
        assert!(is_throttled(&bench.submit(Bench::attempt("alice", PASSWORD)).await), "{}", bench.name);
        let own = PasswordAttempt { known: Some(known), ..Bench::attempt("alice", PASSWORD) };
        assert!(own.from.address == IpAddr::from([192, 0, 2, 1]));
        session_of(bench.submit(own).await);
    }
}
