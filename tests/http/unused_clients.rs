//! Clients that registered themselves and were never used are deleted after a while, and no others.

use std::time::Duration;

use latchkey_testkit::{JsonAnswer, TestApp, both_backends};
use serde_json::{Value, json};

const REDIRECT_URI: &str = "http://127.0.0.1:7000/callback";
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

fn open(app: &TestApp, more: &Value) {
    let mut policy = json!({ "mode": "open", "grant_types": ["authorization_code", "client_credentials"],
        "scope": "openid orders:read", "audiences": ["https://api.acme.test"] });
    policy.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
    app.set_settings(&json!({ "client_registration": policy }));
}

async fn registered(app: &TestApp, more: &Value) -> JsonAnswer {
    let mut metadata = json!({ "client_name": "Stranger", "redirect_uris": [REDIRECT_URI] });
    metadata.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
    let answer = app.register("acme", None, &metadata).await;
    assert_eq!(answer.status, 201, "{}", answer.text);
    answer
}

async fn is_there(app: &TestApp, client: &JsonAnswer) -> bool {
    let (uri, token) = (client.string("registration_client_uri"), client.string("registration_access_token"));
    app.get_with_token(&uri, &token).await.status == 200
}

/// As the job does every few minutes.
async fn clean(app: &TestApp) -> usize {
    app.services().oidc.registrations.delete_unused(app.time(), 500).await.expect("the database answers")
}

fn credentials(client: &JsonAnswer) -> (String, String) {
    (client.string("client_id"), client.string("client_secret"))
}

both_backends! {
    async fn a_client_that_never_got_a_token_is_deleted_after_thirty_days(app: TestApp) {
        open(&app, &json!({}));
        let (unused, late) = (registered(&app, &json!({})).await, { app.advance(DAY); registered(&app, &json!({})).await });
        app.advance(DAY * 29 - Duration::from_secs(1));
        assert_eq!(clean(&app).await, 0);
        assert!(is_there(&app, &unused).await);
        app.advance(Duration::from_secs(2));
        assert_eq!(clean(&app).await, 1);
        assert!(!is_there(&app, &unused).await && is_there(&app, &late).await);
        let page = app.browser().visit(&app.authorization(&unused.string("client_id")).url()).await.page();
        assert!(page.html.contains("unknown client_id"), "{}", page.html);
        assert_eq!(clean(&app).await, 0, "and nobody else");
        assert!(app.browser().visit(&app.authorization("web").url()).await.page().is_sign_in(), "an operator's client");
    }

    async fn a_client_that_was_used_once_stays_by_whichever_grant(app: TestApp) {
        open(&app, &json!({}));
        let by_user = registered(&app, &json!({})).await;
        let (client_id, secret) = credentials(&by_user);
        let code = app.sign_in("alice", &app.authorization(&client_id).with("scope", "openid")).await.code().to_owned();
        let body = app.code_fields(&code).iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&");
        let _ = app.token_raw(Some((&client_id, &secret)), &body).await.ok();
        // No grant and no user stands behind this one: only its tokens.
        let machine = registered(&app, &json!({ "grant_types": ["client_credentials"], "scope": "orders:read" })).await;
        let (client_id, secret) = credentials(&machine);
        let _ = app.token_raw(Some((&client_id, &secret)), "grant_type=client_credentials").await.ok();
        // Allowed, and its code never fetched: a user has to do with it.
        let allowed = registered(&app, &json!({})).await;
        let _ = app.sign_in("bob", &app.authorization(&allowed.string("client_id")).with("scope", "openid")).await;
        let refused = registered(&app, &json!({})).await;
        let (client_id, secret) = credentials(&refused);
        app.token_raw(Some((&client_id, &secret)), "grant_type=authorization_code&code=x&code_verifier=x").await.expect_error(400, "invalid_grant");
        app.advance(DAY * 400);
        assert_eq!(clean(&app).await, 1);
        for (client, stays) in [(&by_user, true), (&machine, true), (&allowed, true), (&refused, false)] {
            assert_eq!(is_there(&app, client).await, stays, "{}", client.text);
        }
    }

    async fn the_tenant_says_how_long_and_whether_at_all(app: TestApp) {
        open(&app, &json!({ "unused_clients_kept_days": 0 }));
        let client = registered(&app, &json!({})).await;
        app.advance(DAY * 4_000);
        assert_eq!(clean(&app).await, 0);
        open(&app, &json!({ "unused_clients_kept_days": 4_000 / 2 }));
        assert!(is_there(&app, &client).await);
        assert_eq!(clean(&app).await, 1);
        assert!(!is_there(&app, &client).await);
    }
}
