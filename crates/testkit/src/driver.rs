//! What a relying party and a browser can do to a Latchkey, wherever it runs.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use openssl::bn::BigNum;
use openssl::pkey::{PKey, Public};
use reqwest::Client;
use serde_json::Value;

use crate::browser::{Browser, Landing, Page};
use crate::request::{AuthorizationRequest, CODE_VERIFIER, REDIRECT_URI};
use crate::response::{Callback, JsonAnswer};
use crate::wire::RawHttp;

/// The tenant that a test means when it names none.
const TENANT: &str = "acme";

/// Speaks HTTP to a server at a port of this machine, with the clients and users of `tests/support/fixture.yaml`.
#[derive(Clone)]
pub struct Driver {
    http: Client,
    port: u16,
}

impl Driver {
    /// Speaks to the server at `port`.
    #[must_use]
    pub fn new(port: u16) -> Self {
        let http =
            Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy().build().expect("an HTTP client");
        Self { http, port }
    }

    /// The port.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The Host header of the public URL.
    #[must_use]
    pub fn host(&self) -> String {
        format!("localhost:{}", self.port)
    }

    /// The public URL.
    #[must_use]
    pub fn origin(&self) -> String {
        format!("http://{}", self.host())
    }

    /// The issuer of `acme`.
    #[must_use]
    pub fn issuer(&self) -> String {
        self.issuer_of(TENANT)
    }

    /// The issuer of another tenant.
    #[must_use]
    pub fn issuer_of(&self, tenant: &str) -> String {
        format!("{}/t/{tenant}", self.origin())
    }

    /// An authorization request of a client of `acme`.
    #[must_use]
    pub fn authorization(&self, client_id: &str) -> AuthorizationRequest {
        self.authorization_of(TENANT, client_id)
    }

    /// An authorization request of a client of another tenant.
    #[must_use]
    pub fn authorization_of(&self, tenant: &str, client_id: &str) -> AuthorizationRequest {
        AuthorizationRequest::new(self.issuer_of(tenant), client_id)
    }

    /// A browser without cookies.
    #[must_use]
    pub fn browser(&self) -> Browser {
        Browser::new(&self.origin())
    }

    /// A raw connection.
    pub async fn wire(&self) -> RawHttp {
        RawHttp::connect(self.port).await
    }

    /// Runs a request to its end in a fresh browser.
    pub async fn sign_in(&self, login: &str, request: &AuthorizationRequest) -> Callback {
        self.sign_in_with(&self.browser(), login, request).await
    }

    /// Runs a request to its end in a browser.
    pub async fn sign_in_with(&self, browser: &Browser, login: &str, request: &AuthorizationRequest) -> Callback {
        browser.sign_in(&request.url(), login, password_of(&request.issuer, login)).await
    }

    /// Runs an authorization URL that somebody else's library made.
    pub async fn sign_in_at(&self, browser: &Browser, url: &str, login: &str) -> Callback {
        browser.sign_in(url, login, password_of(&self.issuer(), login)).await
    }

    /// The end-session URL with parameters.
    #[must_use]
    pub fn logout_url(&self, params: &[(&str, &str)]) -> String {
        let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(params).finish();
        format!("{}/oauth2/logout?{query}", self.issuer())
    }

    /// Signs the browser out of `acme`.
    pub async fn sign_out(&self, browser: &Browser) {
        if let Landing::Page(page) = browser.visit(&self.logout_url(&[])).await {
            let _ = browser.submit(&page, &[]).await;
        }
    }

    /// GET that accepts JSON.
    pub async fn get(&self, url: &str) -> JsonAnswer {
        let request = self.http.get(url).header("accept", "application/json");
        JsonAnswer::read(request.send().await.expect("an answer")).await
    }

    /// GET with a bearer token.
    pub async fn get_with_token(&self, url: &str, token: &str) -> JsonAnswer {
        JsonAnswer::read(self.http.get(url).bearer_auth(token).send().await.expect("an answer")).await
    }

