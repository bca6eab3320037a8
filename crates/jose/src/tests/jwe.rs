use latchkey_core::Rng;
use latchkey_protocol::{ContentEncryption, KeyManagementAlgorithm, SigningAlgorithm};
use openssl::bn::BigNum;
use openssl::ec::EcKey;
use openssl::pkey::{Id, PKey};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::jws::private;
use crate::curve::Curve;
use crate::jwe_content::{Sealed, open};
use crate::jwe_key::{Parties, concat_kdf, shared_secret, unwrap, wrap};
use crate::private_key::Material;
use crate::{EncryptedJwe, Encryption, InvalidJwe, Jwk, JwkSet, PrivateKey, encrypt, jwk};

fn decoded(text: &str) -> Vec<u8> {
    jwk::decode(text).expect("base64url")
}

/// The key of a private JWK of an RFC.
fn recipient(crv: &str, x: &str, y: &str, d: &str) -> PrivateKey {
    let curve = Curve::from_name(crv).expect("a curve");
    let public = curve.public_key(&decoded(x), &decoded(y)).expect("a point");
    let d = BigNum::from_slice(&decoded(d)).expect("a number");
    let group = curve.group().expect("a group");
    let key = EcKey::from_private_components(&group, &d, public.public_key()).expect("a key");
    PrivateKey(Material::Ec(key, curve))
}

const FRODO: &str = "You can trust us to stick with you through thick and thin–to the bitter end. And you can trust us to keep any secret of yours–closer than you keep it yourself. But you cannot trust us to let you face trouble alone, and go off without a word. We are your friends, Frodo.";

#[test]
fn the_example_of_rfc_7520_5_4_decrypts() {
    let key = recipient(
        "P-384",
        "YU4rRUzdmVqmRtWOs2OpDE_T5fsNIodcG8G5FWPrTPMyxpzsSOGaQLpe2FpxBmu2",
        "A8-yxCHxkfBz3hKZfI1jUYMjUhsEveZ9THuwFjH2sCNdtksRJU7D5-SkgaFL1ETP",
        "iTx2pk7wW-GqJkHcEkFQb2EFyYcO7RugmaW3mRrQVAOUiPommT0IdnYK2xDlZh-j",
    );
    let text = "eyJhbGciOiJFQ0RILUVTK0ExMjhLVyIsImtpZCI6InBlcmVncmluLnRvb2tAdHVja2Jvcm91Z2guZXhhbXBsZSIsImVwayI6eyJrdHkiOiJFQyIsImNydiI6IlAtMzg0IiwieCI6InVCbzRrSFB3Nmtiang1bDB4b3dyZF9vWXpCbWF6LUdLRlp1NHhBRkZrYllpV2d1dEVLNml1RURzUTZ3TmROZzMiLCJ5Ijoic3AzcDVTR2haVkMyZmFYdW1JLWU5SlUyTW84S3BvWXJGRHI1eVBOVnRXNFBnRXdaT3lRVEEtSmRhWTh0YjdFMCJ9LCJlbmMiOiJBMTI4R0NNIn0.0DJjBXri_kBcC46IkU5_Jk9BqaQeHdv2.mH-G2zVqgztUtnW_.tkZuOO9h95OgHJmkkrfLBisku8rGf6nzVxhRM3sVOhXgz5NJ76oID7lpnAi_cPWJRCjSpAaUZ5dOR3Spy7QuEkmKx8-3RCMhSYMzsXaEwDdXta9Mn5B7cCBoJKB0IgEnj_qfo1hIi-uEkUpOZ8aLTZGHfpl05jMwbKkTe2yK3mjF6SBAsgicQDVCkcY9BLluzx1RmC3ORXaM0JaHPB93YcdSDGgpgBWMVrNU1ErkjcMqMoT_wtCex3w03XdLkjXIuEr2hWgeP-nkUZTPU9EoGSPj6fAS-bSz87RCPrxZdj_iVyC6QWcqAu07WNhjzJEPc4jVntRJ6K53NgPQ5p99l3Z408OUqj4ioYezbS6vTPlQ.WuGzxmcreYjpHGJoa17EBg";
    let jwe = EncryptedJwe::parse(text).expect("a JWE");
    assert_eq!(jwe.kid(), Some("peregrin.took@tuckborough.example"));
    assert_eq!(*jwe.decrypt(&key, &Rng::system()).expect("decrypted"), FRODO.as_bytes());
}

