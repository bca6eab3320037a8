//! The account console: who may look, who may change something, and the devices that are signed in.

use std::time::Duration;

use latchkey_testkit::{Authenticator, Browser, Page, TestApp, both_backends};
use serde_json::json;

pub const ALICE: [(&str, &str); 2] = [("login", "alice"), ("password", "wonderland-in-spring")];
pub const BOB: [(&str, &str); 2] = [("login", "bob"), ("password", "builder-in-autumn")];
const UNKNOWN_SESSION: &str = "ses_0123456789abcdef0123456789abcdef";

const PASSWORDS: [(&str, &str); 3] = [
    ("present_password", "wonderland-in-spring"),
    ("password", "seven purple teapots sing"),
    ("password_confirmation", "seven purple teapots sing"),
];

/// Every form of the console, with fields that it takes: a form without a row here fails the test of the gate.
pub const FORMS: [(&str, &[(&str, &str)]); 9] = [
    ("/account/sessions", &[("end", UNKNOWN_SESSION)]),
    ("/account/profile", &[("shown", "nickname"), ("nickname", "Mallory")]),
    ("/account/email", &[("action", "change"), ("email", "mallory@acme.test")]),
    ("/account/identities", &[("unlink", "x")]),
    ("/account/language", &[("language", "ja")]),
    ("/account/applications", &[("revoke", "web")]),
    ("/account/data", &[]),
    ("/account/password", &PASSWORDS),
    ("/account/delete", &[("confirmation", "alice")]),
];
/// Forms that go on within a sign-in of their own (see `own_factors`), or by a secret of their own (see `own_deletion`,
/// `own_email`, `not_me`).
const NOT_OF_THE_GATE: [&str; 7] = [
    "POST /account/security",
    "POST /account/passkeys",
    "POST /account/push-devices",
    "POST /account/keep",
    "POST /account/email/confirm",
    "POST /account/email/undo",
    "POST /account/not-me",
];

/// The fields of the form at that path.
pub fn form(path: &str) -> Option<&'static [(&'static str, &'static str)]> {
    FORMS.iter().find(|(known, _)| *known == path).map(|(_, fields)| *fields)
}

/// A browser that is signed in, by an application; nothing is proved for the console.
pub async fn signed_in(app: &TestApp, login: &str) -> Browser {
    let browser = app.browser();
    app.sign_in_with(&browser, login, &app.authorization("web")).await;
    browser
}

/// Opens a page of the console.
pub async fn open(app: &TestApp, browser: &Browser, path: &str) -> Page {
    browser.visit(&format!("{}{path}", app.issuer())).await.page()
}

/// Proves to the console that it is they, and opens a page of it.
pub async fn proved(app: &TestApp, browser: &Browser, who: &[(&str, &str)], path: &str) -> Page {
    let security = open(app, browser, "/account/security").await;
    assert!(security.is_sign_in(), "{}", security.html);
    let landing = browser.submit(&security, who).await.page();
    assert!(landing.html.contains("Your second factors"), "{}", landing.html);
    open(app, browser, path).await
}

/// Sends a form of the console as its page would, had it been shown.
pub async fn send(app: &TestApp, browser: &Browser, path: &str, fields: &[(&str, &str)]) -> Page {
    let tenant = app.tenant_id("acme").await;
    let account = browser.session_id(&tenant);
    let csrf_token = browser.csrf_token(&tenant, &account);
    let mut all = vec![("csrf_token", csrf_token.as_str()), ("account", account.as_str())];
    all.extend_from_slice(fields);
    browser.post(&format!("{}{path}", app.issuer()), &all).await
}

