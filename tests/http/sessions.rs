//! Sessions: their life times, their cookie, their end.

use std::time::Duration;

use latchkey_testkit::{TestApp, both_backends};

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

    async fn signing_in_again_makes_a_new_session_and_ends_the_old_one(app: TestApp) {
        let browser = app.browser();
        let first = app.sign_in_with(&browser, "alice", &app.authorization("web")).await;
        let first = app.redeem("web", first.code()).await.ok();
        let old = app.verify_jwt(&first.string("id_token")).await["sid"].clone();
        app.advance(Duration::from_secs(1));
        let again = app.sign_in_with(&browser, "bob", &app.authorization("web").with("prompt", "login")).await;
        let again = app.id_token("web", again.code()).await;
        assert_ne!(again["sid"], old);
        app.refresh("web", &first.string("refresh_token")).await.expect_error(400, "invalid_grant");
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
