//! Devices that approve sign-ins: enrolled by a code and a number, they answer once, for their own user, with the number
//! that the page shows.

use std::time::Duration;

use latchkey_testkit::{Browser, Callback, Landing, Page, PushApp, TestApp, both_backends};
use serde_json::{Value, json};

use crate::mail_sign_in::begin_window;

const ALICE: [(&str, &str); 2] = [("login", "alice"), ("password", "wonderland-in-spring")];
const BOB: [(&str, &str); 2] = [("login", "bob"), ("password", "builder-in-autumn")];

fn require(app: &TestApp, authentication: &Value) {
    app.set_settings(&json!({ "authentication": authentication, "sign_in_attempts_per_account": 1000 }));
}

fn by_push() -> Value {
    json!({ "second_factor": "required", "second_factors": ["push", "recovery_code"] })
}

async fn password(app: &TestApp, browser: &Browser, login: &[(&str, &str)]) -> Page {
    let page = browser.visit(&app.authorization("web").with("prompt", "login").url()).await.page();
    assert!(page.is_sign_in(), "{}", page.html);
    browser.submit(&page, login).await.page()
}

async fn arrived(browser: &Browser, landing: Landing) -> Callback {
    match landing {
        Landing::Page(page) if page.is_consent() => browser.submit(&page, &[("decision", "allow")]).await.callback(),
        landing => landing.callback(),
    }
}

/// The number that the page shows, while it waits.
fn number(page: &Page) -> Option<String> {
    let (_, rest) = page.html.split_once("id=\"number\"")?;
    let (_, rest) = rest.split_once("</span>")?;
    rest.split('<').next().map(str::to_owned)
}

fn another(number: &str) -> String {
    if number == "42" { "43".to_owned() } else { "42".to_owned() }
}

/// Sends the form of the page that waits.
async fn go_on(browser: &Browser, page: &Page) -> Page {
    browser.submit_once(page, &[]).await
}

async fn status(browser: &Browser, page: &Page) -> String {
    let url = page.url.replace("/second-factor?", "/second-factor/push/status?");
    let answer = browser.get(&url).await;
    let told: Value = serde_json::from_str(&answer.html).unwrap_or_else(|_| panic!("no JSON: {}", answer.html));
    told["state"].as_str().expect("a state").to_owned()
}

/// Enrols the application of a user on the way; the recovery codes.
async fn enrolled_as(app: &TestApp, phone: &mut PushApp, login: &[(&str, &str)]) -> Vec<String> {
    require(app, &by_push());
    let browser = app.browser();
    let page = password(app, &browser, login).await;
    assert!(page.url.contains("/second-factor/set-up/push?"), "{} {}", page.url, page.html);
    let redeemed = phone.redeem(app, &PushApp::scan(&page), "My phone").await;
    assert_eq!(redeemed.status, 201, "{}", redeemed.text);
    let codes = browser.submit_once(&page, &[("code", &redeemed.string("number"))]).await;
    assert_eq!(codes.shown_codes().len(), 10, "{}", codes.html);
    app.advance(Duration::from_secs(60));
    codes.shown_codes()
}

async fn enrolled(app: &TestApp) -> PushApp {
    let mut phone = PushApp::new(&app.issuer(), "phone-of-alice");
    enrolled_as(app, &mut phone, &ALICE).await;
    phone
}

/// The page that waits, its number, and where the phone answers.
async fn waiting(app: &TestApp, browser: &Browser, phone: &PushApp) -> (Page, String, String) {
    let page = password(app, browser, &ALICE).await;
    let number = number(&page).unwrap_or_else(|| panic!("no number: {} {}", page.url, page.html));
    (page, number, phone.newest_link(app).await)
}

