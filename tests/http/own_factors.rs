//! A user looks after the own second factors.

use std::time::Duration;

use latchkey_testkit::{Authenticator, Browser, Page, TestApp, both_backends};
use serde_json::json;

const ALICE: [(&str, &str); 2] = [("login", "alice"), ("password", "wonderland-in-spring")];

/// Opens the page; the one that is shown first.
async fn open(app: &TestApp, browser: &Browser) -> Page {
    browser.visit(&format!("{}/account/security", app.issuer())).await.page()
}

/// Types the password for the page.
async fn sign_in(app: &TestApp, browser: &Browser) -> Page {
    let page = open(app, browser).await;
    assert!(page.is_sign_in(), "{}", page.html);
    browser.submit(&page, &ALICE).await.page()
}

fn is_own_page(page: &Page) -> bool {
    page.html.contains("Your second factors")
}

/// Follows the link that adds an authenticator.
async fn add(app: &TestApp, browser: &Browser, page: &Page) -> Page {
    let url = page.url.replace("/account/security?", "/second-factor/set-up?");
    assert!(page.html.contains("id=\"add\""), "{}", page.html);
    let set_up = browser.visit(&url).await.page();
    assert!(set_up.is_set_up(), "{} {}", app.issuer(), set_up.html);
    set_up
}

/// Alice has one authenticator, and her browser is on the page.
async fn with_one(app: &TestApp, browser: &Browser) -> (Authenticator, Vec<String>, Page) {
    let page = sign_in(app, browser).await;
    assert!(is_own_page(&page), "{}", page.html);
    let set_up = add(app, browser, &page).await;
    let (authenticator, codes, landing) = Authenticator::set_up(app, browser, &set_up).await;
    (authenticator, codes, landing.page())
}

