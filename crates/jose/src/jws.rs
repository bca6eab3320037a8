//! Compact JWS (RFC 7515 §3.1) of other parties: client assertions, request objects, DPoP proofs, subject tokens,
//! software statements. The checks of [RFC 8725](https://www.rfc-editor.org/rfc/rfc8725) that all of them share.

use latchkey_core::constant_time_eq;
use latchkey_protocol::{HmacAlgorithm, SigningAlgorithm};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::hmac::{function_of, hmac};
use crate::{InvalidJwk, InvalidJws, Jwk, JwkSet, PublicKey, VerifiedPayload, jwk};

/// The longest JWS that is read, in bytes.
pub const MAX_JWS_LENGTH: usize = 16 * 1024;

/// A string that has the form of a JWT of someone else; nothing in it may be believed.
#[derive(Clone, Debug)]
pub struct UnverifiedJws {
    message: String,
    signature: Vec<u8>,
    header: Header,
    claims: Map<String, Value>,
}

#[derive(Clone, Debug, Deserialize)]
struct Header {
    alg: String,
    kid: Option<String>,
    typ: Option<String>,
    jwk: Option<Value>,
    crit: Option<Value>,
}

impl UnverifiedJws {
    /// Takes it apart.
    ///
    /// # Errors
    /// [`InvalidJws::Malformed`] when it is no compact JWS of a JSON object or above 16 KiB,
    /// [`InvalidJws::CriticalExtension`] when it has a `crit` header: none is understood.
    pub fn parse(text: &str) -> Result<Self, InvalidJws> {
        if text.len() > MAX_JWS_LENGTH {
            return Err(InvalidJws::Malformed);
        }
        let (message, signature) = text.rsplit_once('.').ok_or(InvalidJws::Malformed)?;
        let (header, payload) = message.split_once('.').ok_or(InvalidJws::Malformed)?;
        // A third dot would be left in the payload, and is no base64url.
        let signature = jwk::decode(signature).ok_or(InvalidJws::Malformed)?;
        let header: Header = parse_json(header)?;
        if header.crit.is_some() {
            return Err(InvalidJws::CriticalExtension);
        }
        Ok(Self { message: message.to_owned(), signature, claims: parse_json(payload)?, header })
    }

    /// The `alg` header.
    #[must_use]
    pub fn alg(&self) -> &str {
        &self.header.alg
    }

    /// The `kid` header.
    #[must_use]
    pub fn kid(&self) -> Option<&str> {
        self.header.kid.as_deref()
    }

    /// The `typ` header.
    #[must_use]
    pub fn typ(&self) -> Option<&str> {
        self.header.typ.as_deref()
    }

    /// Whether `typ` is that media type; RFC 7515 §4.1.9: in any case, `application/` may be left out.
    #[must_use]
    pub fn has_typ(&self, expected: &str) -> bool {
        self.typ().is_some_and(|typ| {
            let lower = typ.to_ascii_lowercase();
            lower.strip_prefix("application/").unwrap_or(&lower) == expected.to_ascii_lowercase()
        })
    }

    /// The public key of the `jwk` header, of whoever sent this: a DPoP proof (RFC 9449 §4.2).
    ///
    /// # Errors
    /// When there is none, or it is no acceptable public key.
    pub fn unverified_jwk(&self) -> Result<Jwk, InvalidJwk> {
        self.header.jwk.as_ref().ok_or(InvalidJwk::Malformed).and_then(Jwk::parse)
    }

    /// The claims before anything was verified: to find out whose key to verify with.
    #[must_use]
    pub fn unverified_claims(&self) -> &Map<String, Value> {
        &self.claims
    }

    /// A claim that is a string, before anything was verified.
    #[must_use]
    pub fn unverified_text(&self, name: &str) -> Option<&str> {
        self.claims.get(name).and_then(Value::as_str)
    }

    /// Checks the signature with that key.
    ///
    /// # Errors
    /// When `alg` is not one of the allowed, or the signature is not the key's.
    pub fn verify(&self, key: &PublicKey, allowed: &[SigningAlgorithm]) -> Result<VerifiedPayload, InvalidJws> {
        let alg = self.allowed_algorithm(allowed)?;
        if !key.fits(alg) {
            return Err(InvalidJws::UnknownKey);
        }
        self.payload_if(key.verify(alg, self.message.as_bytes(), &self.signature))
    }

    /// Checks the signature with that key, and that the key's own `alg`, `use` and `key_ops` permit it.
    ///
    /// # Errors
    /// As [`Self::verify`].
    pub fn verify_jwk(&self, key: &Jwk, allowed: &[SigningAlgorithm]) -> Result<VerifiedPayload, InvalidJws> {
        if !key.verifies(self.allowed_algorithm(allowed)?) {
            return Err(InvalidJws::UnknownKey);
        }
        self.verify(key.public_key(), allowed)
    }

    /// Checks the signature with the key of the set that the header names, or with each that may have signed.
    ///
    /// # Errors
    /// [`InvalidJws::UnknownKey`] when the set has none for this header (a newer set may), else as [`Self::verify`].
    pub fn verify_with(&self, keys: &JwkSet, allowed: &[SigningAlgorithm]) -> Result<VerifiedPayload, InvalidJws> {
        let alg = self.allowed_algorithm(allowed)?;
        let mut outcome = Err(InvalidJws::UnknownKey);
        for key in keys.verifying(self.kid(), alg) {
            outcome = self.verify(key.public_key(), allowed);
            if outcome.is_ok() {
                break;
            }
        }
        outcome
    }

    /// Checks the authentication code with a shared secret, in constant time: `client_secret_jwt` (OpenID Connect Core §9).
    ///
    /// # Errors
    /// When `alg` is not one of the allowed, the secret is shorter than the hash, or the code is another one.
    pub fn verify_hmac(&self, secret: &[u8], allowed: &[HmacAlgorithm]) -> Result<VerifiedPayload, InvalidJws> {
        let alg: HmacAlgorithm = self.alg().parse().map_err(|_| InvalidJws::AlgorithmNotAllowed)?;
        if !allowed.contains(&alg) {
            return Err(InvalidJws::AlgorithmNotAllowed);
        }
        let function = function_of(alg);
        // RFC 7518 §3.2: a key of the same size as the hash output or larger must be used.
        if secret.len() < function.size() {
            return Err(InvalidJws::SecretTooShort);
        }
        let expected = hmac(function, secret, self.message.as_bytes()).map_err(|_| InvalidJws::BadSignature)?;
        self.payload_if(constant_time_eq(&expected, &self.signature))
    }

    // RFC 8725 §3.1: the verifier names what it accepts. `none` and HMAC have no value in this enum.
    fn allowed_algorithm(&self, allowed: &[SigningAlgorithm]) -> Result<SigningAlgorithm, InvalidJws> {
        let alg = self.alg().parse().map_err(|_| InvalidJws::AlgorithmNotAllowed)?;
        if allowed.contains(&alg) { Ok(alg) } else { Err(InvalidJws::AlgorithmNotAllowed) }
    }

    fn payload_if(&self, verified: bool) -> Result<VerifiedPayload, InvalidJws> {
        if !verified {
            return Err(InvalidJws::BadSignature);
        }
        Ok(VerifiedPayload::new(self.claims.clone()))
    }
}

fn parse_json<T: serde::de::DeserializeOwned>(part: &str) -> Result<T, InvalidJws> {
    let octets = jwk::decode(part).ok_or(InvalidJws::Malformed)?;
    serde_json::from_slice(&octets).map_err(|_| InvalidJws::Malformed)
}
