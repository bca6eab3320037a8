//! Where an address is: in events, in mails and in the account console.

use std::time::Duration;

use latchkey_testkit::{Backend, TestApp, two_places};
use serde_json::json;

use crate::console::{open, signed_in};

async fn a_place_stands_wherever_an_address_does(backend: Backend) {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("places.mmdb");
    std::fs::write(&path, two_places()).expect("a file");
    let text = path.to_str().expect("a path");
    let app = TestApp::builder().backend(backend).setting("LATCHKEY_GEOIP_DATABASE", text).spawn().await;
    let _ = signed_in(&app, "alice").await;
    app.advance(Duration::from_secs(1));
    let browser = signed_in(&app, "alice").await;

    let started = app.last_event("session.started").await;
    assert_eq!(started.details.find("place"), Some(&json!({ "country": "PT", "city": "Lisbon" })));
    assert_eq!(started.details.find("risk"), Some(&json!({ "score": 30, "reasons": ["new_device"] })));
    let mail = app.nth_mail_that("alice@acme.test", 1, |mail| mail.text.contains("127.0.0.1")).await;
    assert!(mail.text.contains("Lisbon, Portugal"), "{}", mail.text);
    for page in ["/account/sessions", "/account/activity"] {
        let shown = open(&app, &browser, page).await;
        assert!(shown.html.contains("Lisbon, Portugal"), "{page}: {}", shown.html);
    }
}

#[actix_web::test]
async fn a_place_stands_wherever_an_address_does_embedded() {
    a_place_stands_wherever_an_address_does(Backend::Embedded).await;
}

#[actix_web::test]
async fn a_place_stands_wherever_an_address_does_production() {
    a_place_stands_wherever_an_address_does(Backend::Production).await;
}
