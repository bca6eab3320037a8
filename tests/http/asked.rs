//! `resource` (RFC 8707) and `authorization_details` (RFC 9396) where a user approves elsewhere: device flow and CIBA.

use latchkey_testkit::{ClientKey, JsonAnswer, TestApp, both_backends};
use serde_json::{Value, json};

use crate::{ciba, device};

const NOTES: &str = "https://notes.res.test";
const BANK: &str = "https://pay.res.test/v1";
const CLIENT: &str = "res-elsewhere";
const SCOPE: &str = "openid offline_access notes:read pay:read";

fn payment(amount: u32) -> Value {
    json!({"type": "payment", "amount": amount, "creditor": "Bob"})
}

/// A client that may use both flows.
fn add_client(app: &TestApp, more: &Value) {
    let mut client = json!({
        "client_id": CLIENT, "name": "Acme Elsewhere", "secret": "res-secret-0123456789-0123456789-0123456789",
        "grant_types": [device::GRANT, ciba::GRANT, "refresh_token"],
        "scope": SCOPE, "audiences": [NOTES, BANK], "authorization_details_types": ["payment"],
        "backchannel_token_delivery_mode": "poll",
    });
    client.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
    app.add_clients(&[client]);
}

/// A form post, where a name may repeat.
async fn post(app: &TestApp, endpoint: &str, fields: &[(&str, &str)]) -> JsonAnswer {
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    let basic = Some((CLIENT, "res-secret-0123456789-0123456789-0123456789"));
    app.post_raw(&format!("{}/oauth2/{endpoint}", app.issuer()), basic, &body).await
}

async fn begin_device(app: &TestApp, fields: &[(&str, &str)]) -> device::Codes {
    let answer = post(app, "device_authorization", fields).await.ok();
    device::Codes {
        device_code: answer.string("device_code"),
        user_code: answer.string("user_code"),
        complete: answer.string("verification_uri_complete"),
    }
}

async fn refresh(app: &TestApp, tokens: &JsonAnswer, more: &[(&str, &str)]) -> JsonAnswer {
    let refresh_token = tokens.string("refresh_token");
    let mut fields = vec![("grant_type", "refresh_token"), ("refresh_token", refresh_token.as_str())];
    fields.extend_from_slice(more);
    post(app, "token", &fields).await
}

async fn access_claims(app: &TestApp, tokens: &JsonAnswer) -> Value {
    app.verify_jwt(&tokens.string("access_token")).await
}

