//! Client authentication, [RFC 6749 §2.3](https://www.rfc-editor.org/rfc/rfc6749#section-2.3), and the gate that every
//! client passes on its way to a token, an introspection or a revocation.

mod assertion;
mod certificate;
mod distinguished_name;
mod throttle;

use std::future::Future;
use std::net::{IpAddr, Ipv4Addr};
use std::pin::Pin;
use std::sync::Arc;

use actix_web::dev::Payload;
use actix_web::http::header::{AUTHORIZATION, HeaderValue};
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use latchkey_core::{ClientId, Secret, TokenHash};
use latchkey_jose::UnverifiedJws;
use latchkey_protocol::{BasicCredentials, ErrorCode, GrantType, OAuthError, Params, TokenEndpointAuthMethod};
use latchkey_tenants::{Client, ClientOrigin, Tenant};
use latchkey_web::{ClientCertificate, RequestOrigin};
use serde_json::{Map, Value};

use crate::Services;
use crate::endpoint::{Strangers, chain};
use crate::error::EndpointError;
use crate::form::Form;
use crate::json_body::JsonObject;

use assertion::Refusal;
pub use throttle::ClientThrottle;
use throttle::CounterId;

/// By what names a client says who it is in a body.
const CREDENTIALS: [&str; 4] = ["client_id", "client_secret", "client_assertion", "client_assertion_type"];
/// RFC 7523 §2.2.
const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// What a client presents to prove who it is; nothing of it is verified.
#[derive(Clone, Debug)]
pub(crate) struct ClientCredentials {
    /// Who it claims to be.
    unverified_client_id: String,
    proof: Proof,
    /// The certificate of the connection, which is a proof for clients that registered so.
    certificate: Option<ClientCertificate>,
    /// Which endpoint it calls, relative to the issuer.
    endpoint: String,
    /// What the endpoint leaves behind for strangers.
    strangers: Strangers,
    /// Where it calls from.
    address: IpAddr,
}

#[derive(Clone, Debug)]
enum Proof {
    /// Only a `client_id`: a public client, or one that is known by its certificate.
    Nothing,
    /// By HTTP Basic or in the body.
    Secret(Secret<String>),
    /// A signed JWT.
    Assertion(Box<UnverifiedJws>),
}

impl ClientCredentials {
    /// Takes the credentials of a request out of its header, its connection and the parameters.
    fn of(req: &HttpRequest, params: &mut Params) -> Result<Self, EndpointError> {
        // RFC 9110 §5.3: of two headers one would be believed and the other not looked at.
        if req.headers().get_all(AUTHORIZATION).count() > 1 {
            return Err(OAuthError::invalid_request("more than one Authorization header").into());
        }
        let authorization = req.headers().get(AUTHORIZATION).map(HeaderValue::as_bytes);
        let (unverified_client_id, proof) = Self::parse(authorization, params)?;
        Ok(Self {
            unverified_client_id,
            proof,
            certificate: ClientCertificate::of(req),
            endpoint: endpoint_of(req.path()).to_owned(),
            // Counted unless the table of routes says otherwise.
            strangers: req.extensions().get::<Strangers>().copied().unwrap_or(Strangers::AreCounted),
            address: RequestOrigin::of(req).map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |origin| origin.client),
        })
    }

    /// Where it calls from.
    pub(crate) fn address(&self) -> IpAddr {
        self.address
    }

    /// Whether an assertion is among it.
    pub(crate) fn has_assertion(&self) -> bool {
        matches!(self.proof, Proof::Assertion(_))
    }

    /// Takes the credentials out of the `Authorization` header and the parameters.
    fn parse(authorization: Option<&[u8]>, params: &mut Params) -> Result<(String, Proof), EndpointError> {
        let client_id = params.optional("client_id");
        let client_secret = params.optional("client_secret").map(Secret::new);
        let assertion = params.optional("client_assertion");
        let assertion_type = params.optional("client_assertion_type");
        let has_assertion = assertion.is_some() || assertion_type.is_some();
        // RFC 6749 §2.3: a client must not use more than one method in a request.
        let methods = [authorization.is_some(), client_secret.is_some(), has_assertion];
        let other_than = |claimed: &str| client_id.as_deref().is_some_and(|id| id != claimed);
        if methods.into_iter().filter(|used| *used).count() > 1 {
            return Err(OAuthError::invalid_request("more than one client authentication method").into());
        }
        if let Some(authorization) = authorization {
            let basic = BasicCredentials::parse(authorization).ok_or(EndpointError::InvalidClient)?;
            let (claimed, secret) = (basic.client_id, basic.client_secret);
            if other_than(&claimed) {
                return Err(OAuthError::invalid_request("client_id is not the authenticated client").into());
            }
            return Ok((claimed, Proof::Secret(secret)));
        }
        if has_assertion {
            let (claimed, assertion) = parse_assertion(assertion_type, assertion)?;
            if other_than(&claimed) {
                return Err(EndpointError::InvalidClient);
            }
            return Ok((claimed, Proof::Assertion(Box::new(assertion))));
        }
        let claimed = client_id.ok_or(EndpointError::InvalidClient)?;
        Ok((claimed, client_secret.map_or(Proof::Nothing, Proof::Secret)))
    }
}

