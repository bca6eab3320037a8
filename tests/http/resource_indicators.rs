//! Resource indicators, RFC 8707.

use latchkey_testkit::{JsonAnswer, TestApp, both_backends};
use serde_json::{Value, json};

const NOTES: &str = "https://notes.res.test";
const BANK: &str = "https://pay.res.test/v1";
const ALL: &str = "openid offline_access notes:read notes:write pay:read";

/// A sign-in of `res-web` that names resources; the code.
async fn code(app: &TestApp, scope: &str, resources: &[&str]) -> String {
    let url = authorization_url(app, scope, resources);
    app.sign_in_at(&app.browser(), &url, "alice").await.code().to_owned()
}

fn authorization_url(app: &TestApp, scope: &str, resources: &[&str]) -> String {
    format!("{}{}", app.authorization("res-web").with("scope", scope).url(), named(resources))
}

fn named(resources: &[&str]) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    resources.iter().for_each(|resource| {
        query.append_pair("resource", resource);
    });
    let query = query.finish();
    if query.is_empty() { query } else { format!("&{query}") }
}

async fn token(app: &TestApp, client: &str, fields: &[(&str, &str)], resources: &[&str]) -> JsonAnswer {
    let fields = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    let basic = Some((client, "res-secret-0123456789-0123456789-0123456789"));
    app.token_raw(basic, &format!("{fields}{}", named(resources))).await
}

async fn redeem(app: &TestApp, code: &str, resources: &[&str]) -> JsonAnswer {
    let fields = app.code_fields(code);
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    token(app, "res-web", &fields, resources).await
}

async fn refresh(app: &TestApp, tokens: &JsonAnswer, resources: &[&str]) -> JsonAnswer {
    let refresh_token = tokens.string("refresh_token");
    let fields = [("grant_type", "refresh_token"), ("refresh_token", &refresh_token)];
    token(app, "res-web", &fields, resources).await
}

async fn audience(app: &TestApp, tokens: &JsonAnswer) -> Value {
    app.verify_jwt(&tokens.string("access_token")).await["aud"].clone()
}

