//! A user has the own account deleted, and keeps it after all.

use std::time::Duration;

use latchkey_testkit::{Browser, Page, TestApp, both_backends};
use serde_json::json;

use crate::console::{ALICE, BOB, is_signed_in, open, proved, send, signed_in};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Alice has the account deleted, in this browser.
async fn delete(app: &TestApp, browser: &Browser) -> Page {
    let page = proved(app, browser, &ALICE, "/account/delete").await;
    assert!(page.html.contains("name=\"confirmation\""), "{}", page.html);
    let done = browser.submit_once(&page, &[("confirmation", "alice")]).await;
    assert!(done.status == 200 && done.html.contains("Your account will be deleted"), "{}", done.html);
    done
}

/// The link of the mail that keeps the account.
async fn link(app: &TestApp) -> String {
    app.empty_outbox().await;
    let mails = app.mailer().sent().into_iter().filter(|mail| mail.to == ["alice@acme.test"]);
    let texts: Vec<String> = mails.map(|mail| mail.text).collect();
    let words = texts.iter().flat_map(|text| text.split_whitespace());
    let mut links = words.filter(|word| word.contains("/account/keep?token="));
    links.next_back().unwrap_or_else(|| panic!("no link in {texts:?}")).to_owned()
}

async fn run_the_job(app: &TestApp) -> usize {
    app.services().sign_in.delete_due_accounts(100).await.expect("the database answers")
}

/// Whether alice can sign in; nobody is told why not.
async fn can_sign_in(app: &TestApp) -> bool {
    let browser = app.browser();
    let page = browser.visit(&app.authorization("web").url()).await.page();
    browser.submit_once(&page, &ALICE).await.status == 303
}

