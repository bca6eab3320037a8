//! The master key, under which private keys are encrypted at rest (AES-256-GCM, NIST SP 800-38D).

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use diesel::QueryResult;
use diesel::prelude::*;
use latchkey_core::{Rng, Secret, UtcTime, constant_time_eq};
use latchkey_storage::schema::master_keys;
use latchkey_storage::{Db, DbConnection, DbError};
use openssl::symm::{Cipher, decrypt_aead, encrypt_aead};
use zeroize::Zeroizing;

const FILE_NAME: &str = "master.key";
/// The only version until keys can be moved from one master key to another.
const VERSION: i32 = 1;
const NONCE_BYTES: usize = 12;
const TAG_BYTES: usize = 16;
const CHECK_TEXT: &[u8] = b"latchkey master key check";

/// Why the master key cannot be used; each is one line for the operator.
#[derive(Debug, thiserror::Error)]
pub enum MasterKeyError {
    /// Not 32 bytes in a known notation.
    #[error("the master key must be 32 random bytes as base64, base64url or 64 hexadecimal digits")]
    Malformed,
    /// Others than the owner may read the file.
    #[error("{path} can be read by others than its owner; run `chmod 600` on it")]
    ReadableByOthers {
        /// The file.
        path: String,
    },
    /// The file cannot be read or made.
    #[error("cannot use {path}: {reason}")]
    File {
        /// The file.
        path: String,
        /// The system's words.
        reason: String,
    },
    /// The database was encrypted under another key.
    #[error("the master key is not the one that this database was set up with; nothing was changed")]
    Wrong,
    /// OpenSSL refused.
    #[error("the master key check could not be encrypted")]
    Crypto(#[from] openssl::error::ErrorStack),
    /// The check value could not be read or written.
    #[error("the master key could not be checked against the database")]
    Database(#[from] DbError),
}

/// The key that encrypts private keys. `Debug` shows nothing of it; clones share one copy, wiped at the end.
#[derive(Clone)]
pub struct MasterKey {
    bytes: Arc<Zeroizing<[u8; 32]>>,
    version: i32,
}

impl std::fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "MasterKey(version {})", self.version)
    }
}

impl MasterKey {
    /// Reads 32 bytes written as base64, base64url or hexadecimal; white space around them is ignored.
    ///
    /// # Errors
    /// [`MasterKeyError::Malformed`].
    pub fn parse(text: &Secret<String>) -> Result<Self, MasterKeyError> {
        let text = text.expose().trim();
        let bytes = Zeroizing::new(decode(text).ok_or(MasterKeyError::Malformed)?);
        let bytes: [u8; 32] = bytes.as_slice().try_into().map_err(|_| MasterKeyError::Malformed)?;
        Ok(Self { bytes: Arc::new(Zeroizing::new(bytes)), version: VERSION })
    }

    /// Reads `master.key` in the data directory, or makes it with mode 0600 when there is none.
    ///
    /// # Errors
    /// When the file can be read by others, is not a key, or cannot be read or made.
    pub fn load_or_create(data_dir: &Path, rng: &Rng) -> Result<Self, MasterKeyError> {
        let path = data_dir.join(FILE_NAME);
        match read_private_file(&path)? {
            Some(text) => Self::parse(&text),
            None => {
                create_private_file(&path, rng)?;
                let text = read_private_file(&path)?.ok_or(MasterKeyError::Malformed)?;
                Self::parse(&text)
            }
        }
    }

    /// Compares the key with the check value of the database; at the very first start stores that value.
    ///
    /// # Errors
    /// [`MasterKeyError::Wrong`] when the database was set up with another key; then nothing is written.
    pub fn check(&self, conn: &mut DbConnection, now: UtcTime) -> Result<(), MasterKeyError> {
        let stored = match load_check_value(conn, self.version).map_err(DbError::from)? {
            Some(stored) => stored,
            None => {
                let mine = self.encrypt(CHECK_TEXT, "check", &Rng::system())?;
                insert_check_value(conn, self.version, &mine, now).map_err(DbError::from)?;
                // Another node may have been first: what stands there counts.
                load_check_value(conn, self.version).map_err(DbError::from)?.ok_or(MasterKeyError::Wrong)?
            }
        };
        let opened = self.decrypt(&stored, "check").ok_or(MasterKeyError::Wrong)?;
        if constant_time_eq(&opened, CHECK_TEXT) { Ok(()) } else { Err(MasterKeyError::Wrong) }
    }

    /// [`MasterKey::check`] in a transaction of its own; blocks.
    ///
    /// # Errors
    /// As [`MasterKey::check`].
    pub fn check_database(&self, db: &Db, now: UtcTime) -> Result<(), MasterKeyError> {
        db.write_blocking(|conn| match self.check(conn, now) {
            Err(MasterKeyError::Database(DbError::Query(error))) => Err(error),
            outcome => Ok(outcome),
        })?
    }

