//! What other applications learn of a sign-out: OpenID Connect Back-Channel Logout, Front-Channel Logout and Session
//! Management 1.0; and what "everywhere" means.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use latchkey_testkit::{
    Browser, Callback, HttpsStub, Landing, StubAnswer, StubRequest, TestApp, both_backends, sha256,
};
use serde_json::{Value, json};

use crate::device;

const BYE: &str = "http://127.0.0.1:7000/bye";
const NOTICE: &str = "/backchannel";

/// Somebody's server with two clients of `acme` behind it: `logout-back` and `logout-other`.
fn clients_at(app: &TestApp) -> HttpsStub {
    let stub = HttpsStub::start();
    stub.answer(NOTICE, StubAnswer::status(200));
    stub.answer("/other", StubAnswer::status(204));
    let clients = [("logout-back", NOTICE), ("logout-other", "/other")].map(|(client_id, path)| {
        json!({
            "client_id": client_id, "name": client_id, "token_endpoint_auth_method": "none", "consent": "implied",
            "redirect_uris": ["http://127.0.0.1/callback"], "grant_types": ["authorization_code", "refresh_token"],
            "scope": "openid offline_access", "id_token_signed_response_alg": "ES256",
            "backchannel_logout_uri": stub.url(path), "backchannel_logout_session_required": true,
        })
    });
    let tenant = json!({
        "slug": "acme", "name": "Acme Corporation", "settings": { "outgoing": stub.outgoing() }, "clients": clients,
    });
    app.apply(&json!({ "version": 1, "tenants": [tenant] }).to_string());
    stub
}

/// Signs alice in to a client; the claims of her ID token and the whole answer.
async fn sign_in(app: &TestApp, browser: &Browser, client: &str) -> (Value, latchkey_testkit::JsonAnswer) {
    let request = app.authorization(client).with("scope", "openid offline_access");
    let callback = app.sign_in_with(browser, "alice", &request).await;
    let tokens = app.redeem(client, callback.code()).await.ok();
    (app.verify_jwt(&tokens.string("id_token")).await, tokens)
}

async fn sign_out(app: &TestApp, browser: &Browser, button: &[(&str, &str)]) -> Landing {
    let asked = browser.visit(&app.logout_url(&[])).await.page();
    browser.submit(&asked, button).await
}

fn is_signed_in(callback: &Callback) -> bool {
    callback.params.contains_key("code")
}

async fn silently(app: &TestApp, browser: &Browser) -> Callback {
    // A client that asks for no consent: what is found out is whether there is a session.
    browser.visit(&app.authorization("legacy").with("prompt", "none").url()).await.callback()
}

fn header_of(token: &str) -> Value {
    let header = token.split('.').next().expect("a header");
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(header).expect("base64url")).expect("JSON")
}

async fn claims_of(app: &TestApp, request: &StubRequest) -> Value {
    app.verify_jwt(&request.form()["logout_token"]).await
}

/// A browser whose user approved offline access twice; the code and the device code.
async fn approved(app: &TestApp) -> (Browser, String, String) {
    let browser = app.browser();
    let request = app.authorization("web").with("scope", "openid offline_access");
    let waiting = app.sign_in_with(&browser, "alice", &request).await;
    let codes = device::begin(app, "dev-tv", "openid offline_access").await;
    device::approve(app, &browser, &codes.user_code).await;
    (browser, waiting.code().to_owned(), codes.device_code)
}

