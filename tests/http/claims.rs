//! Claims that a tenant builds itself: at the places that it names, never over those of the protocol.

use latchkey_testkit::{TestApp, both_backends};
use serde_json::{Value, json};

const MAPPINGS: &str = r#"version: 1
tenants:
  - slug: acme
    settings:
      claim_mappings:
        - claim: groups
          expression: user.groups.map(g, "acme:" + g)
          in: [id_token, userinfo, access_token]
        - claim: https://acme.test/department
          expression: "'staff' in user.groups ? 'engineering' : null"
          in: [access_token]
        - claim: email_domain
          expression: user.email.split("@")[1]
          in: [id_token]
          scope: email
        - claim: client_name
          expression: client.name + "/" + grant.type + "/" + tenant.slug
          in: [access_token]
        - claim: broken
          expression: user.claims.address.planet
          in: [id_token, access_token]
    users:
      - username: alice
        email: alice@acme.test
        email_verified: true
        groups: [staff, admins]
        roles: [writer]
"#;

/// The claims of the ID token, the userinfo answer and the access token of alice at `web`.
async fn everything(app: &TestApp, scope: &str) -> (Value, Value, Value) {
    let tokens = app.tokens("web", "alice", scope).await;
    let id_token = app.verify_jwt(&tokens.string("id_token")).await;
    let userinfo = app.userinfo(&tokens.string("access_token")).await.ok().json;
    (id_token, userinfo, app.verify_jwt(&tokens.string("access_token")).await)
}

/// Without what differs from one sign-in to the next.
fn lasting(mut claims: Value) -> Value {
    for name in ["iat", "exp", "auth_time", "jti", "sid", "nonce", "at_hash"] {
        claims.as_object_mut().expect("claims").remove(name);
    }
    claims
}

both_backends! {
    async fn a_mapped_claim_stands_where_the_tenant_wants_it_and_nowhere_else(app: TestApp) {
        app.apply(MAPPINGS);
        let (id_token, userinfo, access_token) = everything(&app, "openid email").await;
        let groups = json!(["acme:staff", "acme:admins"]);
        assert_eq!((&id_token["groups"], &userinfo["groups"], &access_token["groups"]), (&groups, &groups, &groups));
        assert_eq!(access_token["https://acme.test/department"], "engineering");
        assert!(id_token["https://acme.test/department"].is_null() && userinfo["https://acme.test/department"].is_null());
        assert_eq!(access_token["client_name"], "Acme Web/authorization_code/acme");
        assert_eq!(id_token["email_domain"], "acme.test");
        assert!(access_token["email_domain"].is_null());
    }

    async fn a_claim_with_a_scope_needs_it_and_one_that_is_null_or_fails_is_left_out(app: TestApp) {
        app.apply(MAPPINGS);
        let (id_token, ..) = everything(&app, "openid").await;
        assert!(id_token["email_domain"].is_null());
        assert!(!id_token.as_object().expect("claims").contains_key("broken"));
        let tokens = app.tokens("web", "bob", "openid").await;
        let access_token = app.verify_jwt(&tokens.string("access_token")).await;
        assert_eq!(access_token["groups"], json!([]));
        assert!(!access_token.as_object().expect("claims").contains_key("https://acme.test/department"));
    }

    async fn a_refreshed_token_and_the_token_of_a_machine_have_them_too(app: TestApp) {
        app.apply(MAPPINGS);
        let tokens = app.tokens("web", "alice", "openid").await;
        let refreshed = app.refresh("web", &tokens.string("refresh_token")).await.ok();
        let access_token = app.verify_jwt(&refreshed.string("access_token")).await;
        assert_eq!(access_token["client_name"], "Acme Web/refresh_token/acme");
        let machine = app.client_credentials("machine", "orders:read").await.ok();
        let machine = app.verify_jwt(&machine.string("access_token")).await;
        assert_eq!(machine["client_name"], "Acme Nightly Job/client_credentials/acme");
        assert_eq!(machine["groups"], json!([]));
    }

    async fn an_opaque_token_tells_its_mapped_claims_to_whoever_may_ask(app: TestApp) {
        app.apply(MAPPINGS);
        let tokens = app.tokens("opaque", "alice", "openid").await;
        let answer = app.introspect("opaque", &tokens.string("access_token")).await;
        assert_eq!(answer["active"], true);
        assert_eq!(answer["groups"], json!(["acme:staff", "acme:admins"]));
    }

    async fn the_claims_of_one_tenant_are_unknown_in_another(app: TestApp) {
        app.apply(MAPPINGS);
        let tokens = app.tokens_of("globex", "web", "alice", "openid").await;
        let payload = tokens.string("id_token");
        let payload = payload.split('.').nth(1).expect("claims").to_owned();
        let claims = base64::Engine::decode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, payload).expect("base64url");
        let claims: Value = serde_json::from_slice(&claims).expect("claims");
        assert!(claims["iss"].is_string() && claims["groups"].is_null(), "{claims}");
    }

    async fn claims_that_exceed_8_kib_together_are_left_out_and_the_token_is_issued(app: TestApp) {
        let mapping = |number: u8| format!(
            "        - claim: big{number}\n          expression: '\"xxxxxxxxxx\".replace(\"x\", \"{}\")'\n          in: [access_token]\n",
            "y".repeat(300)
        );
        let mappings: String = (0..4).map(mapping).collect();
        app.apply(&format!("version: 1\ntenants:\n  - slug: acme\n    settings:\n      claim_mappings:\n{mappings}"));
        let tokens = app.tokens("web", "alice", "openid").await;
        let claims = app.verify_jwt(&tokens.string("access_token")).await;
        assert_eq!(claims["big0"].as_str().map(str::len), Some(3_000));
        assert!(claims["big1"].is_string() && claims["big2"].is_null() && claims["big3"].is_null());
    }

    async fn the_preview_shows_what_the_tokens_say_and_why_a_claim_is_missing(app: TestApp) {
        app.apply(MAPPINGS);
        let preview = app.preview_claims("web", "alice", "openid email").await;
        let (id_token, userinfo, access_token) = everything(&app, "openid email").await;
        assert_eq!(lasting(preview["id_token"]["claims"].clone()), lasting(id_token));
        assert_eq!(lasting(preview["userinfo"]["claims"].clone()), lasting(userinfo));
        assert_eq!(lasting(preview["access_token"]["claims"].clone()), lasting(access_token));
        assert_eq!(preview["access_token"]["errors"]["broken"], "line 1, column 20: a value of type null_type has no members");
        assert!(preview["access_token"]["bytes"].as_u64().is_some_and(|bytes| bytes > 100));
        assert!(preview["refused"].is_null());
    }
}
