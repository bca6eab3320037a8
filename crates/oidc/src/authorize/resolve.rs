//! Where the parameters of a request really stand: in the query, in a request object, behind a `request_uri`.

use std::sync::Arc;

use latchkey_protocol::{ErrorCode, OAuthError, Params};
use latchkey_tenants::{BesideRequestObject, Client, RequestObjectRule};

use super::Exchange;
use super::kept::Origin;
use super::pushed::{PUSHED_PREFIX, invalid_request_uri};
use super::request::UnverifiedTarget;
use super::understand::{Refusal, Repeated};
use crate::page_error::unavailable_or_internal;

/// The parameters that count.
pub(crate) struct Resolved {
    pub(crate) params: Params,
    /// Which of them were sent more than once.
    pub(crate) repeated: Repeated,
    /// Which way they came.
    pub(crate) origin: Origin,
}

impl Exchange<'_> {
    /// Replaces what the browser brought by what it refers to.
    pub(super) async fn resolve(
        &self,
        mut params: Params,
        repeated: Repeated,
        client: &Arc<Client>,
    ) -> Result<Resolved, Refusal> {
        let object = match (params.optional("request"), params.optional("request_uri")) {
            (None, None) => return Ok(Resolved { params, repeated, origin: Origin::Browser }),
            (Some(object), None) => Ok(object),
            (None, Some(uri)) => match uri.strip_prefix(PUSHED_PREFIX) {
                Some(id) => return self.resolve_pushed(id, client).await,
                None => self.fetch_request_object(client, &uri).await,
            },
            (Some(_), Some(_)) => Err(OAuthError::invalid_request("request and request_uri exclude each other")),
        };
        let outer = (params, repeated);
        let object = match object {
            Ok(object) => object,
            Err(error) => return Err(self.refuse_outer(outer.0, client, error)),
        };
        match self.verify_request_object(client, &object).await? {
            Ok(inner) => self.combine(inner, outer, client),
            Err(error) => Err(self.refuse_outer(outer.0, client, error)),
        }
    }

    /// RFC 9126 §4: what stands beside it does not count.
    async fn resolve_pushed(&self, id: &str, client: &Client) -> Result<Resolved, Refusal> {
        let found = self.services.find_pushed(&self.context.tenant.id, id, client).await;
        let found = found.map_err(|error| Refusal::Web(unavailable_or_internal(error)))?;
        let pushed = found.ok_or_else(|| Refusal::Page(invalid_request_uri()))?;
        let params = Params::parse(pushed.query.as_bytes()).map_err(|error| Refusal::Page(error.into()))?;
        Ok(Resolved { params, repeated: Repeated::new(), origin: Origin::Pushed(id.to_owned()) })
    }

    fn combine(&self, inner: Params, outer: (Params, Repeated), client: &Arc<Client>) -> Result<Resolved, Refusal> {
        let origin = Origin::RequestObject;
        if client.rules().beside_request_object == BesideRequestObject::Ignored {
            return Ok(Resolved { params: inner, repeated: Repeated::new(), origin });
        }
        let (outer, repeated) = outer;
        // OpenID Connect Core §6.1: so that the request is a valid one of OAuth 2.0.
        let outside = outer.peek("response_type");
        if outside.is_none() || inner.peek("response_type").is_some_and(|inside| Some(inside) != outside) {
            let reason = "response_type must stand beside the request object, and be the same inside";
            return Err(self.refuse_outer(inner.over(outer), client, OAuthError::invalid_request(reason)));
        }
        Ok(Resolved { params: inner.over(outer), repeated, origin })
    }

    /// Tells the client, if the parameters in the open may say where; else it is a page.
    fn refuse_outer(&self, mut params: Params, client: &Arc<Client>, error: OAuthError) -> Refusal {
        if client.rules().request_object == RequestObjectRule::Required {
            return Refusal::Page(error);
        }
        match self.verify_target(client, &UnverifiedTarget::parse(&mut params)) {
            Ok(target) => Refusal::Respond(Box::new(target), error),
            Err(_) => Refusal::Page(error),
        }
    }

    /// The parameters of a request that is being pushed: a request object counts alone (RFC 9126 §3).
    pub(crate) async fn resolve_for_push(&self, mut params: Params, client: &Client) -> Result<Params, Refusal> {
        if params.peek("request_uri").is_some() {
            return Err(Refusal::Page(OAuthError::invalid_request("a pushed request holds no request_uri")));
        }
        if let Some(object) = params.optional("request") {
            return self.verify_request_object(client, &object).await?.map_err(Refusal::Page);
        }
        if client.rules().request_object == RequestObjectRule::Required {
            return Err(Refusal::Page(unsigned()));
        }
        params.set("client_id", client.client_id.to_string());
        Ok(params)
    }
}

/// The client signs its requests, and this one is not signed.
pub(super) fn unsigned() -> OAuthError {
    OAuthError::new(ErrorCode::InvalidRequest, "this client must send a signed request object")
}
