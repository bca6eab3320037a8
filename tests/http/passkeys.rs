//! Passkeys: made, used alone, used as second factor, refused, named and removed.

use latchkey_testkit::{Browser, Landing, Maker, Page, PasskeyDevice, TestApp, both_backends};
use serde_json::{Value, json};

pub const ALICE: [(&str, &str); 2] = [("login", "alice"), ("password", "wonderland-in-spring")];
const BOB: [(&str, &str); 2] = [("login", "bob"), ("password", "builder-in-autumn")];
const MAKE: [u8; 16] = *b"0123456789abcdef";
const MAKE_TEXT: &str = "30313233-3435-3637-3839-616263646566";

pub(crate) fn device(app: &TestApp) -> PasskeyDevice {
    PasskeyDevice::at(&app.origin())
}

/// What the page hands to the browser, if it has a form for a passkey.
pub(crate) fn options(page: &Page) -> Option<String> {
    let (_, rest) = page.html.split_once("data-options=\"")?;
    let (escaped, _) = rest.split_once('"')?;
    Some(escaped.replace("&#34;", "\"").replace("&quot;", "\"").replace("&#38;", "&").replace("&amp;", "&"))
}

/// Sends the form of the page, as its script does.
pub(crate) async fn send(browser: &Browser, page: &Page, more: &[(&str, &str)]) -> Page {
    let (before, _) = page.html.split_once("id=\"passkey-form\"").unwrap_or_else(|| panic!("no form: {}", page.html));
    let action = before.rsplit("action=\"").next().and_then(|rest| rest.split('"').next()).expect("an action");
    let hidden = page.hidden_fields();
    let mut fields: Vec<(&str, &str)> = ["csrf_token", "interaction"].map(|name| (name, hidden[name].as_str())).into();
    fields.extend_from_slice(more);
    let origin = page.url.split("/t/").next().expect("an origin");
    browser.post(&format!("{origin}{action}"), &fields).await
}

pub async fn answer(browser: &Browser, page: &Page, device: &mut PasskeyDevice) -> Page {
    let response = device.get(&options(page).expect("options")).expect("it keeps one");
    send(browser, page, &[("credential", &response)]).await
}

pub(crate) async fn make(browser: &Browser, page: &Page, device: &mut PasskeyDevice, name: &str) -> Page {
    let response = device.create(&options(page).expect("options"));
    send(browser, page, &[("credential", &response), ("name", name)]).await
}

pub async fn sign_in_page(app: &TestApp, browser: &Browser) -> Page {
    let page = browser.visit(&app.authorization("web").url()).await.page();
    assert!(page.is_sign_in(), "{}", page.html);
    page
}

/// The page of the own account, after the password.
async fn own_page(app: &TestApp, browser: &Browser, login: &[(&str, &str)]) -> Page {
    let page = browser.visit(&format!("{}/account/security", app.issuer())).await.page();
    browser.submit(&page, login).await.page()
}

async fn new_page(browser: &Browser, own: &Page) -> Page {
    assert!(own.html.contains("id=\"add-passkey\""), "{}", own.html);
    browser.visit(&own.url.replace("/account/security?", "/passkeys/new?")).await.page()
}

/// A passkey of that user on that device; the browser is on the page of the own account.
pub async fn with_passkey(
    app: &TestApp,
    login: &[(&str, &str)],
    device: &mut PasskeyDevice,
    name: &str,
) -> (Browser, Page) {
    let browser = app.browser();
    let own = own_page(app, &browser, login).await;
    let made = make(&browser, &new_page(&browser, &own).await, device, name).await;
    assert_eq!(made.status, 303, "{}", made.html);
    // Whoever has one proves it before the page is shown again.
    let page = browser.follow(made).await.page();
    assert!(page.url.contains("/second-factor/passkey?"), "{} {}", page.url, page.html);
    let own = answer(&browser, &page, device).await;
    let own = browser.follow(own).await.page();
    assert!(own.html.contains("id=\"own-passkeys\""), "{}", own.html);
    (browser, own)
}

