use latchkey_core::{KeyId, Rng, UtcTime};
use latchkey_jose::{PrivateKey, RegisteredPrivateKey, RegisteredPublicKey};
use latchkey_protocol::SigningAlgorithm;
use serde_json::json;

use crate::jwt::signing_input;
use crate::{Expected, Expiry, InvalidToken, TokenType, UnverifiedJwt};

const NOW: i64 = 1_800_000_000;

struct Pair {
    alg: SigningAlgorithm,
    private: RegisteredPrivateKey,
    public: RegisteredPublicKey,
    kid: KeyId,
}

impl Pair {
    fn new(alg: SigningAlgorithm) -> Self {
        let key = PrivateKey::generate(alg).expect("a key");
        // Through both stored forms, as a key of a tenant goes.
        let key = PrivateKey::from_pkcs8(&key.to_pkcs8().expect("DER"), alg).expect("the same key");
        let public = key.public_key().expect("its public part");
        let kid = KeyId::generate(UtcTime::from_unix_seconds(NOW), &Rng::system());
        Self { alg, private: RegisteredPrivateKey::new(key, alg), public: RegisteredPublicKey::new(public, alg), kid }
    }

    fn sign(&self, typ: &str, claims: &serde_json::Value) -> String {
        let text = signing_input(&self.kid, self.alg, typ, claims).expect("claims");
        let signature = self.private.sign(text.as_bytes()).expect("a signature");
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