both_backends! {
    async fn a_device_asks_in_detail_and_its_user_sees_what_it_gets(app: TestApp) {
        add_client(&app, &json!({}));
        let details = json!([payment(5), payment(6)]).to_string();
        let codes = begin_device(&app, &[("scope", SCOPE), ("resource", BANK), ("authorization_details", &details)]).await;
        let browser = app.browser();
        let question = device::reach_question(&app, &browser, &codes.user_code).await;
        for shown in ["Make one payment", "In Bank", "<dd dir=\"auto\">5</dd>", "<dd dir=\"auto\">6</dd>", "See your balance"] {
            assert!(question.html.contains(shown), "{shown}: {}", question.html);
        }
        assert!(!question.html.contains("Read your notes"), "the bank has no notes: {}", question.html);
        let done = browser.submit(&question, &[("decision", "allow")]).await.page();
        assert!(done.url.ends_with("/device/connected"), "{}", done.url);

        let tokens = device::poll(&app, CLIENT, &codes.device_code).await.ok();
        assert_eq!(tokens.json["authorization_details"].to_string(), details);
        assert_eq!(tokens.json["scope"], "offline_access openid pay:read");
        let claims = access_claims(&app, &tokens).await;
        assert_eq!((&claims["aud"], claims["authorization_details"].to_string()), (&json!(BANK), details));

        let one = json!([payment(6)]);
        let narrower = refresh(&app, &tokens, &[("authorization_details", &one.to_string())]).await.ok();
        assert_eq!(access_claims(&app, &narrower).await["authorization_details"], one);
        refresh(&app, &narrower, &[("resource", NOTES)]).await.expect_error(400, "invalid_target");
        let more = json!([payment(7)]).to_string();
        refresh(&app, &narrower, &[("authorization_details", &more)]).await.expect_error(400, "invalid_authorization_details");
    }

    async fn a_device_narrows_its_first_token_to_some_of_what_was_granted_and_to_nothing_else(app: TestApp) {
        add_client(&app, &json!({}));
        let browser = app.browser();
        let both = [("scope", SCOPE), ("resource", BANK), ("resource", NOTES)];
        let codes = begin_device(&app, &both).await;
        device::approve(&app, &browser, &codes.user_code).await;
        let redeem = async |code: &str, resource: &str| {
            post(&app, "token", &[("grant_type", device::GRANT), ("device_code", code), ("resource", resource)]).await
        };
        let tokens = redeem(&codes.device_code, NOTES).await.ok();
        assert_eq!((&access_claims(&app, &tokens).await["aud"], &tokens.json["scope"]), (&json!(NOTES), &json!("notes:read")));
        let whole = refresh(&app, &tokens, &[]).await.ok();
        assert_eq!(access_claims(&app, &whole).await["aud"], json!([NOTES, BANK]));

        let codes = begin_device(&app, &[("scope", SCOPE), ("resource", NOTES)]).await;
        device::approve(&app, &browser, &codes.user_code).await;
        redeem(&codes.device_code, BANK).await.expect_error(400, "invalid_target");
    }

    async fn details_alone_are_all_that_a_device_gets(app: TestApp) {
        add_client(&app, &json!({}));
        let details = json!([payment(5)]);
        let codes = begin_device(&app, &[("authorization_details", &details.to_string())]).await;
        device::approve(&app, &app.browser(), &codes.user_code).await;
        let tokens = device::poll(&app, CLIENT, &codes.device_code).await.ok();
        let claims = access_claims(&app, &tokens).await;
        assert_eq!((&claims["aud"], &claims["authorization_details"]), (&json!(BANK), &details));
        assert!(tokens.json["id_token"].is_null() && tokens.json["scope"].as_str().is_none_or(str::is_empty), "{}", tokens.text);
    }

    async fn what_is_refused_at_authorize_is_refused_at_the_start_of_both_flows(app: TestApp) {
        add_client(&app, &json!({}));
        let unfit = json!([payment(1001)]).to_string();
        let fit = json!([payment(1)]).to_string();
        let wrong: [(&[(&str, &str)], &str); 8] = [
            (&[("resource", "https://api.acme.test")], "invalid_target"),
            (&[("resource", "notes")], "invalid_target"),
            (&[("resource", NOTES), ("resource", "https://nowhere.test")], "invalid_target"),
            (&[("authorization_details", "[{")], "invalid_authorization_details"),
            (&[("authorization_details", "[]")], "invalid_authorization_details"),
            (&[("authorization_details", &unfit)], "invalid_authorization_details"),
            (&[("authorization_details", &fit), ("resource", NOTES)], "invalid_authorization_details"),
            (&[("authorization_details", &fit), ("authorization_details", &fit)], "invalid_request"),
        ];
        for (fields, error) in wrong {
            for (endpoint, hint) in [("device_authorization", None), ("bc-authorize", Some(("login_hint", "alice")))] {
                let fields: Vec<(&str, &str)> = [("scope", "openid")].into_iter().chain(hint).chain(fields.iter().copied()).collect();
                let refused = post(&app, endpoint, &fields).await;
                assert_eq!((refused.status, refused.error()), (400, error), "{endpoint} {fields:?}: {}", refused.text);
            }
        }
        let unregistered = [("scope", "openid"), ("authorization_details", fit.as_str())];
        app.post_as("dev-tv", "device_authorization", &unregistered).await.expect_error(400, "invalid_authorization_details");
    }

    async fn a_backchannel_request_in_detail_is_shown_and_granted_as_it_stands(app: TestApp) {
        add_client(&app, &json!({}));
        let details = json!([payment(5)]).to_string();
        let fields = [("login_hint", "alice"), ("scope", SCOPE), ("resource", BANK), ("authorization_details", &details)];
        let id = post(&app, "bc-authorize", &fields).await.ok().string("auth_req_id");
        let browser = app.browser();
        let page = ciba::list(&app, &browser, "alice", "wonderland-in-spring").await;
        for shown in ["Make one payment", "<dt dir=\"auto\">amount</dt><dd dir=\"auto\">5</dd>", "See your balance"] {
            assert!(page.html.contains(shown), "{shown}: {}", page.html);
        }
        assert!(!page.html.contains("Read your notes"), "{}", page.html);
        let _ = browser.submit(&page, &[("decision", "allow")]).await.page();
        let tokens = ciba::poll(&app, CLIENT, &id).await.ok();
        let claims = access_claims(&app, &tokens).await;
        assert_eq!((&claims["aud"], claims["authorization_details"].to_string()), (&json!(BANK), details));
        refresh(&app, &tokens, &[("resource", NOTES)]).await.expect_error(400, "invalid_target");
    }

    async fn a_signed_backchannel_request_carries_them_inside_and_nowhere_else(app: TestApp) {
        let key = ClientKey::ec("one");
        add_client(&app, &json!({ "jwks": key.jwks(), "backchannel_authentication_request_signing_alg": "ES256" }));
        let now = app.now();
        let sign = |jti: &str, resource: Value, details: Value| {
            key.sign("ES256", json!({}), &json!({
                "iss": CLIENT, "aud": app.issuer(), "iat": now, "nbf": now, "exp": now + 300, "jti": jti,
                "scope": SCOPE, "login_hint": "alice", "resource": resource, "authorization_details": details,
            }))
        };
        let send = async |request: String| post(&app, "bc-authorize", &[("request", &request)]).await;
        let details = json!([payment(8)]);
        let id = send(sign("1", json!([BANK]), details.clone())).await.ok().string("auth_req_id");
        let _ = ciba::answer(&app, &app.browser(), "allow").await;
        let tokens = ciba::poll(&app, CLIENT, &id).await.ok();
        let claims = access_claims(&app, &tokens).await;
        assert_eq!((&claims["aud"], &claims["authorization_details"]), (&json!(BANK), &details));

        let _ = send(sign("2", json!(NOTES), Value::Null)).await.ok();
        send(sign("3", json!(NOTES), details)).await.expect_error(400, "invalid_authorization_details");
        send(sign("4", json!([1]), Value::Null)).await.expect_error(400, "invalid_request");
        for outside in [("resource", BANK), ("authorization_details", "[]")] {
            let request = sign(outside.0, json!(BANK), Value::Null);
            post(&app, "bc-authorize", &[("request", &request), outside]).await.expect_error(400, "invalid_request");
        }
    }
}
