//! The links by which an address becomes that of an account, and by which the owner of the one before takes it back.
//!
//! An address is confirmed in a session of the account that is to have it: nobody who merely follows a link gives an
//! account of somebody else an address that they have proved. It is taken back by the link alone: whoever took the
//! account over has the sessions, and the owner has the mailbox.

use diesel::QueryResult;
use diesel::result::{DatabaseErrorKind, Error};
use latchkey_audit::EventKind;
use latchkey_core::{Secret, TokenHash, UserId, UtcTime};
use latchkey_storage::{DbConnection, DbError};
use latchkey_tenants::{FirstFactorKind, Tenant};

use super::own_email::{PendingEmail, admits};
use super::reset_password::RevokeGrants;
use super::{OwnSession, SignIn};
use crate::one_time_link::{LinkPurpose, LinkToken};
use crate::one_time_link_store::{self, NewLink, OpenLink};
use crate::{AuthError, Author, Email, IdentifierKey, Origin, session_store, user_store};

/// The page of the link that takes a change of the address back.
const UNDO_PAGE: &str = "/account/email/undo";

/// What became of a link that confirms an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EmailConfirmed {
    /// The account has that address from now on.
    Changed,
    /// The address that it has is proved.
    Verified,
    /// Another account has that address, or had it until lately.
    Taken,
    /// The link is unknown, spent, expired, or of another account.
    Unusable,
}

/// What became of a link that takes a change back.
#[derive(Clone, Debug)]
pub enum EmailUndone {
    /// The account has its address back, and no password and no session any more.
    Undone {
        /// Whose account it is.
        user: UserId,
        /// By which the owner chooses a new password; none where nobody signs in with one.
        reset: Option<LinkToken>,
    },
    /// Another account has that address meanwhile.
    Taken,
    /// The link is unknown, spent or expired.
    Unusable,
}

/// What a link that takes a change back would do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EmailToUndo {
    /// The user name of the account.
    pub username: String,
    /// The address that it gets back.
    pub email: String,
}

impl SignIn {
    /// What the link would confirm for the user of this session; nothing is changed.
    ///
    /// # Errors
    /// [`AuthError::Db`].
    pub async fn find_email_to_confirm(
        &self,
        tenant: &Tenant,
        own: &OwnSession,
        token: &LinkToken,
    ) -> Result<Option<PendingEmail>, AuthError> {
        let found = self.find_email_link(tenant, token, LinkPurpose::ConfirmEmail).await?;
        Ok(found.filter(|open| open.user.id == own.active.user.id).and_then(PendingEmail::of))
    }

    /// The token of a link, sealed for the way through a sign-in.
    ///
    /// # Errors
    /// When OpenSSL fails.
    pub fn seal_link(&self, tenant: &Tenant, token: &LinkToken) -> Result<String, AuthError> {
        Ok(self.sealer.seal(&seal_context(tenant), token.value().expose().as_bytes(), &self.rng)?)
    }

    /// What [`SignIn::seal_link`] sealed.
    #[must_use]
    pub fn open_sealed_link(&self, tenant: &Tenant, sealed: &str) -> Option<LinkToken> {
        let clear = self.sealer.open(&seal_context(tenant), sealed)?;
        let text = String::from_utf8(clear.expose().clone()).ok()?;
        Some(LinkToken::presented(Secret::new(text)))
    }

    /// Makes the address of the link that of the user of this session, once; all of it or nothing. The address before,
    /// if it was proved, is told, with a link that takes the change back.
    ///
    /// # Errors
    /// Unavailable stores: 503.
    pub async fn confirm_email(
        &self,
        tenant: &Tenant,
        own: &OwnSession,
        token: &LinkToken,
    ) -> Result<EmailConfirmed, AuthError> {
        let (this, of, hash, now) = (self.clone(), tenant.clone(), token.hash(), self.clock.now());
        let (author, undo) = (Author::in_session(&own.active), LinkToken::generate(&self.rng));
        let user = own.active.user.id.clone();
        let confirmed = self.db.write(move |conn| {
            if !user_store::confirm_active(conn, &of.id, &user)? {
                return Ok(EmailConfirmed::Unusable);
            }
            let purpose = LinkPurpose::ConfirmEmail;
            let found = one_time_link_store::find_link(conn, &of.id, &hash, purpose, now)?;
            if found.is_none_or(|open| open.user.id != user) {
                return Ok(EmailConfirmed::Unusable);
            }
            let spent = one_time_link_store::spend_link(conn, &of.id, &hash, purpose, now)?;
            match spent {
                Some(open) => this.give_email(conn, &of, &open, (&author, &undo, now)),
                None => Ok(EmailConfirmed::Unusable),
            }
        });
        // Of two accounts that confirm one address in the same moment.
        if_taken(confirmed.await, EmailConfirmed::Taken)
    }

    fn give_email(
        &self,
        conn: &mut DbConnection,
        tenant: &Tenant,
        open: &OpenLink,
        (author, undo, now): (&Author, &LinkToken, UtcTime),
    ) -> QueryResult<EmailConfirmed> {
        let before = &open.user;
        let email = open.detail.as_deref().and_then(|email| Email::parse(email).ok());
        let Some(email) = email else { return Ok(EmailConfirmed::Unusable) };
        let old = before.email.as_deref();
        let is_another = old.map(IdentifierKey::of) != Some(email.key());
        // The settings may have changed since it was asked for.
        if is_another && !admits(tenant, &email) {
            return Ok(EmailConfirmed::Unusable);
        }
        if !user_store::replace_email(conn, &tenant.id, (before, &email), now)? {
            return Ok(EmailConfirmed::Taken);
        }
        let verified = author.event(EventKind::EmailVerified).of(&before.id);
        self.security.record(conn, &tenant.id, &verified, now)?;
        if !is_another {
            return Ok(EmailConfirmed::Verified);
        }
        let mut link = None;
        if let Some(old) = old.filter(|_| before.email_verified) {
            let back = NewLink { purpose: LinkPurpose::UndoEmail, user: &before.id, email: old, detail: Some(old) };
            one_time_link_store::insert_link(conn, &tenant.id, undo, &back, now)?;
            let page = format!("{}{UNDO_PAGE}", tenant.issuer(&self.public_url));
            link = Some(Secret::new(format!("{page}?token={}", undo.value().expose())));
        }
        self.security.record_email_change(conn, (tenant, before), (author, link), now)?;
        Ok(EmailConfirmed::Changed)
    }

