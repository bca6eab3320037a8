//! JSON Web Keys, [RFC 7517](https://www.rfc-editor.org/rfc/rfc7517), of others: public ones only.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use latchkey_core::sha256;
use latchkey_protocol::{KeyManagementAlgorithm, SigningAlgorithm};
use openssl::x509::X509;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{InvalidJwk, PublicKey};

/// RFC 7518 §6.2.2, §6.3.2, §6.4.1 and RFC 8037 §2: what a public key never has.
const PRIVATE_MEMBERS: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

/// The public members of a key, RFC 7518 §6 and RFC 8037 §2.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kty")]
pub enum PublicJwk {
    /// RSA.
    #[serde(rename = "RSA")]
    Rsa {
        /// Modulus.
        n: String,
        /// Exponent.
        e: String,
    },
    /// An elliptic curve.
    #[serde(rename = "EC")]
    Ec {
        /// Its name.
        crv: String,
        /// X coordinate.
        x: String,
        /// Y coordinate.
        y: String,
    },
    /// An octet key pair.
    #[serde(rename = "OKP")]
    Okp {
        /// Its kind.
        crv: String,
        /// Public key.
        x: String,
    },
}

impl PublicJwk {
    /// RFC 7638: SHA-256 over the required members in lexicographic order, as 43 base64url characters.
    #[must_use]
    pub fn thumbprint(&self) -> String {
        // Only base64url and names of curves that are known stand in a parsed key: nothing to escape.
        let members = match self {
            Self::Rsa { n, e } => format!(r#"{{"e":"{e}","kty":"RSA","n":"{n}"}}"#),
            Self::Ec { crv, x, y } => format!(r#"{{"crv":"{crv}","kty":"EC","x":"{x}","y":"{y}"}}"#),
            Self::Okp { crv, x } => format!(r#"{{"crv":"{crv}","kty":"OKP","x":"{x}"}}"#),
        };
        encode(&sha256(members.as_bytes()))
    }
}

/// A public key with what its owner says about its use.
#[derive(Clone, Debug)]
pub struct Jwk {
    members: PublicJwk,
    key: Arc<PublicKey>,
    labels: Labels,
    certificate: Option<Vec<u8>>,
}

#[derive(Clone, Debug, Deserialize)]
struct Labels {
    kid: Option<String>,
    alg: Option<String>,
    #[serde(rename = "use")]
    purpose: Option<String>,
    key_ops: Option<Vec<String>>,
    x5c: Option<Vec<String>>,
}

impl Jwk {
    /// Reads a public key.
    ///
    /// # Errors
    /// [`InvalidJwk`] with the reason; private members are one (RFC 9449 §4.3 and good sense).
    pub fn parse(value: &Value) -> Result<Self, InvalidJwk> {
        let members = value.as_object().ok_or(InvalidJwk::Malformed)?;
        if contains_private_members(members) {
            return Err(InvalidJwk::Private);
        }
        let labels = Labels::deserialize(value).map_err(|_| InvalidJwk::Malformed)?;
        let members = PublicJwk::deserialize(value).map_err(|_| InvalidJwk::Unsupported)?;
        let key = PublicKey::from_jwk(&members).ok_or(InvalidJwk::Unsupported)?;
        // What is compared from now on is the canonical form, whatever zeros the sender put in front.
        let members = key.to_jwk().map_err(|_| InvalidJwk::Unsupported)?;
        let certificate = match labels.x5c.as_deref().and_then(<[String]>::first) {
            Some(text) => Some(certificate_of(text, &members).ok_or(InvalidJwk::OtherCertificate)?),
            None => None,
        };
        Ok(Self { members, key: Arc::new(key), labels, certificate })
    }

    /// `kid`.
    #[must_use]
    pub fn kid(&self) -> Option<&str> {
        self.labels.kid.as_deref()
    }

    /// The key, parsed.
    #[must_use]
    pub fn public_key(&self) -> &PublicKey {
        &self.key
    }

    /// The members that make the key.
    #[must_use]
    pub fn members(&self) -> &PublicJwk {
        &self.members
    }

    /// The first certificate of `x5c`, DER; its key is this key.
    #[must_use]
    pub fn certificate_der(&self) -> Option<&[u8]> {
        self.certificate.as_deref()
    }

    /// `jkt`: RFC 7638, SHA-256, 43 base64url characters.
    #[must_use]
    pub fn thumbprint(&self) -> String {
        self.members.thumbprint()
    }

    /// Whether the key, by its kind and by `use`, `key_ops` and `alg`, verifies signatures of that algorithm.
    #[must_use]
    pub fn verifies(&self, alg: SigningAlgorithm) -> bool {
        self.key.fits(alg) && self.is_for("sig", &["verify"]) && self.has_alg(alg.as_str())
    }

    /// Whether the key, by its kind and by `use`, `key_ops` and `alg`, is one to encrypt for with that algorithm.
    #[must_use]
    pub fn encrypts(&self, alg: KeyManagementAlgorithm) -> bool {
        let operations = ["encrypt", "wrapKey", "deriveKey", "deriveBits"];
        self.key.fits_encryption(alg) && self.is_for("enc", &operations) && self.has_alg(alg.as_str())
    }

    /// Whether its owner says that it is for encryption.
    pub(crate) fn is_named_for_encryption(&self) -> bool {
        self.labels.purpose.as_deref() == Some("enc")
    }

    pub(crate) fn is_for(&self, purpose: &str, operations: &[&str]) -> bool {
        let by_use = self.labels.purpose.as_deref().is_none_or(|of| of == purpose);
        let by_operation = self
            .labels
            .key_ops
            .as_ref()
            .is_none_or(|of| of.iter().any(|operation| operations.contains(&operation.as_str())));
        by_use && by_operation
    }

    pub(crate) fn has_alg(&self, alg: &str) -> bool {
        self.labels.alg.as_deref().is_none_or(|of| of == alg)
    }
}

/// Whether a JWK has members that only its owner may know: it is a private or a symmetric key.
#[must_use]
pub fn contains_private_members(jwk: &Map<String, Value>) -> bool {
    PRIVATE_MEMBERS.iter().any(|member| jwk.contains_key(*member))
}

pub(crate) fn encode(octets: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(octets)
}

pub(crate) fn decode(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

/// RFC 7517 §4.7: the key in the first certificate must be the one of the other members.
fn certificate_of(text: &str, members: &PublicJwk) -> Option<Vec<u8>> {
    let der = STANDARD.decode(text).ok()?;
    let certified = X509::from_der(&der).ok()?.public_key().ok()?;
    let key = PublicKey::from_pkey(&certified)?;
    (key.to_jwk().ok()? == *members).then_some(der)
}
