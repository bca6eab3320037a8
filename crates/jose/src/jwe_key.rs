//! How the content encryption key of a JWE reaches its recipient, [RFC 7518 §4](https://www.rfc-editor.org/rfc/rfc7518#section-4).

use latchkey_core::{Rng, sha256};
use latchkey_protocol::{ContentEncryption, KeyManagementAlgorithm};
use openssl::aes::{AesKey, unwrap_key, wrap_key};
use openssl::derive::Deriver;
use openssl::encrypt::{Decrypter, Encrypter};
use openssl::error::ErrorStack;
use openssl::hash::MessageDigest;
use openssl::pkey::{PKey, Private, Public};
use openssl::rsa::Padding;
use zeroize::Zeroizing;

use crate::jwe_content::{key_length, random_key};
use crate::private_key::Material as PrivateMaterial;
use crate::public_key::Material as PublicMaterial;
use crate::{InvalidJwe, PrivateKey, PublicJwk, PublicKey};

/// AES key wrap adds 8 octets of integrity check (RFC 3394 §2.2.1).
const WRAP_OVERHEAD: usize = 8;

/// The content encryption key, and what tells the recipient about it.
pub(crate) struct Conveyed {
    pub key: Zeroizing<Vec<u8>>,
    pub encrypted_key: Vec<u8>,
    pub epk: Option<PublicJwk>,
}

/// Who agreed: RFC 7518 §4.6.1.2 and §4.6.1.3.
#[derive(Default)]
pub(crate) struct Parties {
    pub apu: Vec<u8>,
    pub apv: Vec<u8>,
}

pub(crate) fn convey(
    alg: KeyManagementAlgorithm,
    enc: ContentEncryption,
    recipient: &PublicKey,
    rng: &Rng,
) -> Result<Conveyed, InvalidJwe> {
    match &recipient.0 {
        PublicMaterial::Rsa(key) if alg == KeyManagementAlgorithm::RsaOaep256 => {
            let content_key = random_key(enc, rng);
            let encrypted_key = rsa_encrypt(key, &content_key).map_err(|_| InvalidJwe::Crypto)?;
            Ok(Conveyed { key: content_key, encrypted_key, epk: None })
        }
        PublicMaterial::Ec(..) | PublicMaterial::X25519(_) if alg != KeyManagementAlgorithm::RsaOaep256 => {
            let ephemeral = generate_like(recipient).map_err(|_| InvalidJwe::Crypto)?;
            let epk = Some(ephemeral.public_jwk().map_err(|_| InvalidJwe::Crypto)?);
            let z = shared_secret(&ephemeral, recipient).ok_or(InvalidJwe::Crypto)?;
            let agreed = agree(alg, enc, &z, &Parties::default()).ok_or(InvalidJwe::Crypto)?;
            if alg == KeyManagementAlgorithm::EcdhEs {
                return Ok(Conveyed { key: agreed, encrypted_key: Vec::new(), epk });
            }
            let content_key = random_key(enc, rng);
            let encrypted_key = wrap(&agreed, &content_key).ok_or(InvalidJwe::Crypto)?;
            Ok(Conveyed { key: content_key, encrypted_key, epk })
        }
        _ => Err(InvalidJwe::UnknownKey),
    }
}

/// The content encryption key. RFC 7516 §11.5: where RSA decryption fails it is a random one, so that the failure shows
/// only where the tag of the content is checked, after the same time, and is no oracle of the padding.
pub(crate) fn recover_rsa(
    enc: ContentEncryption,
    key: &PKey<Private>,
    encrypted: &[u8],
    rng: &Rng,
) -> Zeroizing<Vec<u8>> {
    let substitute = random_key(enc, rng);
    match rsa_decrypt(key, encrypted) {
        Ok(content_key) if content_key.len() == key_length(enc) => content_key,
        _ => substitute,
    }
}

/// The content encryption key that the sender's ephemeral key leads to.
pub(crate) fn recover_ecdh(
    alg: KeyManagementAlgorithm,
    enc: ContentEncryption,
    (own, peer): (&PrivateKey, &PublicKey),
    parties: &Parties,
    encrypted: &[u8],
) -> Option<Zeroizing<Vec<u8>>> {
    let agreed = agree(alg, enc, &shared_secret(own, peer)?, parties)?;
    if alg == KeyManagementAlgorithm::EcdhEs {
        // RFC 7516 §5.2 step 10: the encrypted key is the empty octet sequence.
        return encrypted.is_empty().then_some(agreed);
    }
    unwrap(&agreed, encrypted, key_length(enc))
}

fn agree(
    alg: KeyManagementAlgorithm,
    enc: ContentEncryption,
    z: &[u8],
    parties: &Parties,
) -> Option<Zeroizing<Vec<u8>>> {
    let (name, length) = match alg {
        KeyManagementAlgorithm::EcdhEs => (enc.as_str(), key_length(enc)),
        KeyManagementAlgorithm::EcdhEsA128Kw => (alg.as_str(), 16),
        KeyManagementAlgorithm::EcdhEsA256Kw => (alg.as_str(), 32),
        KeyManagementAlgorithm::RsaOaep256 => return None,
    };
    concat_kdf(z, name, parties, length)
}

