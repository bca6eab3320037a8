//! JWKs and JWK sets of others: no private key passes, and a key is read back as the same key.
#![no_main]

use latchkey_jose::{Jwk, JwkSet, contains_private_members};
use latchkey_protocol::{KeyManagementAlgorithm, SigningAlgorithm};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

fuzz_target!(|data: &[u8]| {
    if let Ok(set) = JwkSet::parse(data) {
        set.keys().iter().for_each(look_at);
        for alg in SigningAlgorithm::ALL {
            assert!(set.verifying(None, *alg).all(|key| key.public_key().fits(*alg)));
        }
        for alg in KeyManagementAlgorithm::ALL {
            assert!(set.encrypting(*alg).is_none_or(|key| key.public_key().fits_encryption(*alg)));
        }
    }
    if let Ok(value) = serde_json::from_slice::<Value>(data)
        && let Ok(key) = Jwk::parse(&value)
    {
        assert!(value.as_object().is_some_and(|members| !contains_private_members(members)));
        assert_eq!(value.get("kid").and_then(Value::as_str), key.kid());
        look_at(&key);
    }
});

fn look_at(key: &Jwk) {
    let written = serde_json::to_value(key.members()).expect("serializes");
    let again = Jwk::parse(&written).expect("the canonical form is a key");
    assert_eq!(again.members(), key.members());
    assert_eq!(again.thumbprint(), key.thumbprint());
    assert_eq!(key.thumbprint().len(), 43);
    for alg in SigningAlgorithm::ALL {
        assert!(!key.public_key().verify(*alg, b"message", b"signature"));
    }
}
