//! A user changes the own password.

use latchkey_testkit::{Browser, Page, TestApp, both_backends};

use crate::console::{ALICE, is_signed_in, location, proved, send, signed_in};

const PRESENT: &str = "wonderland-in-spring";
const NEW: &str = "seven purple teapots sing";

fn entries<'a>(present: &'a str, new: &'a str) -> [(&'static str, &'a str); 3] {
    [("present_password", present), ("password", new), ("password_confirmation", new)]
}

/// What a sign-in with that password is answered.
async fn sign_in_with(app: &TestApp, password: &str) -> u16 {
    let browser = app.browser();
    let page = browser.visit(&app.authorization("web").url()).await.page();
    browser.submit_once(&page, &[("login", "alice"), ("password", password)]).await.status
}

async fn opened(app: &TestApp, browser: &Browser) -> Page {
    let page = proved(app, browser, &ALICE, "/account/password").await;
    assert!(page.html.contains("name=\"present_password\""), "{}", page.html);
    page
}

both_backends! {
    async fn the_new_password_counts_and_others_are_signed_out_if_the_user_likes(app: TestApp) {
        let (elsewhere, browser) = (signed_in(&app, "alice").await, app.browser());
        let page = opened(&app, &browser).await;
        let changed = browser.submit(&page, &entries(PRESENT, NEW)).await.page();
        assert!(changed.html.contains("counts from now on"), "{}", changed.html);
        assert_eq!((sign_in_with(&app, PRESENT).await, sign_in_with(&app, NEW).await), (422, 303));
        assert!(is_signed_in(&app, &browser).await && is_signed_in(&app, &elsewhere).await, "the box was not ticked");
        let fields = [entries(NEW, "eight green kettles hum").as_slice(), &[("end_others", "on")]].concat();
        assert_eq!(browser.submit_once(&page, &fields).await.status, 303);
        assert!(is_signed_in(&app, &browser).await && !is_signed_in(&app, &elsewhere).await);
    }

    async fn without_the_present_password_nothing_is_changed(app: TestApp) {
        let browser = app.browser();
        let page = opened(&app, &browser).await;
        for (present, says) in [("wrong", "not your present password"), ("", "Enter your present password")] {
            let refused = browser.submit_once(&page, &entries(present, NEW)).await;
            assert!(refused.status == 422 && refused.html.contains(says), "{present}: {}", refused.html);
            assert!(!refused.html.contains(NEW), "what was typed is not sent back");
        }
        assert_eq!(sign_in_with(&app, PRESENT).await, 303);
    }

    async fn a_new_password_is_judged_as_everywhere(app: TestApp) {
        let browser = app.browser();
        let page = opened(&app, &browser).await;
        for new in ["short", "alice@acme.test", "password12", &"x".repeat(300)] {
            assert_eq!(browser.submit_once(&page, &entries(PRESENT, new)).await.status, 422, "{new}");
        }
        let fields = [("present_password", PRESENT), ("password", NEW), ("password_confirmation", "another one entirely")];
        let refused = browser.submit_once(&page, &fields).await;
        assert!(refused.status == 422 && refused.html.contains("not the same"), "{}", refused.html);
        assert_eq!(sign_in_with(&app, PRESENT).await, 303);
    }

    async fn guesses_at_the_present_password_are_bounded_with_those_at_the_sign_in(app: TestApp) {
        let browser = app.browser();
        let page = opened(&app, &browser).await;
        app.set_sign_in_limits(3, 1000).await;
        let mut statuses = Vec::new();
        for _ in 0..5 {
            statuses.push(browser.submit_once(&page, &entries("wrong", NEW)).await.status);
        }
        assert_eq!(statuses.last(), Some(&429), "{statuses:?}");
        assert_eq!(sign_in_with(&app, NEW).await, 422);
    }

    async fn a_password_that_was_changed_elsewhere_meanwhile_changes_nothing_here(app: TestApp) {
        let browser = app.browser();
        let page = opened(&app, &browser).await;
        app.set_password("alice", NEW).await;
        let refused = browser.submit_once(&page, &entries(PRESENT, "eight green kettles hum")).await;
        assert_eq!(refused.status, 422, "{}", refused.html);
        assert_eq!(sign_in_with(&app, NEW).await, 303);
    }

    async fn without_a_proof_the_right_password_changes_nothing_either(app: TestApp) {
        let browser = signed_in(&app, "alice").await;
        let refused = send(&app, &browser, "/account/password", &entries(PRESENT, NEW)).await;
        assert!(location(&refused).contains("/sign-in?"), "{refused:?}");
        assert_eq!(sign_in_with(&app, PRESENT).await, 303);
    }
}
