//! The authorization endpoint: RFC 6749 §4.1.1, OpenID Connect Core §3.1.2, RFC 9207.

use std::time::Duration;

use latchkey_testkit::{Landing, TestApp, both_backends};

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
}
