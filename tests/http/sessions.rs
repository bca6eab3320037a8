//! Sessions: their life times, their cookie, their end.

use std::time::Duration;

use latchkey_testkit::{Page, TestApp, both_backends};

const ALICE: [(&str, &str); 2] = [("login", "alice"), ("password", "wonderland-in-spring")];

/// The value of the session cookie that a page sets.
fn session_cookie(page: &Page) -> String {
    let cookies = page.headers.get_all("set-cookie").iter().map(|value| value.to_str().expect("text"));
    let pairs = cookies.filter_map(|cookie| cookie.split(';').next()?.split_once('='));
    let value = pairs.filter(|(name, _)| name.contains("session")).map(|(_, value)| value.to_owned()).next();
    value.expect("a session cookie")
}

both_backends! {
    async fn a_session_ends_when_idle_and_after_its_absolute_life(app: TestApp) {
        let silent = app.authorization("web").with("prompt", "none");
        let browser = app.browser();
        app.sign_in_with(&browser, "alice", &app.authorization("web")).await;
        app.advance(Duration::from_secs(11 * 3600));
        assert!(browser.visit(&silent.url()).await.callback().params.contains_key("code"));
        app.flush_sessions().await;
        app.advance(Duration::from_secs(11 * 3600));
        assert!(browser.visit(&silent.url()).await.callback().params.contains_key("code"), "use keeps it alive");
        app.flush_sessions().await;
        app.advance(Duration::from_secs(13 * 3600));
        assert_eq!(browser.visit(&silent.url()).await.callback().param("error"), "login_required");
    }

    async fn signing_in_as_another_makes_a_new_session_and_leaves_the_first(app: TestApp) {
        let browser = app.browser();
        let first = app.sign_in_with(&browser, "alice", &app.authorization("web")).await;
        let first = app.redeem("web", first.code()).await.ok();
        let old = app.verify_jwt(&first.string("id_token")).await["sid"].clone();
        app.advance(Duration::from_secs(1));
        let again = app.sign_in_with(&browser, "bob", &app.authorization("web").with("prompt", "login")).await;
        let again = app.id_token("web", again.code()).await;
        assert_ne!(again["sid"], old);
        assert_eq!(app.refresh("web", &first.string("refresh_token")).await.status, 200);
    }

    async fn the_same_user_signing_in_again_keeps_the_session_and_its_tokens_under_a_new_cookie(app: TestApp) {
        let browser = app.browser();
        let page = browser.visit(&app.authorization("web-post").url()).await.page();
        let signed_in = browser.submit_once(&page, &ALICE).await;
        let old_cookie = session_cookie(&signed_in);
        let first = browser.follow(signed_in).await.callback();
        let first = app.redeem("web-post", first.code()).await.ok();
        let before = app.verify_jwt(&first.string("id_token")).await;

        app.advance(Duration::from_secs(60));
        let again = app.authorization("web-post").with("prompt", "login");
        let page = browser.visit(&again.url()).await.page();
        let signed_in = browser.submit_once(&page, &ALICE).await;
        let new_cookie = session_cookie(&signed_in);
        let second = browser.follow(signed_in).await.callback();
        let after = app.id_token("web-post", second.code()).await;
        assert_eq!(after["sid"], before["sid"]);
        assert!(after["auth_time"].as_i64() > before["auth_time"].as_i64());

        let silent = app.authorization("web-post").with("prompt", "none");
        for (cookie, part) in [(&old_cookie, "error=login_required"), (&new_cookie, "code=")] {
            let page = app.get_with_session_cookie(&silent.url(), cookie).await;
            let location = page.headers["location"].to_str().expect("text");
            assert!(location.contains(part), "{location}");
        }
        assert_eq!(app.userinfo(&first.string("access_token")).await.status, 200);
        let refreshed = app.refresh("web-post", &first.string("refresh_token")).await.ok();
        let id_token = app.verify_jwt(&refreshed.string("id_token")).await;
        assert_eq!(id_token["auth_time"], before["auth_time"], "a refresh does not move it");
    }

    async fn a_shortened_session_life_ends_the_tokens_of_sessions_opened_before(app: TestApp) {
        let online = app.tokens("web", "alice", "openid").await;
        let offline = app.tokens("web", "alice", "openid offline_access").await;
        app.advance(Duration::from_secs(120));
        app.apply(
            "version: 1\ntenants:\n  - slug: acme\n    name: Acme Corporation\n    settings:\n      \
             session_lifetime_seconds: 120\n      session_idle_seconds: 60\n",
        );
        assert_eq!(app.userinfo(&online.string("access_token")).await.status, 401);
        assert_eq!(app.introspect("web", &online.string("access_token")).await["active"], false);
        assert_eq!(app.introspect("web", &online.string("refresh_token")).await["active"], false);
        app.refresh("web", &online.string("refresh_token")).await.expect_error(400, "invalid_grant");
        assert_eq!(app.userinfo(&offline.string("access_token")).await.status, 200);
        assert_eq!(app.refresh("web", &offline.string("refresh_token")).await.status, 200);
    }

    async fn refreshing_keeps_the_refresh_token_alive_but_not_the_browsers_session(app: TestApp) {
        let browser = app.browser();
        let used = app.sign_in_with(&browser, "alice", &app.authorization("web")).await;
        let used = app.redeem("web", used.code()).await.ok();
        let unused = app.tokens("web", "alice", "openid").await;
        app.advance(Duration::from_secs(11 * 3600));
        let used = app.refresh("web", &used.string("refresh_token")).await.ok();
        app.advance(Duration::from_secs(2 * 3600));
        app.refresh("web", &unused.string("refresh_token")).await.expect_error(400, "invalid_grant");
        let silent = browser.visit(&app.authorization("web").with("prompt", "none").url()).await.callback();
        assert_eq!(silent.param("error"), "login_required");
        assert_eq!(app.refresh("web", &used.string("refresh_token")).await.status, 200);
    }

    async fn a_cookie_that_was_tampered_with_is_no_session(app: TestApp) {
        let silent = app.authorization("web").with("prompt", "none");
        for value in ["", "x", "ses_00000000000000000000000000000000.AAAA", "..", "%00", "a.b.c"] {
            let page = app.get_with_session_cookie(&silent.url(), value).await;
            assert!((300..500).contains(&page.status), "{value}: {}", page.status);
            let location = page.headers["location"].to_str().expect("text");
            assert!(location.contains("error=login_required"), "{value}: {location}");
        }
    }

    async fn a_disabled_user_has_no_session_and_no_tokens(app: TestApp) {
        let browser = app.browser();
        let callback = app.sign_in_with(&browser, "alice", &app.authorization("web").with("scope", "openid offline_access")).await;
        let tokens = app.redeem("web", callback.code()).await.ok();
        app.disable_user("alice").await;
        assert_eq!(app.userinfo(&tokens.string("access_token")).await.status, 401);
        app.refresh("web", &tokens.string("refresh_token")).await.expect_error(400, "invalid_grant");
        let silent = browser.visit(&app.authorization("web").with("prompt", "none").url()).await.callback();
        assert_eq!(silent.param("error"), "login_required");
    }

    async fn a_suspended_tenant_stops_everything(app: TestApp) {
        let tokens = app.tokens("web", "alice", "openid offline_access").await;
        app.suspend_tenant("acme").await;
        for status in [
            app.userinfo(&tokens.string("access_token")).await.status,
            app.refresh("web", &tokens.string("refresh_token")).await.status,
            app.client_credentials("machine", "orders:read").await.status,
            app.browser().get(&app.authorization("web").url()).await.status,
        ] {
            assert!((400..500).contains(&status), "{status}");
        }
    }
}