/// A key of the recipient's kind.
fn generate_like(recipient: &PublicKey) -> Result<PrivateKey, ErrorStack> {
    match &recipient.0 {
        PublicMaterial::Ec(_, curve) => PrivateKey::generate_ec(*curve),
        _ => PrivateKey::generate_x25519(),
    }
}

/// Z; `None` for keys of different curves, or of kinds that agree on nothing.
pub(crate) fn shared_secret(own: &PrivateKey, peer: &PublicKey) -> Option<Zeroizing<Vec<u8>>> {
    match (&own.0, &peer.0) {
        (PrivateMaterial::Ec(own, curve), PublicMaterial::Ec(peer, of)) if curve == of => {
            derive(&PKey::from_ec_key(own.clone()).ok()?, &PKey::from_ec_key(peer.clone()).ok()?).ok()
        }
        // RFC 8037 §3.2.1: a secret of zeros, which a point of small order leads to, is refused; OpenSSL does that.
        (PrivateMaterial::X25519(own), PublicMaterial::X25519(peer)) => derive(own, peer).ok(),
        _ => None,
    }
}

fn derive(own: &PKey<Private>, peer: &PKey<Public>) -> Result<Zeroizing<Vec<u8>>, ErrorStack> {
    let mut deriver = Deriver::new(own)?;
    deriver.set_peer(peer)?;
    Ok(Zeroizing::new(deriver.derive_to_vec()?))
}

/// The single-step key derivation of NIST SP 800-56A with SHA-256, RFC 7518 §4.6.2.
pub(crate) fn concat_kdf(z: &[u8], name: &str, parties: &Parties, length: usize) -> Option<Zeroizing<Vec<u8>>> {
    let mut other = Vec::new();
    for part in [name.as_bytes(), &parties.apu, &parties.apv] {
        other.extend(u32::try_from(part.len()).ok()?.to_be_bytes());
        other.extend(part);
    }
    other.extend(u32::try_from(length * 8).ok()?.to_be_bytes());
    let mut derived = Zeroizing::new(Vec::with_capacity(length + 32));
    let mut round: u32 = 1;
    while derived.len() < length {
        let input = Zeroizing::new([round.to_be_bytes().as_slice(), z, &other].concat());
        derived.extend(sha256(&input));
        round += 1;
    }
    derived.truncate(length);
    Some(derived)
}

/// AES key wrap, RFC 3394.
pub(crate) fn wrap(key: &[u8], content_key: &[u8]) -> Option<Vec<u8>> {
    let mut wrapped = vec![0; content_key.len() + WRAP_OVERHEAD];
    let written = wrap_key(&AesKey::new_encrypt(key).ok()?, None, &mut wrapped, content_key).ok()?;
    (written == wrapped.len()).then_some(wrapped)
}

/// The wrapped key, of exactly that length.
pub(crate) fn unwrap(key: &[u8], wrapped: &[u8], length: usize) -> Option<Zeroizing<Vec<u8>>> {
    if wrapped.len() != length + WRAP_OVERHEAD {
        return None;
    }
    let mut content_key = Zeroizing::new(vec![0; length]);
    let written = unwrap_key(&AesKey::new_decrypt(key).ok()?, None, &mut content_key, wrapped).ok()?;
    (written == length).then_some(content_key)
}

fn rsa_encrypt(key: &PKey<Public>, content_key: &[u8]) -> Result<Vec<u8>, ErrorStack> {
    let mut encrypter = Encrypter::new(key)?;
    encrypter.set_rsa_padding(Padding::PKCS1_OAEP)?;
    encrypter.set_rsa_oaep_md(MessageDigest::sha256())?;
    encrypter.set_rsa_mgf1_md(MessageDigest::sha256())?;
    let mut encrypted = vec![0; encrypter.encrypt_len(content_key)?];
    let written = encrypter.encrypt(content_key, &mut encrypted)?;
    encrypted.truncate(written);
    Ok(encrypted)
}

fn rsa_decrypt(key: &PKey<Private>, encrypted: &[u8]) -> Result<Zeroizing<Vec<u8>>, ErrorStack> {
    let mut decrypter = Decrypter::new(key)?;
    decrypter.set_rsa_padding(Padding::PKCS1_OAEP)?;
    decrypter.set_rsa_oaep_md(MessageDigest::sha256())?;
    decrypter.set_rsa_mgf1_md(MessageDigest::sha256())?;
    let mut content_key = Zeroizing::new(vec![0; decrypter.decrypt_len(encrypted)?]);
    let written = decrypter.decrypt(encrypted, &mut content_key)?;
    content_key.truncate(written);
    Ok(content_key)
}
