//! Signing in by a code or a link that is mailed: it counts once, in the browser that asked, and tells nobody who has an
//! account.

use std::time::Duration;

use latchkey_testkit::{Authenticator, Browser, Landing, Page, TestApp, both_backends};
use serde_json::{Value, json};

const ALICE: &str = "alice@acme.test";
const PASSWORD: [(&str, &str); 2] = [("login", "alice"), ("password", "wonderland-in-spring")];

fn offer(app: &TestApp, authentication: &Value) {
    app.set_settings(&json!({ "authentication": authentication }));
}

fn all_ways() -> Value {
    json!({ "first_factors": ["password", "email_code", "magic_link"] })
}

/// Goes to the start of a window in which something is counted, so that none ends within a test.
pub(crate) fn begin_window(app: &TestApp) {
    let into = u64::try_from(app.now() % 3600).expect("a time after 1970");
    app.advance(Duration::from_secs(3600 - into));
}

/// The sign-in page of a client.
async fn begin(app: &TestApp, browser: &Browser, client: &str) -> Page {
    let page = browser.visit(&app.authorization(client).with("prompt", "login").url()).await.page();
    assert!(page.is_sign_in(), "{}", page.html);
    page
}

/// What the sign-in page sends when a mail is asked for.
async fn post_ask(app: &TestApp, browser: &Browser, page: &Page, (login, way): (&str, &str)) -> Page {
    let hidden = page.hidden_fields();
    let fields = [
        ("interaction", hidden["interaction"].as_str()),
        ("csrf_token", &hidden["csrf_token"]),
        ("login", login),
        ("by_mail", way),
    ];
    browser.post(&format!("{}/sign-in/mail", app.issuer()), &fields).await
}

/// Asks for a mail; the page that waits for what is in it.
async fn ask(app: &TestApp, browser: &Browser, login: &str, way: &str) -> Page {
    let page = begin(app, browser, "web").await;
    let sent = post_ask(app, browser, &page, (login, way)).await;
    let page = browser.follow(sent).await.page();
    assert!(is_waiting(&page), "{}", page.html);
    page
}

fn is_waiting(page: &Page) -> bool {
    page.html.contains("Check your mail") && page.html.contains("name=\"code\"")
}

/// The text of the newest mail to that address.
pub(crate) async fn newest_mail(app: &TestApp, address: &str) -> String {
    app.empty_outbox().await;
    let sent = app.mailer().sent();
    let mail = sent.iter().rev().find(|mail| mail.to == [address]);
    mail.unwrap_or_else(|| panic!("no mail to {address}: {sent:?}")).text.clone()
}

pub(crate) async fn mails(app: &TestApp) -> usize {
    app.empty_outbox().await;
    app.mailer().sent().len()
}

pub(crate) fn code_in(text: &str) -> String {
    let mut lines = text.lines().map(|line| line.replace(' ', ""));
    let code = lines.find(|line| !line.is_empty() && line.bytes().all(|b| b.is_ascii_digit()));
    code.unwrap_or_else(|| panic!("no code: {text}"))
}

fn link_in(text: &str) -> String {
    let link = text.split_whitespace().find(|word| word.contains("/sign-in/link?"));
    link.unwrap_or_else(|| panic!("no link: {text}")).to_owned()
}

async fn code(app: &TestApp, address: &str) -> String {
    code_in(&newest_mail(app, address).await)
}

/// A code that is wrong, whatever the right one is.
pub(crate) fn wrong(right: &str) -> String {
    let first = if right.starts_with('0') { "1" } else { "0" };
    format!("{first}{}", &right[1..])
}

async fn again(browser: &Browser, app: &TestApp, page: &Page) -> Page {
    let hidden = page.hidden_fields();
    let fields = [
        ("interaction", hidden["interaction"].as_str()),
        ("csrf_token", &hidden["csrf_token"]),
        ("by_mail", &hidden["by_mail"]),
        ("again", "yes"),
    ];
    browser.post(&format!("{}/sign-in/mail", app.issuer()), &fields).await
}

async fn post_code(browser: &Browser, page: &Page, code: &str) -> Page {
    browser.submit_once(page, &[("code", code)]).await
}

