use jsonwebtoken::crypto::{sign, verify};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey};

use super::vectors::vectors;
use crate::algorithm::to_jsonwebtoken;
use crate::provider::install_crypto_provider;
use crate::{PublicJwk, PublicKey, RegisteredPublicKey};

fn decoding_key(jwk: &PublicJwk) -> DecodingKey {
    match jwk {
        PublicJwk::Rsa { n, e } => DecodingKey::from_rsa_components(n, e),
        PublicJwk::Ec { x, y, .. } => DecodingKey::from_ec_components(x, y),
        PublicJwk::Okp { x, .. } => DecodingKey::from_ed_components(x),
    }
    .expect("a key")
}

#[test]
fn a_registered_key_verifies_the_vectors_and_so_does_jsonwebtoken_with_its_bytes() {
    install_crypto_provider();
    for (members, alg, token) in vectors() {
        let (message, signature) = token.rsplit_once('.').expect("a token");
        let changed = format!("{message}A");
        let registered = RegisteredPublicKey::new(PublicKey::from_jwk(&members).expect("a key"), alg);
        assert!(registered.verifies(message.as_bytes(), signature), "{alg}");
        assert!(!registered.verifies(changed.as_bytes(), signature), "{alg}");
        if let Some(name) = to_jsonwebtoken(alg) {
            let key = decoding_key(&members);
            assert!(verify(signature, message.as_bytes(), &key, name).expect("an answer"), "{alg}");
            assert!(!verify(signature, changed.as_bytes(), &key, name).expect("an answer"), "{alg}");
        }
    }
}

#[test]
fn a_key_serves_no_other_algorithm_and_hmac_is_not_offered() {
    install_crypto_provider();
    for (members, own, token) in vectors() {
        let (message, signature) = token.rsplit_once('.').expect("a token");
        for name in [Algorithm::HS256, Algorithm::RS384, Algorithm::PS256, Algorithm::ES384, Algorithm::EdDSA] {
            if to_jsonwebtoken(own) != Some(name) {
                let outcome = verify(signature, message.as_bytes(), &decoding_key(&members), name);
                assert!(!outcome.unwrap_or(false), "{own} {name:?}");
            }
        }
    }
    assert!(sign(b"x", &EncodingKey::from_secret(b"latchkey"), Algorithm::HS256).is_err());
    assert!(sign(b"x", &EncodingKey::from_ec_der(b"latchkey\0\0\0\0\0\0\0\0"), Algorithm::ES256).is_err());
    assert!(verify("AA", b"x", &DecodingKey::from_secret(b"secret"), Algorithm::HS256).is_err());
}
