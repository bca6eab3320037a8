//! OpenID Connect Client-Initiated Backchannel Authentication (CIBA) Core 1.0, and what FAPI-CIBA adds.

use std::time::Duration;

use futures_util::future::join_all;
use latchkey_testkit::{Browser, ClientKey, HttpsStub, JsonAnswer, Page, StubAnswer, TestApp, both_backends, sha256};
use serde_json::{Value, json};

pub(crate) const GRANT: &str = "urn:openid:params:grant-type:ciba";
pub(crate) const NOTIFY: &str = "/notify";
pub(crate) const TOKEN: &str = "notification-token-0123456789";

pub(crate) async fn ask(app: &TestApp, client: &str, fields: &[(&str, &str)]) -> JsonAnswer {
    app.post_as(client, "bc-authorize", fields).await
}

/// Asks alice; the `auth_req_id`.
pub(crate) async fn begin(app: &TestApp, client: &str, more: &[(&str, &str)]) -> String {
    let mut fields = vec![("scope", "openid"), ("login_hint", "alice")];
    fields.retain(|(name, _)| !more.iter().any(|(other, _)| other == name));
    fields.extend_from_slice(more);
    ask(app, client, &fields).await.ok().string("auth_req_id")
}

pub(crate) async fn poll(app: &TestApp, client: &str, auth_req_id: &str) -> JsonAnswer {
    app.post_as(client, "token", &[("grant_type", GRANT), ("auth_req_id", auth_req_id)]).await
}

/// The list of a user, signed in where needed.
pub(crate) async fn list(app: &TestApp, browser: &Browser, login: &str, password: &str) -> Page {
    let page = browser.visit(&format!("{}/requests", app.issuer())).await.page();
    if !page.is_sign_in() {
        return page;
    }
    browser.submit(&page, &[("login", login), ("password", password)]).await.page()
}

pub(crate) async fn answer(app: &TestApp, browser: &Browser, decision: &str) -> Page {
    let page = list(app, browser, "alice", "wonderland-in-spring").await;
    browser.submit(&page, &[("decision", decision)]).await.page()
}

pub(crate) fn with_client(app: &TestApp, id: &str, members: &Value) {
    let mut client = json!({
        "client_id": id, "name": "Acme Told", "secret": "ciba-secret-0123456789-0123456789-0123456789",
        "grant_types": [GRANT, "refresh_token"], "scope": "openid offline_access", "id_token_signed_response_alg": "ES256",
    });
    client.as_object_mut().expect("an object").extend(members.as_object().expect("an object").clone());
    app.add_clients(&[client]);
}

/// Somebody's server that is told, and a client in that mode.
pub(crate) fn told_client(app: &TestApp, id: &str, mode: &str) -> HttpsStub {
    let stub = HttpsStub::start();
    stub.answer(NOTIFY, StubAnswer::status(204));
    app.set_settings(&json!({ "outgoing": stub.outgoing() }));
    let endpoint = stub.url(NOTIFY);
    with_client(
        app,
        id,
        &json!({ "backchannel_token_delivery_mode": mode, "backchannel_client_notification_endpoint": endpoint }),
    );
    stub
}

