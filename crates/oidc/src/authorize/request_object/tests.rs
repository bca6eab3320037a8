use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use latchkey_jose::PrivateKey;
use latchkey_tenants::{ClientMetadata, ClientOrigin};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

const ISSUER: &str = "https://id.example/t/demo";
const NOW: i64 = 1_800_000_000;

fn signed(claims: &Value) -> VerifiedPayload {
    let key = PrivateKey::generate(SigningAlgorithm::Es256).expect("a key");
    let encode = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let message = format!("{}.{}", encode(&json!({"alg": "ES256"})), encode(claims));
    let signature = key.sign(SigningAlgorithm::Es256, message.as_bytes()).expect("a signature");
    let jws = parse(&format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))).expect("a JWS");
    jws.verify(&key.public_key().expect("a key"), &[SigningAlgorithm::Es256]).expect("verifies")
}

fn check(rule: RequestObjectRule, claims: &Value) -> Result<Params, ErrorCode> {
    let expected = Expected { client_id: "web", issuer: ISSUER, rule, now: UtcTime::from_unix_seconds(NOW) };
    expected.check(signed(claims)).map_err(|error| error.code)
}

fn good() -> Value {
    json!({
        "iss": "web", "aud": ISSUER, "exp": NOW + 300, "nbf": NOW - 5, "iat": NOW - 5, "jti": "1",
        "client_id": "web", "state": "s", "max_age": 5,
    })
}

/// `good` with these members changed; `null` takes one away.
fn with(changes: Value) -> Value {
    let mut claims = good();
    for (name, value) in changes.as_object().expect("an object") {
        match value {
            Value::Null => drop(claims.as_object_mut().expect("an object").remove(name)),
            value => claims[name] = value.clone(),
        }
    }
    claims
}

#[test]
fn the_parameters_are_all_claims_but_those_of_the_jwt() {
    let mut params = check(RequestObjectRule::Required, &good()).expect("a good object");
    assert_eq!(params.optional("client_id").as_deref(), Some("web"));
    assert_eq!(params.optional("state").as_deref(), Some("s"));
    assert_eq!(params.optional("max_age").as_deref(), Some("5"));
    assert_eq!(params, Params::default());
}

#[test]
fn what_fapi_requires_is_required() {
    let strict = |changes| check(RequestObjectRule::Required, &with(changes)).map(|_| ());
    let refused = Err(ErrorCode::InvalidRequestObject);
    for name in ["iss", "aud", "exp", "nbf"] {
        assert_eq!(strict(json!({ name: null })), refused, "without {name}");
        assert_eq!(check(RequestObjectRule::Optional, &with(json!({ name: null }))).map(|_| ()), Ok(()), "{name}");
    }
    assert_eq!(strict(json!({"aud": ["https://other.example", ISSUER]})), Ok(()));
    assert_eq!(strict(json!({"nbf": NOW + 8})), Ok(()));
    assert_eq!(strict(json!({"nbf": NOW - 3_600, "exp": NOW})), refused, "it is over");
    assert_eq!(strict(json!({"nbf": NOW - 3_600, "exp": NOW + 1})), refused, "more than 60 minutes long");
    assert_eq!(strict(json!({"nbf": NOW - 3_599, "exp": NOW + 1})), Ok(()));
    assert_eq!(strict(json!({"nbf": NOW - 3_601, "exp": NOW + 5})), refused, "more than 60 minutes old");
    assert_eq!(strict(json!({"exp": NOW + 3_600})), refused, "more than 60 minutes long");
}

#[test]
fn what_would_be_wrong_for_anybody_is_refused_by_every_rule() {
    let cases = [
        json!({"iss": "other"}),
        json!({"aud": "https://other.example"}),
        json!({"aud": format!("{ISSUER}/oauth2/par")}),
        json!({"exp": NOW}),
        json!({"exp": "soon"}),
        json!({"nbf": NOW + 60}),
        json!({"sub": "web"}),
        json!({"client_id": "other"}),
        json!({"request": "x"}),
        json!({"request_uri": "urn:ietf:params:oauth:request_uri:x"}),
        json!({"state": "a\0b"}),
    ];
    for changes in cases {
        for rule in [RequestObjectRule::Required, RequestObjectRule::Optional] {
            let outcome = check(rule, &with(changes.clone())).map(|_| ());
            assert_eq!(outcome, Err(ErrorCode::InvalidRequestObject), "{changes} {rule:?}");
        }
    }
}

#[test]
fn another_kind_of_jwt_is_no_request_object() {
    let object = |header: Value| {
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        parse(&format!("{}.{}.AA", part(&header), part(&json!({})))).is_ok()
    };
    assert!(object(json!({"alg": "ES256"})));
    assert!(object(json!({"alg": "ES256", "typ": "JWT"})));
    assert!(object(json!({"alg": "ES256", "typ": "application/oauth-authz-req+jwt"})));
    for typ in ["at+jwt", "dpop+jwt", "logout+jwt", "token-introspection+jwt"] {
        assert!(!object(json!({"alg": "ES256", "typ": typ})), "{typ}");
    }
}

#[test]
fn the_registered_algorithm_is_the_only_one_and_never_beyond_the_profile() {
    let client = |security_profile, request_object_signing_alg| Client {
        client_id: "web".parse().expect("a client id"),
        name: "Web".to_owned(),
        metadata: ClientMetadata { security_profile, request_object_signing_alg, ..ClientMetadata::default() },
        secrets: Vec::new(),
        origin: ClientOrigin::Managed,
    };
    use latchkey_protocol::SecurityProfile::{Fapi2MessageSigning, OAuth21};
    assert_eq!(algorithms(&client(OAuth21, None)), SigningAlgorithm::ALL);
    assert_eq!(algorithms(&client(OAuth21, Some(SigningAlgorithm::Es256))), [SigningAlgorithm::Es256]);
    assert!(!algorithms(&client(Fapi2MessageSigning, None)).contains(&SigningAlgorithm::Rs256));
    assert_eq!(algorithms(&client(Fapi2MessageSigning, Some(SigningAlgorithm::Rs256))), []);
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,20}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 20, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::hash_map("[a-z_]{1,9}", inner, 0..4).prop_map(|map| json!(map)),
        ]
    })
}

const NAMES: [&str; 14] = [
    "iss",
    "aud",
    "exp",
    "nbf",
    "iat",
    "sub",
    "client_id",
    "state",
    "max_age",
    "claims",
    "scope",
    "response_type",
    "prompt",
    "request",
];

proptest! {
    #[test]
    fn no_text_makes_the_parser_panic(text in "\\PC{0,200}") {
        let _ = parse(&text);
    }

    #[test]
    fn no_claims_make_the_checks_panic(values in prop::collection::vec((0_usize..NAMES.len(), any_json()), 0..8)) {
        let changes: serde_json::Map<String, Value> =
            values.into_iter().map(|(index, value)| (NAMES[index].to_owned(), value)).collect();
        for rule in [RequestObjectRule::Required, RequestObjectRule::Optional] {
            if let Ok(params) = check(rule, &with(Value::Object(changes.clone()))) {
                prop_assert_eq!(params.peek("client_id"), Some("web"));
                let client = Client {
                    client_id: "web".parse().expect("a client id"),
                    name: "Web".to_owned(),
                    metadata: ClientMetadata::default(),
                    secrets: Vec::new(),
                    origin: ClientOrigin::Managed,
                };
                let origin = super::super::Origin::RequestObject;
                let _ = super::super::request::AuthorizationRequest::parse(params, &client, &origin);
            }
        }
    }
}
