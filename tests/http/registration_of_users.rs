//! People make accounts themselves: by whom the tenant says, with an address that is verified first.

use std::time::Duration;

use latchkey_testkit::{Browser, Landing, Page, SentMail, TestApp, both_backends};
use serde_json::{Value, json};

const PASSWORD: &str = "four mice and a lantern";

fn let_register(app: &TestApp, policy: &Value) {
    app.set_settings(&json!({ "registration": policy }));
}

fn open_to_all(app: &TestApp) {
    let_register(app, &json!({ "by": "open", "verify_email": true }));
}

/// Fills the form of an account; where that leads.
async fn register(app: &TestApp, browser: &Browser, username: &str) -> Page {
    let url = app.authorization("web-post").with("scope", "openid email profile").with("prompt", "create").url();
    let page = browser.visit(&url).await.page();
    assert!(page.is_sign_up(), "{}", page.html);
    let fields =
        [("username", username), ("name", "Nora"), ("password", PASSWORD), ("password_confirmation", PASSWORD)];
    browser.submit(&page, &fields).await.page()
}

async fn verify(browser: &Browser, page: &Page, code: &str) -> Landing {
    browser.submit(page, &[("code", code), ("action", "verify")]).await
}

fn code_in(mail: &SentMail) -> Option<String> {
    let mut lines = mail.text.lines().map(str::trim);
    lines.find(|line| line.len() == 8 && line.bytes().all(|byte| byte.is_ascii_digit())).map(str::to_owned)
}

fn another(code: &str) -> String {
    format!("{:06}", (code.parse::<u32>().expect("digits") + 1) % 1_000_000)
}

fn is_waiting(page: &Page) -> bool {
    page.status == 200 && page.url.contains("/sign-up/verify?interaction=")
}

