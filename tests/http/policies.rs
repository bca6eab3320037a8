//! Access policies: every grant passes them. A grant type that is offered without a row here fails.

use std::time::Duration;

use latchkey_testkit::{ClientKey, JsonAnswer, TestApp, both_backends};
use serde_json::{Value, json};

use crate::{ciba, device, jwt_bearer, password_grant, token_exchange};

/// Makes these the rules of acme.
fn rules(app: &TestApp, rules: &str) {
    app.apply(&format!("version: 1\ntenants:\n  - slug: acme\n    settings:\n      access_policies:\n{rules}"));
}

fn rule(name: &str, when: &str, then: &str) -> String {
    format!("        - name: {name}\n          when: '{when}'\n          then: {then}\n")
}

/// A client of every response type.
fn client_of_every_response_type(app: &TestApp) {
    app.apply(
        "version: 1\ntenants:\n  - slug: acme\n    clients:\n      - client_id: pol-all\n        \
         secret: pol-all-secret-0123456789-0123456789\n        redirect_uris: [http://127.0.0.1/callback]\n        \
         security_profile: oidc\n        consent: implied\n        scope: openid email\n        \
         grant_types: [authorization_code, implicit]\n        response_types: [code, id_token, token, id_token token, \
         code id_token, code token, code id_token token]\n",
    );
}

/// Uses a grant while a rule denies everything at the endpoint that issues its tokens.
enum Denied {
    /// What the client was told at the token endpoint.
    Answer(Box<JsonAnswer>),
    /// What it was told by the browser.
    Redirect(String),
    /// The grant has no endpoint yet, and so must not be offered.
    NotServed,
}

#[expect(clippy::too_many_lines, reason = "one row for each grant")]
async fn denied(app: &TestApp, grant_type: &str) -> Denied {
    let deny = || rules(app, &rule("nobody", "network.endpoint == \"token\"", "deny"));
    let answer = match grant_type {
        "authorization_code" => {
            let callback = app.sign_in("alice", &app.authorization("web")).await;
            deny();
            app.redeem("web", callback.code()).await
        }
        "refresh_token" => {
            let tokens = app.tokens("web", "alice", "openid offline_access").await;
            deny();
            app.refresh("web", &tokens.string("refresh_token")).await
        }
        "client_credentials" => {
            deny();
            app.client_credentials("machine", "orders:read").await
        }
        "password" => {
            deny();
            password_grant::ask(app, "gr-password", "alice", "wonderland-in-spring", "openid").await
        }
        "urn:ietf:params:oauth:grant-type:device_code" => {
            let codes = device::begin(app, "dev-tv", "openid").await;
            device::approve(app, &app.browser(), &codes.user_code).await;
            deny();
            device::poll(app, "dev-tv", &codes.device_code).await
        }
        "urn:openid:params:grant-type:ciba" => {
            let auth_req_id = ciba::begin(app, "ciba-poll", &[]).await;
            let _ = ciba::answer(app, &app.browser(), "allow").await;
            deny();
            ciba::poll(app, "ciba-poll", &auth_req_id).await
        }
        "urn:ietf:params:oauth:grant-type:token-exchange" => {
            let subject = token_exchange::subject_token(app).await;
            deny();
            token_exchange::exchange(app, "gr-api", &subject, &[("audience", token_exchange::BILLING)]).await
        }
        "urn:ietf:params:oauth:grant-type:jwt-bearer" => {
            let key = ClientKey::ec("k1");
            jwt_bearer::trust(app, &key, jwt_bearer::FOR_GRANTS);
            let assertion = key.sign("ES256", json!({}), &jwt_bearer::claims(app));
            let rule = rule("nobody", "network.endpoint == \"token\"", "deny");
            rules(app, &rule);
            jwt_bearer::present(app, &assertion, "openid").await
        }
        "implicit" => {
            client_of_every_response_type(app);
            rules(app, &rule("nobody", "network.endpoint == \"authorize\"", "deny"));
            let request = app.authorization("pol-all").with("response_type", "id_token token");
            return Denied::Redirect(app.sign_in("alice", &request).await.param("error").to_owned());
        }
        _ => return Denied::NotServed,
    };
    Denied::Answer(Box::new(answer))
}

async fn offered(app: &TestApp, member: &str) -> Vec<String> {
    let metadata = app.get(&format!("{}/.well-known/openid-configuration", app.issuer())).await.ok().json;
    let list = metadata[member].as_array().expect("a list").iter();
    list.map(|value| value.as_str().expect("a text").to_owned()).collect()
}

