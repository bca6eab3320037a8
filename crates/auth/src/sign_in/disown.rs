//! "This was not me": by the link of a notice its owner takes an account out of other hands. Opening the link changes
//! nothing.
//!
//! The link is worth as much as the mailbox that the notice went to. Where the address was changed since, that mailbox is
//! the one to believe: whoever had the account before can undo what was done after, and never the other way round. A link
//! ends those that were made with it or later, wherever they went, and none that is older.

use diesel::QueryResult;
use latchkey_audit::EventKind;
use latchkey_core::{TenantId, TokenHash, UserId, UtcTime};
use latchkey_mail::Message;
use latchkey_mail::messages::ResetReason;
use latchkey_mail::messages::{CredentialChange, EmailChanged};
use latchkey_storage::DbConnection;
use latchkey_tenants::Tenant;

use super::{RevokeGrants, SignIn};
use crate::one_time_link::{LinkPurpose, LinkToken};
use crate::one_time_link_store::{self, OpenLink};
use crate::second_factor::{self, masked_number};
use crate::security_log::Reported;
use crate::{
    AuthError, Author, Email, Origin, User, UserStatus, deletion_store, known_origin_store, passkey, password_store,
    session_store, user_store,
};

/// What somebody says was not done by them, and what saying so leads to.
#[derive(Clone, Debug)]
pub struct Disowned {
    /// Whose account it is.
    pub user: User,
    /// The address that the notice went to.
    pub address: String,
    /// Of what the notice told; `None` for what this release does not know.
    pub kind: Option<EventKind>,
    /// When that was.
    pub at: UtcTime,
    /// What was added since.
    pub added: AddedSince,
    /// Whether there is a password, which counts no more then.
    pub has_password: bool,
    /// Whether the account has another address by now.
    pub has_other_address: bool,
}

/// Means to sign in that an account got since a notice.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AddedSince {
    /// The names of passkeys.
    pub passkeys: Vec<String>,
    /// The names of authenticators.
    pub authenticators: Vec<String>,
    /// A phone, masked.
    pub phone: Option<String>,
    /// The names of devices that approve sign-ins.
    pub devices: Vec<String>,
    /// How many recovery codes.
    pub recovery_codes: usize,
}

/// What becomes of [`AddedSince`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SinceThen {
    /// It was somebody else's, and is taken away.
    Removed,
    /// It is the user's own.
    Kept,
}

/// What became of saying so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DisownOutcome {
    /// A link for a new password is on its way to that address.
    LinkMailed {
        /// Where the notice went, too.
        address: String,
    },
    /// There was no password that could be in other hands.
    Ended,
    /// Nobody can sign in until an operator has looked: the address that the account had is another's by now.
    Locked,
    /// The link is unknown, spent or expired, or the address was changed by who may.
    Unusable,
}

impl AddedSince {
    /// Whether nothing was.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    fn load(conn: &mut DbConnection, tenant: &TenantId, user: &UserId, since: UtcTime) -> QueryResult<Self> {
        let passkeys = passkey::list_passkeys(conn, tenant, user)?.into_iter();
        let authenticators = second_factor::list_factors(conn, tenant, user)?.into_iter();
        let phone = second_factor::find_phone(conn, tenant, user)?.filter(|phone| phone.created_at >= since);
        let devices = second_factor::list_push_devices(conn, tenant, user)?.into_iter();
        let codes = second_factor::count_made_since(conn, tenant, user, since)?;
        Ok(Self {
            passkeys: passkeys.filter(|passkey| passkey.created_at >= since).map(|passkey| passkey.name).collect(),
            authenticators: authenticators
                .filter(|factor| factor.created_at >= since)
                .map(|factor| factor.name)
                .collect(),
            phone: phone.map(|phone| masked_number(&phone.number)),
            devices: devices.filter(|device| device.created_at >= since).map(|device| device.name).collect(),
            recovery_codes: usize::try_from(codes).unwrap_or_default(),
        })
    }
}

impl SignIn {
    /// What the link of a notice is about; it is not used up.
    ///
    /// # Errors
    /// [`AuthError::Db`].
    pub async fn find_disowned(&self, tenant: &Tenant, token: &LinkToken) -> Result<Option<Disowned>, AuthError> {
        let (tenant, hash, now) = (tenant.clone(), token.hash(), self.clock.now());
        let found = self.db.read(move |conn| {
            let Some(notice) = Notice::find(conn, &tenant, &hash, now)? else { return Ok(None) };
            let Notice { link, reported, .. } = notice;
            let (id, user) = (&tenant.id, &link.user.id);
            Ok(Some(Disowned {
                added: AddedSince::load(conn, id, user, link.created_at)?,
                has_password: user_store::find_password_hash(conn, id, user)?.is_some(),
                has_other_address: !link.is_at_present_address,
                kind: EventKind::parse(&reported.kind),
                address: reported.address,
                at: link.created_at,
                user: link.user,
            }))
        });
        Ok(found.await?)
    }

