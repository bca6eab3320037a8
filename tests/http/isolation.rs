//! Whatever is reachable with a credential of tenant A belongs to tenant A.
//!
//! The table has one row per route that exists; a route without a row, or a row without a route, fails the test.
//! Each row offers the route everything that tenant `acme` gave out, at tenant `globex`, where the same client ids
//! and user names exist.

mod links;
mod registrations;

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use latchkey_testkit::{Browser, JsonAnswer, Landing, TestApp, both_backends};
use serde_json::json;

use self::links::{
    a_link_is_of_nobody, a_notice_is_unknown, a_reset_link_is_unknown, an_invitation_is_unknown,
    forgetting_tells_nothing_of_acme,
};
use self::registrations::{a_registration_is_unknown, an_initial_access_token_is_unknown};
use crate::{ciba, console, device};

/// What `acme` gave out.
struct Loot {
    browser: Browser,
    code: String,
    access_token: String,
    opaque_token: String,
    refresh_token: String,
    id_token: String,
    interaction: String,
    device_code: String,
    user_code: String,
    auth_req_id: String,
}

async fn loot(app: &TestApp) -> Loot {
    let browser = app.browser();
    let request = app.authorization("web").with("scope", "openid offline_access orders:read");
    let callback = app.sign_in_with(&browser, "alice", &request).await;
    let tokens = app.redeem("web", callback.code()).await.ok();
    let opaque = app.tokens("opaque", "alice", "openid").await.string("access_token");
    let pending = browser.visit(&request.clone().with("prompt", "login").url()).await.page();
    let code = app.sign_in_with(&browser, "alice", &request).await.code().to_owned();
    let device = device::begin(app, "dev-tv", "openid offline_access").await;
    let auth_req_id = ciba::begin(app, "ciba-poll", &[]).await;
    Loot {
        code,
        access_token: tokens.string("access_token"),
        opaque_token: opaque,
        refresh_token: tokens.string("refresh_token"),
        id_token: tokens.string("id_token"),
        interaction: pending.url.split("interaction=").nth(1).expect("an interaction").to_owned(),
        device_code: device.device_code,
        user_code: device.user_code,
        auth_req_id,
        browser,
    }
}

