//! Section `keys`: the master key that encrypts private keys at rest.

use latchkey_core::Secret;

use crate::{
    key::{Default, Key},
    reader::{Reader, secret},
};

pub(crate) const MASTER_KEY: Key = Key::secret(
    "master_key",
    "LATCHKEY_MASTER_KEY",
    Default::Computed("a file in the data directory, made on first start (with SQLite only)"),
    "Encrypts signing keys at rest: 32 bytes in Base64. Required with PostgreSQL.",
);
pub(crate) static KEYS: &[Key] = &[MASTER_KEY];

/// Encryption of keys at rest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeysConfig {
    /// The master key as written; the crate that encrypts with it checks its form.
    pub master_key: Option<Secret<String>>,
}

pub(crate) fn read(reader: &mut Reader) -> Option<KeysConfig> {
    Some(KeysConfig { master_key: reader.optional(&MASTER_KEY, secret)? })
}
