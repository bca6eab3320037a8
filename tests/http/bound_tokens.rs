//! Access tokens bound to the key or the certificate of their sender, whichever grant they come from: RFC 8705 §3,
//! RFC 9449 §5. A grant type that is offered without a row here fails.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use latchkey_testkit::{
    Backend, ClientKey, Identity, JsonAnswer, SigningAlgorithm, SigningKey, Subject, TestApp, sha256,
};
use serde_json::{Value, json};

use crate::relying_party::{ASSERTION_TYPE, RelyingParty};
use crate::{ciba, device};

const SECRET: &str = "bound-secret-0123456789-0123456789-0123456789";
const ORDERS: &str = "https://gr-orders.acme.test";
const IDP: &str = "https://idp.bound.test";
const EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
const JWT_BEARER: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
const PASSWORD: &str = "wonderland-in-spring";

/// How a client proves that a token is its own.
enum Sender {
    Key(SigningKey),
    Certificate(Box<Identity>),
}

impl Sender {
    fn key() -> Self {
        Self::Key(SigningKey::generate(SigningAlgorithm::Es256))
    }

    fn certificate() -> Self {
        let subject = Subject { dn: &[("CN", "anybody")], ..Subject::default() };
        Self::Certificate(Box::new(Identity::self_signed(&subject)))
    }

    /// `cnf` of what is bound to it.
    fn confirmation(&self) -> Value {
        match self {
            Self::Key(key) => json!({ "jkt": key.thumbprint() }),
            Self::Certificate(identity) => json!({ "x5t#S256": URL_SAFE_NO_PAD.encode(sha256(&identity.der())) }),
        }
    }

    fn token_type(&self) -> &'static str {
        match self {
            Self::Key(_) => "DPoP",
            Self::Certificate(_) => "Bearer",
        }
    }

    /// POST to an endpoint of acme with the proof; without one it is `app.post_form`.
    async fn post(&self, app: &TestApp, endpoint: &str, fields: &[(&str, &str)]) -> JsonAnswer {
        match self {
            Self::Key(key) => {
                let url = endpoint_url(app, endpoint);
                let proof = key.proof(("POST", &url), app.time(), &json!({}));
                app.send(("POST", &url), &[("DPoP", &proof)], fields).await
            }
            Self::Certificate(identity) => app.post_with_certificate(endpoint, Some(identity), fields).await,
        }
    }
}

/// A client with every grant, whose access tokens must be bound.
struct Bound<'a> {
    app: &'a TestApp,
    id: &'static str,
    sender: Sender,
    /// The key of an issuer that the tenant trusts.
    issuer: ClientKey,
}

impl<'a> Bound<'a> {
    fn register(app: &'a TestApp, id: &'static str, sender: Sender) -> Self {
        Self::register_with(app, id, sender, &json!({}))
    }

    /// Members of `metadata` count before the usual ones.
    fn register_with(app: &'a TestApp, id: &'static str, sender: Sender, metadata: &Value) -> Self {
        let grant_types: Vec<&str> = TestApp::grant_types().filter(|grant_type| *grant_type != "implicit").collect();
        let binding = match sender {
            Sender::Key(_) => "dpop_bound_access_tokens",
            Sender::Certificate(_) => "tls_client_certificate_bound_access_tokens",
        };
        let mut client = json!({
            "client_id": id, "secret": SECRET, "token_endpoint_auth_method": "client_secret_post", "consent": "implied",
            "redirect_uris": ["http://127.0.0.1/callback"], "grant_types": grant_types, binding: true,
            "backchannel_token_delivery_mode": "poll", "scope": "openid offline_access gr:read",
            "audiences": [ORDERS], "token_exchange": { "audiences": [ORDERS], "impersonation": true },
        });
        client.as_object_mut().expect("an object").extend(metadata.as_object().expect("an object").clone());
        app.add_clients(&[client]);
        let issuer = ClientKey::ec("issuer");
        let trusted = json!({
            "issuer": IDP, "jwks": issuer.jwks(), "clients": [id], "scope": "openid gr:read", "uses": ["jwt_bearer"],
        });
        app.set_settings(&json!({ "trusted_issuers": [trusted] }));
        Self { app, id, sender, issuer }
    }

