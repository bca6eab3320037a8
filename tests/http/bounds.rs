//! What a stranger can make the server keep, and what an error still tells a script of another origin.

use latchkey_testkit::{Landing, TestApp, both_backends};

const BYE: &str = "http://127.0.0.1:7000/bye";

/// The client `web-post` of the fixture with one more scope.
const GROWN: &str = "
version: 1
tenants:
  - slug: acme
    name: Acme Corporation
    clients:
      - client_id: web-post
        name: Acme Back Office
        secret: post-secret-0123456789-0123456789-0123456789
        redirect_uris: [http://127.0.0.1/callback]
        grant_types: [authorization_code, refresh_token]
        token_endpoint_auth_method: client_secret_post
        consent: implied
        scope: openid profile email phone offline_access
";

/// About so many bytes of a `claims` parameter that counts.
fn long_claims(bytes: usize) -> String {
    let claims = (0..bytes / 50).map(|number| format!("\"claim_{number:03}_{}\":null", "x".repeat(30)));
    format!("{{\"userinfo\":{{{}}}}}", claims.collect::<Vec<_>>().join(","))
}

both_backends! {
    async fn a_long_state_nonce_and_claims_of_some_kib_come_through(app: TestApp) {
        let (state, nonce) = ("s".repeat(128), "n".repeat(384));
        let request = app.authorization("web").with("state", &state).with("nonce", &nonce).with("claims", &long_claims(4096));
        let callback = app.sign_in("alice", &request).await;
        assert_eq!(callback.param("state"), state);
        assert_eq!(app.id_token("web", callback.code()).await["nonce"], nonce.as_str());
    }

    async fn an_authorization_request_over_8_kib_is_refused_by_redirect_and_not_kept(app: TestApp) {
        let long = "x".repeat(9 * 1024);
        for name in ["state", "nonce", "login_hint", "id_token_hint", "claims", "acr_values", "ui_locales", "scope"] {
            let request = app.authorization("web").with(name, &long);
            let fields: Vec<(&str, &str)> =
                request.fields().iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            let browser = app.browser();
            let posted = browser.post(&request.endpoint(), &fields).await;
            for landing in [browser.visit(&request.url()).await, browser.follow(posted).await] {
                let callback = landing.callback();
                assert_eq!(callback.param("error"), "invalid_request", "{name}");
                assert_eq!(callback.param("state"), request.fields()["state"], "{name}");
            }
        }
        let ignored = app.authorization("web").with("unheard_of", &long);
        assert!(app.browser().visit(&ignored.url()).await.page().is_sign_in(), "what is ignored is not kept");
    }

    async fn a_long_request_for_an_unregistered_uri_is_a_page(app: TestApp) {
        let request =
            app.authorization("web").with("redirect_uri", "https://evil.example/").with("state", &"x".repeat(9 * 1024));
        assert_eq!(app.browser().visit(&request.url()).await.page().status, 400);
    }

    async fn a_logout_request_over_8_kib_is_a_page(app: TestApp) {
        let state = "x".repeat(60 * 1024);
        let url = format!("{}/oauth2/logout", app.issuer());
        let posted = app.browser().post(&url, &[("state", &state)]).await;
        assert_eq!((posted.status, posted.headers.contains_key("location")), (400, false));
        assert_eq!(app.browser().get(&app.logout_url(&[("state", &state)])).await.status, 400);
    }

    async fn a_posted_logout_request_that_nobody_vouches_for_is_not_kept(app: TestApp) {
        let url = format!("{}/oauth2/logout", app.issuer());
        let fields = [("state", "x"), ("post_logout_redirect_uri", BYE), ("client_id", "web")];
        let browser = app.browser();
        let posted = browser.post(&url, &fields).await;
        let location = posted.headers["location"].to_str().expect("text");
        assert!(location.ends_with("/oauth2/logout"), "{location}");
        assert!(browser.follow(posted).await.page().url.contains("/signed-out"));

        for fields in [[("id_token_hint", "x.y.z"), ("post_logout_redirect_uri", BYE)], [("state", "a"), ("state", "b")]] {
            assert_eq!(app.browser().post(&url, &fields).await.status, 400, "{fields:?}");
        }
    }

    async fn a_posted_logout_request_is_verified_first_and_kept_for_five_minutes(app: TestApp) {
        let hint = app.tokens("web", "alice", "openid").await.string("id_token");
        let url = format!("{}/oauth2/logout", app.issuer());
        let evil = [("id_token_hint", hint.as_str()), ("post_logout_redirect_uri", "https://evil.example/")];
        assert_eq!(app.browser().post(&url, &evil).await.status, 400);

        let good = [("id_token_hint", hint.as_str()), ("post_logout_redirect_uri", BYE), ("state", "s")];
        let browser = app.browser();
        let (early, late) = (browser.post(&url, &good).await, browser.post(&url, &good).await);
        app.advance(std::time::Duration::from_secs(299));
        assert_eq!(browser.follow(early).await.callback().param("state"), "s");
        app.advance(std::time::Duration::from_secs(1));
        match browser.follow(late).await {
            Landing::Page(page) => assert_eq!(page.status, 400, "{}", page.html),
            Landing::Callback(callback) => panic!("still kept: {}", callback.url),
        }
    }

    async fn scripts_of_other_origins_may_read_errors_too(app: TestApp) {
        let nobody = app.issuer_of("nobody");
        for (url, status) in [
            (format!("{nobody}/oauth2/jwks"), 404),
            (format!("{nobody}/.well-known/openid-configuration"), 404),
            (format!("{}/oauth2/token", app.issuer()), 405),
        ] {
            let answer = app.get(&url).await;
            assert_eq!((answer.status, answer.header("access-control-allow-origin")), (status, "*"), "{url}");
            assert!(answer.header("access-control-expose-headers").contains("WWW-Authenticate"), "{url}");
        }
        assert_eq!(app.get(&format!("{}/oauth2/token", app.issuer())).await.header("allow"), "POST, OPTIONS");
        let closed = app.get(&format!("{}/oauth2/introspect", app.issuer())).await;
        assert_eq!((closed.status, closed.headers.contains_key("access-control-allow-origin")), (405, false));
    }

    async fn named_claims_follow_the_registration_of_then_and_the_scope_of_now(app: TestApp) {
        let request = app
            .authorization("web")
            .with("scope", "openid email")
            .with("claims", r#"{"userinfo":{"email":null,"name":null},"id_token":{"email":null,"nickname":null}}"#);
        let callback = app.sign_in("alice", &request).await;
        let first = app.redeem("web", callback.code()).await.ok();
        let whole = app.userinfo(&first.string("access_token")).await.ok().json;
        assert_eq!((&whole["email"], &whole["name"]), (&"alice@acme.test".into(), &"Alice Liddell".into()));

        let narrow = [("grant_type", "refresh_token"), ("refresh_token", &first.string("refresh_token")), ("scope", "openid")]
            .map(|(name, value)| (name, value.to_owned()));
        let narrow = app.token("web", &narrow.into()).await.ok();
        let narrowed = app.userinfo(&narrow.string("access_token")).await.ok().json;
        assert!(narrowed["email"].is_null(), "{narrowed}");
        assert_eq!(narrowed["name"], "Alice Liddell", "its scope was never granted, so it was not given up");
        let id_token = app.verify_jwt(&narrow.string("id_token")).await;
        assert!(id_token["email"].is_null(), "{id_token}");
        assert_eq!(id_token["nickname"], "Al");
    }

    async fn a_registration_that_grows_adds_nothing_to_a_grant(app: TestApp) {
        let request = app
            .authorization("web-post")
            .with("scope", "openid")
            .with("claims", r#"{"userinfo":{"phone_number":null,"name":null},"id_token":{"phone_number":null}}"#);
        let callback = app.sign_in("alice", &request).await;
        let before = app.redeem("web-post", callback.code()).await.ok();
        app.apply(GROWN);
        let kept = app.userinfo(&before.string("access_token")).await.ok().json;
        assert_eq!((kept["phone_number"].is_null(), &kept["name"]), (true, &"Alice Liddell".into()), "{kept}");
        let refreshed = app.refresh("web-post", &before.string("refresh_token")).await.ok();
        assert!(app.verify_jwt(&refreshed.string("id_token")).await["phone_number"].is_null());

        let callback = app.sign_in("alice", &request).await;
        let after = app.redeem("web-post", callback.code()).await.ok();
        let grown = app.userinfo(&after.string("access_token")).await.ok().json;
        assert!(grown["phone_number"].is_string(), "{grown}");
    }

    async fn acr_values_are_a_wish(app: TestApp) {
        let metadata = app.get(&format!("{}/.well-known/openid-configuration", app.issuer())).await.ok().json;
        for wish in ["1", "9 1", "urn:example:gold"] {
            let callback = app.sign_in("alice", &app.authorization("web").with("acr_values", wish)).await;
            let acr = app.id_token("web", callback.code()).await["acr"].clone();
            assert!(metadata["acr_values_supported"].as_array().expect("a list").contains(&acr), "{acr}");
        }
    }

    async fn head_of_health_is_answered_and_of_authorize_and_userinfo_is_405(app: TestApp) {
        let origin = app.origin();
        for (url, status) in [
            (format!("{origin}/health/live"), "200"),
            (format!("{origin}/health/ready"), "200"),
            (format!("{}/oauth2/authorize", app.issuer()), "405"),
            (format!("{}/oauth2/userinfo", app.issuer()), "405"),
        ] {
            let mut wire = app.wire().await;
            let request = format!("HEAD {url} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", app.host());
            wire.send(request.replacen(&origin, "", 1).as_bytes()).await;
            let answer = wire.read_to_end(std::time::Duration::from_secs(10)).await;
            assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{url}: {answer}");
            assert!(answer.ends_with("\r\n\r\n"), "no body: {answer}");
        }
    }
}