/// The rows: what each route of `globex` must answer to the loot of `acme`.
#[expect(clippy::too_many_lines, reason = "one row for each route")]
async fn attack(app: &TestApp, loot: &Loot, route: &str) -> bool {
    let globex = app.issuer_of("globex");
    let url = |path: &str| format!("{globex}{path}");
    match route {
        // Documents without secrets: they must speak of their own tenant only.
        "GET /.well-known/openid-configuration" => {
            says_only_globex(app.get(&url("/.well-known/openid-configuration")).await)
        }
        "GET /.well-known/oauth-authorization-server" => {
            says_only_globex(app.get(&url("/.well-known/oauth-authorization-server")).await)
        }
        "GET /.well-known/oauth-protected-resource" => {
            app.get(&url("/.well-known/oauth-protected-resource")).await.ok().json["resource"] == globex
        }
        "GET /oauth2/resources/{resource}" => {
            let path = format!("/oauth2/resources/{}", URL_SAFE_NO_PAD.encode("https://pay.res.test/v1"));
            let at_home = app.get(&format!("{}{path}", app.issuer())).await;
            app.get(&url(&path)).await.status == 404 && at_home.status == 200
        }
        "GET /oauth2/client-logos/{client}" => a_logo_is_unknown(app).await,
        "GET /oauth2/jwks" => no_shared_key(app).await,
        "GET /oauth2/authorize" => no_silent_sign_in(app, loot).await,
        "POST /oauth2/authorize" => posted_authorize_asks(app, loot).await,
        // The question alone ends nothing; what it leads to is a row of its own.
        "GET /sign-out" => {
            let page = loot.browser.visit(&url(&format!("/sign-out?interaction={}", loot.interaction))).await.page();
            page.status < 500 && !page.html.contains("Acme")
        }
        "GET /oauth2/authorize/continue"
        | "GET /sign-in"
        | "GET /sign-up"
        | "GET /choose-account"
        | "GET /second-factor"
        | "GET /sign-in/mail"
        | "GET /second-factor/set-up"
        | "GET /required-action"
        | "GET /second-factor/passkey"
        | "GET /passkeys/new"
        | "GET /passkeys/offer"
        | "GET /second-factor/set-up/phone"
        | "GET /sign-up/verify"
        | "GET /consent"
        | "GET /oauth2/logout/continue" => {
            let path = route.trim_start_matches("GET ");
            refused_page(loot.browser.visit(&url(&format!("{path}?interaction={}", loot.interaction))).await)
        }
        "GET /sign-in/link" => {
            let path = format!("/sign-in/link?interaction={}&token=x", loot.interaction);
            let page = loot.browser.visit(&url(&path)).await.page();
            page.status == 400 && !page.html.contains("Acme")
        }
        // It says nothing of anybody, and takes no token of a page of another tenant.
        "POST /password-strength" => {
            let theirs = loot.browser.csrf_token(&app.tenant_id("acme").await, &loot.interaction);
            let own = csrf_token_of_globex(app, &loot.browser, &loot.interaction).await;
            let ask = |csrf_token: String| async move {
                let fields =
                    [("csrf_token", csrf_token.as_str()), ("purpose", &loot.interaction), ("password", "alice")];
                loot.browser.post(&format!("{}/password-strength", app.issuer_of("globex")), &fields).await
            };
            let (refused, advised) = (ask(theirs).await, ask(own).await);
            refused.status == 403 && advised.status == 200 && !advised.html.contains("Acme")
        }
        "GET /account/security" => own_page_is_of_nobody(app, loot).await,
        // A link that no mail holds is of nobody; `own_deletion` and `own_email` offer genuine ones.
        "GET /account/keep"
        | "POST /account/keep"
        | "GET /account/email/undo"
        | "POST /account/email/undo"
        | "GET /account/email/confirm"
        | "POST /account/email/confirm" => a_link_is_of_nobody(app, loot, route).await,
        "GET /account/not-me" | "POST /account/not-me" => a_notice_is_unknown(app, route.starts_with("POST")).await,
        // An earlier row may have signed the browser in at globex: then it is that account's page.
        _ if route.starts_with("GET /account") => {
            let page = loot.browser.visit(&url(route.trim_start_matches("GET "))).await.page();
            let session = loot.browser.session_id(&app.tenant_id("acme").await);
            let leaks = ["Acme", &session].into_iter().any(|text| page.html.contains(text));
            page.status == 200 && page.url.contains("/t/globex/") && !leaks
        }
        _ if route.starts_with("POST /account") && console::form(route.trim_start_matches("POST ")).is_some() => {
            a_form_of_the_console_is_of_nobody(app, loot, route.trim_start_matches("POST ")).await
        }
        "POST /choose-account" => chosen_account_is_unknown(app, loot).await,
        "POST /sign-in"
        | "POST /sign-up"
        | "POST /consent"
        | "POST /sign-out"
        | "POST /second-factor"
        | "POST /second-factor/sent"
        | "POST /sign-in/mail"
        | "POST /sign-in/mail/code"
        | "POST /sign-in/link"
        | "POST /second-factor/set-up"
        | "POST /required-action"
        | "POST /sign-in/passkey"
        | "POST /second-factor/passkey"
        | "POST /passkeys/new"
        | "POST /passkeys/offer"
        | "POST /account/passkeys"
        | "POST /second-factor/set-up/phone"
        | "POST /sign-up/verify"
        | "POST /account/security" => posted_form_is_refused(app, loot, &url(route.trim_start_matches("POST "))).await,
        _ if route.contains("/push") => links::a_device_is_unknown(app, loot, route).await,
        "POST /oauth2/token" => tokens_are_unknown(app, loot).await,
        "POST /oauth2/authorize-challenge" => a_challenge_is_unknown(app).await,
        "POST /oauth2/introspect" => nothing_is_active(app, loot).await,
        "POST /oauth2/revoke" => nothing_is_revoked(app, loot).await,
        "POST /oauth2/global-token-revocation" => nobody_of_acme_is_signed_out(app, loot).await,
        "GET /oauth2/userinfo" | "POST /oauth2/userinfo" => userinfo_is_401(app, loot, route.starts_with("POST")).await,
        "GET /oauth2/logout" | "POST /oauth2/logout" => {
            logout_leaves_acme_alone(app, loot, route.starts_with("POST")).await
        }
        // Pages that take nothing of a tenant but its name and colours.
        "GET /signed-out"
        | "GET /requests/allowed"
        | "GET /requests/refused"
        | "GET /requests/over"
        | "GET /device/connected"
        | "GET /device/refused" => {
            let page = loot.browser.visit(&url(route.trim_start_matches("GET "))).await.page();
            page.status == 200 && !page.html.contains("Acme")
        }
        "POST /oauth2/bc-authorize" => a_request_of_acme_is_no_request(app, loot).await,
        "GET /requests" | "POST /requests" => a_request_waits_at_home_only(app, loot, route.starts_with("POST")).await,
        "POST /oauth2/device_authorization" => a_device_of_acme_is_no_client(app).await,
        "GET /device" | "POST /device" => a_user_code_is_unknown(app, loot, route.starts_with("POST")).await,
        // A picture of an address, of the tenant that was asked; the code in it is looked up by nobody.
        "GET /device/qr" => {
            let picture = |issuer: String| async move {
                loot.browser.get(&format!("{issuer}/device/qr?user_code={}", loot.user_code)).await
            };
            let (ours, theirs) = (picture(app.issuer()).await, picture(globex.clone()).await);
            theirs.status == 200 && theirs.html != ours.html
        }
        "GET /device/confirm" | "POST /device/confirm" => {
            the_question_of_a_device_stays_at_home(app, loot, route.starts_with("POST")).await
        }
        // It takes an account's name, which means whoever has it at the tenant that is asked.
        "GET /forgot-password" | "POST /forgot-password" => {
            forgetting_tells_nothing_of_acme(app, loot, route.starts_with("POST")).await
        }
        "GET /reset-password" | "POST /reset-password" => a_reset_link_is_unknown(app, route.starts_with("POST")).await,
        "GET /invitation" | "POST /invitation" => an_invitation_is_unknown(app, route.starts_with("POST")).await,
        // The error page as such: it shows nothing of anyone.
        "GET /error" => {
            let page = loot.browser.visit(&url("/error")).await;
            matches!(page, Landing::Page(page) if page.status < 500 && !page.html.contains("Acme"))
        }
        // It knows the name of one cookie, its own tenant's.
        "GET /oauth2/check-session" => {
            let page = loot.browser.get(&url("/oauth2/check-session")).await;
            page.html.contains(app.tenant_id("globex").await.as_str())
                && !page.html.contains(app.tenant_id("acme").await.as_str())
        }
        "POST /oauth2/par" => a_pushed_request_is_unknown(app, loot).await,
        "POST /oauth2/register" => an_initial_access_token_is_unknown(app).await,
        "GET /oauth2/register/{client_id}"
        | "PUT /oauth2/register/{client_id}"
        | "DELETE /oauth2/register/{client_id}" => {
            let (method, _) = route.split_once(' ').expect("a method");
            a_registration_is_unknown(app, method).await
        }
        // A preflight is answered alike for everyone.
        _ if route.starts_with("OPTIONS ") => true,
        _ => panic!("{route} has no row in the isolation table"),
    }
}

