//! Encrypted answers and signed introspection: OpenID Connect Core §10.2, RFC 7516, RFC 9701.

use latchkey_jose::{EncryptedJwe, Encryption, Jwk, JwkSet, PrivateKey, UnverifiedJws, encrypt};
use latchkey_protocol::{ContentEncryption, KeyManagementAlgorithm, SigningAlgorithm};
use latchkey_testkit::{TestApp, both_backends};
use serde_json::{Value, json};

/// A public client `jose` of `acme` with that encryption of ID tokens and userinfo, and the API with encrypted introspection.
fn apply(app: &TestApp, key: &PrivateKey, alg: &str, more: &str) {
    let jwk = encryption_jwk(key);
    app.apply(&format!(
        "version: 1
tenants:
  - slug: acme
    name: Acme Corporation
    clients:
      - client_id: jose
        name: Acme Encrypted
        redirect_uris: [http://127.0.0.1/callback]
        token_endpoint_auth_method: none
        consent: implied
        scope: openid profile
        jwks: {{keys: [{jwk}]}}
        id_token_encrypted_response_alg: {alg}
        userinfo_encrypted_response_alg: {alg}
        userinfo_encrypted_response_enc: A256GCM
        {more}
"
    ));
}

/// The public JWK of a key that others encrypt for.
pub(crate) fn encryption_jwk(key: &PrivateKey) -> Value {
    let mut jwk = serde_json::to_value(key.public_jwk().expect("members")).expect("JSON");
    jwk["kid"] = json!("enc-1");
    jwk["use"] = json!("enc");
    jwk
}

pub(crate) fn decrypted(key: &PrivateKey, text: &str) -> String {
    let jwe = EncryptedJwe::parse(text).expect("a JWE");
    assert_eq!(jwe.kid(), Some("enc-1"));
    let content = jwe.decrypt(key, &latchkey_core::Rng::system()).expect("decrypted");
    String::from_utf8(content.to_vec()).expect("text")
}

pub(crate) async fn published(app: &TestApp) -> JwkSet {
    let document = app.get(&format!("{}/oauth2/jwks", app.issuer())).await.ok();
    JwkSet::parse(document.text.as_bytes()).expect("a JWK set")
}

pub(crate) async fn verified(app: &TestApp, jws: &str) -> Value {
    let jws = UnverifiedJws::parse(jws).expect("a JWS");
    let payload = jws.verify_with(&published(app).await, SigningAlgorithm::ALL).expect("verified");
    Value::Object(payload.into_claims())
}

both_backends! {
    async fn an_id_token_is_signed_and_then_encrypted_to_the_client(app: TestApp) {
        for alg in KeyManagementAlgorithm::ALL {
            let key = PrivateKey::generate_for_encryption(*alg).expect("a key");
            apply(&app, &key, alg.as_str(), "");
            let id_token = app.tokens("jose", "alice", "openid").await.string("id_token");
            let jwe = EncryptedJwe::parse(&id_token).expect("a JWE");
            assert_eq!((jwe.alg(), jwe.enc()), (*alg, ContentEncryption::A128CbcHs256));
            let claims = verified(&app, &decrypted(&key, &id_token)).await;
            assert_eq!((&claims["aud"], &claims["iss"]), (&json!("jose"), &json!(app.issuer())));
        }
    }

    async fn a_userinfo_answer_is_encrypted_with_or_without_a_signature(app: TestApp) {
        let key = PrivateKey::generate_for_encryption(KeyManagementAlgorithm::EcdhEs).expect("a key");
        for (more, is_signed) in [("", false), ("userinfo_signed_response_alg: ES512", true)] {
            apply(&app, &key, "ECDH-ES+A256KW", more);
            let token = app.tokens("jose", "alice", "openid profile").await.string("access_token");
            let answer = app.userinfo(&token).await.ok();
            assert_eq!(answer.header("content-type"), "application/jwt");
            let content = decrypted(&key, &answer.text);
            let claims = if is_signed {
                verified(&app, &content).await
            } else {
                serde_json::from_str(&content).expect("claims")
            };
            assert_eq!(claims["name"], "Alice Liddell");
            assert_eq!(claims["aud"].is_null(), !is_signed);
        }
    }

    async fn a_client_whose_keys_do_not_fit_gets_an_error_and_never_a_plain_token(app: TestApp) {
        let key = PrivateKey::generate_for_encryption(KeyManagementAlgorithm::EcdhEs).expect("a key");
        apply(&app, &key, "RSA-OAEP-256", "");
        let callback = app.sign_in("alice", &app.authorization("jose").with("scope", "openid")).await;
        let answer = app.redeem("jose", callback.code()).await;
        answer.expect_error(400, "invalid_request");
        assert!(answer.json["id_token"].is_null());
    }

    async fn introspection_answers_with_a_jwt_where_one_is_accepted(app: TestApp) {
        let token = app.tokens("web", "alice", "openid orders:read").await.string("access_token");
        let url = format!("{}/oauth2/introspect", app.issuer());
        let ask = async |token: &str| {
            let request = reqwest::Client::new()
                .post(&url)
                .basic_auth("api", Some("api-secret-0123456789-0123456789-0123456789"))
                .header("accept", "application/json;q=0.5, application/token-introspection+jwt")
                .form(&[("token", token)]);
            let answer = request.send().await.expect("an answer");
            assert_eq!(answer.headers()["content-type"], "application/token-introspection+jwt");
            answer.text().await.expect("a body")
        };
        let jwt = ask(&token).await;
        assert!(UnverifiedJws::parse(&jwt).expect("a JWS").has_typ("token-introspection+jwt"));
        let claims = verified(&app, &jwt).await;
        assert_eq!((&claims["iss"], &claims["aud"]), (&json!(app.issuer()), &json!("api")));
        assert!(claims["sub"].is_null() && claims["exp"].is_null(), "it is no access token");
        assert_eq!(claims["token_introspection"]["active"], true);
        assert_eq!(claims["token_introspection"]["client_id"], "web");
        let unknown = verified(&app, &ask("nonsense").await).await;
        assert_eq!(unknown["token_introspection"], json!({"active": false}));
        assert_eq!(app.introspect("api", &token).await["active"], true, "JSON without that Accept header");
    }

    async fn a_request_object_encrypted_for_a_tenant_is_decrypted_by_that_tenant_alone(app: TestApp) {
        assert!(published(&app).await.encrypting(KeyManagementAlgorithm::RsaOaep256).is_none(), "off by default");
        for (slug, name) in [("acme", "Acme Corporation"), ("globex", "Globex")] {
            app.apply(&format!(
                "version: 1\ntenants:\n  - slug: {slug}\n    name: {name}\n    settings:\n      \
                 request_object_encryption: true\n"
            ));
        }
        let keys = published(&app).await;
        let (acme, globex) = (app.tenant_id("acme").await, app.tenant_id("globex").await);
        let _ = app.get(&format!("{}/oauth2/jwks", app.issuer_of("globex"))).await.ok();
        for alg in KeyManagementAlgorithm::ALL {
            let recipient: &Jwk = keys.encrypting(*alg).expect("a published key");
            let how = Encryption { alg: *alg, enc: ContentEncryption::A256Gcm, typ: None, cty: Some("JWT") };
            let jwe = encrypt(b"a.b.c", recipient, how, &latchkey_core::Rng::system()).expect("encrypted");
            let tenants = app.services().tokens.keys();
            assert_eq!(tenants.decrypt_request_object(&acme, &jwe).await.expect("decrypted"), "a.b.c", "{alg}");
            assert!(tenants.decrypt_request_object(&globex, &jwe).await.is_err(), "{alg}");
        }
    }
}
