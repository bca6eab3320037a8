//! What is kept for those who prove nothing is bounded, by address and tenant.
//!
//! The table has a row per route that exists. Each row knocks as well as a stranger can, and what is left in the
//! short-lived store is measured: a route that keeps something must refuse at the tenant's limit, and one that refuses
//! nothing must keep nothing. A route without a row fails the test.

use std::time::Duration;

use latchkey_testkit::{Browser, JsonAnswer, SigningAlgorithm, SigningKey, TestApp, both_backends};
use serde_json::json;

use crate::{console, device};

const LIMIT: u64 = 3;
const KNOCKS: usize = 8;
const WINDOW: Duration = Duration::from_secs(600);
const CHALLENGE: [(&str, &str); 3] = [
    ("scope", "openid"),
    ("code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"),
    ("code_challenge_method", "S256"),
];

/// Routes where strangers have something kept: they refuse at the limit.
const COUNTED: [&str; 36] = [
    "POST /password-strength",
    "GET /oauth2/authorize",
    "POST /oauth2/authorize",
    "GET /oauth2/authorize/continue",
    "POST /oauth2/par",
    "POST /oauth2/authorize-challenge",
    "POST /oauth2/device_authorization",
    "POST /oauth2/bc-authorize",
    "POST /oauth2/token",
    "POST /device",
    "GET /requests",
    "POST /requests",
    "GET /account/security",
    "GET /account",
    "GET /account/switch",
    "GET /account/sessions",
    "POST /account/sessions",
    "GET /account/profile",
    "POST /account/profile",
    "GET /account/email",
    "POST /account/email",
    "GET /account/email/confirm",
    "POST /account/email/confirm",
    "GET /account/identities",
    "POST /account/identities",
    "GET /account/language",
    "POST /account/language",
    "GET /account/applications",
    "POST /account/applications",
    "GET /account/activity",
    "GET /account/password",
    "POST /account/password",
    "GET /account/data",
    "POST /account/data",
    "GET /account/delete",
    "POST /account/delete",
];

/// Routes where they have nothing kept, or only by what somebody else's credential began.
const LEAVE_NOTHING: [&str; 84] = [
    "GET /.well-known/openid-configuration",
    "GET /.well-known/oauth-authorization-server",
    "GET /.well-known/oauth-protected-resource",
    "GET /oauth2/jwks",
    "GET /oauth2/resources/{resource}",
    "GET /oauth2/check-session",
    "GET /oauth2/client-logos/{client}",
    "GET /oauth2/userinfo",
    "POST /oauth2/userinfo",
    "POST /oauth2/introspect",
    "POST /oauth2/revoke",
    "POST /oauth2/global-token-revocation",
    "POST /oauth2/register",
    "GET /oauth2/register/{client_id}",
    "PUT /oauth2/register/{client_id}",
    "DELETE /oauth2/register/{client_id}",
    "GET /oauth2/logout",
    "POST /oauth2/logout",
    "GET /oauth2/logout/continue",
    "GET /sign-in",
    "POST /sign-in",
    "GET /sign-in/mail",
    "POST /sign-in/mail",
    "POST /sign-in/mail/code",
    "GET /sign-in/link",
    "POST /sign-in/link",
    "GET /sign-up",
    "POST /sign-up",
    "GET /sign-up/verify",
    "POST /sign-up/verify",
    "GET /choose-account",
    "POST /account/security",
    "GET /account/keep",
    "POST /account/keep",
    "GET /account/email/undo",
    "POST /account/email/undo",
    "GET /account/not-me",
    "POST /account/not-me",
    "GET /second-factor",
    "POST /second-factor",
    "POST /second-factor/sent",
    "GET /second-factor/set-up/phone",
    "POST /second-factor/set-up/phone",
    "GET /second-factor/set-up/push",
    "POST /second-factor/set-up/push",
    "POST /second-factor/push",
    "GET /second-factor/push/status",
    "POST /account/push-devices",
    // What devices send is counted before it is looked up; a message that is none is not.
    "POST /push-devices",
    "POST /push-approvals/{id}",
    "GET /second-factor/set-up",
    "POST /second-factor/set-up",
    "GET /required-action",
    // What is kept of a forgotten password is bounded by a limit of its own.
    "GET /forgot-password",
    "POST /forgot-password",
    "GET /reset-password",
    "POST /reset-password",
    "POST /required-action",
    "POST /sign-in/passkey",
    "GET /second-factor/passkey",
    "POST /second-factor/passkey",
    "GET /passkeys/new",
    "POST /passkeys/new",
    "GET /passkeys/offer",
    "POST /passkeys/offer",
    "POST /account/passkeys",
    "POST /choose-account",
    "GET /consent",
    "POST /consent",
    "GET /sign-out",
    "POST /sign-out",
    "GET /signed-out",
    "GET /invitation",
    "POST /invitation",
    "GET /error",
    "GET /device",
    "GET /device/confirm",
    "POST /device/confirm",
    "GET /device/connected",
    "GET /device/refused",
    "GET /device/qr",
    "GET /requests/allowed",
    "GET /requests/refused",
    "GET /requests/over",
];

