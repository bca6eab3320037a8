//! `private_key_jwt` and `client_secret_jwt`: RFC 7523 §3, OpenID Connect Core §9, FAPI 2.0 Security Profile §5.3.2.1.

use std::time::Duration;

use latchkey_testkit::{ClientKey, HttpsStub, JsonAnswer, StubAnswer, TestApp, both_backends, sign_hs256};
use serde_json::{Value, json};

const TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
const SECRET: &str = "auth-secret-0123456789-0123456789-0123456789";

fn client(id: &str, members: &Value) -> Value {
    let mut client = json!({
        "client_id": id, "application_type": "service", "grant_types": ["client_credentials"],
        "token_endpoint_auth_method": "private_key_jwt", "scope": "orders:read", "audiences": ["https://api.acme.test"],
    });
    client.as_object_mut().expect("an object").extend(members.as_object().expect("an object").clone());
    client
}

fn claims(app: &TestApp, id: &str, jti: &str) -> Value {
    json!({ "iss": id, "sub": id, "aud": app.issuer(), "jti": jti, "iat": app.now(), "exp": app.now() + 60 })
}

fn with(mut claims: Value, name: &str, value: impl Into<Value>) -> Value {
    claims[name] = value.into();
    claims
}

fn without(mut claims: Value, name: &str) -> Value {
    claims.as_object_mut().expect("an object").remove(name);
    claims
}

async fn token(app: &TestApp, assertion: &str) -> JsonAnswer {
    let fields =
        [("grant_type", "client_credentials"), ("client_assertion_type", TYPE), ("client_assertion", assertion)];
    app.post_form(&format!("{}/oauth2/token", app.issuer()), &fields).await
}

