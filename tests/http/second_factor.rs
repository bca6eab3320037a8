//! Second factors at sign-in: who is asked, what counts, and that nothing goes past them.

use std::time::Duration;

use latchkey_testkit::{Authenticator, Browser, Landing, Page, TestApp, both_backends};
use serde_json::{Value, json};

use crate::{ciba, device, global_token_revocation, native_sso, password_grant};

const ALICE: [(&str, &str); 2] = [("login", "alice"), ("password", "wonderland-in-spring")];

fn require(app: &TestApp, authentication: Value) {
    app.set_settings(&json!({ "authentication": authentication }));
}

fn required() -> Value {
    json!({ "second_factor": "required" })
}

/// Types alice's name and password; where that leads to.
async fn password(app: &TestApp, browser: &Browser, client: &str) -> Landing {
    let page = browser.visit(&app.authorization(client).with("prompt", "login").url()).await.page();
    assert!(page.is_sign_in(), "{}", page.html);
    browser.submit(&page, &ALICE).await
}

/// Alice with an authenticator, set up in a browser of its own.
async fn enrolled(app: &TestApp) -> (Authenticator, Vec<String>) {
    require(app, required());
    let browser = app.browser();
    let page = password(app, &browser, "web").await.page();
    assert!(page.is_set_up(), "{}", page.html);
    let (authenticator, codes, landing) = Authenticator::set_up(app, &browser, &page).await;
    allowed(&browser, landing).await;
    require(app, json!({}));
    app.advance(Duration::from_secs(60));
    (authenticator, codes)
}

async fn challenged(app: &TestApp, browser: &Browser) -> Page {
    let page = password(app, browser, "web").await.page();
    assert!(page.is_second_factor(), "{}", page.html);
    page
}

/// Goes on where consent may be asked for.
async fn allowed(browser: &Browser, landing: Landing) -> latchkey_testkit::Callback {
    match landing {
        Landing::Page(page) if page.is_consent() => browser.submit(&page, &[("decision", "allow")]).await.callback(),
        landing => landing.callback(),
    }
}

