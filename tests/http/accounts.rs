//! Several accounts in one browser, the choice between them, and accounts that people make themselves.

use latchkey_testkit::{Browser, Landing, Page, TestApp, both_backends};

const ALICE: [(&str, &str); 2] = [("login", "alice"), ("password", "wonderland-in-spring")];
const BOB: [(&str, &str); 2] = [("login", "bob"), ("password", "builder-in-autumn")];
const NEW_PASSWORD: &str = "a-password-of-my-own";

/// A browser that is signed in to alice and, active, to bob; both have allowed `web` what it asks for.
async fn of_alice_and_bob(app: &TestApp) -> Browser {
    let browser = app.browser();
    app.sign_in_with(&browser, "alice", &app.authorization("web")).await;
    app.sign_in_with(&browser, "bob", &app.authorization("web").with("prompt", "login")).await;
    browser
}

/// Who the code is for.
async fn name_of(app: &TestApp, code: &str) -> String {
    let tokens = app.redeem("web", code).await.ok();
    let claims = app.userinfo(&tokens.string("access_token")).await.ok().json;
    claims["preferred_username"].as_str().expect("a user name").to_owned()
}

async fn chooser(app: &TestApp, browser: &Browser, params: &[(&str, &str)]) -> Page {
    let request =
        params.iter().fold(app.authorization("web").with("prompt", "select_account"), |request, (name, value)| {
            request.with(name, value)
        });
    let page = browser.visit(&request.url()).await.page();
    assert!(page.is_account_chooser(), "{}", page.html);
    page
}

/// What the same request without pages answers: a user name, or an error.
async fn silently(app: &TestApp, browser: &Browser, params: &[(&str, &str)]) -> String {
    let silent = app.authorization("web").with("prompt", "none");
    let request = params.iter().fold(silent, |request, (name, value)| request.with(name, value));
    let callback = browser.visit(&request.url()).await.callback();
    match callback.params.get("error") {
        Some(error) => error.clone(),
        None => name_of(app, callback.code()).await,
    }
}

async fn id_token_of(app: &TestApp, login: &str) -> String {
    app.tokens("web", login, "openid").await.string("id_token")
}

fn session_cookie(page: &Page) -> Option<String> {
    let cookies = page.headers.get_all("set-cookie").iter().map(|value| value.to_str().expect("text"));
    let mut pairs = cookies.filter_map(|cookie| cookie.split(';').next()?.split_once('='));
    pairs.find(|(name, _)| name.contains("session")).map(|(_, value)| value.to_owned())
}

fn location(page: &Page) -> &str {
    page.headers.get("location").and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// The sign-up page of the tenant where people make accounts.
async fn sign_up_page(app: &TestApp, browser: &Browser) -> Page {
    let request =
        app.authorization_of("commons", "accounts-web").with("scope", "openid email").with("prompt", "create");
    let page = browser.visit(&request.url()).await.page();
    assert!(page.is_sign_up(), "{}", page.html);
    page
}

fn entries<'a>(username: &'a str, password: &'a str) -> [(&'static str, &'a str); 4] {
    [("username", username), ("name", "Ada"), ("password", password), ("password_confirmation", password)]
}

