//! What the metadata lists works, and what it does not list is refused: OpenID Connect Discovery §3, RFC 8414 §2.

use latchkey_jose::UnverifiedJws;
use latchkey_protocol::SigningAlgorithm;
use latchkey_testkit::{JsonAnswer, SigningKey, TestApp, both_backends, sign_hmac};
use serde_json::{Value, json};

use crate::jose::{decrypted, published, verified};
use crate::relying_party::{ASSERTION_TYPE, RelyingParty};

const SECRET: &str = "promise-secret-0123456789-0123456789-0123456789-0123456789-0123456789";

pub(crate) async fn metadata(app: &TestApp) -> Value {
    app.get(&format!("{}/.well-known/openid-configuration", app.issuer())).await.ok().json
}

fn listed<'a>(metadata: &'a Value, member: &str) -> Vec<&'a str> {
    let list = metadata[member].as_array().unwrap_or_else(|| panic!("{member}: {}", metadata[member]));
    list.iter().map(|value| value.as_str().expect("text")).collect()
}

pub(crate) fn header_of(jws: &str) -> Value {
    use base64::Engine;
    let header = jws.split('.').next().expect("a header");
    let header = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(header).expect("base64url");
    serde_json::from_slice(&header).expect("JSON")
}

fn keys_of_every_algorithm() -> Vec<(SigningAlgorithm, SigningKey)> {
    SigningAlgorithm::ALL.iter().map(|alg| (*alg, SigningKey::generate(*alg))).collect()
}

fn jwks(keys: &[(SigningAlgorithm, SigningKey)]) -> Value {
    json!({ "keys": keys.iter().map(|(_, key)| key.jwk()).collect::<Vec<_>>() })
}

async fn redeem(party: &RelyingParty<'_>, code: &str) -> JsonAnswer {
    let fields = party.app.code_fields(code);
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    party.post("token", &[], &fields).await.ok()
}

/// Conformance suites refuse an RSA key under 2048 bits, a curve under 224, and a key without a `kid` of its own.
fn assert_strong(keys: &Value) {
    let keys = keys["keys"].as_array().expect("keys");
    let mut kids: Vec<&str> = keys.iter().map(|key| key["kid"].as_str().expect("a kid")).collect();
    kids.sort_unstable();
    kids.dedup();
    assert_eq!(kids.len(), keys.len());
    for key in keys {
        for private in ["d", "p", "q", "dp", "dq", "qi", "oth", "k"] {
            assert!(key[private].is_null(), "{private}: {key}");
        }
        match key["kty"].as_str() {
            // 256 octets are 342 characters of base64url.
            Some("RSA") => assert!(key["n"].as_str().is_some_and(|n| n.len() >= 342), "{key}"),
            Some("EC") => {
                assert!(["P-256", "P-384", "P-521"].contains(&key["crv"].as_str().expect("a curve")), "{key}")
            }
            Some("OKP") => assert_eq!(key["crv"], "Ed25519"),
            other => panic!("a key of kind {other:?}"),
        }
    }
}

