//! A user changes the own address: it counts once its link was followed, and the owner of the old one can take it back.

use std::time::Duration;

use latchkey_testkit::{Browser, Page, TestApp, both_backends};
use serde_json::{Value, json};

use crate::console::{ALICE, BOB, is_signed_in, open, proved, send, signed_in};

const PATH: &str = "/account/email";
const NEW: &str = "liddell@acme.test";
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// What an application is told of the address.
async fn told(app: &TestApp, login: &str) -> Value {
    let tokens = app.tokens("web", login, "openid email").await;
    let claims = app.userinfo(&tokens.string("access_token")).await.ok().json;
    json!([claims["email"], claims["email_verified"]])
}

async fn ask(browser: &Browser, page: &Page, email: &str) -> Page {
    browser.submit(page, &[("action", "change"), ("email", email)]).await.page()
}

/// The link of that kind in the last mail to the address that holds one.
async fn link(app: &TestApp, to: &str, kind: &str) -> String {
    app.empty_outbox().await;
    let mails = app.mailer().sent().into_iter().filter(|mail| mail.to == [to]);
    let texts: Vec<String> = mails.map(|mail| mail.text).collect();
    let words = texts.iter().flat_map(|text| text.split_whitespace());
    let part = format!("{kind}?token=");
    let mut links = words.filter(|word| word.contains(&part));
    links.next_back().unwrap_or_else(|| panic!("no {kind} in {texts:?}")).to_owned()
}

async fn confirm_link(app: &TestApp, to: &str) -> String {
    link(app, to, "/account/email/confirm").await
}

/// Alice gets that address, in a browser of her own.
async fn moved(app: &TestApp, who: &[(&str, &str)], login: &str, to: &str) -> Browser {
    let browser = signed_in(app, login).await;
    let page = proved(app, &browser, who, PATH).await;
    let _ = ask(&browser, &page, to).await;
    let page = browser.visit(&confirm_link(app, to).await).await.page();
    let done = browser.submit_once(&page, &[]).await;
    assert!(done.status == 200 && done.html.contains("The address is confirmed"), "{}", done.html);
    browser
}

async fn is_let_in(app: &TestApp, login: &str, password: &str) -> bool {
    let browser = app.browser();
    let page = browser.visit(&app.authorization("web-post").with("scope", "openid").url()).await.page();
    let landing = browser.submit(&page, &[("login", login), ("password", password)]).await;
    !matches!(landing, latchkey_testkit::Landing::Page(page) if page.is_sign_in())
}

async fn mails_to(app: &TestApp, address: &str) -> Vec<String> {
    app.empty_outbox().await;
    app.mailer().sent().into_iter().filter(|mail| mail.to == [address]).map(|mail| mail.subject).collect()
}

