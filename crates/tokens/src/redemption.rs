//! Authorization codes, [RFC 6749 §4.1.2](https://www.rfc-editor.org/rfc/rfc6749#section-4.1.2): issued, redeemed once.
//!
//! A code is `{grant id}.{secret}`. What it stands for waits in the short-lived store, from where exactly one redemption
//! takes it. The grant that it buys is a row with the id of the code: when a code comes a second time, the row is
//! found by it and revoked with all that was issued from it.

use std::time::Duration;

use latchkey_cache::{CacheKey, Kind};
use latchkey_core::{ClientId, GrantId, Secret, TenantId, TokenHash};
use latchkey_tenants::Tenant;

use crate::granting::Stored;
use crate::{CodePayload, CodeRefusal, Redemption, RefreshIssue, Tokens, TokensError, grant_store};

const CODE_LIFETIME: Duration = Duration::from_secs(60);
/// `Rng::token` gives 43 characters.
const SECRET_CHARACTERS: usize = 43;

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
    /// `check` holds what the request must prove (redirect URI, PKCE), and says what key the grant is bound to. Whatever it says the code is spent. The user
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
        check: impl FnOnce(&mut CodePayload) -> Result<(), CodeRefusal>,
        refresh: RefreshIssue,
    ) -> Result<Redemption, TokensError> {
        let Some(grant_id) = parse_code(code.expose()) else {
            return Ok(Redemption::Unknown);
        };
        let code_hash = TokenHash::of(code.expose());
        let Some(mut payload) = self.cache.take::<CodePayload>(&code_key(&tenant.id, &code_hash)).await? else {
            return self.revoke_replayed(&tenant.id, grant_id, code_hash).await;
        };
        if payload.grant.client_id != *client {
            return Ok(Redemption::Refused(CodeRefusal::WrongClient));
        }
        if let Err(refusal) = check(&mut payload) {
            return Ok(Redemption::Refused(refusal));
        }
        Ok(match self.store(tenant, &payload.grant, (grant_id, code_hash), refresh).await? {
            // Looked at when the grant stands: a revocation that comes later finds it.
            (Stored::Granted, grant, _) if self.was_taken_back(&tenant.id, &payload).await? => {
                self.revoke_grant(&tenant.id, &grant.id).await?;
                Redemption::Refused(CodeRefusal::SessionEnded)
            }
            (Stored::Granted, grant, refresh_token) => {
                Redemption::Redeemed { grant: Box::new(grant), refresh_token, payload: Box::new(payload) }
            }
            (Stored::Replayed, ..) => Redemption::Replayed,
            (Stored::Refused(refusal), ..) => Redemption::Refused(refusal),
        })
    }

    /// Whether the user took from the client what it had since the code was issued.
    async fn was_taken_back(&self, tenant: &TenantId, payload: &CodePayload) -> Result<bool, TokensError> {
        let parties = (&payload.grant.user_id, &payload.grant.client_id);
        self.was_revoked_since(tenant, parties, payload.issued_at).await
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
