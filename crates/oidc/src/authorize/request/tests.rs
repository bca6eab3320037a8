use latchkey_protocol::{GrantType, SecurityProfile, TokenEndpointAuthMethod};
use latchkey_tenants::{ClientMetadata, ClientOrigin};
use proptest::prelude::*;

use super::*;

const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

fn client(change: impl FnOnce(&mut ClientMetadata)) -> Client {
    let mut metadata = ClientMetadata { require_pkce: false, ..ClientMetadata::default() };
    change(&mut metadata);
    let client_id = "web".parse().expect("a client id");
    Client { client_id, name: "Web".to_owned(), metadata, secrets: Vec::new(), origin: ClientOrigin::Managed }
}

fn parse(query: &str) -> Result<AuthorizationRequest, OAuthError> {
    parse_for(&client(|_| ()), query)
}

fn parse_for(client: &Client, query: &str) -> Result<AuthorizationRequest, OAuthError> {
    AuthorizationRequest::parse(Params::parse(query.as_bytes()).expect("a query"), client, &Origin::Browser)
}

#[test]
fn a_full_request_is_understood_and_unknown_parameters_are_ignored() {
    let request = parse(&format!(
        "response_type=code&scope=openid+email&nonce=n&code_challenge={CHALLENGE}&code_challenge_method=S256\
         &prompt=login+consent&max_age=300&login_hint=alice&ui_locales=de-CH+x_y+en&display=popup&acr_values=1+2\
         &claims_locales=se&claims=%7B%22userinfo%22%3A%7B%22name%22%3Anull%7D%7D&extra=foobar"
    ))
    .expect("a valid request");
    assert_eq!(request.scope, Scope::parse("email openid").expect("a scope"));
    assert_eq!(request.nonce.as_deref(), Some("n"));
    assert_eq!(request.code_challenge.as_ref().expect("a challenge").as_str(), CHALLENGE);
    assert!(request.prompt.demands_sign_in() && request.prompt.demands_consent() && !request.prompt.forbids_pages());
    assert_eq!(request.max_age, Some(Duration::from_secs(300)));
    assert_eq!(request.ui_locales, ["de-CH", "en"]);
    assert!(request.claims.userinfo.contains("name"));
    assert_eq!(request.acr_values, ["1", "2"]);
    assert!(!request.misses_acr_values("1") && !request.misses_acr_values("3") && request.misses_acr_values("0"));
}

#[test]
fn each_broken_request_gets_its_error_code() {
    let long = "a".repeat(43);
    let cases = [
        ("scope=openid".to_owned(), ErrorCode::InvalidRequest),
        ("response_type=none&scope=openid".to_owned(), ErrorCode::UnsupportedResponseType),
        ("response_type=id_token&scope=openid".to_owned(), ErrorCode::UnauthorizedClient),
        ("response_type=code+id_token&scope=openid".to_owned(), ErrorCode::UnauthorizedClient),
        ("response_type=code".to_owned(), ErrorCode::InvalidScope),
        ("response_type=code&scope=a%22b".to_owned(), ErrorCode::InvalidScope),
        ("response_type=code&scope=openid&dpop_jkt=x".to_owned(), ErrorCode::InvalidRequest),
        ("response_type=code&scope=openid&registration=x".to_owned(), ErrorCode::RegistrationNotSupported),
        ("response_type=code&scope=openid&prompt=none+login".to_owned(), ErrorCode::InvalidRequest),
        ("response_type=code&scope=openid&prompt=none+create".to_owned(), ErrorCode::InvalidRequest),
        ("response_type=code&scope=openid&max_age=-1".to_owned(), ErrorCode::InvalidRequest),
        ("response_type=code&scope=openid&max_age=%2B1".to_owned(), ErrorCode::InvalidRequest),
        ("response_type=code&scope=openid&max_age=1.5".to_owned(), ErrorCode::InvalidRequest),
        ("response_type=code&scope=openid&display=tv".to_owned(), ErrorCode::InvalidRequest),
        ("response_type=code&scope=openid&claims=%5B1%5D".to_owned(), ErrorCode::InvalidRequest),
        (format!("response_type=code&scope=openid&code_challenge={long}"), ErrorCode::InvalidRequest),
        (
            format!("response_type=code&scope=openid&code_challenge={CHALLENGE}&code_challenge_method=plain"),
            ErrorCode::InvalidRequest,
        ),
        (
            "response_type=code&scope=openid&code_challenge=short&code_challenge_method=S256".to_owned(),
            ErrorCode::InvalidRequest,
        ),
        ("response_type=code&scope=openid&code_challenge_method=S256".to_owned(), ErrorCode::InvalidRequest),
    ];
    for (query, expected) in cases {
        assert_eq!(parse(&query).err().map(|error| error.code), Some(expected), "{query}");
    }
}

