//! RP-initiated logout: OpenID Connect RP-Initiated Logout 1.0.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use latchkey_testkit::{Browser, ClientKey, Landing, TestApp, both_backends};
use serde_json::{Value, json};

const BYE: &str = "http://127.0.0.1:7000/bye";

/// A signed-in browser, and an ID token of its session.
async fn signed_in(app: &TestApp) -> (Browser, String) {
    let browser = app.browser();
    let callback = app.sign_in_with(&browser, "alice", &app.authorization("web")).await;
    let id_token = app.redeem("web", callback.code()).await.ok().string("id_token");
    (browser, id_token)
}

async fn is_signed_in(app: &TestApp, browser: &Browser) -> bool {
    let callback = browser.visit(&app.authorization("web").with("prompt", "none").url()).await.callback();
    callback.params.contains_key("code")
}

/// Visits the end-session endpoint and confirms if asked.
async fn log_out(app: &TestApp, browser: &Browser, params: &[(&str, &str)]) -> Landing {
    match browser.visit(&app.logout_url(params)).await {
        Landing::Page(page) if page.html.contains("id=\"confirm\"") => browser.submit(&page, &[]).await,
        landing => landing,
    }
}

both_backends! {
    async fn with_a_hint_and_a_registered_uri_the_browser_goes_back_with_the_state(app: TestApp) {
        let (browser, hint) = signed_in(&app).await;
        let state = "s".repeat(128);
        let params = [("id_token_hint", hint.as_str()), ("post_logout_redirect_uri", BYE), ("state", &state)];
        let callback = log_out(&app, &browser, &params).await.callback();
        assert!(callback.url.starts_with(BYE));
        assert_eq!(callback.params.len(), 1);
        assert_eq!(callback.param("state"), state);
        assert!(!is_signed_in(&app, &browser).await);
    }

    async fn without_a_state_none_is_added(app: TestApp) {
        let (browser, hint) = signed_in(&app).await;
        let callback = log_out(&app, &browser, &[("id_token_hint", &hint), ("post_logout_redirect_uri", BYE)]).await.callback();
        assert_eq!(callback.url, BYE);
        assert!(!is_signed_in(&app, &browser).await);
    }

    async fn an_expired_hint_still_counts(app: TestApp) {
        let (browser, hint) = signed_in(&app).await;
        app.advance(std::time::Duration::from_secs(7200));
        let callback = log_out(&app, &browser, &[("id_token_hint", &hint), ("post_logout_redirect_uri", BYE)]).await.callback();
        assert_eq!(callback.url, BYE);
    }

    async fn a_uri_that_is_not_registered_or_a_bad_hint_never_redirects(app: TestApp) {
        let (browser, hint) = signed_in(&app).await;
        let unsigned = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.";
        let foreign = app.tokens_of("globex", "web", "alice", "openid").await.string("id_token");
        let tampered = format!("{}x", hint);
        for params in [
            vec![("id_token_hint", hint.as_str()), ("post_logout_redirect_uri", "https://evil.example/bye")],
            vec![("id_token_hint", hint.as_str()), ("post_logout_redirect_uri", "http://127.0.0.1:7000/bye?foo=bar")],
            vec![("id_token_hint", unsigned), ("post_logout_redirect_uri", BYE)],
            vec![("id_token_hint", foreign.as_str()), ("post_logout_redirect_uri", BYE)],
            vec![("id_token_hint", tampered.as_str()), ("post_logout_redirect_uri", BYE)],
            vec![("post_logout_redirect_uri", BYE)],
            vec![("post_logout_redirect_uri", BYE), ("state", "x")],
        ] {
            let page = log_out(&app, &browser, &params).await.page();
            assert!(page.status == 200 || page.status == 400, "{} for {params:?}", page.status);
        }
    }

    async fn a_hint_whose_signature_was_taken_away_never_redirects(app: TestApp) {
        let (browser, hint) = signed_in(&app).await;
        let mut parts = hint.split('.');
        let (header, claims) = (parts.next().expect("a header"), parts.next().expect("claims"));
        let none = "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0";
        for modified in [format!("{none}.{claims}."), format!("{header}.{claims}."), format!("{none}.{claims}")] {
            let params = [("id_token_hint", modified.as_str()), ("post_logout_redirect_uri", BYE)];
            assert_eq!(log_out(&app, &browser, &params).await.page().status, 400, "{modified}");
        }
        assert!(is_signed_in(&app, &browser).await);
    }

    async fn a_hint_that_another_key_signed_under_our_kid_never_redirects(app: TestApp) {
        let (browser, hint) = signed_in(&app).await;
        let mut parts = hint.split('.');
        let mut part = || -> Value {
            let text = parts.next().expect("a part");
            serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).expect("base64url")).expect("JSON")
        };
        let (header, claims) = (part(), part());
        let stranger = ClientKey::rsa(header["kid"].as_str().expect("a kid"));
        let forged = stranger.sign("RS256", json!({ "typ": header["typ"] }), &claims);
        let params = [("id_token_hint", forged.as_str()), ("post_logout_redirect_uri", BYE)];
        assert_eq!(log_out(&app, &browser, &params).await.page().status, 400);
        assert!(is_signed_in(&app, &browser).await);
    }

    async fn a_client_id_alone_vouches_for_no_address(app: TestApp) {
        let (browser, _) = signed_in(&app).await;
        let params = [("client_id", "web"), ("post_logout_redirect_uri", BYE), ("state", "x")];
        let page = log_out(&app, &browser, &params).await.page();
        assert!(page.url.ends_with("/signed-out") && !page.html.contains(BYE), "{} {}", page.url, page.html);
    }

    async fn a_client_id_must_be_the_one_of_the_hint(app: TestApp) {
        let (browser, hint) = signed_in(&app).await;
        let wrong = [("id_token_hint", hint.as_str()), ("post_logout_redirect_uri", BYE), ("client_id", "spa")];
        assert_eq!(log_out(&app, &browser, &wrong).await.page().status, 400);
        let right = [("id_token_hint", hint.as_str()), ("post_logout_redirect_uri", BYE), ("client_id", "web")];
        assert_eq!(log_out(&app, &browser, &right).await.callback().url, BYE);
    }

    async fn hints_for_people_are_ignored_whatever_they_hold(app: TestApp) {
        let (browser, hint) = signed_in(&app).await;
        let evil = "\"><script>\r\nSet-Cookie: x=y";
        let params = [("id_token_hint", hint.as_str()), ("post_logout_redirect_uri", BYE),
            ("logout_hint", evil), ("ui_locales", evil), ("unknown", evil)];
        assert_eq!(log_out(&app, &browser, &params).await.callback().url, BYE);
        assert!(!is_signed_in(&app, &browser).await);
    }

    async fn with_a_hint_alone_or_a_state_alone_it_ends_on_our_own_page(app: TestApp) {
        for with_hint in [true, false] {
            let (browser, hint) = signed_in(&app).await;
            let params = if with_hint { vec![("id_token_hint", hint.as_str())] } else { vec![("state", "x")] };
            let page = log_out(&app, &browser, &params).await.page();
            assert!(page.url.ends_with("/signed-out"), "{}", page.url);
            assert!(!is_signed_in(&app, &browser).await);
        }
    }

    async fn without_parameters_it_asks_and_then_says_signed_out(app: TestApp) {
        let (browser, _) = signed_in(&app).await;
        let asked = browser.visit(&app.logout_url(&[])).await.page();
        assert!(asked.html.contains("id=\"confirm\""));
        assert!(is_signed_in(&app, &browser).await, "asking alone signs nobody out");
        let done = browser.submit(&asked, &[]).await.page();
        assert!(done.url.contains("/signed-out"));
        assert_eq!(done.status, 200);
        assert!(!is_signed_in(&app, &browser).await);
    }

    async fn another_site_cannot_confirm(app: TestApp) {
        let (browser, _) = signed_in(&app).await;
        let asked = browser.visit(&app.logout_url(&[])).await.page();
        let hidden = asked.hidden_fields();
        let fields: Vec<(&str, &str)> = hidden.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let refused = browser.post_from("https://evil.example", &asked.form_action(), &fields).await;
        assert_eq!(refused.status, 403, "{}", refused.html);
        assert!(is_signed_in(&app, &browser).await);
    }

    async fn a_posted_request_works_and_someone_not_signed_in_sees_signed_out(app: TestApp) {
        let (browser, hint) = signed_in(&app).await;
        let url = format!("{}/oauth2/logout", app.issuer());
        let page = browser.post(&url, &[("id_token_hint", &hint), ("post_logout_redirect_uri", BYE)]).await;
        let callback = match browser.follow(page).await {
            Landing::Page(page) => browser.submit(&page, &[]).await.callback(),
            Landing::Callback(callback) => callback,
        };
        assert_eq!(callback.url, BYE);
        assert_eq!(log_out(&app, &app.browser(), &[]).await.page().status, 200);
    }
}
