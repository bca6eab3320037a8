//! JWS of others, as text, and as header, payload and signature in a line each: nothing here verifies with our key.
#![no_main]

use std::sync::LazyLock;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use latchkey_jose::{JwkSet, MAX_JWS_LENGTH, PrivateKey, UnverifiedJws};
use latchkey_protocol::{HmacAlgorithm, SigningAlgorithm};
use libfuzzer_sys::fuzz_target;
use serde_json::json;

static KEYS: LazyLock<JwkSet> = LazyLock::new(|| {
    let keys = [
        (include_bytes!("../keys/ec.der").as_slice(), SigningAlgorithm::Es256),
        (include_bytes!("../keys/rsa.der").as_slice(), SigningAlgorithm::Rs256),
    ];
    let public = keys.map(|(der, alg)| {
        let key = PrivateKey::from_pkcs8(der, alg).expect("a key");
        serde_json::to_value(key.public_jwk().expect("a public key")).expect("serializes")
    });
    JwkSet::from_value(&json!({ "keys": public })).expect("a set")
});

fuzz_target!(|data: &[u8]| {
    if let Ok(text) = std::str::from_utf8(data) {
        look_at(text);
    }
    let parts: Vec<String> = data.splitn(3, |byte| *byte == b'\n').map(|part| URL_SAFE_NO_PAD.encode(part)).collect();
    look_at(&parts.join("."));
});

fn look_at(text: &str) {
    let Ok(jws) = UnverifiedJws::parse(text) else {
        return;
    };
    assert!(text.len() <= MAX_JWS_LENGTH);
    assert_eq!(text.matches('.').count(), 2);
    for name in jws.unverified_claims().keys() {
        let _ = jws.unverified_text(name);
    }
    assert!(jws.typ().is_none_or(|typ| jws.has_typ(typ) || typ.to_ascii_lowercase().starts_with("application/")));
    assert!(jws.verify_with(&KEYS, SigningAlgorithm::ALL).is_err());
    assert!(jws.verify_hmac(&[7; 64], HmacAlgorithm::ALL).is_err());
    if let Ok(own) = jws.unverified_jwk() {
        // Whoever wrote this may have signed it, but never with an algorithm that the key is not for.
        let verified = jws.verify_jwk(&own, SigningAlgorithm::ALL).is_ok();
        assert!(!verified || jws.alg().parse::<SigningAlgorithm>().is_ok_and(|alg| own.verifies(alg)));
    }
}
