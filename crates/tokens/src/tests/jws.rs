use jsonwebtoken::crypto::{sign, verify};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey};
use latchkey_core::{KeyId, Rng, UtcTime};
use latchkey_protocol::SigningAlgorithm;
use serde_json::json;

use crate::algorithm::jws_algorithm;
use crate::jwt::signing_input;
use crate::key_material::{PrivateKey, PublicJwk, PublicKey};
use crate::registry::{RegisteredPrivateKey, RegisteredPublicKey};
use crate::{Expected, Expiry, InvalidToken, TokenType, UnverifiedJwt, install_crypto_provider};

const NOW: i64 = 1_800_000_000;

/// RFC 7515 A.2 and A.3, RFC 8037 A.4: key, algorithm, signed text.
fn vectors() -> [(PublicJwk, Algorithm, &'static str); 3] {
    let rsa = PublicJwk::Rsa {
        n: "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ".to_owned(),
        e: "AQAB".to_owned(),
    };
    let ec = PublicJwk::Ec {
        crv: "P-256".to_owned(),
        x: "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU".to_owned(),
        y: "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0".to_owned(),
    };
    let ed = PublicJwk::Okp { crv: "Ed25519".to_owned(), x: "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo".to_owned() };
    [
        (
            rsa,
            Algorithm::RS256,
            "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw",
        ),
        (
            ec,
            Algorithm::ES256,
            "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q",
        ),
        (
            ed,
            Algorithm::EdDSA,
            "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg",
        ),
    ]
}

fn decoding_key(jwk: &PublicJwk) -> DecodingKey {
    match jwk {
        PublicJwk::Rsa { n, e } => DecodingKey::from_rsa_components(n, e),
        PublicJwk::Ec { x, y, .. } => DecodingKey::from_ec_components(x, y),
        PublicJwk::Okp { x, .. } => DecodingKey::from_ed_components(x),
    }
    .expect("a key")
}

#[test]
fn the_vectors_of_rfc_7515_and_rfc_8037_verify_and_a_changed_message_does_not() {
    install_crypto_provider();
    for (jwk, alg, token) in vectors() {
        let (message, signature) = token.rsplit_once('.').expect("a token");
        let registered = RegisteredPublicKey::new(PublicKey::from_jwk(&jwk).expect("a key"), alg);
        for key in [&decoding_key(&jwk), registered.decoding()] {
            assert!(verify(signature, message.as_bytes(), key, alg).expect("an answer"), "{alg:?}");
            let changed = format!("{message}A");
            assert!(!verify(signature, changed.as_bytes(), key, alg).expect("an answer"), "{alg:?}");
        }
    }
}

#[test]
fn a_key_serves_its_own_algorithm_only_and_hmac_is_not_offered() {
    install_crypto_provider();
    for (jwk, own, token) in vectors() {
        let (message, signature) = token.rsplit_once('.').expect("a token");
        for alg in [Algorithm::HS256, Algorithm::RS384, Algorithm::ES384, Algorithm::ES256, Algorithm::EdDSA] {
            if alg != own {
                assert!(verify(signature, message.as_bytes(), &decoding_key(&jwk), alg).is_err(), "{own:?} {alg:?}");
            }
        }
    }
    assert!(sign(b"x", &EncodingKey::from_secret(b"latchkey"), Algorithm::HS256).is_err());
    assert!(sign(b"x", &EncodingKey::from_ec_der(b"latchkey\0\0\0\0\0\0\0\0"), Algorithm::ES256).is_err());
    assert!(verify("AA", b"x", &DecodingKey::from_secret(b"secret"), Algorithm::HS256).is_err());
}

#[test]
fn what_is_no_key_is_refused_without_a_panic() {
    install_crypto_provider();
    let point_off_the_curve = PublicJwk::Ec {
        crv: "P-256".to_owned(),
        x: "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU".to_owned(),
        y: "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU".to_owned(),
    };
    let short_rsa =
        PublicJwk::Rsa { n: "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTY".to_owned(), e: "AQAB".to_owned() };
    let short_ed = PublicJwk::Okp { crv: "Ed25519".to_owned(), x: "11qY".to_owned() };
    let other_curve =
        PublicJwk::Okp { crv: "Ed448".to_owned(), x: "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo".to_owned() };
    for jwk in [&point_off_the_curve, &short_rsa, &short_ed, &other_curve] {
        assert!(PublicKey::from_jwk(jwk).is_none(), "{jwk:?}");
    }
    for jwk in [&point_off_the_curve, &short_rsa, &short_ed] {
        for alg in [Algorithm::RS256, Algorithm::ES256, Algorithm::EdDSA] {
            assert!(verify("AA", b"x", &decoding_key(jwk), alg).is_err());
        }
    }
}

struct Pair {
    alg: SigningAlgorithm,
    private: RegisteredPrivateKey,
    public: RegisteredPublicKey,
    kid: KeyId,
}

impl Pair {
    fn new(alg: SigningAlgorithm) -> Self {
        install_crypto_provider();
        let key = PrivateKey::generate(alg).expect("a key");
        // Through both stored forms, as a key of a tenant goes.
        let key = PrivateKey::from_pkcs8(&key.to_pkcs8().expect("DER"), alg).expect("the same key");
        let public = PublicKey::from_jwk(&key.public_jwk().expect("a JWK")).expect("its public part");
        let jws = jws_algorithm(alg);
        let kid = KeyId::generate(UtcTime::from_unix_seconds(NOW), &Rng::system());
        Self { alg, private: RegisteredPrivateKey::new(key, jws), public: RegisteredPublicKey::new(public, jws), kid }
    }

    fn sign(&self, typ: &str, claims: &serde_json::Value) -> String {
        let text = signing_input(&self.kid, self.alg, typ, claims).expect("claims");
        let signature = sign(text.as_bytes(), self.private.encoding(), jws_algorithm(self.alg)).expect("a signature");
        format!("{text}.{signature}")
    }

    fn verify(&self, token: &str, expected: Expected<'_>) -> Result<(), InvalidToken> {
        let now = UtcTime::from_unix_seconds(NOW);
        UnverifiedJwt::parse(token)?.verify(&self.public, self.alg, expected, now).map(drop)
    }
}

fn expected() -> Expected<'static> {
    Expected { typ: TokenType::AccessToken, issuers: &["i"], audience: Some("a"), expiry: Expiry::Enforced }
}

