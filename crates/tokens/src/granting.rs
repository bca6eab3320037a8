//! Storing a grant, whatever grant type it comes by: a code, an approved device, a password, an assertion.

use std::time::Duration;

use diesel::QueryResult;
use latchkey_core::{GrantId, Secret, TokenHash, UtcTime};
use latchkey_storage::{DbConnection, Json};
use latchkey_tenants::{Tenant, TenantSettings};

use crate::grant_store::{self, GrantContext, GrantRow};
use crate::refresh_token::{FamilyKey, RefreshToken};
use crate::session_client_store::upsert_client;
use crate::{
    CodeRefusal, Grant, Granting, MAX_TOKEN_LIFETIME, NewGrant, RefreshIssue, SessionClient, Tokens, TokensError,
};

/// What the transaction found.
pub(crate) enum Stored {
    Granted,
    Replayed,
    Refused(CodeRefusal),
}

impl Tokens {
    /// Stores a grant that no code stands for. Whoever calls this has spent what bought it: nothing here can tell
    /// a second use from the first.
    ///
    /// # Errors
    /// When the database fails; then nothing was stored.
    pub async fn store_grant(
        &self,
        tenant: &Tenant,
        new: &NewGrant,
        refresh: RefreshIssue,
    ) -> Result<Granting, TokensError> {
        let id = GrantId::generate(self.clock.now(), &self.rng);
        let bought_by_nothing = TokenHash::of(self.rng.token().expose());
        Ok(match self.store(tenant, new, (id, bought_by_nothing), refresh).await? {
            (Stored::Granted, grant, refresh_token) => Granting::Granted { grant: Box::new(grant), refresh_token },
            (Stored::Refused(refusal), ..) => Granting::Refused(refusal),
            (Stored::Replayed, ..) => Granting::Refused(CodeRefusal::SessionEnded),
        })
    }

    /// [`Tokens::store_grant`] for what the user approved at that time, and took back since if so.
    ///
    /// # Errors
    /// When a store fails; the grant may stand then, without anybody who knows of it.
    pub async fn store_approved_grant(
        &self,
        tenant: &Tenant,
        (new, approved_at): (&NewGrant, UtcTime),
        refresh: RefreshIssue,
    ) -> Result<Granting, TokensError> {
        let granting = self.store_grant(tenant, new, refresh).await?;
        let Granting::Granted { grant, .. } = &granting else { return Ok(granting) };
        // Looked at when the grant stands: a revocation that comes later finds it.
        if self.was_revoked_since(&tenant.id, (&new.user_id, &new.client_id), approved_at).await? {
            self.revoke_grant(&tenant.id, &grant.id).await?;
            return Ok(Granting::Refused(CodeRefusal::SessionEnded));
        }
        Ok(granting)
    }

    pub(crate) async fn store(
        &self,
        tenant: &Tenant,
        new: &NewGrant,
        code: (GrantId, TokenHash),
        refresh: RefreshIssue,
    ) -> Result<(Stored, Grant, Option<Secret<String>>), TokensError> {
        let (row, refresh_token) = self.new_row(tenant, new, code, refresh);
        let (stored, of, now) = (row.clone(), tenant.clone(), self.clock.now());
        let known_as = SessionClient { client_id: new.client_id.clone(), subject: new.user_id.to_string() };
        let outcome = self
            .db
            .write(move |conn| {
                let outcome = insert(conn, &stored, &of, now)?;
                if let (Stored::Granted, Some(session)) = (&outcome, &stored.session_id) {
                    upsert_client(conn, &stored.tenant_id, session, &known_as, now)?;
                }
                Ok(outcome)
            })
            .await?;
        let outcome = match outcome {
            Stored::Granted => self.admit_approved(tenant, &row).await?,
            other => other,
        };
        Ok((outcome, row.into(), refresh_token.map(|token| token.to_text())))
    }

    /// A grant for offline access outlives its session, so it may begin behind it: somebody connects a device and signs out.
    /// Unless everything was revoked meanwhile. Looked at when the grant stands: a revocation that comes later finds it.
    async fn admit_approved(&self, tenant: &Tenant, row: &GrantRow) -> Result<Stored, TokensError> {
        if row.session_id.is_none() || !row.offline || !self.was_revoked(&tenant.id, &row.user_id).await? {
            return Ok(Stored::Granted);
        }
        let (row, settings, now) = (row.clone(), tenant.settings.clone(), self.clock.now());
        let outcome = self.db.write(move |conn| {
            let holder = grant_store::find_holder(conn, &row.tenant_id, &row.user_id, row.session_id.as_ref())?;
            if holder.is_some_and(|holder| holder.session_lives(&row, &settings, now)) {
                return Ok(Stored::Granted);
            }
            grant_store::revoke_grant(conn, &row.tenant_id, &row.id, now)?;
            Ok(Stored::Refused(CodeRefusal::SessionEnded))
        });
        Ok(outcome.await?)
    }

    fn new_row(
        &self,
        tenant: &Tenant,
        new: &NewGrant,
        code: (GrantId, TokenHash),
        refresh: RefreshIssue,
    ) -> (GrantRow, Option<RefreshToken>) {
        let (id, code_hash) = code;
        let now = self.clock.now();
        let family = (refresh == RefreshIssue::Issue).then(|| FamilyKey::generate(&self.rng));
        let token = family.as_ref().map(|family| RefreshToken::first(id.clone(), family, &self.rng));
        let row = GrantRow {
            tenant_id: tenant.id.clone(),
            id,
            client_id: new.client_id.clone(),
            user_id: new.user_id.clone(),
            session_id: new.session_id.clone(),
            scope: new.scope.to_string(),
            audience: Json(new.audience.clone()),
            authentication: Json(GrantContext::of(new)),
            code_hash,
            offline: new.offline,
            generation: 0,
            family_key: family.map(|family| family.to_text()),
            secret_hash: token.as_ref().map(RefreshToken::hash),
            previous_secret_hash: None,
            rotation_nonce: None,
            rotated_at: None,
            created_at: now,
            expires_at: now.plus(lifetime(&tenant.settings, refresh)),
            revoked_at: None,
        };
        (row, token)
    }
}

fn lifetime(settings: &TenantSettings, refresh: RefreshIssue) -> Duration {
    match refresh {
        RefreshIssue::Issue => Duration::from_secs(settings.refresh_token_lifetime_seconds),
        RefreshIssue::Withhold => MAX_TOKEN_LIFETIME,
    }
}

fn insert(conn: &mut DbConnection, row: &GrantRow, tenant: &Tenant, now: UtcTime) -> QueryResult<Stored> {
    let holder = grant_store::find_holder(conn, &row.tenant_id, &row.user_id, row.session_id.as_ref())?;
    let refusal = holder.map_or(Some(CodeRefusal::UserGone), |holder| holder.refusal(row, tenant, now));
    if let Some(refusal) = refusal {
        return Ok(Stored::Refused(refusal));
    }
    if grant_store::insert_grant(conn, row)? == 0 {
        // The short-lived store gave the code twice (a failover may): the row knows better.
        grant_store::revoke_grant(conn, &row.tenant_id, &row.id, now)?;
        return Ok(Stored::Replayed);
    }
    Ok(Stored::Granted)
}
