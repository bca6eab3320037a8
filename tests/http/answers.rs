//! What every answer of an endpoint has in common: RFC 6749 §5.1, §5.2 and appendix A.

use latchkey_testkit::{JsonAnswer, TestApp, both_backends};
use serde_json::{Value, json};

use crate::{ciba, device};

/// What breaks out of quotes, headers, lines and pages.
const HOSTILE: &str = "a\"b\\c\r\nSet-Cookie: d=\te \u{e9}\u{7f}<script>";
const EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
const JWT_BEARER: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

type Fields = &'static [(&'static str, &'static str)];

/// A client, an endpoint, and fields of which each is replaced by what is hostile, one after the other.
const POSTS: [(&str, &str, Fields); 15] = [
    (
        "web",
        "token",
        &[("grant_type", "authorization_code"), ("code", "x"), ("redirect_uri", "x"), ("code_verifier", "x")],
    ),
    ("web", "token", &[("grant_type", "refresh_token"), ("refresh_token", "x"), ("scope", "openid")]),
    ("machine", "token", &[("grant_type", "client_credentials"), ("scope", "x"), ("resource", "x")]),
    ("gr-password", "token", &[("grant_type", "password"), ("username", "x"), ("password", "x"), ("scope", "openid")]),
    ("dev-tv", "token", &[("grant_type", device::GRANT), ("device_code", "x")]),
    ("ciba-poll", "token", &[("grant_type", ciba::GRANT), ("auth_req_id", "x")]),
    (
        "gr-api",
        "token",
        &[
            ("grant_type", EXCHANGE),
            ("subject_token", "x"),
            ("subject_token_type", "urn:ietf:params:oauth:token-type:access_token"),
            ("requested_token_type", "x"),
            ("actor_token", "x"),
            ("actor_token_type", "x"),
            ("audience", "x"),
            ("resource", "x"),
        ],
    ),
    ("gr-jwt", "token", &[("grant_type", JWT_BEARER), ("assertion", "x"), ("scope", "openid")]),
    (
        "web",
        "par",
        &[
            ("response_type", "code"),
            ("redirect_uri", "x"),
            ("scope", "openid"),
            ("claims", "{}"),
            ("request", "x"),
            ("authorization_details", "[]"),
            ("resource", "x"),
            ("prompt", "x"),
        ],
    ),
    ("dev-tv", "device_authorization", &[("scope", "openid"), ("resource", "x")]),
    (
        "ciba-poll",
        "bc-authorize",
        &[("scope", "openid"), ("login_hint", "x"), ("binding_message", "x"), ("request", "x")],
    ),
    ("gr-public-first", "authorize-challenge", &[("scope", "openid"), ("auth_session", "x"), ("code_challenge", "x")]),
    ("web", "introspect", &[("token", ""), ("token_type_hint", "x")]),
    ("web", "revoke", &[("token", ""), ("token_type_hint", "x")]),
    (
        "nobody-at-all",
        "token",
        &[("grant_type", "x"), ("client_id", "x"), ("client_secret", "x"), ("client_assertion", "x")],
    ),
];

/// RFC 6749 appendix A.7 and A.8.
fn is_error_text(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| matches!(b, 0x20..=0x21 | 0x23..=0x5b | 0x5d..=0x7e))
}

fn assert_error(answer: &JsonAnswer, what: &str) {
    assert!((400..500).contains(&answer.status), "{what}: {} {}", answer.status, answer.text);
    assert_eq!(answer.header("content-type"), "application/json", "{what}");
    assert_eq!(answer.header("cache-control"), "no-store", "{what}");
    assert!(answer.headers.get("set-cookie").is_none(), "{what}: {:?}", answer.headers);
    let known = ["error", "error_description", "error_uri", "auth_session"];
    for (name, value) in answer.json.as_object().unwrap_or_else(|| panic!("{what}: {}", answer.text)) {
        assert!(known.contains(&name.as_str()), "{what}: {name}");
        assert!(value.as_str().is_some_and(is_error_text), "{what}: {name}={value}");
    }
    assert!(answer.error().bytes().all(|b| b.is_ascii_lowercase() || b == b'_'), "{what}: {}", answer.text);
    // §5.2: 401 is for the client that failed to authenticate, and for an access token.
    let unauthorized = ["invalid_client", "invalid_token", "invalid_dpop_proof"].contains(&answer.error());
    assert_eq!(answer.status == 401, unauthorized, "{what}: {} {}", answer.status, answer.text);
    assert_eq!(answer.headers.contains_key("www-authenticate"), answer.status == 401, "{what}");
}

