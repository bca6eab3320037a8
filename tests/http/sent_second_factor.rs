//! Second factors that are sent: a code by mail beside a password.

use std::time::Duration;

use latchkey_testkit::{Authenticator, Browser, Landing, Page, TestApp, both_backends};
use serde_json::{Value, json};

use crate::mail_sign_in::{code_in, mails, newest_mail, wrong};

const ALICE: &str = "alice@acme.test";
const PASSWORD: [(&str, &str); 2] = [("login", "alice"), ("password", "wonderland-in-spring")];

fn require(app: &TestApp, authentication: &Value) {
    app.set_settings(&json!({ "authentication": authentication, "sign_in_attempts_per_account": 1000 }));
}

fn by_mail() -> Value {
    json!({ "second_factor": "required", "second_factors": ["email_code", "totp", "recovery_code"] })
}

/// Types alice's password; where that leads to.
async fn password(app: &TestApp, browser: &Browser, client: &str) -> Landing {
    let page = browser.visit(&app.authorization(client).with("prompt", "login").url()).await.page();
    assert!(page.is_sign_in(), "{}", page.html);
    browser.submit(&page, &PASSWORD).await
}

/// The page that has sent a code, and the code.
async fn challenged(app: &TestApp, browser: &Browser) -> (Page, String) {
    let page = password(app, browser, "web").await.page();
    assert!(is_asking(&page), "{}", page.html);
    (page, code(app).await)
}

async fn code(app: &TestApp) -> String {
    code_in(&newest_mail(app, ALICE).await)
}

fn is_asking(page: &Page) -> bool {
    page.html.contains("We have sent a code to") && page.html.contains("name=\"code\"")
}

async fn arrived(browser: &Browser, landing: Landing) -> latchkey_testkit::Callback {
    match landing {
        Landing::Page(page) if page.is_consent() => browser.submit(&page, &[("decision", "allow")]).await.callback(),
        landing => landing.callback(),
    }
}

async fn type_code(browser: &Browser, page: &Page, code: &str) -> Page {
    browser.submit_once(page, &[("code", code)]).await
}

fn leads_to(page: &Page, path: &str) -> bool {
    page.status == 303 && page.headers["location"].to_str().is_ok_and(|uri| uri.contains(path))
}

