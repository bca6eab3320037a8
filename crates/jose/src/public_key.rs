//! Public keys, ours and others', as OpenSSL holds them: parsed once, verified with.

use latchkey_protocol::{KeyManagementAlgorithm, SigningAlgorithm};
use openssl::bn::{BigNum, BigNumContext};
use openssl::ec::{EcGroupRef, EcKey, EcPointRef};
use openssl::ecdsa::EcdsaSig;
use openssl::error::ErrorStack;
use openssl::pkey::{Id, PKey, Public};
use openssl::rsa::{Padding, Rsa};
use openssl::sign::{RsaPssSaltlen, Verifier};

use crate::algorithm::{HashFunction, curve_of, is_ed25519, is_pss};
use crate::curve::Curve;
use crate::{PublicJwk, jwk};

/// RFC 7518 §3.3: a key of size 2048 bits or larger.
const MIN_RSA_BITS: i32 = 2048;
/// Each verification costs with the square of the size, and the key is the sender's choice.
const MAX_RSA_BITS: i32 = 8192;
/// For the same reason; 65537 and 3 are what is used.
const MAX_RSA_EXPONENT_BITS: i32 = 33;

/// `crv` of an octet key pair that signs, RFC 8037 §3.1.
pub(crate) const ED25519: &str = "Ed25519";
/// `crv` of one that agrees on keys, RFC 8037 §3.2.
pub(crate) const X25519: &str = "X25519";

/// A public key, parsed and checked: RSA of 2048 to 8192 bits, a point of P-256, P-384 or P-521, Ed25519 or X25519.
pub struct PublicKey(pub(crate) Material);

pub(crate) enum Material {
    Rsa(PKey<Public>),
    Ec(EcKey<Public>, Curve),
    Ed25519(PKey<Public>),
    X25519(PKey<Public>),
}

impl std::fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PublicKey")
    }
}

impl PublicKey {
    /// Parses the members of a JWK; `None` when they are no such key.
    #[must_use]
    pub fn from_jwk(members: &PublicJwk) -> Option<Self> {
        match members {
            PublicJwk::Rsa { n, e } => Self::from_rsa_components(&jwk::decode(n)?, &jwk::decode(e)?),
            PublicJwk::Ec { crv, x, y } => {
                Self::from_coordinates(Curve::from_name(crv)?, &jwk::decode(x)?, &jwk::decode(y)?)
            }
            PublicJwk::Okp { crv, x } => match crv.as_str() {
                ED25519 => Self::from_ed25519(&jwk::decode(x)?),
                X25519 => Self::from_x25519(&jwk::decode(x)?),
                _ => None,
            },
        }
    }

    /// The members, in their one canonical form.
    ///
    /// # Errors
    /// When OpenSSL fails.
    pub fn to_jwk(&self) -> Result<PublicJwk, ErrorStack> {
        Ok(match &self.0 {
            Material::Rsa(key) => {
                let rsa = key.rsa()?;
                PublicJwk::Rsa { n: jwk::encode(&rsa.n().to_vec()), e: jwk::encode(&rsa.e().to_vec()) }
            }
            Material::Ec(key, curve) => {
                let (x, y) = coordinates(key.group(), key.public_key(), *curve)?;
                PublicJwk::Ec { crv: curve.name().to_owned(), x: jwk::encode(&x), y: jwk::encode(&y) }
            }
            Material::Ed25519(key) => {
                PublicJwk::Okp { crv: ED25519.to_owned(), x: jwk::encode(&key.raw_public_key()?) }
            }
            Material::X25519(key) => PublicJwk::Okp { crv: X25519.to_owned(), x: jwk::encode(&key.raw_public_key()?) },
        })
    }

    /// Whether the key can verify the algorithm.
    #[must_use]
    pub fn fits(&self, alg: SigningAlgorithm) -> bool {
        match &self.0 {
            Material::Rsa(_) => alg.is_rsa(),
            Material::Ec(_, curve) => curve_of(alg) == Some(*curve),
            Material::Ed25519(_) => is_ed25519(alg),
            Material::X25519(_) => false,
        }
    }

    /// Whether the key is one that is encrypted for with the algorithm.
    #[must_use]
    pub fn fits_encryption(&self, alg: KeyManagementAlgorithm) -> bool {
        match &self.0 {
            Material::Rsa(_) => alg == KeyManagementAlgorithm::RsaOaep256,
            Material::Ec(..) | Material::X25519(_) => alg != KeyManagementAlgorithm::RsaOaep256,
            Material::Ed25519(_) => false,
        }
    }

