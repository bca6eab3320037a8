//! A store goes away: 503 with `Retry-After`, readiness names it, and Redis heals without a restart.

use std::time::Duration;

use latchkey_testkit::{Backend, OwnRedis, TestApp};

#[actix_web::test]
async fn without_redis_what_needs_it_is_503_and_it_heals_by_itself() {
    let mut redis = OwnRedis::start();
    let app = TestApp::builder().redis(redis.url()).spawn().await;
    let tokens = app.tokens("web", "alice", "openid").await;
    redis.stop();

    let authorize = app.browser().get(&app.authorization("web").url()).await;
    assert_eq!(authorize.status, 503);
    assert!(authorize.headers.contains_key("retry-after"));
    let redeemed = app.redeem("web", "grt_00000000000000000000000000000000.AAAA").await;
    assert!(redeemed.status == 503 || redeemed.status == 400, "{}", redeemed.text);
    let ready = app.get(&format!("{}/health/ready", app.origin())).await;
    assert_eq!(ready.status, 503);
    assert!(ready.text.contains("cache"), "{}", ready.text);
    // What stands in the database needs no Redis.
    assert_eq!(app.userinfo(&tokens.string("access_token")).await.status, 200);
    let _ = app.refresh("web", &tokens.string("refresh_token")).await.ok();

    redis.start_again();
    let healed = async {
        let mut pause = tokio::time::interval(Duration::from_millis(100));
        while app.browser().get(&app.authorization("web").url()).await.status == 503 {
            pause.tick().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), healed).await.expect("heals without a restart");
    let callback = app.sign_in("alice", &app.authorization("web")).await;
    let _ = app.redeem("web", callback.code()).await.ok();
}

#[actix_web::test]
async fn without_the_database_the_node_lives_but_is_not_ready_and_says_why() {
    let app = TestApp::spawn(Backend::Production).await;
    let tokens = app.tokens("web", "alice", "openid").await;
    let ready = app.get(&format!("{}/health/ready", app.origin())).await;
    assert_eq!(ready.status, 200, "{}", ready.text);
    app.drop_database();

    let ready = app.get(&format!("{}/health/ready", app.origin())).await;
    assert_eq!(ready.status, 503);
    assert_eq!((&ready.json["database"], &ready.json["cache"]), (&"down".into(), &"up".into()), "{}", ready.text);
    assert_eq!(ready.json["status"], "unavailable");
    assert_eq!(app.get(&format!("{}/health/live", app.origin())).await.status, 200);
    let refreshed = app.refresh("web", &tokens.string("refresh_token")).await;
    refreshed.expect_error(503, "temporarily_unavailable");
    assert!(refreshed.headers.contains_key("retry-after"));
}
