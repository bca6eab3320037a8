//! What happens to accounts is recorded, and their owners are told of it by mail: both within the transaction of what
//! happens, so that neither can be without it.

use diesel::QueryResult;
use latchkey_audit::{Actor, EventKind, Outbox, SecurityEvent, event_store};
use latchkey_core::{Rng, Secret, TenantId, UserId, UtcTime};
use latchkey_mail::messages::{CredentialChange, CredentialChanged, EmailChanged};
use latchkey_mail::{Message, Whereabouts};
use latchkey_storage::DbConnection;
use latchkey_tenants::{PublicUrl, Tenant};
use serde::{Deserialize, Serialize};

use crate::one_time_link::{LinkPurpose, LinkToken};
use crate::one_time_link_store::{self, NewLink};
use crate::user_agent::UserAgentSummary;
use crate::{ActiveSession, Origin, Places, User, user_store};

/// The page for who did not do what a notice tells of.
const NOT_ME_PAGE: &str = "/account/not-me";

/// Records security events and mails notices. Clones share everything.
#[derive(Clone)]
pub struct SecurityLog {
    outbox: Outbox,
    rng: Rng,
    public_url: PublicUrl,
    places: Places,
}

/// What a notice told, and whom; kept with its link.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Reported {
    /// The address as it was written.
    pub(crate) address: String,
    /// The kind of the event.
    pub(crate) kind: String,
}

/// Who does something to an account, and from where.
#[derive(Clone, Debug)]
pub enum Author {
    /// The account's user, in a session.
    InSession(Box<ActiveSession>),
    /// The account's user, on the way to a session or by a link.
    Visitor(Origin),
    /// Who runs the server.
    Operator,
}

impl Author {
    /// The user of a session, who was asked to prove it a moment ago.
    #[must_use]
    pub fn in_session(active: &ActiveSession) -> Self {
        Self::InSession(Box::new(active.clone()))
    }

    /// An event of that kind, by and from there.
    #[must_use]
    pub fn event(&self, kind: EventKind) -> SecurityEvent {
        match self {
            Self::InSession(active) => {
                let session = &active.session;
                SecurityEvent::success(kind, Actor::User)
                    .in_session(&session.id)
                    .from(session.address.clone(), session.user_agent.clone())
            }
            Self::Visitor(from) => {
                SecurityEvent::success(kind, Actor::User).from(from.stored_address(), from.stored_user_agent())
            }
            Self::Operator => SecurityEvent::success(kind, Actor::Operator),
        }
    }

    /// From where, for the user's eye.
    #[must_use]
    pub fn whereabouts(&self) -> Whereabouts {
        match self {
            Self::InSession(active) => whereabouts(&active.session.address, &active.session.user_agent),
            Self::Visitor(from) => whereabouts(&from.stored_address(), &from.user_agent),
            Self::Operator => Whereabouts::default(),
        }
    }
}

impl SecurityLog {
    /// Records into the database, and mails by way of `outbox`; the links in the mails start with `public_url`.
    #[must_use]
    pub fn new(outbox: Outbox, rng: Rng, public_url: PublicUrl) -> Self {
        Self { outbox, rng, public_url, places: Places::default() }
    }

    /// Says of events and in notices where they come from.
    #[must_use]
    pub fn placing(self, places: Places) -> Self {
        Self { places, ..self }
    }

    /// From where, for that user's eye.
    pub(crate) fn whereabouts(&self, author: &Author, (tenant, user): (&Tenant, &User)) -> Whereabouts {
        let from = author.whereabouts();
        let place = from.address.as_deref().and_then(|address| self.places.find_text(address));
        let language = user.locale().unwrap_or(tenant.settings.locale.as_str());
        Whereabouts { place: place.and_then(|place| place.named(language)), ..from }
    }

    /// Records an event, within the caller's transaction.
    ///
    /// # Errors
    /// Those of the insert.
    pub fn record(
        &self,
        conn: &mut DbConnection,
        tenant: &TenantId,
        event: &SecurityEvent,
        now: UtcTime,
    ) -> QueryResult<()> {
        let place = event.address().and_then(|address| self.places.find_text(address));
        let event = match place.and_then(|place| place.to_details()) {
            Some(place) => event.clone().with("place", place),
            None => event.clone(),
        };
        event_store::insert(conn, tenant, &event, (now, &self.rng)).map(|_| ())
    }

    /// Records, within the transaction that changes it, that something changed by which a user signs in, and mails the user.
    ///
    /// Whoever adds, changes or removes a credential calls this. The mail goes to the address that the account has at that
    /// moment, if it is proved to be the user's; what comes in its place is announced to the old one by
    /// [`SecurityLog::record_email_change`].
    ///
    /// # Errors
    /// Those of the inserts.
    pub fn record_credential_change(
        &self,
        conn: &mut DbConnection,
        (tenant, user): (&Tenant, &UserId),
        (what, author): (CredentialChange, &Author),
        now: UtcTime,
    ) -> QueryResult<()> {
        let event = describe(author, &what).of(user);
        self.record(conn, &tenant.id, &event, now)?;
        let Some(owner) = user_store::find_user(conn, &tenant.id, user)? else { return Ok(()) };
        let from = self.whereabouts(author, (tenant, &owner));
        let notice = CredentialChanged { what, at: now, from, not_me_link: None };
        let message = |link| Message::CredentialChanged(CredentialChanged { not_me_link: Some(link), ..notice });
        self.warn(conn, (tenant, &owner), (event.kind(), message), now)
    }

