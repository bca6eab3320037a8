//! Links of mails, and what asks for them.

use latchkey_testkit::{PushApp, TestApp};

use super::{Loot, csrf_token_of_globex, posted_form_is_refused, refused_page};
use crate::not_me;

pub(super) async fn an_invitation_is_unknown(app: &TestApp, posted: bool) -> bool {
    let token = app.invite("acme", "carol").await;
    let url = format!("{}/invitation", app.issuer_of("globex"));
    let browser = app.browser();
    let page = if posted {
        let csrf_token = csrf_token_of_globex(app, &browser, &token).await;
        let fields = [
            ("csrf_token", csrf_token.as_str()),
            ("token", &token),
            ("password", "a-long-enough-password"),
            ("password_confirmation", "a-long-enough-password"),
        ];
        browser.post(&url, &fields).await
    } else {
        browser.get(&format!("{url}?token={token}")).await
    };
    let known_at_home = browser.get(&format!("{}/invitation?token={token}", app.issuer())).await;
    (400..500).contains(&page.status) && page.status != 403 && known_at_home.status == 200
}

/// A link with a token that nobody has, and nobody is signed in: refused, or asked to sign in.
pub(super) async fn a_link_is_of_nobody(app: &TestApp, loot: &Loot, route: &str) -> bool {
    let (method, path) = route.split_once(' ').expect("a method");
    let url = format!("{}{path}", app.issuer_of("globex"));
    let csrf_token = csrf_token_of_globex(app, &loot.browser, "x").await;
    let page = match method {
        "POST" => loot.browser.post(&url, &[("csrf_token", csrf_token.as_str()), ("token", "x")]).await,
        _ => loot.browser.get(&format!("{url}?token=x")).await,
    };
    let page = loot.browser.follow(page).await.page();
    (page.status == 400 || page.is_sign_in()) && page.url.contains("/t/globex/") && !page.html.contains("Acme")
}

/// The sign-in of the one tenant is none at the other, and so are its users.
pub(super) async fn forgetting_tells_nothing_of_acme(app: &TestApp, loot: &Loot, posted: bool) -> bool {
    let url = format!("{}/forgot-password", app.issuer_of("globex"));
    let page = loot.browser.get(&format!("{url}?interaction={}", loot.interaction)).await;
    // The links to other languages repeat the query that was sent, and nothing else does.
    let links = page.html.split("href=\"?").skip(1).filter_map(|link| link.split_once('"'));
    let repeated = links.filter(|(query, _)| query.contains(&loot.interaction)).count();
    let names_the_sign_in = page.html.matches(&loot.interaction).count() != repeated;
    if posted {
        let _ = loot.browser.submit_once(&page, &[("login", "carol@acme.test")]).await;
        app.empty_outbox().await;
        return app.mailer().sent().iter().all(|mail| !mail.text.contains("/reset-password"));
    }
    page.status == 200 && !names_the_sign_in && !page.html.contains("Acme")
}

pub(super) async fn a_reset_link_is_unknown(app: &TestApp, posted: bool) -> bool {
    let browser = app.browser();
    let page = browser.get(&format!("{}/forgot-password", app.issuer())).await;
    let _ = browser.submit_once(&page, &[("login", "bob")]).await;
    app.empty_outbox().await;
    let sent = app.mailer().sent();
    let mail = sent.iter().rev().find(|mail| mail.text.contains("/reset-password?token=")).expect("a mail");
    let token = mail.text.split("/reset-password?token=").nth(1).expect("a token");
    let token = token.split_whitespace().next().expect("a token").to_owned();
    let url = format!("{}/reset-password", app.issuer_of("globex"));
    let page = if posted {
        let csrf_token = csrf_token_of_globex(app, &browser, &token).await;
        let fields = [
            ("csrf_token", csrf_token.as_str()),
            ("token", &token),
            ("password", "a-long-enough-password"),
            ("password_confirmation", "a-long-enough-password"),
        ];
        browser.post(&url, &fields).await
    } else {
        browser.get(&format!("{url}?token={token}")).await
    };
    let known_at_home = browser.get(&format!("{}/reset-password?token={token}", app.issuer())).await;
    page.status == 400 && known_at_home.status == 200
}

/// A new browser of alice's, and the link of the notice that tells her of it.
pub(super) async fn a_notice_is_unknown(app: &TestApp, posted: bool) -> bool {
    let _ = app.sign_in("alice", &app.authorization("web")).await;
    let link = not_me::link(app, 1).await;
    let token = link.split("token=").nth(1).expect("a token").to_owned();
    let (browser, url) = (app.browser(), format!("{}/account/not-me", app.issuer_of("globex")));
    let page = if posted {
        let csrf_token = csrf_token_of_globex(app, &browser, &token).await;
        browser.post(&url, &[("csrf_token", csrf_token.as_str()), ("token", &token)]).await
    } else {
        browser.get(&format!("{url}?token={token}")).await
    };
    page.status == 400 && browser.get(&link).await.status == 200
}

/// Devices that approve sign-ins, and the pages of them: what `acme` gave out means nothing at `globex`.
pub(super) async fn a_device_is_unknown(app: &TestApp, loot: &Loot, route: &str) -> bool {
    let globex = app.issuer_of("globex");
    let (method, path) = route.split_once(' ').expect("a method");
    match (method, path) {
        ("GET", _) => {
            let url = format!("{globex}{path}?interaction={}", loot.interaction);
            refused_page(loot.browser.visit(&url).await)
        }
        (_, "/push-devices") => refuses(app, &globex, path, |phone| phone.enrolment(app.now(), "aaaa-bbbb", "x")).await,
        (_, "/push-approvals/{id}") => {
            refuses(app, &globex, "/push-approvals/x", |phone| phone.answer(app.now(), "x", "approve", "42")).await
        }
        _ => posted_form_is_refused(app, loot, &format!("{globex}{path}")).await,
    }
}

/// Whether `globex` takes no message of an application, whichever tenant it is said to be for.
async fn refuses(app: &TestApp, globex: &str, path: &str, message: impl Fn(&PushApp) -> String) -> bool {
    let mut refused = true;
    for issuer in [app.issuer(), globex.to_owned()] {
        let sent = message(&PushApp::new(&issuer, "x"));
        let answer = app.post_form(&format!("{globex}{path}"), &[("message", &sent)]).await;
        refused &= matches!(answer.status, 400 | 404);
    }
    refused
}
