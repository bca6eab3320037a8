//! Interactions: the browser they belong to, their end, and consent.

use std::time::Duration;

use latchkey_core::{ClientId, Rng, Secret};
use latchkey_protocol::Scope;
use tokio::task::JoinSet;

use crate::testing::{Bench, PASSWORD, benches, session_of};
use crate::{
    AccountWish, ActiveSession, BrowserBinding, ConsentDecision, ConsentState, Interaction, NewInteraction, NewSession,
    Requirement, SignedIn, consent_store,
};

async fn active(bench: &Bench, session: &NewSession) -> ActiveSession {
    bench.sign_in.find_session(&bench.tenant, session.cookie_value.expose()).await.unwrap().expect("a live session")
}

async fn find(bench: &Bench, interaction: &Interaction) -> Interaction {
    let found = bench.sign_in.find(&bench.tenant.id, &interaction.id, &bench.browser).await.unwrap();
    found.expect("the interaction")
}

async fn active_and_consent(bench: &Bench, cookie: &Secret<String>, client: &ClientId) -> (ActiveSession, Scope) {
    let wish = AccountWish::default();
    let found = bench.sign_in.find_accounts_and_consent(&bench.tenant, cookie.expose(), &wish, client).await.unwrap();
    found.1.expect("a live session")
}

async fn sign_in_within(bench: &Bench, interaction: &Interaction) -> ActiveSession {
    let attempt = Bench::attempt("alice", PASSWORD);
    let outcome = bench.sign_in.submit_password(&bench.tenant, interaction, attempt).await.unwrap();
    active(bench, &session_of(outcome)).await
}

#[tokio::test]
async fn an_interaction_is_found_by_its_browser_and_tenant_only() {
    for bench in benches().await {
        let interaction = bench.begin().await;
        assert_eq!(find(&bench, &interaction).await, interaction, "{}", bench.name);
        assert_eq!(interaction.continue_path, format!("/oauth2/continue?interaction={}", interaction.id));

        let stranger = BrowserBinding::new(Rng::system().token());
        let found = bench.sign_in.find(&bench.tenant.id, &interaction.id, &stranger).await.unwrap();
        assert_eq!(found, None, "{}: another browser", bench.name);
        let other = bench.other_tenant().await;
        let found = bench.sign_in.find(&other.id, &interaction.id, &bench.browser).await.unwrap();
        assert_eq!(found, None, "{}: another tenant", bench.name);
        assert_eq!(bench.sign_in.finish(&other.id, &interaction.id).await.unwrap(), None);

        bench.advance(30 * 60);
        let found = bench.sign_in.find(&bench.tenant.id, &interaction.id, &bench.browser).await.unwrap();
        assert_eq!(found, None, "{}: expired", bench.name);
    }
}

#[tokio::test]
async fn of_racing_finishers_one_wins_and_a_late_step_does_not_revive_it() {
    for bench in benches().await {
        bench.user("alice").await;
        let interaction = bench.begin().await;
        let mut finishers = JoinSet::new();
        for _ in 0..30 {
            let (sign_in, tenant, id) = (bench.sign_in.clone(), bench.tenant.id.clone(), interaction.id.clone());
            finishers.spawn(async move { sign_in.finish(&tenant, &id).await.unwrap().is_some() });
        }
        let winners = finishers.join_all().await.into_iter().filter(|won| *won).count();
        assert_eq!(winners, 1, "{}", bench.name);

        sign_in_within(&bench, &interaction).await;
        let found = bench.sign_in.find(&bench.tenant.id, &interaction.id, &bench.browser).await.unwrap();
        assert_eq!(found, None, "{}", bench.name);
        assert_eq!(bench.sign_in.finish(&bench.tenant.id, &interaction.id).await.unwrap(), None);
    }
}

