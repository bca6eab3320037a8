//! Tokens from the authorization endpoint: OpenID Connect Core §3.2 and §3.3, RFC 6749 §4.2.

use latchkey_testkit::{AuthorizationRequest, TestApp, both_backends, sha256};
use serde_json::json;

use crate::relying_party::RelyingParty;

const ALL: [&str; 6] = ["id_token", "id_token token", "token", "code id_token", "code token", "code id_token token"];

pub(crate) fn register(app: &TestApp) -> RelyingParty<'_> {
    let metadata = json!({
        "grant_types": ["authorization_code", "implicit", "refresh_token"],
        "response_types": ["code", "id_token", "id_token token", "token", "code id_token", "code token", "code id_token token"],
    });
    RelyingParty::register(app, "hybrid", &metadata)
}

pub(crate) fn request(party: &RelyingParty<'_>, response_type: &str) -> AuthorizationRequest {
    party.request().with("response_type", response_type).with("scope", "openid profile email offline_access")
}

fn left_half(text: &str) -> String {
    use base64::Engine;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(&sha256(text.as_bytes())[..16])
}

both_backends! {
    async fn each_response_type_is_answered_with_its_parts_in_the_fragment(app: TestApp) {
        let party = register(&app);
        for response_type in ALL {
            let callback = app.sign_in("alice", &request(&party, response_type)).await;
            assert!(callback.url.contains("/callback#") && !callback.url.contains('?'), "{}", callback.url);
            assert_eq!(callback.param("state"), "state-0123456789");
            assert_eq!(callback.param("iss"), app.issuer());
            let has = |word: &str| response_type.split(' ').any(|other| other == word);
            for (name, expected) in [
                ("code", has("code")),
                ("id_token", has("id_token")),
                ("access_token", has("token")),
                ("token_type", has("token")),
                ("expires_in", has("token")),
                ("refresh_token", false),
            ] {
                assert_eq!(callback.params.contains_key(name), expected, "{response_type}: {name}");
            }
            if has("token") {
                let userinfo = app.userinfo(callback.param("access_token")).await.ok();
                assert_eq!(userinfo.json["email"], "alice@acme.test", "{response_type}");
            }
            if has("id_token") {
                let claims = app.verify_jwt(callback.param("id_token")).await;
                assert_eq!((&claims["aud"], &claims["nonce"]), (&json!("hybrid"), &json!("nonce-0123456789")));
                assert_eq!(claims["s_hash"], left_half("state-0123456789"));
                let hash_of = |name: &str| callback.params.get(name).map_or(json!(null), |text| json!(left_half(text)));
                assert_eq!(claims["at_hash"], hash_of("access_token"), "{response_type}");
                assert_eq!(claims["c_hash"], hash_of("code"), "{response_type}");
                assert_eq!(claims["name"].is_string(), response_type == "id_token", "{response_type}");
                assert_eq!(claims["email"].is_string(), response_type == "id_token", "{response_type}");
            }
        }
    }

    async fn tokens_and_errors_about_them_never_stand_in_a_query(app: TestApp) {
        let party = register(&app);
        let browser = app.browser();
        for response_type in ALL {
            for (name, value, error) in [
                ("response_mode", "query", "invalid_request"),
                ("response_mode", "query.jwt", "invalid_request"),
                ("response_mode", "odd", "invalid_request"),
                ("prompt", "none", "login_required"),
                ("scope", "a\"b", "invalid_scope"),
            ] {
                let url = request(&party, response_type).with(name, value).url();
                let callback = browser.visit(&url).await.callback();
                assert_eq!(callback.param("error"), error, "{response_type} {name}={value}");
                assert!(callback.url.contains("/callback#") && !callback.url.contains('?'), "{}", callback.url);
            }
            if response_type.contains("id_token") {
                let callback = browser.visit(&request(&party, response_type).without("nonce").url()).await.callback();
                assert_eq!(callback.param("error"), "invalid_request", "{response_type} without a nonce");
                assert!(!callback.url.contains('?'), "{}", callback.url);
            }
        }
    }

    async fn they_are_posted_or_signed_when_asked(app: TestApp) {
        let party = register(&app);
        let request = request(&party, "code id_token token");
        let posted = app.sign_in("alice", &request.clone().with("response_mode", "form_post")).await;
        assert_eq!(posted.url, "http://127.0.0.1:7000/callback");
        assert!(posted.params.contains_key("access_token") && posted.params.contains_key("code"));
        let error = request.clone().with("response_mode", "form_post").with("prompt", "none");
        let error = app.browser().visit(&error.url()).await.callback();
        assert_eq!((error.url.as_str(), error.param("error")), ("http://127.0.0.1:7000/callback", "login_required"));

        let signed = app.sign_in("alice", &request.with("response_mode", "jwt")).await;
        assert!(signed.url.starts_with("http://127.0.0.1:7000/callback#response="), "{}", signed.url);
        let response = app.verify_jwt(signed.param("response")).await;
        assert!(response["id_token"].is_string() && response["access_token"].is_string());
    }

    async fn a_client_that_is_not_registered_for_it_is_unauthorized(app: TestApp) {
        for response_type in ALL {
            let callback = app.browser().visit(&app.authorization("web").with("response_type", response_type).url()).await;
            let callback = callback.callback();
            assert_eq!(callback.param("error"), "unauthorized_client", "{response_type}");
            assert!(!callback.url.contains('?'), "{}", callback.url);
        }
        let some = json!({
            "grant_types": ["authorization_code", "implicit"], "response_types": ["code", "code id_token"],
        });
        let party = RelyingParty::register(&app, "hybrid-some", &some);
        assert!(app.sign_in("alice", &party.request().with("response_type", "code id_token")).await.params.contains_key("code"));
        let refused = app.browser().visit(&party.request().with("response_type", "id_token").url()).await.callback();
        assert_eq!(refused.param("error"), "unauthorized_client");
    }

    async fn an_access_token_from_there_can_be_revoked_and_leaves_the_code_alone(app: TestApp) {
        let party = register(&app);
        let callback = app.sign_in("alice", &request(&party, "code token")).await;
        let access_token = callback.param("access_token");
        let revoked = party.post("revoke", &[], &[("token", access_token)]).await;
        assert_eq!(revoked.status, 200, "{}", revoked.text);
        assert_eq!(app.userinfo(access_token).await.status, 401);
        let code = app.code_fields(callback.code());
        let code: Vec<(&str, &str)> = code.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let tokens = party.post("token", &[], &code).await.ok();
        assert!(tokens.json["refresh_token"].is_string());
        let _ = app.userinfo(&tokens.string("access_token")).await.ok();
    }

    async fn an_access_token_from_there_ends_with_the_session(app: TestApp) {
        let party = register(&app);
        let browser = app.browser();
        let callback = app.sign_in_with(&browser, "alice", &request(&party, "id_token token")).await;
        let _ = app.userinfo(callback.param("access_token")).await.ok();
        app.sign_out(&browser).await;
        assert_eq!(app.userinfo(callback.param("access_token")).await.status, 401);
    }

    async fn the_id_tokens_of_a_hybrid_flow_speak_of_the_same_user(app: TestApp) {
        let party = register(&app);
        let callback = app.sign_in("alice", &request(&party, "code id_token")).await;
        let first = app.verify_jwt(callback.param("id_token")).await;
        let code = app.code_fields(callback.code());
        let code: Vec<(&str, &str)> = code.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let second = app.verify_jwt(&party.post("token", &[], &code).await.ok().string("id_token")).await;
        for name in ["iss", "sub", "aud", "nonce", "auth_time"] {
            assert_eq!(first[name], second[name], "{name}");
        }
        let replayed = party.post("token", &[], &code).await;
        replayed.expect_error(400, "invalid_grant");
    }
}