both_backends! {
    async fn a_client_asks_the_user_allows_and_the_client_fetches_tokens_once(app: TestApp) {
        let more = [("scope", "openid profile offline_access orders:write"), ("binding_message", "W4SCT"), ("acr_values", "1")];
        let fields = [("login_hint", "alice@acme.test"), more[0], more[1], more[2]];
        let asked = ask(&app, "ciba-poll", &fields).await.ok();
        assert_eq!((asked.json["expires_in"].as_u64(), asked.json["interval"].as_u64()), (Some(300), Some(5)));
        assert_eq!(asked.header("cache-control"), "no-store");
        let id = asked.string("auth_req_id");
        poll(&app, "ciba-poll", &id).await.expect_error(400, "authorization_pending");
        poll(&app, "ciba-poll", &id).await.expect_error(400, "slow_down");

        let browser = app.browser();
        let page = list(&app, &browser, "alice", "wonderland-in-spring").await;
        for shown in ["Acme Bank", "W4SCT", "Place and cancel orders", "Alice Liddell", "https://bank.acme.test/"] {
            assert!(page.html.contains(shown), "{shown}: {}", page.html);
        }
        assert!(!page.html.contains(&id), "the page has a name of its own for the request");
        let done = browser.submit(&page, &[("decision", "allow")]).await.page();
        assert!(done.url.ends_with("/requests/allowed"), "{}", done.url);
        let tokens = poll(&app, "ciba-poll", &id).await.ok();
        let claims = app.verify_jwt(&tokens.string("id_token")).await;
        assert_eq!((claims["aud"].as_str(), claims["amr"][0].as_str()), (Some("ciba-poll"), Some("pwd")));
        assert!(claims["urn:openid:params:jwt:claim:auth_req_id"].is_null(), "{claims}");
        let _ = app.refresh("ciba-poll", &tokens.string("refresh_token")).await.ok();
        poll(&app, "ciba-poll", &id).await.expect_error(400, "invalid_grant");
        assert!(list(&app, &browser, "", "").await.html.contains("Nothing waits for you"));
    }

    async fn the_metadata_says_what_there_is(app: TestApp) {
        let metadata = app.get(&format!("{}/.well-known/openid-configuration", app.issuer())).await.json;
        assert_eq!(metadata["backchannel_authentication_endpoint"], format!("{}/oauth2/bc-authorize", app.issuer()));
        assert_eq!(metadata["backchannel_token_delivery_modes_supported"], json!(["poll", "ping", "push"]));
        assert_eq!(metadata["backchannel_user_code_parameter_supported"], false);
        let has = |member: &str, value: &str| metadata[member].as_array().expect("a list").iter().any(|one| one == value);
        assert!(has("backchannel_authentication_request_signing_alg_values_supported", "PS256"));
        assert!(has("grant_types_supported", GRANT));
    }

    async fn a_broken_request_gets_its_error(app: TestApp) {
        let hint = ("login_hint", "alice");
        let scope = ("scope", "openid");
        let long = "x".repeat(129);
        type Case<'a> = (&'a str, &'a [(&'a str, &'a str)], u16, &'a str);
        let cases: [Case<'_>; 14] = [
            ("ciba-poll", &[hint], 400, "invalid_request"),
            ("ciba-poll", &[hint, ("scope", "profile")], 400, "invalid_scope"),
            ("ciba-poll", &[hint, ("scope", "a\"b")], 400, "invalid_scope"),
            ("ciba-poll", &[scope], 400, "invalid_request"),
            ("ciba-poll", &[scope, hint, ("id_token_hint", "x")], 400, "invalid_request"),
            ("ciba-poll", &[scope, ("login_hint_token", "x")], 400, "invalid_request"),
            ("ciba-poll", &[scope, ("id_token_hint", "x")], 400, "invalid_request"),
            ("ciba-poll", &[scope, hint, ("requested_expiry", "0")], 400, "invalid_request"),
            ("ciba-poll", &[scope, hint, ("requested_expiry", "soon")], 400, "invalid_request"),
            ("ciba-poll", &[scope, hint, ("binding_message", &long)], 400, "invalid_binding_message"),
            ("ciba-poll", &[scope, hint, ("binding_message", "a\nb")], 400, "invalid_binding_message"),
            ("ciba-poll", &[scope, hint, ("request", "e.y.J")], 400, "invalid_request"),
            ("web", &[scope, hint], 400, "unauthorized_client"),
            ("spa", &[scope, hint], 401, "invalid_client"),
        ];
        for (client, fields, status, error) in cases {
            let refused = ask(&app, client, fields).await;
            assert_eq!((refused.status, refused.error()), (status, error), "{client} {fields:?}: {}", refused.text);
        }
        let endpoint = format!("{}/oauth2/bc-authorize", app.issuer());
        app.post_raw(&endpoint, Some(("ciba-poll", "wrong")), "scope=openid&login_hint=alice").await.expect_error(401, "invalid_client");
        assert_eq!(ask(&app, "ciba-poll", &[scope, hint, ("requested_expiry", "60")]).await.ok().json["expires_in"], 60);
    }

    async fn an_id_token_of_this_client_is_a_hint_and_one_of_another_is_not(app: TestApp) {
        let own = app.tokens("ciba-poll", "alice", "openid").await.string("id_token");
        let other = app.tokens("web", "alice", "openid").await.string("id_token");
        let _ = ask(&app, "ciba-poll", &[("scope", "openid"), ("id_token_hint", &own)]).await.ok();
        let refused = ask(&app, "ciba-poll", &[("scope", "openid"), ("id_token_hint", &other)]).await;
        refused.expect_error(400, "invalid_request");
        assert!(list(&app, &app.browser(), "alice", "wonderland-in-spring").await.is_consent());
    }

    async fn an_unknown_user_is_waited_for_like_any_other(app: TestApp) {
        let known = ask(&app, "ciba-poll", &[("scope", "openid"), ("login_hint", "alice")]).await.ok();
        let unknown = ask(&app, "ciba-poll", &[("scope", "openid"), ("login_hint", "nobody")]).await.ok();
        let members = |answer: &JsonAnswer| answer.json.as_object().expect("an object").keys().cloned().collect::<Vec<_>>();
        assert_eq!(members(&known), members(&unknown));
        let id = unknown.string("auth_req_id");
        poll(&app, "ciba-poll", &id).await.expect_error(400, "authorization_pending");
        app.advance(Duration::from_secs(300));
        poll(&app, "ciba-poll", &id).await.expect_error(400, "expired_token");
        app.advance(Duration::from_secs(600));
        poll(&app, "ciba-poll", &id).await.expect_error(400, "invalid_grant");
    }

    async fn only_the_user_who_is_meant_can_answer_and_a_denial_is_final(app: TestApp) {
        let id = begin(&app, "ciba-poll", &[]).await;
        let bob = app.browser();
        let page = list(&app, &bob, "bob", "builder-in-autumn").await;
        assert!(page.html.contains("Nothing waits for you"), "{}", page.html);
        let alice = app.browser();
        let page = list(&app, &alice, "alice", "wonderland-in-spring").await;
        let request = page.hidden_fields()["request"].clone();
        let url = format!("{}/requests", app.issuer());
        let acme = app.tenant_id("acme").await;
        let (csrf_token, account) = (bob.csrf_token(&acme, "requests"), bob.session_id(&acme));
        let fields =
            [("csrf_token", csrf_token.as_str()), ("account", &account), ("request", &request), ("decision", "allow")];
        let stolen = bob.follow(bob.post(&url, &fields).await).await.page();
        assert!(stolen.url.ends_with("/requests/over"), "{}", stolen.url);
        assert_eq!(alice.post(&url, &fields).await.status, 403, "a form token of another browser");
        let refused = alice.submit(&page, &[("decision", "deny")]).await.page();
        assert!(refused.url.ends_with("/requests/refused"), "{}", refused.url);
        let late = alice.submit(&page, &[("decision", "allow")]).await.page();
        assert!(late.url.ends_with("/requests/over"), "{}", late.url);
        for _ in 0..2 {
            poll(&app, "ciba-poll", &id).await.expect_error(400, "access_denied");
        }
    }

    async fn another_client_gets_invalid_grant_and_of_many_polls_one_gets_tokens(app: TestApp) {
        let id = begin(&app, "ciba-poll", &[]).await;
        let _ = answer(&app, &app.browser(), "allow").await;
        poll(&app, "ciba-other", &id).await.expect_error(400, "invalid_grant");
        poll(&app, "web", &id).await.expect_error(400, "unauthorized_client");
        poll(&app, "ciba-poll", "no-such-request").await.expect_error(400, "invalid_grant");
        app.post_as("ciba-poll", "token", &[("grant_type", GRANT)]).await.expect_error(400, "invalid_request");
        let answers = join_all((0..20).map(|_| poll(&app, "ciba-poll", &id))).await;
        assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 1);
        assert!(answers.iter().all(|answer| answer.status == 200 || answer.error() == "invalid_grant"));
    }

    async fn of_allowing_and_denying_at_once_the_first_counts(app: TestApp) {
        let id = begin(&app, "ciba-poll", &[]).await;
        let browsers = [app.browser(), app.browser()];
        let one = list(&app, &browsers[0], "alice", "wonderland-in-spring").await;
        let two = list(&app, &browsers[1], "alice", "wonderland-in-spring").await;
        let (allowed, denied) = tokio::join!(
            browsers[0].submit(&one, &[("decision", "allow")]),
            browsers[1].submit(&two, &[("decision", "deny")])
        );
        let (allowed, denied) = (allowed.page().url, denied.page().url);
        assert_ne!(allowed.ends_with("/allowed"), denied.ends_with("/refused"), "{allowed} {denied}");
        let told = poll(&app, "ciba-poll", &id).await;
        assert_eq!(told.status == 200, allowed.ends_with("/allowed"), "{}", told.text);
    }

    async fn the_user_is_told_by_mail_with_a_link_that_works_for_nobody_else(app: TestApp) {
        let _ = begin(&app, "ciba-poll", &[("binding_message", "W4SCT <b>")]).await;
        app.empty_outbox().await;
        let mail = app.mailer().sent().into_iter().find(|mail| mail.to.iter().any(|to| to == "alice@acme.test")).expect("a mail");
        let link = format!("{}/requests", app.issuer());
        assert!(mail.text.contains(&link) && mail.text.contains("Acme Bank") && mail.text.contains("W4SCT <b>"), "{}", mail.text);
        assert!(app.browser().visit(&link).await.page().is_sign_in());
    }

    async fn a_user_gets_twenty_mails_an_hour_and_sees_the_other_requests_on_the_page(app: TestApp) {
        let browser = app.browser();
        let mails = || app.mailer().sent().into_iter().filter(|mail| mail.to.iter().any(|to| to == "alice@acme.test")).count();
        for number in 0..24 {
            let client = if number % 2 == 0 { "ciba-poll" } else { "ciba-other" };
            let _ = begin(&app, client, &[]).await;
            let page = answer(&app, &browser, "deny").await;
            assert!(page.url.ends_with("/requests/refused"), "{number}: {} {}", page.url, page.html);
        }
        app.empty_outbox().await;
        assert_eq!(mails(), 20);
        app.advance(Duration::from_secs(3_600));
        let _ = begin(&app, "ciba-poll", &[]).await;
        app.empty_outbox().await;
        assert_eq!(mails(), 21);
    }

    async fn a_signed_request_is_read_and_every_bad_one_refused(app: TestApp) {
        let (key, other) = (ClientKey::ec("one"), ClientKey::ec("one"));
        let members = json!({ "backchannel_token_delivery_mode": "poll", "jwks": key.jwks(), "backchannel_authentication_request_signing_alg": "ES256" });
        with_client(&app, "ciba-signed", &members);
        let now = app.now();
        let good = |jti: &str| json!({
            "iss": "ciba-signed", "aud": app.issuer(), "iat": now, "nbf": now, "exp": now + 300, "jti": jti,
            "scope": "openid", "login_hint": "alice", "binding_message": "1234", "requested_expiry": 120,
        });
        let sign = |claims: &Value| key.sign("ES256", json!({}), claims);
        let send = async |request: &str| ask(&app, "ciba-signed", &[("request", request)]).await;
        let first = sign(&good("1"));
        assert_eq!(send(&first).await.ok().json["expires_in"], 120);
        send(&first).await.expect_error(400, "invalid_request");
        let text = { let mut claims = good("2"); claims["requested_expiry"] = json!("60"); claims };
        assert_eq!(send(&sign(&text)).await.ok().json["expires_in"], 60);

        let changed = [
            ("iss", json!("ciba-poll")), ("iss", Value::Null), ("aud", json!("https://elsewhere.example")), ("aud", Value::Null),
            ("iat", Value::Null), ("nbf", Value::Null), ("exp", Value::Null), ("jti", Value::Null), ("jti", json!("")),
            ("exp", json!(now - 60)), ("exp", json!(now + 3_700)), ("nbf", json!(now - 3_700)), ("nbf", json!(now + 60)),
            ("login_hint", Value::Null), ("scope", json!(["openid"])),
        ];
        for (number, (name, value)) in changed.into_iter().enumerate() {
            let mut claims = good(&format!("bad-{number}"));
            if value.is_null() {
                claims.as_object_mut().expect("an object").remove(name);
            } else {
                claims[name] = value.clone();
            }
            let refused = send(&sign(&claims)).await;
            assert_eq!((refused.status, refused.error()), (400, "invalid_request"), "{name} {value}: {}", refused.text);
        }
        send(&other.sign("ES256", json!({}), &good("3"))).await.expect_error(400, "invalid_request");
        let rsa = ClientKey::rsa("one");
        send(&rsa.sign("RS256", json!({}), &good("4"))).await.expect_error(400, "invalid_request");
        send("not.a.jwt").await.expect_error(400, "invalid_request");
        ask(&app, "ciba-signed", &[("scope", "openid"), ("login_hint", "alice")]).await.expect_error(400, "invalid_request");
        let outside = [("request", sign(&good("5"))), ("login_hint", "bob".to_owned())];
        let outside: Vec<(&str, &str)> = outside.iter().map(|(name, value)| (*name, value.as_str())).collect();
        ask(&app, "ciba-signed", &outside).await.expect_error(400, "invalid_request");
    }

    async fn a_client_in_ping_mode_is_told_to_ask_and_no_redirect_is_followed(app: TestApp) {
        let stub = told_client(&app, "ciba-ping", "ping");
        ask(&app, "ciba-ping", &[("scope", "openid"), ("login_hint", "alice")]).await.expect_error(400, "invalid_request");
        let token = ("client_notification_token", TOKEN);
        let id = begin(&app, "ciba-ping", &[token]).await;
        poll(&app, "ciba-ping", &id).await.expect_error(400, "authorization_pending");
        let browser = app.browser();
        let _ = answer(&app, &browser, "allow").await;
        app.empty_outbox().await;
        let [ping] = <[_; 1]>::try_from(stub.requests_to(NOTIFY)).expect("one ping");
        assert_eq!(serde_json::from_str::<Value>(&ping.body).expect("JSON"), json!({ "auth_req_id": id }));
        assert_eq!(ping.headers.get("authorization").map(String::as_str), Some(format!("Bearer {TOKEN}").as_str()));
        let _ = poll(&app, "ciba-ping", &id).await.ok();

        // What the client's server answers changes nothing; 401 and a redirect are not tried again.
        stub.answer("/elsewhere", StubAnswer::status(204));
        for (number, status) in [401_u16, 403, 302].into_iter().enumerate() {
            stub.answer(NOTIFY, StubAnswer::status(status).header("location", &stub.url("/elsewhere")));
            let id = begin(&app, "ciba-ping", &[token]).await;
            let _ = answer(&app, &browser, "deny").await;
            app.empty_outbox().await;
            assert_eq!(stub.requests_to(NOTIFY).len(), number + 2, "{status}");
            poll(&app, "ciba-ping", &id).await.expect_error(400, "access_denied");
        }
        assert!(stub.requests_to("/elsewhere").is_empty());
    }

    async fn a_client_in_push_mode_is_sent_the_tokens_and_cannot_ask(app: TestApp) {
        let stub = told_client(&app, "ciba-push", "push");
        let token = ("client_notification_token", TOKEN);
        let asked = ask(&app, "ciba-push", &[("scope", "openid offline_access"), ("login_hint", "alice"), token]).await.ok();
        assert!(asked.json["interval"].is_null(), "{}", asked.text);
        let id = asked.string("auth_req_id");
        poll(&app, "ciba-push", &id).await.expect_error(400, "unauthorized_client");
        let browser = app.browser();
        let _ = answer(&app, &browser, "allow").await;
        app.empty_outbox().await;
        let [push] = <[_; 1]>::try_from(stub.requests_to(NOTIFY)).expect("one push");
        assert_eq!(push.headers.get("authorization").map(String::as_str), Some(format!("Bearer {TOKEN}").as_str()));
        let body: Value = serde_json::from_str(&push.body).expect("JSON");
        assert_eq!((body["auth_req_id"].as_str(), body["token_type"].as_str()), (Some(id.as_str()), Some("Bearer")));
        let claims = app.verify_jwt(body["id_token"].as_str().expect("an ID token")).await;
        assert_eq!(claims["urn:openid:params:jwt:claim:auth_req_id"], id.as_str());
        let half = |name: &str| half_hash(body[name].as_str().expect("a token"));
        assert_eq!(claims["urn:openid:params:jwt:claim:rt_hash"], half("refresh_token"));
        assert_eq!(claims["at_hash"], half("access_token"));
        assert_eq!(app.userinfo(body["access_token"].as_str().expect("a token")).await.status, 200);
        let _ = app.refresh("ciba-push", body["refresh_token"].as_str().expect("a token")).await.ok();

        let id = begin(&app, "ciba-push", &[token]).await;
        let _ = answer(&app, &browser, "deny").await;
        app.empty_outbox().await;
        let denied: Value = serde_json::from_str(&stub.requests_to(NOTIFY)[1].body).expect("JSON");
        assert_eq!((denied["error"].as_str(), denied["auth_req_id"].as_str()), (Some("access_denied"), Some(id.as_str())));
    }
}

fn half_hash(token: &str) -> String {
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    URL_SAFE_NO_PAD.encode(&sha256(token.as_bytes())[..16])
}
