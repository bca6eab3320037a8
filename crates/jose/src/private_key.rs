//! Latchkey's own keys as OpenSSL holds them: generated, parsed once, signed with.

use latchkey_protocol::{KeyManagementAlgorithm, SigningAlgorithm};
use openssl::ec::EcKey;
use openssl::ecdsa::EcdsaSig;
use openssl::error::ErrorStack;
use openssl::pkey::{Id, PKey, Private};
use openssl::rsa::{Padding, Rsa};
use openssl::sign::{RsaPssSaltlen, Signer};
use zeroize::Zeroizing;

use crate::algorithm::{HashFunction, curve_of, is_ed25519, is_pss};
use crate::curve::Curve;
use crate::public_key::{ED25519, Material as PublicMaterial, PublicKey, X25519, coordinates};
use crate::{PublicJwk, jwk};

pub(crate) const RSA_BITS: u32 = 2048;

/// A private key, parsed.
pub struct PrivateKey(pub(crate) Material);

pub(crate) enum Material {
    Rsa(PKey<Private>),
    // The EC_KEY itself: taking it out of an EVP_PKEY for each signature would export and import it.
    Ec(EcKey<Private>, Curve),
    Ed25519(PKey<Private>),
    X25519(PKey<Private>),
}

impl std::fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PrivateKey")
    }
}

impl PrivateKey {
    /// A new key that fits the algorithm; RSA takes a tenth of a second or more, the others microseconds.
    ///
    /// # Errors
    /// When OpenSSL fails.
    pub fn generate(alg: SigningAlgorithm) -> Result<Self, ErrorStack> {
        match curve_of(alg) {
            Some(curve) => Self::generate_ec(curve),
            None if alg.is_rsa() => Self::generate_rsa(),
            None => Ok(Self(Material::Ed25519(PKey::generate_ed25519()?))),
        }
    }

    /// A new key that others encrypt for: RSA, or P-256 for each ECDH-ES algorithm.
    ///
    /// # Errors
    /// When OpenSSL fails.
    pub fn generate_for_encryption(alg: KeyManagementAlgorithm) -> Result<Self, ErrorStack> {
        match alg {
            KeyManagementAlgorithm::RsaOaep256 => Self::generate_rsa(),
            _ => Self::generate_ec(Curve::P256),
        }
    }

    /// PKCS#8 DER, unencrypted: it goes nowhere but into the cipher.
    ///
    /// # Errors
    /// When OpenSSL fails.
    pub fn to_pkcs8(&self) -> Result<Zeroizing<Vec<u8>>, ErrorStack> {
        Ok(Zeroizing::new(match &self.0 {
            Material::Rsa(key) | Material::Ed25519(key) | Material::X25519(key) => key.private_key_to_pkcs8()?,
            Material::Ec(key, _) => PKey::from_ec_key(key.clone())?.private_key_to_pkcs8()?,
        }))
    }

    /// Parses PKCS#8 DER; `None` when it is no key of that algorithm.
    #[must_use]
    pub fn from_pkcs8(der: &[u8], alg: SigningAlgorithm) -> Option<Self> {
        Self::parse_pkcs8(der).filter(|key| key.fits(alg))
    }

    /// Parses PKCS#8 DER; `None` when it is no key that others encrypt for.
    #[must_use]
    pub fn from_pkcs8_for_encryption(der: &[u8], alg: KeyManagementAlgorithm) -> Option<Self> {
        Self::parse_pkcs8(der).filter(|key| match &key.0 {
            Material::Rsa(_) => alg == KeyManagementAlgorithm::RsaOaep256,
            Material::Ec(..) | Material::X25519(_) => alg != KeyManagementAlgorithm::RsaOaep256,
            Material::Ed25519(_) => false,
        })
    }

    /// The public members.
    ///
    /// # Errors
    /// When OpenSSL fails.
    pub fn public_jwk(&self) -> Result<PublicJwk, ErrorStack> {
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

    /// The public half.
    ///
    /// # Errors
    /// When OpenSSL fails.
    pub fn public_key(&self) -> Result<PublicKey, ErrorStack> {
        PublicKey::from_jwk(&self.public_jwk()?).ok_or_else(ErrorStack::get)
    }

    /// Whether the key can sign with the algorithm.
    #[must_use]
    pub fn fits(&self, alg: SigningAlgorithm) -> bool {
        match &self.0 {
            Material::Rsa(_) => alg.is_rsa(),
            Material::Ec(_, curve) => curve_of(alg) == Some(*curve),
            Material::Ed25519(_) => is_ed25519(alg),
            Material::X25519(_) => false,
        }
    }

    /// The JWS signature (RFC 7518 §3) of a key that fits; for ECDSA `R || S`, each as long as a coordinate.
    ///
    /// # Errors
    /// When OpenSSL fails.
    pub fn sign(&self, alg: SigningAlgorithm, message: &[u8]) -> Result<Vec<u8>, ErrorStack> {
        let hash = HashFunction::of(alg);
        match &self.0 {
            Material::Ec(key, curve) => {
                let signature = EcdsaSig::sign(&hash.digest(message), key)?;
                let mut octets = signature.r().to_vec_padded(curve.octets_i32())?;
                octets.extend(signature.s().to_vec_padded(curve.octets_i32())?);
                Ok(octets)
            }
            Material::Rsa(key) => {
                let mut signer = Signer::new(hash.message_digest(), key)?;
                if is_pss(alg) {
                    signer.set_rsa_padding(Padding::PKCS1_PSS)?;
                    signer.set_rsa_pss_saltlen(RsaPssSaltlen::DIGEST_LENGTH)?;
                    signer.set_rsa_mgf1_md(hash.message_digest())?;
                }
                signer.sign_oneshot_to_vec(message)
            }
            // OpenSSL refuses to sign with a key that only agrees on keys.
            Material::Ed25519(key) | Material::X25519(key) => {
                Signer::new_without_digest(key)?.sign_oneshot_to_vec(message)
            }
        }
    }

    /// Whether both are keys of one curve that agree on a secret.
    pub(crate) fn agrees_with(&self, peer: &PublicKey) -> bool {
        match (&self.0, &peer.0) {
            (Material::Ec(_, own), PublicMaterial::Ec(_, peer)) => own == peer,
            (Material::X25519(_), PublicMaterial::X25519(_)) => true,
            _ => false,
        }
    }

    pub(crate) fn generate_rsa() -> Result<Self, ErrorStack> {
        Ok(Self(Material::Rsa(PKey::from_rsa(Rsa::generate(RSA_BITS)?)?)))
    }

    pub(crate) fn generate_ec(curve: Curve) -> Result<Self, ErrorStack> {
        Ok(Self(Material::Ec(EcKey::generate(&*curve.group()?)?, curve)))
    }

    pub(crate) fn generate_x25519() -> Result<Self, ErrorStack> {
        Ok(Self(Material::X25519(PKey::generate_x25519()?)))
    }

    pub(crate) fn parse_pkcs8(der: &[u8]) -> Option<Self> {
        let key = PKey::private_key_from_pkcs8(der).ok()?;
        match key.id() {
            Id::RSA => Some(Self(Material::Rsa(key))),
            Id::EC => {
                let key = key.ec_key().ok()?;
                let curve = Curve::of(key.group())?;
                Some(Self(Material::Ec(key, curve)))
            }
            Id::ED25519 => Some(Self(Material::Ed25519(key))),
            Id::X25519 => Some(Self(Material::X25519(key))),
            _ => None,
        }
    }
}