/// RFC 7521 §4.2: the assertion names the client, by `sub` (RFC 7523 §3).
fn parse_assertion(
    assertion_type: Option<String>,
    assertion: Option<String>,
) -> Result<(String, UnverifiedJws), EndpointError> {
    let (Some(assertion_type), Some(assertion)) = (assertion_type, assertion) else {
        return Err(OAuthError::invalid_request("client_assertion and client_assertion_type go together").into());
    };
    if assertion_type != JWT_BEARER {
        return Err(EndpointError::InvalidClient);
    }
    let assertion = UnverifiedJws::parse(&assertion).map_err(|_| EndpointError::InvalidClient)?;
    let claimed = assertion.unverified_text("sub").ok_or(EndpointError::InvalidClient)?.to_owned();
    Ok((claimed, assertion))
}

/// A client that proved who it is, or a public one that cannot.
#[derive(Clone, Debug)]
pub(crate) struct AuthenticatedClient(Arc<Client>);

impl std::ops::Deref for AuthenticatedClient {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.0
    }
}

impl AuthenticatedClient {
    /// The client itself, to be kept.
    pub(crate) fn shared(&self) -> Arc<Client> {
        Arc::clone(&self.0)
    }

    /// A client that asks for nothing: something is sent to where it registered, and only there.
    pub(crate) fn addressed(client: Arc<Client>) -> Self {
        Self(client)
    }

    /// RFC 6749 §5.2: `unauthorized_client` unless the client is registered for the grant type.
    pub(crate) fn require_grant_type(&self, grant_type: GrantType) -> Result<(), EndpointError> {
        if self.may_use_grant(grant_type) {
            return Ok(());
        }
        Err(OAuthError::new(ErrorCode::UnauthorizedClient, "the client may not use this grant type").into())
    }

    /// Refuses a client that cannot prove who it is.
    pub(crate) fn require_confidential(&self) -> Result<(), EndpointError> {
        if self.is_public() { Err(EndpointError::InvalidClient) } else { Ok(()) }
    }
}

impl Services {
    /// Finds the client and checks what it presents, by the one method that it registered.
    ///
    /// A secret is accepted by HTTP Basic and in the body alike, whichever of the two was registered: libraries
    /// choose between them on their own, and neither is weaker. A public client must present nothing.
    pub(crate) async fn authenticate_client(
        &self,
        tenant: &Tenant,
        credentials: &ClientCredentials,
    ) -> Result<AuthenticatedClient, EndpointError> {
        let counter = CounterId::new(&tenant.id, &credentials.unverified_client_id, credentials.address);
        self.client_throttle.admit(&counter).await?;
        let client = match credentials.unverified_client_id.parse::<ClientId>() {
            Ok(client_id) => self.find_client(tenant, &client_id, credentials.address).await?,
            Err(_) => None,
        };
        let (authentic, counter) = match &client {
            Some(client) => {
                // Its assertion is going to be remembered (RFC 7523 §3), and it makes as many as it likes.
                if is_stranger(client) && credentials.has_assertion() {
                    self.sign_in.would_admit_stranger(tenant, credentials.address).await?;
                }
                (self.is_authentic(tenant, client, credentials).await?, counter)
            }
            None => {
                let counter = CounterId::of_unknown(&tenant.id, credentials.address);
                self.client_throttle.admit(&counter).await?;
                feign(credentials);
                (false, counter)
            }
        };
        match client.filter(|_| authentic) {
            Some(client) => {
                self.admit_client(tenant, &client, credentials).await?;
                Ok(AuthenticatedClient(client))
            }
            None => {
                if !matches!(credentials.proof, Proof::Nothing) {
                    self.client_throttle.note_failure(counter).await?;
                }
                Err(EndpointError::InvalidClient)
            }
        }
    }

