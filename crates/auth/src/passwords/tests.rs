use super::*;
use crate::testing::{CHEAP, hashes_counted, metric, passwords};

fn secret(text: &str) -> Secret<String> {
    Secret::from(text)
}

fn tenant() -> TenantId {
    TenantId::generate(latchkey_core::UtcTime::from_unix_seconds(1), &Rng::seeded(3))
}

#[tokio::test]
async fn a_hash_names_its_parameters_and_verifies_only_its_password() {
    let passwords = passwords(CHEAP);
    let hash = passwords.hash(&tenant(), secret("correct horse")).await.expect("hash");
    assert!(hash.expose().starts_with("$argon2id$v=19$m=64,t=1,p=1$"), "{}", hash.expose());
    assert!(passwords.verify(&tenant(), secret("correct horse"), Some(&hash)).await.expect("verify"));
    assert!(!passwords.verify(&tenant(), secret("correct horsE"), Some(&hash)).await.expect("verify"));
    assert!(!passwords.verify(&tenant(), secret("correct horse"), None).await.expect("verify"));
    assert!(passwords.verify_blocking(&secret("correct horse"), &hash).expect("verify"));
    assert_ne!(hash, passwords.hash(&tenant(), secret("correct horse")).await.expect("hash"));
}

#[tokio::test]
async fn composition_and_width_of_the_keyboard_do_not_matter() {
    let passwords = passwords(CHEAP);
    let hash = passwords.hash(&tenant(), secret("zoe\u{308} ﬁsh １２")).await.expect("hash");
    assert!(passwords.verify(&tenant(), secret("zoë fish 12"), Some(&hash)).await.expect("verify"));
}

#[tokio::test]
async fn a_password_of_1024_bytes_is_hashed_and_a_longer_one_is_refused_before_any_work() {
    let metrics = Metrics::new().expect("metrics");
    let passwords = passwords(CHEAP).measured_by(metrics.clone());
    let hash = passwords.hash(&tenant(), secret(&"x".repeat(1024))).await.expect("hash");
    assert!(passwords.verify(&tenant(), secret(&"x".repeat(1024)), Some(&hash)).await.expect("verify"));
    assert_eq!(hashes_counted(&metrics), 2);

    let long = secret(&"x".repeat(1025));
    assert!(matches!(passwords.hash(&tenant(), long.clone()).await, Err(AuthError::PasswordTooLong)));
    assert!(!passwords.verify(&tenant(), long.clone(), Some(&hash)).await.expect("verify"));
    assert!(!passwords.verify(&tenant(), long, None).await.expect("verify"));
    assert_eq!(hashes_counted(&metrics), 2);
}

#[tokio::test]
async fn a_missing_hash_costs_one_hash_like_a_wrong_password() {
    let metrics = Metrics::new().expect("metrics");
    let passwords = passwords(CHEAP).measured_by(metrics.clone());
    let hash = passwords.hash(&tenant(), secret("correct horse")).await.expect("hash");
    for phc in [None, Some(&hash)] {
        let before = hashes_counted(&metrics);
        assert!(!passwords.verify(&tenant(), secret("wrong"), phc).await.expect("verify"));
        assert_eq!(hashes_counted(&metrics), before + 1);
    }
    let dummy = PasswordHash::new(&passwords.dummy).expect("a PHC string");
    assert_eq!(Params::try_from(&dummy).expect("parameters").m_cost(), CHEAP.memory_kib);
}

#[tokio::test]
async fn other_parameters_are_noticed() {
    let old = passwords(CHEAP).hash(&tenant(), secret("correct horse")).await.expect("hash");
    let now = passwords(PasswordHashing { iterations: 2, ..CHEAP });
    assert_eq!(
        now.check(&tenant(), secret("correct horse"), Some(&old)).await.expect("check"),
        Verification::RightButOutdated
    );
    assert_eq!(now.check(&tenant(), secret("wrong"), Some(&old)).await.expect("check"), Verification::Wrong);
    let new = now.hash(&tenant(), secret("correct horse")).await.expect("hash");
    assert_eq!(now.check(&tenant(), secret("correct horse"), Some(&new)).await.expect("check"), Verification::Right);
}

#[tokio::test]
async fn a_hash_without_a_slot_is_counted_as_waiting_until_it_gets_one() {
    let metrics = Metrics::new().expect("metrics");
    let passwords = passwords(PasswordHashing { concurrency: 1, ..CHEAP }).measured_by(metrics.clone());
    let waiting = || metric(&metrics, "latchkey_password_hashes_waiting");
    let taken = passwords.pool.acquire(&tenant()).await.expect("the slot");
    let tenant = tenant();
    let mut first = Box::pin(passwords.hash(&tenant, secret("first")));
    let mut second = Box::pin(passwords.hash(&tenant, secret("second")));
    assert!(poll_once(&mut first).is_none() && poll_once(&mut second).is_none());
    assert_eq!(waiting(), 2);
    // A caller who gives up waits no more.
    drop(second);
    assert_eq!(waiting(), 1);
    drop(taken);
    assert!(first.await.is_ok());
    assert_eq!((waiting(), hashes_counted(&metrics)), (0, 1));
}

/// Polls once.
fn poll_once<T>(future: &mut (impl Future<Output = T> + Unpin)) -> Option<T> {
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    match std::pin::Pin::new(future).poll(&mut context) {
        std::task::Poll::Ready(value) => Some(value),
        std::task::Poll::Pending => None,
    }
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
