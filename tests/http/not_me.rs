//! "This was not me": the link of a notice takes an account out of other hands.

use std::time::Duration;

use latchkey_testkit::{Authenticator, Browser, Page, PasskeyDevice, TestApp, both_backends};

use crate::console::{ALICE, is_signed_in, signed_in};
use crate::passkeys;

const CHOSEN: &str = "through the looking-glass";
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// The link of that mail to alice.
pub async fn link(app: &TestApp, number: usize) -> String {
    let mail = app.nth_mail_that("alice@acme.test", number, |mail| mail.text.contains("/account/not-me?token="));
    find(&mail.await.text, "/account/not-me?token=")
}

fn find(text: &str, part: &str) -> String {
    let link = text.split_whitespace().find(|word| word.contains(part));
    link.unwrap_or_else(|| panic!("no link in {text}")).to_owned()
}

/// Somebody signs in to alice's account from a browser that is new, and the notice of it is on its way.
async fn thief(app: &TestApp) -> Browser {
    let _ = signed_in(app, "alice").await;
    app.advance(Duration::from_secs(1));
    signed_in(app, "alice").await
}

/// What a sign-in with that password is answered.
async fn sign_in_with(app: &TestApp, password: &str) -> u16 {
    let browser = app.browser();
    let page = browser.visit(&app.authorization("web").url()).await.page();
    browser.submit_once(&page, &[("login", "alice"), ("password", password)]).await.status
}

async fn say_so(app: &TestApp, link: &str) -> Page {
    let browser = app.browser();
    let page = browser.get(link).await;
    assert!(page.status == 200 && page.html.contains("id=\"confirm\""), "{}", page.html);
    browser.submit_once(&page, &[]).await
}

/// Chooses a new password by the newest reset mail.
async fn choose(app: &TestApp) -> Page {
    app.empty_outbox().await;
    let sent = app.mailer().sent();
    let mail = sent.iter().rev().find(|mail| mail.text.contains("/reset-password?token=")).expect("a mail");
    assert_eq!(mail.to, ["alice@acme.test"]);
    let browser = app.browser();
    let page = browser.get(&find(&mail.text, "/reset-password?token=")).await;
    browser.submit_once(&page, &[("password", CHOSEN), ("password_confirmation", CHOSEN)]).await
}

