//! Security profiles: what each switches at the authorization and the pushed request endpoint.

use latchkey_testkit::{Callback, ClientKey, JsonAnswer, SigningAlgorithm, SigningKey, TestApp, both_backends};
use serde_json::{Value, json};

use crate::relying_party::{RelyingParty, error_of};

fn profile(name: &str) -> Value {
    json!({ "security_profile": name, "authorization_signed_response_alg": "ES256" })
}

/// Redeems a code with a DPoP proof of that key, or without one.
async fn redeem(party: &RelyingParty<'_>, code: &str, key: Option<&SigningKey>) -> JsonAnswer {
    let app = party.app;
    let url = format!("{}/oauth2/token", app.issuer());
    let proof = key.map(|key| key.proof(("POST", &url), app.services().clock.now(), &json!({})));
    let headers: Vec<(&str, &str)> = proof.iter().map(|proof| ("DPoP", proof.as_str())).collect();
    let fields = app.code_fields(code);
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    party.post("token", &headers, &fields).await
}

both_backends! {
    async fn fapi_2_takes_pushed_requests_for_a_code_and_gives_bound_tokens(app: TestApp) {
        let party = RelyingParty::register(&app, "fapi2", &profile("fapi2-security"));
        let key = SigningKey::generate(SigningAlgorithm::Es256);
        let request_uri = party.push(&party.request()).await.string("request_uri");
        let callback: Callback = party.sign_in("request_uri", &request_uri).await;
        assert_eq!(callback.param("iss"), app.issuer());
        let tokens = redeem(&party, callback.code(), Some(&key)).await.ok();
        assert_eq!(tokens.json["token_type"], "DPoP");

        let request_uri = party.push(&party.request()).await.string("request_uri");
        let callback = party.sign_in("request_uri", &request_uri).await;
        let unbound = redeem(&party, callback.code(), None).await;
        assert_eq!(unbound.status, 400, "{}", unbound.text);
    }

    async fn fapi_2_refuses_what_the_others_allow(app: TestApp) {
        let party = RelyingParty::register(&app, "fapi2", &profile("fapi2-security"));
        assert_eq!(error_of(app.browser().visit(&party.request().url()).await), "invalid_request");
        let by_reference = party.url("request_uri", "https://rp.example/object");
        assert_eq!(error_of(app.browser().visit(&by_reference).await), "request_uri_not_supported");
        for (name, value, expected) in [
            ("response_type", "code id_token", "unsupported_response_type"),
            ("response_type", "code token", "unsupported_response_type"),
            ("code_challenge_method", "plain", "invalid_request"),
            ("code_challenge", "", "invalid_request"),
            ("redirect_uri", "https://evil.example/cb", "invalid_request"),
            ("redirect_uri", "", "invalid_request"),
        ] {
            party.push(&party.request().with(name, value)).await.expect_error(400, expected);
        }
        let by_value = app.browser().visit(&party.url("request", &party.object(&party.request(), &json!({})))).await;
        assert_eq!(error_of(by_value), "invalid_request", "a signed request is not a pushed one");
    }

    async fn fapi_2_message_signing_signs_requests_and_answers(app: TestApp) {
        let party = RelyingParty::register(&app, "fapi2-ms", &profile("fapi2-message-signing"));
        party.push(&party.request()).await.expect_error(400, "invalid_request");
        let request = party.request().with("response_mode", "jwt");
        let request_uri = party.push_object(&party.object(&request, &json!({}))).await.string("request_uri");
        let callback = party.sign_in("request_uri", &request_uri).await;
        assert_eq!(callback.params.keys().collect::<Vec<_>>(), ["response"]);
        let response = app.verify_jwt(callback.param("response")).await;
        assert_eq!((&response["iss"], &response["state"]), (&json!(app.issuer()), &json!("state-0123456789")));
        let key = SigningKey::generate(SigningAlgorithm::Es256);
        let _ = redeem(&party, response["code"].as_str().expect("a code"), Some(&key)).await.ok();

        let rsa = ClientKey::rsa("rsa");
        let keys = json!({ "keys": [party.key.jwk(), rsa.jwk()] });
        let mut metadata = profile("fapi2-message-signing");
        metadata["jwks"] = keys;
        let with_rsa = RelyingParty::register(&app, "fapi2-rsa", &metadata);
        let claims = with_rsa.claims(&with_rsa.request(), &json!({}));
        for (alg, good) in [("RS256", false), ("PS256", true)] {
            let object = rsa.sign(alg, json!({}), &claims);
            let with_old_key = RelyingParty { app: &app, id: "fapi2-rsa", key: party.key.clone() };
            let answer = with_old_key.push_object(&object).await;
            assert_eq!(answer.status == 201, good, "{alg}: {}", answer.text);
            assert_eq!(answer.error() == "invalid_request_object", !good, "{alg}: {}", answer.text);
        }
    }

    async fn fapi_1_needs_a_request_object_and_a_signed_answer_or_an_id_token(app: TestApp) {
        let mut metadata = profile("fapi1-advanced");
        metadata["grant_types"] = json!(["authorization_code", "implicit"]);
        metadata["response_types"] = json!(["code", "code id_token"]);
        let party = RelyingParty::register(&app, "fapi1", &metadata);
        let plain = party.request().without("code_challenge").without("code_challenge_method");
        let by_value = |request: &latchkey_testkit::AuthorizationRequest, changes: Value| {
            party.url("request", &party.object(request, &changes))
        };

        assert_eq!(error_of(app.browser().visit(&plain.url()).await), "invalid_request");
        let bare_code = app.browser().visit(&by_value(&plain, json!({}))).await;
        assert_eq!(error_of(bare_code), "invalid_request", "a code alone needs JARM");
        let signed = by_value(&plain.clone().with("response_mode", "jwt"), json!({}));
        let signed = app.sign_in_at(&app.browser(), &signed, "alice").await;
        assert!(app.verify_jwt(signed.param("response")).await["code"].is_string());

        let hybrid = plain.clone().with("response_type", "code id_token");
        let callback = app.sign_in_at(&app.browser(), &by_value(&hybrid, json!({})), "alice").await;
        let claims = app.verify_jwt(callback.param("id_token")).await;
        assert!(claims["s_hash"].is_string() && claims["c_hash"].is_string());
        assert!(!callback.params.contains_key("access_token"));

        let now = app.now();
        for changes in [json!({"exp": null}), json!({"nbf": null}), json!({"exp": now + 3700}), json!({"aud": null})] {
            let page = app.browser().visit(&by_value(&hybrid, changes.clone())).await;
            assert_eq!(error_of(page), "invalid_request_object", "{changes}");
        }
        let outside = "&state=outside&nonce=outside";
        let quiet = format!("{}{outside}", by_value(&hybrid.clone().without("nonce"), json!({})));
        let refused = app.browser().visit(&quiet).await;
        assert_eq!(error_of(refused), "invalid_request", "a nonce beside the object does not count");
        party.push_object(&party.object(&hybrid, &json!({}))).await.expect_error(400, "invalid_request");
    }

    async fn only_the_openid_connect_profile_does_without_pkce(app: TestApp) {
        let party = RelyingParty::register(&app, "oidc", &json!({"security_profile": "oidc"}));
        let plain = party.request().without("code_challenge").without("code_challenge_method");
        assert!(!app.sign_in("alice", &plain).await.code().is_empty(), "certification plans send no PKCE");
        let strict = RelyingParty::register(&app, "strict", &json!({}));
        let plain = strict.request().without("code_challenge").without("code_challenge_method");
        assert_eq!(app.browser().visit(&plain.url()).await.callback().param("error"), "invalid_request");
    }

    async fn a_client_that_needs_no_pkce_is_held_to_the_challenge_that_it_sends(app: TestApp) {
        let party = RelyingParty::register(&app, "oidc-pkce", &json!({"security_profile": "oidc"}));
        for (verifier, good) in [("", false), ("another-verifier-another-verifier-another-verifier", false), ("right", true)] {
            let callback = app.sign_in("alice", &party.request()).await;
            let mut fields = app.code_fields(callback.code());
            match verifier {
                "right" => {}
                "" => drop(fields.remove("code_verifier")),
                wrong => drop(fields.insert("code_verifier", wrong.to_owned())),
            }
            let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
            let answer = party.post("token", &[], &fields).await;
            if good {
                let _ = answer.ok();
            } else {
                answer.expect_error(400, "invalid_grant");
            }
        }
        let plain = party.request().with("code_challenge_method", "plain");
        assert_eq!(app.browser().visit(&plain.url()).await.callback().param("error"), "invalid_request");
        let hybrid = party.request().with("response_type", "code id_token");
        assert_eq!(error_of(app.browser().visit(&hybrid.url()).await), "unauthorized_client", "only who is registered for it");
    }

    async fn fapi_1_answers_two_response_types_and_honours_pkce_by_value(app: TestApp) {
        let mut metadata = profile("fapi1-advanced");
        metadata["grant_types"] = json!(["authorization_code", "implicit"]);
        metadata["response_types"] = json!(["code", "code id_token"]);
        let party = RelyingParty::register(&app, "fapi1-types", &metadata);
        for response_type in ["id_token", "id_token token", "code token", "code id_token token", "token"] {
            let request = party.request().with("response_type", response_type);
            let page = app.browser().visit(&party.url("request", &party.object(&request, &json!({})))).await;
            assert_eq!(error_of(page), "unsupported_response_type", "{response_type}");
        }
        let key = SigningKey::generate(SigningAlgorithm::Es256);
        let hybrid = party.request().with("response_type", "code id_token");
        let sign_in = async || {
            let url = party.url("request", &party.object(&hybrid, &json!({})));
            app.sign_in_at(&app.browser(), &url, "alice").await.code().to_owned()
        };
        assert_eq!(redeem(&party, &sign_in().await, Some(&key)).await.ok().json["token_type"], "DPoP");
        let code = sign_in().await;
        let url = format!("{}/oauth2/token", app.issuer());
        let proof = key.proof(("POST", &url), app.time(), &json!({}));
        let mut fields = app.code_fields(&code);
        fields.remove("code_verifier");
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        party.post("token", &[("DPoP", &proof)], &fields).await.expect_error(400, "invalid_grant");
    }

    async fn what_a_client_registered_as_its_default_counts(app: TestApp) {
        let party = RelyingParty::register(&app, "defaults", &json!({"default_max_age": 10}));
        let browser = app.browser();
        let _ = app.sign_in_with(&browser, "alice", &party.request()).await;
        assert!(!browser.visit(&party.request().url()).await.callback().code().is_empty());
        app.advance(std::time::Duration::from_secs(11));
        assert!(browser.visit(&party.request().url()).await.page().is_sign_in());
        let patient = party.request().with("max_age", "1000");
        assert!(!browser.visit(&patient.url()).await.callback().code().is_empty());
    }

    async fn discovery_tells_what_all_profiles_need(app: TestApp) {
        let json = app.get(&format!("{}/.well-known/openid-configuration", app.issuer())).await.ok().json;
        let contains = |member: &str, value: &str| json[member].as_array().is_some_and(|list| list.contains(&value.into()));
        for (member, value) in [
            ("response_types_supported", "code"),
            ("response_types_supported", "id_token"),
            ("response_types_supported", "id_token token"),
            ("response_types_supported", "code id_token token"),
            ("response_modes_supported", "jwt"),
            ("response_modes_supported", "form_post.jwt"),
            ("grant_types_supported", "implicit"),
            ("request_object_signing_alg_values_supported", "RS256"),
            ("request_object_signing_alg_values_supported", "PS256"),
            ("authorization_signing_alg_values_supported", "ES256"),
            ("authorization_encryption_alg_values_supported", "ECDH-ES"),
        ] {
            assert!(contains(member, value), "{member} lacks {value}: {}", json[member]);
        }
        assert!(!contains("request_object_signing_alg_values_supported", "none"));
        for (member, value) in [
            ("request_parameter_supported", true),
            ("request_uri_parameter_supported", true),
            ("require_request_uri_registration", true),
            ("require_pushed_authorization_requests", false),
        ] {
            assert_eq!(json[member], value, "{member}");
        }
        assert_eq!(json["pushed_authorization_request_endpoint"], format!("{}/oauth2/par", app.issuer()));
    }
}
