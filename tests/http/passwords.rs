//! Passwords: what is advised while one is typed, what is refused when it is sent, hashes from elsewhere, and floods.

use latchkey_testkit::{Browser, Page, TestApp, both_backends};
use serde_json::{Value, json};

const GOOD: &str = "gravel orchid marble canyon";

async fn sign_up_page(app: &TestApp, browser: &Browser) -> Page {
    let request =
        app.authorization_of("commons", "accounts-web").with("scope", "openid email").with("prompt", "create");
    browser.visit(&request.url()).await.page()
}

async fn sign_in_page(app: &TestApp, browser: &Browser) -> Page {
    browser.visit(&app.authorization("web").with("prompt", "login").url()).await.page()
}

/// What the script of the sign-up page asks.
async fn advise(app: &TestApp, browser: &Browser, page: &Page, fields: &[(&str, &str)]) -> (u16, Value) {
    let purpose = page.hidden_fields()["interaction"].clone();
    advise_for(app, browser, (page, &purpose), fields).await
}

async fn advise_for(
    app: &TestApp,
    browser: &Browser,
    (page, purpose): (&Page, &str),
    fields: &[(&str, &str)],
) -> (u16, Value) {
    let hidden = page.hidden_fields();
    let mut all = vec![("csrf_token", hidden["csrf_token"].as_str()), ("purpose", purpose)];
    all.extend_from_slice(fields);
    let answer = browser.post(&format!("{}/password-strength", app.issuer_of("commons")), &all).await;
    (answer.status, serde_json::from_str(&answer.html).unwrap_or_default())
}

/// A number whose SHA-256, behind the page's challenge, begins with as many zero bits as the page asks for.
fn work_of(page: &Page) -> String {
    let attribute = |name: &str| {
        let rest = page.html.split(&format!("{name}=\"")).nth(1).unwrap_or_else(|| panic!("{name}: {}", page.html));
        rest.split('"').next().expect("a value").to_owned()
    };
    let (challenge, bits) = (attribute("data-challenge"), attribute("data-bits").parse().expect("a number"));
    let task = latchkey_auth::WorkTask { challenge, bits };
    (0u64..).map(|number| number.to_string()).find(|number| task.is_solved_by(number)).expect("a solution")
}

