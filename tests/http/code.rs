//! The authorization code grant: RFC 6749 §4.1, RFC 7636, RFC 9700 §2.1.

use std::time::Duration;

use futures_util::future::join_all;
use latchkey_testkit::{TestApp, both_backends};

both_backends! {
    async fn a_code_buys_an_access_token_a_refresh_token_and_an_id_token(app: TestApp) {
        let callback = app.sign_in("alice", &app.authorization("web").with("scope", "openid profile offline_access")).await;
        assert_eq!(callback.param("state"), "state-0123456789");
        assert_eq!(callback.param("iss"), app.issuer());
        assert!(callback.code().len() >= 43);
        let tokens = app.redeem("web", callback.code()).await.ok();
        assert_eq!(tokens.header("cache-control"), "no-store");
        assert_eq!(tokens.json["token_type"], "Bearer");
        assert_eq!(tokens.json["expires_in"], 300);
        assert!(!tokens.string("refresh_token").is_empty());

        let id_token = app.verify_jwt(&tokens.string("id_token")).await;
        assert_eq!(id_token["iss"], app.issuer());
        assert_eq!(id_token["aud"], "web");
        assert_eq!(id_token["nonce"], "nonce-0123456789");
        assert!(id_token["auth_time"].is_i64());
        assert!(id_token["sub"].as_str().is_some_and(|sub| !sub.is_empty()));
        assert!(id_token["name"].is_null(), "profile claims belong to userinfo");

        let access_token = app.verify_jwt(&tokens.string("access_token")).await;
        assert_eq!(access_token["client_id"], "web");
        assert_eq!(access_token["sub"], id_token["sub"]);
        assert!(access_token["jti"].is_string() && access_token["iat"].is_i64() && access_token["exp"].is_i64());
    }

    async fn a_replayed_code_is_refused_and_revokes_the_tokens_it_bought(app: TestApp) {
        let callback = app.sign_in("alice", &app.authorization("web")).await;
        let tokens = app.redeem("web", callback.code()).await.ok();
        assert_eq!(app.userinfo(&tokens.string("access_token")).await.status, 200);
        app.redeem("web", callback.code()).await.expect_error(400, "invalid_grant");
        assert_eq!(app.userinfo(&tokens.string("access_token")).await.status, 401);
        app.refresh("web", &tokens.string("refresh_token")).await.expect_error(400, "invalid_grant");
        assert_eq!(app.introspect("web", &tokens.string("access_token")).await["active"], false);
    }

    async fn a_code_replayed_after_half_a_minute_or_when_its_life_is_over_revokes_what_it_bought(app: TestApp) {
        for seconds in [30, 62] {
            let callback = app.sign_in("alice", &app.authorization("web")).await;
            let token = app.redeem("web", callback.code()).await.ok().string("access_token");
            app.advance(Duration::from_secs(seconds));
            assert_eq!(app.userinfo(&token).await.status, 200, "{seconds}");
            app.redeem("web", callback.code()).await.expect_error(400, "invalid_grant");
            assert_eq!(app.userinfo(&token).await.status, 401, "{seconds}");
        }
    }

    async fn of_200_racing_redemptions_exactly_one_succeeds(app: TestApp) {
        let callback = app.sign_in("alice", &app.authorization("web")).await;
        let answers = join_all((0..200).map(|_| app.redeem("web", callback.code()))).await;
        let won = answers.iter().filter(|answer| answer.status == 200).count();
        assert_eq!(won, 1);
        assert!(answers.iter().filter(|answer| answer.status != 200).all(|answer| answer.error() == "invalid_grant"));
    }

    async fn a_code_lives_sixty_seconds(app: TestApp) {
        let request = app.authorization("web");
        let early = app.sign_in("alice", &request).await;
        app.advance(Duration::from_secs(59));
        let _ = app.redeem("web", early.code()).await.ok();
        let late = app.sign_in("alice", &request).await;
        app.advance(Duration::from_secs(61));
        app.redeem("web", late.code()).await.expect_error(400, "invalid_grant");
    }

    async fn a_code_is_bound_to_client_redirect_uri_and_challenge(app: TestApp) {
        let request = app.authorization("web");
        let stolen = app.sign_in("alice", &request).await;
        app.redeem("web-post", stolen.code()).await.expect_error(400, "invalid_grant");
        app.redeem("web", stolen.code()).await.expect_error(400, "invalid_grant");

        for (name, value) in [
            ("redirect_uri", "http://127.0.0.1:7001/callback"),
            ("redirect_uri", ""),
            ("code_verifier", "another-verifier-another-verifier-another-verifier"),
            ("code_verifier", ""),
            ("code_verifier", "short"),
        ] {
            let callback = app.sign_in("alice", &request).await;
            let mut fields = app.code_fields(callback.code());
            fields.insert(name, value.to_owned());
            let answer = app.token("web", &fields).await;
            assert_eq!(answer.status, 400, "{name}={value}: {}", answer.text);
            assert!(["invalid_grant", "invalid_request"].contains(&answer.error()), "{}", answer.text);
            app.redeem("web", callback.code()).await.expect_error(400, "invalid_grant");
        }
    }

    async fn a_verifier_without_a_challenge_is_refused(app: TestApp) {
        let request = app.authorization("legacy").without("code_challenge").without("code_challenge_method");
        let callback = app.sign_in("alice", &request).await;
        app.redeem("legacy", callback.code()).await.expect_error(400, "invalid_grant");
        let callback = app.sign_in("alice", &request).await;
        let mut fields = app.code_fields(callback.code());
        fields.remove("code_verifier");
        let _ = app.token("legacy", &fields).await.ok();
    }

    async fn a_code_dies_with_the_session_that_it_came_from(app: TestApp) {
        let browser = app.browser();
        let callback = app.sign_in_with(&browser, "alice", &app.authorization("web")).await;
        app.sign_out(&browser).await;
        app.redeem("web", callback.code()).await.expect_error(400, "invalid_grant");
    }

    async fn an_opaque_access_token_is_a_choice_of_the_client(app: TestApp) {
        let callback = app.sign_in("alice", &app.authorization("opaque")).await;
        let tokens = app.redeem("opaque", callback.code()).await.ok();
        let token = tokens.string("access_token");
        assert!(!token.contains('.') && token.len() >= 43, "{token}");
        assert_eq!(app.userinfo(&token).await.status, 200);
        assert_eq!(app.introspect("opaque", &token).await["active"], true);
        app.advance(Duration::from_secs(301));
        assert_eq!(app.userinfo(&token).await.status, 401);
    }
}
