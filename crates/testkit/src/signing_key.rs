//! A key pair of somebody else: it signs client assertions, request objects and DPoP proofs.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use latchkey_core::{UtcTime, sha256};
use latchkey_jose::{Jwk, PrivateKey};
use latchkey_protocol::SigningAlgorithm;
use serde_json::{Value, json};

/// A private key and the algorithm that it signs with.
pub struct SigningKey {
    key: PrivateKey,
    alg: SigningAlgorithm,
    kid: String,
}

impl SigningKey {
    /// A new key.
    #[must_use]
    pub fn generate(alg: SigningAlgorithm) -> Self {
        let key = PrivateKey::generate(alg).expect("a key");
        let mut this = Self { key, alg, kid: String::new() };
        this.kid = this.thumbprint();
        this
    }

    /// Its public JWK with `kid`, `alg` and `use`.
    #[must_use]
    pub fn jwk(&self) -> Value {
        let mut jwk = self.bare_jwk();
        jwk["kid"] = json!(self.kid);
        jwk["alg"] = json!(self.alg.as_str());
        jwk["use"] = json!("sig");
        jwk
    }

    /// A JWK set of it alone.
    #[must_use]
    pub fn jwks(&self) -> Value {
        json!({ "keys": [self.jwk()] })
    }

    /// Its thumbprint, RFC 7638.
    #[must_use]
    pub fn thumbprint(&self) -> String {
        Jwk::parse(&self.bare_jwk()).expect("a key").thumbprint()
    }

    /// A JWT with `kid`; members of `header` come on top.
    #[must_use]
    pub fn sign(&self, header: &Value, claims: &Value) -> String {
        let mut whole = json!({ "alg": self.alg.as_str(), "kid": self.kid });
        overlay(&mut whole, header);
        self.sign_exactly(&whole, claims)
    }

    /// A JWT with that header and no other member.
    #[must_use]
    pub fn sign_exactly(&self, header: &Value, claims: &Value) -> String {
        let encode = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let message = format!("{}.{}", encode(header), encode(claims));
        let signature = self.key.sign(self.alg, message.as_bytes()).expect("a signature");
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    /// A DPoP proof, RFC 9449 §4.2; members of `claims` come on top, `null` takes one away.
    #[must_use]
    pub fn proof(&self, (method, url): (&str, &str), now: UtcTime, claims: &Value) -> String {
        let jti = URL_SAFE_NO_PAD.encode(rand_bytes());
        let mut whole = json!({ "jti": jti, "htm": method, "htu": url, "iat": now.unix_seconds() });
        overlay(&mut whole, claims);
        let header = json!({ "typ": "dpop+jwt", "alg": self.alg.as_str(), "jwk": self.bare_jwk() });
        self.sign_exactly(&header, &whole)
    }

    /// The `ath` of an access token.
    #[must_use]
    pub fn ath(access_token: &str) -> String {
        URL_SAFE_NO_PAD.encode(sha256(access_token.as_bytes()))
    }

    fn bare_jwk(&self) -> Value {
        serde_json::to_value(self.key.public_jwk().expect("a public key")).expect("serializes")
    }
}

fn overlay(value: &mut Value, members: &Value) {
    for (name, member) in members.as_object().expect("an object") {
        if member.is_null() {
            value.as_object_mut().expect("an object").remove(name);
        } else {
            value[name] = member.clone();
        }
    }
}

fn rand_bytes() -> [u8; 16] {
    let mut bytes = [0; 16];
    openssl::rand::rand_bytes(&mut bytes).expect("randomness");
    bytes
}