    /// Takes the account out of other hands, once, all of it or nothing: every session and grant ends, remembered browsers
    /// are forgotten, the password counts no more, the address is the one before again, and a link for a new password goes
    /// there.
    ///
    /// # Errors
    /// [`AuthError::Db`].
    pub async fn disown(
        &self,
        tenant: &Tenant,
        token: &LinkToken,
        (since_then, from): (SinceThen, &Origin),
        revoke_grants: RevokeGrants,
    ) -> Result<(DisownOutcome, Option<UserId>), AuthError> {
        let (hash, now) = (token.hash(), self.clock.now());
        let (this, tenant, author) = (self.clone(), tenant.clone(), Author::Visitor(from.clone()));
        let done = self.db.write(move |conn| {
            let Some(notice) = Notice::find(conn, &tenant, &hash, now)? else { return Ok(None) };
            let user = notice.link.user.id.clone();
            // The row is locked: of two links that are used at once one comes after the other.
            if !user_store::confirm_active(conn, &tenant.id, &user)? || !notice.spend(conn, &tenant.id, &hash, now)? {
                return Ok(None);
            }
            let rescue = Rescue { sign_in: &this, tenant: &tenant, author: &author, notice: &notice, now };
            rescue.end_everything(conn, revoke_grants)?;
            if since_then == SinceThen::Removed {
                rescue.remove_added(conn)?;
            }
            Ok(Some((rescue.recover(conn)?, user)))
        });
        let done = done.await?;
        Ok(done.map_or((DisownOutcome::Unusable, None), |(outcome, user)| (outcome, Some(user))))
    }
}

/// A notice whose link can be used.
struct Notice {
    link: OpenLink,
    reported: Reported,
}

impl Notice {
    fn find(conn: &mut DbConnection, tenant: &Tenant, hash: &TokenHash, now: UtcTime) -> QueryResult<Option<Self>> {
        let found = one_time_link_store::find_link(conn, &tenant.id, hash, LinkPurpose::Disown, now)?;
        let Some(link) = found.filter(|link| tenant.lets_sign_in(&link.user.standing()).is_ok()) else {
            return Ok(None);
        };
        let reported = link.detail.as_deref().and_then(|detail| serde_json::from_str::<Reported>(detail).ok());
        let Some(reported) = reported else { return Ok(None) };
        let notice = Self { link, reported };
        Ok(if notice.is_believed(conn, &tenant.id, now)? { Some(notice) } else { None })
    }

    /// The mailbox counts while the account has that address, and after that while the notice of its change can be
    /// answered: an operator who gives the account another address sends none.
    fn is_believed(&self, conn: &mut DbConnection, tenant: &TenantId, now: UtcTime) -> QueryResult<bool> {
        if self.link.is_at_present_address {
            return Ok(true);
        }
        let change = (&self.link.user.id, self.reported.address.as_str(), LinkPurpose::UndoEmail);
        one_time_link_store::has_open(conn, tenant, change, now)
    }

    fn spend(&self, conn: &mut DbConnection, tenant: &TenantId, hash: &TokenHash, now: UtcTime) -> QueryResult<bool> {
        if one_time_link_store::spend_link(conn, tenant, hash, LinkPurpose::Disown, now)?.is_none() {
            return Ok(false);
        }
        let since = self.link.created_at;
        for purpose in LinkPurpose::ALL {
            one_time_link_store::end_links_since(conn, tenant, (&self.link.user.id, purpose), since, now)?;
        }
        Ok(true)
    }
}

/// An account that is taken out of other hands.
struct Rescue<'a> {
    sign_in: &'a SignIn,
    tenant: &'a Tenant,
    author: &'a Author,
    notice: &'a Notice,
    now: UtcTime,
}

