//! Userinfo: OpenID Connect Core §5.3, RFC 6750.

use std::time::Duration;

use latchkey_testkit::{TestApp, both_backends};
use serde_json::Value;

async fn claims(app: &TestApp, scope: &str) -> Value {
    let tokens = app.tokens("web", "alice", scope).await;
    app.userinfo(&tokens.string("access_token")).await.ok().json
}

/// OpenID Connect Core §5.1: `YYYY`, `YYYY-MM-DD` or `0000-MM-DD`.
fn is_birthdate(text: &str) -> bool {
    let shape: String = text.chars().map(|c| if c.is_ascii_digit() { '9' } else { c }).collect();
    shape == "9999" || shape == "9999-99-99"
}

both_backends! {
    async fn every_standard_claim_has_its_type_and_a_plausible_value(app: TestApp) {
        let tokens = app.tokens("web", "alice", "openid profile email address phone").await;
        let answer = app.userinfo(&tokens.string("access_token")).await.ok();
        assert_eq!(answer.header("content-type"), "application/json");
        let claims = answer.json.as_object().expect("claims");
        let names: Vec<&str> = claims.keys().map(String::as_str).collect();
        assert_eq!(names, [
            "address", "birthdate", "email", "email_verified", "family_name", "gender", "given_name", "locale", "middle_name", "name",
            "nickname", "phone_number", "phone_number_verified", "picture", "preferred_username", "profile", "sub", "updated_at",
            "website", "zoneinfo",
        ]);
        let is_text = |value: &Value| value.as_str().is_some_and(|text| !text.trim().is_empty() && text != "null");
        for (name, value) in claims {
            match name.as_str() {
                "email_verified" | "phone_number_verified" => assert!(value.is_boolean(), "{name}: {value}"),
                "updated_at" => assert!(value.as_i64().is_some_and(|at| (app.now() - 86_400..=app.now()).contains(&at)), "{value}"),
                "address" => assert!(value.as_object().is_some_and(|parts| parts.len() == 6 && parts.values().all(is_text)), "{value}"),
                "birthdate" => assert!(value.as_str().is_some_and(is_birthdate), "{value}"),
                "picture" | "profile" | "website" => assert!(value.as_str().is_some_and(|url| url.starts_with("https://")), "{value}"),
                _ => assert!(is_text(value), "{name}: {value}"),
            }
        }
        assert_eq!(answer.json["sub"], app.verify_jwt(&tokens.string("id_token")).await["sub"]);
    }

    async fn what_a_user_does_not_have_is_absent_and_never_null(app: TestApp) {
        let tokens = app.tokens("web", "bob", "openid profile email address phone").await;
        let claims = app.userinfo(&tokens.string("access_token")).await.ok().json;
        let names: Vec<&str> = claims.as_object().expect("claims").keys().map(String::as_str).collect();
        assert_eq!(names, ["email", "email_verified", "name", "preferred_username", "sub", "updated_at"]);
        assert!(claims.as_object().expect("claims").values().all(|value| !value.is_null()));
    }

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
        assert_eq!(app.post_form(&format!("{url}?access_token={token}"), &[("x", "y")]).await.status, 401);

        let bearer = format!("Bearer {token}");
        let header = [("authorization", bearer.as_str())];
        let by_get = app.userinfo(&token).await.ok();
        for fields in [&[][..], &[("extra", "foobar")]] {
            assert_eq!(app.send(("POST", &url), &header, fields).await.ok().json, by_get.json);
        }
        let twice = app.send(("POST", &url), &header, &[("access_token", &token)]).await;
        twice.expect_error(400, "invalid_request");
        let lower = app.send(("GET", &url), &[("authorization", &format!("bearer {token}"))], &[]).await.ok();
        assert_eq!(lower.json, by_get.json);
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
