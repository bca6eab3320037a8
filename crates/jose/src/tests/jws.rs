use std::sync::LazyLock;

use latchkey_protocol::{HmacAlgorithm, SigningAlgorithm};
use openssl::hash::MessageDigest;
use serde_json::{Value, json};

use crate::algorithm::is_ed25519;
use crate::{InvalidJws, JwkSet, PrivateKey, PublicKey, UnverifiedJws, jwk};

pub(super) const ALL: &[SigningAlgorithm] = SigningAlgorithm::ALL;

/// One key of each kind: an RSA key takes long to make.
static KEYS: LazyLock<Vec<(SigningAlgorithm, PrivateKey)>> = LazyLock::new(|| {
    let kinds = [SigningAlgorithm::Rs256, SigningAlgorithm::Es256, SigningAlgorithm::Es384, SigningAlgorithm::Es512];
    let kinds = kinds.into_iter().chain([SigningAlgorithm::EdDsa]);
    kinds.map(|alg| (alg, PrivateKey::generate(alg).expect("a key"))).collect()
});

pub(super) fn private(alg: SigningAlgorithm) -> &'static PrivateKey {
    &KEYS.iter().find(|(_, key)| key.fits(alg)).expect("a key of each kind").1
}

pub(super) fn public(alg: SigningAlgorithm) -> PublicKey {
    private(alg).public_key().expect("its public half")
}

pub(super) fn compact(header: &Value, claims: &str, signature: impl Fn(&[u8]) -> Vec<u8>) -> String {
    let message = format!("{}.{}", jwk::encode(header.to_string().as_bytes()), jwk::encode(claims.as_bytes()));
    let signature = signature(message.as_bytes());
    format!("{message}.{}", jwk::encode(&signature))
}

pub(super) fn signed(alg: SigningAlgorithm, header: Value, claims: &str) -> String {
    let mut header = header;
    header["alg"] = json!(alg.as_str());
    compact(&header, claims, |message| private(alg).sign(alg, message).expect("a signature"))
}

fn parsed(text: &str) -> UnverifiedJws {
    UnverifiedJws::parse(text).expect("a JWS")
}

fn entry(alg: SigningAlgorithm, labels: Value) -> Value {
    let mut entry = serde_json::to_value(public(alg).to_jwk().expect("members")).expect("JSON");
    for (name, value) in labels.as_object().expect("an object") {
        entry[name] = value.clone();
    }
    entry
}

