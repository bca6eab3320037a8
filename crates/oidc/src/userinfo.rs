//! The userinfo endpoint, [OpenID Connect Core §5.3](https://openid.net/specs/openid-connect-core-1_0.html#UserInfo).

use actix_web::http::header::CONTENT_TYPE;
use actix_web::{HttpResponse, web};
use latchkey_protocol::SigningAlgorithm;
use latchkey_tenants::Client;
use latchkey_web::TenantContext;
use serde_json::{Map, Value};

use crate::Services;
use crate::bearer::PresentedToken;
use crate::claims_policy::permitted_claims;
use crate::encrypted_response::{ResponseEncryption, encryption_keys};
use crate::error::EndpointError;
use crate::no_store::forbid_storing;

/// Tells the client that holds the token what the user let it know.
pub(crate) async fn userinfo(
    context: TenantContext,
    presented: PresentedToken,
    services: web::Data<Services>,
) -> Result<HttpResponse, EndpointError> {
    let found = services.tokens.find_access_token(&context.issuer, &context.tenant, presented.token.expose()).await?;
    let active = found.ok_or(EndpointError::InvalidAccessToken)?;
    services.verify_bound_token(&context, &presented, active.confirmation.as_ref()).await?;
    let (Some(user_id), true) = (&active.user_id, active.scope.contains("openid")) else {
        return Err(EndpointError::InsufficientScope("openid"));
    };
    let client = services.directory.find_client(&context.tenant.id, &active.client_id).await?;
    let client = client.ok_or(EndpointError::InvalidAccessToken)?;
    let user = services.sign_in.find_user(&context.tenant.id, user_id).await?;
    let user = user.ok_or(EndpointError::InvalidAccessToken)?;

    let named = active.grant.as_ref().map(|grant| permitted_claims(grant, &active.scope, &client).userinfo);
    let mut claims = user.claims_for(&active.scope, &named.unwrap_or_default());
    claims.insert("sub".to_owned(), Value::from(user_id.as_str()));
    services.protect_claims(&context, &client, claims).await
}

impl Services {
    /// §5.3.2: signed, encrypted, both in that order, or plain JSON, as the client registered.
    async fn protect_claims(
        &self,
        context: &TenantContext,
        client: &Client,
        claims: Map<String, Value>,
    ) -> Result<HttpResponse, EndpointError> {
        let metadata = &client.metadata;
        let encryption =
            ResponseEncryption::of(metadata.userinfo_encrypted_response_alg, metadata.userinfo_encrypted_response_enc);
        let jwt = match (metadata.userinfo_signed_response_alg, encryption) {
            (None, None) => return Ok(forbid_storing(&mut HttpResponse::Ok()).json(claims)),
            (Some(alg), how) => self.nest_for(client, self.sign_claims(context, client, alg, claims).await?, how)?,
            (None, Some(how)) => {
                let json = Value::Object(claims).to_string();
                self.encrypt_for(&encryption_keys(client)?, json.as_bytes(), how, None)?
            }
        };
        Ok(forbid_storing(&mut HttpResponse::Ok()).insert_header((CONTENT_TYPE, "application/jwt")).body(jwt))
    }

    /// §5.3.2: a signed answer names its issuer and its audience.
    async fn sign_claims(
        &self,
        context: &TenantContext,
        client: &Client,
        alg: SigningAlgorithm,
        mut claims: Map<String, Value>,
    ) -> Result<String, EndpointError> {
        claims.insert("aud".to_owned(), Value::from(client.client_id.as_str()));
        claims.insert("iss".to_owned(), Value::from(context.issuer.as_str()));
        // Libraries refuse any other type here; what tells it from an ID token is that it has no `exp`.
        Ok(self.tokens.keys().sign(&context.tenant.id, alg, "JWT", &claims).await?)
    }
}