/// Runs a request to its end with the passkey alone; the claims of the ID token.
async fn claims_of(app: &TestApp, device: &mut PasskeyDevice) -> Value {
    let browser = app.browser();
    let answered = answer(&browser, &sign_in_page(app, &browser).await, device).await;
    assert_eq!(answered.status, 303, "{}", answered.html);
    let callback = match browser.follow(answered).await {
        Landing::Page(page) if page.is_consent() => browser.submit(&page, &[("decision", "allow")]).await.callback(),
        landing => landing.callback(),
    };
    app.id_token("web", callback.code()).await
}

fn ids(page: &Page) -> Vec<String> {
    let starts = page.html.split("name=\"remove\" value=\"").skip(1);
    starts.filter_map(|rest| rest.split('"').next()).map(str::to_owned).collect()
}

/// Sends one of the small forms of the own account.
async fn change(app: &TestApp, browser: &Browser, page: &Page, more: &[(&str, &str)]) -> Page {
    let hidden = page.hidden_fields();
    let mut fields: Vec<(&str, &str)> = ["csrf_token", "interaction"].map(|name| (name, hidden[name].as_str())).into();
    fields.extend_from_slice(more);
    browser.post(&format!("{}/account/passkeys", app.issuer()), &fields).await
}

/// Signs in with the password in a browser that says that it could keep a passkey.
async fn sign_in_able(app: &TestApp, browser: &Browser) -> Landing {
    let page = sign_in_page(app, browser).await;
    let mut fields = page.hidden_fields();
    fields.extend(ALICE.map(|(name, value)| (name.to_owned(), value.to_owned())));
    fields.insert("can_make_passkeys".to_owned(), "yes".to_owned());
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    browser.follow(browser.post(&page.form_action(), &fields).await).await
}

