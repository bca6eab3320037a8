//! OAuth 2.0 Form Post Response Mode: the page that takes an answer, or an error, to the application.

use latchkey_testkit::{Browser, Page, TestApp, both_backends};
use serde_json::json;

use crate::relying_party::RelyingParty;

const CALLBACK: &str = "http://127.0.0.1:7000/callback";
const HOSTILE: &str = "\"><script>alert(1)</script>' onload=\"x\" & </form>";

fn between<'a>(text: &'a str, start: &str, end: &str) -> &'a str {
    let (_, rest) = text.split_once(start).unwrap_or_else(|| panic!("no {start} in {text}"));
    rest.split_once(end).unwrap_or_else(|| panic!("no {end} in {rest}")).0
}

fn policy_of(page: &Page) -> String {
    page.headers["content-security-policy"].to_str().expect("text").to_owned()
}

fn directive<'a>(policy: &'a str, name: &str) -> Vec<&'a str> {
    let found = policy.split(';').map(str::trim).find(|directive| directive.starts_with(&format!("{name} ")));
    found.unwrap_or_else(|| panic!("no {name} in {policy}")).split(' ').skip(1).collect()
}

/// Checks the page as a browser would use it.
fn assert_posts_itself(page: &Page, action: &str) {
    assert_eq!(page.status, 200);
    assert!(page.headers["content-type"].to_str().is_ok_and(|kind| kind.starts_with("text/html")));
    assert_eq!(page.headers["cache-control"], "no-store");
    assert!(!page.headers.contains_key("location"));
    assert_eq!(page.html.matches("<form").count(), 1);
    let form = between(&page.html, "<form", ">");
    assert!(form.contains("method=\"post\"") && !form.contains("enctype"), "{form}");
    assert_eq!(page.form_action(), action);

    let policy = policy_of(page);
    assert_eq!(page.html.matches("<script").count(), 1, "the one that submits");
    let nonce = between(between(&page.html, "<script", ">"), "nonce=\"", "\"");
    assert_eq!(directive(&policy, "script-src"), [format!("'nonce-{nonce}'")]);
    assert!(between(&page.html, &format!("nonce=\"{nonce}\">"), "</body>").contains("submit()"));
    let scheme = action.split("//").next().expect("a scheme");
    assert!(directive(&policy, "form-action").contains(&scheme), "{policy}");
    let without_script = between(&page.html, "<noscript>", "</noscript>");
    assert!(without_script.contains("<button type=\"submit\""), "{without_script}");
}

async fn signed_in(app: &TestApp) -> Browser {
    let browser = app.browser();
    let _ = app.sign_in_with(&browser, "alice", &app.authorization("web")).await;
    browser
}

both_backends! {
    async fn the_page_posts_the_answer_by_itself_or_at_the_press_of_a_button(app: TestApp) {
        let browser = signed_in(&app).await;
        let request = app.authorization("web").with("response_mode", "form_post").with("state", HOSTILE);
        let page = browser.get(&request.url()).await;
        assert_posts_itself(&page, CALLBACK);
        let fields = page.hidden_fields();
        let mut names: Vec<&str> = fields.keys().map(String::as_str).collect();
        names.retain(|name| *name != "session_state");
        assert_eq!(names, ["code", "iss", "state"]);
        assert_eq!(fields["state"], HOSTILE);
        assert_eq!(app.redeem("web", &fields["code"]).await.ok().json["token_type"], "Bearer");
    }

    async fn the_page_posts_an_error_too(app: TestApp) {
        for (name, value, error) in [("prompt", "none", "login_required"), ("scope", "\"", "invalid_scope"), ("response_type", "x y", "unsupported_response_type")] {
            let request = app.authorization("web").with("response_mode", "form_post").with("state", HOSTILE).with(name, value);
            let page = app.browser().get(&request.url()).await;
            assert_posts_itself(&page, CALLBACK);
            let fields = page.hidden_fields();
            let names: Vec<&str> = fields.keys().map(String::as_str).collect();
            assert_eq!(names, ["error", "error_description", "iss", "state"]);
            assert_eq!((fields["error"].as_str(), fields["state"].as_str()), (error, HOSTILE));
        }
    }

    async fn each_page_has_a_nonce_of_its_own(app: TestApp) {
        let browser = signed_in(&app).await;
        let url = app.authorization("web").with("response_mode", "form_post").url();
        assert_ne!(policy_of(&browser.get(&url).await), policy_of(&browser.get(&url).await));
    }

    async fn a_redirect_uri_that_is_not_registered_is_never_posted_to(app: TestApp) {
        let browser = signed_in(&app).await;
        for uri in ["https://evil.example/", "javascript:alert(1)//", "http://127.0.0.1:7000/callback\"onsubmit=\"x"] {
            let request = app.authorization("web").with("response_mode", "form_post").with("redirect_uri", uri);
            let page = browser.get(&request.url()).await;
            assert_eq!(page.status, 400, "{uri}");
            assert!(!page.html.contains("<form") && !page.html.contains("evil.example"), "{}", page.html);
        }
    }

    async fn the_action_is_the_registered_uri_with_its_query_escaped(app: TestApp) {
        const URI: &str = "https://rp.example/cb?a=1&b=%22%3E";
        let party = RelyingParty::register(&app, "form-post", &json!({ "redirect_uris": [URI] }));
        let request = party.request().with("redirect_uri", URI).with("response_mode", "form_post").with("prompt", "none");
        let page = app.browser().get(&request.url()).await;
        assert_posts_itself(&page, URI);
        assert!(!page.html.contains("?a=1&b"), "{}", page.html);
        assert_eq!(page.hidden_fields()["error"], "login_required");
    }

    async fn a_posted_request_from_another_site_is_judged_with_the_session_after_one_redirect(app: TestApp) {
        let browser = signed_in(&app).await;
        let silent = app.authorization("web").with("prompt", "none").with("response_mode", "form_post");
        let fields: Vec<(&str, &str)> = silent.fields().iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        // A Lax cookie does not come along with a POST of another site, but with the GET that follows.
        let posted = app.browser().post_from("https://rp.example", &silent.endpoint(), &fields).await;
        assert_eq!(posted.status, 303);
        let next = posted.headers["location"].to_str().expect("text").to_owned();
        assert!(next.contains("/oauth2/authorize/continue?request=") && !next.contains("login_required"), "{next}");
        let page = browser.get(&format!("{}{next}", if next.starts_with('/') { app.origin() } else { String::new() })).await;
        assert_posts_itself(&page, CALLBACK);
        assert!(page.hidden_fields().contains_key("code"), "{}", page.html);
    }
}
