//! Pairwise subjects: OpenID Connect Core §8.

use futures_util::future::join_all;
use latchkey_testkit::{TestApp, both_backends};
use serde_json::Value;

use crate::device;

/// Two clients of one sector and one of another; none has a secret.
fn clients(app: &TestApp) {
    let client = |id: &str, sector: &str| {
        format!(
            "      - client_id: {id}\n        application_type: browser\n        redirect_uris: [http://127.0.0.1/callback]\n        \
             grant_types: [authorization_code, refresh_token]\n        token_endpoint_auth_method: none\n        consent: implied\n        \
             scope: openid email offline_access\n        subject_type: pairwise\n        sector_identifier_uri: {sector}\n"
        )
    };
    let here = "https://one.example/sector.json";
    let clients =
        client("pair-a", here) + &client("pair-b", here) + &client("pair-c", "https://two.example/sector.json");
    app.apply(&format!("version: 1\ntenants:\n  - slug: acme\n    clients:\n{clients}"));
}

async fn id_token(app: &TestApp, client: &str, login: &str) -> (String, Value) {
    let callback = app.sign_in(login, &app.authorization(client).with("scope", "openid")).await;
    let token = app.redeem(client, callback.code()).await.ok().string("id_token");
    let claims = app.verify_jwt(&token).await;
    (token, claims)
}

async fn sub(app: &TestApp, client: &str, login: &str) -> String {
    id_token(app, client, login).await.1["sub"].as_str().expect("a sub").to_owned()
}

both_backends! {
    async fn one_sector_shares_a_subject_and_another_sees_a_different_one(app: TestApp) {
        clients(&app);
        let (a, b, c) = (sub(&app, "pair-a", "alice").await, sub(&app, "pair-b", "alice").await, sub(&app, "pair-c", "alice").await);
        assert_eq!(a, b);
        assert_ne!(a, c);
        assert_eq!(a, sub(&app, "pair-a", "alice").await, "it stays the same");
        assert_ne!(a, sub(&app, "pair-a", "bob").await);
        let public = sub(&app, "web", "alice").await;
        assert!(public.starts_with("usr_") && ![&a, &c].iter().any(|sub| sub.contains("usr_") || **sub == public));
    }

    async fn every_token_and_answer_of_a_client_names_the_same_subject(app: TestApp) {
        clients(&app);
        let tokens = app.tokens("pair-a", "alice", "openid offline_access").await;
        let sub = app.verify_jwt(&tokens.string("id_token")).await["sub"].clone();
        let access_token = tokens.string("access_token");
        assert_eq!(app.verify_jwt(&access_token).await["sub"], sub);
        assert_eq!(app.userinfo(&access_token).await.ok().json["sub"], sub);
        let refreshed = app.refresh("pair-a", &tokens.string("refresh_token")).await.ok();
        assert_eq!(app.verify_jwt(&refreshed.string("id_token")).await["sub"], sub);
        assert_eq!(app.verify_jwt(&refreshed.string("access_token")).await["sub"], sub);
    }

    async fn first_sign_ins_that_race_get_one_subject(app: TestApp) {
        clients(&app);
        let subs = join_all((0..8).map(|_| sub(&app, "pair-a", "alice"))).await;
        assert!(subs.iter().all(|sub| *sub == subs[0]), "{subs:?}");
    }

    async fn a_hint_with_a_pairwise_subject_is_a_hint_of_that_user(app: TestApp) {
        clients(&app);
        let (hint, _) = id_token(&app, "pair-a", "alice").await;
        let request = app.authorization("pair-a").with("scope", "openid").with("id_token_hint", &hint).with("prompt", "none");
        let alice = app.browser();
        app.sign_in_with(&alice, "alice", &app.authorization("pair-a")).await;
        assert!(!alice.visit(&request.url()).await.callback().code().is_empty());
        let bob = app.browser();
        app.sign_in_with(&bob, "bob", &app.authorization("pair-a")).await;
        assert_eq!(bob.visit(&request.url()).await.callback().param("error"), "login_required");
    }

    async fn a_subject_asked_for_by_claims_counts_only_in_its_own_sector(app: TestApp) {
        clients(&app);
        let (own, other) = (sub(&app, "pair-a", "alice").await, sub(&app, "pair-c", "alice").await);
        let public = sub(&app, "web", "alice").await;
        let browser = app.browser();
        app.sign_in_with(&browser, "alice", &app.authorization("pair-a")).await;
        let ask = |sub: &str| {
            let claims = format!(r#"{{"id_token":{{"sub":{{"value":"{sub}"}}}}}}"#);
            app.authorization("pair-a").with("scope", "openid").with("prompt", "none").with("claims", &claims)
        };
        assert!(!browser.visit(&ask(&own).url()).await.callback().code().is_empty());
        for foreign in [&other, &public] {
            assert_eq!(browser.visit(&ask(foreign).url()).await.callback().param("error"), "login_required");
        }
    }

    async fn a_client_that_registered_itself_names_the_host_of_another_and_gets_a_subject_of_its_own(app: TestApp) {
        app.set_settings(&serde_json::json!({ "client_registration": { "mode": "open", "grant_types": [device::GRANT, "authorization_code"] } }));
        clients(&app);
        let theirs = sub(&app, "pair-a", "alice").await;
        let metadata = serde_json::json!({
            "client_name": "Stranger", "subject_type": "pairwise", "grant_types": [device::GRANT, "authorization_code"],
            "redirect_uris": ["https://one.example/cb"],
        });
        let stranger = app.register("acme", None, &metadata).await;
        let (client_id, secret) = (stranger.string("client_id"), stranger.string("client_secret"));
        let url = format!("{}/oauth2/device_authorization", app.issuer());
        let codes = app.post_raw(&url, Some((&client_id, &secret)), "scope=openid").await.ok();
        device::approve(&app, &app.browser(), &codes.string("user_code")).await;
        let body = format!("grant_type={}&device_code={}", device::GRANT, codes.string("device_code"));
        let tokens = app.token_raw(Some((&client_id, &secret)), &body).await.ok();
        let own = app.verify_jwt(&tokens.string("id_token")).await["sub"].clone();
        assert!(own.is_string() && own != theirs.as_str(), "{own}");
    }

    async fn discovery_offers_both_kinds_of_subject(app: TestApp) {
        let metadata = app.get(&format!("{}/.well-known/openid-configuration", app.issuer())).await.ok().json;
        assert_eq!(metadata["subject_types_supported"], serde_json::json!(["public", "pairwise"]));
    }
}
