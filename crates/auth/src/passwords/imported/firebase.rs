//! Firebase's scrypt: what scrypt derives encrypts the project's signer key, and the ciphertext is the hash.

use openssl::memcmp;
use openssl::symm::{Cipher, encrypt};

use super::encoding::{base64, number, parameter, salt};
use super::scrypt::Cost;
use crate::AuthError;

const KEY_BYTES: usize = 32;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::passwords) struct FirebaseScrypt {
    cost: Cost,
    /// With the project's separator behind it.
    salt: Vec<u8>,
    signer_key: Vec<u8>,
    hash: Vec<u8>,
}

impl FirebaseScrypt {
    /// `$firebase-scrypt$ln=14,r=8,ss=<salt separator>,sk=<signer key>$<salt>$<hash>`: `mem_cost`, `rounds`,
    /// `base64_salt_separator` and `base64_signer_key` of the project, `salt` and `passwordHash` of the user.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut parts = text.strip_prefix("$firebase-scrypt$")?.split('$');
        let (parameters, salt_text, hash) = (parts.next()?, parts.next()?, parts.next()?);
        let cost = Cost::of_log(number(parameters, "ln")?, number(parameters, "r")?, 1)?;
        let signer_key = base64(parameter(parameters, "sk")?).filter(|key| key.len() >= KEY_BYTES)?;
        let mut salted = salt(salt_text)?;
        salted.extend(salt(parameter(parameters, "ss")?)?);
        let hash = base64(hash).filter(|hash| hash.len() == signer_key.len())?;
        parts.next().is_none().then_some(Self { cost, salt: salted, signer_key, hash })
    }

    pub(super) fn verify(&self, password: &[u8]) -> Result<bool, AuthError> {
        let mut key = [0; KEY_BYTES];
        self.cost.derive(password, &self.salt, &mut key)?;
        let encrypted = encrypt(Cipher::aes_256_ctr(), &key, Some(&[0; 16]), &self.signer_key)?;
        Ok(memcmp::eq(&encrypted, &self.hash))
    }
}
