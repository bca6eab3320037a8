//! Device authorization: RFC 8628.

use std::collections::BTreeSet;
use std::time::Duration;

use futures_util::future::join_all;
use latchkey_testkit::{Browser, JsonAnswer, Landing, Page, TestApp, both_backends};

pub(crate) const GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";
const PASSWORD: &str = "wonderland-in-spring";

/// The codes that a device got.
pub(crate) struct Codes {
    pub(crate) device_code: String,
    pub(crate) user_code: String,
    pub(crate) complete: String,
}

pub(crate) async fn begin(app: &TestApp, client: &str, scope: &str) -> Codes {
    let answer = app.post_as(client, "device_authorization", &[("scope", scope)]).await.ok();
    Codes {
        device_code: answer.string("device_code"),
        user_code: answer.string("user_code"),
        complete: answer.string("verification_uri_complete"),
    }
}

pub(crate) async fn poll(app: &TestApp, client: &str, device_code: &str) -> JsonAnswer {
    app.post_as(client, "token", &[("grant_type", GRANT), ("device_code", device_code)]).await
}

fn device_page(app: &TestApp) -> String {
    format!("{}/device", app.issuer())
}

/// Types a code and goes on to wherever that leads.
async fn enter(app: &TestApp, browser: &Browser, user_code: &str) -> Page {
    let page = browser.visit(&device_page(app)).await.page();
    browser.submit(&page, &[("user_code", user_code)]).await.page()
}

/// Types a code, signs in where needed; the page with the question.
pub(crate) async fn reach_question(app: &TestApp, browser: &Browser, user_code: &str) -> Page {
    let page = enter(app, browser, user_code).await;
    if !page.is_sign_in() {
        return page;
    }
    browser.submit(&page, &[("login", "alice"), ("password", PASSWORD)]).await.page()
}

async fn answer(app: &TestApp, browser: &Browser, user_code: &str, decision: &str) -> Page {
    let question = reach_question(app, browser, user_code).await;
    browser.submit(&question, &[("decision", decision)]).await.page()
}

pub(crate) async fn approve(app: &TestApp, browser: &Browser, user_code: &str) {
    let page = answer(app, browser, user_code, "allow").await;
    assert!(page.url.ends_with("/device/connected") && page.status == 200, "{} {}", page.url, page.html);
}

fn scope_of(answer: &JsonAnswer) -> BTreeSet<String> {
    answer.string("scope").split(' ').map(str::to_owned).collect()
}

