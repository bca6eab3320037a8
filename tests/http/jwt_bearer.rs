//! JWTs of trusted issuers: as authorization grants (RFC 7523 §2.1) and as subject tokens (RFC 8693).

use std::time::Duration;

use latchkey_testkit::{ClientKey, HttpsStub, JsonAnswer, StubAnswer, TestApp, both_backends};
use serde_json::{Value, json};

const GRANT: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
const EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
const JWT: &str = "urn:ietf:params:oauth:token-type:jwt";
pub(crate) const IDP: &str = "https://idp.partner.test";
const ORDERS: &str = "https://gr-orders.acme.test";

/// Trusts `key` as the key of the issuer, with whatever else is said of it.
pub(crate) fn trust(app: &TestApp, key: &ClientKey, more: &str) {
    app.apply(&format!(
        "version: 1
tenants:
  - slug: acme
    settings:
      sign_in_attempts_per_account: 1000
      sign_in_attempts_per_address: 1000
      trusted_issuers:
        - issuer: {IDP}
          jwks: {}
          clients: [gr-jwt]
          scope: openid gr:read gr:bill
          {more}
",
        key.jwks()
    ));
}

/// Trusts the issuer whose keys stand at `/jwks` of the stub.
fn trust_keys_at(app: &TestApp, stub: &HttpsStub, outgoing: &Value) {
    let issuer = json!({
        "issuer": IDP, "jwks_uri": stub.url("/jwks"), "clients": ["gr-jwt"], "scope": "openid gr:read",
        "uses": ["jwt_bearer"],
    });
    app.set_settings(&json!({ "trusted_issuers": [issuer], "outgoing": outgoing }));
}

pub(crate) const FOR_GRANTS: &str = "uses: [jwt_bearer, token_exchange]";

pub(crate) fn claims(app: &TestApp) -> Value {
    let (now, jti) = (app.now(), format!("{:?}", std::time::Instant::now()));
    json!({
        "iss": IDP, "sub": "partner-7", "aud": app.issuer(), "exp": now + 120, "iat": now, "jti": jti,
        "email": "alice@acme.test", "email_verified": true,
    })
}

fn with(mut claims: Value, name: &str, value: Value) -> Value {
    match value {
        Value::Null => {
            let _ = claims.as_object_mut().expect("an object").remove(name);
        }
        value => claims[name] = value,
    }
    claims
}

pub(crate) async fn present(app: &TestApp, assertion: &str, scope: &str) -> JsonAnswer {
    app.post_as("gr-jwt", "token", &[("grant_type", GRANT), ("assertion", assertion), ("scope", scope)]).await
}

async fn exchange(app: &TestApp, assertion: &str) -> JsonAnswer {
    let fields = [("grant_type", EXCHANGE), ("subject_token", assertion), ("subject_token_type", JWT)];
    app.post_as("gr-jwt", "token", &fields).await
}