both_backends! {
    async fn a_user_adds_a_passkey_and_signs_in_with_it_alone(app: TestApp) {
        let mut device = device(&app);
        let (_, own) = with_passkey(&app, &ALICE, &mut device, "My phone").await;
        assert!(own.html.contains("My phone") && own.html.contains("last used"), "{}", own.html);
        let page = sign_in_page(&app, &app.browser()).await;
        assert!(page.html.contains("autocomplete=\"username webauthn\""), "{}", page.html);
        let claims = claims_of(&app, &mut device).await;
        assert_eq!((&claims["acr"], &claims["amr"]), (&json!("3"), &json!(["pop", "user", "mfa"])));
        let metadata = app.get(&format!("{}/.well-known/openid-configuration", app.issuer())).await.ok().json;
        assert_eq!(metadata["acr_values_supported"], json!(["1", "2", "3"]));
    }

    async fn who_has_only_a_passkey_looks_after_the_own_account_with_it(app: TestApp) {
        let mut device = device(&app);
        with_passkey(&app, &ALICE, &mut device, "").await;
        let browser = app.browser();
        let page = browser.visit(&format!("{}/account/security", app.issuer())).await.page();
        let own = answer(&browser, &page, &mut device).await;
        let own = browser.follow(own).await.page();
        assert!(own.html.contains("id=\"own-passkeys\""), "{}", own.html);
        // The password alone does not.
        let page = own_page(&app, &app.browser(), &ALICE).await;
        assert!(page.url.contains("/second-factor/passkey?"), "{}", page.url);
        // But it still signs in to an application.
        let claims = app.id_token("web", app.sign_in("alice", &app.authorization("web")).await.code()).await;
        assert_eq!((&claims["acr"], &claims["amr"]), (&json!("1"), &json!(["pwd"])));
    }

    async fn an_answer_counts_in_its_own_sign_in_and_once(app: TestApp) {
        let mut device = device(&app);
        device.counter = None;
        with_passkey(&app, &ALICE, &mut device, "").await;
        let (victim, thief) = (app.browser(), app.browser());
        let page = sign_in_page(&app, &victim).await;
        let response = device.get(&options(&page).expect("options")).expect("a key");
        let stolen = send(&thief, &sign_in_page(&app, &thief).await, &[("credential", &response)]).await;
        assert!(stolen.status == 422 && stolen.html.contains("was not accepted"), "{}", stolen.html);
        assert!(stolen.is_sign_in() && options(&stolen).is_some(), "the page offers another try: {}", stolen.html);
        assert_eq!(send(&victim, &page, &[("credential", &response)]).await.status, 303);
        assert_eq!(send(&victim, &page, &[("credential", &response)]).await.status, 422);
    }

    async fn tenants_on_one_host_have_nothing_in_common(app: TestApp) {
        let mut device = device(&app);
        with_passkey(&app, &ALICE, &mut device, "").await;
        let browser = app.browser();
        let page = browser.visit(&app.authorization_of("globex", "web").url()).await.page();
        let refused = answer(&browser, &page, &mut device).await;
        assert_eq!(refused.status, 422, "{}", refused.html);
    }

    async fn a_device_that_does_not_check_its_user_is_refused(app: TestApp) {
        let mut device = device(&app);
        with_passkey(&app, &ALICE, &mut device, "").await;
        device.verifies_user = false;
        let browser = app.browser();
        let refused = answer(&browser, &sign_in_page(&app, &browser).await, &mut device).await;
        assert!(refused.status == 422 && refused.html.contains("did not check that it is you"), "{}", refused.html);
        let own = own_page(&app, &browser, &BOB).await;
        let refused = make(&browser, &new_page(&browser, &own).await, &mut device, "").await;
        assert!(refused.status == 422 && refused.html.contains("did not check that it is you"), "{}", refused.html);
    }

    async fn a_counter_that_goes_back_ends_the_passkey_and_the_user_is_told_what_to_do(app: TestApp) {
        let mut device = device(&app);
        let (browser, own) = with_passkey(&app, &ALICE, &mut device, "Copied").await;
        let mut copy = device.clone();
        claims_of(&app, &mut device).await;
        let other = app.browser();
        for device in [&mut copy, &mut device] {
            let refused = answer(&other, &sign_in_page(&app, &other).await, device).await;
            assert!(refused.status == 422 && refused.html.contains("may have been copied"), "{}", refused.html);
        }
        let page = browser.visit(&own.url).await.page();
        assert!(page.html.contains("May have been copied"), "{}", page.html);
        let [id] = ids(&page).try_into().expect("one");
        assert_eq!(change(&app, &browser, &page, &[("remove", &id)]).await.status, 303);
        assert!(!browser.visit(&own.url).await.page().html.contains("Copied"));
    }

    async fn as_second_factor_it_comes_after_the_password(app: TestApp) {
        app.set_settings(&json!({ "passkeys": { "use": "second_factor" } }));
        let mut device = device(&app);
        let browser = app.browser();
        let own = own_page(&app, &browser, &ALICE).await;
        let made = make(&browser, &new_page(&browser, &own).await, &mut device, "").await;
        assert_eq!(made.shown_codes().len(), 10, "sign-ins depend on it now: {}", made.html);

        let other = app.browser();
        let page = sign_in_page(&app, &other).await;
        assert!(options(&page).is_none(), "{}", page.html);
        let page = other.submit(&page, &ALICE).await.page();
        assert!(page.url.contains("/second-factor/passkey?") && page.html.contains("id=\"use-recovery_code\""), "{}", page.html);
        let landing = other.follow(answer(&other, &page, &mut device).await).await;
        let callback = match landing {
            Landing::Page(page) if page.is_consent() => other.submit(&page, &[("decision", "allow")]).await.callback(),
            landing => landing.callback(),
        };
        let claims = app.id_token("web", callback.code()).await;
        assert_eq!((&claims["acr"], &claims["amr"]), (&json!("3"), &json!(["pwd", "pop", "user", "mfa"])));
    }

    async fn who_needs_one_makes_it_on_the_way_and_uses_it_before_it_opens_the_door(app: TestApp) {
        app.set_settings(&json!({ "authentication": { "second_factor": "required", "second_factors": ["passkey"] } }));
        let mut device = device(&app);
        let browser = app.browser();
        let page = browser.submit(&sign_in_page(&app, &browser).await, &ALICE).await.page();
        assert!(page.url.contains("/passkeys/new?"), "{} {}", page.url, page.html);
        let made = make(&browser, &page, &mut device, "").await;
        let page = browser.follow(made).await.page();
        assert!(page.url.contains("/second-factor/passkey?"), "{} {}", page.url, page.html);
        let silent = app.authorization("web").with("prompt", "none");
        assert_eq!(browser.visit(&silent.url()).await.callback().param("error"), "login_required");
        assert_eq!(answer(&browser, &page, &mut device).await.status, 303);
        // With a password alone nobody adds a second one.
        let thief = app.browser();
        let page = thief.submit(&sign_in_page(&app, &thief).await, &ALICE).await.page();
        let new = thief.visit(&page.url.replace("/second-factor/passkey?", "/passkeys/new?")).await.page();
        assert!(new.url.contains("/second-factor/passkey?"), "{}", new.url);
    }

    async fn an_application_that_asks_for_the_strongest_class_gets_it(app: TestApp) {
        let mut device = device(&app);
        with_passkey(&app, &ALICE, &mut device, "").await;
        let browser = app.browser();
        let page = browser.visit(&app.authorization("web").with("acr_values", "3").url()).await.page();
        let page = browser.submit(&page, &ALICE).await.page();
        assert!(page.url.contains("/second-factor/passkey?"), "{} {}", page.url, page.html);
        assert_eq!(answer(&browser, &page, &mut device).await.status, 303);
        // Who has none is led to make one.
        let bobs = app.browser();
        let page = bobs.visit(&app.authorization("web").with("acr_values", "3").url()).await.page();
        let page = bobs.submit(&page, &BOB).await.page();
        assert!(page.url.contains("/passkeys/new?"), "{} {}", page.url, page.html);
    }

    async fn a_passkey_is_offered_after_a_password_and_not_now_is_remembered(app: TestApp) {
        let browser = app.browser();
        let offer = sign_in_able(&app, &browser).await.page();
        assert!(offer.url.contains("/passkeys/offer?") && offer.html.contains("Not now"), "{}", offer.html);
        let silent = app.authorization("web").with("prompt", "none");
        let error = browser.visit(&silent.url()).await.callback().params.get("error").cloned();
        assert_ne!(error.as_deref(), Some("login_required"), "nothing depends on the answer");
        assert_eq!(send(&browser, &offer, &[("later", "yes")]).await.status, 303);
        for (days, offered) in [(0, false), (31, true)] {
            app.advance(std::time::Duration::from_secs(days * 24 * 60 * 60));
            let again = app.browser();
            let landing = sign_in_able(&app, &again).await;
            let is_offer = matches!(&landing, Landing::Page(page) if page.url.contains("/passkeys/offer?"));
            assert_eq!(is_offer, offered, "{days}: {landing:?}");
        }
        // A browser that cannot, or does not say so, is not asked.
        let plain = app.browser();
        let landing = plain.submit(&sign_in_page(&app, &plain).await, &BOB).await;
        assert!(!matches!(&landing, Landing::Page(page) if page.url.contains("/passkeys/")), "{landing:?}");
    }

    async fn an_offer_that_is_taken_is_a_passkey(app: TestApp) {
        let mut device = device(&app);
        let browser = app.browser();
        let offer = sign_in_able(&app, &browser).await.page();
        let junk = send(&browser, &offer, &[("credential", "{}")]).await;
        assert!(junk.status == 422 && junk.html.contains("could not be added"), "{}", junk.html);
        assert_eq!(make(&browser, &junk, &mut device, "").await.status, 303);
        assert_eq!(claims_of(&app, &mut device).await["acr"], "3");
        let again = app.browser();
        let landing = sign_in_able(&app, &again).await;
        assert!(!matches!(&landing, Landing::Page(page) if page.url.contains("/passkeys/")), "{landing:?}");
    }

    async fn passkeys_are_named_and_removed_by_their_user_alone(app: TestApp) {
        let (mut first, mut bobs) = (device(&app), device(&app));
        let (browser, page) = with_passkey(&app, &ALICE, &mut first, "Old name").await;
        let [id] = ids(&page).try_into().expect("one");
        let (bob, bob_page) = with_passkey(&app, &BOB, &mut bobs, "").await;
        for fields in [[("remove", id.as_str()), ("name", "")], [("rename", &id), ("name", "Mine")]] {
            assert_eq!(change(&app, &bob, &bob_page, &fields).await.status, 303);
        }
        assert_eq!(change(&app, &browser, &page, &[("rename", &id), ("name", "<b>New</b>")]).await.status, 303);
        assert_eq!(change(&app, &browser, &page, &[("rename", &id), ("name", "  ")]).await.status, 303);
        let page = browser.visit(&page.url).await.page();
        assert!(page.html.contains("&#60;b&#62;New&#60;/b&#62;") && !page.html.contains("Old name"), "{}", page.html);
        assert_eq!(change(&app, &browser, &page, &[("remove", &id)]).await.status, 303);
        let other = app.browser();
        assert_eq!(answer(&other, &sign_in_page(&app, &other).await, &mut first).await.status, 422);
        assert_eq!(claims_of(&app, &mut bobs).await["acr"], "3", "bob has his still");
    }

    async fn only_makes_of_the_list_are_taken_where_there_is_one(app: TestApp) {
        let maker = Maker::of(MAKE);
        let direct = json!({ "attestation": "direct", "authenticators": [MAKE_TEXT], "attestation_roots": [maker.pem()] });
        app.set_settings(&json!({ "passkeys": direct }));
        let browser = app.browser();
        let own = own_page(&app, &browser, &ALICE).await;
        let page = new_page(&browser, &own).await;
        let refused = make(&browser, &page, &mut device(&app).claiming(MAKE), "").await;
        assert!(refused.status == 422 && refused.html.contains("are not allowed here"), "{}", refused.html);
        let mut right = device(&app).made_by(&maker);
        assert_eq!(make(&browser, &refused, &mut right, "").await.status, 303);
        assert_eq!(claims_of(&app, &mut right).await["amr"], json!(["hwk", "user", "mfa"]));
    }

    async fn a_tenant_without_passkeys_has_none_anywhere(app: TestApp) {
        let mut device = device(&app);
        let (browser, own) = with_passkey(&app, &ALICE, &mut device, "").await;
        let other = app.browser();
        let page = sign_in_page(&app, &other).await;
        app.set_settings(&json!({ "passkeys": { "use": "off" } }));
        assert_eq!(answer(&other, &page, &mut device).await.status, 422);
        assert!(options(&sign_in_page(&app, &other).await).is_none());
        assert!(!browser.visit(&own.url).await.page().html.contains("id=\"add-passkey\""));
        app.set_settings(&json!({ "passkeys": {}, "authentication": { "first_factors": ["password"] } }));
        assert!(options(&sign_in_page(&app, &other).await).is_none());
    }

    async fn a_domain_of_its_own_is_a_relying_party_of_its_own(app: TestApp) {
        let mut device = device(&app);
        with_passkey(&app, &ALICE, &mut device, "").await;
        app.add_domain("acme", "id.acme.test").await;
        // At the path no browser would use what is made for the domain, and the other way round.
        assert!(options(&sign_in_page(&app, &app.browser()).await).is_none());
    }

    async fn whatever_is_sent_is_answered_with_a_page(app: TestApp) {
        let browser = app.browser();
        let long = "x".repeat(30_000);
        for junk in ["", "null", "[]", "{\"id\":1}", long.as_str()] {
            let page = sign_in_page(&app, &browser).await;
            let refused = send(&browser, &page, &[("credential", junk)]).await;
            assert!(refused.status == 422 && refused.html.contains("role=\"alert\""), "{junk}: {}", refused.status);
        }
        let (browser, own) = with_passkey(&app, &ALICE, &mut device(&app), "").await;
        for (fields, status) in [
            ([("remove", "x"), ("name", "x")], 400),
            ([("rename", "usr_00000000000000000000000000000000"), ("name", "x")], 400),
            ([("rename", "fac_00000000000000000000000000000000"), ("name", "x")], 303),
            ([("nothing", "x"), ("name", "x")], 400),
        ] {
            assert_eq!(change(&app, &browser, &own, &fields).await.status, status, "{fields:?}");
        }
    }
}