both_backends! {
    async fn a_device_gets_codes_and_its_user_the_address(app: TestApp) {
        let answer = app.post_as("dev-tv", "device_authorization", &[("scope", "openid profile")]).await.ok();
        assert_eq!(answer.header("cache-control"), "no-store");
        assert_eq!(answer.header("access-control-allow-origin"), "*");
        assert_eq!((answer.json["expires_in"].as_u64(), answer.json["interval"].as_u64()), (Some(600), Some(5)));
        assert_eq!(answer.string("verification_uri"), device_page(&app));
        let user_code = answer.string("user_code");
        assert_eq!(answer.string("verification_uri_complete"), format!("{}?user_code={user_code}", device_page(&app)));
        let letters: Vec<&str> = user_code.split('-').collect();
        assert!(letters.iter().all(|group| group.len() == 4 && group.bytes().all(|b| b"BCDFGHJKLMNPQRSTVWXZ".contains(&b))), "{user_code}");
        assert_eq!((letters.len(), answer.string("device_code").len()), (2, 43));
        let metadata = app.get(&format!("{}/.well-known/openid-configuration", app.issuer())).await;
        assert_eq!(metadata.string("device_authorization_endpoint"), format!("{}/oauth2/device_authorization", app.issuer()));
        assert!(metadata.json["grant_types_supported"].as_array().expect("grants").iter().any(|grant| grant == GRANT));
    }

    async fn a_client_must_authenticate_have_the_grant_and_ask_for_what_it_may_have(app: TestApp) {
        let endpoint = format!("{}/oauth2/device_authorization", app.issuer());
        app.post_form(&endpoint, &[("client_id", "dev-box")]).await.expect_error(401, "invalid_client");
        app.post_form(&endpoint, &[("client_id", "nobody")]).await.expect_error(401, "invalid_client");
        app.post_raw(&endpoint, Some(("dev-box", "wrong")), "").await.expect_error(401, "invalid_client");
        app.post_as("web", "device_authorization", &[]).await.expect_error(400, "unauthorized_client");
        for scope in ["unheard-of", "a\"b", "admin"] {
            let refused = app.post_as("dev-tv", "device_authorization", &[("scope", scope)]).await;
            refused.expect_error(400, "invalid_scope");
        }
        app.post_raw(&endpoint, None, "client_id=dev-tv&scope=openid&scope=email").await.expect_error(400, "invalid_request");
        // Without a scope it is everything that the client registered.
        let browser = app.browser();
        let codes = begin(&app, "dev-tv", "").await;
        approve(&app, &browser, &codes.user_code).await;
        let tokens = poll(&app, "dev-tv", &codes.device_code).await.ok();
        let all = ["openid", "profile", "email", "offline_access", "orders:read", "orders:write"];
        assert_eq!(scope_of(&tokens), all.map(str::to_owned).into());
    }

    async fn the_user_enters_the_code_signs_in_and_allows_and_the_device_gets_tokens_once(app: TestApp) {
        let browser = app.browser();
        let codes = begin(&app, "dev-tv", "openid email offline_access orders:read unheard-of").await;
        poll(&app, "dev-tv", &codes.device_code).await.expect_error(400, "authorization_pending");

        let page = enter(&app, &browser, &codes.user_code.to_lowercase().replace('-', " ")).await;
        assert!(page.is_sign_in() && page.html.contains("Acme TV"), "{}", page.html);
        let question = browser.submit(&page, &[("login", "alice"), ("password", PASSWORD)]).await.page();
        for shown in [codes.user_code.as_str(), "Acme TV", "Is this code shown on your device?", "Alice Liddell", "See your orders"] {
            assert!(question.html.contains(shown), "{shown}: {}", question.html);
        }
        poll(&app, "dev-tv", &codes.device_code).await.expect_error(400, "slow_down");
        let done = browser.submit(&question, &[("decision", "allow")]).await.page();
        assert!(done.html.contains("You can return to your device"), "{}", done.html);

        let tokens = poll(&app, "dev-tv", &codes.device_code).await.ok();
        assert_eq!(tokens.string("token_type"), "Bearer");
        assert_eq!(scope_of(&tokens), ["openid", "email", "offline_access", "orders:read"].map(str::to_owned).into());
        let claims = app.verify_jwt(&tokens.string("id_token")).await;
        assert_eq!((claims["aud"].as_str(), claims["amr"][0].as_str()), (Some("dev-tv"), Some("pwd")));
        assert!(claims["auth_time"].is_i64() && claims["nonce"].is_null(), "{claims}");
        assert_eq!(app.userinfo(&tokens.string("access_token")).await.ok().json["email"], "alice@acme.test");
        let access = app.verify_jwt(&tokens.string("access_token")).await;
        assert_eq!(access["aud"], "https://api.acme.test");
        let refreshed = app.refresh("dev-tv", &tokens.string("refresh_token")).await.ok();
        assert_eq!(refreshed.json["token_type"], "Bearer");

        poll(&app, "dev-tv", &codes.device_code).await.expect_error(400, "invalid_grant");
        let again = enter(&app, &browser, &codes.user_code).await;
        assert_eq!(again.status, 422, "{}", again.html);
        // What went out before stays good: a device that asks once too often is no thief.
        assert_eq!(app.userinfo(&refreshed.string("access_token")).await.status, 200);
    }

    async fn a_client_without_refresh_tokens_gets_none_and_consent_is_asked_although_implied_or_given(app: TestApp) {
        let browser = app.browser();
        for _ in 0..2 {
            let codes = begin(&app, "dev-box", "openid profile").await;
            let question = reach_question(&app, &browser, &codes.user_code).await;
            assert!(question.is_consent(), "{}", question.html);
            let _ = browser.submit(&question, &[("decision", "allow")]).await;
            let tokens = poll(&app, "dev-box", &codes.device_code).await.ok();
            assert!(tokens.json["refresh_token"].is_null(), "{}", tokens.text);
        }
    }

    async fn a_link_with_the_code_asks_whether_the_device_shows_it_and_looks_nothing_up(app: TestApp) {
        let browser = app.browser();
        let codes = begin(&app, "dev-tv", "openid").await;
        let page = browser.visit(&codes.complete).await.page();
        assert_eq!(page.status, 200);
        assert!(page.html.contains("Is this code shown on your device?") && page.html.contains(&codes.user_code));
        assert!(page.html.contains("/device/qr?user_code="), "{}", page.html);
        let unknown = browser.visit(&format!("{}?user_code=BBBB-BBBB", device_page(&app))).await.page();
        assert!(unknown.status == 200 && unknown.html.contains("BBBB-BBBB"), "a link tells nothing: {}", unknown.html);
        let malformed = browser.visit(&format!("{}?user_code=%3Cscript%3E", device_page(&app))).await.page();
        assert!(malformed.status == 200 && !malformed.html.contains("<script>"), "{}", malformed.html);

        let sign_in = browser.submit(&page, &[]).await.page();
        assert!(sign_in.is_sign_in(), "{}", sign_in.html);
        let question = browser.submit(&sign_in, &[("login", "alice"), ("password", PASSWORD)]).await.page();
        assert!(question.html.contains(&codes.user_code) && question.html.contains("Acme TV"), "{}", question.html);
        let _ = browser.submit(&question, &[("decision", "allow")]).await;
        let _ = poll(&app, "dev-tv", &codes.device_code).await.ok();
    }

    async fn a_user_who_denies_is_access_denied_for_good(app: TestApp) {
        let browser = app.browser();
        let codes = begin(&app, "dev-tv", "openid").await;
        let page = answer(&app, &browser, &codes.user_code, "deny").await;
        assert!(page.url.ends_with("/device/refused"), "{}", page.url);
        for _ in 0..2 {
            poll(&app, "dev-tv", &codes.device_code).await.expect_error(400, "access_denied");
        }
        assert_eq!(enter(&app, &browser, &codes.user_code).await.status, 422);
    }

    async fn after_ten_minutes_the_code_is_expired_for_device_and_user(app: TestApp) {
        let browser = app.browser();
        let (codes, late) = (begin(&app, "dev-tv", "openid").await, begin(&app, "dev-tv", "openid").await);
        let question = reach_question(&app, &browser, &late.user_code).await;
        app.advance(Duration::from_secs(600));
        poll(&app, "dev-tv", &codes.device_code).await.expect_error(400, "expired_token");
        assert_eq!(enter(&app, &browser, &codes.user_code).await.status, 422);
        let over = browser.submit(&question, &[("decision", "allow")]).await.page();
        assert!(over.status == 400 && over.html.contains("can no longer be used"), "{}", over.html);
        poll(&app, "dev-tv", &late.device_code).await.expect_error(400, "expired_token");
        app.advance(Duration::from_secs(600));
        poll(&app, "dev-tv", &codes.device_code).await.expect_error(400, "invalid_grant");
    }

    async fn a_device_that_asks_too_often_is_told_to_slow_down_and_the_interval_grows(app: TestApp) {
        let codes = begin(&app, "dev-tv", "openid").await;
        poll(&app, "dev-tv", &codes.device_code).await.expect_error(400, "authorization_pending");
        app.advance(Duration::from_secs(5));
        poll(&app, "dev-tv", &codes.device_code).await.expect_error(400, "authorization_pending");
        app.advance(Duration::from_secs(2));
        poll(&app, "dev-tv", &codes.device_code).await.expect_error(400, "slow_down");
        app.advance(Duration::from_secs(6));
        poll(&app, "dev-tv", &codes.device_code).await.expect_error(400, "slow_down");
        app.advance(Duration::from_secs(15));
        poll(&app, "dev-tv", &codes.device_code).await.expect_error(400, "authorization_pending");
        // Another device keeps its own pace.
        let other = begin(&app, "dev-tv", "openid").await;
        poll(&app, "dev-tv", &other.device_code).await.expect_error(400, "authorization_pending");
    }

    async fn another_client_gets_invalid_grant_and_the_code_stays_good(app: TestApp) {
        let browser = app.browser();
        let codes = begin(&app, "dev-tv", "openid").await;
        approve(&app, &browser, &codes.user_code).await;
        poll(&app, "dev-box", &codes.device_code).await.expect_error(400, "invalid_grant");
        poll(&app, "web", &codes.device_code).await.expect_error(400, "unauthorized_client");
        poll(&app, "dev-tv", "no-such-code").await.expect_error(400, "invalid_grant");
        app.post_as("dev-tv", "token", &[("grant_type", GRANT)]).await.expect_error(400, "invalid_request");
        // Neither is the user code good at the token endpoint.
        poll(&app, "dev-tv", &codes.user_code).await.expect_error(400, "invalid_grant");
        let _ = poll(&app, "dev-tv", &codes.device_code).await.ok();
    }

    async fn a_client_that_needs_a_key_is_refused_without_and_its_code_stays_good(app: TestApp) {
        let browser = app.browser();
        let codes = begin(&app, "dev-bound", "openid").await;
        approve(&app, &browser, &codes.user_code).await;
        for _ in 0..2 {
            // Not invalid_grant: nothing was spent.
            poll(&app, "dev-bound", &codes.device_code).await.expect_error(400, "invalid_dpop_proof");
        }
    }

    async fn of_fifty_polls_at_once_one_gets_tokens(app: TestApp) {
        let browser = app.browser();
        let codes = begin(&app, "dev-tv", "openid").await;
        approve(&app, &browser, &codes.user_code).await;
        let answers = join_all((0..50).map(|_| poll(&app, "dev-tv", &codes.device_code))).await;
        assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 1);
        assert!(answers.iter().all(|answer| answer.status == 200 || answer.error() == "invalid_grant"));
    }

    async fn of_allowing_and_denying_at_once_the_first_counts(app: TestApp) {
        let codes = begin(&app, "dev-tv", "openid").await;
        let browsers = [app.browser(), app.browser()];
        let (one, two) = tokio::join!(
            reach_question(&app, &browsers[0], &codes.user_code),
            reach_question(&app, &browsers[1], &codes.user_code)
        );
        let (allowed, denied) = tokio::join!(
            browsers[0].submit(&one, &[("decision", "allow")]),
            browsers[1].submit(&two, &[("decision", "deny")])
        );
        let (allowed, denied) = (allowed.page(), denied.page());
        let winners = [&allowed, &denied].iter().filter(|page| page.status == 200).count();
        assert_eq!(winners, 1, "{} {}", allowed.url, denied.url);
        let told = poll(&app, "dev-tv", &codes.device_code).await;
        assert_eq!(told.status == 200, allowed.status == 200, "{}", told.text);
        assert!(told.status == 200 || told.error() == "access_denied", "{}", told.text);
    }

    async fn wrong_codes_are_bounded_and_say_nothing_of_why(app: TestApp) {
        let browser = app.browser();
        let (codes, used) = (begin(&app, "dev-tv", "openid").await, begin(&app, "dev-tv", "openid").await);
        approve(&app, &browser, &used.user_code).await;
        let body = |page: &Page| page.html.split("role=\"alert\"").nth(1).and_then(|rest| rest.split("</div>").next()).map(str::to_owned);
        let (spent, unknown) = (enter(&app, &browser, &used.user_code).await, enter(&app, &browser, "BBBB-BBBB").await);
        assert_eq!((spent.status, body(&spent)), (422, body(&unknown)));
        for malformed in ["", "1234", "BBBB-BBB", "BBBB-BBBBB", "AEIO-UAEI"] {
            assert_eq!(enter(&app, &browser, malformed).await.status, 422, "{malformed}");
        }
        for _ in 0..8 {
            assert_eq!(enter(&app, &browser, "BBBB-BBBB").await.status, 422);
        }
        let bounded = enter(&app, &browser, &codes.user_code).await;
        assert_eq!(bounded.status, 429);
        assert!(bounded.html.contains("Too many wrong codes") && bounded.headers.contains_key("retry-after"));
        app.advance(Duration::from_secs(600));
        let codes = begin(&app, "dev-tv", "openid").await;
        assert!(reach_question(&app, &browser, &codes.user_code).await.is_consent());
    }

    async fn an_address_is_bounded_whatever_browser_it_claims_to_be(app: TestApp) {
        let mut statuses = Vec::new();
        for _ in 0..31 {
            statuses.push(enter(&app, &app.browser(), "BBBB-BBBB").await.status);
        }
        assert_eq!((statuses[29], statuses[30]), (422, 429));
    }

    async fn the_question_is_bound_to_its_browser_and_its_form(app: TestApp) {
        let (browser, other) = (app.browser(), app.browser());
        let codes = begin(&app, "dev-tv", "openid").await;
        let question = reach_question(&app, &browser, &codes.user_code).await;
        let elsewhere = other.visit(&question.url).await.page();
        assert_eq!(elsewhere.status, 400, "{}", elsewhere.html);
        let interaction = &question.hidden_fields()["interaction"];
        let target = format!("{}/device/confirm", app.issuer());
        let forged = [("interaction", interaction.as_str()), ("decision", "allow"), ("csrf_token", "guess")];
        assert_eq!(browser.post(&target, &forged).await.status, 403);
        let odd = browser.submit_once(&question, &[("decision", "perhaps")]).await;
        assert_eq!(odd.status, 400);
        let cross = [("user_code", codes.user_code.as_str()), ("csrf_token", "guess")];
        assert_eq!(browser.post(&device_page(&app), &cross).await.status, 403);
        // An interaction of the authorization endpoint is none of a device.
        let pending = browser.visit(&app.authorization("web").with("prompt", "login").url()).await.page();
        let id = pending.url.split("interaction=").nth(1).expect("an interaction").to_owned();
        assert_eq!(browser.get(&format!("{target}?interaction={id}")).await.status, 400);
        poll(&app, "dev-tv", &codes.device_code).await.expect_error(400, "authorization_pending");
    }

    async fn tokens_end_with_the_session_unless_the_device_may_stay(app: TestApp) {
        let browser = app.browser();
        let (short, long) = (begin(&app, "dev-tv", "openid").await, begin(&app, "dev-tv", "openid offline_access").await);
        approve(&app, &browser, &short.user_code).await;
        approve(&app, &browser, &long.user_code).await;
        let (late, offline) = (begin(&app, "dev-tv", "openid").await, begin(&app, "dev-tv", "openid offline_access").await);
        approve(&app, &browser, &late.user_code).await;
        approve(&app, &browser, &offline.user_code).await;
        let short = poll(&app, "dev-tv", &short.device_code).await.ok();
        let long = poll(&app, "dev-tv", &long.device_code).await.ok();
        app.sign_out(&browser).await;
        assert_eq!(app.userinfo(&short.string("access_token")).await.status, 401);
        assert_eq!(app.userinfo(&long.string("access_token")).await.status, 200);
        poll(&app, "dev-tv", &late.device_code).await.expect_error(400, "invalid_grant");
        let _ = poll(&app, "dev-tv", &offline.device_code).await.ok();
    }

    async fn a_user_who_was_disabled_since_gets_the_device_nothing(app: TestApp) {
        let browser = app.browser();
        let codes = begin(&app, "dev-tv", "openid offline_access").await;
        approve(&app, &browser, &codes.user_code).await;
        app.disable_user("alice").await;
        poll(&app, "dev-tv", &codes.device_code).await.expect_error(400, "invalid_grant");
    }

    async fn the_picture_is_an_svg_that_any_device_may_show(app: TestApp) {
        let url = |code: &str| format!("{}/qr?user_code={code}", device_page(&app));
        let picture = app.browser().get(&url("wdjb-mjht")).await;
        assert_eq!(picture.status, 200);
        assert_eq!(picture.headers["content-type"], "image/svg+xml");
        assert_eq!(picture.headers["cross-origin-resource-policy"], "cross-origin");
        assert!(picture.html.contains("<svg") && !picture.html.contains("<script"), "{}", picture.html);
        let other = app.browser().get(&url("BBBB-BBBB")).await;
        assert!(other.status == 200 && other.html != picture.html);
        for malformed in ["", "1234", "%3Csvg%3E"] {
            assert_eq!(app.browser().get(&url(malformed)).await.status, 400, "{malformed}");
        }
    }

    async fn pages_without_a_step_say_so(app: TestApp) {
        let browser = app.browser();
        for path in ["/device/confirm", "/device/confirm?interaction=nonsense"] {
            let page = browser.visit(&format!("{}{path}", app.issuer())).await;
            assert!(matches!(page, Landing::Page(page) if page.status == 400), "{path}");
        }
    }
}
