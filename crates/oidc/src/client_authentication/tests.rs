use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use proptest::prelude::*;

use super::*;

fn parse(authorization: Option<&str>, body: &str) -> Result<(String, Proof), EndpointError> {
    let mut params = Params::parse(body.as_bytes()).expect("a form");
    ClientCredentials::parse(authorization.map(str::as_bytes), &mut params)
}

fn parse_secret(authorization: Option<&str>, body: &str) -> (String, String) {
    match parse(authorization, body).expect("parses") {
        (id, Proof::Secret(secret)) => (id, secret.expose().clone()),
        other => panic!("{other:?}"),
    }
}

fn basic(pair: &str) -> String {
    format!("Basic {}", STANDARD.encode(pair))
}

fn jwt(claims: &str) -> String {
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    format!("{}.{}.AAAA", URL_SAFE_NO_PAD.encode("{\"alg\":\"ES256\"}"), URL_SAFE_NO_PAD.encode(claims))
}

fn assertion_body(assertion: &str) -> String {
    format!("client_assertion_type={}&client_assertion={assertion}", JWT_BEARER.replace(':', "%3A"))
}

fn is_invalid_request(outcome: &Result<(String, Proof), EndpointError>) -> bool {
    matches!(outcome, Err(EndpointError::OAuth(OAuthError { code: ErrorCode::InvalidRequest, .. })))
}

#[test]
fn basic_credentials_are_form_decoded() {
    let pair = |id: &str, secret: &str| (id.to_owned(), secret.to_owned());
    assert_eq!(parse_secret(Some(&basic("web:s%3Acret+1")), ""), pair("web", "s:cret 1"));
    assert_eq!(parse_secret(Some(&basic("https%3A%2F%2Fapp:a:b")), ""), pair("https://app", "a:b"));
    assert_eq!(parse_secret(Some(&basic("web:s").replace("Basic", "bAsIc")), "client_id=web"), pair("web", "s"));
}

#[test]
fn a_body_may_hold_the_secret_or_only_the_id() {
    assert_eq!(parse_secret(None, "client_id=web&client_secret=s"), ("web".to_owned(), "s".to_owned()));
    let (id, proof) = parse(None, "client_id=spa&client_secret=").expect("parses");
    assert!(id == "spa" && matches!(proof, Proof::Nothing));
}

#[test]
fn an_assertion_names_the_client_and_a_client_id_beside_it_must_agree() {
    let body = assertion_body(&jwt("{\"sub\":\"app\"}"));
    for body in [body.clone(), format!("{body}&client_id=app")] {
        let (id, proof) = parse(None, &body).expect("parses");
        assert!(id == "app" && matches!(proof, Proof::Assertion(_)), "{body}");
    }
    let refused = [
        format!("{body}&client_id=other"),
        assertion_body(&jwt("{\"iss\":\"app\"}")),
        assertion_body(&jwt("{\"sub\":7}")),
        assertion_body("junk"),
        body.replace("jwt-bearer", "saml2-bearer"),
    ];
    for body in refused {
        assert!(matches!(parse(None, &body), Err(EndpointError::InvalidClient)), "{body}");
    }
    assert!(is_invalid_request(&parse(None, "client_id=app&client_assertion=x")));
    assert!(is_invalid_request(&parse(None, "client_id=app&client_assertion_type=x")));
}

#[test]
fn two_methods_at_once_are_refused() {
    let assertion = assertion_body(&jwt("{\"sub\":\"web\"}"));
    for body in ["client_secret=s", "client_id=web&client_secret=s", "client_id=other", &assertion] {
        assert!(is_invalid_request(&parse(Some(&basic("web:s")), body)), "{body}");
    }
    assert!(is_invalid_request(&parse(None, &format!("{assertion}&client_id=web&client_secret=s"))));
}

#[test]
fn no_or_unreadable_credentials_are_an_invalid_client() {
    let cases = [
        (None, ""),
        (Some("Bearer abc".to_owned()), "client_id=web"),
        (Some("Basic ***".to_owned()), ""),
        (Some(basic("nocolon")), ""),
        (Some(basic("web:%zz")), ""),
        (Some("Basic".to_owned()), ""),
    ];
    for (authorization, body) in cases {
        let refused = parse(authorization.as_deref(), body);
        assert!(matches!(refused, Err(EndpointError::InvalidClient)), "{authorization:?} {body}");
    }
}

#[test]
fn the_endpoint_is_what_follows_the_issuer() {
    for path in ["/t/acme/oauth2/token", "/oauth2/token"] {
        assert_eq!(endpoint_of(path), "/oauth2/token");
    }
}

proptest! {
    #[test]
    fn no_credentials_make_the_parser_panic_and_one_method_is_left(
        junk in prop::option::of(prop::collection::vec(any::<u8>(), 0..40)),
        pair in prop::option::of("[!-~]{0,20}"),
        said in prop::collection::hash_map(prop::sample::select(&CREDENTIALS[..]), "[ -~]{1,30}", 0..4),
    ) {
        let header = pair.map(|pair| basic(&pair).into_bytes()).or(junk);
        let mut params = Params::default();
        said.iter().for_each(|(name, text)| params.set(name, text.clone()));
        if let Ok((claimed, proof)) = ClientCredentials::parse(header.as_deref(), &mut params) {
            prop_assert!(header.is_none() || matches!(proof, Proof::Secret(_)));
            prop_assert!(header.is_none() || !said.contains_key("client_secret"));
            prop_assert!(said.get("client_id").is_none_or(|named| *named == claimed), "{claimed}");
        }
    }
}
