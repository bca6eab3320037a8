//! Rich authorization requests, RFC 9396.

use latchkey_testkit::{AuthorizationRequest, Callback, JsonAnswer, Landing, TestApp, both_backends};
use serde_json::{Value, json};

const NOTES: &str = "https://notes.res.test";
const BANK: &str = "https://pay.res.test/v1";

fn payment(amount: u32) -> Value {
    json!({"type": "payment", "amount": amount, "creditor": "Bob <b>& Sons</b>"})
}

fn request(app: &TestApp, scope: &str, details: &Value) -> AuthorizationRequest {
    app.authorization("res-web").with("scope", scope).with("authorization_details", &details.to_string())
}

async fn tokens(app: &TestApp, callback: &Callback) -> JsonAnswer {
    app.redeem("res-web", callback.code()).await.ok()
}

async fn refresh(app: &TestApp, tokens: &JsonAnswer, more: &[(&str, &str)]) -> JsonAnswer {
    let refresh_token = tokens.string("refresh_token");
    let mut fields = vec![("grant_type", "refresh_token"), ("refresh_token", refresh_token.as_str())];
    fields.extend_from_slice(more);
    app.post_as("res-web", "token", &fields).await
}

both_backends! {
    async fn what_was_allowed_in_detail_stands_in_the_tokens_and_in_introspection(app: TestApp) {
        let details = json!([payment(5)]);
        let callback = app.sign_in("alice", &request(&app, "openid notes:read", &details)).await;
        let tokens = tokens(&app, &callback).await;
        assert_eq!(tokens.json["authorization_details"], details);
        let access_token = tokens.string("access_token");
        let claims = app.verify_jwt(&access_token).await;
        assert_eq!((&claims["authorization_details"], &claims["aud"]), (&details, &json!([NOTES, BANK])));
        assert_eq!(app.introspect("res-bank", &access_token).await["authorization_details"], details);
        let at_notes = app.introspect("res-notes", &access_token).await;
        assert_eq!((&at_notes["active"], &at_notes["authorization_details"]), (&json!(true), &Value::Null));
    }

    async fn details_may_stand_without_a_scope(app: TestApp) {
        let details = json!([payment(5)]);
        let callback = app.sign_in("alice", &request(&app, "", &details).without("scope")).await;
        let claims = app.verify_jwt(&tokens(&app, &callback).await.string("access_token")).await;
        assert_eq!((&claims["authorization_details"], &claims["aud"]), (&details, &json!(BANK)));
    }

    async fn the_user_sees_each_member_and_is_asked_each_time(app: TestApp) {
        let browser = app.browser();
        let asked = request(&app, "openid", &json!([payment(7)]));
        let _ = app.sign_in_with(&browser, "alice", &asked).await;
        let Landing::Page(page) = browser.visit(&asked.url()).await else { panic!("nobody was asked") };
        assert!(page.is_consent(), "{}", page.url);
        for shown in ["Make one payment", "In Bank", "<dt dir=\"auto\">amount</dt><dd dir=\"auto\">7</dd>", "Bob &#60;b&#62;&#38; Sons"] {
            assert!(page.html.contains(shown), "{shown}: {}", page.html);
        }
        let silent = browser.visit(&asked.clone().with("prompt", "none").url()).await.callback();
        assert_eq!(silent.param("error"), "consent_required");
        let denied = browser.submit(&page, &[("decision", "deny")]).await.callback();
        assert_eq!(denied.param("error"), "access_denied");
        let plain = browser.visit(&app.authorization("res-web").with("scope", "openid").with("prompt", "none").url()).await;
        assert!(tokens(&app, &plain.callback()).await.json["authorization_details"].is_null());
    }

    async fn details_that_no_server_of_the_request_understands_are_refused(app: TestApp) {
        let browser = app.browser();
        let refused = async |details: &str| {
            let request = app.authorization("res-web").with("scope", "openid").with("authorization_details", details);
            browser.visit(&request.url()).await.callback().param("error").to_owned()
        };
        for wrong in [
            json!([payment(1001)]),
            json!([{"type": "payment", "amount": 1}]),
            json!([{"type": "payment", "amount": 1, "creditor": "b", "more": 5}]),
            json!([{"type": "unknown"}]),
            json!([payment(1), {"type": "payment"}]),
            json!({"type": "payment"}),
            json!([]),
        ] {
            assert_eq!(refused(&wrong.to_string()).await, "invalid_authorization_details", "{wrong}");
        }
        assert_eq!(refused("[{").await, "invalid_authorization_details");
        let elsewhere = request(&app, "openid", &json!([payment(1)])).with("resource", NOTES);
        assert_eq!(browser.visit(&elsewhere.url()).await.callback().param("error"), "invalid_authorization_details");
        let unregistered = app.authorization("web").with("authorization_details", &json!([payment(1)]).to_string());
        assert_eq!(browser.visit(&unregistered.url()).await.callback().param("error"), "invalid_authorization_details");
    }

    async fn a_refresh_keeps_the_details_and_may_ask_for_some_of_them_only(app: TestApp) {
        let granted = json!([payment(5), payment(6)]);
        let callback = app.sign_in("alice", &request(&app, "openid offline_access notes:read", &granted)).await;
        let first = tokens(&app, &callback).await;
        let beyond = json!([payment(4)]).to_string();
        refresh(&app, &first, &[("authorization_details", &beyond)]).await.expect_error(400, "invalid_authorization_details");
        let one = json!([payment(6)]);
        let narrower = refresh(&app, &first, &[("authorization_details", &one.to_string())]).await.ok();
        assert_eq!(narrower.json["authorization_details"], one);
        let elsewhere = refresh(&app, &narrower, &[("resource", NOTES)]).await.ok();
        assert!(elsewhere.json["authorization_details"].is_null(), "the notes have no business with payments");
        assert!(app.verify_jwt(&elsewhere.string("access_token")).await["authorization_details"].is_null());
        let whole = refresh(&app, &elsewhere, &[]).await.ok();
        assert_eq!(whole.json["authorization_details"], granted);
    }

    async fn a_machine_asks_in_detail_within_its_types(app: TestApp) {
        let ask = async |client: &str, details: Value| {
            let details = details.to_string();
            app.post_as(client, "token", &[("grant_type", "client_credentials"), ("authorization_details", &details)]).await
        };
        let answer = ask("res-machine", json!([payment(5)])).await.ok();
        assert_eq!(app.verify_jwt(&answer.string("access_token")).await["authorization_details"], json!([payment(5)]));
        ask("res-machine", json!([payment(5000)])).await.expect_error(400, "invalid_authorization_details");
        ask("res-bank", json!([payment(5)])).await.expect_error(400, "invalid_authorization_details");
    }

    async fn the_metadata_names_the_types(app: TestApp) {
        let metadata = app.get(&format!("{}/.well-known/openid-configuration", app.issuer())).await.ok();
        assert_eq!(metadata.json["authorization_details_types_supported"], json!(["payment"]));
        let other = app.get(&format!("{}/.well-known/openid-configuration", app.issuer_of("globex"))).await.ok();
        assert!(other.json["authorization_details_types_supported"].is_null());
    }
}
