//! Whoever signed in without a passkey, by whatever way, is offered one in a browser that could keep it.

use latchkey_testkit::{Authenticator, Browser, Landing, Page, TestApp, both_backends};
use serde_json::json;

use crate::mail_sign_in::newest_mail;

const ALICE: [(&str, &str); 2] = [("login", "alice"), ("password", "wonderland-in-spring")];
const PASSWORD: &str = "four mice and a lantern";

/// Sends a form as a browser does whose script says that it could keep a passkey.
async fn able(browser: &Browser, page: &Page, fields: &[(&str, &str)]) -> Landing {
    assert!(page.html.contains("id=\"can-make-passkeys\""), "{}", page.html);
    let mut all = page.hidden_fields();
    all.extend(
        fields.iter().chain(&[("can_make_passkeys", "yes")]).map(|(name, value)| ((*name).into(), (*value).into())),
    );
    let all: Vec<(&str, &str)> = all.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    browser.follow(browser.post(&page.form_action(), &all).await).await
}

#[track_caller]
fn is_offer(landing: &Landing) -> bool {
    matches!(landing, Landing::Page(page) if page.url.contains("/passkeys/offer?") && page.html.contains("Not now"))
}

async fn sign_in_page(app: &TestApp, browser: &Browser) -> Page {
    browser.visit(&app.authorization("web").with("prompt", "login").url()).await.page()
}

both_backends! {
    async fn after_a_password_and_a_code(app: TestApp) {
        app.set_settings(&json!({ "authentication": { "second_factor": "required" } }));
        let browser = app.browser();
        let page = able(&browser, &sign_in_page(&app, &browser).await, &ALICE).await.page();
        assert!(page.is_set_up(), "{}", page.html);
        let (authenticator, _, landing) = Authenticator::set_up(&app, &browser, &page).await;
        assert!(is_offer(&landing), "{landing:?}");
        app.advance(std::time::Duration::from_secs(60));
        let other = app.browser();
        let page = able(&other, &sign_in_page(&app, &other).await, &ALICE).await.page();
        let landing = other.submit(&page, &[("code", &authenticator.code(&app))]).await;
        assert!(is_offer(&landing), "{landing:?}");
        // A browser that does not say that it can is not asked.
        app.advance(std::time::Duration::from_secs(60));
        let plain = app.browser();
        let page = plain.submit(&sign_in_page(&app, &plain).await, &ALICE).await.page();
        let landing = plain.submit(&page, &[("code", &authenticator.code(&app))]).await;
        assert!(!is_offer(&landing), "{landing:?}");
    }

    async fn after_a_mailed_code(app: TestApp) {
        app.set_settings(&json!({ "authentication": { "first_factors": ["password", "email_code"] } }));
        let browser = app.browser();
        let page = sign_in_page(&app, &browser).await;
        let hidden = page.hidden_fields();
        let mut fields: Vec<(&str, &str)> =
            ["csrf_token", "interaction"].map(|name| (name, hidden[name].as_str())).into();
        fields.extend([("login", "alice"), ("by_mail", "email_code"), ("can_make_passkeys", "yes")]);
        let asked = browser.post(&format!("{}/sign-in/mail", app.issuer()), &fields).await;
        let page = browser.follow(asked).await.page();
        let text = newest_mail(&app, "alice@acme.test").await;
        let code: String = text.lines().map(str::trim).find(|line| is_code(line)).expect("a code").to_owned();
        let landing = browser.submit(&page, &[("code", &code)]).await;
        assert!(is_offer(&landing), "{landing:?}");
    }

    async fn after_an_account_was_made(app: TestApp) {
        app.set_settings(&json!({ "registration": { "by": "open", "verify_email": false } }));
        let browser = app.browser();
        let page = browser.visit(&app.authorization("web").with("prompt", "create").url()).await.page();
        let fields = [("username", "nora"), ("password", PASSWORD), ("password_confirmation", PASSWORD)];
        let landing = able(&browser, &page, &fields).await;
        assert!(is_offer(&landing), "{landing:?}");
        // With an address that is verified first, too.
        app.set_settings(&json!({ "registration": { "by": "open", "verify_email": true } }));
        let other = app.browser();
        let page = other.visit(&app.authorization("web").with("prompt", "create").url()).await.page();
        let fields = [("username", "nora@mail.test"), ("password", PASSWORD), ("password_confirmation", PASSWORD)];
        let page = able(&other, &page, &fields).await.page();
        let text = app.nth_mail_to("nora@mail.test", 1).await.text;
        let code = text.lines().map(str::trim).find(|line| is_code(line)).expect("a code").to_owned();
        let landing = other.submit(&page, &[("code", &code), ("action", "verify")]).await;
        assert!(is_offer(&landing), "{landing:?}");
    }

    async fn not_where_the_tenant_does_not_want_that(app: TestApp) {
        app.set_settings(&json!({ "passkeys": { "offer": false } }));
        let browser = app.browser();
        let page = sign_in_page(&app, &browser).await;
        assert!(!page.html.contains("can-make-passkeys"), "{}", page.html);
        let landing = browser.submit(&page, &[ALICE[0], ALICE[1], ("can_make_passkeys", "yes")]).await;
        assert!(!is_offer(&landing), "{landing:?}");
    }
}

/// A code of digits, in groups or not.
fn is_code(line: &str) -> bool {
    let digits = line.bytes().filter(u8::is_ascii_digit).count();
    (6..=8).contains(&digits) && line.bytes().all(|byte| byte.is_ascii_digit() || byte == b' ')
}
