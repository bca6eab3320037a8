//! Invites users: by mail where mail is sent and the user has an address, else by a link to hand over.

use diesel::QueryResult;
use latchkey_audit::Outbox;
use latchkey_auth::{InvitationByMail, InvitationToken, User, invitation_store};
use latchkey_core::{Rng, Secret, UtcTime};
use latchkey_storage::DbConnection;
use latchkey_tenants::{PublicUrl, Tenant};

/// Makes invitations within the transaction of whoever invites.
#[derive(Clone)]
pub struct Inviter {
    public_url: PublicUrl,
    rng: Rng,
    outbox: Option<Outbox>,
    /// Whether only tenants that have a mail server of their own invite by mail.
    only_own_servers: bool,
}

/// How an invitation gets to its user.
///
/// Never both ways: accepting a link that was mailed proves the address, so nobody else may see it.
#[derive(Clone, Debug)]
pub enum Delivery {
    /// The server mails it.
    Mail {
        /// Where to.
        address: String,
    },
    /// Whoever invites hands over this link.
    Link(Secret<String>),
}

impl Inviter {
    /// Invites by a link to hand over.
    #[must_use]
    pub fn by_link(public_url: PublicUrl, rng: Rng) -> Self {
        Self { public_url, rng, outbox: None, only_own_servers: false }
    }

    /// Invites by mail, and by a link whoever has no address.
    #[must_use]
    pub fn by_mail(public_url: PublicUrl, rng: Rng, outbox: Outbox) -> Self {
        Self { public_url, rng, outbox: Some(outbox), only_own_servers: false }
    }

    /// Invites by mail where the tenant has a mail server of its own, else by a link.
    #[must_use]
    pub fn by_own_servers(public_url: PublicUrl, rng: Rng, outbox: Outbox) -> Self {
        Self { public_url, rng, outbox: Some(outbox), only_own_servers: true }
    }

    /// Invites a user; the invitation can be used once, for seven days.
    ///
    /// # Errors
    /// Those of the inserts.
    pub fn invite(&self, conn: &mut DbConnection, tenant: &Tenant, user: &User, now: UtcTime) -> QueryResult<Delivery> {
        let page = format!("{}/invitation", tenant.issuer(&self.public_url));
        let can_mail = !self.only_own_servers || tenant.settings.mail.smtp.is_some();
        if let Some(outbox) = self.outbox.as_ref().filter(|_| can_mail) {
            let mail = InvitationByMail { outbox, rng: &self.rng, tenant, page: &page };
            if let Some(address) = mail.enqueue(conn, user, now)? {
                return Ok(Delivery::Mail { address });
            }
        }
        let token = InvitationToken::for_link(&self.rng);
        invitation_store::insert_invitation(conn, &tenant.id, &user.id, &token.hash(), now)?;
        Ok(Delivery::Link(Secret::new(format!("{page}?token={}", token.value().expose()))))
    }
}

impl Delivery {
    /// What the operator is told, on standard output and never in a log: it may hold the link.
    pub(crate) fn announce(&self, username: &str) {
        match self {
            Self::Mail { address } => println!("invitation for {username} (7 days): the server mails it to {address}"),
            Self::Link(link) => println!("invitation for {username} (7 days): {}", link.expose()),
        }
    }
}
