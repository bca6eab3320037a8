//! Ending tokens before their time, [RFC 7009](https://www.rfc-editor.org/rfc/rfc7009): committed before it is answered.

use std::time::Duration;

use diesel::QueryResult;
use latchkey_cache::{CacheKey, Kind};
use latchkey_core::{ClientId, GrantId, SessionId, TenantId, UserId, UtcTime};
use latchkey_storage::DbConnection;

use crate::refresh_token::RefreshToken;
use crate::{Revocation, Tokens, TokensError, access_token_store, grant_store, rotation};

/// Longer than anything waits that a user approved.
const PENDING: Duration = Duration::from_secs(60 * 60);

impl Tokens {
    /// Revokes a token of that client: a refresh token of any generation takes its grant along, an access token
    /// ends alone.
    ///
    /// # Errors
    /// When the stores fail; then nothing was revoked.
    pub async fn revoke(
        &self,
        issuer: &str,
        tenant: &TenantId,
        client: &ClientId,
        token: &str,
    ) -> Result<Revocation, TokensError> {
        let (tenant_id, client_id, now) = (tenant.clone(), client.clone(), self.clock.now());
        if let Some(token) = RefreshToken::parse(token) {
            let work = self.db.write(move |conn| revoke_refresh_token(conn, &tenant_id, &client_id, &token, now));
            return Ok(work.await?);
        }
        let Some((claims, _)) = self.verify_access_token(issuer, tenant, token).await? else {
            return Ok(Revocation::Nothing);
        };
        if claims.client_id != *client {
            return Ok(Revocation::NotYours);
        }
        let expires_at = UtcTime::from_unix_seconds(claims.exp);
        let jti = claims.jti;
        self.db.write(move |conn| access_token_store::insert_revoked_token(conn, &tenant_id, &jti, expires_at)).await?;
        Ok(Revocation::Revoked)
    }

    /// Revokes one grant with everything issued from it; returns whether it was live.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn revoke_grant(&self, tenant: &TenantId, grant: &GrantId) -> Result<bool, TokensError> {
        let (tenant, grant, now) = (tenant.clone(), grant.clone(), self.clock.now());
        Ok(self.db.write(move |conn| grant_store::revoke_grant(conn, &tenant, &grant, now)).await? > 0)
    }

    /// Revokes what the user granted in that session, but for offline access; returns how many grants.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn revoke_grants_of_session(
        &self,
        tenant: &TenantId,
        user: &UserId,
        session: &SessionId,
    ) -> Result<usize, TokensError> {
        let (tenant, user, session, now) = (tenant.clone(), user.clone(), session.clone(), self.clock.now());
        let work =
            self.db.write(move |conn| grant_store::revoke_grants_of_session(conn, &tenant, &user, &session, now));
        Ok(work.await?)
    }

    /// Revokes everything that the user granted; returns how many grants. What they approved and nobody has fetched yet
    /// (a code, a device) buys nothing either, once the sessions in which they did are over.
    ///
    /// # Errors
    /// When the stores fail; the grants may be revoked then, and it is to be called again.
    pub async fn revoke_grants_of_user(&self, tenant: &TenantId, user: &UserId) -> Result<usize, TokensError> {
        // Before the grants: one that is stored behind them finds the mark.
        let marked = self.cache.put(&revoked_key(tenant, user), &(), PENDING).await;
        let (tenant, user, now) = (tenant.clone(), user.clone(), self.clock.now());
        let revoked = self.db.write(move |conn| grant_store::revoke_grants_of_user(conn, &tenant, &user, now)).await?;
        marked?;
        Ok(revoked)
    }

    /// Whether [`Tokens::revoke_grants_of_user`] was called not long ago.
    pub(crate) async fn was_revoked(&self, tenant: &TenantId, user: &UserId) -> Result<bool, TokensError> {
        Ok(self.cache.find::<()>(&revoked_key(tenant, user)).await?.is_some())
    }
}

fn revoked_key(tenant: &TenantId, user: &UserId) -> CacheKey {
    CacheKey::new(tenant, Kind::RevokedUser, user.as_str())
}

fn revoke_refresh_token(
    conn: &mut DbConnection,
    tenant: &TenantId,
    client: &ClientId,
    token: &RefreshToken,
    now: UtcTime,
) -> QueryResult<Revocation> {
    let Some((row, _, _)) = rotation::find_genuine(conn, tenant, token)? else {
        return Ok(Revocation::Nothing);
    };
    if row.client_id != *client {
        return Ok(Revocation::NotYours);
    }
    let revoked = grant_store::revoke_grant(conn, tenant, &row.id, now)?;
    Ok(if revoked > 0 { Revocation::Revoked } else { Revocation::Nothing })
}
