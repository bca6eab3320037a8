//! Accounts that were signed in in a browser, and are offered there by name.

use latchkey_testkit::{Browser, Page, TestApp, both_backends};
use serde_json::json;

use crate::console::signed_in;

/// The page that a client gets shown that asks for the choice.
async fn chooser(app: &TestApp, browser: &Browser) -> Page {
    browser.visit(&app.authorization("web").with("prompt", "select_account").url()).await.page()
}

/// The ids of the accounts that are offered although nobody is signed in to them.
fn remembered(page: &Page) -> Vec<String> {
    let values = page.html.split("name=\"remembered\" value=\"").skip(1);
    values.filter_map(|rest| Some(rest.split_once('"')?.0.to_owned())).collect()
}

both_backends! {
    async fn who_signed_out_is_offered_by_name_and_one_click_fills_the_name(app: TestApp) {
        let browser = signed_in(&app, "alice").await;
        assert!(remembered(&chooser(&app, &browser).await).is_empty(), "who is signed in is offered as such");
        app.sign_out(&browser).await;
        let page = chooser(&app, &browser).await;
        assert!(page.html.contains("Alice Liddell") && page.html.contains("alice@acme.test"), "{}", page.html);
        assert!(!page.is_account_chooser(), "nobody is signed in: {}", page.html);
        let [alice] = remembered(&page).try_into().expect("one account");
        let sign_in = browser.submit(&page, &[("remembered", &alice)]).await.page();
        assert!(sign_in.is_sign_in() && sign_in.html.contains("value=\"alice@acme.test\""), "{}", sign_in.html);
        // Remembered is not signed in.
        let silent = browser.visit(&app.authorization("web").with("prompt", "none").url()).await.callback();
        assert_eq!(silent.param("error"), "login_required");
        let password = [("login", "alice@acme.test"), ("password", "wonderland-in-spring")];
        assert!(!browser.submit(&sign_in, &password).await.callback().code().is_empty());
    }

    async fn the_sign_in_page_leads_to_the_accounts_that_are_remembered(app: TestApp) {
        let browser = signed_in(&app, "alice").await;
        app.sign_out(&browser).await;
        let page = browser.visit(&app.authorization("web").url()).await.page();
        assert!(page.is_sign_in() && page.html.contains("/choose-account?"), "{}", page.html);
        let page = browser.visit(&page.url.replace("/sign-in?", "/choose-account?")).await.page();
        assert_eq!(remembered(&page).len(), 1, "{}", page.html);
        assert!(app.browser().visit(&app.authorization("web").with("prompt", "select_account").url()).await.page().is_sign_in());
    }

    async fn signed_in_and_signed_out_accounts_stand_on_one_page(app: TestApp) {
        let browser = signed_in(&app, "alice").await;
        app.sign_in_with(&browser, "bob", &app.authorization("web").with("prompt", "login")).await;
        let page = chooser(&app, &browser).await;
        let bob = page.offered_accounts().remove(0);
        let page = browser.submit(&page, &[("sign_out", &bob)]).await.page();
        assert!(page.offered_accounts().len() == 1 && remembered(&page).len() == 1, "{}", page.html);
        assert!(page.html.contains("Bob Builder") && page.html.contains("Alice Liddell"), "{}", page.html);
    }

    async fn a_forgotten_account_is_offered_no_more(app: TestApp) {
        let browser = signed_in(&app, "alice").await;
        app.sign_in_with(&browser, "bob", &app.authorization("web").with("prompt", "login")).await;
        let page = browser.visit(&app.logout_url(&[])).await.page();
        let _ = browser.submit(&page, &[("accounts", "all")]).await.page();
        let page = chooser(&app, &browser).await;
        let before = remembered(&page);
        let page = browser.submit(&page, &[("forget", &before[0])]).await.page();
        assert_eq!(remembered(&page), before[1..], "{}", page.html);
        // From a page that was opened before: it is forgotten already.
        let page = browser.submit(&page, &[("forget", &before[0])]).await.page();
        assert_eq!(page.status, 200);
    }

    async fn nobody_is_offered_who_did_not_sign_in_there(app: TestApp) {
        let browser = signed_in(&app, "alice").await;
        app.sign_out(&browser).await;
        let page = chooser(&app, &browser).await;
        let [alice] = remembered(&page).try_into().expect("one account");
        // A user of that id is not in this browser's cookie.
        let stranger = app.browser();
        let sign_in = stranger.visit(&app.authorization("web").url()).await.page();
        let filled = stranger.visit(&format!("{}&remembered={alice}", sign_in.url)).await.page();
        assert!(filled.is_sign_in() && !filled.html.contains("alice"), "{}", filled.html);
        for junk in ["x", "usr_", "%00"] {
            let status = stranger.get(&format!("{}&remembered={junk}", sign_in.url)).await.status;
            assert!(status < 500, "{junk}: {status}");
        }
        // The cookie of one tenant is worth nothing at another, nor is one of somebody's own making.
        let (acme, globex) = (app.tenant_id("acme").await, app.tenant_id("globex").await);
        let cookie = browser.cookie(&format!("latchkey-accounts-{acme}")).expect("a cookie");
        let at_globex = app.authorization_of("globex", "web").with("prompt", "select_account").url();
        for value in [cookie.as_str(), "W10", "", "e30.e30"] {
            let page = app.get_with_cookie(&at_globex, &format!("latchkey-accounts-{globex}"), value).await;
            assert!(page.status < 500 && !page.html.contains("Alice"), "{value}: {}", page.html);
        }
        assert!(!cookie.contains("alice"), "nothing is readable in it");
    }

    async fn a_wrong_password_leaves_no_name_behind(app: TestApp) {
        let browser = app.browser();
        let page = browser.visit(&app.authorization("web").url()).await.page();
        let _ = browser.submit_once(&page, &[("login", "alice"), ("password", "wrong")]).await;
        assert!(chooser(&app, &browser).await.is_sign_in());
        assert!(browser.cookie(&format!("latchkey-accounts-{}", app.tenant_id("acme").await)).is_none());
    }

    async fn where_the_tenant_does_not_want_it_nothing_is_remembered(app: TestApp) {
        let before = signed_in(&app, "bob").await;
        app.sign_out(&before).await;
        app.set_settings(&json!({ "account": { "remembered_accounts": false } }));
        let browser = signed_in(&app, "alice").await;
        app.sign_out(&browser).await;
        for browser in [&browser, &before] {
            let page = chooser(&app, browser).await;
            assert!(page.is_sign_in() && !page.html.contains("/choose-account?"), "{}", page.html);
        }
    }
}
