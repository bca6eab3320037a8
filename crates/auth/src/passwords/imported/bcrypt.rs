//! bcrypt, as `crypt` writes it and as Django wraps it.

use ::bcrypt::BcryptError;
use latchkey_core::sha256;

use crate::AuthError;

/// 2¹⁴ rounds take about a second.
const MAX_COST: u32 = 14;
const MIN_COST: u32 = 4;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::passwords) struct Bcrypt {
    text: String,
    /// Whether what was hashed is the SHA-256 of the password, in hexadecimal digits.
    of_sha256: bool,
}

impl Bcrypt {
    /// `$2b$12$…`; the letters a, b and y say which mistakes the maker's library did not have.
    pub(super) fn parse(text: &str) -> Option<Self> {
        // `2x` are hashes of a library that was wrong about characters beyond ASCII; nobody should have one any more.
        let rest = ["$2a$", "$2b$", "$2y$"].iter().find_map(|prefix| text.strip_prefix(prefix))?;
        let (cost, salt_and_hash) = rest.split_once('$')?;
        let cost: u32 = cost.parse().ok().filter(|_| cost.len() == 2)?;
        let well_formed = salt_and_hash.len() == 53 && text.parse::<::bcrypt::HashParts>().is_ok();
        let bearable = (MIN_COST..=MAX_COST).contains(&cost);
        (bearable && well_formed).then(|| Self { text: text.to_owned(), of_sha256: false })
    }

    /// Django's `bcrypt_sha256$$2b$12$…`, after the name.
    pub(super) fn parse_of_sha256(text: &str) -> Option<Self> {
        Self::parse(text).map(|hash| Self { of_sha256: true, ..hash })
    }

    /// Beyond the 72nd byte a password does not count, as with every bcrypt.
    pub(super) fn verify(&self, password: &[u8]) -> Result<bool, AuthError> {
        let verified = if self.of_sha256 {
            let digits: String = sha256(password).iter().map(|byte| format!("{byte:02x}")).collect();
            ::bcrypt::verify(digits, &self.text)
        } else {
            ::bcrypt::verify(password, &self.text)
        };
        verified.map_err(|error: BcryptError| AuthError::Hashing(error.to_string()))
    }
}