    /// A key of its own for `purpose`, so that no other crate needs the master key itself (HMAC as a KDF, SP 800-108).
    #[must_use]
    pub fn derive(&self, purpose: &str) -> Secret<[u8; 32]> {
        Secret::new(latchkey_core::hmac_sha256(self.bytes.as_slice(), purpose.as_bytes()))
    }

    /// The version that is stored beside what the key encrypted.
    pub(crate) fn version(&self) -> i32 {
        self.version
    }

    /// `{version}.{base64url(nonce || ciphertext || tag)}`; `context` must be given again to decrypt.
    pub(crate) fn encrypt(&self, clear: &[u8], context: &str, rng: &Rng) -> Result<String, openssl::error::ErrorStack> {
        let nonce = rng.bytes::<NONCE_BYTES>();
        let mut tag = [0_u8; TAG_BYTES];
        let aad = self.associated_data(context);
        let sealed = encrypt_aead(Cipher::aes_256_gcm(), self.bytes.as_slice(), Some(&nonce), &aad, clear, &mut tag)?;
        let text = URL_SAFE_NO_PAD.encode([nonce.as_slice(), &sealed, &tag].concat());
        Ok(format!("{}.{text}", self.version))
    }

    /// What was encrypted in that context; `None` when a bit, the context, the version or the key differs.
    pub(crate) fn decrypt(&self, stored: &str, context: &str) -> Option<Zeroizing<Vec<u8>>> {
        let (version, text) = stored.split_once('.')?;
        if version != self.version.to_string() {
            return None;
        }
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (nonce, rest) = bytes.split_at_checked(NONCE_BYTES)?;
        let (sealed, tag) = rest.split_at_checked(rest.len().checked_sub(TAG_BYTES)?)?;
        let aad = self.associated_data(context);
        let clear = decrypt_aead(Cipher::aes_256_gcm(), self.bytes.as_slice(), Some(nonce), &aad, sealed, tag).ok()?;
        Some(Zeroizing::new(clear))
    }

    fn associated_data(&self, context: &str) -> Vec<u8> {
        format!("{context}|{}", self.version).into_bytes()
    }
}

fn decode(text: &str) -> Option<Vec<u8>> {
    if text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        let digits = text.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).ok());
        return digits.map(|pair| u8::from_str_radix(pair?, 16).ok()).collect();
    }
    [URL_SAFE_NO_PAD, URL_SAFE, STANDARD, STANDARD_NO_PAD].iter().find_map(|notation| notation.decode(text).ok())
}

fn load_check_value(conn: &mut DbConnection, version: i32) -> QueryResult<Option<String>> {
    master_keys::table.filter(master_keys::version.eq(version)).select(master_keys::check_value).first(conn).optional()
}

fn insert_check_value(conn: &mut DbConnection, version: i32, value: &str, now: UtcTime) -> QueryResult<usize> {
    let row = (master_keys::version.eq(version), master_keys::check_value.eq(value), master_keys::created_at.eq(now));
    match conn {
        DbConnection::Postgresql(conn) => {
            diesel::insert_into(master_keys::table).values(row).on_conflict_do_nothing().execute(conn)
        }
        DbConnection::Sqlite(conn) => {
            diesel::insert_into(master_keys::table).values(row).on_conflict_do_nothing().execute(conn)
        }
    }
}

fn read_private_file(path: &Path) -> Result<Option<Secret<String>>, MasterKeyError> {
    let mut file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(file_error(path, &error)),
    };
    let mode = file.metadata().map_err(|error| file_error(path, &error))?.permissions().mode();
    if mode & 0o077 != 0 {
        return Err(MasterKeyError::ReadableByOthers { path: path.display().to_string() });
    }
    let mut text = String::new();
    file.read_to_string(&mut text).map_err(|error| file_error(path, &error))?;
    Ok(Some(Secret::new(text)))
}

// Written aside and linked into place: a crash leaves no half key, and of two starting processes one wins.
fn create_private_file(path: &Path, rng: &Rng) -> Result<(), MasterKeyError> {
    let unique = URL_SAFE_NO_PAD.encode(rng.bytes::<9>());
    let aside: PathBuf = path.with_extension(format!("key.{unique}"));
    let outcome = write_key(&aside, rng).and_then(|()| match std::fs::hard_link(&aside, path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        outcome => outcome,
    });
    let removed = std::fs::remove_file(&aside);
    outcome.and(removed).map_err(|error| file_error(path, &error))?;
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(directory).and_then(|directory| directory.sync_all()).map_err(|error| file_error(path, &error))
}

fn write_key(path: &Path, rng: &Rng) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    let key = Zeroizing::new(rng.bytes::<32>());
    let text = Zeroizing::new(STANDARD.encode(key.as_slice()));
    writeln!(file, "{}", text.as_str())?;
    file.sync_all()
}

fn file_error(path: &Path, error: &io::Error) -> MasterKeyError {
    MasterKeyError::File { path: path.display().to_string(), reason: error.to_string() }
}
