//! What is mailed: one file for each kind, each a small struct and the parts that its mail is made of. The words stand in
//! the language files, the looks in `frame`.

mod account_deleted;
mod account_deletion_scheduled;
mod account_exists;
mod approval;
mod credential_changed;
mod email_change_confirm;
mod email_changed;
mod invitation;
mod magic_link;
mod new_device;
mod reset_password;
mod sign_in_blocked;
mod sign_in_code;
mod test_mail;
mod verify_email;

use latchkey_core::UtcTime;
use serde::{Deserialize, Serialize};

pub use account_deleted::AccountDeleted;
pub use account_deletion_scheduled::AccountDeletionScheduled;
pub use account_exists::{AccountExists, WantedAddress};
pub use approval::Approval;
pub use credential_changed::{CredentialChange, CredentialChanged};
pub use email_change_confirm::EmailChangeConfirm;
pub use email_changed::EmailChanged;
pub use invitation::Invitation;
pub use magic_link::MagicLink;
pub use new_device::NewDevice;
pub use reset_password::{ResetPassword, ResetReason};
pub use sign_in_blocked::SignInBlocked;
pub use sign_in_code::SignInCode;
pub use test_mail::TestMail;
pub use verify_email::VerifyEmail;

use crate::content::Content;

/// What a mail is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Message {
    /// To a new user.
    Invitation(Invitation),
    /// To a user whom an application asks something, away from the browser.
    Approval(Approval),
    /// To an address that is to be proved.
    VerifyEmail(VerifyEmail),
    /// To an address that has an account, when somebody asks for another.
    AccountExists(AccountExists),
    /// To a user who forgot the password.
    ResetPassword(ResetPassword),
    /// To the new address of a user.
    EmailChangeConfirm(EmailChangeConfirm),
    /// To the old address of a user.
    EmailChanged(EmailChanged),
    /// To a user one of whose credentials changed.
    CredentialChanged(CredentialChanged),
    /// To a user who was signed in from somewhere new.
    NewDevice(NewDevice),
    /// To a user whose password somebody has, who was not let in.
    SignInBlocked(SignInBlocked),
    /// To a user who signs in by a code.
    SignInCode(SignInCode),
    /// To a user who signs in by a link.
    MagicLink(MagicLink),
    /// To a user whose account will be deleted.
    AccountDeletionScheduled(AccountDeletionScheduled),
    /// To who was a user.
    AccountDeleted(AccountDeleted),
    /// To whoever tries out the settings.
    TestMail(TestMail),
}

impl Message {
    pub(crate) fn kind(&self) -> &'static str {
        self.content().kind()
    }

    /// From when on it is better not sent at all: codes, and questions that are over. A link that has expired says so
    /// itself, and offers another.
    pub(crate) fn useless_from(&self) -> Option<UtcTime> {
        match self {
            Self::SignInCode(message) => Some(message.expires_at),
            Self::MagicLink(message) => Some(message.expires_at),
            Self::Approval(message) => Some(message.expires_at),
            _ => None,
        }
    }

    pub(crate) fn content(&self) -> &dyn Content {
        match self {
            Self::Invitation(message) => message,
            Self::Approval(message) => message,
            Self::VerifyEmail(message) => message,
            Self::AccountExists(message) => message,
            Self::ResetPassword(message) => message,
            Self::EmailChangeConfirm(message) => message,
            Self::EmailChanged(message) => message,
            Self::CredentialChanged(message) => message,
            Self::NewDevice(message) => message,
            Self::SignInBlocked(message) => message,
            Self::SignInCode(message) => message,
            Self::MagicLink(message) => message,
            Self::AccountDeletionScheduled(message) => message,
            Self::AccountDeleted(message) => message,
            Self::TestMail(message) => message,
        }
    }
}
