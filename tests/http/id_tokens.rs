//! What stands in an ID token and what does not: OpenID Connect Core §2, §3.1.3.6, §3.2.2.10 and §5.4.

use std::collections::BTreeSet;

use latchkey_testkit::{JsonAnswer, TestApp, both_backends, sha256};
use serde_json::{Value, json};

use crate::relying_party::RelyingParty;

/// What may stand there without having been asked for; conformance suites warn of any other.
const OWN: [&str; 15] = [
    "iss",
    "sub",
    "aud",
    "exp",
    "iat",
    "auth_time",
    "nonce",
    "acr",
    "amr",
    "azp",
    "at_hash",
    "c_hash",
    "s_hash",
    "jti",
    "sid",
];
const EVERYTHING: &str = "openid profile email address phone offline_access";

fn assert_own(claims: &Value, what: &str) {
    let own = BTreeSet::from(OWN);
    for name in claims.as_object().expect("claims").keys() {
        assert!(own.contains(name.as_str()), "{what}: {name}");
    }
}

fn assert_sound(app: &TestApp, claims: &Value, client_id: &str) {
    let time = |name: &str| claims[name].as_i64().unwrap_or_else(|| panic!("{name}: {claims}"));
    assert_eq!((&claims["iss"], &claims["aud"]), (&json!(app.issuer()), &json!(client_id)));
    assert_eq!(time("iat"), app.now());
    assert!((1..=86_400).contains(&(time("exp") - app.now())), "{claims}");
    assert!((0..=3600).contains(&(app.now() - time("auth_time"))), "{claims}");
    assert!(claims["acr"].as_str().is_none_or(|acr| !acr.is_empty()), "{claims}");
    // §2: at most 255 ASCII characters.
    assert!(claims["sub"].as_str().is_some_and(|sub| (1..=255).contains(&sub.len()) && sub.is_ascii()), "{claims}");
}

fn left_half(text: &str) -> String {
    use base64::Engine;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(&sha256(text.as_bytes())[..16])
}

async fn redeem(party: &RelyingParty<'_>, code: &str) -> JsonAnswer {
    let fields = party.app.code_fields(code);
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    party.post("token", &[], &fields).await.ok()
}

both_backends! {
    async fn beside_an_access_token_it_holds_its_own_claims_and_none_of_the_scope(app: TestApp) {
        let tokens = app.tokens("web", "alice", EVERYTHING).await;
        let claims = app.verify_jwt(&tokens.string("id_token")).await;
        assert_own(&claims, "code");
        assert_sound(&app, &claims, "web");
        assert_eq!(claims["at_hash"], left_half(&tokens.string("access_token")));
        assert_eq!(claims["c_hash"], Value::Null, "the code was not issued with it");

        let refreshed = app.refresh("web", &tokens.string("refresh_token")).await.ok();
        let claims = app.verify_jwt(&refreshed.string("id_token")).await;
        assert_own(&claims, "refresh_token");
        assert_eq!(claims["at_hash"], left_half(&refreshed.string("access_token")));

        let all = ["code", "id_token", "id_token token", "code id_token", "code token", "code id_token token"];
        for profile in ["oauth2.1", "oidc"] {
            let party = RelyingParty::register(&app, "id-legacy", &json!({
                "security_profile": profile, "scope": EVERYTHING,
                "grant_types": ["authorization_code", "implicit", "refresh_token"], "response_types": all,
            }));
            for response_type in all {
                let request = party.request().with("response_type", response_type).with("scope", EVERYTHING);
                let callback = app.sign_in("alice", &request).await;
                let what = format!("{profile} {response_type}");
                if let Some(id_token) = callback.params.get("id_token").filter(|_| response_type != "id_token") {
                    let claims = app.verify_jwt(id_token).await;
                    assert_own(&claims, &what);
                    assert_sound(&app, &claims, "id-legacy");
                }
                if let Some(code) = callback.params.get("code") {
                    let tokens = redeem(&party, code).await;
                    assert_own(&app.verify_jwt(&tokens.string("id_token")).await, &what);
                }
            }
        }
    }

    async fn alone_it_holds_the_claims_of_each_scope_and_of_no_other(app: TestApp) {
        let party = RelyingParty::register(&app, "id-alone", &json!({
            "scope": EVERYTHING, "grant_types": ["implicit"], "response_types": ["id_token"],
        }));
        for (scope, has, lacks) in [
            ("profile", "name", "email"),
            ("email", "email", "name"),
            ("address", "address", "phone_number"),
            ("phone", "phone_number", "address"),
        ] {
            let request = party.request().with("response_type", "id_token").with("scope", &format!("{scope} openid"));
            let claims = app.verify_jwt(app.sign_in("alice", &request).await.param("id_token")).await;
            assert_sound(&app, &claims, "id-alone");
            assert!(!claims[has].is_null() && claims[lacks].is_null(), "{scope}: {claims}");
        }
    }

    async fn a_claim_stands_there_when_the_request_asks_for_it_there_and_only_then(app: TestApp) {
        let ask = async |claims: &str| {
            let request = app.authorization("web").with("scope", "openid").with("claims", claims);
            let tokens = app.redeem("web", app.sign_in("alice", &request).await.code()).await.ok();
            let userinfo = app.userinfo(&tokens.string("access_token")).await.ok().json;
            (app.verify_jwt(&tokens.string("id_token")).await, userinfo)
        };
        let (id_token, userinfo) = ask(r#"{"userinfo":{"name":{"essential":true}}}"#).await;
        assert_own(&id_token, "userinfo only");
        assert_eq!((&userinfo["name"], &userinfo["email"]), (&json!("Alice Liddell"), &Value::Null));
        let (id_token, userinfo) = ask(r#"{"id_token":{"name":{"essential":true}}}"#).await;
        assert_eq!((&id_token["name"], &id_token["email"]), (&json!("Alice Liddell"), &Value::Null));
        assert_eq!(userinfo["name"], Value::Null);
        let (id_token, _) = ask(r#"{"id_token":{"iss":{"value":"https://evil.example"},"admin":{"essential":true}}}"#).await;
        assert_own(&id_token, "what nobody has");
        assert_eq!(id_token["iss"], app.issuer());
    }

    async fn the_nonce_is_the_one_of_the_request_or_absent(app: TestApp) {
        let with = app.sign_in("alice", &app.authorization("web").with("nonce", "a nonce / of +its own")).await;
        assert_eq!(app.id_token("web", with.code()).await["nonce"], "a nonce / of +its own");
        let without = app.sign_in("alice", &app.authorization("web").without("nonce")).await;
        let claims = app.id_token("web", without.code()).await;
        assert!(!claims.as_object().expect("claims").contains_key("nonce"), "{claims}");
        let empty = app.sign_in("alice", &app.authorization("web").with("nonce", "")).await;
        let claims = app.id_token("web", empty.code()).await;
        assert!(!claims.as_object().expect("claims").contains_key("nonce"), "{claims}");
    }

    async fn without_openid_there_is_none(app: TestApp) {
        let callback = app.sign_in("alice", &app.authorization("web").with("scope", "orders:read")).await;
        let tokens = app.redeem("web", callback.code()).await.ok();
        assert_eq!(tokens.json["id_token"], Value::Null);
        assert_eq!(app.userinfo(&tokens.string("access_token")).await.status, 403);
    }
}