#[test]
fn every_combination_of_prompt_is_decided() {
    let words = ["none", "login", "consent", "select_account", "create"];
    for bits in 0_u8..32 {
        let chosen: Vec<&str> =
            words.into_iter().enumerate().filter(|(n, _)| bits & (1 << n) != 0).map(|(_, w)| w).collect();
        let parsed = Prompts::parse(&chosen.join(" "));
        let has = |word: &str| chosen.contains(&word);
        if has("none") && chosen.len() > 1 {
            assert!(parsed.is_err(), "{chosen:?}");
            continue;
        }
        let prompts = parsed.expect("a valid combination");
        assert_eq!(prompts.forbids_pages(), has("none"), "{chosen:?}");
        assert_eq!(prompts.demands_sign_in(), has("login"), "{chosen:?}");
        let account = match (has("create"), has("select_account")) {
            (true, _) => AccountPrompt::Create,
            (false, true) => AccountPrompt::Choose,
            (false, false) => AccountPrompt::WhenUnclear,
        };
        assert_eq!(prompts.account(), account, "{chosen:?}");
        assert_eq!(prompts.demands_consent(), has("consent"), "{chosen:?}");
    }
}

#[test]
fn pkce_is_demanded_by_policy_and_of_every_public_client() {
    let query = "response_type=code&scope=openid";
    assert!(parse(query).is_ok());
    let strict = client(|metadata| metadata.require_pkce = true);
    let public = client(|metadata| metadata.token_endpoint_auth_method = TokenEndpointAuthMethod::None);
    for client in [strict, public] {
        let refused = parse_for(&client, query).expect_err("PKCE is required");
        assert_eq!(refused.code, ErrorCode::InvalidRequest);
        let with_pkce = format!("{query}&code_challenge={CHALLENGE}&code_challenge_method=S256");
        assert!(parse_for(&client, &with_pkce).is_ok());
    }
}

#[test]
fn a_legacy_response_type_needs_its_registration_a_nonce_and_openid() {
    let legacy = client(|metadata| {
        metadata.grant_types = vec![GrantType::AuthorizationCode, GrantType::Implicit];
        metadata.response_types = ResponseType::ALL.to_vec();
    });
    for response_type in ResponseType::ALL {
        let text = response_type.as_str().replace(' ', "+");
        let request = parse_for(&legacy, &format!("response_type={text}&scope=openid+offline_access&nonce=n"));
        let request = request.expect("a valid request");
        assert_eq!(request.response_type, *response_type);
        assert_eq!(request.scope.contains("offline_access"), response_type.has_code(), "{response_type}");
        let without_nonce = parse_for(&legacy, &format!("response_type={text}&scope=openid"));
        assert_eq!(without_nonce.is_err(), response_type.has_id_token(), "{response_type}");
        let without_openid = parse_for(&legacy, &format!("response_type={text}&scope=email&nonce=n"));
        assert_eq!(without_openid.is_err(), response_type.has_id_token(), "{response_type}");
    }
    let bound = client(|metadata| {
        metadata.grant_types = vec![GrantType::AuthorizationCode, GrantType::Implicit];
        metadata.response_types = ResponseType::ALL.to_vec();
        metadata.dpop_bound_access_tokens = true;
    });
    let refused = parse_for(&bound, "response_type=token&scope=openid").expect_err("no key is proved there");
    assert_eq!(refused.code, ErrorCode::UnsupportedResponseType);
}

#[test]
fn tokens_never_travel_in_a_query_and_errors_about_them_neither() {
    for response_type in ResponseType::ALL {
        let text = response_type.as_str().replace(' ', "+");
        for mode in ResponseMode::ALL {
            let query = format!("response_type={text}&response_mode={mode}");
            let target = UnverifiedTarget::parse(&mut Params::parse(query.as_bytes()).expect("a query"));
            let refused = *response_type != ResponseType::Code && mode.is_in_query();
            assert_eq!(target.response_mode.is_err(), refused, "{query}");
            assert_eq!(target.default_mode.is_in_query(), *response_type == ResponseType::Code, "{query}");
        }
    }
}

#[test]
fn what_the_client_registered_counts_where_the_request_is_silent() {
    let registered = client(|metadata| {
        metadata.default_max_age = Some(60);
        metadata.default_acr_values = vec!["2".to_owned()];
    });
    let silent = parse_for(&registered, "response_type=code&scope=openid").expect("valid");
    assert_eq!((silent.max_age, silent.acr_values), (Some(Duration::from_secs(60)), vec!["2".to_owned()]));
    let outspoken = parse_for(&registered, "response_type=code&scope=openid&max_age=5&acr_values=1").expect("valid");
    assert_eq!((outspoken.max_age, outspoken.acr_values), (Some(Duration::from_secs(5)), vec!["1".to_owned()]));
}

