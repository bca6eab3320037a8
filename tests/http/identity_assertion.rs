//! Identity Assertion Authorization Grant: acme issues an ID-JAG, globex takes it.

use std::time::Duration;

use latchkey_testkit::{JsonAnswer, TestApp, both_backends};
use serde_json::Value;

const EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
const BEARER: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
const ID_JAG: &str = "urn:ietf:params:oauth:token-type:id-jag";
const ID: &str = "urn:ietf:params:oauth:token-type:id_token";
const ACCESS: &str = "urn:ietf:params:oauth:token-type:access_token";
const API: &str = "https://api.acme.test";

/// A client of one name at both tenants; globex trusts what acme says about it.
async fn federate(app: &TestApp) {
    let keys = app.get(&format!("{}/oauth2/jwks", app.issuer())).await.ok().text;
    app.apply(&format!(
        "version: 1
tenants:
  - slug: acme
    clients:
      - client_id: gr-jag
        name: Acme Wiki
        secret: grants-secret-0123456789-0123456789-0123456789
        redirect_uris: [http://127.0.0.1/callback]
        grant_types: [authorization_code, {EXCHANGE}]
        consent: implied
        scope: openid email
        identity_assertion_audiences: [{globex}]
  - slug: globex
    settings:
      trusted_issuers:
        - issuer: {acme}
          jwks: {keys}
          uses: [identity_assertion]
          clients: [gr-jag]
          scope: orders:read
    clients:
      - client_id: gr-jag
        name: Acme Wiki
        secret: globex-secret-0123456789-0123456789-0123456789
        application_type: service
        grant_types: [{BEARER}]
        scope: orders:read
        audiences: [{API}]
      - client_id: gr-other
        name: Another
        secret: globex-secret-0123456789-0123456789-0123456789
        application_type: service
        grant_types: [{BEARER}]
        scope: orders:read
        audiences: [{API}]
",
        acme = app.issuer(),
        globex = app.issuer_of("globex"),
    ));
}

async fn id_token(app: &TestApp) -> String {
    app.tokens("gr-jag", "alice", "openid email").await.string("id_token")
}

async fn ask(app: &TestApp, subject: (&str, &str), audience: &str, more: &[(&str, &str)]) -> JsonAnswer {
    let mut fields = vec![
        ("grant_type", EXCHANGE),
        ("requested_token_type", ID_JAG),
        ("subject_token", subject.0),
        ("subject_token_type", subject.1),
        ("audience", audience),
    ];
    fields.extend(more);
    app.post_as("gr-jag", "token", &fields).await
}

async fn present(app: &TestApp, tenant: &str, client: &str, assertion: &str) -> JsonAnswer {
    app.post_of(tenant, client, "token", &[("grant_type", BEARER), ("assertion", assertion)]).await
}

async fn assertion(app: &TestApp, more: &[(&str, &str)]) -> String {
    let globex = app.issuer_of("globex");
    ask(app, (&id_token(app).await, ID), &globex, more).await.ok().string("access_token")
}

both_backends! {
    async fn an_id_jag_of_one_tenant_is_a_token_of_the_other(app: TestApp) {
        federate(&app).await;
        let globex = app.issuer_of("globex");
        let answer = ask(&app, (&id_token(&app).await, ID), &globex, &[("scope", "orders:read"), ("resource", API)]).await.ok();
        assert_eq!((&answer.json["issued_token_type"], &answer.json["token_type"]), (&ID_JAG.into(), &"N_A".into()));
        assert!(answer.json["id_token"].is_null() && answer.json["refresh_token"].is_null(), "{}", answer.text);
        let jag = answer.string("access_token");
        let claims = app.verify_jwt(&jag).await;
        assert_eq!((&claims["iss"], &claims["aud"]), (&Value::from(app.issuer()), &Value::from(globex)));
        assert_eq!((&claims["client_id"], &claims["email_verified"]), (&"gr-jag".into(), &true.into()));
        assert_eq!(claims["exp"].as_i64().zip(claims["iat"].as_i64()).map(|(exp, iat)| exp - iat), Some(300));
        assert_eq!(claims["amr"][0], "pwd");
        let token = present(&app, "globex", "gr-jag", &jag).await.ok();
        assert_eq!(token.json["scope"], "orders:read");
        assert!(token.json["id_token"].is_null(), "{}", token.text);
        present(&app, "globex", "gr-jag", &jag).await.expect_error(400, "invalid_grant");
    }

    async fn it_is_no_token_of_the_tenant_that_issued_it(app: TestApp) {
        federate(&app).await;
        let jag = assertion(&app, &[]).await;
        assert_eq!(app.userinfo(&jag).await.status, 401);
        assert_eq!(app.introspect("gr-jag", &jag).await["active"], false);
        present(&app, "acme", "gr-jwt", &jag).await.expect_error(400, "invalid_grant");
        for kind in [ID, ACCESS] {
            ask(&app, (&jag, kind), &app.issuer_of("globex"), &[]).await.expect_error(400, "invalid_request");
        }
    }

    async fn only_the_client_that_it_names_may_present_it(app: TestApp) {
        federate(&app).await;
        let jag = assertion(&app, &[]).await;
        present(&app, "globex", "gr-other", &jag).await.expect_error(400, "invalid_grant");
        app.apply(&trusting_both(&app).await);
        present(&app, "globex", "gr-other", &jag).await.expect_error(400, "invalid_grant");
        let _ = present(&app, "globex", "gr-jag", &jag).await.ok();
    }

    async fn it_lives_for_five_minutes(app: TestApp) {
        federate(&app).await;
        let jag = assertion(&app, &[]).await;
        app.advance(Duration::from_secs(331));
        present(&app, "globex", "gr-jag", &jag).await.expect_error(400, "invalid_grant");
    }

    async fn an_id_token_of_the_issuer_is_not_enough(app: TestApp) {
        federate(&app).await;
        present(&app, "globex", "gr-jag", &id_token(&app).await).await.expect_error(400, "invalid_grant");
    }

    async fn a_resource_that_is_not_the_clients_is_invalid_target(app: TestApp) {
        federate(&app).await;
        let jag = assertion(&app, &[("resource", "https://elsewhere.test")]).await;
        present(&app, "globex", "gr-jag", &jag).await.expect_error(400, "invalid_target");
    }

    async fn only_for_listed_audiences_and_only_for_an_id_token_of_ones_own(app: TestApp) {
        federate(&app).await;
        let (own, globex) = (id_token(&app).await, app.issuer_of("globex"));
        for audience in ["https://elsewhere.test", "", API] {
            ask(&app, (&own, ID), audience, &[]).await.expect_error(400, "invalid_target");
        }
        let two = [("audience", "https://elsewhere.test")];
        ask(&app, (&own, ID), &globex, &two).await.expect_error(400, "invalid_target");
        let tokens = app.tokens("gr-jag", "alice", "openid").await;
        ask(&app, (&tokens.string("access_token"), ACCESS), &globex, &[]).await.expect_error(400, "invalid_request");
        let foreign = app.tokens("web", "alice", "openid").await.string("id_token");
        ask(&app, (&foreign, ID), &globex, &[]).await.expect_error(400, "invalid_request");
        ask(&app, (&own, ID), &globex, &[("scope", "a\"b")]).await.expect_error(400, "invalid_scope");
        app.disable_user("alice").await;
        ask(&app, (&own, ID), &globex, &[]).await.expect_error(400, "invalid_request");
    }
}

async fn trusting_both(app: &TestApp) -> String {
    let keys = app.get(&format!("{}/oauth2/jwks", app.issuer())).await.ok().text;
    format!(
        "version: 1
tenants:
  - slug: globex
    settings:
      trusted_issuers:
        - issuer: {}
          jwks: {keys}
          uses: [identity_assertion]
          clients: [gr-jag, gr-other]
          scope: orders:read
",
        app.issuer()
    )
}
