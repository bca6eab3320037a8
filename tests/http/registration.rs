//! Dynamic client registration and its management: RFC 7591, RFC 7592, OpenID Connect Dynamic Client Registration 1.0.

use std::time::Duration;

use latchkey_testkit::{
    ClientKey, HttpsStub, JsonAnswer, SigningAlgorithm, SigningKey, StubAnswer, TestApp, both_backends,
};
use serde_json::{Value, json};

use crate::device;

const REDIRECT_URI: &str = "http://127.0.0.1:7000/callback";

fn open(app: &TestApp) {
    app.set_settings(&json!({ "client_registration": { "mode": "open" } }));
}

fn metadata(more: &Value) -> Value {
    let mut metadata = json!({ "client_name": "Stranger", "redirect_uris": [REDIRECT_URI] });
    for (name, value) in more.as_object().expect("an object") {
        metadata[name] = value.clone();
    }
    metadata
}

async fn registered(app: &TestApp, more: &Value) -> JsonAnswer {
    let answer = app.register("acme", None, &metadata(more)).await;
    assert_eq!(answer.status, 201, "{}", answer.text);
    answer
}

fn credentials(client: &JsonAnswer) -> (String, String) {
    (client.string("client_id"), client.string("client_secret"))
}

/// A code of the client, redeemed with its secret.
async fn tokens_of(app: &TestApp, client: &JsonAnswer) -> JsonAnswer {
    let (client_id, secret) = credentials(client);
    let request = app.authorization(&client_id).with("scope", "openid");
    let code = app.sign_in("alice", &request).await.code().to_owned();
    let fields = app.code_fields(&code);
    let body = fields.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&");
    app.token_raw(Some((&client_id, &secret)), &body).await
}