    /// Counts a client that is a stranger where it is going to leave something behind. One that an operator registered
    /// and that proved who it is is not counted: it answers for what it does, and an office full of users sits behind it.
    async fn admit_client(
        &self,
        tenant: &Tenant,
        client: &Client,
        credentials: &ClientCredentials,
    ) -> Result<(), EndpointError> {
        let counted = match credentials.strangers {
            Strangers::AreCounted => true,
            Strangers::LeaveNothing | Strangers::HaveTheirOwnBound => credentials.has_assertion(),
            Strangers::FailuresAreCounted => false,
        };
        if counted && is_stranger(client) {
            self.sign_in.admit_stranger(tenant, credentials.address).await?;
        }
        Ok(())
    }

    async fn is_authentic(
        &self,
        tenant: &Tenant,
        client: &Client,
        credentials: &ClientCredentials,
    ) -> Result<bool, EndpointError> {
        use TokenEndpointAuthMethod as Method;
        let method = client.metadata.token_endpoint_auth_method;
        if !client.rules().auth_methods.contains(&method) {
            return Ok(false);
        }
        Ok(match (method, &credentials.proof, &credentials.certificate) {
            (Method::ClientSecretBasic | Method::ClientSecretPost, Proof::Secret(secret), _) => {
                client.verify_secret(secret, self.clock.now())
            }
            (Method::ClientSecretJwt | Method::PrivateKeyJwt, Proof::Assertion(assertion), _) => {
                match self.verify_assertion((tenant, client), credentials, assertion).await {
                    Ok(()) => true,
                    Err(Refusal::Endpoint(error)) => return Err(error),
                    Err(refusal) => refused(client, &refusal),
                }
            }
            (Method::TlsClientAuth, Proof::Nothing, Some(certificate)) => {
                self.verify_pki_certificate(tenant, client, certificate)
            }
            (Method::SelfSignedTlsClientAuth, Proof::Nothing, Some(certificate)) => {
                let outcome = self.verify_self_signed_certificate(tenant, client, certificate).await;
                outcome.unwrap_or_else(|refusal| refused(client, &refusal))
            }
            (Method::None, Proof::Nothing, _) => true,
            _ => {
                feign(credentials);
                false
            }
        })
    }
}

/// Whether anybody may be this client: it proves nothing, or nobody but itself says who it is.
pub(crate) fn is_stranger(client: &Client) -> bool {
    client.is_public() || client.origin != ClientOrigin::Managed
}

/// The time must not tell an unknown client from a wrong secret.
fn feign(credentials: &ClientCredentials) {
    if let Proof::Secret(secret) = &credentials.proof {
        std::hint::black_box(TokenHash::of(secret.expose()));
    }
}

/// Says in the log what the answer must not.
fn refused(client: &Client, refusal: &(dyn std::error::Error + 'static)) -> bool {
    let client_id = client.client_id.as_str();
    tracing::info!(client_id, error = %chain(refusal), "client authentication refused");
    false
}

/// A form post by a client: who it claims to be, and what it asks for.
pub(crate) struct ClientRequest<T> {
    pub(crate) credentials: ClientCredentials,
    pub(crate) request: T,
}

impl<T> FromRequest for ClientRequest<T>
where
    T: TryFrom<Params, Error = OAuthError>,
{
    type Error = EndpointError;
    type Future = Pin<Box<dyn Future<Output = Result<Self, EndpointError>>>>;

    fn from_request(req: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let form = Form::from_request(req, payload);
        let req = req.clone();
        Box::pin(async move {
            let mut params = form.await?.0;
            let credentials = ClientCredentials::of(&req, &mut params)?;
            Ok(Self { credentials, request: T::try_from(params)? })
        })
    }
}

/// A JSON body by a client: its credentials stand in the header or, by the names that they have in a form, among the
/// members.
pub(crate) struct JsonClientRequest {
    pub(crate) credentials: ClientCredentials,
    pub(crate) members: Map<String, Value>,
}

impl FromRequest for JsonClientRequest {
    type Error = EndpointError;
    type Future = Pin<Box<dyn Future<Output = Result<Self, EndpointError>>>>;

    fn from_request(req: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let body = JsonObject::from_request(req, payload);
        let req = req.clone();
        Box::pin(async move {
            let mut members = body.await?.0;
            let mut params = Params::default();
            for name in CREDENTIALS {
                match members.remove(name) {
                    None => {}
                    Some(Value::String(text)) if !text.is_empty() => params.set(name, text),
                    Some(_) => return Err(OAuthError::invalid_request("credentials must be strings").into()),
                }
            }
            Ok(Self { credentials: ClientCredentials::of(&req, &mut params)?, members })
        })
    }
}

/// What follows the issuer in a path.
fn endpoint_of(path: &str) -> &str {
    path.find("/oauth2/").and_then(|begin| path.get(begin..)).unwrap_or(path)
}

#[cfg(test)]
mod tests;
