//! Metadata and keys: OpenID Connect Discovery 1.0, RFC 8414, RFC 7517.

use std::collections::BTreeSet;

use std::time::Duration;

use latchkey_protocol::SigningAlgorithm;
use latchkey_testkit::{TestApp, both_backends};
use serde_json::{Value, json};

use crate::promises::{header_of, metadata};

/// What a member holds.
#[derive(Clone, Copy)]
enum Kind {
    Endpoint,
    Flag,
    Texts,
}

/// Every member that may stand in the document of a tenant that has everything on, as the IANA registry and the
/// specifications name it.
const MEMBERS: [(&str, Kind); 67] = [
    ("authorization_endpoint", Kind::Endpoint),
    ("token_endpoint", Kind::Endpoint),
    ("userinfo_endpoint", Kind::Endpoint),
    ("jwks_uri", Kind::Endpoint),
    ("registration_endpoint", Kind::Endpoint),
    ("introspection_endpoint", Kind::Endpoint),
    ("revocation_endpoint", Kind::Endpoint),
    ("pushed_authorization_request_endpoint", Kind::Endpoint),
    ("authorization_challenge_endpoint", Kind::Endpoint),
    ("device_authorization_endpoint", Kind::Endpoint),
    ("backchannel_authentication_endpoint", Kind::Endpoint),
    ("end_session_endpoint", Kind::Endpoint),
    ("global_token_revocation_endpoint", Kind::Endpoint),
    ("global_token_revocation_endpoint_auth_methods_supported", Kind::Texts),
    ("native_sso_supported", Kind::Flag),
    ("check_session_iframe", Kind::Endpoint),
    ("scopes_supported", Kind::Texts),
    ("response_types_supported", Kind::Texts),
    ("response_modes_supported", Kind::Texts),
    ("grant_types_supported", Kind::Texts),
    ("subject_types_supported", Kind::Texts),
    ("id_token_signing_alg_values_supported", Kind::Texts),
    ("id_token_encryption_alg_values_supported", Kind::Texts),
    ("id_token_encryption_enc_values_supported", Kind::Texts),
    ("userinfo_signing_alg_values_supported", Kind::Texts),
    ("userinfo_encryption_alg_values_supported", Kind::Texts),
    ("userinfo_encryption_enc_values_supported", Kind::Texts),
    ("introspection_signing_alg_values_supported", Kind::Texts),
    ("introspection_encryption_alg_values_supported", Kind::Texts),
    ("introspection_encryption_enc_values_supported", Kind::Texts),
    ("request_object_signing_alg_values_supported", Kind::Texts),
    ("request_object_encryption_alg_values_supported", Kind::Texts),
    ("request_object_encryption_enc_values_supported", Kind::Texts),
    ("authorization_signing_alg_values_supported", Kind::Texts),
    ("authorization_encryption_alg_values_supported", Kind::Texts),
    ("authorization_encryption_enc_values_supported", Kind::Texts),
    ("token_endpoint_auth_methods_supported", Kind::Texts),
    ("token_endpoint_auth_signing_alg_values_supported", Kind::Texts),
    ("revocation_endpoint_auth_methods_supported", Kind::Texts),
    ("revocation_endpoint_auth_signing_alg_values_supported", Kind::Texts),
    ("introspection_endpoint_auth_methods_supported", Kind::Texts),
    ("introspection_endpoint_auth_signing_alg_values_supported", Kind::Texts),
    ("backchannel_token_delivery_modes_supported", Kind::Texts),
    ("backchannel_authentication_request_signing_alg_values_supported", Kind::Texts),
    ("dpop_signing_alg_values_supported", Kind::Texts),
    ("code_challenge_methods_supported", Kind::Texts),
    ("display_values_supported", Kind::Texts),
    ("prompt_values_supported", Kind::Texts),
    ("claim_types_supported", Kind::Texts),
    ("claims_supported", Kind::Texts),
    ("acr_values_supported", Kind::Texts),
    ("ui_locales_supported", Kind::Texts),
    ("authorization_details_types_supported", Kind::Texts),
    ("protected_resources", Kind::Texts),
    ("claims_parameter_supported", Kind::Flag),
    ("request_parameter_supported", Kind::Flag),
    ("request_uri_parameter_supported", Kind::Flag),
    ("require_request_uri_registration", Kind::Flag),
    ("authorization_response_iss_parameter_supported", Kind::Flag),
    ("require_pushed_authorization_requests", Kind::Flag),
    ("tls_client_certificate_bound_access_tokens", Kind::Flag),
    ("client_id_metadata_document_supported", Kind::Flag),
    ("frontchannel_logout_supported", Kind::Flag),
    ("frontchannel_logout_session_supported", Kind::Flag),
    ("backchannel_logout_supported", Kind::Flag),
    ("backchannel_logout_session_supported", Kind::Flag),
    ("backchannel_user_code_parameter_supported", Kind::Flag),
];

