//! Invitations from the mail to the first sign-in.

use latchkey_testkit::{Browser, Page, TestApp, both_backends};

const CHOSEN: &str = "ivy climbs the old wall";

async fn choose(browser: &Browser, page: &Page, password: &str) -> Page {
    browser.submit_once(page, &[("password", password), ("password_confirmation", password)]).await
}

both_backends! {
    async fn the_link_in_the_mail_leads_to_a_first_password_once(app: TestApp) {
        let link = app.invite_by_mail("acme", "ivy").await;
        assert!(link.starts_with(&format!("{}/invitation?token=", app.issuer())), "{link}");
        let browser = app.browser();
        let page = browser.get(&link).await;
        assert_eq!(page.status, 200);
        assert!(page.html.contains("ivy"), "{}", page.html);

        let short = choose(&browser, &page, "short").await;
        assert_eq!(short.status, 422);
        assert!(short.html.contains("at least 8 characters"), "{}", short.html);
        let different = [("password", CHOSEN), ("password_confirmation", "another password")];
        assert_eq!(browser.submit_once(&short, &different).await.status, 422);
        let accepted = choose(&browser, &short, CHOSEN).await;
        assert_eq!(accepted.status, 200, "{}", accepted.html);
        assert!(!accepted.html.contains("name=\"password\""), "{}", accepted.html);

        assert_eq!(browser.get(&link).await.status, 400, "the link is spent");
        assert_eq!(choose(&browser, &page, "a thief's password").await.status, 400, "and so is its form");

        let request = app.authorization("web").with("scope", "openid email");
        let callback = app.browser().sign_in(&request.url(), "ivy", CHOSEN).await;
        let tokens = app.redeem("web", callback.code()).await.ok();
        let claims = app.userinfo(&tokens.string("access_token")).await.ok().json;
        assert_eq!(claims["email"], "ivy@acme.test");
        assert_eq!(claims["email_verified"], true, "a mailed link proves the address");
    }

    async fn a_link_belongs_to_its_tenant(app: TestApp) {
        let link = app.invite_by_mail("acme", "ivy").await;
        let elsewhere = link.replace("/t/acme/", "/t/globex/");
        assert_eq!(app.browser().get(&elsewhere).await.status, 400);
        assert_eq!(app.browser().get(&link).await.status, 200);
    }

    async fn an_unusable_link_is_a_clear_page(app: TestApp) {
        for query in ["", "?token=", "?token=made-up", "?token=%00", "?token=a&token=b"] {
            let page = app.browser().get(&format!("{}/invitation{query}", app.issuer())).await;
            assert_eq!(page.status, 400, "{query}");
        }
    }
}