/// The form of a page that was never shown, with the token that it would have held: refused for what it names, not for
/// where it comes from.
async fn posted_form_is_refused(app: &TestApp, loot: &Loot, target: &str) -> bool {
    let csrf_token = csrf_token_of_globex(app, &loot.browser, &loot.interaction).await;
    let fields = [
        ("csrf_token", csrf_token.as_str()),
        ("interaction", &loot.interaction),
        ("login", "alice"),
        ("password", "another-alice-in-winter"),
        ("decision", "allow"),
        ("username", "alice"),
        ("password_confirmation", "another-alice-in-winter"),
        ("action", "forget_browsers"),
        ("credential", "{}"),
        ("rename", "fac_00000000000000000000000000000000"),
    ];
    match loot.browser.follow(loot.browser.post(target, &fields).await).await {
        Landing::Page(page) => (400..500).contains(&page.status) && page.status != 403,
        Landing::Callback(_) => false,
    }
}

/// The page on which a user looks after the own factors, with a session and a sign-in of `acme`.
async fn own_page_is_of_nobody(app: &TestApp, loot: &Loot) -> bool {
    let url = format!("{}/account/security?interaction={}", app.issuer_of("globex"), loot.interaction);
    let page = loot.browser.visit(&url).await.page();
    page.is_sign_in() && page.url.contains("/t/globex/") && !page.html.contains("Acme")
}