    /// GET of a page with a session cookie of our making.
    pub async fn get_with_cookie(&self, url: &str, name: &str, value: &str) -> Page {
        let request = self.http.get(url).header("cookie", format!("{name}={value}")).header("accept", "text/html");
        Page::read(url, request.send().await.expect("an answer")).await
    }

    /// POST of a form without client authentication.
    pub async fn post_form(&self, url: &str, fields: &[(&str, &str)]) -> JsonAnswer {
        JsonAnswer::read(self.http.post(url).form(fields).send().await.expect("an answer")).await
    }

    /// A request with headers, and with a form when there are fields; the client authenticates by its parameters.
    pub async fn send(
        &self,
        (method, url): (&str, &str),
        headers: &[(&str, &str)],
        fields: &[(&str, &str)],
    ) -> JsonAnswer {
        let mut request = self.http.request(method.parse().expect("a method"), url);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if !fields.is_empty() {
            request = request.form(fields);
        }
        JsonAnswer::read(request.send().await.expect("an answer")).await
    }

    /// A request with a JSON body, and with a bearer token or without.
    pub async fn send_json(&self, (method, url): (&str, &str), token: Option<&str>, body: &Value) -> JsonAnswer {
        let request = self.http.request(method.parse().expect("a method"), url);
        let request = request.header("content-type", "application/json").body(body.to_string());
        let request = match token {
            Some(token) => request.bearer_auth(token),
            None => request,
        };
        JsonAnswer::read(request.send().await.expect("an answer")).await
    }

    /// POST of a JSON body, with HTTP Basic or without.
    pub async fn post_json(&self, url: &str, basic: Option<(&str, &str)>, body: &Value) -> JsonAnswer {
        let mut request = self.http.post(url).header("content-type", "application/json");
        if let Some((user, password)) = basic {
            request = request.basic_auth(user, Some(password));
        }
        JsonAnswer::read(request.body(body.to_string()).send().await.expect("an answer")).await
    }

    /// POST of an already encoded body, with HTTP Basic or without.
    pub async fn post_raw(&self, url: &str, basic: Option<(&str, &str)>, body: &str) -> JsonAnswer {
        let mut request = self.http.post(url).header("content-type", "application/x-www-form-urlencoded");
        if let Some((user, password)) = basic {
            request = request.basic_auth(user, Some(password));
        }
        JsonAnswer::read(request.body(body.to_owned()).send().await.expect("an answer")).await
    }

    /// POST to the token endpoint of `acme`, as it stands.
    pub async fn token_raw(&self, basic: Option<(&str, &str)>, body: &str) -> JsonAnswer {
        self.post_raw(&format!("{}/oauth2/token", self.issuer()), basic, body).await
    }

    /// POST to an endpoint of `acme`, authenticated as a client of it.
    pub async fn post_as(&self, client: &str, endpoint: &str, fields: &[(&str, &str)]) -> JsonAnswer {
        self.post_of(TENANT, client, endpoint, fields).await
    }

    /// POST to an endpoint of a tenant, authenticated as a client of it.
    pub async fn post_of(&self, tenant: &str, client: &str, endpoint: &str, fields: &[(&str, &str)]) -> JsonAnswer {
        self.try_post_of(tenant, client, endpoint, fields).await.expect("an answer")
    }

    async fn try_post_of(
        &self,
        tenant: &str,
        client: &str,
        endpoint: &str,
        fields: &[(&str, &str)],
    ) -> Result<JsonAnswer, reqwest::Error> {
        let url = format!("{}/oauth2/{endpoint}", self.issuer_of(tenant));
        let mut request = self.http.post(url);
        let mut fields = fields.to_vec();
        match secret_of(tenant, client) {
            None => fields.push(("client_id", client)),
            Some(secret) if client == "web-post" => fields.extend([("client_id", client), ("client_secret", secret)]),
            Some(secret) => request = request.basic_auth(client, Some(secret)),
        }
        JsonAnswer::try_read(request.form(&fields).send().await?).await
    }

