//! The way back for who forgot the password.

use std::time::Duration;

use latchkey_testkit::{Authenticator, Browser, Page, TestApp, both_backends};
use serde_json::json;

const ALICE: [(&str, &str); 2] = [("login", "alice"), ("password", "wonderland-in-spring")];
const CHOSEN: &str = "through the looking-glass";
const NEW: [(&str, &str); 2] = [("login", "alice"), ("password", CHOSEN)];

/// Asks for a link on the page of a sign-in to `web`; the answer.
async fn forget(app: &TestApp, browser: &Browser, login: &str) -> Page {
    let sign_in = browser.visit(&app.authorization("web").with("scope", "openid").url()).await.page();
    assert!(sign_in.html.contains("id=\"forgot-password\""), "{}", sign_in.html);
    let page = browser.visit(&sign_in.url.replace("/sign-in?", "/forgot-password?")).await.page();
    browser.submit(&page, &[("login", login)]).await.page()
}

/// The link of that mail to alice.
async fn link(app: &TestApp, number: usize) -> String {
    let mail = app.nth_mail_that("alice@acme.test", number, |mail| mail.text.contains("/reset-password?token="));
    let text = mail.await.text;
    let link = text.lines().find(|line| line.contains("/reset-password?token="));
    link.unwrap_or_else(|| panic!("no link in {text}")).trim().to_owned()
}

async fn choose(browser: &Browser, page: &Page, password: &str) -> Page {
    browser.submit(page, &[("password", password), ("password_confirmation", password)]).await.page()
}

async fn is_let_in(app: &TestApp, login: &[(&str, &str)]) -> bool {
    let browser = app.browser();
    let page = browser.visit(&app.authorization("web-post").with("scope", "openid").url()).await.page();
    !matches!(browser.submit(&page, login).await, latchkey_testkit::Landing::Page(page) if page.is_sign_in())
}

