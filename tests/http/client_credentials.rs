//! The client credentials grant: RFC 6749 §4.4.

use latchkey_testkit::{TestApp, both_backends};

both_backends! {
    async fn a_machine_gets_a_token_for_its_api_and_no_refresh_token(app: TestApp) {
        let answer = app.client_credentials("machine", "orders:read").await.ok();
        assert_eq!(answer.json["scope"], "orders:read");
        assert!(answer.json["refresh_token"].is_null() && answer.json["id_token"].is_null());
        let claims = app.verify_jwt(&answer.string("access_token")).await;
        assert_eq!(claims["aud"], "https://api.acme.test");
        assert_eq!(claims["sub"], "machine");
        assert_eq!(claims["client_id"], "machine");
    }

    async fn without_a_scope_it_gets_what_it_may_have(app: TestApp) {
        let answer = app.client_credentials("machine", "").await.ok();
        assert_eq!(answer.json["scope"], "orders:read orders:write");
    }

    async fn a_scope_that_is_unknown_or_not_its_own_is_invalid_scope(app: TestApp) {
        for scope in ["no:such", "openid", "orders:read admin", "a\"b"] {
            app.client_credentials("machine", scope).await.expect_error(400, "invalid_scope");
        }
    }

    async fn a_client_without_the_grant_is_unauthorized_client(app: TestApp) {
        app.client_credentials("web", "orders:read").await.expect_error(400, "unauthorized_client");
    }

    async fn a_public_client_cannot_use_it(app: TestApp) {
        let answer = app.client_credentials("spa", "openid").await;
        assert!(answer.status == 400 || answer.status == 401, "{}", answer.text);
    }
}
