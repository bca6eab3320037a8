//! Accounts that people make themselves.

use latchkey_core::Secret;
use latchkey_tenants::SignUpPolicy;
use tokio::task::JoinSet;

use crate::testing::{Bench, PASSWORD, address, benches, session_of};
use crate::{InvalidUser, Origin, PasswordRule, SignUpAttempt, SignUpOutcome};

fn attempt(identifier: &str) -> SignUpAttempt {
    SignUpAttempt {
        identifier: identifier.to_owned(),
        name: Some(" Ada Lovelace ".to_owned()),
        password: Secret::from(PASSWORD),
        from: Origin { address: address(1), user_agent: "Browser/1.0".to_owned() },
        previous_session: None,
    }
}

async fn open_benches() -> Vec<Bench> {
    let mut benches = benches().await;
    for bench in &mut benches {
        bench.tenant.settings.sign_up = SignUpPolicy::Open;
    }
    benches
}

async fn submit(bench: &Bench, attempt: SignUpAttempt) -> SignUpOutcome {
    let interaction = bench.begin().await;
    bench.sign_in.sign_up(&bench.tenant, &interaction, attempt).await.expect(bench.name)
}

#[tokio::test]
async fn an_account_is_made_with_an_unverified_address_and_a_session() {
    for bench in open_benches().await {
        let interaction = bench.begin().await;
        let outcome = bench.sign_in.sign_up(&bench.tenant, &interaction, attempt("Ada@example.com")).await.unwrap();
        let SignUpOutcome::SignedUp { session, user_id } = outcome else { panic!("{}: {outcome:?}", bench.name) };
        let live = bench.sign_in.find_session(&bench.tenant, session.cookie_value.expose()).await.unwrap();
        let live = live.expect("a live session");
        assert_eq!((live.user.id.clone(), live.user.email.as_deref()), (user_id, Some("Ada@example.com")));
        assert!(!live.user.email_verified, "{}", bench.name);
        assert_eq!((live.user.display_name(), live.session.amr.as_slice()), ("Ada Lovelace", &["pwd".to_owned()][..]));
        let found = bench.sign_in.find(&bench.tenant.id, &interaction.id, &bench.browser).await.unwrap().expect("it");
        assert!(found.has_signed_in(&live.session), "{}", bench.name);
        session_of(bench.submit(Bench::attempt("ada@EXAMPLE.com", PASSWORD)).await);

        let by_name = submit(&bench, SignUpAttempt { name: None, ..attempt("grace") }).await;
        let SignUpOutcome::SignedUp { session, .. } = by_name else { panic!("{}: {by_name:?}", bench.name) };
        let live = bench.sign_in.find_session(&bench.tenant, session.cookie_value.expose()).await.unwrap();
        assert_eq!(live.expect("a live session").user.email, None, "{}", bench.name);
    }
}

#[tokio::test]
async fn where_accounts_are_made_by_operators_nobody_makes_one() {
    for bench in benches().await {
        assert!(matches!(submit(&bench, attempt("ada")).await, SignUpOutcome::Closed), "{}", bench.name);
        let refused = bench.submit(Bench::attempt("ada", PASSWORD)).await;
        assert!(matches!(refused, crate::PasswordOutcome::Refused), "{}", bench.name);
    }
}

#[tokio::test]
async fn what_cannot_be_an_account_is_refused_by_name() {
    for bench in open_benches().await {
        bench.user("alice").await;
        let with_password = |text: &str| SignUpAttempt { password: Secret::from(text), ..attempt("ada@example.com") };
        let with_name = |text: &str| SignUpAttempt { name: Some(text.to_owned()), ..attempt("ada") };
        let long = "x".repeat(201);
        type Check = fn(&SignUpOutcome) -> bool;
        let cases: [(SignUpAttempt, Check); 9] = [
            (attempt("ALICE"), |outcome| matches!(outcome, SignUpOutcome::UsernameTaken)),
            (attempt("Alice@example.com"), |outcome| matches!(outcome, SignUpOutcome::EmailTaken)),
            (attempt("a@b@c"), |outcome| matches!(outcome, SignUpOutcome::InvalidIdentifier(InvalidUser::Email))),
            (attempt("  "), |outcome| matches!(outcome, SignUpOutcome::InvalidIdentifier(InvalidUser::Username))),
            (with_password("short"), |outcome| {
                matches!(outcome, SignUpOutcome::PasswordRefused(PasswordRule::TooShort { .. }))
            }),
            (with_password("ADA@example.com"), |outcome| {
                matches!(outcome, SignUpOutcome::PasswordRefused(PasswordRule::SameAsIdentifier))
            }),
            (with_name("two\nlines"), |outcome| matches!(outcome, SignUpOutcome::InvalidName)),
            (with_name(&long), |outcome| matches!(outcome, SignUpOutcome::InvalidName)),
            (with_name(" "), |outcome| matches!(outcome, SignUpOutcome::InvalidName)),
        ];
        for (attempt, is_expected) in cases {
            let typed = attempt.identifier.clone();
            let outcome = submit(&bench, attempt).await;
            assert!(is_expected(&outcome), "{}: {typed}: {outcome:?}", bench.name);
        }
    }
}

