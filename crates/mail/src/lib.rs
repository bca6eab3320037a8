//! Mail: templates, transports, and what delivers the mails of the outbox.
//!
//! A caller puts an [`OutboxItem`] into the [`Outbox`] within its own transaction; the dispatcher of the outbox gives it
//! to [`MailDelivery`], which renders the mail and hands it to the [`Mailer`].

mod delivery;
mod error;
mod item;
mod mail;
mod mailer;
#[cfg(test)]
mod tests;

pub use delivery::{MailDelivery, deliver_due};
pub use error::MailError;
pub use item::{ApprovalMail, InvitationMail, OutboxItem};
pub use latchkey_audit::Outbox;
pub use mail::{Mail, SentMail};
pub use mailer::Mailer;
