//! The `CryptoProvider` of `jsonwebtoken` over OpenSSL: the only cryptographic library of the house.
//!
//! Nothing here panics, and HMAC is not offered: a public key can never be mistaken for a shared secret
//! (RFC 8725 §2.1).

use std::sync::{Arc, Once};

use jsonwebtoken::crypto::{CryptoProvider, JwtSigner, JwtVerifier, KeyUtils};
use jsonwebtoken::errors::{Error, ErrorKind, Result, new_error};
use jsonwebtoken::jwk::ThumbprintHash;
use jsonwebtoken::signature::{Error as SignatureError, Signer, Verifier};
use jsonwebtoken::{Algorithm, AlgorithmFamily, DecodingKey, DecodingKeyKind, EncodingKey};
use latchkey_protocol::SigningAlgorithm;
use openssl::hash::{MessageDigest, hash};
use openssl::rsa::Rsa;

use crate::algorithm::{curve_of, from_jsonwebtoken};
use crate::{PrivateKey, PublicKey, registry};

static PROVIDER: CryptoProvider = CryptoProvider {
    signer_factory: signer,
    verifier_factory: verifier,
    key_utils: KeyUtils {
        rsa_pub_components_from_private_key: rsa_components_of_private_key,
        rsa_pub_components_from_public_key: rsa_components_of_public_key,
        ec_pub_components_from_private_key: |_, _| Err(new_error(ErrorKind::UnsupportedAlgorithm)),
        ed_pub_components_from_private_key: |_, _| Err(new_error(ErrorKind::UnsupportedAlgorithm)),
        compute_digest,
    },
};

/// Makes `jsonwebtoken` sign and verify with OpenSSL; every call but the first does nothing.
pub(crate) fn install_crypto_provider() {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        if PROVIDER.install_default().is_err() {
            tracing::error!("another crypto provider of jsonwebtoken was installed before ours");
        }
    });
}

struct OpenSslSigner {
    key: Arc<PrivateKey>,
    alg: SigningAlgorithm,
    name: Algorithm,
}

impl Signer<Vec<u8>> for OpenSslSigner {
    fn try_sign(&self, message: &[u8]) -> std::result::Result<Vec<u8>, SignatureError> {
        self.key.sign(self.alg, message).map_err(|error| {
            tracing::error!(%error, "openssl could not sign");
            SignatureError::new()
        })
    }
}

impl JwtSigner for OpenSslSigner {
    fn algorithm(&self) -> Algorithm {
        self.name
    }
}

struct OpenSslVerifier {
    key: Arc<PublicKey>,
    alg: SigningAlgorithm,
    name: Algorithm,
}

impl Verifier<Vec<u8>> for OpenSslVerifier {
    fn verify(&self, message: &[u8], signature: &Vec<u8>) -> std::result::Result<(), SignatureError> {
        if self.key.verify(self.alg, message, signature) { Ok(()) } else { Err(SignatureError::new()) }
    }
}

impl JwtVerifier for OpenSslVerifier {
    fn algorithm(&self) -> Algorithm {
        self.name
    }
}

fn signer(name: &Algorithm, key: &EncodingKey) -> Result<Box<dyn JwtSigner>> {
    let alg = known(*name)?;
    let key = registry::find_private(key.as_bytes()).ok_or_else(|| new_error(ErrorKind::InvalidKeyFormat))?;
    if !key.fits(alg) {
        return Err(new_error(ErrorKind::InvalidAlgorithm));
    }
    Ok(Box::new(OpenSslSigner { key, alg, name: *name }))
}

fn verifier(name: &Algorithm, key: &DecodingKey) -> Result<Box<dyn JwtVerifier>> {
    let alg = known(*name)?;
    if key.family() != name.family() {
        return Err(new_error(ErrorKind::InvalidAlgorithm));
    }
    let key = public_key(alg, key).ok_or_else(|| new_error(ErrorKind::InvalidKeyFormat))?;
    if !key.fits(alg) {
        return Err(new_error(ErrorKind::InvalidAlgorithm));
    }
    Ok(Box::new(OpenSslVerifier { key, alg, name: *name }))
}

fn known(name: Algorithm) -> Result<SigningAlgorithm> {
    from_jsonwebtoken(name).ok_or_else(|| new_error(ErrorKind::UnsupportedAlgorithm))
}

fn public_key(alg: SigningAlgorithm, key: &DecodingKey) -> Option<Arc<PublicKey>> {
    let parsed = match key.kind() {
        DecodingKeyKind::RsaModulusExponent { n, e } => PublicKey::from_rsa_components(n, e),
        DecodingKeyKind::SecretOrDer(bytes) => {
            if let Some(registered) = registry::find_public(bytes) {
                return Some(registered);
            }
            match key.family() {
                AlgorithmFamily::Rsa => PublicKey::from_rsa_der(bytes),
                AlgorithmFamily::Ec => PublicKey::from_point(curve_of(alg)?, bytes),
                AlgorithmFamily::Ed => PublicKey::from_ed25519(bytes),
                AlgorithmFamily::Hmac => None,
            }
        }
    };
    parsed.map(Arc::new)
}

fn rsa_components_of_private_key(der: &[u8]) -> Result<(Vec<u8>, Vec<u8>)> {
    let key = Rsa::private_key_from_der(der).map_err(invalid_rsa_key)?;
    Ok((key.n().to_vec(), key.e().to_vec()))
}

fn rsa_components_of_public_key(der: &[u8]) -> Result<(Vec<u8>, Vec<u8>)> {
    let key = Rsa::public_key_from_der_pkcs1(der).map_err(invalid_rsa_key)?;
    Ok((key.n().to_vec(), key.e().to_vec()))
}

fn invalid_rsa_key(error: openssl::error::ErrorStack) -> Error {
    new_error(ErrorKind::InvalidRsaKey(error.to_string()))
}

fn compute_digest(bytes: &[u8], function: ThumbprintHash) -> Result<Vec<u8>> {
    let digest = match function {
        ThumbprintHash::SHA256 => MessageDigest::sha256(),
        ThumbprintHash::SHA384 => MessageDigest::sha384(),
        ThumbprintHash::SHA512 => MessageDigest::sha512(),
        _ => return Err(new_error(ErrorKind::UnsupportedAlgorithm)),
    };
    let digest = hash(digest, bytes).map_err(|error| new_error(ErrorKind::Provider(error.to_string())))?;
    Ok(digest.to_vec())
}
