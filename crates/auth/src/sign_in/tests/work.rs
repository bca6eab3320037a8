//! A tenant that is flooded with wrong passwords sets browsers a task.

use latchkey_core::Secret;

use crate::testing::{Bench, PASSWORD, benches, session_of};
use crate::{Interaction, PasswordAttempt, PasswordOutcome, WorkTask};

async fn flooded() -> Vec<Bench> {
    let mut benches = benches().await;
    for bench in &mut benches {
        bench.tenant.settings.sign_in_failures_per_tenant = 5;
        bench.tenant.settings.sign_in_attempts_per_address = 1000;
        bench.user("alice").await;
        let interaction = bench.begin().await;
        assert_eq!(task(bench, &interaction).await, None, "{}", bench.name);
        for turn in 0..5 {
            bench.submit(Bench::attempt(&format!("user{turn}"), "wrong")).await;
        }
    }
    benches
}

async fn task(bench: &Bench, interaction: &Interaction) -> Option<WorkTask> {
    bench.sign_in.find_work(&bench.tenant, interaction).await.expect(bench.name)
}

fn solution(task: &WorkTask) -> String {
    (0..u64::MAX).map(|number| number.to_string()).find(|number| task.is_solved_by(number)).expect("a solution")
}

async fn submit(bench: &Bench, interaction: &Interaction, work: Option<String>) -> PasswordOutcome {
    let attempt = PasswordAttempt { work, ..Bench::attempt("alice", PASSWORD) };
    bench.sign_in.submit_password(&bench.tenant, interaction, attempt).await.expect(bench.name)
}

fn is_work(outcome: &PasswordOutcome) -> bool {
    matches!(outcome, PasswordOutcome::WorkNeeded)
}

#[tokio::test]
async fn while_a_tenant_is_flooded_a_password_is_looked_at_after_the_work_only() {
    for bench in flooded().await {
        let interaction = bench.begin().await;
        let set = task(&bench, &interaction).await.expect(bench.name);
        assert_eq!(task(&bench, &interaction).await.as_ref(), Some(&set), "{}: a second tab", bench.name);
        assert!(is_work(&submit(&bench, &interaction, None).await), "{}", bench.name);
        session_of(submit(&bench, &interaction, Some(solution(&set))).await);
        // The flood is over a window after its last wave.
        bench.advance(601);
        let interaction = bench.begin().await;
        assert_eq!(task(&bench, &interaction).await, None, "{}", bench.name);
        session_of(submit(&bench, &interaction, None).await);
    }
}

#[tokio::test]
async fn a_solution_counts_once_and_in_its_own_sign_in_only() {
    for bench in flooded().await {
        let (one, other) = (bench.begin().await, bench.begin().await);
        let solved = solution(&task(&bench, &one).await.expect(bench.name));
        let foreign = task(&bench, &other).await.expect(bench.name);
        assert!(!foreign.is_solved_by(&solved), "{}", bench.name);
        assert!(is_work(&submit(&bench, &other, Some(solved.clone())).await), "{}", bench.name);
        session_of(submit(&bench, &one, Some(solved.clone())).await);
        assert!(is_work(&submit(&bench, &one, Some(solved)).await), "{}: spent", bench.name);
        let again = task(&bench, &one).await.expect(bench.name);
        assert!(is_work(&submit(&bench, &one, Some("x".to_owned())).await), "{}", bench.name);
        assert_ne!(task(&bench, &one).await.as_ref(), Some(&again), "{}: a wrong solution spends the task", bench.name);
    }
}

#[tokio::test]
async fn a_browser_that_is_known_and_another_tenant_are_not_asked() {
    for bench in flooded().await {
        let known = bench.sign_in.know_browser(&bench.tenant.id, "alice", None).await.expect("a cookie");
        let attempt = PasswordAttempt { known: Some(known), ..Bench::attempt("alice", PASSWORD) };
        session_of(bench.submit(attempt).await);
        let made_up = PasswordAttempt { known: Some(Secret::from("x")), ..Bench::attempt("alice", PASSWORD) };
        assert!(is_work(&bench.submit(made_up).await), "{}", bench.name);

        let other = bench.other_tenant().await;
        let interaction = bench.sign_in.begin(&other, bench.visitor(), bench.request()).await.expect(bench.name);
        assert_eq!(bench.sign_in.find_work(&other, &interaction).await.expect(bench.name), None, "{}", bench.name);
    }
}
