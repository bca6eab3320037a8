//! The pages through HTTP, with a real database and the real sign-in.

mod site;

use actix_web::http::StatusCode;
use latchkey_auth::ConsentState;

use self::site::{Browser, PASSWORD, Site};

#[actix_web::test]
async fn the_right_password_opens_a_session_and_goes_on_where_the_step_came_from() {
    let site = Site::new().await;
    let mut browser = Browser::new(&site);
    let interaction = browser.begin(ConsentState::NotAsked).await;

    let page = browser.get(&format!("/t/demo/sign-in?interaction={interaction}")).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.body.contains("id=\"login\"") && page.body.contains("id=\"submit\""), "{}", page.body);
    assert!(page.body.contains("value=\"alice@example.com\""), "the hint fills the form");

    let answer = browser.submit("/t/demo/sign-in", &page, &[("login", "Alice"), ("password", PASSWORD)]).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    assert_eq!(answer.header("location"), format!("/t/demo/oauth2/authorize/continue?interaction={interaction}"));
    assert!(browser.session().await.is_some());
}

#[actix_web::test]
async fn an_unknown_user_and_a_wrong_password_get_the_same_page() {
    let site = Site::new().await;
    let mut browser = Browser::new(&site);
    let interaction = browser.begin(ConsentState::NotAsked).await;
    let page = browser.get(&format!("/t/demo/sign-in?interaction={interaction}")).await;

    let mut answers = Vec::new();
    for login in ["alice", "bobby"] {
        let answer = browser.submit("/t/demo/sign-in", &page, &[("login", login), ("password", "wrong wrong")]).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        answers.push(answer.without_nonce().replace(login, "NAME"));
    }
    assert_eq!(answers[0], answers[1]);
    assert!(answers[0].contains("role=\"alert\"") && answers[0].contains("is not right"));
    assert!(browser.session().await.is_none());
}

#[actix_web::test]
async fn nothing_by_mail_is_offered_where_no_mail_is_sent() {
    let site = Site::new().await;
    let mut browser = Browser::new(&site);
    site.let_sign_in_by_mail().await;
    let interaction = browser.begin(ConsentState::NotAsked).await;
    let page = browser.get(&format!("/t/demo/sign-in?interaction={interaction}")).await;
    assert!(page.body.contains("id=\"password\"") && !page.body.contains("by_mail"), "{}", page.body);
    let fields = [("login", "alice"), ("by_mail", "email_code")];
    let answer = browser.submit("/t/demo/sign-in/mail", &page, &fields).await;
    assert_eq!(answer.header("location"), format!("/t/demo/sign-in?interaction={interaction}"));
}

#[actix_web::test]
async fn what_is_missing_is_said_beside_its_field() {
    let site = Site::new().await;
    let mut browser = Browser::new(&site);
    let interaction = browser.begin(ConsentState::NotAsked).await;
    let page = browser.get(&format!("/t/demo/sign-in?interaction={interaction}")).await;
    let answer = browser.submit("/t/demo/sign-in", &page, &[("login", " "), ("password", "")]).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    for part in [
        "aria-invalid=\"true\" aria-describedby=\"login-error\"",
        "aria-describedby=\"password-error\"",
        "href=\"#login\"",
    ] {
        assert!(answer.body.contains(part), "{part}: {}", answer.body);
    }
}

#[actix_web::test]
async fn too_many_attempts_say_when_to_come_back() {
    let site = Site::new().await;
    let mut browser = Browser::new(&site);
    let interaction = browser.begin(ConsentState::NotAsked).await;
    let page = browser.get(&format!("/t/demo/sign-in?interaction={interaction}")).await;
    let mut last = None;
    for _ in 0..11 {
        last = Some(browser.submit("/t/demo/sign-in", &page, &[("login", "alice"), ("password", "wrong wrong")]).await);
    }
    let answer = last.expect("an answer");
    assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(answer.header("retry-after").parse::<u64>().expect("seconds") > 0);
    assert!(answer.body.contains("Too many attempts. Wait "), "{}", answer.body);
}