    /// Whether the JWS signature is the key's for the message; never of a key that does not fit.
    #[must_use]
    pub fn verify(&self, alg: SigningAlgorithm, message: &[u8], signature: &[u8]) -> bool {
        self.fits(alg) && self.try_verify(alg, message, signature).unwrap_or(false)
    }

    /// The key of a certificate; `None` when it is of another kind.
    pub(crate) fn from_pkey(key: &PKey<Public>) -> Option<Self> {
        match key.id() {
            Id::RSA => Self::from_rsa(key.rsa().ok()?),
            Id::EC => {
                let key = key.ec_key().ok()?;
                let curve = Curve::of(key.group())?;
                Some(Self(Material::Ec(key, curve)))
            }
            Id::ED25519 => Self::from_ed25519(&key.raw_public_key().ok()?),
            Id::X25519 => Self::from_x25519(&key.raw_public_key().ok()?),
            _ => None,
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
    pub(crate) fn from_point(curve: Curve, point: &[u8]) -> Option<Self> {
        let (x, y) = point.strip_prefix(&[4])?.split_at_checked(curve.octets())?;
        Self::from_coordinates(curve, x, y)
    }

    pub(crate) fn from_ed25519(octets: &[u8]) -> Option<Self> {
        PKey::public_key_from_raw_bytes(octets, Id::ED25519).ok().map(|key| Self(Material::Ed25519(key)))
    }

    fn from_x25519(octets: &[u8]) -> Option<Self> {
        PKey::public_key_from_raw_bytes(octets, Id::X25519).ok().map(|key| Self(Material::X25519(key)))
    }

    fn from_rsa(rsa: Rsa<Public>) -> Option<Self> {
        let (n, e) = (rsa.n(), rsa.e());
        let in_range = (MIN_RSA_BITS..=MAX_RSA_BITS).contains(&n.num_bits())
            && (2..=MAX_RSA_EXPONENT_BITS).contains(&e.num_bits())
            && n.is_bit_set(0)
            && e.is_bit_set(0);
        if !in_range {
            return None;
        }
        PKey::from_rsa(rsa).ok().map(|key| Self(Material::Rsa(key)))
    }

    fn from_coordinates(curve: Curve, x: &[u8], y: &[u8]) -> Option<Self> {
        curve.public_key(x, y).map(|key| Self(Material::Ec(key, curve)))
    }

    fn try_verify(&self, alg: SigningAlgorithm, message: &[u8], signature: &[u8]) -> Result<bool, ErrorStack> {
        let hash = HashFunction::of(alg);
        match &self.0 {
            Material::Ec(key, curve) => {
                // RFC 7518 §3.4: R and S have their full length each; nothing shorter or longer.
                if signature.len() != 2 * curve.octets() {
                    return Ok(false);
                }
                let (r, s) = signature.split_at(curve.octets());
                let signature = EcdsaSig::from_private_components(BigNum::from_slice(r)?, BigNum::from_slice(s)?)?;
                signature.verify(&hash.digest(message), key)
            }
            Material::Rsa(key) => {
                let mut verifier = Verifier::new(hash.message_digest(), key)?;
                if is_pss(alg) {
                    verifier.set_rsa_padding(Padding::PKCS1_PSS)?;
                    verifier.set_rsa_pss_saltlen(RsaPssSaltlen::DIGEST_LENGTH)?;
                    verifier.set_rsa_mgf1_md(hash.message_digest())?;
                }
                verifier.verify_oneshot(signature, message)
            }
            Material::Ed25519(key) => Verifier::new_without_digest(key)?.verify_oneshot(signature, message),
            Material::X25519(_) => Ok(false),
        }
    }
}

/// X and Y, padded to the length of the curve.
pub(crate) fn coordinates(
    group: &EcGroupRef,
    point: &EcPointRef,
    curve: Curve,
) -> Result<(Vec<u8>, Vec<u8>), ErrorStack> {
    let (mut x, mut y, mut ctx) = (BigNum::new()?, BigNum::new()?, BigNumContext::new()?);
    point.affine_coordinates(group, &mut x, &mut y, &mut ctx)?;
    Ok((x.to_vec_padded(curve.octets_i32())?, y.to_vec_padded(curve.octets_i32())?))
}