/// Somebody at the door.
struct Stranger<'a> {
    app: &'a TestApp,
    browser: Browser,
    /// What a posted request is kept under, and a user code: begun before anything is counted.
    kept: String,
    user_code: String,
    key: SigningKey,
}

impl<'a> Stranger<'a> {
    async fn new(app: &'a TestApp) -> Self {
        let request = app.authorization("spa").with("scope", "openid");
        let fields: Vec<(&str, &str)> =
            request.fields().iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let browser = app.browser();
        let posted = browser.post(&request.endpoint(), &fields).await;
        let kept = posted.headers["location"].to_str().expect("a URL").to_owned();
        let _ = browser.get(&format!("{}/device", app.issuer())).await;
        let codes = device::begin(app, "dev-tv", "openid").await;
        let key = SigningKey::generate(SigningAlgorithm::Es256);
        Self { app, browser, kept: format!("{}{kept}", app.origin()), user_code: codes.user_code, key }
    }

    /// Knocks once; the status.
    async fn knock(&self, route: &str) -> u16 {
        let (app, browser) = (self.app, &self.browser);
        let request = app.authorization("spa").with("scope", "openid");
        let fields: Vec<(&str, &str)> =
            request.fields().iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        match route {
            "GET /oauth2/authorize" => browser.get(&request.url()).await.status,
            "POST /oauth2/authorize" => browser.post(&request.endpoint(), &fields).await.status,
            "GET /oauth2/authorize/continue" => browser.get(&self.kept).await.status,
            "POST /oauth2/par" => app.post_form(&format!("{}/oauth2/par", app.issuer()), &fields).await.status,
            "POST /oauth2/authorize-challenge" => {
                app.post_as("gr-public-first", "authorize-challenge", &CHALLENGE).await.status
            }
            "POST /oauth2/device_authorization" => device_codes(app).await.status,
            "POST /oauth2/token" => self.token().await.status,
            "POST /requests" => {
                let fields = [("request", "x"), ("decision", "allow"), ("account", "x")];
                self.post_page("/requests", "requests", &fields).await
            }
            _ if route.starts_with("POST ") && console::form(route.trim_start_matches("POST ")).is_some() => {
                let path = route.trim_start_matches("POST ");
                let fields = console::form(path).unwrap_or_default().iter().chain([&("account", "x")]);
                self.post_page(path, "x", &fields.copied().collect::<Vec<_>>()).await
            }
            "POST /account/keep" | "POST /account/email/confirm" | "POST /account/email/undo" => {
                self.post_page(route.trim_start_matches("POST "), "x", &[("token", "x")]).await
            }
            "POST /account/not-me" => self.post_page("/account/not-me", "x", &[("token", "x")]).await,
            "POST /password-strength" => {
                self.post_page("/password-strength", "x", &[("purpose", "x"), ("password", "x")]).await
            }
            "POST /device" => self.post_page("/device", "device", &[("user_code", &self.user_code)]).await,
            _ => self.knock_in_vain(route).await,
        }
    }

