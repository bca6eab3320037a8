//! A user looks at what applications may do, and takes it back.

use std::time::Duration;

use latchkey_testkit::{TestApp, both_backends};

use crate::console::{ALICE, BOB, is_signed_in, open, proved, send, signed_in};
use crate::{ciba, device};

both_backends! {
    async fn an_application_that_loses_its_access_has_lost_consent_and_tokens_at_once(app: TestApp) {
        let browser = app.browser();
        let request = app.authorization("web").with("scope", "openid offline_access orders:read");
        let callback = app.sign_in_with(&browser, "alice", &request).await;
        let tokens = app.redeem("web", callback.code()).await.ok();
        let page = proved(&app, &browser, &ALICE, "/account/applications").await;
        for part in ["Acme Web", "See your orders", "stays connected", "Last used"] {
            assert!(page.html.contains(part), "{part}: {}", page.html);
        }
        // On its way to the application while the user takes access away.
        let code = browser.visit(&request.clone().with("prompt", "none").url()).await.callback().code().to_owned();
        let after = browser.submit(&page, &[("revoke", "web")]).await.page();
        assert!(after.html.contains("lost its access") && !after.html.contains("Acme Web"), "{}", after.html);
        app.refresh("web", &tokens.string("refresh_token")).await.expect_error(400, "invalid_grant");
        app.redeem("web", &code).await.expect_error(400, "invalid_grant");
        let silent = request.clone().with("prompt", "none");
        let refused = browser.visit(&silent.url()).await.callback();
        assert_eq!(refused.param("error"), "consent_required");
        // Allowed anew it works again, at once.
        app.advance(Duration::from_millis(1));
        let callback = app.sign_in_with(&browser, "alice", &request).await;
        let _ = app.redeem("web", callback.code()).await.ok();
        // The page was opened twice, and is sent from the other tab.
        let again = browser.submit(&page, &[("revoke", "web")]).await.page();
        assert_eq!(again.status, 200);
    }

    async fn what_was_approved_on_another_page_and_not_fetched_yet_is_taken_back_too(app: TestApp) {
        let browser = app.browser();
        let codes = device::begin(&app, "dev-tv", "openid offline_access").await;
        device::approve(&app, &browser, &codes.user_code).await;
        let auth_req_id = ciba::begin(&app, "ciba-poll", &[]).await;
        let _ = ciba::answer(&app, &browser, "allow").await;
        app.advance(Duration::from_millis(1));
        let _ = proved(&app, &browser, &ALICE, "/account/applications").await;
        for client in ["dev-tv", "ciba-poll"] {
            assert_eq!(send(&app, &browser, "/account/applications", &[("revoke", client)]).await.status, 303);
        }
        device::poll(&app, "dev-tv", &codes.device_code).await.expect_error(400, "invalid_grant");
        ciba::poll(&app, "ciba-poll", &auth_req_id).await.expect_error(400, "invalid_grant");
        // Approved anew it is fetched.
        app.advance(Duration::from_secs(1));
        let codes = device::begin(&app, "dev-tv", "openid offline_access").await;
        device::approve(&app, &browser, &codes.user_code).await;
        let _ = device::poll(&app, "dev-tv", &codes.device_code).await.ok();
    }

    async fn what_another_user_or_another_client_has_is_left_alone(app: TestApp) {
        let bobs = app.tokens("web", "bob", "openid offline_access").await;
        let alices = app.tokens("spa", "alice", "openid offline_access").await;
        let browser = signed_in(&app, "alice").await;
        let page = proved(&app, &browser, &ALICE, "/account/applications").await;
        assert!(page.html.contains("Acme Web") && page.html.contains("Acme Single Page"), "{}", page.html);
        assert_eq!(browser.submit_once(&page, &[("revoke", "web")]).await.status, 303);
        let _ = app.refresh("web", &bobs.string("refresh_token")).await.ok();
        let _ = app.refresh("spa", &alices.string("refresh_token")).await.ok();
        let page = open(&app, &browser, "/account/applications").await;
        assert!(!page.html.contains("Acme Web") && page.html.contains("Acme Single Page"), "{}", page.html);
    }

    async fn what_a_namesake_at_another_tenant_allowed_stands(app: TestApp) {
        let theirs = app.tokens_of("globex", "web", "alice", "openid offline_access").await;
        let browser = signed_in(&app, "alice").await;
        let page = proved(&app, &browser, &ALICE, "/account/applications").await;
        assert_eq!(browser.submit_once(&page, &[("revoke", "web")]).await.status, 303);
        let fields = [("grant_type", "refresh_token"), ("refresh_token", &theirs.string("refresh_token"))];
        let fields = fields.into_iter().map(|(name, value)| (name, value.to_owned())).collect();
        let _ = app.token_of("globex", "web", &fields).await.ok();
    }

    async fn who_allowed_nothing_sees_nothing_and_junk_is_refused(app: TestApp) {
        let browser = app.browser();
        let page = proved(&app, &browser, &BOB, "/account/applications").await;
        assert!(page.html.contains("let no application do anything"), "{}", page.html);
        assert_eq!(send(&app, &browser, "/account/applications", &[("revoke", "no-such-client")]).await.status, 303);
        for junk in ["", "\u{1}", "a b"] {
            let status = send(&app, &browser, "/account/applications", &[("revoke", junk)]).await.status;
            assert!((400..500).contains(&status), "{junk:?}: {status}");
        }
        let bob = signed_in(&app, "bob").await;
        assert!(is_signed_in(&app, &bob).await);
    }
}
