//! OAuth 2.0 for First-Party Applications: the authorization challenge endpoint.

use std::time::Duration;

use latchkey_testkit::{JsonAnswer, TestApp, both_backends};
use serde_json::{Value, json};

const BANK: &str = "https://pay.res.test/v1";
const PASSWORD: &str = "wonderland-in-spring";
const FIRST: &str = "gr-public-first";
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const REQUEST: [(&str, &str); 4] = [
    ("scope", "openid profile offline_access"),
    ("nonce", "n-0123456789"),
    ("code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"),
    ("code_challenge_method", "S256"),
];

async fn challenge(app: &TestApp, client: &str, fields: &[(&str, &str)]) -> JsonAnswer {
    app.post_as(client, "authorize-challenge", fields).await
}

pub(crate) async fn with_password(app: &TestApp, client: &str, login: &str, password: &str) -> JsonAnswer {
    let mut fields = REQUEST.to_vec();
    fields.extend([("username", login), ("password", password)]);
    challenge(app, client, &fields).await
}

async fn redeem(app: &TestApp, client: &str, code: &str) -> JsonAnswer {
    let fields = [("grant_type", "authorization_code"), ("code", code), ("code_verifier", VERIFIER)];
    app.post_as(client, "token", &fields).await
}

both_backends! {
    async fn a_password_in_one_request_buys_a_code(app: TestApp) {
        let answer = with_password(&app, FIRST, "alice", PASSWORD).await.ok();
        assert_eq!(answer.header("cache-control"), "no-store");
        let code = answer.string("authorization_code");
        let tokens = redeem(&app, FIRST, &code).await.ok();
        let id_token = app.verify_jwt(&tokens.string("id_token")).await;
        assert_eq!((&id_token["nonce"], &id_token["amr"][0]), (&"n-0123456789".into(), &"pwd".into()));
        assert!(id_token["sid"].is_string() && tokens.json["refresh_token"].is_string(), "{}", tokens.text);
        redeem(&app, FIRST, &code).await.expect_error(400, "invalid_grant");
        assert_eq!(app.userinfo(&tokens.string("access_token")).await.status, 401);
    }

    async fn step_by_step_each_auth_session_is_good_once(app: TestApp) {
        let first = challenge(&app, FIRST, &REQUEST).await;
        first.expect_error(400, "insufficient_authorization");
        let first = first.string("auth_session");
        let wrong = [("auth_session", first.as_str()), ("username", "alice"), ("password", "wrong")];
        let second = challenge(&app, FIRST, &wrong).await;
        second.expect_error(400, "insufficient_authorization");
        let second = second.string("auth_session");
        let again = [("auth_session", first.as_str()), ("username", "alice"), ("password", PASSWORD)];
        challenge(&app, FIRST, &again).await.expect_error(400, "invalid_session");
        // What was asked for first counts, not what is added later.
        let right = [("auth_session", second.as_str()), ("username", "alice"), ("password", PASSWORD), ("scope", "openid email")];
        let code = challenge(&app, FIRST, &right).await.ok().string("authorization_code");
        assert_eq!(redeem(&app, FIRST, &code).await.ok().json["scope"], "offline_access openid profile");
    }

    async fn of_racing_steps_one_goes_on(app: TestApp) {
        let begun = challenge(&app, FIRST, &REQUEST).await.string("auth_session");
        let right = [("auth_session", begun.as_str()), ("username", "alice"), ("password", PASSWORD)];
        let answers = futures_util::future::join_all((0..6).map(|_| challenge(&app, FIRST, &right))).await;
        assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 1);
    }

    async fn an_auth_session_is_of_its_client_and_ends_after_ten_minutes(app: TestApp) {
        let begun = challenge(&app, FIRST, &REQUEST).await.string("auth_session");
        challenge(&app, "gr-first-asking", &[("auth_session", &begun)]).await.expect_error(400, "invalid_session");
        let begun = challenge(&app, FIRST, &REQUEST).await.string("auth_session");
        app.advance(Duration::from_secs(601));
        challenge(&app, FIRST, &[("auth_session", &begun)]).await.expect_error(400, "invalid_session");
    }

    async fn unknown_users_and_wrong_passwords_look_alike_and_are_counted(app: TestApp) {
        app.set_sign_in_limits(2, 100).await;
        let (wrong, unknown) = (
            with_password(&app, FIRST, "alice", "wrong").await,
            with_password(&app, FIRST, "nobody", "wrong").await,
        );
        assert_eq!(wrong.json["error_description"], unknown.json["error_description"]);
        assert_eq!((wrong.status, wrong.error()), (unknown.status, unknown.error()));
        let _ = with_password(&app, FIRST, "alice", "wrong").await;
        with_password(&app, FIRST, "alice", PASSWORD).await.expect_error(429, "temporarily_unavailable");
    }

    async fn only_the_tenants_own_applications(app: TestApp) {
        with_password(&app, "spa", "alice", PASSWORD).await.expect_error(400, "unauthorized_client");
        with_password(&app, "web", "alice", PASSWORD).await.expect_error(400, "unauthorized_client");
        let body = "client_id=gr-first-asking&client_secret=wrong&scope=openid";
        let url = format!("{}/oauth2/authorize-challenge", app.issuer());
        app.post_raw(&url, None, body).await.expect_error(401, "invalid_client");
    }

    async fn what_a_password_cannot_do_goes_to_the_browser(app: TestApp) {
        for extra in [
            ("prompt", "consent"),
            ("claims", r#"{"id_token":{"acr":{"essential":true,"values":["3"]}}}"#),
            ("id_token_hint", "somebody"),
        ] {
            let mut fields = REQUEST.to_vec();
            fields.extend([("username", "alice"), ("password", PASSWORD), extra]);
            challenge(&app, FIRST, &fields).await.expect_error(400, "redirect_to_web");
        }
        // Nobody allowed this client yet, and there is no page to ask on.
        with_password(&app, "gr-first-asking", "alice", PASSWORD).await.expect_error(400, "redirect_to_web");
    }

    async fn policies_are_judged_in_place(app: TestApp) {
        let judged = async |rules: Value| {
            app.set_settings(&json!({ "access_policies": rules }));
            with_password(&app, FIRST, "alice", PASSWORD).await
        };
        let elsewhere = json!([{"name": "others", "when": "user.username != \"alice\"", "then": "deny"}]);
        let code = judged(elsewhere).await.ok().string("authorization_code");
        let _ = redeem(&app, FIRST, &code).await.ok();
        // The sign-in is as new as can be.
        let newer = json!([{"name": "fresh", "when": "true", "then": "step_up", "max_age": 60}]);
        let _ = judged(newer).await.ok();

        let denied = json!([{"name": "alice", "when": "user.username == \"alice\"", "then": "deny", "description": "Not on Sundays."}]);
        let denied = judged(denied).await;
        denied.expect_error(400, "access_denied");
        assert!(denied.text.contains("Not on Sundays"), "{}", denied.text);
        let stronger = json!([{"name": "strong", "when": "true", "then": "step_up", "acr_values": ["9"]}]);
        judged(stronger).await.expect_error(400, "redirect_to_web");
    }

    async fn a_policy_says_nothing_to_a_stranger(app: TestApp) {
        let rules = json!([{"name": "all", "when": "true", "then": "deny"}]);
        app.set_settings(&json!({ "access_policies": rules }));
        with_password(&app, FIRST, "alice", "wrong").await.expect_error(400, "insufficient_authorization");
        with_password(&app, FIRST, "nobody", "wrong").await.expect_error(400, "insufficient_authorization");
    }

    async fn resources_and_details_are_read_as_at_the_authorization_endpoint(app: TestApp) {
        let client = |consent: &str| json!({
            "client_id": "res-first", "name": "Acme Bank", "application_type": "native", "token_endpoint_auth_method": "none",
            "redirect_uris": ["http://127.0.0.1/callback"], "grant_types": ["authorization_code", "refresh_token"],
            "consent": consent, "first_party": true, "scope": "openid profile offline_access notes:read pay:read",
            "audiences": ["https://notes.res.test", BANK], "authorization_details_types": ["payment"],
        });
        app.add_clients(&[client("implied")]);
        let ask = async |more: &[(&str, &str)]| {
            let mut fields: Vec<(&str, &str)> = REQUEST.into_iter().filter(|(name, _)| *name != "scope").collect();
            fields.extend([("client_id", "res-first"), ("username", "alice"), ("password", PASSWORD)]);
            fields.extend([("scope", "openid offline_access notes:read pay:read")]);
            fields.extend_from_slice(more);
            let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
            app.post_raw(&format!("{}/oauth2/authorize-challenge", app.issuer()), None, &body).await
        };
        let details = json!([{"type": "payment", "amount": 5, "creditor": "Bob"}]);
        let asked = details.to_string();
        let code = ask(&[("resource", BANK), ("authorization_details", &asked)]).await.ok().string("authorization_code");
        let tokens = redeem(&app, "res-first", &code).await.ok();
        assert_eq!((&tokens.json["authorization_details"], &tokens.json["scope"]), (&details, &json!("offline_access openid pay:read")));
        assert_eq!(app.verify_jwt(&tokens.string("access_token")).await["aud"], BANK);

        ask(&[("resource", "https://api.acme.test")]).await.expect_error(400, "invalid_target");
        ask(&[("authorization_details", r#"[{"type":"payment"}]"#)]).await.expect_error(400, "invalid_authorization_details");
        // Whoever must be asked is asked on a page.
        app.add_clients(&[client("remembered")]);
        ask(&[("authorization_details", &asked)]).await.expect_error(400, "redirect_to_web");
    }

    async fn pkce_and_the_rest_of_the_request_are_checked_as_ever(app: TestApp) {
        let without = |name: &str| REQUEST.into_iter().filter(|(known, _)| *known != name).collect::<Vec<_>>();
        challenge(&app, FIRST, &without("code_challenge")).await.expect_error(400, "invalid_request");
        challenge(&app, FIRST, &without("scope")).await.expect_error(400, "invalid_scope");
        let mut fields = REQUEST.to_vec();
        fields.push(("response_type", "token"));
        challenge(&app, FIRST, &fields).await.expect_error(400, "unauthorized_client");
        let code = with_password(&app, FIRST, "alice", PASSWORD).await.ok().string("authorization_code");
        let fields = [("grant_type", "authorization_code"), ("code", code.as_str()), ("code_verifier", &VERIFIER.replace('d', "e"))];
        app.post_as(FIRST, "token", &fields).await.expect_error(400, "invalid_grant");
    }

    async fn a_code_without_a_redirect_is_not_redeemed_with_one_nor_the_other_way_round(app: TestApp) {
        let code = with_password(&app, FIRST, "alice", PASSWORD).await.ok().string("authorization_code");
        app.redeem(FIRST, &code).await.expect_error(400, "invalid_grant");
        let callback = app.sign_in("alice", &app.authorization(FIRST).with("scope", "openid")).await;
        redeem(&app, FIRST, callback.code()).await.expect_error(400, "invalid_grant");
    }
}
