//! The resource owner password credentials grant: RFC 6749 §4.3, for clients that are registered for it.

use latchkey_testkit::{JsonAnswer, TestApp, both_backends};

const PASSWORD: &str = "wonderland-in-spring";

pub(crate) async fn ask(app: &TestApp, client: &str, username: &str, password: &str, scope: &str) -> JsonAnswer {
    let fields = [("grant_type", "password"), ("username", username), ("password", password), ("scope", scope)];
    app.post_as(client, "token", &fields).await
}

both_backends! {
    async fn a_password_buys_tokens_and_a_session(app: TestApp) {
        let answer = ask(&app, "gr-password", "alice", PASSWORD, "openid gr:read").await.ok();
        assert_eq!(answer.json["scope"], "gr:read openid");
        let id_token = app.verify_jwt(&answer.string("id_token")).await;
        assert_eq!((&id_token["aud"], &id_token["amr"][0], &id_token["acr"]), (&"gr-password".into(), &"pwd".into(), &"1".into()));
        assert!(id_token["sid"].as_str().is_some_and(|sid| sid.starts_with("ses_")), "{id_token}");
        let claims = app.verify_jwt(&answer.string("access_token")).await;
        assert_eq!((&claims["aud"], &claims["sub"]), (&"https://gr-orders.acme.test".into(), &id_token["sub"]));
        let _ = app.refresh("gr-password", &answer.string("refresh_token")).await.ok();
    }

    async fn an_address_names_the_user_as_well_and_without_a_scope_it_is_the_registered_one(app: TestApp) {
        let answer = ask(&app, "gr-password", "alice@acme.test", PASSWORD, "").await.ok();
        assert_eq!(answer.json["scope"], "email gr:read openid profile");
    }

    async fn an_unknown_user_and_a_wrong_password_get_the_same_answer(app: TestApp) {
        let wrong = ask(&app, "gr-password", "alice", "not-her-password", "openid").await;
        let unknown = ask(&app, "gr-password", "nobody-of-that-name", "not-her-password", "openid").await;
        wrong.expect_error(400, "invalid_grant");
        assert_eq!((wrong.status, wrong.text), (unknown.status, unknown.text));
    }

    async fn a_disabled_user_is_refused_and_loses_what_was_granted(app: TestApp) {
        let before = ask(&app, "gr-password", "bob", "builder-in-autumn", "openid").await.ok();
        app.disable_user("bob").await;
        ask(&app, "gr-password", "bob", "builder-in-autumn", "openid").await.expect_error(400, "invalid_grant");
        assert_eq!(app.userinfo(&before.string("access_token")).await.status, 401);
        app.refresh("gr-password", &before.string("refresh_token")).await.expect_error(400, "invalid_grant");
    }

    async fn guesses_are_counted_with_those_of_the_page(app: TestApp) {
        app.set_sign_in_limits(2, 100).await;
        for _ in 0..2 {
            ask(&app, "gr-password", "alice", "guess", "openid").await.expect_error(400, "invalid_grant");
        }
        let answer = ask(&app, "gr-password", "alice", PASSWORD, "openid").await;
        answer.expect_error(429, "temporarily_unavailable");
        assert!(answer.header("retry-after").parse::<u64>().is_ok_and(|seconds| seconds > 0));
        // The page counts the same attempts.
        let browser = app.browser();
        let page = browser.visit(&app.authorization("web").url()).await.page();
        let page = browser.submit(&page, &[("login", "alice"), ("password", PASSWORD)]).await.page();
        assert_eq!(page.status, 429, "{}", page.html);
    }

    async fn a_client_that_is_not_registered_for_it_is_unauthorized_client(app: TestApp) {
        ask(&app, "web", "alice", PASSWORD, "openid").await.expect_error(400, "unauthorized_client");
        ask(&app, "spa", "alice", PASSWORD, "openid").await.expect_error(400, "unauthorized_client");
    }

    async fn a_scope_beyond_the_registered_one_is_invalid_scope_and_a_missing_field_invalid_request(app: TestApp) {
        ask(&app, "gr-password", "alice", PASSWORD, "openid gr:write").await.expect_error(400, "invalid_scope");
        ask(&app, "gr-password", "alice", "", "openid").await.expect_error(400, "invalid_request");
        ask(&app, "gr-password", "", PASSWORD, "openid").await.expect_error(400, "invalid_request");
    }

    async fn the_secret_of_the_client_is_looked_at_before_the_password(app: TestApp) {
        let body = format!("grant_type=password&username=alice&password={PASSWORD}");
        app.token_raw(Some(("gr-password", "wrong")), &body).await.expect_error(401, "invalid_client");
    }
}