    /// The fields with those that authenticate the client.
    fn form<'f>(&self, fields: &'f [(&str, String)]) -> Vec<(&'f str, &'f str)> {
        let mut form: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        form.extend([("client_id", self.id), ("client_secret", SECRET)]);
        form
    }

    async fn without_proof(&self, endpoint: &str, fields: &[(&str, String)]) -> JsonAnswer {
        self.app.post_form(&endpoint_url(self.app, endpoint), &self.form(fields)).await
    }

    async fn token(&self, fields: &[(&str, String)]) -> JsonAnswer {
        self.sender.post(self.app, "token", &self.form(fields)).await
    }

    async fn code(&self) -> Vec<(&'static str, String)> {
        let request = self.app.authorization(self.id).with("scope", "openid gr:read");
        let callback = self.app.sign_in("alice", &request).await;
        self.app.code_fields(callback.code()).into_iter().collect()
    }

    /// The tokens of a code.
    async fn tokens(&self) -> JsonAnswer {
        self.token(&self.code().await).await.ok()
    }

    /// A token request by that grant that lacks nothing but the proof; `None` where there is no row for it.
    async fn request(&self, grant_type: &str) -> Option<Vec<(&'static str, String)>> {
        let app = self.app;
        let rest = match grant_type {
            "authorization_code" => self.code().await,
            "refresh_token" => vec![("refresh_token", self.tokens().await.string("refresh_token"))],
            "client_credentials" => vec![("scope", "gr:read".to_owned())],
            "password" => vec![("username", "alice".to_owned()), ("password", PASSWORD.to_owned())],
            device::GRANT => {
                let asked = self.without_proof("device_authorization", &[("scope", "openid".to_owned())]).await.ok();
                device::approve(app, &app.browser(), &asked.string("user_code")).await;
                vec![("device_code", asked.string("device_code"))]
            }
            ciba::GRANT => {
                let fields = [("scope", "openid".to_owned()), ("login_hint", "alice".to_owned())];
                let asked = self.without_proof("bc-authorize", &fields).await.ok();
                let _ = ciba::answer(app, &app.browser(), "allow").await;
                vec![("auth_req_id", asked.string("auth_req_id"))]
            }
            EXCHANGE => vec![
                ("subject_token", self.tokens().await.string("access_token")),
                ("subject_token_type", "urn:ietf:params:oauth:token-type:access_token".to_owned()),
                ("audience", ORDERS.to_owned()),
            ],
            JWT_BEARER => {
                let claims = json!({
                    "iss": IDP, "sub": "7", "aud": app.issuer(), "exp": app.now() + 120, "jti": self.id,
                    "email": "alice@acme.test", "email_verified": true,
                });
                vec![("assertion", self.issuer.sign("ES256", json!({}), &claims))]
            }
            _ => return None,
        };
        let mut fields = rest;
        fields.retain(|(name, _)| *name != "grant_type");
        fields.push(("grant_type", grant_type.to_owned()));
        Some(fields)
    }
}

fn endpoint_url(app: &TestApp, endpoint: &str) -> String {
    format!("{}/oauth2/{endpoint}", app.issuer())
}

