//! DPoP, RFC 9449: proofs at the token endpoint and at userinfo, and what is bound to their key.

use std::collections::BTreeMap;
use std::time::Duration;

use latchkey_testkit::{JsonAnswer, SigningAlgorithm, SigningKey, TestApp, both_backends};
use serde_json::{Value, json};

const WEB_SECRET: &str = "dpop-web-secret-0123456789-0123456789-0123456789";

fn key() -> SigningKey {
    SigningKey::generate(SigningAlgorithm::Es256)
}

fn token_url(app: &TestApp) -> String {
    format!("{}/oauth2/token", app.issuer())
}

fn userinfo_url(app: &TestApp) -> String {
    format!("{}/oauth2/userinfo", app.issuer())
}

/// A token request with a proof, or without.
async fn token(app: &TestApp, client: &str, proof: Option<&str>, fields: &BTreeMap<&str, String>) -> JsonAnswer {
    let mut form: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    form.push(("client_id", client));
    if client == "dpop-web" {
        form.push(("client_secret", WEB_SECRET));
    }
    let headers: Vec<(&str, &str)> = proof.map(|proof| ("DPoP", proof)).into_iter().collect();
    app.send(("POST", &token_url(app)), &headers, &form).await
}

async fn code(app: &TestApp, client: &str) -> BTreeMap<&'static str, String> {
    let request = app.authorization(client).with("scope", "openid offline_access").with("prompt", "consent");
    app.code_fields(app.sign_in("alice", &request).await.code())
}

/// A code bought with a proof of that key.
async fn bound_tokens(app: &TestApp, client: &str, key: &SigningKey) -> JsonAnswer {
    let fields = code(app, client).await;
    let proof = key.proof(("POST", &token_url(app)), app.time(), &json!({}));
    token(app, client, Some(&proof), &fields).await.ok()
}

async fn userinfo(app: &TestApp, scheme: &str, access_token: &str, proofs: &[&str]) -> JsonAnswer {
    let authorization = format!("{scheme} {access_token}");
    let mut headers = vec![("authorization", authorization.as_str())];
    headers.extend(proofs.iter().map(|proof| ("DPoP", *proof)));
    app.send(("GET", &userinfo_url(app)), &headers, &[]).await
}

/// The proof of a good userinfo request, with changes.
fn userinfo_proof(app: &TestApp, key: &SigningKey, access_token: &str, changes: &Value) -> String {
    let mut claims = json!({ "ath": SigningKey::ath(access_token) });
    for (name, value) in changes.as_object().expect("an object") {
        claims[name] = value.clone();
    }
    key.proof(("GET", &userinfo_url(app)), app.time(), &claims)
}