both_backends! {
    async fn saying_so_ends_everything_and_mails_the_way_back_in(app: TestApp) {
        let tokens = app.tokens("web", "alice", "openid offline_access").await;
        app.advance(Duration::from_secs(1));
        let thief = thief(&app).await;
        let link = link(&app, 1).await;
        assert!(link.starts_with(&format!("{}/account/not-me?token=", app.issuer())), "{link}");
        for _ in 0..2 {
            let page = app.browser().get(&link).await;
            assert!(page.status == 200 && page.html.contains("alice") && page.html.contains("Signed in"), "{}", page.html);
            assert!(!page.html.contains("name=\"remove\""), "nothing was added: {}", page.html);
        }
        assert!(is_signed_in(&app, &thief).await, "opening it changes nothing");

        let done = say_so(&app, &link).await;
        assert!(done.status == 200 && done.html.contains("alice@acme.test"), "{}", done.html);
        assert!(!is_signed_in(&app, &thief).await);
        app.refresh("web", &tokens.string("refresh_token")).await.expect_error(400, "invalid_grant");
        assert_eq!(app.userinfo(&tokens.string("access_token")).await.status, 401);
        assert_eq!(sign_in_with(&app, "wonderland-in-spring").await, 422, "the thief knows it");

        assert_eq!(choose(&app).await.status, 200);
        assert_eq!((sign_in_with(&app, "wonderland-in-spring").await, sign_in_with(&app, CHOSEN).await), (422, 303));
        for kind in ["account.disowned", "sessions.ended", "devices.forgotten", "password.locked", "password.reset"] {
            assert_eq!(app.count_events(kind).await, 1, "{kind}");
        }
        let disowned = app.last_event("account.disowned").await;
        assert_eq!(disowned.details.find("kind"), Some(&"session.started".into()));
    }

    async fn a_used_an_old_and_an_unknown_link_say_so_and_offer_the_way_back(app: TestApp) {
        let thief = thief(&app).await;
        let link = link(&app, 1).await;
        let offers = |page: &Page| page.status == 400 && page.html.contains("/forgot-password") && page.html.contains("14 days");
        for elsewhere in [link.replace("/t/acme/", "/t/globex/"), link.replace("token=", "token=x"), format!("{}/account/not-me", app.issuer())] {
            let page = app.browser().get(&elsewhere).await;
            assert!(offers(&page), "{elsewhere}: {}", page.html);
        }
        let (first, second) = (app.browser(), app.browser());
        let (one, other) = (first.get(&link).await, second.get(&link).await);
        assert_eq!(first.submit_once(&one, &[("remove", "all")]).await.status, 400);
        assert!(is_signed_in(&app, &thief).await);
        assert_eq!(first.submit_once(&one, &[]).await.status, 200);
        assert_eq!(choose(&app).await.status, 200);
        for page in [second.submit_once(&other, &[]).await, first.get(&link).await] {
            assert!(offers(&page), "{}", page.html);
        }
        assert_eq!(sign_in_with(&app, CHOSEN).await, 303, "the second time locked nothing");

        app.advance(Duration::from_secs(1));
        let _ = signed_in_as(&app, CHOSEN).await;
        let later = self::link(&app, 2).await;
        app.advance(DAY * 14);
        assert!(offers(&app.browser().get(&later).await));
    }

    async fn what_was_added_since_goes_if_the_owner_likes_and_what_was_there_stays(app: TestApp) {
        for (remove, asked) in [(true, false), (false, true)] {
            app.set_password("alice", "wonderland-in-spring").await;
            let thief = thief(&app).await;
            app.advance(Duration::from_secs(1));
            let page = thief.visit(&format!("{}/account/security", app.issuer())).await.page();
            let page = thief.submit(&page, &ALICE).await.page();
            let set_up = thief.visit(&page.url.replace("/account/security?", "/second-factor/set-up?")).await.page();
            let _ = Authenticator::set_up(&app, &thief, &set_up).await;
            app.empty_outbox().await;
            let sent = app.mailer().sent();
            let notice = sent.iter().rev().find(|mail| mail.text.contains("new sign-in") || mail.text.contains("signed in")).expect("a notice");
            let link = find(&notice.text, "/account/not-me?token=");

            let browser = app.browser();
            let page = browser.get(&link).await;
            assert!(page.html.contains("Authenticator app") && page.html.contains("Recovery codes"), "{}", page.html);
            let fields: &[(&str, &str)] = if remove { &[("remove", "yes")] } else { &[] };
            assert_eq!(browser.submit_once(&page, fields).await.status, 200);
            assert_eq!(app.count_events("totp.removed").await, 1, "in the first round alone");
            assert_eq!(choose(&app).await.status, 200);
            let browser = app.browser();
            let page = browser.visit(&app.authorization("web").url()).await.page();
            let next = browser.submit_once(&page, &[("login", "alice"), ("password", CHOSEN)]).await;
            let location = next.headers["location"].to_str().expect("a URL").to_owned();
            assert_eq!(location.contains("/second-factor"), asked, "{location}");
            app.advance(Duration::from_secs(60));
        }
    }

    async fn a_passkey_that_was_there_before_sets_no_password_without_the_mail(app: TestApp) {
        let mut device = PasskeyDevice::at(&app.origin());
        passkeys::with_passkey(&app, &passkeys::ALICE, &mut device, "Old").await;
        app.advance(Duration::from_secs(60));
        let _ = thief(&app).await;
        app.empty_outbox().await;
        let sent = app.mailer().sent();
        let notice = sent.iter().rev().find(|mail| mail.text.contains("/account/not-me")).expect("a notice");
        assert_eq!(say_so(&app, &find(&notice.text, "/account/not-me?token=")).await.status, 200);

        let browser = app.browser();
        let page = passkeys::sign_in_page(&app, &browser).await;
        let answered = passkeys::answer(&browser, &page, &mut device).await;
        let page = browser.follow(answered).await.page();
        assert!(page.url.contains("/required-action?") && page.html.contains("id=\"by-mail\""), "{} {}", page.url, page.html);
        assert!(!page.html.contains("name=\"password\""), "{}", page.html);
        let fields = [("action", "change_password"), ("password", CHOSEN), ("password_confirmation", CHOSEN)];
        let hidden = page.html.split("/forgot-password?interaction=").nth(1).expect("an interaction");
        let interaction = hidden.split('"').next().expect("an id").to_owned();
        let csrf_token = browser.csrf_token(&app.tenant_id("acme").await, &interaction);
        let all = [fields.as_slice(), &[("interaction", interaction.as_str()), ("csrf_token", csrf_token.as_str())]].concat();
        let forced = browser.post(&format!("{}/required-action", app.issuer()), &all).await;
        assert!(forced.status != 200, "{}", forced.html);
        assert_eq!(app.count_events("password.changed").await, 0);
        assert_eq!(sign_in_with(&app, CHOSEN).await, 422);
        assert_eq!(choose(&app).await.status, 200);
        assert_eq!(sign_in_with(&app, CHOSEN).await, 303);
    }

    async fn the_stolen_password_is_not_chosen_again_and_remembered_browsers_ask_again(app: TestApp) {
        let _ = thief(&app).await;
        assert_eq!(say_so(&app, &link(&app, 1).await).await.status, 200);
        app.empty_outbox().await;
        let sent = app.mailer().sent();
        let mail = sent.iter().rev().find(|mail| mail.text.contains("/reset-password?token=")).expect("a mail");
        assert!(mail.text.contains("was not you"), "{}", mail.text);
        let browser = app.browser();
        let page = browser.get(&find(&mail.text, "/reset-password?token=")).await;
        let stolen = [("password", "wonderland-in-spring"), ("password_confirmation", "wonderland-in-spring")];
        assert_eq!(browser.submit_once(&page, &stolen).await.status, 422);
        assert_eq!(choose(&app).await.status, 200);
    }
}

async fn signed_in_as(app: &TestApp, password: &str) -> Browser {
    let browser = app.browser();
    let page = browser.visit(&app.authorization("web").url()).await.page();
    let _ = browser.submit(&page, &[("login", "alice"), ("password", password)]).await;
    browser
}