#[actix_web::test]
async fn a_step_that_is_unknown_or_of_another_browser_is_a_clear_page() {
    let site = Site::new().await;
    let mut browser = Browser::new(&site);
    let interaction = browser.begin(ConsentState::NotAsked).await;
    let mut stranger = Browser::new(&site);
    for path in ["/sign-in", "/sign-up", "/choose-account", "/consent"] {
        for query in [
            format!("?interaction={interaction}"),
            "?interaction=int_x".to_owned(),
            "?interaction=".to_owned(),
            String::new(),
        ] {
            let answer = stranger.get(&format!("/t/demo{path}{query}")).await;
            assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{path}{query}");
            assert!(answer.body.contains("start again"), "{}", answer.body);
        }
    }
    let elsewhere = browser.get(&format!("/t/other/sign-in?interaction={interaction}")).await;
    assert_eq!(elsewhere.status, StatusCode::BAD_REQUEST, "another tenant does not know it");
}

#[actix_web::test]
async fn a_form_without_its_token_changes_nothing() {
    let site = Site::new().await;
    let mut browser = Browser::new(&site);
    let interaction = browser.begin(ConsentState::NotAsked).await;
    let mut page = browser.get(&format!("/t/demo/sign-in?interaction={interaction}")).await;
    let token = page.hidden("csrf_token");
    page.body = page.body.replace(&token, "forged");
    let answer = browser.submit("/t/demo/sign-in", &page, &[("login", "alice"), ("password", PASSWORD)]).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert!(browser.session().await.is_none());
}

#[actix_web::test]
async fn consent_names_who_asks_for_what_and_records_the_answer() {
    let site = Site::new().await;
    for (decision, allowed) in [("allow", true), ("deny", false)] {
        let mut browser = Browser::new(&site);
        let interaction = browser.begin_asking().await;
        browser.sign_in(&interaction).await;

        let page = browser.get(&format!("/t/demo/consent?interaction={interaction}")).await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.body);
        let parts = [
            "Notes &#38; more",
            "app.example",
            "alice@example.com",
            "See your email address",
            "Read your notes",
            "Sensitive",
            "It stays connected",
            "id=\"allow\"",
            "id=\"deny\"",
            "Use another account",
            "https://notes.example/privacy",
        ];
        for part in parts {
            assert!(page.body.contains(part), "{part}: {}", page.body);
        }
        let policy = page.header("content-security-policy");
        assert!(policy.contains("form-action 'self' https: http:;"), "{policy}");
        assert!(page.body.contains("<img src=\"/t/demo/oauth2/client-logos/"), "{}", page.body);
        assert!(!page.body.contains("cdn.example") && !policy.contains("cdn.example"), "{policy}");

        let answer = browser.submit("/t/demo/consent", &page, &[("decision", decision)]).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER);
        assert_eq!(answer.header("location"), format!("/t/demo/oauth2/authorize/continue?interaction={interaction}"));
        let state = browser.consent(&interaction).await;
        assert_eq!(matches!(state, ConsentState::Allowed { .. }), allowed, "{state:?}");
        assert_eq!(state == ConsentState::Denied, !allowed, "{state:?}");
    }
}

#[actix_web::test]
async fn an_answer_for_an_account_that_is_not_the_one_asked_records_nothing() {
    let site = Site::new().await;
    let mut browser = Browser::new(&site);
    let interaction = browser.begin_asking().await;
    browser.sign_in(&interaction).await;
    let mut page = browser.get(&format!("/t/demo/consent?interaction={interaction}")).await;
    let own = page.hidden("account");
    page.body = page.body.replace(&own, "ses_01234567890123456789012345678901");
    let answer = browser.submit("/t/demo/consent", &page, &[("decision", "allow")]).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    assert!(matches!(browser.consent(&interaction).await, ConsentState::Asked { .. }));
}