both_backends! {
    async fn an_assertion_buys_a_token_for_its_subject_within_the_ceiling(app: TestApp) {
        let key = ClientKey::ec("k1");
        trust(&app, &key, FOR_GRANTS);
        let answer = present(&app, &key.sign("ES256", json!({}), &claims(&app)), "").await.ok();
        assert_eq!(answer.json["scope"], "gr:bill gr:read openid");
        // Nobody signed in here, and nothing was said of refresh tokens.
        assert!(answer.json["id_token"].is_null() && answer.json["refresh_token"].is_null(), "{}", answer.text);
        let token = app.verify_jwt(&answer.string("access_token")).await;
        let alice = app.verify_jwt(&app.tokens("web", "alice", "openid").await.string("id_token")).await;
        assert_eq!((&token["sub"], &token["acr"], &token["auth_time"]), (&alice["sub"], &"0".into(), &0.into()));
        assert_eq!(app.userinfo(&answer.string("access_token")).await.ok().json["sub"], alice["sub"]);
        let narrow = present(&app, &key.sign("ES256", json!({"typ": "JWT"}), &claims(&app)), "gr:read").await.ok();
        assert_eq!(narrow.json["scope"], "gr:read");
    }

    async fn the_token_endpoint_is_an_audience_too_and_a_list_may_hold_it(app: TestApp) {
        let key = ClientKey::ec("k1");
        trust(&app, &key, FOR_GRANTS);
        let endpoint = format!("{}/oauth2/token", app.issuer());
        for audience in [json!(endpoint), json!(["https://other.test", app.issuer()])] {
            let _ = present(&app, &key.sign("ES256", json!({}), &with(claims(&app), "aud", audience)), "").await.ok();
        }
    }

    async fn the_keys_of_an_issuer_may_stand_at_its_jwks_uri_and_be_rotated_there(app: TestApp) {
        let stub = HttpsStub::start();
        let (old, new, stranger) = (ClientKey::ec("old"), ClientKey::ec("new"), ClientKey::ec("old"));
        stub.answer("/jwks", StubAnswer::json(&old.jwks()));
        trust_keys_at(&app, &stub, &json!(stub.outgoing()));
        let use_key = async |key: &ClientKey| present(&app, &key.sign("ES256", json!({}), &claims(&app)), "").await;
        for _ in 0..2 {
            let _ = use_key(&old).await.ok();
        }
        assert_eq!(stub.requests_to("/jwks").len(), 1);
        use_key(&stranger).await.expect_error(400, "invalid_grant");

        stub.answer("/jwks", StubAnswer::json(&new.jwks()));
        app.advance(Duration::from_secs(60));
        let _ = use_key(&new).await.ok();
        use_key(&old).await.expect_error(400, "invalid_grant");
        assert_eq!(stub.requests_to("/jwks").len(), 2, "at most once a minute");
    }

    async fn the_jwks_uri_of_an_issuer_is_asked_only_as_the_policy_of_the_tenant_allows(app: TestApp) {
        let stub = HttpsStub::start();
        let key = ClientKey::ec("k1");
        stub.answer("/jwks", StubAnswer::json(&key.jwks()));
        trust_keys_at(&app, &stub, &json!({}));
        let assertion = key.sign("ES256", json!({}), &claims(&app));
        present(&app, &assertion, "").await.expect_error(400, "invalid_grant");
        assert_eq!(stub.requests(), []);
    }

    async fn an_assertion_is_used_once_with_a_jti_or_without(app: TestApp) {
        let key = ClientKey::ec("k1");
        trust(&app, &key, FOR_GRANTS);
        for claims in [claims(&app), with(claims(&app), "jti", Value::Null)] {
            let assertion = key.sign("ES256", json!({}), &claims);
            let _ = present(&app, &assertion, "").await.ok();
            present(&app, &assertion, "").await.expect_error(400, "invalid_grant");
        }
        // Another token with the jti of one that was used is no other assertion.
        let first = claims(&app);
        let _ = present(&app, &key.sign("ES256", json!({}), &first), "").await.ok();
        let again = key.sign("ES256", json!({}), &with(first, "exp", json!(app.now() + 60)));
        present(&app, &again, "").await.expect_error(400, "invalid_grant");
    }

    async fn of_racing_uses_one_wins(app: TestApp) {
        let key = ClientKey::ec("k1");
        trust(&app, &key, FOR_GRANTS);
        let assertion = key.sign("ES256", json!({}), &claims(&app));
        let answers = futures_util::future::join_all((0..8).map(|_| present(&app, &assertion, ""))).await;
        assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 1);
    }

    async fn what_is_not_for_us_in_time_or_of_a_trusted_key_is_invalid_grant(app: TestApp) {
        let (key, other) = (ClientKey::ec("k1"), ClientKey::ec("k1"));
        trust(&app, &key, FOR_GRANTS);
        let (now, good) = (app.now(), claims(&app));
        let cases = [
            ("iss", json!("https://other.test")),
            ("iss", Value::Null),
            ("sub", Value::Null),
            ("aud", json!(app.issuer_of("globex"))),
            ("aud", json!(format!("{}/", app.issuer()))),
            ("aud", Value::Null),
            ("exp", Value::Null),
            ("exp", json!(now - 60)),
            ("exp", json!(now + 7200)),
            ("exp", json!("soon")),
            ("nbf", json!(now + 300)),
            ("iat", json!(now + 300)),
            ("email", json!("nobody@acme.test")),
            ("email", json!("alice")),
            ("email_verified", json!(false)),
            ("email_verified", json!("true")),
            ("email_verified", Value::Null),
        ];
        for (name, value) in cases {
            let assertion = key.sign("ES256", json!({}), &with(good.clone(), name, value.clone()));
            let answer = present(&app, &assertion, "").await;
            assert_eq!(answer.error(), "invalid_grant", "{name}: {value} {}", answer.text);
        }
        present(&app, &other.sign("ES256", json!({}), &good), "").await.expect_error(400, "invalid_grant");
        present(&app, "not.a.jwt", "").await.expect_error(400, "invalid_grant");
        present(&app, "", "").await.expect_error(400, "invalid_request");
        for typ in ["at+jwt", "logout+jwt", "dpop+jwt", "oauth-authz-req+jwt", "token-introspection+jwt", "oauth-id-jag+jwt"] {
            let answer = present(&app, &key.sign("ES256", json!({"typ": typ}), &good), "").await;
            assert_eq!(answer.error(), "invalid_grant", "{typ}");
        }
        // None of that spent it.
        let _ = present(&app, &key.sign("ES256", json!({}), &good), "").await.ok();
    }

    async fn only_for_what_and_for_whom_it_is_trusted(app: TestApp) {
        let key = ClientKey::ec("k1");
        trust(&app, &key, "uses: [token_exchange]");
        let assertion = key.sign("ES256", json!({}), &claims(&app));
        present(&app, &assertion, "").await.expect_error(400, "invalid_grant");
        let _ = exchange(&app, &assertion).await.ok();
        trust(&app, &key, "uses: [jwt_bearer]");
        exchange(&app, &assertion).await.expect_error(400, "invalid_request");
        let fields = [("grant_type", GRANT), ("assertion", assertion.as_str())];
        app.post_as("web", "token", &fields).await.expect_error(400, "unauthorized_client");
    }

    async fn a_scope_beyond_the_ceiling_or_the_assertion_is_invalid_scope(app: TestApp) {
        let key = ClientKey::ec("k1");
        trust(&app, &key, FOR_GRANTS);
        let assertion = key.sign("ES256", json!({}), &claims(&app));
        present(&app, &assertion, "gr:write").await.expect_error(400, "invalid_scope");
        let narrow = key.sign("ES256", json!({}), &with(claims(&app), "scope", json!("gr:bill gr:write")));
        present(&app, &narrow, "gr:read").await.expect_error(400, "invalid_scope");
        assert_eq!(present(&app, &narrow, "").await.ok().json["scope"], "gr:bill");
    }

    async fn refresh_tokens_only_where_the_tenant_says_so(app: TestApp) {
        let key = ClientKey::ec("k1");
        trust(&app, &key, "uses: [jwt_bearer]\n          refresh_tokens: true");
        let answer = present(&app, &key.sign("ES256", json!({}), &claims(&app)), "").await.ok();
        let refreshed = app.refresh("gr-jwt", &answer.string("refresh_token")).await.ok();
        assert!(refreshed.json["id_token"].is_null(), "{}", refreshed.text);
        app.disable_user("alice").await;
        app.refresh("gr-jwt", &refreshed.string("refresh_token")).await.expect_error(400, "invalid_grant");
        present(&app, &key.sign("ES256", json!({}), &claims(&app)), "").await.expect_error(400, "invalid_grant");
    }

    async fn a_workload_is_the_client_that_it_names(app: TestApp) {
        let key = ClientKey::ec("k1");
        trust(&app, &key, "uses: [jwt_bearer]\n          subject: { claim: sub, matches: client }");
        let own = with(claims(&app), "sub", json!("gr-jwt"));
        let answer = present(&app, &key.sign("ES256", json!({}), &own), "").await.ok();
        let token = app.verify_jwt(&answer.string("access_token")).await;
        assert_eq!((&token["sub"], &token["scope"]), (&"gr-jwt".into(), &"gr:bill gr:read".into()));
        present(&app, &key.sign("ES256", json!({}), &claims(&app)), "").await.expect_error(400, "invalid_grant");
    }

    async fn a_user_name_matches_a_user_name(app: TestApp) {
        let key = ClientKey::ec("k1");
        trust(&app, &key, "uses: [jwt_bearer]\n          subject: { claim: upn, matches: username }");
        let by_name = with(claims(&app), "upn", json!("Alice"));
        let _ = present(&app, &key.sign("ES256", json!({}), &by_name), "").await.ok();
        for name in [json!("alice@acme.test"), json!("nobody"), json!(7), Value::Null] {
            let refused = with(claims(&app), "upn", name);
            present(&app, &key.sign("ES256", json!({}), &refused), "").await.expect_error(400, "invalid_grant");
        }
    }

    async fn a_subject_token_of_a_trusted_issuer_may_be_exchanged_while_it_lasts(app: TestApp) {
        let key = ClientKey::ec("k1");
        trust(&app, &key, FOR_GRANTS);
        let assertion = key.sign("ES256", json!({}), &claims(&app));
        for _ in 0..2 {
            let answer = exchange(&app, &assertion).await.ok();
            assert_eq!(answer.json["scope"], "gr:read");
            let token = app.verify_jwt(&answer.string("access_token")).await;
            assert_eq!(token["aud"], ORDERS);
            assert!(answer.json["expires_in"].as_u64().is_some_and(|seconds| seconds <= 120), "{}", answer.text);
        }
        let delegated = with(claims(&app), "act", json!({"sub": "somebody"}));
        exchange(&app, &key.sign("ES256", json!({}), &delegated)).await.expect_error(400, "invalid_request");
        for (may_act, status) in [(json!({"sub": "gr-jwt"}), 200), (json!({"sub": "gr-api"}), 400)] {
            let said = with(claims(&app), "may_act", may_act);
            assert_eq!(exchange(&app, &key.sign("ES256", json!({}), &said)).await.status, status);
        }
        app.advance(Duration::from_secs(200));
        exchange(&app, &assertion).await.expect_error(400, "invalid_request");
    }
}