    /// Records that something changed by which a user signs in, and mails nobody: the user is told by whoever calls this.
    pub(crate) fn record_untold_change(
        &self,
        conn: &mut DbConnection,
        (tenant, user): (&TenantId, &UserId),
        (what, author): (&CredentialChange, &Author),
        now: UtcTime,
    ) -> QueryResult<()> {
        self.record(conn, tenant, &describe(author, what).of(user), now)
    }

    /// Records, within the transaction that changes it, that a user has another address, and mails the old one
    /// with the link that takes it back.
    ///
    /// # Errors
    /// Those of the inserts.
    pub fn record_email_change(
        &self,
        conn: &mut DbConnection,
        (tenant, before): (&Tenant, &User),
        (author, not_me_link): (&Author, Option<Secret<String>>),
        now: UtcTime,
    ) -> QueryResult<()> {
        self.record(conn, &tenant.id, &author.event(EventKind::EmailChanged).of(&before.id), now)?;
        let from = self.whereabouts(author, (tenant, before));
        let notice = EmailChanged { at: now, from, not_me_link };
        self.tell(conn, (tenant, before), Message::EmailChanged(notice), now)
    }

    /// Mails a user whose address is proved, with the link by which to say that it was somebody else. The change of an address
    /// has one of its own.
    pub(crate) fn warn(
        &self,
        conn: &mut DbConnection,
        (tenant, user): (&Tenant, &User),
        (kind, message): (EventKind, impl FnOnce(Secret<String>) -> Message),
        now: UtcTime,
    ) -> QueryResult<()> {
        let Some(email) = user.email.as_deref().filter(|_| user.email_verified) else { return Ok(()) };
        let token = LinkToken::generate(&self.rng);
        let page = format!("{}{NOT_ME_PAGE}", tenant.issuer(&self.public_url));
        let link = Secret::new(format!("{page}?token={}", token.value().expose()));
        let reported = Reported { address: email.to_owned(), kind: kind.as_str().to_owned() };
        let detail =
            serde_json::to_string(&reported).map_err(|e| diesel::result::Error::SerializationError(e.into()))?;
        let new = NewLink { purpose: LinkPurpose::Disown, user: &user.id, email, detail: Some(&detail) };
        one_time_link_store::insert_link(conn, &tenant.id, &token, &new, now)?;
        self.tell(conn, (tenant, user), message(link), now)
    }

    /// Mails a user whose address is proved; a notice to anybody else would tell a stranger of the account.
    pub(crate) fn tell(
        &self,
        conn: &mut DbConnection,
        (tenant, user): (&Tenant, &User),
        message: Message,
        now: UtcTime,
    ) -> QueryResult<()> {
        let mail = if user.email_verified { user.mail(tenant, message) } else { None };
        mail.map_or(Ok(()), |mail| self.outbox.enqueue(conn, &tenant.id, &mail, now))
    }
}

fn describe(author: &Author, what: &CredentialChange) -> SecurityEvent {
    let event = |kind| author.event(kind);
    match what {
        CredentialChange::PasswordSet => event(EventKind::PasswordSet),
        CredentialChange::PasswordChanged => event(EventKind::PasswordChanged),
        CredentialChange::PasswordReset => event(EventKind::PasswordReset),
        CredentialChange::PasskeyAdded { name } => event(EventKind::PasskeyAdded).with("name", name.as_str()),
        CredentialChange::PasskeyRemoved { name } => event(EventKind::PasskeyRemoved).with("name", name.as_str()),
        CredentialChange::TotpAdded => event(EventKind::TotpAdded),
        CredentialChange::TotpRemoved => event(EventKind::TotpRemoved),
        CredentialChange::RecoveryCodesReplaced => event(EventKind::RecoveryCodesRenewed),
        CredentialChange::RecoveryCodeUsed => event(EventKind::RecoveryCodeUsed),
        CredentialChange::PhoneAdded { number } => event(EventKind::PhoneAdded).with("number", number.as_str()),
        CredentialChange::PhoneRemoved { number } => event(EventKind::PhoneRemoved).with("number", number.as_str()),
        CredentialChange::DeviceAdded { name } => event(EventKind::PushDeviceAdded).with("name", name.as_str()),
        CredentialChange::DeviceRemoved { name } => event(EventKind::PushDeviceRemoved).with("name", name.as_str()),
        CredentialChange::SecondFactorsRemoved => event(EventKind::SecondFactorsRemoved),
        CredentialChange::IdentityLinked { name } => event(EventKind::IdentityLinked).with("provider", name.as_str()),
        CredentialChange::IdentityUnlinked { name } => {
            event(EventKind::IdentityUnlinked).with("provider", name.as_str())
        }
    }
}

fn whereabouts(address: &str, user_agent: &str) -> Whereabouts {
    Whereabouts {
        address: Some(address.to_owned()),
        browser: UserAgentSummary::of(user_agent).names(),
        ..Whereabouts::default()
    }
}