both_backends! {
    async fn advice_is_given_while_a_password_is_typed(app: TestApp) {
        let browser = app.browser();
        let page = sign_up_page(&app, &browser).await;
        assert!(page.html.contains("data-action=\"/t/commons/password-strength\""), "{}", page.html);
        let policy = page.headers["content-security-policy"].to_str().expect("text");
        assert!(policy.contains("connect-src 'self'"), "{policy}");
        for (password, score, said) in [
            ("short", 0, "at least 8 characters"),
            ("password1", 0, "many people use"),
            ("thistlewaite1", 0, "what others know about you"),
            (GOOD, 4, "hard to guess"),
        ] {
            let fields = [("password", password), ("username", "thistlewaite@commons.test"), ("name", "Ada")];
            let (status, advice) = advise(&app, &browser, &page, &fields).await;
            assert_eq!((status, &advice["score"]), (200, &json!(score)), "{password}: {advice}");
            assert!(advice["text"].as_str().is_some_and(|text| text.contains(said)), "{password}: {advice}");
        }
        let long = "x".repeat(2000);
        let (status, advice) = advise(&app, &browser, &page, &[("password", &long)]).await;
        assert!(status == 200 && advice["text"].as_str().is_some_and(|text| text.contains("at most 256")), "{advice}");
    }

    async fn advice_is_for_who_was_shown_a_page_only(app: TestApp) {
        let browser = app.browser();
        let page = sign_up_page(&app, &browser).await;
        // Another browser, and a token of another page.
        assert_eq!(advise(&app, &app.browser(), &page, &[("password", GOOD)]).await.0, 403);
        let other = "int_0123456789abcdef0123456789abcdef";
        assert_eq!(advise_for(&app, &browser, (&page, other), &[("password", GOOD)]).await.0, 403);
    }

    async fn a_weak_password_is_refused_with_advice_when_it_is_sent(app: TestApp) {
        let browser = app.browser();
        let page = sign_up_page(&app, &browser).await;
        for (password, said) in [("password1", "many people use"), ("thistlewaite1", "what others know about you")] {
            let fields = [("username", "thistlewaite"), ("password", password), ("password_confirmation", password)];
            let answer = browser.submit(&page, &fields).await.page();
            assert_eq!(answer.status, 422, "{password}");
            assert!(answer.html.contains(said), "{said}: {}", answer.html);
        }
        let link = app.invite_by_mail("acme", "ivy").await;
        let page = browser.get(&link).await;
        let fields = [("password", "qwertyuiop"), ("password_confirmation", "qwertyuiop")];
        let answer = browser.submit_once(&page, &fields).await;
        assert!(answer.status == 422 && answer.html.contains("many people use"), "{}", answer.html);
    }

    async fn the_tenant_sets_how_long_and_how_strong_a_password_is(app: TestApp) {
        app.set_settings(&json!({ "passwords": { "min_length": 30, "min_score": 0 } }));
        let link = app.invite_by_mail("acme", "ivy").await;
        let browser = app.browser();
        let page = browser.get(&link).await;
        assert!(page.html.contains("At least 30 characters"), "{}", page.html);
        let short = browser.submit_once(&page, &[("password", GOOD), ("password_confirmation", GOOD)]).await;
        assert!(short.status == 422 && short.html.contains("at least 30 characters"), "{}", short.html);
        let weak = "a".repeat(30);
        let set = browser.submit_once(&page, &[("password", weak.as_str()), ("password_confirmation", &weak)]).await;
        assert_eq!(set.status, 200, "{}", set.html);
    }

    async fn users_with_hashes_of_other_systems_sign_in(app: TestApp) {
        app.apply(
            "version: 1\ntenants:\n  - slug: acme\n    users:\n      \
             - { username: ldap, email: ldap@acme.test, password_hash: '{SSHA}d3dVNXpGR3zwJdOuxS7rgdV72ANzYWx0' }\n      \
             - { username: php, email: php@acme.test, password_hash: '$2y$05$abcdefghijklmnopqrstuuu/FUlHS8O7gd2dHevcWyC9kRDGC.j0m' }\n",
        );
        for login in ["php", "ldap", "ldap"] {
            let callback = app.browser().sign_in(&app.authorization("web").url(), login, "pässwörd 12").await;
            assert!(!callback.code().is_empty(), "{login}");
        }
        let browser = app.browser();
        let page = sign_in_page(&app, &browser).await;
        let refused = browser.submit_once(&page, &[("login", "ldap"), ("password", "wrong")]).await;
        assert_eq!(refused.status, 422);
    }

    async fn a_password_of_a_breach_is_refused_where_the_operator_has_a_list(app: TestApp) {
        // Without a list it is the estimate alone that refuses.
        let link = app.invite_by_mail("acme", "ivy").await;
        let browser = app.browser();
        let page = browser.get(&link).await;
        let set = browser.submit_once(&page, &[("password", GOOD), ("password_confirmation", GOOD)]).await;
        assert_eq!(set.status, 200, "{}", set.html);

        let directory = tempfile::tempdir().expect("a directory");
        let filter = directory.path().join("filter");
        let list = std::io::Cursor::new(format!("{GOOD}\n"));
        latchkey_auth::build_breach_filter(list, latchkey_auth::BreachListForm::Passwords, &filter).expect("a filter");
        let careful = TestApp::builder().setting("LATCHKEY_PASSWORD_BREACH_FILTER", &filter.display().to_string());
        let careful = careful.spawn().await;
        let link = careful.invite_by_mail("acme", "ivy").await;
        let browser = careful.browser();
        let page = browser.get(&link).await;
        let fields = [("password", GOOD), ("password_confirmation", GOOD)];
        let refused = browser.submit_once(&page, &fields).await;
        assert!(refused.status == 422 && refused.html.contains("stolen passwords"), "{}", refused.html);
        careful.set_settings(&json!({ "passwords": { "refuse_breached": false } }));
        assert_eq!(browser.submit_once(&page, &fields).await.status, 200);
    }

    async fn wrong_passwords_of_others_do_not_keep_the_owner_out_of_a_browser_that_she_knows(app: TestApp) {
        app.set_sign_in_limits(3, 1000).await;
        let hers = app.browser();
        let _ = app.sign_in_with(&hers, "alice", &app.authorization("web")).await;
        let theirs = app.browser();
        let page = sign_in_page(&app, &theirs).await;
        let mut last = 0;
        for _ in 0..12 {
            last = theirs.submit_once(&page, &[("login", "alice"), ("password", "wrong")]).await.status;
        }
        assert_eq!(last, 429);
        let right = [("login", "alice"), ("password", "wonderland-in-spring")];
        assert_eq!(theirs.submit_once(&page, &right).await.status, 429);
        let page = sign_in_page(&app, &hers).await;
        assert!(!hers.submit(&page, &right).await.callback().code().is_empty());
    }

    async fn a_flood_of_wrong_passwords_sets_browsers_a_task(app: TestApp) {
        let hers = app.browser();
        let _ = app.sign_in_with(&hers, "alice", &app.authorization("web")).await;
        app.set_settings(&json!({ "sign_in_failures_per_tenant": 3 }));
        let browser = app.browser();
        let before = sign_in_page(&app, &browser).await;
        assert!(!before.html.contains("data-challenge"), "{}", before.html);
        for login in ["a", "b", "c"] {
            let _ = browser.submit_once(&before, &[("login", login), ("password", "wrong")]).await;
        }
        // The page that was open before has no task; the answer sets one, and says what to do without a script.
        let right = [("login", "alice"), ("password", "wonderland-in-spring")];
        let asked = browser.submit_once(&before, &right).await;
        assert_eq!(asked.status, 422);
        assert!(asked.html.contains("Enter your password once more"), "{}", asked.html);
        assert!(asked.html.contains("<noscript>") && asked.html.contains("needs JavaScript"), "{}", asked.html);
        let mut fields = asked.hidden_fields();
        fields.insert("work".to_owned(), work_of(&asked));
        let solved: Vec<(&str, &str)> =
            fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).chain(right).collect();
        let signed_in = browser.post(&format!("{}/sign-in", app.issuer()), &solved).await;
        assert!(!browser.follow(signed_in).await.callback().code().is_empty());
        // A browser that she knows is not asked.
        let page = sign_in_page(&app, &hers).await;
        assert!(!hers.submit(&page, &right).await.callback().code().is_empty());
    }
}
