//! FAPI 1.0 Part 2: Advanced, where its conformance plan asks for more than `profiles.rs` shows.

use latchkey_testkit::{AuthorizationRequest, ClientKey, TestApp, both_backends};
use serde_json::{Value, json};

use crate::relying_party::{ASSERTION_TYPE, RelyingParty, error_of};

fn register(app: &TestApp) -> RelyingParty<'_> {
    let metadata = json!({
        "security_profile": "fapi1-advanced", "authorization_signed_response_alg": "ES256",
        "grant_types": ["authorization_code", "implicit"], "response_types": ["code", "code id_token"],
    });
    RelyingParty::register(app, "fapi1", &metadata)
}

/// A hybrid request by value needs no PKCE.
fn hybrid(party: &RelyingParty<'_>) -> AuthorizationRequest {
    let request = party.request().without("code_challenge").without("code_challenge_method");
    request.with("response_type", "code id_token")
}

fn assertion(app: &TestApp, key: &ClientKey, alg: &str, changes: &Value) -> String {
    let (now, jti) = (app.now(), format!("{:?}", std::time::Instant::now()));
    let mut claims =
        json!({ "iss": "fapi1", "sub": "fapi1", "aud": app.issuer(), "jti": jti, "iat": now, "exp": now + 60 });
    for (name, value) in changes.as_object().expect("an object") {
        claims[name] = value.clone();
    }
    key.sign(alg, json!({}), &claims)
}

both_backends! {
    async fn an_assertion_may_be_for_the_issuer_the_token_endpoint_or_the_push_and_stand_in_an_array(app: TestApp) {
        let party = register(&app);
        let url = |endpoint: &str| format!("{}/oauth2/{endpoint}", app.issuer());
        let object = party.object(&party.request().with("response_mode", "jwt"), &json!({}));
        let push = async |assertion: String| {
            let fields = [("request", object.as_str()), ("client_assertion_type", ASSERTION_TYPE), ("client_assertion", &assertion)];
            app.post_form(&url("par"), &fields).await
        };
        for audience in [
            json!(app.issuer()), json!(url("token")), json!(url("par")), json!([url("par")]),
            json!([app.issuer(), url("token"), url("par")]), json!(["https://other.example", url("token")]),
        ] {
            let pushed = push(assertion(&app, &party.key, "ES256", &json!({ "aud": audience }))).await;
            assert_eq!(pushed.status, 201, "{audience}: {}", pushed.text);
        }
        for changes in [
            json!({ "aud": "https://other.example" }), json!({ "aud": [url("revoke")] }), json!({ "aud": [] }),
            json!({ "iss": "web" }), json!({ "sub": "web" }), json!({ "iss": "web", "sub": "web" }),
        ] {
            push(assertion(&app, &party.key, "ES256", &changes)).await.expect_error(401, "invalid_client");
        }
    }

    async fn a_request_object_is_for_the_issuer_and_not_for_the_push(app: TestApp) {
        let party = register(&app);
        let request = party.request().with("response_mode", "jwt");
        let pushed = party.push_object(&party.object(&request, &json!({}))).await;
        assert_eq!(pushed.status, 201, "{}", pushed.text);
        for audience in [format!("{}/oauth2/par", app.issuer()), format!("{}/oauth2/token", app.issuer())] {
            let refused = party.push_object(&party.object(&request, &json!({ "aud": audience }))).await;
            refused.expect_error(400, "invalid_request_object");
        }
        for (name, value) in [("redirect_uri", "https://evil.example/cb"), ("code_challenge_method", "plain")] {
            let refused = party.push_object(&party.object(&request.clone().with(name, value), &json!({}))).await;
            refused.expect_error(400, "invalid_request");
        }
    }

    async fn what_a_request_needs_stands_in_its_object_and_counts_nowhere_else(app: TestApp) {
        let party = register(&app);
        let whole = hybrid(&party);
        for (name, value) in [
            ("nonce", "nonce-0123456789"), ("scope", "openid"), ("redirect_uri", "http://127.0.0.1:7000/callback"),
            ("response_type", "code id_token"),
        ] {
            let object = party.object(&whole.clone().without(name), &json!({}));
            let query = url::form_urlencoded::Serializer::new(String::new()).append_pair(name, value).finish();
            let landing = app.browser().visit(&format!("{}&{query}", party.url("request", &object))).await;
            let error = error_of(landing);
            // Without a scope it is no request of OpenID Connect, and an ID token would be for nothing.
            assert_eq!(error, if name == "scope" { "invalid_scope" } else { "invalid_request" }, "{name}");
        }
        let object = party.object(&whole.clone().without("state"), &json!({}));
        let url = format!("{}&state=outside", party.url("request", &object));
        let callback = app.sign_in_at(&app.browser(), &url, "alice").await;
        assert!(!callback.params.contains_key("state"), "{}", callback.url);
        assert!(app.verify_jwt(callback.param("id_token")).await["s_hash"].is_null());
    }

    async fn tokens_never_stand_in_a_query(app: TestApp) {
        let party = register(&app);
        let object = party.object(&hybrid(&party).with("response_mode", "query"), &json!({}));
        let callback = app.browser().visit(&party.url("request", &object)).await.callback();
        assert_eq!(callback.param("error"), "invalid_request");
        assert!(!callback.url.contains('?') && !callback.url.contains("id_token="), "{}", callback.url);

        let object = party.object(&hybrid(&party), &json!({}));
        let callback = app.sign_in_at(&app.browser(), &party.url("request", &object), "alice").await;
        assert!(callback.url.contains("/callback#") && !callback.url.contains('?'), "{}", callback.url);
        assert!(callback.params.contains_key("id_token") && callback.params.contains_key("code"));
    }

    async fn a_request_object_is_signed_by_a_key_of_the_client_and_with_no_weak_algorithm(app: TestApp) {
        let party = register(&app);
        let rsa = ClientKey::rsa("rsa");
        let jwks = json!({ "keys": [party.key.jwk(), rsa.jwk()] });
        let metadata = json!({
            "security_profile": "fapi1-advanced", "jwks": jwks, "grant_types": ["authorization_code", "implicit"],
            "response_types": ["code id_token"],
        });
        let with_rsa = RelyingParty::register(&app, "fapi1-rsa", &metadata);
        let claims = with_rsa.claims(&hybrid(&with_rsa), &json!({}));
        let visit = async |object: String| app.browser().visit(&with_rsa.url("request", &object)).await;
        for object in [
            rsa.sign("RS256", json!({}), &claims),
            ClientKey::ec("one").sign("ES256", json!({}), &claims),
        ] {
            assert_eq!(error_of(visit(object).await), "invalid_request_object");
        }
        assert!(visit(rsa.sign("PS256", json!({}), &claims)).await.page().is_sign_in());
        for changes in [json!({ "exp": app.now() - 60 }), json!({ "nbf": app.now() - 3_661 })] {
            let stale = rsa.sign("PS256", json!({}), &with_rsa.claims(&hybrid(&with_rsa), &changes));
            assert_eq!(error_of(visit(stale).await), "invalid_request_object", "{changes}");
        }
    }
}
