use latchkey_protocol::SigningAlgorithm;
use proptest::prelude::*;
use serde_json::json;

use super::jws::{ALL, public, signed};
use crate::{Jwk, JwkSet, UnverifiedJws};

fn algorithm() -> impl Strategy<Value = SigningAlgorithm> {
    prop::sample::select(ALL)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_was_signed_verifies(alg in algorithm(), kid in ".{0,20}", claim in ".{0,200}") {
        let token = signed(alg, json!({"kid": kid}), &json!({"claim": claim}).to_string());
        let jws = UnverifiedJws::parse(&token).expect("a JWS");
        prop_assert_eq!(jws.kid(), Some(kid.as_str()));
        let payload = jws.verify(&public(alg), &[alg]).expect("verified");
        prop_assert_eq!(payload.text("claim"), Some(claim.as_str()));
    }

    #[test]
    fn what_was_changed_after_signing_does_not(alg in algorithm(), at in any::<prop::sample::Index>(), byte in 0_u8..128) {
        let token = signed(alg, json!({}), r#"{"claim":"value"}"#);
        let mut bytes = token.clone().into_bytes();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        let changed = String::from_utf8(bytes).expect("ASCII");
        prop_assume!(changed != token);
        let verified = UnverifiedJws::parse(&changed).is_ok_and(|jws| jws.verify(&public(alg), ALL).is_ok());
        prop_assert!(!verified, "{}", changed);
    }

    #[test]
    fn what_was_cut_does_not(alg in algorithm(), at in any::<prop::sample::Index>()) {
        let token = signed(alg, json!({}), "{}");
        let cut = &token[..at.index(token.len())];
        prop_assert!(!UnverifiedJws::parse(cut).is_ok_and(|jws| jws.verify(&public(alg), ALL).is_ok()));
    }

    #[test]
    fn no_text_makes_the_parsers_panic(text in ".*", header in "\\PC{0,80}") {
        let _ = UnverifiedJws::parse(&text);
        let _ = UnverifiedJws::parse(&format!("{}.e30.AA", crate::jwk::encode(header.as_bytes())));
        let _ = JwkSet::parse(text.as_bytes());
    }

    #[test]
    fn no_octets_make_a_key_panic(x in prop::collection::vec(any::<u8>(), 0..140), y in prop::collection::vec(any::<u8>(), 0..70)) {
        let (x, y) = (crate::jwk::encode(&x), crate::jwk::encode(&y));
        for crv in ["P-256", "P-384", "P-521"] {
            let _ = Jwk::parse(&json!({"kty": "EC", "crv": crv, "x": x, "y": y}));
        }
        let _ = Jwk::parse(&json!({"kty": "RSA", "n": x, "e": y}));
        let _ = Jwk::parse(&json!({"kty": "OKP", "crv": "Ed25519", "x": x}));
        let _ = Jwk::parse(&json!({"kty": "EC", "crv": "P-256", "x": x, "y": y, "x5c": [x]}));
    }
}