#[actix_web::test]
async fn the_chooser_lists_names_and_addresses_and_takes_only_accounts_of_this_browser() {
    let site = Site::new().await;
    let mut browser = Browser::new(&site);
    let interaction = browser.begin(ConsentState::NotAsked).await;
    let empty = browser.get(&format!("/t/demo/choose-account?interaction={interaction}")).await;
    assert_eq!(empty.header("location"), format!("/t/demo/sign-in?interaction={interaction}"));
    browser.sign_in(&interaction).await;

    let page = browser.get(&format!("/t/demo/choose-account?interaction={interaction}")).await;
    assert_eq!(page.status, StatusCode::OK);
    for part in ["Alice", "alice@example.com", "id=\"another\"", "Notes &#38; more"] {
        assert!(page.body.contains(part), "{part}: {}", page.body);
    }
    let session = browser.session().await.expect("a session").session.id.to_string();
    let mut stranger = Browser::new(&site);
    let elsewhere = stranger.begin(ConsentState::NotAsked).await;
    stranger.sign_in(&elsewhere).await;
    let theirs = stranger.get(&format!("/t/demo/choose-account?interaction={elsewhere}")).await;
    let again = format!("/t/demo/choose-account?interaction={elsewhere}");
    for name in ["account", "sign_out"] {
        let answer = stranger.submit("/t/demo/choose-account", &theirs, &[(name, &session)]).await;
        assert_eq!(answer.header("location"), again, "{name}");
        assert!(browser.session().await.is_some(), "{name}");
    }
    for fields in [&[][..], &[("account", ""), ("sign_out", "")], &[("account", &session), ("sign_out", &session)]] {
        let answer = browser.submit("/t/demo/choose-account", &page, fields).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{fields:?}");
    }
    let goes_on = format!("/t/demo/oauth2/authorize/continue?interaction={interaction}");
    let answer = browser.submit("/t/demo/choose-account", &page, &[("account", &session)]).await;
    assert_eq!(answer.header("location"), goes_on);
    let answer = browser.submit("/t/demo/choose-account", &page, &[("sign_out", &session)]).await;
    assert_eq!(answer.header("location"), format!("/t/demo/choose-account?interaction={interaction}"));
    assert!(browser.session().await.is_none());
}

#[actix_web::test]
async fn where_operators_make_the_accounts_the_sign_up_page_is_the_sign_in_page() {
    let site = Site::new().await;
    let mut browser = Browser::new(&site);
    let interaction = browser.begin(ConsentState::NotAsked).await;
    let sign_in = format!("/t/demo/sign-in?interaction={interaction}");
    let shown = browser.get(&format!("/t/demo/sign-up?interaction={interaction}")).await;
    assert_eq!(shown.header("location"), sign_in);
    let page = browser.get(&sign_in).await;
    assert!(!page.body.contains("Create an account"), "{}", page.body);
    let fields = [("username", "eve"), ("password", PASSWORD), ("password_confirmation", PASSWORD)];
    let posted = browser.submit("/t/demo/sign-up", &page, &fields).await;
    assert_eq!(posted.header("location"), sign_in);
    assert!(browser.session().await.is_none());
}

#[actix_web::test]
async fn consent_without_a_session_goes_back_to_where_steps_are_decided() {
    let site = Site::new().await;
    let mut browser = Browser::new(&site);
    let interaction = browser.begin_asking().await;
    let answer = browser.get(&format!("/t/demo/consent?interaction={interaction}")).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    assert!(answer.header("location").starts_with("/t/demo/oauth2/authorize/continue?"));
}

#[actix_web::test]
async fn a_confirmed_sign_out_carries_a_proof_that_a_link_cannot() {
    let site = Site::new().await;
    let mut browser = Browser::new(&site);
    let interaction = browser.begin(ConsentState::NotAsked).await;
    browser.sign_in(&interaction).await;

    let page = browser.get(&format!("/t/demo/sign-out?interaction={interaction}")).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.body.contains("id=\"confirm\"") && page.body.contains("Alice"), "{}", page.body);
    let answer = browser.submit("/t/demo/sign-out", &page, &[]).await;
    let location = answer.header("location").to_owned();
    let start = format!("/t/demo/oauth2/logout/continue?interaction={interaction}&accounts=active&confirmation=");
    let proof = location.strip_prefix(&start).expect("goes on at the end-session endpoint");
    assert!(proof.len() == 43 && proof != page.hidden("csrf_token"));

    let typed = browser.get("/t/demo/sign-out").await;
    assert_eq!(typed.header("location"), "/t/demo/oauth2/logout");
    let done = browser.get("/t/demo/signed-out").await;
    assert_eq!(done.status, StatusCode::OK);
    assert!(done.body.contains("You are signed out"));
}