    /// What the link would take back; nothing is changed.
    ///
    /// # Errors
    /// [`AuthError::Db`].
    pub async fn find_email_to_undo(
        &self,
        tenant: &Tenant,
        token: &LinkToken,
    ) -> Result<Option<EmailToUndo>, AuthError> {
        let found = self.find_email_link(tenant, token, LinkPurpose::UndoEmail).await?;
        Ok(found.and_then(|open| {
            let email = open.detail?;
            // The name of the account, as its owner knows it: it may have moved with the address.
            let moved = IdentifierKey::of(&open.user.username).is_email();
            Some(EmailToUndo { username: if moved { email.clone() } else { open.user.username }, email })
        }))
    }

    /// Gives the account its address back, once, and ends what whoever changed it may hold: every session and grant,
    /// remembered browsers, the password, and links by which the address would be changed again.
    ///
    /// # Errors
    /// Unavailable stores: 503.
    pub async fn undo_email(
        &self,
        tenant: &Tenant,
        token: &LinkToken,
        from: &Origin,
        revoke_grants: RevokeGrants,
    ) -> Result<EmailUndone, AuthError> {
        let offered = tenant.settings.authentication.first_factors.contains(&FirstFactorKind::Password);
        let reset = offered.then(|| LinkToken::generate(&self.rng));
        let (this, of, hash, now) = (self.clone(), tenant.clone(), token.hash(), self.clock.now());
        let author = Author::Visitor(from.clone());
        let undone = self.db.write(move |conn| {
            let purpose = LinkPurpose::UndoEmail;
            let found = one_time_link_store::find_link(conn, &of.id, &hash, purpose, now)?;
            let Some(user) = found.map(|open| open.user.id) else { return Ok(EmailUndone::Unusable) };
            if !user_store::confirm_active(conn, &of.id, &user)? {
                return Ok(EmailUndone::Unusable);
            }
            // The user is locked now: nobody spends a link of theirs meanwhile.
            let Some(open) = one_time_link_store::find_link(conn, &of.id, &hash, purpose, now)? else {
                return Ok(EmailUndone::Unusable);
            };
            if !this.take_back(conn, &of, &open, (&author, now))? {
                return Ok(EmailUndone::Taken);
            }
            revoke_grants(conn, &of.id, &open.user.id, now)?;
            if let Some(reset) = &reset {
                let email = open.detail.as_deref().unwrap_or_default();
                let link = NewLink { purpose: LinkPurpose::ResetPassword, user: &open.user.id, email, detail: None };
                one_time_link_store::insert_link(conn, &of.id, reset, &link, now)?;
            }
            Ok(EmailUndone::Undone { user: open.user.id, reset: reset.clone() })
        });
        if_taken(undone.await, EmailUndone::Taken)
    }

    fn take_back(
        &self,
        conn: &mut DbConnection,
        tenant: &Tenant,
        open: &OpenLink,
        (author, now): (&Author, UtcTime),
    ) -> QueryResult<bool> {
        let (id, user) = (&tenant.id, &open.user);
        let Some(email) = open.detail.as_deref().and_then(|email| Email::parse(email).ok()) else {
            return Ok(false);
        };
        if !user_store::replace_email(conn, id, (user, &email), now)? {
            return Ok(false);
        }
        // This link is spent, and so are those of later changes, which are of whoever made this one. Those of earlier
        // changes are not.
        for purpose in [LinkPurpose::UndoEmail, LinkPurpose::Disown] {
            one_time_link_store::end_links_since(conn, id, (&user.id, purpose), open.created_at, now)?;
        }
        one_time_link_store::end_links(conn, id, &user.id, &[LinkPurpose::ConfirmEmail], now)?;
        user_store::remove_password(conn, id, &user.id)?;
        session_store::end_sessions_of_user(conn, id, &user.id, now)?;
        for kind in [EventKind::AccountDisowned, EventKind::EmailChanged, EventKind::PasswordLocked] {
            self.security.record(conn, id, &author.event(kind).of(&user.id), now)?;
        }
        Ok(true)
    }

    async fn find_email_link(
        &self,
        tenant: &Tenant,
        token: &LinkToken,
        purpose: LinkPurpose,
    ) -> Result<Option<OpenLink>, AuthError> {
        let (id, hash, now): (_, TokenHash, _) = (tenant.id.clone(), token.hash(), self.clock.now());
        Ok(self.db.read(move |conn| one_time_link_store::find_link(conn, &id, &hash, purpose, now)).await?)
    }
}

fn seal_context(tenant: &Tenant) -> String {
    format!("link\n{}", tenant.id)
}

/// `taken` in the place of a failure to write what must be unique.
fn if_taken<T>(written: Result<T, DbError>, taken: T) -> Result<T, AuthError> {
    match written {
        Err(DbError::Query(Error::DatabaseError(DatabaseErrorKind::UniqueViolation, _))) => Ok(taken),
        written => Ok(written?),
    }
}
