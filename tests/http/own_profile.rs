//! A user changes the own profile and the language, as far as the tenant lets users.

use latchkey_testkit::{TestApp, both_backends};
use serde_json::{Value, json};

use crate::console::{ALICE, BOB, open, proved, send, signed_in};

/// What an application is told of alice.
async fn claims(app: &TestApp) -> Value {
    let tokens = app.tokens("web", "alice", "openid profile phone address").await;
    app.userinfo(&tokens.string("access_token")).await.ok().json
}

both_backends! {
    async fn what_is_typed_is_what_applications_are_told(app: TestApp) {
        let browser = app.browser();
        let page = proved(&app, &browser, &ALICE, "/account/profile").await;
        assert!(page.html.contains("value=\"Alice Liddell\""), "{}", page.html);
        let typed = [
            ("name", "Alice P. Liddell"),
            ("nickname", "<b>Al</b>"),
            ("phone_number", "+44 (20) 7946-0958"),
            ("birthdate", "1852-05-04"),
            ("address", "Deanery\r\nOxford"),
            ("zoneinfo", "Europe/London"),
            ("picture", "https://cdn.example/alice.png"),
        ];
        let page = browser.submit(&page, &typed).await.page();
        assert!(page.html.contains("Saved.") && page.html.contains("&#60;b&#62;Al"), "{}", page.html);
        let told = claims(&app).await;
        for (claim, expected) in [
            ("name", json!("Alice P. Liddell")),
            ("nickname", json!("<b>Al</b>")),
            ("phone_number", json!("+442079460958")),
            ("phone_number_verified", json!(false)),
            ("birthdate", json!("1852-05-04")),
            ("address", json!({ "formatted": "Deanery\nOxford" })),
            ("picture", json!("https://cdn.example/alice.png")),
        ] {
            assert_eq!(told[claim], expected, "{claim}: {told}");
        }
        let page = browser.submit(&page, &[("nickname", "")]).await.page();
        assert!(page.html.contains("Saved."), "{}", page.html);
        // A field that the browser did not send is one that was emptied: the page showed it.
        assert!(claims(&app).await.get("nickname").is_none());
    }

    async fn what_is_wrong_is_said_at_its_field_and_nothing_is_saved(app: TestApp) {
        let browser = app.browser();
        let page = proved(&app, &browser, &ALICE, "/account/profile").await;
        for (field, wrong) in [
            ("birthdate", "yesterday"),
            ("phone_number", "call me"),
            ("picture", "javascript:alert(1)"),
            ("website", "https://a b/"),
            ("zoneinfo", "../../etc"),
            ("name", "two\nlines"),
        ] {
            let refused = browser.submit_once(&page, &[("given_name", "Mallory"), (field, wrong)]).await;
            assert_eq!(refused.status, 422, "{field}");
            let named = format!("href=\"#{field}\"");
            assert!(refused.html.contains(&named) && refused.html.contains("Mallory"), "{}", refused.html);
        }
        let long = "x".repeat(3000);
        assert_eq!(browser.submit_once(&page, &[("name", &long)]).await.status, 422);
        assert_ne!(claims(&app).await["given_name"], "Mallory");
    }

    async fn claims_that_the_tenant_does_not_let_users_change_stay(app: TestApp) {
        app.set_settings(&json!({ "account": { "editable_claims": ["nickname"] } }));
        let browser = app.browser();
        let page = proved(&app, &browser, &ALICE, "/account/profile").await;
        assert!(page.html.contains("name=\"nickname\"") && !page.html.contains("name=\"name\""), "{}", page.html);
        let before = claims(&app).await;
        let fields = [("shown", "nickname name birthdate"), ("nickname", "Al"), ("name", "Mallory"), ("birthdate", "1999")];
        assert_eq!(send(&app, &browser, "/account/profile", &fields).await.status, 303);
        let after = claims(&app).await;
        assert_eq!((&after["nickname"], &after["name"]), (&json!("Al"), &before["name"]));
        assert_eq!(after["birthdate"], "1990-05-04");
        // Nor the language, which has a page of its own.
        assert_eq!(open(&app, &browser, "/account/language").await.status, 404);
        assert_eq!(send(&app, &browser, "/account/language", &[("language", "de")]).await.status, 303);
        assert_eq!(claims(&app).await["locale"], "en-GB");
    }

    async fn the_language_of_the_account_goes_before_that_of_the_browser(app: TestApp) {
        let browser = signed_in(&app, "alice").await;
        let page = open(&app, &browser, "/account/language").await;
        assert!(page.html.contains("lang=\"en\" dir=\"ltr\""), "{}", page.html);
        let page = proved(&app, &browser, &ALICE, "/account/language").await;
        let page = browser.submit(&page, &[("language", "ar")]).await.page();
        assert!(page.html.contains("lang=\"ar\" dir=\"rtl\""), "{}", page.html);
        assert_eq!(claims(&app).await["locale"], "ar");
        for wrong in ["xx", "../de", "AR"] {
            assert_eq!(browser.submit_once(&page, &[("language", wrong)]).await.status, 400, "{wrong}");
        }
        let page = browser.submit(&page, &[("language", "")]).await.page();
        assert!(page.html.contains("lang=\"en\""), "{}", page.html);
        assert!(claims(&app).await.get("locale").is_none());
    }

    async fn the_language_that_is_chosen_is_that_of_the_browser_too(app: TestApp) {
        let browser = signed_in(&app, "bob").await;
        // Chosen at the end of a page before: it would count more than the account.
        let page = proved(&app, &browser, &BOB, "/account/language?lang=fr").await;
        assert!(page.html.contains("lang=\"fr\" dir=\"ltr\""), "{}", page.html);
        let page = browser.submit(&page, &[("language", "ja")]).await.page();
        assert!(page.html.contains("lang=\"ja\" dir=\"ltr\""), "{}", page.html);
        let signed_out = format!("{}/signed-out", app.issuer());
        assert!(browser.get(&signed_out).await.html.contains("lang=\"ja\" dir=\"ltr\""));
        let page = browser.submit(&page, &[("language", "")]).await.page();
        assert!(page.html.contains("lang=\"en\" dir=\"ltr\""), "{}", page.html);
        assert!(browser.get(&signed_out).await.html.contains("lang=\"en\" dir=\"ltr\""));
    }
}