fn assert_unstored(status: u16, headers: &reqwest::header::HeaderMap, what: &str) {
    assert!((200..400).contains(&status), "{what}: {status}");
    let kept = headers.get("cache-control").map(|value| value.to_str().expect("text"));
    assert_eq!(kept, Some("no-store"), "{what}");
}

both_backends! {
    async fn an_error_is_written_in_the_characters_of_the_rfc_whatever_was_sent(app: TestApp) {
        let mut errors = 0;
        for (client, endpoint, fields) in POSTS {
            for (hostile, _) in fields {
                let fields: Vec<(&str, &str)> =
                    fields.iter().map(|(name, value)| (*name, if name == hostile { HOSTILE } else { *value })).collect();
                let answer = app.post_as(client, endpoint, &fields).await;
                if answer.status != 200 {
                    errors += 1;
                    assert_error(&answer, &format!("{client} {endpoint} {hostile}"));
                }
            }
        }
        assert!(errors > 40, "{errors}");
        assert_error(&app.userinfo("a.b.c").await, "userinfo");
        let url = format!("{}/oauth2/userinfo", app.issuer());
        assert_error(&app.post_form(&url, &[("access_token", HOSTILE)]).await, "userinfo, posted");
    }

    async fn a_refused_registration_is_written_in_those_characters_too(app: TestApp) {
        app.set_settings(&json!({ "client_registration": { "mode": "open", "registrations_per_address": 1000 } }));
        let members = [
            "redirect_uris", "client_name", "grant_types", "response_types", "token_endpoint_auth_method", "scope", "logo_uri",
            "client_uri", "policy_uri", "tos_uri", "contacts", "jwks", "jwks_uri", "sector_identifier_uri", "subject_type",
            "application_type", "id_token_signed_response_alg", "request_uris", "initiate_login_uri", "default_max_age",
            "software_statement", "post_logout_redirect_uris", "backchannel_logout_uri",
        ];
        for member in members {
            for value in [json!(HOSTILE), json!([HOSTILE]), json!({ HOSTILE: HOSTILE })] {
                let mut client = json!({ "redirect_uris": ["http://127.0.0.1:7000/callback"] });
                client[member] = value.clone();
                let answer = app.register("acme", None, &client).await;
                if answer.status != 201 {
                    assert_eq!(answer.status, 400, "{member}: {value}: {}", answer.text);
                    assert_error(&answer, &format!("{member}: {value}"));
                }
            }
        }
        assert_error(&app.register("acme", None, &json!({ "redirect_uris": [HOSTILE] })).await, "redirect_uris");
    }

    async fn an_error_at_the_redirect_uri_is_written_in_those_characters_too(app: TestApp) {
        let requests = [
            ("scope", HOSTILE.to_owned()),
            ("response_type", HOSTILE.to_owned()),
            ("response_mode", HOSTILE.to_owned()),
            ("prompt", HOSTILE.to_owned()),
            ("max_age", HOSTILE.to_owned()),
            ("display", HOSTILE.to_owned()),
            ("code_challenge", HOSTILE.to_owned()),
            ("id_token_hint", HOSTILE.to_owned()),
            ("claims", HOSTILE.to_owned()),
            ("claims", json!({ "userinfo": HOSTILE }).to_string()),
            ("claims", json!({ HOSTILE: {}, "id_token": { HOSTILE: 7 } }).to_string()),
            ("authorization_details", json!([{ "type": HOSTILE }]).to_string()),
            ("authorization_details", HOSTILE.to_owned()),
            ("resource", HOSTILE.to_owned()),
            ("request", HOSTILE.to_owned()),
            ("registration", HOSTILE.to_owned()),
            ("dpop_jkt", HOSTILE.to_owned()),
        ];
        for (name, value) in requests {
            let state = "a\"b\\c\r\n d";
            let request = app.authorization("web").with("prompt", "none").with(name, &value).with("state", state);
            let callback = app.browser().visit(&request.url()).await.callback();
            assert_eq!(callback.param("state"), state, "the state alone comes back as it was");
            for (told, text) in callback.params.iter().filter(|(told, _)| *told != "state") {
                assert!(["error", "error_description", "iss"].contains(&told.as_str()), "{name}: {told}");
                assert!(is_error_text(text), "{name}={value}: {told}={text}");
            }
        }
    }

    async fn a_token_answer_is_json_of_the_characters_of_the_rfc_and_says_how_long_it_lasts(app: TestApp) {
        let is_visible = |text: &str| !text.is_empty() && text.bytes().all(|b| (0x20..=0x7e).contains(&b));
        for client in ["web", "opaque"] {
            let tokens = app.tokens(client, "alice", "openid offline_access").await;
            let refreshed = app.refresh(client, &tokens.string("refresh_token")).await.ok();
            for answer in [tokens, refreshed] {
                assert_eq!(answer.header("content-type"), "application/json");
                assert_eq!(answer.header("cache-control"), "no-store");
                assert!(answer.json["token_type"].as_str().is_some_and(|kind| kind.eq_ignore_ascii_case("bearer")));
                assert!(answer.json["expires_in"].as_u64().is_some_and(|seconds| seconds > 0), "{}", answer.text);
                for name in ["access_token", "refresh_token", "id_token", "scope"] {
                    assert!(is_visible(&answer.string(name)), "{client} {name}");
                }
            }
        }
    }

    async fn what_holds_a_secret_is_kept_by_no_cache(app: TestApp) {
        app.set_settings(&json!({ "client_registration": { "mode": "open", "registrations_per_address": 1000 } }));
        let browser = app.browser();
        let signed_in = app.sign_in_with(&browser, "alice", &app.authorization("web")).await;
        let tokens = app.redeem("web", signed_in.code()).await.ok();
        let access_token = tokens.string("access_token");
        let web = app.authorization("web");
        let pushed: Vec<(&str, &str)> = web.fields().iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let registered = app.register("acme", None, &json!({ "redirect_uris": ["http://127.0.0.1:7000/callback"] })).await;
        let (client, token) = (registered.string("registration_client_uri"), registered.string("registration_access_token"));
        for (what, answer) in [
            ("token", tokens),
            ("client_credentials", app.client_credentials("machine", "orders:read").await),
            ("userinfo", app.userinfo(&access_token).await),
            ("introspect", app.post_as("web", "introspect", &[("token", &access_token)]).await),
            ("inactive", app.post_as("web", "introspect", &[("token", "x")]).await),
            ("par", app.post_as("web", "par", &pushed).await),
            ("device", app.post_as("dev-tv", "device_authorization", &[("scope", "openid")]).await),
            ("ciba", app.post_as("ciba-poll", "bc-authorize", &[("scope", "openid"), ("login_hint", "alice")]).await),
            ("revoke", app.post_as("web", "revoke", &[("token", &access_token)]).await),
            ("register", registered),
            ("read", app.get_with_token(&client, &token).await),
            ("delete", app.send_json(("DELETE", &client), Some(&token), &Value::Null).await),
        ] {
            assert_unstored(answer.status, &answer.headers, what);
        }
        let posted = browser.post(&web.endpoint(), &pushed).await;
        assert_unstored(posted.status, &posted.headers, "a posted request");
        for (what, request) in [
            ("a code in the query", web.clone()),
            ("a code in a form", web.clone().with("response_mode", "form_post")),
            ("a signed answer", web.clone().with("response_mode", "jwt")),
            ("the consent page", web.clone().with("prompt", "consent")),
            ("the sign-in page", web.clone().with("prompt", "login")),
            ("an error", web.clone().with("prompt", "none").with("max_age", "0")),
        ] {
            let page = browser.get(&request.url()).await;
            assert_unstored(page.status, &page.headers, what);
        }
    }

    async fn what_is_public_may_be_kept_for_minutes(app: TestApp) {
        for path in ["/.well-known/openid-configuration", "/.well-known/oauth-authorization-server", "/oauth2/jwks"] {
            let answer = app.get(&format!("{}{path}", app.issuer())).await.ok();
            assert_eq!(answer.header("cache-control"), "public, max-age=300, must-revalidate", "{path}");
            assert!(answer.headers.get("set-cookie").is_none() && answer.headers.contains_key("etag"), "{path}");
        }
    }

    async fn each_parameter_that_is_given_twice_is_invalid_request_at_every_endpoint(app: TestApp) {
        let twice = async |client: &str, endpoint: &str, fields: &[(&str, &str)], name: &str| {
            let doubled = [fields, &[(name, "y")]].concat();
            let answer = app.post_as(client, endpoint, &doubled).await;
            assert_eq!((answer.status, answer.error()), (400, "invalid_request"), "{endpoint} {name}: {}", answer.text);
        };
        for (client, endpoint, fields) in POSTS.iter().filter(|(client, ..)| *client != "nobody-at-all") {
            // RFC 8707 §2 and RFC 8693 §2.1 let these repeat.
            for (name, _) in fields.iter().filter(|(name, _)| !["resource", "audience"].contains(name)) {
                let fields: Vec<_> =
                    fields.iter().map(|(name, value)| (*name, if value.is_empty() { "x" } else { *value })).collect();
                twice(client, endpoint, &fields, name).await;
            }
        }
        twice("web", "token", &[("grant_type", "client_credentials"), ("unheard_of", "x")], "unheard_of").await;
        let token = app.tokens("web", "alice", "openid").await.string("access_token");
        let url = format!("{}/oauth2/userinfo", app.issuer());
        app.post_form(&url, &[("access_token", &token), ("access_token", &token)]).await.expect_error(400, "invalid_request");
    }

    async fn a_parameter_that_nobody_knows_is_ignored_at_every_endpoint(app: TestApp) {
        let extra = ("extra", "foobar");
        let callback = app.sign_in("alice", &app.authorization("web")).await;
        let mut fields = app.code_fields(callback.code());
        fields.insert("extra", "foobar".to_owned());
        let tokens = app.token("web", &fields).await.ok();
        let refresh_token = tokens.string("refresh_token");
        let fields = [("grant_type", "refresh_token"), ("refresh_token", &refresh_token), extra];
        let token = app.post_as("web", "token", &fields).await.ok().string("access_token");
        let url = format!("{}/oauth2/userinfo", app.issuer());
        let _ = app.post_form(&url, &[("access_token", &token), extra]).await.ok();
        assert_eq!(app.post_as("web", "introspect", &[("token", &token), extra]).await.ok().json["active"], true);
        let _ = app.post_as("web", "revoke", &[("token", &token), extra]).await.ok();
        let _ = app.post_as("dev-tv", "device_authorization", &[("scope", "openid"), extra]).await.ok();
        let _ = app.post_as("ciba-poll", "bc-authorize", &[("scope", "openid"), ("login_hint", "alice"), extra]).await.ok();
        let request = app.authorization("web").with("extra", "foobar");
        let pushed: Vec<(&str, &str)> = request.fields().iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(app.post_as("web", "par", &pushed).await.status, 201);
        let bye = app.browser().visit(&app.logout_url(&[extra])).await.page();
        assert_eq!(bye.status, 200);
    }
}
