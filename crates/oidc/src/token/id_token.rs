//! The ID token, [OpenID Connect Core §2](https://openid.net/specs/openid-connect-core-1_0.html#IDToken).

use latchkey_core::{Secret, TokenHash};
use latchkey_protocol::Scope;
use latchkey_tenants::Client;
use latchkey_tokens::{Grant, TokenType, left_half_hash};
use latchkey_web::TenantContext;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::Services;
use crate::claims_policy::permitted_claims;
use crate::encrypted_response::ResponseEncryption;
use crate::error::EndpointError;

/// What an ID token is made from.
pub(super) struct IdTokenRequest<'a> {
    pub(super) grant: &'a Grant,
    /// The user, as this client knows them.
    pub(super) sub: &'a str,
    /// The scope of the access token: the grant's, or less.
    pub(super) scope: &'a Scope,
    pub(super) nonce: Option<String>,
    /// The access token issued beside it.
    pub(super) access_token: Option<&'a Secret<String>>,
    /// The code issued beside it, OpenID Connect Core §3.3.2.11.
    pub(super) code: Option<&'a Secret<String>>,
    /// Which device secret belongs to it, OpenID Connect Native SSO §3.3.
    pub(super) ds_hash: Option<&'a TokenHash>,
    /// The `state` that it is bound to when it comes from the authorization endpoint, FAPI 1.0 Part 2 §5.2.2.1.
    pub(super) state: Option<&'a str>,
    /// Which claims of the user stand in it.
    pub(super) claims_of: IdTokenClaimsOf,
    /// What the tenant adds.
    pub(super) mapped: Map<String, Value>,
    /// What it must vouch for when the tokens are pushed.
    pub(super) pushed: Option<Pushed<'a>>,
}

/// Which claims of the user stand in an ID token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum IdTokenClaimsOf {
    /// Those that the `claims` parameter asked for in it: those of the scope are at the userinfo endpoint (§5.4).
    RequestOnly,
    /// Those of the scope too: there is no access token to ask the userinfo endpoint with.
    Scope,
}

/// OpenID Connect CIBA Core §10.3.1: whoever is sent tokens can tell for which request they are, and that no other
/// refresh token was put beside them.
#[derive(Clone, Copy)]
pub(super) struct Pushed<'a> {
    pub(super) auth_req_id: &'a Secret<String>,
    pub(super) refresh_token: Option<&'a Secret<String>>,
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
    #[serde(skip_serializing_if = "Option::is_none")]
    at_hash: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    c_hash: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    s_hash: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sid: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ds_hash: Option<&'a str>,
    #[serde(rename = "urn:openid:params:jwt:claim:auth_req_id", skip_serializing_if = "Option::is_none")]
    auth_req_id: Option<&'a str>,
    #[serde(rename = "urn:openid:params:jwt:claim:rt_hash", skip_serializing_if = "Option::is_none")]
    rt_hash: Option<String>,
    #[serde(flatten)]
    requested: Map<String, Value>,
}

impl Services {
    /// Signs an ID token for the client's audience alone.
    pub(super) async fn issue_id_token(
        &self,
        context: &TenantContext,
        client: &Client,
        request: IdTokenRequest<'_>,
    ) -> Result<Secret<String>, EndpointError> {
        let alg = client.metadata.id_token_signed_response_alg;
        let claims = self.id_token_claims(context, client, request).await?;
        let typ = TokenType::IdToken.as_str();
        let jws = self.tokens.keys().sign(&context.tenant.id, alg, typ, &claims).await?;
        let metadata = &client.metadata;
        let how =
            ResponseEncryption::of(metadata.id_token_encrypted_response_alg, metadata.id_token_encrypted_response_enc);
        Ok(Secret::new(self.nest_for((&context.tenant, client), jws, how).await?))
    }

    /// The claims of an ID token, not signed.
    pub(super) async fn id_token_claims(
        &self,
        context: &TenantContext,
        client: &Client,
        request: IdTokenRequest<'_>,
    ) -> Result<Value, EndpointError> {
        let grant = request.grant;
        let alg = client.metadata.id_token_signed_response_alg;
        let iat = self.clock.now().unix_seconds();
        let life = i64::try_from(context.tenant.settings.id_token_lifetime_seconds).unwrap_or(0);
        let mut requested = self.requested_claims(context, client, &request).await?;
        requested.extend(request.mapped);
        let refresh_token = request.pushed.and_then(|pushed| pushed.refresh_token);
        let claims = IdTokenClaims {
            iss: &context.issuer,
            sub: request.sub,
            aud: client.client_id.as_str(),
            iat,
            exp: iat.saturating_add(life),
            auth_time: grant.authentication.auth_time.unix_seconds(),
            nonce: request.nonce.clone(),
            acr: &grant.authentication.acr,
            amr: &grant.authentication.amr,
            at_hash: request.access_token.map(|token| left_half_hash(token.expose(), alg)),
            c_hash: request.code.map(|code| left_half_hash(code.expose(), alg)),
            s_hash: request.state.map(|state| left_half_hash(state, alg)),
            auth_req_id: request.pushed.map(|pushed| pushed.auth_req_id.expose().as_str()),
            rt_hash: refresh_token.map(|token| left_half_hash(token.expose(), alg)),
            sid: grant.session_id.as_ref().map(|session| session.as_str()),
            ds_hash: request.ds_hash.map(TokenHash::as_str),
            requested,
        };
        serde_json::to_value(claims).map_err(|error| EndpointError::Internal(error.into()))
    }

    async fn requested_claims(
        &self,
        context: &TenantContext,
        client: &Client,
        request: &IdTokenRequest<'_>,
    ) -> Result<Map<String, Value>, EndpointError> {
        let names = permitted_claims(request.grant, request.scope, client).id_token;
        let scope = match request.claims_of {
            IdTokenClaimsOf::RequestOnly => Scope::default(),
            IdTokenClaimsOf::Scope => request.scope.clone(),
        };
        if names.is_empty() && scope.is_empty() {
            return Ok(Map::new());
        }
        let user = self.sign_in.find_user(&context.tenant, &request.grant.user_id).await?;
        Ok(user.map(|user| user.claims_for(&scope, &names)).unwrap_or_default())
    }
}