both_backends! {
    async fn the_page_adds_an_authenticator_and_shows_what_there_is(app: TestApp) {
        let browser = app.browser();
        let (authenticator, codes, page) = with_one(&app, &browser).await;
        assert!(is_own_page(&page) && page.html.contains("10 are left"), "{}", page.html);
        assert_eq!(codes.len(), 10);
        app.advance(Duration::from_secs(60));
        let other = app.browser();
        let page = other.visit(&app.authorization("web").url()).await.page();
        let page = other.submit(&page, &ALICE).await.page();
        assert!(page.is_second_factor(), "{}", page.html);
        assert_eq!(other.submit_once(&page, &[("code", &authenticator.code(&app))]).await.status, 303);
    }

    async fn who_has_a_factor_proves_it_before_the_page_is_shown(app: TestApp) {
        let (authenticator, _, _) = with_one(&app, &app.browser()).await;
        app.set_settings(&json!({ "authentication": { "second_factor": "off" } }));
        app.advance(Duration::from_secs(60));
        let browser = app.browser();
        let page = sign_in(&app, &browser).await;
        assert!(page.is_second_factor(), "{}", page.html);
        let forced = browser.visit(&page.url.replace("/second-factor?", "/account/security?")).await.page();
        assert!(forced.is_second_factor(), "{}", forced.html);
        let set_up = browser.visit(&page.url.replace("/second-factor?", "/second-factor/set-up?")).await.page();
        assert!(set_up.is_second_factor(), "{}", set_up.html);
        let page = browser.submit(&page, &[("code", &authenticator.code(&app))]).await.page();
        assert!(is_own_page(&page), "{}", page.html);
    }

    async fn an_open_session_is_not_enough(app: TestApp) {
        let browser = app.browser();
        app.sign_in_with(&browser, "alice", &app.authorization("web")).await;
        let page = open(&app, &browser).await;
        assert!(page.is_sign_in(), "{}", page.html);
        let own = browser.submit(&page, &ALICE).await.page();
        assert!(is_own_page(&own), "{}", own.html);
        app.advance(Duration::from_secs(16 * 60));
        let late = browser.visit(&own.url).await.page();
        assert!(late.is_sign_in(), "{}", late.html);
        let refused = browser.submit_once(&own, &[("action", "forget_browsers")]).await;
        assert!(refused.headers["location"].to_str().is_ok_and(|uri| uri.contains("/sign-in?")), "{refused:?}");
    }

    async fn a_second_authenticator_comes_beside_the_first_and_keeps_the_recovery_codes(app: TestApp) {
        let browser = app.browser();
        let (first, codes, page) = with_one(&app, &browser).await;
        let set_up = add(&app, &browser, &page).await;
        let second = Authenticator::of(&set_up);
        let page = browser.submit(&set_up, &[("code", &second.code(&app))]).await.page();
        assert!(is_own_page(&page) && page.html.matches("name=\"remove\"").count() == 2, "{}", page.html);
        app.advance(Duration::from_secs(60));
        for (code, method) in [(first.code(&app), "totp"), (second.code(&app), "totp"), (codes[0].clone(), "recovery_code")] {
            let other = app.browser();
            let page = other.visit(&app.authorization("web").url()).await.page();
            let page = other.submit(&page, &ALICE).await.page();
            let page = other.visit(&format!("{}&method={method}", page.url)).await.page();
            assert_eq!(other.submit_once(&page, &[("code", &code)]).await.status, 303, "{method}");
        }
    }

    async fn new_recovery_codes_take_the_place_of_the_old(app: TestApp) {
        let browser = app.browser();
        let (_, old, page) = with_one(&app, &browser).await;
        let shown = browser.submit_once(&page, &[("action", "renew_codes")]).await;
        let new = shown.shown_codes();
        assert!(new.len() == 10 && new.iter().all(|code| !old.contains(code)), "{}", shown.html);
        for (code, status) in [(&old[0], 422), (&new[0], 303)] {
            let other = app.browser();
            let page = other.visit(&app.authorization("web").url()).await.page();
            let page = other.submit(&page, &ALICE).await.page();
            let page = other.visit(&format!("{}&method=recovery_code", page.url)).await.page();
            assert_eq!(other.submit_once(&page, &[("code", code)]).await.status, status);
        }
    }

    async fn removing_the_last_authenticator_removes_codes_and_remembered_browsers(app: TestApp) {
        let browser = app.browser();
        let (_, _, page) = with_one(&app, &browser).await;
        let id = page.html.split("name=\"remove\" value=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("an id").to_owned();
        let unknown = browser.submit(&page, &[("remove", "fac_00000000000000000000000000000000")]).await.page();
        assert!(unknown.html.contains("name=\"remove\""), "{}", unknown.html);
        let page = browser.submit(&page, &[("remove", &id)]).await.page();
        assert!(is_own_page(&page) && page.html.contains("You have none"), "{}", page.html);
        let other = app.browser();
        let request = app.authorization("web");
        let callback = app.sign_in_with(&other, "alice", &request).await;
        assert_eq!(app.id_token("web", callback.code()).await["acr"], "1");
        let set_up = add(&app, &browser, &page).await;
        let again = Authenticator::of(&set_up);
        assert_eq!(browser.submit_once(&set_up, &[("code", &again.code(&app))]).await.status, 200);
    }

    async fn another_users_factor_cannot_be_removed(app: TestApp) {
        let browser = app.browser();
        let (_, _, page) = with_one(&app, &browser).await;
        let id = page.html.split("name=\"remove\" value=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("an id").to_owned();
        let bobs = app.browser();
        let sign_in = open(&app, &bobs).await;
        let own = bobs.submit(&sign_in, &[("login", "bob"), ("password", "builder-in-autumn")]).await.page();
        assert!(is_own_page(&own), "{}", own.html);
        assert_eq!(bobs.submit_once(&own, &[("remove", &id)]).await.status, 303);
        let page = browser.visit(&page.url).await.page();
        assert!(page.html.contains(&id), "{}", page.html);
    }
}
