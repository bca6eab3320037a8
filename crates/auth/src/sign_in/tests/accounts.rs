//! Several accounts in one browser.

use latchkey_core::{Secret, UserId};

use crate::testing::{Bench, PASSWORD, address, benches, session_of};
use crate::{
    AccountPrompt, AccountWish, Accounts, Interaction, NewInteraction, NewSession, Requirement, UserStatus, user_store,
};

/// Signs in, one after the other, in one browser.
async fn sign_in_all(bench: &Bench, usernames: &[&str]) -> NewSession {
    let mut last: Option<NewSession> = None;
    for username in usernames {
        let mut attempt = Bench::attempt(username, PASSWORD);
        attempt.previous_session = last.map(|session| session.cookie_value);
        last = Some(session_of(bench.submit(attempt).await));
    }
    last.expect("a session")
}

async fn accounts(bench: &Bench, cookie: &Secret<String>) -> Accounts {
    bench.sign_in.find_accounts(&bench.tenant, cookie.expose()).await.expect(bench.name)
}

fn names(accounts: &Accounts) -> Vec<&str> {
    accounts.iter().map(|live| live.user.username.as_str()).collect()
}

async fn users(bench: &Bench, usernames: &[&str]) -> Vec<UserId> {
    let mut ids = Vec::new();
    for username in usernames {
        ids.push(bench.user(username).await.id);
    }
    ids
}

#[tokio::test]
async fn signing_in_as_another_adds_an_account_and_makes_it_the_active_one() {
    for bench in benches().await {
        users(&bench, &["alice", "bob", "carol"]).await;
        let cookie = sign_in_all(&bench, &["alice", "bob", "carol"]).await.cookie_value;
        let held = accounts(&bench, &cookie).await;
        assert_eq!(names(&held), ["carol", "bob", "alice"], "{}", bench.name);
        assert_eq!(held.active().map(|live| live.user.username.as_str()), Some("carol"));
        assert_eq!(held.cookie_value(), Some(cookie), "what is read is what is written");
    }
}

#[tokio::test]
async fn the_same_user_in_a_browser_of_several_keeps_the_session_with_a_new_secret() {
    for bench in benches().await {
        users(&bench, &["alice", "bob"]).await;
        let alices = sign_in_all(&bench, &["alice"]).await;
        let mut over = Bench::attempt("bob", PASSWORD);
        over.previous_session = Some(alices.cookie_value.clone());
        let both = session_of(bench.submit(over).await);
        let mut again = Bench::attempt("alice", PASSWORD);
        again.previous_session = Some(both.cookie_value.clone());
        let again = session_of(bench.submit(again).await);

        assert_eq!(again.id, alices.id, "{}", bench.name);
        assert_eq!(names(&accounts(&bench, &again.cookie_value).await), ["alice", "bob"]);
        assert!(!bench.is_signed_in(&alices).await, "{}: the old secret", bench.name);
        assert_eq!(names(&accounts(&bench, &both.cookie_value).await), ["bob"], "{}", bench.name);
    }
}

#[tokio::test]
async fn a_sixth_account_ends_the_one_that_was_used_longest_ago() {
    for bench in benches().await {
        let all = ["user1", "user2", "user3", "user4", "user5", "user6"];
        users(&bench, &all).await;
        let first = sign_in_all(&bench, &all[..1]).await;
        let mut cookie = first.cookie_value.clone();
        for username in &all[1..] {
            let mut attempt = Bench::attempt(username, PASSWORD);
            attempt.previous_session = Some(cookie);
            cookie = session_of(bench.submit(attempt).await).cookie_value;
        }
        let held = accounts(&bench, &cookie).await;
        assert_eq!(names(&held), ["user6", "user5", "user4", "user3", "user2"], "{}", bench.name);
        assert!(!bench.is_signed_in(&first).await, "{}: its session has ended in the store too", bench.name);
    }
}

