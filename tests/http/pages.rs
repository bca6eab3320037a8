//! The pages: headers, CSRF, throttling, and what strangers may learn.

use std::time::Duration;

use latchkey_testkit::{TestApp, both_backends};

/// The nonce of the page's styles and scripts.
fn nonce_of(html: &str) -> Option<String> {
    let (_, rest) = html.split_once("nonce=\"")?;
    rest.split_once('"').map(|(nonce, _)| nonce.to_owned())
}

both_backends! {
    async fn every_page_has_the_headers_that_keep_it_safe(app: TestApp) {
        let browser = app.browser();
        let sign_in = browser.visit(&app.authorization("web").url()).await.page();
        let error = browser.get(&app.authorization("nobody").url()).await;
        let signed_out = browser.visit(&format!("{}/signed-out", app.issuer())).await.page();
        for page in [sign_in, error, signed_out] {
            let header = |name: &str| page.headers.get(name).map(|value| value.to_str().expect("text")).unwrap_or_default().to_owned();
            let csp = header("content-security-policy");
            for part in ["default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'"] {
                assert!(csp.contains(part), "{}: {csp}", page.url);
            }
            assert!(!csp.contains("unsafe-inline") && !csp.contains("unsafe-eval"), "{csp}");
            assert_eq!(header("referrer-policy"), "no-referrer");
            assert_eq!(header("x-content-type-options"), "nosniff");
            assert!(header("cache-control").contains("no-store"));
            assert!(!header("x-request-id").is_empty());
        }
    }

    async fn a_form_from_another_site_or_without_its_token_is_refused(app: TestApp) {
        let browser = app.browser();
        let page = browser.visit(&app.authorization("web").url()).await.page();
        let credentials = [("login", "alice"), ("password", "wonderland-in-spring")];
        let hidden = page.hidden_fields();
        let mut good: Vec<(&str, &str)> = hidden.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        good.extend(credentials);
        let foreign = browser.post_from("https://evil.example", &page.form_action(), &good).await;
        assert_eq!(foreign.status, 403);
        // Under no-referrer a browser sends `null` with our own forms; then the token decides.
        let opaque = browser.post_from("null", &page.form_action(), &credentials).await;
        assert!((400..500).contains(&opaque.status), "{}", opaque.status);
        let tokenless = browser.post(&page.form_action(), &credentials).await;
        assert!((400..500).contains(&tokenless.status), "{}", tokenless.status);
        let elsewhere = app.browser();
        let stolen = elsewhere.post(&page.form_action(), &good).await;
        assert!((400..500).contains(&stolen.status), "another browser: {}", stolen.status);
        assert!(browser.submit(&page, &credentials).await.page().is_consent(), "none of it spent the page");
    }

    async fn unknown_users_and_wrong_passwords_get_the_same_page(app: TestApp) {
        let mut seen = Vec::new();
        for login in ["alice", "nobody"] {
            let browser = app.browser();
            let page = browser.visit(&app.authorization("web").url()).await.page();
            let refused = browser.submit_once(&page, &[("login", login), ("password", "wrong")]).await;
            let mut html = refused.html.replace(login, "LOGIN");
            // What is random on every page.
            let challenge = refused.html.split("challenge&#34;:&#34;").nth(1).and_then(|rest| rest.split('&').next());
            let random = challenge.map(str::to_owned).into_iter().chain(nonce_of(&refused.html));
            let values = refused.hidden_fields().into_values().chain(random);
            for value in values.filter(|value| !value.is_empty()) {
                html = html.replace(&value, "RANDOM");
            }
            seen.push((refused.status, html));
        }
        assert_eq!(seen[0], seen[1]);
    }

    async fn a_throttled_name_does_not_tell_which_address_belongs_to_it(app: TestApp) {
        app.set_sign_in_limits(4, 1000).await;
        let browser = app.browser();
        let page = browser.visit(&app.authorization("web").url()).await.page();
        for login in ["alice", "ALICE", " Alice", "alice"] {
            let refused = browser.submit_once(&page, &[("login", login), ("password", "wrong")]).await;
            assert!(refused.status < 429, "{login}: {}", refused.status);
        }
        let throttled = browser.submit_once(&page, &[("login", "alice"), ("password", "wonderland-in-spring")]).await;
        assert_eq!(throttled.status, 429);
        let hers = browser.submit_once(&page, &[("login", "alice@acme.test"), ("password", "wrong")]).await;
        let nobodys = browser.submit_once(&page, &[("login", "nobody@acme.test"), ("password", "wrong")]).await;
        assert_eq!(hers.status, nobodys.status);
    }

    async fn a_max_age_that_passes_on_the_consent_page_asks_for_the_password_again(app: TestApp) {
        let alice = [("login", "alice"), ("password", "wonderland-in-spring")];
        for (name, value, asks_again) in [("max_age", "60", true), ("max_age", "0", false), ("prompt", "login", false)] {
            let browser = app.browser();
            let request = app.authorization("spa").with("prompt", "consent").with(name, value);
            let request = if name == "prompt" { request.with("prompt", "login consent") } else { request };
            let page = browser.visit(&request.url()).await.page();
            let consent = browser.submit(&page, &alice).await.page();
            assert!(consent.is_consent(), "{name}={value}");
            app.advance(Duration::from_secs(20 * 60));
            let landing = browser.submit(&consent, &[("decision", "allow")]).await;
            if asks_again {
                let page = landing.page();
                assert!(page.is_sign_in(), "{name}={value}");
                let consent = browser.submit(&page, &alice).await.page();
                assert!(!browser.submit(&consent, &[("decision", "allow")]).await.callback().code().is_empty());
            } else {
                assert!(!landing.callback().code().is_empty(), "{name}={value}");
            }
        }
    }

    async fn too_many_wrong_passwords_wait_even_for_the_right_one_and_for_strangers_too(app: TestApp) {
        app.set_sign_in_limits(5, 1000).await;
        for login in ["alice", "nobody"] {
            let browser = app.browser();
            let page = browser.visit(&app.authorization("web").url()).await.page();
            for _ in 0..5 {
                let refused = browser.submit_once(&page, &[("login", login), ("password", "wrong")]).await;
                assert!(refused.status < 429, "{}", refused.status);
            }
            let throttled = browser.submit_once(&page, &[("login", login), ("password", "wonderland-in-spring")]).await;
            assert_eq!(throttled.status, 429, "{login}");
            assert!(throttled.headers.contains_key("retry-after"));
        }
        app.advance(Duration::from_secs(601));
        let callback = app.sign_in("alice", &app.authorization("web")).await;
        assert!(!callback.code().is_empty());
    }

    async fn an_address_that_guesses_at_many_accounts_waits(app: TestApp) {
        app.set_sign_in_limits(1000, 8).await;
        let browser = app.browser();
        let page = browser.visit(&app.authorization("web").url()).await.page();
        let mut statuses = Vec::new();
        for attempt in 0..10 {
            let login = format!("user{attempt}");
            statuses.push(browser.submit_once(&page, &[("login", &login), ("password", "wrong")]).await.status);
        }
        assert_eq!(statuses.last(), Some(&429), "{statuses:?}");
    }

    async fn an_interaction_that_is_unknown_or_too_old_is_a_clear_page(app: TestApp) {
        let browser = app.browser();
        let unknown = browser.get(&format!("{}/sign-in?interaction=int_00000000000000000000000000000000", app.issuer())).await;
        assert_eq!(unknown.status, 400);
        for url in ["sign-in", "sign-in?interaction=", "sign-in?interaction=%00", "consent?interaction=x", "sign-in?interaction=1&interaction=2"] {
            let page = browser.get(&format!("{}/{url}", app.issuer())).await;
            assert_eq!(page.status, 400, "{url}");
        }
        let page = browser.visit(&app.authorization("web").url()).await.page();
        app.advance(Duration::from_secs(31 * 60));
        let expired = browser.submit_once(&page, &[("login", "alice"), ("password", "wonderland-in-spring")]).await;
        assert_eq!(expired.status, 400);
        assert!(!expired.html.contains("wonderland"));
    }

    async fn a_browser_that_keeps_no_cookies_is_told_so(app: TestApp) {
        let page = app.browser().visit(&app.authorization("web").url()).await.page();
        let refusing = app.browser().get(&page.url).await;
        assert_eq!(refusing.status, 400);
        assert!(refusing.html.contains("This browser sent no cookie"), "{}", refusing.html);
        // One that has a cookie, but began nothing, hears of other reasons.
        let other = app.browser();
        let _ = other.visit(&app.authorization("web").url()).await.page();
        let foreign = other.get(&page.url).await;
        assert_eq!(foreign.status, 400);
        assert!(foreign.html.contains("This page has expired"), "{}", foreign.html);
    }

    async fn a_very_long_password_is_refused_without_work(app: TestApp) {
        let browser = app.browser();
        let page = browser.visit(&app.authorization("web").url()).await.page();
        let long = "x".repeat(10_000);
        let refused = browser.submit_once(&page, &[("login", "alice"), ("password", &long)]).await;
        assert!(refused.status == 200 || (400..500).contains(&refused.status), "{}", refused.status);
    }

    async fn consent_needs_a_session_and_belongs_to_the_user_who_gave_it(app: TestApp) {
        let browser = app.browser();
        let page = browser.visit(&app.authorization("web").url()).await.page();
        let consent_url = page.url.replace("/sign-in", "/consent");
        let early = browser.visit(&consent_url).await.page();
        assert!(!early.is_consent() || early.status >= 400, "nobody is signed in yet");
    }
}
