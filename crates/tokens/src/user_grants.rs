//! What a user granted, client by client, and its end by the user's own wish.

use std::collections::BTreeMap;
use std::time::Duration;

use diesel::QueryResult;
use latchkey_cache::{CacheKey, Kind};
use latchkey_core::{ClientId, TenantId, UserId, UtcTime};
use latchkey_protocol::Scope;
use latchkey_storage::DbConnection;

use crate::{Tokens, TokensError, grant_store};

/// Longer than any authorization code lives, and than what was approved elsewhere waits to be fetched.
const CODES: Duration = Duration::from_secs(60 * 60);

/// What a client may do for a user at present.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GrantedClient {
    /// The client.
    pub client_id: ClientId,
    /// Everything that its live grants allow.
    pub scope: Scope,
    /// When the first of these was given.
    pub since: UtcTime,
    /// When a token was last fetched by one of them.
    pub last_used_at: UtcTime,
    /// Whether one of them outlives the session that it was given in.
    pub offline: bool,
}

impl Tokens {
    /// The clients that hold a live grant of the user, by id.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn clients_of_user(&self, tenant: &TenantId, user: &UserId) -> Result<Vec<GrantedClient>, TokensError> {
        let (tenant, user, now) = (tenant.clone(), user.clone(), self.clock.now());
        Ok(self.db.read(move |conn| list_clients(conn, &tenant, &user, now)).await?)
    }

    /// Revokes everything that the user granted the client; returns how many grants. A code that the client has not
    /// redeemed yet buys nothing either, nor does a request that was approved on another page.
    ///
    /// # Errors
    /// When the stores fail; the grants may be revoked then, and it is to be called again.
    pub async fn revoke_grants_of_client(
        &self,
        tenant: &TenantId,
        user: &UserId,
        client: &ClientId,
    ) -> Result<usize, TokensError> {
        let now = self.clock.now();
        // Before the grants: one that is stored behind them finds the mark.
        self.cache.put(&revoked_key(tenant, user, client), &now, CODES).await?;
        let (tenant, user, client) = (tenant.clone(), user.clone(), client.clone());
        let work = self.db.write(move |conn| grant_store::revoke_grants_of_client(conn, &tenant, &user, &client, now));
        Ok(work.await?)
    }

    /// Whether the user took from the client what it had, at that time or later.
    pub(crate) async fn was_revoked_since(
        &self,
        tenant: &TenantId,
        (user, client): (&UserId, &ClientId),
        since: UtcTime,
    ) -> Result<bool, TokensError> {
        let revoked_at: Option<UtcTime> = self.cache.find(&revoked_key(tenant, user, client)).await?;
        Ok(revoked_at.is_some_and(|revoked_at| revoked_at >= since))
    }
}

fn revoked_key(tenant: &TenantId, user: &UserId, client: &ClientId) -> CacheKey {
    // An id of a user holds no line break, so that no two pairs have one key.
    CacheKey::new(tenant, Kind::RevokedClient, &format!("{user}\n{client}"))
}

fn list_clients(
    conn: &mut DbConnection,
    tenant: &TenantId,
    user: &UserId,
    now: UtcTime,
) -> QueryResult<Vec<GrantedClient>> {
    let mut clients: BTreeMap<ClientId, GrantedClient> = BTreeMap::new();
    for row in grant_store::list_live_grants(conn, tenant, user, now)? {
        let scope = Scope::parse(&row.scope).unwrap_or_default();
        let used_at = row.last_used_at();
        let (client_id, since, offline) = (row.client_id, row.created_at, row.offline);
        let known = clients.entry(client_id.clone()).or_insert_with(|| GrantedClient {
            client_id,
            scope: Scope::default(),
            since,
            last_used_at: used_at,
            offline: false,
        });
        known.scope = known.scope.union(&scope);
        known.since = known.since.min(since);
        known.last_used_at = known.last_used_at.max(used_at);
        known.offline |= offline;
    }
    Ok(clients.into_values().collect())
}