#[tokio::test]
async fn sessions_are_revoked_one_by_one_and_dead_ones_are_dropped() {
    for bench in benches().await {
        users(&bench, &["alice", "bob", "carol"]).await;
        let cookie = sign_in_all(&bench, &["alice", "bob", "carol"]).await.cookie_value;
        let held = accounts(&bench, &cookie).await;
        let bobs = held.iter().find(|live| live.user.username == "bob").expect("bob").session.id.clone();
        bench.sign_in.end_session(&bench.tenant.id, &bobs).await.unwrap();
        let left = accounts(&bench, &cookie).await;
        assert_eq!(names(&left), ["carol", "alice"], "{}", bench.name);
        assert!(!left.cookie_value().expect("a cookie").expose().contains(bobs.as_str()));

        let carols = left.active().expect("active").session.id.clone();
        bench.sign_in.end_sessions(&bench.tenant.id, &[carols]).await.unwrap();
        let left = accounts(&bench, &cookie).await;
        assert_eq!(names(&left), ["alice"], "{}", bench.name);
        assert!(left.active().is_none(), "{}: nobody follows by itself", bench.name);
        let cookie = left.cookie_value().expect("a cookie");
        assert!(bench.sign_in.find_session(&bench.tenant, cookie.expose()).await.unwrap().is_none(), "{}", bench.name);
        assert_eq!(names(&accounts(&bench, &cookie).await), ["alice"], "{}", bench.name);
    }
}

#[tokio::test]
async fn an_account_that_is_only_looked_at_is_not_used() {
    for bench in benches().await {
        users(&bench, &["alice", "bob"]).await;
        let cookie = sign_in_all(&bench, &["alice", "bob"]).await.cookie_value;
        let idle = bench.tenant.settings.session_idle_seconds;
        bench.advance(idle - 1);
        let wish = AccountWish { login_hint: Some("alice@example.com".to_owned()), ..AccountWish::default() };
        let hinted = bench.sign_in.find_account(&bench.tenant, cookie.expose(), &wish).await.unwrap();
        assert_eq!(hinted.expect("alice").user.username, "alice");
        assert_eq!(names(&accounts(&bench, &cookie).await), ["bob", "alice"], "{}", bench.name);
        bench.advance(2);
        assert_eq!(names(&accounts(&bench, &cookie).await), ["alice"], "{}: bob was only listed", bench.name);
    }
}

#[tokio::test]
async fn a_disabled_user_is_no_account_and_another_tenant_knows_none() {
    for bench in benches().await {
        let ids = users(&bench, &["alice", "bob"]).await;
        let cookie = sign_in_all(&bench, &["alice", "bob"]).await.cookie_value;
        let other = bench.other_tenant().await;
        assert!(bench.sign_in.find_accounts(&other, cookie.expose()).await.unwrap().is_empty(), "{}", bench.name);
        let (tenant, alice, now) = (bench.tenant.id.clone(), ids[0].clone(), bench.clock.now());
        bench.write(move |conn| user_store::set_status(conn, &tenant, &alice, UserStatus::Disabled, now)).await;
        assert_eq!(names(&accounts(&bench, &cookie).await), ["bob"], "{}", bench.name);
    }
}

#[tokio::test]
async fn a_secret_of_one_session_opens_no_other() {
    for bench in benches().await {
        users(&bench, &["alice", "bob"]).await;
        let bobs = sign_in_all(&bench, &["bob"]).await;
        let alices = sign_in_all(&bench, &["alice"]).await;
        let secret = alices.cookie_value.expose().split_once('.').expect("two parts").1.to_owned();
        let forged = Secret::new(format!("{}~{}.{secret}", alices.cookie_value.expose(), bobs.id));
        assert_eq!(names(&accounts(&bench, &forged).await), ["alice"], "{}", bench.name);

        // Nor does signing in with such a cookie end it.
        let mut attempt = Bench::attempt("alice", PASSWORD);
        attempt.previous_session = Some(forged);
        session_of(bench.submit(attempt).await);
        assert!(bench.is_signed_in(&bobs).await, "{}", bench.name);
    }
}

#[tokio::test]
async fn two_sessions_of_one_user_in_a_cookie_become_one() {
    for bench in benches().await {
        users(&bench, &["alice"]).await;
        let (first, second) = (sign_in_all(&bench, &["alice"]).await, sign_in_all(&bench, &["alice"]).await);
        let joined = format!("{}~{}", first.cookie_value.expose(), second.cookie_value.expose());
        let mut attempt = Bench::attempt("alice", PASSWORD);
        attempt.previous_session = Some(Secret::new(joined));
        let opened = session_of(bench.submit(attempt).await);
        assert_eq!(opened.id, first.id, "{}", bench.name);
        assert!(!bench.is_signed_in(&second).await, "{}", bench.name);
    }
}