both_backends! {
    async fn sessions_and_tokens_end_at_once_and_the_account_when_the_days_are_over(app: TestApp) {
        let elsewhere = signed_in(&app, "alice").await;
        let tokens = app.tokens("web", "alice", "openid offline_access").await;
        let browser = signed_in(&app, "alice").await;
        let done = delete(&app, &browser).await;
        assert!(done.html.contains("by the link in the mail"), "{}", done.html);
        assert!(!is_signed_in(&app, &browser).await && !is_signed_in(&app, &elsewhere).await);
        app.refresh("web", &tokens.string("refresh_token")).await.expect_error(400, "invalid_grant");
        assert_eq!(app.userinfo(&tokens.string("access_token")).await.status, 401);
        assert!(link(&app).await.starts_with(&app.issuer()), "made of the issuer");

        app.advance(DAY * 13);
        assert_eq!(run_the_job(&app).await, 0);
        app.advance(DAY * 2);
        assert_eq!(run_the_job(&app).await, 1);
        assert_eq!(run_the_job(&app).await, 0);
        assert!(!can_sign_in(&app).await);
        app.empty_outbox().await;
        let last = app.mailer().sent().pop().expect("a mail");
        assert!(last.to == ["alice@acme.test"] && last.subject.contains("was deleted"), "{last:?}");
        // Nobody else is touched.
        assert!(is_signed_in(&app, &signed_in(&app, "bob").await).await);
    }

    async fn whoever_comes_later_by_the_same_name_is_somebody_else(app: TestApp) {
        let before = app.tokens("web", "alice", "openid").await.string("access_token");
        let before = app.verify_jwt(&before).await["sub"].clone();
        let _ = delete(&app, &app.browser()).await;
        app.advance(DAY * 15);
        assert_eq!(run_the_job(&app).await, 1);
        app.apply(&json!({ "version": 1, "tenants": [{ "slug": "acme", "name": "Acme Corporation", "users": [
            { "username": "alice", "email": "alice@acme.test", "password": "wonderland-in-spring" },
        ] }] }).to_string());
        let after = app.tokens("web", "alice", "openid").await.string("access_token");
        assert_ne!(app.verify_jwt(&after).await["sub"], before);
    }

    async fn the_link_of_the_mail_keeps_the_account_once_and_signs_nobody_in(app: TestApp) {
        let browser = app.browser();
        let _ = delete(&app, &browser).await;
        let link = link(&app).await;
        // Opened by whatever looks at mails, and by the user, twice: nothing is changed by that.
        let _ = app.browser().visit(&link).await.page();
        let elsewhere = app.browser();
        let page = elsewhere.visit(&link).await.page();
        assert!(page.html.contains("Keep your account?") && page.html.contains("Alice Liddell"), "{}", page.html);
        let kept = elsewhere.submit_once(&page, &[]).await;
        assert!(kept.status == 200 && kept.html.contains("Your account is kept"), "{}", kept.html);
        assert!(open(&app, &elsewhere, "/account").await.is_sign_in(), "nobody is signed in by a link");
        let again = elsewhere.submit_once(&page, &[]).await;
        assert!(again.status == 400 && again.html.contains("nothing to undo"), "{}", again.html);
        app.advance(DAY * 15);
        assert_eq!(run_the_job(&app).await, 0);
        assert!(can_sign_in(&app).await);
    }

    async fn a_sign_in_keeps_the_account_and_the_link_undoes_no_later_deletion(app: TestApp) {
        let _ = delete(&app, &app.browser()).await;
        let first = link(&app).await;
        assert!(is_signed_in(&app, &signed_in(&app, "alice").await).await);
        assert_eq!(app.browser().visit(&first).await.page().status, 400);
        app.advance(DAY);
        let _ = delete(&app, &app.browser()).await;
        assert_eq!(app.browser().visit(&first).await.page().status, 400, "the link of a deletion that was undone");
        app.advance(DAY * 15);
        assert_eq!(run_the_job(&app).await, 1);
    }

    async fn a_wrong_password_does_not_keep_the_account(app: TestApp) {
        let _ = delete(&app, &app.browser()).await;
        let browser = app.browser();
        let page = browser.visit(&app.authorization("web").url()).await.page();
        let refused = browser.submit_once(&page, &[("login", "alice"), ("password", "wrong")]).await;
        assert_eq!(refused.status, 422);
        app.advance(DAY * 15);
        assert_eq!(run_the_job(&app).await, 1);
    }

    async fn the_name_is_typed_to_confirm_and_a_slip_deletes_nothing(app: TestApp) {
        let browser = signed_in(&app, "alice").await;
        let page = proved(&app, &browser, &ALICE, "/account/delete").await;
        for wrong in ["", "bob", "alice ; DROP", "delete"] {
            let refused = browser.submit_once(&page, &[("confirmation", wrong)]).await;
            assert!(refused.status == 422 && refused.html.contains("Nothing was deleted"), "{wrong}: {}", refused.html);
        }
        assert!(is_signed_in(&app, &browser).await);
        // As people write their names.
        assert_eq!(browser.submit_once(&page, &[("confirmation", " ALICE ")]).await.status, 200);
    }

    async fn where_the_tenant_does_not_let_users_there_is_no_page_and_no_deletion(app: TestApp) {
        let browser = app.browser();
        let page = proved(&app, &browser, &ALICE, "/account/delete").await;
        app.set_settings(&json!({ "account": { "deletion": false } }));
        assert_eq!(open(&app, &browser, "/account/delete").await.status, 404);
        assert_eq!(browser.submit_once(&page, &[("confirmation", "alice")]).await.status, 404);
        let data = open(&app, &browser, "/account/data").await;
        assert!(!data.html.contains("/account/delete") && data.html.contains("Download"), "{}", data.html);
        app.advance(DAY * 15);
        assert_eq!(run_the_job(&app).await, 0);
    }

    async fn without_days_of_delay_the_account_is_gone_with_the_next_run(app: TestApp) {
        app.set_settings(&json!({ "account": { "deletion_delay_days": 0 } }));
        let _ = delete(&app, &app.browser()).await;
        app.advance(Duration::from_secs(1));
        assert_eq!(run_the_job(&app).await, 1);
        assert!(!can_sign_in(&app).await);
    }

    async fn another_account_of_the_browser_stays_signed_in(app: TestApp) {
        let browser = signed_in(&app, "bob").await;
        let sign_in = open(&app, &browser, "/account/switch").await;
        let sign_in = browser.submit(&sign_in, &[("account", "another")]).await.page();
        assert!(browser.submit(&sign_in, &ALICE).await.page().html.contains("Alice Liddell"));
        let page = open(&app, &browser, "/account/delete").await;
        let done = browser.submit_once(&page, &[("confirmation", "alice")]).await;
        assert_eq!(done.status, 200, "{}", done.html);
        let chooser = browser.visit(&app.authorization("web").with("prompt", "select_account").url()).await.page();
        assert!(chooser.html.contains("Bob Builder") && chooser.offered_accounts().len() == 1, "{}", chooser.html);
    }

    async fn a_link_of_another_tenant_or_of_nobody_keeps_nothing(app: TestApp) {
        let _ = delete(&app, &app.browser()).await;
        let link = link(&app).await;
        let token = link.split("token=").nth(1).expect("a token").to_owned();
        let browser = app.browser();
        let globex = format!("{}/account/keep", app.issuer_of("globex"));
        assert_eq!(browser.visit(&format!("{globex}?token={token}")).await.page().status, 400);
        let csrf_token = {
            let _ = browser.visit(&app.authorization_of("globex", "web").url()).await;
            browser.csrf_token(&app.tenant_id("globex").await, &token)
        };
        assert_eq!(browser.post(&globex, &[("csrf_token", &csrf_token), ("token", &token)]).await.status, 400);
        for junk in ["", "x", "%27", "0"] {
            let url = format!("{}/account/keep?token={junk}", app.issuer());
            assert_eq!(browser.visit(&url).await.page().status, 400, "{junk}");
        }
        // The form without the token of its page.
        let forged = browser.post(&format!("{}/account/keep", app.issuer()), &[("token", &token)]).await;
        assert_eq!(forged.status, 403);
        app.advance(DAY * 15);
        assert_eq!(run_the_job(&app).await, 1);
    }

    async fn the_file_holds_what_is_kept_of_this_user_and_no_secret(app: TestApp) {
        let elsewhere = signed_in(&app, "alice").await;
        let _ = signed_in(&app, "bob").await;
        let browser = app.browser();
        let page = proved(&app, &browser, &ALICE, "/account/data").await;
        let file = browser.submit_once(&page, &[]).await;
        assert_eq!(file.status, 200);
        let header = |name: &str| file.headers[name].to_str().expect("text").to_owned();
        assert!(header("content-disposition").contains("attachment") && header("cache-control").contains("no-store"));
        assert_eq!(header("content-type"), "application/json");
        let record: serde_json::Value = serde_json::from_str(&file.html).expect("JSON");
        assert_eq!(record["profile"]["email"], "alice@acme.test");
        assert_eq!(record["profile"]["claims"]["birthdate"], "1990-05-04");
        assert_eq!(record["sessions"].as_array().map(Vec::len), Some(2));
        assert_eq!(record["consents"][0]["client_id"], "web");
        assert_eq!(record["credentials"]["password"], true);
        let kinds = record["events"].as_array().expect("events").iter().map(|event| event["kind"].clone());
        assert!(kinds.clone().any(|kind| kind == "account.exported"), "{:?}", kinds.collect::<Vec<_>>());
        let tenant = app.tenant_id("acme").await;
        let secret = elsewhere.cookie(&format!("latchkey-session-{tenant}")).expect("a cookie");
        let secret = secret.split('.').nth(1).expect("a secret").to_owned();
        for part in ["$argon2", "hash", "bob", &secret] {
            assert!(!file.html.contains(part), "{part}");
        }
        let bobs = app.browser();
        let page = proved(&app, &bobs, &BOB, "/account/data").await;
        let file = bobs.submit_once(&page, &[]).await;
        assert!(file.html.contains("bob@acme.test") && !file.html.contains("alice"), "{}", file.html);
        let refused = send(&app, &elsewhere, "/account/data", &[]).await;
        assert!(refused.status == 303 && !refused.html.contains("alice@acme.test"), "{refused:?}");
    }
}