both_backends! {
    async fn select_account_lists_the_accounts_and_the_chosen_one_goes_on(app: TestApp) {
        let browser = of_alice_and_bob(&app).await;
        let page = chooser(&app, &browser, &[]).await;
        for part in ["Alice Liddell", "alice@acme.test", "Bob Builder", "bob@acme.test", "Use another account"] {
            assert!(page.html.contains(part), "{part}: {}", page.html);
        }
        let [bob, alice] = page.offered_accounts().try_into().expect("two accounts");
        let callback = browser.submit(&page, &[("account", &alice)]).await.callback();
        assert_eq!(name_of(&app, callback.code()).await, "alice");
        assert_eq!(silently(&app, &browser, &[]).await, "alice", "she is the active one now");

        let page = chooser(&app, &browser, &[]).await;
        assert_eq!(page.offered_accounts(), [alice, bob.clone()]);
        let callback = browser.submit(&page, &[("account", &bob)]).await.callback();
        assert_eq!(name_of(&app, callback.code()).await, "bob");
    }

    async fn without_the_prompt_the_active_account_goes_on_with_no_page(app: TestApp) {
        let browser = of_alice_and_bob(&app).await;
        assert_eq!(silently(&app, &browser, &[]).await, "bob");
        let callback = browser.visit(&app.authorization("web").url()).await.callback();
        assert_eq!(name_of(&app, callback.code()).await, "bob");
    }

    async fn select_account_in_a_browser_without_accounts_is_the_sign_in_page(app: TestApp) {
        let page = app.browser().visit(&app.authorization("web").with("prompt", "select_account").url()).await.page();
        assert!(page.is_sign_in() && !page.html.contains("/choose-account"), "{}", page.html);
    }

    async fn one_account_is_offered_too(app: TestApp) {
        let browser = app.browser();
        app.sign_in_with(&browser, "alice", &app.authorization("web")).await;
        let page = chooser(&app, &browser, &[]).await;
        let [alice] = page.offered_accounts().try_into().expect("one account");
        let callback = browser.submit(&page, &[("account", &alice)]).await.callback();
        assert_eq!(name_of(&app, callback.code()).await, "alice");
    }

    async fn another_account_is_added_beside_the_first(app: TestApp) {
        let browser = app.browser();
        app.sign_in_with(&browser, "alice", &app.authorization("web")).await;
        let page = chooser(&app, &browser, &[]).await;
        let page = browser.submit(&page, &[("account", "another")]).await.page();
        assert!(page.is_sign_in());
        let page = browser.submit(&page, &BOB).await.page();
        assert!(page.is_consent() && page.html.contains("bob@acme.test"), "{}", page.html);
        let callback = browser.submit(&page, &[("decision", "allow")]).await.callback();
        assert_eq!(name_of(&app, callback.code()).await, "bob");
        assert_eq!(chooser(&app, &browser, &[]).await.offered_accounts().len(), 2);
        assert_eq!(silently(&app, &browser, &[("login_hint", "alice")]).await, "alice");
    }

    async fn a_hint_at_a_signed_in_account_picks_it_without_a_page_and_changes_nothing_else(app: TestApp) {
        let browser = of_alice_and_bob(&app).await;
        let hint = id_token_of(&app, "alice").await;
        let sub = app.verify_jwt(&hint).await["sub"].as_str().expect("a sub").to_owned();
        for param in [("id_token_hint", hint.as_str()), ("login_hint", "ALICE"), ("login_hint", "alice@acme.test"), ("login_hint", &sub)] {
            assert_eq!(silently(&app, &browser, &[param]).await, "alice", "{param:?}");
            let callback = browser.visit(&app.authorization("web").with(param.0, param.1).url()).await.callback();
            assert_eq!(name_of(&app, callback.code()).await, "alice", "{param:?}");
            assert_eq!(silently(&app, &browser, &[]).await, "bob", "{param:?}: the active one stays");
        }
    }

    async fn a_hinted_account_is_the_one_that_is_asked_for_consent(app: TestApp) {
        let browser = of_alice_and_bob(&app).await;
        let request = app.authorization("web").with("prompt", "consent").with("login_hint", "alice");
        let page = browser.visit(&request.url()).await.page();
        assert!(page.is_consent() && page.html.contains("alice@acme.test"), "{}", page.html);
        let callback = browser.submit(&page, &[("decision", "allow")]).await.callback();
        assert_eq!(name_of(&app, callback.code()).await, "alice");
    }

    async fn a_hint_of_another_user_is_login_required_without_pages_and_else_the_sign_in_page(app: TestApp) {
        let browser = app.browser();
        app.sign_in_with(&browser, "bob", &app.authorization("web")).await;
        let hint = id_token_of(&app, "alice").await;
        for param in [("id_token_hint", hint.as_str()), ("login_hint", "alice@acme.test")] {
            assert_eq!(silently(&app, &browser, &[param]).await, "login_required", "{param:?}");
            let page = browser.visit(&app.authorization("web").with(param.0, param.1).url()).await.page();
            assert!(page.is_sign_in(), "{param:?}");
            assert_eq!(page.html.contains("value=\"alice@acme.test\""), param.0 == "login_hint", "{}", page.html);
        }
        assert_eq!(silently(&app, &browser, &[]).await, "bob");
    }

    async fn choosing_somebody_else_than_the_id_token_hint_says_is_login_required(app: TestApp) {
        let browser = of_alice_and_bob(&app).await;
        let hint = id_token_of(&app, "alice").await;
        let page = chooser(&app, &browser, &[("id_token_hint", &hint)]).await;
        let [bob, _] = page.offered_accounts().try_into().expect("two accounts");
        let callback = browser.submit(&page, &[("account", &bob)]).await.callback();
        assert_eq!(callback.param("error"), "login_required");
    }

    async fn a_chosen_session_that_is_too_old_signs_in_again_under_its_own_name(app: TestApp) {
        let browser = of_alice_and_bob(&app).await;
        app.advance(std::time::Duration::from_secs(100));
        for (name, value) in [("max_age", "60"), ("prompt", "select_account login")] {
            let page = chooser(&app, &browser, &[(name, value)]).await;
            let bob = page.html.find("Bob Builder").expect("bob") < page.html.find("Alice Liddell").expect("alice");
            let alice = page.offered_accounts().remove(usize::from(bob));
            let page = browser.submit(&page, &[("account", &alice)]).await.page();
            assert!(page.is_sign_in() && page.html.contains("value=\"alice@acme.test\""), "{}", page.html);
            app.advance(std::time::Duration::from_secs(1));
            let callback = browser.submit(&page, &ALICE).await.callback();
            assert_eq!(name_of(&app, callback.code()).await, "alice", "{name}");
            app.advance(std::time::Duration::from_secs(100));
        }
    }

    async fn the_consent_page_leads_to_the_accounts_and_asks_the_chosen_one(app: TestApp) {
        let browser = of_alice_and_bob(&app).await;
        let consent = browser.visit(&app.authorization("web").with("prompt", "consent").url()).await.page();
        assert!(consent.is_consent() && consent.html.contains("bob@acme.test"), "{}", consent.html);
        let id = consent.url.split("interaction=").nth(1).expect("an interaction");
        let switch = format!("{}/choose-account?interaction={id}", app.issuer());
        assert!(consent.html.contains(&format!("/choose-account?interaction={id}")), "{}", consent.html);
        let page = browser.visit(&switch).await.page();
        let [_, alice] = page.offered_accounts().try_into().expect("two accounts");
        let asked = browser.submit(&page, &[("account", &alice)]).await.page();
        assert!(asked.is_consent() && asked.html.contains("alice@acme.test"), "{}", asked.html);

        // The page that spoke to bob answers for nobody else.
        let stale = browser.submit(&consent, &[("decision", "allow")]).await.page();
        assert!(stale.is_consent() && stale.html.contains("alice@acme.test"), "{}", stale.html);
        let callback = browser.submit(&asked, &[("decision", "allow")]).await.callback();
        assert_eq!(name_of(&app, callback.code()).await, "alice");
    }

    async fn select_account_cannot_be_skipped_by_going_to_the_consent_page(app: TestApp) {
        let browser = of_alice_and_bob(&app).await;
        let page = chooser(&app, &browser, &[]).await;
        let id = page.url.split("interaction=").nth(1).expect("an interaction").to_owned();
        for path in ["consent", "oauth2/authorize/continue"] {
            let landed = browser.visit(&format!("{}/{path}?interaction={id}", app.issuer())).await.page();
            assert!(landed.is_account_chooser(), "{path}: {}", landed.html);
        }
    }

    async fn signing_out_one_account_leaves_the_others_and_none_of_them_active(app: TestApp) {
        let browser = of_alice_and_bob(&app).await;
        let tokens_of_bob = browser.visit(&app.authorization("web").url()).await.callback();
        let tokens_of_bob = app.redeem("web", tokens_of_bob.code()).await.ok();
        let page = chooser(&app, &browser, &[]).await;
        let [bob, alice] = page.offered_accounts().try_into().expect("two accounts");
        let page = browser.submit(&page, &[("sign_out", &bob)]).await.page();
        assert_eq!(page.offered_accounts(), std::slice::from_ref(&alice));
        app.refresh("web", &tokens_of_bob.string("refresh_token")).await.expect_error(400, "invalid_grant");

        assert_eq!(silently(&app, &browser, &[]).await, "account_selection_required");
        assert_eq!(silently(&app, &browser, &[("login_hint", "alice")]).await, "alice");
        assert_eq!(silently(&app, &browser, &[("login_hint", "bob")]).await, "login_required");
        let page = browser.visit(&app.authorization("web").url()).await.page();
        assert!(page.is_account_chooser(), "{}", page.html);
        let callback = browser.submit(&page, &[("account", &alice)]).await.callback();
        assert_eq!(name_of(&app, callback.code()).await, "alice");
        assert_eq!(silently(&app, &browser, &[]).await, "alice");
    }

    async fn signing_out_the_last_account_leaves_its_name_and_forgetting_that_leads_to_the_sign_in_page(app: TestApp) {
        let browser = app.browser();
        app.sign_in_with(&browser, "alice", &app.authorization("web")).await;
        let page = chooser(&app, &browser, &[]).await;
        let [alice] = page.offered_accounts().try_into().expect("one account");
        let page = browser.submit(&page, &[("sign_out", &alice)]).await.page();
        assert!(page.offered_accounts().is_empty() && page.html.contains("Alice Liddell"), "{}", page.html);
        let user = page.html.split("name=\"forget\" value=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("a user");
        let page = browser.submit(&page, &[("forget", user)]).await.page();
        assert!(page.is_sign_in(), "{}", page.html);
        assert_eq!(silently(&app, &browser, &[]).await, "login_required");
    }

    async fn an_account_that_ended_elsewhere_is_not_offered_and_leaves_the_cookie(app: TestApp) {
        let browser = of_alice_and_bob(&app).await;
        let page = chooser(&app, &browser, &[]).await;
        let [bob, alice] = page.offered_accounts().try_into().expect("two accounts");
        app.disable_user("alice").await;
        let again = browser.get(&page.url).await;
        assert_eq!(again.offered_accounts(), [bob]);
        let cookie = session_cookie(&again).expect("the rest");
        assert!(!cookie.contains(&alice), "{cookie}");
        let page = browser.submit(&page, &[("account", &alice)]).await.page();
        assert!(page.is_account_chooser(), "{}", page.html);
    }

    async fn signing_in_again_within_several_accounts_rotates_the_secret_of_that_session_alone(app: TestApp) {
        let browser = of_alice_and_bob(&app).await;
        let page = browser.visit(&app.authorization("web").with("prompt", "login").url()).await.page();
        let first = session_cookie(&browser.submit_once(&page, &ALICE).await).expect("a cookie");
        let page = browser.visit(&app.authorization("web").with("prompt", "login").url()).await.page();
        let second = session_cookie(&browser.submit_once(&page, &ALICE).await).expect("a cookie");
        let (first, second) = (first.split('~').collect::<Vec<_>>(), second.split('~').collect::<Vec<_>>());
        assert_eq!((first.len(), second.len()), (2, 2));
        assert_eq!(first[0].split('.').next(), second[0].split('.').next(), "the session of alice goes on");
        assert_ne!(first[0], second[0], "with a new secret");
        assert_eq!(first[1], second[1], "the one of bob is left alone");
        let silent = app.authorization("web").with("prompt", "none");
        let old = app.get_with_session_cookie(&silent.url(), first[0]).await;
        assert!(location(&old).contains("error=login_required"), "{}", location(&old));
    }

    async fn a_sixth_account_drops_and_ends_the_oldest(app: TestApp) {
        let browser = app.browser();
        let mut cookie = String::new();
        for number in 0..6 {
            let page = sign_up_page(&app, &browser).await;
            let answer = browser.submit_once(&page, &entries(&format!("user{number}"), NEW_PASSWORD)).await;
            cookie = session_cookie(&answer).expect("a session");
            assert_eq!(cookie.split('~').count(), usize::min(number + 1, 5));
            assert!(cookie.len() <= 512, "{}", cookie.len());
        }
        let ask = app.authorization_of("commons", "accounts-web").with("scope", "openid").with("prompt", "select_account");
        let page = browser.visit(&ask.url()).await.page();
        assert_eq!(page.offered_accounts().len(), 5);
        assert!(!page.html.contains(">user0<") && cookie.split('~').count() == 5, "{}", page.html);
    }

    async fn a_cookie_of_several_that_was_tampered_with_proves_only_what_is_left_of_it(app: TestApp) {
        let browser = of_alice_and_bob(&app).await;
        let page = browser.visit(&app.authorization("web").with("prompt", "login").url()).await.page();
        let cookie = session_cookie(&browser.submit_once(&page, &BOB).await).expect("a cookie");
        let (bob, alice) = cookie.split_once('~').expect("two sessions");
        let (alice_id, alice_secret) = alice.split_once('.').expect("two parts");
        let (bob_id, bob_secret) = bob.split_once('.').expect("two parts");
        let silent = app.authorization("web").with("prompt", "none");
        let hinted = silent.clone().with("login_hint", "alice");
        for (request, value, part) in [
            (&hinted, cookie.clone(), "code="),
            (&hinted, format!("{bob}~{alice_id}.{bob_secret}"), "error=login_required"),
            (&hinted, format!("{bob}~{bob_id}.{alice_secret}"), "error=login_required"),
            (&silent, format!("{bob_id}.{alice_secret}~{alice}"), "error=account_selection_required"),
            (&silent, format!("{alice}~{bob}"), "code="),
            (&silent, format!("{bob}{alice}"), "error=login_required"),
            (&silent, format!("~{bob}x"), "error=login_required"),
            (&silent, format!("{bob}~{}", "x".repeat(600)), "error=login_required"),
        ] {
            let page = app.get_with_session_cookie(&request.url(), &value).await;
            assert!(location(&page).contains(part), "{value}: {}", location(&page));
        }
    }

    async fn a_choice_needs_the_browser_and_the_token_of_the_form(app: TestApp) {
        let browser = of_alice_and_bob(&app).await;
        let page = chooser(&app, &browser, &[]).await;
        let [_, alice] = page.offered_accounts().try_into().expect("two accounts");
        let hidden = page.hidden_fields();
        let form = |token: &str| {
            vec![
                ("csrf_token".to_owned(), token.to_owned()),
                ("interaction".to_owned(), hidden["interaction"].clone()),
                ("account".to_owned(), alice.clone()),
            ]
        };
        let send = async |browser: &Browser, origin: &str, form: Vec<(String, String)>| {
            let fields: Vec<_> = form.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            browser.post_from(origin, &page.form_action(), &fields).await.status
        };
        assert_eq!(send(&browser, &app.origin(), form("forged")).await, 403);
        assert_eq!(send(&browser, "https://evil.example", form(&hidden["csrf_token"])).await, 403);
        assert_eq!(send(&app.browser(), &app.origin(), form(&hidden["csrf_token"])).await, 403);
        assert_eq!(silently(&app, &browser, &[]).await, "bob");
        assert_eq!(send(&browser, &app.origin(), form(&hidden["csrf_token"])).await, 303);
        assert_eq!(silently(&app, &browser, &[]).await, "alice");
    }

    async fn the_sid_of_a_hint_ends_that_session_and_no_other(app: TestApp) {
        let browser = app.browser();
        let alices = app.sign_in_with(&browser, "alice", &app.authorization("web")).await;
        let alices = app.redeem("web", alices.code()).await.ok();
        let bobs = app.sign_in_with(&browser, "bob", &app.authorization("web").with("prompt", "login")).await;
        let bobs = app.redeem("web", bobs.code()).await.ok();
        let elsewhere = app.browser();
        app.sign_in_with(&elsewhere, "alice", &app.authorization("web")).await;

        let hint = alices.string("id_token");
        let done = browser.visit(&app.logout_url(&[("id_token_hint", &hint)])).await.page();
        assert!(done.url.ends_with("/signed-out"), "{}", done.url);
        assert_eq!(silently(&app, &browser, &[]).await, "bob");
        assert_eq!(silently(&app, &browser, &[("login_hint", "alice")]).await, "login_required");
        assert_eq!(silently(&app, &elsewhere, &[]).await, "alice", "her session in another browser stays");
        app.refresh("web", &alices.string("refresh_token")).await.expect_error(400, "invalid_grant");
        assert_eq!(app.refresh("web", &bobs.string("refresh_token")).await.status, 200);

        // The hint means nobody here any more: the person is asked.
        let asked = browser.visit(&app.logout_url(&[("id_token_hint", &hint)])).await.page();
        assert!(asked.html.contains("id=\"confirm\"") && asked.html.contains("Bob Builder"), "{}", asked.html);
    }

    async fn the_sign_out_page_ends_this_account_or_all(app: TestApp) {
        for (answer, left) in [("active", "account_selection_required"), ("all", "login_required")] {
            let browser = of_alice_and_bob(&app).await;
            let page = browser.visit(&app.logout_url(&[])).await.page();
            assert!(page.html.contains("Bob Builder") && page.html.contains("1 other account"), "{}", page.html);
            let done = browser.submit(&page, &[("accounts", answer)]).await.page();
            assert!(done.url.ends_with("/signed-out"), "{}", done.url);
            assert_eq!(silently(&app, &browser, &[]).await, left, "{answer}");
            if answer == "active" {
                assert_eq!(silently(&app, &browser, &[("login_hint", "alice")]).await, "alice");
                let page = browser.visit(&app.logout_url(&[])).await.page();
                assert!(page.html.contains("id=\"confirm-all\"") && !page.html.contains("id=\"confirm\""), "{}", page.html);
                let _ = browser.submit(&page, &[("accounts", "all")]).await.page();
                assert_eq!(silently(&app, &browser, &[]).await, "login_required");
            }
        }
    }

    async fn a_confirmation_for_one_account_does_not_sign_out_all(app: TestApp) {
        let browser = of_alice_and_bob(&app).await;
        let page = browser.visit(&app.logout_url(&[])).await.page();
        let confirmed = browser.submit_once(&page, &[("accounts", "active")]).await;
        let next = format!("{}{}", app.origin(), location(&confirmed));
        for forged in [next.replace("accounts=active", "accounts=all"), next.replace("&accounts=active", "")] {
            assert_eq!(browser.get(&forged).await.status, 403, "{forged}");
        }
        assert_eq!(silently(&app, &browser, &[]).await, "bob");
    }

    async fn create_makes_an_account_that_goes_on_to_consent(app: TestApp) {
        let browser = app.browser();
        let page = sign_up_page(&app, &browser).await;
        let page = browser.submit(&page, &entries("ada@commons.test", NEW_PASSWORD)).await.page();
        assert!(page.is_consent() && page.html.contains("ada@commons.test"), "{}", page.html);
        let callback = browser.submit(&page, &[("decision", "allow")]).await.callback();
        let tokens = app.token_of("commons", "accounts-web", &app.code_fields(callback.code())).await.ok();
        let url = format!("{}/oauth2/userinfo", app.issuer_of("commons"));
        let claims = app.get_with_token(&url, &tokens.string("access_token")).await.ok().json;
        assert_eq!((&claims["email"], &claims["email_verified"]), (&"ada@commons.test".into(), &false.into()));

        let again = app.authorization_of("commons", "accounts-web").with("scope", "openid email").with("prompt", "login");
        let callback = app.browser().sign_in(&again.url(), "ADA@commons.test", NEW_PASSWORD).await;
        assert!(!callback.code().is_empty());
    }

    async fn the_sign_in_page_leads_to_the_sign_up_page_where_there_is_one(app: TestApp) {
        let browser = app.browser();
        let page = browser.visit(&app.authorization_of("commons", "accounts-web").with("scope", "openid").url()).await.page();
        assert!(page.is_sign_in() && page.html.contains("/t/commons/sign-up?interaction="), "{}", page.html);
        let page = browser.visit(&page.url.replace("/sign-in?", "/sign-up?")).await.page();
        assert!(page.is_sign_up() && page.html.contains("/t/commons/sign-in?interaction="), "{}", page.html);
        let page = browser.submit(&page, &entries("ada", NEW_PASSWORD)).await.page();
        assert!(page.is_consent(), "{}", page.html);

        let closed = browser.visit(&app.authorization("web").with("prompt", "create").url()).await.page();
        assert!(closed.is_sign_in() && !closed.html.contains("/sign-up"), "{}", closed.html);
    }

    async fn create_asks_for_an_account_though_one_is_signed_in_and_stands_not_beside_none(app: TestApp) {
        let browser = app.browser();
        let page = sign_up_page(&app, &browser).await;
        let _ = browser.submit(&page, &entries("ada", NEW_PASSWORD)).await.page();
        let page = sign_up_page(&app, &browser).await;
        let page = browser.submit(&page, &entries("grace", NEW_PASSWORD)).await.page();
        assert!(page.is_consent() && page.html.contains("Ada"), "{}", page.html);
        for tenant in ["commons", "acme"] {
            let client = if tenant == "acme" { "web" } else { "accounts-web" };
            let request = app.authorization_of(tenant, client).with("scope", "openid").with("prompt", "none create");
            assert_eq!(browser.visit(&request.url()).await.callback().param("error"), "invalid_request");
        }
    }

    async fn create_is_announced_only_where_people_may_make_accounts(app: TestApp) {
        for (tenant, announced) in [("commons", true), ("acme", false)] {
            let url = format!("{}/.well-known/openid-configuration", app.issuer_of(tenant));
            let prompts = app.get(&url).await.ok().json["prompt_values_supported"].clone();
            let prompts = prompts.as_array().expect("a list");
            assert_eq!(prompts.contains(&"create".into()), announced, "{tenant}");
            assert!(prompts.contains(&"select_account".into()), "{tenant}");
        }
    }

    async fn what_is_wrong_with_a_new_account_is_said_and_nothing_is_made(app: TestApp) {
        let browser = app.browser();
        let page = sign_up_page(&app, &browser).await;
        let _ = browser.submit(&page, &entries("ada", NEW_PASSWORD)).await.page();
        let page = sign_up_page(&app, &browser).await;
        let _ = browser.submit(&page, &entries("ada@commons.test", NEW_PASSWORD)).await.page();

        let other = app.browser();
        let page = sign_up_page(&app, &other).await;
        let different = [("username", "eve"), ("password", NEW_PASSWORD), ("password_confirmation", "another")];
        for (fields, said) in [
            (&entries("ADA", NEW_PASSWORD)[..], "An account with this user name may exist."),
            (&entries("Ada@Commons.test", NEW_PASSWORD), "No account can be created with this address."),
            (&entries("", NEW_PASSWORD), "Enter an email address or a user name."),
            (&entries("eve@", NEW_PASSWORD), "This is not an email address."),
            (&entries("eve", "short"), "Use at least 8 characters."),
            (&entries("eve-of-commons", "Eve-Of-Commons"), "other than your user name"),
            (&entries("eve", ""), "Choose a password."),
            (&different, "not the same"),
        ] {
            let answer = other.submit(&page, fields).await.page();
            assert_eq!(answer.status, 422, "{said}");
            assert!(answer.html.contains(said), "{said}: {}", answer.html);
            assert!(session_cookie(&answer).is_none() && !answer.html.contains(NEW_PASSWORD), "{said}");
        }
        let long = "x".repeat(2000);
        let answer = other.submit(&page, &entries("eve", &long)).await.page();
        assert!(answer.status == 422 && answer.html.contains("at most 256"), "{}", answer.html);
        let silent = app.authorization_of("commons", "accounts-web").with("scope", "openid").with("prompt", "none");
        assert_eq!(other.visit(&silent.url()).await.callback().param("error"), "login_required");
    }

    async fn accounts_made_from_one_address_are_bounded(app: TestApp) {
        let browser = app.browser();
        let page = sign_up_page(&app, &browser).await;
        let mut last = None;
        for _ in 0..21 {
            // Whoever asks which names are taken is bounded as much.
            last = Some(browser.submit(&page, &entries("taken", NEW_PASSWORD)).await);
            if matches!(&last, Some(Landing::Page(page)) if page.status == 429) {
                break;
            }
        }
        let page = last.expect("an answer").page();
        assert_eq!(page.status, 429, "{}", page.html);
        assert!(page.headers.contains_key("retry-after") && page.html.contains("Too many attempts"), "{}", page.html);
    }
}