#[tokio::test]
async fn the_strongest_word_on_who_is_meant_wins() {
    for bench in benches().await {
        let ids = users(&bench, &["alice", "bob", "carol"]).await;
        let stranger = bench.user("dave").await;
        let cookie = sign_in_all(&bench, &["alice", "bob", "carol"]).await.cookie_value;
        let held = accounts(&bench, &cookie).await;
        let session = |user: &UserId| held.find_user(user).expect("an account").session.id.clone();
        let [alice, bob, _] = ids.as_slice() else { panic!("three users") };
        let hint = |text: &str| AccountWish { login_hint: Some(text.to_owned()), ..AccountWish::default() };
        let cases = [
            (AccountWish::default(), Some("carol")),
            (hint("ALICE"), Some("alice")),
            (hint(" Bob@Example.com"), Some("bob")),
            (hint(alice.as_str()), Some("alice")),
            (hint("dave@example.com"), None),
            (hint("nobody"), None),
            (AccountWish { subject: Some(bob.clone()), ..hint("alice") }, Some("bob")),
            (AccountWish { subject: Some(stranger.id.clone()), ..hint("alice") }, None),
            (AccountWish { signed_in: Some(alice.clone()), subject: Some(bob.clone()), ..hint("x") }, Some("alice")),
            (
                AccountWish { chosen: Some(session(bob)), signed_in: Some(alice.clone()), ..AccountWish::default() },
                Some("bob"),
            ),
        ];
        for (wish, expected) in cases {
            let picked = held.pick(&wish).map(|live| live.user.username.as_str());
            assert_eq!(picked, expected, "{}: {wish:?}", bench.name);
        }
    }
}

async fn found(bench: &Bench, interaction: &Interaction) -> Interaction {
    let found = bench.sign_in.find(&bench.tenant.id, &interaction.id, &bench.browser).await.unwrap();
    found.expect("the interaction")
}

#[tokio::test]
async fn where_the_person_is_asked_for_an_account_only_one_that_was_said_will_do() {
    for bench in benches().await {
        users(&bench, &["alice", "bob"]).await;
        let cookie = sign_in_all(&bench, &["alice", "bob"]).await.cookie_value;
        let mut held = accounts(&bench, &cookie).await;
        let now = bench.clock.now();
        for account in [AccountPrompt::Choose, AccountPrompt::Create] {
            let requirement = Requirement { account, ..Requirement::default() };
            let bobs = held.iter().find(|live| live.user.username == "bob").expect("bob").session.clone();
            let alices = held.iter().find(|live| live.user.username == "alice").expect("alice").session.clone();
            assert!(!requirement.accepts(&bobs, now), "{}", bench.name);
            let request = NewInteraction { requirement, ..bench.request() };
            let interaction = bench.sign_in.begin(&bench.tenant, bench.visitor(), request).await.unwrap();
            assert!(!interaction.accepts(&bobs, now), "{}", bench.name);

            bench.sign_in.choose_account(&bench.tenant.id, &interaction, &alices.id).await.unwrap();
            let chosen = found(&bench, &interaction).await;
            assert!(chosen.accepts(&alices, now) && !chosen.accepts(&bobs, now), "{}", bench.name);
            assert!(held.activate(&alices.id));
            assert_eq!(names(&held), ["alice", "bob"], "{}", bench.name);

            bench.sign_in.choose_no_account(&bench.tenant.id, &chosen).await.unwrap();
            assert!(!found(&bench, &interaction).await.accepts(&alices, now), "{}", bench.name);

            // A sign-in within it says so too, and replaces what was chosen.
            bench.sign_in.choose_account(&bench.tenant.id, &interaction, &alices.id).await.unwrap();
            let mut attempt = Bench::attempt("bob", PASSWORD);
            attempt.from.address = address(2);
            attempt.previous_session = held.cookie_value();
            let opened = session_of(bench.sign_in.submit_password(&bench.tenant, &interaction, attempt).await.unwrap());
            held = accounts(&bench, &opened.cookie_value).await;
            let signed_in = found(&bench, &interaction).await;
            assert_eq!(signed_in.chosen, None);
            assert!(signed_in.accepts(&held.active().expect("bob").session, now), "{}", bench.name);
            assert!(!signed_in.accepts(&alices, now), "{}", bench.name);
        }
    }
}
