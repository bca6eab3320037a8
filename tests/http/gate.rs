//! One gate decides whether a user may have a session or a token now. The table: every way to one, against every reason
//! why not. A grant type without a row fails the test.

use latchkey_testkit::{Browser, ClientKey, TestApp, both_backends};
use serde_json::{Value, json};

use crate::relying_party::RelyingParty;
use crate::{ciba, console, device, first_party, hybrid, jwt_bearer, native_sso, password_grant, token_exchange};

const PASSWORD: &str = "wonderland-in-spring";

/// Ways to a session or a token that are no grant type of the token endpoint.
const SURFACES: [&str; 6] = [
    "authorization with a session",
    "authorization challenge",
    "native sso",
    "userinfo",
    "introspection",
    "page of requests",
];

/// What is in hand before the reason comes up.
struct InHand<'a> {
    app: &'a TestApp,
    browser: Browser,
    party: RelyingParty<'a>,
    key: ClientKey,
    code: String,
    access_token: String,
    refresh_token: String,
    subject_token: String,
    assertion: String,
    device_code: String,
    auth_req_id: String,
    id_token: String,
    device_secret: String,
}

impl<'a> InHand<'a> {
    async fn gather(app: &'a TestApp) -> Self {
        let browser = app.browser();
        let request = app.authorization("web").with("scope", "openid offline_access");
        let code = app.sign_in_with(&browser, "alice", &request).await.code().to_owned();
        let tokens = app.tokens("web", "alice", "openid offline_access").await;
        let key = ClientKey::ec("k1");
        jwt_bearer::trust(app, &key, jwt_bearer::FOR_GRANTS);
        let codes = device::begin(app, "dev-tv", "openid offline_access").await;
        device::approve(app, &browser, &codes.user_code).await;
        let auth_req_id = ciba::begin(app, "ciba-poll", &[]).await;
        let _ = ciba::answer(app, &browser, "allow").await;
        let device = native_sso::device(app).await;
        Self {
            party: hybrid::register(app),
            code,
            access_token: tokens.string("access_token"),
            refresh_token: tokens.string("refresh_token"),
            subject_token: token_exchange::subject_token(app).await,
            assertion: key.sign("ES256", json!({}), &jwt_bearer::claims(app)),
            key,
            device_code: codes.device_code,
            auth_req_id,
            id_token: device.id_token,
            device_secret: device.secret,
            browser,
            app,
        }
    }

    /// Changes the tenant's settings; the issuer of the assertion is trusted all the same.
    fn set(&self, mut settings: Value) {
        settings["trusted_issuers"] = json!([{
            "issuer": jwt_bearer::IDP, "jwks": self.key.jwks(), "clients": ["gr-jwt"], "scope": "openid gr:read",
            "uses": ["jwt_bearer"],
        }]);
        self.app.set_settings(&settings);
    }

    /// Whether this way leads to something now.
    async fn leads_to_something(&self, way: &str) -> bool {
        let app = self.app;
        match way {
            "authorization_code" => app.redeem("web", &self.code).await.status == 200,
            "refresh_token" => app.refresh("web", &self.refresh_token).await.status == 200,
            "client_credentials" => app.client_credentials("machine", "orders:read").await.status == 200,
            "password" => password_grant::ask(app, "gr-password", "alice", PASSWORD, "openid").await.status == 200,
            "implicit" => {
                let request = hybrid::request(&self.party, "id_token token").with("prompt", "none");
                self.browser.visit(&request.url()).await.callback().params.contains_key("access_token")
            }
            "urn:ietf:params:oauth:grant-type:jwt-bearer" => {
                jwt_bearer::present(app, &self.assertion, "gr:read").await.status == 200
            }
            "urn:ietf:params:oauth:grant-type:token-exchange" => {
                let audience = [("audience", token_exchange::BILLING)];
                token_exchange::exchange(app, "gr-api", &self.subject_token, &audience).await.status == 200
            }
            device::GRANT => device::poll(app, "dev-tv", &self.device_code).await.status == 200,
            ciba::GRANT => ciba::poll(app, "ciba-poll", &self.auth_req_id).await.status == 200,
            "authorization with a session" => {
                let request = app.authorization("web").with("scope", "openid").with("prompt", "none");
                self.browser.visit(&request.url()).await.callback().params.contains_key("code")
            }
            "authorization challenge" => {
                first_party::with_password(app, "gr-public-first", "alice", PASSWORD).await.status == 200
            }
            "native sso" => {
                native_sso::share(app, "gr-public-two", &self.id_token, &self.device_secret, &[]).await.status == 200
            }
            "userinfo" => app.userinfo(&self.access_token).await.status == 200,
            "introspection" => app.introspect("web", &self.access_token).await["active"] == true,
            "page of requests" => {
                let page = self.browser.visit(&format!("{}/requests", app.issuer())).await.page();
                page.status == 200 && !page.is_sign_in()
            }
            _ => panic!("{way} has no row in the table of the gate"),
        }
    }
}

