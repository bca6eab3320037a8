//! A plain digest of password and salt, as LDAP (RFC 2307) and home-made user tables have it. Guessing it costs next to
//! nothing: a dump that holds some is as good as one of the passwords.

use openssl::hash::{Hasher, MessageDigest};
use openssl::memcmp;

use super::encoding::{hex_or_base64, literal_salt, parameter, salt};
use crate::AuthError;

const MAX_SALT_BYTES: usize = 1024;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::passwords) struct SaltedDigest {
    algorithm: Algorithm,
    order: Order,
    salt: Vec<u8>,
    digest: Vec<u8>,
}

/// The digest; shared with PBKDF2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Algorithm {
    Md5,
    Sha1,
    Sha256,
    Sha384,
    Sha512,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Order {
    SaltFirst,
    PasswordFirst,
}

impl Algorithm {
    pub(super) fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "md5" => Self::Md5,
            "sha" | "sha1" => Self::Sha1,
            "sha256" => Self::Sha256,
            "sha384" => Self::Sha384,
            "sha512" => Self::Sha512,
            _ => return None,
        })
    }

    pub(super) fn message_digest(self) -> MessageDigest {
        match self {
            Self::Md5 => MessageDigest::md5(),
            Self::Sha1 => MessageDigest::sha1(),
            Self::Sha256 => MessageDigest::sha256(),
            Self::Sha384 => MessageDigest::sha384(),
            Self::Sha512 => MessageDigest::sha512(),
        }
    }

    pub(super) fn length(self) -> usize {
        self.message_digest().size()
    }
}

impl SaltedDigest {
    /// `$salted-sha256$o=ps$<salt>$<digest>`: our form for what has none; the salt in Base64, the digest in Base64 or in
    /// hexadecimal digits. `o` is `ps` (password, then salt) or `sp`.
    pub(super) fn parse_phc(text: &str) -> Option<Self> {
        let mut parts = text.strip_prefix("$salted-")?.split('$');
        let (name, parameters, salt_text, digest) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        let algorithm = Algorithm::parse(name)?;
        let order = match parameter(parameters, "o")? {
            "ps" => Order::PasswordFirst,
            "sp" => Order::SaltFirst,
            _ => return None,
        };
        let digest = hex_or_base64(digest, algorithm.length())?;
        let this = Self { algorithm, order, salt: salt(salt_text)?, digest };
        parts.next().is_none().then_some(this)
    }

    /// `{SSHA}…` and its like: Base64 of the digest and the salt behind it. The name in lower case.
    pub(super) fn parse_ldap(name: &str, rest: &str) -> Option<Self> {
        let (algorithm, salted) = match Algorithm::parse(name) {
            Some(algorithm) => (algorithm, false),
            None => (Algorithm::parse(name.strip_prefix('s')?)?, true),
        };
        let mut digest = super::encoding::base64(rest)?;
        if digest.len() < algorithm.length() {
            return None;
        }
        let salt = digest.split_off(algorithm.length());
        let fits = if salted { (1..=MAX_SALT_BYTES).contains(&salt.len()) } else { salt.is_empty() };
        fits.then_some(Self { algorithm, order: Order::PasswordFirst, salt, digest })
    }

    /// Django's `md5$<salt>$<digest>`, after the name.
    pub(super) fn parse_django(name: &str, rest: &str) -> Option<Self> {
        let (salt, digest) = rest.split_once('$')?;
        let algorithm = Algorithm::parse(name)?;
        let digest = hex_or_base64(digest, algorithm.length())?;
        Some(Self { algorithm, order: Order::SaltFirst, salt: literal_salt(salt)?, digest })
    }

    pub(super) fn verify(&self, password: &[u8]) -> Result<bool, AuthError> {
        let mut hasher = Hasher::new(self.algorithm.message_digest())?;
        let (first, second) = match self.order {
            Order::SaltFirst => (self.salt.as_slice(), password),
            Order::PasswordFirst => (password, self.salt.as_slice()),
        };
        hasher.update(first)?;
        hasher.update(second)?;
        Ok(memcmp::eq(&hasher.finish()?, &self.digest))
    }
}