#[test]
fn the_example_of_rfc_7520_5_5_decrypts() {
    let key = recipient(
        "P-256",
        "Ze2loSV3wrroKUN_4zhwGhCqo3Xhu1td4QjeQ5wIVR0",
        "HlLtdXARY_f55A3fnzQbPcm6hgr34Mp8p-nuzQCE0Zw",
        "r_kHyZ-a06rmxM3yESK84r1otSg-aQcVStkRhA-iCM8",
    );
    let text = "eyJhbGciOiJFQ0RILUVTIiwia2lkIjoibWVyaWFkb2MuYnJhbmR5YnVja0BidWNrbGFuZC5leGFtcGxlIiwiZXBrIjp7Imt0eSI6IkVDIiwiY3J2IjoiUC0yNTYiLCJ4IjoibVBVS1RfYkFXR0hJaGcwVHBqanFWc1AxclhXUXVfdndWT0hIdE5rZFlvQSIsInkiOiI4QlFBc0ltR2VBUzQ2ZnlXdzVNaFlmR1RUMElqQnBGdzJTUzM0RHY0SXJzIn0sImVuYyI6IkExMjhDQkMtSFMyNTYifQ..yc9N8v5sYyv3iGQT926IUg.BoDlwPnTypYq-ivjmQvAYJLb5Q6l-F3LIgQomlz87yW4OPKbWE1zSTEFjDfhU9IPIOSA9Bml4m7iDFwA-1ZXvHteLDtw4R1XRGMEsDIqAYtskTTmzmzNa-_q4F_evAPUmwlO-ZG45Mnq4uhM1fm_D9rBtWolqZSF3xGNNkpOMQKF1Cl8i8wjzRli7-IXgyirlKQsbhhqRzkv8IcY6aHl24j03C-AR2le1r7URUhArM79BY8soZU0lzwI-sD5PZ3l4NDCCei9XkoIAfsXJWmySPoeRb2Ni5UZL4mYpvKDiwmyzGd65KqVw7MsFfI_K767G9C9Azp73gKZD0DyUn1mn0WW5LmyX_yJ-3AROq8p1WZBfG-ZyJ6195_JGG2m9Csg.WCCkNa-x4BeB9hIDIfFuhg";
    let jwe = EncryptedJwe::parse(text).expect("a JWE");
    assert_eq!(*jwe.decrypt(&key, &Rng::system()).expect("decrypted"), FRODO.as_bytes());
}

#[test]
fn the_derived_key_is_the_one_of_rfc_7518_appendix_c() {
    let z = [
        158, 86, 217, 29, 129, 113, 53, 211, 114, 131, 66, 131, 191, 132, 38, 156, 251, 49, 110, 163, 218, 128, 106,
        72, 246, 218, 167, 121, 140, 254, 144, 196,
    ];
    let parties = Parties { apu: b"Alice".to_vec(), apv: b"Bob".to_vec() };
    let derived = concat_kdf(&z, "A128GCM", &parties, 16).expect("a key");
    assert_eq!(jwk::encode(&derived), "VqqN6vgjbSBcIijNcacQGg");
}

