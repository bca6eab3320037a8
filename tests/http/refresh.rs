//! Refresh tokens: RFC 6749 §6, rotation and reuse detection as RFC 9700 §4.14.2 asks.

use std::time::Duration;

use futures_util::future::join_all;
use latchkey_testkit::{TestApp, both_backends};

both_backends! {
    async fn a_refresh_rotates_the_token_and_keeps_who_signed_in_when(app: TestApp) {
        let first = app.tokens("web", "alice", "openid profile").await;
        app.advance(Duration::from_secs(60));
        let second = app.refresh("web", &first.string("refresh_token")).await.ok();
        assert_eq!(second.header("cache-control"), "no-store");
        assert_ne!(second.string("refresh_token"), first.string("refresh_token"));
        assert_ne!(second.string("access_token"), first.string("access_token"));
        let before = app.verify_jwt(&first.string("id_token")).await;
        let after = app.verify_jwt(&second.string("id_token")).await;
        for claim in ["iss", "sub", "aud", "auth_time", "sid"] {
            assert_eq!(before[claim], after[claim], "{claim}");
        }
        assert!(after["nonce"].is_null());
        assert!(after["iat"].as_i64() > before["iat"].as_i64());
    }

    async fn a_lost_response_may_be_asked_for_again_and_gives_the_same_token(app: TestApp) {
        let first = app.tokens("web", "alice", "openid").await.string("refresh_token");
        let lost = app.refresh("web", &first).await.ok().string("refresh_token");
        app.advance(Duration::from_secs(29));
        let repeated = app.refresh("web", &first).await.ok().string("refresh_token");
        assert_eq!(lost, repeated);
        let _ = app.refresh("web", &repeated).await.ok();
    }

    async fn reuse_after_the_grace_window_revokes_the_family(app: TestApp) {
        let first = app.tokens("web", "alice", "openid").await.string("refresh_token");
        let second = app.refresh("web", &first).await.ok();
        app.advance(Duration::from_secs(31));
        app.refresh("web", &first).await.expect_error(400, "invalid_grant");
        app.refresh("web", &second.string("refresh_token")).await.expect_error(400, "invalid_grant");
        assert_eq!(app.userinfo(&second.string("access_token")).await.status, 401);
    }

    async fn reuse_at_a_client_without_a_secret_revokes_the_family_too(app: TestApp) {
        let first = app.tokens("spa", "alice", "openid offline_access").await.string("refresh_token");
        let second = app.refresh("spa", &first).await.ok();
        assert_ne!(second.string("refresh_token"), first);
        app.advance(Duration::from_secs(31));
        app.refresh("spa", &first).await.expect_error(400, "invalid_grant");
        app.refresh("spa", &second.string("refresh_token")).await.expect_error(400, "invalid_grant");
        assert_eq!(app.userinfo(&second.string("access_token")).await.status, 401);
    }

    async fn reuse_of_an_older_generation_revokes_at_once(app: TestApp) {
        let first = app.tokens("web", "alice", "openid").await.string("refresh_token");
        let second = app.refresh("web", &first).await.ok().string("refresh_token");
        let third = app.refresh("web", &second).await.ok().string("refresh_token");
        app.refresh("web", &first).await.expect_error(400, "invalid_grant");
        app.refresh("web", &third).await.expect_error(400, "invalid_grant");
    }

    async fn a_made_up_token_of_a_known_family_revokes_nothing(app: TestApp) {
        let real = app.tokens("web", "alice", "openid").await.string("refresh_token");
        let grant = real.split('.').next().expect("a grant id").to_owned();
        for generation in ["0", "1", "2", "99", "-1", "4294967296"] {
            let forged = format!("{grant}.{generation}.{}", "A".repeat(43));
            app.refresh("web", &forged).await.expect_error(400, "invalid_grant");
        }
        let _ = app.refresh("web", &real).await.ok();
    }

    async fn racing_refreshes_agree_on_one_token(app: TestApp) {
        let first = app.tokens("web", "alice", "openid").await.string("refresh_token");
        let answers = join_all((0..20).map(|_| app.refresh("web", &first))).await;
        let tokens: std::collections::BTreeSet<String> =
            answers.into_iter().map(|answer| answer.ok().string("refresh_token")).collect();
        assert_eq!(tokens.len(), 1);
    }

    async fn a_refresh_token_belongs_to_its_client(app: TestApp) {
        let token = app.tokens("web", "alice", "openid").await.string("refresh_token");
        app.refresh("web-post", &token).await.expect_error(400, "invalid_grant");
        let _ = app.refresh("web", &token).await.ok();
    }

    async fn the_scope_may_narrow_but_never_widen(app: TestApp) {
        let tokens = app.tokens("web", "alice", "openid profile orders:read").await;
        let fields = |scope: &str, token: &str| {
            [("grant_type", "refresh_token"), ("refresh_token", token), ("scope", scope)].map(|(n, v)| (n, v.to_owned())).into()
        };
        let wider = app.token("web", &fields("openid email", &tokens.string("refresh_token"))).await;
        wider.expect_error(400, "invalid_scope");
        let narrow = app.token("web", &fields("openid", &tokens.string("refresh_token"))).await.ok();
        assert_eq!(narrow.json["scope"], "openid");
        let full = app.refresh("web", &narrow.string("refresh_token")).await.ok();
        assert!(full.string("scope").contains("orders:read"), "narrowing one access token does not narrow the grant");
    }

    async fn without_offline_access_it_ends_with_the_session_and_with_it_it_does_not(app: TestApp) {
        let browser = app.browser();
        let online = app.sign_in_with(&browser, "alice", &app.authorization("web")).await;
        let online = app.redeem("web", online.code()).await.ok().string("refresh_token");
        let request = app.authorization("web").with("scope", "openid offline_access");
        let offline = app.sign_in_with(&browser, "alice", &request).await;
        let offline = app.redeem("web", offline.code()).await.ok().string("refresh_token");
        app.sign_out(&browser).await;
        app.refresh("web", &online).await.expect_error(400, "invalid_grant");
        let _ = app.refresh("web", &offline).await.ok();
    }

    async fn idle_and_absolute_life_times_end_it(app: TestApp) {
        const DAY: Duration = Duration::from_secs(24 * 3600);
        let mut token = app.tokens("web", "alice", "openid offline_access").await.string("refresh_token");
        for _ in 0..18 {
            app.advance(DAY * 20);
            token = app.refresh("web", &token).await.ok().string("refresh_token");
        }
        app.advance(DAY * 20);
        app.refresh("web", &token).await.expect_error(400, "invalid_grant");

        let idle = app.tokens("web", "bob", "openid offline_access").await.string("refresh_token");
        app.advance(DAY * 31);
        app.refresh("web", &idle).await.expect_error(400, "invalid_grant");
    }

    async fn offline_access_with_a_new_consent_gives_a_token_of_the_same_user(app: TestApp) {
        let browser = app.browser();
        let request = app.authorization("web").with("scope", "openid offline_access").with("prompt", "consent");
        let callback = app.sign_in_with(&browser, "alice", &request).await;
        let first = app.redeem("web", callback.code()).await.ok();
        assert!(first.string("scope").contains("offline_access"));
        app.advance(Duration::from_secs(3600));
        let second = app.refresh("web", &first.string("refresh_token")).await.ok();
        assert_eq!((second.header("cache-control"), second.header("content-type")), ("no-store", "application/json"));
        let [before, after] = [&first, &second].map(|answer| answer.string("access_token"));
        let (before, after) = (app.verify_jwt(&before).await, app.verify_jwt(&after).await);
        assert_eq!((&before["sub"], &before["client_id"]), (&after["sub"], &after["client_id"]));
        assert_ne!(before["jti"], after["jti"]);
        assert_eq!(app.userinfo(&second.string("access_token")).await.status, 200);
    }

    async fn a_client_that_is_not_registered_for_it_gets_none(app: TestApp) {
        let callback = app.sign_in("alice", &app.authorization("legacy").with("scope", "openid offline_access")).await;
        let tokens = app.redeem("legacy", callback.code()).await.ok();
        assert_eq!(tokens.json["refresh_token"], serde_json::Value::Null, "{}", tokens.text);
        let of_web = app.tokens("web", "alice", "openid").await.string("refresh_token");
        app.refresh("legacy", &of_web).await.expect_error(400, "unauthorized_client");
    }
}
