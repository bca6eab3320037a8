//! Client ID metadata documents: a client that is known by the https URL of its own description.

use std::time::Duration;

use latchkey_testkit::{HttpsStub, Landing, SigningAlgorithm, SigningKey, StubAnswer, TestApp, both_backends};
use serde_json::{Value, json};

const REDIRECT_URI: &str = "http://127.0.0.1:7000/callback";
const PATH: &str = "/client.json";

fn turn_on(app: &TestApp, stub: &HttpsStub) {
    app.set_settings(&json!({ "client_id_metadata_documents": { "mode": "on" }, "outgoing": stub.outgoing() }));
}

fn document(stub: &HttpsStub, more: &Value) -> Value {
    let mut document = json!({
        "client_id": stub.url(PATH),
        "client_name": "Documented",
        "redirect_uris": [REDIRECT_URI],
        "grant_types": ["authorization_code", "refresh_token"],
        "token_endpoint_auth_method": "none",
    });
    for (name, value) in more.as_object().expect("an object") {
        document[name] = value.clone();
    }
    document
}

async fn is_known(app: &TestApp, client_id: &str) -> bool {
    match app.browser().visit(&app.authorization(client_id).url()).await {
        Landing::Page(page) => page.is_sign_in(),
        Landing::Callback(_) => false,
    }
}

