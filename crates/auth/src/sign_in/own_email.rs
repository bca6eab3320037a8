//! A user wants another address, or the present one proved: a link is mailed to it, and until it is followed nothing
//! changes.
//!
//! What the user is told, and the work, are the same for an address that is free and for one that another account has;
//! the mail alone differs, which nobody but the owner of the address reads.

use std::time::Duration;

use diesel::QueryResult;
use latchkey_cache::{CacheKey, Kind};
use latchkey_core::{Secret, TenantId, UserId, UtcTime};
use latchkey_mail::messages::WantedAddress;
use latchkey_mail::{Message, OutboxItem, Recipient, messages};
use latchkey_storage::DbConnection;
use latchkey_tenants::{RegistrationBy, Tenant};

use super::verify_email::MailPurpose;
use super::{OwnSession, SignIn};
use crate::one_time_link::{LinkPurpose, LinkToken};
use crate::one_time_link_store::{self, NewLink, OpenLink};
use crate::{AuthError, Email, IdentifierKey, User, user_store};

const HOUR: Duration = Duration::from_secs(60 * 60);
/// Mails that one user has sent to addresses of whomever.
const MAILS_PER_HOUR: u64 = 10;
/// The page of the link that confirms an address.
pub(crate) const CONFIRM_PAGE: &str = "/account/email/confirm";

/// An address that is to be confirmed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PendingEmail {
    /// The address.
    pub email: String,
    /// Until when it can be confirmed.
    pub expires_at: UtcTime,
}

/// What became of asking for an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EmailAsked {
    /// A mail is on its way to that address.
    Mailed,
    /// It cannot be one.
    Invalid,
    /// The tenant takes no accounts with that address.
    NotAdmitted,
    /// It is the user's already, and proved.
    Unchanged,
    /// Too many mails were sent to that address, or by that user, lately.
    TooMany,
    /// Nothing waits to be confirmed.
    Nothing,
}

impl SignIn {
    /// Mails a link to the address that the user wants to have, or to the present one that is not proved yet. The link
    /// ends the one before.
    ///
    /// # Errors
    /// Unavailable stores: 503.
    pub async fn ask_for_email(&self, tenant: &Tenant, own: &OwnSession, typed: &str) -> Result<EmailAsked, AuthError> {
        let user = &own.active.user;
        let Ok(email) = Email::parse(typed) else { return Ok(EmailAsked::Invalid) };
        if user.email.as_deref() == Some(email.as_str()) && user.email_verified {
            return Ok(EmailAsked::Unchanged);
        }
        let is_another = user.email.as_deref().map(IdentifierKey::of) != Some(email.key());
        if is_another && !admits(tenant, &email) {
            return Ok(EmailAsked::NotAdmitted);
        }
        self.mail_confirmation(tenant, user, email).await
    }

    /// Mails the link of the address that waits to be confirmed once more; the one before ends.
    ///
    /// # Errors
    /// Unavailable stores: 503.
    pub async fn ask_for_email_again(&self, tenant: &Tenant, own: &OwnSession) -> Result<EmailAsked, AuthError> {
        let pending = self.find_pending_email(&tenant.id, &own.active.user.id).await?;
        match pending.and_then(|pending| Email::parse(&pending.email).ok()) {
            Some(email) => self.mail_confirmation(tenant, &own.active.user, email).await,
            None => Ok(EmailAsked::Nothing),
        }
    }

    /// Ends the link of the address that waits to be confirmed.
    ///
    /// # Errors
    /// [`AuthError::Db`].
    pub async fn cancel_pending_email(&self, tenant: &TenantId, own: &OwnSession) -> Result<(), AuthError> {
        let (tenant, user, now) = (tenant.clone(), own.active.user.id.clone(), self.clock.now());
        let purposes = [LinkPurpose::ConfirmEmail];
        let ended = self.db.write(move |conn| one_time_link_store::end_links(conn, &tenant, &user, &purposes, now));
        Ok(ended.await?)
    }

