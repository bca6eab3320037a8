use latchkey_protocol::{HmacAlgorithm, SigningAlgorithm};

use super::jws::ALL;
use crate::{Jwk, PublicJwk, PublicKey, UnverifiedJws};

/// RFC 7515 A.2, A.3 and A.4, RFC 8037 A.4: key, algorithm, signed text.
pub(super) fn vectors() -> [(PublicJwk, SigningAlgorithm, &'static str); 4] {
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
            SigningAlgorithm::Rs256,
            "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw",
        ),
        (
            ec,
            SigningAlgorithm::Es256,
            "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q",
        ),
        (
            ed,
            SigningAlgorithm::EdDsa,
            "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg",
        ),
        (
            PublicJwk::Ec {
                crv: "P-521".to_owned(),
                x: "AekpBQ8ST8a8VcfVOTNl353vSrDCLLJXmPk06wTjxrrjcBpXp5EOnYG_NjFZ6OvLFV1jSfS9tsz4qUxcWceqwQGk"
                    .to_owned(),
                y: "ADSmRA43Z1DSNx_RvcLI87cdL07l6jQyyBXMoxVg_l2Th-x3S1WDhjDly79ajL4Kkd0AZMaZmh9ubmf63e3kyMj2"
                    .to_owned(),
            },
            SigningAlgorithm::Es512,
            "eyJhbGciOiJFUzUxMiJ9.UGF5bG9hZA.AdwMgeerwtHoh-l192l60hp9wAHZFVJbLfD_UxMi70cwnZOYaRI1bKPWROc-mZZqwqT2SI-KGDKB34XO0aw_7XdtAG8GaSwFKdCAPZgoXD2YBJZCPEX3xKpRwcdOO8KpEHwJjyqOgzDO7iKvU8vcnwNrmxYbSW9ERBXukOXolLzeO_Jn",
        ),
    ]
}

/// RFC 9864 §2.2: the same signature by the name that says which curve it is.
#[test]
fn ed25519_is_eddsa_by_its_full_name() {
    let (members, _, token) = vectors().into_iter().find(|(_, alg, _)| *alg == SigningAlgorithm::EdDsa).expect("it");
    let (message, signature) = token.rsplit_once('.').expect("a token");
    let signature = crate::jwk::decode(signature).expect("base64url");
    let key = PublicKey::from_jwk(&members).expect("a key");
    assert!(key.verify(SigningAlgorithm::Ed25519, message.as_bytes(), &signature));
    let named = serde_json::json!({"kty": "OKP", "crv": "Ed25519", "alg": "Ed25519",
        "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"});
    let named = Jwk::parse(&named).expect("a key");
    assert!(named.verifies(SigningAlgorithm::Ed25519) && !named.verifies(SigningAlgorithm::EdDsa));
    assert!(!named.encrypts(latchkey_protocol::KeyManagementAlgorithm::EcdhEs));
}

#[test]
fn the_signatures_of_rfc_7515_and_rfc_8037_verify_and_those_of_a_changed_message_do_not() {
    for (members, alg, token) in vectors() {
        let (message, signature) = token.rsplit_once('.').expect("a token");
        let signature = crate::jwk::decode(signature).expect("base64url");
        let key = PublicKey::from_jwk(&members).expect("a key");
        assert_eq!(key.to_jwk().expect("members"), members);
        assert!(key.verify(alg, message.as_bytes(), &signature), "{alg}");
        assert!(!key.verify(alg, format!("{message}A").as_bytes(), &signature), "{alg}");
    }
}

#[test]
fn the_tokens_of_rfc_7515_a_2_and_a_3_say_what_the_appendix_says() {
    for (members, alg, token) in &vectors()[..2] {
        let jws = UnverifiedJws::parse(token).expect("a JWS");
        let key = PublicKey::from_jwk(members).expect("a key");
        let payload = jws.verify(&key, &[*alg]).expect("verified");
        assert_eq!(payload.text("iss"), Some("joe"));
        assert_eq!(payload.claims()["http://example.com/is_root"], true);
    }
}

#[test]
fn the_hmac_of_rfc_7515_a_1_verifies() {
    let token = "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    let key = "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow";
    let key = crate::jwk::decode(key).expect("base64url");
    let jws = UnverifiedJws::parse(token).expect("a JWS");
    assert_eq!(jws.verify_hmac(&key, &[HmacAlgorithm::Hs256]).expect("verified").text("iss"), Some("joe"));
    assert!(jws.verify_hmac(&key[1..], &[HmacAlgorithm::Hs256]).is_err());
}

#[test]
fn the_unsecured_token_of_rfc_7515_a_5_is_never_accepted() {
    let token = "eyJhbGciOiJub25lIn0.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.";
    let jws = UnverifiedJws::parse(token).expect("its form is right");
    for (members, ..) in vectors() {
        let key = PublicKey::from_jwk(&members).expect("a key");
        assert_eq!(jws.verify(&key, ALL), Err(crate::InvalidJws::AlgorithmNotAllowed));
    }
    assert_eq!(jws.verify_hmac(&[7; 64], HmacAlgorithm::ALL), Err(crate::InvalidJws::AlgorithmNotAllowed));
}

