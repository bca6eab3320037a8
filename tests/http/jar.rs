//! Request objects: RFC 9101, OpenID Connect Core §6.

use latchkey_jose::{Encryption, JwkSet, encrypt};
use latchkey_protocol::{ContentEncryption, KeyManagementAlgorithm};
use latchkey_testkit::{ClientKey, HttpsStub, StubAnswer, TestApp, both_backends};
use serde_json::{Value, json};

use crate::relying_party::{RelyingParty, error_of};

fn b64(value: &Value) -> String {
    use base64::Engine;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(value.to_string())
}

both_backends! {
    async fn a_signed_request_counts_alone(app: TestApp) {
        let party = RelyingParty::register(&app, "jar", &json!({}));
        let object = party.object(&party.request(), &json!({"max_age": 300}));
        let callback = party.sign_in("request", &object).await;
        assert_eq!(callback.param("state"), "state-0123456789");

        let quiet = party.object(&party.request().without("state").without("nonce"), &json!({}));
        let beside = "&state=evil&nonce=evil&redirect_uri=https%3A%2F%2Fevil.example&response_mode=fragment";
        let url = format!("{}{beside}", party.url("request", &quiet));
        let callback = app.sign_in_at(&app.browser(), &url, "alice").await;
        assert!(!callback.params.contains_key("state"));
        assert!(callback.url.starts_with("http://127.0.0.1:7000/callback?code="), "{}", callback.url);

        let pushed = party.push_object(&party.object(&party.request(), &json!({}))).await;
        let callback = party.sign_in("request_uri", &pushed.string("request_uri")).await;
        assert_eq!(callback.param("state"), "state-0123456789");
    }

    async fn an_object_that_is_not_good_is_refused(app: TestApp) {
        let party = RelyingParty::register(&app, "jar", &json!({"request_object_signing_alg": "ES256"}));
        let (request, now) = (party.request(), app.now());
        let claims = party.claims(&request, &json!({}));
        let mut cases = vec![
            ("none", format!("{}.{}.", b64(&json!({"alg": "none"})), b64(&claims))),
            ("another key", ClientKey::ec("one").sign("ES256", json!({}), &claims)),
            ("another algorithm", ClientKey::rsa("one").sign("RS256", json!({}), &claims)),
            ("another kind of JWT", party.key.sign("ES256", json!({"typ": "at+jwt"}), &claims)),
            ("no JWT", "x".to_owned()),
            ("no JWT either", "..".to_owned()),
            ("encrypted for nobody", "a.b.c.d.e".to_owned()),
        ];
        let mut bad = party.object(&request, &json!({}));
        let last = bad.pop().expect("a signature");
        bad.push(if last == 'A' { 'B' } else { 'A' });
        bad.replace_range(bad.len() - 9..bad.len() - 5, "AAAA");
        cases.push(("a bad signature", bad));
        for (what, changes) in [
            ("expired", json!({"exp": now - 60})),
            ("not yet valid", json!({"nbf": now + 60})),
            ("another aud", json!({"aud": "https://elsewhere.example"})),
            ("the endpoint as aud", json!({"aud": format!("{}/oauth2/par", app.issuer())})),
            ("another tenant as aud", json!({"aud": app.issuer_of("globex")})),
            ("another iss", json!({"iss": "web"})),
            ("another client", json!({"client_id": "web"})),
            ("a client assertion", json!({"sub": "jar"})),
            ("an object in the object", json!({"request": "x"})),
            ("a reference in the object", json!({"request_uri": "urn:ietf:params:oauth:request_uri:x"})),
        ] {
            cases.push((what, party.object(&request, &changes)));
        }
        for (what, object) in cases {
            let page = app.browser().visit(&party.url("request", &object)).await;
            assert_eq!(error_of(page), "invalid_request_object", "{what}");
            party.push_object(&object).await.expect_error(400, "invalid_request_object");
        }
        let to_client = format!("{}&request=x", request.url());
        let callback = app.browser().visit(&to_client).await.callback();
        assert_eq!(callback.param("error"), "invalid_request_object");
        let both = format!("{}&request_uri=https%3A%2F%2Fa.example", party.url("request", "x"));
        assert_eq!(error_of(app.browser().visit(&both).await), "invalid_request");
    }

    async fn a_client_that_signs_must_sign(app: TestApp) {
        let party = RelyingParty::register(&app, "jar-only", &json!({"require_signed_request_object": true}));
        let refused = app.browser().visit(&party.request().url()).await.callback();
        assert_eq!(refused.param("error"), "invalid_request");
        party.push(&party.request()).await.expect_error(400, "invalid_request");
        let now = app.now();
        for (what, changes, good) in [
            ("as it should be", json!({}), true),
            ("several audiences", json!({"aud": ["https://elsewhere.example", app.issuer()]}), true),
            ("nbf in 8 seconds", json!({"nbf": now + 8}), true),
            ("no exp", json!({"exp": null}), false),
            ("no nbf", json!({"nbf": null}), false),
            ("no aud", json!({"aud": null}), false),
            ("no iss", json!({"iss": null}), false),
            ("nbf 61 minutes ago", json!({"nbf": now - 3660, "exp": now + 10}), false),
            ("61 minutes long", json!({"nbf": now, "exp": now + 3660}), false),
        ] {
            let answer = party.push_object(&party.object(&party.request(), &changes)).await;
            if good {
                assert_eq!(answer.status, 201, "{what}: {}", answer.text);
            } else {
                answer.expect_error(400, "invalid_request_object");
            }
        }
        let bare = party.object(&party.request().without("redirect_uri"), &json!({}));
        party.push_object(&bare).await.expect_error(400, "invalid_request");
    }

    async fn a_registered_request_uri_is_fetched_for_the_profile_that_allows_it(app: TestApp) {
        let stub = HttpsStub::start();
        app.set_settings(&json!({"outgoing": stub.outgoing()}));
        let metadata = json!({
            "security_profile": "oidc", "request_uris": [format!("{}#first", stub.url("/object")), stub.url("/gone")],
        });
        let party = RelyingParty::register(&app, "jar-oidc", &metadata);
        let uri = format!("{}#second", stub.url("/object"));
        let with_uri = |uri: &str| {
            let plain = party.request().without("state").without("redirect_uri").with("request_uri", uri);
            plain.without("code_challenge").without("code_challenge_method").url()
        };
        for state in ["one", "two"] {
            let object = party.object(&party.request().with("state", state), &json!({}));
            stub.answer("/object", StubAnswer::document("application/oauth-authz-req+jwt", object));
            let callback = app.sign_in_at(&app.browser(), &with_uri(&uri), "alice").await;
            assert_eq!(callback.param("state"), state, "what is fetched is never stale");
        }
        for (uri, expected) in [
            (stub.url("/gone"), "invalid_request_uri"),
            (stub.url("/other"), "invalid_request_uri"),
            (format!("{}?x=1", stub.url("/object")), "invalid_request_uri"),
        ] {
            assert_eq!(error_of(app.browser().visit(&with_uri(&uri)).await), expected, "{uri}");
        }
        assert!(stub.requests_to("/other").is_empty(), "what is not registered is not asked for");
        stub.answer("/object", StubAnswer::document("application/jwt", "x.y.z"));
        assert_eq!(error_of(app.browser().visit(&with_uri(&uri)).await), "invalid_request_object");

        let metadata = json!({ "request_uris": [stub.url("/object")] });
        let strict = RelyingParty::register(&app, "jar-strict", &metadata);
        let asked = stub.requests().len();
        let page = app.browser().visit(&strict.url("request_uri", &stub.url("/object"))).await;
        assert_eq!(error_of(page), "request_uri_not_supported");
        assert_eq!(stub.requests().len(), asked);
    }

    async fn for_openid_connect_the_object_wins_and_what_stands_beside_it_counts(app: TestApp) {
        let party = RelyingParty::register(&app, "jar-oidc", &json!({"security_profile": "oidc"}));
        let inner = party.request().without("scope").without("nonce").without("response_type");
        let object = party.object(&inner.with("state", "inside"), &json!({}));
        let outer = party.request().with("state", "outside").with("redirect_uri", "https://evil.example/cb");
        let callback = app.sign_in("alice", &outer.clone().with("request", &object)).await;
        assert_eq!(callback.param("state"), "inside");
        let claims = {
            let code = app.code_fields(callback.code());
            let code: Vec<(&str, &str)> = code.iter().map(|(name, value)| (*name, value.as_str())).collect();
            app.verify_jwt(&party.post("token", &[], &code).await.ok().string("id_token")).await
        };
        assert_eq!(claims["nonce"], "nonce-0123456789");

        let good = party.request();
        for url in [
            good.clone().without("response_type").with("request", &object).url(),
            good.clone().with("response_type", "id_token").with("request", &party.object(&good, &json!({}))).url(),
        ] {
            assert_eq!(error_of(app.browser().visit(&url).await), "invalid_request", "{url}");
        }
    }

    async fn an_object_may_be_encrypted_for_a_tenant_that_offers_it(app: TestApp) {
        app.set_settings(&json!({"request_object_encryption": true}));
        let metadata = app.get(&format!("{}/.well-known/openid-configuration", app.issuer())).await.ok().json;
        assert!(metadata["request_object_encryption_alg_values_supported"].is_array(), "{metadata}");
        let keys = app.get(&format!("{}/oauth2/jwks", app.issuer())).await.ok();
        let keys = JwkSet::from_value(&keys.json).expect("a key set");
        let party = RelyingParty::register(&app, "jar-enc", &json!({}));
        let object = party.object(&party.request(), &json!({}));
        for alg in [KeyManagementAlgorithm::RsaOaep256, KeyManagementAlgorithm::EcdhEsA256Kw] {
            let how = Encryption { alg, enc: ContentEncryption::A256Gcm, typ: None, cty: Some("oauth-authz-req+jwt") };
            let key = keys.encrypting(alg).expect("a key to encrypt for");
            let jwe = encrypt(object.as_bytes(), key, how, &latchkey_core::Rng::system()).expect("encrypted");
            let pushed = party.push_object(&jwe).await;
            assert_eq!(pushed.status, 201, "{alg}: {}", pushed.text);
            let unsigned = encrypt(b"{\"client_id\":\"jar-enc\"}", key, how, &latchkey_core::Rng::system());
            party.push_object(&unsigned.expect("encrypted")).await.expect_error(400, "invalid_request_object");
        }
    }
}