    /// A token request of a client of `acme`; empty values are left out.
    pub async fn token(&self, client: &str, fields: &BTreeMap<&str, String>) -> JsonAnswer {
        self.token_of(TENANT, client, fields).await
    }

    /// A token request of a client of a tenant; empty values are left out.
    pub async fn token_of(&self, tenant: &str, client: &str, fields: &BTreeMap<&str, String>) -> JsonAnswer {
        let fields: Vec<(&str, &str)> =
            fields.iter().filter(|(_, value)| !value.is_empty()).map(|(name, value)| (*name, value.as_str())).collect();
        self.post_of(tenant, client, "token", &fields).await
    }

    /// The fields that redeem a code of [`AuthorizationRequest`].
    #[must_use]
    pub fn code_fields(&self, code: &str) -> BTreeMap<&'static str, String> {
        [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", REDIRECT_URI),
            ("code_verifier", CODE_VERIFIER),
        ]
        .map(|(name, value)| (name, value.to_owned()))
        .into()
    }

    /// Redeems a code.
    pub async fn redeem(&self, client: &str, code: &str) -> JsonAnswer {
        self.token(client, &self.code_fields(code)).await
    }

    /// Uses a refresh token.
    pub async fn refresh(&self, client: &str, refresh_token: &str) -> JsonAnswer {
        self.post_as(client, "token", &[("grant_type", "refresh_token"), ("refresh_token", refresh_token)]).await
    }

    /// Uses a refresh token of a server that may die meanwhile.
    ///
    /// # Errors
    /// When no answer comes.
    pub async fn try_refresh(&self, client: &str, refresh_token: &str) -> Result<JsonAnswer, reqwest::Error> {
        let fields = [("grant_type", "refresh_token"), ("refresh_token", refresh_token)];
        self.try_post_of(TENANT, client, "token", &fields).await
    }

    /// Redeems a code at a server that may die meanwhile.
    ///
    /// # Errors
    /// When no answer comes.
    pub async fn try_redeem(&self, client: &str, code: &str) -> Result<JsonAnswer, reqwest::Error> {
        let fields = self.code_fields(code);
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        self.try_post_of(TENANT, client, "token", &fields).await
    }

    /// Asks for a machine's token; an empty scope is left out.
    pub async fn client_credentials(&self, client: &str, scope: &str) -> JsonAnswer {
        let fields =
            [("grant_type", "client_credentials"), ("scope", scope)].map(|(name, value)| (name, value.to_owned()));
        self.token(client, &fields.into()).await
    }

    /// A whole sign-in, up to the tokens.
    pub async fn tokens(&self, client: &str, login: &str, scope: &str) -> JsonAnswer {
        self.tokens_of(TENANT, client, login, scope).await
    }

    /// A whole sign-in at a tenant, up to the tokens.
    pub async fn tokens_of(&self, tenant: &str, client: &str, login: &str, scope: &str) -> JsonAnswer {
        let request = self.authorization_of(tenant, client).with("scope", scope);
        let callback = self.sign_in(login, &request).await;
        self.token_of(tenant, client, &self.code_fields(callback.code())).await.ok()
    }

    /// Redeems a code; the verified claims of the ID token.
    pub async fn id_token(&self, client: &str, code: &str) -> Value {
        let tokens = self.redeem(client, code).await.ok();
        self.verify_jwt(&tokens.string("id_token")).await
    }

    /// Calls userinfo with a token.
    pub async fn userinfo(&self, token: &str) -> JsonAnswer {
        self.get_with_token(&format!("{}/oauth2/userinfo", self.issuer()), token).await
    }

    /// Introspects a token as a client; the answer, which must be 200.
    pub async fn introspect(&self, client: &str, token: &str) -> Value {
        self.post_as(client, "introspect", &[("token", token)]).await.ok().json
    }

    /// Verifies a JWT with the published keys, by OpenSSL and nothing of Latchkey; its claims.
    pub async fn verify_jwt(&self, token: &str) -> Value {
        let keys = self.get(&format!("{}/oauth2/jwks", self.issuer())).await.ok().json;
        let mut parts = token.split('.');
        let mut part = || parts.next().expect("three parts");
        let (header, claims, signature) = (part(), part(), part());
        let decoded: Value = serde_json::from_slice(&decode(header)).expect("a JOSE header");
        let key = keys["keys"]
            .as_array()
            .expect("keys")
            .iter()
            .find(|key| key["kid"] == decoded["kid"])
            .expect("a known kid");
        assert_eq!(key["alg"], decoded["alg"]);
        let message = format!("{header}.{claims}");
        assert!(signature_is_valid(key, message.as_bytes(), &decode(signature)), "bad signature");
        serde_json::from_slice(&decode(claims)).expect("claims")
    }
}

