//! Global Token Revocation, draft-parecki-oauth-global-token-revocation.

use std::time::Duration;

use latchkey_testkit::{ClientKey, JsonAnswer, TestApp, both_backends};
use serde_json::{Value, json};

use crate::device;

const TOOL: &str = "watch-tool";
const SECRET: &str = "watch-secret-0123456789-0123456789-0123456789";

fn endpoint(app: &TestApp) -> String {
    format!("{}/oauth2/global-token-revocation", app.issuer())
}

async fn revoke_as(app: &TestApp, client: &str, sub_id: Value) -> JsonAnswer {
    app.post_json(&endpoint(app), Some((client, SECRET)), &json!({ "sub_id": sub_id })).await
}

pub(crate) async fn revoke(app: &TestApp, sub_id: Value) -> JsonAnswer {
    revoke_as(app, TOOL, sub_id).await
}

/// The `sub` of a user for clients that are not pairwise.
async fn sub(app: &TestApp, login: &str) -> String {
    let tokens = app.tokens("web", login, "openid").await;
    app.verify_jwt(&tokens.string("id_token")).await["sub"].as_str().expect("a sub").to_owned()
}

/// A client with the power, or one without, besides the tool of the fixture.
fn add_tool(app: &TestApp, id: &str, more: &Value) {
    let mut client = json!({
        "client_id": id, "name": "Watch", "secret": SECRET, "redirect_uris": ["http://127.0.0.1/callback"],
        "grant_types": ["authorization_code"], "consent": "implied", "scope": "openid",
    });
    client.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
    app.add_clients(&[client]);
}

