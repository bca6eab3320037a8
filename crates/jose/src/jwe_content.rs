//! Content encryption of JWE, [RFC 7518 §5](https://www.rfc-editor.org/rfc/rfc7518#section-5).

use latchkey_core::{Rng, constant_time_eq};
use latchkey_protocol::ContentEncryption;
use openssl::error::ErrorStack;
use openssl::hash::MessageDigest;
use openssl::symm::{Cipher, decrypt, decrypt_aead, encrypt, encrypt_aead};
use zeroize::Zeroizing;

use crate::hmac::hmac;

/// GCM has tags of 16 octets (RFC 7518 §5.3); a shorter one would be guessed sooner.
const GCM_TAG: usize = 16;

/// What is sent beside the key.
#[derive(Debug)]
pub(crate) struct Sealed {
    pub iv: Vec<u8>,
    pub ciphertext: Vec<u8>,
    pub tag: Vec<u8>,
}

/// How long the content encryption key is, in octets.
pub(crate) fn key_length(enc: ContentEncryption) -> usize {
    match enc {
        ContentEncryption::A128Gcm => 16,
        ContentEncryption::A256Gcm | ContentEncryption::A128CbcHs256 => 32,
        ContentEncryption::A256CbcHs512 => 64,
    }
}

pub(crate) fn random_key(enc: ContentEncryption, rng: &Rng) -> Zeroizing<Vec<u8>> {
    let bytes = Zeroizing::new(rng.bytes::<64>());
    Zeroizing::new(bytes.iter().copied().take(key_length(enc)).collect())
}

pub(crate) fn seal(
    enc: ContentEncryption,
    key: &[u8],
    aad: &[u8],
    plaintext: &[u8],
    rng: &Rng,
) -> Result<Sealed, ErrorStack> {
    let Some(cbc) = Cbc::of(enc) else {
        let iv = rng.bytes::<12>().to_vec();
        let mut tag = vec![0; GCM_TAG];
        let ciphertext = encrypt_aead(gcm(enc), key, Some(&iv), aad, plaintext, &mut tag)?;
        return Ok(Sealed { iv, ciphertext, tag });
    };
    let iv = rng.bytes::<16>().to_vec();
    let (mac_key, enc_key) = key.split_at(key.len() / 2);
    let ciphertext = encrypt(cbc.cipher, enc_key, Some(&iv), plaintext)?;
    let tag = cbc.tag(mac_key, aad, &iv, &ciphertext)?;
    Ok(Sealed { iv, ciphertext, tag })
}

/// The plaintext; `None` for whatever reason: which check failed must not be told.
pub(crate) fn open(enc: ContentEncryption, key: &[u8], aad: &[u8], sealed: &Sealed) -> Option<Zeroizing<Vec<u8>>> {
    if key.len() != key_length(enc) {
        return None;
    }
    let Some(cbc) = Cbc::of(enc) else {
        if sealed.tag.len() != GCM_TAG || sealed.iv.len() != 12 {
            return None;
        }
        let opened = decrypt_aead(gcm(enc), key, Some(&sealed.iv), aad, &sealed.ciphertext, &sealed.tag);
        return opened.ok().map(Zeroizing::new);
    };
    if sealed.iv.len() != 16 {
        return None;
    }
    let (mac_key, enc_key) = key.split_at(key.len() / 2);
    // The tag first, in constant time: only then is the padding looked at (RFC 7518 §5.2.2.2).
    let expected = cbc.tag(mac_key, aad, &sealed.iv, &sealed.ciphertext).ok()?;
    if !constant_time_eq(&expected, &sealed.tag) {
        return None;
    }
    decrypt(cbc.cipher, enc_key, Some(&sealed.iv), &sealed.ciphertext).ok().map(Zeroizing::new)
}

fn gcm(enc: ContentEncryption) -> Cipher {
    if enc == ContentEncryption::A128Gcm { Cipher::aes_128_gcm() } else { Cipher::aes_256_gcm() }
}

/// AES-CBC with HMAC, RFC 7518 §5.2.
struct Cbc {
    cipher: Cipher,
    hash: MessageDigest,
}

impl Cbc {
    fn of(enc: ContentEncryption) -> Option<Self> {
        match enc {
            ContentEncryption::A128CbcHs256 => {
                Some(Self { cipher: Cipher::aes_128_cbc(), hash: MessageDigest::sha256() })
            }
            ContentEncryption::A256CbcHs512 => {
                Some(Self { cipher: Cipher::aes_256_cbc(), hash: MessageDigest::sha512() })
            }
            ContentEncryption::A128Gcm | ContentEncryption::A256Gcm => None,
        }
    }

    fn tag(&self, key: &[u8], aad: &[u8], iv: &[u8], ciphertext: &[u8]) -> Result<Vec<u8>, ErrorStack> {
        let bits = u64::try_from(aad.len()).unwrap_or(u64::MAX).saturating_mul(8).to_be_bytes();
        let mut tag = hmac(self.hash, key, &[aad, iv, ciphertext, bits.as_slice()].concat())?;
        tag.truncate(tag.len() / 2);
        Ok(tag)
    }
}
