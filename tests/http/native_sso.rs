//! OpenID Connect Native SSO: the applications of one maker on one device.

use std::time::Duration;

use latchkey_testkit::{Browser, JsonAnswer, SigningAlgorithm, TestApp, both_backends};
use serde_json::json;

const EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
const ID: &str = "urn:ietf:params:oauth:token-type:id_token";
const SECRET: &str = "urn:openid:params:token-type:device-secret";

pub(crate) struct Device {
    browser: Browser,
    tokens: JsonAnswer,
    pub(crate) id_token: String,
    pub(crate) secret: String,
}

pub(crate) async fn device(app: &TestApp) -> Device {
    let browser = app.browser();
    let request = app.authorization("gr-public-one").with("scope", "openid device_sso offline_access");
    let callback = app.sign_in_with(&browser, "alice", &request).await;
    let tokens = app.redeem("gr-public-one", callback.code()).await.ok();
    Device { id_token: tokens.string("id_token"), secret: tokens.string("device_secret"), browser, tokens }
}

pub(crate) async fn share(
    app: &TestApp,
    client: &str,
    id_token: &str,
    secret: &str,
    more: &[(&str, &str)],
) -> JsonAnswer {
    let issuer = app.issuer();
    let mut fields = vec![
        ("grant_type", EXCHANGE),
        ("subject_token", id_token),
        ("subject_token_type", ID),
        ("actor_token", secret),
        ("actor_token_type", SECRET),
    ];
    if !more.iter().any(|(name, _)| *name == "audience") {
        fields.push(("audience", &issuer));
    }
    fields.extend(more);
    app.post_as(client, "token", &fields).await
}

