//! What happens to accounts is recorded, and their owners are told.

use std::time::Duration;

use latchkey_testkit::{Authenticator, Browser, Landing, Page, TestApp, both_backends};
use serde_json::json;

const ALICE: [(&str, &str); 2] = [("login", "alice"), ("password", "wonderland-in-spring")];

/// Signs alice in on the page of her second factors.
async fn own_page(app: &TestApp, browser: &Browser) -> Page {
    let page = browser.visit(&format!("{}/account/security", app.issuer())).await.page();
    assert!(page.is_sign_in(), "{}", page.html);
    browser.submit(&page, &ALICE).await.page()
}

/// Sets an authenticator up on that page.
async fn add_authenticator(app: &TestApp, browser: &Browser, page: &Page) -> (Authenticator, Vec<String>, Page) {
    let set_up = browser.visit(&page.url.replace("/account/security?", "/second-factor/set-up?")).await.page();
    let (authenticator, codes, landing) = Authenticator::set_up(app, browser, &set_up).await;
    (authenticator, codes, landing.page())
}

async fn password(app: &TestApp, browser: &Browser) -> Landing {
    let page = browser.visit(&app.authorization("web").with("prompt", "login").url()).await.page();
    browser.submit(&page, &ALICE).await
}

async fn mails_about(app: &TestApp, words: &str) -> usize {
    app.empty_outbox().await;
    let to_alice = |to: &Vec<String>| to.iter().any(|to| to == "alice@acme.test");
    app.mailer().sent().iter().filter(|mail| to_alice(&mail.to) && mail.text.contains(words)).count()
}