/// A form of the console, with the session of `acme` that its page would speak to: nobody is signed in at `globex`.
async fn a_form_of_the_console_is_of_nobody(app: &TestApp, loot: &Loot, path: &str) -> bool {
    let account = loot.browser.session_id(&app.tenant_id("acme").await);
    let csrf_token = csrf_token_of_globex(app, &loot.browser, &account).await;
    let mut fields = vec![("csrf_token", csrf_token.as_str()), ("account", account.as_str())];
    fields.extend_from_slice(console::form(path).unwrap_or_default());
    let answer = loot.browser.post(&format!("{}{path}", app.issuer_of("globex")), &fields).await;
    let page = loot.browser.follow(answer).await.page();
    page.is_sign_in() && page.url.contains("/t/globex/") && !page.html.contains("Acme")
}

/// A session of `acme` at `globex`: with the interaction of `acme`, and with one that `globex` began itself.
async fn chosen_account_is_unknown(app: &TestApp, loot: &Loot) -> bool {
    let url = format!("{}/choose-account", app.issuer_of("globex"));
    let own = loot.browser.visit(&app.authorization_of("globex", "web").url()).await.page();
    let own = own.url.split("interaction=").nth(1).expect("an interaction").to_owned();
    let at_home = loot.browser.visit(&app.authorization("web").with("prompt", "select_account").url()).await.page();
    let [session] = at_home.offered_accounts().try_into().expect("one account");
    for field in ["account", "sign_out"] {
        for (interaction, is_refused) in [(&loot.interaction, true), (&own, false)] {
            let csrf_token = csrf_token_of_globex(app, &loot.browser, interaction).await;
            let fields = [("csrf_token", csrf_token.as_str()), ("interaction", interaction), (field, &session)];
            let page = loot.browser.follow(loot.browser.post(&url, &fields).await).await.page();
            let refused = (400..500).contains(&page.status) && page.status != 403;
            if refused != is_refused || (!is_refused && !page.is_sign_in()) {
                return false;
            }
        }
    }
    let silent = app.authorization("web").with("prompt", "none").with("scope", "openid");
    loot.browser.visit(&silent.url()).await.callback().params.contains_key("code")
}

async fn csrf_token_of_globex(app: &TestApp, browser: &Browser, purpose: &str) -> String {
    // Any page of a tenant makes the browser known to it.
    let _ = browser.visit(&app.authorization_of("globex", "web").url()).await;
    browser.csrf_token(&app.tenant_id("globex").await, purpose)
}

fn says_only_globex(answer: JsonAnswer) -> bool {
    answer.status == 200 && answer.text.contains("/t/globex/") && !answer.text.contains("/t/acme")
}