both_backends! {
    async fn a_second_application_gets_tokens_of_its_own_in_the_same_session(app: TestApp) {
        let device = device(&app).await;
        let first = app.verify_jwt(&device.id_token).await;
        assert!(first["ds_hash"].is_string() && !device.id_token.contains(&device.secret), "{first}");
        let answer = share(&app, "gr-public-two", &device.id_token, &device.secret, &[("scope", "openid gr:read")]).await.ok();
        assert_eq!(answer.json["issued_token_type"], "urn:ietf:params:oauth:token-type:access_token");
        assert_eq!(answer.json["scope"], "gr:read openid");
        let second = app.verify_jwt(&answer.string("id_token")).await;
        assert_eq!((&second["aud"], &second["sub"]), (&"gr-public-two".into(), &first["sub"]));
        assert_eq!((&second["sid"], &second["auth_time"]), (&first["sid"], &first["auth_time"]));
        let _ = app.refresh("gr-public-two", &answer.string("refresh_token")).await.ok();
        assert_eq!(app.userinfo(&answer.string("access_token")).await.status, 200);
    }

    async fn the_id_token_may_have_expired_and_one_by_refresh_names_the_same_secret(app: TestApp) {
        let device = device(&app).await;
        app.advance(Duration::from_secs(3600));
        let _ = share(&app, "gr-public-two", &device.id_token, &device.secret, &[]).await.ok();
        let refreshed = app.refresh("gr-public-one", &device.tokens.string("refresh_token")).await.ok();
        assert!(refreshed.json["device_secret"].is_null());
        let _ = share(&app, "gr-public-two", &refreshed.string("id_token"), &device.secret, &[]).await.ok();
    }

    async fn a_sign_in_that_presents_the_secret_of_the_device_replaces_it(app: TestApp) {
        let old = device(&app).await;
        let sign_in = async |login: &str, browser: &Browser, secret: &str| {
            let request = app.authorization("gr-public-one").with("scope", "openid device_sso");
            let callback = app.sign_in_with(browser, login, &request).await;
            let mut fields = app.code_fields(callback.code());
            fields.insert("device_secret", secret.to_owned());
            app.token("gr-public-one", &fields).await.ok()
        };
        let new = sign_in("alice", &old.browser, &old.secret).await;
        assert_ne!(new.string("device_secret"), old.secret);
        share(&app, "gr-public-two", &old.id_token, &old.secret, &[]).await.expect_error(400, "invalid_grant");
        let (id_token, secret) = (new.string("id_token"), new.string("device_secret"));
        share(&app, "gr-public-two", &id_token, &old.secret, &[]).await.expect_error(400, "invalid_grant");
        let answer = share(&app, "gr-public-two", &id_token, &secret, &[]).await.ok();
        assert!(answer.json["device_secret"].is_null(), "an exchange cannot tell the others of a new one");

        // What is no secret of this user replaces nothing, and the sign-in is good all the same.
        let bob = sign_in("bob", &app.browser(), &secret).await;
        assert!(bob.json["device_secret"].is_string());
        let _ = sign_in("alice", &app.browser(), "nonsense").await.string("device_secret");
        let _ = share(&app, "gr-public-two", &id_token, &secret, &[]).await.ok();
    }

    async fn the_metadata_says_that_applications_may_share(app: TestApp) {
        let metadata = app.get(&format!("{}/.well-known/openid-configuration", app.issuer())).await.ok();
        assert_eq!(metadata.json["native_sso_supported"], true);
    }

    async fn signing_out_ends_it_for_all_of_them(app: TestApp) {
        let device = device(&app).await;
        let answer = share(&app, "gr-public-two", &device.id_token, &device.secret, &[]).await.ok();
        app.sign_out(&device.browser).await;
        share(&app, "gr-public-two", &device.id_token, &device.secret, &[]).await.expect_error(400, "invalid_grant");
        assert_eq!(app.userinfo(&answer.string("access_token")).await.status, 401);
        app.refresh("gr-public-two", &answer.string("refresh_token")).await.expect_error(400, "invalid_grant");
    }

    async fn an_id_token_that_says_who_may_act_is_for_that_client_only(app: TestApp) {
        let device = device(&app).await;
        let claims = app.verify_jwt(&device.id_token).await;
        let tenant = app.tenant_id("acme").await;
        for (may_act, status) in [
            (json!({ "client_id": "gr-public-two" }), 200),
            (json!({ "sub": "gr-public-two", "iss": app.issuer() }), 200),
            (json!({ "client_id": "gr-public-one" }), 400),
            (json!({ "sub": "somebody-else" }), 400),
            (json!({}), 400),
        ] {
            let mut said = claims.clone();
            said["may_act"] = may_act.clone();
            // No mapping may set it, so nothing here issues such a token: the key is the tenant's all the same.
            let signed = app.services().tokens.keys().sign(&tenant, SigningAlgorithm::Rs256, "JWT", &said).await.expect("signs");
            let answer = share(&app, "gr-public-two", &signed, &device.secret, &[]).await;
            assert_eq!(answer.status, status, "{may_act}: {}", answer.text);
            assert!(status == 200 || answer.error() == "invalid_request", "{}", answer.text);
        }
    }

    async fn neither_half_is_good_without_the_other(app: TestApp) {
        let (one, other) = (device(&app).await, device(&app).await);
        let plain = app.tokens("gr-public-one", "alice", "openid").await;
        assert!(plain.json["device_secret"].is_null(), "{}", plain.text);
        for (id_token, secret) in [
            (&one.id_token, &other.secret),
            (&other.id_token, &one.secret),
            (&plain.string("id_token"), &one.secret),
            (&one.id_token, &"a".repeat(43)),
            (&one.tokens.string("access_token"), &one.secret),
            (&"nothing".to_owned(), &one.secret),
        ] {
            share(&app, "gr-public-two", id_token, secret, &[]).await.expect_error(400, "invalid_grant");
        }
    }

    async fn only_clients_that_share_and_only_for_the_issuer(app: TestApp) {
        let Device { id_token, secret, .. } = device(&app).await;
        share(&app, "gr-public-alone", &id_token, &secret, &[]).await.expect_error(400, "unauthorized_client");
        let elsewhere = [("audience", "https://gr-orders.acme.test")];
        share(&app, "gr-public-two", &id_token, &secret, &elsewhere).await.expect_error(400, "invalid_target");
        share(&app, "gr-public-two", &id_token, &secret, &[("audience", "")]).await.expect_error(400, "invalid_target");
        share(&app, "gr-public-two", &id_token, &secret, &[("scope", "gr:write")]).await.expect_error(400, "invalid_scope");
    }

    async fn what_the_user_has_to_allow_is_asked_in_a_browser_first(app: TestApp) {
        let Device { id_token, secret, browser, .. } = device(&app).await;
        share(&app, "gr-public-asking", &id_token, &secret, &[]).await.expect_error(400, "consent_required");
        let request = app.authorization("gr-public-asking").with("scope", "openid profile");
        let page = browser.visit(&request.url()).await.page();
        let _ = browser.submit(&page, &[("decision", "allow")]).await.callback();
        let _ = share(&app, "gr-public-asking", &id_token, &secret, &[]).await.ok();
    }

    async fn a_client_that_does_not_share_gets_no_device_secret(app: TestApp) {
        let tokens = app.tokens("gr-public-alone", "alice", "openid device_sso").await;
        assert_eq!(tokens.json["scope"], "openid");
        assert!(tokens.json["device_secret"].is_null());
    }

    async fn a_public_client_exchanges_nothing_else(app: TestApp) {
        let tokens = app.tokens("gr-public-one", "alice", "openid").await;
        let fields = [
            ("grant_type", EXCHANGE), ("subject_token", &tokens.string("access_token")),
            ("subject_token_type", "urn:ietf:params:oauth:token-type:access_token"),
        ];
        app.post_as("gr-public-one", "token", &fields).await.expect_error(401, "invalid_client");
    }

    async fn a_device_of_one_tenant_is_unknown_to_another(app: TestApp) {
        let Device { id_token, secret, .. } = device(&app).await;
        app.apply("version: 1\ntenants:\n  - slug: globex\n    clients:\n      - client_id: gr-two\n        name: Two\n        \
            secret: globex-secret-0123456789-0123456789-0123456789\n        redirect_uris: [http://127.0.0.1/callback]\n        \
            grant_types: [authorization_code, 'urn:ietf:params:oauth:grant-type:token-exchange']\n        \
            native_sso: true\n        consent: implied\n");
        let issuer = app.issuer_of("globex");
        let fields = [
            ("grant_type", EXCHANGE), ("subject_token", id_token.as_str()), ("subject_token_type", ID),
            ("actor_token", &secret), ("actor_token_type", SECRET), ("audience", &issuer),
        ];
        app.post_of("globex", "gr-two", "token", &fields).await.expect_error(400, "invalid_grant");
        let _ = share(&app, "gr-public-two", &id_token, &secret, &[]).await.ok();
    }
}