    /// A good proof, and a code that is none.
    async fn token(&self) -> JsonAnswer {
        let url = format!("{}/oauth2/token", self.app.issuer());
        let proof = self.key.proof(("POST", &url), self.app.time(), &json!({}));
        let fields =
            [("grant_type", "authorization_code"), ("code", "x"), ("code_verifier", "x"), ("client_id", "spa")];
        self.app.send(("POST", &url), &[("DPoP", &proof)], &fields).await
    }

    async fn post_page(&self, path: &str, purpose: &str, fields: &[(&str, &str)]) -> u16 {
        let csrf_token = self.browser.csrf_token(&self.app.tenant_id("acme").await, purpose);
        let mut all = vec![("csrf_token", csrf_token.as_str())];
        all.extend_from_slice(fields);
        self.browser.post(&format!("{}{path}", self.app.issuer()), &all).await.status
    }

    /// Everything that might be taken for something, none of it good.
    async fn knock_in_vain(&self, route: &str) -> u16 {
        let (method, path) = route.split_once(' ').expect("a method");
        let path = path.replace("{client_id}", "web").replace("{client}", "web").replace("{resource}", "eA");
        let url = format!("{}{path}", self.app.issuer());
        let junk = "int_0123456789abcdef0123456789abcdef";
        let fields = [
            ("client_id", "spa"),
            ("token", "x"),
            ("id_token_hint", "x"),
            ("interaction", junk),
            ("login", "alice"),
            ("password", "x"),
            ("decision", "allow"),
            ("scope", "openid"),
            ("login_hint", "alice"),
            ("username", "x"),
            ("by_mail", "email_code"),
            ("code", "12345678"),
        ];
        match (method, path.starts_with("/oauth2/")) {
            ("GET", _) => {
                self.browser.get(&format!("{url}?interaction={junk}&token=x&user_code=BBBB-BBBB")).await.status
            }
            ("POST", true) => self.app.post_form(&url, &fields).await.status,
            ("POST", false) => self.post_page(&path, junk, &fields).await,
            (method, _) => self.app.send_json((method, &url), Some("x"), &json!({})).await.status,
        }
    }
}

async fn device_codes(app: &TestApp) -> JsonAnswer {
    let fields = [("client_id", "dev-tv"), ("scope", "openid")];
    app.post_form(&format!("{}/oauth2/device_authorization", app.issuer()), &fields).await
}

fn limit(app: &TestApp, limit: u64) {
    app.set_settings(&json!({ "anonymous_requests_per_address": limit }));
}

fn held(app: &TestApp) -> Option<usize> {
    app.services().cache.entries_in_process()
}

fn throttled(app: &TestApp, rule: &str) -> bool {
    app.services().metrics.render().contains(&format!("latchkey_throttled_total{{rule=\"{rule}\"}}"))
}

