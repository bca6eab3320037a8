//! Registrations of clients, RFC 7591 and RFC 7592.

use latchkey_testkit::TestApp;

fn take_registrations(app: &TestApp) {
    for (slug, name) in [("acme", "Acme Corporation"), ("globex", "Globex")] {
        let settings = serde_json::json!({ "client_registration": { "mode": "token" } });
        let tenant = serde_json::json!({ "slug": slug, "name": name, "settings": settings });
        app.apply(&serde_json::json!({ "version": 1, "tenants": [tenant] }).to_string());
    }
}

pub(super) async fn an_initial_access_token_is_unknown(app: &TestApp) -> bool {
    take_registrations(app);
    let token = app.registration_token("acme", Some(1)).await;
    let metadata = serde_json::json!({ "redirect_uris": ["https://app.example/cb"] });
    let refused = app.register("globex", Some(&token), &metadata).await;
    let at_home = app.register("acme", Some(&token), &metadata).await;
    refused.status == 401 && refused.error() == "invalid_token" && at_home.status == 201
}

pub(super) async fn a_registration_is_unknown(app: &TestApp, method: &str) -> bool {
    take_registrations(app);
    let token = app.registration_token("acme", Some(1)).await;
    let metadata = serde_json::json!({ "redirect_uris": ["https://app.example/cb"] });
    let client = app.register("acme", Some(&token), &metadata).await;
    let token = client.string("registration_access_token");
    let foreign = format!("{}/oauth2/register/{}", app.issuer_of("globex"), client.string("client_id"));
    let refused = app.send_json((method, &foreign), Some(&token), &client.json).await;
    let unharmed = app.get_with_token(&client.string("registration_client_uri"), &token).await;
    refused.status == 401 && unharmed.status == 200 && unharmed.json["redirect_uris"] == client.json["redirect_uris"]
}
