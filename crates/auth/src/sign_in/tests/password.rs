//! Passwords: success, refusals that look alike, throttling.

use std::time::Duration;

use latchkey_core::{Secret, TokenHash};
use latchkey_metrics::Metrics;
use tokio::task::JoinSet;

use crate::authentication::FirstFactor;
use crate::testing::{Bench, CHEAP, PASSWORD, address, benches, draft, hashes_counted, passwords, session_of};
use crate::{Acr, PasswordHashing, PasswordOutcome, UserDraft, UserStatus, user_store};

#[tokio::test]
async fn user_name_and_address_in_any_writing_sign_the_same_user_in() {
    for bench in benches().await {
        let alice = bench.user("Alice").await;
        for identifier in ["alice", " ALICE ", "ａｌｉｃｅ", "Alice@Example.COM"] {
            let session = session_of(bench.submit(Bench::attempt(identifier, PASSWORD)).await);
            let found =
                bench.sign_in.find_session(&bench.tenant, session.cookie_value.expose()).await.unwrap().unwrap();
            assert_eq!(found.user, alice, "{}: {identifier}", bench.name);
            assert_eq!(found.session.amr, ["pwd"]);
            assert_eq!(found.session.acr, Acr::OneFactor.as_str());
            assert_eq!(found.session.authenticated_at, bench.clock.now());
            assert_eq!(found.session.address, "192.0.2.1");
        }
    }
}

#[tokio::test]
async fn every_refusal_looks_the_same() {
    for bench in benches().await {
        bench.user("alice").await;
        let disabled = UserDraft { status: UserStatus::Disabled, ..draft("dora") };
        bench.user_of(&bench.tenant.id, disabled, Some(PASSWORD)).await;
        let invited = UserDraft { status: UserStatus::Invited, ..draft("ivan") };
        bench.user_of(&bench.tenant.id, invited, Some(PASSWORD)).await;
        bench.user_of(&bench.tenant.id, draft("paul"), None).await;
        let long = "x".repeat(1025);
        for (identifier, password) in [
            ("alice", "wrong"),
            ("alice", ""),
            ("alice", long.as_str()),
            ("nobody", PASSWORD),
            ("", PASSWORD),
            ("dora", PASSWORD),
            ("ivan", PASSWORD),
            ("paul", PASSWORD),
            ("paul", ""),
        ] {
            let outcome = bench.submit(Bench::attempt(identifier, password)).await;
            assert!(matches!(outcome, PasswordOutcome::Refused), "{}: {identifier}: {outcome:?}", bench.name);
        }
    }
}

#[tokio::test]
async fn every_refusal_costs_one_hash() {
    for bench in benches().await {
        bench.user("alice").await;
        let disabled = UserDraft { status: UserStatus::Disabled, ..draft("dora") };
        bench.user_of(&bench.tenant.id, disabled, Some(PASSWORD)).await;
        bench.user_of(&bench.tenant.id, draft("paul"), None).await;
        let metrics = Metrics::new().expect("metrics");
        let observed = passwords(CHEAP).measured_by(metrics.clone());
        let sign_in = bench.node(observed);
        let interaction = bench.begin().await;
        for (identifier, password) in [("alice", "wrong"), ("nobody", PASSWORD), ("dora", PASSWORD), ("paul", PASSWORD)]
        {
            let before = hashes_counted(&metrics);
            let attempt = Bench::attempt(identifier, password);
            sign_in.submit_password(&bench.tenant, &interaction, attempt).await.unwrap();
            assert_eq!(hashes_counted(&metrics), before + 1, "{}: {identifier}", bench.name);
        }
    }
}

#[tokio::test]
async fn a_password_that_was_changed_or_a_user_that_was_disabled_after_the_check_opens_no_session() {
    for bench in benches().await {
        let alice = bench.user("alice").await;
        let (tenant, id, now) = (bench.tenant.id.clone(), alice.id.clone(), bench.clock.now());
        bench
            .write(move |conn| {
                let hash = user_store::find_password_hash(conn, &tenant, &id)?.expect("a hash");
                let hash = FirstFactor::Password(TokenHash::of(hash.expose()));
                let other = FirstFactor::Password(TokenHash::of("another hash"));
                assert!(user_store::confirm_first_factor(conn, &tenant, &id, &hash)?);
                assert!(!user_store::confirm_first_factor(conn, &tenant, &id, &other)?);
                user_store::set_status(conn, &tenant, &id, UserStatus::Disabled, now)?;
                assert!(!user_store::confirm_first_factor(conn, &tenant, &id, &hash)?);
                Ok(())
            })
            .await;
    }
}

#[tokio::test]
async fn an_account_is_throttled_alike_whether_it_exists_or_not_and_opens_again_after_a_wait() {
    for bench in benches().await {
        bench.user("alice").await;
        let limit = bench.tenant.settings.sign_in_attempts_per_account;
        for identifier in ["alice", "nobody"] {
            for turn in 0..limit {
                let outcome = bench.submit(Bench::attempt(identifier, "wrong")).await;
                assert!(matches!(outcome, PasswordOutcome::Refused), "{}: {identifier} {turn}", bench.name);
            }
            // Even the right password: an answer would tell the guesser that it was.
            let outcome = bench.submit(Bench::attempt(identifier, PASSWORD)).await;
            let PasswordOutcome::Throttled { retry_after } = outcome else { panic!("{}: {outcome:?}", bench.name) };
            // A sixteenth of the window.
            assert_eq!(retry_after, Duration::from_millis(37_500), "{}: {identifier}", bench.name);
        }
        bench.advance(38);
        bench.sign_in("alice").await;
    }
}