impl Rescue<'_> {
    fn user(&self) -> &User {
        &self.notice.link.user
    }

    fn record(&self, conn: &mut DbConnection, kind: EventKind) -> QueryResult<()> {
        let event = self.author.event(kind).of(&self.user().id);
        self.sign_in.security.record(conn, &self.tenant.id, &event, self.now)
    }

    fn record_count(
        &self,
        conn: &mut DbConnection,
        kind: EventKind,
        counts: &[(&'static str, usize)],
    ) -> QueryResult<()> {
        let event = self.author.event(kind).of(&self.user().id);
        let event = counts.iter().fold(event, |event, (name, count)| event.with(name, *count));
        self.sign_in.security.record(conn, &self.tenant.id, &event, self.now)
    }

    fn end_everything(&self, conn: &mut DbConnection, revoke_grants: RevokeGrants) -> QueryResult<()> {
        let (tenant, user, since) = (&self.tenant.id, &self.user().id, self.notice.link.created_at);
        let disowned = self.author.event(EventKind::AccountDisowned).of(user);
        let disowned = disowned.with("kind", self.notice.reported.kind.as_str()).with("at", since.to_string());
        self.sign_in.security.record(conn, tenant, &disowned, self.now)?;
        let sessions = session_store::end_sessions_of_user(conn, tenant, user, self.now)?;
        let grants = revoke_grants(conn, tenant, user, self.now)?;
        self.record_count(conn, EventKind::SessionsEnded, &[("sessions", sessions), ("grants", grants)])?;
        let browsers = second_factor::delete_devices(conn, tenant, user)?;
        known_origin_store::forget_since(conn, tenant, user, since)?;
        self.record_count(conn, EventKind::DevicesForgotten, &[("browsers", browsers)])?;
        if deletion_store::cancel(conn, tenant, user)? {
            self.record(conn, EventKind::AccountDeletionCanceled)?;
        }
        Ok(())
    }

    /// Recorded one by one; the person who asked for it reads the list on the page, and gets no mail for each.
    fn remove_added(&self, conn: &mut DbConnection) -> QueryResult<()> {
        let (tenant, user, since) = (&self.tenant.id, &self.user().id, self.notice.link.created_at);
        for passkey in passkey::list_passkeys(conn, tenant, user)? {
            if passkey.created_at >= since && passkey::delete_passkey(conn, tenant, user, &passkey.id)?.is_some() {
                self.record_removal(conn, &CredentialChange::PasskeyRemoved { name: passkey.name })?;
            }
        }
        for factor in second_factor::list_factors(conn, tenant, user)? {
            if factor.created_at >= since && second_factor::delete_totp(conn, tenant, user, &factor.id)? {
                self.record_removal(conn, &CredentialChange::TotpRemoved)?;
            }
        }
        if let Some(phone) = second_factor::find_phone(conn, tenant, user)?.filter(|phone| phone.created_at >= since) {
            second_factor::delete_phone(conn, tenant, user)?;
            let number = masked_number(&phone.number);
            self.record_removal(conn, &CredentialChange::PhoneRemoved { number })?;
        }
        for device in second_factor::list_push_devices(conn, tenant, user)? {
            if device.created_at >= since
                && second_factor::delete_push_device(conn, tenant, (user, &device.id))?.is_some()
            {
                self.record_removal(conn, &CredentialChange::DeviceRemoved { name: device.name })?;
            }
        }
        if second_factor::count_made_since(conn, tenant, user, since)? > 0 {
            second_factor::delete_codes(conn, tenant, user)?;
        }
        if second_factor::has_primary(conn, tenant, user)? {
            return Ok(());
        }
        second_factor::delete_stand_ins(conn, tenant, user)
    }

    fn record_removal(&self, conn: &mut DbConnection, what: &CredentialChange) -> QueryResult<()> {
        let of = (&self.tenant.id, &self.user().id);
        self.sign_in.security.record_untold_change(conn, of, (what, self.author), self.now)
    }

    /// The way back in, for who reads the mails of the address that the notice went to.
    fn recover(&self, conn: &mut DbConnection) -> QueryResult<DisownOutcome> {
        let (tenant, user) = (&self.tenant.id, &self.user().id);
        let history = self.tenant.settings.passwords.history;
        if password_store::lock_away(conn, tenant, user, history, self.now)? {
            self.record(conn, EventKind::PasswordLocked)?;
        }
        if !self.notice.link.is_at_present_address && !self.give_back_address(conn)? {
            user_store::set_status(conn, tenant, user, UserStatus::Disabled, self.now)?;
            return Ok(DisownOutcome::Locked);
        }
        let Some(user) = user_store::find_user(conn, tenant, user)?.filter(|user| user.must_change_password) else {
            return Ok(DisownOutcome::Ended);
        };
        self.sign_in.enqueue_reset_link(conn, (self.tenant, &user), (None, ResetReason::Disowned), self.now)?;
        Ok(DisownOutcome::LinkMailed { address: self.notice.reported.address.clone() })
    }

    /// Whoever has the address in whose place it comes is told, without a link to say that it was not they: who had the
    /// account first has the last word.
    fn give_back_address(&self, conn: &mut DbConnection) -> QueryResult<bool> {
        let (tenant, address) = (&self.tenant.id, self.notice.reported.address.as_str());
        let Ok(email) = Email::parse(address) else { return Ok(false) };
        if !user_store::replace_email(conn, tenant, (self.user(), &email), self.now)? {
            return Ok(false);
        }
        self.record(conn, EventKind::EmailChanged)?;
        let whom = (self.tenant, self.user());
        let from = self.sign_in.security.whereabouts(self.author, whom);
        let told = EmailChanged { at: self.now, from, not_me_link: None };
        self.sign_in.security.tell(conn, whom, Message::EmailChanged(told), self.now)?;
        Ok(true)
    }
}
