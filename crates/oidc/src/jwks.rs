//! The tenant's public keys, [RFC 7517 §5](https://www.rfc-editor.org/rfc/rfc7517#section-5).

use actix_web::web;
use latchkey_web::TenantContext;

use crate::Services;
use crate::cached_document::CachedDocument;
use crate::error::EndpointError;

/// Every key that signs, will sign soon, or signed something that is not yet expired.
pub(crate) async fn jwks(
    context: TenantContext,
    services: web::Data<Services>,
) -> Result<CachedDocument, EndpointError> {
    if context.tenant.settings.request_object_encryption {
        services.tokens.keys().ensure_encryption_keys(&context.tenant.id).await?;
    }
    Ok(CachedDocument(services.tokens.keys().jwks(&context.tenant.id).await?))
}