#[test]
fn the_thumbprints_are_those_of_rfc_7638_and_rfc_8037() {
    let rsa = serde_json::json!({
        "kty": "RSA",
        "n": "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw",
        "e": "AQAB",
        "alg": "RS256",
        "kid": "2011-04-29",
    });
    assert_eq!(Jwk::parse(&rsa).expect("a key").thumbprint(), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
    let ed = serde_json::json!({"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"});
    assert_eq!(Jwk::parse(&ed).expect("a key").thumbprint(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
}

/// RFC 7520 §4.2: the one RSASSA-PSS signature of an RFC.
const PS384: &str = "eyJhbGciOiJQUzM4NCIsImtpZCI6ImJpbGJvLmJhZ2dpbnNAaG9iYml0b24uZXhhbXBsZSJ9.SXTigJlzIGEgZGFuZ2Vyb3VzIGJ1c2luZXNzLCBGcm9kbywgZ29pbmcgb3V0IHlvdXIgZG9vci4gWW91IHN0ZXAgb250byB0aGUgcm9hZCwgYW5kIGlmIHlvdSBkb24ndCBrZWVwIHlvdXIgZmVldCwgdGhlcmXigJlzIG5vIGtub3dpbmcgd2hlcmUgeW91IG1pZ2h0IGJlIHN3ZXB0IG9mZiB0by4.cu22eBqkYDKgIlTpzDXGvaFfz6WGoz7fUDcfT0kkOy42miAh2qyBzk1xEsnk2IpN6-tPid6VrklHkqsGqDqHCdP6O8TTB5dDDItllVo6_1OLPpcbUrhiUSMxbbXUvdvWXzg-UD8biiReQFlfz28zGWVsdiNAUf8ZnyPEgVFn442ZdNqiVJRmBqrYRXe8P_ijQ7p8Vdz0TTrxUeT3lm8d9shnr2lfJT8ImUjvAA2Xez2Mlp8cBE5awDzT0qI0n6uiP1aCN_2_jLAeQTlqRHtfa64QQSUmFAAjVKPbByi7xho0uTOcbH510a6GYmJUAfmWjwZ6oD4ifKo8DYM-X72Eaw";

#[test]
fn the_signature_of_rfc_7520_4_2_verifies_as_ps384_and_as_nothing_else() {
    let key = PublicKey::from_jwk(&PublicJwk::Rsa {
        n: "n4EPtAOCc9AlkeQHPzHStgAbgs7bTZLwUBZdR8_KuKPEHLd4rHVTeT-O-XV2jRojdNhxJWTDvNd7nqQ0VEiZQHz_AJmSCpMaJMRBSFKrKb2wqVwGU_NsYOYL-QtiWN2lbzcEe6XC0dApr5ydQLrHqkHHig3RBordaZ6Aj-oBHqFEHYpPe7Tpe-OfVfHd1E6cS6M1FZcD1NNLYD5lFHpPI9bTwJlsde3uhGqC0ZCuEHg8lhzwOHrtIQbS0FVbb9k3-tVTU4fg_3L_vniUFAKwuCLqKnS2BYwdq_mzSnbLY7h_qixoR7jig3__kRhuaxwUkRz5iaiQkqgc5gHdrNP5zw".to_owned(),
        e: "AQAB".to_owned(),
    });
    let key = key.expect("a key");
    let (message, signature) = PS384.rsplit_once('.').expect("a signature");
    let signature = crate::jwk::decode(signature).expect("base64url");
    for alg in SigningAlgorithm::ALL {
        assert_eq!(key.verify(*alg, message.as_bytes(), &signature), *alg == SigningAlgorithm::Ps384, "{alg}");
    }
    assert!(!key.verify(SigningAlgorithm::Ps384, format!("{message}A").as_bytes(), &signature));
}

#[test]
fn the_certificate_of_rfc_8705_appendix_a_has_the_thumbprint_that_stands_there() {
    use base64::Engine;
    let certificate = "MIIBBjCBrAIBAjAKBggqhkjOPQQDAjAPMQ0wCwYDVQQDDARtdGxzMB4XDTE4MTAxODEyMzcwOVoXDTIyMDUwMjEyMzcwOVowDzENMAsGA1UEAwwEbXRsczBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABNcnyxwqV6hY8QnhxxzFQ03C7HKW9OylMbnQZjjJ/Au08/coZwxS7LfA4vOLS9WuneIXhbGGWvsDSb0tH6IxLm8wCgYIKoZIzj0EAwIDSQAwRgIhAP0RC1E+vwJD/D1AGHGzuri+hlV/PpQEKTWUVeORWz83AiEA5x2eXZOVbUlJSGQgjwD5vaUaKlLR50Q2DmFfQj1L+SY=";
    let mut der = base64::engine::general_purpose::STANDARD.decode(certificate).expect("base64");
    assert_eq!(crate::certificate_sha256(&der), "A4DtL2JmUMhAsvJj5tKyn64SqzmuXbMrJa0n761y5v0");
    der.push(0);
    assert_ne!(crate::certificate_sha256(&der), "A4DtL2JmUMhAsvJj5tKyn64SqzmuXbMrJa0n761y5v0");
}
