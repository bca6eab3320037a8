//! Who is told of a request and of its answer, both by way of the outbox.

use latchkey_audit::{Outbox, OutboxEvent};
use latchkey_core::{ClientId, Secret, TenantId, UtcTime};
use latchkey_mail::{Mailer, Message, messages};
use latchkey_storage::Db;
use latchkey_tenants::{Tenant, name_for};
use serde::{Deserialize, Serialize};

use crate::{AuthError, BackchannelRequest, User};

/// What is put into the outbox.
#[derive(Clone)]
pub struct BackchannelNotices {
    outbox: Outbox,
    mailer: Mailer,
}

/// A request was answered, and its client is to be told (OpenID Connect CIBA Core §10.2, §10.3).
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct DecisionNotice {
    /// The client.
    pub client_id: ClientId,
    /// Its name for the request.
    pub auth_req_id: Secret<String>,
}

impl OutboxEvent for DecisionNotice {
    fn kind(&self) -> &'static str {
        "ciba.decided"
    }

    fn destination(&self) -> &str {
        self.client_id.as_str()
    }
}

/// Something to be posted to a client as it is (§10.3.1, §12); it is sealed in the outbox.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PushNotice {
    /// The client.
    pub client_id: ClientId,
    /// Its `client_notification_token`.
    pub token: Secret<String>,
    /// The JSON text.
    pub body: Secret<String>,
}

impl PushNotice {
    /// Its kind in the outbox.
    pub const KIND: &'static str = "ciba.push";
}

impl OutboxEvent for PushNotice {
    fn kind(&self) -> &'static str {
        Self::KIND
    }

    fn destination(&self) -> &str {
        self.client_id.as_str()
    }
}

impl BackchannelNotices {
    /// Notices by way of `outbox`; users are told when `mailer` can send.
    #[must_use]
    pub fn new(outbox: Outbox, mailer: Mailer) -> Self {
        Self { outbox, mailer }
    }

    /// Mails the user, if there is an address that is known to be the user's.
    pub(super) async fn tell_user(
        &self,
        db: &Db,
        tenant: &Tenant,
        (user, request): (&User, &BackchannelRequest),
        page: &str,
    ) -> Result<(), AuthError> {
        if !user.email_verified {
            return Ok(());
        }
        // A mail that waits until somebody configures mail would come long after the request is over.
        if !self.mailer.is_configured() && tenant.settings.mail.smtp.is_none() {
            return Ok(());
        }
        let name = name_for(&request.client_names, user.mail_language(tenant));
        let message = Message::Approval(messages::Approval {
            client_name: name.unwrap_or(&request.client_name).to_owned(),
            binding_message: request.binding_message.clone(),
            link: page.to_owned(),
            expires_at: request.expires_at,
        });
        let Some(item) = user.mail(tenant, message) else { return Ok(()) };
        let (outbox, tenant, now) = (self.outbox.clone(), tenant.id.clone(), request.created_at);
        Ok(db.write(move |conn| outbox.enqueue(conn, &tenant, &item, now)).await?)
    }

    pub(super) async fn tell_client(
        &self,
        db: &Db,
        tenant: &TenantId,
        notice: impl OutboxEvent + Send + 'static,
        now: UtcTime,
    ) -> Result<(), AuthError> {
        let (outbox, tenant) = (self.outbox.clone(), tenant.clone());
        Ok(db.write(move |conn| outbox.enqueue(conn, &tenant, &notice, now)).await?)
    }
}