both_backends! {
    async fn a_client_is_known_by_its_document_and_gets_tokens_after_consent(app: TestApp) {
        let stub = HttpsStub::start();
        turn_on(&app, &stub);
        stub.answer(PATH, StubAnswer::json(&document(&stub, &json!({}))));
        let client_id = stub.url(PATH);
        let browser = app.browser();
        let _ = app.sign_in_with(&browser, "alice", &app.authorization("web").with("scope", "openid")).await;
        let request = app.authorization(&client_id).with("scope", "openid offline_access");
        let page = browser.visit(&request.url()).await.page();
        assert!(page.html.contains("Published by <strong dir=\"auto\">localhost</strong>"), "{}", page.html);

        let callback = app.sign_in("alice", &request).await;
        let mut fields = app.code_fields(callback.code());
        fields.insert("client_id", client_id.clone());
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let tokens = app.post_form(&format!("{}/oauth2/token", app.issuer()), &fields).await.ok();
        assert_eq!(app.userinfo(&tokens.string("access_token")).await.status, 200);
        let id_token = app.verify_jwt(&tokens.string("id_token")).await;
        assert_eq!(id_token["aud"], json!(client_id));
        assert_eq!(stub.requests_to(PATH).len(), 1, "one copy serves all of it");
    }

    async fn where_documents_are_off_nothing_is_fetched_and_nothing_announced(app: TestApp) {
        let stub = HttpsStub::start();
        stub.answer(PATH, StubAnswer::json(&document(&stub, &json!({}))));
        let announced = async || {
            let url = format!("{}/.well-known/oauth-authorization-server", app.issuer());
            app.get(&url).await.ok().json["client_id_metadata_document_supported"].clone()
        };
        app.set_settings(&json!({ "outgoing": stub.outgoing() }));
        assert!(!is_known(&app, &stub.url(PATH)).await);
        assert_eq!(announced().await, Value::Null);
        app.set_settings(&json!({
            "client_id_metadata_documents": { "mode": "on", "hosts": ["app.example"] },
            "outgoing": stub.outgoing(),
        }));
        assert!(!is_known(&app, &stub.url(PATH)).await, "not a host of the list");
        assert!(stub.requests().is_empty());
        assert_eq!(announced().await, true);
        turn_on(&app, &stub);
        assert!(is_known(&app, &stub.url(PATH)).await);
        app.set_settings(&json!({ "client_id_metadata_documents": { "mode": "off" } }));
        assert!(!is_known(&app, &stub.url(PATH)).await, "what was turned off is off at once");
    }

    async fn a_document_that_is_not_the_clients_own_makes_no_client(app: TestApp) {
        let stub = HttpsStub::start();
        turn_on(&app, &stub);
        let with = |more: Value| StubAnswer::json(&document(&stub, &more));
        let own = |path: &str| json!({ "client_id": stub.url(path) });
        let mut secret = own("/secret");
        secret["client_secret"] = json!("x");
        let mut basic = own("/basic");
        basic["token_endpoint_auth_method"] = json!("client_secret_basic");
        let mut fragment = own("/fragment");
        fragment["redirect_uris"] = json!(["https://app.example/cb#x"]);
        let mut keyless = own("/keyless");
        keyless["token_endpoint_auth_method"] = json!("private_key_jwt");
        for (path, answer) in [
            ("/other", with(json!({}))),
            ("/secret", with(secret)),
            ("/basic", with(basic)),
            ("/fragment", with(fragment)),
            ("/keyless", with(keyless)),
            ("/html", StubAnswer::document("text/html", document(&stub, &own("/html")).to_string())),
            ("/array", StubAnswer::json(&json!([document(&stub, &own("/array"))]))),
            ("/large", with(json!({ "client_id": stub.url("/large"), "padding": "x".repeat(70_000) }))),
            ("/redirect", StubAnswer::status(302).header("location", &stub.url(PATH))),
            ("/error", StubAnswer::status(500)),
        ] {
            stub.answer(path, answer);
            assert!(!is_known(&app, &stub.url(path)).await, "{path}");
            assert!(!is_known(&app, &stub.url(path)).await, "{path}");
            assert_eq!(stub.requests_to(path).len(), 1, "{path}: a failure is remembered for a moment");
        }
        assert!(stub.requests_to(PATH).is_empty(), "no redirect is followed");
    }

    async fn a_fixed_document_is_found_after_a_moment(app: TestApp) {
        let stub = HttpsStub::start();
        turn_on(&app, &stub);
        assert!(!is_known(&app, &stub.url(PATH)).await);
        stub.answer(PATH, StubAnswer::json(&document(&stub, &json!({}))));
        app.advance(Duration::from_secs(31));
        assert!(is_known(&app, &stub.url(PATH)).await);
    }

    async fn a_copy_is_renewed_when_it_is_stale_and_serves_a_day_longer_when_the_host_is_away(app: TestApp) {
        let stub = HttpsStub::start();
        turn_on(&app, &stub);
        let fresh = StubAnswer::json(&document(&stub, &json!({}))).header("cache-control", "max-age=600");
        stub.answer(PATH, fresh.clone());
        assert!(is_known(&app, &stub.url(PATH)).await);
        app.advance(Duration::from_secs(599));
        assert!(is_known(&app, &stub.url(PATH)).await);
        assert_eq!(stub.requests_to(PATH).len(), 1);
        app.advance(Duration::from_secs(2));
        assert!(is_known(&app, &stub.url(PATH)).await);
        assert_eq!(stub.requests_to(PATH).len(), 2);
        stub.answer(PATH, StubAnswer::status(503));
        app.advance(Duration::from_secs(601));
        assert!(is_known(&app, &stub.url(PATH)).await, "a copy serves while the host is away");
        app.advance(Duration::from_secs(24 * 60 * 60));
        assert!(!is_known(&app, &stub.url(PATH)).await, "but not for ever");
    }

    async fn a_document_that_was_taken_away_ends_the_client_with_its_freshness(app: TestApp) {
        let stub = HttpsStub::start();
        turn_on(&app, &stub);
        stub.answer(PATH, StubAnswer::json(&document(&stub, &json!({}))));
        assert!(is_known(&app, &stub.url(PATH)).await);
        stub.answer(PATH, StubAnswer::status(404));
        app.advance(Duration::from_secs(301));
        assert!(!is_known(&app, &stub.url(PATH)).await);
        assert!(!is_known(&app, &stub.url(PATH)).await);
    }

    async fn requests_at_the_same_time_share_one_fetch(app: TestApp) {
        let stub = HttpsStub::start();
        turn_on(&app, &stub);
        stub.answer(PATH, StubAnswer::json(&document(&stub, &json!({}))).delayed(Duration::from_millis(200)));
        let client_id = stub.url(PATH);
        let known = futures_util::future::join_all((0..5).map(|_| is_known(&app, &client_id))).await;
        assert!(known.iter().all(|known| *known));
        assert_eq!(stub.requests_to(PATH).len(), 1);
    }

    async fn one_address_cannot_make_us_fetch_without_end(app: TestApp) {
        let stub = HttpsStub::start();
        turn_on(&app, &stub);
        for number in 0..40 {
            let _ = is_known(&app, &stub.url(&format!("/{number}"))).await;
        }
        let asked = stub.requests().len();
        assert_eq!(asked, 30);
        stub.answer(PATH, StubAnswer::json(&document(&stub, &json!({}))));
        let fields = [("grant_type", "authorization_code"), ("code", "x"), ("client_id", &stub.url(PATH))];
        let answer = app.post_form(&format!("{}/oauth2/token", app.issuer()), &fields).await;
        assert_eq!(answer.status, 429, "{}", answer.text);
    }

    async fn a_client_with_keys_of_its_own_authenticates_with_them(app: TestApp) {
        let stub = HttpsStub::start();
        turn_on(&app, &stub);
        let key = SigningKey::generate(SigningAlgorithm::Es256);
        let stranger = SigningKey::generate(SigningAlgorithm::Es256);
        let keyed = json!({ "token_endpoint_auth_method": "private_key_jwt", "jwks": key.jwks() });
        stub.answer(PATH, StubAnswer::json(&document(&stub, &keyed)));
        let client_id = stub.url(PATH);
        let token = async |key: &SigningKey, jti: &str| {
            let now = app.services().clock.now().unix_seconds();
            let claims = json!({ "iss": client_id, "sub": client_id, "aud": app.issuer(), "jti": jti, "iat": now, "exp": now + 60 });
            let assertion = key.sign(&json!({}), &claims);
            let fields = [
                ("grant_type", "authorization_code"),
                ("code", "no-such-code"),
                ("redirect_uri", REDIRECT_URI),
                ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
                ("client_assertion", &assertion),
            ];
            app.post_form(&format!("{}/oauth2/token", app.issuer()), &fields).await
        };
        token(&key, "1").await.expect_error(400, "invalid_grant");
        token(&stranger, "2").await.expect_error(401, "invalid_client");
    }

    async fn a_managed_client_of_the_same_id_is_never_overwritten(app: TestApp) {
        let stub = HttpsStub::start();
        turn_on(&app, &stub);
        stub.answer(PATH, StubAnswer::json(&document(&stub, &json!({ "redirect_uris": ["https://evil.example/cb"] }))));
        app.add_clients(&[json!({
            "client_id": stub.url(PATH),
            "name": "Ours",
            "redirect_uris": [REDIRECT_URI],
            "token_endpoint_auth_method": "none",
        })]);
        assert!(is_known(&app, &stub.url(PATH)).await);
        let evil = app.authorization(&stub.url(PATH)).with("redirect_uri", "https://evil.example/cb");
        assert!(matches!(app.browser().visit(&evil.url()).await, Landing::Page(page) if page.status == 400));
        assert!(stub.requests().is_empty());
    }
}
