//! The client registration endpoint, [RFC 7591 §3](https://www.rfc-editor.org/rfc/rfc7591#section-3), OpenID Connect
//! Dynamic Client Registration §3.

mod management;
mod offered;
mod response;
mod sector_identifier;
mod software_statement;

use std::time::Duration;

use actix_web::{HttpRequest, HttpResponse, web};
use latchkey_core::{ClientId, Secret, TokenHash, UtcTime};
use latchkey_protocol::{ErrorCode, OAuthError, TokenEndpointAuthMethod};
use latchkey_tenants::{
    Client, ClientOrigin, ClientSecret, InvalidClient, NewRegistration, Registration, RegistrationMode, Tenant,
};
use latchkey_web::{ClientAddress, TenantContext};

use crate::Services;
use crate::address_throttle::Bound;
use crate::bearer::header_token;
use crate::error::EndpointError;
use crate::json_body::JsonObject;
use crate::no_store::forbid_storing;

pub(crate) use management::{read, remove, replace};
pub(crate) use offered::client_name;
use response::ClientInformation;

const WINDOW: Duration = Duration::from_secs(60 * 60);

/// `POST /oauth2/register`: lets a client in that nobody wrote down.
pub(crate) async fn register(
    http: HttpRequest,
    context: TenantContext,
    address: ClientAddress,
    services: web::Data<Services>,
    body: JsonObject,
) -> Result<HttpResponse, EndpointError> {
    let initial = services.admit_registration(&http, &context, &address).await?;
    let offered = services.understand_client(&context, body.0).await?;

    let now = services.clock.now();
    let client_id = ClientId::generate(now, &services.rng);
    let (secret, secrets) = services.new_secret(&context.tenant, &client_id, offered.method(), now)?;
    let name = offered.name.unwrap_or_else(|| client_id.to_string());
    let client = Client { client_id, name, metadata: offered.metadata, secrets, origin: ClientOrigin::Registered };
    client.validate().map_err(refused)?;

    let management = services.rng.token();
    let new = NewRegistration { client: client.clone(), management: TokenHash::of(management.expose()), initial };
    match services.registrations.register(&context.tenant, new, now).await? {
        Registration::Registered => {}
        Registration::TokenSpent => return Err(EndpointError::InvalidAccessToken),
        Registration::Full => {
            let description = "this server takes no more registered clients";
            return Err(OAuthError::new(ErrorCode::AccessDenied, description).into());
        }
    }
    tracing::info!(client_id = client.client_id.as_str(), "a client registered itself");
    let information = ClientInformation { client: &client, registered_at: now, management: &management, secret };
    let members = information.members(&context.issuer, offered.software_statement);
    Ok(forbid_storing(&mut HttpResponse::Created()).json(members))
}

impl Services {
    /// Who may register: as the tenant's policy says. Gives the hash of the initial access token.
    async fn admit_registration(
        &self,
        http: &HttpRequest,
        context: &TenantContext,
        address: &ClientAddress,
    ) -> Result<Option<TokenHash>, EndpointError> {
        let policy = &context.tenant.settings.client_registration;
        let initial = match policy.mode {
            RegistrationMode::Off => return Err(EndpointError::RegistrationOff),
            RegistrationMode::Token => Some(header_token(http)?.ok_or(EndpointError::NoAccessToken)?),
            RegistrationMode::Open => header_token(http)?,
        };
        let Some(initial) = initial else {
            let most = policy.registrations_per_address;
            let bound = Bound { what: "registration", most, window: WINDOW };
            self.admit_address(&context.tenant.id, address.0, &bound).await?;
            return Ok(None);
        };
        let initial = TokenHash::of(initial.expose());
        if self.registrations.admits(&context.tenant.id, initial.clone(), self.clock.now()).await? {
            return Ok(Some(initial));
        }
        Err(EndpointError::InvalidAccessToken)
    }

    /// A secret for a client whose method needs one, and its record.
    fn new_secret(
        &self,
        tenant: &Tenant,
        client_id: &ClientId,
        method: TokenEndpointAuthMethod,
        now: UtcTime,
    ) -> Result<(Option<Secret<String>>, Vec<ClientSecret>), EndpointError> {
        if !method.uses_secret() {
            return Ok((None, Vec::new()));
        }
        let secret = self.rng.token();
        let mut record = ClientSecret::new(&secret, now, None);
        if method == TokenEndpointAuthMethod::ClientSecretJwt {
            let sealed = self.secret_sealer.seal(&tenant.id, client_id, &secret, &self.rng);
            record.sealed = Some(sealed.map_err(|error| EndpointError::Internal(error.into()))?);
        }
        Ok((Some(secret), vec![record]))
    }
}

/// RFC 7591 §3.2.2.
fn refused(error: InvalidClient) -> EndpointError {
    let code = match error.member {
        "redirect_uris" => ErrorCode::InvalidRedirectUri,
        _ => ErrorCode::InvalidClientMetadata,
    };
    OAuthError::with_detail(code, &error.to_string()).into()
}
