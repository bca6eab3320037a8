//! Telling a client that its user has answered: OpenID Connect CIBA Core §10.2 (ping) and §10.3.1 (push).
//!
//! `auth` leaves a notice in the outbox when the user answers. A ping says that there is something to fetch. For a push
//! the tokens are issued once and put into the outbox, sealed, from where they are posted until the client has them.

use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use latchkey_audit::{DeliveryPolicy, Handler, OutboxEntry, Undelivered};
use latchkey_auth::{DecisionNotice, Delivery, Polled, PushNotice};
use latchkey_core::{ClientId, Secret};
use latchkey_fetch::{StatusCode, bearer};
use latchkey_tenants::TenantStatus;
use latchkey_web::TenantContext;
use serde_json::{Value, json};

use crate::Services;
use crate::client_authentication::AuthenticatedClient;
use crate::error::EndpointError;

/// Delivers what the outbox holds for clients of CIBA.
pub struct BackchannelDelivery {
    /// What issues the tokens.
    pub services: Services,
}

/// A client answered that it does not take the notice, or not now.
#[derive(Debug, thiserror::Error)]
#[error("the client answered {0}")]
struct Answered(StatusCode);

#[derive(Debug, thiserror::Error)]
#[error("the client_notification_token cannot stand in a header")]
struct NoToken;

impl BackchannelDelivery {
    /// With what each kind begins.
    pub const PREFIX: &'static str = "ciba.";

    /// Tries for about ten minutes: a request hardly lives longer.
    pub const POLICY: DeliveryPolicy = DeliveryPolicy {
        concurrency: 32,
        concurrency_per_destination: 2,
        deadline: Duration::from_secs(15),
        first_retry: Duration::from_secs(5),
        last_retry: Duration::from_secs(120),
        max_attempts: 10,
    };

    async fn decided(&self, entry: &OutboxEntry) -> Result<(), Undelivered> {
        let notice: DecisionNotice = entry.payload()?;
        let Some((context, client)) = self.find(entry, &notice.client_id).await? else { return Ok(()) };
        let backchannel = &self.services.backchannel;
        let found = backchannel.find(&entry.tenant_id, &notice.client_id, &notice.auth_req_id).await;
        match found.map_err(retry)?.map(|request| request.delivery) {
            Some(Delivery::Ping { token }) => {
                let body = json!({ "auth_req_id": notice.auth_req_id.expose() });
                self.post(&context, &client, &token, &Secret::new(body.to_string())).await
            }
            Some(Delivery::Push { token }) => self.push(&context, &client, notice, token).await,
            // Over, fetched already, or of a client that asks by itself.
            Some(Delivery::Poll) | None => Ok(()),
        }
    }

    /// Puts what is to be pushed into the outbox: what was issued must not be issued again when the client is away.
    async fn push(
        &self,
        context: &TenantContext,
        client: &AuthenticatedClient,
        notice: DecisionNotice,
        token: Secret<String>,
    ) -> Result<(), Undelivered> {
        let backchannel = &self.services.backchannel;
        let polled = backchannel.look(&context.tenant.id, &client.client_id, &notice.auth_req_id).await;
        let mut body = match polled.map_err(retry)? {
            Polled::Approved { request, approval } => {
                let tokens = self.services.issue_pushed(context, client, (request, *approval), &notice.auth_req_id);
                tokens.await.and_then(to_json).unwrap_or_else(|error| {
                    tracing::warn!(client_id = %client.client_id, %error, "tokens that were to be pushed were not issued");
                    failure("transaction_failed", "the tokens could not be issued")
                })
            }
            Polled::Denied => failure("access_denied", "the user denied the request"),
            Polled::Expired => failure("expired_token", "the user did not answer in time"),
            Polled::Pending | Polled::TooFast | Polled::Unknown => return Ok(()),
        };
        if let Value::Object(members) = &mut body {
            members.insert("auth_req_id".to_owned(), json!(notice.auth_req_id.expose()));
        }
        let notice = PushNotice { client_id: notice.client_id, token, body: Secret::new(body.to_string()) };
        backchannel.enqueue_push(&context.tenant.id, notice).await.map_err(retry)
    }

