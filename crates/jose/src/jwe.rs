//! Compact JWE, [RFC 7516](https://www.rfc-editor.org/rfc/rfc7516): answers to clients, and request objects of theirs.

use std::str::FromStr;

use latchkey_core::Rng;
use latchkey_protocol::{ContentEncryption, KeyManagementAlgorithm};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use zeroize::Zeroizing;

use crate::jwe_content::{Sealed, open, seal};
use crate::jwe_key::{Parties, convey, recover_ecdh, recover_rsa};
use crate::private_key::Material as PrivateMaterial;
use crate::{InvalidJwe, Jwk, PrivateKey, PublicJwk, jwk};

/// The longest JWE that is read, in bytes: room for the longest JWS inside.
pub const MAX_JWE_LENGTH: usize = 32 * 1024;

/// How something is encrypted.
#[derive(Clone, Copy, Debug)]
pub struct Encryption<'a> {
    /// `alg`.
    pub alg: KeyManagementAlgorithm,
    /// `enc`.
    pub enc: ContentEncryption,
    /// `typ`.
    pub typ: Option<&'a str>,
    /// `cty`: `JWT` of a nested JWT (RFC 7519 §5.2).
    pub cty: Option<&'a str>,
}

#[derive(Serialize)]
struct OwnHeader<'a> {
    alg: KeyManagementAlgorithm,
    enc: ContentEncryption,
    #[serde(skip_serializing_if = "Option::is_none")]
    kid: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    typ: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cty: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    epk: Option<PublicJwk>,
}

#[derive(Debug, Deserialize)]
struct Header {
    alg: String,
    enc: String,
    kid: Option<String>,
    epk: Option<Value>,
    apu: Option<String>,
    apv: Option<String>,
    crit: Option<Value>,
    zip: Option<Value>,
}

/// Encrypts for the holder of that key.
///
/// # Errors
/// [`InvalidJwe::UnknownKey`] when the key is not one of the algorithm, [`InvalidJwe::Crypto`] when OpenSSL fails.
pub fn encrypt(plaintext: &[u8], recipient: &Jwk, how: Encryption<'_>, rng: &Rng) -> Result<String, InvalidJwe> {
    let conveyed = convey(how.alg, how.enc, recipient.public_key(), rng)?;
    let Encryption { alg, enc, typ, cty } = how;
    let header = OwnHeader { alg, enc, kid: recipient.kid(), typ, cty, epk: conveyed.epk };
    let mut text = jwk::encode(&serde_json::to_vec(&header).map_err(|_| InvalidJwe::Malformed)?);
    let sealed = seal(enc, &conveyed.key, text.as_bytes(), plaintext, rng).map_err(|_| InvalidJwe::Crypto)?;
    for part in [&conveyed.encrypted_key, &sealed.iv, &sealed.ciphertext, &sealed.tag] {
        text.push('.');
        text.push_str(&jwk::encode(part));
    }
    Ok(text)
}

/// A string that has the form of a compact JWE for us. What is inside says nothing about who sent it.
#[derive(Debug)]
pub struct EncryptedJwe {
    alg: KeyManagementAlgorithm,
    enc: ContentEncryption,
    header: Header,
    protected: String,
    encrypted_key: Vec<u8>,
    sealed: Sealed,
}

impl EncryptedJwe {
    /// Takes it apart.
    ///
    /// # Errors
    /// When it is no compact JWE or above 32 KiB, has a `crit` or `zip` header (a small text may unpack to a huge one),
    /// or an `alg` or `enc` that is not supported.
    pub fn parse(text: &str) -> Result<Self, InvalidJwe> {
        if text.len() > MAX_JWE_LENGTH {
            return Err(InvalidJwe::Malformed);
        }
        let parts: Vec<&str> = text.split('.').collect();
        let [protected, encrypted_key, iv, ciphertext, tag] = parts.as_slice() else {
            return Err(InvalidJwe::Malformed);
        };
        let header: Header = serde_json::from_slice(&octets(protected)?).map_err(|_| InvalidJwe::Malformed)?;
        if header.crit.is_some() || header.zip.is_some() {
            return Err(InvalidJwe::CriticalExtension);
        }
        Ok(Self {
            alg: supported(&header.alg)?,
            enc: supported(&header.enc)?,
            header,
            protected: (*protected).to_owned(),
            encrypted_key: octets(encrypted_key)?,
            sealed: Sealed { iv: octets(iv)?, ciphertext: octets(ciphertext)?, tag: octets(tag)? },
        })
    }

    /// The `alg` header.
    #[must_use]
    pub fn alg(&self) -> KeyManagementAlgorithm {
        self.alg
    }

    /// The `enc` header.
    #[must_use]
    pub fn enc(&self) -> ContentEncryption {
        self.enc
    }

    /// The `kid` header.
    #[must_use]
    pub fn kid(&self) -> Option<&str> {
        self.header.kid.as_deref()
    }

    /// Decrypts with that key of ours.
    ///
    /// # Errors
    /// [`InvalidJwe::UnknownKey`] when the key is not one of the algorithm; else [`InvalidJwe::NotDecrypted`], whatever
    /// failed.
    pub fn decrypt(&self, key: &PrivateKey, rng: &Rng) -> Result<Zeroizing<Vec<u8>>, InvalidJwe> {
        let content_key = match &key.0 {
            PrivateMaterial::Rsa(key) if self.alg == KeyManagementAlgorithm::RsaOaep256 => {
                recover_rsa(self.enc, key, &self.encrypted_key, rng)
            }
            PrivateMaterial::Ec(..) | PrivateMaterial::X25519(_) if self.alg != KeyManagementAlgorithm::RsaOaep256 => {
                // A point off the curve does not parse: no invalid-curve attack on a key that lives long.
                let epk = self.header.epk.as_ref().and_then(|epk| Jwk::parse(epk).ok()).ok_or(InvalidJwe::Malformed)?;
                if !key.agrees_with(epk.public_key()) {
                    return Err(InvalidJwe::UnknownKey);
                }
                let keys = (key, epk.public_key());
                recover_ecdh(self.alg, self.enc, keys, &self.parties()?, &self.encrypted_key)
                    .ok_or(InvalidJwe::NotDecrypted)?
            }
            _ => return Err(InvalidJwe::UnknownKey),
        };
        open(self.enc, &content_key, self.protected.as_bytes(), &self.sealed).ok_or(InvalidJwe::NotDecrypted)
    }

    fn parties(&self) -> Result<Parties, InvalidJwe> {
        let part = |text: &Option<String>| text.as_deref().map_or(Ok(Vec::new()), octets);
        Ok(Parties { apu: part(&self.header.apu)?, apv: part(&self.header.apv)? })
    }
}

fn octets(text: &str) -> Result<Vec<u8>, InvalidJwe> {
    jwk::decode(text).ok_or(InvalidJwe::Malformed)
}

fn supported<T: FromStr>(name: &str) -> Result<T, InvalidJwe> {
    name.parse().map_err(|_| InvalidJwe::AlgorithmNotSupported)
}
