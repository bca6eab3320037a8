//! API keys, and resource servers that take a bare client id.

use std::time::Duration;

use latchkey_testkit::{TestApp, both_backends};
use serde_json::json;

const NOTES: &str = "https://notes.res.test";
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

both_backends! {
    async fn a_key_is_introspected_by_its_resource_server_and_by_nobody_else(app: TestApp) {
        let (id, key) = app.create_api_key(NOTES, "notes:read", Some(DAY)).await;
        let active = app.introspect("res-notes", key.expose()).await;
        assert_eq!(active, json!({
            "active": true, "iss": app.issuer(), "scope": "notes:read", "aud": [NOTES], "sub": id.as_str(),
            "token_type": "api_key", "iat": app.now(), "exp": app.now() + 86_400, "jti": id.as_str(),
        }));
        for other in ["res-bank", "res-machine", "web"] {
            assert_eq!(app.introspect(other, key.expose()).await, json!({"active": false}), "{other}");
        }
        let (_, endless) = app.create_api_key(NOTES, "notes:read", None).await;
        assert!(app.introspect("res-notes", endless.expose()).await["exp"].is_null());
    }

    async fn a_key_that_is_guessed_altered_or_expired_is_inactive(app: TestApp) {
        let (id, key) = app.create_api_key(NOTES, "notes:read", Some(DAY)).await;
        let (_, other) = app.create_api_key(NOTES, "notes:read", Some(DAY)).await;
        let secret_of_other = other.expose().rsplit('.').next().expect("a secret");
        for wrong in [format!("lkak_{id}.{secret_of_other}"), format!("lkak_{id}.{}", "A".repeat(43)), format!("lkak_{id}.")] {
            assert_eq!(app.introspect("res-notes", &wrong).await, json!({"active": false}), "{wrong}");
        }
        assert_eq!(app.introspect("res-notes", key.expose()).await["active"], true);
        app.advance(DAY);
        assert_eq!(app.introspect("res-notes", key.expose()).await, json!({"active": false}));
    }

    async fn a_revoked_key_is_inactive_at_once_and_another_tenant_neither_sees_nor_revokes_it(app: TestApp) {
        let (id, key) = app.create_api_key(NOTES, "notes:read", None).await;
        let abroad = app.post_of("globex", "machine", "introspect", &[("token", key.expose())]).await.ok();
        assert_eq!(abroad.json, json!({"active": false}));
        assert!(!app.revoke_api_key("globex", &id).await);
        assert_eq!(app.introspect("res-notes", key.expose()).await["active"], true);
        assert!(app.revoke_api_key("acme", &id).await);
        assert_eq!(app.introspect("res-notes", key.expose()).await, json!({"active": false}));
        assert!(!app.revoke_api_key("acme", &id).await);
    }

    async fn a_use_is_noted_once_a_minute(app: TestApp) {
        let (id, key) = app.create_api_key(NOTES, "notes:read", None).await;
        assert_eq!(app.api_key_last_used_at(&id).await, None);
        let _ = app.introspect("res-bank", key.expose()).await;
        assert_eq!(app.api_key_last_used_at(&id).await, None, "who may not know it does not use it");
        let first = app.now();
        let _ = app.introspect("res-notes", key.expose()).await;
        app.advance(Duration::from_secs(59));
        let _ = app.introspect("res-notes", key.expose()).await;
        assert_eq!(app.api_key_last_used_at(&id).await, Some(first));
        app.advance(Duration::from_secs(1));
        let _ = app.introspect("res-notes", key.expose()).await;
        assert_eq!(app.api_key_last_used_at(&id).await, Some(first + 60));
    }

    async fn a_key_opens_nothing_of_the_issuer(app: TestApp) {
        let (_, key) = app.create_api_key(NOTES, "notes:read", None).await;
        assert_eq!(app.userinfo(key.expose()).await.status, 401);
        let _ = app.post_as("res-notes", "revoke", &[("token", key.expose())]).await;
        assert_eq!(app.introspect("res-notes", key.expose()).await["active"], true, "a key is revoked by an admin");
    }

    async fn a_bare_client_id_is_worth_the_public_scope_of_a_server_that_takes_one(app: TestApp) {
        let ask = async |caller: &str, fields: &[(&str, &str)]| app.post_as(caller, "introspect", fields).await.ok().json;
        let hint = ("token_type_hint", "client_id");
        let active = ask("res-open", &[("token", "res-machine"), hint]).await;
        assert_eq!(active, json!({
            "active": true, "iss": app.issuer(), "client_id": "res-machine", "scope": "open:read",
            "aud": ["https://open.res.test"], "sub": "res-machine", "token_type": "client_id",
        }));
        let inactive = json!({"active": false});
        assert_eq!(ask("res-open", &[("token", "res-machine")]).await, inactive, "it must be called what it is");
        assert_eq!(ask("res-open", &[("token", "res-web"), hint]).await, inactive, "a client of other servers");
        assert_eq!(ask("res-open", &[("token", "no-such-client"), hint]).await, inactive);
        assert_eq!(ask("res-notes", &[("token", "res-machine"), hint]).await, inactive, "a server that takes none");
    }
}