#[test]
fn the_wrapped_key_and_the_content_of_rfc_7516_a_3_open() {
    let text = "eyJhbGciOiJBMTI4S1ciLCJlbmMiOiJBMTI4Q0JDLUhTMjU2In0.6KB707dM9YTIgHtLvtgWQ8mKwboJW3of9locizkDTHzBC2IlrT1oOQ.AxY8DCtDaGlsbGljb3RoZQ.KDlTtXchhZTGufMYmOYGS4HffxPSUrfmqCHXaI9wOGY.U0m_YmjN04DJvceFICbCVQ";
    assert_eq!(EncryptedJwe::parse(text).map(drop), Err(InvalidJwe::AlgorithmNotSupported), "A128KW shares a secret");
    let parts: Vec<_> = text.split('.').collect();
    let shared = decoded("GawgguFyGrWKav7AX4VKUg");
    let key = unwrap(&shared, &decoded(parts[1]), 32).expect("a key");
    assert_eq!(wrap(&shared, &key).expect("wrapped"), decoded(parts[1]));
    let sealed = Sealed { iv: decoded(parts[2]), ciphertext: decoded(parts[3]), tag: decoded(parts[4]) };
    let content = open(ContentEncryption::A128CbcHs256, &key, parts[0].as_bytes(), &sealed).expect("opened");
    assert_eq!(*content, b"Live long and prosper.");
}

/// RFC 7518 appendix B.1 and B.3: the tags, over ciphertexts made from the same inputs.
#[test]
fn the_tags_are_those_of_rfc_7518_appendix_b() {
    use openssl::symm::{Cipher, encrypt};
    let plaintext = b"A cipher system must not be required to be secret, and it must be able to fall into the hands of the enemy without inconvenience";
    let iv = [0x1a, 0xf3, 0x8c, 0x2d, 0xc2, 0xb9, 0x6f, 0xfd, 0xd8, 0x66, 0x94, 0x09, 0x23, 0x41, 0xbc, 0x04];
    let cases = [
        (ContentEncryption::A128CbcHs256, Cipher::aes_128_cbc(), 32, "652c3fa36b0a7c5b3219fab3a30bc1c4"),
        (
            ContentEncryption::A256CbcHs512,
            Cipher::aes_256_cbc(),
            64,
            "4dd3b4c088a7f45c216839645b2012bf2e6269a8c56a816dbc1b267761955bc5",
        ),
    ];
    for (enc, cipher, length, tag) in cases {
        let key: Vec<u8> = (0..length).collect();
        let ciphertext = encrypt(cipher, &key[key.len() / 2..], Some(&iv), plaintext).expect("encrypted");
        let tag: Vec<u8> =
            (0..tag.len()).step_by(2).map(|at| u8::from_str_radix(&tag[at..at + 2], 16).expect("hex")).collect();
        let sealed = Sealed { iv: iv.to_vec(), ciphertext, tag };
        let opened = open(enc, &key, b"The second principle of Auguste Kerckhoffs", &sealed).expect("the same tag");
        assert_eq!(*opened, plaintext, "{enc}");
    }
}

/// Keys of each kind that algorithm may be used with.
fn keys_for(alg: KeyManagementAlgorithm) -> Vec<&'static PrivateKey> {
    match alg {
        KeyManagementAlgorithm::RsaOaep256 => vec![private(SigningAlgorithm::Rs256)],
        _ => [SigningAlgorithm::Es256, SigningAlgorithm::Es384, SigningAlgorithm::Es512].map(private).into(),
    }
}

fn jwk_of(key: &PrivateKey, labels: &Value) -> Value {
    let mut members = serde_json::to_value(key.public_jwk().expect("members")).expect("JSON");
    for (name, value) in labels.as_object().expect("an object") {
        members[name] = value.clone();
    }
    members
}

fn encrypted(key: &PrivateKey, alg: KeyManagementAlgorithm, enc: ContentEncryption, plaintext: &[u8]) -> String {
    let recipient = Jwk::parse(&jwk_of(key, &json!({"kid": "k"}))).expect("a key");
    let how = Encryption { alg, enc, typ: None, cty: Some("JWT") };
    encrypt(plaintext, &recipient, how, &Rng::system()).expect("encrypted")
}