both_backends! {
    async fn whatever_a_stranger_leaves_behind_is_counted_route_by_route(app: TestApp) {
        for route in app.routes() {
            if route.starts_with("OPTIONS ") || route.starts_with("HEAD ") {
                continue;
            }
            let is_counted = COUNTED.contains(&route.as_str());
            assert!(is_counted || LEAVE_NOTHING.contains(&route.as_str()), "{route} has no row");
            // Each in a window of its own.
            app.advance(WINDOW);
            limit(&app, 1_000);
            let stranger = Stranger::new(&app).await;
            app.advance(Duration::from_secs(1));
            // What was counted so far stays within it.
            let began = 2;
            limit(&app, LIMIT + began);
            let before = held(&app);
            let mut statuses = Vec::new();
            for _ in 0..KNOCKS {
                statuses.push(stranger.knock(&route).await);
            }
            assert_ne!(statuses[0], 429, "{route}: {statuses:?}");
            assert!(statuses.iter().all(|status| *status < 500), "{route}: {statuses:?}");
            assert_eq!(statuses[KNOCKS - 1] == 429, is_counted, "{route}: {statuses:?}");
            if let (Some(before), Some(after)) = (before, held(&app)) {
                // Two entries for each that was let in, and the counters.
                let most = if is_counted { 2 * usize::try_from(LIMIT).expect("small") + 3 } else { 2 };
                assert!(after.saturating_sub(before) <= most, "{route} left {before} -> {after}: {statuses:?}");
            }
        }
    }

    async fn an_endpoint_answers_json_a_page_is_a_page_and_both_say_when_and_are_counted(app: TestApp) {
        limit(&app, 2);
        for _ in 0..2 {
            let _ = device_codes(&app).await.ok();
        }
        assert!(!throttled(&app, "anonymous_requests"));
        let refused = device_codes(&app).await;
        refused.expect_error(429, "temporarily_unavailable");
        let seconds = refused.header("retry-after").parse::<u64>().expect("seconds");
        assert!((1..=600).contains(&seconds), "{seconds}");
        assert!(throttled(&app, "anonymous_requests"));

        let browser = app.browser();
        let page = browser.get(&app.authorization("web").url()).await;
        assert_eq!(page.status, 429);
        assert!(page.headers["content-type"].to_str().is_ok_and(|kind| kind.starts_with("text/html")));
        assert!(page.html.contains("Too many requests") && page.headers.contains_key("retry-after"), "{}", page.html);

        // Neither another tenant nor the next window is meant.
        assert_eq!(app.browser().get(&app.authorization_of("globex", "web").url()).await.status, 303);
        app.advance(WINDOW);
        let _ = device_codes(&app).await.ok();
        assert!(browser.visit(&app.authorization("web").url()).await.page().is_sign_in());
    }

    async fn an_office_behind_one_address_works_on_beyond_the_limit(app: TestApp) {
        let browser = app.browser();
        let _ = app.sign_in_with(&browser, "alice", &app.authorization("web")).await;
        let tokens = app.tokens("spa", "alice", "openid offline_access").await;
        limit(&app, 1);
        let _ = device_codes(&app).await;
        assert_eq!(device_codes(&app).await.status, 429);
        // Who is signed in goes on without a page, and clients that prove who they are do as ever.
        for _ in 0..3 {
            assert!(!browser.visit(&app.authorization("web").url()).await.callback().code().is_empty());
            let request = app.authorization("web").without("client_id");
            let fields: Vec<(&str, &str)> =
                request.fields().iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            assert_eq!(app.post_as("web", "par", &fields).await.status, 201);
            assert_eq!(app.post_as("dev-box", "device_authorization", &[("scope", "openid")]).await.status, 200);
        }
        // A public client's token request is counted only when it fails.
        let refreshed = app.refresh("spa", &tokens.string("refresh_token")).await.ok();
        assert_eq!(app.userinfo(&refreshed.string("access_token")).await.status, 200);
    }

    async fn a_client_that_nobody_vouches_for_is_counted_although_it_authenticates(app: TestApp) {
        app.set_settings(&json!({ "client_registration": { "mode": "open" } }));
        let metadata = json!({ "client_name": "Stranger", "redirect_uris": ["http://127.0.0.1:7000/callback"] });
        let client = app.register("acme", None, &metadata).await;
        let (client_id, secret) = (client.string("client_id"), client.string("client_secret"));
        limit(&app, 2);
        let url = format!("{}/oauth2/par", app.issuer());
        let body = app.authorization(&client_id).without("client_id").with("scope", "openid").encoded();
        let mut statuses = Vec::new();
        for _ in 0..3 {
            statuses.push(app.post_raw(&url, Some((&client_id, &secret)), &body).await.status);
        }
        assert_eq!(statuses, [201, 201, 429]);
    }

    async fn guesses_at_ids_that_are_nobodys_share_one_counter(app: TestApp) {
        let url = format!("{}/oauth2/token", app.issuer());
        let before = held(&app);
        for number in 0..51 {
            let claimed = format!("nobody-{number}");
            let status = app.post_raw(&url, Some((&claimed, "x")), "grant_type=client_credentials").await.status;
            assert_eq!(status == 429, number == 50, "{number}: {status}");
        }
        if let (Some(before), Some(after)) = (before, held(&app)) {
            assert!(after <= before + 2, "{before} -> {after}");
        }
        assert!(throttled(&app, "client_authentication"));
        assert_eq!(app.client_credentials("machine", "orders:read").await.status, 200, "somebody is somebody");
    }
}