both_backends! {
    async fn a_mailed_link_leads_to_a_new_password_once_and_back_to_the_sign_in(app: TestApp) {
        let browser = app.browser();
        let _ = forget(&app, &browser, "alice").await;
        let link = link(&app, 1).await;
        assert!(link.starts_with(&format!("{}/reset-password?token=", app.issuer())), "{link}");
        let page = browser.get(&link).await;
        assert!(page.status == 200 && page.html.contains("value=\"alice\""), "{}", page.html);
        assert_eq!(browser.get(&link).await.status, 200, "opening it uses nothing up");
        assert!(is_let_in(&app, &ALICE).await, "the old password is good until there is another");

        for (password, again, said) in [("", "", "Choose a password."), (CHOSEN, "x", "not the same"), ("short", "short", "Use at least")] {
            let refused = browser.submit(&page, &[("password", password), ("password_confirmation", again)]).await.page();
            assert!(refused.status == 422 && refused.html.contains(said), "{}", refused.html);
        }
        let done = choose(&browser, &page, CHOSEN).await;
        assert!(done.status == 200 && done.html.contains("id=\"sign-in\""), "{}", done.html);
        assert!(browser.cookie("-session-").is_none(), "nobody is signed in by a link");
        assert!(!is_let_in(&app, &ALICE).await);
        assert!(is_let_in(&app, &NEW).await);

        let spent = browser.get(&link).await;
        assert!(spent.status == 400 && spent.html.contains("/forgot-password"), "{}", spent.html);
        assert_eq!(choose(&browser, &page, "a thief's password").await.status, 400, "and so is its form");
        assert!(is_let_in(&app, &NEW).await);
    }

    async fn the_answer_is_the_same_for_who_exists_and_for_who_does_not(app: TestApp) {
        let mut answers = Vec::new();
        for login in ["alice", "alice@acme.test", "nobody-of-that-name", "nobody@acme.test", "carol"] {
            let browser = app.browser();
            let page = browser.visit(&format!("{}/forgot-password", app.issuer())).await.page();
            let answer = browser.submit_once(&page, &[("login", login)]).await;
            assert_eq!(answer.status, 200, "{}", answer.html);
            let nonce_free: Vec<&str> = answer.html.lines().filter(|line| !line.contains("nonce")).collect();
            answers.push(nonce_free.join("\n"));
        }
        assert!(answers.windows(2).all(|pair| pair[0] == pair[1]), "{answers:?}");
        let _ = link(&app, 2).await;
        app.empty_outbox().await;
        assert_eq!(app.mailer().sent().len(), 2, "one to the name and one to the address");
    }

    async fn what_is_typed_wrong_is_said(app: TestApp) {
        let browser = app.browser();
        let page = browser.visit(&format!("{}/forgot-password", app.issuer())).await.page();
        for login in ["", "   ", &"x".repeat(400)] {
            let answer = browser.submit_once(&page, &[("login", login)]).await;
            assert_eq!(answer.status, 422, "{}", answer.html);
        }
        for token in ["", "x", "%00", "a&token=b"] {
            let page = app.browser().get(&format!("{}/reset-password?token={token}", app.issuer())).await;
            assert_eq!(page.status, 400, "{token}: {}", page.html);
        }
    }

    async fn asking_again_ends_the_link_before_and_each_has_its_time(app: TestApp) {
        let browser = app.browser();
        let _ = forget(&app, &browser, "alice").await;
        let first = link(&app, 1).await;
        let _ = forget(&app, &browser, "alice").await;
        let second = link(&app, 2).await;
        assert_eq!(browser.get(&first).await.status, 400);
        assert_eq!(browser.get(&second).await.status, 200);
        app.advance(Duration::from_secs(30 * 60));
        assert_eq!(browser.get(&second).await.status, 400);
    }

    async fn a_link_dies_with_the_address_the_user_and_in_another_tenant(app: TestApp) {
        let browser = app.browser();
        let _ = forget(&app, &browser, "alice").await;
        let link = link(&app, 1).await;
        assert_eq!(browser.get(&link.replace("/t/acme/", "/t/globex/")).await.status, 400);
        app.apply("version: 1\ntenants:\n  - slug: acme\n    name: Acme Corporation\n    users:\n      - username: alice\n        email: moved@acme.test\n");
        assert_eq!(browser.get(&link).await.status, 400, "it was sent to an address that is no more hers");
        app.apply("version: 1\ntenants:\n  - slug: acme\n    name: Acme Corporation\n    users:\n      - username: alice\n        email: alice@acme.test\n");
        assert_eq!(browser.get(&link).await.status, 200);
        app.disable_user("alice").await;
        assert_eq!(browser.get(&link).await.status, 400);
    }

    async fn a_reset_ends_sessions_and_what_was_granted(app: TestApp) {
        let browser = app.browser();
        let request = app.authorization("web").with("scope", "openid offline_access");
        let callback = app.sign_in_with(&browser, "alice", &request).await;
        let tokens = app.redeem("web", callback.code()).await.ok();
        let other = app.browser();
        let _ = forget(&app, &other, "alice").await;
        let page = other.get(&link(&app, 1).await).await;
        assert_eq!(choose(&other, &page, CHOSEN).await.status, 200);
        let silent = app.authorization("web").with("scope", "openid").with("prompt", "none");
        assert_eq!(browser.visit(&silent.url()).await.callback().param("error"), "login_required");
        app.refresh("web", &tokens.string("refresh_token")).await.expect_error(400, "invalid_grant");
        assert_eq!(app.userinfo(&tokens.string("access_token")).await.status, 401);
    }

    async fn a_tenant_may_leave_offline_access_to_applications(app: TestApp) {
        app.set_settings(&json!({ "password_reset_ends": "sessions" }));
        let offline = app.tokens("web", "alice", "openid offline_access").await;
        let online = app.tokens("web", "alice", "openid").await;
        let browser = app.browser();
        let _ = forget(&app, &browser, "alice").await;
        let page = browser.get(&link(&app, 1).await).await;
        assert_eq!(choose(&browser, &page, CHOSEN).await.status, 200);
        let _ = app.refresh("web", &offline.string("refresh_token")).await.ok();
        assert_eq!(app.userinfo(&online.string("access_token")).await.status, 401);
    }

    async fn a_reset_never_skips_the_second_factor(app: TestApp) {
        let setting_up = app.browser();
        let page = setting_up.visit(&format!("{}/account/security", app.issuer())).await.page();
        let page = setting_up.submit(&page, &ALICE).await.page();
        let set_up = setting_up.visit(&page.url.replace("/account/security?", "/second-factor/set-up?")).await.page();
        let _ = Authenticator::set_up(&app, &setting_up, &set_up).await;
        let browser = app.browser();
        let _ = forget(&app, &browser, "alice").await;
        let page = browser.get(&link(&app, 1).await).await;
        assert_eq!(choose(&browser, &page, CHOSEN).await.status, 200);
        let page = browser.visit(&app.authorization("web").url()).await.page();
        assert!(browser.submit(&page, &NEW).await.page().is_second_factor());
    }

    async fn mails_for_one_account_and_from_one_address_are_bounded_without_a_word(app: TestApp) {
        let browser = app.browser();
        let page = browser.visit(&format!("{}/forgot-password", app.issuer())).await.page();
        for _ in 0..7 {
            assert_eq!(browser.submit_once(&page, &[("login", "alice")]).await.status, 200);
        }
        app.empty_outbox().await;
        assert_eq!(app.mailer().sent().len(), 5);
        for number in 7..20 {
            assert_eq!(browser.submit_once(&page, &[("login", &format!("nobody-{number}"))]).await.status, 200);
        }
        let refused = browser.submit_once(&page, &[("login", "bob")]).await;
        assert_eq!(refused.status, 429, "{}", refused.html);
        assert!(refused.headers.contains_key("retry-after"));
    }
}