#[test]
fn every_pair_of_algorithms_round_trips_and_every_changed_part_is_refused() {
    let rng = Rng::system();
    for alg in KeyManagementAlgorithm::ALL {
        for enc in ContentEncryption::ALL {
            for key in keys_for(*alg) {
                let text = encrypted(key, *alg, *enc, b"content");
                let jwe = EncryptedJwe::parse(&text).expect("a JWE");
                assert_eq!((jwe.alg(), jwe.enc(), jwe.kid()), (*alg, *enc, Some("k")));
                assert_eq!(*jwe.decrypt(key, &rng).expect("decrypted"), b"content", "{alg} {enc}");
                for part in 0..5 {
                    let mut parts: Vec<String> = text.split('.').map(str::to_owned).collect();
                    parts[part] = changed(&parts[part]);
                    let outcome = EncryptedJwe::parse(&parts.join(".")).map(|jwe| jwe.decrypt(key, &rng).is_ok());
                    assert_ne!(outcome, Ok(true), "{alg} {enc}: part {part}");
                }
            }
        }
    }
}

/// RFC 8037 A.6, whose keys are those of RFC 7748 §6.1.
#[test]
fn the_secret_of_rfc_8037_a_6_is_agreed_on_from_either_side() {
    let private = |octets: &str| {
        let key = PKey::private_key_from_raw_bytes(&hex(octets), Id::X25519).expect("a key");
        PrivateKey(Material::X25519(key))
    };
    let ephemeral = private("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a");
    let bob = private("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb");
    let jwk = |x: &str| Jwk::parse(&json!({"kty": "OKP", "crv": "X25519", "kid": "Bob", "x": x})).expect("a key");
    let bob_public = jwk("3p7bfXt9wbTTW2HC7OQ1Nz-DQ8hbeGdNrfx-FG-IK08");
    let epk = jwk("hSDwCYkwp1R0i33ctD73Wg2_Og0mOBr066SpjqqbTmo");
    assert_eq!(ephemeral.public_jwk().expect("members"), *epk.members());
    let z = hex("4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742");
    assert_eq!(*shared_secret(&ephemeral, bob_public.public_key()).expect("agreed"), z);
    assert_eq!(*shared_secret(&bob, epk.public_key()).expect("agreed"), z);
}

#[test]
fn a_point_of_small_order_and_a_key_of_another_curve_agree_on_nothing() {
    let own = PrivateKey::generate_x25519().expect("a key");
    let small = Jwk::parse(&json!({"kty": "OKP", "crv": "X25519", "x": jwk::encode(&[0; 32])})).expect("octets");
    assert!(shared_secret(&own, small.public_key()).is_none());
    assert!(shared_secret(&own, &private(SigningAlgorithm::Es256).public_key().expect("a key")).is_none());
    assert!(shared_secret(private(SigningAlgorithm::Es256), &own.public_key().expect("a key")).is_none());
    assert!(!small.verifies(SigningAlgorithm::Ed25519) && !small.verifies(SigningAlgorithm::EdDsa));
}

#[test]
fn what_is_encrypted_for_an_x25519_key_is_decrypted_with_it_alone() {
    let own = PrivateKey::generate_x25519().expect("a key");
    for alg in KeyManagementAlgorithm::ALL.iter().filter(|alg| **alg != KeyManagementAlgorithm::RsaOaep256) {
        for enc in ContentEncryption::ALL {
            let jwe = EncryptedJwe::parse(&encrypted(&own, *alg, *enc, b"content")).expect("a JWE");
            assert_eq!(*jwe.decrypt(&own, &Rng::system()).expect("decrypted"), b"content", "{alg} {enc}");
            let stranger = PrivateKey::generate_x25519().expect("a key");
            assert_eq!(jwe.decrypt(&stranger, &Rng::system()).map(drop), Err(InvalidJwe::NotDecrypted), "{alg}");
            let other = private(SigningAlgorithm::Es256);
            assert_eq!(jwe.decrypt(other, &Rng::system()).map(drop), Err(InvalidJwe::UnknownKey), "{alg}");
        }
    }
}

fn hex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).expect("hex")).collect()
}