async fn no_shared_key(app: &TestApp) -> bool {
    let kids = |answer: JsonAnswer| -> BTreeSet<String> {
        answer.json["keys"].as_array().expect("keys").iter().map(|key| key["kid"].to_string()).collect()
    };
    let ours = kids(app.get(&format!("{}/oauth2/jwks", app.issuer())).await);
    let theirs = kids(app.get(&format!("{}/oauth2/jwks", app.issuer_of("globex"))).await);
    !ours.is_empty() && ours.is_disjoint(&theirs)
}

async fn no_silent_sign_in(app: &TestApp, loot: &Loot) -> bool {
    let silent = app.authorization_of("globex", "web").with("prompt", "none");
    let refused = loot.browser.visit(&silent.url()).await.callback();
    let hinted = loot.browser.visit(&silent.with("id_token_hint", &loot.id_token).url()).await.callback();
    refused.param("error") == "login_required" && hinted.params.contains_key("error")
}

async fn posted_authorize_asks(app: &TestApp, loot: &Loot) -> bool {
    let request = app.authorization_of("globex", "web");
    let fields = request.fields().clone();
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let page = loot.browser.post(&request.endpoint(), &fields).await;
    loot.browser.follow(page).await.page().is_sign_in()
}

async fn a_pushed_request_is_unknown(app: &TestApp, loot: &Loot) -> bool {
    let request = app.authorization("web").with("prompt", "none").with("scope", "openid");
    let fields = request.without("client_id");
    let fields: Vec<(&str, &str)> =
        fields.fields().iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let pushed = app.post_as("web", "par", &fields).await;
    let query = format!("client_id=web&request_uri={}", pushed.string("request_uri"));
    let abroad = loot.browser.visit(&format!("{}/oauth2/authorize?{query}", app.issuer_of("globex"))).await;
    let at_home = loot.browser.visit(&format!("{}/oauth2/authorize?{query}", app.issuer())).await;
    let foreign_secret = app
        .post_raw(
            &format!("{}/oauth2/par", app.issuer_of("globex")),
            Some(("web", "web-secret-0123456789-0123456789-0123456789")),
            &app.authorization_of("globex", "web").without("client_id").encoded(),
        )
        .await;
    refused_page(abroad) && at_home.callback().params.contains_key("code") && foreign_secret.error() == "invalid_client"
}

fn refused_page(landing: Landing) -> bool {
    match landing {
        Landing::Page(page) => (400..500).contains(&page.status),
        Landing::Callback(_) => false,
    }
}

async fn tokens_are_unknown(app: &TestApp, loot: &Loot) -> bool {
    let code = app.token_of("globex", "web", &app.code_fields(&loot.code)).await;
    let refresh: BTreeMap<&str, String> =
        [("grant_type", "refresh_token".to_owned()), ("refresh_token", loot.refresh_token.clone())].into();
    let refresh = app.token_of("globex", "web", &refresh).await;
    let foreign_secret = app
        .post_raw(
            &format!("{}/oauth2/token", app.issuer_of("globex")),
            Some(("machine", "machine-secret-0123456789-0123456789-0123456789")),
            "grant_type=client_credentials",
        )
        .await;
    let device = app
        .post_of("globex", "dev-tv", "token", &[("grant_type", device::GRANT), ("device_code", &loot.device_code)])
        .await;
    let waiting = device::poll(app, "dev-tv", &loot.device_code).await;
    let ciba = app
        .post_of("globex", "ciba-poll", "token", &[("grant_type", ciba::GRANT), ("auth_req_id", &loot.auth_req_id)])
        .await;
    let ciba_waits = ciba::poll(app, "ciba-poll", &loot.auth_req_id).await;
    let still_good = app.redeem("web", &loot.code).await;
    code.error() == "invalid_grant"
        && refresh.error() == "invalid_grant"
        && foreign_secret.error() == "invalid_client"
        && device.error() == "invalid_grant"
        && ciba.error() == "invalid_grant"
        && ["authorization_pending", "slow_down"].contains(&ciba_waits.error())
        && ["authorization_pending", "slow_down"].contains(&waiting.error())
        && (still_good.status == 200 || still_good.error() == "invalid_grant")
}