#[actix_web::test]
async fn an_invitation_sets_a_password_once() {
    let site = Site::new().await;
    let token = site.invite("carol").await;
    let mut browser = Browser::new(&site);
    let page = browser.get(&format!("/t/demo/invitation?token={token}")).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.body.contains("carol"), "{}", page.body);

    let cases = [
        ("short", "short", "at least 8"),
        ("long enough", "different", "not the same"),
        ("", "", "Choose a password."),
        ("carol@example.com", "carol@example.com", "other than your user name"),
    ];
    for (password, again, said) in cases {
        let fields = [("password", password), ("password_confirmation", again)];
        let answer = browser.submit("/t/demo/invitation", &page, &fields).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(answer.body.contains(said), "{said}: {}", answer.body);
    }
    let fields = [("password", "a long enough one"), ("password_confirmation", "a long enough one")];
    let answer = browser.submit("/t/demo/invitation", &page, &fields).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    let again = browser.submit("/t/demo/invitation", &page, &fields).await;
    assert_eq!(again.status, StatusCode::BAD_REQUEST);
    let opened = browser.get(&format!("/t/demo/invitation?token={token}")).await;
    assert_eq!(opened.status, StatusCode::BAD_REQUEST);
}

#[actix_web::test]
async fn the_list_of_routes_is_what_is_mounted() {
    let site = Site::new().await;
    for method in ["GET", "HEAD", "POST", "PUT"] {
        for path in
            ["/sign-in", "/sign-up", "/choose-account", "/consent", "/sign-out", "/signed-out", "/invitation", "/error"]
        {
            let listed = crate::list_routes().any(|route| route.method == method && route.path == path);
            let status = Browser::new(&site).status(method, &format!("/t/demo{path}")).await;
            assert_eq!(status != StatusCode::METHOD_NOT_ALLOWED, listed, "{method} {path}: {status}");
        }
    }
}

/// Writes every page to the folder that `LATCHKEY_RENDER_DIR` names, for a look at it in a browser.
#[actix_web::test]
async fn every_page_fits_its_budget() {
    let site = Site::new().await;
    let mut browser = Browser::new(&site);
    let interaction = browser.begin_asking().await;
    let sign_in = browser.get(&format!("/t/demo/sign-in?interaction={interaction}")).await;
    let refused = browser.submit("/t/demo/sign-in", &sign_in, &[("login", "alice"), ("password", "wrong wrong")]).await;
    let incomplete = browser.submit("/t/demo/sign-in", &sign_in, &[]).await;
    browser.sign_in(&interaction).await;
    let token = site.invite("carol").await;
    let pages = [
        ("sign-in", sign_in),
        ("refused", refused),
        ("incomplete", incomplete),
        ("consent", browser.get(&format!("/t/demo/consent?interaction={interaction}")).await),
        ("choose-account", browser.get(&format!("/t/demo/choose-account?interaction={interaction}")).await),
        ("sign-out", browser.get(&format!("/t/demo/sign-out?interaction={interaction}")).await),
        ("signed-out", browser.get("/t/demo/signed-out").await),
        ("invitation", browser.get(&format!("/t/demo/invitation?token={token}")).await),
        ("expired", browser.get("/t/demo/sign-in").await),
        ("error", browser.get("/t/demo/error").await),
        ("unknown", browser.get("/t/nobody/sign-in").await),
        ("branded", browser.get(&format!("/t/other/invitation?token={}", site.invite_other().await)).await),
    ];
    for (name, page) in pages {
        let style = page.body.split("<style").nth(1).and_then(|rest| rest.split("</style>").next()).expect("a style");
        assert!(style.len() <= 20_000, "{name}: {} bytes of CSS", style.len());
        if let Ok(folder) = std::env::var("LATCHKEY_RENDER_DIR") {
            std::fs::write(format!("{folder}/{name}.html"), &page.body).expect("a file");
        }
    }
}