    /// The address that waits to be confirmed, if one does.
    ///
    /// # Errors
    /// [`AuthError::Db`].
    pub async fn find_pending_email(
        &self,
        tenant: &TenantId,
        user: &UserId,
    ) -> Result<Option<PendingEmail>, AuthError> {
        let (tenant, user, now) = (tenant.clone(), user.clone(), self.clock.now());
        let wanted = LinkPurpose::ConfirmEmail;
        let found =
            self.db.read(move |conn| one_time_link_store::find_link_of(conn, &tenant, (&user, wanted), now)).await?;
        Ok(found.and_then(PendingEmail::of))
    }

    async fn mail_confirmation(&self, tenant: &Tenant, user: &User, email: Email) -> Result<EmailAsked, AuthError> {
        // Both counted before anybody is looked up.
        let asker = CacheKey::new(&tenant.id, Kind::Throttle, &format!("mail:own-email:{}", user.id));
        if self.cache.increment(&asker, HOUR).await?.count > MAILS_PER_HOUR
            || !self.admit_mail_to(tenant, (MailPurpose::Verification, email.as_str())).await?
        {
            return Ok(EmailAsked::TooMany);
        }
        let token = LinkToken::generate(&self.rng);
        let (this, tenant, user, now) = (self.clone(), tenant.clone(), user.id.clone(), self.clock.now());
        let asked = self.db.write(move |conn| {
            if !user_store::confirm_active(conn, &tenant.id, &user)? {
                return Ok(EmailAsked::Nothing);
            }
            let Some(user) = user_store::find_user(conn, &tenant.id, &user)? else { return Ok(EmailAsked::Nothing) };
            this.enqueue_confirmation(conn, (&tenant, &user), (&email, &token), now)?;
            Ok(EmailAsked::Mailed)
        });
        Ok(asked.await?)
    }

    fn enqueue_confirmation(
        &self,
        conn: &mut DbConnection,
        (tenant, user): (&Tenant, &User),
        (email, token): (&Email, &LinkToken),
        now: UtcTime,
    ) -> QueryResult<()> {
        let owner = user_store::find_user_by_identifier(conn, &tenant.id, &email.key())?;
        let link = NewLink {
            purpose: LinkPurpose::ConfirmEmail,
            user: &user.id,
            email: user.email.as_deref().unwrap_or_default(),
            detail: Some(email.as_str()),
        };
        // For an address that another account has, too: its link stands in no mail, and the console shows the same.
        let expires_at = one_time_link_store::insert_link(conn, &tenant.id, token, &link, now)?;
        let issuer = tenant.issuer(&self.public_url);
        let link = Secret::new(format!("{issuer}{CONFIRM_PAGE}?token={}", token.value().expose()));
        let message = match &owner {
            Some(owner) if owner.id == user.id => {
                Message::VerifyEmail(messages::VerifyEmail { link, code: None, expires_at })
            }
            Some(_) => {
                let link = Secret::new(format!("{issuer}/forgot-password"));
                Message::AccountExists(messages::AccountExists { wanted: WantedAddress::OtherAccount, link })
            }
            None => Message::EmailChangeConfirm(messages::EmailChangeConfirm { link, expires_at }),
        };
        // Without a name: the words of a stranger have no place in a mail to somebody else.
        let language = user.locale().map_or_else(|| tenant.settings.locale.clone(), str::to_owned);
        let to = Recipient { name: String::new(), address: email.as_str().to_owned(), language: Some(language) };
        self.outbox.enqueue(conn, &tenant.id, &OutboxItem::new(to, &tenant.name, message), now)
    }
}

impl PendingEmail {
    pub(super) fn of(open: OpenLink) -> Option<Self> {
        let email = open.detail?;
        Some(Self { email, expires_at: open.expires_at })
    }
}

/// Whether the tenant takes that address: where the mail domain decides who may have an account, it decides here, too.
pub(super) fn admits(tenant: &Tenant, email: &Email) -> bool {
    let registration = tenant.settings.registration();
    tenant.settings.account.email_change
        && (registration.by != RegistrationBy::MailDomain || registration.admits(Some(email.as_str())))
}
