use latchkey_core::{Rng, UserId, UtcTime};
use serde_json::json;

use super::*;
use crate::UserStatus;

fn full() -> StandardClaims {
    serde_json::from_value(json!({
        "name": "Alice Example", "given_name": "Alice", "family_name": "Example", "middle_name": "B.",
        "nickname": "Al", "profile": "https://example.com/alice", "picture": "https://example.com/alice.png",
        "website": "https://alice.example", "gender": "female", "birthdate": "0000-02-29",
        "zoneinfo": "Europe/Paris", "locale": "fr-FR", "phone_number": "+33612345678",
        "phone_number_verified": true, "address": { "locality": "Paris", "country": "France" },
    }))
    .expect("good claims")
}

fn user(claims: StandardClaims) -> User {
    let now = UtcTime::from_unix_seconds(1_700_000_000);
    User {
        id: UserId::generate(now, &Rng::seeded(1)),
        username: "alice".to_owned(),
        email: Some("alice@example.com".to_owned()),
        email_verified: true,
        claims,
        status: UserStatus::Active,
        created_at: now,
        updated_at: now,
        groups: Vec::new(),
        roles: Vec::new(),
        second_factor_due_at: None,
        must_change_password: false,
        terms_version: None,
        deletion_requested_at: None,
    }
}

fn names(user: &User, scope: &[&str], requested: &[&str]) -> Vec<String> {
    let requested = requested.iter().map(|&name| name.to_owned()).collect();
    user.claims_for(&scope.iter().copied().collect(), &requested).keys().cloned().collect()
}

#[test]
fn each_scope_gives_its_claims_and_no_other() {
    let user = user(full());
    let mut profile: Vec<String> = PROFILE_CLAIMS.iter().map(|&name| name.to_owned()).collect();
    profile.sort();
    let mut by_profile = names(&user, &["openid", "profile"], &[]);
    by_profile.sort();
    assert_eq!(by_profile, profile);
    assert_eq!(names(&user, &["openid"], &[]), Vec::<String>::new());
    assert_eq!(names(&user, &["email"], &[]), ["email", "email_verified"]);
    assert_eq!(names(&user, &["address"], &[]), ["address"]);
    assert_eq!(names(&user, &["phone"], &[]), ["phone_number", "phone_number_verified"]);
}

#[test]
fn a_single_claim_can_be_requested_without_its_scope_and_unknown_ones_are_ignored() {
    let user = user(full());
    assert_eq!(names(&user, &["openid"], &["name", "password_hash", "sub", "status"]), ["name"]);
}

#[test]
fn every_claim_has_its_json_type() {
    let claims = user(full()).claims_for(&Scope::from_iter(["profile", "email", "address", "phone"]), &BTreeSet::new());
    assert_eq!(claims.len(), 19);
    for (name, value) in &claims {
        let right = match name.as_str() {
            "email_verified" | "phone_number_verified" => value.is_boolean(),
            "updated_at" => value.as_i64() == Some(1_700_000_000),
            "address" => value.as_object().is_some_and(|parts| parts.values().all(Value::is_string)),
            _ => value.as_str().is_some_and(|text| !text.is_empty()),
        };
        assert!(right, "{name}: {value}");
    }
}

#[test]
fn what_a_user_does_not_have_is_left_out() {
    let mut user = user(StandardClaims { address: Some(Address::default()), ..StandardClaims::default() });
    user.email = None;
    user.claims.phone_number_verified = Some(true);
    assert_eq!(
        names(&user, &["profile", "email", "address", "phone"], &["email", "address"]),
        ["preferred_username", "updated_at"]
    );
}

#[test]
fn birthdates_are_real_dates() {
    for date in ["1990-12-31", "0000-02-29", "2024-02-29", "1990"] {
        assert!(date.parse::<Birthdate>().is_ok(), "{date}");
    }
    for date in [
        "",
        "90",
        "1990-13-01",
        "1990-00-10",
        "1990-04-31",
        "2023-02-29",
        "1990-1-1",
        "1990-01",
        "0000",
        "+199",
        "1990-01-01T",
    ] {
        assert!(date.parse::<Birthdate>().is_err(), "{date}");
    }
}

#[test]
fn empty_unknown_and_wrongly_typed_claims_are_refused() {
    for claims in [
        json!({ "name": "" }),
        json!({ "name": " " }),
        json!({ "name": "a\u{0}b" }),
        json!({ "email": "a@b.c" }),
        json!({ "sub": "x" }),
        json!({ "birthdate": "yesterday" }),
        json!({ "phone_number_verified": "true" }),
        json!({ "address": "Paris" }),
        json!({ "address": { "planet": "Mars" } }),
    ] {
        assert!(serde_json::from_value::<StandardClaims>(claims.clone()).is_err(), "{claims}");
    }
}