both_backends! {
    async fn where_registration_is_off_nobody_registers_and_nothing_is_announced(app: TestApp) {
        app.register("acme", None, &metadata(&json!({}))).await.expect_error(403, "access_denied");
        let document = app.get(&format!("{}/.well-known/openid-configuration", app.issuer())).await.ok();
        assert_eq!(document.json["registration_endpoint"], Value::Null);
        open(&app);
        let url = format!("{}/.well-known/openid-configuration", app.issuer());
        assert_eq!(app.get(&url).await.ok().string("registration_endpoint"), format!("{}/oauth2/register", app.issuer()));
    }

    async fn a_client_that_registered_itself_gets_tokens_after_consent(app: TestApp) {
        open(&app);
        let client = registered(&app, &json!({ "no_such_member": true, "client_name#de": "Fremder" })).await;
        assert_eq!(client.header("cache-control"), "no-store");
        assert_eq!(client.json["client_secret_expires_at"], 0);
        assert_eq!(client.json["client_id_issued_at"], app.services().clock.now().unix_seconds());
        assert_eq!(client.json["client_name"], "Stranger");
        for (member, value) in [
            ("grant_types", json!(["authorization_code"])),
            ("response_types", json!(["code"])),
            ("token_endpoint_auth_method", json!("client_secret_basic")),
            ("application_type", json!("web")),
            ("redirect_uris", json!([REDIRECT_URI])),
        ] {
            assert_eq!(client.json[member], value, "{member}");
        }
        assert_eq!(client.json["no_such_member"], Value::Null);
        assert_eq!(tokens_of(&app, &client).await.ok().string("token_type"), "Bearer");
    }

    async fn the_consent_page_says_that_nobody_checked_it(app: TestApp) {
        open(&app);
        let client = registered(&app, &json!({})).await;
        let browser = app.browser();
        let web = app.sign_in_with(&browser, "alice", &app.authorization("web")).await;
        assert!(!web.code().is_empty());
        let page = browser.visit(&app.authorization(&client.string("client_id")).url()).await.page();
        assert!(page.html.contains("It registered itself and was not checked by"), "{}", page.html);
    }

    async fn the_page_of_a_device_says_so_too_and_of_a_known_client_does_not(app: TestApp) {
        app.set_settings(&json!({ "client_registration": {
            "mode": "open", "scope": "openid", "grant_types": ["authorization_code", device::GRANT],
        }}));
        let metadata =
            json!({ "grant_types": [device::GRANT], "token_endpoint_auth_method": "none", "scope": "openid" });
        let stranger = registered(&app, &metadata).await.string("client_id");
        for (client, said) in [(stranger.as_str(), true), ("dev-tv", false)] {
            let codes = device::begin(&app, client, "openid").await;
            let question = device::reach_question(&app, &app.browser(), &codes.user_code).await;
            assert!(question.is_consent(), "{}", question.html);
            let notice = question.html.contains("It registered itself and was not checked by");
            assert_eq!(notice, said, "{client}: {}", question.html);
        }
    }

    async fn a_client_without_a_secret_gets_none(app: TestApp) {
        open(&app);
        let client = registered(&app, &json!({ "token_endpoint_auth_method": "none" })).await;
        assert_eq!((&client.json["client_secret"], &client.json["client_secret_expires_at"]), (&Value::Null, &Value::Null));
        let other = registered(&app, &json!({})).await;
        assert_ne!(client.string("client_id"), other.string("client_id"));
    }

    async fn metadata_that_breaks_a_rule_is_refused_with_the_code_of_the_rfc(app: TestApp) {
        open(&app);
        let key = SigningKey::generate(SigningAlgorithm::Es256);
        let mut private = key.jwk();
        private["d"] = json!("AAAA");
        for (more, error) in [
            (json!({ "redirect_uris": ["https://app.example/cb#x"] }), "invalid_redirect_uri"),
            (json!({ "redirect_uris": ["http://app.example/cb"] }), "invalid_redirect_uri"),
            (json!({ "redirect_uris": [] }), "invalid_redirect_uri"),
            (json!({ "redirect_uris": 7 }), "invalid_redirect_uri"),
            (json!({ "initiate_login_uri": "http://app.example/login" }), "invalid_client_metadata"),
            (json!({ "logo_uri": "http://app.example/logo.png" }), "invalid_client_metadata"),
            (json!({ "policy_uri": "javascript:alert(1)" }), "invalid_client_metadata"),
            (json!({ "tos_uri": "https://" }), "invalid_client_metadata"),
            (json!({ "client_name": ["x"] }), "invalid_client_metadata"),
            (json!({ "client_name": "a\nb" }), "invalid_client_metadata"),
            (json!({ "contacts": "x" }), "invalid_client_metadata"),
            (json!({ "grant_types": ["password"] }), "invalid_client_metadata"),
            (json!({ "token_endpoint_auth_method": "tls_client_auth", "tls_client_auth_subject_dn": "CN=x" }), "invalid_client_metadata"),
            (json!({ "jwks": { "keys": [private] } }), "invalid_client_metadata"),
            (json!({ "jwks": { "keys": [] } }), "invalid_client_metadata"),
            (json!({ "jwks": { "keys": [key.jwk()] }, "jwks_uri": "https://app.example/jwks" }), "invalid_client_metadata"),
            (json!({ "jwks_uri": "https://127.0.0.1/jwks" }), "invalid_client_metadata"),
            (json!({ "jwks_uri": "http://app.example/jwks" }), "invalid_client_metadata"),
            (json!({ "software_statement": "x.y.z" }), "invalid_software_statement"),
        ] {
            let answer = app.register("acme", None, &metadata(&more)).await;
            assert_eq!((answer.status, answer.error()), (400, error), "{more}: {}", answer.text);
        }
    }

    async fn a_body_that_is_no_small_json_object_is_refused(app: TestApp) {
        open(&app);
        let url = format!("{}/oauth2/register", app.issuer());
        app.send_json(("POST", &url), None, &json!([1])).await.expect_error(400, "invalid_request");
        app.post_form(&url, &[("redirect_uris", REDIRECT_URI)]).await.expect_error(400, "invalid_request");
        let large = metadata(&json!({ "padding": "x".repeat(70_000) }));
        app.send_json(("POST", &url), None, &large).await.expect_error(413, "invalid_request");
    }

    async fn rights_beyond_the_policy_are_left_out_and_consent_is_never_implied(app: TestApp) {
        open(&app);
        let greedy = json!({
            "scope": "openid orders:write",
            "grant_types": ["authorization_code", "client_credentials", "implicit"],
            "audiences": ["https://api.acme.test"],
            "consent": "implied",
            "first_party": true,
        });
        let client = registered(&app, &greedy).await;
        assert_eq!(client.json["scope"], "openid");
        assert_eq!(client.json["grant_types"], json!(["authorization_code"]));
        for member in ["audiences", "consent", "first_party"] {
            assert_eq!(client.json[member], Value::Null, "{member}");
        }
        let browser = app.browser();
        let _ = app.sign_in_with(&browser, "alice", &app.authorization("web-post").with("scope", "openid")).await;
        let silent = app.authorization(&client.string("client_id")).with("prompt", "none").with("scope", "openid");
        assert_eq!(browser.visit(&silent.url()).await.callback().param("error"), "consent_required");
    }

    async fn what_the_policy_lists_may_be_had(app: TestApp) {
        app.set_settings(&json!({ "client_registration": {
            "mode": "open",
            "scope": "openid orders:read",
            "audiences": ["https://api.acme.test"],
            "grant_types": ["authorization_code", "client_credentials"],
        }}));
        let client = registered(&app, &json!({ "grant_types": ["client_credentials"], "scope": "orders:read" })).await;
        let (id, secret) = credentials(&client);
        let tokens = app.token_raw(Some((&id, &secret)), "grant_type=client_credentials").await.ok();
        assert_eq!(tokens.string("scope"), "orders:read");
    }

    async fn a_sector_must_list_every_redirect_uri(app: TestApp) {
        let stub = HttpsStub::start();
        app.set_settings(&json!({ "client_registration": { "mode": "open" }, "outgoing": stub.outgoing() }));
        stub.answer("/good", StubAnswer::json(&json!([REDIRECT_URI, "https://other.example/cb"])));
        stub.answer("/bad", StubAnswer::json(&json!(["https://other.example/cb"])));
        stub.answer("/odd", StubAnswer::json(&json!({ "uris": [REDIRECT_URI] })));
        let sector = |path: &str| json!({ "sector_identifier_uri": stub.url(path) });
        assert_eq!(registered(&app, &sector("/good")).await.string("sector_identifier_uri"), stub.url("/good"));
        for path in ["/bad", "/odd", "/absent"] {
            let answer = app.register("acme", None, &metadata(&sector(path))).await;
            assert_eq!((answer.status, answer.error()), (400, "invalid_client_metadata"), "{path}");
        }
    }

    async fn an_initial_access_token_lets_in_as_many_as_it_says(app: TestApp) {
        app.set_settings(&json!({ "client_registration": { "mode": "token" } }));
        let token = app.registration_token("acme", Some(2)).await;
        let metadata = metadata(&json!({}));
        assert_eq!(app.register("acme", None, &metadata).await.status, 401);
        app.register("acme", Some("nonsense"), &metadata).await.expect_error(401, "invalid_token");
        // What is refused spends nothing.
        app.register("acme", Some(&token), &json!({ "redirect_uris": 7 })).await.expect_error(400, "invalid_redirect_uri");
        let racing = futures_util::future::join_all((0..5).map(|_| app.register("acme", Some(&token), &metadata))).await;
        let mut statuses: Vec<u16> = racing.iter().map(|answer| answer.status).collect();
        statuses.sort_unstable();
        assert_eq!(statuses, [201, 201, 401, 401, 401]);
        let token = app.registration_token("acme", None).await;
        assert_eq!(app.register("acme", Some(&token), &metadata).await.status, 201);
        app.advance(Duration::from_secs(3601));
        app.register("acme", Some(&token), &metadata).await.expect_error(401, "invalid_token");
    }

    async fn a_client_reads_replaces_and_deletes_itself(app: TestApp) {
        open(&app);
        let client = registered(&app, &json!({ "initiate_login_uri": "https://app.example/login", "policy_uri": "https://app.example/p" })).await;
        let (uri, token) = (client.string("registration_client_uri"), client.string("registration_access_token"));
        let read = app.get_with_token(&uri, &token).await.ok();
        assert_eq!(read.json["initiate_login_uri"], "https://app.example/login");
        assert_eq!((&read.json["client_id"], &read.json["client_secret"]), (&client.json["client_id"], &Value::Null));
        assert_eq!(read.string("registration_access_token"), token);

        let mut next = metadata(&json!({ "client_name": "Renamed", "client_id": client.json["client_id"] }));
        next["client_secret"] = client.json["client_secret"].clone();
        let replaced = app.send_json(("PUT", &uri), Some(&token), &next).await.ok();
        assert_eq!((&replaced.json["client_name"], &replaced.json["policy_uri"]), (&json!("Renamed"), &Value::Null));
        let tokens = tokens_of(&app, &client).await.ok();
        assert_eq!(app.userinfo(&tokens.string("access_token")).await.status, 200);

        let gone = app.send_json(("DELETE", &uri), Some(&token), &Value::Null).await;
        assert_eq!((gone.status, gone.text.as_str()), (204, ""));
        app.get_with_token(&uri, &token).await.expect_error(401, "invalid_token");
        assert_eq!(app.userinfo(&tokens.string("access_token")).await.status, 401);
        let page = app.browser().visit(&app.authorization(&client.string("client_id")).url()).await.page();
        assert!(page.html.contains("unknown client_id"), "{}", page.html);
    }

    async fn nobody_else_manages_a_client(app: TestApp) {
        open(&app);
        let (one, other) = (registered(&app, &json!({})).await, registered(&app, &json!({})).await);
        let (uri, own) = (one.string("registration_client_uri"), one.string("registration_access_token"));
        let foreign = other.string("registration_access_token");
        let mut body = metadata(&json!({ "client_name": "Stolen" }));
        body["client_id"] = one.json["client_id"].clone();
        for method in ["GET", "PUT", "DELETE"] {
            app.send_json((method, &uri), Some(&foreign), &body).await.expect_error(401, "invalid_token");
            app.send_json((method, &uri), Some("x"), &body).await.expect_error(401, "invalid_token");
            assert_eq!(app.send_json((method, &uri), None, &body).await.status, 401);
            // An operator's client is none that registered itself.
            let managed = format!("{}/oauth2/register/web", app.issuer());
            app.send_json((method, &managed), Some(&own), &body).await.expect_error(401, "invalid_token");
        }
        assert_eq!(app.get_with_token(&uri, &own).await.ok().json["client_name"], "Stranger");
    }

    async fn a_replacement_names_the_client_and_its_own_secret_or_none(app: TestApp) {
        open(&app);
        let client = registered(&app, &json!({})).await;
        let (uri, token) = (client.string("registration_client_uri"), client.string("registration_access_token"));
        let own = client.json["client_id"].clone();
        for body in [
            metadata(&json!({})),
            metadata(&json!({ "client_id": "web" })),
            metadata(&json!({ "client_id": own, "client_secret": "another" })),
        ] {
            app.send_json(("PUT", &uri), Some(&token), &body).await.expect_error(400, "invalid_client_metadata");
        }
        let public = metadata(&json!({ "client_id": own, "token_endpoint_auth_method": "none" }));
        let answer = app.send_json(("PUT", &uri), Some(&token), &public).await.ok();
        assert_eq!(answer.json["client_secret_expires_at"], Value::Null);
        let (id, secret) = credentials(&client);
        app.token_raw(Some((&id, &secret)), "grant_type=authorization_code&code=x").await.expect_error(401, "invalid_client");
        let again = metadata(&json!({ "client_id": own, "token_endpoint_auth_method": "client_secret_jwt" }));
        let answer = app.send_json(("PUT", &uri), Some(&token), &again).await.ok();
        assert_ne!(answer.string("client_secret"), secret);
    }

    async fn a_pairwise_client_stays_in_the_sector_that_it_registered_with(app: TestApp) {
        open(&app);
        let at = |host: &str| vec![format!("https://{host}/cb")];
        let client = registered(&app, &json!({ "subject_type": "pairwise", "redirect_uris": at("own.example") })).await;
        let (uri, token) = (client.string("registration_client_uri"), client.string("registration_access_token"));
        let put = async |more: Value| {
            let mut body = metadata(&more);
            body["client_id"] = client.json["client_id"].clone();
            app.send_json(("PUT", &uri), Some(&token), &body).await
        };
        let other_page = json!({ "subject_type": "pairwise", "redirect_uris": ["https://own.example/other"], "client_name": "Renamed" });
        assert_eq!(put(other_page).await.status, 200);
        for moved in [
            json!({ "subject_type": "pairwise", "redirect_uris": at("victim.example") }),
            json!({ "subject_type": "pairwise", "redirect_uris": [REDIRECT_URI] }),
            json!({ "subject_type": "public", "redirect_uris": at("own.example") }),
            json!({ "redirect_uris": at("victim.example") }),
        ] {
            put(moved).await.expect_error(400, "invalid_client_metadata");
        }
        assert_eq!(app.get_with_token(&uri, &token).await.ok().json["redirect_uris"], json!(["https://own.example/other"]));
        // One that knows its users by their public subject learns nothing by moving.
        let public = registered(&app, &json!({ "redirect_uris": at("own.example") })).await;
        let mut body = metadata(&json!({ "redirect_uris": at("new.example") }));
        body["client_id"] = public.json["client_id"].clone();
        let (uri, token) = (public.string("registration_client_uri"), public.string("registration_access_token"));
        assert_eq!(app.send_json(("PUT", &uri), Some(&token), &body).await.status, 200);
        body["subject_type"] = json!("pairwise");
        app.send_json(("PUT", &uri), Some(&token), &body).await.expect_error(400, "invalid_client_metadata");
    }

    async fn open_registration_is_bounded_by_address_and_by_number(app: TestApp) {
        app.set_settings(&json!({ "client_registration": { "mode": "open", "registrations_per_address": 2 } }));
        let _ = registered(&app, &json!({})).await;
        let _ = registered(&app, &json!({})).await;
        let third = app.register("acme", None, &metadata(&json!({}))).await;
        assert_eq!(third.status, 429, "{}", third.text);
        assert!(third.header("retry-after").parse::<u64>().is_ok_and(|seconds| (1..=3600).contains(&seconds)));
        app.advance(Duration::from_secs(3600));
        let _ = registered(&app, &json!({})).await;
        app.set_settings(&json!({ "client_registration": { "mode": "open", "max_clients": 3 } }));
        app.register("acme", None, &metadata(&json!({}))).await.expect_error(400, "access_denied");
    }

    async fn a_software_statement_of_a_known_issuer_wins_over_what_the_client_says(app: TestApp) {
        let key = SigningKey::generate(SigningAlgorithm::Es256);
        let stranger = SigningKey::generate(SigningAlgorithm::Es256);
        app.set_settings(&json!({
            "client_registration": { "mode": "open" },
            "software_statement_issuers": [{ "issuer": "https://statements.example", "jwks": key.jwks() }],
        }));
        let claims = |more: Value| {
            let mut claims = json!({ "iss": "https://statements.example", "software_id": "4711", "client_name": "Vouched for" });
            claims.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
            claims
        };
        let good = key.sign(&json!({}), &claims(json!({})));
        let client = registered(&app, &json!({ "software_statement": good, "software_id": "mine" })).await;
        assert_eq!((client.string("software_id"), client.string("client_name")), ("4711".to_owned(), "Vouched for".to_owned()));
        assert_eq!(client.string("software_statement"), good);
        let past = app.services().clock.now().unix_seconds() - 60;
        for (statement, error) in [
            (stranger.sign(&json!({}), &claims(json!({}))), "invalid_software_statement"),
            (key.sign(&json!({}), &claims(json!({ "exp": past }))), "invalid_software_statement"),
            (key.sign(&json!({}), &claims(json!({ "aud": "https://elsewhere.example" }))), "invalid_software_statement"),
            (key.sign(&json!({}), &claims(json!({ "iss": "https://other.example" }))), "unapproved_software_statement"),
        ] {
            let answer = app.register("acme", None, &metadata(&json!({ "software_statement": statement }))).await;
            assert_eq!((answer.status, answer.error()), (400, error), "{}", answer.text);
        }
    }

    async fn every_member_that_is_accepted_is_told_back_and_read_again(app: TestApp) {
        let stub = HttpsStub::start();
        app.set_settings(&json!({ "client_registration": { "mode": "open" }, "outgoing": stub.outgoing() }));
        let asked = json!({
            "client_name": "Echo",
            "redirect_uris": [REDIRECT_URI, "https://app.example/cb?x=1"],
            "post_logout_redirect_uris": ["https://app.example/bye"],
            "grant_types": ["authorization_code", "refresh_token"],
            "response_types": ["code"],
            "application_type": "web",
            "contacts": ["ops@app.example", "security@app.example"],
            "scope": "email openid",
            "client_uri": "https://app.example/",
            "logo_uri": "https://app.example/logo.png",
            "policy_uri": "https://app.example/privacy",
            "tos_uri": "https://app.example/terms",
            "initiate_login_uri": "https://app.example/login",
            "software_id": "4711",
            "software_version": "1.2",
            "token_endpoint_auth_method": "private_key_jwt",
            "token_endpoint_auth_signing_alg": "ES256",
            "jwks": ClientKey::ec("one").jwks(),
            "id_token_signed_response_alg": "RS256",
            "userinfo_signed_response_alg": "ES256",
            "authorization_signed_response_alg": "PS256",
            "request_object_signing_alg": "ES256",
            "request_uris": [format!("{}#hash", stub.url("/object"))],
            "default_max_age": 3600,
            "require_auth_time": true,
            "default_acr_values": ["1"],
            "frontchannel_logout_uri": "https://app.example/out",
            "frontchannel_logout_session_required": true,
            "backchannel_logout_uri": stub.url("/out"),
            "backchannel_logout_session_required": true,
            "require_pushed_authorization_requests": true,
            "dpop_bound_access_tokens": true,
            "subject_type": "public",
        });
        let told = app.register("acme", None, &asked).await;
        assert_eq!((told.status, told.header("content-type")), (201, "application/json"), "{}", told.text);
        let (uri, token) = (told.string("registration_client_uri"), told.string("registration_access_token"));
        assert_eq!(uri, format!("{}/oauth2/register/{}", app.issuer(), told.string("client_id")));
        let read = app.get_with_token(&uri, &token).await.ok();
        assert_eq!(read.header("content-type"), "application/json");
        for answer in [&told, &read] {
            for (member, value) in asked.as_object().expect("an object") {
                assert_eq!(answer.json[member], *value, "{member}");
            }
            let mut more: Vec<&str> = answer.json.as_object().expect("an object").keys().map(String::as_str).collect();
            more.retain(|member| asked[*member].is_null());
            assert_eq!(more, ["client_id", "client_id_issued_at", "registration_access_token", "registration_client_uri"]);
        }
    }

    async fn what_a_client_shows_of_itself_stands_on_the_consent_page_and_its_logo_comes_from_us(app: TestApp) {
        let stub = HttpsStub::start();
        app.set_settings(&json!({ "client_registration": { "mode": "open" }, "outgoing": stub.outgoing() }));
        stub.answer("/logo.png", StubAnswer::document("image/png", "picture"));
        let shown = json!({
            "logo_uri": stub.url("/logo.png"), "policy_uri": "https://app.example/privacy?a=1&b=2",
            "tos_uri": "https://app.example/terms", "client_uri": "https://app.example/",
        });
        let browser = app.browser();
        let _ = app.sign_in_with(&browser, "alice", &app.authorization("web")).await;
        let consent = async |more: &Value| {
            let client = registered(&app, more).await.string("client_id");
            let page = browser.visit(&app.authorization(&client).with("scope", "openid").url()).await.page();
            assert!(page.is_consent(), "{}", page.html);
            let policy = page.headers["content-security-policy"].to_str().expect("text");
            assert!(policy.contains("img-src 'self' data:;"), "{policy}");
            (crate::client_logos::path(&client), page.html)
        };
        let (path, html) = consent(&shown).await;
        assert!(html.contains(&format!("<img src=\"/t/acme{path}\"")) && !html.contains("logo.png"), "{html}");
        let logo = app.get(&format!("{}{path}", app.issuer())).await.ok();
        assert_eq!((logo.header("content-type"), logo.text.as_str()), ("image/png", "picture"));
        for link in ["https://app.example/privacy?a=1&#38;b=2", "https://app.example/terms", "https://app.example/"] {
            assert!(html.contains(&format!("<a href=\"{link}\" rel=\"noreferrer\">")), "{link}: {html}");
        }
        let (path, html) = consent(&json!({})).await;
        assert!(!html.contains("app.example") && !html.contains("<img"), "{html}");
        assert_eq!(app.get(&format!("{}{path}", app.issuer())).await.status, 404);
    }

    async fn a_key_behind_a_jwks_uri_authenticates_and_a_rotated_one_refreshes_after_a_minute(app: TestApp) {
        use crate::relying_party::RelyingParty;
        let stub = HttpsStub::start();
        app.set_settings(&json!({ "client_registration": { "mode": "open" }, "outgoing": stub.outgoing() }));
        let (old, new) = (ClientKey::ec("old"), ClientKey::ec("new"));
        stub.answer("/jwks", StubAnswer::json(&old.jwks()));
        let client = registered(&app, &json!({
            "jwks_uri": stub.url("/jwks"), "token_endpoint_auth_method": "private_key_jwt",
            "grant_types": ["authorization_code", "refresh_token"],
        })).await;
        assert_eq!(client.json["client_secret"], Value::Null);
        let with_key = |key: &ClientKey| RelyingParty { app: &app, id: client.string("client_id").leak(), key: key.clone() };
        let party = with_key(&old);
        let request = party.request().with("scope", "openid offline_access").with("prompt", "consent");
        let code = app.sign_in("alice", &request).await.code().to_owned();
        let fields = app.code_fields(&code);
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let tokens = party.post("token", &[], &fields).await.ok();

        stub.answer("/jwks", StubAnswer::json(&new.jwks()));
        app.advance(Duration::from_secs(60));
        let refresh_token = tokens.string("refresh_token");
        let fields = [("grant_type", "refresh_token"), ("refresh_token", refresh_token.as_str())];
        let tokens = with_key(&new).post("token", &[], &fields).await.ok();
        assert_eq!(stub.requests_to("/jwks").len(), 2);
        let next = tokens.string("refresh_token");
        let fields = [("grant_type", "refresh_token"), ("refresh_token", next.as_str())];
        with_key(&old).post("token", &[], &fields).await.expect_error(401, "invalid_client");
        assert_eq!(stub.requests_to("/jwks").len(), 2, "a key that was taken away does not make us ask at will");
    }

    async fn a_request_object_behind_a_registered_uri_is_verified_with_rs256(app: TestApp) {
        use crate::relying_party::{RelyingParty, error_of};
        let stub = HttpsStub::start();
        app.set_settings(&json!({
            "client_registration": { "mode": "open", "security_profile": "oidc" }, "outgoing": stub.outgoing(),
        }));
        let (key, stranger) = (ClientKey::rsa("one"), ClientKey::rsa("one"));
        let uri = format!("{}#f00d", stub.url("/object"));
        let client = registered(&app, &json!({
            "jwks": key.jwks(), "request_object_signing_alg": "RS256", "request_uris": [uri],
        })).await;
        let party = RelyingParty { app: &app, id: client.string("client_id").leak(), key: ClientKey::ec("unused") };
        let claims = party.claims(&party.request().with("state", "inside"), &json!({}));
        let url = format!("{}&response_type=code&scope=openid", party.url("request_uri", &uri));
        for object in [stranger.sign("RS256", json!({}), &claims), key.sign("PS256", json!({}), &claims)] {
            stub.answer("/object", StubAnswer::document("application/oauth-authz-req+jwt", object));
            assert_eq!(error_of(app.browser().visit(&url).await), "invalid_request_object");
        }
        stub.answer("/object", StubAnswer::document("application/oauth-authz-req+jwt", key.sign("RS256", json!({}), &claims)));
        let callback = app.sign_in_at(&app.browser(), &url, "alice").await;
        assert_eq!(callback.param("state"), "inside");
        let other = party.url("request_uri", &stub.url("/other"));
        assert_eq!(error_of(app.browser().visit(&other).await), "invalid_request_uri");
        assert!(stub.requests_to("/other").is_empty());
    }
}