both_backends! {
    async fn a_signed_assertion_authenticates_once(app: TestApp) {
        let key = ClientKey::ec("one");
        app.add_clients(&[client("auth-jwt", &json!({ "jwks": key.jwks() }))]);
        let assertion = key.sign("ES256", json!({}), &claims(&app, "auth-jwt", "first"));
        let _ = token(&app, &assertion).await.ok();
        token(&app, &assertion).await.expect_error(401, "invalid_client");
        let again = key.sign("ES256", json!({}), &with(claims(&app, "auth-jwt", "first"), "exp", app.now() + 30));
        token(&app, &again).await.expect_error(401, "invalid_client");
        let _ = token(&app, &key.sign("ES256", json!({}), &claims(&app, "auth-jwt", "second"))).await.ok();
    }

    async fn of_racing_uses_of_one_assertion_one_succeeds(app: TestApp) {
        let key = ClientKey::ec("one");
        app.add_clients(&[client("auth-jwt", &json!({ "jwks": key.jwks() }))]);
        let assertion = key.sign("ES256", json!({}), &claims(&app, "auth-jwt", "raced"));
        let answers = futures_util::future::join_all((0..10).map(|_| token(&app, &assertion))).await;
        assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 1);
        assert!(answers.iter().all(|answer| answer.status == 200 || answer.error() == "invalid_client"));
    }

    async fn an_assertion_with_a_claim_that_is_not_good_is_refused(app: TestApp) {
        let key = ClientKey::ec("one");
        app.add_clients(&[client("auth-jwt", &json!({ "jwks": key.jwks() }))]);
        let good = |jti: &str| claims(&app, "auth-jwt", jti);
        let now = app.now();
        let refused = [
            ("no sub", without(good("1"), "sub")),
            ("another sub", with(good("2"), "sub", "machine")),
            ("no iss", without(good("3"), "iss")),
            ("another iss", with(good("4"), "iss", "machine")),
            ("no aud", without(good("5"), "aud")),
            ("another aud", with(good("6"), "aud", "https://elsewhere.example")),
            ("an array as aud", with(good("7"), "aud", json!([app.issuer()]))),
            ("the token endpoint as aud", with(good("8"), "aud", format!("{}/oauth2/token", app.issuer()))),
            ("another tenant as aud", with(good("9"), "aud", app.issuer_of("globex"))),
            ("no exp", without(good("10"), "exp")),
            ("exp 5 minutes ago", with(good("11"), "exp", now - 300)),
            ("exp in two hours", with(good("12"), "exp", now + 7200)),
            ("exp as text", with(good("13"), "exp", "soon")),
            ("nbf in 61 s", with(good("14"), "nbf", now + 61)),
            ("iat in 61 s", with(good("15"), "iat", now + 61)),
            ("no jti", without(good("16"), "jti")),
            ("an empty jti", with(good("17"), "jti", "")),
        ];
        for (why, claims) in refused {
            let answer = token(&app, &key.sign("ES256", json!({}), &claims)).await;
            assert_eq!((answer.status, answer.error()), (401, "invalid_client"), "{why}: {}", answer.text);
        }
        let _ = token(&app, &key.sign("ES256", json!({}), &with(good("18"), "nbf", now + 8))).await.ok();
    }

    async fn an_assertion_under_another_key_or_algorithm_is_refused(app: TestApp) {
        let (ec, rsa, other) = (ClientKey::ec("ec"), ClientKey::rsa("rsa"), ClientKey::ec("ec"));
        let jwks = json!({ "keys": [ec.jwk(), rsa.jwk()] });
        app.add_clients(&[
            client("auth-jwt", &json!({ "jwks": jwks })),
            client("auth-es256", &json!({ "jwks": jwks, "token_endpoint_auth_signing_alg": "ES256" })),
            client("auth-fapi", &json!({ "jwks": jwks, "security_profile": "fapi1-advanced", "id_token_signed_response_alg": "PS256" })),
        ]);
        let _ = token(&app, &rsa.sign("RS256", json!({}), &claims(&app, "auth-jwt", "1"))).await.ok();
        let _ = token(&app, &ec.sign("ES256", json!({}), &claims(&app, "auth-es256", "2"))).await.ok();
        token(&app, &rsa.sign("RS256", json!({}), &claims(&app, "auth-es256", "3"))).await.expect_error(401, "invalid_client");
        token(&app, &rsa.sign("RS256", json!({}), &claims(&app, "auth-fapi", "4"))).await.expect_error(401, "invalid_client");
        // A FAPI client gets past authentication with PS256; its token must be bound besides, which is another rule.
        let fapi = token(&app, &rsa.sign("PS256", json!({}), &claims(&app, "auth-fapi", "5"))).await;
        assert_ne!(fapi.error(), "invalid_client", "{}", fapi.text);
        token(&app, &other.sign("ES256", json!({}), &claims(&app, "auth-jwt", "6"))).await.expect_error(401, "invalid_client");
        let hmac = sign_hs256(&ec.jwk().to_string(), &claims(&app, "auth-jwt", "7"));
        token(&app, &hmac).await.expect_error(401, "invalid_client");
    }

    async fn the_oidc_profile_accepts_the_endpoint_and_arrays_as_audience(app: TestApp) {
        let key = ClientKey::ec("one");
        app.add_clients(&[client("auth-oidc", &json!({ "jwks": key.jwks(), "security_profile": "oidc" }))]);
        let endpoint = format!("{}/oauth2/token", app.issuer());
        let accepted = [json!(app.issuer()), json!(endpoint), json!([endpoint]), json!(["https://other.example", app.issuer()])];
        for (number, audience) in accepted.into_iter().enumerate() {
            let claims = with(claims(&app, "auth-oidc", &number.to_string()), "aud", audience);
            let _ = token(&app, &key.sign("ES256", json!({}), &claims)).await.ok();
        }
        let claims = with(claims(&app, "auth-oidc", "no"), "aud", json!([app.origin()]));
        token(&app, &key.sign("ES256", json!({}), &claims)).await.expect_error(401, "invalid_client");
    }

    async fn fapi_1_accepts_the_endpoints_and_arrays_and_fapi_2_the_issuer_alone(app: TestApp) {
        let key = ClientKey::ec("one");
        let par = format!("{}/oauth2/par", app.issuer());
        let token = format!("{}/oauth2/token", app.issuer());
        let elsewhere = "https://elsewhere.example";
        for (id, profile, lax) in [("auth-fapi1", "fapi1-advanced", true), ("auth-fapi2", "fapi2-security", false)] {
            app.add_clients(&[json!({
                "client_id": id, "redirect_uris": ["http://127.0.0.1/callback"], "security_profile": profile,
                "token_endpoint_auth_method": "private_key_jwt", "jwks": key.jwks(), "scope": "openid",
                "id_token_signed_response_alg": "ES256", "authorization_signed_response_alg": "ES256",
            })]);
            for (number, (audience, good)) in [
                (json!(app.issuer()), true),
                (json!(token), lax),
                (json!(par), lax),
                (json!([app.issuer()]), lax),
                (json!([elsewhere, par]), lax),
                (json!([token]), lax),
                (json!([elsewhere]), false),
                (json!(elsewhere), false),
                (json!(app.issuer_of("globex")), false),
                (json!(format!("{}/", app.issuer())), false),
                (json!([]), false),
            ].into_iter().enumerate() {
                let claims = with(claims(&app, id, &format!("{id}{number}")), "aud", audience.clone());
                let assertion = key.sign("ES256", json!({}), &claims);
                let fields = [("client_assertion_type", TYPE), ("client_assertion", &assertion)];
                let answer = app.post_form(&par, &fields).await;
                // Past authentication, it is the request that lacks everything.
                assert_eq!(answer.status == 400 && answer.error() != "invalid_client", good, "{id} {audience}: {}", answer.text);
                assert_eq!((answer.status, answer.error()) == (401, "invalid_client"), !good, "{id} {audience}: {}", answer.text);
            }
        }
    }

    async fn a_client_must_use_the_method_that_it_registered(app: TestApp) {
        let key = ClientKey::ec("one");
        app.add_clients(&[client("auth-jwt", &json!({ "jwks": key.jwks() }))]);
        let body = "grant_type=client_credentials&client_id=auth-jwt";
        app.token_raw(None, body).await.expect_error(401, "invalid_client");
        app.token_raw(None, &format!("{body}&client_secret=x")).await.expect_error(401, "invalid_client");
        app.token_raw(Some(("auth-jwt", "x")), "grant_type=client_credentials").await.expect_error(401, "invalid_client");
        let of_machine = key.sign("ES256", json!({}), &claims(&app, "machine", "1"));
        token(&app, &of_machine).await.expect_error(401, "invalid_client");
        // With a secret besides it would be two methods; with another client_id it would be two clients.
        let good = key.sign("ES256", json!({}), &claims(&app, "auth-jwt", "2"));
        let body = format!("grant_type=client_credentials&client_assertion_type={TYPE}&client_assertion={good}");
        app.token_raw(Some(("auth-jwt", "x")), &body).await.expect_error(400, "invalid_request");
        app.token_raw(None, &format!("{body}&client_secret=x")).await.expect_error(400, "invalid_request");
        app.token_raw(None, &format!("{body}&client_id=machine")).await.expect_error(401, "invalid_client");
        let _ = app.token_raw(None, &format!("{body}&client_id=auth-jwt")).await.ok();
    }

    async fn client_secret_jwt_needs_the_secret_of_the_very_client(app: TestApp) {
        let hmac = |id: &str| client(id, &json!({ "token_endpoint_auth_method": "client_secret_jwt", "secret": SECRET }));
        app.add_clients(&[hmac("auth-hmac")]);
        let _ = token(&app, &sign_hs256(SECRET, &claims(&app, "auth-hmac", "1"))).await.ok();
        token(&app, &sign_hs256(SECRET, &claims(&app, "auth-hmac", "1"))).await.expect_error(401, "invalid_client");
        let wrong = sign_hs256("auth-secret-0123456789-0123456789-9876543210", &claims(&app, "auth-hmac", "2"));
        token(&app, &wrong).await.expect_error(401, "invalid_client");
        let key = ClientKey::ec("one");
        token(&app, &key.sign("ES256", json!({}), &claims(&app, "auth-hmac", "3"))).await.expect_error(401, "invalid_client");
        app.token_raw(Some(("auth-hmac", SECRET)), "grant_type=client_credentials").await.expect_error(401, "invalid_client");
        // Applying the same again keeps the secret that is sealed.
        app.add_clients(&[hmac("auth-hmac")]);
        let _ = token(&app, &sign_hs256(SECRET, &claims(&app, "auth-hmac", "4"))).await.ok();
    }

    async fn a_rotated_key_at_jwks_uri_is_fetched_at_most_once_a_minute(app: TestApp) {
        let stub = HttpsStub::start();
        let (old, new, never) = (ClientKey::ec("old"), ClientKey::ec("new"), ClientKey::ec("never"));
        stub.answer("/jwks", StubAnswer::json(&old.jwks()));
        app.set_settings(&json!({ "outgoing": stub.outgoing() }));
        app.add_clients(&[client("auth-uri", &json!({ "jwks_uri": stub.url("/jwks") }))]);
        let sign = |key: &ClientKey, jti: &str| key.sign("ES256", json!({}), &claims(&app, "auth-uri", jti));
        let _ = token(&app, &sign(&old, "1")).await.ok();
        let _ = token(&app, &sign(&old, "2")).await.ok();
        assert_eq!(stub.requests_to("/jwks").len(), 1);

        stub.answer("/jwks", StubAnswer::json(&new.jwks()));
        token(&app, &sign(&new, "3")).await.expect_error(401, "invalid_client");
        assert_eq!(stub.requests_to("/jwks").len(), 1, "not within the minute");
        app.advance(Duration::from_secs(60));
        let _ = token(&app, &sign(&new, "4")).await.ok();
        assert_eq!(stub.requests_to("/jwks").len(), 2);
        for jti in ["5", "6"] {
            token(&app, &sign(&never, jti)).await.expect_error(401, "invalid_client");
        }
        assert_eq!(stub.requests_to("/jwks").len(), 2);

        // While the client's server fails, the copy serves; a document that is no JWK Set ends it.
        stub.answer("/jwks", StubAnswer::status(500));
        app.advance(Duration::from_secs(600));
        let _ = token(&app, &sign(&new, "7")).await.ok();
        assert_eq!(stub.requests_to("/jwks").len(), 3);
        stub.answer("/jwks", StubAnswer::document("text/html", "<html>"));
        app.advance(Duration::from_secs(61));
        token(&app, &sign(&new, "8")).await.expect_error(401, "invalid_client");
    }

    async fn a_jwks_uri_inside_is_asked_only_as_the_policy_of_the_tenant_allows(app: TestApp) {
        let stub = HttpsStub::start();
        let key = ClientKey::ec("one");
        stub.answer("/jwks", StubAnswer::json(&key.jwks()));
        app.add_clients(&[client("auth-uri", &json!({ "jwks_uri": stub.url("/jwks") }))]);
        let assertion = key.sign("ES256", json!({}), &claims(&app, "auth-uri", "1"));
        token(&app, &assertion).await.expect_error(401, "invalid_client");
        assert!(stub.requests().is_empty());
    }

    async fn too_many_failures_from_one_address_are_put_off(app: TestApp) {
        let body = "grant_type=client_credentials";
        for _ in 0..50 {
            app.token_raw(Some(("machine", "wrong")), body).await.expect_error(401, "invalid_client");
        }
        let secret = "machine-secret-0123456789-0123456789-0123456789";
        let refused = app.token_raw(Some(("machine", secret)), body).await;
        assert_eq!(refused.status, 429, "{}", refused.text);
        assert!(refused.header("retry-after").parse::<u64>().expect("seconds") <= 300);
        let other = app.token_raw(Some(("api", "api-secret-0123456789-0123456789-0123456789")), body).await;
        let _ = other.ok();
        app.advance(Duration::from_secs(300));
        let _ = app.token_raw(Some(("machine", secret)), body).await.ok();
    }
}
