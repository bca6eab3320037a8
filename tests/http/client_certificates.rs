//! `tls_client_auth` and `self_signed_tls_client_auth`: RFC 8705 §2 and §5.

use latchkey_testkit::{Backend, Identity, Subject, TestApp, TestAuthority};
use serde_json::{Value, json};

fn client(id: &str, method: &str, members: &Value) -> Value {
    let mut client = json!({
        "client_id": id, "application_type": "service", "grant_types": ["client_credentials"],
        "token_endpoint_auth_method": method, "scope": "orders:read", "audiences": ["https://api.acme.test"],
    });
    client.as_object_mut().expect("an object").extend(members.as_object().expect("an object").clone());
    client
}

fn subject<'a>() -> Subject<'a> {
    Subject {
        dn: &[("C", "CH"), ("O", "Acme"), ("CN", "service")],
        dns: &["service.acme.test"],
        uri: &["urn:acme:service"],
        email: &["service@acme.test"],
        ..Subject::default()
    }
}

async fn status(app: &TestApp, id: &str, identity: Option<&Identity>) -> u16 {
    let fields = [("grant_type", "client_credentials"), ("client_id", id)];
    app.post_with_certificate("token", identity, &fields).await.status
}

async fn certificates_by_our_own_listener(backend: Backend) {
    let app = TestApp::builder().backend(backend).mtls().spawn().await;
    let (authority, stranger) = (TestAuthority::new("Clients"), TestAuthority::new("Clients"));
    app.set_settings(&json!({ "mtls_trust_anchors": [authority.pem()] }));
    let tls = |id: &str, member: &str, value: &str| client(id, "tls_client_auth", &json!({ member: value }));
    app.add_clients(&[
        tls("auth-dn", "tls_client_auth_subject_dn", "CN=service,O=Acme,C=CH"),
        tls("auth-dns", "tls_client_auth_san_dns", "service.acme.test"),
        tls("auth-uri", "tls_client_auth_san_uri", "urn:acme:service"),
        tls("auth-email", "tls_client_auth_san_email", "service@acme.test"),
    ]);
    let good = authority.client(&subject());
    let other =
        authority.client(&Subject { dn: &[("CN", "service")], dns: &["other.acme.test"], ..Subject::default() });
    let forged = stranger.client(&subject());
    let expired = authority.client(&Subject { expired: true, ..subject() });
    for id in ["auth-dn", "auth-dns", "auth-uri", "auth-email"] {
        assert_eq!(status(&app, id, Some(&good)).await, 200, "{id}");
        assert_eq!(status(&app, id, Some(&other)).await, 401, "{id}: another subject");
        assert_eq!(status(&app, id, Some(&forged)).await, 401, "{id}: another authority");
        assert_eq!(status(&app, id, Some(&expired)).await, 401, "{id}: expired");
        assert_eq!(status(&app, id, Some(&Identity::self_signed(&subject()))).await, 401, "{id}: self-signed");
        assert_eq!(status(&app, id, None).await, 401, "{id}: none");
        let plain = app.token_raw(None, &format!("grant_type=client_credentials&client_id={id}")).await;
        assert_eq!(plain.status, 401, "{id}: on the public listener");
    }
}

async fn a_self_signed_certificate_counts_by_its_key(backend: Backend) {
    use base64::Engine;
    use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
    let app = TestApp::builder().backend(backend).mtls().spawn().await;
    let (registered, other) = (Identity::self_signed(&subject()), Identity::self_signed(&subject()));
    let point = registered.certificate.public_key().expect("a key").public_key_to_der().expect("DER");
    let (x, y) = point[point.len() - 64..].split_at(32);
    let [x, y] = [x, y].map(|number| URL_SAFE_NO_PAD.encode(number));
    let jwk = json!({ "kty": "EC", "crv": "P-256", "x": x, "y": y, "x5c": [STANDARD.encode(registered.der())] });
    app.add_clients(&[client("auth-self", "self_signed_tls_client_auth", &json!({ "jwks": { "keys": [jwk] } }))]);
    assert_eq!(status(&app, "auth-self", Some(&registered)).await, 200);
    assert_eq!(status(&app, "auth-self", Some(&other)).await, 401);
    assert_eq!(status(&app, "auth-self", None).await, 401);
}