#[test]
fn fapi_1_needs_pkce_in_a_pushed_request_and_takes_no_response_type_but_its_two() {
    let fapi = client(|metadata| {
        metadata.security_profile = SecurityProfile::Fapi1Advanced;
        metadata.grant_types = vec![GrantType::AuthorizationCode, GrantType::Implicit];
        metadata.response_types = ResponseType::ALL.to_vec();
    });
    let parse = |query: &str, origin: &Origin| {
        let params = Params::parse(query.as_bytes()).expect("a query");
        AuthorizationRequest::parse(params, &fapi, origin).map(|_| ()).map_err(|error| error.code)
    };
    let code = "response_type=code&scope=openid";
    assert_eq!(parse(code, &Origin::RequestObject), Ok(()));
    assert_eq!(parse(code, &Origin::Pushed("x".to_owned())), Err(ErrorCode::InvalidRequest));
    assert_eq!(parse("response_type=code+id_token&scope=openid&nonce=n", &Origin::RequestObject), Ok(()));
    for response_type in ["id_token", "id_token+token", "code+token", "token"] {
        let query = format!("response_type={response_type}&scope=openid&nonce=n");
        assert_eq!(parse(&query, &Origin::RequestObject), Err(ErrorCode::UnsupportedResponseType), "{query}");
    }
}

#[test]
fn a_client_without_the_code_grant_is_unauthorized() {
    let machine = client(|metadata| metadata.grant_types = vec![GrantType::ClientCredentials]);
    let refused = parse_for(&machine, "response_type=code&scope=openid").expect_err("not for this client");
    assert_eq!(refused.code, ErrorCode::UnauthorizedClient);
}

#[test]
fn the_target_keeps_state_exactly_and_an_unknown_mode_is_an_error_in_the_default_one() {
    let query = "client_id=web&redirect_uri=https%3A%2F%2Fa.example%2Fcb&state=a+b%26%25%C3%A9&response_mode=odd";
    let target = UnverifiedTarget::parse(&mut Params::parse(query.as_bytes()).expect("a query"));
    assert_eq!(target.state.as_deref(), Some("a b&%é"));
    assert_eq!(target.redirect_uri.as_deref(), Some("https://a.example/cb"));
    assert_eq!(target.response_mode.expect_err("unknown").code, ErrorCode::InvalidRequest);
    let bad = UnverifiedTarget::parse(&mut Params::parse(b"client_id=a%22b").expect("a query"));
    assert_eq!((bad.client_id, bad.response_mode), (None, Ok(ResponseMode::Query)));
}

#[test]
fn a_kept_request_reads_the_same_as_the_first_time() {
    let query = "client_id=web&state=a+b%26%25%C3%A9&scope=openid&response_type=code&extra=1&claims=%7B%7D";
    let params = Params::parse(query.as_bytes()).expect("a query");
    let kept = canonical_query(&params);
    let again = Params::parse(kept.as_bytes()).expect("a query");
    assert_eq!(canonical_query(&again), kept);
    for name in ["client_id", "state", "scope", "response_type", "claims"] {
        assert_eq!(again.peek(name), params.peek(name), "{name}");
    }
    assert_eq!(again.peek("extra"), None);
}

proptest! {
    #[test]
    fn no_query_makes_the_parser_panic_and_what_is_accepted_keeps_the_rules(
        said in prop::collection::hash_map(prop::sample::select(&PARAMETERS[..]), "[ -~]{0,40}|none|login|openid|[0-9]{1,22}", 0..8),
        junk in prop::collection::vec(any::<u8>(), 0..40),
    ) {
        let _ = Params::parse_leniently(&junk).map(|(params, _)| {
            AuthorizationRequest::parse(params, &client(|_| ()), &Origin::Browser).map(|request| request.scope)
        });
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.append_pair("response_type", "code").append_pair("scope", "openid");
        query.extend_pairs(said.iter().filter(|(name, _)| !["response_type", "scope"].contains(name)));
        if let Ok(request) = parse(&query.finish()) {
            prop_assert!(!(request.prompt.forbids_pages() && request.prompt.demands_sign_in()));
            prop_assert!(request.dpop_jkt.is_none_or(|jkt| jkt.len() == 43));
            prop_assert!(request.unverified_resources.len() <= said.len());
        }
    }
}