async fn every_grant(backend: Backend) {
    let app = TestApp::builder().backend(backend).mtls().spawn().await;
    for (id, sender) in [("bound-key", Sender::key()), ("bound-certificate", Sender::certificate())] {
        let client = Bound::register(&app, id, sender);
        for grant_type in TestApp::grant_types().filter(|grant_type| *grant_type != "implicit") {
            let fields = client.request(grant_type).await;
            let fields = fields.unwrap_or_else(|| panic!("{grant_type} has no row here"));
            // Nothing is spent by that: the same request succeeds with the proof.
            client.without_proof("token", &fields).await.expect_error(400, "invalid_dpop_proof");
            let answer = client.token(&fields).await;
            assert_eq!(answer.status, 200, "{id} {grant_type}: {}", answer.text);
            assert_eq!(answer.json["token_type"], client.sender.token_type(), "{id} {grant_type}");
            let access_token = answer.string("access_token");
            assert_eq!(app.verify_jwt(&access_token).await["cnf"], client.sender.confirmation(), "{id} {grant_type}");
            let seen = client.without_proof("introspect", &[("token", access_token)]).await.ok();
            assert_eq!(seen.json["active"], true, "{id} {grant_type}: {}", seen.text);
            assert_eq!(seen.json["cnf"], client.sender.confirmation(), "{id} {grant_type}");
        }
    }
}

async fn a_bound_subject_token(backend: Backend) {
    let app = TestApp::builder().backend(backend).mtls().spawn().await;
    for (id, sender, thief) in [
        ("bound-key", Sender::key(), Sender::key()),
        ("bound-certificate", Sender::certificate(), Sender::certificate()),
    ] {
        let client = Bound::register(&app, id, sender);
        let fields = client.request(EXCHANGE).await.expect("a row");
        let stolen = thief.post(&app, "token", &client.form(&fields)).await;
        stolen.expect_error(400, "invalid_request");
        let _ = client.token(&fields).await.ok();
    }
}

async fn a_token_bound_to_a_certificate(backend: Backend) {
    let app = TestApp::builder().backend(backend).mtls().spawn().await;
    let client = Bound::register(&app, "bound-certificate", Sender::certificate());
    let access_token = client.tokens().await.string("access_token");
    let presented = [("access_token", access_token.as_str())];
    let answer = client.sender.post(&app, "userinfo", &presented).await.ok();
    assert!(answer.json["sub"].is_string());

    let (thief, key) = (Sender::certificate(), Sender::key());
    thief.post(&app, "userinfo", &presented).await.expect_error(401, "invalid_token");
    app.post_with_certificate("userinfo", None, &presented).await.expect_error(401, "invalid_token");
    app.post_form(&endpoint_url(&app, "userinfo"), &presented).await.expect_error(401, "invalid_token");
    assert_eq!(key.post(&app, "userinfo", &presented).await.status, 401, "a key is no certificate");
}

async fn an_opaque_token(backend: Backend) {
    let app = TestApp::builder().backend(backend).mtls().spawn().await;
    for (id, sender) in [("bound-key", Sender::key()), ("bound-certificate", Sender::certificate())] {
        let opaque = json!({ "access_token_format": "opaque" });
        let client = Bound::register_with(&app, id, sender, &opaque);
        let access_token = client.tokens().await.string("access_token");
        assert!(access_token.starts_with("lkat_"), "{access_token}");
        let seen = client.without_proof("introspect", &[("token", access_token.clone())]).await.ok();
        assert_eq!(seen.json["cnf"], client.sender.confirmation(), "{id}: {}", seen.text);
        assert_eq!(app.userinfo(&access_token).await.status, 401, "{id}: as a bearer token");
    }
}

async fn the_kind_of_key_that_was_registered(backend: Backend) {
    let app = TestApp::builder().backend(backend).mtls().spawn().await;
    let client = Bound::register(&app, "bound-key", Sender::key());
    let fields = client.code().await;
    let by_certificate = Sender::certificate().post(&app, "token", &client.form(&fields)).await;
    by_certificate.expect_error(400, "invalid_dpop_proof");
    let _ = client.token(&fields).await.ok();

    // A certificate binds nothing for a client that did not ask for it: its connection may be anybody's proxy.
    let free = json!({
        "client_id": "bound-free", "secret": SECRET, "token_endpoint_auth_method": "client_secret_post",
        "grant_types": ["client_credentials"], "scope": "gr:read", "audiences": [ORDERS], "application_type": "service",
    });
    app.add_clients(&[free]);
    let fields = [("grant_type", "client_credentials"), ("client_id", "bound-free"), ("client_secret", SECRET)];
    let answer = Sender::certificate().post(&app, "token", &fields).await.ok();
    assert!(app.verify_jwt(&answer.string("access_token")).await["cnf"].is_null());
}