both_backends! {
    async fn each_listed_algorithm_signs_and_its_published_key_is_strong_enough(app: TestApp) {
        let document = metadata(&app).await;
        let algs = listed(&document, "id_token_signing_alg_values_supported");
        for member in ["userinfo_signing_alg_values_supported", "authorization_signing_alg_values_supported"] {
            assert_eq!(listed(&document, member), algs, "{member}");
        }
        for alg in algs {
            let party = RelyingParty::register(&app, "promise-signed", &json!({
                "id_token_signed_response_alg": alg,
                "userinfo_signed_response_alg": alg,
                "authorization_signed_response_alg": alg,
            }));
            let callback = app.sign_in("alice", &party.request().with("response_mode", "jwt")).await;
            let response = verified(&app, callback.param("response")).await;
            assert_eq!(header_of(callback.param("response"))["alg"], alg);

            let tokens = redeem(&party, response["code"].as_str().expect("a code")).await;
            let id_token = tokens.string("id_token");
            assert_eq!(header_of(&id_token)["alg"], alg);
            let claims = verified(&app, &id_token).await;
            let hash = latchkey_jose::left_half_hash(&tokens.string("access_token"), alg.parse().expect("an algorithm"));
            assert_eq!(claims["at_hash"], hash, "{alg}");

            let userinfo = app.userinfo(&tokens.string("access_token")).await.ok();
            assert_eq!(userinfo.header("content-type"), "application/jwt");
            assert_eq!(header_of(&userinfo.text)["alg"], alg);
            let told = verified(&app, &userinfo.text).await;
            assert_eq!((&told["iss"], &told["aud"]), (&json!(app.issuer()), &json!("promise-signed")), "{alg}");
            assert_eq!((&told["sub"], &told["nonce"]), (&claims["sub"], &Value::Null), "{alg}");
        }
        assert_strong(&app.get(&format!("{}/oauth2/jwks", app.issuer())).await.ok().json);
    }

    async fn each_listed_algorithm_is_taken_from_a_client_and_no_other(app: TestApp) {
        let document = metadata(&app).await;
        let keys = keys_of_every_algorithm();
        let party = RelyingParty::register(&app, "promise-signs", &json!({
            "jwks": jwks(&keys), "grant_types": ["authorization_code", "client_credentials"], "audiences": ["https://api.acme.test"],
            "scope": "openid profile email orders:read",
        }));
        let objects = listed(&document, "request_object_signing_alg_values_supported");
        let assertions = listed(&document, "token_endpoint_auth_signing_alg_values_supported");
        let proofs = listed(&document, "dpop_signing_alg_values_supported");
        let token_url = format!("{}/oauth2/token", app.issuer());
        for (alg, key) in &keys {
            let assertion = |jti: &str| {
                let claims = json!({
                    "iss": party.id, "sub": party.id, "aud": app.issuer(), "jti": format!("{jti}{alg}"),
                    "iat": app.now(), "exp": app.now() + 60,
                });
                key.sign(&json!({}), &claims)
            };
            assert!(objects.contains(&alg.as_str()) && assertions.contains(&alg.as_str()), "{alg}");
            let object = key.sign(&json!({}), &party.claims(&party.request(), &json!({})));
            let fields = [("client_assertion_type", ASSERTION_TYPE), ("client_assertion", &assertion("par")), ("request", &object)];
            let pushed = app.post_form(&format!("{}/oauth2/par", app.issuer()), &fields).await;
            assert_eq!(pushed.status, 201, "{alg}: {}", pushed.text);

            let proof = key.proof(("POST", &token_url), app.time(), &json!({}));
            let fields = [
                ("client_assertion_type", ASSERTION_TYPE), ("client_assertion", &assertion("token")),
                ("grant_type", "client_credentials"), ("scope", "orders:read"),
            ];
            let answer = app.send(("POST", &token_url), &[("DPoP", &proof)], &fields).await;
            if proofs.contains(&alg.as_str()) {
                assert_eq!(answer.ok().json["token_type"], "DPoP", "{alg}");
            } else {
                answer.expect_error(400, "invalid_dpop_proof");
            }
        }
        assert!(!proofs.is_empty() && !proofs.iter().any(|alg| alg.starts_with("RS")), "{proofs:?}");
    }

    async fn each_listed_hmac_authenticates_a_client_that_has_a_secret(app: TestApp) {
        app.add_clients(&[json!({
            "client_id": "promise-hmac", "application_type": "service", "grant_types": ["client_credentials"],
            "token_endpoint_auth_method": "client_secret_jwt", "secret": SECRET,
            "scope": "orders:read", "audiences": ["https://api.acme.test"],
        })]);
        let document = metadata(&app).await;
        let listed = listed(&document, "token_endpoint_auth_signing_alg_values_supported");
        let hmacs: Vec<&str> = listed.into_iter().filter(|alg| alg.starts_with("HS")).collect();
        assert_eq!(hmacs, ["HS256", "HS384", "HS512"]);
        for alg in hmacs {
            let claims = json!({
                "iss": "promise-hmac", "sub": "promise-hmac", "aud": app.issuer(), "jti": alg, "iat": app.now(), "exp": app.now() + 60,
            });
            let present = async |assertion: &str| {
                let fields = [
                    ("grant_type", "client_credentials"), ("client_assertion_type", ASSERTION_TYPE), ("client_assertion", assertion),
                ];
                app.post_form(&format!("{}/oauth2/token", app.issuer()), &fields).await
            };
            present(&sign_hmac(alg, &SECRET.replace('p', "q"), &claims)).await.expect_error(401, "invalid_client");
            let _ = present(&sign_hmac(alg, SECRET, &claims)).await.ok();
        }
    }

    async fn each_listed_content_encryption_is_used_for_a_client_that_asks_for_it(app: TestApp) {
        let document = metadata(&app).await;
        let encs = listed(&document, "id_token_encryption_enc_values_supported");
        for member in ["userinfo_encryption_enc_values_supported", "authorization_encryption_enc_values_supported"] {
            assert_eq!(listed(&document, member), encs, "{member}");
        }
        for enc in encs {
            let (party, key) = RelyingParty::encrypting(&app, "promise-sealed", &json!({
                "id_token_encrypted_response_alg": "ECDH-ES", "id_token_encrypted_response_enc": enc,
                "userinfo_encrypted_response_alg": "ECDH-ES", "userinfo_encrypted_response_enc": enc,
                "authorization_encrypted_response_alg": "ECDH-ES", "authorization_encrypted_response_enc": enc,
            }));
            let callback = app.sign_in("alice", &party.request().with("response_mode", "jwt")).await;
            assert_eq!(header_of(callback.param("response"))["enc"], enc);
            let response = verified(&app, &decrypted(&key, callback.param("response"))).await;
            let tokens = redeem(&party, response["code"].as_str().expect("a code")).await;
            assert_eq!(header_of(&tokens.string("id_token"))["enc"], enc);
            let claims = verified(&app, &decrypted(&key, &tokens.string("id_token"))).await;
            let userinfo = app.userinfo(&tokens.string("access_token")).await.ok();
            assert_eq!(header_of(&userinfo.text)["enc"], enc);
            let told: Value = serde_json::from_str(&decrypted(&key, &userinfo.text)).expect("JSON");
            assert_eq!(told["sub"], claims["sub"], "{enc}");
        }
    }

    async fn no_algorithm_that_is_not_listed_can_be_registered(app: TestApp) {
        app.set_settings(&json!({ "client_registration": { "mode": "open", "registrations_per_address": 1000 } }));
        let document = metadata(&app).await;
        for (member, list) in [
            ("id_token_signed_response_alg", "id_token_signing_alg_values_supported"),
            ("userinfo_signed_response_alg", "userinfo_signing_alg_values_supported"),
            ("authorization_signed_response_alg", "authorization_signing_alg_values_supported"),
            ("introspection_signed_response_alg", "introspection_signing_alg_values_supported"),
            ("request_object_signing_alg", "request_object_signing_alg_values_supported"),
            ("token_endpoint_auth_signing_alg", "token_endpoint_auth_signing_alg_values_supported"),
            ("id_token_encrypted_response_alg", "id_token_encryption_alg_values_supported"),
            ("userinfo_encrypted_response_alg", "userinfo_encryption_alg_values_supported"),
            ("authorization_encrypted_response_alg", "authorization_encryption_alg_values_supported"),
            ("introspection_encrypted_response_alg", "introspection_encryption_alg_values_supported"),
        ] {
            for alg in ["none", "HS1", "RSA1_5", "A128KW", "dir", ""] {
                assert!(!listed(&document, list).contains(&alg), "{list}: {alg}");
                let client = json!({ "redirect_uris": ["http://127.0.0.1:7000/callback"], member: alg });
                let answer = app.register("acme", None, &client).await;
                assert_eq!((answer.status, answer.error()), (400, "invalid_client_metadata"), "{member}={alg}: {}", answer.text);
            }
        }
    }

    async fn an_id_token_is_signed_with_rs256_under_a_published_kid_unless_the_client_chose(app: TestApp) {
        let default = app.tokens("web", "alice", "openid").await.string("id_token");
        assert_eq!(header_of(&default)["alg"], "RS256");
        let kid = header_of(&default)["kid"].as_str().expect("a kid").to_owned();
        assert!(published(&app).await.keys().iter().any(|key| key.kid() == Some(&kid)));
        assert!(UnverifiedJws::parse(&default).is_ok_and(|jws| !jws.has_typ("at+jwt")));
        for alg in ["RS256", "ES256"] {
            let party = RelyingParty::register(&app, "promise-chosen", &json!({ "id_token_signed_response_alg": alg }));
            let code = app.sign_in("alice", &party.request()).await.code().to_owned();
            assert_eq!(header_of(&redeem(&party, &code).await.string("id_token"))["alg"], alg);
        }
        let userinfo = app.userinfo(&app.tokens("web", "alice", "openid").await.string("access_token")).await.ok();
        assert_eq!(userinfo.header("content-type"), "application/json", "signed only for who asked");
    }
}
