use latchkey_core::{Rng, TenantId, UtcTime};
use latchkey_tenants::{Branding, SignUpPolicy, TenantSettings, TenantStatus};
use serde_json::Value;

use super::*;

const ISSUER: &str = "https://id.example/t/demo";

fn document() -> Value {
    document_of(TenantSettings::default())
}

fn document_of(settings: TenantSettings) -> Value {
    let tenant = Tenant {
        id: TenantId::generate(UtcTime::from_unix_seconds(1), &Rng::seeded(1)),
        slug: "demo".parse().expect("a slug"),
        name: "Demo".to_owned(),
        status: TenantStatus::Active,
        settings,
        branding: Branding::default(),
        issuer_host: None,
    };
    serde_json::to_value(describe(ISSUER, &tenant, &ResourceServers::default(), &MutualTls::default()))
        .expect("serializes")
}

fn holds(document: &Value, member: &str, value: &str) -> bool {
    document.get(member).and_then(Value::as_array).is_some_and(|list| list.iter().any(|item| item == value))
}

#[test]
fn every_required_member_is_there_and_none_is_null() {
    let document = document();
    let required = [
        "issuer",
        "authorization_endpoint",
        "token_endpoint",
        "userinfo_endpoint",
        "jwks_uri",
        "end_session_endpoint",
        "response_types_supported",
        "subject_types_supported",
        "id_token_signing_alg_values_supported",
        "claims_supported",
        "scopes_supported",
        "claims_parameter_supported",
        "request_parameter_supported",
        "request_uri_parameter_supported",
        "require_request_uri_registration",
        "authorization_response_iss_parameter_supported",
        "token_endpoint_auth_methods_supported",
        "require_pushed_authorization_requests",
    ];
    for member in required {
        assert!(document.get(member).is_some_and(|value| !value.is_null()), "{member}");
    }
    let members = document.as_object().expect("an object");
    assert!(members.values().all(|value| !value.is_null()));
    assert!(members.values().filter_map(Value::as_array).all(|list| !list.is_empty()));
}

#[test]
fn endpoints_stand_below_the_issuer() {
    let document = document();
    assert_eq!(document["issuer"], ISSUER);
    for (member, value) in document.as_object().expect("an object") {
        if member.ends_with("_endpoint") || member == "jwks_uri" {
            let value = value.as_str().expect("a URL");
            assert!(value.starts_with(&format!("{ISSUER}/oauth2/")), "{member}: {value}");
        }
    }
}

#[test]
fn what_every_relying_party_relies_on_is_offered() {
    let document = document();
    for (member, value) in [
        ("response_types_supported", "code"),
        ("response_modes_supported", "form_post"),
        ("grant_types_supported", "refresh_token"),
        ("subject_types_supported", "public"),
        ("id_token_signing_alg_values_supported", "RS256"),
        ("userinfo_signing_alg_values_supported", "RS256"),
        ("scopes_supported", "openid"),
        ("scopes_supported", "offline_access"),
        ("code_challenge_methods_supported", "S256"),
        ("token_endpoint_auth_methods_supported", "client_secret_post"),
    ] {
        assert!(holds(&document, member, value), "{member} lacks {value}");
    }
    assert!(!holds(&document, "id_token_signing_alg_values_supported", "none"));
    assert!(!holds(&document, "introspection_endpoint_auth_methods_supported", "none"));
    assert_eq!(document["require_request_uri_registration"], true);
    assert!(!holds(&document, "request_object_signing_alg_values_supported", "none"));
    assert_eq!(document.get("request_object_encryption_alg_values_supported"), None, "no keys are published");
    assert_eq!(document["authorization_response_iss_parameter_supported"], true);
}

#[test]
fn create_is_announced_only_where_people_may_make_accounts() {
    assert!(!holds(&document(), "prompt_values_supported", "create"));
    let open = document_of(TenantSettings { sign_up: SignUpPolicy::Open, ..TenantSettings::default() });
    assert!(holds(&open, "prompt_values_supported", "create"));
    assert!(holds(&open, "prompt_values_supported", "select_account"));
}

#[test]
fn registration_and_documents_are_announced_only_where_they_are_on() {
    let off = document();
    assert!(off.get("registration_endpoint").is_none() && off.get("client_id_metadata_document_supported").is_none());
    let mut settings = TenantSettings::default();
    settings.client_registration.mode = RegistrationMode::Token;
    settings.client_id_metadata_documents.mode = DocumentMode::On;
    let on = document_of(settings);
    assert_eq!(on["registration_endpoint"], format!("{ISSUER}/oauth2/register"));
    assert_eq!(on["client_id_metadata_document_supported"], true);
}
