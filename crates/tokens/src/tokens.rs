//! Issuing access tokens, and finding out whether a token is good now.

use latchkey_cache::Cache;
use latchkey_core::{Clock, Rng, Secret, TenantId, TokenHash, UtcTime};
use latchkey_protocol::AccessTokenFormat;
use latchkey_storage::{Db, Json};
use latchkey_tenants::Tenant;

use crate::access_token::{self, AccessTokenClaims, AccessTokenRequest, ActiveAccessToken, IssuedAccessToken};
use crate::access_token_store::{self, AccessTokenRow, Standing};
use crate::jwt::{Expected, Expiry, TokenType, UnverifiedJwt};
use crate::refresh_token::RefreshToken;
use crate::rotation;
use crate::{Grant, Keys, TokensError};

/// `Rng::token` gives 43 base64url characters.
const OPAQUE_CHARACTERS: usize = 43;

/// Grants and their tokens. Clones share the stores.
#[derive(Clone)]
pub struct Tokens {
    pub(crate) db: Db,
    pub(crate) cache: Cache,
    pub(crate) clock: Clock,
    pub(crate) rng: Rng,
    pub(crate) keys: Keys,
}

impl Tokens {
    /// Tokens over those stores.
    #[must_use]
    pub fn new(db: Db, cache: Cache, clock: Clock, rng: Rng, keys: Keys) -> Self {
        Self { db, cache, clock, rng, keys }
    }

    /// The signing keys.
    #[must_use]
    pub fn keys(&self) -> &Keys {
        &self.keys
    }

    /// Issues an access token: a JWT touches no database, an opaque one is stored by its hash.
    ///
    /// # Errors
    /// When the stores fail.
    pub async fn issue_access_token(
        &self,
        issuer: &str,
        tenant: &Tenant,
        request: &AccessTokenRequest<'_>,
    ) -> Result<IssuedAccessToken, TokensError> {
        let claims = AccessTokenClaims::new(issuer, request, self.clock.now(), &self.rng);
        let expires_at = UtcTime::from_unix_seconds(claims.exp);
        let token = match request.format {
            AccessTokenFormat::Jwt => {
                let typ = TokenType::AccessToken.as_str();
                Secret::new(self.keys.sign(&tenant.id, request.alg, typ, &claims).await?)
            }
            AccessTokenFormat::Opaque => self.store_opaque(&tenant.id, claims).await?,
        };
        Ok(IssuedAccessToken { token, lifetime: access_token::lifetime_of(request), expires_at })
    }

    /// The token, if this tenant issued it and it is good now: in time, not revoked, and its grant, session, user and
    /// client still stand behind it. One read of the database at most; none for what is no token of ours.
    ///
    /// # Errors
    /// When the stores fail.
    pub async fn find_access_token(
        &self,
        issuer: &str,
        tenant: &TenantId,
        token: &str,
    ) -> Result<Option<ActiveAccessToken>, TokensError> {
        let now = self.clock.now();
        let tenant_id = tenant.clone();
        if is_opaque(token) {
            let hash = TokenHash::of(token);
            let work = self.db.read(move |conn| {
                let Some(row) = access_token_store::find_access_token(conn, &tenant_id, &hash, now)? else {
                    return Ok(None);
                };
                let claims = row.claims.0;
                let standing = access_token_store::load_standing(conn, &tenant_id, &claims, now)?;
                Ok(Some((claims, standing)))
            });
            return Ok(work.await?.and_then(|(claims, standing)| active(claims, standing, AccessTokenFormat::Opaque)));
        }
        let Some(claims) = self.verify_access_token(issuer, tenant, token).await? else {
            return Ok(None);
        };
        let checked = claims.clone();
        let standing =
            self.db.read(move |conn| access_token_store::load_standing(conn, &tenant_id, &checked, now)).await?;
        Ok(active(claims, standing, AccessTokenFormat::Jwt))
    }

    /// The grant of a refresh token that could be used now.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn find_refresh_token(&self, tenant: &Tenant, token: &str) -> Result<Option<Grant>, TokensError> {
        let Some(token) = RefreshToken::parse(token) else {
            return Ok(None);
        };
        let (tenant_id, settings, now) = (tenant.id.clone(), tenant.settings.clone(), self.clock.now());
        let found = self.db.read(move |conn| rotation::find_live(conn, &tenant_id, &token, &settings, now)).await?;
        Ok(found.map(Grant::from))
    }

    /// The claims of an access token in JWT form that this tenant issued and that is in time; it may be revoked.
    pub(crate) async fn verify_access_token(
        &self,
        issuer: &str,
        tenant: &TenantId,
        token: &str,
    ) -> Result<Option<AccessTokenClaims>, TokensError> {
        let Ok(token) = UnverifiedJwt::parse(token) else {
            return Ok(None);
        };
        let expected = Expected { typ: TokenType::AccessToken, issuer, audience: None, expiry: Expiry::Enforced };
        match self.keys.verify(tenant, &token, expected).await {
            Ok(claims) => Ok(claims.into_typed().ok()),
            Err(TokensError::Invalid(reason)) => {
                tracing::debug!(%reason, "an access token was refused");
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    async fn store_opaque(&self, tenant: &TenantId, claims: AccessTokenClaims) -> Result<Secret<String>, TokensError> {
        let token = self.rng.token();
        let row = AccessTokenRow {
            tenant_id: tenant.clone(),
            token_hash: TokenHash::of(token.expose()),
            grant_id: claims.grant_id(),
            client_id: claims.client_id.clone(),
            created_at: self.clock.now(),
            expires_at: UtcTime::from_unix_seconds(claims.exp),
            claims: Json(claims),
        };
        self.db.write(move |conn| access_token_store::insert_access_token(conn, &row)).await?;
        Ok(token)
    }
}

/// Whether the text has the form of an opaque token, which no JWT has.
pub(crate) fn is_opaque(token: &str) -> bool {
    token.len() == OPAQUE_CHARACTERS && token.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

fn active(claims: AccessTokenClaims, standing: Standing, format: AccessTokenFormat) -> Option<ActiveAccessToken> {
    match standing {
        Standing::Good(grant) => Some(claims.into_active(grant.map(|row| Grant::from(*row)), format)),
        Standing::Dead => None,
    }
}