/// An `auth_session` of `acme` at a client of the same name of `globex`: refused, and still good at home.
async fn a_challenge_is_unknown(app: &TestApp) -> bool {
    app.apply(
        "version: 1\ntenants:\n  - slug: globex\n    clients:\n      - client_id: gr-first-asking\n        name: First\n        \
         secret: globex-secret-0123456789-0123456789-0123456789\n        redirect_uris: [http://127.0.0.1/callback]\n        \
         first_party: true\n        consent: implied\n",
    );
    let begin = [
        ("scope", "openid"),
        ("code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"),
        ("code_challenge_method", "S256"),
    ];
    let begun = app.post_as("gr-first-asking", "authorize-challenge", &begin).await.string("auth_session");
    let go_on = [("auth_session", begun.as_str())];
    let foreign = app.post_of("globex", "gr-first-asking", "authorize-challenge", &go_on).await;
    let own = app.post_as("gr-first-asking", "authorize-challenge", &go_on).await;
    foreign.error() == "invalid_session" && own.error() == "insufficient_authorization"
}

async fn nothing_is_active(app: &TestApp, loot: &Loot) -> bool {
    for token in [&loot.access_token, &loot.opaque_token, &loot.refresh_token, &loot.id_token] {
        if app.post_of("globex", "web", "introspect", &[("token", token)]).await.json["active"] != false {
            return false;
        }
    }
    true
}

async fn nothing_is_revoked(app: &TestApp, loot: &Loot) -> bool {
    for token in [&loot.access_token, &loot.opaque_token, &loot.refresh_token] {
        let answer = app.post_of("globex", "web", "revoke", &[("token", token)]).await;
        if answer.status >= 500 {
            return false;
        }
    }
    app.userinfo(&loot.access_token).await.status == 200 && app.userinfo(&loot.opaque_token).await.status == 200
}

async fn nobody_of_acme_is_signed_out(app: &TestApp, loot: &Loot) -> bool {
    let url = format!("{}/oauth2/global-token-revocation", app.issuer_of("globex"));
    let alice = app.verify_jwt(&loot.id_token).await["sub"].clone();
    let foreign = Some(("watch-tool", "watch-secret-0123456789-0123456789-0123456789"));
    let own = Some(("watch-tool", "globex-secret-0123456789-0123456789-0123456789"));
    let ask = async |basic, sub_id| app.post_json(&url, basic, &json!({ "sub_id": sub_id })).await.status;
    let by_sub = json!({"format": "opaque", "id": alice});
    let by_issuer = json!({"format": "iss_sub", "iss": app.issuer(), "sub": alice});
    // Alice of globex has the same address.
    let by_email = json!({"format": "email", "email": "alice@acme.test"});
    let refused = ask(foreign, by_email.clone()).await == 401
        && ask(own, by_sub).await == 404
        && ask(own, by_issuer).await == 404
        && ask(own, by_email).await == 204;
    refused
        && app.userinfo(&loot.access_token).await.status == 200
        && app.userinfo(&loot.opaque_token).await.status == 200
}

async fn userinfo_is_401(app: &TestApp, loot: &Loot, posted: bool) -> bool {
    let url = format!("{}/oauth2/userinfo", app.issuer_of("globex"));
    for token in [&loot.access_token, &loot.opaque_token] {
        let answer = if posted {
            app.post_form(&url, &[("access_token", token)]).await
        } else {
            app.get_with_token(&url, token).await
        };
        if answer.status != 401 {
            return false;
        }
    }
    true
}

