//! Token exchange: RFC 8693.

use std::time::Duration;

use latchkey_testkit::{JsonAnswer, TestApp, both_backends};
use serde_json::json;

const ACCESS: &str = "urn:ietf:params:oauth:token-type:access_token";
const REFRESH: &str = "urn:ietf:params:oauth:token-type:refresh_token";
const ID: &str = "urn:ietf:params:oauth:token-type:id_token";
const JWT: &str = "urn:ietf:params:oauth:token-type:jwt";
const ORDERS: &str = "https://gr-orders.acme.test";
pub(crate) const BILLING: &str = "https://gr-billing.acme.test";

pub(crate) async fn exchange(app: &TestApp, client: &str, token: &str, more: &[(&str, &str)]) -> JsonAnswer {
    exchange_kind(app, client, (token, ACCESS), more).await
}

async fn exchange_kind(app: &TestApp, client: &str, (token, kind): (&str, &str), more: &[(&str, &str)]) -> JsonAnswer {
    let grant_type = "urn:ietf:params:oauth:grant-type:token-exchange";
    let mut fields = vec![("grant_type", grant_type), ("subject_token", token), ("subject_token_type", kind)];
    fields.extend(more);
    app.post_as(client, "token", &fields).await
}

/// A user's token for the orders API, with everything that it knows.
pub(crate) async fn subject_token(app: &TestApp) -> String {
    app.tokens("gr-web", "alice", "openid gr:read gr:write gr:bill").await.string("access_token")
}