#[tokio::test]
async fn spellings_of_a_name_are_one_account_and_a_throttled_name_tells_nothing_of_its_address() {
    for bench in benches().await {
        bench.user("alice").await;
        let spellings = ["alice", " ALICE", "Alice"];
        let limit = usize::try_from(bench.tenant.settings.sign_in_attempts_per_account).unwrap();
        for name in spellings.iter().cycle().take(limit) {
            let outcome = bench.submit(Bench::attempt(name, "wrong")).await;
            assert!(matches!(outcome, PasswordOutcome::Refused), "{}: {name}", bench.name);
        }
        for name in spellings {
            let outcome = bench.submit(Bench::attempt(name, PASSWORD)).await;
            assert!(matches!(outcome, PasswordOutcome::Throttled { .. }), "{}: {name}", bench.name);
        }
        // Her address and an address of nobody are answered alike.
        for name in ["alice@example.com", "nobody@example.com"] {
            let outcome = bench.submit(Bench::attempt(name, "wrong")).await;
            assert!(matches!(outcome, PasswordOutcome::Refused), "{}: {name}", bench.name);
        }
    }
}

#[tokio::test]
async fn a_success_forgives_the_failures_of_the_account() {
    for bench in benches().await {
        bench.user("alice").await;
        for _ in 0..3 {
            for _ in 0..bench.tenant.settings.sign_in_attempts_per_account - 1 {
                bench.submit(Bench::attempt("alice", "wrong")).await;
            }
            bench.sign_in("alice").await;
        }
    }
}

#[tokio::test]
async fn an_address_is_throttled_by_its_failures_over_all_accounts_but_not_by_its_successes() {
    for mut bench in benches().await {
        bench.tenant.settings.sign_in_attempts_per_address = 5;
        bench.user("alice").await;
        for _ in 0..8 {
            bench.sign_in("alice").await;
        }
        for turn in 0..5 {
            let outcome = bench.submit(Bench::attempt(&format!("user{turn}"), "wrong")).await;
            assert!(matches!(outcome, PasswordOutcome::Refused), "{}: {turn}", bench.name);
        }
        let outcome = bench.submit(Bench::attempt("alice", PASSWORD)).await;
        assert!(matches!(outcome, PasswordOutcome::Throttled { .. }), "{}: {outcome:?}", bench.name);

        let mut elsewhere = Bench::attempt("alice", PASSWORD);
        elsewhere.from.address = address(2);
        session_of(bench.submit(elsewhere).await);
    }
}

#[tokio::test]
async fn racing_guesses_do_not_exceed_the_limit() {
    for bench in benches().await {
        bench.user("alice").await;
        let interaction = bench.begin().await;
        let mut guesses = JoinSet::new();
        for _ in 0..40 {
            let (sign_in, tenant, interaction) = (bench.sign_in.clone(), bench.tenant.clone(), interaction.clone());
            guesses.spawn(async move {
                let attempt = Bench::attempt("alice", "wrong");
                sign_in.submit_password(&tenant, &interaction, attempt).await.unwrap()
            });
        }
        let outcomes = guesses.join_all().await;
        let looked_at = outcomes.iter().filter(|outcome| matches!(outcome, PasswordOutcome::Refused)).count();
        assert_eq!(u64::try_from(looked_at).unwrap(), bench.tenant.settings.sign_in_attempts_per_account);
    }
}

#[tokio::test]
async fn an_outdated_hash_is_renewed_by_a_successful_sign_in_only() {
    for bench in benches().await {
        let alice = bench.user("alice").await;
        let stronger = PasswordHashing { iterations: 2, ..CHEAP };
        let sign_in = bench.node(passwords(stronger));
        let interaction = bench.begin().await;
        for (password, cost) in [("wrong", "t=1"), (PASSWORD, "t=2"), (PASSWORD, "t=2")] {
            let attempt = Bench::attempt("alice", password);
            sign_in.submit_password(&bench.tenant, &interaction, attempt).await.unwrap();
            let (tenant, id) = (bench.tenant.id.clone(), alice.id.clone());
            let hash = bench.write(move |conn| user_store::find_password_hash(conn, &tenant, &id)).await.unwrap();
            assert!(hash.expose().contains(cost), "{}", bench.name);
        }
    }
}

#[tokio::test]
async fn the_same_user_name_in_two_tenants_is_two_users() {
    for bench in benches().await {
        let alice = bench.user("alice").await;
        let other = bench.other_tenant().await;
        let namesake = bench.user_of(&other.id, draft("alice"), Some("another password")).await;
        assert_ne!(alice.id, namesake.id);

        let refused = bench.submit(Bench::attempt("alice", "another password")).await;
        assert!(matches!(refused, PasswordOutcome::Refused), "{}", bench.name);
        let session = bench.sign_in("alice").await;
        let elsewhere = bench.sign_in.find_session(&other, session.cookie_value.expose()).await.unwrap();
        assert_eq!(elsewhere, None, "{}: a cookie of one tenant opened another", bench.name);
    }
}

#[tokio::test]
async fn a_secret_of_a_sign_in_is_not_printed() {
    let attempt = Bench::attempt("alice", "hunter2-secret");
    assert!(!format!("{attempt:?}").contains("hunter2-secret"));
    assert!(!format!("{:?}", Secret::from("hunter2-secret")).contains("hunter2"));
}