#[test]
fn every_single_bit_flip_of_a_token_is_refused() {
    for alg in SigningAlgorithm::ALL {
        let pair = Pair::new(*alg);
        let token = pair.sign("at+jwt", &json!({"iss": "i", "aud": ["b", "a"], "exp": NOW + 1}));
        assert_eq!(pair.verify(&token, expected()), Ok(()), "{alg}");
        for (index, bit) in (0..token.len()).flat_map(|index| (0..8).map(move |bit| (index, bit))) {
            let mut bytes = token.clone().into_bytes();
            bytes[index] ^= 1 << bit;
            if let Ok(changed) = String::from_utf8(bytes) {
                assert!(pair.verify(&changed, expected()).is_err(), "{alg}: bit {bit} of byte {index}");
            }
        }
    }
}

#[test]
fn a_good_signature_on_the_wrong_claims_is_refused_with_the_reason() {
    let pair = Pair::new(SigningAlgorithm::Es256);
    let good = json!({"iss": "i", "aud": "a", "exp": NOW + 1});
    let cases = [
        ("at+jwt", good.clone(), Ok(())),
        ("JWT", good.clone(), Err(InvalidToken::WrongType)),
        ("at+jwt", json!({"iss": "i/", "aud": "a", "exp": NOW + 1}), Err(InvalidToken::WrongIssuer)),
        ("at+jwt", json!({"aud": "a", "exp": NOW + 1}), Err(InvalidToken::WrongIssuer)),
        ("at+jwt", json!({"iss": "i", "aud": "A", "exp": NOW + 1}), Err(InvalidToken::WrongAudience)),
        ("at+jwt", json!({"iss": "i", "exp": NOW + 1}), Err(InvalidToken::WrongAudience)),
        ("at+jwt", json!({"iss": "i", "aud": "a", "exp": NOW}), Err(InvalidToken::Expired)),
        ("at+jwt", json!({"iss": "i", "aud": "a"}), Err(InvalidToken::Malformed)),
        ("at+jwt", json!({"iss": "i", "aud": "a", "exp": "soon"}), Err(InvalidToken::Malformed)),
    ];
    for (typ, claims, outcome) in cases {
        assert_eq!(pair.verify(&pair.sign(typ, &claims), expected()), outcome, "{typ} {claims}");
    }
    let either = Expected { issuers: &["h", "i"], ..expected() };
    assert_eq!(pair.verify(&pair.sign("at+jwt", &good), either), Ok(()));
    assert_eq!(
        pair.verify(&pair.sign("at+jwt", &good), Expected { issuers: &[], ..either }),
        Err(InvalidToken::WrongIssuer)
    );
    let late = pair.sign("at+jwt", &json!({"iss": "i", "aud": "a", "exp": 1}));
    assert_eq!(pair.verify(&late, Expected { expiry: Expiry::Ignored, ..expected() }), Ok(()));
    let other = Pair::new(SigningAlgorithm::Es256);
    assert_eq!(other.verify(&pair.sign("at+jwt", &good), expected()), Err(InvalidToken::BadSignature));
    let rsa = Pair::new(SigningAlgorithm::Ps256);
    assert_eq!(rsa.verify(&pair.sign("at+jwt", &good), expected()), Err(InvalidToken::WrongAlgorithm));
}

#[test]
fn what_is_not_a_plain_jws_of_ours_is_refused() {
    use base64::Engine;
    let header = |json: &str| base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(json);
    let cases = [
        (String::new(), InvalidToken::Malformed),
        ("a.b".to_owned(), InvalidToken::Malformed),
        (format!("{}.e30.", header(r#"{"alg":"none"}"#)), InvalidToken::WrongAlgorithm),
        (format!("{}.e30.AA", header(r#"{"alg":"HS256"}"#)), InvalidToken::WrongAlgorithm),
        (format!("{}.e30.AA", header(r#"{"alg":"ES256","alg":"RS256"}"#)), InvalidToken::Malformed),
        (
            format!("{}.e30.AA", header(r#"{"alg":"ES256","crit":["b64"],"b64":false}"#)),
            InvalidToken::CriticalExtension,
        ),
        (format!("{}.e30.AA.BB.CC", header(r#"{"alg":"ES256"}"#)), InvalidToken::Malformed),
        ("a".repeat(20_000), InvalidToken::Malformed),
    ];
    for (token, reason) in cases {
        assert_eq!(UnverifiedJwt::parse(&token).map(drop), Err(reason), "{token:.60}");
    }
}
