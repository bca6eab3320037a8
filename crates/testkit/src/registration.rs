//! Clients that register themselves.

use std::time::Duration;

use latchkey_core::{Rng, TokenHash};
use latchkey_tenants::{InitialAccessToken, registration_store};
use serde_json::Value;

use crate::app::TestApp;
use crate::response::JsonAnswer;

impl TestApp {
    /// An initial access token of a tenant, for so many registrations within an hour.
    pub async fn registration_token(&self, tenant: &str, uses: Option<i32>) -> String {
        let (secret, now) = (Rng::system().token(), self.services().clock.now());
        let token = InitialAccessToken {
            tenant_id: self.tenant_id(tenant).await,
            token_hash: TokenHash::of(secret.expose()),
            name: secret.expose().chars().take(8).collect(),
            uses_left: uses,
            created_at: now,
            expires_at: Some(now.plus(Duration::from_secs(3600))),
        };
        let inserted = self
            .services()
            .db
            .write(move |conn| registration_store::insert_initial_access_token(conn, &token).map(|_| ()));
        inserted.await.expect("the database answers");
        secret.expose().clone()
    }

    /// Registers a client at a tenant, with an initial access token or without.
    pub async fn register(&self, tenant: &str, token: Option<&str>, metadata: &Value) -> JsonAnswer {
        let url = format!("{}/oauth2/register", self.issuer_of(tenant));
        self.send_json(("POST", &url), token, metadata).await
    }
}