both_backends! {
    async fn everything_that_a_user_is_signed_in_to_ends_at_once(app: TestApp) {
        let browser = app.browser();
        let request = app.authorization("web").with("scope", "openid offline_access");
        let callback = app.sign_in_with(&browser, "alice", &request).await;
        let tokens = app.redeem("web", callback.code()).await.ok();
        let waiting = app.sign_in_with(&browser, "alice", &request).await;
        let codes = device::begin(&app, "dev-tv", "openid offline_access").await;
        device::approve(&app, &browser, &codes.user_code).await;
        let bob = app.tokens("web", "bob", "openid offline_access").await;

        let answer = revoke(&app, json!({"format": "email", "email": "ALICE@acme.test"})).await;
        assert_eq!((answer.status, answer.text.as_str(), answer.header("cache-control")), (204, "", "no-store"));

        assert_eq!(app.userinfo(&tokens.string("access_token")).await.status, 401);
        app.refresh("web", &tokens.string("refresh_token")).await.expect_error(400, "invalid_grant");
        app.redeem("web", waiting.code()).await.expect_error(400, "invalid_grant");
        device::poll(&app, "dev-tv", &codes.device_code).await.expect_error(400, "invalid_grant");
        let silent = browser.visit(&request.clone().with("prompt", "none").url()).await.callback();
        assert_eq!(silent.param("error"), "login_required");
        // Nobody else is bothered, and alice may sign in again at once.
        let _ = app.refresh("web", &bob.string("refresh_token")).await.ok();
        let again = app.tokens("web", "alice", "openid offline_access").await;
        let _ = app.refresh("web", &again.string("refresh_token")).await.ok();
    }

    async fn a_user_is_named_by_email_by_opaque_id_or_by_issuer_and_subject(app: TestApp) {
        let alice = sub(&app, "alice").await;
        for sub_id in [
            json!({"format": "opaque", "id": alice}),
            json!({"format": "iss_sub", "iss": app.issuer(), "sub": alice}),
            json!({"format": "email", "email": "alice@acme.test"}),
        ] {
            let tokens = app.tokens("web", "alice", "openid").await;
            assert_eq!(revoke(&app, sub_id.clone()).await.status, 204, "{sub_id}");
            assert_eq!(app.userinfo(&tokens.string("access_token")).await.status, 401, "{sub_id}");
            // Once more does no harm.
            assert_eq!(revoke(&app, sub_id.clone()).await.status, 204, "{sub_id}");
        }
        app.disable_user("alice").await;
        assert_eq!(revoke(&app, json!({"format": "opaque", "id": alice})).await.status, 204);
    }

    async fn whoever_is_unknown_is_404(app: TestApp) {
        let tokens = app.tokens("web", "alice", "openid").await;
        let alice = sub(&app, "alice").await;
        for sub_id in [
            json!({"format": "email", "email": "nobody@acme.test"}),
            json!({"format": "email", "email": "alice"}),
            json!({"format": "opaque", "id": "alice"}),
            json!({"format": "opaque", "id": "usr_0123456789abcdef0123456789abcdef"}),
            json!({"format": "iss_sub", "iss": app.issuer_of("globex"), "sub": alice}),
            json!({"format": "iss_sub", "iss": format!("{}/", app.issuer()), "sub": alice}),
        ] {
            let answer = revoke(&app, sub_id.clone()).await;
            assert_eq!((answer.status, answer.error()), (404, "invalid_request"), "{sub_id}");
        }
        assert_eq!(app.userinfo(&tokens.string("access_token")).await.status, 200);
    }

    async fn a_request_that_is_none_is_400(app: TestApp) {
        let url = endpoint(&app);
        let ask = async |body: Value| app.post_json(&url, Some((TOOL, SECRET)), &body).await;
        for body in [
            json!({}),
            json!([]),
            json!({"sub_id": null}),
            json!({"sub_id": "alice"}),
            json!({"sub_id": {"format": "phone_number", "phone_number": "+12065550100"}}),
            json!({"sub_id": {"format": "email"}}),
            json!({"sub_id": {"format": "email", "email": "alice@acme.test", "id": "x"}}),
            json!({"sub_id": {"format": "aliases", "identifiers": [{"format": "email", "email": "alice@acme.test"}]}}),
            json!({"subject": {"format": "email", "email": "alice@acme.test"}}),
        ] {
            let refused = ask(body.clone()).await;
            assert_eq!((refused.status, refused.error()), (400, "invalid_request"), "{body}: {}", refused.text);
        }
        let form = "sub_id=%7B%22format%22%3A%22email%22%2C%22email%22%3A%22alice%40acme.test%22%7D";
        app.post_raw(&url, Some((TOOL, SECRET)), form).await.expect_error(400, "invalid_request");
    }

    async fn only_a_client_that_proves_who_it_is_and_has_the_power(app: TestApp) {
        let tokens = app.tokens("web", "alice", "openid").await;
        let sub_id = json!({"format": "email", "email": "alice@acme.test"});
        let url = endpoint(&app);
        let ask = async |basic: Option<(&str, &str)>, more: Value| {
            let mut body = json!({ "sub_id": sub_id });
            body.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
            app.post_json(&url, basic, &body).await
        };
        ask(None, json!({})).await.expect_error(401, "invalid_client");
        ask(Some((TOOL, "wrong")), json!({})).await.expect_error(401, "invalid_client");
        ask(None, json!({ "client_id": TOOL })).await.expect_error(401, "invalid_client");
        ask(None, json!({ "client_id": TOOL, "client_secret": "wrong" })).await.expect_error(401, "invalid_client");
        ask(None, json!({ "client_id": TOOL, "client_secret": [SECRET] })).await.expect_error(400, "invalid_request");
        ask(Some((TOOL, SECRET)), json!({ "client_secret": SECRET })).await.expect_error(400, "invalid_request");
        let bearer = app.send_json(("POST", &url), Some(&tokens.string("access_token")), &json!({ "sub_id": sub_id })).await;
        bearer.expect_error(401, "invalid_client");
        add_tool(&app, "watch-not", &json!({}));
        revoke_as(&app, "watch-not", sub_id.clone()).await.expect_error(403, "unauthorized_client");
        add_tool(&app, "watch-public", &json!({"secret": null, "token_endpoint_auth_method": "none", "global_token_revocation": true}));
        ask(None, json!({ "client_id": "watch-public" })).await.expect_error(401, "invalid_client");
        assert_eq!(app.userinfo(&tokens.string("access_token")).await.status, 200);

        assert_eq!(ask(None, json!({ "client_id": TOOL, "client_secret": SECRET })).await.status, 204);
        assert_eq!(app.userinfo(&tokens.string("access_token")).await.status, 401);
    }

    async fn an_assertion_in_the_body_authenticates_once(app: TestApp) {
        let key = ClientKey::ec("one");
        add_tool(&app, "watch-jwt", &json!({
            "secret": null, "token_endpoint_auth_method": "private_key_jwt", "jwks": key.jwks(), "global_token_revocation": true,
        }));
        let claims = json!({
            "iss": "watch-jwt", "sub": "watch-jwt", "aud": app.issuer(), "jti": "one", "iat": app.now(), "exp": app.now() + 60,
        });
        let body = json!({
            "sub_id": {"format": "email", "email": "alice@acme.test"},
            "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            "client_assertion": key.sign("ES256", json!({}), &claims),
        });
        assert_eq!(app.post_json(&endpoint(&app), None, &body).await.status, 204);
        app.post_json(&endpoint(&app), None, &body).await.expect_error(401, "invalid_client");
    }

    async fn a_pairwise_client_names_users_as_it_knows_them_and_no_other_way(app: TestApp) {
        let pairwise = |sector: &str| json!({
            "subject_type": "pairwise", "sector_identifier_uri": sector, "global_token_revocation": true,
        });
        add_tool(&app, "watch-one", &pairwise("https://one.example/sector.json"));
        add_tool(&app, "watch-two", &pairwise("https://two.example/sector.json"));
        let sub_at = async |client: &str| {
            let callback = app.sign_in("alice", &app.authorization(client).with("scope", "openid")).await;
            let mut fields = app.code_fields(callback.code());
            fields.extend([("client_id", client.to_owned()), ("client_secret", SECRET.to_owned())]);
            let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
            let id_token = app.post_form(&format!("{}/oauth2/token", app.issuer()), &fields).await.ok().string("id_token");
            app.verify_jwt(&id_token).await["sub"].as_str().expect("a sub").to_owned()
        };
        let (one, two, public) = (sub_at("watch-one").await, sub_at("watch-two").await, sub(&app, "alice").await);
        let tokens = app.tokens("web", "alice", "openid").await;
        for foreign in [&two, &public] {
            assert_eq!(revoke_as(&app, "watch-one", json!({"format": "opaque", "id": foreign})).await.status, 404);
            let sub_id = json!({"format": "iss_sub", "iss": app.issuer(), "sub": foreign});
            assert_eq!(revoke_as(&app, "watch-one", sub_id).await.status, 404);
        }
        assert_eq!(revoke(&app, json!({"format": "opaque", "id": one})).await.status, 404);
        assert_eq!(app.userinfo(&tokens.string("access_token")).await.status, 200);
        assert_eq!(revoke_as(&app, "watch-one", json!({"format": "opaque", "id": one})).await.status, 204);
        assert_eq!(app.userinfo(&tokens.string("access_token")).await.status, 401);
    }

    async fn wrong_secrets_are_counted_as_elsewhere(app: TestApp) {
        let wrong = async || {
            let body = json!({ "sub_id": {"format": "email", "email": "alice@acme.test"} });
            app.post_json(&endpoint(&app), Some((TOOL, "wrong")), &body).await
        };
        let mut answers = Vec::new();
        for _ in 0..52 {
            answers.push(wrong().await.status);
        }
        assert!(answers.starts_with(&[401]) && answers.ends_with(&[429]), "{answers:?}");
        app.advance(Duration::from_secs(3600));
        assert_eq!(revoke(&app, json!({"format": "email", "email": "alice@acme.test"})).await.status, 204);
    }

    async fn the_metadata_names_the_endpoint(app: TestApp) {
        let metadata = app.get(&format!("{}/.well-known/oauth-authorization-server", app.issuer())).await.ok();
        assert_eq!(metadata.string("global_token_revocation_endpoint"), endpoint(&app));
        let methods = &metadata.json["global_token_revocation_endpoint_auth_methods_supported"];
        let has = |method: &str| methods.as_array().expect("a list").iter().any(|one| one == method);
        assert!(has("client_secret_basic") && has("private_key_jwt") && !has("none"), "{methods}");
    }
}
