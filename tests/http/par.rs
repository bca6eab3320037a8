//! Pushed authorization requests, RFC 9126.

use std::time::Duration;

use futures_util::future::join_all;
use latchkey_testkit::{
    AuthorizationRequest, JsonAnswer, Landing, SigningAlgorithm, SigningKey, TestApp, both_backends,
};
use serde_json::json;

use crate::relying_party::{RelyingParty, error_of};

async fn push(app: &TestApp, client: &str, request: &AuthorizationRequest) -> JsonAnswer {
    let fields: Vec<(&str, &str)> =
        request.fields().iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let fields: Vec<_> = fields.into_iter().filter(|(name, _)| *name != "client_id" || client != "spa").collect();
    app.post_as(client, "par", &fields).await
}

fn url(app: &TestApp, client: &str, request_uri: &str) -> String {
    format!("{}?client_id={client}&request_uri={request_uri}", app.authorization(client).endpoint())
}

both_backends! {
    async fn a_pushed_request_may_be_looked_at_twice_and_is_answered_once(app: TestApp) {
        let pushed = push(&app, "web", &app.authorization("web")).await;
        assert_eq!(pushed.status, 201, "{}", pushed.text);
        assert_eq!(pushed.json["expires_in"], 90);
        assert_eq!(pushed.header("cache-control"), "no-store");
        let request_uri = pushed.string("request_uri");
        let id = request_uri.strip_prefix("urn:ietf:params:oauth:request_uri:").expect("the URN of RFC 9126");
        assert!(id.len() >= 43, "{id}");

        let browser = app.browser();
        for _ in 0..2 {
            assert!(browser.visit(&url(&app, "web", &request_uri)).await.page().is_sign_in());
        }
        let callback = app.sign_in_at(&browser, &url(&app, "web", &request_uri), "alice").await;
        assert_eq!(callback.param("state"), "state-0123456789");
        assert_eq!(callback.param("iss"), app.issuer());
        assert_eq!(app.id_token("web", callback.code()).await["nonce"], "nonce-0123456789");
        assert_eq!(error_of(browser.visit(&url(&app, "web", &request_uri)).await), "invalid_request_uri");
    }

    async fn of_two_browsers_that_follow_one_pushed_request_one_is_answered(app: TestApp) {
        let request_uri = push(&app, "legacy", &app.authorization("legacy")).await.string("request_uri");
        let (one, other) = (app.browser(), app.browser());
        let waiting = one.visit(&url(&app, "legacy", &request_uri)).await.page();
        assert!(!app.sign_in_at(&other, &url(&app, "legacy", &request_uri), "bob").await.code().is_empty());
        let late = one.submit(&waiting, &[("login", "alice"), ("password", "wonderland-in-spring")]).await;
        assert_eq!(error_of(late), "invalid_request_uri");
    }

    async fn of_ten_browsers_that_follow_one_pushed_request_at_once_one_gets_a_code(app: TestApp) {
        let request_uri = push(&app, "legacy", &app.authorization("legacy")).await.string("request_uri");
        let url = url(&app, "legacy", &request_uri);
        let browsers: Vec<_> = (0..10).map(|_| app.browser()).collect();
        for browser in &browsers {
            app.sign_in_with(browser, "alice", &app.authorization("legacy")).await;
        }
        let landings = join_all(browsers.iter().map(|browser| browser.visit(&url))).await;
        let (mut codes, mut refused) = (Vec::new(), 0);
        for landing in landings {
            match landing {
                Landing::Callback(callback) => codes.push(callback.code().to_owned()),
                page => {
                    assert_eq!(error_of(page), "invalid_request_uri");
                    refused += 1;
                }
            }
        }
        assert_eq!((codes.len(), refused), (1, 9));
        let _ = app.redeem("legacy", &codes[0]).await.ok();
    }

    async fn an_error_answers_a_pushed_request_too(app: TestApp) {
        let request = app.authorization("web").with("prompt", "none");
        let request_uri = push(&app, "web", &request).await.string("request_uri");
        let browser = app.browser();
        let callback = browser.visit(&url(&app, "web", &request_uri)).await.callback();
        assert_eq!(callback.param("error"), "login_required");
        assert_eq!(error_of(browser.visit(&url(&app, "web", &request_uri)).await), "invalid_request_uri");
    }

    async fn a_pushed_request_expires_but_not_under_a_person_who_signs_in(app: TestApp) {
        let request_uri = push(&app, "legacy", &app.authorization("legacy")).await.string("request_uri");
        let browser = app.browser();
        let page = browser.visit(&url(&app, "legacy", &request_uri)).await.page();
        app.advance(Duration::from_secs(91));
        assert_eq!(error_of(app.browser().visit(&url(&app, "legacy", &request_uri)).await), "invalid_request_uri");
        let landing = browser.submit(&page, &[("login", "alice"), ("password", "wonderland-in-spring")]).await;
        assert!(!landing.callback().code().is_empty());
    }

    async fn a_request_uri_of_another_client_or_of_nobody_is_a_page(app: TestApp) {
        let request_uri = push(&app, "web", &app.authorization("web")).await.string("request_uri");
        let browser = app.browser();
        for (client, uri) in [
            ("legacy", request_uri.as_str()),
            ("web", "urn:ietf:params:oauth:request_uri:unknown"),
            ("web", "urn:ietf:params:oauth:request_uri:"),
        ] {
            assert_eq!(error_of(browser.visit(&url(&app, client, uri)).await), "invalid_request_uri", "{client} {uri}");
        }
        let own = browser.visit(&url(&app, "web", &request_uri)).await.page();
        assert!(own.is_sign_in(), "the attempts of others spent nothing");
    }

    async fn parameters_beside_a_pushed_request_do_not_count(app: TestApp) {
        let request_uri = push(&app, "web", &app.authorization("web").without("state")).await.string("request_uri");
        let beside = "&state=evil&nonce=evil&redirect_uri=https%3A%2F%2Fevil.example&scope=orders%3Awrite&prompt=none";
        let url = format!("{}{beside}", url(&app, "web", &request_uri));
        let callback = app.sign_in_at(&app.browser(), &url, "alice").await;
        assert!(!callback.params.contains_key("state"));
        assert!(callback.url.starts_with("http://127.0.0.1:7000/callback?"), "{}", callback.url);
        let tokens = app.redeem("web", callback.code()).await.ok();
        assert_eq!(tokens.json["scope"], "email openid profile");
    }

    async fn what_the_authorization_endpoint_would_refuse_is_refused_at_once(app: TestApp) {
        let good = || app.authorization("web");
        let cases = [
            (good().with("redirect_uri", "https://evil.example/cb"), "invalid_request"),
            (good().without("redirect_uri"), "invalid_request"),
            (good().with("request_uri", "urn:ietf:params:oauth:request_uri:x"), "invalid_request"),
            (good().without("code_challenge").without("code_challenge_method"), "invalid_request"),
            (good().with("code_challenge_method", "plain"), "invalid_request"),
            (good().with("response_mode", "odd"), "invalid_request"),
            (good().with("response_type", "odd"), "unsupported_response_type"),
            (good().with("response_type", "code id_token"), "unauthorized_client"),
            (good().with("scope", "a\"b"), "invalid_scope"),
            (good().with("request", "eyJhbGciOiJub25lIn0.e30."), "invalid_request_object"),
            (good().with("id_token_hint", "x"), "invalid_request"),
            (good().with("dpop_jkt", "short"), "invalid_request"),
        ];
        for (request, expected) in cases {
            push(&app, "web", &request).await.expect_error(400, expected);
        }
        let twice = format!("{}&scope=openid", good().without("client_id").encoded());
        let secret = Some(("web", "web-secret-0123456789-0123456789-0123456789"));
        let par = format!("{}/oauth2/par", app.issuer());
        app.post_raw(&par, secret, &twice).await.expect_error(400, "invalid_request");
    }

    async fn only_an_authenticated_client_pushes_and_only_by_post(app: TestApp) {
        let par = format!("{}/oauth2/par", app.issuer());
        let body = app.authorization("web").encoded();
        app.post_raw(&par, Some(("web", "wrong")), &app.authorization("web").without("client_id").encoded())
            .await
            .expect_error(401, "invalid_client");
        app.post_raw(&par, None, &body).await.expect_error(401, "invalid_client");
        assert_eq!(app.get(&par).await.status, 405);
        assert_eq!(app.send(("PUT", &par), &[], &[]).await.status, 405);
        let public = push(&app, "spa", &app.authorization("spa")).await;
        assert_eq!(public.status, 201, "a public client has PKCE: {}", public.text);
    }

    async fn a_client_or_a_tenant_that_must_push_cannot_do_without(app: TestApp) {
        let party = RelyingParty::register(&app, "par-only", &json!({"require_pushed_authorization_requests": true}));
        let refused = app.browser().visit(&party.request().url()).await.callback();
        assert_eq!(refused.param("error"), "invalid_request");
        assert_eq!((refused.param("state"), refused.param("iss")), ("state-0123456789", app.issuer().as_str()));
        let request_uri = party.push(&party.request()).await.string("request_uri");
        assert!(!party.sign_in("request_uri", &request_uri).await.code().is_empty());

        assert!(!app.sign_in("alice", &app.authorization("legacy")).await.code().is_empty());
        app.set_settings(&json!({"require_pushed_authorization_requests": true}));
        let refused = app.browser().visit(&app.authorization("legacy").url()).await.callback();
        assert_eq!(refused.param("error"), "invalid_request");
        let metadata = app.get(&format!("{}/.well-known/openid-configuration", app.issuer())).await.ok();
        assert_eq!(metadata.json["require_pushed_authorization_requests"], true);
        assert_eq!(metadata.json["pushed_authorization_request_endpoint"], format!("{}/oauth2/par", app.issuer()));
    }

    async fn the_key_of_the_push_or_dpop_jkt_is_the_only_one_that_redeems_the_code(app: TestApp) {
        let party = RelyingParty::register(&app, "par-dpop", &json!({}));
        let (own, foreign) =
            (SigningKey::generate(SigningAlgorithm::Es256), SigningKey::generate(SigningAlgorithm::Es256));
        let par = format!("{}/oauth2/par", app.issuer());
        let token = format!("{}/oauth2/token", app.issuer());
        let proof = |key: &SigningKey, url: &str| key.proof(("POST", url), app.services().clock.now(), &json!({}));

        for with_proof in [true, false] {
            let mut fields: Vec<(String, String)> = party.request().fields().clone().into_iter().collect();
            let own_proof = proof(&own, &par);
            let headers: Vec<(&str, &str)> = if with_proof { vec![("DPoP", own_proof.as_str())] } else { Vec::new() };
            fields.push(("dpop_jkt".to_owned(), own.thumbprint()));
            let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            let foreign_proof = proof(&foreign, &par);
            let mismatched = party.post("par", &[("DPoP", &foreign_proof)], &fields).await;
            mismatched.expect_error(400, "invalid_dpop_proof");

            for (key, works) in [(&foreign, false), (&own, true)] {
                let pushed = party.post("par", &headers, &fields).await;
                // A proof counts once, and pushing again needs another.
                let pushed = if pushed.status == 201 { pushed } else {
                    party.post("par", &[("DPoP", &proof(&own, &par))], &fields).await
                };
                let callback = party.sign_in("request_uri", &pushed.string("request_uri")).await;
                let code = app.code_fields(callback.code());
                let code: Vec<(&str, &str)> = code.iter().map(|(name, value)| (*name, value.as_str())).collect();
                let answer = party.post("token", &[("DPoP", &proof(key, &token))], &code).await;
                if works {
                    assert_eq!(answer.ok().json["token_type"], "DPoP");
                } else {
                    answer.expect_error(400, "invalid_grant");
                }
            }
        }
    }
}