async fn arrived(browser: &Browser, landing: Landing) -> latchkey_testkit::Callback {
    match landing {
        Landing::Page(page) if page.is_consent() => browser.submit(&page, &[("decision", "allow")]).await.callback(),
        landing => landing.callback(),
    }
}

fn leads_to(page: &Page, path: &str) -> bool {
    page.status == 303 && page.headers["location"].to_str().is_ok_and(|uri| uri.contains(path))
}

/// What differs from one sign-in to the next.
fn without_what_is_random(page: &Page, login: &str) -> String {
    let hidden = page.hidden_fields();
    let nonce = page.html.split("nonce=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap_or_default();
    let mut html = page.html.clone();
    for random in [hidden["interaction"].as_str(), &hidden["csrf_token"], nonce, login] {
        html = html.replace(random, "…");
    }
    html
}

both_backends! {
    async fn a_code_that_was_mailed_signs_in_and_the_token_claims_one_factor(app: TestApp) {
        offer(&app, &all_ways());
        let browser = app.browser();
        let page = ask(&app, &browser, "alice", "email_code").await;
        let code = code(&app, ALICE).await;
        assert_eq!(code.len(), 8);
        let landing = browser.submit(&page, &[("code", &code)]).await;
        let claims = app.id_token("web", arrived(&browser, landing).await.code()).await;
        assert_eq!((&claims["acr"], &claims["amr"]), (&json!("1"), &json!(["otp"])));
    }

    async fn a_link_signs_in_by_its_form_and_looking_at_it_uses_nothing_up(app: TestApp) {
        offer(&app, &all_ways());
        let browser = app.browser();
        ask(&app, &browser, ALICE, "magic_link").await;
        let link = link_in(&newest_mail(&app, ALICE).await);
        assert!(link.starts_with(&app.issuer()), "{link}");
        for _ in 0..3 {
            assert_eq!(browser.get(&link).await.status, 200);
        }
        let page = browser.get(&link).await;
        assert!(page.html.contains(ALICE), "{}", page.html);
        let landing = browser.submit(&page, &[]).await;
        let claims = app.id_token("web", arrived(&browser, landing).await.code()).await;
        assert_eq!((&claims["acr"], &claims["amr"]), (&json!("1"), &json!(["otp"])));
        let replay = browser.submit_once(&page, &[]).await;
        assert_ne!(replay.status, 303, "{replay:?}");
    }

    async fn a_link_works_in_no_other_browser_and_the_code_beside_it_works_in_the_first(app: TestApp) {
        offer(&app, &all_ways());
        let browser = app.browser();
        let page = ask(&app, &browser, ALICE, "magic_link").await;
        let mail = newest_mail(&app, ALICE).await;
        let link = link_in(&mail);
        let phone = app.browser();
        let elsewhere = phone.get(&link).await;
        assert!(elsewhere.status == 400 && elsewhere.html.contains("Go back to that browser"), "{}", elsewhere.html);
        assert!(!elsewhere.html.contains("<form"), "{}", elsewhere.html);
        let (interaction, token) = link.split_once("interaction=").and_then(|(_, rest)| rest.split_once("&token=")).expect("both");
        let csrf = phone.csrf_token(&app.tenant_id("acme").await, interaction);
        let fields = [("interaction", interaction), ("token", token), ("csrf_token", csrf.as_str())];
        assert_eq!(phone.post(&format!("{}/sign-in/link", app.issuer()), &fields).await.status, 400);
        let landing = browser.submit(&page, &[("code", &code_in(&mail))]).await;
        assert!(arrived(&browser, landing).await.params.contains_key("code"));
    }

    async fn nobody_learns_whether_there_is_an_account(app: TestApp) {
        offer(&app, &all_ways());
        for way in ["email_code", "magic_link"] {
            let (known, unknown) = (app.browser(), app.browser());
            let before = mails(&app).await;
            let here = ask(&app, &known, ALICE, way).await;
            let sent = mails(&app).await;
            assert_eq!(sent, before + 1);
            let nowhere = ask(&app, &unknown, "nobody@acme.test", way).await;
            assert_eq!(mails(&app).await, sent);
            assert_eq!(without_what_is_random(&here, ALICE), without_what_is_random(&nowhere, "nobody@acme.test"));
            let right = code(&app, ALICE).await;
            let refused = post_code(&known, &here, &wrong(&right)).await;
            let also = post_code(&unknown, &nowhere, &wrong(&right)).await;
            assert_eq!((refused.status, also.status), (422, 422));
            assert!(refused.html.contains("This code is not right"), "{}", refused.html);
            assert_eq!(without_what_is_random(&refused, ALICE), without_what_is_random(&also, "nobody@acme.test"));
            let (waiting, also) = (again(&known, &app, &here).await, again(&unknown, &app, &nowhere).await);
            assert_eq!((waiting.status, also.status), (429, 429));
            app.advance(Duration::from_secs(601));
            let (late, also) = (known.get(&here.url).await, unknown.get(&nowhere.url).await);
            assert!(late.html.contains("too old"), "{}", late.html);
            assert_eq!(without_what_is_random(&late, ALICE), without_what_is_random(&also, "nobody@acme.test"));
        }
    }

    async fn ten_wrong_codes_stop_the_sign_in_and_no_further_code_is_sent(app: TestApp) {
        begin_window(&app);
        offer(&app, &all_ways());
        let browser = app.browser();
        let page = ask(&app, &browser, ALICE, "email_code").await;
        let right = code(&app, ALICE).await;
        for turn in 0..10 {
            let refused = post_code(&browser, &page, &wrong(&right)).await;
            assert_eq!(refused.status, 422, "{turn}");
            assert!(refused.html.contains("aria-invalid=\"true\""), "{}", refused.html);
        }
        let over = post_code(&browser, &page, &right).await;
        assert!(over.status == 422 && over.html.contains("Too many wrong codes"), "{}", over.html);
        assert!(post_code(&browser, &page, &right).await.html.contains("Too many wrong codes"));
        app.advance(Duration::from_secs(31));
        let sent = mails(&app).await;
        let asked = again(&browser, &app, &page).await;
        assert!(asked.status == 422 && asked.html.contains("Too many wrong codes"), "{}", asked.html);
        assert_eq!(mails(&app).await, sent);
        let other = app.browser();
        let page = ask(&app, &other, ALICE, "email_code").await;
        assert_eq!(post_code(&other, &page, &code(&app, ALICE).await).await.status, 303);
    }

    async fn a_code_or_link_that_is_too_old_says_so_and_another_can_be_had(app: TestApp) {
        offer(&app, &all_ways());
        for way in ["email_code", "magic_link"] {
            let browser = app.browser();
            let page = ask(&app, &browser, ALICE, way).await;
            let mail = newest_mail(&app, ALICE).await;
            app.advance(Duration::from_secs(600));
            let late = match way {
                "magic_link" => browser.get(&link_in(&mail)).await,
                _ => post_code(&browser, &page, &code_in(&mail)).await,
            };
            assert!(late.status == 422 && late.html.contains("too old") && late.html.contains("name=\"again\""), "{}", late.html);
            let page = browser.follow(again(&browser, &app, &page).await).await.page();
            assert!(!page.html.contains("too old"), "{}", page.html);
            assert_eq!(post_code(&browser, &page, &code_in(&mail)).await.status, 422);
            assert_eq!(post_code(&browser, &page, &code(&app, ALICE).await).await.status, 303);
        }
    }

    async fn another_code_takes_a_while_and_takes_the_place_of_the_first(app: TestApp) {
        begin_window(&app);
        offer(&app, &all_ways());
        let browser = app.browser();
        let page = ask(&app, &browser, ALICE, "email_code").await;
        let first = code(&app, ALICE).await;
        let soon = again(&browser, &app, &page).await;
        assert!(soon.status == 429 && soon.headers.contains_key("retry-after"), "{}", soon.html);
        app.advance(Duration::from_secs(30));
        assert!(leads_to(&again(&browser, &app, &page).await, "/sign-in/mail?"));
        let second = code(&app, ALICE).await;
        assert_ne!(first, second);
        assert_eq!(post_code(&browser, &page, &first).await.status, 422);
        assert_eq!(post_code(&browser, &page, &second).await.status, 303);
        // Five in one sign-in.
        let other = app.browser();
        let page = ask(&app, &other, ALICE, "email_code").await;
        for _ in 0..4 {
            app.advance(Duration::from_secs(30));
            assert!(leads_to(&again(&other, &app, &page).await, "/sign-in/mail?"));
        }
        app.advance(Duration::from_secs(30));
        assert_eq!(again(&other, &app, &page).await.status, 429);
    }

    async fn of_two_that_race_with_one_code_one_signs_in(app: TestApp) {
        offer(&app, &all_ways());
        let browser = app.browser();
        let page = ask(&app, &browser, ALICE, "email_code").await;
        let code = code(&app, ALICE).await;
        let (one, other) = tokio::join!(post_code(&browser, &page, &code), post_code(&browser, &page, &code));
        let mut statuses = [one.status, other.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [303, 422]);
    }

    async fn a_code_counts_in_no_other_sign_in_for_nobody_else_and_at_no_other_tenant(app: TestApp) {
        offer(&app, &all_ways());
        let (first, second, third) = (app.browser(), app.browser(), app.browser());
        let own = ask(&app, &first, ALICE, "email_code").await;
        let code = code(&app, ALICE).await;
        let of_alice = ask(&app, &second, ALICE, "email_code").await;
        let of_bob = ask(&app, &third, "bob", "email_code").await;
        for (browser, page) in [(&second, &of_alice), (&third, &of_bob)] {
            assert_eq!(post_code(browser, page, &code).await.status, 422);
        }
        // The form of one browser, sent by another.
        let interaction = own.hidden_fields()["interaction"].clone();
        let csrf = second.csrf_token(&app.tenant_id("acme").await, &interaction);
        let fields = [("interaction", interaction.as_str()), ("csrf_token", &csrf), ("code", &code)];
        assert_eq!(second.post(&format!("{}/sign-in/mail/code", app.issuer()), &fields).await.status, 400);
        // The same browser, at another tenant.
        let globex = app.issuer_of("globex");
        let _ = first.visit(&app.authorization_of("globex", "web").url()).await;
        let csrf = first.csrf_token(&app.tenant_id("globex").await, &interaction);
        let fields = [("interaction", interaction.as_str()), ("csrf_token", &csrf), ("code", &code)];
        assert_eq!(first.post(&format!("{globex}/sign-in/mail/code"), &fields).await.status, 400);
        assert_eq!(post_code(&first, &own, &code).await.status, 303);
    }

    async fn where_it_is_not_offered_nothing_is_sent(app: TestApp) {
        let browser = app.browser();
        let page = begin(&app, &browser, "web").await;
        assert!(!page.html.contains("by_mail"), "{}", page.html);
        for way in ["email_code", "magic_link", "password"] {
            assert!(leads_to(&post_ask(&app, &browser, &page, (ALICE, way)).await, "/sign-in?"), "{way}");
        }
        assert_eq!(post_ask(&app, &browser, &page, (ALICE, "pigeon")).await.status, 400);
        assert_eq!(mails(&app).await, 0);
        offer(&app, &json!({ "first_factors": ["password", "email_code"] }));
        let page = begin(&app, &browser, "web").await;
        assert!(page.html.contains("value=\"email_code\"") && !page.html.contains("magic_link"), "{}", page.html);
        assert!(leads_to(&post_ask(&app, &browser, &page, (ALICE, "magic_link")).await, "/sign-in?"));
        let missing = post_ask(&app, &browser, &page, (" ", "email_code")).await;
        assert!(missing.status == 422 && missing.is_sign_in(), "{}", missing.html);
    }

    async fn what_one_account_gets_within_an_hour_is_bounded_whoever_asks(app: TestApp) {
        offer(&app, &all_ways());
        let mut statuses = Vec::new();
        for _ in 0..11 {
            let browser = app.browser();
            let page = begin(&app, &browser, "web").await;
            statuses.push(post_ask(&app, &browser, &page, (ALICE, "email_code")).await.status);
        }
        assert_eq!(statuses, [&[303; 10][..], &[429]].concat());
        assert_eq!(mails(&app).await, 10);
        app.advance(Duration::from_secs(3600));
        ask(&app, &app.browser(), ALICE, "email_code").await;
    }

    async fn an_address_that_nobody_proved_gets_a_code_only_where_there_is_no_password(app: TestApp) {
        let users = json!([
            { "username": "carol@acme.test", "email": "carol@acme.test", "password": "a-carol-in-december" },
            { "username": "dave@acme.test", "email": "dave@acme.test" },
        ]);
        let tenant = json!({ "slug": "acme", "name": "Acme Corporation", "users": users, "settings": { "authentication": all_ways() } });
        app.apply(&json!({ "version": 1, "tenants": [tenant] }).to_string());
        ask(&app, &app.browser(), "carol@acme.test", "email_code").await;
        let before = mails(&app).await;
        let browser = app.browser();
        let page = ask(&app, &browser, "dave@acme.test", "email_code").await;
        assert_eq!(mails(&app).await, before + 1);
        let landing = browser.submit(&page, &[("code", &code(&app, "dave@acme.test").await)]).await;
        let tokens = app.redeem("web", arrived(&browser, landing).await.code()).await.ok();
        let claims = app.userinfo(&tokens.string("access_token")).await.ok().json;
        assert_eq!(claims["email_verified"], json!(true), "{claims}");
    }

    async fn where_a_password_is_no_first_factor_the_right_one_is_refused_and_its_session_does_not_count(app: TestApp) {
        let rules = json!([{ "clients": ["web-post"], "first_factors": ["email_code"] }]);
        offer(&app, &json!({ "rules": rules }));
        let browser = app.browser();
        let page = begin(&app, &browser, "web").await;
        let landing = browser.submit(&page, &PASSWORD).await;
        assert!(arrived(&browser, landing).await.params.contains_key("code"));
        let silent = app.authorization("web-post").with("scope", "openid").with("prompt", "none");
        assert_eq!(browser.visit(&silent.url()).await.callback().param("error"), "login_required");
        let page = browser.visit(&app.authorization("web-post").with("scope", "openid").url()).await.page();
        assert!(page.html.contains("value=\"email_code\"") && !page.is_sign_in(), "{}", page.html);
        let hidden = page.hidden_fields();
        let fields = [("interaction", hidden["interaction"].as_str()), ("csrf_token", &hidden["csrf_token"]), PASSWORD[0], PASSWORD[1]];
        let refused = browser.post(&format!("{}/sign-in", app.issuer()), &fields).await;
        assert_eq!(refused.status, 422, "{}", refused.html);
        let page = browser.follow(post_ask(&app, &browser, &page, (ALICE, "email_code")).await).await.page();
        let landing = browser.submit(&page, &[("code", &code(&app, ALICE).await)]).await;
        assert!(landing.callback().params.contains_key("code"));
    }

    async fn who_has_an_authenticator_is_asked_for_it_after_the_mail(app: TestApp) {
        offer(&app, &json!({ "second_factor": "required" }));
        let browser = app.browser();
        let page = begin(&app, &browser, "web").await;
        let page = browser.submit(&page, &PASSWORD).await.page();
        let (authenticator, _, landing) = Authenticator::set_up(&app, &browser, &page).await;
        arrived(&browser, landing).await;
        app.advance(Duration::from_secs(60));
        offer(&app, &all_ways());
        let other = app.browser();
        let page = ask(&app, &other, ALICE, "email_code").await;
        let page = other.submit(&page, &[("code", &code(&app, ALICE).await)]).await.page();
        assert!(page.is_second_factor(), "{}", page.html);
        let silent = app.authorization("web").with("prompt", "none");
        assert_eq!(other.visit(&silent.url()).await.callback().param("error"), "login_required");
        let landing = other.submit(&page, &[("code", &authenticator.code(&app))]).await;
        let claims = app.id_token("web", landing.callback().code()).await;
        assert_eq!((&claims["acr"], &claims["amr"]), (&json!("2"), &json!(["otp", "mfa"])));
    }
}