fn changed(part: &str) -> String {
    let mut octets = decoded(part);
    match octets.last_mut() {
        Some(last) => *last ^= 1,
        None => octets.push(1),
    }
    jwk::encode(&octets)
}

#[test]
fn a_key_of_another_kind_curve_or_owner_does_not_decrypt() {
    let (alg, enc) = (KeyManagementAlgorithm::EcdhEsA256Kw, ContentEncryption::A256Gcm);
    let text = encrypted(private(SigningAlgorithm::Es256), alg, enc, b"content");
    let jwe = EncryptedJwe::parse(&text).expect("a JWE");
    let decrypt = |key: &PrivateKey| jwe.decrypt(key, &Rng::system()).map(drop);
    assert_eq!(decrypt(private(SigningAlgorithm::Es384)), Err(InvalidJwe::UnknownKey));
    assert_eq!(decrypt(private(SigningAlgorithm::Rs256)), Err(InvalidJwe::UnknownKey));
    assert_eq!(decrypt(private(SigningAlgorithm::EdDsa)), Err(InvalidJwe::UnknownKey));
    let stranger = PrivateKey::generate_for_encryption(alg).expect("a key");
    assert_eq!(decrypt(&stranger), Err(InvalidJwe::NotDecrypted));
}

#[test]
fn a_failure_of_rsa_looks_like_a_failure_of_the_content() {
    let key = private(SigningAlgorithm::Rs256);
    let text = encrypted(key, KeyManagementAlgorithm::RsaOaep256, ContentEncryption::A256Gcm, b"content");
    let parts: Vec<&str> = text.split('.').collect();
    let short_key = encrypted(key, KeyManagementAlgorithm::RsaOaep256, ContentEncryption::A128Gcm, b"content");
    let wrong_length = short_key.split('.').nth(1).expect("an encrypted key");
    for encrypted_key in ["", "AA", &changed(parts[1]), wrong_length] {
        let text = format!("{}.{encrypted_key}.{}.{}.{}", parts[0], parts[2], parts[3], parts[4]);
        let outcome = EncryptedJwe::parse(&text).expect("a JWE").decrypt(key, &Rng::system());
        assert_eq!(outcome.map(drop), Err(InvalidJwe::NotDecrypted));
    }
}

#[test]
fn a_short_tag_is_refused() {
    let key = private(SigningAlgorithm::Es256);
    for enc in ContentEncryption::ALL {
        let text = encrypted(key, KeyManagementAlgorithm::EcdhEs, *enc, b"content");
        let (rest, tag) = text.rsplit_once('.').expect("a tag");
        for length in [0, 1, 4, 12, 15] {
            let text = format!("{rest}.{}", jwk::encode(&decoded(tag)[..length]));
            let outcome = EncryptedJwe::parse(&text).expect("a JWE").decrypt(key, &Rng::system());
            assert_eq!(outcome.map(drop), Err(InvalidJwe::NotDecrypted), "{enc}: {length}");
        }
    }
}

