//! Each metric moves with what it counts, and with nothing else.

use std::time::Duration;

use latchkey_testkit::{Landing, OwnRedis, TestApp, both_backends};

/// Whole numbers only; `None` while there is no such series.
fn value(app: &TestApp, series: &str) -> Option<u64> {
    let text = app.services().metrics.render();
    text.lines().find_map(|line| line.strip_prefix(series)?.strip_prefix(' ')?.parse().ok())
}

#[track_caller]
fn expect(app: &TestApp, expected: &[(&str, u64)]) {
    for (series, count) in expected {
        let series = format!("latchkey_{series}");
        assert_eq!(value(app, &series), Some(*count), "{series} in {}", app.services().metrics.render());
    }
}

async fn try_password(app: &TestApp, login: &str, password: &str) -> u16 {
    let browser = app.browser();
    let page = browser.visit(&app.authorization("web").url()).await.page();
    browser.submit_once(&page, &[("login", login), ("password", password)]).await.status
}

both_backends! {
    async fn sign_ins_and_consents_are_counted_by_how_they_end(app: TestApp) {
        expect(&app, &[(r#"sign_ins_total{outcome="success"}"#, 0), ("sessions_started_total", 0)]);
        let _ = app.sign_in("alice", &app.authorization("web")).await;
        expect(&app, &[
            (r#"sign_ins_total{outcome="success"}"#, 1),
            (r#"sign_ins_total{outcome="wrong_credentials"}"#, 0),
            ("sessions_started_total", 1),
            (r#"consents_total{decision="allowed"}"#, 1),
            ("password_hash_duration_seconds_count", 1),
            ("password_hashes_waiting", 0),
            (r#"http_requests_total{endpoint="/t/{tenant}/sign-in",method="POST",status="303"}"#, 1),
        ]);

        let browser = app.browser();
        let page = browser.visit(&app.authorization("web").url()).await.page();
        let consent = browser.submit(&page, &[("login", "bob"), ("password", "builder-in-autumn")]).await.page();
        let Landing::Callback(denied) = browser.submit(&consent, &[("decision", "deny")]).await else { panic!("no answer") };
        assert_eq!(denied.param("error"), "access_denied");
        expect(&app, &[
            (r#"consents_total{decision="allowed"}"#, 1),
            (r#"consents_total{decision="denied"}"#, 1),
            (r#"oauth_errors_total{endpoint="authorize",error="access_denied"}"#, 1),
        ]);

        app.disable_user("bob").await;
        let wrong = try_password(&app, "alice", "wrong").await;
        assert_eq!(try_password(&app, "bob", "builder-in-autumn").await, wrong);
        expect(&app, &[(r#"sign_ins_total{outcome="wrong_credentials"}"#, 2), ("sessions_started_total", 2)]);
        // Not even here may it show that the password was right.
        assert_eq!(value(&app, r#"latchkey_sign_ins_total{outcome="disabled"}"#), None);
    }

    async fn a_throttled_sign_in_is_counted_as_that_alone(app: TestApp) {
        app.set_sign_in_limits(2, 1000).await;
        for expected in [422, 422, 429] {
            assert_eq!(try_password(&app, "nobody", "wrong").await, expected);
        }
        expect(&app, &[
            (r#"sign_ins_total{outcome="wrong_credentials"}"#, 2),
            (r#"sign_ins_total{outcome="throttled"}"#, 1),
            (r#"throttled_total{rule="sign_in"}"#, 1),
        ]);
    }

    async fn tokens_errors_and_keys_are_counted(app: TestApp) {
        expect(&app, &[("signing_keys_generated_total", 0), ("refresh_token_reuse_total", 0)]);
        let first = app.tokens("web", "alice", "openid offline_access").await.string("refresh_token");
        // One for ID tokens, one for access tokens.
        expect(&app, &[
            (r#"tokens_issued_total{grant_type="authorization_code"}"#, 1),
            ("signing_keys_generated_total", 2),
        ]);
        let second = app.refresh("web", &first).await.ok().string("refresh_token");
        let _ = app.refresh("web", &second).await.ok();
        let _ = app.client_credentials("machine", "orders:read").await.ok();
        expect(&app, &[
            (r#"tokens_issued_total{grant_type="refresh_token"}"#, 2),
            (r#"tokens_issued_total{grant_type="client_credentials"}"#, 1),
            ("signing_keys_generated_total", 2),
            ("refresh_token_reuse_total", 0),
        ]);

        app.advance(Duration::from_secs(31));
        app.refresh("web", &first).await.expect_error(400, "invalid_grant");
        assert_eq!(app.userinfo("made-up").await.status, 401);
        expect(&app, &[
            ("refresh_token_reuse_total", 1),
            (r#"oauth_errors_total{endpoint="token",error="invalid_grant"}"#, 1),
            (r#"oauth_errors_total{endpoint="userinfo",error="invalid_token"}"#, 1),
            (r#"tokens_issued_total{grant_type="refresh_token"}"#, 2),
        ]);
    }
}

#[actix_web::test]
async fn operations_of_a_redis_that_is_away_are_counted() {
    let mut redis = OwnRedis::start();
    let app = TestApp::builder().redis(redis.url()).spawn().await;
    let _ = app.sign_in("alice", &app.authorization("web")).await;
    expect(&app, &[("cache_errors_total", 0)]);
    redis.stop();
    assert_eq!(app.browser().get(&app.authorization("web").url()).await.status, 503);
    assert!(value(&app, "latchkey_cache_errors_total").is_some_and(|count| count > 0));
}
