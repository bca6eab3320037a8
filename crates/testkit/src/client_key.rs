//! Keys of a client, and what it signs with them: by OpenSSL and nothing of Latchkey.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use openssl::bn::{BigNum, BigNumContext};
use openssl::ec::{EcGroup, EcKey};
use openssl::ecdsa::EcdsaSig;
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::{PKey, Private};
use openssl::rsa::{Padding, Rsa};
use openssl::sign::{RsaPssSaltlen, Signer};
use serde_json::{Value, json};

/// A key pair of a client, for ES256, or for RS256 and PS256.
#[derive(Clone)]
pub struct ClientKey {
    kid: String,
    key: PKey<Private>,
}

impl ClientKey {
    /// A P-256 key.
    #[must_use]
    pub fn ec(kid: &str) -> Self {
        let group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1).expect("a curve");
        let key = PKey::from_ec_key(EcKey::generate(&group).expect("a key")).expect("a key");
        Self { kid: kid.to_owned(), key }
    }

    /// An RSA key of 2048 bits.
    #[must_use]
    pub fn rsa(kid: &str) -> Self {
        let key = PKey::from_rsa(Rsa::generate(2048).expect("a key")).expect("a key");
        Self { kid: kid.to_owned(), key }
    }

    /// The public key as a JWK.
    #[must_use]
    pub fn jwk(&self) -> Value {
        if let Ok(rsa) = self.key.rsa() {
            return json!({ "kty": "RSA", "kid": self.kid, "use": "sig", "n": b64(&rsa.n().to_vec()), "e": b64(&rsa.e().to_vec()) });
        }
        let key = self.key.ec_key().expect("an EC key");
        let (mut x, mut y) = (BigNum::new().expect("a number"), BigNum::new().expect("a number"));
        let mut context = BigNumContext::new().expect("a context");
        key.public_key().affine_coordinates(key.group(), &mut x, &mut y, &mut context).expect("coordinates");
        let coordinate = |number: BigNum| b64(&number.to_vec_padded(32).expect("32 bytes"));
        json!({ "kty": "EC", "crv": "P-256", "kid": self.kid, "use": "sig", "x": coordinate(x), "y": coordinate(y) })
    }

    /// A JWK Set of this key alone.
    #[must_use]
    pub fn jwks(&self) -> Value {
        json!({ "keys": [self.jwk()] })
    }

    /// Signs claims with the algorithm; `header` holds further members.
    #[must_use]
    pub fn sign(&self, alg: &str, header: Value, claims: &Value) -> String {
        let mut header = header;
        header["alg"] = alg.into();
        header["kid"] = self.kid.clone().into();
        let message = format!("{}.{}", b64(header.to_string().as_bytes()), b64(claims.to_string().as_bytes()));
        let mut signer = Signer::new(MessageDigest::sha256(), &self.key).expect("a signer");
        if alg == "PS256" {
            signer.set_rsa_padding(Padding::PKCS1_PSS).expect("PSS");
            signer.set_rsa_pss_saltlen(RsaPssSaltlen::DIGEST_LENGTH).expect("a length");
        }
        let signature = signer.sign_oneshot_to_vec(message.as_bytes()).expect("a signature");
        let signature = match alg {
            "ES256" => {
                let parts = EcdsaSig::from_der(&signature).expect("DER");
                let part = |number: &openssl::bn::BigNumRef| number.to_vec_padded(32).expect("32 bytes");
                [part(parts.r()), part(parts.s())].concat()
            }
            _ => signature,
        };
        format!("{message}.{}", b64(&signature))
    }
}

/// Signs claims with HS256 under a shared secret.
#[must_use]
pub fn sign_hs256(secret: &str, claims: &Value) -> String {
    sign_hmac("HS256", secret, claims)
}

/// Signs claims with HS256, HS384 or HS512 under a shared secret.
#[must_use]
pub fn sign_hmac(alg: &str, secret: &str, claims: &Value) -> String {
    let digest = match alg {
        "HS256" => MessageDigest::sha256(),
        "HS384" => MessageDigest::sha384(),
        _ => MessageDigest::sha512(),
    };
    let key = PKey::hmac(secret.as_bytes()).expect("a key");
    let header = json!({ "alg": alg }).to_string();
    let message = format!("{}.{}", b64(header.as_bytes()), b64(claims.to_string().as_bytes()));
    let mut signer = Signer::new(digest, &key).expect("a signer");
    let signature = signer.sign_oneshot_to_vec(message.as_bytes()).expect("a code");
    format!("{message}.{}", b64(&signature))
}

fn b64(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}