pub fn location(page: &Page) -> &str {
    page.headers.get("location").and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// Whether the browser gets a code without a page.
pub async fn is_signed_in(app: &TestApp, browser: &Browser) -> bool {
    let silent = app.authorization("web").with("prompt", "none").with("scope", "openid");
    browser.visit(&silent.url()).await.callback().params.contains_key("code")
}

both_backends! {
    async fn a_session_is_enough_to_look_and_none_is_asked_to_sign_in(app: TestApp) {
        let browser = app.browser();
        for path in ["/account", "/account/sessions", "/account/applications", "/account/language", "/account/profile"] {
            assert!(open(&app, &browser, path).await.is_sign_in(), "{path}");
        }
        let page = browser.submit(&open(&app, &browser, "/account").await, &ALICE).await.page();
        assert!(page.url.ends_with("/account") && page.status == 200, "{}: {}", page.url, page.html);
        for part in ["Alice Liddell", "alice@acme.test", "aria-current=\"page\"", "stolen password"] {
            assert!(page.html.contains(part), "{part}: {}", page.html);
        }
        let other = signed_in(&app, "bob").await;
        let page = open(&app, &other, "/account").await;
        assert!(page.html.contains("Bob Builder") && !page.html.contains("Alice"), "{}", page.html);
    }

    async fn every_form_of_the_console_is_refused_without_a_proof_and_after_a_quarter_of_an_hour(app: TestApp) {
        for route in app.routes().iter().filter(|route| route.starts_with("POST /account")) {
            let path = route.trim_start_matches("POST ");
            assert!(form(path).is_some() || NOT_OF_THE_GATE.contains(&route.as_str()), "{route} has no row");
        }
        let browser = signed_in(&app, "alice").await;
        for (path, fields) in FORMS {
            let refused = send(&app, &browser, path, fields).await;
            assert!(refused.status == 303 && location(&refused).contains("/sign-in?"), "{path}: {refused:?}");
        }
        proved(&app, &browser, &ALICE, "/account").await;
        app.advance(Duration::from_secs(16 * 60));
        for (path, fields) in FORMS {
            let refused = send(&app, &browser, path, fields).await;
            assert!(refused.status == 303 && location(&refused).contains("/sign-in?"), "{path}: {refused:?}");
        }
        assert!(is_signed_in(&app, &browser).await, "what was allowed to the application stands");
        let page = proved(&app, &browser, &ALICE, "/account/profile").await;
        assert!(!page.html.contains("Mallory") && page.html.contains("lang=\"en\""), "{}", page.html);
    }

    async fn a_proof_is_of_one_session_and_one_user(app: TestApp) {
        let browser = app.browser();
        proved(&app, &browser, &ALICE, "/account").await;
        let elsewhere = signed_in(&app, "alice").await;
        let bobs = signed_in(&app, "bob").await;
        for other in [&elsewhere, &bobs] {
            let refused = send(&app, other, "/account/sessions", &[("action", "end_others")]).await;
            assert!(location(&refused).contains("/sign-in?"), "{refused:?}");
        }
        assert!(is_signed_in(&app, &browser).await && is_signed_in(&app, &elsewhere).await);
    }

    async fn a_proof_on_one_page_is_good_on_every_other(app: TestApp) {
        let browser = signed_in(&app, "alice").await;
        // Refused first, then signed in for that page, then the other pages ask no more.
        let refused = send(&app, &browser, "/account/sessions", &[("action", "end_others")]).await;
        let sign_in = browser.follow(refused).await.page();
        assert!(sign_in.is_sign_in() && sign_in.html.contains("alice@acme.test"), "the name stands there: {}", sign_in.html);
        let page = browser.submit(&sign_in, &ALICE).await.page();
        assert!(page.url.ends_with("/account/sessions"), "{}", page.url);
        let security = open(&app, &browser, "/account/security").await;
        assert!(security.html.contains("Your second factors"), "{}", security.html);
        let ended = send(&app, &browser, "/account/sessions", &[("action", "end_others")]).await;
        assert!(location(&ended).ends_with("/account/sessions?note=ended"), "{ended:?}");
    }

    async fn who_has_a_second_factor_proves_it_to_the_console_whatever_the_tenant_asks_for(app: TestApp) {
        let browser = app.browser();
        let security = proved(&app, &browser, &ALICE, "/account/security").await;
        let set_up = browser.visit(&security.url.replace("/account/security?", "/second-factor/set-up?")).await.page();
        let (authenticator, _, _) = Authenticator::set_up(&app, &browser, &set_up).await;
        app.set_settings(&json!({ "authentication": { "second_factor": "off" } }));
        app.advance(Duration::from_secs(60));
        let stranger = signed_in(&app, "alice").await;
        let refused = send(&app, &stranger, "/account/sessions", &[("action", "end_others")]).await;
        let sign_in = stranger.follow(refused).await.page();
        let code = stranger.submit(&sign_in, &ALICE).await.page();
        assert!(code.is_second_factor(), "{}", code.html);
        let refused = send(&app, &stranger, "/account/sessions", &[("action", "end_others")]).await;
        assert!(location(&refused).contains("/sign-in?"), "the password alone is not enough: {refused:?}");
        assert!(is_signed_in(&app, &browser).await);
        let page = stranger.submit(&code, &[("code", &authenticator.code(&app))]).await.page();
        assert!(page.url.ends_with("/account/sessions"), "{}", page.url);
        let ended = send(&app, &stranger, "/account/sessions", &[("action", "end_others")]).await;
        assert!(location(&ended).contains("note=ended"), "{ended:?}");
        assert!(!is_signed_in(&app, &browser).await && is_signed_in(&app, &stranger).await);
    }

    async fn a_forged_form_of_the_console_is_refused(app: TestApp) {
        let browser = app.browser();
        proved(&app, &browser, &ALICE, "/account").await;
        let other = signed_in(&app, "alice").await;
        let tenant = app.tenant_id("acme").await;
        let account = browser.session_id(&tenant);
        let genuine = browser.csrf_token(&tenant, &account);
        let of_another_session = browser.csrf_token(&tenant, UNKNOWN_SESSION);
        for (path, fields) in FORMS {
            let url = format!("{}{path}", app.issuer());
            for token in [None, Some(""), Some("x"), Some(of_another_session.as_str())] {
                let mut all = vec![("account", account.as_str())];
                all.extend(token.map(|token| ("csrf_token", token)));
                all.extend_from_slice(fields);
                assert_eq!(browser.post(&url, &all).await.status, 403, "{path} {token:?}");
            }
            let mut all = vec![("account", account.as_str()), ("csrf_token", genuine.as_str())];
            all.extend_from_slice(fields);
            assert_eq!(browser.post_from("https://evil.example", &url, &all).await.status, 403, "{path}");
        }
        assert!(is_signed_in(&app, &other).await);
    }

    async fn a_form_of_one_account_changes_nothing_of_another_that_became_the_active_one(app: TestApp) {
        let browser = app.browser();
        let page = proved(&app, &browser, &ALICE, "/account/sessions").await;
        let elsewhere = signed_in(&app, "bob").await;
        // In another tab bob signs in to the console.
        app.sign_in_with(&browser, "bob", &app.authorization("web").with("prompt", "login")).await;
        proved(&app, &browser, &BOB, "/account").await;
        let answer = browser.submit(&page, &[("action", "end_others")]).await.page();
        assert!(answer.html.contains("Nothing was changed") && answer.html.contains("Bob Builder"), "{}", answer.html);
        assert!(is_signed_in(&app, &elsewhere).await);
    }

    async fn another_account_of_the_browser_is_chosen_for_the_console(app: TestApp) {
        let browser = signed_in(&app, "alice").await;
        app.sign_in_with(&browser, "bob", &app.authorization("web").with("prompt", "login")).await;
        let chooser = open(&app, &browser, "/account/switch").await;
        assert!(chooser.is_account_chooser(), "{}", chooser.html);
        let alice = chooser.offered_accounts().pop().expect("two accounts");
        let page = browser.submit(&chooser, &[("account", &alice)]).await.page();
        assert!(page.url.ends_with("/account") && page.html.contains("Alice Liddell"), "{}", page.html);
    }

    async fn devices_are_listed_and_one_or_all_others_are_signed_out(app: TestApp) {
        let (phone, laptop) = (signed_in(&app, "alice").await, signed_in(&app, "alice").await);
        let browser = app.browser();
        let page = proved(&app, &browser, &ALICE, "/account/sessions").await;
        assert_eq!(page.html.matches("name=\"end\"").count(), 2, "{}", page.html);
        assert!(page.html.contains("This one") && page.html.contains("127.0.0.1"), "{}", page.html);
        let tenant = app.tenant_id("acme").await;
        let (phones, laptops) = (phone.session_id(&tenant), laptop.session_id(&tenant));
        assert!(page.html.contains(&phones) && page.html.contains(&laptops), "{}", page.html);
        let page = browser.submit(&page, &[("end", &phones)]).await.page();
        assert!(page.html.contains("Signed out there") && !page.html.contains(&phones), "{}", page.html);
        assert!(!is_signed_in(&app, &phone).await && is_signed_in(&app, &laptop).await);
        // The page was opened twice, and is sent from the other tab.
        let page = browser.submit(&page, &[("end", &phones)]).await.page();
        assert!(page.status == 200 && page.html.contains(&laptops), "{}", page.html);
        let page = browser.submit(&page, &[("action", "end_others")]).await.page();
        assert!(!page.html.contains("name=\"end\""), "{}", page.html);
        assert!(!is_signed_in(&app, &laptop).await && is_signed_in(&app, &browser).await);
    }

    async fn another_users_session_cannot_be_seen_or_ended(app: TestApp) {
        let victim = signed_in(&app, "bob").await;
        let bobs = victim.session_id(&app.tenant_id("acme").await);
        let browser = app.browser();
        let page = proved(&app, &browser, &ALICE, "/account/sessions").await;
        assert!(!page.html.contains(&bobs), "{}", page.html);
        assert_eq!(browser.submit_once(&page, &[("end", &bobs)]).await.status, 303);
        assert_eq!(browser.submit_once(&page, &[("action", "end_others")]).await.status, 303);
        assert!(is_signed_in(&app, &victim).await);
        for junk in ["", "x", "ses_", "' OR 1=1 --"] {
            let status = browser.submit_once(&page, &[("end", junk)]).await.status;
            assert!((400..500).contains(&status), "{junk}: {status}");
        }
    }

    async fn what_happened_is_told_in_plain_words_and_to_its_user_alone(app: TestApp) {
        let browser = signed_in(&app, "alice").await;
        proved(&app, &browser, &ALICE, "/account").await;
        let profile = [("shown", "nickname"), ("nickname", "Al")];
        for nickname in 0..31 {
            app.advance(Duration::from_millis(1));
            let profile = [profile[0], ("nickname", &*format!("Al {nickname}"))];
            assert_eq!(send(&app, &browser, "/account/profile", &profile).await.status, 303);
        }
        app.advance(Duration::from_millis(1));
        assert_eq!(send(&app, &browser, "/account/applications", &[("revoke", "web")]).await.status, 303);
        let page = open(&app, &browser, "/account/activity").await;
        for part in ["Your profile was changed", "Access was taken from an application", "Acme Web", "127.0.0.1"] {
            assert!(page.html.contains(part), "{part}: {}", page.html);
        }
        let older = page.html.split("/account/activity?before=").nth(1).and_then(|rest| rest.split('"').next());
        let older = open(&app, &browser, &format!("/account/activity?before={}", older.expect("older ones"))).await;
        assert!(older.html.contains("Your profile was changed"), "{}", older.html);
        assert!(!older.html.contains("Access was taken"), "{}", older.html);
        assert_eq!(open(&app, &browser, "/account/activity?before=x").await.status, 400);
        let bobs = signed_in(&app, "bob").await;
        let page = open(&app, &bobs, "/account/activity").await;
        assert!(!page.html.contains("Your profile was changed"), "{}", page.html);
    }
}