both_backends! {
    async fn a_mailed_code_beside_a_password_is_two_factors_by_two_channels(app: TestApp) {
        require(&app, &by_mail());
        let browser = app.browser();
        let (page, code) = challenged(&app, &browser).await;
        assert!(page.html.contains("a•••@acme.test"), "{}", page.html);
        assert_eq!((code.len(), mails(&app).await), (6, 1));
        let landing = browser.submit(&page, &[("code", &code)]).await;
        let claims = app.id_token("web", arrived(&browser, landing).await.code()).await;
        assert_eq!((&claims["acr"], &claims["amr"]), (&json!("2"), &json!(["pwd", "otp", "mca", "mfa"])));
    }

    async fn looking_again_sends_no_second_mail_and_asking_again_takes_a_while(app: TestApp) {
        require(&app, &by_mail());
        let browser = app.browser();
        let (page, first) = challenged(&app, &browser).await;
        for _ in 0..3 {
            assert!(is_asking(&browser.get(&page.url).await));
        }
        assert_eq!(mails(&app).await, 1);
        let soon = browser.submit_once(&page, &[("again", "yes")]).await;
        assert!(soon.status == 429 && soon.headers.contains_key("retry-after"), "{}", soon.html);
        app.advance(Duration::from_secs(30));
        assert!(leads_to(&browser.submit_once(&page, &[("again", "yes")]).await, "method=email_code"));
        let second = code(&app).await;
        assert_eq!(type_code(&browser, &page, &first).await.status, 422);
        assert_eq!(type_code(&browser, &page, &second).await.status, 303);
    }

    async fn a_mailed_code_is_no_second_factor_beside_a_mail(app: TestApp) {
        let mut settings = by_mail();
        settings["first_factors"] = json!(["password", "email_code"]);
        require(&app, &settings);
        let browser = app.browser();
        let (page, code) = challenged(&app, &browser).await;
        let fields = [("code", code.as_str()), ("remember", "yes")];
        let landing = browser.submit(&page, &fields).await;
        arrived(&browser, landing).await;
        // A browser that was remembered by a mail is not excused from another factor than mail.
        for browser in [&app.browser(), &browser] {
            let page = browser.visit(&app.authorization("web").with("prompt", "login").url()).await.page();
            let hidden = page.hidden_fields();
            let fields = [
                ("interaction", hidden["interaction"].as_str()),
                ("csrf_token", &hidden["csrf_token"]),
                ("login", "alice"),
                ("by_mail", "email_code"),
            ];
            let page = browser.follow(browser.post(&format!("{}/sign-in/mail", app.issuer()), &fields).await).await.page();
            let first = code_in(&newest_mail(&app, ALICE).await);
            assert_eq!(first.len(), 8);
            let page = browser.submit(&page, &[("code", &first)]).await.page();
            assert!(page.is_set_up(), "{}", page.html);
            let id = page.hidden_fields()["interaction"].clone();
            let asked = browser.get(&format!("{}/second-factor?interaction={id}&method=email_code", app.issuer())).await;
            assert!(leads_to(&asked, "/second-factor/set-up?"), "{asked:?}");
            let csrf = browser.csrf_token(&app.tenant_id("acme").await, &id);
            let fields = [("interaction", id.as_str()), ("csrf_token", &csrf), ("method", "email_code"), ("code", &first)];
            let forced = browser.post(&format!("{}/second-factor/sent", app.issuer()), &fields).await;
            assert!(leads_to(&forced, "/second-factor?"), "{forced:?}");
            let silent = app.authorization("web").with("prompt", "none");
            assert_ne!(browser.visit(&silent.url()).await.callback().params.get("acr").map(String::as_str), Some("2"));
        }
    }

    async fn ten_wrong_codes_lead_back_to_the_password_and_a_new_one_is_due(app: TestApp) {
        require(&app, &by_mail());
        let browser = app.browser();
        let (page, right) = challenged(&app, &browser).await;
        for turn in 0..10 {
            let refused = type_code(&browser, &page, &wrong(&right)).await;
            assert!(refused.status == 422 && refused.html.contains("This code is not right"), "{turn} {}", refused.html);
        }
        let over = type_code(&browser, &page, &right).await;
        assert!(leads_to(&over, "/sign-in?"), "{over:?}");
        let page = browser.follow(over).await.page();
        app.advance(Duration::from_secs(31));
        let page = browser.submit(&page, &PASSWORD).await.page();
        assert!(is_asking(&page), "{}", page.html);
        assert_eq!(type_code(&browser, &page, &right).await.status, 422);
        assert_eq!(type_code(&browser, &page, &code(&app).await).await.status, 303);
    }

    async fn a_code_that_is_too_old_says_so_and_another_can_be_had(app: TestApp) {
        require(&app, &by_mail());
        let browser = app.browser();
        let (page, first) = challenged(&app, &browser).await;
        app.advance(Duration::from_secs(600));
        let late = type_code(&browser, &page, &first).await;
        assert!(late.status == 422 && late.html.contains("too old"), "{}", late.html);
        assert!(browser.get(&page.url).await.html.contains("too old"));
        assert!(leads_to(&browser.submit_once(&page, &[("again", "yes")]).await, "method=email_code"));
        assert_eq!(type_code(&browser, &page, &code(&app).await).await.status, 303);
    }

    async fn a_code_counts_once_and_in_its_own_sign_in_only(app: TestApp) {
        require(&app, &by_mail());
        let (first, second) = (app.browser(), app.browser());
        let (page, code) = challenged(&app, &first).await;
        let (other, _) = challenged(&app, &second).await;
        assert_eq!(type_code(&second, &other, &code).await.status, 422);
        let interaction = page.hidden_fields()["interaction"].clone();
        let csrf = second.csrf_token(&app.tenant_id("acme").await, &interaction);
        let fields = [("interaction", interaction.as_str()), ("csrf_token", &csrf), ("method", "email_code"), ("code", &code)];
        assert_eq!(second.post(&format!("{}/second-factor/sent", app.issuer()), &fields).await.status, 400);
        let (one, two) = tokio::join!(type_code(&first, &page, &code), type_code(&first, &page, &code));
        let has_session = |page: &&Page| {
            let cookies = page.headers.get_all("set-cookie").iter();
            cookies.filter_map(|cookie| cookie.to_str().ok()).any(|cookie| cookie.contains("latchkey-session-"))
        };
        assert_eq!([&one, &two].iter().copied().filter(has_session).count(), 1, "{one:?} {two:?}");
    }

    async fn an_address_that_nobody_proved_is_no_second_factor(app: TestApp) {
        let users = json!([{ "username": "carol@acme.test", "email": "carol@acme.test", "password": "a-carol-in-december" }]);
        let tenant = json!({ "slug": "acme", "name": "Acme Corporation", "users": users, "settings": { "authentication": by_mail() } });
        app.apply(&json!({ "version": 1, "tenants": [tenant] }).to_string());
        let browser = app.browser();
        let page = browser.visit(&app.authorization("web").url()).await.page();
        let page = browser.submit(&page, &[("login", "carol@acme.test"), ("password", "a-carol-in-december")]).await.page();
        assert!(page.is_set_up(), "{}", page.html);
        assert_eq!(mails(&app).await, 0);
    }

    async fn who_has_an_app_may_have_a_code_mailed_instead_where_that_counts(app: TestApp) {
        require(&app, &json!({ "second_factor": "required" }));
        let browser = app.browser();
        let page = password(&app, &browser, "web").await.page();
        let (_, _, landing) = Authenticator::set_up(&app, &browser, &page).await;
        arrived(&browser, landing).await;
        require(&app, &json!({ "second_factors": ["totp", "email_code"] }));
        app.advance(Duration::from_secs(60));
        let before = mails(&app).await;
        let other = app.browser();
        let page = password(&app, &other, "web").await.page();
        assert!(page.is_second_factor() && page.html.contains("id=\"use-email_code\""), "{}", page.html);
        assert_eq!(mails(&app).await, before);
        let page = other.visit(&format!("{}&method=email_code", page.url)).await.page();
        assert!(is_asking(&page) && page.html.contains("id=\"use-totp\""), "{}", page.html);
        assert_eq!(type_code(&other, &page, &code(&app).await).await.status, 303);
        // Where it does not, it is neither offered nor taken.
        require(&app, &json!({}));
        let third = app.browser();
        let page = password(&app, &third, "web").await.page();
        assert!(page.is_second_factor() && !page.html.contains("email_code"), "{}", page.html);
    }

    async fn a_verified_address_alone_is_not_asked_for_unless_a_factor_is_required(app: TestApp) {
        require(&app, &json!({ "second_factors": ["totp", "email_code"] }));
        let browser = app.browser();
        let landing = password(&app, &browser, "web").await;
        let claims = app.id_token("web", arrived(&browser, landing).await.code()).await;
        assert_eq!(claims["acr"], "1");
        let page = browser.visit(&app.authorization("web").with("acr_values", "2").url()).await.page();
        assert!(is_asking(&page), "{}", page.html);
        let landing = browser.submit(&page, &[("code", &code(&app).await)]).await;
        let claims = app.id_token("web", landing.callback().code()).await;
        assert_eq!((&claims["acr"], &claims["amr"]), (&json!("2"), &json!(["pwd", "otp", "mca", "mfa"])));
    }
}
