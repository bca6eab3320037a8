//! Sessions: life times, the one that came before, sign-out.

use latchkey_core::{Secret, UserId};
use latchkey_tenants::FirstFactorKind;

use crate::session::SessionCookie;
use crate::session_store::SessionRow;
use crate::testing::{Bench, PASSWORD, benches, draft, session_of};
use crate::{NewSession, UserStatus, session_store, user_store};

#[tokio::test]
async fn an_unused_session_ends_after_the_idle_time_and_a_used_one_lives_on() {
    for bench in benches().await {
        bench.user("alice").await;
        let used = bench.sign_in("alice").await;
        let unused = bench.sign_in("alice").await;
        let idle = bench.tenant.settings.session_idle_seconds;

        bench.advance(idle - 1);
        assert!(bench.is_signed_in(&used).await, "{}", bench.name);
        bench.advance(2);
        assert!(bench.is_signed_in(&used).await, "{}: the use is known before it is written", bench.name);
        assert!(!bench.is_signed_in(&unused).await, "{}", bench.name);
    }
}

#[tokio::test]
async fn a_use_is_seen_by_other_nodes_once_it_is_flushed() {
    for bench in benches().await {
        bench.user("alice").await;
        let session = bench.sign_in("alice").await;
        let idle = bench.tenant.settings.session_idle_seconds;
        bench.advance(idle - 1);
        bench.sign_in.touch(&bench.tenant.id, &session.id);
        bench.sign_in.flush_touches().await.unwrap();

        let other_node = bench.node(crate::testing::passwords(crate::testing::CHEAP));
        bench.advance(idle - 1);
        let found = other_node.find_session(&bench.tenant, session.cookie_value.expose()).await.unwrap();
        assert!(found.is_some(), "{}", bench.name);
    }
}

#[tokio::test]
async fn a_session_ends_with_its_absolute_life_however_much_it_is_used() {
    for bench in benches().await {
        bench.user("alice").await;
        let session = bench.sign_in("alice").await;
        let step = bench.tenant.settings.session_idle_seconds / 2;
        let mut age = 0;
        while age + step < bench.tenant.settings.session_lifetime_seconds {
            bench.advance(step);
            age += step;
            assert!(bench.is_signed_in(&session).await, "{}: {age}", bench.name);
            bench.sign_in.flush_touches().await.unwrap();
        }
        bench.advance(step);
        assert!(!bench.is_signed_in(&session).await, "{}", bench.name);
    }
}

#[tokio::test]
async fn a_shortened_life_time_counts_for_sessions_opened_before() {
    for mut bench in benches().await {
        bench.user("alice").await;
        let session = bench.sign_in("alice").await;
        bench.advance(120);
        bench.tenant.settings.session_lifetime_seconds = 60;
        assert!(!bench.is_signed_in(&session).await, "{}", bench.name);
    }
}

#[tokio::test]
async fn signing_in_as_another_leaves_the_session_that_the_browser_had_and_every_other() {
    for bench in benches().await {
        bench.user("alice").await;
        bench.user("bob").await;
        let other_browser = bench.sign_in("alice").await;
        let first = bench.sign_in("alice").await;
        let second = sign_in_over(&bench, &first, "bob").await;
        assert_ne!(first.id, second.id);
        assert!(bench.is_signed_in(&first).await, "{}", bench.name);

        // The id alone, with a secret that is not its own, ends nothing.
        let mut attempt = Bench::attempt("alice", PASSWORD);
        attempt.previous_session = Some(Secret::new(format!("{}.guessed", other_browser.id)));
        session_of(bench.submit(attempt).await);
        assert!(bench.is_signed_in(&other_browser).await, "{}", bench.name);
        assert!(bench.is_signed_in(&second).await, "{}", bench.name);
    }
}

#[tokio::test]
async fn the_same_user_who_signs_in_again_keeps_the_session_with_a_new_cookie_and_time() {
    for bench in benches().await {
        bench.user("alice").await;
        let first = bench.sign_in("alice").await;
        bench.advance(bench.tenant.settings.session_idle_seconds - 1);
        let second = sign_in_over(&bench, &first, "alice").await;
        assert_eq!(first.id, second.id, "{}", bench.name);
        assert_ne!(first.cookie_value, second.cookie_value);
        assert!(!bench.is_signed_in(&first).await, "{}: the old cookie", bench.name);
        let found = bench.sign_in.find_session(&bench.tenant, second.cookie_value.expose()).await.unwrap().unwrap();
        assert_eq!(found.session.authenticated_at, bench.clock.now());
        assert_eq!(found.session.expires_at, second.expires_at);

        // The life time begins anew with the password.
        let step = bench.tenant.settings.session_idle_seconds - 1;
        let mut age = 0;
        while age < bench.tenant.settings.session_lifetime_seconds {
            assert!(bench.is_signed_in(&second).await, "{}: {age}", bench.name);
            bench.advance(step);
            age += step;
            bench.sign_in.flush_touches().await.unwrap();
        }
        assert!(!bench.is_signed_in(&second).await, "{}", bench.name);
    }
}

#[tokio::test]
async fn a_session_that_is_over_is_not_renewed() {
    for bench in benches().await {
        bench.user("alice").await;
        let ended = bench.sign_in("alice").await;
        bench.sign_in.end_session(&bench.tenant.id, &ended.id).await.unwrap();
        let idle = bench.sign_in("alice").await;
        bench.advance(bench.tenant.settings.session_idle_seconds);
        for over in [ended, idle] {
            let next = sign_in_over(&bench, &over, "alice").await;
            assert_ne!(over.id, next.id, "{}", bench.name);
            assert!(!bench.is_signed_in(&over).await && bench.is_signed_in(&next).await, "{}", bench.name);
        }
    }
}