both_backends! {
    async fn a_resource_server_impersonates_its_caller_at_the_next_one(app: TestApp) {
        let subject = subject_token(&app).await;
        let answer = exchange(&app, "gr-api", &subject, &[("audience", BILLING)]).await.ok();
        assert_eq!((&answer.json["issued_token_type"], &answer.json["token_type"]), (&ACCESS.into(), &"Bearer".into()));
        assert_eq!(answer.json["scope"], "gr:bill");
        assert!(answer.json["refresh_token"].is_null() && answer.json["id_token"].is_null(), "{}", answer.text);
        let before = app.verify_jwt(&subject).await;
        let claims = app.verify_jwt(&answer.string("access_token")).await;
        assert_eq!((&claims["sub"], &claims["aud"], &claims["client_id"]), (&before["sub"], &BILLING.into(), &"gr-api".into()));
        assert!(claims["act"].is_null(), "{claims}");
        assert!(claims["exp"].as_i64() <= before["exp"].as_i64());
    }

    async fn an_agent_delegates_and_is_named_and_those_before_it_stay_named(app: TestApp) {
        let subject = subject_token(&app).await;
        let first = exchange(&app, "gr-agent", &subject, &[("audience", ORDERS), ("scope", "gr:read")]).await.ok();
        let token = first.string("access_token");
        let claims = app.verify_jwt(&token).await;
        assert_eq!(claims["act"], json!({"sub": "gr-agent"}));
        let seen = app.introspect("gr-api", &token).await;
        assert_eq!((&seen["act"]["sub"], &seen["active"]), (&"gr-agent".into(), &true.into()));
        let again = exchange(&app, "gr-agent", &token, &[("resource", ORDERS)]).await.ok();
        let claims = app.verify_jwt(&again.string("access_token")).await;
        assert_eq!(claims["act"], json!({"sub": "gr-agent", "act": {"sub": "gr-agent"}}));
    }

    async fn a_chain_of_actors_ends_at_five(app: TestApp) {
        let mut token = subject_token(&app).await;
        for _ in 0..5 {
            token = exchange(&app, "gr-agent", &token, &[("audience", ORDERS)]).await.ok().string("access_token");
        }
        exchange(&app, "gr-agent", &token, &[("audience", ORDERS)]).await.expect_error(400, "invalid_request");
    }

    async fn an_actor_token_names_its_subject(app: TestApp) {
        let subject = subject_token(&app).await;
        let actor = app.client_credentials("gr-agent", "gr:read").await.ok().string("access_token");
        let with = |kind: &'static str| [("audience", ORDERS), ("actor_token_type", kind)];
        let mut fields = with(ACCESS).to_vec();
        fields.push(("actor_token", &actor));
        let answer = exchange(&app, "gr-agent", &subject, &fields).await.ok();
        assert_eq!(app.verify_jwt(&answer.string("access_token")).await["act"], json!({"sub": "gr-agent"}));
        // Of a kind that is not supported, not a token at all, or where only impersonation is allowed.
        let mut fields = with(JWT).to_vec();
        fields.push(("actor_token", &actor));
        exchange(&app, "gr-agent", &subject, &fields).await.expect_error(400, "invalid_request");
        let fields = [("audience", ORDERS), ("actor_token_type", ACCESS), ("actor_token", "nothing")];
        exchange(&app, "gr-agent", &subject, &fields).await.expect_error(400, "invalid_request");
        let own = app.tokens("gr-web", "bob", "openid gr:read").await.string("access_token");
        let fields = [("audience", ORDERS), ("actor_token_type", ACCESS), ("actor_token", own.as_str())];
        exchange(&app, "gr-web", &subject, &fields).await.expect_error(400, "unauthorized_client");
    }

    async fn a_client_narrows_its_own_token(app: TestApp) {
        let subject = subject_token(&app).await;
        let answer = exchange(&app, "gr-web", &subject, &[("scope", "gr:read")]).await.ok();
        assert_eq!(answer.json["scope"], "gr:read");
        let claims = app.verify_jwt(&answer.string("access_token")).await;
        assert_eq!((&claims["aud"], &claims["scope"]), (&ORDERS.into(), &"gr:read".into()));
        // What is not for the issuer has nothing to say to it.
        assert_eq!(app.userinfo(&answer.string("access_token")).await.status, 403);
    }

    async fn the_scope_never_grows(app: TestApp) {
        let narrow = app.tokens("gr-web", "alice", "openid gr:read").await.string("access_token");
        exchange(&app, "gr-web", &narrow, &[("scope", "gr:read gr:write")]).await.expect_error(400, "invalid_scope");
        exchange(&app, "gr-web", &narrow, &[("scope", "openid")]).await.expect_error(400, "invalid_scope");
        exchange(&app, "gr-web", &narrow, &[("scope", "a\"b")]).await.expect_error(400, "invalid_scope");
        let none = exchange(&app, "gr-agent", &narrow, &[("audience", BILLING)]).await.ok();
        assert_eq!(none.json["scope"], "");
    }

    async fn only_listed_targets_and_only_clients_with_a_policy(app: TestApp) {
        let subject = subject_token(&app).await;
        for target in ["https://api.acme.test", "https://gr-orders.acme.test/", "gr-orders", ""] {
            let answer = exchange(&app, "gr-agent", &subject, &[("audience", target)]).await;
            answer.expect_error(400, "invalid_target");
        }
        let both = [("audience", ORDERS), ("resource", "https://elsewhere.example")];
        exchange(&app, "gr-agent", &subject, &both).await.expect_error(400, "invalid_target");
        exchange(&app, "gr-idle", &subject, &[("audience", ORDERS)]).await.expect_error(400, "invalid_target");
        exchange(&app, "web", &subject, &[("audience", ORDERS)]).await.expect_error(400, "unauthorized_client");
        exchange(&app, "machine", &subject, &[("audience", ORDERS)]).await.expect_error(400, "unauthorized_client");
    }

    async fn several_targets_are_one_token_for_all_of_them(app: TestApp) {
        let subject = subject_token(&app).await;
        let both = [("audience", ORDERS), ("resource", BILLING)];
        let answer = exchange(&app, "gr-agent", &subject, &both).await.ok();
        assert_eq!(answer.json["scope"], "gr:bill gr:read gr:write");
        let claims = app.verify_jwt(&answer.string("access_token")).await;
        assert_eq!(claims["aud"], json!([BILLING, ORDERS]));
    }

    async fn a_token_of_somebody_else_is_not_to_be_presented(app: TestApp) {
        // Neither issued to the agent nor for a resource server that it answers for.
        let foreign = app.tokens("web", "alice", "openid orders:read").await.string("access_token");
        exchange(&app, "gr-agent", &foreign, &[("audience", ORDERS)]).await.expect_error(400, "invalid_request");
        for nothing in ["not-a-token", "a.b.c"] {
            exchange(&app, "gr-agent", nothing, &[("audience", ORDERS)]).await.expect_error(400, "invalid_request");
        }
    }

    async fn revoking_the_grant_ends_what_was_exchanged(app: TestApp) {
        let tokens = app.tokens("gr-web", "alice", "openid offline_access gr:read gr:bill").await;
        let exchanged = exchange(&app, "gr-agent", &tokens.string("access_token"), &[("audience", ORDERS)]).await.ok();
        let exchanged = exchanged.string("access_token");
        assert_eq!(app.introspect("gr-api", &exchanged).await["active"], true);
        app.post_as("gr-web", "revoke", &[("token", &tokens.string("refresh_token"))]).await;
        assert_eq!(app.introspect("gr-api", &exchanged).await["active"], false);
        let dead = tokens.string("access_token");
        exchange(&app, "gr-agent", &dead, &[("audience", ORDERS)]).await.expect_error(400, "invalid_request");
    }

    async fn signing_out_and_disabling_the_user_end_it_too(app: TestApp) {
        let browser = app.browser();
        let request = app.authorization("gr-web").with("scope", "openid gr:read");
        let callback = app.sign_in_with(&browser, "alice", &request).await;
        let alice = app.redeem("gr-web", callback.code()).await.ok().string("access_token");
        let bob = app.tokens("gr-web", "bob", "openid gr:read").await.string("access_token");
        let mut exchanged = Vec::new();
        for subject in [&alice, &bob] {
            let answer = exchange(&app, "gr-agent", subject, &[("audience", ORDERS)]).await.ok();
            exchanged.push(answer.string("access_token"));
        }
        app.sign_out(&browser).await;
        app.disable_user("bob").await;
        for (subject, exchanged) in [&alice, &bob].into_iter().zip(&exchanged) {
            assert_eq!(app.introspect("gr-api", exchanged).await["active"], false);
            exchange(&app, "gr-agent", subject, &[("audience", ORDERS)]).await.expect_error(400, "invalid_request");
        }
    }

    async fn an_exchanged_token_does_not_outlive_its_subject_token(app: TestApp) {
        let subject = subject_token(&app).await;
        app.advance(Duration::from_secs(200));
        let answer = exchange(&app, "gr-agent", &subject, &[("audience", ORDERS)]).await.ok();
        assert!(answer.json["expires_in"].as_u64().is_some_and(|seconds| seconds <= 100), "{}", answer.text);
        let (before, after) = (app.verify_jwt(&subject).await, app.verify_jwt(&answer.string("access_token")).await);
        assert!(after["exp"].as_i64() <= before["exp"].as_i64());
        app.advance(Duration::from_secs(101));
        exchange(&app, "gr-agent", &subject, &[("audience", ORDERS)]).await.expect_error(400, "invalid_request");
    }

    async fn an_id_token_stands_for_the_grant_of_its_client(app: TestApp) {
        let tokens = app.tokens("gr-web", "alice", "openid gr:read").await;
        let id_token = tokens.string("id_token");
        let answer = exchange_kind(&app, "gr-web", (&id_token, ID), &[]).await.ok();
        assert_eq!(answer.json["scope"], "gr:read");
        exchange_kind(&app, "gr-web", (&id_token, ID), &[("scope", "gr:write")]).await.expect_error(400, "invalid_scope");
        // Nobody else's, not as another kind of token, not when its time is over.
        exchange_kind(&app, "gr-agent", (&id_token, ID), &[("audience", ORDERS)]).await.expect_error(400, "invalid_request");
        exchange_kind(&app, "gr-web", (&id_token, ACCESS), &[]).await.expect_error(400, "invalid_request");
        exchange_kind(&app, "gr-web", (&tokens.string("access_token"), ID), &[]).await.expect_error(400, "invalid_request");
        app.advance(Duration::from_secs(301));
        exchange_kind(&app, "gr-web", (&id_token, ID), &[]).await.expect_error(400, "invalid_request");
    }

    async fn a_machines_token_can_be_delegated_too(app: TestApp) {
        let subject = app.client_credentials("gr-api", "gr:read").await.ok().string("access_token");
        let answer = exchange(&app, "gr-agent", &subject, &[("audience", ORDERS)]).await.ok();
        let claims = app.verify_jwt(&answer.string("access_token")).await;
        assert_eq!((&claims["sub"], &claims["client_id"], &claims["act"]["sub"]), (&"gr-api".into(), &"gr-agent".into(), &"gr-agent".into()));
    }

    async fn other_kinds_of_tokens_are_not_exchanged(app: TestApp) {
        let tokens = app.tokens("gr-web", "alice", "openid offline_access gr:read").await;
        exchange_kind(&app, "gr-web", (&tokens.string("refresh_token"), REFRESH), &[]).await.expect_error(400, "invalid_request");
        let subject = tokens.string("access_token");
        exchange(&app, "gr-web", &subject, &[("requested_token_type", REFRESH)]).await.expect_error(400, "invalid_request");
        let answer = exchange(&app, "gr-web", &subject, &[("requested_token_type", JWT)]).await.ok();
        assert_eq!(answer.json["issued_token_type"], JWT);
    }

    async fn a_token_of_one_tenant_is_nothing_to_another(app: TestApp) {
        let subject = subject_token(&app).await;
        app.apply(GLOBEX);
        let grant_type = "urn:ietf:params:oauth:grant-type:token-exchange";
        let fields = [
            ("grant_type", grant_type), ("subject_token", subject.as_str()), ("subject_token_type", ACCESS),
            ("audience", "https://api.acme.test"),
        ];
        app.post_of("globex", "gr-web", "token", &fields).await.expect_error(400, "invalid_request");
        let _ = exchange(&app, "gr-agent", &subject, &[("audience", ORDERS)]).await.ok();
    }
}

const GLOBEX: &str = "version: 1
tenants:
  - slug: globex
    clients:
      - client_id: gr-web
        name: Globex Web
        secret: globex-secret-0123456789-0123456789-0123456789
        application_type: service
        grant_types: [urn:ietf:params:oauth:grant-type:token-exchange]
        scope: orders:read
        audiences: [https://api.acme.test]
        token_exchange:
          audiences: [https://api.acme.test]
          impersonation: true
";
