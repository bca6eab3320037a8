//! Device secrets, OpenID Connect Native SSO §3.2: what the applications of one maker on one device share.
//!
//! Stored as a hash. A secret ends with its session: whoever presents it has that session looked up.

use std::time::Duration;

use diesel::QueryResult;
use diesel::prelude::*;
use latchkey_core::{Secret, SessionId, TenantId, TokenHash, UserId, UtcTime};
use latchkey_storage::DbConnection;
use latchkey_storage::schema::device_secrets;
use latchkey_tenants::Tenant;

use crate::{Tokens, TokensError};

/// A device secret that is known and in time.
#[derive(Clone, Debug, PartialEq, Eq, Queryable)]
pub struct DeviceSecret {
    /// The session that it stands for.
    pub session_id: SessionId,
    /// Whose session it is.
    pub user_id: UserId,
}

impl Tokens {
    /// Makes a secret for a session; nobody can read it again. The one that it replaces is no more, if it was the same
    /// user's: what somebody else signed in to on the device is theirs to end.
    ///
    /// # Errors
    /// When the database fails, or there is no such session; then the old one is still good.
    pub async fn issue_device_secret(
        &self,
        tenant: &Tenant,
        (session, user): (&SessionId, &UserId),
        replaced: Option<&TokenHash>,
    ) -> Result<Secret<String>, TokensError> {
        let secret = self.rng.token();
        let now = self.clock.now();
        let expires_at = now.plus(Duration::from_secs(tenant.settings.session_lifetime_seconds));
        let row = (TokenHash::of(secret.expose()), session.clone(), user.clone());
        let (tenant, replaced) = (tenant.id.clone(), replaced.cloned());
        let rotate = move |conn: &mut DbConnection| {
            if let Some(replaced) = &replaced {
                delete(conn, &tenant, (replaced, &row.2))?;
            }
            insert(conn, &tenant, &row, (now, expires_at))
        };
        self.db.write(rotate).await?;
        Ok(secret)
    }

    /// Finds what a secret stands for; its session may be over.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn find_device_secret(
        &self,
        tenant: &TenantId,
        hash: &TokenHash,
    ) -> Result<Option<DeviceSecret>, TokensError> {
        let (tenant, hash, now) = (tenant.clone(), hash.clone(), self.clock.now());
        let found = self.db.read(move |conn| {
            device_secrets::table
                .find((&tenant, &hash))
                .filter(device_secrets::expires_at.gt(now))
                .select((device_secrets::session_id, device_secrets::user_id))
                .first(conn)
                .optional()
        });
        Ok(found.await?)
    }

    /// The hash of the newest secret of a session.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn find_device_secret_of_session(
        &self,
        tenant: &TenantId,
        session: &SessionId,
    ) -> Result<Option<TokenHash>, TokensError> {
        let (tenant, session, now) = (tenant.clone(), session.clone(), self.clock.now());
        let found = self.db.read(move |conn| {
            device_secrets::table
                .filter(device_secrets::tenant_id.eq(&tenant))
                .filter(device_secrets::session_id.eq(&session))
                .filter(device_secrets::expires_at.gt(now))
                .order(device_secrets::created_at.desc())
                .select(device_secrets::secret_hash)
                .first(conn)
                .optional()
        });
        Ok(found.await?)
    }
}

fn insert(
    conn: &mut DbConnection,
    tenant: &TenantId,
    (hash, session, user): &(TokenHash, SessionId, UserId),
    (now, expires_at): (UtcTime, UtcTime),
) -> QueryResult<usize> {
    diesel::insert_into(device_secrets::table)
        .values((
            device_secrets::tenant_id.eq(tenant),
            device_secrets::secret_hash.eq(hash),
            device_secrets::session_id.eq(session),
            device_secrets::user_id.eq(user),
            device_secrets::created_at.eq(now),
            device_secrets::expires_at.eq(expires_at),
        ))
        .execute(conn)
}

fn delete(conn: &mut DbConnection, tenant: &TenantId, (hash, user): (&TokenHash, &UserId)) -> QueryResult<usize> {
    let this = device_secrets::table.find((tenant, hash)).filter(device_secrets::user_id.eq(user));
    diesel::delete(this).execute(conn)
}