both_backends! {
    async fn a_device_is_enrolled_on_the_way_and_approves_from_then_on(app: TestApp) {
        for mut phone in [PushApp::new(&app.issuer(), "a"), PushApp::ed25519(&app.issuer(), "b")] {
            let login = if phone.address == "a" { &ALICE } else { &BOB };
            enrolled_as(&app, &mut phone, login).await;
            let browser = app.browser();
            let page = password(&app, &browser, login).await;
            let shown = number(&page).expect("a number");
            assert!(page.html.contains("http-equiv=\"refresh\""), "without a script it loads itself anew: {}", page.html);
            assert_eq!(status(&browser, &page).await, "waiting");
            let early = go_on(&browser, &page).await;
            assert!(early.status == 422 && early.html.contains("has not answered yet"), "{}", early.html);
            let link = phone.newest_link(&app).await;
            let said = phone.say(&app, &link, ("approve", &shown)).await;
            assert_eq!(said.status, 204, "{}", said.text);
            assert_eq!(status(&browser, &page).await, "approved");
            let seen = browser.visit(&page.url).await.page();
            assert!(seen.html.contains("id=\"approved\"") && number(&seen).is_none(), "{}", seen.html);
            let landing = browser.follow(go_on(&browser, &seen).await).await;
            let claims = app.id_token("web", arrived(&browser, landing).await.code()).await;
            assert_eq!((&claims["acr"], &claims["amr"]), (&json!("2"), &json!(["pwd", "swk", "mca", "mfa"])));
        }
        let notice = app.messages("push.approval").await;
        assert!(notice.iter().all(|notice| notice["data"]["number"].is_null()), "it has to come from the page: {notice:?}");
        let _ = app.nth_mail_that("alice@acme.test", 1, |mail| mail.text.contains("My phone")).await;
    }

    async fn nobody_gets_in_who_only_photographed_the_code(app: TestApp) {
        require(&app, &by_push());
        let browser = app.browser();
        let page = password(&app, &browser, &ALICE).await;
        let early = browser.submit_once(&page, &[("code", "42")]).await;
        assert!(early.status == 422 && early.html.contains("has not used the code yet"), "{}", early.html);
        let (mut thief, mut phone) = (PushApp::new(&app.issuer(), "thief"), PushApp::new(&app.issuer(), "phone"));
        let code = PushApp::scan(&page);
        let thiefs = thief.redeem(&app, &code, "Thief").await;
        assert_eq!(thiefs.status, 201, "{}", thiefs.text);
        assert_eq!(phone.redeem(&app, &code, "My phone").await.error(), "unknown_code", "a code counts once");
        let wrong = another(&thiefs.string("number"));
        for _ in 0..2 {
            let refused = browser.submit_once(&page, &[("code", &wrong)]).await;
            assert!(refused.status == 422 && refused.html.contains("not the number"), "{}", refused.html);
        }
        let over = browser.submit_once(&page, &[("code", &wrong)]).await;
        assert!(over.status == 422 && PushApp::scan(&over) != code, "{}", over.html);
        let late = browser.submit_once(&over, &[("code", &thiefs.string("number"))]).await;
        assert!(late.status == 422 && late.html.contains("has not used the code yet"), "{}", late.html);
        // Another code can be had at any time, and the one before counts no more.
        let again = browser.submit(&over, &[("again", "yes")]).await.page();
        assert_ne!(PushApp::scan(&again), PushApp::scan(&over));
        app.advance(Duration::from_secs(601));
        assert_eq!(phone.redeem(&app, &PushApp::scan(&again), "My phone").await.error(), "unknown_code", "it is too old");
    }

    async fn a_device_says_who_it_is_by_its_own_signature(app: TestApp) {
        require(&app, &by_push());
        let browser = app.browser();
        let code = PushApp::scan(&password(&app, &browser, &ALICE).await);
        let (phone, other) = (PushApp::new(&app.issuer(), "phone"), PushApp::new(&app.issuer(), "other"));
        let claims = |iat: i64, name: &str| json!({ "aud": app.issuer(), "iat": iat, "code": code, "name": name, "address": "x" });
        let header = |jwk: Value| json!({ "typ": "push-device+jwt", "jwk": jwk });
        let long = "x".repeat(61);
        for (message, why) in [
            (String::from("x"), "no JWS"),
            (phone.sign(header(other.jwk()), &claims(app.now(), "a")), "signature"),
            (phone.sign(json!({ "typ": "JWT", "jwk": phone.jwk() }), &claims(app.now(), "a")), "typ"),
            (phone.sign(json!({ "typ": "push-device+jwt" }), &claims(app.now(), "a")), "jwk"),
            (phone.sign(header(phone.jwk()), &claims(app.now() - 600, "a")), "iat"),
            (phone.sign(header(phone.jwk()), &claims(app.now(), "")), "name"),
            (phone.sign(header(phone.jwk()), &claims(app.now(), &long)), "name"),
            (PushApp::new(&app.issuer_of("globex"), "x").enrolment(app.now(), &code, "a"), "aud"),
        ] {
            let refused = app.post_form(&format!("{}/push-devices", app.issuer()), &[("message", &message)]).await;
            assert_eq!((refused.status, refused.error()), (400, "invalid_request"), "{}", refused.text);
            assert!(refused.string("error_description").contains(why), "{why}: {}", refused.text);
        }
        let mut elsewhere = PushApp::new(&app.issuer_of("globex"), "x");
        assert_eq!(elsewhere.redeem(&app, &code, "a").await.error(), "unknown_code", "a code of another tenant");
        let mut phone = phone;
        assert_eq!(phone.redeem(&app, &code, "My phone").await.status, 201, "none of them used it up");
    }

    async fn a_denial_ends_it_is_recorded_and_bounds_what_is_sent(app: TestApp) {
        begin_window(&app);
        let phone = enrolled(&app).await;
        for (decision, reason) in [("deny", "not_me"), ("approve", "wrong_number"), ("deny", "not_me")] {
            let browser = app.browser();
            let (page, number, link) = waiting(&app, &browser, &phone).await;
            let said = phone.say(&app, &link, (decision, &another(&number))).await;
            assert_eq!(said.status, 204, "{}", said.text);
            assert_eq!(status(&browser, &page).await, "denied");
            let denied = go_on(&browser, &page).await;
            assert!(denied.status == 422 && denied.html.contains("was denied on your device"), "{}", denied.html);
            // It is over: the right number comes too late.
            assert_eq!(phone.say(&app, &link, ("approve", &number)).await.error(), "unknown_approval");
            assert_eq!(go_on(&browser, &denied).await.status, 422);
            assert_eq!(app.last_event("push_approval.denied").await.reason.as_deref(), Some(reason));
            app.advance(Duration::from_secs(31));
        }
        // Who says no three times is left alone for an hour.
        let browser = app.browser();
        let page = password(&app, &browser, &ALICE).await;
        assert_eq!(page.status, 429, "{}", page.html);
        assert!(page.html.contains("id=\"use-recovery_code\"") && number(&page).is_none(), "{}", page.html);
    }

    async fn an_answer_counts_once_for_its_own_sign_in_and_from_its_own_device(app: TestApp) {
        let phone = enrolled(&app).await;
        let mut bobs = PushApp::new(&app.issuer(), "phone-of-bob");
        enrolled_as(&app, &mut bobs, &BOB).await;
        let browser = app.browser();
        let (page, shown, link) = waiting(&app, &browser, &phone).await;
        let post = |message: String| { let (app, link) = (&app, link.clone()); async move { app.post_form(&link, &[("message", &message)]).await } };
        // Bob's device, also when it says to be Alice's; another key; another approval; another tenant; too old.
        let (mut posing, mut elsewhere) = (bobs.clone(), PushApp::new(&app.issuer_of("globex"), "x"));
        posing.device.clone_from(&phone.device);
        elsewhere.device.clone_from(&phone.device);
        for refused in [
            bobs.answer(app.now(), &link, "approve", &shown),
            posing.answer(app.now(), &link, "approve", &shown),
            elsewhere.answer(app.now(), &link, "approve", &shown),
            phone.answer(app.now(), "another", "approve", &shown),
            phone.answer(app.now() - 600, &link, "approve", &shown),
            phone.answer(app.now(), &link, "perhaps", &shown),
            "x.y.z".to_owned(),
        ] {
            let answer = post(refused).await;
            assert_eq!((answer.status, answer.error()), (400, "invalid_request"), "{}", answer.text);
        }
        let away = link.replace("/t/acme/", "/t/globex/");
        let message = phone.answer(app.now(), &link, "approve", &shown);
        assert_eq!(app.post_form(&away, &[("message", &message)]).await.error(), "unknown_approval");
        assert_eq!(status(&browser, &page).await, "waiting", "none of them counted");
        assert_eq!(post(message.clone()).await.status, 204);
        assert_eq!(post(message).await.error(), "unknown_approval", "a repetition");
        // Another browser, and another sign-in of this one, have nothing of it.
        let thief = app.browser();
        assert_eq!(thief.get(&page.url).await.status, 400);
        let signed_in = go_on(&browser, &page).await;
        assert_eq!(signed_in.status, 303, "{}", signed_in.html);
        let (again, _, _) = { app.advance(Duration::from_secs(31)); waiting(&app, &browser, &phone).await };
        assert_eq!(go_on(&browser, &again).await.status, 422, "each sign-in has one of its own");
    }

    async fn an_approval_that_is_too_old_says_so_and_another_can_be_had(app: TestApp) {
        let phone = enrolled(&app).await;
        let browser = app.browser();
        let (page, first, link) = waiting(&app, &browser, &phone).await;
        let soon = browser.submit_once(&page, &[("again", "yes")]).await;
        assert!(soon.status == 429 && soon.html.contains("seconds, then ask again"), "{}", soon.html);
        app.advance(Duration::from_secs(121));
        assert_eq!(phone.say(&app, &link, ("approve", &first)).await.error(), "unknown_approval");
        assert_eq!(status(&browser, &page).await, "expired");
        let expired = browser.visit(&page.url).await.page();
        assert!(expired.html.contains("too old") && number(&expired).is_none(), "{}", expired.html);
        let fresh = browser.submit(&expired, &[("again", "yes")]).await.page();
        let shown = number(&fresh).expect("a number");
        let newer = phone.newest_link(&app).await;
        assert_ne!(newer, link);
        assert_eq!(phone.say(&app, &newer, ("approve", &shown)).await.status, 204);
        // The browser comes back too late.
        app.advance(Duration::from_secs(241));
        assert_eq!(go_on(&browser, &fresh).await.status, 422);
    }

    async fn notices_are_bounded_within_a_sign_in_and_for_a_user(app: TestApp) {
        begin_window(&app);
        let phone = enrolled(&app).await;
        let browser = app.browser();
        let (page, _, _) = waiting(&app, &browser, &phone).await;
        for _ in 0..4 {
            app.advance(Duration::from_secs(31));
            assert_eq!(browser.submit_once(&page, &[("again", "yes")]).await.status, 303);
        }
        app.advance(Duration::from_secs(31));
        assert_eq!(browser.submit_once(&page, &[("again", "yes")]).await.status, 429, "five in a sign-in");
        let mut sent = Vec::new();
        for _ in 0..6 {
            sent.push(password(&app, &app.browser(), &ALICE).await.status);
        }
        assert_eq!(sent, [200, 200, 200, 200, 200, 429], "ten an hour");
    }

    async fn who_has_a_device_may_prove_otherwise_and_a_password_alone_adds_none(app: TestApp) {
        let mut phone = PushApp::new(&app.issuer(), "phone");
        let codes = enrolled_as(&app, &mut phone, &ALICE).await;
        let browser = app.browser();
        let page = password(&app, &browser, &ALICE).await;
        let new = browser.visit(&page.url.replace("/second-factor?", "/second-factor/set-up/push?")).await.page();
        assert!(number(&new).is_some(), "what there is comes first: {} {}", new.url, new.html);
        let other = browser.visit(&format!("{}&method=recovery_code", page.url)).await.page();
        assert!(other.html.contains("id=\"use-push\""), "{}", other.html);
        assert_eq!(browser.submit_once(&other, &[("code", &codes[0])]).await.status, 303);
    }

    async fn a_user_names_and_removes_the_own_devices(app: TestApp) {
        let phone = enrolled(&app).await;
        let browser = app.browser();
        let page = browser.visit(&format!("{}/account/security", app.issuer())).await.page();
        let page = browser.submit(&page, &ALICE).await.page();
        let shown = number(&page).expect("a number");
        assert_eq!(phone.say(&app, &phone.newest_link(&app).await, ("approve", &shown)).await.status, 204);
        let own = browser.follow(go_on(&browser, &page).await).await.page();
        assert!(own.html.contains("id=\"own-push-devices\"") && own.html.contains("My phone"), "{}", own.html);
        let change = |more: Vec<(&'static str, String)>| {
            let (app, browser, hidden) = (&app, &browser, own.hidden_fields());
            async move {
                let own = ["csrf_token", "interaction"].map(|name| (name, hidden[name].clone()));
                let fields: Vec<_> = own.into_iter().chain(more).collect();
                let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
                browser.post(&format!("{}/account/push-devices", app.issuer()), &fields).await
            }
        };
        // A second one beside it.
        let add = browser.visit(&own.url.replace("/account/security?", "/second-factor/set-up/push?")).await.page();
        let mut tablet = PushApp::new(&app.issuer(), "tablet");
        let redeemed = tablet.redeem(&app, &PushApp::scan(&add), "Tablet").await;
        let own_again = browser.submit(&add, &[("code", &redeemed.string("number"))]).await.page();
        assert!(own_again.html.contains("Tablet") && own_again.html.contains("My phone"), "{}", own_again.html);
        let renamed = change(vec![("rename", phone.device.clone()), ("name", "<b>New</b>".to_owned())]).await;
        assert_eq!(renamed.status, 303, "{}", renamed.html);
        assert_eq!(change(vec![("remove", tablet.device.clone())]).await.status, 303);
        let seen = browser.visit(&own.url).await.page();
        assert!(seen.html.contains("&#60;b&#62;New&#60;/b&#62;") && !seen.html.contains("Tablet"), "{}", seen.html);
        // Added, and removed.
        let _ = app.nth_mail_that("alice@acme.test", 2, |mail| mail.text.contains("Tablet")).await;
        for (kind, times) in [("push_device.added", 2), ("push_device.renamed", 1), ("push_device.removed", 1)] {
            assert_eq!(app.count_events(kind).await, times, "{kind}");
        }
        // With the last one goes what stood in for it.
        assert_eq!(change(vec![("remove", phone.device.clone())]).await.status, 303);
        let page = password(&app, &app.browser(), &ALICE).await;
        assert!(page.url.contains("/second-factor/set-up/push?"), "{} {}", page.url, page.html);
    }

    async fn a_device_of_one_tenant_means_nothing_at_another(app: TestApp) {
        enrolled(&app).await;
        let callback = app.sign_in("alice", &app.authorization_of("globex", "web")).await;
        assert!(callback.params.contains_key("code"), "the other alice has none");
    }
}
