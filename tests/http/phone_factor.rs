//! Phones as second factors: a number is proved before it counts, and codes go there as text messages.

use std::time::Duration;

use latchkey_testkit::{Browser, Landing, Page, TestApp, both_backends};
use serde_json::{Value, json};

use crate::mail_sign_in::{begin_window, wrong};

const NUMBER: &str = "+442079460000";
const PASSWORD: [(&str, &str); 2] = [("login", "alice"), ("password", "wonderland-in-spring")];

fn require(app: &TestApp, authentication: &Value) {
    app.set_settings(&json!({ "authentication": authentication, "sign_in_attempts_per_account": 1000 }));
}

fn by_phone() -> Value {
    json!({ "second_factor": "required", "second_factors": ["sms", "recovery_code"] })
}

async fn password(app: &TestApp, browser: &Browser) -> Landing {
    let page = browser.visit(&app.authorization("web").with("prompt", "login").url()).await.page();
    assert!(page.is_sign_in(), "{}", page.html);
    browser.submit(&page, &PASSWORD).await
}

fn asks_for_number(page: &Page) -> bool {
    page.html.contains("name=\"number\"")
}

fn asks_for_code(page: &Page) -> bool {
    page.html.contains("We have sent a code to the phone") && page.html.contains("name=\"code\"")
}

/// The text messages to that number.
async fn messages(app: &TestApp, number: &str) -> Vec<Value> {
    app.empty_outbox().await;
    let sent = app.messages("sms.code").await;
    sent.into_iter().map(|message| message["data"].clone()).filter(|data| data["to"] == number).collect()
}

async fn code(app: &TestApp, number: &str) -> String {
    let sent = messages(app, number).await;
    sent.last().and_then(|data| data["code"].as_str()).expect("a message").to_owned()
}

/// The page that goes on behind the recovery codes.
async fn go_on(app: &TestApp, browser: &Browser, codes: &Page) -> Landing {
    let link = codes.html.split("id=\"continue\" href=\"").nth(1).and_then(|rest| rest.split('"').next());
    let link = link.unwrap_or_else(|| panic!("no way on: {}", codes.html)).replace("&amp;", "&").replace("&#38;", "&");
    browser.visit(&format!("{}{link}", app.origin())).await
}

async fn arrived(browser: &Browser, landing: Landing) -> latchkey_testkit::Callback {
    match landing {
        Landing::Page(page) if page.is_consent() => browser.submit(&page, &[("decision", "allow")]).await.callback(),
        landing => landing.callback(),
    }
}

/// Alice sets her phone up on the way; the recovery codes.
async fn enrolled(app: &TestApp) -> Vec<String> {
    require(app, &by_phone());
    let browser = app.browser();
    let page = password(app, &browser).await.page();
    assert!(asks_for_number(&page) && page.html.contains(NUMBER), "{}", page.html);
    let page = browser.submit(&page, &[("number", "+44 20 7946 0000")]).await.page();
    assert!(asks_for_code(&page) && page.html.contains("•••00"), "{}", page.html);
    let codes = browser.submit_once(&page, &[("code", &code(app, NUMBER).await)]).await;
    assert_eq!(codes.shown_codes().len(), 10, "{}", codes.html);
    let landing = go_on(app, &browser, &codes).await;
    let claims = app.id_token("web", arrived(&browser, landing).await.code()).await;
    assert_eq!((&claims["acr"], &claims["amr"]), (&json!("2"), &json!(["pwd", "sms", "mca", "mfa"])));
    app.advance(Duration::from_secs(60));
    codes.shown_codes()
}

