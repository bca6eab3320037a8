//! DPoP proofs of a client, [RFC 9449 §4.2](https://www.rfc-editor.org/rfc/rfc9449#section-4.2).

use anyhow::Result;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use latchkey_core::{Clock, Rng};
use latchkey_jose::PrivateKey;
use latchkey_protocol::SigningAlgorithm;
use serde_json::{Value, json};

/// A P-256 key and the header of its proofs.
pub struct ProofKey {
    key: PrivateKey,
    header: String,
    rng: Rng,
}

impl ProofKey {
    pub fn generate() -> Result<Self> {
        let key = PrivateKey::generate(SigningAlgorithm::Es256)?;
        let header = encode(&json!({ "typ": "dpop+jwt", "alg": "ES256", "jwk": key.public_jwk()? }));
        Ok(Self { key, header, rng: Rng::system() })
    }

    /// A proof for one request, made now.
    pub fn proof(&self, method: &str, url: &str) -> Result<String> {
        let iat = Clock::System.now().unix_seconds();
        let claims = json!({ "jti": self.rng.token().expose(), "htm": method, "htu": url, "iat": iat });
        let message = format!("{}.{}", self.header, encode(&claims));
        let signature = self.key.sign(SigningAlgorithm::Es256, message.as_bytes())?;
        Ok(format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }
}

fn encode(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}
