//! What a user has to do between the last factor and the session.

use std::time::Duration;

use latchkey_testkit::{Authenticator, Browser, Landing, Page, TestApp, both_backends};
use serde_json::{Value, json};

const ALICE: [(&str, &str); 2] = [("login", "alice"), ("password", "wonderland-in-spring")];
const CHOSEN: &str = "through the looking-glass";

/// Signs in to `web` with the password; where that leads.
async fn sign_in(app: &TestApp, browser: &Browser, login: &[(&str, &str)]) -> Landing {
    let page = browser.visit(&app.authorization("web").with("scope", "openid email").url()).await.page();
    assert!(page.is_sign_in(), "{}", page.html);
    let landing = browser.submit(&page, login).await;
    match landing {
        Landing::Page(page) if page.is_consent() => browser.submit(&page, &[("decision", "allow")]).await,
        landing => landing,
    }
}

/// Sends the form of the page, and allows what is asked then.
async fn submit(browser: &Browser, page: &Page, fields: &[(&str, &str)]) -> Landing {
    match browser.submit(page, fields).await {
        Landing::Page(page) if page.is_consent() => browser.submit(&page, &[("decision", "allow")]).await,
        landing => landing,
    }
}

fn is_required(page: &Page, title: &str) -> bool {
    page.url.contains("/required-action?interaction=") && page.html.contains(title)
}

fn terms(version: &str) -> Value {
    let texts = json!({ "en": "Be kind.\n\nPay <in time>." });
    json!({ "version": version, "uri": "https://acme.test/terms", "texts": texts })
}

fn ask_for_terms(app: &TestApp, version: &str) {
    app.set_settings(&json!({ "terms": terms(version) }));
}

fn verify_alice(app: &TestApp) {
    app.apply(
        "version: 1\ntenants:\n  - slug: acme\n    name: Acme Corporation\n    settings:\n      registration:\n        \
         verify_email: true\n    users:\n      - username: alice\n        email: alice@acme.test\n",
    );
}

/// The code of that mail to alice.
async fn mailed_code(app: &TestApp, number: usize) -> String {
    let mail = app.nth_mail_that("alice@acme.test", number, |mail| code_in(&mail.text).is_some());
    code_in(&mail.await.text).expect("a code").to_owned()
}

fn code_in(text: &str) -> Option<&str> {
    text.lines().map(str::trim).find(|line| line.len() == 8 && line.bytes().all(|byte| byte.is_ascii_digit()))
}

fn another(code: &str) -> String {
    format!("{:06}", (code.parse::<u32>().expect("digits") + 1) % 1_000_000)
}