both_backends! {
    async fn without_a_resource_a_token_is_for_every_server_of_its_scope(app: TestApp) {
        let tokens = redeem(&app, &code(&app, ALL, &[]).await, &[]).await.ok();
        assert_eq!(audience(&app, &tokens).await, json!([NOTES, BANK]));
        assert_eq!(tokens.json["scope"], "notes:read notes:write offline_access openid pay:read");
    }

    async fn a_named_resource_limits_the_grant_to_what_that_server_defines(app: TestApp) {
        let tokens = redeem(&app, &code(&app, ALL, &[NOTES]).await, &[]).await.ok();
        assert_eq!(audience(&app, &tokens).await, NOTES);
        assert_eq!(tokens.json["scope"], "notes:read notes:write offline_access openid");
        refresh(&app, &tokens, &[BANK]).await.expect_error(400, "invalid_target");
        let again = refresh(&app, &tokens, &[NOTES]).await.ok();
        assert_eq!((audience(&app, &again).await, again.json["scope"].clone()), (json!(NOTES), json!("notes:read notes:write")));
    }

    async fn the_token_endpoint_narrows_to_some_of_what_was_granted(app: TestApp) {
        let tokens = redeem(&app, &code(&app, ALL, &[BANK, NOTES, BANK]).await, &[BANK]).await.ok();
        assert_eq!(audience(&app, &tokens).await, BANK);
        assert_eq!(tokens.json["scope"], "pay:read");
        assert_eq!(app.verify_jwt(&tokens.string("access_token")).await["scope"], "pay:read");
        assert!(tokens.json["id_token"].is_string(), "the user signed in all the same");
        assert_eq!(app.userinfo(&tokens.string("access_token")).await.status, 403, "it is for the bank alone");

        let both = refresh(&app, &tokens, &[NOTES, BANK]).await.ok();
        assert_eq!(audience(&app, &both).await, json!([NOTES, BANK]));
        assert_eq!(both.json["scope"], "notes:read notes:write pay:read");
        let whole = refresh(&app, &both, &[]).await.ok();
        assert!(whole.json["scope"].as_str().is_some_and(|scope| scope.contains("openid")), "{}", whole.text);
        assert_eq!(app.introspect("res-bank", &tokens.string("access_token")).await["aud"], json!([BANK]));
        assert_eq!(app.introspect("res-notes", &tokens.string("access_token")).await["active"], false);
    }

    async fn a_resource_without_a_scope_of_its_own_is_an_audience_all_the_same(app: TestApp) {
        let tokens = redeem(&app, &code(&app, "openid", &[NOTES]).await, &[]).await.ok();
        assert_eq!(audience(&app, &tokens).await, NOTES);
        assert_eq!(tokens.json["scope"], "openid");
    }

    async fn a_resource_that_is_none_or_not_for_the_client_is_an_invalid_target(app: TestApp) {
        let browser = app.browser();
        let wrong = ["https://api.acme.test", "https://nowhere.test", "notes", "https://notes.res.test/",
            "HTTPS://notes.res.test", "https://notes.res.test#x"];
        for resource in wrong {
            let landing = browser.visit(&authorization_url(&app, ALL, &[NOTES, resource])).await.callback();
            assert_eq!(landing.param("error"), "invalid_target", "{resource}");
            let machine = token(&app, "res-machine", &[("grant_type", "client_credentials")], &[resource]).await;
            machine.expect_error(400, "invalid_target");
        }
        let code = code(&app, ALL, &[NOTES]).await;
        redeem(&app, &code, &["https://nowhere.test"]).await.expect_error(400, "invalid_target");
        let _ = redeem(&app, &code, &[NOTES]).await.ok();
    }

    async fn a_refused_resource_costs_no_refresh_token(app: TestApp) {
        let tokens = redeem(&app, &code(&app, ALL, &[NOTES]).await, &[]).await.ok();
        refresh(&app, &tokens, &[BANK]).await.expect_error(400, "invalid_target");
        let next = refresh(&app, &tokens, &[]).await.ok();
        assert_eq!(audience(&app, &next).await, NOTES);
        redeem(&app, &code(&app, ALL, &[NOTES]).await, &[BANK]).await.expect_error(400, "invalid_target");
    }

    async fn a_machine_names_its_resources(app: TestApp) {
        let machine = async |resources: &[&str]| token(&app, "res-machine", &[("grant_type", "client_credentials")], resources).await.ok();
        let one = machine(&[BANK]).await;
        assert_eq!((audience(&app, &one).await, &one.json["scope"]), (json!(BANK), &json!("pay:read")));
        let two = machine(&[BANK, NOTES]).await;
        assert_eq!((audience(&app, &two).await, &two.json["scope"]), (json!([NOTES, BANK]), &json!("notes:read pay:read")));
    }

    async fn resources_survive_a_pushed_request_and_nothing_else_may_repeat(app: TestApp) {
        let request = app.authorization("res-web").with("scope", ALL);
        let body = format!("{}{}", request.without("client_id").encoded(), named(&[NOTES, BANK]));
        let basic = Some(("res-web", "res-secret-0123456789-0123456789-0123456789"));
        let par = format!("{}/oauth2/par", app.issuer());
        let request_uri = app.post_raw(&par, basic, &body).await.string("request_uri");
        let url = format!("{}/oauth2/authorize?client_id=res-web&request_uri={request_uri}", app.issuer());
        let callback = app.sign_in_at(&app.browser(), &url, "alice").await;
        let tokens = redeem(&app, callback.code(), &[]).await.ok();
        assert_eq!(audience(&app, &tokens).await, json!([NOTES, BANK]));

        app.post_raw(&par, basic, &format!("{body}&resource=https%3A%2F%2Fnowhere.test")).await.expect_error(400, "invalid_target");
        app.post_raw(&par, basic, &format!("{body}&scope=openid")).await.expect_error(400, "invalid_request");
    }
}
