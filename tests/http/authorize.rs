//! The authorization endpoint: RFC 6749 §4.1.1, OpenID Connect Core §3.1.2, RFC 9207.

use std::time::Duration;

use latchkey_testkit::{Callback, Landing, TestApp, both_backends};
use serde_json::json;

use crate::relying_party::RelyingParty;

/// Whether the answer came in the query, and nothing of it in the fragment.
fn is_in_query(callback: &Callback) -> bool {
    callback.url.contains('?') && !callback.url.contains('#')
}

both_backends! {
    async fn every_error_after_the_redirect_uri_is_known_goes_back_with_state_and_iss(app: TestApp) {
        let cases = [
            ("response_type", "token", "unauthorized_client"),
            ("response_type", "odd", "unsupported_response_type"),
            ("response_type", "", "invalid_request"),
            ("scope", "a\"b", "invalid_scope"),
            ("code_challenge_method", "plain", "invalid_request"),
            ("code_challenge", "", "invalid_request"),
            ("code_challenge", "short", "invalid_request"),
            ("response_mode", "no-such-mode", "invalid_request"),
            ("prompt", "none", "login_required"),
            ("prompt", "none login", "invalid_request"),
            ("prompt", "no-such-prompt", "invalid_request"),
            ("max_age", "-1", "invalid_request"),
            ("max_age", "soon", "invalid_request"),
            ("claims", "{not json", "invalid_request"),
            ("id_token_hint", "not-a-token", "invalid_request"),
            ("request", "eyJhbGciOiJub25lIn0.e30.", "invalid_request_object"),
            ("request_uri", "https://app.example/request", "request_uri_not_supported"),
            ("registration", "{}", "registration_not_supported"),
        ];
        for (name, value, expected) in cases {
            let state = "s".repeat(128);
            let request = app.authorization("web").with(name, value).with("state", &state);
            let callback = app.browser().visit(&request.url()).await.callback();
            assert_eq!(callback.param("error"), expected, "{name}={value}");
            assert_eq!(callback.param("state"), state, "{name}={value}");
            assert_eq!(callback.param("iss"), app.issuer(), "{name}={value}");
            assert!(!callback.params.contains_key("code"));
            for name in callback.params.keys() {
                assert!(["error", "error_description", "error_uri", "state", "iss"].contains(&name.as_str()), "{name}");
            }
        }
    }

    async fn an_unknown_client_or_redirect_uri_is_a_page_and_never_a_redirect(app: TestApp) {
        let cases = [
            ("client_id", "nobody"),
            ("client_id", ""),
            ("client_id", "a b"),
            ("redirect_uri", ""),
            ("redirect_uri", "https://evil.example/callback"),
            ("redirect_uri", "http://127.0.0.1:7000/callback/x"),
            ("redirect_uri", "http://127.0.0.1:7000/callback?x=1"),
            ("redirect_uri", "http://127.0.0.1:7000/callback#x"),
            ("redirect_uri", "http://127.0.0.1.evil.example/callback"),
            ("redirect_uri", "http://127.0.0.1:7000@evil.example/callback"),
            ("redirect_uri", "javascript:alert(1)"),
        ];
        for (name, value) in cases {
            for response_type in ["code", "token"] {
                let request = app.authorization("web").with(name, value).with("response_type", response_type);
                let page = app.browser().get(&request.url()).await;
                assert_eq!(page.status, 400, "{name}={value}");
                assert!(page.headers.get("location").is_none(), "{name}={value}");
                assert!(page.headers["content-type"].to_str().is_ok_and(|kind| kind.starts_with("text/html")));
                assert!(page.html.contains(name), "the page names what is wrong: {name}");
            }
        }
    }

    async fn a_repeated_parameter_is_refused_and_an_unknown_one_ignored(app: TestApp) {
        let request = app.authorization("web");
        let repeated = app.browser().visit(&format!("{}&scope=openid", request.url())).await.callback();
        assert_eq!(repeated.param("error"), "invalid_request");
        for name in ["client_id", "redirect_uri"] {
            let page = app.browser().get(&format!("{}&{name}=other", request.url())).await;
            assert_eq!(page.status, 400, "{name}");
        }
        let callback = app.sign_in("alice", &request.clone().with("extra", "foobar").with("claims_locales", "se")).await;
        assert!(!callback.code().is_empty());
    }

    async fn a_posted_request_works_like_one_in_the_query(app: TestApp) {
        let browser = app.browser();
        app.sign_in_with(&browser, "alice", &app.authorization("web")).await;
        let request = app.authorization("web").with("prompt", "none");
        let fields = request.fields().clone();
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let page = browser.post_from("http://127.0.0.1:7000", &request.endpoint(), &fields).await;
        assert_eq!(page.status, 303, "{}", page.html);
        let callback = browser.follow(page).await.callback();
        assert!(!callback.code().is_empty());
    }

    async fn the_response_comes_in_the_mode_that_was_asked_for(app: TestApp) {
        let browser = app.browser();
        app.sign_in_with(&browser, "alice", &app.authorization("web")).await;
        let landing = |mode: &str| app.authorization("web").with("response_mode", mode);
        let query = browser.visit(&landing("query").url()).await.callback();
        assert!(query.url.contains("?code=") || query.url.contains("&code="));
        let fragment = browser.visit(&landing("fragment").url()).await.callback();
        assert!(fragment.url.contains('#') && !fragment.url.contains('?'), "{}", fragment.url);
        let page = browser.get(&landing("form_post").with("state", "\"><script>alert(1)</script>").url()).await;
        assert_eq!(page.status, 200);
        assert!(!page.html.contains("<script>alert(1)"));
        let csp = page.headers["content-security-policy"].to_str().expect("text");
        assert!(csp.contains("form-action") && !csp.contains("form-action *") && csp.contains("http:"), "{csp}");
        let posted = browser.follow(page).await.callback();
        assert!(!posted.code().is_empty());
        assert_eq!(posted.param("state"), "\"><script>alert(1)</script>");
        assert!(!posted.url.contains('?'));
    }

    async fn prompt_none_never_shows_a_page(app: TestApp) {
        let silent = app.authorization("web").with("prompt", "none");
        let stranger = app.browser().visit(&silent.url()).await.callback();
        assert_eq!(stranger.param("error"), "login_required");

        let browser = app.browser();
        let page = browser.visit(&app.authorization("web").url()).await.page();
        let consent = browser.submit(&page, &[("login", "bob"), ("password", "builder-in-autumn")]).await.page();
        assert!(consent.is_consent());
        let unconsented = browser.visit(&silent.url()).await.callback();
        assert_eq!(unconsented.param("error"), "consent_required");

        let _ = browser.submit(&consent, &[("decision", "allow")]).await.callback();
        assert!(!browser.visit(&silent.url()).await.callback().code().is_empty());
    }

    async fn prompt_login_and_max_age_ask_again_and_move_auth_time(app: TestApp) {
        let browser = app.browser();
        let first = app.sign_in_with(&browser, "alice", &app.authorization("web")).await;
        let before = app.id_token("web", first.code()).await["auth_time"].as_i64();
        app.advance(Duration::from_secs(5));

        let fresh_enough = browser.visit(&app.authorization("web").with("max_age", "10000").url()).await.callback();
        assert_eq!(app.id_token("web", fresh_enough.code()).await["auth_time"].as_i64(), before);

        for (name, value) in [("prompt", "login"), ("max_age", "1"), ("max_age", "0")] {
            app.advance(Duration::from_secs(5));
            let request = app.authorization("web").with(name, value);
            assert!(browser.visit(&request.url()).await.page().is_sign_in(), "{name}={value}");
            let again = app.sign_in_with(&browser, "alice", &request).await;
            assert!(app.id_token("web", again.code()).await["auth_time"].as_i64() > before, "{name}={value}");
        }
    }

    async fn prompt_consent_asks_again_though_consent_is_remembered(app: TestApp) {
        let browser = app.browser();
        app.sign_in_with(&browser, "alice", &app.authorization("web")).await;
        assert!(matches!(browser.visit(&app.authorization("web").url()).await, Landing::Callback(_)));
        let asked = browser.visit(&app.authorization("web").with("prompt", "consent").url()).await.page();
        assert!(asked.is_consent());
        let more = app.authorization("web").with("scope", "openid profile email orders:read");
        assert!(browser.visit(&more.url()).await.page().is_consent(), "a wider scope is asked for");
    }

    async fn a_denied_consent_comes_back_as_access_denied(app: TestApp) {
        let browser = app.browser();
        let page = browser.visit(&app.authorization("web").with("prompt", "consent").url()).await.page();
        let page = browser.submit(&page, &[("login", "alice"), ("password", "wonderland-in-spring")]).await.page();
        let callback = browser.submit(&page, &[("decision", "deny")]).await.callback();
        assert_eq!(callback.param("error"), "access_denied");
        assert_eq!(callback.param("state"), "state-0123456789");
        assert_eq!(callback.param("iss"), app.issuer());
    }

    async fn an_id_token_hint_of_the_same_user_is_silent_and_of_another_is_login_required(app: TestApp) {
        let alice = app.browser();
        let callback = app.sign_in_with(&alice, "alice", &app.authorization("web")).await;
        let hint = app.redeem("web", callback.code()).await.ok().string("id_token");
        let bob = app.browser();
        app.sign_in_with(&bob, "bob", &app.authorization("web")).await;

        app.advance(Duration::from_secs(3600));
        let request = app.authorization("web").with("prompt", "none").with("id_token_hint", &hint);
        assert!(!alice.visit(&request.url()).await.callback().code().is_empty(), "an expired hint is still a hint");
        assert_eq!(bob.visit(&request.url()).await.callback().param("error"), "login_required");
    }

    async fn a_login_hint_is_filled_in_and_escaped(app: TestApp) {
        let request = app.authorization("web").with("login_hint", "buffy\"><b>@example.com");
        let page = app.browser().visit(&request.url()).await.page();
        assert!(page.html.contains("buffy&#34;&#62;&#60;b&#62;@example.com") || page.html.contains("buffy&quot;&gt;&lt;b&gt;@example.com"));
    }

    async fn display_ui_locales_and_acr_values_do_not_get_in_the_way(app: TestApp) {
        for (name, value) in [("display", "page"), ("display", "popup"), ("ui_locales", "se"), ("ui_locales", "fr-CA fr en"), ("acr_values", "1 2")] {
            let callback = app.sign_in("alice", &app.authorization("web").with(name, value)).await;
            assert!(!callback.code().is_empty(), "{name}={value}");
        }
    }

    async fn a_public_client_must_use_pkce(app: TestApp) {
        let request = app.authorization("spa").without("code_challenge").without("code_challenge_method");
        assert_eq!(app.browser().visit(&request.url()).await.callback().param("error"), "invalid_request");
    }

    async fn a_long_state_and_nonce_come_back_exactly(app: TestApp) {
        let long = "n".repeat(384);
        let state = "a+b/c=d%20&é".repeat(20);
        let callback = app.sign_in("alice", &app.authorization("web").with("nonce", &long).with("state", &state)).await;
        assert_eq!(callback.param("state"), state);
        assert_eq!(app.id_token("web", callback.code()).await["nonce"], long);
    }

    async fn scopes_that_do_not_exist_are_left_out_and_said_so(app: TestApp) {
        let callback = app.sign_in("alice", &app.authorization("web").with("scope", "openid no:such profile")).await;
        let tokens = app.redeem("web", callback.code()).await.ok();
        assert_eq!(tokens.json["scope"], "openid profile");
    }

    async fn a_missing_response_type_is_told_in_the_query_or_in_the_form_and_never_in_the_fragment(app: TestApp) {
        for request in [app.authorization("web").without("response_type"), app.authorization("web").with("response_type", "")] {
            let callback = app.browser().visit(&request.url()).await.callback();
            assert_eq!((callback.param("error"), callback.param("state")), ("invalid_request", "state-0123456789"));
            assert!(is_in_query(&callback), "{}", callback.url);
            let posted = app.browser().visit(&request.with("response_mode", "form_post").url()).await.callback();
            assert_eq!((posted.url.as_str(), posted.param("error")), ("http://127.0.0.1:7000/callback", "invalid_request"));
        }
    }

    async fn an_error_is_told_in_the_mode_that_was_asked_for(app: TestApp) {
        let silent = |mode: &str| app.authorization("web").with("prompt", "none").with("response_mode", mode).url();
        let query = app.browser().visit(&silent("query")).await.callback();
        assert!(is_in_query(&query) && query.param("error") == "login_required", "{}", query.url);
        let fragment = app.browser().visit(&silent("fragment")).await.callback();
        assert!(fragment.url.contains("/callback#") && fragment.param("error") == "login_required", "{}", fragment.url);
        let posted = app.browser().visit(&silent("form_post")).await.callback();
        assert_eq!((posted.url.as_str(), posted.param("error")), ("http://127.0.0.1:7000/callback", "login_required"));
    }

    async fn the_order_of_scopes_and_parameters_does_not_matter(app: TestApp) {
        let request = app.authorization("web").with("scope", "email profile openid");
        let shuffled: String = request.fields().iter().rev().fold(String::new(), |query, (name, value)| {
            let pair = url::form_urlencoded::Serializer::new(String::new()).append_pair(name, value).finish();
            format!("{query}&{pair}")
        });
        let url = format!("{}?{}", request.endpoint(), shuffled.trim_start_matches('&'));
        let callback = app.sign_in_at(&app.browser(), &url, "alice").await;
        let tokens = app.redeem("web", callback.code()).await.ok();
        assert_eq!(tokens.json["scope"], "email openid profile");
        assert_eq!(app.verify_jwt(&tokens.string("id_token")).await["nonce"], "nonce-0123456789");
    }

    async fn without_a_page_the_same_user_comes_back_with_the_same_auth_time(app: TestApp) {
        let browser = app.browser();
        let first = app.sign_in_with(&browser, "alice", &app.authorization("web").with("max_age", "15000")).await;
        let hint = app.redeem("web", first.code()).await.ok().string("id_token");
        let before = app.verify_jwt(&hint).await;
        assert!(before["auth_time"].is_i64() && before["sub"].is_string(), "{before}");
        for (name, value) in [("max_age", "10000"), ("prompt", "none"), ("id_token_hint", &hint), ("login_hint", "alice@acme.test")] {
            app.advance(Duration::from_secs(30));
            let request = app.authorization("web").with("prompt", "none").with(name, value);
            let callback = browser.visit(&request.url()).await.callback();
            let after = app.id_token("web", callback.code()).await;
            assert_eq!((&after["sub"], &after["auth_time"]), (&before["sub"], &before["auth_time"]), "{name}");
            assert!(after["iat"].as_i64() > before["iat"].as_i64(), "{name}");
        }
        let stranger = app.authorization("web").with("login_hint", "buffy@localhost");
        assert!(browser.visit(&stranger.url()).await.page().is_sign_in(), "no error, and not silently somebody else");
        let stale = app.authorization("web").with("prompt", "none").with("max_age", "60");
        assert_eq!(browser.visit(&stale.url()).await.callback().param("error"), "login_required");
    }

    async fn a_registered_redirect_uri_keeps_its_query_and_one_that_differs_is_a_page(app: TestApp) {
        const URI: &str = "http://127.0.0.1:7000/callback?dummy1=lorem&dummy2=ipsum";
        let party = RelyingParty::register(&app, "two-uris", &json!({ "redirect_uris": [URI, "https://rp.example/cb"] }));
        let request = party.request().with("redirect_uri", URI);
        let callback = app.sign_in("alice", &request).await;
        assert!(callback.url.starts_with(&format!("{URI}&code=")), "{}", callback.url);
        assert_eq!((callback.param("dummy1"), callback.param("dummy2")), ("lorem", "ipsum"));
        let fragment = app.sign_in("alice", &request.clone().with("response_mode", "fragment")).await;
        assert!(fragment.url.starts_with(&format!("{URI}#")), "{}", fragment.url);
        let posted = app.sign_in("alice", &request.clone().with("response_mode", "form_post")).await;
        assert_eq!(posted.url, URI);

        let mut refused: Vec<_> = [
            "http://127.0.0.1:7000/callback",
            "http://127.0.0.1:7000/callback?",
            "http://127.0.0.1:7000/callback?dummy1=lorem",
            "http://127.0.0.1:7000/callback?dummy2=ipsum&dummy1=lorem",
            "http://127.0.0.1:7000/callback?dummy1=lorem&dummy2=ipsum&x=1",
            "http://127.0.0.1:7000/callback?dummy1=LOREM&dummy2=ipsum",
            "http://127.0.0.1:7000/callback?dummy1=lorem&dummy2=ips%75m",
            "https://rp.example/cb?x=1",
            "https://rp.example/CB",
            "https://rp.example:443/cb",
            "https://rp.example/./cb",
        ]
        .map(|uri| party.request().with("redirect_uri", uri))
        .into();
        // Of two registered ones neither is the default.
        refused.push(party.request().without("redirect_uri"));
        for request in refused {
            let page = app.browser().get(&request.url()).await;
            assert_eq!((page.status, page.headers.contains_key("location")), (400, false), "{}", request.url());
            assert!(page.html.contains("invalid redirect_uri"), "{}", page.html);
        }
    }

    async fn each_parameter_that_is_given_twice_is_told_to_the_client(app: TestApp) {
        let request = app.authorization("web");
        for name in [
            "response_type", "scope", "state", "nonce", "code_challenge", "code_challenge_method", "response_mode", "prompt", "max_age",
            "display", "claims", "acr_values", "ui_locales", "login_hint", "id_token_hint", "dpop_jkt", "unheard_of",
        ] {
            let once = request.clone().with(name, request.fields().get(name).map_or("x", String::as_str));
            let fields: Vec<(&str, &str)> = once.fields().iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            let twice = [fields.as_slice(), &[(name, "y")]].concat();
            let browser = app.browser();
            let posted = browser.post(&request.endpoint(), &twice).await;
            for landing in [browser.visit(&format!("{}&{name}=y", once.url())).await, browser.follow(posted).await] {
                let callback = landing.callback();
                assert_eq!(callback.param("error"), "invalid_request", "{name}");
                assert!(!callback.params.contains_key("code"), "{name}");
            }
        }
    }

    async fn a_posted_request_that_is_wrong_is_answered_like_one_in_the_query(app: TestApp) {
        let request = app.authorization("web");
        let post = async |name: &str, value: &str| {
            let fields = request.clone().with(name, value);
            let fields: Vec<(&str, &str)> = fields.fields().iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            let browser = app.browser();
            let posted = browser.post_from("https://rp.example", &request.endpoint(), &fields).await;
            browser.follow(posted).await
        };
        assert_eq!(post("scope", "a\"b").await.callback().param("error"), "invalid_scope");
        assert_eq!(post("prompt", "none").await.callback().param("error"), "login_required");
        for (name, value) in [("client_id", "nobody"), ("redirect_uri", "https://evil.example/")] {
            let page = post(name, value).await.page();
            assert_eq!((page.status, page.headers.contains_key("location")), (400, false), "{name}");
        }
        assert!(post("extra", "foobar").await.page().is_sign_in());
        let page = app.browser().post(&request.url(), &[]).await;
        assert_eq!(page.status, 400, "the query of a POST does not count");
    }

    async fn a_display_that_nobody_knows_is_refused(app: TestApp) {
        let request = app.authorization("web").with("display", "hologram");
        assert_eq!(app.browser().visit(&request.url()).await.callback().param("error"), "invalid_request");
    }
}
