use std::os::unix::fs::PermissionsExt;

use diesel::prelude::*;
use latchkey_core::{Rng, Secret, UtcTime};
use latchkey_storage::schema::master_keys;
use latchkey_storage::testing::databases;

use super::world::master_key;
use crate::{MasterKey, MasterKeyError};

#[test]
fn a_key_is_32_bytes_in_any_of_three_notations() {
    let hex = "fb".repeat(32);
    let bytes = [0xfb_u8; 32];
    use base64::Engine;
    use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
    for text in [hex, STANDARD.encode(bytes), URL_SAFE_NO_PAD.encode(bytes), format!("{}\n", STANDARD.encode(bytes))] {
        let key = MasterKey::parse(&Secret::new(text)).expect("a key");
        let sealed = key.encrypt(b"x", "c", &Rng::system()).expect("sealed");
        let same = MasterKey::parse(&Secret::new(URL_SAFE_NO_PAD.encode(bytes))).expect("a key");
        assert_eq!(same.decrypt(&sealed, "c").as_deref().map(Vec::as_slice), Some(b"x".as_slice()));
    }
    for text in ["", "short", &"fb".repeat(31), &"zz".repeat(32), &STANDARD.encode([1; 33])] {
        assert!(matches!(MasterKey::parse(&Secret::from(text)), Err(MasterKeyError::Malformed)), "{text}");
    }
}

#[test]
fn what_was_encrypted_opens_in_its_own_context_only_and_not_after_a_bit_flip() {
    let key = master_key();
    let sealed = key.encrypt(b"private", "tnt_a|key_1", &Rng::system()).expect("sealed");
    assert_eq!(key.decrypt(&sealed, "tnt_a|key_1").as_deref().map(Vec::as_slice), Some(b"private".as_slice()));
    assert!(key.decrypt(&sealed, "tnt_b|key_1").is_none());
    assert!(key.decrypt(&sealed, "tnt_a|key_2").is_none());
    for index in 0..sealed.len() {
        let mut bytes = sealed.clone().into_bytes();
        bytes[index] ^= 1;
        let changed = String::from_utf8(bytes).expect("ASCII");
        assert!(key.decrypt(&changed, "tnt_a|key_1").is_none(), "byte {index}");
    }
    let again = key.encrypt(b"private", "tnt_a|key_1", &Rng::system()).expect("sealed");
    assert_ne!(sealed, again, "a nonce is never used twice");
}

#[test]
fn the_file_is_made_once_with_mode_0600_and_refused_when_others_may_read_it() {
    let directory = tempfile::tempdir().expect("a directory");
    let made = MasterKey::load_or_create(directory.path(), &Rng::system()).expect("a new key");
    let path = directory.path().join("master.key");
    let mode = |path: &std::path::Path| std::fs::metadata(path).expect("a file").permissions().mode() & 0o777;
    assert_eq!(mode(&path), 0o600);
    assert_eq!(std::fs::read_dir(directory.path()).expect("a directory").count(), 1, "nothing else is left behind");

    let loaded = MasterKey::load_or_create(directory.path(), &Rng::system()).expect("the same key");
    let sealed = made.encrypt(b"x", "c", &Rng::system()).expect("sealed");
    assert!(loaded.decrypt(&sealed, "c").is_some());

    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).expect("chmod");
    let refused = MasterKey::load_or_create(directory.path(), &Rng::system());
    assert!(matches!(refused, Err(MasterKeyError::ReadableByOthers { .. })));
    assert!(matches!(
        MasterKey::load_or_create(&directory.path().join("missing"), &Rng::system()),
        Err(MasterKeyError::File { .. })
    ));
}

#[test]
fn a_database_accepts_the_key_of_its_first_start_only() {
    let now = UtcTime::from_unix_seconds(1_800_000_000);
    let wrong = MasterKey::parse(&Secret::new("ab".repeat(32))).expect("a key");
    for test_db in databases() {
        let db = test_db.db();
        master_key().check_database(db, now).expect("the first start");
        master_key().check_database(db, now).expect("a later start");
        let before: Vec<(i32, String, UtcTime)> = db.read_blocking(|conn| master_keys::table.load(conn)).expect("rows");
        let error = wrong.check_database(db, now).expect_err("another key");
        assert!(matches!(error, MasterKeyError::Wrong));
        assert!(!error.to_string().contains('\n'));
        let after: Vec<(i32, String, UtcTime)> = db.read_blocking(|conn| master_keys::table.load(conn)).expect("rows");
        assert_eq!(before, after, "{}", test_db.backend());
    }
}
