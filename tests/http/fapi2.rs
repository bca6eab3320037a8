//! FAPI 2.0 Security Profile and Message Signing, as its conformance plans walk through them.

use std::time::Duration;

use latchkey_testkit::{
    AuthorizationRequest, Callback, ClientKey, JsonAnswer, SigningAlgorithm, SigningKey, TestApp, both_backends,
};
use serde_json::{Value, json};

use crate::relying_party::{ASSERTION_TYPE, RelyingParty};

const SECURITY: &str = "fapi2-security";
const MESSAGE_SIGNING: &str = "fapi2-message-signing";

/// A client of the profile, and the key that its tokens are bound to.
struct Fapi<'a> {
    party: RelyingParty<'a>,
    key: SigningKey,
}

impl<'a> Fapi<'a> {
    fn register(app: &'a TestApp, id: &'static str, profile: &str) -> Self {
        Self::register_with(app, id, json!({ "security_profile": profile }))
    }

    fn register_with(app: &'a TestApp, id: &'static str, mut metadata: Value) -> Self {
        metadata["authorization_signed_response_alg"] = "ES256".into();
        Self { party: RelyingParty::register(app, id, &metadata), key: SigningKey::generate(SigningAlgorithm::Es256) }
    }

    fn url(&self, endpoint: &str) -> String {
        format!("{}/oauth2/{endpoint}", self.party.app.issuer())
    }

    fn proof(&self, endpoint: &str, changes: &Value) -> String {
        self.key.proof(("POST", &self.url(endpoint)), self.party.app.time(), changes)
    }

    /// Pushes the request and runs it to its end as Alice.
    async fn authorize(&self, request: &AuthorizationRequest) -> Callback {
        let request_uri = self.party.push(request).await.string("request_uri");
        self.party.sign_in("request_uri", &request_uri).await
    }

    /// A token request with a proof.
    async fn token(&self, fields: &[(&str, &str)]) -> JsonAnswer {
        self.party.post("token", &[("DPoP", &self.proof("token", &json!({})))], fields).await
    }

    async fn redeem(&self, code: &str) -> JsonAnswer {
        let fields = self.party.app.code_fields(code);
        self.token(&borrowed(&fields)).await
    }

    async fn refresh(&self, refresh_token: &str) -> JsonAnswer {
        self.token(&[("grant_type", "refresh_token"), ("refresh_token", refresh_token)]).await
    }

    /// A userinfo request with further headers.
    async fn userinfo(&self, access_token: &str, headers: &[(&str, &str)]) -> JsonAnswer {
        let url = self.url("userinfo");
        let claims = json!({ "ath": SigningKey::ath(access_token) });
        let proof = self.key.proof(("GET", &url), self.party.app.time(), &claims);
        let authorization = format!("dPOP {access_token}");
        let mut all = vec![("authorization", authorization.as_str()), ("DPoP", proof.as_str())];
        all.extend_from_slice(headers);
        self.party.app.send(("GET", &url), &all, &[]).await
    }

    /// A push that authenticates with this assertion.
    async fn push_with(&self, assertion: &str) -> JsonAnswer {
        let mut fields = borrowed(self.party.request().fields()).into_iter().map(owned).collect::<Vec<_>>();
        fields.extend([("client_assertion_type", ASSERTION_TYPE), ("client_assertion", assertion)].map(owned));
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        self.party.app.post_form(&self.url("par"), &fields).await
    }

    /// The claims of a client assertion.
    fn assertion(&self, audience: &Value) -> Value {
        let (id, now) = (self.party.id, self.party.app.now());
        let jti = format!("{:?}", std::time::Instant::now());
        json!({ "iss": id, "sub": id, "aud": audience, "jti": jti, "iat": now, "exp": now + 60 })
    }
}

fn borrowed<N: AsRef<str>>(fields: &std::collections::BTreeMap<N, String>) -> Vec<(&str, &str)> {
    fields.iter().map(|(name, value)| (name.as_ref(), value.as_str())).collect()
}

fn owned((name, value): (&str, &str)) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

