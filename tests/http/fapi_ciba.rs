//! FAPI-CIBA, where its conformance plan asks for more than `ciba.rs` shows.

use latchkey_testkit::{ClientKey, StubAnswer, TestApp, both_backends};
use serde_json::{Value, json};

use crate::ciba::{NOTIFY, TOKEN, answer, ask, begin, poll, told_client, with_client};

both_backends! {
    async fn a_signed_request_may_use_ps256_and_never_none_or_another_algorithm(app: TestApp) {
        let (rsa, ec) = (ClientKey::rsa("rsa"), ClientKey::ec("ec"));
        let members = json!({
            "backchannel_token_delivery_mode": "poll", "jwks": { "keys": [rsa.jwk(), ec.jwk()] },
            "backchannel_authentication_request_signing_alg": "PS256",
        });
        with_client(&app, "ciba-ps256", &members);
        let now = app.now();
        let claims = |jti: &str| json!({
            "iss": "ciba-ps256", "aud": app.issuer(), "iat": now, "nbf": now, "exp": now + 300, "jti": jti,
            "scope": "openid", "login_hint": "alice",
        });
        let send = async |request: String| ask(&app, "ciba-ps256", &[("request", &request)]).await;
        let good = send(rsa.sign("PS256", json!({}), &claims("1"))).await.ok();
        poll(&app, "ciba-ps256", &good.string("auth_req_id")).await.expect_error(400, "authorization_pending");
        for request in [
            unsigned(&claims("2")),
            rsa.sign("RS256", json!({}), &claims("3")),
            ec.sign("ES256", json!({}), &claims("4")),
            ClientKey::rsa("rsa").sign("PS256", json!({}), &claims("5")),
        ] {
            send(request).await.expect_error(400, "invalid_request");
        }
    }

    async fn more_than_one_hint_or_none_is_refused_inside_a_signed_request_too(app: TestApp) {
        let key = ClientKey::ec("one");
        let members = json!({
            "backchannel_token_delivery_mode": "poll", "jwks": key.jwks(),
            "backchannel_authentication_request_signing_alg": "ES256",
        });
        with_client(&app, "ciba-hints", &members);
        let now = app.now();
        let id_token = app.tokens("ciba-poll", "alice", "openid").await.string("id_token");
        for (jti, hints, good) in [
            ("1", json!({}), false),
            ("2", json!({ "login_hint": "alice", "id_token_hint": id_token }), false),
            ("3", json!({ "login_hint": "alice", "login_hint_token": "x" }), false),
            ("4", json!({ "login_hint": "alice" }), true),
        ] {
            let mut claims = json!({
                "iss": "ciba-hints", "aud": [app.issuer()], "iat": now, "nbf": now, "exp": now + 300, "jti": jti, "scope": "openid",
            });
            claims.as_object_mut().expect("an object").extend(hints.as_object().expect("an object").clone());
            let request = key.sign("ES256", json!({}), &claims);
            let answer = ask(&app, "ciba-hints", &[("request", &request)]).await;
            if good {
                let _ = answer.ok();
            } else {
                answer.expect_error(400, "invalid_request");
            }
        }
    }

    async fn a_ping_that_is_answered_with_a_body_has_arrived(app: TestApp) {
        let stub = told_client(&app, "ciba-ping", "ping");
        stub.answer(NOTIFY, StubAnswer::document("text/plain", "thank you"));
        let id = begin(&app, "ciba-ping", &[("client_notification_token", TOKEN)]).await;
        let _ = answer(&app, &app.browser(), "allow").await;
        app.empty_outbox().await;
        assert_eq!(stub.requests_to(NOTIFY).len(), 1);
        let _ = poll(&app, "ciba-ping", &id).await.ok();
    }

    async fn the_refresh_token_of_an_approved_request_is_bound_to_its_client(app: TestApp) {
        let id = begin(&app, "ciba-poll", &[("scope", "openid offline_access")]).await;
        let _ = answer(&app, &app.browser(), "allow").await;
        let refresh_token = poll(&app, "ciba-poll", &id).await.ok().string("refresh_token");
        with_client(&app, "ciba-stranger", &json!({ "backchannel_token_delivery_mode": "poll" }));
        app.refresh("ciba-stranger", &refresh_token).await.expect_error(400, "invalid_grant");
        let _ = app.refresh("ciba-poll", &refresh_token).await.ok();
    }
}

fn unsigned(claims: &Value) -> String {
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}.", part(&json!({ "alg": "none" })), part(claims))
}
