//! Applications and rules that ask for the strongest class lead who has no passkey to one, past what they have.

use std::time::Duration;

use latchkey_testkit::{
    Authenticator, AuthorizationRequest, Browser, Landing, Page, PasskeyDevice, TestApp, both_backends,
};
use serde_json::{Value, json};

use crate::passkeys::{answer, device, make, send};

const ALICE: [(&str, &str); 2] = [("login", "alice"), ("password", "wonderland-in-spring")];

/// A request that fails below that class.
fn essential(app: &TestApp, acr: &str) -> AuthorizationRequest {
    let claims = json!({ "id_token": { "acr": { "essential": true, "value": acr } } }).to_string();
    app.authorization("web").with("claims", &claims).with("prompt", "login")
}

async fn arrived(browser: &Browser, landing: Landing) -> latchkey_testkit::Callback {
    match landing {
        Landing::Page(page) if page.is_consent() => browser.submit(&page, &[("decision", "allow")]).await.callback(),
        landing => landing.callback(),
    }
}

/// Alice with an authenticator, set up in a browser of its own.
async fn with_authenticator(app: &TestApp) -> Authenticator {
    app.set_settings(&json!({ "authentication": { "second_factor": "required" } }));
    let browser = app.browser();
    let page = browser.visit(&app.authorization("web").url()).await.page();
    let page = browser.submit(&page, &ALICE).await.page();
    assert!(page.is_set_up(), "{}", page.html);
    let (authenticator, _, landing) = Authenticator::set_up(app, &browser, &page).await;
    arrived(&browser, landing).await;
    app.set_settings(&json!({ "authentication": {} }));
    app.advance(Duration::from_secs(60));
    authenticator
}

/// Past the password and the code; the page that is shown then.
async fn past_the_code(app: &TestApp, browser: &Browser, url: &str, authenticator: &Authenticator) -> Page {
    let page = browser.visit(url).await.page();
    assert!(page.is_sign_in(), "{}", page.html);
    let page = browser.submit(&page, &ALICE).await.page();
    assert!(page.is_second_factor(), "what the user has is proved first: {}", page.html);
    browser.submit(&page, &[("code", &authenticator.code(app))]).await.page()
}

/// Makes a passkey on the page and uses it; the claims of the ID token.
async fn through_a_passkey(app: &TestApp, browser: &Browser, page: &Page, device: &mut PasskeyDevice) -> Value {
    assert!(page.url.contains("/passkeys/new?"), "{} {}", page.url, page.html);
    let made = make(browser, page, device, "").await;
    assert_eq!(made.status, 303, "the recovery codes of before stay: {}", made.html);
    let page = browser.follow(made).await.page();
    assert!(page.url.contains("/second-factor/passkey?"), "{} {}", page.url, page.html);
    let landing = browser.follow(answer(browser, &page, device).await).await;
    app.id_token("web", arrived(browser, landing).await.code()).await
}

fn is_whole(claims: &Value) -> bool {
    claims["acr"] == "3" && claims["amr"] == json!(["pwd", "otp", "pop", "user", "mfa"])
}