#[tokio::test]
async fn a_new_sign_in_is_what_prompt_login_and_max_age_0_ask_for() {
    for bench in benches().await {
        bench.user("alice").await;
        let before = bench.sign_in("alice").await;
        let before = active(&bench, &before).await.session;
        let now = bench.clock.now();
        for requirement in [
            Requirement { fresh_after: Some(now), ..Requirement::default() },
            Requirement { max_age: Some(Duration::ZERO), ..Requirement::default() },
        ] {
            let request = NewInteraction { requirement, ..bench.request() };
            let interaction = bench.sign_in.begin(&bench.tenant, bench.visitor(), request).await.unwrap();
            assert!(!interaction.accepts(&before, now), "{}", bench.name);
            bench.advance(1);
            let opened = sign_in_within(&bench, &interaction).await.session;
            let interaction = find(&bench, &interaction).await;
            assert!(interaction.accepts(&opened, now), "{}", bench.name);
            assert!(!interaction.accepts(&before, now), "{}", bench.name);
        }
    }
}

#[tokio::test]
async fn a_sign_in_grows_older_than_max_age_within_its_interaction() {
    for bench in benches().await {
        bench.user("alice").await;
        let now = bench.clock.now();
        let max_age = |seconds| Some(Duration::from_secs(seconds));
        for (requirement, still_good) in [
            (Requirement { max_age: max_age(60), ..Requirement::default() }, false),
            (Requirement { max_age: max_age(60), fresh_after: Some(now), ..Requirement::default() }, false),
            (Requirement { max_age: max_age(0), ..Requirement::default() }, true),
            (Requirement { fresh_after: Some(now), ..Requirement::default() }, true),
        ] {
            let request = NewInteraction { requirement: requirement.clone(), ..bench.request() };
            let interaction = bench.sign_in.begin(&bench.tenant, bench.visitor(), request).await.unwrap();
            let session = sign_in_within(&bench, &interaction).await.session;
            let interaction = find(&bench, &interaction).await;
            bench.advance(60);
            assert!(interaction.accepts(&session, bench.clock.now()), "{}: {requirement:?}", bench.name);
            bench.advance(20 * 60);
            assert_eq!(interaction.accepts(&session, bench.clock.now()), still_good, "{}: {requirement:?}", bench.name);
        }
    }
}

#[tokio::test]
async fn a_sign_in_that_was_recorded_but_not_written_makes_no_older_session_fresh() {
    for bench in benches().await {
        let alice = bench.user("alice").await;
        let before = bench.sign_in("alice").await;
        let before = active(&bench, &before).await.session;
        bench.advance(1);
        let requirement = Requirement { max_age: Some(Duration::ZERO), ..Requirement::default() };
        let request = NewInteraction { requirement, ..bench.request() };
        let mut interaction = bench.sign_in.begin(&bench.tenant, bench.visitor(), request).await.unwrap();
        let now = bench.clock.now();
        interaction.signed_in = Some(SignedIn { user_id: alice.id, at: now });
        assert!(!interaction.accepts(&before, now), "{}", bench.name);
    }
}

#[tokio::test]
async fn max_age_and_the_required_subject_are_checked() {
    for bench in benches().await {
        let alice = bench.user("alice").await;
        let bob = bench.user("bob").await;
        let session = bench.sign_in("alice").await;
        let session = active(&bench, &session).await.session;
        bench.advance(10);
        let now = bench.clock.now();
        let max_age = |seconds| Requirement { max_age: Some(Duration::from_secs(seconds)), ..Requirement::default() };
        assert!(max_age(10).accepts(&session, now));
        assert!(!max_age(9).accepts(&session, now));
        let subject = |user: &crate::User| Requirement { subject: Some(user.id.clone()), ..Requirement::default() };
        assert!(subject(&alice).accepts(&session, now));
        assert!(!subject(&bob).accepts(&session, now));

        // Signing in as somebody else does not make it the required user.
        let request = NewInteraction { requirement: subject(&bob), ..bench.request() };
        let interaction = bench.sign_in.begin(&bench.tenant, bench.visitor(), request).await.unwrap();
        let opened = sign_in_within(&bench, &interaction).await.session;
        assert!(!find(&bench, &interaction).await.accepts(&opened, now), "{}", bench.name);
    }
}

