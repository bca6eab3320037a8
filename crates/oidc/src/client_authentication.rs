//! Client authentication, [RFC 6749 §2.3](https://www.rfc-editor.org/rfc/rfc6749#section-2.3), and the gate that every
//! client passes on its way to a token, an introspection or a revocation.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use actix_web::dev::Payload;
use actix_web::http::header::AUTHORIZATION;
use actix_web::{FromRequest, HttpRequest};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use latchkey_core::{ClientId, Secret, TokenHash};
use latchkey_protocol::params::form_decode;
use latchkey_protocol::{ErrorCode, GrantType, OAuthError, Params};
use latchkey_tenants::{Client, Tenant};

use crate::Services;
use crate::error::EndpointError;
use crate::form::Form;

/// What a client presents to prove who it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ClientCredentials {
    /// A secret, by HTTP Basic or in the body.
    Secret {
        /// Who it claims to be.
        unverified_client_id: String,
        /// What only that client knows.
        secret: Secret<String>,
    },
    /// Only a `client_id`: a public client.
    None {
        /// Who it claims to be.
        unverified_client_id: String,
    },
}

impl ClientCredentials {
    /// Takes the credentials out of the `Authorization` header and the parameters.
    pub(crate) fn parse(authorization: Option<&[u8]>, params: &mut Params) -> Result<Self, EndpointError> {
        let client_id = params.optional("client_id");
        let client_secret = params.optional("client_secret").map(Secret::new);
        if params.optional("client_assertion").is_some() || params.optional("client_assertion_type").is_some() {
            return Err(EndpointError::InvalidClient);
        }
        let Some(authorization) = authorization else {
            let unverified_client_id = client_id.ok_or(EndpointError::InvalidClient)?;
            return Ok(match client_secret {
                Some(secret) => Self::Secret { unverified_client_id, secret },
                None => Self::None { unverified_client_id },
            });
        };
        let (unverified_client_id, secret) = parse_basic(authorization).ok_or(EndpointError::InvalidClient)?;
        // RFC 6749 §2.3: a client must not use more than one method in a request.
        if client_secret.is_some() || client_id.is_some_and(|id| id != unverified_client_id) {
            return Err(OAuthError::invalid_request("more than one client authentication method").into());
        }
        Ok(Self::Secret { unverified_client_id, secret })
    }

    fn unverified_client_id(&self) -> &str {
        match self {
            Self::Secret { unverified_client_id, .. } | Self::None { unverified_client_id } => unverified_client_id,
        }
    }
}

/// RFC 6749 §2.3.1: id and secret are form-encoded before they are joined by a colon.
fn parse_basic(authorization: &[u8]) -> Option<(String, Secret<String>)> {
    let (scheme, encoded) = authorization.split_at_checked(6)?;
    if !scheme.eq_ignore_ascii_case(b"basic ") {
        return None;
    }
    let pair = STANDARD.decode(encoded.trim_ascii()).ok()?;
    let colon = pair.iter().position(|byte| *byte == b':')?;
    let (id, secret) = pair.split_at_checked(colon)?;
    let secret = form_decode(secret.get(1..)?).ok()?;
    Some((form_decode(id).ok()?, Secret::new(secret)))
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
    /// Finds the client and checks its secret.
    ///
    /// A secret is accepted by HTTP Basic and in the body alike, whichever of the two was registered: libraries
    /// choose between them on their own, and neither is weaker. A client registered with a secret must send it, and a
    /// public client must send none.
    pub(crate) async fn authenticate_client(
        &self,
        tenant: &Tenant,
        credentials: &ClientCredentials,
    ) -> Result<AuthenticatedClient, EndpointError> {
        let client = match credentials.unverified_client_id().parse::<ClientId>() {
            Ok(client_id) => self.directory.find_client(&tenant.id, &client_id).await?,
            Err(_) => None,
        };
        let authentic = match (&client, credentials) {
            (Some(client), ClientCredentials::None { .. }) => client.is_public(),
            (Some(client), ClientCredentials::Secret { secret, .. }) => client.verify_secret(secret, self.clock.now()),
            // Hashing all the same: the time must not tell an unknown client from a wrong secret.
            (None, ClientCredentials::Secret { secret, .. }) => {
                std::hint::black_box(TokenHash::of(secret.expose()));
                false
            }
            (None, ClientCredentials::None { .. }) => false,
        };
        client.filter(|_| authentic).map(AuthenticatedClient).ok_or(EndpointError::InvalidClient)
    }
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
        let authorization = req.headers().get(AUTHORIZATION).cloned();
        Box::pin(async move {
            let mut params = form.await?.0;
            let credentials =
                ClientCredentials::parse(authorization.as_ref().map(|value| value.as_bytes()), &mut params)?;
            Ok(Self { credentials, request: T::try_from(params)? })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(authorization: Option<&str>, body: &str) -> Result<ClientCredentials, EndpointError> {
        let mut params = Params::parse(body.as_bytes()).expect("a form");
        ClientCredentials::parse(authorization.map(str::as_bytes), &mut params)
    }

    fn basic(pair: &str) -> String {
        format!("Basic {}", STANDARD.encode(pair))
    }

    fn secret(id: &str, secret: &str) -> ClientCredentials {
        ClientCredentials::Secret { unverified_client_id: id.to_owned(), secret: secret.into() }
    }

    #[test]
    fn basic_credentials_are_form_decoded() {
        assert_eq!(parse(Some(&basic("web:s%3Acret+1")), "").expect("parses"), secret("web", "s:cret 1"));
        assert_eq!(parse(Some(&basic("https%3A%2F%2Fapp:a:b")), "").expect("parses"), secret("https://app", "a:b"));
        assert_eq!(
            parse(Some(&basic("web:s").replace("Basic", "bAsIc")), "client_id=web").expect("parses"),
            secret("web", "s")
        );
    }

    #[test]
    fn a_body_may_hold_the_secret_or_only_the_id() {
        assert_eq!(parse(None, "client_id=web&client_secret=s").expect("parses"), secret("web", "s"));
        let public = ClientCredentials::None { unverified_client_id: "spa".to_owned() };
        assert_eq!(parse(None, "client_id=spa&client_secret=").expect("parses"), public);
    }

    #[test]
    fn two_methods_at_once_are_refused() {
        for body in ["client_secret=s", "client_id=web&client_secret=s", "client_id=other"] {
            let refused = parse(Some(&basic("web:s")), body);
            assert!(
                matches!(refused, Err(EndpointError::OAuth(OAuthError { code: ErrorCode::InvalidRequest, .. }))),
                "{body}"
            );
        }
    }

    #[test]
    fn no_or_unreadable_credentials_are_an_invalid_client() {
        let cases = [
            (None, ""),
            (None, "client_id=web&client_assertion=x"),
            (Some("Bearer abc".to_owned()), "client_id=web"),
            (Some("Basic ***".to_owned()), ""),
            (Some(basic("nocolon")), ""),
            (Some(basic("web:%zz")), ""),
            (Some("Basic".to_owned()), ""),
        ];
        for (authorization, body) in cases {
            let refused = parse(authorization.as_deref(), body);
            assert!(matches!(refused, Err(EndpointError::InvalidClient)), "{authorization:?} {body}");
        }
    }
}
