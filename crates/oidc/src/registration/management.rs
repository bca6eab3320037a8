//! The client configuration endpoint, [RFC 7592 §2](https://www.rfc-editor.org/rfc/rfc7592#section-2), for clients that
//! registered themselves.
//!
//! The registration access token stays the same for the life of the client: an answer that is lost must not leave a client
//! that nobody can manage.

use actix_web::{HttpRequest, HttpResponse, web};
use latchkey_core::{ClientId, Secret, TokenHash, UtcTime};
use latchkey_protocol::TokenEndpointAuthMethod;
use latchkey_tenants::{Client, ClientOrigin, ClientSecret, Written};
use latchkey_web::TenantContext;
use serde_json::{Map, Value};

use super::offered::invalid;
use super::refused;
use super::response::ClientInformation;
use crate::Services;
use crate::bearer::header_token;
use crate::error::EndpointError;
use crate::json_body::JsonObject;
use crate::no_store::{NoStore, forbid_storing};

/// A client, and the token by which somebody proved that it is theirs.
struct Managed {
    client: Client,
    registered_at: UtcTime,
    token: Secret<String>,
}

/// `GET /oauth2/register/{client_id}`: RFC 7592 §2.1.
pub(crate) async fn read(
    http: HttpRequest,
    context: TenantContext,
    services: web::Data<Services>,
) -> Result<NoStore<Map<String, Value>>, EndpointError> {
    let managed = services.managed_client(&http, &context).await?;
    Ok(NoStore(managed.information(None).members(&context.issuer, None)))
}

/// `PUT /oauth2/register/{client_id}`: RFC 7592 §2.2, replaces all metadata.
pub(crate) async fn replace(
    http: HttpRequest,
    context: TenantContext,
    services: web::Data<Services>,
    body: JsonObject,
) -> Result<NoStore<Map<String, Value>>, EndpointError> {
    let mut managed = services.managed_client(&http, &context).await?;
    managed.check_identity(&body.0, services.clock.now())?;
    let offered = services.understand_client(&context, body.0).await?;

    let now = services.clock.now();
    let client_id = managed.client.client_id.clone();
    let (method, kept) = (offered.method(), managed.client.secrets.clone());
    let (secret, secrets) = match kept_secrets(kept, method, now) {
        Some(secrets) => (None, secrets),
        None => services.new_secret(&context.tenant, &client_id, method, now)?,
    };
    let name = offered.name.unwrap_or_else(|| client_id.to_string());
    let client = Client { client_id, name, metadata: offered.metadata, secrets, origin: ClientOrigin::Registered };
    client.validate().map_err(refused)?;
    // Whom it knows by one subject it must not come to know by that of others: what it was granted goes on.
    if client.pairwise_sector() != managed.client.pairwise_sector() {
        return Err(invalid("subject_type and the sector stay as they were registered; register another client"));
    }
    managed.client = client;
    match services.registrations.update(&context.tenant.id, &managed.client, now).await? {
        Written::Written => {
            Ok(NoStore(managed.information(secret).members(&context.issuer, offered.software_statement)))
        }
        Written::NotFound => Err(EndpointError::InvalidAccessToken),
    }
}

/// `DELETE /oauth2/register/{client_id}`: RFC 7592 §2.3.
pub(crate) async fn remove(
    http: HttpRequest,
    context: TenantContext,
    services: web::Data<Services>,
) -> Result<HttpResponse, EndpointError> {
    let managed = services.managed_client(&http, &context).await?;
    let client_id = managed.client.client_id;
    match services.registrations.delete(&context.tenant.id, &client_id).await? {
        Written::Written => tracing::info!(client_id = client_id.as_str(), "a client deregistered itself"),
        Written::NotFound => return Err(EndpointError::InvalidAccessToken),
    }
    Ok(forbid_storing(&mut HttpResponse::NoContent()).finish())
}

impl Services {
    /// One answer for a client that is unknown, an operator's or another tenant's, and for a wrong token.
    async fn managed_client(&self, http: &HttpRequest, context: &TenantContext) -> Result<Managed, EndpointError> {
        let token = header_token(http)?.ok_or(EndpointError::NoAccessToken)?;
        let presented = TokenHash::of(token.expose());
        let found = match http.match_info().query("client_id").parse::<ClientId>() {
            Ok(client_id) => self.registrations.find(&context.tenant.id, &client_id).await?,
            Err(_) => None,
        };
        match found {
            Some((client, expected, registered_at)) if expected == presented => {
                Ok(Managed { client, registered_at, token })
            }
            _ => Err(EndpointError::InvalidAccessToken),
        }
    }
}

impl Managed {
    fn information(&self, secret: Option<Secret<String>>) -> ClientInformation<'_> {
        ClientInformation { client: &self.client, registered_at: self.registered_at, management: &self.token, secret }
    }

    /// RFC 7592 §2.2: the client names itself, and its secret, if at all, rightly.
    fn check_identity(&self, members: &Map<String, Value>, now: UtcTime) -> Result<(), EndpointError> {
        if members.get("client_id").and_then(Value::as_str) != Some(self.client.client_id.as_str()) {
            return Err(invalid("client_id: must be that of the client"));
        }
        let is_own = |secret: &Value| {
            secret.as_str().is_some_and(|secret| self.client.verify_secret(&Secret::new(secret.to_owned()), now))
        };
        match members.get("client_secret") {
            Some(secret) if !secret.is_null() && !is_own(secret) => {
                Err(invalid("client_secret: must be that of the client, or left out"))
            }
            _ => Ok(()),
        }
    }
}

/// The secrets that go on under the method; `None` when it needs one that is not there.
fn kept_secrets(
    mut secrets: Vec<ClientSecret>,
    method: TokenEndpointAuthMethod,
    now: UtcTime,
) -> Option<Vec<ClientSecret>> {
    if !method.uses_secret() {
        return Some(Vec::new());
    }
    let by_assertion = method == TokenEndpointAuthMethod::ClientSecretJwt;
    if !secrets.iter().any(|secret| secret.is_live(now) && (secret.sealed.is_some() || !by_assertion)) {
        return None;
    }
    if !by_assertion {
        secrets.iter_mut().for_each(|secret| secret.sealed = None);
    }
    Some(secrets)
}
