//! Client authentication at the token endpoint: RFC 6749 §2.3 and §5.2.

use latchkey_testkit::{TestApp, both_backends};

const GRANT: &str = "grant_type=client_credentials";
const MACHINE_SECRET: &str = "machine-secret-0123456789-0123456789-0123456789";

both_backends! {
    async fn a_wrong_secret_and_an_unknown_client_get_the_same_answer(app: TestApp) {
        let wrong = app.token_raw(Some(("machine", "wrong")), GRANT).await;
        let unknown = app.token_raw(Some(("nobody", "wrong")), GRANT).await;
        wrong.expect_error(401, "invalid_client");
        unknown.expect_error(401, "invalid_client");
        assert_eq!(wrong.text, unknown.text);
        assert!(wrong.header("www-authenticate").starts_with("Basic"));
        assert_eq!(wrong.header("cache-control"), "no-store");
    }

    async fn the_secret_is_accepted_in_the_header_and_in_the_body_but_not_in_both(app: TestApp) {
        let body = format!("{GRANT}&client_id=machine&client_secret={MACHINE_SECRET}");
        let _ = app.token_raw(None, &body).await.ok();
        let _ = app.token_raw(Some(("machine", MACHINE_SECRET)), GRANT).await.ok();
        app.token_raw(Some(("machine", MACHINE_SECRET)), &body).await.expect_error(400, "invalid_request");
    }

    async fn a_body_that_names_another_client_is_refused(app: TestApp) {
        let body = format!("{GRANT}&client_id=web");
        let answer = app.token_raw(Some(("machine", MACHINE_SECRET)), &body).await;
        assert!(answer.status == 400 || answer.status == 401, "{}", answer.text);
    }

    async fn no_authentication_at_all_is_invalid_client(app: TestApp) {
        for body in [GRANT.to_owned(), format!("{GRANT}&client_id=machine"), format!("{GRANT}&client_id=machine&client_secret=")] {
            let answer = app.token_raw(None, &body).await;
            assert_eq!(answer.error(), "invalid_client", "{body}: {}", answer.text);
        }
    }

    async fn id_and_secret_are_form_encoded_in_the_header(app: TestApp) {
        let answer = app.token_raw(Some(("m%61chine", "machine-secret-0123456789-0123456789%2D0123456789")), GRANT).await;
        let _ = answer.ok();
    }

    async fn an_unknown_grant_type_is_named_so(app: TestApp) {
        let secret = Some(("machine", MACHINE_SECRET));
        app.token_raw(secret, "grant_type=urn:example:unknown").await.expect_error(400, "unsupported_grant_type");
        app.token_raw(secret, "scope=orders:read").await.expect_error(400, "invalid_request");
        app.token_raw(secret, "grant_type=client_credentials&scope=a&scope=b").await.expect_error(400, "invalid_request");
    }
}
