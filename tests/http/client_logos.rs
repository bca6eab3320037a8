//! The logos of clients: asked for by us, so that a page sends its reader nowhere else.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use latchkey_testkit::{HttpsStub, JsonAnswer, StubAnswer, TestApp, both_backends};
use serde_json::json;

/// Where the logo of a client is, below the issuer.
pub(crate) fn path(client_id: &str) -> String {
    format!("/oauth2/client-logos/{}", URL_SAFE_NO_PAD.encode(client_id))
}

fn add(app: &TestApp, stub: &HttpsStub) {
    app.add_clients(&[json!({
        "client_id": "with-logo", "token_endpoint_auth_method": "none", "redirect_uris": ["http://127.0.0.1/callback"],
        "logo_uri": stub.url("/logo"),
    })]);
}

async fn logo(app: &TestApp, client_id: &str) -> JsonAnswer {
    app.get(&format!("{}{}", app.issuer(), path(client_id))).await
}

both_backends! {
    async fn a_logo_is_fetched_once_an_hour_and_opened_by_itself_it_can_do_nothing(app: TestApp) {
        let stub = HttpsStub::start();
        app.set_settings(&json!({ "outgoing": stub.outgoing() }));
        add(&app, &stub);
        stub.answer("/logo", StubAnswer::document("image/svg+xml; charset=utf-8", "<svg onload=\"alert(1)\"/>"));
        for _ in 0..3 {
            let answer = logo(&app, "with-logo").await.ok();
            assert_eq!((answer.header("content-type"), answer.header("x-content-type-options")), ("image/svg+xml", "nosniff"));
            let policy = answer.header("content-security-policy");
            assert!(policy.contains("default-src 'none'") && policy.contains("sandbox") && !policy.contains("script-src"), "{policy}");
            assert!(answer.headers.get("set-cookie").is_none());
        }
        assert_eq!(stub.requests_to("/logo").len(), 1);
        assert!(!stub.requests()[0].headers.contains_key("cookie") && !stub.requests()[0].headers.contains_key("referer"));

        stub.answer("/logo", StubAnswer::document("image/webp", "other"));
        app.advance(Duration::from_secs(3600));
        assert_eq!(logo(&app, "with-logo").await.ok().text, "other");
        stub.answer("/logo", StubAnswer::status(500));
        app.advance(Duration::from_secs(3600));
        assert_eq!(logo(&app, "with-logo").await.ok().text, "other", "a host that is away has not taken it back");
        stub.answer("/logo", StubAnswer::status(410));
        app.advance(Duration::from_secs(3600));
        assert_eq!(logo(&app, "with-logo").await.status, 404);
    }

    async fn what_is_no_small_image_is_not_found_and_asked_for_once_a_minute(app: TestApp) {
        let stub = HttpsStub::start();
        app.set_settings(&json!({ "outgoing": stub.outgoing() }));
        add(&app, &stub);
        let elsewhere = StubAnswer::status(302).header("location", &stub.url("/elsewhere"));
        let bad = [
            StubAnswer::document("text/html", "<script>alert(1)</script>"),
            StubAnswer::document("image/svg+xml+x", "x"),
            StubAnswer::document("image/png", vec![b'x'; 65 * 1024]),
            elsewhere,
            StubAnswer::status(404),
        ];
        for (number, answer) in bad.into_iter().enumerate() {
            stub.answer("/logo", answer);
            for _ in 0..2 {
                assert_eq!(logo(&app, "with-logo").await.status, 404, "{number}");
            }
            assert_eq!(stub.requests_to("/logo").len(), number + 1);
            app.advance(Duration::from_secs(60));
        }
        assert!(stub.requests_to("/elsewhere").is_empty());
        stub.answer("/logo", StubAnswer::document("image/png", "picture"));
        assert_eq!(logo(&app, "with-logo").await.ok().text, "picture");
    }

    async fn a_client_that_is_unknown_or_has_none_makes_us_ask_nobody(app: TestApp) {
        let stub = HttpsStub::start();
        stub.answer("/logo", StubAnswer::document("image/png", "picture"));
        app.set_settings(&json!({ "client_id_metadata_documents": { "mode": "on" }, "outgoing": stub.outgoing() }));
        for client_id in ["nobody", "web", "", &stub.url("/client.json")] {
            assert_eq!(logo(&app, client_id).await.status, 404, "{client_id}");
        }
        for rubbish in ["a.b", "..%2Fjwks", "_w"] {
            assert_eq!(app.get(&format!("{}/oauth2/client-logos/{rubbish}", app.issuer())).await.status, 404, "{rubbish}");
        }
        assert!(stub.requests().is_empty());
    }

    async fn a_logo_inside_is_asked_for_only_as_the_policy_of_the_tenant_allows(app: TestApp) {
        let stub = HttpsStub::start();
        stub.answer("/logo", StubAnswer::document("image/png", "picture"));
        add(&app, &stub);
        assert_eq!(logo(&app, "with-logo").await.status, 404);
        assert!(stub.requests().is_empty());
    }
}