both_backends! {
    async fn who_needs_a_second_factor_sets_one_up_on_the_way_and_is_asked_for_it_from_then_on(app: TestApp) {
        require(&app, required());
        let browser = app.browser();
        let page = password(&app, &browser, "web").await.page();
        assert!(page.is_set_up(), "{}", page.html);
        assert!(page.html.contains("<svg") && page.html.contains("otpauth://totp/"), "{}", page.html);
        let (authenticator, codes, landing) = Authenticator::set_up(&app, &browser, &page).await;
        assert_eq!(codes.len(), 10);
        let claims = app.id_token("web", allowed(&browser, landing).await.code()).await;
        assert_eq!((&claims["acr"], &claims["amr"]), (&json!("2"), &json!(["pwd", "otp", "mfa"])));

        app.advance(Duration::from_secs(60));
        let other = app.browser();
        let page = challenged(&app, &other).await;
        let landing = other.submit(&page, &[("code", &authenticator.code(&app))]).await;
        let claims = app.id_token("web", landing.callback().code()).await;
        assert_eq!((&claims["acr"], &claims["amr"]), (&json!("2"), &json!(["pwd", "otp", "mfa"])));
    }

    async fn who_has_a_second_factor_is_asked_for_it_and_who_has_none_is_not(app: TestApp) {
        let (authenticator, _) = enrolled(&app).await;
        let browser = app.browser();
        let page = challenged(&app, &browser).await;
        let landing = browser.submit(&page, &[("code", &authenticator.code(&app))]).await;
        assert_eq!(app.id_token("web", landing.callback().code()).await["acr"], "2");
        let bob = app.sign_in("bob", &app.authorization("web")).await;
        let claims = app.id_token("web", bob.code()).await;
        assert_eq!((&claims["acr"], &claims["amr"]), (&json!("1"), &json!(["pwd"])));
    }

    async fn a_password_alone_opens_no_session_and_sets_up_no_second_authenticator(app: TestApp) {
        enrolled(&app).await;
        let browser = app.browser();
        let page = challenged(&app, &browser).await;
        let silent = app.authorization("web").with("prompt", "none");
        assert_eq!(browser.visit(&silent.url()).await.callback().param("error"), "login_required");
        let set_up = browser.visit(&page.url.replace("/second-factor?", "/second-factor/set-up?")).await.page();
        assert!(set_up.is_second_factor() && !set_up.is_set_up(), "{}", set_up.html);
        let (id, csrf) = (page.hidden_fields()["interaction"].clone(), page.hidden_fields()["csrf_token"].clone());
        let fields = [("interaction", id.as_str()), ("csrf_token", &csrf), ("code", "123456"), ("later", "yes")];
        let forced = browser.post(&format!("{}/second-factor/set-up", app.issuer()), &fields).await;
        assert_eq!(forced.status, 303);
        assert_eq!(browser.visit(&silent.url()).await.callback().param("error"), "login_required");
    }

    async fn the_step_after_the_password_cannot_be_taken_in_another_browser(app: TestApp) {
        let (authenticator, _) = enrolled(&app).await;
        let page = challenged(&app, &app.browser()).await;
        let thief = app.browser();
        let elsewhere = thief.get(&page.url).await;
        assert_eq!(elsewhere.status, 400, "{}", elsewhere.html);
        let tenant = app.tenant_id("acme").await;
        let id = page.hidden_fields()["interaction"].clone();
        let csrf = thief.csrf_token(&tenant, &id);
        let code = authenticator.code(&app);
        let fields = [("interaction", id.as_str()), ("csrf_token", &csrf), ("method", "totp"), ("code", &code)];
        assert_eq!(thief.post(&format!("{}/second-factor", app.issuer()), &fields).await.status, 400);
    }

    async fn a_code_counts_once_whoever_sends_it_again(app: TestApp) {
        let (authenticator, _) = enrolled(&app).await;
        let code = authenticator.code(&app);
        let (first, second) = (app.browser(), app.browser());
        let pages = (challenged(&app, &first).await, challenged(&app, &second).await);
        let fields = [("code", code.as_str())];
        let (one, other) = tokio::join!(first.submit_once(&pages.0, &fields), second.submit_once(&pages.1, &fields));
        let mut statuses = [one.status, other.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [303, 422]);
        let third = app.browser();
        let again = third.submit_once(&challenged(&app, &third).await, &fields).await;
        assert_eq!(again.status, 422);
        assert!(again.html.contains("This code is not right, or was used before"), "{}", again.html);
    }

    async fn a_code_from_the_step_before_counts_and_an_older_one_does_not(app: TestApp) {
        let (authenticator, _) = enrolled(&app).await;
        let browser = app.browser();
        let page = challenged(&app, &browser).await;
        let old = authenticator.code_at(app.now() - 61);
        assert_eq!(browser.submit_once(&page, &[("code", &old)]).await.status, 422);
        let late = authenticator.code_at(app.now() - 30);
        assert_eq!(browser.submit_once(&page, &[("code", &late)]).await.status, 303);
    }

    async fn a_recovery_code_lets_in_once_however_it_is_typed(app: TestApp) {
        let (_, codes) = enrolled(&app).await;
        let browser = app.browser();
        let page = challenged(&app, &browser).await;
        let page = browser.visit(&format!("{}&method=recovery_code", page.url)).await.page();
        let typed = codes[3].to_uppercase().replace('-', " ");
        let landing = browser.submit(&page, &[("code", &typed)]).await;
        assert_eq!(app.id_token("web", landing.callback().code()).await["acr"], "2");

        let other = app.browser();
        let page = challenged(&app, &other).await;
        let page = other.visit(&format!("{}&method=recovery_code", page.url)).await.page();
        let again = other.submit_once(&page, &[("code", &codes[3])]).await;
        assert!(again.status == 422 && again.html.contains("Each works once"), "{}", again.html);
        assert_eq!(other.submit_once(&page, &[("code", &codes[4])]).await.status, 303);
    }

    async fn a_wrong_code_says_so_and_ten_of_them_end_the_sign_in(app: TestApp) {
        let (authenticator, _) = enrolled(&app).await;
        app.set_settings(&json!({ "sign_in_attempts_per_account": 1000 }));
        let browser = app.browser();
        let page = challenged(&app, &browser).await;
        for turn in 0..10 {
            let refused = browser.submit_once(&page, &[("code", &authenticator.wrong_code(&app))]).await;
            assert_eq!(refused.status, 422, "{turn}");
            assert!(refused.html.contains("aria-invalid=\"true\""), "{}", refused.html);
        }
        let over = browser.submit_once(&page, &[("code", &authenticator.code(&app))]).await;
        assert!(over.headers["location"].to_str().is_ok_and(|uri| uri.contains("/sign-in?")), "{over:?}");
        let late = browser.submit_once(&page, &[("code", &authenticator.code(&app))]).await;
        assert!(late.headers["location"].to_str().is_ok_and(|uri| uri.contains("/sign-in?")), "{late:?}");
        // The same sign-in goes on from the password.
        let page = browser.follow(late).await.page();
        app.advance(Duration::from_secs(1));
        let page = browser.submit(&page, &ALICE).await.page();
        assert!(page.is_second_factor(), "{}", page.html);
        let landing = browser.submit(&page, &[("code", &authenticator.code(&app))]).await;
        assert!(landing.callback().params.contains_key("code"));
    }

    async fn wrong_codes_count_across_sign_ins_and_open_again_with_the_next_window(app: TestApp) {
        let (authenticator, _) = enrolled(&app).await;
        app.set_settings(&json!({ "sign_in_attempts_per_account": 3 }));
        for _ in 0..3 {
            let browser = app.browser();
            let page = challenged(&app, &browser).await;
            assert_eq!(browser.submit_once(&page, &[("code", &authenticator.wrong_code(&app))]).await.status, 422);
        }
        let browser = app.browser();
        let page = challenged(&app, &browser).await;
        let throttled = browser.submit_once(&page, &[("code", &authenticator.code(&app))]).await;
        assert_eq!(throttled.status, 429);
        assert!(throttled.headers.contains_key("retry-after"));
        app.advance(Duration::from_secs(601));
        assert_eq!(browser.submit_once(&page, &[("code", &authenticator.code(&app))]).await.status, 303);
    }

    async fn fifty_wrong_codes_are_enough_for_a_day_except_in_the_users_own_browser(app: TestApp) {
        // Days are those of UTC; the tries of this test belong to one.
        app.advance(Duration::from_secs(86_400 - app.now().rem_euclid(86_400).unsigned_abs()));
        let (authenticator, _) = enrolled(&app).await;
        let own = app.browser();
        let page = challenged(&app, &own).await;
        let code = authenticator.code(&app);
        let _ = own.submit(&page, &[("code", &code), ("remember", "yes")]).await.callback();
        app.set_settings(&json!({ "sign_in_attempts_per_account": 1000, "authentication": { "remember_device_days": 0 } }));
        for _ in 0..5 {
            let browser = app.browser();
            let page = challenged(&app, &browser).await;
            for _ in 0..10 {
                assert_eq!(browser.submit_once(&page, &[("code", &authenticator.wrong_code(&app))]).await.status, 422);
            }
        }
        app.advance(Duration::from_secs(3600));
        let thief = app.browser();
        let page = challenged(&app, &thief).await;
        assert_eq!(thief.submit_once(&page, &[("code", &authenticator.code(&app))]).await.status, 429);
        let page = challenged(&app, &own).await;
        assert_eq!(own.submit_once(&page, &[("code", &authenticator.code(&app))]).await.status, 303);
    }

    async fn a_remembered_browser_is_not_asked_again_and_its_tokens_do_not_claim_two_factors(app: TestApp) {
        let (authenticator, _) = enrolled(&app).await;
        let browser = app.browser();
        let page = challenged(&app, &browser).await;
        assert!(page.html.contains("for 30 days"), "{}", page.html);
        let fields = [("code", authenticator.code(&app)), ("remember", "yes".to_owned())];
        let fields = fields.each_ref().map(|(name, value)| (*name, value.as_str()));
        let _ = browser.submit(&page, &fields).await.callback();

        app.advance(Duration::from_secs(29 * 86_400));
        let landing = password(&app, &browser, "web").await;
        let claims = app.id_token("web", landing.callback().code()).await;
        assert_eq!((&claims["acr"], &claims["amr"]), (&json!("1"), &json!(["pwd"])));
        challenged(&app, &app.browser()).await;
        app.advance(Duration::from_secs(2 * 86_400));
        challenged(&app, &browser).await;
    }

    async fn a_remembered_browser_counts_no_more_when_the_policy_or_the_password_changes(app: TestApp) {
        let (authenticator, _) = enrolled(&app).await;
        let browser = app.browser();
        let page = challenged(&app, &browser).await;
        let code = authenticator.code(&app);
        let _ = browser.submit(&page, &[("code", &code), ("remember", "yes")]).await.callback();
        require(&app, json!({ "remember_device_days": 0 }));
        let page = challenged(&app, &browser).await;
        assert!(!page.html.contains("name=\"remember\""), "{}", page.html);
        require(&app, json!({}));
        let _ = password(&app, &browser, "web").await.callback();
        app.set_password("alice", "wonderland-in-spring").await;
        challenged(&app, &browser).await;
    }

    async fn who_may_revoke_everything_has_remembered_browsers_forgotten(app: TestApp) {
        let (authenticator, _) = enrolled(&app).await;
        let browser = app.browser();
        let page = challenged(&app, &browser).await;
        let code = authenticator.code(&app);
        let _ = browser.submit(&page, &[("code", &code), ("remember", "yes")]).await.callback();
        let _ = password(&app, &browser, "web").await.callback();
        let sub_id = json!({ "format": "email", "email": "alice@acme.test" });
        assert_eq!(global_token_revocation::revoke(&app, sub_id).await.status, 204);
        challenged(&app, &browser).await;
    }

    async fn an_application_that_asks_for_acr_2_gets_it_from_the_session_that_is_there(app: TestApp) {
        let (authenticator, _) = enrolled(&app).await;
        require(&app, json!({ "second_factor": "off" }));
        let browser = app.browser();
        let first = password(&app, &browser, "web").await.callback();
        let first = app.id_token("web", first.code()).await;
        assert_eq!(first["acr"], "1");

        app.advance(Duration::from_secs(60));
        let page = browser.visit(&app.authorization("web").with("acr_values", "2").url()).await.page();
        assert!(page.is_second_factor(), "{}", page.html);
        let landing = browser.submit(&page, &[("code", &authenticator.code(&app))]).await;
        let second = app.id_token("web", landing.callback().code()).await;
        assert_eq!((&second["acr"], &second["amr"]), (&json!("2"), &json!(["pwd", "otp", "mfa"])));
        assert_eq!((&second["sid"], &second["auth_time"]), (&first["sid"], &first["auth_time"]));
        let silent = app.authorization("web").with("prompt", "none").with("acr_values", "2");
        assert!(browser.visit(&silent.url()).await.callback().params.contains_key("code"));
    }

    async fn an_essential_acr_that_would_need_a_page_is_an_error_without_one(app: TestApp) {
        let browser = app.browser();
        app.sign_in_with(&browser, "alice", &app.authorization("web")).await;
        let claims = json!({ "id_token": { "acr": { "essential": true, "values": ["2"] } } }).to_string();
        let silent = app.authorization("web").with("prompt", "none").with("claims", &claims);
        assert_eq!(browser.visit(&silent.url()).await.callback().param("error"), "interaction_required");
        let wished = app.authorization("web").with("prompt", "none").with("acr_values", "2");
        assert!(browser.visit(&wished.url()).await.callback().params.contains_key("code"));
        let page = browser.visit(&app.authorization("web").with("claims", &claims).url()).await.page();
        assert!(page.is_sign_in(), "{}", page.html);
        assert!(browser.submit(&page, &ALICE).await.page().is_set_up());
    }

    async fn of_essential_classes_the_token_names_one_that_was_asked_for(app: TestApp) {
        let (authenticator, _) = enrolled(&app).await;
        let browser = app.browser();
        let page = challenged(&app, &browser).await;
        let _ = browser.submit(&page, &[("code", &authenticator.code(&app))]).await.callback();
        for (values, told) in [(json!(["1"]), "1"), (json!(["1", "2"]), "2"), (json!(["urn:x", "1"]), "1")] {
            let claims = json!({ "id_token": { "acr": { "essential": true, "values": values } } }).to_string();
            let callback = browser.visit(&app.authorization("web").with("claims", &claims).url()).await.callback();
            assert_eq!(app.id_token("web", callback.code()).await["acr"], told);
        }
    }

    async fn an_open_session_sets_up_nothing_before_the_password_is_typed_again(app: TestApp) {
        let browser = app.browser();
        app.sign_in_with(&browser, "alice", &app.authorization("web")).await;
        let page = browser.visit(&app.authorization("web").with("acr_values", "2").url()).await.page();
        assert!(page.is_sign_in(), "{}", page.html);
        let page = browser.submit(&page, &ALICE).await.page();
        assert!(page.is_set_up(), "{}", page.html);
    }

    async fn a_rule_that_requires_a_second_factor_counts_for_sessions_that_were_opened_before(app: TestApp) {
        let browser = app.browser();
        app.sign_in_with(&browser, "alice", &app.authorization("web")).await;
        require(&app, json!({ "rules": [{ "clients": ["web-post"], "second_factor": "required" }] }));
        assert!(browser.visit(&app.authorization("web").url()).await.callback().params.contains_key("code"));
        let silent = app.authorization("web-post").with("prompt", "none");
        assert_eq!(browser.visit(&silent.url()).await.callback().param("error"), "interaction_required");
        let page = browser.visit(&app.authorization("web-post").url()).await.page();
        assert!(page.is_sign_in(), "{}", page.html);
        assert!(browser.submit(&page, &ALICE).await.page().is_set_up());
    }

    async fn who_sets_one_up_is_asked_for_it_by_the_sessions_of_other_browsers_too(app: TestApp) {
        let browser = app.browser();
        app.sign_in_with(&browser, "alice", &app.authorization("web")).await;
        let (authenticator, _) = enrolled(&app).await;
        let page = browser.visit(&app.authorization("web").url()).await.page();
        assert!(page.is_second_factor(), "{}", page.html);
        let code = authenticator.code(&app);
        assert!(browser.submit(&page, &[("code", &code)]).await.callback().params.contains_key("code"));
    }

    async fn a_kind_that_does_not_count_for_an_application_does_not_count_by_another_either(app: TestApp) {
        let (authenticator, codes) = enrolled(&app).await;
        let browser = app.browser();
        let page = challenged(&app, &browser).await;
        let page = browser.visit(&format!("{}&method=recovery_code", page.url)).await.page();
        let _ = browser.submit(&page, &[("code", &codes[0]), ("remember", "yes")]).await.callback();
        require(&app, json!({ "rules": [{ "clients": ["web-post"], "second_factors": ["totp"] }] }));
        let page = browser.visit(&app.authorization("web-post").url()).await.page();
        assert!(page.is_second_factor() && !page.html.contains("recovery code"), "{}", page.html);
        let page = password(&app, &browser, "web-post").await.page();
        assert!(page.is_second_factor(), "a remembered browser counts for what it was remembered by: {}", page.html);
        let landing = browser.submit(&page, &[("code", &authenticator.code(&app))]).await;
        assert!(allowed(&browser, landing).await.params.contains_key("code"));
    }

    async fn a_device_is_connected_with_what_its_application_needs(app: TestApp) {
        let (authenticator, _) = enrolled(&app).await;
        require(&app, json!({ "second_factor": "off" }));
        let browser = app.browser();
        let _ = password(&app, &browser, "web").await.callback();
        require(&app, json!({ "second_factor": "off", "rules": [{ "clients": ["dev-tv"], "second_factor": "required" }] }));
        let codes = device::begin(&app, "dev-tv", "openid").await;
        let page = device::reach_question(&app, &browser, &codes.user_code).await;
        assert!(page.is_second_factor(), "{}", page.html);
        let question = browser.submit(&page, &[("code", &authenticator.code(&app))]).await.page();
        assert!(question.is_consent(), "{}", question.html);
        let _ = browser.submit(&question, &[("decision", "allow")]).await.page();
        let tokens = device::poll(&app, "dev-tv", &codes.device_code).await.ok();
        assert_eq!(app.verify_jwt(&tokens.string("id_token")).await["acr"], "2");
    }

    async fn a_request_of_ciba_is_answered_with_what_its_application_needs(app: TestApp) {
        let (authenticator, _) = enrolled(&app).await;
        let asking = "ciba-poll";
        let rule = json!([{ "clients": [asking], "second_factor": "required" }]);
        require(&app, json!({ "second_factor": "off", "rules": rule }));
        let id = ciba::begin(&app, asking, &[]).await;
        let browser = app.browser();
        let page = ciba::answer(&app, &browser, "allow").await;
        assert!(page.is_second_factor(), "{}", page.html);
        assert_eq!(ciba::poll(&app, asking, &id).await.json["error"], "authorization_pending");
        let list = browser.submit(&page, &[("code", &authenticator.code(&app))]).await.page();
        let _ = browser.submit(&list, &[("decision", "allow")]).await.page();
        app.advance(Duration::from_secs(6));
        let tokens = ciba::poll(&app, asking, &id).await.ok();
        assert_eq!(app.verify_jwt(&tokens.string("id_token")).await["acr"], "2");
    }

    async fn a_shared_sign_in_is_not_shared_with_an_application_that_needs_more(app: TestApp) {
        let device = native_sso::device(&app).await;
        let rule = json!([{ "clients": ["gr-public-two"], "second_factor": "required" }]);
        require(&app, json!({ "rules": rule }));
        let answer = native_sso::share(&app, "gr-public-two", &device.id_token, &device.secret, &[]).await;
        answer.expect_error(400, "invalid_grant");
        require(&app, json!({}));
        let _ = native_sso::share(&app, "gr-public-two", &device.id_token, &device.secret, &[]).await.ok();
    }

    async fn a_password_grant_cannot_stand_for_two_factors(app: TestApp) {
        enrolled(&app).await;
        let ask = |user, password| password_grant::ask(&app, "gr-password", user, password, "openid");
        ask("alice", "wonderland-in-spring").await.expect_error(400, "invalid_grant");
        let _ = ask("bob", "builder-in-autumn").await.ok();
    }

    async fn an_access_policy_that_asks_for_two_factors_is_met_by_them(app: TestApp) {
        let policies = json!([{ "name": "strong", "when": "true", "then": "step_up", "acr_values": ["2"] }]);
        app.set_settings(&json!({ "access_policies": policies }));
        let browser = app.browser();
        let page = password(&app, &browser, "web").await.page();
        assert!(page.is_set_up(), "{}", page.html);
        let (_, _, landing) = Authenticator::set_up(&app, &browser, &page).await;
        assert_eq!(app.id_token("web", allowed(&browser, landing).await.code()).await["acr"], "2");
    }

    async fn enrolment_can_be_put_off_until_the_days_of_grace_are_over(app: TestApp) {
        require(&app, json!({ "second_factor": "required", "enrolment_grace_days": 7 }));
        let browser = app.browser();
        let page = password(&app, &browser, "web").await.page();
        assert!(page.is_set_up() && page.html.contains("Not now"), "{}", page.html);
        let landing = browser.submit(&page, &[("later", "yes")]).await;
        assert_eq!(app.id_token("web", allowed(&browser, landing).await.code()).await["acr"], "1");
        app.advance(Duration::from_secs(7 * 86_400));
        let page = password(&app, &browser, "web").await.page();
        assert!(page.is_set_up() && !page.html.contains("Not now"), "{}", page.html);
        let insisting = browser.submit_once(&page, &[("later", "yes")]).await;
        assert!(insisting.headers["location"].to_str().is_ok_and(|uri| uri.contains("/second-factor?")));
    }

    async fn a_reloaded_page_keeps_its_secret_and_a_wrong_first_code_changes_nothing(app: TestApp) {
        require(&app, required());
        let browser = app.browser();
        let page = password(&app, &browser, "web").await.page();
        let wrong = browser.submit_once(&page, &[("code", &Authenticator::of(&page).wrong_code(&app))]).await;
        assert_eq!(wrong.status, 422);
        assert_eq!(wrong.shown_codes(), page.shown_codes());
        assert_eq!(browser.get(&page.url).await.shown_codes(), page.shown_codes());
        let authenticator = Authenticator::of(&page);
        let code = authenticator.code(&app);
        assert_eq!(browser.submit_once(&page, &[("code", &code)]).await.status, 200);
        // Sent twice: the sign-in goes on, and no second authenticator is set up.
        let again = browser.submit_once(&page, &[("code", &code)]).await;
        assert_eq!(again.status, 303);
        let challenge = challenged(&app, &app.browser()).await;
        assert!(!challenge.is_set_up());
    }

    async fn a_second_factor_of_one_tenant_means_nothing_at_another(app: TestApp) {
        let (authenticator, codes) = enrolled(&app).await;
        let request = app.authorization_of("globex", "web");
        let callback = app.sign_in("alice", &request).await;
        assert!(callback.params.contains_key("code"), "the other alice has none");
        let browser = app.browser();
        let page = challenged(&app, &browser).await;
        assert_eq!(browser.submit_once(&page, &[("code", &authenticator.code(&app))]).await.status, 303);
        assert_eq!(codes.len(), 10);
    }
}