async fn logout_leaves_acme_alone(app: &TestApp, loot: &Loot, posted: bool) -> bool {
    let url = format!("{}/oauth2/logout", app.issuer_of("globex"));
    let fields = [("id_token_hint", loot.id_token.as_str()), ("post_logout_redirect_uri", "http://127.0.0.1:7000/bye")];
    let page = if posted {
        loot.browser.post(&url, &fields).await
    } else {
        let query = fields.map(|(name, value)| format!("{name}={value}")).join("&");
        loot.browser.get(&format!("{url}?{query}")).await
    };
    let stayed = matches!(loot.browser.follow(page).await, Landing::Page(_));
    let silent =
        loot.browser.visit(&app.authorization("web").with("prompt", "none").with("scope", "openid").url()).await;
    stayed && silent.callback().params.contains_key("code")
}

async fn a_request_of_acme_is_no_request(app: &TestApp, loot: &Loot) -> bool {
    let url = format!("{}/oauth2/bc-authorize", app.issuer_of("globex"));
    let secret = Some(("ciba-poll", "ciba-secret-0123456789-0123456789-0123456789"));
    let foreign = app.post_raw(&url, secret, "scope=openid&login_hint=alice").await;
    let fields = [("scope", "openid"), ("id_token_hint", loot.id_token.as_str())];
    let hinted = app.post_of("globex", "ciba-poll", "bc-authorize", &fields).await;
    foreign.error() == "invalid_client" && hinted.error() == "invalid_request"
}

async fn a_request_waits_at_home_only(app: &TestApp, loot: &Loot, posted: bool) -> bool {
    let (home, away) = (format!("{}/requests", app.issuer()), format!("{}/requests", app.issuer_of("globex")));
    // Alice of globex has a session there; she is somebody else.
    let request = app.authorization_of("globex", "web");
    let _ = app.sign_in_with(&loot.browser, "alice", &request).await;
    let at_home = loot.browser.visit(&home).await.page();
    let id = at_home.hidden_fields()["request"].clone();
    let elsewhere = if posted {
        let csrf_token = csrf_token_of_globex(app, &loot.browser, "requests").await;
        let account = loot.browser.session_id(&app.tenant_id("globex").await);
        let fields =
            [("csrf_token", csrf_token.as_str()), ("account", &account), ("request", &id), ("decision", "allow")];
        let page = loot.browser.follow(loot.browser.post(&away, &fields).await).await.page();
        page.url.ends_with("/requests/over")
    } else {
        let page = loot.browser.visit(&away).await.page();
        page.html.contains("Nothing waits for you") && !page.html.contains("Acme")
    };
    elsewhere && loot.browser.visit(&home).await.page().html.contains(&id)
}

async fn a_device_of_acme_is_no_client(app: &TestApp) -> bool {
    let url = format!("{}/oauth2/device_authorization", app.issuer_of("globex"));
    let public = app.post_form(&url, &[("client_id", "dev-tv")]).await;
    let secret = app.post_raw(&url, Some(("dev-box", "dev-box-secret-0123456789-0123456789-0123456789")), "").await;
    public.error() == "invalid_client" && secret.error() == "invalid_client"
}

async fn a_user_code_is_unknown(app: &TestApp, loot: &Loot, posted: bool) -> bool {
    let url = format!("{}/device", app.issuer_of("globex"));
    if !posted {
        let page = loot.browser.get(&format!("{url}?user_code={}", loot.user_code)).await;
        return page.status == 200 && !page.html.contains("Acme");
    }
    let csrf_token = csrf_token_of_globex(app, &loot.browser, "device").await;
    let fields = [("csrf_token", csrf_token.as_str()), ("user_code", &loot.user_code)];
    let refused = loot.browser.post(&url, &fields).await;
    let at_home = device::reach_question(app, &loot.browser, &loot.user_code).await;
    refused.status == 422 && at_home.is_consent()
}

