//! Introspection and revocation: RFC 7662, RFC 7009.

use std::time::Duration;

use latchkey_testkit::{TestApp, both_backends};

both_backends! {
    async fn an_active_token_is_described_and_an_inactive_one_is_only_inactive(app: TestApp) {
        let tokens = app.tokens("web", "alice", "openid orders:read").await;
        let active = app.introspect("web", &tokens.string("access_token")).await;
        assert_eq!(active["active"], true);
        for member in ["sub", "client_id", "scope", "exp", "iat", "iss", "aud", "token_type", "jti"] {
            assert!(!active[member].is_null(), "{member}: {active}");
        }
        let refresh = app.introspect("web", &tokens.string("refresh_token")).await;
        assert_eq!(refresh["active"], true);

        for token in ["nonsense", "a.b.c", ""] {
            let fields = [("token", token)];
            let answer = app.post_as("web", "introspect", &fields).await;
            if token.is_empty() {
                answer.expect_error(400, "invalid_request");
            } else {
                assert_eq!(answer.ok().json, serde_json::json!({ "active": false }));
            }
        }
        app.advance(Duration::from_secs(301));
        assert_eq!(app.introspect("web", &tokens.string("access_token")).await, serde_json::json!({ "active": false }));
    }

    async fn another_client_learns_nothing_unless_the_api_is_its_own(app: TestApp) {
        let tokens = app.tokens("web", "alice", "openid orders:read").await;
        assert_eq!(app.introspect("web-post", &tokens.string("access_token")).await["active"], false);
        assert_eq!(app.introspect("api", &tokens.string("access_token")).await["active"], true);
        assert_eq!(app.introspect("api", &tokens.string("refresh_token")).await["active"], false);
    }

    async fn a_caller_must_authenticate(app: TestApp) {
        let url = format!("{}/oauth2/introspect", app.issuer());
        app.post_form(&url, &[("token", "x")]).await.expect_error(401, "invalid_client");
        app.post_form(&url, &[("token", "x"), ("client_id", "spa")]).await.expect_error(401, "invalid_client");
    }

    async fn revoking_a_refresh_token_ends_everything_of_its_grant(app: TestApp) {
        let tokens = app.tokens("web", "alice", "openid").await;
        let answer = app.post_as("web", "revoke", &[("token", &tokens.string("refresh_token"))]).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        app.refresh("web", &tokens.string("refresh_token")).await.expect_error(400, "invalid_grant");
        assert_eq!(app.userinfo(&tokens.string("access_token")).await.status, 401);
    }

    async fn revoking_an_access_token_ends_that_token_only(app: TestApp) {
        for client in ["web", "opaque"] {
            let tokens = app.tokens(client, "alice", "openid").await;
            let access_token = tokens.string("access_token");
            let _ = app.post_as(client, "revoke", &[("token", &access_token), ("token_type_hint", "refresh_token")]).await.ok();
            assert_eq!(app.userinfo(&access_token).await.status, 401, "{client}");
            assert_eq!(app.introspect(client, &access_token).await["active"], false, "{client}");
            let _ = app.refresh(client, &tokens.string("refresh_token")).await.ok();
        }
    }

    async fn a_machine_token_can_be_revoked(app: TestApp) {
        let token = app.client_credentials("machine", "orders:read").await.ok().string("access_token");
        assert_eq!(app.introspect("machine", &token).await["active"], true);
        let _ = app.post_as("machine", "revoke", &[("token", &token)]).await.ok();
        assert_eq!(app.introspect("machine", &token).await["active"], false);
    }

    async fn nobody_revokes_the_token_of_another_client(app: TestApp) {
        let tokens = app.tokens("web", "alice", "openid").await;
        for token in [tokens.string("refresh_token"), tokens.string("access_token")] {
            let answer = app.post_as("web-post", "revoke", &[("token", &token)]).await;
            assert!(answer.status == 200 || answer.status == 400, "{}", answer.text);
        }
        assert_eq!(app.userinfo(&tokens.string("access_token")).await.status, 200);
        let _ = app.refresh("web", &tokens.string("refresh_token")).await.ok();
    }

    async fn an_unknown_token_is_revoked_with_200(app: TestApp) {
        assert_eq!(app.post_as("web", "revoke", &[("token", "no-such-token")]).await.status, 200);
        app.post_as("web", "revoke", &[]).await.expect_error(400, "invalid_request");
    }
}