both_backends! {
    async fn a_proof_binds_the_access_token_and_says_so(app: TestApp) {
        let key = key();
        let tokens = bound_tokens(&app, "dpop-spa", &key).await;
        assert_eq!(tokens.json["token_type"], "DPoP");
        let access_token = tokens.string("access_token");
        let proof = userinfo_proof(&app, &key, &access_token, &json!({}));
        let answer = userinfo(&app, "dPOP", &access_token, &[&proof]).await.ok();
        assert!(answer.json["sub"].is_string());

        let introspected = app.post_as("web", "introspect", &[("token", &access_token)]).await;
        assert_eq!(introspected.json, json!({"active": false}), "issued to another client");
        let fields = [("token", access_token.as_str()), ("client_id", "dpop-web"), ("client_secret", WEB_SECRET)];
        let own = bound_tokens(&app, "dpop-web", &key).await.string("access_token");
        let fields = [("token", own.as_str()), fields[1], fields[2]];
        let introspected = app.post_form(&format!("{}/oauth2/introspect", app.issuer()), &fields).await.ok();
        assert_eq!(introspected.json["cnf"], json!({ "jkt": key.thumbprint() }));
        assert_eq!(introspected.json["token_type"], "DPoP");
    }

    async fn without_a_proof_a_token_is_a_bearer_token_unless_the_client_wants_dpop_only(app: TestApp) {
        let plain = token(&app, "dpop-spa", None, &code(&app, "dpop-spa").await).await.ok();
        assert_eq!(plain.json["token_type"], "Bearer");
        token(&app, "dpop-web", None, &code(&app, "dpop-web").await).await.expect_error(400, "invalid_dpop_proof");
        let machine = [("grant_type", "client_credentials".to_owned())].into();
        token(&app, "dpop-web", None, &machine).await.expect_error(400, "invalid_dpop_proof");
    }

    async fn a_bound_token_is_of_no_use_without_its_key(app: TestApp) {
        let (own, other) = (key(), key());
        let access_token = bound_tokens(&app, "dpop-spa", &own).await.string("access_token");
        let proof = userinfo_proof(&app, &own, &access_token, &json!({}));
        assert_eq!(userinfo(&app, "Bearer", &access_token, &[]).await.status, 401, "downgrade");
        assert_eq!(userinfo(&app, "Bearer", &access_token, &[&proof]).await.status, 401, "downgrade with a proof");
        let missing = userinfo(&app, "DPoP", &access_token, &[]).await;
        missing.expect_error(401, "invalid_dpop_proof");
        assert!(missing.header("www-authenticate").starts_with("DPoP "), "{}", missing.header("www-authenticate"));
        let stolen = userinfo_proof(&app, &other, &access_token, &json!({}));
        assert_eq!(userinfo(&app, "DPoP", &access_token, &[&stolen]).await.status, 401);
        let in_body = app.post_form(&userinfo_url(&app), &[("access_token", &access_token)]).await;
        assert_eq!(in_body.status, 401);
        let bearer = app.tokens("web", "alice", "openid").await.string("access_token");
        let proof = userinfo_proof(&app, &own, &bearer, &json!({}));
        assert_eq!(userinfo(&app, "DPoP", &bearer, &[&proof]).await.status, 401, "bound to no key");
    }

    async fn every_defect_of_a_proof_is_refused_at_a_resource(app: TestApp) {
        let key = key();
        let access_token = bound_tokens(&app, "dpop-spa", &key).await.string("access_token");
        let hour = app.time().plus(Duration::from_secs(3600)).unix_seconds();
        let ago = app.time().minus(Duration::from_secs(3600)).unix_seconds();
        let other_ath = SigningKey::ath("another token");
        for changes in [
            json!({"jti": null}), json!({"htm": null}), json!({"htu": null}), json!({"iat": null}), json!({"ath": null}),
            json!({"htm": "POST"}), json!({"htu": "https://evil.example/oauth2/userinfo"}),
            json!({"htu": format!("{}/oauth2/token", app.issuer())}), json!({"iat": hour}), json!({"iat": ago}),
            json!({"ath": other_ath}), json!({"iat": "now"}), json!({"jti": ""}), json!({"htu": "userinfo"}),
        ] {
            let proof = userinfo_proof(&app, &key, &access_token, &changes);
            let answer = userinfo(&app, "DPoP", &access_token, &[&proof]).await;
            answer.expect_error(401, "invalid_dpop_proof");
        }
        let good = userinfo_proof(&app, &key, &access_token, &json!({}));
        for text in ["", "x", "a.b.c", &good[..good.len() - 4]] {
            let answer = userinfo(&app, "DPoP", &access_token, &[text]).await;
            answer.expect_error(401, "invalid_dpop_proof");
        }
        let twice = userinfo(&app, "DPoP", &access_token, &[&good, &good]).await;
        twice.expect_error(401, "invalid_dpop_proof");
        let _ = userinfo(&app, "DPoP", &access_token, &[&good]).await.ok();
    }

    async fn the_header_of_a_proof_must_be_that_of_one(app: TestApp) {
        let (key, rsa) = (key(), SigningKey::generate(SigningAlgorithm::Rs256));
        let access_token = bound_tokens(&app, "dpop-spa", &key).await.string("access_token");
        let claims = json!({
            "jti": "one", "htm": "GET", "htu": userinfo_url(&app), "iat": app.time().unix_seconds(),
            "ath": SigningKey::ath(&access_token),
        });
        let jwk = |key: &SigningKey| {
            let mut jwk = key.jwk();
            for member in ["kid", "alg", "use"] { jwk.as_object_mut().expect("an object").remove(member); }
            jwk
        };
        let mut private = jwk(&key);
        private["d"] = json!("AQAB");
        for proof in [
            key.sign_exactly(&json!({"alg": "ES256", "jwk": jwk(&key)}), &claims),
            key.sign_exactly(&json!({"typ": "JWT", "alg": "ES256", "jwk": jwk(&key)}), &claims),
            key.sign_exactly(&json!({"typ": "dpop+jwt", "jwk": jwk(&key)}), &claims),
            key.sign_exactly(&json!({"typ": "dpop+jwt", "alg": "ES256"}), &claims),
            key.sign_exactly(&json!({"typ": "dpop+jwt", "alg": "none", "jwk": jwk(&key)}), &claims),
            key.sign_exactly(&json!({"typ": "dpop+jwt", "alg": "ES256", "jwk": private}), &claims),
            rsa.sign_exactly(&json!({"typ": "dpop+jwt", "alg": "RS256", "jwk": jwk(&rsa)}), &claims),
            key.sign_exactly(&json!({"typ": "dpop+jwt", "alg": "ES256", "jwk": jwk(&self::key())}), &claims),
        ] {
            userinfo(&app, "DPoP", &access_token, &[&proof]).await.expect_error(401, "invalid_dpop_proof");
        }
    }

    async fn harmless_variations_of_a_proof_are_accepted(app: TestApp) {
        let key = key();
        let access_token = bound_tokens(&app, "dpop-spa", &key).await.string("access_token");
        let now = app.time();
        let ten = Duration::from_secs(10);
        let upper = userinfo_url(&app).replacen("http://", "HTTP://", 1);
        for changes in [
            json!({"iat": now.plus(ten).unix_seconds()}), json!({"iat": now.minus(ten).unix_seconds()}),
            json!({"htu": format!("{}?a=b#c", userinfo_url(&app))}), json!({"htu": upper}), json!({"extra": [1, 2]}),
            json!({"exp": now.unix_seconds() + 60, "nbf": now.unix_seconds() - 60}), json!({"nonce": "not asked for"}),
        ] {
            let proof = userinfo_proof(&app, &key, &access_token, &changes);
            let _ = userinfo(&app, "DPoP", &access_token, &[&proof]).await.ok();
        }
    }

    async fn a_proof_is_used_once(app: TestApp) {
        let key = key();
        let access_token = bound_tokens(&app, "dpop-spa", &key).await.string("access_token");
        let proof = userinfo_proof(&app, &key, &access_token, &json!({}));
        let _ = userinfo(&app, "DPoP", &access_token, &[&proof]).await.ok();
        userinfo(&app, "DPoP", &access_token, &[&proof]).await.expect_error(401, "invalid_dpop_proof");

        let proof = key.proof(("POST", &token_url(&app)), app.time(), &json!({}));
        let _ = token(&app, "dpop-spa", Some(&proof), &code(&app, "dpop-spa").await).await.ok();
        let replayed = token(&app, "dpop-spa", Some(&proof), &code(&app, "dpop-spa").await).await;
        replayed.expect_error(400, "invalid_dpop_proof");
    }

    async fn the_refresh_token_of_a_public_client_is_bound_to_its_key(app: TestApp) {
        let (own, other) = (key(), key());
        let refresh_token = bound_tokens(&app, "dpop-spa", &own).await.string("refresh_token");
        let fields: BTreeMap<&str, String> =
            [("grant_type", "refresh_token".to_owned()), ("refresh_token", refresh_token)].into();
        let proof = |key: &SigningKey| key.proof(("POST", &token_url(&app)), app.time(), &json!({}));
        token(&app, "dpop-spa", None, &fields).await.expect_error(400, "invalid_grant");
        token(&app, "dpop-spa", Some(&proof(&other)), &fields).await.expect_error(400, "invalid_grant");
        let refreshed = token(&app, "dpop-spa", Some(&proof(&own)), &fields).await.ok();
        assert_eq!(refreshed.json["token_type"], "DPoP");
    }

    async fn a_confidential_client_may_change_its_key_with_a_refresh(app: TestApp) {
        let (first, second) = (key(), key());
        let refresh_token = bound_tokens(&app, "dpop-web", &first).await.string("refresh_token");
        let fields = [("grant_type", "refresh_token".to_owned()), ("refresh_token", refresh_token)].into();
        let proof = second.proof(("POST", &token_url(&app)), app.time(), &json!({}));
        let access_token = token(&app, "dpop-web", Some(&proof), &fields).await.ok().string("access_token");
        let proof = userinfo_proof(&app, &second, &access_token, &json!({}));
        let _ = userinfo(&app, "DPoP", &access_token, &[&proof]).await.ok();
    }

    async fn a_tenant_may_ask_for_nonces_of_its_own(app: TestApp) {
        app.apply("version: 1\ntenants:\n  - slug: acme\n    settings: {dpop_nonce_required: true, sign_in_attempts_per_account: 1000, sign_in_attempts_per_address: 1000}\n");
        let key = key();
        let fields = code(&app, "dpop-spa").await;
        let without = key.proof(("POST", &token_url(&app)), app.time(), &json!({}));
        let asked = token(&app, "dpop-spa", Some(&without), &fields).await;
        asked.expect_error(400, "use_dpop_nonce");
        let nonce = asked.header("dpop-nonce").to_owned();
        // The code is unharmed, and iat does not count when the nonce tells the time.
        let old = app.time().minus(Duration::from_secs(3600)).unix_seconds();
        let with = key.proof(("POST", &token_url(&app)), app.time(), &json!({"nonce": nonce, "iat": old}));
        let access_token = token(&app, "dpop-spa", Some(&with), &fields).await.ok().string("access_token");

        let proof = userinfo_proof(&app, &key, &access_token, &json!({}));
        let asked = userinfo(&app, "DPoP", &access_token, &[&proof]).await;
        asked.expect_error(401, "use_dpop_nonce");
        let nonce = asked.header("dpop-nonce").to_owned();
        app.advance(Duration::from_secs(10 * 60));
        let stale = userinfo_proof(&app, &key, &access_token, &json!({"nonce": nonce}));
        assert_eq!(userinfo(&app, "DPoP", &access_token, &[&stale]).await.status, 401);
    }

    async fn of_many_uses_of_one_proof_at_once_one_succeeds(app: TestApp) {
        let key = key();
        let access_token = bound_tokens(&app, "dpop-spa", &key).await.string("access_token");
        let proof = userinfo_proof(&app, &key, &access_token, &json!({}));
        let proofs = [proof.as_str()];
        let uses = (0..20).map(|_| userinfo(&app, "DPoP", &access_token, &proofs));
        let answers = futures_util::future::join_all(uses).await;
        assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 1);
    }
}
