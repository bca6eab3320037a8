//! Users whose hashes come from other systems sign in, and have one of ours from then on.

use latchkey_core::Secret;
use latchkey_metrics::Metrics;

use crate::testing::{Bench, CHEAP, PASSWORD, benches, draft, hashes_counted, passwords, session_of};
use crate::{PasswordOutcome, parse_password_hash, user_store};

/// What stands before the digest of salt and password.
const SALTED: &str = "$salted-sha1$o=sp$c2FsdA$";
const TYPED: &str = "zoe\u{308} of the sea";

async fn with_hash(bench: &Bench, username: &str, hash: &str) {
    let user = bench.user_of(&bench.tenant.id, draft(username), None).await;
    let hash = parse_password_hash(hash).expect("an accepted form");
    let tenant = bench.tenant.id.clone();
    let set = bench.write(move |conn| user_store::set_password_hash(conn, &tenant, &user.id, &hash)).await;
    assert!(set, "{}", bench.name);
}

async fn stored(bench: &Bench, username: &str) -> String {
    let (tenant, key) = (bench.tenant.id.clone(), crate::IdentifierKey::of(username));
    let found = bench.write(move |conn| user_store::find_credentials(conn, &tenant, &key)).await.expect("a user");
    found.password_hash.expect("a hash").expose().clone()
}

fn sha1_hex(text: &str) -> String {
    openssl::sha::sha1(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[tokio::test]
async fn the_first_sign_in_puts_argon2id_in_the_place_of_an_imported_hash() {
    for bench in benches().await {
        let imported = format!("{SALTED}{}", sha1_hex(&format!("salt{PASSWORD}")));
        with_hash(&bench, "iris", &imported).await;
        let refused = bench.submit(Bench::attempt("iris", "wrong")).await;
        assert!(matches!(refused, PasswordOutcome::Refused), "{}", bench.name);
        assert_eq!(stored(&bench, "iris").await, imported, "{}: a wrong password renews nothing", bench.name);
        for _ in 0..2 {
            session_of(bench.submit(Bench::attempt("iris", PASSWORD)).await);
            assert!(stored(&bench, "iris").await.starts_with("$argon2id$"), "{}", bench.name);
        }
    }
}

#[tokio::test]
async fn a_hash_of_a_password_that_was_not_normalized_is_accepted_and_renewed() {
    for bench in benches().await {
        let imported = format!("{SALTED}{}", sha1_hex(&format!("salt{TYPED}")));
        with_hash(&bench, "zoe", &imported).await;
        // Composed otherwise it is not what was hashed there.
        let composed = bench.submit(Bench::attempt("zoe", "zoë of the sea")).await;
        assert!(matches!(composed, PasswordOutcome::Refused), "{}", bench.name);
        session_of(bench.submit(Bench::attempt("zoe", TYPED)).await);
        session_of(bench.submit(Bench::attempt("zoe", "zoë of the sea")).await);
    }
}

#[tokio::test]
async fn a_wrong_password_of_an_imported_hash_costs_what_an_unknown_user_costs() {
    for bench in benches().await {
        let metrics = Metrics::new().expect("metrics");
        let node = bench.node(passwords(CHEAP).measured_by(metrics.clone()));
        with_hash(&bench, "iris", &format!("{SALTED}{}", sha1_hex("x"))).await;
        let interaction = bench.begin().await;
        for identifier in ["iris", "nobody"] {
            let before = hashes_counted(&metrics);
            let outcome =
                node.submit_password(&bench.tenant, &interaction, Bench::attempt(identifier, "wrong")).await.unwrap();
            assert!(matches!(outcome, PasswordOutcome::Refused), "{}", bench.name);
            assert_eq!(hashes_counted(&metrics), before + 1, "{}: {identifier}", bench.name);
        }
        let dummy = passwords(CHEAP);
        let imported = parse_password_hash(&format!("{SALTED}{}", sha1_hex("x"))).expect("a form");
        assert!(!dummy.verify_blocking(&Secret::from("wrong"), &imported).expect("verifies"));
    }
}
