//! Issuing access tokens, and finding out whether a token is good now.

use std::time::Duration;

use latchkey_cache::Cache;
use latchkey_core::{ClientId, Clock, Rng, Secret, SessionId, TenantId, UserId, UtcTime};
use latchkey_protocol::AccessTokenFormat;
use latchkey_storage::Db;
use latchkey_tenants::Tenant;
use serde_json::Value;

use crate::access_token::{self, AccessTokenClaims, AccessTokenRequest, ActiveAccessToken, IssuedAccessToken};
use crate::access_token_store::{self, Standing};
use crate::jwt::{Expected, Expiry, TokenType, UnverifiedJwt};
use crate::opaque::{Sealer, is_opaque};
use crate::refresh_token::RefreshToken;
use crate::rotation;
use crate::{Grant, Keys, TokensError, grant_store};

/// Grants and their tokens. Clones share the stores.
#[derive(Clone)]
pub struct Tokens {
    pub(crate) db: Db,
    pub(crate) cache: Cache,
    pub(crate) clock: Clock,
    pub(crate) rng: Rng,
    pub(crate) keys: Keys,
    sealer: Sealer,
}

impl Tokens {
    /// Tokens over those stores.
    #[must_use]
    pub fn new(db: Db, cache: Cache, clock: Clock, rng: Rng, keys: Keys) -> Self {
        let sealer = keys.sealer();
        Self { db, cache, clock, rng, keys, sealer }
    }

    /// The signing keys.
    #[must_use]
    pub fn keys(&self) -> &Keys {
        &self.keys
    }

    /// Issues an access token; neither form touches the database.
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
            AccessTokenFormat::Opaque => self.sealer.seal(&tenant.id, &claims, &self.rng)?,
        };
        Ok(IssuedAccessToken { token, lifetime: access_token::lifetime_of(request), expires_at })
    }

    /// The claims that [`Tokens::issue_access_token`] would put into a token, as JSON.
    ///
    /// # Errors
    /// When they cannot be written as JSON.
    pub fn access_token_claims(&self, issuer: &str, request: &AccessTokenRequest<'_>) -> Result<Value, TokensError> {
        let claims = AccessTokenClaims::new(issuer, request, self.clock.now(), &self.rng);
        serde_json::to_value(claims).map_err(TokensError::Claims)
    }

    /// Lets a grant, and with it its refresh tokens, end that long after it was made, unless it ends earlier.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn shorten_grant(&self, tenant: &TenantId, grant: &Grant, life: Duration) -> Result<(), TokensError> {
        let ends = grant.created_at.plus(life);
        if ends < grant.expires_at {
            let (tenant, id) = (tenant.clone(), grant.id.clone());
            self.db.write(move |conn| grant_store::shorten_grant(conn, &tenant, &id, ends)).await?;
        }
        Ok(())
    }

    /// The token, if this tenant issued it and it is good now: in time, not revoked, and its grant, session, user and
    /// client still stand behind it. One read of the database at most; none for what is no token of ours.
    ///
    /// # Errors
    /// When the stores fail.
    pub async fn find_access_token(
        &self,
        issuer: &str,
        tenant: &Tenant,
        token: &str,
    ) -> Result<Option<ActiveAccessToken>, TokensError> {
        let Some((claims, format)) = self.verify_access_token(issuer, &tenant.id, token).await? else {
            return Ok(None);
        };
        let (tenant, checked, now) = (tenant.clone(), claims.clone(), self.clock.now());
        let standing =
            self.db.read(move |conn| access_token_store::load_standing(conn, &tenant, &checked, now)).await?;
        Ok(match standing {
            Standing::Good(grant) => Some(claims.into_active(grant.map(|row| Grant::from(*row)), format)),
            Standing::Dead => None,
        })
    }

    /// The grant of a refresh token that could be used now.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn find_refresh_token(&self, tenant: &Tenant, token: &str) -> Result<Option<Grant>, TokensError> {
        let Some(token) = RefreshToken::parse(token) else {
            return Ok(None);
        };
        let (tenant, now) = (tenant.clone(), self.clock.now());
        let found = self.db.read(move |conn| rotation::find_live(conn, &tenant, &token, now)).await?;
        Ok(found.map(Grant::from))
    }

    /// The newest grant of that client in that session which still stands.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn find_grant_in_session(
        &self,
        tenant: &Tenant,
        (user, session): (&UserId, &SessionId),
        client: &ClientId,
    ) -> Result<Option<Grant>, TokensError> {
        let (tenant, now) = (tenant.clone(), self.clock.now());
        let (user, session, client) = (user.clone(), session.clone(), client.clone());
        let found = self.db.read(move |conn| {
            let found = grant_store::find_grant_in_session(conn, &tenant.id, (&user, &session), &client, now)?;
            Ok(found.filter(|(row, holder)| holder.refusal(row, &tenant, now).is_none()))
        });
        Ok(found.await?.map(|(row, _)| Grant::from(row)))
    }

    /// The claims of an access token that this tenant issued and that is in time; it may be revoked.
    pub(crate) async fn verify_access_token(
        &self,
        issuer: &str,
        tenant: &TenantId,
        token: &str,
    ) -> Result<Option<(AccessTokenClaims, AccessTokenFormat)>, TokensError> {
        if is_opaque(token) {
            let now = self.clock.now().unix_seconds();
            let claims = self.sealer.open(tenant, token).filter(|claims| claims.iss == issuer && now < claims.exp);
            return Ok(claims.map(|claims| (claims, AccessTokenFormat::Opaque)));
        }
        let Ok(token) = UnverifiedJwt::parse(token) else {
            return Ok(None);
        };
        let expected =
            Expected { typ: TokenType::AccessToken, issuers: &[issuer], audience: None, expiry: Expiry::Enforced };
        match self.keys.verify(tenant, &token, expected).await {
            Ok(claims) => Ok(claims.into_typed().ok().map(|claims| (claims, AccessTokenFormat::Jwt))),
            Err(TokensError::Invalid(reason)) => {
                tracing::debug!(%reason, "an access token was refused");
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }
}