both_backends! {
    async fn new_terms_are_accepted_on_the_way_once_for_each_version(app: TestApp) {
        ask_for_terms(&app, "1");
        let browser = app.browser();
        let page = sign_in(&app, &browser, &ALICE).await.page();
        assert!(is_required(&page, "Terms of service"), "{} {}", page.url, page.html);
        for shown in ["Be kind.", "Pay &#60;in time&#62;.", "https://acme.test/terms", "Version 1", "Alice Liddell"] {
            assert!(page.html.contains(shown), "{shown}: {}", page.html);
        }
        let code = submit(&browser, &page, &[("action", "accept")]).await.callback().code().to_owned();
        let tokens = app.redeem("web", &code).await.ok();
        assert_eq!(app.userinfo(&tokens.string("access_token")).await.status, 200);
        let _ = sign_in(&app, &app.browser(), &ALICE).await.callback();

        ask_for_terms(&app, "2");
        assert_eq!(app.userinfo(&tokens.string("access_token")).await.status, 401);
        let page = sign_in(&app, &browser, &ALICE).await.page();
        assert!(page.html.contains("Version 2"), "{}", page.html);
        // The version came up while another one was on the screen.
        ask_for_terms(&app, "3");
        let page = submit(&browser, &page, &[("action", "accept")]).await.page();
        assert!(is_required(&page, "Version 3"), "{}", page.html);
        let _ = submit(&browser, &page, &[("action", "accept")]).await.callback();
    }

    async fn who_declines_the_terms_is_not_signed_in_and_the_application_learns_it(app: TestApp) {
        ask_for_terms(&app, "1");
        let browser = app.browser();
        let page = sign_in(&app, &browser, &ALICE).await.page();
        let callback = submit(&browser, &page, &[("action", "decline")]).await.callback();
        assert_eq!(callback.param("error"), "access_denied");
        assert!(browser.cookie("-session-").is_none(), "no session");
        assert_eq!(browser.submit_once(&page, &[("action", "accept")]).await.status, 400, "the sign-in is over");
    }

    async fn nothing_is_skipped_by_going_on_elsewhere_or_in_another_browser(app: TestApp) {
        ask_for_terms(&app, "1");
        let browser = app.browser();
        let page = sign_in(&app, &browser, &ALICE).await.page();
        let interaction = page.hidden_fields()["interaction"].clone();
        let go_on = format!("{}/oauth2/authorize/continue?interaction={interaction}", app.issuer());
        let back = browser.visit(&go_on).await.page();
        assert!(is_required(&back, "Terms of service"), "{} {}", back.url, back.html);
        let silent = app.authorization("web").with("scope", "openid").with("prompt", "none");
        assert_eq!(browser.visit(&silent.url()).await.callback().param("error"), "login_required");
        let elsewhere = app.browser().visit(&page.url).await.page();
        assert_eq!(elsewhere.status, 400, "{}", elsewhere.html);
        let forged = submit(&browser, &page, &[("action", "go_on")]).await.page();
        assert!(is_required(&forged, "Terms of service"), "{}", forged.html);
        // Half an hour later the password is asked for again.
        app.advance(Duration::from_secs(31 * 60));
        assert_ne!(browser.visit(&page.url).await.page().status, 200);
    }

    async fn a_password_that_others_may_know_is_changed_on_the_way(app: TestApp) {
        let before = app.browser();
        let _ = sign_in(&app, &before, &ALICE).await.callback();
        app.require_password_change("alice").await;
        let browser = app.browser();
        let page = sign_in(&app, &browser, &ALICE).await.page();
        assert!(is_required(&page, "Choose another password"), "{} {}", page.url, page.html);
        let typed = async |password: &str, again: &str| {
            let fields = [("password", password), ("password_confirmation", again)];
            submit(&browser, &page, &fields).await
        };
        for (password, again, said) in [
            ("", "", "Choose a password."),
            (CHOSEN, "another", "not the same"),
            ("alice", "alice", "Use at least"),
            (ALICE[1].1, ALICE[1].1, "than the one that you have"),
        ] {
            let refused = typed(password, again).await.page();
            assert!(refused.status == 422 && refused.html.contains(said), "{password}: {}", refused.html);
        }
        let _ = typed(CHOSEN, CHOSEN).await.callback();
        let refused = sign_in(&app, &app.browser(), &ALICE).await.page();
        assert_eq!(refused.status, 422, "the old one is of no use");
        let _ = sign_in(&app, &app.browser(), &[("login", "alice"), ("password", CHOSEN)]).await.callback();
        let silent = app.authorization("web").with("scope", "openid").with("prompt", "none");
        assert_eq!(before.visit(&silent.url()).await.callback().param("error"), "login_required");
    }

    async fn an_address_is_verified_by_a_mailed_code_in_this_browser(app: TestApp) {
        verify_alice(&app);
        let browser = app.browser();
        let page = sign_in(&app, &browser, &ALICE).await.page();
        assert!(is_required(&page, "alice@acme.test"), "{} {}", page.url, page.html);
        let code = mailed_code(&app, 1).await;
        let missing = submit(&browser, &page, &[("action", "verify_email"), ("code", "")]).await.page();
        assert!(missing.status == 422 && missing.html.contains("Enter the code"), "{}", missing.html);
        let wrong = submit(&browser, &page, &[("action", "verify_email"), ("code", &another(&code))]).await.page();
        assert!(wrong.status == 422 && wrong.html.contains("not right"), "{}", wrong.html);

        let text = app.nth_mail_to("alice@acme.test", 1).await.text;
        let link = text.lines().find(|line| line.starts_with("http")).expect("a link").to_owned();
        assert!(link.starts_with(&format!("{}/required-action?", app.issuer())), "{link}");
        assert_eq!(app.browser().visit(&link).await.page().status, 400, "of no use in another browser");
        let filled = browser.visit(&link).await.page();
        assert!(filled.status == 200 && filled.html.contains(&format!("value=\"{code}\"")), "{}", filled.html);
        let callback = submit(&browser, &filled, &[("action", "verify_email"), ("code", &code)]).await.callback();
        let tokens = app.redeem("web", callback.code()).await.ok();
        assert_eq!(app.userinfo(&tokens.string("access_token")).await.ok().json["email_verified"], true);
        let _ = sign_in(&app, &app.browser(), &ALICE).await.callback();
    }

    async fn another_code_ends_the_one_before_and_they_are_bounded(app: TestApp) {
        verify_alice(&app);
        let browser = app.browser();
        let page = sign_in(&app, &browser, &ALICE).await.page();
        let first = mailed_code(&app, 1).await;
        let page = submit(&browser, &page, &[("action", "resend")]).await.page();
        assert!(page.html.contains("Another code is on its way"), "{}", page.html);
        let second = mailed_code(&app, 2).await;
        if first != second {
            let old = submit(&browser, &page, &[("action", "verify_email"), ("code", &first)]).await.page();
            assert_eq!(old.status, 422, "{}", old.html);
        }
        for _ in 0..3 {
            assert_eq!(submit(&browser, &page, &[("action", "resend")]).await.page().status, 200);
        }
        let refused = submit(&browser, &page, &[("action", "resend")]).await.page();
        assert!(refused.status == 422 && refused.html.contains("Too many codes"), "{}", refused.html);
        let fifth = mailed_code(&app, 5).await;
        app.advance(Duration::from_secs(601));
        let old = submit(&browser, &page, &[("action", "verify_email"), ("code", &fifth)]).await.page();
        assert!(old.status == 422 && old.html.contains("too old"), "{}", old.html);
    }

    async fn five_wrong_codes_end_the_code_and_ten_the_sign_in(app: TestApp) {
        verify_alice(&app);
        let browser = app.browser();
        let page = sign_in(&app, &browser, &ALICE).await.page();
        let code = mailed_code(&app, 1).await;
        for _ in 0..5 {
            let wrong = submit(&browser, &page, &[("action", "verify_email"), ("code", &another(&code))]).await.page();
            assert_eq!(wrong.status, 422);
        }
        for _ in 0..5 {
            let spent = submit(&browser, &page, &[("action", "verify_email"), ("code", &code)]).await.page();
            assert!(spent.status == 422 && spent.html.contains("tried too often"), "{}", spent.html);
        }
        let over = submit(&browser, &page, &[("action", "verify_email"), ("code", &code)]).await.page();
        assert!(over.is_sign_in(), "{} {}", over.url, over.html);
    }

    async fn what_is_to_be_done_comes_after_the_second_factor_and_one_after_another(app: TestApp) {
        let setting_up = app.browser();
        let page = setting_up.visit(&format!("{}/account/security", app.issuer())).await.page();
        let page = setting_up.submit(&page, &ALICE).await.page();
        let set_up = setting_up.visit(&page.url.replace("/account/security?", "/second-factor/set-up?")).await.page();
        let (authenticator, _, _) = Authenticator::set_up(&app, &setting_up, &set_up).await;
        app.advance(Duration::from_secs(60));
        verify_alice(&app);
        app.set_settings(&json!({ "terms": terms("1"), "registration": { "verify_email": true } }));
        app.require_password_change("alice").await;

        let browser = app.browser();
        let page = sign_in(&app, &browser, &ALICE).await.page();
        assert!(page.is_second_factor(), "{}", page.html);
        let page = submit(&browser, &page, &[("code", &authenticator.code(&app))]).await.page();
        assert!(is_required(&page, "Confirm your email address"), "{}", page.html);
        let code = mailed_code(&app, 1).await;
        let page = submit(&browser, &page, &[("action", "verify_email"), ("code", &code)]).await.page();
        assert!(is_required(&page, "Choose another password"), "{}", page.html);
        let page = submit(&browser, &page, &[("password", CHOSEN), ("password_confirmation", CHOSEN)]).await.page();
        assert!(is_required(&page, "Terms of service"), "{}", page.html);
        let callback = submit(&browser, &page, &[("action", "accept")]).await.callback();
        let id_token = app.id_token("web", callback.code()).await;
        assert_eq!((&id_token["acr"], &id_token["amr"]), (&json!("2"), &json!(["pwd", "otp", "mfa"])), "{id_token}");
    }
}
