//! Identities at other issuers that are linked to users: what they lead to, and their end.

use latchkey_auth::{IdentifierKey, LinkedIdentity, linked_identity_store, user_store};
use latchkey_testkit::{ClientKey, TestApp, both_backends};
use serde_json::json;

use crate::console::{ALICE, BOB, open, proved, send, signed_in};
use crate::jwt_bearer::{self, IDP};

const PATH: &str = "/account/identities";

/// Links that subject of the partner to a user of `acme`, as `latchkey user link-identity` does.
async fn link(app: &TestApp, login: &str, subject: &str) {
    let tenant = app.tenant_id("acme").await;
    let tokens = app.tokens("web", login, "openid").await;
    let user_id = app.verify_jwt(&tokens.string("access_token")).await["sub"].as_str().expect("a sub").parse();
    let identity = LinkedIdentity {
        issuer: IDP.to_owned(),
        subject: subject.to_owned(),
        user_id: user_id.expect("an id"),
        label: "Partner & Co".to_owned(),
        linked_at: app.time(),
        last_used_at: None,
    };
    let linked = app.services().db.write(move |conn| linked_identity_store::insert_identity(conn, &tenant, &identity));
    assert!(linked.await.expect("the database answers"), "{subject} is linked to nobody else");
}

async fn sub_of(app: &TestApp, login: &str) -> serde_json::Value {
    let tokens = app.tokens("web", login, "openid").await;
    app.verify_jwt(&tokens.string("access_token")).await["sub"].clone()
}

fn assertion(app: &TestApp, key: &ClientKey, subject: &str) -> String {
    let mut claims = jwt_bearer::claims(app);
    claims["sub"] = json!(subject);
    key.sign("ES256", json!({}), &claims)
}

both_backends! {
    async fn a_linked_identity_is_its_user_whatever_else_the_assertion_says(app: TestApp) {
        let key = ClientKey::ec("k1");
        jwt_bearer::trust(&app, &key, jwt_bearer::FOR_GRANTS);
        // Without a link it is as the tenant maps the claims of that issuer: here by the verified address.
        let answer = jwt_bearer::present(&app, &assertion(&app, &key, "partner-7"), "").await.ok();
        assert_eq!(app.verify_jwt(&answer.string("access_token")).await["sub"], sub_of(&app, "alice").await);
        link(&app, "bob", "partner-7").await;
        let answer = jwt_bearer::present(&app, &assertion(&app, &key, "partner-7"), "").await.ok();
        assert_eq!(app.verify_jwt(&answer.string("access_token")).await["sub"], sub_of(&app, "bob").await);
        app.disable_user("bob").await;
        jwt_bearer::present(&app, &assertion(&app, &key, "partner-7"), "").await.expect_error(400, "invalid_grant");
    }

    async fn a_user_sees_the_own_links_and_ends_them_after_a_proof(app: TestApp) {
        let key = ClientKey::ec("k1");
        jwt_bearer::trust(&app, &key, jwt_bearer::FOR_GRANTS);
        link(&app, "bob", "partner-7").await;
        link(&app, "alice", "partner-8").await;
        let _ = jwt_bearer::present(&app, &assertion(&app, &key, "partner-7"), "").await.ok();
        let browser = signed_in(&app, "bob").await;
        let page = open(&app, &browser, PATH).await;
        for part in ["Partner &#38; Co", "partner-7", "Last used"] {
            assert!(page.html.contains(part), "{part}: {}", page.html);
        }
        assert!(!page.html.contains("partner-8"), "{}", page.html);
        let id = page.html.split("name=\"unlink\" value=\"").nth(1).and_then(|rest| rest.split('"').next());
        let id = id.expect("a button").to_owned();
        let refused = send(&app, &browser, PATH, &[("unlink", &id)]).await;
        assert_eq!(refused.status, 303);
        assert!(open(&app, &browser, PATH).await.html.contains("partner-7"), "nothing without a proof");
        // Nor by another user who knows how it is named.
        let alice = app.browser();
        let _ = proved(&app, &alice, &ALICE, PATH).await;
        assert_eq!(send(&app, &alice, PATH, &[("unlink", &id)]).await.status, 303);
        assert!(open(&app, &browser, PATH).await.html.contains("partner-7"), "bob's");

        let page = proved(&app, &browser, &BOB, PATH).await;
        let page = browser.submit(&page, &[("unlink", &id)]).await.page();
        assert!(page.html.contains("The link has ended") && !page.html.contains("partner-7"), "{}", page.html);
        assert!(page.html.contains("No account elsewhere"), "{}", page.html);
        let answer = jwt_bearer::present(&app, &assertion(&app, &key, "partner-7"), "").await.ok();
        assert_eq!(app.verify_jwt(&answer.string("access_token")).await["sub"], sub_of(&app, "alice").await);
        let mail = app.nth_mail_that("bob@acme.test", 1, |mail| mail.text.contains("Partner & Co")).await;
        assert!(mail.subject.contains("Acme"), "{mail:?}");
        assert!(open(&app, &browser, "/account/activity").await.html.contains("A link to an account elsewhere was removed"));
        assert_eq!(send(&app, &browser, PATH, &[("unlink", &id)]).await.status, 303, "ended already");
        assert_eq!(send(&app, &browser, PATH, &[]).await.status, 400);
    }

    async fn the_last_way_in_stays(app: TestApp) {
        let browser = signed_in(&app, "bob").await;
        link(&app, "bob", "partner-7").await;
        let page = proved(&app, &browser, &BOB, PATH).await;
        app.apply(
            "version: 1\ntenants:\n  - slug: acme\n    name: Acme Corporation\n    users:\n      - username: bob\n        \
             claims:\n          name: Bob Builder\n",
        );
        let tenant = app.tenant_id("acme").await;
        let emptied = app.services().db.write(move |conn| {
            let bob = user_store::find_user_by_identifier(conn, &tenant, &IdentifierKey::of("bob"))?;
            user_store::remove_password(conn, &tenant, &bob.expect("bob").id)
        });
        emptied.await.expect("the database answers");
        let id = page.html.split("name=\"unlink\" value=\"").nth(1).and_then(|rest| rest.split('"').next());
        let refused = browser.submit_once(&page, &[("unlink", id.expect("a button"))]).await;
        assert!(refused.status == 422 && refused.html.contains("your only way in"), "{} {}", refused.status, refused.html);
        assert!(open(&app, &browser, PATH).await.html.contains("partner-7"));
    }

    async fn the_file_of_a_user_holds_the_links_and_a_deleted_user_leaves_none(app: TestApp) {
        link(&app, "alice", "partner-7").await;
        let browser = app.browser();
        let page = proved(&app, &browser, &ALICE, "/account/data").await;
        let file = browser.submit_once(&page, &[]).await;
        let record: serde_json::Value = serde_json::from_str(&file.html).expect("JSON");
        assert_eq!(record["linked_identities"][0]["issuer"], IDP);
        assert_eq!(record["linked_identities"][0]["subject"], "partner-7");
        app.set_settings(&json!({ "account": { "deletion_delay_days": 0 } }));
        let page = open(&app, &browser, "/account/delete").await;
        assert_eq!(browser.submit_once(&page, &[("confirmation", "alice")]).await.status, 200);
        app.advance(std::time::Duration::from_secs(1));
        assert_eq!(app.services().sign_in.delete_due_accounts(100).await.expect("the database answers"), 1);
        link(&app, "bob", "partner-7").await;
    }
}