async fn a_fapi_client(backend: Backend) {
    let app = TestApp::builder().backend(backend).mtls().spawn().await;
    for profile in ["fapi1-advanced", "fapi2-security", "fapi2-message-signing"] {
        let metadata = json!({
            "security_profile": profile, "grant_types": ["authorization_code", "client_credentials"],
            "scope": "openid gr:read", "audiences": [ORDERS],
        });
        let party = RelyingParty::register(&app, profile, &metadata);
        let fields = [("grant_type", "client_credentials"), ("scope", "gr:read")];
        party.post("token", &[], &fields).await.expect_error(400, "invalid_dpop_proof");
        for sender in [Sender::key(), Sender::certificate()] {
            let assertion = party.assertion();
            let mut fields = fields.to_vec();
            fields.extend([("client_assertion_type", ASSERTION_TYPE), ("client_assertion", &assertion)]);
            let answer = sender.post(&app, "token", &fields).await.ok();
            let claims = app.verify_jwt(&answer.string("access_token")).await;
            assert_eq!(claims["cnf"], sender.confirmation(), "{profile}");
        }
    }
}

async fn a_proof_for_an_alias(backend: Backend) {
    let app = TestApp::builder().backend(backend).mtls().spawn().await;
    let client = Bound::register(&app, "bound-key", Sender::key());
    let Sender::Key(key) = &client.sender else { panic!("a key") };
    let document = app.get(&format!("{}/.well-known/openid-configuration", app.issuer())).await.ok();
    let alias = document.json["mtls_endpoint_aliases"]["token_endpoint"].as_str().expect("an alias").to_owned();
    for (htu, expected) in [(alias.as_str(), 200), ("https://elsewhere.example/t/acme/oauth2/token", 400)] {
        let proof = key.proof(("POST", htu), app.time(), &json!({}));
        let fields = [("grant_type", "client_credentials".to_owned()), ("scope", "gr:read".to_owned())];
        let form = client.form(&fields);
        let answer = app.post_with_certificate_and(&[("DPoP", &proof)], "token", None, &form).await;
        assert_eq!(answer.status, expected, "{htu}: {}", answer.text);
    }
}

macro_rules! on_both {
    ($($name:ident => $body:ident),+ $(,)?) => {
        mod embedded { $(#[actix_web::test] async fn $name() { super::$body(latchkey_testkit::Backend::Embedded).await; })+ }
        mod production { $(#[actix_web::test] async fn $name() { super::$body(latchkey_testkit::Backend::Production).await; })+ }
    };
}

on_both!(
    tokens_of_every_grant_are_bound_and_a_request_without_a_proof_is_refused_and_spends_nothing => every_grant,
    a_bound_subject_token_is_exchanged_by_whoever_holds_its_key => a_bound_subject_token,
    a_token_bound_to_a_certificate_opens_userinfo_with_that_certificate_only => a_token_bound_to_a_certificate,
    an_opaque_token_is_bound_like_any_other => an_opaque_token,
    a_client_proves_the_kind_of_key_that_it_registered => the_kind_of_key_that_was_registered,
    a_client_of_a_fapi_profile_binds_its_tokens_to_a_key_or_a_certificate_and_gets_no_others => a_fapi_client,
    a_proof_may_be_for_the_alias_where_certificates_are_asked_for => a_proof_for_an_alias,
);