both_backends! {
    async fn a_rule_that_denies_stops_every_grant_that_is_offered(app: TestApp) {
        let offered = offered(&app, "grant_types_supported").await;
        for grant_type in TestApp::grant_types() {
            rules(&app, &rule("everybody", "true", "allow"));
            match denied(&app, grant_type).await {
                Denied::Answer(answer) => {
                    let expected = if grant_type == "client_credentials" { "unauthorized_client" } else { "invalid_grant" };
                    answer.expect_error(400, expected);
                    assert!(answer.json["access_token"].is_null() && answer.json["id_token"].is_null());
                }
                Denied::Redirect(error) => assert_eq!(error, "access_denied"),
                Denied::NotServed => {
                    assert!(!offered.iter().any(|other| other == grant_type), "{grant_type} is offered without a row here");
                }
            }
        }
    }

    async fn a_rule_that_denies_stops_every_response_type_at_the_authorization_endpoint(app: TestApp) {
        rules(&app, &rule("nobody", "user.username == \"alice\"", "deny\n          description: not alice"));
        client_of_every_response_type(&app);
        for response_type in offered(&app, "response_types_supported").await {
            let request = app.authorization("pol-all").with("response_type", &response_type);
            let callback = app.sign_in("alice", &request).await;
            assert_eq!((callback.param("error"), callback.param("error_description")), ("access_denied", "not alice"));
            assert!(!callback.params.contains_key("code") && !callback.params.contains_key("access_token"));
        }
        assert!(!app.sign_in("bob", &app.authorization("web")).await.code().is_empty());
    }

    async fn the_first_rule_that_allows_ends_the_questions(app: TestApp) {
        let allow = rule("alice", "user.username == \"alice\"", "allow");
        rules(&app, &(allow + &rule("nobody", "true", "deny")));
        let _ = app.tokens("web", "alice", "openid").await;
        assert_eq!(app.sign_in("bob", &app.authorization("web")).await.param("error"), "access_denied");
    }

    async fn a_rule_knows_user_client_scope_and_network(app: TestApp) {
        for (when, applies) in [
            ("\"staff\" in user.groups", false),
            ("client.id == \"web\" && grant.type == \"authorization_code\"", true),
            ("\"offline_access\" in grant.scope", true),
            ("\"email\" in requested.scope", false),
            ("network.endpoint == \"authorize\" && network.address.inNetwork(\"127.0.0.0/8\")", true),
            ("network.endpoint == \"authorize\" && !network.address.inNetwork(\"127.0.0.0/8\")", false),
            ("session.acr == \"1\" && \"pwd\" in session.amr", true),
            ("now - session.auth_time > duration(\"1h\")", false),
            ("tenant.slug == \"globex\"", false),
        ] {
            rules(&app, &rule("probe", when, "deny"));
            let callback = app.sign_in("alice", &app.authorization("web").with("scope", "openid offline_access")).await;
            assert_eq!(callback.params.contains_key("error"), applies, "{when}: {}", callback.url);
        }
    }

    async fn a_rule_that_cannot_be_evaluated_refuses(app: TestApp) {
        for when in ["user.claims.address.planet == \"Earth\"", "\"a text\""] {
            rules(&app, &rule("broken", when, "allow"));
            let callback = app.sign_in("alice", &app.authorization("web")).await;
            assert_eq!(callback.param("error"), "access_denied", "{when}");
            app.client_credentials("machine", "orders:read").await.expect_error(400, "unauthorized_client");
        }
    }

    async fn a_rule_shortens_life_times_and_never_lengthens_them(app: TestApp) {
        let short = "lifetime\n          access_token_seconds: 60\n          refresh_token_seconds: 600";
        let long = "lifetime\n          access_token_seconds: 3600";
        rules(&app, &(rule("short", "true", short) + &rule("long", "true", long)));
        let tokens = app.tokens("web", "alice", "openid offline_access").await;
        assert_eq!(tokens.json["expires_in"], 60);
        let refreshed = app.refresh("web", &tokens.string("refresh_token")).await.ok();
        app.advance(Duration::from_secs(61));
        assert_eq!(app.userinfo(&tokens.string("access_token")).await.status, 401);
        app.advance(Duration::from_secs(540));
        app.refresh("web", &refreshed.string("refresh_token")).await.expect_error(400, "invalid_grant");
        assert_eq!(app.client_credentials("machine", "orders:read").await.ok().json["expires_in"], 60);
    }

    async fn a_rule_limits_the_scope_of_tokens_and_of_userinfo(app: TestApp) {
        let tokens = app.tokens("web", "alice", "openid email orders:read").await;
        rules(&app, &rule("little", "true", "limit_scope\n          scope: openid orders:read"));
        let userinfo = app.userinfo(&tokens.string("access_token")).await.ok().json;
        assert!(userinfo["sub"].is_string() && userinfo["email"].is_null());
        let fresh = app.tokens("web", "alice", "openid email orders:read").await;
        assert_eq!(fresh.json["scope"], "openid orders:read");
        assert_eq!(app.verify_jwt(&fresh.string("access_token")).await["scope"], "openid orders:read");
    }

    async fn a_step_up_sends_an_old_sign_in_to_the_page_and_a_fresh_one_on(app: TestApp) {
        rules(&app, &rule("fresh", "client.id == \"web\"", "step_up\n          max_age: 300"));
        let browser = app.browser();
        let first = app.sign_in_with(&browser, "alice", &app.authorization("web")).await;
        assert!(!first.code().is_empty());
        app.advance(Duration::from_secs(301));
        let silent = browser.visit(&app.authorization("web").with("prompt", "none").url()).await.callback();
        assert_eq!(silent.param("error"), "login_required");
        let page = browser.visit(&app.authorization("web").url()).await.page();
        assert!(page.is_sign_in());
        let callback = app.sign_in_with(&browser, "alice", &app.authorization("web")).await;
        let _ = app.redeem("web", callback.code()).await.ok();
        let other = browser.visit(&app.authorization("web-post").with("prompt", "none").url()).await.callback();
        assert!(!other.code().is_empty(), "the rule is about another client");
    }

    async fn a_step_up_that_the_sign_in_cannot_reach_is_told_and_does_not_loop(app: TestApp) {
        rules(&app, &rule("strong", "true", "step_up\n          acr_values: [urn:acme:phishing-resistant]"));
        let callback = app.sign_in("alice", &app.authorization("web")).await;
        assert_eq!(callback.param("error"), "unmet_authentication_requirements");
        app.client_credentials("machine", "orders:read").await.expect_error(400, "unauthorized_client");
    }

    async fn a_step_up_by_refresh_asks_for_a_new_authorization(app: TestApp) {
        let tokens = app.tokens("web", "alice", "openid offline_access").await;
        rules(&app, &rule("fresh", "true", "step_up\n          max_age: 300"));
        let tokens = app.refresh("web", &tokens.string("refresh_token")).await.ok();
        app.advance(Duration::from_secs(301));
        app.refresh("web", &tokens.string("refresh_token")).await.expect_error(400, "invalid_grant");
    }

    async fn userinfo_asks_for_another_sign_in_as_rfc_9470_says(app: TestApp) {
        app.apply("version: 1\ntenants:\n  - slug: acme\n    settings:\n      userinfo_requires:\n        acr_values: ['1', '2']\n        max_age: 60\n");
        let tokens = app.tokens("web", "alice", "openid").await;
        assert_eq!(app.userinfo(&tokens.string("access_token")).await.status, 200);
        app.advance(Duration::from_secs(61));
        let refused = app.userinfo(&tokens.string("access_token")).await;
        refused.expect_error(401, "insufficient_user_authentication");
        let challenge = refused.header("www-authenticate");
        assert!(challenge.contains("error=\"insufficient_user_authentication\""), "{challenge}");
        assert!(challenge.contains("acr_values=\"1 2\", max_age=\"60\""), "{challenge}");
    }

    async fn a_rule_for_userinfo_denies_or_asks_for_another_sign_in(app: TestApp) {
        let tokens = app.tokens("web", "alice", "openid").await;
        let at_userinfo = "grant.type == \"userinfo\"";
        rules(&app, &rule("strong", at_userinfo, "step_up\n          acr_values: ['3']"));
        app.userinfo(&tokens.string("access_token")).await.expect_error(401, "insufficient_user_authentication");
        rules(&app, &rule("nobody", at_userinfo, "deny"));
        app.userinfo(&tokens.string("access_token")).await.expect_error(401, "invalid_token");
    }

    async fn the_rules_of_one_tenant_do_not_reach_another(app: TestApp) {
        rules(&app, &rule("nobody", "true", "deny"));
        let _ = app.tokens_of("globex", "web", "alice", "openid").await;
    }

    async fn the_preview_says_when_a_rule_would_refuse(app: TestApp) {
        rules(&app, &rule("nobody", "true", "deny\n          description: closed"));
        let preview: Value = app.preview_claims("web", "alice", "openid").await;
        assert_eq!(preview["refused"], json!("closed"));
    }
}
