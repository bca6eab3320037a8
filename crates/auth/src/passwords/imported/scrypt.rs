//! scrypt ([RFC 7914](https://www.rfc-editor.org/rfc/rfc7914)) in the forms of PHC, `crypt` and Django.

use openssl::{memcmp, pkcs5};

use super::encoding::{base64, literal_salt, number, salt};
use crate::AuthError;

/// The table is 128 · N · r bytes.
const MAX_MEMORY_BYTES: u64 = 256 * 1024 * 1024;
/// N · r · p: 2²¹ take about a second.
const MAX_WORK: u64 = 1 << 21;
/// What programs make; another length is one that was cut.
const HASH_BYTES: [usize; 5] = [16, 20, 32, 48, 64];
const CRYPT_HASH_BYTES: usize = 32;
/// The digits of `crypt`, which are not those of Base64.
const CRYPT_DIGITS: &str = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::passwords) struct Scrypt {
    cost: Cost,
    salt: Vec<u8>,
    hash: Vec<u8>,
}

/// The parameters, known to be bearable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cost {
    n: u64,
    r: u64,
    p: u64,
}

impl Cost {
    /// `None` unless N is a power of two and the cost is bearable.
    pub(super) fn new(n: u64, r: u32, p: u32) -> Option<Self> {
        let (r, p) = (u64::from(r), u64::from(p));
        let work = n.checked_mul(r)?;
        let well_formed = n > 1 && n.is_power_of_two() && r > 0 && p > 0;
        let bearable = work.checked_mul(128)? <= MAX_MEMORY_BYTES && work.checked_mul(p)? <= MAX_WORK;
        (well_formed && bearable).then_some(Self { n, r, p })
    }

    pub(super) fn of_log(log_n: u32, r: u32, p: u32) -> Option<Self> {
        Self::new(1u64.checked_shl(log_n)?, r, p)
    }

    pub(super) fn derive(self, password: &[u8], salt: &[u8], key: &mut [u8]) -> Result<(), AuthError> {
        // What OpenSSL needs beside the table is a small part of it.
        Ok(pkcs5::scrypt(password, salt, self.n, self.r, self.p, 2 * MAX_MEMORY_BYTES, key)?)
    }
}

impl Scrypt {
    fn new(cost: Cost, salt: Vec<u8>, hash: Vec<u8>) -> Option<Self> {
        let complete = !salt.is_empty() && HASH_BYTES.contains(&hash.len());
        complete.then_some(Self { cost, salt, hash })
    }

    /// `$scrypt$ln=17,r=8,p=1$<salt>$<hash>`
    pub(super) fn parse_phc(text: &str) -> Option<Self> {
        let mut parts = text.strip_prefix("$scrypt$")?.split('$');
        let (parameters, salt_text, hash) = (parts.next()?, parts.next()?, parts.next()?);
        let cost = Cost::of_log(number(parameters, "ln")?, number(parameters, "r")?, number(parameters, "p")?)?;
        let this = Self::new(cost, salt(salt_text)?, base64(hash)?)?;
        parts.next().is_none().then_some(this)
    }

    /// Django's `scrypt$16384$<salt as it is>$8$1$<hash>`, after the name.
    pub(super) fn parse_django(rest: &str) -> Option<Self> {
        let mut parts = rest.split('$');
        let (n, salt_text) = (parts.next()?.parse().ok()?, parts.next()?);
        let (r, p, hash) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?, parts.next()?);
        let this = Self::new(Cost::new(n, r, p)?, literal_salt(salt_text)?, base64(hash)?)?;
        parts.next().is_none().then_some(this)
    }

    /// `$7$…` of `crypt`: one digit for log₂ N, five for r, five for p, the salt as it is, `$`, the hash.
    pub(super) fn parse_crypt(text: &str) -> Option<Self> {
        let rest = text.strip_prefix("$7$")?;
        let (setting, hash) = rest.split_once('$')?;
        let (log_n, setting) = setting.split_at_checked(1)?;
        let (r, setting) = setting.split_at_checked(5)?;
        let (p, salt_text) = setting.split_at_checked(5)?;
        let cost = Cost::of_log(crypt_number(log_n)?, crypt_number(r)?, crypt_number(p)?)?;
        let hash = crypt_bytes(hash).filter(|hash| hash.len() == CRYPT_HASH_BYTES)?;
        Self::new(cost, literal_salt(salt_text)?, hash)
    }

    pub(super) fn verify(&self, password: &[u8]) -> Result<bool, AuthError> {
        let mut derived = vec![0; self.hash.len()];
        self.cost.derive(password, &self.salt, &mut derived)?;
        Ok(memcmp::eq(&derived, &self.hash))
    }
}

/// The least significant digit comes first.
fn crypt_number(digits: &str) -> Option<u32> {
    digits.chars().rev().try_fold(0u32, |number, c| Some(number.checked_mul(64)? + crypt_digit(c)?))
}

/// Four digits make three bytes, the least significant first.
fn crypt_bytes(digits: &str) -> Option<Vec<u8>> {
    let digits: Vec<char> = digits.chars().collect();
    let mut bytes = Vec::new();
    for group in digits.chunks(4) {
        let number = crypt_number(&group.iter().collect::<String>())?;
        let length = group.len() * 6 / 8;
        bytes.extend(number.to_le_bytes().into_iter().take(length));
    }
    Some(bytes)
}

fn crypt_digit(c: char) -> Option<u32> {
    CRYPT_DIGITS.find(c).and_then(|digit| u32::try_from(digit).ok())
}