both_backends! {
    async fn a_sign_out_tells_each_client_of_the_session_by_a_logout_token(app: TestApp) {
        let stub = clients_at(&app);
        let browser = app.browser();
        let (id_token, _) = sign_in(&app, &browser, "logout-back").await;
        let (other, _) = sign_in(&app, &browser, "logout-other").await;
        sign_in(&app, &browser, "web").await;
        sign_out(&app, &browser, &[]).await;
        app.empty_outbox().await;

        let posted = stub.requests();
        assert_eq!(posted.len(), 2, "one each, and none for a client without an address: {posted:?}");
        let notice = &stub.requests_to(NOTICE)[0];
        assert_eq!((notice.method.as_str(), notice.headers["content-type"].as_str()),
            ("POST", "application/x-www-form-urlencoded"));
        assert_eq!(notice.form().len(), 1, "logout_token only");
        let token = &notice.form()["logout_token"];
        assert_eq!((&header_of(token)["typ"], &header_of(token)["alg"]), (&json!("logout+jwt"), &json!("ES256")));
        let claims = claims_of(&app, notice).await;
        assert_eq!(claims["iss"], app.issuer());
        assert_eq!(claims["aud"], "logout-back");
        assert_eq!((&claims["sub"], &claims["sid"]), (&id_token["sub"], &id_token["sid"]));
        assert_eq!(claims["events"], json!({ "http://schemas.openid.net/event/backchannel-logout": {} }));
        assert_eq!(claims["exp"].as_i64().expect("a number") - claims["iat"].as_i64().expect("a number"), 120);
        assert!(claims.get("nonce").is_none() && !claims["jti"].as_str().expect("text").is_empty(), "{claims}");
        let theirs = claims_of(&app, &stub.requests_to("/other")[0]).await;
        assert_eq!((&theirs["aud"], &theirs["sid"]), (&json!("logout-other"), &other["sid"]));
        assert_ne!(theirs["jti"], claims["jti"]);
    }

    async fn the_browser_does_not_wait_for_an_application_that_is_slow(app: TestApp) {
        let stub = clients_at(&app);
        stub.answer(NOTICE, StubAnswer::status(200).delayed(Duration::from_secs(60)));
        let browser = app.browser();
        sign_in(&app, &browser, "logout-back").await;
        let done = sign_out(&app, &browser, &[]).await.page();
        assert!(done.url.ends_with("/signed-out"), "{}", done.url);
        let waiting = app.waiting_in_outbox().await;
        assert!(waiting.iter().any(|(kind, _)| kind.contains("logout")), "the notice has not arrived: {waiting:?}");
        assert!(!is_signed_in(&silently(&app, &browser).await));
    }

    async fn a_logout_token_is_no_id_token_hint(app: TestApp) {
        let stub = clients_at(&app);
        let browser = app.browser();
        sign_in(&app, &browser, "logout-back").await;
        sign_out(&app, &browser, &[]).await;
        app.empty_outbox().await;
        let token = stub.requests_to(NOTICE)[0].form()["logout_token"].clone();
        sign_in(&app, &browser, "web").await;
        let refused = browser.visit(&app.logout_url(&[("id_token_hint", &token)])).await.page();
        assert_eq!(refused.status, 400);
        assert!(is_signed_in(&silently(&app, &browser).await));
    }

    async fn a_notice_that_fails_is_repeated_under_the_same_jti_until_it_arrives(app: TestApp) {
        let stub = clients_at(&app);
        stub.answer(NOTICE, StubAnswer::status(503));
        let browser = app.browser();
        sign_in(&app, &browser, "logout-back").await;
        sign_out(&app, &browser, &[]).await;
        until(&app, &stub, 1).await;
        stub.answer(NOTICE, StubAnswer::status(429));
        until(&app, &stub, 2).await;
        stub.answer(NOTICE, StubAnswer::status(200));
        settle(&app).await;
        let mut ids = Vec::new();
        for request in stub.requests_to(NOTICE) {
            ids.push(claims_of(&app, &request).await["jti"].clone());
        }
        assert!(ids.len() >= 3, "{ids:?}");
        assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
    }

    async fn a_refusal_is_final_and_a_redirect_is_never_followed(app: TestApp) {
        let stub = clients_at(&app);
        stub.answer(NOTICE, StubAnswer::status(400));
        stub.answer("/other", StubAnswer::status(302).header("location", &stub.url("/elsewhere")));
        let browser = app.browser();
        sign_in(&app, &browser, "logout-back").await;
        sign_in(&app, &browser, "logout-other").await;
        sign_out(&app, &browser, &[]).await;
        app.empty_outbox().await;
        assert_eq!((stub.requests_to(NOTICE).len(), stub.requests_to("/other").len()), (1, 1));
        assert_eq!(stub.requests_to("/elsewhere").len(), 0);
    }

    async fn a_user_who_is_disabled_is_signed_out_of_the_clients_too(app: TestApp) {
        let stub = clients_at(&app);
        let (id_token, _) = sign_in(&app, &app.browser(), "logout-back").await;
        app.disable_user("alice").await;
        app.empty_outbox().await;
        assert_eq!(claims_of(&app, &stub.requests_to(NOTICE)[0]).await["sid"], id_token["sid"]);
    }

    async fn a_session_that_only_expires_is_not_told(app: TestApp) {
        let stub = clients_at(&app);
        let browser = app.browser();
        sign_in(&app, &browser, "logout-back").await;
        app.advance(Duration::from_secs(8 * 24 * 3600));
        assert!(!is_signed_in(&silently(&app, &browser).await));
        app.empty_outbox().await;
        assert_eq!(stub.requests(), []);
    }

    async fn without_the_tenants_leave_no_notice_reaches_a_private_address(app: TestApp) {
        let stub = clients_at(&app);
        app.apply("version: 1\ntenants:\n  - slug: acme\n    name: Acme Corporation\n    settings: {}\n");
        let browser = app.browser();
        sign_in(&app, &browser, "logout-back").await;
        sign_out(&app, &browser, &[]).await;
        app.deliver_outbox().await;
        app.deliver_outbox().await;
        assert_eq!(stub.requests(), []);
    }

    async fn everywhere_ends_every_session_and_every_grant_and_tells_the_clients(app: TestApp) {
        let stub = clients_at(&app);
        let (here, there) = (app.browser(), app.browser());
        let (first, _) = sign_in(&app, &here, "logout-back").await;
        let (second, tokens) = sign_in(&app, &there, "logout-back").await;
        let refresh_token = tokens.string("refresh_token");
        let done = sign_out(&app, &here, &[("accounts", "everywhere")]).await.page();
        assert!(done.url.ends_with("/signed-out"), "{}", done.url);
        assert!(!is_signed_in(&silently(&app, &here).await) && !is_signed_in(&silently(&app, &there).await));
        assert_eq!(app.refresh("logout-back", &refresh_token).await.error(), "invalid_grant");
        app.empty_outbox().await;
        let mut told = Vec::new();
        for request in stub.requests_to(NOTICE) {
            told.push(claims_of(&app, &request).await["sid"].to_string());
        }
        told.sort();
        let mut expected = vec![first["sid"].to_string(), second["sid"].to_string()];
        expected.sort();
        assert_eq!(told, expected);
    }

    async fn what_was_approved_before_buys_nothing_after_everywhere(app: TestApp) {
        let (browser, code, device_code) = approved(&app).await;
        let _ = sign_out(&app, &browser, &[("accounts", "everywhere")]).await.page();
        app.redeem("web", &code).await.expect_error(400, "invalid_grant");
        device::poll(&app, "dev-tv", &device_code).await.expect_error(400, "invalid_grant");
        let (_, code, device_code) = approved(&app).await;
        let _ = (app.redeem("web", &code).await.ok(), device::poll(&app, "dev-tv", &device_code).await.ok());
    }

    async fn offline_access_that_was_approved_before_a_plain_sign_out_begins_after_it(app: TestApp) {
        let (browser, code, device_code) = approved(&app).await;
        sign_out(&app, &browser, &[]).await;
        let _ = (app.redeem("web", &code).await.ok(), device::poll(&app, "dev-tv", &device_code).await.ok());
    }

    async fn a_plain_sign_out_leaves_other_browsers_and_offline_access_alone(app: TestApp) {
        let (here, there) = (app.browser(), app.browser());
        let _stub = clients_at(&app);
        let (_, tokens) = sign_in(&app, &here, "logout-back").await;
        sign_in(&app, &there, "logout-back").await;
        sign_out(&app, &here, &[]).await;
        assert!(is_signed_in(&silently(&app, &there).await));
        let _ = app.refresh("logout-back", &tokens.string("refresh_token")).await.ok();
    }

    async fn a_confirmation_of_one_sign_out_is_worth_nothing_for_everywhere(app: TestApp) {
        let browser = app.browser();
        sign_in(&app, &browser, "web").await;
        let asked = browser.visit(&app.logout_url(&[])).await.page();
        let confirmed = browser.submit_once(&asked, &[]).await;
        let next = confirmed.headers["location"].to_str().expect("text").replace("accounts=active", "accounts=everywhere");
        let refused = browser.get(&format!("{}{next}", app.origin())).await;
        assert_eq!(refused.status, 403, "{}", refused.html);
        assert!(is_signed_in(&silently(&app, &browser).await));
    }

    async fn the_browser_loads_the_logout_page_of_each_client_and_then_goes_on_with_the_state(app: TestApp) {
        let browser = app.browser();
        let (_, tokens) = sign_in_to_front(&app, &browser).await;
        let id_token = app.verify_jwt(&tokens).await;
        let params = [("id_token_hint", tokens.as_str()), ("post_logout_redirect_uri", BYE), ("state", "a b&c")];
        let page = browser.visit(&app.logout_url(&params)).await.page();
        assert_eq!(page.status, 200);
        let iss: String = url_encoded(&app.issuer());
        let sid = id_token["sid"].as_str().expect("text");
        let frame = html(&format!("https://front.logout.test:8443/out?app=1&b=\"2&iss={iss}&sid={sid}"));
        assert!(page.html.contains(&format!("<iframe src=\"{frame}\"")), "{frame} in {}", page.html);
        assert_eq!(page.html.matches("<iframe").count(), 1);
        let policy = page.headers["content-security-policy"].to_str().expect("text");
        assert!(policy.contains(" frame-src https://front.logout.test:8443;"), "{policy}");
        let next = html(&format!("{BYE}?state=a%20b%26c"));
        assert!(page.html.contains(&format!("href=\"{next}\"")), "a link for those who wait: {}", page.html);
        assert!(page.html.contains(&format!("content=\"4;url={next}\"")), "without JavaScript too: {}", page.html);
        assert!(!is_signed_in(&silently(&app, &browser).await));
        let again = browser.visit(&app.logout_url(&params)).await.callback();
        assert_eq!(again.params["state"], "a b&c", "nobody is signed in, so nobody has to be told");
    }

    async fn without_a_destination_the_frames_lead_to_our_own_page(app: TestApp) {
        let browser = app.browser();
        sign_in_to_front(&app, &browser).await;
        let page = sign_out(&app, &browser, &[]).await.page();
        assert!(page.html.contains("href=\"/t/acme/signed-out\"") && page.html.contains("<iframe"), "{}", page.html);
    }

    async fn no_other_page_may_frame_anything(app: TestApp) {
        let page = app.browser().visit(&app.authorization("web").url()).await.page();
        assert!(!page.headers["content-security-policy"].to_str().expect("text").contains("frame-src"));
        assert_eq!(page.headers["x-frame-options"], "DENY");
    }

    async fn the_session_state_fits_the_browser_state_until_somebody_signs_out(app: TestApp) {
        let browser = app.browser();
        let callback = app.sign_in_with(&browser, "alice", &app.authorization("legacy")).await;
        let cookie = format!("-state-{}", app.tenant_id("acme").await);
        let state = browser.cookie(&cookie).expect("a browser state");
        let expected = |answer: &Callback, state: &str| {
            let (digest, salt) = answer.params["session_state"].split_once('.').expect("a salt");
            digest == digest_of(&format!("legacy {} {state} {salt}", origin_of(&answer.url)))
        };
        assert!(expected(&callback, &state));
        let again = silently(&app, &browser).await;
        assert!(expected(&again, &state) && again.params["session_state"] != callback.params["session_state"]);
        sign_out(&app, &browser, &[]).await;
        assert_eq!(browser.cookie(&cookie), None, "changed");
        assert!(!silently(&app, &browser).await.params.contains_key("session_state"), "an error has none");
        app.advance(Duration::from_secs(1));
        app.sign_in_with(&browser, "alice", &app.authorization("legacy")).await;
        assert_ne!(browser.cookie(&cookie).expect("a browser state"), state, "a new session is another state");
    }

    async fn the_browser_state_says_nothing_of_the_session_cookie_and_comes_back_when_it_is_lost(app: TestApp) {
        let browser = app.browser();
        app.sign_in_with(&browser, "alice", &app.authorization("web")).await;
        let tenant = app.tenant_id("acme").await;
        let session = browser.cookie(&format!("-session-{tenant}")).expect("a session");
        let state = browser.cookie(&format!("-state-{tenant}")).expect("a state");
        assert!(!state.contains(session.rsplit('.').next().expect("a part")) && !session.contains(&state));
        let silent = app.authorization("web").with("prompt", "none").url();
        let answer = app.get_with_session_cookie(&silent, &session).await;
        let set: Vec<_> = answer.headers.get_all("set-cookie").iter().map(|value| value.to_str().expect("text")).collect();
        let cookie = set.iter().find(|cookie| cookie.contains("-state-")).expect("it is set again");
        assert!(cookie.contains(&state) && !cookie.contains("HttpOnly"), "{cookie}");
    }

    async fn every_kind_of_answer_that_succeeds_has_a_session_state(app: TestApp) {
        let client = json!({
            "client_id": "logout-all", "security_profile": "oidc", "consent": "implied", "scope": "openid",
            "secret": "logout-all-secret-0123456789-0123456789", "redirect_uris": ["http://127.0.0.1/callback"],
            "grant_types": ["authorization_code", "implicit"],
            "response_types": ["code", "id_token", "id_token token", "code id_token", "code token", "code id_token token"],
        });
        app.add_clients(&[client]);
        let browser = app.browser();
        let first = app.sign_in_with(&browser, "alice", &app.authorization("logout-all").with("scope", "openid")).await;
        assert!(first.params.contains_key("session_state"));
        for response_type in ["code", "id_token", "id_token token", "code id_token", "code token", "code id_token token"] {
            for mode in ["form_post", "fragment", "jwt"] {
                let request = app.authorization("logout-all").with("scope", "openid");
                let request = request.with("response_type", response_type).with("response_mode", mode);
                let callback = browser.visit(&request.url()).await.callback();
                let state = match callback.params.get("response") {
                    Some(response) => app.verify_jwt(response).await["session_state"].as_str().map(str::to_owned),
                    None => callback.params.get("session_state").cloned(),
                };
                assert!(state.is_some_and(|state| state.contains('.')), "{response_type} {mode}: {}", callback.url);
            }
        }
    }

    async fn a_request_without_openid_gets_no_session_state(app: TestApp) {
        let request = app.authorization("web").with("scope", "profile");
        let callback = app.sign_in("alice", &request).await;
        assert!(is_signed_in(&callback) && !callback.params.contains_key("session_state"));
    }

    async fn only_the_check_session_page_may_stand_in_frames(app: TestApp) {
        let url = app.get(&format!("{}/.well-known/openid-configuration", app.issuer())).await.string("check_session_iframe");
        assert_eq!(url, format!("{}/oauth2/check-session", app.issuer()));
        let page = app.browser().get(&url).await;
        assert_eq!(page.status, 200);
        let policy = page.headers["content-security-policy"].to_str().expect("text");
        assert!(policy.contains("frame-ancestors *") && policy.starts_with("default-src 'none'; script-src 'nonce-"));
        assert!(!page.headers.contains_key("x-frame-options"));
        assert!(page.html.contains(&format!("latchkey-state-{}=", app.tenant_id("acme").await)));
    }

    async fn discovery_promises_the_channels(app: TestApp) {
        let metadata = app.get(&format!("{}/.well-known/openid-configuration", app.issuer())).await.json;
        for member in ["frontchannel_logout_supported", "frontchannel_logout_session_supported",
            "backchannel_logout_supported", "backchannel_logout_session_supported"] {
            assert_eq!(metadata[member], true, "{member}");
        }
    }
}

