use latchkey_protocol::SigningAlgorithm;
use openssl::asn1::Asn1Time;
use openssl::hash::MessageDigest;
use openssl::pkey::{PKey, Private};
use openssl::x509::X509;
use serde_json::{Value, json};

use super::jws::{private, public};
use crate::{InvalidJwk, Jwk, JwkSet, certificate_sha256};

const P256_X: &str = "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU";
const P256_Y: &str = "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0";

fn ec() -> Value {
    json!({"kty": "EC", "crv": "P-256", "x": P256_X, "y": P256_Y})
}

fn with(mut key: Value, member: &str, value: Value) -> Value {
    key[member] = value;
    key
}

#[test]
fn every_kind_of_key_is_read_as_it_was_written() {
    for alg in SigningAlgorithm::ALL {
        let members = private(*alg).public_jwk().expect("members");
        let jwk = Jwk::parse(&serde_json::to_value(&members).expect("JSON")).expect("a key");
        assert_eq!(*jwk.members(), members, "{alg}");
        assert!(jwk.verifies(*alg), "{alg}");
    }
}

#[test]
fn a_key_out_of_range_is_refused_with_the_reason() {
    let modulus = |octets: usize| crate::jwk::encode(&[&[0xff; 1][..], &vec![0x01; octets - 1]].concat());
    let rsa = |n: String, e: &str| json!({"kty": "RSA", "n": n, "e": e});
    let cases = [
        ("a point that is not on the curve", with(ec(), "y", json!(P256_X))),
        ("a short coordinate", with(ec(), "x", json!("f83O"))),
        ("a coordinate with a zero in front", with(ec(), "x", json!(format!("AA{P256_X}")))),
        ("a coordinate beyond the field", with(ec(), "x", json!("_____________________________________________w"))),
        ("padding", with(ec(), "x", json!(format!("{P256_X}=")))),
        ("an unknown curve", with(ec(), "crv", json!("secp256k1"))),
        ("the curve of another size", with(ec(), "crv", json!("P-384"))),
        ("an unknown kind", json!({"kty": "AKP", "pub": "AA"})),
        ("no kind", json!({"crv": "P-256", "x": P256_X, "y": P256_Y})),
        ("a member missing", json!({"kty": "EC", "crv": "P-256", "x": P256_X})),
        ("RSA of 1024 bits", rsa(modulus(128), "AQAB")),
        ("RSA of 2047 bits", rsa(crate::jwk::encode(&[&[0x7f; 1][..], &[1; 255]].concat()), "AQAB")),
        ("RSA of 16384 bits", rsa(modulus(2048), "AQAB")),
        ("an exponent of one", rsa(modulus(256), "AQ")),
        ("an even exponent", rsa(modulus(256), "AQAA")),
        ("an exponent as long as the modulus", rsa(modulus(256), &modulus(256))),
        ("a short Ed25519 key", json!({"kty": "OKP", "crv": "Ed25519", "x": "11qY"})),
        ("Ed448", json!({"kty": "OKP", "crv": "Ed448", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"})),
    ];
    for (what, key) in cases {
        assert_eq!(Jwk::parse(&key).map(drop), Err(InvalidJwk::Unsupported), "{what}");
        let set = JwkSet::from_value(&json!({"keys": [key, ec()]})).expect("passed over");
        assert_eq!(set.keys().len(), 1, "{what}");
    }
    assert_eq!(Jwk::parse(&rsa(modulus(256), "AQAB")).map(drop), Ok(()));
    assert_eq!(Jwk::parse(&json!("text")).map(drop), Err(InvalidJwk::Malformed));
    assert_eq!(Jwk::parse(&with(ec(), "kid", json!(1))).map(drop), Err(InvalidJwk::Malformed));
}

#[test]
fn a_zero_in_front_of_the_modulus_does_not_change_the_thumbprint() {
    let plain = serde_json::to_value(public(SigningAlgorithm::Rs256).to_jwk().expect("members")).expect("JSON");
    let modulus = crate::jwk::decode(plain["n"].as_str().expect("text")).expect("base64url");
    let padded = with(plain.clone(), "n", json!(crate::jwk::encode(&[&[0][..], &modulus].concat())));
    let thumbprint = |key: &Value| Jwk::parse(key).expect("a key").thumbprint();
    assert_eq!(thumbprint(&plain), thumbprint(&padded));
}

#[test]
fn a_set_with_a_private_key_is_refused_whole() {
    for member in ["d", "p", "q", "dp", "dq", "qi", "oth", "k"] {
        let key = with(ec(), member, json!("AA"));
        assert_eq!(Jwk::parse(&key).map(drop), Err(InvalidJwk::Private), "{member}");
        let set = JwkSet::from_value(&json!({"keys": [ec(), key]}));
        assert_eq!(set.map(drop), Err(InvalidJwk::Private), "{member}");
    }
    let symmetric = json!({"keys": [{"kty": "oct", "k": "AA"}]});
    assert_eq!(JwkSet::from_value(&symmetric).map(drop), Err(InvalidJwk::Private));
}

#[test]
fn unknown_members_and_uses_are_passed_over() {
    let key = with(with(ec(), "use", json!("somewhere")), "vendor", json!({"a": [1]}));
    let set = JwkSet::from_value(&json!({"keys": [key], "more": true})).expect("a set");
    assert_eq!(set.keys().len(), 1);
    assert!(!set.keys()[0].verifies(SigningAlgorithm::Es256), "it is for something else");
}

#[test]
fn a_set_has_at_most_100_keys_and_64_kib() {
    let of = |count: usize| json!({"keys": vec![ec(); count]});
    assert_eq!(JwkSet::from_value(&of(100)).expect("a set").keys().len(), 100);
    assert_eq!(JwkSet::from_value(&of(101)).map(drop), Err(InvalidJwk::TooLarge));
    let long = json!({"keys": [with(ec(), "x5u", json!("x".repeat(65_536)))]});
    assert_eq!(JwkSet::parse(long.to_string().as_bytes()).map(drop), Err(InvalidJwk::TooLarge));
    assert_eq!(JwkSet::parse(b"{\"keys\":[]}").expect("a set").keys().len(), 0);
    for text in ["", "[]", "{}", r#"{"keys":{}}"#, "\u{0}"] {
        assert_eq!(JwkSet::parse(text.as_bytes()).map(drop), Err(InvalidJwk::Malformed), "{text}");
    }
}

fn certificate(key: &PKey<Private>) -> Vec<u8> {
    let mut builder = X509::builder().expect("a builder");
    builder.set_pubkey(key).expect("its key");
    builder.set_not_before(&Asn1Time::from_unix(0).expect("a time")).expect("a begin");
    builder.set_not_after(&Asn1Time::from_unix(4_000_000_000).expect("a time")).expect("an end");
    builder.sign(key, MessageDigest::sha256()).expect("signed");
    builder.build().to_der().expect("DER")
}

#[test]
fn the_certificate_of_a_key_has_to_be_of_that_key() {
    use base64::Engine;
    let own = private(SigningAlgorithm::Es256);
    let key = PKey::private_key_from_pkcs8(&own.to_pkcs8().expect("DER")).expect("a key");
    let der = certificate(&key);
    let x5c = json!([base64::engine::general_purpose::STANDARD.encode(&der)]);
    let members = serde_json::to_value(own.public_jwk().expect("members")).expect("JSON");

    let jwk = Jwk::parse(&with(members, "x5c", x5c.clone())).expect("a key");
    assert_eq!(jwk.certificate_der(), Some(der.as_slice()));
    assert_eq!(certificate_sha256(&der).len(), 43);
    assert_eq!(Jwk::parse(&with(ec(), "x5c", x5c)).map(drop), Err(InvalidJwk::OtherCertificate));
    assert_eq!(Jwk::parse(&with(ec(), "x5c", json!(["AAAA"]))).map(drop), Err(InvalidJwk::OtherCertificate));
}
