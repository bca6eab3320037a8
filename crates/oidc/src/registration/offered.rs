//! What a client says about itself, checked as far as that goes without it: types, rules, keys, and what its URLs hold.

use latchkey_fetch::Fetcher;
use latchkey_jose::{InvalidJwk, JwkSet};
use latchkey_protocol::{ErrorCode, OAuthError, TokenEndpointAuthMethod};
use latchkey_tenants::{ClientMetadata, Tenant};
use latchkey_web::TenantContext;
use serde_json::{Map, Value};

use super::refused;
use crate::Services;
use crate::capabilities::auth_methods;
use crate::error::EndpointError;

/// A client that may be registered.
pub(super) struct Offered {
    pub(super) name: Option<String>,
    pub(super) metadata: ClientMetadata,
    /// As it was sent.
    pub(super) software_statement: Option<String>,
}

impl Offered {
    pub(super) fn method(&self) -> TokenEndpointAuthMethod {
        self.metadata.token_endpoint_auth_method
    }
}

impl Services {
    /// Reads the metadata of a registration, with what its software statement says over what the client says.
    pub(super) async fn understand_client(
        &self,
        context: &TenantContext,
        mut members: Map<String, Value>,
    ) -> Result<Offered, EndpointError> {
        let software_statement = match members.remove("software_statement") {
            None | Some(Value::Null) => None,
            Some(Value::String(statement)) => Some(statement),
            Some(_) => {
                let description = "software_statement must be a string";
                return Err(OAuthError::new(ErrorCode::InvalidSoftwareStatement, description).into());
            }
        };
        if let Some(statement) = &software_statement {
            members.extend(self.verify_software_statement(context, statement).await?);
        }
        let name = client_name(&members)?;
        let metadata = self.understand_metadata(&context.tenant, &members).await?;
        Ok(Offered { name, metadata, software_statement })
    }

    /// Reads the metadata of a client that nobody vouches for, wherever it stands.
    pub(crate) async fn understand_metadata(
        &self,
        tenant: &Tenant,
        members: &Map<String, Value>,
    ) -> Result<ClientMetadata, EndpointError> {
        let metadata = ClientMetadata::of_stranger(members, &tenant.settings.client_registration).map_err(refused)?;
        let method = metadata.token_endpoint_auth_method;
        if !auth_methods(self.mtls.available).contains(&method) {
            return Err(invalid("token_endpoint_auth_method: certificates do not arrive at this server"));
        }
        check_keys(&metadata)?;
        check_fetched_urls(tenant, &metadata)?;
        self.check_sector_identifier(tenant, &metadata).await?;
        Ok(metadata)
    }
}

/// The `client_name` for all languages; those with a tag are [`ClientMetadata::translations`].
pub(crate) fn client_name(members: &Map<String, Value>) -> Result<Option<String>, EndpointError> {
    match members.get("client_name") {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(name)) => Ok(Some(name.clone())),
        Some(_) => Err(invalid("client_name: must be a string")),
    }
}

pub(super) fn invalid(description: &'static str) -> EndpointError {
    OAuthError::new(ErrorCode::InvalidClientMetadata, description).into()
}

fn check_keys(metadata: &ClientMetadata) -> Result<(), EndpointError> {
    let Some(jwks) = &metadata.jwks else { return Ok(()) };
    match JwkSet::from_value(jwks) {
        Ok(keys) if keys.keys().is_empty() => Err(invalid("jwks: holds no key that is understood")),
        Ok(_) => Ok(()),
        // RFC 7591 §2: the value must not hold a private or symmetric key.
        Err(InvalidJwk::Private) => Err(invalid("jwks: holds a private key; that key is no secret any more")),
        Err(_) => Err(invalid("jwks: is no JWK Set")),
    }
}

/// What we would refuse to ask later is refused now, while somebody reads the answer.
fn check_fetched_urls(tenant: &Tenant, metadata: &ClientMetadata) -> Result<(), EndpointError> {
    let single = [
        ("jwks_uri", &metadata.jwks_uri),
        ("sector_identifier_uri", &metadata.sector_identifier_uri),
        ("backchannel_logout_uri", &metadata.backchannel_logout_uri),
        ("backchannel_client_notification_endpoint", &metadata.backchannel_client_notification_endpoint),
    ];
    let single = single.into_iter().filter_map(|(member, uri)| Some((member, uri.as_ref()?)));
    for (member, uri) in single.chain(metadata.request_uris.iter().map(|uri| ("request_uris", uri))) {
        if let Err(error) = Fetcher::check(&tenant.settings.outgoing, uri) {
            let description = format!("{member}: {error}");
            return Err(OAuthError::with_detail(ErrorCode::InvalidClientMetadata, &description).into());
        }
    }
    Ok(())
}