/// Signs alice in to the client with a `frontchannel_logout_uri`; its callback and the ID token.
async fn sign_in_to_front(app: &TestApp, browser: &Browser) -> (Callback, String) {
    let request = app.authorization("logout-front").with("scope", "openid");
    let callback = app.sign_in_with(browser, "alice", &request).await;
    let id_token = app.redeem("logout-front", callback.code()).await.ok().string("id_token");
    (callback, id_token)
}

/// Until the notice has been posted so often, each time a little later.
async fn until(app: &TestApp, stub: &HttpsStub, notices: usize) {
    let arrived = async {
        let mut pause = tokio::time::interval(Duration::from_millis(20));
        while stub.requests_to(NOTICE).len() < notices {
            app.deliver_outbox().await;
            app.advance(Duration::from_secs(5));
            pause.tick().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), arrived).await.expect("the notice arrives");
}

/// [`TestApp::empty_outbox`], while time goes on.
async fn settle(app: &TestApp) {
    let settled = async {
        let mut pause = tokio::time::interval(Duration::from_millis(20));
        while !app.waiting_in_outbox().await.is_empty() {
            app.deliver_outbox().await;
            app.advance(Duration::from_secs(5));
            pause.tick().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), settled).await.expect("the outbox gets empty");
}

fn digest_of(text: &str) -> String {
    URL_SAFE_NO_PAD.encode(sha256(text.as_bytes()))
}

fn origin_of(url: &str) -> String {
    url.splitn(4, '/').take(3).collect::<Vec<_>>().join("/")
}

fn url_encoded(text: &str) -> String {
    text.replace(':', "%3A").replace('/', "%2F")
}

fn html(text: &str) -> String {
    text.replace('&', "&#38;").replace('"', "&#34;")
}
