//! Which clients know of a session: those that a grant was stored for in it. They are told when it ends
//! (OpenID Connect Back-Channel Logout §2.5, Front-Channel Logout §2).

use latchkey_audit::{Outbox, OutboxEvent};
use latchkey_core::{ClientId, SessionId, TenantId};
use latchkey_tenants::client_store;
use serde::{Deserialize, Serialize};

use crate::{Tokens, TokensError, session_client_store};

/// A client that knows of a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionClient {
    /// The client.
    pub client_id: ClientId,
    /// The `sub` by which it knows the user.
    pub subject: String,
}

/// To be told to a client by a logout token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogoutNotice {
    /// `aud`.
    pub client_id: ClientId,
    /// `sid`.
    pub session_id: SessionId,
    /// `sub`.
    pub subject: String,
}

impl OutboxEvent for LogoutNotice {
    fn kind(&self) -> &'static str {
        "logout.backchannel"
    }

    fn destination(&self) -> &str {
        self.client_id.as_str()
    }
}

impl Tokens {
    /// The clients that know of the session; none once they were told of its end.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn clients_of_session(
        &self,
        tenant: &TenantId,
        session: &SessionId,
    ) -> Result<Vec<SessionClient>, TokensError> {
        let (tenant, session) = (tenant.clone(), session.clone());
        Ok(self.db.read(move |conn| session_client_store::list_clients(conn, &tenant, &session)).await?)
    }

    /// Puts a notice into the outbox for each client of an ended session that has a `backchannel_logout_uri`; returns
    /// how many. Doing it again does nothing, so each client gets one notice; a session that lives is left alone.
    ///
    /// # Errors
    /// When the database fails; then nothing was put in.
    pub async fn announce_session_end(
        &self,
        outbox: &Outbox,
        tenant: &TenantId,
        session: &SessionId,
    ) -> Result<usize, TokensError> {
        let (outbox, tenant, session, now) = (outbox.clone(), tenant.clone(), session.clone(), self.clock.now());
        let announced = self.db.write(move |conn| {
            if !session_client_store::has_ended(conn, &tenant, &session)? {
                return Ok(0);
            }
            let mut announced = 0;
            for SessionClient { client_id, subject } in session_client_store::take_clients(conn, &tenant, &session)? {
                let client = client_store::find_client(conn, &tenant, &client_id)?;
                if client.is_some_and(|client| client.metadata.backchannel_logout_uri.is_some()) {
                    let notice = LogoutNotice { client_id, session_id: session.clone(), subject };
                    outbox.enqueue(conn, &tenant, &notice, now)?;
                    announced += 1;
                }
            }
            Ok(announced)
        });
        Ok(announced.await?)
    }
}