#[test]
fn a_signature_is_accepted_with_its_key_and_an_allowed_algorithm_only() {
    for alg in ALL {
        let jws = parsed(&signed(*alg, json!({}), r#"{"iss":"client"}"#));
        assert_eq!(jws.verify(&public(*alg), &[*alg]).expect("verified").text("iss"), Some("client"), "{alg}");
        let others: Vec<_> = ALL.iter().copied().filter(|other| other != alg).collect();
        assert_eq!(jws.verify(&public(*alg), &others), Err(InvalidJws::AlgorithmNotAllowed), "{alg}");
        assert_eq!(jws.verify(&public(*alg), &[]), Err(InvalidJws::AlgorithmNotAllowed), "{alg}");
        for other in others {
            let outcome = jws.verify(&public(other), ALL);
            let same_key = (alg.is_rsa() && other.is_rsa()) || (is_ed25519(*alg) && is_ed25519(other));
            assert_eq!(outcome.is_ok(), same_key, "{alg} with the key of {other}");
        }
        let stranger = PrivateKey::generate(*alg).expect("a key").public_key().expect("its public half");
        assert_eq!(jws.verify(&stranger, ALL), Err(InvalidJws::BadSignature), "{alg}");
    }
}

#[test]
fn an_algorithm_that_only_the_header_claims_is_refused() {
    for alg in ALL {
        // Two names of one algorithm claim the same.
        let is_another = |claimed: &&SigningAlgorithm| *claimed != alg && !(is_ed25519(**claimed) && is_ed25519(*alg));
        for claimed in ALL.iter().filter(is_another) {
            let header = json!({"alg": claimed.as_str()});
            let token = compact(&header, "{}", |message| private(*alg).sign(*alg, message).expect("a signature"));
            assert!(parsed(&token).verify(&public(*claimed), ALL).is_err(), "{alg} as {claimed}");
        }
    }
}

#[test]
fn a_public_key_used_as_an_hmac_secret_is_refused() {
    let key = public(SigningAlgorithm::Es256);
    let secret = serde_json::to_vec(&key.to_jwk().expect("members")).expect("JSON");
    let token = compact(&json!({"alg": "HS256"}), "{}", |message| {
        crate::hmac::hmac(MessageDigest::sha256(), &secret, message).expect("a code")
    });
    assert_eq!(parsed(&token).verify(&key, ALL), Err(InvalidJws::AlgorithmNotAllowed));
    assert!(parsed(&token).verify_hmac(&secret, HmacAlgorithm::ALL).is_ok());
}

#[test]
fn hmac_needs_an_allowed_algorithm_the_secret_and_one_as_long_as_the_hash() {
    let functions = [MessageDigest::sha256(), MessageDigest::sha384(), MessageDigest::sha512()];
    for (alg, function) in HmacAlgorithm::ALL.iter().zip(functions) {
        let size = function.size();
        let of = |secret: &[u8]| {
            let secret = secret.to_vec();
            parsed(&compact(&json!({"alg": alg.as_str()}), "{}", move |message| {
                crate::hmac::hmac(function, &secret, message).expect("a code")
            }))
        };
        let secret = vec![7; size];
        assert!(of(&secret).verify_hmac(&secret, &[*alg]).is_ok(), "{alg}");
        assert_eq!(of(&secret).verify_hmac(&secret, &[]), Err(InvalidJws::AlgorithmNotAllowed), "{alg}");
        assert_eq!(of(&secret).verify_hmac(&vec![8; size], &[*alg]), Err(InvalidJws::BadSignature), "{alg}");
        assert_eq!(of(&[7; 16]).verify_hmac(&[7; 16], &[*alg]), Err(InvalidJws::SecretTooShort), "{alg}");
        assert_eq!(of(&secret).verify(&public(SigningAlgorithm::Rs256), ALL), Err(InvalidJws::AlgorithmNotAllowed));
    }
    let asymmetric = parsed(&signed(SigningAlgorithm::Es256, json!({}), "{}"));
    assert_eq!(asymmetric.verify_hmac(&[7; 64], HmacAlgorithm::ALL), Err(InvalidJws::AlgorithmNotAllowed));
}

#[test]
fn what_is_no_compact_jws_of_an_object_is_refused() {
    let es256 = SigningAlgorithm::Es256;
    let good = signed(es256, json!({}), "{}");
    let cases = [
        (String::new(), InvalidJws::Malformed),
        ("a.b".to_owned(), InvalidJws::Malformed),
        (format!("{good}.AA"), InvalidJws::Malformed),
        (format!("{good}="), InvalidJws::Malformed),
        (format!(" {good}"), InvalidJws::Malformed),
        (signed(es256, json!({}), "[]"), InvalidJws::Malformed),
        (signed(es256, json!({}), "text"), InvalidJws::Malformed),
        (signed(es256, json!({"kid": 1}), "{}"), InvalidJws::Malformed),
        (compact(&json!({}), "{}", |_| Vec::new()), InvalidJws::Malformed),
        (signed(es256, json!({"crit": ["b64"], "b64": true}), "{}"), InvalidJws::CriticalExtension),
        (signed(es256, json!({"crit": []}), "{}"), InvalidJws::CriticalExtension),
        ("a".repeat(crate::MAX_JWS_LENGTH + 1), InvalidJws::Malformed),
    ];
    for (text, reason) in cases {
        assert_eq!(UnverifiedJws::parse(&text).map(drop), Err(reason), "{text:.80}");
    }
    let repeated = format!("{}.e30.AA", jwk::encode(br#"{"alg":"ES256","alg":"RS256"}"#));
    assert_eq!(UnverifiedJws::parse(&repeated).map(drop), Err(InvalidJws::Malformed));
}

#[test]
fn the_typ_header_is_compared_as_a_media_type() {
    for (typ, expected) in [("dpop+jwt", true), ("DPoP+JWT", true), ("application/dpop+jwt", true), ("jwt", false)] {
        let jws = parsed(&signed(SigningAlgorithm::Es256, json!({"typ": typ}), "{}"));
        assert_eq!(jws.has_typ("dpop+jwt"), expected, "{typ}");
    }
    assert!(!parsed(&signed(SigningAlgorithm::Es256, json!({}), "{}")).has_typ("dpop+jwt"));
}

#[test]
fn a_proof_verifies_with_the_key_in_its_own_header() {
    let alg = SigningAlgorithm::Es256;
    let jws = parsed(&signed(alg, json!({"jwk": entry(alg, json!({}))}), r#"{"jti":"1"}"#));
    let key = jws.unverified_jwk().expect("a key");
    assert_eq!(key.thumbprint(), public(alg).to_jwk().expect("members").thumbprint());
    assert!(jws.verify_jwk(&key, &[alg]).is_ok());
    let private = parsed(&signed(alg, json!({"jwk": entry(alg, json!({"d": "AA"}))}), "{}"));
    assert_eq!(private.unverified_jwk().map(drop), Err(crate::InvalidJwk::Private));
}

#[test]
fn the_key_of_a_set_is_chosen_by_kid_alg_and_use() {
    let (es256, rs256) = (SigningAlgorithm::Es256, SigningAlgorithm::Rs256);
    let set = |keys: Value| JwkSet::from_value(&json!({"keys": keys})).expect("a set");
    let keys = set(json!([entry(rs256, json!({"kid": "r"})), entry(es256, json!({"kid": "e", "use": "sig"}))]));
    let verify = |header: Value, keys: &JwkSet| parsed(&signed(es256, header, "{}")).verify_with(keys, ALL).map(drop);

    assert_eq!(verify(json!({"kid": "e"}), &keys), Ok(()));
    assert_eq!(verify(json!({}), &keys), Ok(()));
    assert_eq!(verify(json!({"kid": "r"}), &keys), Err(InvalidJws::UnknownKey));
    assert_eq!(verify(json!({"kid": "E"}), &keys), Err(InvalidJws::UnknownKey));
    for labels in [json!({"use": "enc"}), json!({"alg": "ES384"}), json!({"key_ops": ["sign"]})] {
        assert_eq!(verify(json!({}), &set(json!([entry(es256, labels)]))), Err(InvalidJws::UnknownKey));
    }
    let labelled = set(json!([entry(es256, json!({"alg": "ES256", "key_ops": ["verify"]}))]));
    assert_eq!(verify(json!({}), &labelled), Ok(()));
    let stranger = PrivateKey::generate(es256).expect("a key").public_jwk().expect("members");
    assert_eq!(verify(json!({}), &set(json!([stranger]))), Err(InvalidJws::BadSignature));
    assert_eq!(verify(json!({}), &set(json!([stranger, entry(es256, json!({}))]))), Ok(()));
    assert_eq!(verify(json!({}), &JwkSet::default()), Err(InvalidJws::UnknownKey));
}
