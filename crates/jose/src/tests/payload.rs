use std::time::Duration;

use latchkey_core::UtcTime;
use serde_json::{Value, json};

use crate::{InvalidJws, VerifiedPayload};

const NOW: i64 = 1_800_000_000;
const LEEWAY: Duration = Duration::from_secs(10);

fn payload(claims: Value) -> VerifiedPayload {
    match claims {
        Value::Object(claims) => VerifiedPayload::new(claims),
        _ => panic!("claims are an object"),
    }
}

fn now() -> UtcTime {
    UtcTime::from_unix_seconds(NOW)
}

#[test]
fn expiry_counts_from_the_second_it_names_give_or_take_the_leeway() {
    let cases = [
        (json!({"exp": NOW + 1}), Ok(())),
        (json!({"exp": NOW - 9}), Ok(())),
        (json!({"exp": (NOW - 9).to_string().parse::<f64>().expect("a number") + 0.5}), Ok(())),
        (json!({"exp": NOW - 10}), Err(InvalidJws::Expired)),
        (json!({"exp": "soon"}), Err(InvalidJws::MalformedClaim("exp"))),
        (json!({"exp": -1}), Err(InvalidJws::MalformedClaim("exp"))),
        (json!({"exp": u64::MAX}), Err(InvalidJws::MalformedClaim("exp"))),
        (json!({"exp": 1e300}), Err(InvalidJws::MalformedClaim("exp"))),
        (json!({"exp": null}), Err(InvalidJws::MalformedClaim("exp"))),
        (json!({}), Err(InvalidJws::MissingClaim("exp"))),
    ];
    for (claims, outcome) in cases {
        assert_eq!(payload(claims.clone()).require_unexpired(now(), LEEWAY).map(drop), outcome, "{claims}");
    }
    let hour = Duration::from_secs(3600);
    assert_eq!(payload(json!({"exp": NOW + 3600})).require_expiry_within(now(), hour), Ok(()));
    assert_eq!(payload(json!({"exp": NOW + 3601})).require_expiry_within(now(), hour), Err(InvalidJws::TooOld));
}

#[test]
fn a_begin_in_the_future_is_refused_beyond_the_leeway() {
    for name in ["nbf", "iat"] {
        assert_eq!(payload(json!({name: NOW + 10})).require_begun(now(), LEEWAY), Ok(()), "{name}");
        assert_eq!(
            payload(json!({name: NOW + 11})).require_begun(now(), LEEWAY),
            Err(InvalidJws::NotYetValid),
            "{name}"
        );
    }
    assert_eq!(payload(json!({})).require_begun(now(), LEEWAY), Ok(()));
    let hour = Duration::from_secs(3600);
    assert_eq!(payload(json!({"nbf": NOW - 3600})).require_not_before_within(now(), hour), Ok(()));
    assert_eq!(payload(json!({"nbf": NOW - 3601})).require_not_before_within(now(), hour), Err(InvalidJws::TooOld));
    assert_eq!(payload(json!({})).require_not_before_within(now(), hour), Err(InvalidJws::MissingClaim("nbf")));
}

#[test]
fn a_proof_is_neither_older_nor_newer_than_its_window() {
    let minute = Duration::from_secs(60);
    let cases = [
        (json!({"iat": NOW}), Ok(())),
        (json!({"iat": NOW - 70}), Ok(())),
        (json!({"iat": NOW - 71}), Err(InvalidJws::TooOld)),
        (json!({"iat": NOW + 10}), Ok(())),
        (json!({"iat": NOW + 11}), Err(InvalidJws::NotYetValid)),
        (json!({}), Err(InvalidJws::MissingClaim("iat"))),
    ];
    for (claims, outcome) in cases {
        assert_eq!(payload(claims.clone()).require_issued_within(now(), minute, LEEWAY).map(drop), outcome, "{claims}");
    }
}

#[test]
fn issuer_subject_and_audience_are_compared_exactly() {
    let claims = payload(json!({"iss": "i", "sub": "s", "aud": ["a", "b"], "jti": ""}));
    assert_eq!(claims.require_issuer("i"), Ok(()));
    assert_eq!(claims.require_issuer("i/"), Err(InvalidJws::WrongIssuer));
    assert_eq!(claims.require_subject("s"), Ok(()));
    assert_eq!(claims.require_subject("S"), Err(InvalidJws::WrongSubject));
    assert_eq!(claims.require_audience(&["x", "b"]), Ok(()));
    assert_eq!(claims.require_audience(&["B"]), Err(InvalidJws::WrongAudience));
    assert_eq!(claims.require_sole_audience(&["a", "b"]), Err(InvalidJws::WrongAudience));
    assert_eq!(payload(json!({"aud": "a"})).require_sole_audience(&["a"]), Ok(()));
    assert_eq!(claims.require_text("jti"), Err(InvalidJws::MalformedClaim("jti")));
    assert_eq!(payload(json!({"iss": 1})).require_issuer("1"), Err(InvalidJws::MalformedClaim("iss")));
    assert_eq!(payload(json!({})).require_issuer("i"), Err(InvalidJws::MissingClaim("iss")));
    assert_eq!(payload(json!({"aud": [1]})).require_audience(&["1"]), Err(InvalidJws::MissingClaim("aud")));
}
