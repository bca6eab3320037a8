//! Signed authorization responses: JARM.

use latchkey_testkit::{TestApp, both_backends};
use serde_json::json;

use crate::relying_party::RelyingParty;

both_backends! {
    async fn the_answer_is_one_signed_response_and_nothing_beside_it(app: TestApp) {
        let browser = app.browser();
        app.sign_in_with(&browser, "alice", &app.authorization("web")).await;
        for (mode, start) in [
            ("jwt", "http://127.0.0.1:7000/callback?response="),
            ("query.jwt", "http://127.0.0.1:7000/callback?response="),
            ("fragment.jwt", "http://127.0.0.1:7000/callback#response="),
            ("form_post.jwt", "http://127.0.0.1:7000/callback"),
        ] {
            let callback = browser.visit(&app.authorization("web").with("response_mode", mode).url()).await.callback();
            assert!(callback.url.starts_with(start), "{mode}: {}", callback.url);
            assert_eq!(callback.params.keys().collect::<Vec<_>>(), ["response"], "{mode}");
            let response = app.verify_jwt(callback.param("response")).await;
            assert_eq!((&response["iss"], &response["aud"]), (&json!(app.issuer()), &json!("web")), "{mode}");
            let life = response["exp"].as_i64().expect("a time") - app.now();
            assert!((1..=600).contains(&life), "{mode}: {life}");
            assert_eq!(response["state"], "state-0123456789");
            let code = response["code"].as_str().expect("a code");
            assert_eq!(app.id_token("web", code).await["nonce"], "nonce-0123456789", "{mode}");
        }
    }

    async fn an_error_is_signed_too(app: TestApp) {
        for (mode, name, value, error) in [
            ("jwt", "prompt", "none", "login_required"),
            ("form_post.jwt", "scope", "a\"b", "invalid_scope"),
        ] {
            let request = app.authorization("web").with("response_mode", mode).with(name, value);
            let callback = app.browser().visit(&request.url()).await.callback();
            assert_eq!(callback.params.keys().collect::<Vec<_>>(), ["response"], "{mode}");
            let response = app.verify_jwt(callback.param("response")).await;
            assert_eq!((&response["error"], &response["state"]), (&json!(error), &json!("state-0123456789")));
            assert_eq!(response["iss"], app.issuer());
            assert!(response["code"].is_null());
        }
    }

    async fn the_response_is_signed_and_encrypted_as_the_client_registered(app: TestApp) {
        let signed = RelyingParty::register(&app, "jarm-es", &json!({"authorization_signed_response_alg": "ES256"}));
        let callback = app.sign_in("alice", &signed.request().with("response_mode", "jwt")).await;
        assert_eq!(app.verify_jwt(callback.param("response")).await["aud"], "jarm-es");
        assert_eq!(header_of(callback.param("response"))["alg"], "ES256");

        let mut key = signed.key.jwk();
        key["use"] = "enc".into();
        let encrypted = json!({
            "authorization_encrypted_response_alg": "ECDH-ES", "authorization_encrypted_response_enc": "A256GCM",
            "jwks": {"keys": [key]},
        });
        let encrypted = RelyingParty::register(&app, "jarm-enc", &encrypted);
        let callback = app.sign_in("alice", &encrypted.request().with("response_mode", "jwt")).await;
        let response = callback.param("response");
        assert_eq!(response.split('.').count(), 5, "a compact JWE");
        assert_eq!((&header_of(response)["alg"], &header_of(response)["enc"]), (&json!("ECDH-ES"), &json!("A256GCM")));

        let keyless = json!({"authorization_encrypted_response_alg": "RSA-OAEP-256"});
        let keyless = RelyingParty::register(&app, "jarm-keyless", &keyless);
        let request = keyless.request().with("response_mode", "jwt").with("prompt", "none");
        let page = app.browser().visit(&request.url()).await.page();
        assert_eq!(page.status, 500, "what cannot be encrypted does not leave in the clear");
    }
}

fn header_of(jwt: &str) -> serde_json::Value {
    use base64::Engine;
    let header = jwt.split('.').next().expect("a header");
    let header = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(header).expect("base64url");
    serde_json::from_slice(&header).expect("JSON")
}