#[tokio::test]
async fn an_allowance_is_remembered_adds_up_and_never_exceeds_what_was_asked() {
    for bench in benches().await {
        let client = bench.client("app").await;
        bench.user("alice").await;
        let cookie = bench.sign_in("alice").await.cookie_value;
        let consented = async || active_and_consent(&bench, &cookie, &client).await;
        let (session, before) = consented().await;
        assert_eq!(before, Scope::default());

        for (asked, allowed, remembered) in [
            ("openid email", "openid email admin", "openid email"),
            ("openid phone", "openid phone", "openid email phone"),
            ("openid", "openid", "openid email phone"),
        ] {
            let request = NewInteraction { scope: Scope::parse(asked).unwrap(), ..bench.request() };
            let interaction = bench.sign_in.begin(&bench.tenant, bench.visitor(), request).await.unwrap();
            let decision = ConsentDecision::Allow(Scope::parse(allowed).unwrap());
            bench.sign_in.record_consent(&bench.tenant.id, &interaction, &session.session, decision).await.unwrap();
            assert_eq!(consented().await.1, Scope::parse(remembered).unwrap(), "{}", bench.name);
            let state = find(&bench, &interaction).await.consent;
            let expected = ConsentState::Allowed { user: session.user.id.clone(), scope: Scope::parse(asked).unwrap() };
            assert_eq!(state, expected, "{}", bench.name);
        }

        let (tenant, user) = (bench.tenant.id.clone(), session.user.id.clone());
        let revoked = client.clone();
        assert!(bench.write(move |conn| consent_store::revoke_consent(conn, &tenant, &user, &revoked)).await);
        assert_eq!(consented().await.1, Scope::default(), "{}", bench.name);
    }
}

#[tokio::test]
async fn what_one_user_allowed_does_not_count_for_another() {
    for bench in benches().await {
        let client = bench.client("app").await;
        bench.user("alice").await;
        let bob = bench.user("bob").await;
        let interaction = bench.begin().await;
        let hers = sign_in_within(&bench, &interaction).await;
        let interaction = find(&bench, &interaction).await;
        let decision = ConsentDecision::Allow(interaction.scope.clone());
        bench.sign_in.record_consent(&bench.tenant.id, &interaction, &hers.session, decision).await.unwrap();
        let interaction = find(&bench, &interaction).await;
        assert!(interaction.is_allowed_by(&hers.user.id), "{}", bench.name);
        assert!(interaction.accepts(&hers.session, bench.clock.now()), "{}: consent kept the sign-in", bench.name);
        assert!(!interaction.is_allowed_by(&bob.id), "{}", bench.name);

        // Bob signs in within the same interaction: the question of consent starts anew.
        let attempt = Bench::attempt("bob", PASSWORD);
        let outcome = bench.sign_in.submit_password(&bench.tenant, &interaction, attempt).await.unwrap();
        let cookie = session_of(outcome).cookie_value;
        assert!(matches!(find(&bench, &interaction).await.consent, ConsentState::Asked { .. }), "{}", bench.name);
        let (_, consented) = active_and_consent(&bench, &cookie, &client).await;
        assert_eq!(consented, Scope::default(), "{}", bench.name);
    }
}

#[tokio::test]
async fn a_refusal_is_kept_until_the_end_and_remembered_by_nobody() {
    for bench in benches().await {
        let client = bench.client("app").await;
        bench.user("alice").await;
        let interaction = bench.begin().await;
        let session = sign_in_within(&bench, &interaction).await;
        let deny = ConsentDecision::Deny;
        bench.sign_in.record_consent(&bench.tenant.id, &interaction, &session.session, deny).await.unwrap();
        let finished = bench.sign_in.finish(&bench.tenant.id, &interaction.id).await.unwrap().expect("the interaction");
        assert_eq!(finished.consent, ConsentState::Denied, "{}", bench.name);
        let (tenant, user) = (bench.tenant.id.clone(), session.user.id.clone());
        let scope = bench.write(move |conn| consent_store::find_consent(conn, &tenant, &user, &client)).await;
        assert_eq!(scope, Scope::default(), "{}", bench.name);
    }
}
