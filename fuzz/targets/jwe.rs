//! JWE for us, as text, and as five parts in a line each. What we encrypt we decrypt; with any byte changed we do not.
#![no_main]

use std::sync::LazyLock;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use latchkey_core::Rng;
use latchkey_jose::{EncryptedJwe, Encryption, Jwk, PrivateKey, encrypt};
use latchkey_protocol::{ContentEncryption, KeyManagementAlgorithm};
use libfuzzer_sys::fuzz_target;

static KEYS: LazyLock<[PrivateKey; 2]> = LazyLock::new(|| {
    let ec = include_bytes!("../keys/ec.der");
    let rsa = include_bytes!("../keys/rsa.der");
    [
        PrivateKey::from_pkcs8_for_encryption(ec, KeyManagementAlgorithm::EcdhEs).expect("a key"),
        PrivateKey::from_pkcs8_for_encryption(rsa, KeyManagementAlgorithm::RsaOaep256).expect("a key"),
    ]
});

fuzz_target!(|data: &[u8]| {
    let rng = Rng::seeded(1);
    if let Ok(text) = std::str::from_utf8(data) {
        decrypt(text, &rng);
    }
    let parts: Vec<String> = data.splitn(5, |byte| *byte == b'\n').map(|part| URL_SAFE_NO_PAD.encode(part)).collect();
    decrypt(&parts.join("."), &rng);
    if let [alg, enc, place, byte, plaintext @ ..] = data {
        round_trip(plaintext, (*alg, *enc), (*place, *byte), &rng);
    }
});

fn decrypt(text: &str, rng: &Rng) -> Option<Vec<u8>> {
    let jwe = EncryptedJwe::parse(text).ok()?;
    let _ = (jwe.alg(), jwe.enc(), jwe.kid());
    KEYS.iter().find_map(|key| jwe.decrypt(key, rng).ok()).map(|plaintext| plaintext.to_vec())
}

fn round_trip(plaintext: &[u8], (alg, enc): (u8, u8), (place, byte): (u8, u8), rng: &Rng) {
    let alg = KeyManagementAlgorithm::ALL[usize::from(alg) % KeyManagementAlgorithm::ALL.len()];
    let enc = ContentEncryption::ALL[usize::from(enc) % ContentEncryption::ALL.len()];
    let key = &KEYS[usize::from(alg == KeyManagementAlgorithm::RsaOaep256)];
    let jwk = serde_json::to_value(key.public_jwk().expect("a public key")).expect("serializes");
    let recipient = Jwk::parse(&jwk).expect("a key");
    let text = encrypt(plaintext, &recipient, Encryption { alg, enc, typ: None, cty: None }, rng).expect("encrypts");
    assert_eq!(decrypt(&text, rng).as_deref(), Some(plaintext));

    let mut changed = text.clone().into_bytes();
    let place = usize::from(place) * text.len() / 256;
    changed[place] = byte & 0x7f;
    let changed = String::from_utf8(changed).expect("ASCII");
    assert!(changed == text || decrypt(&changed, rng).is_none(), "{changed}");
}