async fn the_question_of_a_device_stays_at_home(app: &TestApp, loot: &Loot, posted: bool) -> bool {
    let question = device::reach_question(app, &loot.browser, &loot.user_code).await;
    let interaction = question.hidden_fields()["interaction"].clone();
    let url = format!("{}/device/confirm", app.issuer_of("globex"));
    let refused = if posted {
        let csrf_token = csrf_token_of_globex(app, &loot.browser, &interaction).await;
        let fields = [("csrf_token", csrf_token.as_str()), ("interaction", &interaction), ("decision", "allow")];
        loot.browser.post(&url, &fields).await
    } else {
        loot.browser.get(&format!("{url}?interaction={interaction}")).await
    };
    let waiting = device::poll(app, "dev-tv", &loot.device_code).await;
    refused.status == 400 && ["authorization_pending", "slow_down"].contains(&waiting.error())
}
/// A client of the one tenant alone: its logo is found there and nowhere else.
async fn a_logo_is_unknown(app: &TestApp) -> bool {
    use latchkey_testkit::{HttpsStub, StubAnswer};
    let stub = HttpsStub::start();
    stub.answer("/logo", StubAnswer::document("image/png", "png"));
    app.set_settings(&json!({ "outgoing": stub.outgoing() }));
    app.add_clients(&[json!({
        "client_id": "with-logo", "token_endpoint_auth_method": "none", "redirect_uris": ["http://127.0.0.1/callback"],
        "logo_uri": stub.url("/logo"),
    })]);
    let path = format!("/oauth2/client-logos/{}", URL_SAFE_NO_PAD.encode("with-logo"));
    let elsewhere = app.get(&format!("{}{path}", app.issuer_of("globex"))).await.status;
    let asked = stub.requests().len();
    (elsewhere, asked, app.get(&format!("{}{path}", app.issuer())).await.status) == (404, 0, 200)
}

both_backends! {
    async fn nothing_of_one_tenant_works_in_another(app: TestApp) {
        let loot = loot(&app).await;
        for route in app.routes() {
            // HEAD is GET without the body.
            let row = route.replacen("HEAD ", "GET ", 1);
            assert!(attack(&app, &loot, &row).await, "{route} let something of another tenant through");
        }
    }

    async fn an_unknown_tenant_is_a_page_or_json_by_accept(app: TestApp) {
        let url = format!("{}/t/no-such-tenant/sign-in", app.origin());
        let page = app.browser().get(&url).await;
        assert_eq!(page.status, 404);
        assert!(page.headers["content-type"].to_str().is_ok_and(|kind| kind.starts_with("text/html")));
        let json = app.get(&format!("{}/t/no-such-tenant/.well-known/openid-configuration", app.origin())).await;
        assert_eq!(json.status, 404);
        assert!(json.json.is_object(), "{}", json.text);
    }

    async fn an_unknown_host_is_404_and_never_a_default_tenant(app: TestApp) {
        for host in ["evil.example", "acme.example", "localhost", "127.0.0.1:1", ""] {
            let request = format!("GET /t/acme/.well-known/openid-configuration HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
            let mut wire = app.wire().await;
            wire.send(request.as_bytes()).await;
            let status = wire.status().await;
            assert!(status == 404 || status == 400, "{host}: {status}");
        }
    }

    async fn a_verified_domain_is_an_issuer_of_its_own(app: TestApp) {
        app.add_domain("acme", "login.acme.test").await;
        let get = async |host: &str, path: &str| {
            let mut wire = app.wire().await;
            let request = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nAccept: application/json\r\nConnection: close\r\n\r\n");
            wire.send(request.as_bytes()).await;
            wire.read_to_end(std::time::Duration::from_secs(10)).await
        };
        let metadata = get("login.acme.test", "/.well-known/openid-configuration").await;
        assert!(metadata.contains("\"issuer\":\"https://login.acme.test\""), "{metadata}");
        let ambiguous = get("login.acme.test", "/t/globex/.well-known/openid-configuration").await;
        assert!(ambiguous.starts_with("HTTP/1.1 400"), "{ambiguous}");
        let unverified = get("login.globex.test", "/.well-known/openid-configuration").await;
        assert!(unverified.starts_with("HTTP/1.1 404"), "{unverified}");
    }
}