both_backends! {
    async fn an_account_comes_to_be_when_its_address_is_verified_in_this_browser(app: TestApp) {
        open_to_all(&app);
        let browser = app.browser();
        let page = register(&app, &browser, "nora@mail.test").await;
        assert!(is_waiting(&page) && page.html.contains("nora@mail.test"), "{} {}", page.url, page.html);
        assert!(browser.cookie("-session-").is_none(), "no session yet");
        let mail = app.nth_mail_to("nora@mail.test", 1).await;
        assert!(!mail.raw.contains("Nora"), "a stranger's words have no place in it");
        let code = code_in(&mail).expect("a code");

        let elsewhere = app.browser();
        let sign_in = elsewhere.visit(&app.authorization("web-post").url()).await.page();
        let early = elsewhere.submit(&sign_in, &[("login", "nora@mail.test"), ("password", PASSWORD)]).await.page();
        assert_eq!(early.status, 422, "there is no such account yet");
        let link = mail.text.lines().find(|line| line.contains("/sign-up/verify?")).expect("a link").trim();
        assert_eq!(elsewhere.visit(link).await.page().status, 400, "of no use in another browser");

        let wrong = verify(&browser, &page, &another(&code)).await.page();
        assert!(wrong.status == 422 && wrong.html.contains("not right"), "{}", wrong.html);
        assert_eq!(verify(&browser, &page, "").await.page().status, 422);
        let filled = browser.visit(link).await.page();
        assert!(filled.html.contains(&format!("value=\"{code}\"")), "{}", filled.html);
        let callback = verify(&browser, &filled, &code).await.callback();
        let tokens = app.redeem("web-post", callback.code()).await.ok();
        let claims = app.userinfo(&tokens.string("access_token")).await.ok().json;
        assert_eq!((&claims["email"], &claims["email_verified"], &claims["name"]), (&json!("nora@mail.test"), &json!(true), &json!("Nora")));
        assert_eq!(browser.submit_once(&page, &[("code", &code)]).await.status, 400, "the sign-in is over");
    }

    async fn a_known_address_gets_the_same_answer_and_another_mail(app: TestApp) {
        open_to_all(&app);
        let (known, unknown) = (app.browser(), app.browser());
        let at_known = register(&app, &known, "bob@acme.test").await;
        let at_unknown = register(&app, &unknown, "nora@mail.test").await;
        assert!(is_waiting(&at_known) && is_waiting(&at_unknown));
        let same = |page: &Page, email: &str| {
            let fields = page.hidden_fields();
            let lines = page.html.lines().filter(|line| !line.contains("nonce"));
            let text = lines.collect::<Vec<_>>().join("\n").replace(email, "");
            fields.values().fold(text, |text, value| text.replace(value.as_str(), ""))
        };
        assert_eq!(same(&at_known, "bob@acme.test"), same(&at_unknown, "nora@mail.test"));
        let mail = app.nth_mail_to("bob@acme.test", 1).await;
        assert!(code_in(&mail).is_none() && mail.text.contains("/forgot-password"), "{}", mail.text);
        let guess = verify(&known, &at_known, "000000").await.page();
        assert_eq!(guess.status, 422);
        // The account that there is stays as it is.
        let browser = app.browser();
        let page = browser.visit(&app.authorization("web-post").with("scope", "openid").url()).await.page();
        let landing = browser.submit(&page, &[("login", "bob"), ("password", "builder-in-autumn")]).await;
        assert!(!landing.callback().code().is_empty());
    }

    async fn codes_are_sent_again_expire_and_are_bounded(app: TestApp) {
        open_to_all(&app);
        let browser = app.browser();
        let page = register(&app, &browser, "nora@mail.test").await;
        let first = code_in(&app.nth_mail_to("nora@mail.test", 1).await).expect("a code");
        let page = browser.submit(&page, &[("action", "resend")]).await.page();
        assert!(page.html.contains("Another code is on its way"), "{}", page.html);
        let second = code_in(&app.nth_mail_to("nora@mail.test", 2).await).expect("a code");
        if first != second {
            assert_eq!(verify(&browser, &page, &first).await.page().status, 422);
        }
        for _ in 0..3 {
            assert_eq!(browser.submit(&page, &[("action", "resend")]).await.page().status, 200);
        }
        let refused = browser.submit(&page, &[("action", "resend")]).await.page();
        assert!(refused.status == 422 && refused.html.contains("Too many codes"), "{}", refused.html);
        let fifth = code_in(&app.nth_mail_to("nora@mail.test", 5).await).expect("a code");
        app.advance(Duration::from_secs(601));
        let late = verify(&browser, &page, &fifth).await.page();
        assert!(late.status == 422 && late.html.contains("too old"), "{}", late.html);
    }

    async fn ten_wrong_codes_begin_again(app: TestApp) {
        open_to_all(&app);
        let browser = app.browser();
        let page = register(&app, &browser, "nora@mail.test").await;
        let code = code_in(&app.nth_mail_to("nora@mail.test", 1).await).expect("a code");
        for _ in 0..10 {
            assert_eq!(verify(&browser, &page, &another(&code)).await.page().status, 422);
        }
        assert!(verify(&browser, &page, &code).await.page().is_sign_up());
    }

    async fn each_policy_lets_in_whom_it_names(app: TestApp) {
        let domain = json!({ "by": "mail_domain", "mail_domains": ["mail.test"], "verify_email": true });
        let_register(&app, &domain);
        for (username, admitted) in [("nora", false), ("nora@other.test", false), ("nora@sub.mail.test", false), ("nora@MAIL.test", true)] {
            let page = register(&app, &app.browser(), username).await;
            assert_eq!(is_waiting(&page), admitted, "{username}: {}", page.html);
            assert!(admitted || (page.status == 422 && page.html.contains("may make an account here")), "{}", page.html);
        }
        for policy in [json!({ "by": "off" }), json!({ "by": "invitation" })] {
            let_register(&app, &policy);
            let browser = app.browser();
            let page = browser.visit(&app.authorization("web-post").with("prompt", "create").url()).await.page();
            assert!(page.is_sign_in() && !page.html.contains("id=\"sign-up\""), "{}", page.html);
        }
        // An invitation is good where nobody registers otherwise.
        let token = app.invite("acme", "ivy").await;
        assert_eq!(app.browser().get(&format!("{}/invitation?token={token}", app.issuer())).await.status, 200);
        // Without verification the account is there at once, as with the older setting.
        let_register(&app, &json!({ "by": "open" }));
        let browser = app.browser();
        let url = app.authorization("web-post").with("scope", "openid").with("prompt", "create").url();
        let page = browser.visit(&url).await.page();
        let fields = [("username", "otto"), ("password", PASSWORD), ("password_confirmation", PASSWORD)];
        assert!(!browser.submit(&page, &fields).await.callback().code().is_empty());
    }

    async fn two_who_register_one_address_get_one_account(app: TestApp) {
        open_to_all(&app);
        let (first, second) = (app.browser(), app.browser());
        let at_first = register(&app, &first, "nora@mail.test").await;
        let at_second = register(&app, &second, "Nora@Mail.test").await;
        let code = code_in(&app.nth_mail_to("nora@mail.test", 1).await).expect("a code");
        let other = code_in(&app.nth_mail_to("Nora@Mail.test", 1).await).expect("a code");
        let _ = verify(&first, &at_first, &code).await.callback();
        let late = verify(&second, &at_second, &other).await.page();
        assert!(late.is_sign_up(), "{} {}", late.url, late.html);
    }
}
