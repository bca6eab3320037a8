use std::sync::Mutex;

use super::*;
use crate::testing::{CHEAP, passwords};

fn secret(text: &str) -> Secret<String> {
    Secret::from(text)
}

#[tokio::test]
async fn a_hash_names_its_parameters_and_verifies_only_its_password() {
    let passwords = passwords(CHEAP);
    let hash = passwords.hash(secret("correct horse")).await.expect("hash");
    assert!(hash.expose().starts_with("$argon2id$v=19$m=64,t=1,p=1$"), "{}", hash.expose());
    assert!(passwords.verify(secret("correct horse"), Some(&hash)).await.expect("verify"));
    assert!(!passwords.verify(secret("correct horsE"), Some(&hash)).await.expect("verify"));
    assert!(!passwords.verify(secret("correct horse"), None).await.expect("verify"));
    assert!(passwords.verify_blocking(&secret("correct horse"), &hash).expect("verify"));
    assert_ne!(hash, passwords.hash(secret("correct horse")).await.expect("hash"));
}

#[tokio::test]
async fn composition_and_width_of_the_keyboard_do_not_matter() {
    let passwords = passwords(CHEAP);
    let hash = passwords.hash(secret("zoe\u{308} ﬁsh １２")).await.expect("hash");
    assert!(passwords.verify(secret("zoë fish 12"), Some(&hash)).await.expect("verify"));
}

#[tokio::test]
async fn a_password_of_1024_bytes_is_hashed_and_a_longer_one_is_refused_before_any_work() {
    let reported = Arc::new(Mutex::new(0));
    let counter = Arc::clone(&reported);
    let passwords = passwords(CHEAP).observed_by(Arc::new(move |_| *counter.lock().unwrap() += 1));
    let hash = passwords.hash(secret(&"x".repeat(1024))).await.expect("hash");
    assert!(passwords.verify(secret(&"x".repeat(1024)), Some(&hash)).await.expect("verify"));
    assert_eq!(*reported.lock().unwrap(), 2);

    let long = secret(&"x".repeat(1025));
    assert!(matches!(passwords.hash(long.clone()).await, Err(AuthError::PasswordTooLong)));
    assert!(!passwords.verify(long.clone(), Some(&hash)).await.expect("verify"));
    assert!(!passwords.verify(long, None).await.expect("verify"));
    assert_eq!(*reported.lock().unwrap(), 2);
}

#[tokio::test]
async fn a_missing_hash_costs_one_hash_like_a_wrong_password() {
    let reported = Arc::new(Mutex::new(0));
    let counter = Arc::clone(&reported);
    let passwords = passwords(CHEAP).observed_by(Arc::new(move |_| *counter.lock().unwrap() += 1));
    let hash = passwords.hash(secret("correct horse")).await.expect("hash");
    for phc in [None, Some(&hash)] {
        let before = *reported.lock().unwrap();
        assert!(!passwords.verify(secret("wrong"), phc).await.expect("verify"));
        assert_eq!(*reported.lock().unwrap(), before + 1);
    }
    let dummy = PasswordHash::new(&passwords.dummy).expect("a PHC string");
    assert_eq!(Params::try_from(&dummy).expect("parameters").m_cost(), CHEAP.memory_kib);
}

#[tokio::test]
async fn other_parameters_are_noticed() {
    let old = passwords(CHEAP).hash(secret("correct horse")).await.expect("hash");
    let now = passwords(PasswordHashing { iterations: 2, ..CHEAP });
    assert_eq!(now.check(secret("correct horse"), Some(&old)).await.expect("check"), Verification::RightButOutdated);
    assert_eq!(now.check(secret("wrong"), Some(&old)).await.expect("check"), Verification::Wrong);
    let new = now.hash(secret("correct horse")).await.expect("hash");
    assert_eq!(now.check(secret("correct horse"), Some(&new)).await.expect("check"), Verification::Right);
}

#[tokio::test]
async fn a_full_queue_answers_busy() {
    let passwords = passwords(PasswordHashing { concurrency: 1, ..CHEAP });
    let taken = Arc::clone(&passwords.admission).try_acquire_many_owned(65).expect("65 places");
    assert!(matches!(passwords.verify(secret("x"), None).await, Err(AuthError::Busy)));
    drop(taken);
    assert!(passwords.verify(secret("x"), None).await.is_ok());
}

#[test]
fn only_complete_argon2_hashes_of_bearable_cost_are_taken_from_outside() {
    let good = passwords(CHEAP).hash_blocking(&secret("correct horse")).expect("hash");
    assert!(parse_password_hash(good.expose()).is_some());
    let salt_and_hash = "c2FsdHNhbHRzYWx0$MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY";
    for text in [
        "".to_owned(),
        "plain".to_owned(),
        "$2b$12$abcdefghijklmnopqrstuuxyz".to_owned(),
        "$argon2id$v=19$m=64,t=1,p=1$c2FsdHNhbHRzYWx0".to_owned(),
        format!("$argon2id$v=19$m=4194304,t=1,p=1${salt_and_hash}"),
        format!("$argon2id$v=19$m=64,t=1000,p=1${salt_and_hash}"),
        format!("$scrypt$v=19$m=64,t=1,p=1${salt_and_hash}"),
    ] {
        assert!(parse_password_hash(&text).is_none(), "{text}");
    }
    assert!(parse_password_hash(&format!("$argon2id$v=19$m=64,t=1,p=1${salt_and_hash}")).is_some());
}

#[test]
fn impossible_parameters_are_refused_at_start() {
    let hashing = PasswordHashing { memory_kib: 4, ..CHEAP };
    assert!(matches!(Passwords::new(hashing, Rng::seeded(1)), Err(AuthError::Parameters(_))));
}