both_backends! {
    async fn a_phone_is_set_up_on_the_way_and_asked_for_from_then_on(app: TestApp) {
        enrolled(&app).await;
        let browser = app.browser();
        let page = password(&app, &browser).await.page();
        assert!(asks_for_code(&page), "{}", page.html);
        let landing = browser.submit(&page, &[("code", &code(&app, NUMBER).await)]).await;
        let claims = app.id_token("web", landing.callback().code()).await;
        assert_eq!((&claims["acr"], &claims["amr"]), (&json!("2"), &json!(["pwd", "sms", "mca", "mfa"])));
        let message = &messages(&app, NUMBER).await[0];
        let text = message["text"].as_str().expect("a text");
        assert!(text.contains(message["code"].as_str().expect("a code")) && text.contains("@localhost #"), "{text}");
    }

    async fn a_number_counts_once_its_own_code_was_typed_and_not_before(app: TestApp) {
        require(&app, &by_phone());
        let browser = app.browser();
        let page = password(&app, &browser).await.page();
        for number in ["", "020 7946 0000", "+44", "call me"] {
            let refused = browser.submit_once(&page, &[("number", number)]).await;
            assert!(refused.status == 422 && refused.html.contains("not a phone number"), "{}", refused.html);
        }
        let page = browser.submit(&page, &[("number", NUMBER)]).await.page();
        let right = code(&app, NUMBER).await;
        let refused = browser.submit_once(&page, &[("code", &wrong(&right))]).await;
        assert!(refused.status == 422 && refused.html.contains("This code is not right"), "{}", refused.html);
        // Nothing was set up: another browser is asked for a number, too.
        let other = app.browser();
        assert!(asks_for_number(&password(&app, &other).await.page()));
        // Another number: the code of the first is no code of the second.
        app.advance(Duration::from_secs(31));
        let again = browser.get(&format!("{}&number=other", page.url)).await;
        assert!(asks_for_number(&again), "{}", again.html);
        let page = browser.submit(&again, &[("number", "+442079461111")]).await.page();
        assert_eq!(browser.submit_once(&page, &[("code", &right)]).await.status, 422);
        let codes = browser.submit_once(&page, &[("code", &code(&app, "+442079461111").await)]).await;
        assert_eq!(codes.shown_codes().len(), 10, "{}", codes.html);
    }

    async fn who_guesses_the_code_of_a_number_is_stopped_after_ten(app: TestApp) {
        require(&app, &by_phone());
        let browser = app.browser();
        let page = password(&app, &browser).await.page();
        let page = browser.submit(&page, &[("number", NUMBER)]).await.page();
        let right = code(&app, NUMBER).await;
        for _ in 0..10 {
            assert_eq!(browser.submit_once(&page, &[("code", &wrong(&right))]).await.status, 422);
        }
        let over = browser.submit_once(&page, &[("code", &right)]).await;
        assert!(over.status == 422 && over.html.contains("too many wrong ones"), "{}", over.html);
    }

    async fn a_password_alone_sets_up_no_other_phone(app: TestApp) {
        enrolled(&app).await;
        let browser = app.browser();
        let page = password(&app, &browser).await.page();
        let set_up = format!("{}/second-factor/set-up/phone", app.issuer());
        let id = page.hidden_fields()["interaction"].clone();
        let shown = browser.get(&format!("{set_up}?interaction={id}")).await;
        assert_eq!(shown.status, 303, "{}", shown.html);
        let csrf = page.hidden_fields()["csrf_token"].clone();
        let fields = [("interaction", id.as_str()), ("csrf_token", &csrf), ("step", "number"), ("number", "+442079461111")];
        assert_eq!(browser.post(&set_up, &fields).await.status, 303);
        assert!(messages(&app, "+442079461111").await.is_empty());
    }

    async fn messages_to_one_number_are_bounded(app: TestApp) {
        begin_window(&app);
        enrolled(&app).await;
        let mut sent = Vec::new();
        for _ in 0..5 {
            sent.push(password(&app, &app.browser()).await.page().status);
        }
        // The first of five within the hour was that of the set-up.
        assert_eq!(sent, [200, 200, 200, 200, 429]);
        assert_eq!(messages(&app, NUMBER).await.len(), 5);
    }

    async fn where_no_message_can_be_counted_on_the_kind_does_not_count(app: TestApp) {
        let codes = enrolled(&app).await;
        require(&app, &json!({ "second_factors": ["totp", "recovery_code"] }));
        let browser = app.browser();
        let page = password(&app, &browser).await.page();
        assert!(page.is_second_factor() && !page.html.contains("use-sms"), "{}", page.html);
        let page = browser.visit(&format!("{}&method=recovery_code", page.url)).await.page();
        assert_eq!(browser.submit_once(&page, &[("code", &codes[0])]).await.status, 303);
    }

    async fn a_user_removes_the_own_phone_and_with_it_what_stood_in_for_it(app: TestApp) {
        enrolled(&app).await;
        require(&app, &json!({ "second_factors": ["totp", "sms", "recovery_code"] }));
        let browser = app.browser();
        let page = browser.visit(&format!("{}/account/security", app.issuer())).await.page();
        let page = browser.submit(&page, &PASSWORD).await.page();
        assert!(asks_for_code(&page), "{}", page.html);
        let page = browser.submit(&page, &[("code", &code(&app, NUMBER).await)]).await.page();
        assert!(page.html.contains("id=\"remove-phone\"") && page.html.contains("•••00"), "{}", page.html);
        assert!(!page.html.contains("id=\"add-phone\"") && page.html.contains("10 are left"), "{}", page.html);
        let page = browser.submit(&page, &[("action", "remove_phone")]).await.page();
        assert!(page.html.contains("id=\"add-phone\"") && !page.html.contains("id=\"remove-phone\""), "{}", page.html);
        let other = app.browser();
        let landing = password(&app, &other).await;
        assert_eq!(app.id_token("web", arrived(&other, landing).await.code()).await["acr"], "1");
        // And sets up another, beside nothing.
        app.advance(Duration::from_secs(31));
        let url = page.url.replace("/account/security?", "/second-factor/set-up/phone?");
        let page = browser.visit(&url).await.page();
        assert!(asks_for_number(&page), "{}", page.html);
        let page = browser.submit(&page, &[("number", "+442079461111")]).await.page();
        let codes = browser.submit_once(&page, &[("code", &code(&app, "+442079461111").await)]).await;
        assert_eq!(codes.shown_codes().len(), 10, "{}", codes.html);
    }

    async fn a_phone_of_one_tenant_means_nothing_at_another(app: TestApp) {
        enrolled(&app).await;
        let callback = app.sign_in("alice", &app.authorization_of("globex", "web")).await;
        assert!(callback.params.contains_key("code"), "the other alice has none");
    }
}
