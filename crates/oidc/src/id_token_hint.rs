//! `id_token_hint`: OpenID Connect Core §3.1.2.1 and RP-Initiated Logout §2. It says who is meant, it grants nothing.

use latchkey_core::{Secret, SessionId, UserId};
use latchkey_tokens::{Expected, Expiry, TokenType, TokensError, UnverifiedJwt};
use latchkey_web::TenantContext;

use crate::Services;
use crate::error::EndpointError;

/// What a genuine ID token of this issuer says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct IdTokenHint {
    /// Whom `sub` stands for.
    pub(crate) user_id: UserId,
    /// `sid`: the session that it was issued in.
    pub(crate) session_id: Option<SessionId>,
    /// `aud`: the clients that it was issued to.
    pub(crate) audience: Vec<String>,
}

impl Services {
    /// Checks signature and issuer; an expired token is a good hint. `None` when it is no ID token of this issuer.
    pub(crate) async fn verify_id_token_hint(
        &self,
        context: &TenantContext,
        unverified: &Secret<String>,
    ) -> Result<Option<IdTokenHint>, EndpointError> {
        let Ok(token) = UnverifiedJwt::parse(unverified.expose()) else { return Ok(None) };
        // A tenant that got a host of its own still knows the tokens that it issued under its path.
        let path_issuer = format!("{}/t/{}", self.public_url, context.tenant.slug);
        let issuers: &[&str] = &[&context.issuer, &path_issuer];
        let expected = Expected { typ: TokenType::IdToken, issuers, audience: None, expiry: Expiry::Ignored };
        let claims = match self.tokens.keys().verify(&context.tenant.id, &token, expected).await {
            Ok(claims) => claims,
            Err(TokensError::Invalid(reason)) => {
                tracing::info!(%reason, "id_token_hint refused");
                return Ok(None);
            }
            Err(error) => return Err(error.into()),
        };
        // A signed userinfo answer also has issuer, audience and subject, but never a time.
        if !claims.claims().contains_key("exp") {
            return Ok(None);
        }
        let Some(sub) = claims.subject() else { return Ok(None) };
        let Some(user_id) = self.user_of_issued_subject(context, sub).await? else { return Ok(None) };
        let audience = claims.audience().into_iter().map(str::to_owned).collect();
        let session_id = claims.claims().get("sid").and_then(|sid| sid.as_str()?.parse().ok());
        Ok(Some(IdTokenHint { user_id, session_id, audience }))
    }
}
