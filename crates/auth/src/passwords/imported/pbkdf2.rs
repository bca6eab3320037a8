//! PBKDF2 ([RFC 8018 §5.2](https://www.rfc-editor.org/rfc/rfc8018#section-5.2)) in the forms of PHC, Passlib, OpenLDAP,
//! Django and ASP.NET Identity.

use openssl::{memcmp, pkcs5};

use super::digest::Algorithm;
use super::encoding::{base64, literal_salt, number, salt};
use crate::AuthError;

/// About half a second to a second, by digest.
const MAX_ITERATIONS: u32 = 2_000_000;
const MIN_HASH_BYTES: usize = 16;
const ASPNET_V2_ITERATIONS: u32 = 1000;
const ASPNET_V2_BYTES: usize = 1 + 16 + 32;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::passwords) struct Pbkdf2 {
    algorithm: Algorithm,
    iterations: u32,
    salt: Vec<u8>,
    hash: Vec<u8>,
}

impl Pbkdf2 {
    fn new(algorithm: Algorithm, iterations: u32, salt: Vec<u8>, mut hash: Vec<u8>) -> Option<Self> {
        let bearable = (1..=MAX_ITERATIONS).contains(&iterations);
        if !bearable || hash.len() < MIN_HASH_BYTES || salt.is_empty() || algorithm == Algorithm::Md5 {
            return None;
        }
        // The blocks are independent of each other: the first says as much as all, and an attacker computes no more either.
        hash.truncate(algorithm.length());
        Some(Self { algorithm, iterations, salt, hash })
    }

    /// `$pbkdf2-sha256$i=600000$<salt>$<hash>`, or Passlib's `$pbkdf2-sha256$600000$…`; Passlib's `pbkdf2` alone is SHA-1.
    pub(super) fn parse_phc(text: &str) -> Option<Self> {
        let mut parts = text.strip_prefix('$')?.split('$');
        let (name, parameters, salt_text, hash) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        let iterations = number(parameters, "i").or_else(|| parameters.parse().ok())?;
        let this = Self::new(algorithm_of(name)?, iterations, salt(salt_text)?, base64(hash)?)?;
        parts.next().is_none().then_some(this)
    }

    /// `{PBKDF2-SHA256}600000$<salt>$<hash>`, after the name in lower case.
    pub(super) fn parse_ldap(name: &str, rest: &str) -> Option<Self> {
        let mut parts = rest.split('$');
        let (iterations, salt_text, hash) = (parts.next()?.parse().ok()?, parts.next()?, parts.next()?);
        let this = Self::new(algorithm_of(name)?, iterations, salt(salt_text)?, base64(hash)?)?;
        parts.next().is_none().then_some(this)
    }

    /// Django's `pbkdf2_sha256$600000$<salt as it is>$<hash>`, after the name.
    pub(super) fn parse_django(name: &str, rest: &str) -> Option<Self> {
        let mut parts = rest.split('$');
        let (iterations, salt_text, hash) = (parts.next()?.parse().ok()?, parts.next()?, parts.next()?);
        let algorithm = Algorithm::parse(name.strip_prefix("pbkdf2_")?)?;
        let this = Self::new(algorithm, iterations, literal_salt(salt_text)?, base64(hash)?)?;
        parts.next().is_none().then_some(this)
    }

    /// ASP.NET Core Identity: Base64 of version 2 (SHA-1, 1000 iterations) or of version 3, which says its parameters.
    pub(super) fn parse_aspnet_identity(text: &str) -> Option<Self> {
        let bytes = base64(text)?;
        let (version, rest) = bytes.split_first()?;
        match version {
            0 if bytes.len() == ASPNET_V2_BYTES => {
                let (salt, hash) = rest.split_at_checked(16)?;
                Self::new(Algorithm::Sha1, ASPNET_V2_ITERATIONS, salt.to_vec(), hash.to_vec())
            }
            1 => {
                let (prf, rest) = read_u32(rest)?;
                let (iterations, rest) = read_u32(rest)?;
                let (salt_bytes, rest) = read_u32(rest)?;
                let algorithm = match prf {
                    0 => Algorithm::Sha1,
                    1 => Algorithm::Sha256,
                    2 => Algorithm::Sha512,
                    _ => return None,
                };
                let (salt, hash) = rest.split_at_checked(usize::try_from(salt_bytes).ok()?)?;
                Self::new(algorithm, iterations, salt.to_vec(), hash.to_vec())
            }
            _ => None,
        }
    }

    pub(super) fn verify(&self, password: &[u8]) -> Result<bool, AuthError> {
        let iterations = usize::try_from(self.iterations).map_err(|error| AuthError::Hashing(error.to_string()))?;
        let mut derived = vec![0; self.hash.len()];
        pkcs5::pbkdf2_hmac(password, &self.salt, iterations, self.algorithm.message_digest(), &mut derived)?;
        Ok(memcmp::eq(&derived, &self.hash))
    }
}

fn algorithm_of(name: &str) -> Option<Algorithm> {
    match name {
        "pbkdf2" => Some(Algorithm::Sha1),
        name => Algorithm::parse(name.strip_prefix("pbkdf2-")?),
    }
}

fn read_u32(bytes: &[u8]) -> Option<(u32, &[u8])> {
    let (number, rest) = bytes.split_first_chunk::<4>()?;
    Some((u32::from_be_bytes(*number), rest))
}
