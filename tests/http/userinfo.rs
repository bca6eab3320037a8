//! Userinfo: OpenID Connect Core §5.3, RFC 6750.

use std::time::Duration;

use latchkey_testkit::{TestApp, both_backends};
use serde_json::Value;

async fn claims(app: &TestApp, scope: &str) -> Value {
    let tokens = app.tokens("web", "alice", scope).await;
    app.userinfo(&tokens.string("access_token")).await.ok().json
}

both_backends! {
    async fn each_scope_gives_its_claims_with_their_types_and_no_others(app: TestApp) {
        let profile = claims(&app, "openid profile").await;
        for name in [
            "name", "given_name", "family_name", "middle_name", "nickname", "preferred_username", "profile", "picture",
            "website", "gender", "birthdate", "zoneinfo", "locale",
        ] {
            assert!(profile[name].as_str().is_some_and(|text| !text.is_empty()), "{name}: {}", profile[name]);
        }
        assert!(profile["updated_at"].is_i64());
        assert!(profile["email"].is_null());

        let email = claims(&app, "openid email").await;
        assert_eq!((&email["email"], &email["email_verified"]), (&"alice@acme.test".into(), &true.into()));
        assert!(email["name"].is_null());

        let address = claims(&app, "openid address").await;
        assert_eq!(address["address"]["country"], "GB");
        let phone = claims(&app, "openid phone").await;
        assert_eq!(phone["phone_number_verified"], true);
    }

    async fn a_single_claim_may_be_asked_for(app: TestApp) {
        let request = app
            .authorization("web")
            .with("scope", "openid")
            .with("claims", r#"{"userinfo":{"name":{"essential":true},"no_such":null},"id_token":{"email":null}}"#);
        let callback = app.sign_in("alice", &request).await;
        let tokens = app.redeem("web", callback.code()).await.ok();
        let userinfo = app.userinfo(&tokens.string("access_token")).await.ok().json;
        assert_eq!(userinfo["name"], "Alice Liddell");
        assert!(userinfo["email"].is_null());
        let id_token = app.verify_jwt(&tokens.string("id_token")).await;
        assert_eq!(id_token["email"], "alice@acme.test");
        assert!(id_token["name"].is_null());
    }

    async fn the_token_may_come_in_the_header_or_a_posted_body_but_not_in_the_query(app: TestApp) {
        let token = app.tokens("web", "alice", "openid").await.string("access_token");
        let url = format!("{}/oauth2/userinfo", app.issuer());
        assert_eq!(app.post_form(&url, &[("access_token", &token)]).await.status, 200);
        assert_eq!(app.get(&format!("{url}?access_token={token}")).await.status, 401);
    }

    async fn what_is_wrong_with_a_token_is_said_as_rfc_6750_says_it(app: TestApp) {
        let url = format!("{}/oauth2/userinfo", app.issuer());
        let none = app.get(&url).await;
        assert_eq!(none.status, 401);
        assert!(!none.header("www-authenticate").contains("error="), "no error code when there was no token");
        let bad = app.userinfo("not-a-token").await;
        assert_eq!(bad.status, 401);
        assert!(bad.header("www-authenticate").contains("error=\"invalid_token\""));
        let machine = app.client_credentials("machine", "orders:read").await.ok().string("access_token");
        let answer = app.userinfo(&machine).await;
        assert_eq!(answer.status, 403, "{}", answer.text);
        assert!(answer.header("www-authenticate").contains("insufficient_scope"));
    }

    async fn an_expired_token_and_an_id_token_are_refused(app: TestApp) {
        let tokens = app.tokens("web", "alice", "openid").await;
        assert_eq!(app.userinfo(&tokens.string("id_token")).await.status, 401);
        app.advance(Duration::from_secs(301));
        assert_eq!(app.userinfo(&tokens.string("access_token")).await.status, 401);
    }
}
