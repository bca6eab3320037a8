//! Authorization codes, [RFC 6749 §4.1.2](https://www.rfc-editor.org/rfc/rfc6749#section-4.1.2): issued, redeemed once.
//!
//! A code is `{grant id}.{secret}`. What it stands for waits in the short-lived store, from where exactly one redemption
//! takes it. The grant that it buys is a row with the id of the code: when a code comes a second time, the row is
//! found by it and revoked with all that was issued from it.

use std::time::Duration;

use diesel::QueryResult;
use latchkey_cache::{CacheKey, Kind};
use latchkey_core::{ClientId, GrantId, Secret, TenantId, TokenHash, UtcTime};
use latchkey_storage::{DbConnection, Json};
use latchkey_tenants::{Tenant, TenantSettings};

use crate::grant_store::{self, GrantContext, GrantRow};
use crate::refresh_token::{FamilyKey, RefreshToken};
use crate::{CodePayload, CodeRefusal, MAX_TOKEN_LIFETIME, Redemption, RefreshIssue, Tokens, TokensError};

const CODE_LIFETIME: Duration = Duration::from_secs(60);
/// `Rng::token` gives 43 characters.
const SECRET_CHARACTERS: usize = 43;

/// What the transaction of a redemption found.
enum Stored {
    Granted,
    Replayed,
    Refused(CodeRefusal),
}

impl Tokens {
    /// Issues a code that lives for 60 seconds; no database is touched.
    ///
    /// # Errors
    /// When the short-lived store fails.
    pub async fn begin_code(&self, tenant: &TenantId, code: &CodePayload) -> Result<Secret<String>, TokensError> {
        let grant_id = GrantId::generate(self.clock.now(), &self.rng);
        let text = Secret::new(format!("{grant_id}.{}", self.rng.token().expose()));
        self.cache.put(&code_key(tenant, &TokenHash::of(text.expose())), code, CODE_LIFETIME).await?;
        Ok(text)
    }

    /// Redeems a code: of racing redemptions exactly one is [`Redemption::Redeemed`].
    ///
    /// `check` holds what the request must prove (redirect URI, PKCE). Whatever it says the code is spent. The user
    /// and, unless the grant is for offline access, the session are checked in the transaction that stores the grant.
    ///
    /// # Errors
    /// When the stores fail; the code may be spent then.
    #[expect(clippy::too_many_arguments, reason = "the parties of RFC 6749 §4.1.3 and what they agreed on")]
    pub async fn redeem_code(
        &self,
        tenant: &Tenant,
        client: &ClientId,
        code: &Secret<String>,
        check: impl FnOnce(&CodePayload) -> Result<(), CodeRefusal>,
        refresh: RefreshIssue,
    ) -> Result<Redemption, TokensError> {
        let Some(grant_id) = parse_code(code.expose()) else {
            return Ok(Redemption::Unknown);
        };
        let code_hash = TokenHash::of(code.expose());
        let Some(payload) = self.cache.take::<CodePayload>(&code_key(&tenant.id, &code_hash)).await? else {
            return self.revoke_replayed(&tenant.id, grant_id, code_hash).await;
        };
        if payload.client_id != *client {
            return Ok(Redemption::Refused(CodeRefusal::WrongClient));
        }
        if let Err(refusal) = check(&payload) {
            return Ok(Redemption::Refused(refusal));
        }
        let (row, refresh_token) = self.new_grant(tenant, &payload, (grant_id, code_hash), refresh);
        let (stored, settings, now) = (row.clone(), tenant.settings.clone(), self.clock.now());
        Ok(match self.db.write(move |conn| store_grant(conn, &stored, &settings, now)).await? {
            Stored::Granted => Redemption::Redeemed {
                grant: Box::new(row.into()),
                refresh_token: refresh_token.map(|token| token.to_text()),
                payload: Box::new(payload),
            },
            Stored::Replayed => Redemption::Replayed,
            Stored::Refused(refusal) => Redemption::Refused(refusal),
        })
    }

    // RFC 6749 §4.1.2: a code used twice revokes what it bought. Someone else may hold those tokens.
    async fn revoke_replayed(
        &self,
        tenant: &TenantId,
        grant_id: GrantId,
        code_hash: TokenHash,
    ) -> Result<Redemption, TokensError> {
        let (tenant, now) = (tenant.clone(), self.clock.now());
        let outcome = self.db.write(move |conn| {
            if !grant_store::was_bought_by(conn, &tenant, &grant_id, &code_hash)? {
                return Ok(Redemption::Unknown);
            }
            grant_store::revoke_grant(conn, &tenant, &grant_id, now)?;
            Ok(Redemption::Replayed)
        });
        Ok(outcome.await?)
    }

    fn new_grant(
        &self,
        tenant: &Tenant,
        payload: &CodePayload,
        code: (GrantId, TokenHash),
        refresh: RefreshIssue,
    ) -> (GrantRow, Option<RefreshToken>) {
        let (id, code_hash) = code;
        let now = self.clock.now();
        let family = (refresh == RefreshIssue::Issue).then(|| FamilyKey::generate(&self.rng));
        let token = family.as_ref().map(|family| RefreshToken::first(id.clone(), family, &self.rng));
        let lifetime = match refresh {
            RefreshIssue::Issue => Duration::from_secs(tenant.settings.refresh_token_lifetime_seconds),
            RefreshIssue::Withhold => MAX_TOKEN_LIFETIME,
        };
        let context = GrantContext { authentication: payload.authentication.clone(), claims: payload.claims.clone() };
        let row = GrantRow {
            tenant_id: tenant.id.clone(),
            id,
            client_id: payload.client_id.clone(),
            user_id: payload.user_id.clone(),
            session_id: payload.session_id.clone(),
            scope: payload.scope.to_string(),
            audience: Json(payload.audience.clone()),
            authentication: Json(context),
            code_hash,
            offline: payload.offline,
            generation: 0,
            family_key: family.map(|family| family.to_text()),
            secret_hash: token.as_ref().map(RefreshToken::hash),
            previous_secret_hash: None,
            rotation_nonce: None,
            rotated_at: None,
            created_at: now,
            expires_at: now.plus(lifetime),
            revoked_at: None,
        };
        (row, token)
    }
}

fn store_grant(
    conn: &mut DbConnection,
    row: &GrantRow,
    settings: &TenantSettings,
    now: UtcTime,
) -> QueryResult<Stored> {
    let holder = grant_store::find_holder(conn, &row.tenant_id, &row.user_id, &row.session_id)?;
    let refusal = holder.map_or(Some(CodeRefusal::UserInactive), |holder| holder.refusal(row, settings, now));
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

/// Where the code's payload waits. The store holds no usable code: it is found by its hash.
pub(crate) fn code_key(tenant: &TenantId, code_hash: &TokenHash) -> CacheKey {
    CacheKey::new(tenant, Kind::AuthorizationCode, code_hash.as_str())
}

fn parse_code(code: &str) -> Option<GrantId> {
    let (grant_id, secret) = code.split_once('.')?;
    if secret.len() != SECRET_CHARACTERS || secret.contains('.') {
        return None;
    }
    grant_id.parse().ok()
}