#[tokio::test]
async fn a_name_that_is_taken_costs_the_same_hashing_as_one_that_is_free() {
    for mut bench in open_benches().await {
        let metrics = latchkey_metrics::Metrics::new().expect("metrics");
        let hashing = crate::testing::passwords(crate::testing::CHEAP).measured_by(metrics.clone());
        bench.sign_in = bench.node(hashing);
        bench.user("alice").await;
        let before = crate::testing::hashes_counted(&metrics);
        submit(&bench, attempt("alice@example.com")).await;
        let taken = crate::testing::hashes_counted(&metrics) - before;
        submit(&bench, attempt("ada@example.com")).await;
        let free = crate::testing::hashes_counted(&metrics) - before - taken;
        assert_eq!((taken, free), (1, 1), "{}", bench.name);
    }
}

#[tokio::test]
async fn of_two_who_want_one_name_at_once_one_gets_it() {
    for bench in open_benches().await {
        let mut tasks = JoinSet::new();
        for _ in 0..4 {
            let (sign_in, tenant, interaction) = (bench.sign_in.clone(), bench.tenant.clone(), bench.begin().await);
            tasks.spawn(async move { sign_in.sign_up(&tenant, &interaction, attempt("ada")).await.unwrap() });
        }
        let outcomes = tasks.join_all().await;
        let made = outcomes.iter().filter(|outcome| matches!(outcome, SignUpOutcome::SignedUp { .. })).count();
        let taken = outcomes.iter().filter(|outcome| matches!(outcome, SignUpOutcome::UsernameTaken)).count();
        assert_eq!((made, taken), (1, 3), "{}: {outcomes:?}", bench.name);
    }
}

#[tokio::test]
async fn one_address_makes_twenty_accounts_in_a_window_and_another_is_not_kept_waiting() {
    for bench in open_benches().await {
        for number in 0..20 {
            let outcome = submit(&bench, attempt(&format!("user{number}"))).await;
            assert!(matches!(outcome, SignUpOutcome::SignedUp { .. }), "{}: {outcome:?}", bench.name);
        }
        let outcome = submit(&bench, attempt("user20")).await;
        let SignUpOutcome::Throttled { retry_after } = outcome else { panic!("{}: {outcome:?}", bench.name) };
        let elsewhere = Origin { address: address(2), user_agent: String::new() };
        let outcome = submit(&bench, SignUpAttempt { from: elsewhere, ..attempt("user21") }).await;
        assert!(matches!(outcome, SignUpOutcome::SignedUp { .. }), "{}: {outcome:?}", bench.name);
        bench.advance(retry_after.as_secs() + 1);
        let outcome = submit(&bench, attempt("user20")).await;
        assert!(matches!(outcome, SignUpOutcome::SignedUp { .. }), "{}: {outcome:?}", bench.name);
    }
}

#[tokio::test]
async fn accounts_that_the_browser_had_stay_beside_the_new_one() {
    for bench in open_benches().await {
        bench.user("alice").await;
        let held = bench.sign_in("alice").await.cookie_value;
        let outcome = submit(&bench, SignUpAttempt { previous_session: Some(held), ..attempt("ada") }).await;
        let SignUpOutcome::SignedUp { session, .. } = outcome else { panic!("{}: {outcome:?}", bench.name) };
        let accounts = bench.sign_in.find_accounts(&bench.tenant, session.cookie_value.expose()).await.unwrap();
        let names: Vec<_> = accounts.iter().map(|live| live.user.username.as_str()).collect();
        assert_eq!(names, ["ada", "alice"], "{}", bench.name);
    }
}