/// Routes below the issuer that are found in another way than by the metadata.
const FOUND_ELSEWHERE: [&str; 6] = [
    // In the answer that leads there.
    "/oauth2/authorize/continue",
    "/oauth2/logout/continue",
    "/oauth2/register/{client_id}",
    // In the consent page.
    "/oauth2/client-logos/{client}",
    // In a challenge, or from the resource.
    "/oauth2/resources/{resource}",
    "/.well-known/",
];

fn everything_on(app: &TestApp) {
    app.set_settings(&json!({
        "client_registration": { "mode": "open" },
        "client_id_metadata_documents": { "mode": "on" },
        "request_object_encryption": true,
    }));
}

async fn kids(app: &TestApp) -> BTreeSet<String> {
    let keys = app.get(&format!("{}/oauth2/jwks", app.issuer())).await.ok().json;
    keys["keys"].as_array().expect("keys").iter().map(|key| key["kid"].as_str().expect("a kid").to_owned()).collect()
}

both_backends! {
    async fn both_documents_are_served_at_both_places(app: TestApp) {
        let issuer = app.issuer();
        let root = app.origin();
        for url in [
            format!("{issuer}/.well-known/openid-configuration"),
            format!("{issuer}/.well-known/oauth-authorization-server"),
            format!("{root}/.well-known/openid-configuration/t/acme"),
            format!("{root}/.well-known/oauth-authorization-server/t/acme"),
        ] {
            let answer = app.get(&url).await.ok();
            assert_eq!(answer.json["issuer"], issuer, "{url}");
            assert!(answer.header("content-type").starts_with("application/json"));
            assert_eq!(answer.header("access-control-allow-origin"), "*");
        }
    }

    async fn the_metadata_says_what_the_server_does(app: TestApp) {
        let json = app.get(&format!("{}/.well-known/openid-configuration", app.issuer())).await.ok().json;
        let contains = |member: &str, value: &str| json[member].as_array().is_some_and(|list| list.contains(&value.into()));
        for (member, value) in [
            ("response_types_supported", "code"),
            ("subject_types_supported", "public"),
            ("id_token_signing_alg_values_supported", "RS256"),
            ("grant_types_supported", "refresh_token"),
            ("code_challenge_methods_supported", "S256"),
            ("response_modes_supported", "form_post"),
            ("scopes_supported", "openid"),
            ("scopes_supported", "orders:read"),
            ("token_endpoint_auth_methods_supported", "client_secret_basic"),
            ("prompt_values_supported", "none"),
        ] {
            assert!(contains(member, value), "{member} lacks {value}: {}", json[member]);
        }
        for (member, value) in [
            ("authorization_response_iss_parameter_supported", true),
            ("claims_parameter_supported", true),
            ("request_parameter_supported", true),
            ("request_uri_parameter_supported", true),
        ] {
            assert_eq!(json[member], value, "{member}");
        }
        for (member, value) in json.as_object().expect("an object") {
            assert!(!value.is_null(), "{member} is null");
            if member.ends_with("_endpoint") || member == "jwks_uri" {
                assert!(value.as_str().is_some_and(|url| url.starts_with(&app.issuer())), "{member}: {value}");
            }
        }
    }

    async fn every_member_is_a_known_one_of_its_type_and_no_list_repeats(app: TestApp) {
        everything_on(&app);
        let document = metadata(&app).await;
        let mut members = document.as_object().expect("an object").clone();
        assert_eq!(members.remove("issuer"), Some(json!(app.issuer())));
        for (name, kind) in MEMBERS {
            let value = members.remove(name).unwrap_or_else(|| panic!("{name} is missing"));
            match kind {
                Kind::Endpoint => {
                    let below = format!("{}/oauth2/", app.issuer());
                    assert!(value.as_str().is_some_and(|url| url.starts_with(&below)), "{name}: {value}");
                }
                Kind::Flag => assert!(value.is_boolean(), "{name}: {value}"),
                Kind::Texts => {
                    let list = value.as_array().unwrap_or_else(|| panic!("{name}: {value}"));
                    let texts: BTreeSet<&str> = list.iter().filter_map(Value::as_str).filter(|text| !text.is_empty()).collect();
                    assert!(!list.is_empty() && texts.len() == list.len(), "{name}: {value}");
                }
            }
        }
        assert!(members.is_empty(), "not in the table: {members:?}");
    }

    async fn every_list_is_written_as_its_specification_says(app: TestApp) {
        let document = metadata(&app).await;
        let texts = |member: &str| -> BTreeSet<String> {
            document[member].as_array().expect("a list").iter().map(|text| text.as_str().expect("text").to_owned()).collect()
        };
        // RFC 6749 appendix A.4.
        let is_scope = |scope: &String| scope.bytes().all(|b| matches!(b, 0x21 | 0x23..=0x5b | 0x5d..=0x7e));
        assert!(texts("scopes_supported").iter().all(is_scope), "{:?}", texts("scopes_supported"));
        // BCP 47 in its canonical case.
        let languages = ["ar", "de", "en", "es", "fr", "ja"].map(str::to_owned);
        assert_eq!(texts("ui_locales_supported"), BTreeSet::from(languages));
        assert_eq!(texts("code_challenge_methods_supported"), BTreeSet::from(["S256".to_owned()]));
        assert_eq!(texts("subject_types_supported"), ["public", "pairwise"].map(str::to_owned).into());
        let claims = texts("claims_supported");
        let tokens = app.tokens("web", "alice", "openid profile email address phone").await;
        let userinfo = app.userinfo(&tokens.string("access_token")).await.ok().json;
        let id_token = app.verify_jwt(&tokens.string("id_token")).await;
        for claim in userinfo.as_object().expect("claims").keys().chain(id_token.as_object().expect("claims").keys()) {
            assert!(claims.contains(claim), "{claim}");
        }
    }

    async fn what_the_metadata_names_is_routed_and_what_is_routed_it_names(app: TestApp) {
        everything_on(&app);
        let document = metadata(&app).await;
        let named: BTreeSet<String> = MEMBERS
            .iter()
            .filter(|(_, kind)| matches!(kind, Kind::Endpoint))
            .map(|(name, _)| document[*name].as_str().expect("a URL").replacen(&app.issuer(), "", 1))
            .collect();
        let routes = app.routes();
        for path in &named {
            assert!(routes.iter().any(|route| route.ends_with(&format!(" {path}"))), "{path} is not in the table of routes");
            let answers = [app.get(&format!("{}{path}", app.issuer())).await, app.post_form(&format!("{}{path}", app.issuer()), &[]).await];
            assert!(answers.iter().all(|answer| answer.status < 500 && answer.status != 404), "{path}");
            assert!(answers.iter().any(|answer| answer.status != 405), "{path}");
        }
        for path in routes.iter().map(|route| route.split(' ').nth(1).expect("a path")) {
            let is_page = !path.starts_with("/oauth2/") && !path.starts_with("/.well-known/");
            let is_known = FOUND_ELSEWHERE.iter().any(|known| path.starts_with(known));
            assert!(is_page || is_known || named.contains(path), "nobody finds {path}");
        }
    }

    async fn under_an_https_issuer_everything_is_https_and_stands_below_it(app: TestApp) {
        app.add_domain("acme", "login.acme.test").await;
        let mut wire = app.wire().await;
        let request = "GET /.well-known/openid-configuration HTTP/1.1\r\nHost: login.acme.test\r\nConnection: close\r\n\r\n";
        wire.send(request.as_bytes()).await;
        let answer = wire.read_to_end(Duration::from_secs(10)).await;
        let (_, body) = answer.split_once("\r\n\r\n").expect("a body");
        let body = &body[body.find('{').expect("JSON")..=body.rfind('}').expect("JSON")];
        let document: Value = serde_json::from_str(body).expect("JSON");
        assert_eq!(document["issuer"], "https://login.acme.test");
        for (name, _) in MEMBERS.iter().filter(|(name, kind)| matches!(kind, Kind::Endpoint) && *name != "registration_endpoint") {
            let url = document[*name].as_str().unwrap_or_else(|| panic!("{name}"));
            assert!(url.starts_with("https://login.acme.test/oauth2/"), "{name}: {url}");
        }
    }

    async fn where_no_certificates_arrive_none_are_promised(app: TestApp) {
        let document = metadata(&app).await;
        assert_eq!(document["tls_client_certificate_bound_access_tokens"], false);
        assert_eq!(document["mtls_endpoint_aliases"], Value::Null);
        let methods = document["token_endpoint_auth_methods_supported"].to_string();
        assert!(!methods.contains("tls_client_auth"), "{methods}");
        let resource = app.get(&format!("{}/.well-known/oauth-protected-resource/t/acme", app.origin())).await.ok();
        assert_eq!(resource.json["tls_client_certificate_bound_access_tokens"], false);
        // A client that is registered for bound tokens is refused here: it gets no unbound ones instead.
        app.add_clients(&[json!({
            "client_id": "bound-nowhere", "application_type": "service", "grant_types": ["client_credentials"],
            "secret": "bound-secret-0123456789-0123456789-0123456789", "scope": "orders:read",
            "audiences": ["https://api.acme.test"], "tls_client_certificate_bound_access_tokens": true,
        })]);
        let secret = Some(("bound-nowhere", "bound-secret-0123456789-0123456789-0123456789"));
        let answer = app.token_raw(secret, "grant_type=client_credentials").await;
        assert_eq!((answer.status, &answer.json["access_token"]), (400, &Value::Null), "{}", answer.text);
    }

    async fn a_rotation_publishes_the_new_key_beside_the_old_one_which_goes_on_verifying(app: TestApp) {
        let before = app.tokens("web", "alice", "openid").await.string("id_token");
        let old = kids(&app).await;
        let (tenant, keys) = (app.tenant_id("acme").await, app.services().tokens.keys());
        let _ = keys.rotate(&tenant, Some(SigningAlgorithm::Rs256)).await.expect("announced");
        let both = kids(&app).await;
        assert!(both.is_superset(&old) && both.len() == old.len() + 1, "{both:?}");
        let during = app.tokens("web", "alice", "openid").await.string("id_token");
        assert_eq!(header_of(&during)["kid"], header_of(&before)["kid"], "announced, it does not sign yet");

        let _ = keys.rotate_now(&tenant, Some(SigningAlgorithm::Rs256)).await.expect("rotated");
        assert!(kids(&app).await.is_superset(&old));
        let after = app.tokens("web", "alice", "openid").await.string("id_token");
        assert_ne!(header_of(&after)["kid"], header_of(&before)["kid"]);
        assert!(kids(&app).await.contains(header_of(&after)["kid"].as_str().expect("a kid")));
        let (old, new) = (app.verify_jwt(&before).await, app.verify_jwt(&after).await);
        assert_eq!(old["sub"], new["sub"]);
        let foreign = app.get(&format!("{}/oauth2/jwks", app.issuer_of("globex"))).await.ok().text;
        assert!(!foreign.contains(header_of(&after)["kid"].as_str().expect("a kid")));
    }

    async fn the_key_set_holds_public_members_only(app: TestApp) {
        let answer = app.get(&format!("{}/oauth2/jwks", app.issuer())).await.ok();
        assert!(answer.header("cache-control").contains("max-age"));
        let keys = answer.json["keys"].as_array().expect("keys").clone();
        let kids: BTreeSet<&str> = keys.iter().filter_map(|key| key["kid"].as_str()).collect();
        assert_eq!(kids.len(), keys.len(), "every key has its own kid");
        for key in &keys {
            for private in ["d", "p", "q", "dp", "dq", "qi", "k"] {
                assert_eq!(key[private], Value::Null, "{private}");
            }
            assert_eq!(key["use"], "sig");
        }
        for algorithm in ["RS256", "ES256"] {
            assert!(keys.iter().any(|key| key["alg"] == algorithm), "{algorithm}");
        }
    }

    async fn two_tenants_never_share_a_key(app: TestApp) {
        let kids = |answer: latchkey_testkit::JsonAnswer| -> BTreeSet<String> {
            answer.json["keys"].as_array().expect("keys").iter().map(|key| key["kid"].to_string()).collect()
        };
        let acme = kids(app.get(&format!("{}/oauth2/jwks", app.issuer())).await.ok());
        let globex = kids(app.get(&format!("{}/oauth2/jwks", app.issuer_of("globex"))).await.ok());
        assert!(acme.is_disjoint(&globex));
    }
}