fn password_of(issuer: &str, login: &str) -> &'static str {
    match login {
        _ if issuer.ends_with("/t/globex") => "another-alice-in-winter",
        "bob" | "bob@acme.test" => "builder-in-autumn",
        _ => "wonderland-in-spring",
    }
}

fn secret_of(tenant: &str, client: &str) -> Option<&'static str> {
    match client {
        _ if tenant == "globex" => Some("globex-secret-0123456789-0123456789-0123456789"),
        "accounts-web" => Some("accounts-secret-0123456789-0123456789-0123456789"),
        _ if client.starts_with("gr-public-") => None,
        _ if client.starts_with("gr-") => Some("grants-secret-0123456789-0123456789-0123456789"),
        "web" => Some("web-secret-0123456789-0123456789-0123456789"),
        "web-post" => Some("post-secret-0123456789-0123456789-0123456789"),
        "legacy" => Some("legacy-secret-0123456789-0123456789-0123456789"),
        "opaque" => Some("opaque-secret-0123456789-0123456789-0123456789"),
        "api" => Some("api-secret-0123456789-0123456789-0123456789"),
        _ if client.starts_with("ciba-") => Some("ciba-secret-0123456789-0123456789-0123456789"),
        "dev-box" => Some("dev-box-secret-0123456789-0123456789-0123456789"),
        "res-web" | "res-machine" | "res-notes" | "res-bank" | "res-open" | "res-elsewhere" => {
            Some("res-secret-0123456789-0123456789-0123456789")
        }
        "machine" => Some("machine-secret-0123456789-0123456789-0123456789"),
        _ => None,
    }
}

fn decode(text: &str) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(text).expect("base64url")
}

fn signature_is_valid(key: &Value, message: &[u8], signature: &[u8]) -> bool {
    use openssl::ecdsa::EcdsaSig;
    use openssl::hash::MessageDigest;
    let number = |name: &str| BigNum::from_slice(&decode(key[name].as_str().expect("a member"))).expect("a number");
    let (public, signature): (PKey<Public>, Vec<u8>) = match key["alg"].as_str() {
        Some("RS256") => {
            let rsa = openssl::rsa::Rsa::from_public_components(number("n"), number("e")).expect("a key");
            (PKey::from_rsa(rsa).expect("a key"), signature.to_vec())
        }
        Some("ES256") => {
            let curve = openssl::ec::EcGroup::from_curve_name(openssl::nid::Nid::X9_62_PRIME256V1).expect("P-256");
            let point = openssl::ec::EcKey::from_public_key_affine_coordinates(&curve, &number("x"), &number("y"))
                .expect("a point");
            let (r, s) = signature.split_at(32);
            let (r, s) = (BigNum::from_slice(r).expect("r"), BigNum::from_slice(s).expect("s"));
            let der = EcdsaSig::from_private_components(r, s).and_then(|sig| sig.to_der()).expect("DER");
            (PKey::from_ec_key(point).expect("a key"), der)
        }
        other => panic!("no check for {other:?}"),
    };
    let mut verifier = openssl::sign::Verifier::new(MessageDigest::sha256(), &public).expect("a verifier");
    verifier.verify_oneshot(&signature, message).unwrap_or(false)
}