both_backends! {
    async fn each_change_of_a_factor_leaves_an_event_and_a_mail(app: TestApp) {
        let browser = app.browser();
        let page = own_page(&app, &browser).await;
        let (_, _, page) = add_authenticator(&app, &browser, &page).await;
        assert_eq!((app.count_events("totp.added").await, app.count_events("recovery_codes.renewed").await), (1, 1));
        assert_eq!(mails_about(&app, "authenticator").await, 1);
        let added = app.last_event("totp.added").await;
        assert!(added.address.is_some() && added.user_id.is_some(), "{added:?}");

        assert_eq!(browser.submit_once(&page, &[("action", "renew_codes")]).await.status, 200);
        assert_eq!(app.count_events("recovery_codes.renewed").await, 2);
        assert_eq!(browser.submit_once(&page, &[("action", "forget_browsers")]).await.status, 303);
        assert_eq!(app.count_events("devices.forgotten").await, 1);
        let factor = page.html.split("name=\"remove\" value=\"").nth(1).expect("a factor").split('"').next().expect("an id");
        assert_eq!(browser.submit_once(&page, &[("remove", factor)]).await.status, 303);
        assert_eq!(app.count_events("totp.removed").await, 1);
        assert!(mails_about(&app, "authenticator").await >= 2);
        assert_eq!(browser.submit_once(&page, &[("remove", factor)]).await.status, 303);
        assert_eq!(app.count_events("totp.removed").await, 1, "what is gone is not removed again");
    }

    async fn second_factors_leave_an_event_whatever_comes_of_them(app: TestApp) {
        let browser = app.browser();
        let page = own_page(&app, &browser).await;
        let (authenticator, codes, _) = add_authenticator(&app, &browser, &page).await;
        app.advance(Duration::from_secs(60));
        let page = password(&app, &browser).await.page();
        assert_eq!(app.count_events("second_factor.asked").await, 1);
        assert_eq!(browser.submit_once(&page, &[("code", &authenticator.wrong_code(&app))]).await.status, 422);
        let failed = app.last_event("second_factor.failed").await;
        assert_eq!((failed.outcome.as_str(), failed.reason.as_deref()), ("failure", Some("wrong_code")));
        app.advance(Duration::from_secs(1));
        let _ = browser.submit(&page, &[("code", &authenticator.code(&app)), ("remember", "yes")]).await;
        let started = app.last_event("session.started").await;
        assert_eq!(started.details.find("second_factor"), Some(&json!("totp")));
        assert_eq!(started.details.find("acr"), Some(&json!("2")));

        let other = app.browser();
        let page = password(&app, &other).await.page();
        let page = other.visit(&format!("{}&method=recovery_code", page.url)).await.page();
        assert_eq!(other.submit_once(&page, &[("code", &codes[0])]).await.status, 303);
        assert_eq!(app.count_events("recovery_code.used").await, 1);
        let text = format!("{:?}", app.events_of("acme").await);
        assert!(!text.contains(&codes[0]) && !text.contains("wonderland"), "no secret stands in an event");
    }

    async fn an_invitation_that_is_accepted_leaves_an_event(app: TestApp) {
        let link = app.invite_by_mail("acme", "ivy").await;
        let browser = app.browser();
        let page = browser.get(&link).await;
        let chosen = [("password", "ivy climbs the old wall"), ("password_confirmation", "ivy climbs the old wall")];
        assert_eq!(browser.submit_once(&page, &chosen).await.status, 200);
        assert_eq!(app.last_event("password.set").await.actor, "user");
    }

    async fn signing_out_leaves_an_event(app: TestApp) {
        let browser = app.browser();
        app.sign_in_with(&browser, "alice", &app.authorization("web")).await;
        app.sign_out(&browser).await;
        let ended = app.last_event("session.ended").await;
        assert_eq!(ended.session_id, app.last_event("session.started").await.session_id);
    }

    async fn a_new_browser_is_told_of_and_the_same_one_is_known_after_its_sessions(app: TestApp) {
        let home = app.browser();
        app.sign_in_with(&home, "alice", &app.authorization("web")).await;
        app.sign_out(&home).await;
        app.advance(Duration::from_secs(1));
        app.sign_in_with(&home, "alice", &app.authorization("web")).await;
        assert_eq!(mails_about(&app, "127.0.0.1").await, 0);
        app.advance(Duration::from_secs(1));
        app.sign_in("alice", &app.authorization("web")).await;
        assert_eq!(mails_about(&app, "127.0.0.1").await, 1);
        let started = app.last_event("session.started").await;
        assert_eq!(started.details.find("risk"), Some(&json!({ "score": 30, "reasons": ["new_device"] })));
    }

    async fn risk_asks_a_second_factor_although_the_browser_is_remembered(app: TestApp) {
        let browser = app.browser();
        let page = own_page(&app, &browser).await;
        let (authenticator, _, _) = add_authenticator(&app, &browser, &page).await;
        app.set_settings(&json!({ "authentication": { "second_factor": "off" } }));
        app.advance(Duration::from_secs(60));
        let stranger = app.browser();
        let _ = password(&app, &stranger).await;
        app.set_settings(&json!({ "authentication": { "second_factor": "off" }, "risk": { "second_factor_at": 30 } }));
        let _ = password(&app, &stranger).await;
        let new = app.browser();
        let page = password(&app, &new).await.page();
        assert!(page.is_second_factor() && !page.is_set_up(), "{}", page.html);
        let _ = new.submit(&page, &[("code", &authenticator.code(&app))]).await;
        // Who has none is mailed a code, and not led to set one up.
        app.sign_in("bob", &app.authorization("web")).await;
        app.advance(Duration::from_secs(1));
        let other = app.browser();
        let page = other.visit(&app.authorization("web").url()).await.page();
        let page = other.submit(&page, &[("login", "bob"), ("password", "builder-in-autumn")]).await.page();
        assert!(page.html.contains("We have sent a code to") && !page.is_set_up(), "{}", page.html);
        let code = crate::mail_sign_in::code_in(&crate::mail_sign_in::newest_mail(&app, "bob@acme.test").await);
        let page = other.submit_once(&page, &[("code", &code)]).await;
        assert_eq!(page.status, 303, "{}", page.html);
        let started = app.last_event("session.started").await;
        assert_eq!(started.details.find("second_factor"), Some(&json!("email_code")));
    }

    async fn who_is_stopped_sees_what_a_wrong_password_shows(app: TestApp) {
        let home = app.browser();
        app.sign_in_with(&home, "alice", &app.authorization("web")).await;
        app.set_settings(&json!({ "risk": { "block_at": 30 } }));
        let (thief, liar) = (app.browser(), app.browser());
        let url = app.authorization("web").url();
        let (first, second) = (thief.visit(&url).await.page(), liar.visit(&url).await.page());
        let stopped = thief.submit_once(&first, &ALICE).await;
        let wrong = liar.submit_once(&second, &[("login", "alice"), ("password", "not-wonderland")]).await;
        assert_eq!((stopped.status, wrong.status), (422, 422));
        let words = |page: &Page| page.html.split("role=\"alert\"").nth(1).and_then(|rest| rest.split("</").next()).map(str::to_owned);
        assert_eq!(words(&stopped), words(&wrong));
        assert!(words(&stopped).is_some(), "{}", stopped.html);
        assert_eq!(app.last_event("sign_in.blocked").await.reason.as_deref(), Some("risk"));
        assert_eq!(mails_about(&app, "was not let in").await, 1);
        let _ = password(&app, &home).await;
    }
}
