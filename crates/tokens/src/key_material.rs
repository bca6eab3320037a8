//! Keys as OpenSSL holds them: generated, parsed once, signed and verified with, and their public JWK (RFC 7517).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::Algorithm;
use latchkey_protocol::SigningAlgorithm;
use openssl::bn::{BigNum, BigNumContext};
use openssl::ec::{EcGroup, EcKey};
use openssl::ecdsa::EcdsaSig;
use openssl::error::ErrorStack;
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::{Id, PKey, Private, Public};
use openssl::rsa::{Padding, Rsa};
use openssl::sign::{RsaPssSaltlen, Signer, Verifier};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

pub(crate) const RSA_BITS: u32 = 2048;
const P256_BYTES: usize = 32;
const P256_BYTES_I32: i32 = 32;

/// A private key, parsed.
pub(crate) enum PrivateKey {
    Rsa(PKey<Private>),
    // The EC_KEY itself: taking it out of an EVP_PKEY for each signature would export and import it.
    P256(EcKey<Private>),
    Ed25519(PKey<Private>),
}

/// A public key, parsed.
pub(crate) enum PublicKey {
    Rsa(PKey<Public>),
    P256(EcKey<Public>),
    Ed25519(PKey<Public>),
}

/// The public members of a key, RFC 7518 §6 and RFC 8037 §2.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kty")]
pub(crate) enum PublicJwk {
    #[serde(rename = "RSA")]
    Rsa { n: String, e: String },
    #[serde(rename = "EC")]
    Ec { crv: String, x: String, y: String },
    #[serde(rename = "OKP")]
    Okp { crv: String, x: String },
}

impl PrivateKey {
    /// A new key; RSA takes a tenth of a second or more, the others microseconds.
    pub(crate) fn generate(alg: SigningAlgorithm) -> Result<Self, ErrorStack> {
        match alg {
            SigningAlgorithm::Rs256 | SigningAlgorithm::Ps256 => {
                Ok(Self::Rsa(PKey::from_rsa(Rsa::generate(RSA_BITS)?)?))
            }
            SigningAlgorithm::Es256 => {
                let group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1)?;
                Ok(Self::P256(EcKey::generate(&group)?))
            }
            SigningAlgorithm::EdDsa => Ok(Self::Ed25519(PKey::generate_ed25519()?)),
        }
    }

    /// PKCS#8 DER, unencrypted: it goes nowhere but into the cipher.
    pub(crate) fn to_pkcs8(&self) -> Result<Zeroizing<Vec<u8>>, ErrorStack> {
        Ok(Zeroizing::new(match self {
            Self::Rsa(key) | Self::Ed25519(key) => key.private_key_to_pkcs8()?,
            Self::P256(key) => PKey::from_ec_key(key.clone())?.private_key_to_pkcs8()?,
        }))
    }

    /// Parses PKCS#8 DER; `None` when it is no key of that algorithm.
    pub(crate) fn from_pkcs8(der: &[u8], alg: SigningAlgorithm) -> Option<Self> {
        let key = PKey::private_key_from_pkcs8(der).ok()?;
        match (alg, key.id()) {
            (SigningAlgorithm::Rs256 | SigningAlgorithm::Ps256, Id::RSA) => Some(Self::Rsa(key)),
            (SigningAlgorithm::Es256, Id::EC) => {
                let key = key.ec_key().ok()?;
                (key.group().curve_name() == Some(Nid::X9_62_PRIME256V1)).then_some(Self::P256(key))
            }
            (SigningAlgorithm::EdDsa, Id::ED25519) => Some(Self::Ed25519(key)),
            _ => None,
        }
    }

    pub(crate) fn public_jwk(&self) -> Result<PublicJwk, ErrorStack> {
        let text = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        Ok(match self {
            Self::Rsa(key) => {
                let rsa = key.rsa()?;
                PublicJwk::Rsa { n: text(&rsa.n().to_vec()), e: text(&rsa.e().to_vec()) }
            }
            Self::P256(key) => {
                let (mut x, mut y, mut ctx) = (BigNum::new()?, BigNum::new()?, BigNumContext::new()?);
                key.public_key().affine_coordinates(key.group(), &mut x, &mut y, &mut ctx)?;
                PublicJwk::Ec {
                    crv: "P-256".to_owned(),
                    x: text(&x.to_vec_padded(P256_BYTES_I32)?),
                    y: text(&y.to_vec_padded(P256_BYTES_I32)?),
                }
            }
            Self::Ed25519(key) => PublicJwk::Okp { crv: "Ed25519".to_owned(), x: text(&key.raw_public_key()?) },
        })
    }

    /// Whether the key can sign with the algorithm.
    pub(crate) fn fits(&self, alg: Algorithm) -> bool {
        matches!(
            (self, alg),
            (Self::Rsa(_), Algorithm::RS256 | Algorithm::PS256)
                | (Self::P256(_), Algorithm::ES256)
                | (Self::Ed25519(_), Algorithm::EdDSA)
        )
    }

    /// The JWS signature (RFC 7518 §3): for ECDSA `R || S`, each of 32 octets.
    pub(crate) fn sign(&self, alg: Algorithm, message: &[u8]) -> Result<Vec<u8>, ErrorStack> {
        match self {
            Self::P256(key) => {
                let signature = EcdsaSig::sign(&openssl::sha::sha256(message), key)?;
                let mut octets = signature.r().to_vec_padded(P256_BYTES_I32)?;
                octets.extend(signature.s().to_vec_padded(P256_BYTES_I32)?);
                Ok(octets)
            }
            Self::Rsa(key) => {
                let mut signer = Signer::new(MessageDigest::sha256(), key)?;
                if alg == Algorithm::PS256 {
                    signer.set_rsa_padding(Padding::PKCS1_PSS)?;
                    signer.set_rsa_pss_saltlen(RsaPssSaltlen::DIGEST_LENGTH)?;
                    signer.set_rsa_mgf1_md(MessageDigest::sha256())?;
                }
                signer.sign_oneshot_to_vec(message)
            }
            Self::Ed25519(key) => Signer::new_without_digest(key)?.sign_oneshot_to_vec(message),
        }
    }
}