both_backends! {
    async fn who_has_an_authenticator_makes_a_passkey_after_its_code(app: TestApp) {
        let authenticator = with_authenticator(&app).await;
        let (browser, mut device) = (app.browser(), device(&app));
        let page = past_the_code(&app, &browser, &essential(&app, "3").url(), &authenticator).await;
        assert!(!page.html.contains("id=\"later\""), "nothing less will do: {}", page.html);
        let refused = send(&browser, &page, &[("later", "yes")]).await;
        let page = browser.follow(refused).await.page();
        let claims = through_a_passkey(&app, &browser, &page, &mut device).await;
        assert!(is_whole(&claims), "{claims}");
        // From then on it is the passkey that is asked for.
        let other = app.browser();
        let page = other.visit(&essential(&app, "3").url()).await.page();
        let page = other.submit(&page, &ALICE).await.page();
        assert!(page.url.contains("/second-factor/passkey?"), "{} {}", page.url, page.html);
        assert_eq!(answer(&other, &page, &mut device).await.status, 303);
    }

    async fn a_rule_of_the_tenant_that_asks_for_the_strongest_class_is_met_on_the_way(app: TestApp) {
        let authenticator = with_authenticator(&app).await;
        let policies = json!([{ "name": "strong", "when": "true", "then": "step_up", "acr_values": ["3"] }]);
        app.set_settings(&json!({ "access_policies": policies }));
        let (browser, mut device) = (app.browser(), device(&app));
        let url = app.authorization("web").url();
        let page = past_the_code(&app, &browser, &url, &authenticator).await;
        let claims = through_a_passkey(&app, &browser, &page, &mut device).await;
        assert!(is_whole(&claims), "{claims}");
    }

    async fn who_has_nothing_makes_a_passkey_after_the_password(app: TestApp) {
        let (browser, mut device) = (app.browser(), device(&app));
        let page = browser.visit(&essential(&app, "3").url()).await.page();
        let page = browser.submit(&page, &ALICE).await.page();
        assert!(page.url.contains("/passkeys/new?"), "{} {}", page.url, page.html);
        let codes = make(&browser, &page, &mut device, "").await;
        assert_eq!(codes.shown_codes().len(), 10, "{}", codes.html);
        let page = browser.visit(&page.url.replace("/passkeys/new?", "/second-factor/passkey?")).await.page();
        let landing = browser.follow(answer(&browser, &page, &mut device).await).await;
        let claims = app.id_token("web", arrived(&browser, landing).await.code()).await;
        assert_eq!((&claims["acr"], &claims["amr"]), (&json!("3"), &json!(["pwd", "pop", "user", "mfa"])));
    }

    async fn who_is_only_asked_kindly_may_go_on_without(app: TestApp) {
        let authenticator = with_authenticator(&app).await;
        let browser = app.browser();
        let url = app.authorization("web").with("acr_values", "3").url();
        let page = past_the_code(&app, &browser, &url, &authenticator).await;
        assert!(page.url.contains("/passkeys/new?") && page.html.contains("id=\"later\""), "{}", page.html);
        let landing = browser.follow(send(&browser, &page, &[("later", "yes")]).await).await;
        let claims = app.id_token("web", arrived(&browser, landing).await.code()).await;
        assert_eq!((&claims["acr"], &claims["amr"]), (&json!("2"), &json!(["pwd", "otp", "mfa"])));
    }

    async fn in_a_session_that_somebody_found_open_nothing_is_set_up(app: TestApp) {
        let authenticator = with_authenticator(&app).await;
        let browser = app.browser();
        let page = browser.visit(&app.authorization("web").url()).await.page();
        let page = browser.submit(&page, &ALICE).await.page();
        let landing = browser.submit(&page, &[("code", &authenticator.code(&app))]).await;
        arrived(&browser, landing).await;
        let claims = json!({ "id_token": { "acr": { "essential": true, "value": "3" } } }).to_string();
        let page = browser.visit(&app.authorization("web").with("claims", &claims).url()).await.page();
        assert!(page.is_sign_in(), "{} {}", page.url, page.html);
        for path in ["/passkeys/new", "/second-factor/set-up", "/second-factor"] {
            let shown = browser.visit(&page.url.replace("/sign-in", path)).await.page();
            assert!(shown.is_sign_in(), "{path}: {} {}", shown.url, shown.html);
        }
    }

    async fn where_no_passkey_counts_the_class_cannot_be_reached_and_the_application_is_told(app: TestApp) {
        let authenticator = with_authenticator(&app).await;
        app.set_settings(&json!({ "passkeys": { "use": "off" } }));
        let browser = app.browser();
        let page = browser.visit(&essential(&app, "3").url()).await.page();
        let page = browser.submit(&page, &ALICE).await.page();
        let callback = browser.submit(&page, &[("code", &authenticator.code(&app))]).await.callback();
        assert_eq!(callback.param("error"), "unmet_authentication_requirements");
    }
}
