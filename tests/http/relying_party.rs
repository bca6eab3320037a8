//! A relying party with keys of its own: it authenticates by assertion, pushes requests and signs request objects.

use latchkey_jose::PrivateKey;
use latchkey_protocol::KeyManagementAlgorithm;
use latchkey_testkit::{AuthorizationRequest, Callback, ClientKey, JsonAnswer, Landing, TestApp};
use serde_json::{Value, json};

pub(crate) const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

pub(crate) struct RelyingParty<'a> {
    pub(crate) app: &'a TestApp,
    pub(crate) id: &'static str,
    pub(crate) key: ClientKey,
}

impl<'a> RelyingParty<'a> {
    /// Registers it at `acme`; members of `metadata` count before the usual ones.
    pub(crate) fn register(app: &'a TestApp, id: &'static str, metadata: &Value) -> Self {
        let key = ClientKey::ec("one");
        let mut client = json!({
            "client_id": id, "redirect_uris": ["http://127.0.0.1/callback"], "consent": "implied",
            "grant_types": ["authorization_code", "refresh_token"], "token_endpoint_auth_method": "private_key_jwt",
            "jwks": key.jwks(), "id_token_signed_response_alg": "ES256", "scope": "openid profile email offline_access",
        });
        client.as_object_mut().expect("an object").extend(metadata.as_object().expect("an object").clone());
        app.add_clients(&[client]);
        Self { app, id, key }
    }

    /// Registers it with a key besides that others encrypt for, which is given too.
    pub(crate) fn encrypting(app: &'a TestApp, id: &'static str, metadata: &Value) -> (Self, PrivateKey) {
        let recipient = PrivateKey::generate_for_encryption(KeyManagementAlgorithm::EcdhEs).expect("a key");
        let mut metadata = metadata.clone();
        let own = ClientKey::ec("one");
        metadata["jwks"] = json!({ "keys": [own.jwk(), crate::jose::encryption_jwk(&recipient)] });
        let party = Self { key: own, ..Self::register(app, id, &metadata) };
        (party, recipient)
    }

    /// An authorization request in the usual shape.
    pub(crate) fn request(&self) -> AuthorizationRequest {
        self.app.authorization(self.id)
    }

    /// POST to an endpoint, authenticated.
    pub(crate) async fn post(&self, endpoint: &str, headers: &[(&str, &str)], fields: &[(&str, &str)]) -> JsonAnswer {
        let (app, assertion) = (self.app, self.assertion());
        let mut fields = fields.to_vec();
        fields.extend([("client_assertion_type", ASSERTION_TYPE), ("client_assertion", &assertion)]);
        app.send(("POST", &format!("{}/oauth2/{endpoint}", app.issuer())), headers, &fields).await
    }

    /// An assertion that authenticates it once.
    pub(crate) fn assertion(&self) -> String {
        let (issuer, now) = (self.app.issuer(), self.app.now());
        let jti = format!("{:?}", std::time::Instant::now());
        let claims = json!({ "iss": self.id, "sub": self.id, "aud": issuer, "jti": jti, "iat": now, "exp": now + 60 });
        self.key.sign("ES256", json!({}), &claims)
    }

    /// Pushes the parameters of a request.
    pub(crate) async fn push(&self, request: &AuthorizationRequest) -> JsonAnswer {
        let fields: Vec<(&str, &str)> =
            request.fields().iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        self.post("par", &[], &fields).await
    }

    /// Pushes a request object.
    pub(crate) async fn push_object(&self, object: &str) -> JsonAnswer {
        self.post("par", &[], &[("request", object)]).await
    }

    /// The claims of a good request object; members of `changes` come on top, `null` takes one away.
    pub(crate) fn claims(&self, request: &AuthorizationRequest, changes: &Value) -> Value {
        let now = self.app.now();
        let mut claims = json!({
            "iss": self.id, "aud": self.app.issuer(), "iat": now, "nbf": now - 1, "exp": now + 300, "jti": "1",
        });
        for (name, value) in request.fields() {
            claims[name] = value.as_str().into();
        }
        for (name, value) in changes.as_object().expect("an object") {
            match value {
                Value::Null => drop(claims.as_object_mut().expect("an object").remove(name)),
                value => claims[name] = value.clone(),
            }
        }
        claims
    }

    /// A request object signed with ES256.
    pub(crate) fn object(&self, request: &AuthorizationRequest, changes: &Value) -> String {
        self.key.sign("ES256", json!({"typ": "oauth-authz-req+jwt"}), &self.claims(request, changes))
    }

    /// The URL of a request that refers to what is named so.
    pub(crate) fn url(&self, name: &str, value: &str) -> String {
        let query = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs([("client_id", self.id), (name, value)])
            .finish();
        format!("{}?{query}", self.request().endpoint())
    }

    /// Runs such a URL to its end as Alice, in a fresh browser.
    pub(crate) async fn sign_in(&self, name: &str, value: &str) -> Callback {
        self.app.sign_in_at(&self.app.browser(), &self.url(name, value), "alice").await
    }
}

/// The `error` that a request ends with, be it on a page or at the application.
pub(crate) fn error_of(landing: Landing) -> String {
    match landing {
        Landing::Callback(callback) => callback.param("error").to_owned(),
        Landing::Page(page) => {
            assert_eq!(page.status, 400, "{}", page.html);
            let known =
                ["invalid_request_object", "invalid_request_uri", "request_uri_not_supported", "invalid_request"];
            known.into_iter().find(|code| page.html.contains(&format!("{code}: "))).unwrap_or("none").to_owned()
        }
    }
}