both_backends! {
    async fn a_request_without_state_and_nonce_is_answered_without_them(app: TestApp) {
        let client = Fapi::register(&app, "fapi2", SECURITY);
        let callback = client.authorize(&client.party.request().without("state").without("nonce")).await;
        let names: Vec<&str> = callback.params.keys().map(String::as_str).collect();
        assert_eq!(names, ["code", "iss", "session_state"], "{}", callback.url);
        assert!(!callback.url.contains('#'), "{}", callback.url);
        let id_token = client.redeem(callback.code()).await.ok().string("id_token");
        let claims = app.verify_jwt(&id_token).await;
        assert!(claims["nonce"].is_null() && claims["s_hash"].is_null(), "{claims}");
    }

    async fn nonces_and_states_of_any_length_come_back_whole_and_the_order_of_scopes_does_not_matter(app: TestApp) {
        let client = Fapi::register(&app, "fapi2", SECURITY);
        for (nonce, state) in [(43, 10), (64, 128), (384, 1_000)] {
            let (nonce, state) = ("n".repeat(nonce), format!("{}~ %&=+\"", "s".repeat(state)));
            let request = client.party.request().with("nonce", &nonce).with("state", &state);
            let callback = client.authorize(&request.with("scope", "email profile openid")).await;
            assert_eq!(callback.param("state"), state);
            let tokens = client.redeem(callback.code()).await.ok();
            assert_eq!(tokens.json["scope"], "email openid profile");
            assert_eq!(app.verify_jwt(&tokens.string("id_token")).await["nonce"], nonce.as_str());
        }
    }

    async fn a_user_who_cancels_is_told_to_the_client_with_state_and_iss(app: TestApp) {
        let metadata = json!({ "security_profile": SECURITY, "consent": "always" });
        let client = Fapi::register_with(&app, "fapi2-asking", metadata);
        let request_uri = client.party.push(&client.party.request()).await.string("request_uri");
        let browser = app.browser();
        let page = browser.visit(&client.party.url("request_uri", &request_uri)).await.page();
        let page = browser.submit(&page, &[("login", "alice"), ("password", "wonderland-in-spring")]).await.page();
        assert!(page.html.contains("id=\"deny\""), "{}", page.html);
        let callback = browser.submit(&page, &[("decision", "deny")]).await.callback();
        assert_eq!((callback.param("error"), callback.param("state")), ("access_denied", "state-0123456789"));
        assert_eq!(callback.param("iss"), app.issuer());
        assert!(!callback.params.contains_key("code"), "{}", callback.url);
    }

    async fn a_client_of_plain_oauth_gets_no_id_token(app: TestApp) {
        let client = Fapi::register(&app, "fapi2", SECURITY);
        let callback = client.authorize(&client.party.request().with("scope", "profile").without("nonce")).await;
        let tokens = client.redeem(callback.code()).await.ok();
        assert!(tokens.json["id_token"].is_null(), "{}", tokens.text);
        assert_eq!(client.userinfo(&tokens.string("access_token"), &[]).await.status, 403);
    }

    async fn each_claim_that_is_announced_can_be_asked_for_in_every_form(app: TestApp) {
        let everything = "openid profile email address phone";
        let client = Fapi::register_with(&app, "fapi2", json!({ "security_profile": SECURITY, "scope": everything }));
        let metadata = app.get(&format!("{}/.well-known/openid-configuration", app.issuer())).await.ok().json;
        assert_eq!(metadata["claims_parameter_supported"], true);
        let of_the_token = ["sub", "iss", "aud", "exp", "iat", "auth_time", "nonce", "acr", "amr", "at_hash", "c_hash",
            "s_hash", "sid"];
        let announced = metadata["claims_supported"].as_array().expect("claims").iter();
        let names: Vec<&str> = announced.filter_map(Value::as_str).filter(|name| !of_the_token.contains(name)).collect();
        assert!(names.len() >= 18, "{names:?}");
        for form in [json!(null), json!({ "essential": true }), json!({ "value": "x" }), json!({ "values": ["x", 1] })] {
            let mut wanted: serde_json::Map<String, Value> =
                names.iter().map(|name| ((*name).to_owned(), form.clone())).collect();
            wanted.insert("unheard_of".to_owned(), form.clone());
            let claims = json!({ "userinfo": wanted, "id_token": wanted, "elsewhere": { "name": null } });
            let request = client.party.request().with("scope", "openid").with("claims", &claims.to_string());
            let tokens = client.redeem(client.authorize(&request).await.code()).await.ok();
            let userinfo = client.userinfo(&tokens.string("access_token"), &[]).await.ok().json;
            let id_token = app.verify_jwt(&tokens.string("id_token")).await;
            for name in &names {
                assert!(!userinfo[*name].is_null(), "{name} by {form}: {userinfo}");
                assert_eq!(userinfo[*name], id_token[*name], "{name} by {form}");
            }
            assert!(userinfo["unheard_of"].is_null() && id_token["unheard_of"].is_null());
        }
    }

    async fn clocks_ten_seconds_apart_are_near_enough_for_proofs_at_every_endpoint_and_an_hour_is_not(app: TestApp) {
        let client = Fapi::register(&app, "fapi2", SECURITY);
        let (request, now) = (client.party.request(), app.now());
        for (iat, good) in [(now - 10, true), (now + 10, true), (now - 3_600, false), (now + 3_600, false)] {
            let changes = json!({ "iat": iat, "nbf": iat, "exp": iat + 30 });
            let pushed = client.party.post("par", &[("DPoP", &client.proof("par", &changes))], &borrowed(request.fields())).await;
            let callback = client.authorize(&request).await;
            let fields = app.code_fields(callback.code());
            let tokens = client.party.post("token", &[("DPoP", &client.proof("token", &changes))], &borrowed(&fields)).await;
            if good {
                assert_eq!((pushed.status, tokens.status), (201, 200), "{iat}: {} {}", pushed.text, tokens.text);
            } else {
                pushed.expect_error(400, "invalid_dpop_proof");
                tokens.expect_error(400, "invalid_dpop_proof");
            }
        }
    }

    async fn a_code_is_bound_to_the_key_of_the_push_without_dpop_jkt_too(app: TestApp) {
        let client = Fapi::register(&app, "fapi2", SECURITY);
        let thief = Fapi { party: RelyingParty { app: &app, id: "fapi2", key: client.party.key.clone() },
            key: SigningKey::generate(SigningAlgorithm::Es256) };
        for (redeems, good) in [(&thief, false), (&client, true)] {
            let request = client.party.request();
            let proof = client.proof("par", &json!({}));
            let pushed = client.party.post("par", &[("DPoP", &proof)], &borrowed(request.fields())).await;
            let callback = client.party.sign_in("request_uri", &pushed.string("request_uri")).await;
            let answer = redeems.redeem(callback.code()).await;
            if good {
                assert_eq!(answer.ok().json["token_type"], "DPoP");
            } else {
                answer.expect_error(400, "invalid_grant");
            }
        }
    }

    async fn a_verifier_that_is_missing_or_wrong_is_invalid_grant(app: TestApp) {
        let client = Fapi::register(&app, "fapi2", SECURITY);
        for verifier in [None, Some("another-verifier-another-verifier-another-verifier")] {
            let callback = client.authorize(&client.party.request()).await;
            let mut fields = app.code_fields(callback.code());
            match verifier {
                Some(verifier) => drop(fields.insert("code_verifier", verifier.to_owned())),
                None => drop(fields.remove("code_verifier")),
            }
            client.token(&borrowed(&fields)).await.expect_error(400, "invalid_grant");
        }
        let callback = client.authorize(&client.party.request()).await;
        let _ = client.redeem(callback.code()).await.ok();
    }

    async fn a_code_that_is_a_minute_old_or_was_used_is_invalid_grant(app: TestApp) {
        let client = Fapi::register(&app, "fapi2", SECURITY);
        let late = client.authorize(&client.party.request()).await;
        app.advance(Duration::from_secs(62));
        client.redeem(late.code()).await.expect_error(400, "invalid_grant");

        let callback = client.authorize(&client.party.request()).await;
        let access_token = client.redeem(callback.code()).await.ok().string("access_token");
        let _ = client.userinfo(&access_token, &[]).await.ok();
        app.advance(Duration::from_secs(1));
        client.redeem(callback.code()).await.expect_error(400, "invalid_grant");
        client.userinfo(&access_token, &[]).await.expect_error(401, "invalid_token");
    }

    async fn an_assertion_at_the_push_is_for_the_issuer_alone_and_of_a_strong_algorithm(app: TestApp) {
        let (rsa, ed) = (ClientKey::rsa("rsa"), SigningKey::generate(SigningAlgorithm::EdDsa));
        let client = Fapi::register(&app, "fapi2", SECURITY);
        let jwks = json!({ "keys": [client.party.key.jwk(), rsa.jwk(), ed.jwk()] });
        let strong = Fapi::register_with(&app, "fapi2-keys", json!({ "security_profile": SECURITY, "jwks": jwks }));
        let issuer = json!(app.issuer());
        for audience in [
            json!([app.issuer()]), json!([app.issuer(), client.url("token")]), json!(client.url("par")),
            json!(client.url("token")), json!(format!("{}/", app.issuer())), json!(app.issuer_of("globex")),
        ] {
            let assertion = client.party.key.sign("ES256", json!({}), &client.assertion(&audience));
            client.push_with(&assertion).await.expect_error(401, "invalid_client");
        }
        let assertion = client.party.key.sign("ES256", json!({}), &client.assertion(&issuer));
        assert_eq!(client.push_with(&assertion).await.status, 201);

        let rs256 = rsa.sign("RS256", json!({}), &strong.assertion(&issuer));
        strong.push_with(&rs256).await.expect_error(401, "invalid_client");
        for assertion in [
            rsa.sign("PS256", json!({}), &strong.assertion(&issuer)),
            ed.sign(&json!({}), &strong.assertion(&issuer)),
        ] {
            let pushed = strong.push_with(&assertion).await;
            assert_eq!(pushed.status, 201, "{}", pushed.text);
        }
    }

    async fn a_refresh_token_stays_and_is_good_for_its_client_with_a_proof_only(app: TestApp) {
        let client = Fapi::register(&app, "fapi2", SECURITY);
        let other = Fapi::register(&app, "fapi2-other", SECURITY);
        let request = client.party.request().with("scope", "openid offline_access").with("prompt", "consent");
        let request_uri = client.party.push(&request).await.string("request_uri");
        let browser = app.browser();
        let page = browser.visit(&client.party.url("request_uri", &request_uri)).await.page();
        let page = browser.submit(&page, &[("login", "alice"), ("password", "wonderland-in-spring")]).await.page();
        assert!(page.is_consent(), "prompt=consent asks though consent is implied");
        let callback = browser.submit(&page, &[("decision", "allow")]).await.callback();
        let refresh_token = client.redeem(callback.code()).await.ok().string("refresh_token");

        let fields = [("grant_type", "refresh_token"), ("refresh_token", refresh_token.as_str())];
        client.party.post("token", &[], &fields).await.expect_error(400, "invalid_dpop_proof");
        let mut alone = fields.to_vec();
        alone.push(("client_id", "fapi2"));
        let proof = client.proof("token", &json!({}));
        let nobody = app.send(("POST", &client.url("token")), &[("DPoP", &proof)], &alone).await;
        nobody.expect_error(401, "invalid_client");
        other.refresh(&refresh_token).await.expect_error(400, "invalid_grant");
        // An answer that was lost, however long ago, costs the user nothing: no use replaces the token.
        for seconds in [0, 31, 3_600] {
            app.advance(Duration::from_secs(seconds));
            let refreshed = client.refresh(&refresh_token).await.ok();
            assert_eq!(refreshed.string("refresh_token"), refresh_token);
            assert_eq!(refreshed.json["token_type"], "DPoP");
            let _ = client.userinfo(&refreshed.string("access_token"), &[]).await.ok();
        }
    }

    async fn a_resource_answers_with_the_date_whatever_headers_come_along(app: TestApp) {
        let client = Fapi::register(&app, "fapi2", SECURITY);
        let callback = client.authorize(&client.party.request()).await;
        let access_token = client.redeem(callback.code()).await.ok().string("access_token");
        for headers in [
            [("x-fapi-customer-ip-address", "2001:db8::1893:25c8:1946"), ("accept", "application/json;charset=utf-8")],
            [("x-fapi-customer-ip-address", "198.51.100.119"), ("accept", "*/*")],
            [("x-fapi-interaction-id", "c770aef3-6784-41f7-8e0e-ff5f97bddb3a"), ("accept", "application/json")],
        ] {
            let answer = client.userinfo(&access_token, &headers).await.ok();
            assert!(answer.header("date").ends_with(" GMT"), "{}", answer.header("date"));
            assert!(answer.header("content-type").starts_with("application/json"), "{headers:?}");
        }
        let in_query = format!("{}?access_token={access_token}", client.url("userinfo"));
        assert_eq!(app.get(&in_query).await.status, 401);
    }

    async fn what_is_pushed_beside_a_signed_request_does_not_count(app: TestApp) {
        let client = Fapi::register(&app, "fapi2-ms", MESSAGE_SIGNING);
        let object = client.party.object(&client.party.request().with("state", "inside"), &json!({}));
        let quiet = client.party.object(&client.party.request().without("state").without("nonce"), &json!({}));
        for (object, state) in [(&object, Some("inside")), (&quiet, None)] {
            let beside = [
                ("request", object.as_str()), ("state", "outside"), ("nonce", "outside"), ("scope", "openid email"),
                ("redirect_uri", "https://evil.example/cb"), ("client_id", "fapi2-ms"),
            ];
            let request_uri = client.party.post("par", &[], &beside).await.string("request_uri");
            let callback = client.party.sign_in("request_uri", &request_uri).await;
            assert!(callback.url.starts_with("http://127.0.0.1:7000/callback?"), "{}", callback.url);
            assert_eq!(callback.params.get("state").map(String::as_str), state);
            let id_token = client.redeem(callback.code()).await.ok().string("id_token");
            let nonce = &app.verify_jwt(&id_token).await["nonce"];
            assert_eq!(nonce.as_str(), state.map(|_| "nonce-0123456789"));
        }
        // No redirect_uri inside is none, whatever stands outside.
        let lacking = client.party.object(&client.party.request().without("redirect_uri"), &json!({}));
        let beside = [("request", lacking.as_str()), ("redirect_uri", "http://127.0.0.1:7000/callback")];
        client.party.post("par", &[], &beside).await.expect_error(400, "invalid_request");
    }

    async fn a_request_object_of_message_signing_must_hold_what_fapi_asks(app: TestApp) {
        let client = Fapi::register(&app, "fapi2-ms", MESSAGE_SIGNING);
        let other = Fapi::register(&app, "fapi2-other", MESSAGE_SIGNING);
        let (request, now) = (client.party.request(), app.now());
        for (what, changes) in [
            ("no exp", json!({ "exp": null })),
            ("no nbf", json!({ "nbf": null })),
            ("expired", json!({ "exp": now - 60 })),
            ("another aud", json!({ "aud": "https://elsewhere.example" })),
            ("exp in 61 minutes", json!({ "exp": now + 3_661, "nbf": now })),
            ("nbf 61 minutes ago", json!({ "nbf": now - 3_661 })),
            ("a request_uri inside", json!({ "request_uri": "urn:ietf:params:oauth:request_uri:x" })),
        ] {
            let refused = client.party.push_object(&client.party.object(&request, &changes)).await;
            assert_eq!((refused.status, refused.error()), (400, "invalid_request_object"), "{what}: {}", refused.text);
        }
        let of_another = other.party.key.sign("ES256", json!({}), &client.party.claims(&request, &json!({})));
        client.party.push_object(&of_another).await.expect_error(400, "invalid_request_object");
        for changes in [json!({}), json!({ "nbf": now + 8 }), json!({ "aud": ["https://elsewhere.example", app.issuer()] })] {
            let pushed = client.party.push_object(&client.party.object(&request, &changes)).await;
            assert_eq!(pushed.status, 201, "{changes}: {}", pushed.text);
        }
    }

    async fn discovery_offers_what_the_profile_needs(app: TestApp) {
        let document = app.get(&format!("{}/.well-known/openid-configuration", app.issuer())).await.ok().json;
        let list = |member: &str| document[member].as_array().unwrap_or_else(|| panic!("no {member}")).clone();
        for member in [
            "id_token_signing_alg_values_supported", "userinfo_signing_alg_values_supported",
            "token_endpoint_auth_signing_alg_values_supported", "dpop_signing_alg_values_supported",
            "request_object_signing_alg_values_supported", "authorization_signing_alg_values_supported",
        ] {
            let offered = list(member);
            assert!(["PS256", "ES256", "EdDSA"].iter().all(|alg| offered.contains(&json!(alg))), "{member}: {offered:?}");
            assert!(!offered.contains(&json!("none")), "{member}");
        }
        assert!(!list("dpop_signing_alg_values_supported").contains(&json!("RS256")));
        for (member, value) in [
            ("response_types_supported", "code"), ("response_modes_supported", "jwt"),
            ("code_challenge_methods_supported", "S256"), ("token_endpoint_auth_methods_supported", "private_key_jwt"),
        ] {
            assert!(list(member).contains(&json!(value)), "{member} lacks {value}");
        }
        assert!(!list("code_challenge_methods_supported").contains(&json!("plain")));
        assert!(document["require_pushed_authorization_requests"].is_boolean());
        assert_eq!(document["authorization_response_iss_parameter_supported"], true);
        // Bound by DPoP here; `discovery` has what is said of certificates where they arrive.
        assert!(document["pushed_authorization_request_endpoint"].is_string());

        let keys = app.get(&format!("{}/oauth2/jwks", app.issuer())).await.ok().json;
        let rsa = keys["keys"].as_array().expect("keys").iter().filter(|key| key["kty"] == "RSA");
        let moduli: Vec<usize> = rsa.map(|key| key["n"].as_str().expect("a modulus").len() * 6).collect();
        assert!(!moduli.is_empty() && moduli.iter().all(|bits| *bits >= 2_048), "{moduli:?}");
    }
}
