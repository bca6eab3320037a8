//! [OpenID Connect Back-Channel Logout](https://openid.net/specs/openid-connect-backchannel-1_0.html): when a session is
//! ended, each client that knows it is told by a logout token, server to server.
//!
//! `auth` leaves a signal in the outbox in the transaction that ends the session; the handler here turns it into one
//! notice for each client, and posts each notice. Nobody's browser waits for that. A session that only expires is not
//! told: its clients see it at their next request.

use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use latchkey_audit::{DeliveryPolicy, Handler, Outbox, OutboxEntry, Undelivered};
use latchkey_auth::SignIn;
use latchkey_core::{Clock, SessionId, TenantId, UserId};
use latchkey_fetch::{Fetcher, HeaderMap, StatusCode};
use latchkey_protocol::SubjectType;
use latchkey_tenants::{Client, Directory, PublicUrl};
use latchkey_tokens::{LogoutNotice, TokenType, Tokens};
use serde::Serialize;
use serde_json::json;

/// §2.4: life of a logout token; each attempt signs a new one.
const LIFETIME_SECONDS: i64 = 120;
const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

/// Delivers what the outbox holds of ended sessions.
pub struct LogoutDelivery {
    /// Finds tenants and clients.
    pub directory: Directory,
    /// Knows the users as each client does.
    pub sign_in: SignIn,
    /// Knows the clients of a session, and signs.
    pub tokens: Tokens,
    /// The clock.
    pub clock: Clock,
    /// The origin that all path issuers start with.
    pub public_url: PublicUrl,
    /// Where the notices wait.
    pub outbox: Outbox,
    /// Posts them, within the policy for outgoing requests of each tenant.
    pub fetcher: Fetcher,
}

/// The claims of §2.4. There is no `nonce`, so that nobody takes it for an ID token.
#[derive(Serialize)]
struct LogoutClaims<'a> {
    iss: &'a str,
    sub: &'a str,
    aud: &'a str,
    iat: i64,
    exp: i64,
    jti: &'a str,
    events: serde_json::Value,
    sid: &'a str,
}

/// A client answered that the notice is wrong, or cannot be handled now.
#[derive(Debug, thiserror::Error)]
#[error("the client answered {0}")]
struct Answered(StatusCode);

#[derive(Debug, thiserror::Error)]
#[error("the signal names no session")]
struct NoSession;

impl LogoutDelivery {
    /// With what each kind begins.
    pub const PREFIX: &'static str = "logout.";

    /// Tries for about a day; one client never takes more than two of the deliveries under way.
    pub const POLICY: DeliveryPolicy = DeliveryPolicy {
        concurrency: 32,
        concurrency_per_destination: 2,
        deadline: Duration::from_secs(15),
        first_retry: Duration::from_secs(10),
        last_retry: Duration::from_secs(60 * 60),
        max_attempts: 32,
    };

    async fn announce(&self, entry: &OutboxEntry, session: &str) -> Result<(), Undelivered> {
        let session: SessionId = session.parse().map_err(|_| Undelivered::Hopeless(NoSession.into()))?;
        let announced = self.tokens.announce_session_end(&self.outbox, &entry.tenant_id, &session).await;
        announced.map(|_| ()).map_err(|error| Undelivered::Retry(error.into()))
    }

    async fn notify(&self, entry: &OutboxEntry) -> Result<(), Undelivered> {
        let notice: LogoutNotice = entry.payload()?;
        let directory = &self.directory;
        let tenant = directory.find_tenant(&entry.tenant_id).await.map_err(retry)?;
        let client = directory.find_client(&entry.tenant_id, &notice.client_id).await.map_err(retry)?;
        // A client that was deleted meanwhile, or wants no notices any more, is owed none.
        let (Some(tenant), Some(client)) = (tenant, client) else { return Ok(()) };
        let Some(uri) = &client.metadata.backchannel_logout_uri else { return Ok(()) };
        let sub = self.subject(&tenant.id, &client, &notice).await?;
        let iat = self.clock.now().unix_seconds();
        let claims = LogoutClaims {
            iss: &tenant.issuer(&self.public_url),
            sub: &sub,
            aud: notice.client_id.as_str(),
            iat,
            exp: iat.saturating_add(LIFETIME_SECONDS),
            jti: &entry.id,
            events: json!({ EVENT: {} }),
            sid: notice.session_id.as_str(),
        };
        let (alg, typ) = (client.metadata.id_token_signed_response_alg, TokenType::LogoutToken.as_str());
        let token = self.tokens.keys().sign(&tenant.id, alg, typ, &claims).await.map_err(retry)?;
        let fields = [("logout_token", token.as_str())];
        let answer = self.fetcher.post_form(tenant.outgoing(), uri, &fields, HeaderMap::new()).await;
        judge(answer.map_err(retry)?)
    }

    /// The user as this client knows them: the rows name the user.
    async fn subject(&self, tenant: &TenantId, client: &Client, notice: &LogoutNotice) -> Result<String, Undelivered> {
        if client.metadata.subject_type == SubjectType::Public {
            return Ok(notice.subject.clone());
        }
        let user: UserId = notice.subject.parse().map_err(|_| Undelivered::Hopeless(NoSession.into()))?;
        self.sign_in.pairwise_subject(tenant, &client.sector(), &user).await.map_err(retry)
    }
}

impl Handler for LogoutDelivery {
    fn deliver<'a>(&'a self, entry: &'a OutboxEntry) -> BoxFuture<'a, Result<(), Undelivered>> {
        match entry.signal() {
            Some(session) => self.announce(entry, session).boxed(),
            None => self.notify(entry).boxed(),
        }
    }
}

/// §2.8: 200 is the answer, and 204 is accepted too; 400 says that the logout failed there, and no second token changes that.
fn judge(status: StatusCode) -> Result<(), Undelivered> {
    let later = matches!(status, StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_MANY_REQUESTS);
    if matches!(status, StatusCode::OK | StatusCode::NO_CONTENT) {
        Ok(())
    } else if later || status.is_server_error() {
        Err(Undelivered::Retry(Answered(status).into()))
    } else {
        // A redirect too: following it would carry the token to whoever is named there.
        Err(Undelivered::Hopeless(Answered(status).into()))
    }
}

fn retry(error: impl std::error::Error + Send + Sync + 'static) -> Undelivered {
    Undelivered::Retry(error.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_success_is_delivered_and_only_what_may_change_is_tried_again() {
        for status in [200, 204] {
            assert!(judge(StatusCode::from_u16(status).expect("a status")).is_ok(), "{status}");
        }
        for status in [408, 429, 500, 502, 503, 504] {
            let outcome = judge(StatusCode::from_u16(status).expect("a status"));
            assert!(matches!(outcome, Err(Undelivered::Retry(_))), "{status}");
        }
        for status in [201, 301, 302, 307, 308, 400, 401, 403, 404, 412] {
            let outcome = judge(StatusCode::from_u16(status).expect("a status"));
            assert!(matches!(outcome, Err(Undelivered::Hopeless(_))), "{status}");
        }
    }

    #[test]
    fn patience_lasts_about_a_day() {
        let policy = LogoutDelivery::POLICY;
        let hours = (1..policy.max_attempts).map(|attempt| policy.pause_after(attempt).as_secs()).sum::<u64>() / 3600;
        assert!((22..=26).contains(&hours), "{hours} h");
    }
}
