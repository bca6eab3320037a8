//! DPoP proofs (RFC 9449 §4): one that holds is for this request, and of the key that it names.
#![no_main]

use latchkey_jose::UnverifiedJws;
use latchkey_jose::dpop::{ALGORITHMS, Expected, Proof};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let uris = ["https://server.example.com/token".to_owned()];
    let expected = Expected { method: "POST", uris: &uris, access_token: None };
    let Ok(proof) = Proof::verify(text, &expected) else { return };
    let jws = UnverifiedJws::parse(text).expect("a proof is a JWS");
    assert!(jws.has_typ("dpop+jwt") && ALGORITHMS.iter().any(|alg| alg.as_str() == jws.alg()));
    assert_eq!(jws.unverified_jwk().expect("a key").thumbprint(), proof.jkt);
    assert!((1..=512).contains(&proof.jti.len()));
    assert!(Proof::verify(text, &Expected { method: "GET", ..expected }).is_err());
    let elsewhere = ["https://server.example.com/other".to_owned()];
    assert!(Proof::verify(text, &Expected { uris: &elsewhere, ..expected }).is_err());
    assert!(Proof::verify(text, &Expected { access_token: Some("another"), ..expected }).is_err());
});
