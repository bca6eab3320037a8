//! The ID token, [OpenID Connect Core §2](https://openid.net/specs/openid-connect-core-1_0.html#IDToken).

use latchkey_core::{Secret, TokenHash};
use latchkey_protocol::Scope;
use latchkey_tokens::{Grant, TokenType, left_half_hash};
use latchkey_web::TenantContext;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::Services;
use crate::claims_policy::permitted_claims;
use crate::client_authentication::AuthenticatedClient;
use crate::encrypted_response::ResponseEncryption;
use crate::error::EndpointError;

/// What an ID token is made from.
pub(super) struct IdTokenRequest<'a> {
    pub(super) grant: &'a Grant,
    /// The scope of the access token: the grant's, or less.
    pub(super) scope: &'a Scope,
    pub(super) nonce: Option<String>,
    /// The access token issued beside it.
    pub(super) access_token: &'a Secret<String>,
    /// Which device secret belongs to it, OpenID Connect Native SSO §3.3.
    pub(super) ds_hash: Option<&'a TokenHash>,
}

#[derive(Serialize)]
struct IdTokenClaims<'a> {
    iss: &'a str,
    sub: &'a str,
    aud: &'a str,
    iat: i64,
    exp: i64,
    auth_time: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    nonce: Option<String>,
    #[serde(skip_serializing_if = "str::is_empty")]
    acr: &'a str,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    amr: &'a [String],
    at_hash: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    sid: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ds_hash: Option<&'a str>,
    #[serde(flatten)]
    requested: Map<String, Value>,
}

impl Services {
    /// Signs an ID token for the client's audience alone. Claims of the user stand in it only when the `claims`
    /// parameter asked for them here: those of the scope are at the userinfo endpoint (§5.4).
    pub(super) async fn issue_id_token(
        &self,
        context: &TenantContext,
        client: &AuthenticatedClient,
        request: IdTokenRequest<'_>,
    ) -> Result<Secret<String>, EndpointError> {
        let grant = request.grant;
        let alg = client.metadata.id_token_signed_response_alg;
        let iat = self.clock.now().unix_seconds();
        let life = i64::try_from(context.tenant.settings.id_token_lifetime_seconds).unwrap_or(0);
        let claims = IdTokenClaims {
            iss: &context.issuer,
            sub: grant.user_id.as_str(),
            aud: client.client_id.as_str(),
            iat,
            exp: iat.saturating_add(life),
            auth_time: grant.authentication.auth_time.unix_seconds(),
            nonce: request.nonce,
            acr: &grant.authentication.acr,
            amr: &grant.authentication.amr,
            at_hash: left_half_hash(request.access_token.expose(), alg),
            sid: grant.session_id.as_ref().map(|session| session.as_str()),
            ds_hash: request.ds_hash.map(TokenHash::as_str),
            requested: self.requested_claims(context, client, (grant, request.scope)).await?,
        };
        let typ = TokenType::IdToken.as_str();
        let jws = self.tokens.keys().sign(&context.tenant.id, alg, typ, &claims).await?;
        let metadata = &client.metadata;
        let how =
            ResponseEncryption::of(metadata.id_token_encrypted_response_alg, metadata.id_token_encrypted_response_enc);
        Ok(Secret::new(self.nest_for(client, jws, how)?))
    }

    async fn requested_claims(
        &self,
        context: &TenantContext,
        client: &AuthenticatedClient,
        (grant, scope): (&Grant, &Scope),
    ) -> Result<Map<String, Value>, EndpointError> {
        let names = permitted_claims(grant, scope, client).id_token;
        if names.is_empty() {
            return Ok(Map::new());
        }
        let user = self.sign_in.find_user(&context.tenant.id, &grant.user_id).await?;
        Ok(user.map(|user| user.claims_for(&Scope::default(), &names)).unwrap_or_default())
    }
}