impl PublicKey {
    /// Parses the members of a JWK; `None` when they are no such key, or an RSA key below 2048 bits (RFC 7518 §3.3).
    pub(crate) fn from_jwk(jwk: &PublicJwk) -> Option<Self> {
        let octets = |text: &str| URL_SAFE_NO_PAD.decode(text).ok();
        match jwk {
            PublicJwk::Rsa { n, e } => Self::from_rsa_components(&octets(n)?, &octets(e)?),
            PublicJwk::Ec { crv, x, y } if crv == "P-256" => Self::from_coordinates(&octets(x)?, &octets(y)?),
            PublicJwk::Okp { crv, x } if crv == "Ed25519" => Self::from_ed25519(&octets(x)?),
            PublicJwk::Ec { .. } | PublicJwk::Okp { .. } => None,
        }
    }

    pub(crate) fn from_rsa_components(n: &[u8], e: &[u8]) -> Option<Self> {
        let rsa = Rsa::from_public_components(BigNum::from_slice(n).ok()?, BigNum::from_slice(e).ok()?).ok()?;
        Self::from_rsa(rsa)
    }

    pub(crate) fn from_rsa_der(der: &[u8]) -> Option<Self> {
        Self::from_rsa(Rsa::public_key_from_der_pkcs1(der).or_else(|_| Rsa::public_key_from_der(der)).ok()?)
    }

    /// The uncompressed point `04 || X || Y`.
    pub(crate) fn from_point(point: &[u8]) -> Option<Self> {
        let coordinates = point.strip_prefix(&[4])?;
        let (x, y) = coordinates.split_at_checked(P256_BYTES)?;
        Self::from_coordinates(x, y)
    }

    pub(crate) fn from_ed25519(octets: &[u8]) -> Option<Self> {
        PKey::public_key_from_raw_bytes(octets, Id::ED25519).ok().map(Self::Ed25519)
    }

    fn from_rsa(rsa: Rsa<Public>) -> Option<Self> {
        if rsa.n().num_bits() < i32::try_from(RSA_BITS).ok()? {
            return None;
        }
        PKey::from_rsa(rsa).ok().map(Self::Rsa)
    }

    fn from_coordinates(x: &[u8], y: &[u8]) -> Option<Self> {
        if x.len() != P256_BYTES || y.len() != P256_BYTES {
            return None;
        }
        let group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1).ok()?;
        let (x, y) = (BigNum::from_slice(x).ok()?, BigNum::from_slice(y).ok()?);
        // Refuses a point that is not on the curve.
        let key = EcKey::from_public_key_affine_coordinates(&group, &x, &y).ok()?;
        key.check_key().ok()?;
        Some(Self::P256(key))
    }

    /// Whether the key can verify the algorithm.
    pub(crate) fn fits(&self, alg: Algorithm) -> bool {
        matches!(
            (self, alg),
            (Self::Rsa(_), Algorithm::RS256 | Algorithm::PS256)
                | (Self::P256(_), Algorithm::ES256)
                | (Self::Ed25519(_), Algorithm::EdDSA)
        )
    }

    /// Whether the JWS signature is the key's for the message.
    pub(crate) fn verify(&self, alg: Algorithm, message: &[u8], signature: &[u8]) -> Result<bool, ErrorStack> {
        match self {
            Self::P256(key) => {
                let Some((r, s)) = signature.split_at_checked(P256_BYTES).filter(|(_, s)| s.len() == P256_BYTES) else {
                    return Ok(false);
                };
                let signature = EcdsaSig::from_private_components(BigNum::from_slice(r)?, BigNum::from_slice(s)?)?;
                signature.verify(&openssl::sha::sha256(message), key)
            }
            Self::Rsa(key) => {
                let mut verifier = Verifier::new(MessageDigest::sha256(), key)?;
                if alg == Algorithm::PS256 {
                    verifier.set_rsa_padding(Padding::PKCS1_PSS)?;
                    verifier.set_rsa_pss_saltlen(RsaPssSaltlen::DIGEST_LENGTH)?;
                    verifier.set_rsa_mgf1_md(MessageDigest::sha256())?;
                }
                verifier.verify_oneshot(signature, message)
            }
            Self::Ed25519(key) => Verifier::new_without_digest(key)?.verify_oneshot(signature, message),
        }
    }
}