#[test]
fn what_is_no_plain_jwe_of_ours_is_refused() {
    let with_header = |header: &Value| format!("{}..AA.AA.AA", jwk::encode(header.to_string().as_bytes()));
    let cases = [
        (with_header(&json!({"alg": "dir", "enc": "A128GCM"})), InvalidJwe::AlgorithmNotSupported),
        (with_header(&json!({"alg": "RSA1_5", "enc": "A128GCM"})), InvalidJwe::AlgorithmNotSupported),
        (with_header(&json!({"alg": "ECDH-ES", "enc": "none"})), InvalidJwe::AlgorithmNotSupported),
        (with_header(&json!({"alg": "ECDH-ES", "enc": "A128GCM", "zip": "DEF"})), InvalidJwe::CriticalExtension),
        (with_header(&json!({"alg": "ECDH-ES", "enc": "A128GCM", "crit": ["exp"]})), InvalidJwe::CriticalExtension),
        (with_header(&json!({"alg": "ECDH-ES"})), InvalidJwe::Malformed),
        ("a.b.c".to_owned(), InvalidJwe::Malformed),
        ("a.b.c.d.e.f".to_owned(), InvalidJwe::Malformed),
        ("a".repeat(crate::MAX_JWE_LENGTH + 1), InvalidJwe::Malformed),
    ];
    for (text, reason) in cases {
        assert_eq!(EncryptedJwe::parse(&text).map(drop), Err(reason), "{text:.100}");
    }
    let key = private(SigningAlgorithm::Es256);
    let off_curve = json!({"kty": "EC", "crv": "P-256", "x": jwk::encode(&[1; 32]), "y": jwk::encode(&[1; 32])});
    for epk in [json!(null), json!({}), off_curve, jwk_of(key, &json!({"d": "AA"}))] {
        let text = with_header(&json!({"alg": "ECDH-ES", "enc": "A128GCM", "epk": epk}));
        let outcome = EncryptedJwe::parse(&text).expect("a JWE").decrypt(key, &Rng::system());
        assert_eq!(outcome.map(drop), Err(InvalidJwe::Malformed), "{epk}");
    }
}

#[test]
fn the_key_to_encrypt_for_is_one_of_the_algorithm_that_is_not_for_signatures() {
    let ec = private(SigningAlgorithm::Es256);
    let choose = |keys: &[Value], alg| {
        let set = JwkSet::from_value(&json!({"keys": keys})).expect("a set");
        set.encrypting(alg).and_then(Jwk::kid).map(str::to_owned)
    };
    let key = |labels: Value| jwk_of(ec, &labels);
    let rsa = jwk_of(private(SigningAlgorithm::Rs256), &json!({"kid": "rsa"}));
    let (ecdh, oaep) = (KeyManagementAlgorithm::EcdhEs, KeyManagementAlgorithm::RsaOaep256);
    let named = [key(json!({"kid": "any"})), key(json!({"kid": "enc", "use": "enc"})), rsa];
    assert_eq!(choose(&named, ecdh).as_deref(), Some("enc"));
    assert_eq!(choose(&named[..1], ecdh).as_deref(), Some("any"));
    assert_eq!(choose(&named, oaep).as_deref(), Some("rsa"));
    assert_eq!(choose(&named[..2], oaep), None);
    for labels in [json!({"use": "sig"}), json!({"alg": "ES256"}), json!({"key_ops": ["verify"]})] {
        assert_eq!(choose(&[key(labels.clone())], ecdh), None, "{labels}");
    }
    assert_eq!(
        choose(&[key(json!({"kid": "k", "alg": "ECDH-ES", "key_ops": ["deriveBits"]}))], ecdh).as_deref(),
        Some("k")
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_content_round_trips(
        alg in prop::sample::select(KeyManagementAlgorithm::ALL),
        enc in prop::sample::select(ContentEncryption::ALL),
        content in prop::collection::vec(any::<u8>(), 0..300),
        at in any::<prop::sample::Index>(),
        byte in 0_u8..128,
    ) {
        let key = keys_for(alg)[0];
        let text = encrypted(key, alg, enc, &content);
        let opened = EncryptedJwe::parse(&text).expect("a JWE").decrypt(key, &Rng::system()).expect("decrypted");
        prop_assert_eq!(&*opened, &content);

        let mut bytes = text.clone().into_bytes();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        let changed = String::from_utf8(bytes).expect("ASCII");
        prop_assume!(changed != text);
        let accepted = EncryptedJwe::parse(&changed).is_ok_and(|jwe| jwe.decrypt(key, &Rng::system()).is_ok());
        prop_assert!(!accepted, "{}", changed);
    }

    #[test]
    fn no_text_makes_the_parser_panic(text in ".*", header in "\\PC{0,80}", part in "[A-Za-z0-9_-]{0,40}") {
        let _ = EncryptedJwe::parse(&text);
        let _ = EncryptedJwe::parse(&format!("{}.{part}.{part}.{part}.{part}", jwk::encode(header.as_bytes())));
    }
}
