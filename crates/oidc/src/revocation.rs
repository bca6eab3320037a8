//! Token revocation, [RFC 7009](https://www.rfc-editor.org/rfc/rfc7009).

use actix_web::{HttpResponse, web};
use latchkey_core::Secret;
use latchkey_protocol::{OAuthError, Params};
use latchkey_tokens::Revocation;
use latchkey_web::TenantContext;

use crate::Services;
use crate::client_authentication::ClientRequest;
use crate::error::EndpointError;
use crate::no_store::forbid_storing;

/// The token to end. `token_type_hint` is not needed: the two kinds are told apart by their form.
pub(crate) struct RevocationRequest {
    token: Secret<String>,
}

impl TryFrom<Params> for RevocationRequest {
    type Error = OAuthError;

    fn try_from(mut params: Params) -> Result<Self, OAuthError> {
        Ok(Self { token: Secret::new(params.required("token")?) })
    }
}

/// Ends a token of the caller; a refresh token takes everything issued from its grant along.
pub(crate) async fn revoke(
    context: TenantContext,
    call: ClientRequest<RevocationRequest>,
    services: web::Data<Services>,
) -> Result<HttpResponse, EndpointError> {
    let client = services.authenticate_client(&context.tenant, &call.credentials).await?;
    let token = call.request.token.expose();
    match services.tokens.revoke(&context.issuer, &context.tenant.id, &client.client_id, token).await? {
        // RFC 7009 §2.1: the request is refused and the client is told.
        Revocation::NotYours => Err(OAuthError::invalid_grant("the token was issued to another client").into()),
        // §2.2: a token that is unknown or dead already is as good as revoked.
        Revocation::Revoked | Revocation::Nothing => Ok(forbid_storing(&mut HttpResponse::Ok()).finish()),
    }
}
