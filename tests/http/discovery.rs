//! Metadata and keys: OpenID Connect Discovery 1.0, RFC 8414, RFC 7517.

use std::collections::BTreeSet;

use latchkey_testkit::{TestApp, both_backends};
use serde_json::Value;

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
