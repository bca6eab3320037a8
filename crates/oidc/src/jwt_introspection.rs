//! Introspection answers as a signed JWT, [RFC 9701](https://www.rfc-editor.org/rfc/rfc9701).

use actix_web::http::header::{ACCEPT, CONTENT_TYPE};
use actix_web::{HttpRequest, HttpResponse};
use latchkey_protocol::{IntrospectionResponse, SigningAlgorithm};
use latchkey_web::TenantContext;
use serde::Serialize;

use crate::Services;
use crate::client_authentication::AuthenticatedClient;
use crate::encrypted_response::ResponseEncryption;
use crate::error::EndpointError;
use crate::no_store::forbid_storing;

const MEDIA_TYPE: &str = "application/token-introspection+jwt";
const TYP: &str = "token-introspection+jwt";

/// RFC 9701 §5: no `sub` and no `exp` on this level, so that it is never taken for an access token.
#[derive(Serialize)]
struct Claims<'a> {
    iss: &'a str,
    aud: &'a str,
    iat: i64,
    token_introspection: &'a IntrospectionResponse,
}

/// RFC 9701 §4: the caller asks for a JWT by the `Accept` header.
pub(crate) fn is_asked_for(request: &HttpRequest) -> bool {
    let accepted = request.headers().get_all(ACCEPT).filter_map(|value| value.to_str().ok());
    let mut types =
        accepted.flat_map(|value| value.split(',')).map(|range| range.split(';').next().unwrap_or_default());
    types.any(|media_type| media_type.trim().eq_ignore_ascii_case(MEDIA_TYPE))
}

impl Services {
    /// The answer signed for the caller, and encrypted when it registered that.
    pub(crate) async fn sign_introspection(
        &self,
        context: &TenantContext,
        caller: &AuthenticatedClient,
        response: &IntrospectionResponse,
    ) -> Result<HttpResponse, EndpointError> {
        let metadata = &caller.metadata;
        let alg = metadata.introspection_signed_response_alg.unwrap_or(SigningAlgorithm::Rs256);
        let claims = Claims {
            iss: &context.issuer,
            aud: caller.client_id.as_str(),
            iat: self.clock.now().unix_seconds(),
            token_introspection: response,
        };
        let jws = self.tokens.keys().sign(&context.tenant.id, alg, TYP, &claims).await?;
        let how = ResponseEncryption::of(
            metadata.introspection_encrypted_response_alg,
            metadata.introspection_encrypted_response_enc,
        );
        let jwt = self.nest_for((&context.tenant, caller), jws, how).await?;
        Ok(forbid_storing(&mut HttpResponse::Ok()).insert_header((CONTENT_TYPE, MEDIA_TYPE)).body(jwt))
    }
}
