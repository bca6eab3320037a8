//! Hashes that other systems made. They are verified as they are; the first sign-in puts one of our own in their place.

mod bcrypt;
mod digest;
mod encoding;
mod firebase;
mod pbkdf2;
mod scrypt;

use crate::AuthError;

use self::bcrypt::Bcrypt;
use self::digest::SaltedDigest;
use self::firebase::FirebaseScrypt;
use self::pbkdf2::Pbkdf2;
use self::scrypt::Scrypt;

/// A hash of another make, of bearable cost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ImportedHash {
    Bcrypt(Bcrypt),
    Pbkdf2(Pbkdf2),
    Scrypt(Scrypt),
    FirebaseScrypt(FirebaseScrypt),
    SaltedDigest(SaltedDigest),
}

impl ImportedHash {
    /// Reads one of the forms of the how-to; `None` when it is of none, incomplete, or would take seconds or gigabytes.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let scheme = Scheme::of(text)?;
        match scheme {
            Scheme::Crypt(rest) => parse_crypt(rest),
            Scheme::Ldap(name, rest) => parse_ldap(name, rest),
            Scheme::Named(name, rest) => parse_named(name, rest),
            Scheme::Bare => Pbkdf2::parse_aspnet_identity(text).map(Self::Pbkdf2),
        }
    }

    /// Whether it is the hash of this password.
    pub(super) fn verify(&self, password: &[u8]) -> Result<bool, AuthError> {
        match self {
            Self::Bcrypt(hash) => hash.verify(password),
            Self::Pbkdf2(hash) => hash.verify(password),
            Self::Scrypt(hash) => hash.verify(password),
            Self::FirebaseScrypt(hash) => hash.verify(password),
            Self::SaltedDigest(hash) => hash.verify(password),
        }
    }
}

/// How a text says what it is.
enum Scheme<'a> {
    /// `$…`, as `crypt` and PHC have it.
    Crypt(&'a str),
    /// `{…}…`, as LDAP has it (RFC 2307).
    Ldap(&'a str, &'a str),
    /// `name$…`, as Django has it.
    Named(&'a str, &'a str),
    /// Base64 of everything.
    Bare,
}

impl<'a> Scheme<'a> {
    fn of(text: &'a str) -> Option<Self> {
        if text.starts_with('$') {
            return Some(Self::Crypt(text));
        }
        if let Some(rest) = text.strip_prefix('{') {
            return rest.split_once('}').map(|(name, rest)| Self::Ldap(name, rest));
        }
        Some(text.split_once('$').map_or(Self::Bare, |(name, rest)| Self::Named(name, rest)))
    }
}

fn parse_crypt(text: &str) -> Option<ImportedHash> {
    let name = text.strip_prefix('$')?.split('$').next()?;
    match name {
        "2a" | "2b" | "2x" | "2y" => Bcrypt::parse(text).map(ImportedHash::Bcrypt),
        "7" => Scrypt::parse_crypt(text).map(ImportedHash::Scrypt),
        "scrypt" => Scrypt::parse_phc(text).map(ImportedHash::Scrypt),
        "firebase-scrypt" => FirebaseScrypt::parse(text).map(ImportedHash::FirebaseScrypt),
        name if name.starts_with("pbkdf2") => Pbkdf2::parse_phc(text).map(ImportedHash::Pbkdf2),
        name if name.starts_with("salted-") => SaltedDigest::parse_phc(text).map(ImportedHash::SaltedDigest),
        _ => None,
    }
}

fn parse_ldap(name: &str, rest: &str) -> Option<ImportedHash> {
    let name = name.to_ascii_lowercase();
    match name.as_str() {
        "crypt" | "bcrypt" => parse_crypt(rest),
        name if name.starts_with("pbkdf2") => Pbkdf2::parse_ldap(name, rest).map(ImportedHash::Pbkdf2),
        name => SaltedDigest::parse_ldap(name, rest).map(ImportedHash::SaltedDigest),
    }
}

/// Django's forms; its Argon2 is read elsewhere.
fn parse_named(name: &str, rest: &str) -> Option<ImportedHash> {
    match name {
        "pbkdf2_sha256" | "pbkdf2_sha1" => Pbkdf2::parse_django(name, rest).map(ImportedHash::Pbkdf2),
        "bcrypt" => Bcrypt::parse(rest).map(ImportedHash::Bcrypt),
        "bcrypt_sha256" => Bcrypt::parse_of_sha256(rest).map(ImportedHash::Bcrypt),
        "scrypt" => Scrypt::parse_django(rest).map(ImportedHash::Scrypt),
        "md5" | "sha1" => SaltedDigest::parse_django(name, rest).map(ImportedHash::SaltedDigest),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