fn ways() -> impl Iterator<Item = &'static str> {
    TestApp::grant_types().chain(SURFACES)
}

/// No way about the user leads to anything; a way that is about no user does.
async fn nothing_is_given(in_hand: &InHand<'_>) {
    for way in ways() {
        assert_eq!(in_hand.leads_to_something(way).await, way == "client_credentials", "{way}");
    }
}

both_backends! {
    async fn every_way_leads_to_something_while_there_is_no_reason(app: TestApp) {
        let in_hand = InHand::gather(&app).await;
        for way in ways() {
            assert!(in_hand.leads_to_something(way).await, "{way}");
        }
    }

    async fn a_disabled_user_gets_nothing(app: TestApp) {
        let in_hand = InHand::gather(&app).await;
        app.disable_user("alice").await;
        nothing_is_given(&in_hand).await;
    }

    async fn a_user_who_has_to_change_the_password_gets_nothing(app: TestApp) {
        let in_hand = InHand::gather(&app).await;
        app.require_password_change("alice").await;
        nothing_is_given(&in_hand).await;
    }

    async fn a_user_who_has_to_accept_new_terms_gets_nothing(app: TestApp) {
        let in_hand = InHand::gather(&app).await;
        in_hand.set(json!({ "terms": { "version": "2", "uri": "https://acme.test/terms" } }));
        nothing_is_given(&in_hand).await;
        // What was refused for that reason is not lost for ever.
        in_hand.set(json!({}));
        for way in ["refresh_token", "userinfo", "introspection"] {
            assert!(in_hand.leads_to_something(way).await, "{way}");
        }
    }

    async fn a_user_whose_address_is_not_verified_gets_nothing_where_it_has_to_be(app: TestApp) {
        app.apply(
            "version: 1\ntenants:\n  - slug: acme\n    name: Acme Corporation\n    users:\n      - username: alice\n        \
             email: alice@acme.test\n        claims:\n          name: Alice Liddell\n",
        );
        let in_hand = InHand::gather(&app).await;
        in_hand.set(json!({ "registration": { "verify_email": true } }));
        nothing_is_given(&in_hand).await;
    }

    async fn a_user_who_had_the_account_deleted_gets_nothing_until_it_is_kept(app: TestApp) {
        let in_hand = InHand::gather(&app).await;
        let elsewhere = app.browser();
        let page = console::proved(&app, &elsewhere, &console::ALICE, "/account/delete").await;
        assert_eq!(elsewhere.submit_once(&page, &[("confirmation", "alice")]).await.status, 200);
        // By these two the user signs in, which keeps the account.
        for way in ways().filter(|way| !["password", "authorization challenge"].contains(way)) {
            assert_eq!(in_hand.leads_to_something(way).await, way == "client_credentials", "{way}");
        }
        let _ = console::signed_in(&app, "alice").await;
        for way in ["password", "authorization challenge"] {
            assert!(in_hand.leads_to_something(way).await, "{way}");
        }
    }

    async fn a_suspended_tenant_gives_nobody_anything(app: TestApp) {
        let in_hand = InHand::gather(&app).await;
        app.suspend_tenant("acme").await;
        // Redirects are refused with a page there, so these have no callback to look at.
        for way in ways().filter(|way| !["implicit", "authorization with a session", "introspection"].contains(way)) {
            assert!(!in_hand.leads_to_something(way).await, "{way}");
        }
    }
}
