//! Who answers a question is who was asked: another account that became active in another tab answers nothing.

use latchkey_testkit::{Browser, Page, TestApp, both_backends};
use serde_json::json;

use crate::{ciba, device};

const SWITCHED: &str = "You are signed in to another account than before";

/// Signs in, in another tab of that browser, and makes that account the active one.
async fn switch_to(app: &TestApp, browser: &Browser, login: &str) {
    let _ = app.sign_in_with(browser, login, &app.authorization("web").with("prompt", "login")).await;
}

async fn requests(app: &TestApp, browser: &Browser) -> Page {
    browser.visit(&format!("{}/requests", app.issuer())).await.page()
}

both_backends! {
    async fn a_device_is_connected_to_nobody_but_the_account_that_the_page_showed(app: TestApp) {
        let browser = app.browser();
        switch_to(&app, &browser, "alice").await;
        let codes = device::begin(&app, "dev-tv", "openid profile").await;
        let question = device::reach_question(&app, &browser, &codes.user_code).await;
        assert!(question.html.contains("Alice Liddell") && !question.html.contains(SWITCHED), "{}", question.html);
        switch_to(&app, &browser, "bob").await;
        for decision in ["allow", "deny"] {
            let again = browser.submit(&question, &[("decision", decision)]).await.page();
            assert_eq!(again.status, 409, "{decision}");
            for shown in [SWITCHED, "Bob Builder", &codes.user_code, "Acme TV"] {
                assert!(again.html.contains(shown), "{shown}: {}", again.html);
            }
            assert!(!again.html.contains("Alice Liddell"), "{}", again.html);
        }
        let without: Vec<_> = question.hidden_fields().into_iter().filter(|(name, _)| name != "account").collect();
        let mut fields: Vec<_> = without.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        fields.push(("decision", "allow"));
        assert_eq!(browser.post(&question.form_action(), &fields).await.status, 409, "a form that names no account");
        device::poll(&app, "dev-tv", &codes.device_code).await.expect_error(400, "authorization_pending");

        let again = browser.submit(&question, &[("decision", "allow")]).await.page();
        let done = browser.submit(&again, &[("decision", "allow")]).await.page();
        assert!(done.url.ends_with("/device/connected"), "{} {}", done.url, done.html);
        let tokens = device::poll(&app, "dev-tv", &codes.device_code).await.ok();
        assert_eq!(app.userinfo(&tokens.string("access_token")).await.ok().json["preferred_username"], "bob");
    }

    async fn a_request_is_answered_by_the_account_that_the_page_showed(app: TestApp) {
        let browser = app.browser();
        switch_to(&app, &browser, "alice").await;
        let id = ciba::begin(&app, "ciba-poll", &[]).await;
        let of_alice = requests(&app, &browser).await;
        assert!(of_alice.html.contains("Acme Bank") && !of_alice.html.contains(SWITCHED), "{}", of_alice.html);
        switch_to(&app, &browser, "bob").await;
        for decision in ["allow", "deny"] {
            let again = browser.submit(&of_alice, &[("decision", decision)]).await.page();
            assert_eq!(again.status, 409, "{decision}");
            assert!(again.html.contains(SWITCHED) && again.html.contains("Bob Builder"), "{}", again.html);
            assert!(!again.html.contains("Acme Bank"), "what alice is asked is not bob's to see: {}", again.html);
        }
        ciba::poll(&app, "ciba-poll", &id).await.expect_error(400, "authorization_pending");
        switch_to(&app, &browser, "alice").await;
        let done = browser.submit(&of_alice, &[("decision", "allow")]).await.page();
        assert!(done.url.ends_with("/requests/allowed"), "{} {}", done.url, done.html);
        app.advance(std::time::Duration::from_secs(5));
        let _ = ciba::poll(&app, "ciba-poll", &id).await.ok();
    }

    async fn the_list_of_requests_says_which_applications_nobody_checked(app: TestApp) {
        app.set_settings(&json!({ "client_registration": { "mode": "open", "grant_types": [ciba::GRANT] } }));
        let metadata = json!({ "client_name": "Stranger", "grant_types": [ciba::GRANT], "backchannel_token_delivery_mode": "poll" });
        let client = app.register("acme", None, &metadata).await;
        assert_eq!(client.status, 201, "{}", client.text);
        let browser = app.browser();
        switch_to(&app, &browser, "alice").await;
        let _ = ciba::begin(&app, "ciba-poll", &[]).await;
        let known = requests(&app, &browser).await;
        assert!(known.html.contains("Acme Bank") && !known.html.contains("was not checked by"), "{}", known.html);

        let url = format!("{}/oauth2/bc-authorize", app.issuer());
        let (client_id, secret) = (client.string("client_id"), client.string("client_secret"));
        let asked = app.post_raw(&url, Some((&client_id, &secret)), "scope=openid&login_hint=alice").await;
        assert_eq!(asked.status, 200, "{}", asked.text);
        let both = requests(&app, &browser).await;
        let notices = both.html.matches("It registered itself and was not checked by").count();
        assert!(both.html.contains("Stranger") && notices == 1, "{}", both.html);
    }
}