both_backends! {
    async fn an_address_counts_once_its_link_was_followed_and_not_before(app: TestApp) {
        let browser = signed_in(&app, "alice").await;
        let page = proved(&app, &browser, &ALICE, PATH).await;
        assert!(page.html.contains("alice@acme.test") && page.html.contains("(confirmed)"), "{}", page.html);
        let page = ask(&browser, &page, &format!("  {NEW} ")).await;
        assert!(page.html.contains("A mail is on its way") && page.html.contains(NEW), "{}", page.html);
        let link = confirm_link(&app, NEW).await;
        assert!(link.starts_with(&format!("{}/account/email/confirm?token=", app.issuer())), "{link}");
        let page = browser.visit(&link).await.page();
        assert!(page.status == 200 && page.html.contains("Alice Liddell") && page.html.contains(NEW), "{}", page.html);
        assert_eq!(told(&app, "alice").await, json!(["alice@acme.test", true]), "looking changes nothing");

        let done = browser.submit_once(&page, &[]).await;
        assert!(done.status == 200 && done.html.contains("Your account has the address"), "{}", done.html);
        assert_eq!(told(&app, "alice").await, json!([NEW, true]));
        assert!(is_let_in(&app, NEW, ALICE[1].1).await);
        assert!(!is_let_in(&app, "alice@acme.test", ALICE[1].1).await);
        assert!(is_signed_in(&app, &browser).await, "the own session stays");
        let again = browser.submit_once(&page, &[]).await;
        assert!(again.status == 400 && again.html.contains("cannot be used"), "{}", again.html);
        assert!(mails_to(&app, "alice@acme.test").await.iter().any(|subject| subject.contains("has changed")));
        let page = open(&app, &browser, PATH).await;
        assert!(page.html.contains(NEW) && !page.html.contains("Waiting to be confirmed"), "{}", page.html);
        assert!(open(&app, &browser, "/account/activity").await.html.contains("Your email address was changed"));
    }

    async fn a_link_is_followed_by_who_is_signed_in_to_its_account(app: TestApp) {
        let browser = signed_in(&app, "alice").await;
        let page = proved(&app, &browser, &ALICE, PATH).await;
        let _ = ask(&browser, &page, NEW).await;
        let link = confirm_link(&app, NEW).await;
        // Whoever has an address confirmed for the account of somebody else would prove it for them.
        let other = signed_in(&app, "bob").await;
        let refused = other.visit(&link).await.page();
        assert!(refused.status == 400 && refused.html.contains("Bob Builder"), "{}", refused.html);
        assert!(!refused.html.contains(NEW) && !refused.html.contains("Alice"), "{}", refused.html);
        let token = link.split("token=").nth(1).expect("a token");
        let csrf_token = other.csrf_token(&app.tenant_id("acme").await, token);
        let url = format!("{}/account/email/confirm", app.issuer());
        assert_eq!(other.post(&url, &[("csrf_token", &csrf_token), ("token", token)]).await.status, 400);
        assert_eq!(told(&app, "alice").await, json!(["alice@acme.test", true]));

        // In a browser of its own, a telephone's: after the sign-in, whose record does not hold the token.
        let phone = app.browser();
        let sign_in = phone.visit(&link).await.page();
        assert!(sign_in.is_sign_in(), "{}", sign_in.html);
        let page = phone.submit(&sign_in, &ALICE).await.page();
        assert!(page.html.contains("Confirm this address?") && !page.url.contains(token), "{}: {}", page.url, page.html);
        assert_eq!(phone.submit_once(&page, &[]).await.status, 200);
        assert_eq!(told(&app, "alice").await, json!([NEW, true]));
    }

    async fn of_an_address_that_another_account_has_nobody_is_told_but_its_owner(app: TestApp) {
        let browser = signed_in(&app, "alice").await;
        let page = proved(&app, &browser, &ALICE, PATH).await;
        let free = ask(&browser, &page, NEW).await;
        let taken = ask(&browser, &page, "bob@acme.test").await;
        let same = |page: &Page, email: &str| {
            let tokens = page.hidden_fields();
            let html = tokens.iter().fold(page.html.clone(), |html, (_, value)| html.replace(value.as_str(), ""));
            html.split("nonce").next().unwrap_or_default().len() + html.replace(email, "").len()
        };
        assert_eq!(taken.status, free.status);
        assert!(taken.html.contains("A mail is on its way") && taken.html.contains("Waiting to be confirmed"));
        assert!(same(&free, NEW).abs_diff(same(&taken, "bob@acme.test")) < 64, "{}\n{}", free.html, taken.html);
        app.empty_outbox().await;
        let sent = app.mailer().sent();
        let mail = sent.iter().find(|mail| mail.to == ["bob@acme.test"]).expect("a mail");
        assert!(mail.text.contains("stays there") && !mail.text.contains("token="), "{}", mail.text);
        assert!(!mail.text.contains("Alice"), "{}", mail.text);
        assert_eq!(told(&app, "bob").await, json!(["bob@acme.test", true]));
    }

    async fn the_owner_of_the_old_address_takes_the_change_back(app: TestApp) {
        let offline = app.tokens("web", "alice", "openid offline_access").await;
        let thief = moved(&app, &ALICE, "alice", NEW).await;
        let link = link(&app, "alice@acme.test", "/account/email/undo").await;
        assert!(link.starts_with(&app.issuer()), "{link}");
        let browser = app.browser();
        let page = browser.visit(&link).await.page();
        assert!(page.status == 200 && page.html.contains("alice@acme.test") && !page.html.contains(NEW), "{}", page.html);
        assert!(is_signed_in(&app, &thief).await, "looking changes nothing");
        let done = browser.submit_once(&page, &[]).await;
        assert!(done.status == 200 && done.html.contains("The change is taken back"), "{}", done.html);
        assert!(!is_signed_in(&app, &thief).await);
        app.refresh("web", &offline.string("refresh_token")).await.expect_error(400, "invalid_grant");
        assert!(!is_let_in(&app, "alice", ALICE[1].1).await, "whoever changed the address knew the password");
        assert_eq!(browser.submit_once(&page, &[]).await.status, 400, "once");

        let reset = done.html.split("href=\"").find(|part| part.contains("/reset-password?token=")).expect("a link");
        let reset = reset.split('"').next().expect("a link");
        let page = browser.visit(&format!("{}{reset}", app.origin())).await.page();
        let chosen = "through the looking-glass";
        let fields = [("password", chosen), ("password_confirmation", chosen)];
        assert_eq!(browser.submit_once(&page, &fields).await.status, 200);
        assert!(is_let_in(&app, "alice@acme.test", chosen).await);
    }

    async fn the_first_owner_takes_back_what_was_changed_twice_and_nobody_after(app: TestApp) {
        let _ = moved(&app, &ALICE, "alice", NEW).await;
        let first = link(&app, "alice@acme.test", "/account/email/undo").await;
        app.advance(Duration::from_secs(60));
        let _ = moved(&app, &ALICE, "alice", "thief@acme.test").await;
        let second = link(&app, NEW, "/account/email/undo").await;
        let browser = app.browser();
        let page = browser.visit(&first).await.page();
        assert_eq!(browser.submit_once(&page, &[]).await.status, 200);
        assert_eq!(browser.visit(&second).await.page().status, 400, "of who changed it");
        app.set_password("alice", "a brand new kettle").await;
        assert!(is_let_in(&app, "alice@acme.test", "a brand new kettle").await);
        assert!(!is_let_in(&app, "thief@acme.test", "a brand new kettle").await);
    }

    async fn a_change_can_be_taken_back_for_a_week_and_the_address_is_kept_so_long(app: TestApp) {
        let _ = moved(&app, &ALICE, "alice", NEW).await;
        let undo = link(&app, "alice@acme.test", "/account/email/undo").await;
        let bob = signed_in(&app, "bob").await;
        let page = proved(&app, &bob, &BOB, PATH).await;
        let _ = ask(&bob, &page, "alice@acme.test").await;
        let page = bob.visit(&confirm_link(&app, "alice@acme.test").await).await.page();
        let refused = bob.submit_once(&page, &[]).await;
        assert!(refused.status == 409 && refused.html.contains("until a few days ago"), "{}", refused.html);
        assert_eq!(told(&app, "bob").await, json!(["bob@acme.test", true]));
        // Nor does anybody get it who makes an account with it.
        app.set_settings(&json!({ "sign_up": "open" }));
        let stranger = app.browser();
        let page = stranger.visit(&app.authorization("web").with("prompt", "create").url()).await.page();
        let fields = [
            ("username", "alice@acme.test"),
            ("password", "seven purple teapots sing"),
            ("password_confirmation", "seven purple teapots sing"),
        ];
        let refused = stranger.submit_once(&page, &fields).await;
        assert_eq!(refused.status, 422, "{}", refused.html);

        app.advance(DAY * 7);
        assert_eq!(app.browser().visit(&undo).await.page().status, 400);
        let bob = moved(&app, &BOB, "bob", "alice@acme.test").await;
        assert!(is_signed_in(&app, &bob).await);
    }

    async fn of_two_accounts_that_want_an_address_the_first_to_confirm_gets_it(app: TestApp) {
        let (alice, bob) = (signed_in(&app, "alice").await, signed_in(&app, "bob").await);
        let page = proved(&app, &bob, &BOB, PATH).await;
        let _ = ask(&bob, &page, NEW).await;
        let bobs = bob.visit(&confirm_link(&app, NEW).await).await.page();
        let page = proved(&app, &alice, &ALICE, PATH).await;
        let _ = ask(&alice, &page, NEW).await;
        let alices = alice.visit(&confirm_link(&app, NEW).await).await.page();
        let (one, two) = tokio::join!(alice.submit_once(&alices, &[]), bob.submit_once(&bobs, &[]));
        let mut statuses = [one.status, two.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 409], "{}\n{}", one.html, two.html);
    }

    async fn of_a_link_that_is_followed_twice_at_once_one_counts(app: TestApp) {
        let browser = signed_in(&app, "alice").await;
        let page = proved(&app, &browser, &ALICE, PATH).await;
        let _ = ask(&browser, &page, NEW).await;
        let page = browser.visit(&confirm_link(&app, NEW).await).await.page();
        let (one, two) = tokio::join!(browser.submit_once(&page, &[]), browser.submit_once(&page, &[]));
        let mut statuses = [one.status, two.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 400]);
        let notices = mails_to(&app, "alice@acme.test").await;
        assert_eq!(notices.iter().filter(|subject| subject.contains("has changed")).count(), 1, "{notices:?}");
    }

    async fn what_waits_is_sent_again_and_withdrawn(app: TestApp) {
        let browser = signed_in(&app, "alice").await;
        let page = proved(&app, &browser, &ALICE, PATH).await;
        let page = ask(&browser, &page, NEW).await;
        let first = confirm_link(&app, NEW).await;
        let page = browser.submit(&page, &[("action", "resend")]).await.page();
        assert!(page.html.contains("A mail is on its way"), "{}", page.html);
        let second = confirm_link(&app, NEW).await;
        assert_ne!(first, second);
        assert_eq!(browser.visit(&first).await.page().status, 400, "a newer one was sent");
        assert_eq!(browser.visit(&second).await.page().status, 200);
        let page = browser.submit(&page, &[("action", "cancel")]).await.page();
        assert!(page.html.contains("does not work any more") && !page.html.contains(NEW), "{}", page.html);
        assert_eq!(browser.visit(&second).await.page().status, 400);
        let nothing = send(&app, &browser, PATH, &[("action", "resend")]).await;
        assert!(nothing.status == 422 && nothing.html.contains("Nothing waits"), "{}", nothing.html);
        // And it ends by itself.
        let page = open(&app, &browser, PATH).await;
        let _ = ask(&browser, &page, NEW).await;
        let third = confirm_link(&app, NEW).await;
        app.advance(DAY);
        let sign_in = app.browser();
        let page = sign_in.visit(&third).await.page();
        let page = if page.is_sign_in() { sign_in.submit(&page, &ALICE).await.page() } else { page };
        assert_eq!(page.status, 400, "{}", page.html);
    }

    async fn what_is_no_address_is_said_at_the_field(app: TestApp) {
        let browser = signed_in(&app, "alice").await;
        let page = proved(&app, &browser, &ALICE, PATH).await;
        let long = format!("{}@acme.test", "x".repeat(300));
        for wrong in ["", "liddell", "a@b@c", "a b@acme.test", "a@acme.test\r\nBcc: x@y.test", "<a@acme.test>", &long] {
            let refused = browser.submit_once(&page, &[("action", "change"), ("email", wrong)]).await;
            assert!(refused.status == 422 && refused.html.contains("not an email address"), "{wrong}: {}", refused.html);
            assert!(refused.html.contains("aria-invalid=\"true\""), "{}", refused.html);
        }
        let refused = ask(&browser, &page, "alice@acme.test").await;
        assert!(refused.status == 422 && refused.html.contains("your address already"), "{}", refused.html);
        assert_eq!(send(&app, &browser, PATH, &[("action", "explode")]).await.status, 400);
        app.empty_outbox().await;
        assert!(app.mailer().sent().iter().all(|mail| !mail.text.contains("token=")), "nothing was sent");
    }

    async fn a_tenant_says_who_may_change_the_address_and_to_what(app: TestApp) {
        let browser = signed_in(&app, "alice").await;
        let page = proved(&app, &browser, &ALICE, PATH).await;
        app.set_settings(&json!({ "registration": { "by": "mail_domain", "mail_domains": ["acme.test"], "verify_email": true } }));
        let refused = ask(&browser, &page, "liddell@elsewhere.test").await;
        assert!(refused.status == 422 && refused.html.contains("those that accounts may have"), "{}", refused.html);
        let _ = ask(&browser, &page, NEW).await;
        let link = confirm_link(&app, NEW).await;
        app.set_settings(&json!({ "account": { "email_change": false } }));
        let fixed = open(&app, &browser, PATH).await;
        assert!(fixed.html.contains("cannot be changed here") && !fixed.html.contains("id=\"email\""), "{}", fixed.html);
        assert_eq!(ask(&browser, &page, "liddell@two.acme.test").await.status, 422);
        let page = browser.visit(&link).await.page();
        assert_eq!(browser.submit_once(&page, &[]).await.status, 400, "asked for before, and no more");
        assert_eq!(told(&app, "alice").await, json!(["alice@acme.test", true]));
    }

    async fn a_user_name_that_is_the_address_moves_with_it(app: TestApp) {
        let users = json!([{ "username": "dora@acme.test", "email": "dora@acme.test", "email_verified": true, "password": "wonderland-in-spring" }]);
        app.apply(&json!({ "version": 1, "tenants": [{ "slug": "acme", "name": "Acme Corporation", "users": users }] }).to_string());
        let dora = [("login", "dora@acme.test"), ("password", "wonderland-in-spring")];
        let browser = app.browser();
        let page = proved(&app, &browser, &dora, PATH).await;
        let _ = ask(&browser, &page, "dorothea@acme.test").await;
        let page = browser.visit(&confirm_link(&app, "dorothea@acme.test").await).await.page();
        assert_eq!(browser.submit_once(&page, &[]).await.status, 200);
        assert!(open(&app, &browser, "/account").await.html.contains("dorothea@acme.test"));
        assert!(is_let_in(&app, "dorothea@acme.test", dora[1].1).await);
        assert!(!is_let_in(&app, "dora@acme.test", dora[1].1).await);
        let undo = app.browser();
        let page = undo.visit(&link(&app, "dora@acme.test", "/account/email/undo").await).await.page();
        assert_eq!(undo.submit_once(&page, &[]).await.status, 200);
        app.set_password("dora@acme.test", "a brand new kettle").await;
        assert!(is_let_in(&app, "dora@acme.test", "a brand new kettle").await);
    }

    async fn an_address_that_is_not_proved_yet_is_confirmed_from_the_console(app: TestApp) {
        let users = json!([{ "username": "erin", "email": "erin@acme.test", "password": "wonderland-in-spring" }]);
        app.apply(&json!({ "version": 1, "tenants": [{ "slug": "acme", "name": "Acme Corporation", "users": users }] }).to_string());
        let browser = app.browser();
        let page = proved(&app, &browser, &[("login", "erin"), ("password", "wonderland-in-spring")], PATH).await;
        assert!(page.html.contains("(not confirmed)"), "{}", page.html);
        let page = browser.submit(&page, &[("action", "verify")]).await.page();
        assert!(page.html.contains("Waiting to be confirmed"), "{}", page.html);
        let page = browser.visit(&confirm_link(&app, "erin@acme.test").await).await.page();
        assert_eq!(browser.submit_once(&page, &[]).await.status, 200);
        let page = open(&app, &browser, PATH).await;
        assert!(page.html.contains("(confirmed)") && !page.html.contains("id=\"verify\""), "{}", page.html);
        assert!(mails_to(&app, "erin@acme.test").await.iter().all(|subject| !subject.contains("has changed")));
        // Another one in its place: to an address that was never proved no notice goes.
        let users = json!([{ "username": "erin", "email": "erin@acme.test", "email_verified": false }]);
        app.apply(&json!({ "version": 1, "tenants": [{ "slug": "acme", "name": "Acme Corporation", "users": users }] }).to_string());
        let before = mails_to(&app, "erin@acme.test").await.len();
        let page = open(&app, &browser, PATH).await;
        let _ = ask(&browser, &page, "erin@two.test").await;
        let page = browser.visit(&confirm_link(&app, "erin@two.test").await).await.page();
        assert_eq!(browser.submit_once(&page, &[]).await.status, 200);
        assert_eq!(mails_to(&app, "erin@acme.test").await.len(), before);
    }

    async fn mails_to_one_address_and_of_one_user_are_bounded(app: TestApp) {
        let browser = signed_in(&app, "alice").await;
        let page = proved(&app, &browser, &ALICE, PATH).await;
        for _ in 0..5 {
            assert_eq!(ask(&browser, &page, NEW).await.status, 200);
        }
        let refused = ask(&browser, &page, NEW).await;
        assert!(refused.status == 429 && refused.html.contains("Too many mails"), "{}", refused.html);
        for number in 0..4 {
            assert_eq!(ask(&browser, &page, &format!("victim-{number}@acme.test")).await.status, 200);
        }
        assert_eq!(ask(&browser, &page, "victim-4@acme.test").await.status, 429);
        assert_eq!(mails_to(&app, NEW).await.len(), 5);
        assert!(mails_to(&app, "victim-4@acme.test").await.is_empty());
    }

    async fn a_link_is_of_no_use_at_another_tenant_and_junk_is_none(app: TestApp) {
        let _ = moved(&app, &ALICE, "alice", NEW).await;
        let undo = link(&app, "alice@acme.test", "/account/email/undo").await;
        let token = undo.split("token=").nth(1).expect("a token").to_owned();
        let browser = app.browser();
        let globex = format!("{}/account/email/undo", app.issuer_of("globex"));
        assert_eq!(browser.visit(&format!("{globex}?token={token}")).await.page().status, 400);
        let csrf_token = {
            let _ = browser.visit(&app.authorization_of("globex", "web").url()).await;
            browser.csrf_token(&app.tenant_id("globex").await, &token)
        };
        assert_eq!(browser.post(&globex, &[("csrf_token", &csrf_token), ("token", &token)]).await.status, 400);
        let own = format!("{}/account/email/undo", app.issuer());
        assert_eq!(browser.post(&own, &[("token", &token)]).await.status, 403, "without the token of its page");
        let alice = signed_in(&app, "alice").await;
        for junk in ["", "x", "%27", "0"] {
            for path in ["/account/email/undo", "/account/email/confirm"] {
                let url = format!("{}{path}?token={junk}", app.issuer());
                assert_eq!(alice.visit(&url).await.page().status, 400, "{path} {junk}");
            }
            let url = format!("{}/account/email/confirm?sealed={junk}", app.issuer());
            assert_eq!(alice.visit(&url).await.page().status, 400, "{junk}");
        }
    }
}
