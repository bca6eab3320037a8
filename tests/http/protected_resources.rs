//! Metadata of protected resources, RFC 9728.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use latchkey_testkit::{TestApp, both_backends};
use serde_json::json;

fn address(app: &TestApp, audience: &str) -> String {
    format!("{}/oauth2/resources/{}", app.issuer(), URL_SAFE_NO_PAD.encode(audience))
}

both_backends! {
    async fn a_registered_resource_server_has_a_document_to_point_at(app: TestApp) {
        let answer = app.get(&address(&app, "https://pay.res.test/v1")).await.ok();
        assert_eq!(answer.json, json!({
            "resource": "https://pay.res.test/v1", "authorization_servers": [app.issuer()],
            "scopes_supported": ["pay:read"], "bearer_methods_supported": ["header"], "resource_name": "Bank",
            "authorization_details_types_supported": ["payment"],
        }));
        assert_eq!(answer.header("access-control-allow-origin"), "*");
        let notes = app.get(&address(&app, "https://notes.res.test")).await.ok();
        assert_eq!(notes.json["resource_documentation"], "https://notes.res.test/docs");
    }

    async fn a_resource_that_is_none_is_not_found(app: TestApp) {
        for audience in ["https://nowhere.test", "https://notes.res.test/", ""] {
            assert_eq!(app.get(&address(&app, audience)).await.status, 404, "{audience}");
        }
        for path in ["%FF", "a.b", "aHR0cHM", "..%2Fjwks"] {
            let status = app.get(&format!("{}/oauth2/resources/{path}", app.issuer())).await.status;
            assert!((400..500).contains(&status), "{path}: {status}");
        }
    }

    async fn the_challenge_of_userinfo_leads_to_the_issuers_own_document(app: TestApp) {
        let expected = format!("{}/.well-known/oauth-protected-resource/t/acme", app.origin());
        for answer in [
            app.get(&format!("{}/oauth2/userinfo", app.issuer())).await,
            app.userinfo("nonsense").await,
        ] {
            assert_eq!(answer.status, 401);
            let challenge = answer.header("www-authenticate");
            assert!(challenge.starts_with("Bearer realm=") && challenge.ends_with(&format!("resource_metadata=\"{expected}\"")), "{challenge}");
        }
        for url in [expected, format!("{}/.well-known/oauth-protected-resource", app.issuer())] {
            let document = app.get(&url).await.ok().json;
            assert_eq!(document["resource"], app.issuer());
            assert_eq!(document["authorization_servers"], json!([app.issuer()]));
            assert_eq!(document["tls_client_certificate_bound_access_tokens"], false, "no certificates arrive here");
            assert!(document["dpop_signing_alg_values_supported"].as_array().is_some_and(|algs| !algs.is_empty()));
        }
    }

    async fn the_issuer_names_its_protected_resources(app: TestApp) {
        let metadata = app.get(&format!("{}/.well-known/oauth-authorization-server", app.issuer())).await.ok().json;
        let named = metadata["protected_resources"].as_array().expect("a list").clone();
        assert_eq!(named.first(), Some(&json!(app.issuer())));
        for audience in named.iter().skip(1).filter_map(|audience| audience.as_str()) {
            assert_eq!(app.get(&address(&app, audience)).await.ok().json["resource"], audience);
        }
        assert!(named.contains(&json!("https://notes.res.test")));
    }
}