#[tokio::test]
async fn a_session_ended_or_renewed_meanwhile_is_not_renewed() {
    for bench in benches().await {
        let alice = bench.user("alice").await;
        let session = bench.sign_in("alice").await;
        let cookie = SessionCookie::parse(session.cookie_value.expose()).expect("a cookie");
        let (tenant, now, rng) = (bench.tenant.id.clone(), bench.clock.now(), bench.rng.clone());
        let row = SessionRow {
            cookie: SessionCookie::generate(now, &rng).0,
            user_id: alice.id.clone(),
            amr: Vec::new(),
            first_factor: FirstFactorKind::Password,
            device_id: None,
            factor: None,
            acr: "1".to_owned(),
            user_agent: String::new(),
            address: String::new(),
            opened_at: now,
            authenticated_at: now,
            expires_at: now,
        };
        bench
            .write(move |conn| {
                let of_another = SessionRow { user_id: UserId::generate(now, &rng), ..row.clone() };
                assert!(!session_store::renew_session(conn, &tenant, &cookie, &of_another)?);
                assert!(session_store::renew_session(conn, &tenant, &cookie, &row)?);
                assert!(
                    !session_store::renew_session(conn, &tenant, &cookie, &row)?,
                    "its secret is not that any more"
                );
                let renewed = SessionCookie { id: cookie.id.clone(), ..row.cookie.clone() };
                session_store::end_session(conn, &tenant, &cookie.id, now)?;
                assert!(!session_store::renew_session(conn, &tenant, &renewed, &row)?, "it has ended");
                Ok(())
            })
            .await;
    }
}

async fn sign_in_over(bench: &Bench, previous: &NewSession, username: &str) -> NewSession {
    let mut attempt = Bench::attempt(username, PASSWORD);
    attempt.previous_session = Some(previous.cookie_value.clone());
    session_of(bench.submit(attempt).await)
}

#[tokio::test]
async fn an_ended_session_is_refused_at_once_and_its_end_cannot_be_undone_by_a_use() {
    for bench in benches().await {
        bench.user("alice").await;
        let session = bench.sign_in("alice").await;
        bench.sign_in.touch(&bench.tenant.id, &session.id);
        bench.sign_in.end_session(&bench.tenant.id, &session.id).await.unwrap();
        bench.sign_in.flush_touches().await.unwrap();
        assert!(!bench.is_signed_in(&session).await, "{}", bench.name);
    }
}

#[tokio::test]
async fn a_session_of_one_tenant_cannot_be_ended_through_another() {
    for bench in benches().await {
        bench.user("alice").await;
        let session = bench.sign_in("alice").await;
        let other = bench.other_tenant().await;
        bench.sign_in.end_session(&other.id, &session.id).await.unwrap();
        assert!(bench.is_signed_in(&session).await, "{}", bench.name);
    }
}

#[tokio::test]
async fn disabling_a_user_ends_every_session_for_good() {
    for bench in benches().await {
        let alice = bench.user("alice").await;
        let bob = bench.user_of(&bench.tenant.id, draft("bob"), Some(PASSWORD)).await;
        let (hers, his) = (bench.sign_in("alice").await, bench.sign_in("bob").await);
        for status in [UserStatus::Disabled, UserStatus::Active] {
            let (tenant, id, now) = (bench.tenant.id.clone(), alice.id.clone(), bench.clock.now());
            assert!(bench.write(move |conn| user_store::set_status(conn, &tenant, &id, status, now)).await);
            assert!(!bench.is_signed_in(&hers).await, "{}: {status:?}", bench.name);
        }
        assert!(bench.is_signed_in(&his).await, "{}", bench.name);
        let tenant = bench.tenant.id.clone();
        let now = bench.clock.now();
        assert_eq!(bench.write(move |conn| session_store::end_sessions_of_user(conn, &tenant, &bob.id, now)).await, 1);
        assert!(!bench.is_signed_in(&his).await, "{}", bench.name);
    }
}

#[tokio::test]
async fn a_damaged_cookie_is_no_session() {
    for bench in benches().await {
        bench.user("alice").await;
        let session = bench.sign_in("alice").await;
        let value = session.cookie_value.expose();
        for damaged in
            ["", ".", "x", "ses_.", session.id.as_str(), &format!("{value}x"), &format!("{}.", session.id), &value[1..]]
        {
            let found = bench.sign_in.find_session(&bench.tenant, damaged).await.unwrap();
            assert_eq!(found, None, "{}: {damaged}", bench.name);
        }
    }
}

#[tokio::test]
async fn a_long_or_hostile_user_agent_is_stored_short_and_plain() {
    for bench in benches().await {
        bench.user("alice").await;
        let mut attempt = Bench::attempt("alice", PASSWORD);
        attempt.from.user_agent = format!("A\r\n\0{}", "ü".repeat(1000));
        let session = session_of(bench.submit(attempt).await);
        let found = bench.sign_in.find_session(&bench.tenant, session.cookie_value.expose()).await.unwrap().unwrap();
        assert_eq!(found.session.user_agent.chars().count(), 256);
        assert!(found.session.user_agent.starts_with("Aüü"));
    }
}

#[tokio::test]
async fn expired_sessions_are_swept_and_live_ones_stay() {
    for bench in benches().await {
        bench.user("alice").await;
        let old = bench.sign_in("alice").await;
        bench.advance(bench.tenant.settings.session_lifetime_seconds + 1);
        let NewSession { id: live, .. } = bench.sign_in("alice").await;
        let now = bench.clock.now();
        assert_eq!(bench.write(move |conn| session_store::delete_expired(conn, now, 100)).await, 1);
        assert_eq!(bench.write(move |conn| session_store::delete_expired(conn, now, 100)).await, 0);
        assert_ne!(old.id, live);
    }
}