async fn discovery_names_the_aliases_and_the_issuer_stays(backend: Backend) {
    let app = TestApp::builder().backend(backend).mtls().spawn().await;
    let document = app.get(&format!("{}/.well-known/openid-configuration", app.issuer())).await.ok().json;
    let token_endpoint = format!("{}/t/acme/oauth2/token", app.mtls_origin());
    assert_eq!(document["mtls_endpoint_aliases"]["token_endpoint"], token_endpoint);
    assert_eq!(document["issuer"], app.issuer());
    assert_eq!(document["tls_client_certificate_bound_access_tokens"], true);
    let methods = document["token_endpoint_auth_methods_supported"].as_array().expect("methods");
    assert!(methods.contains(&json!("tls_client_auth")) && methods.contains(&json!("self_signed_tls_client_auth")));

    let plain = TestApp::spawn(backend).await;
    let document = plain.get(&format!("{}/.well-known/openid-configuration", plain.issuer())).await.ok().json;
    assert_eq!(document["mtls_endpoint_aliases"], Value::Null);
    let methods = document["token_endpoint_auth_methods_supported"].as_array().expect("methods");
    assert!(methods.contains(&json!("private_key_jwt")) && !methods.contains(&json!("tls_client_auth")));
}

async fn a_header_counts_from_a_trusted_proxy_only(backend: Backend) {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    let authority = TestAuthority::new("Clients");
    let header = format!(":{}:", STANDARD.encode(authority.client(&subject()).der()));
    for (proxies, expected) in [("127.0.0.1", 200), ("10.0.0.1", 401)] {
        let app = TestApp::builder()
            .backend(backend)
            .setting("LATCHKEY_TRUSTED_PROXIES", proxies)
            .setting("LATCHKEY_CLIENT_CERTIFICATE_HEADER", "Client-Cert")
            .spawn()
            .await;
        app.set_settings(&json!({ "mtls_trust_anchors": [authority.pem()] }));
        app.add_clients(&[client(
            "auth-dns",
            "tls_client_auth",
            &json!({ "tls_client_auth_san_dns": "service.acme.test" }),
        )]);
        let http = reqwest::Client::builder().no_proxy().build().expect("a client");
        let url = format!("{}/oauth2/token", app.issuer());
        let request = || http.post(&url).form(&[("grant_type", "client_credentials"), ("client_id", "auth-dns")]);
        let send = async |request: reqwest::RequestBuilder| request.send().await.expect("an answer").status().as_u16();
        assert_eq!(send(request().header("client-cert", &header)).await, expected, "{proxies}");
        assert_eq!(send(request()).await, 401);
        let twice = request().header("client-cert", &header).header("client-cert", &header);
        assert_eq!(send(twice).await, 401);
    }
}

macro_rules! on_both {
    ($($name:ident => $body:ident),+ $(,)?) => {
        mod embedded { $(#[actix_web::test] async fn $name() { super::$body(latchkey_testkit::Backend::Embedded).await; })+ }
        mod production { $(#[actix_web::test] async fn $name() { super::$body(latchkey_testkit::Backend::Production).await; })+ }
    };
}

on_both!(
    a_certificate_of_a_known_authority_authenticates_its_subject => certificates_by_our_own_listener,
    a_self_signed_certificate_is_known_by_its_key => a_self_signed_certificate_counts_by_its_key,
    discovery_names_the_aliases => discovery_names_the_aliases_and_the_issuer_stays,
    the_header_of_a_trusted_proxy_counts => a_header_counts_from_a_trusted_proxy_only,
);