    async fn pushed(&self, entry: &OutboxEntry) -> Result<(), Undelivered> {
        let notice: PushNotice = entry.payload()?;
        let Some((context, client)) = self.find(entry, &notice.client_id).await? else { return Ok(()) };
        self.post(&context, &client, &notice.token, &notice.body).await
    }

    /// The tenant and the client; none when either is no more, and owed nothing.
    async fn find(
        &self,
        entry: &OutboxEntry,
        client_id: &ClientId,
    ) -> Result<Option<(TenantContext, AuthenticatedClient)>, Undelivered> {
        let directory = &self.services.directory;
        let tenant = directory.find_tenant(&entry.tenant_id).await.map_err(retry)?;
        let client = directory.find_client(&entry.tenant_id, client_id).await.map_err(retry)?;
        // A suspended tenant issues nothing, not even what was approved before.
        let tenant = tenant.filter(|tenant| tenant.status == TenantStatus::Active);
        let Some((tenant, client)) = tenant.zip(client) else { return Ok(None) };
        let issuer = tenant.issuer(&self.services.public_url);
        let context = TenantContext { issuer, tenant, base_path: String::new(), address: None };
        Ok(Some((context, AuthenticatedClient::addressed(client))))
    }

    async fn post(
        &self,
        context: &TenantContext,
        client: &AuthenticatedClient,
        token: &Secret<String>,
        body: &Secret<String>,
    ) -> Result<(), Undelivered> {
        let Some(uri) = &client.metadata.backchannel_client_notification_endpoint else { return Ok(()) };
        let headers = bearer(token).ok_or_else(|| Undelivered::Hopeless(NoToken.into()))?;
        let body = body.expose().clone().into_bytes();
        let answer = self.services.fetcher.post_json(context.tenant.outgoing(), uri, body, headers).await;
        judge(answer.map_err(retry)?)
    }
}

impl Handler for BackchannelDelivery {
    fn deliver<'a>(&'a self, entry: &'a OutboxEntry) -> BoxFuture<'a, Result<(), Undelivered>> {
        if entry.kind == PushNotice::KIND { self.pushed(entry).boxed() } else { self.decided(entry).boxed() }
    }
}

/// §10.2: 204 is the answer, 200 is accepted too, and no redirect is followed: it would carry the token elsewhere.
fn judge(status: StatusCode) -> Result<(), Undelivered> {
    let later = matches!(status, StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_MANY_REQUESTS);
    if status.is_success() {
        Ok(())
    } else if later || status.is_server_error() {
        Err(Undelivered::Retry(Answered(status).into()))
    } else {
        Err(Undelivered::Hopeless(Answered(status).into()))
    }
}

/// §12.
fn failure(error: &str, description: &str) -> Value {
    json!({ "error": error, "error_description": description })
}

fn to_json(tokens: impl serde::Serialize) -> Result<Value, EndpointError> {
    serde_json::to_value(tokens).map_err(|error| EndpointError::Internal(error.into()))
}

fn retry(error: impl std::error::Error + Send + Sync + 'static) -> Undelivered {
    Undelivered::Retry(error.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_redirect_is_followed_and_only_what_may_change_is_tried_again() {
        for status in [200, 204] {
            assert!(judge(StatusCode::from_u16(status).expect("a status")).is_ok(), "{status}");
        }
        for status in [408, 429, 500, 503] {
            let outcome = judge(StatusCode::from_u16(status).expect("a status"));
            assert!(matches!(outcome, Err(Undelivered::Retry(_))), "{status}");
        }
        for status in [301, 302, 307, 308, 400, 401, 403, 404] {
            let outcome = judge(StatusCode::from_u16(status).expect("a status"));
            assert!(matches!(outcome, Err(Undelivered::Hopeless(_))), "{status}");
        }
    }
}
