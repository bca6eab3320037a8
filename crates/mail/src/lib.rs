//! Mail: templates, transports, and what delivers the mails of the outbox.
//!
//! A caller puts an [`OutboxItem`] into the [`Outbox`] within its own transaction; the dispatcher of the outbox gives it
//! to [`MailDelivery`], which renders the mail and hands it to the [`Mailer`]. A new kind of mail is a struct in
//! [`messages`], a variant of [`Message`] and its words.

mod content;
mod delivery;
mod error;
mod frame;
mod item;
mod look;
mod mail;
mod mailer;
pub mod messages;
mod one_line;
pub mod provider;
mod routes;
mod sender;
#[cfg(test)]
mod tests;
mod trial;
mod written;

pub use content::Whereabouts;
pub use delivery::{MailDelivery, deliver_due};
pub use error::MailError;
pub use item::{OutboxItem, Recipient};
pub use latchkey_audit::Outbox;
pub use look::{ButtonColors, Look};
pub use mail::{Mail, SentMail};
pub use mailer::Mailer;
pub use messages::Message;
pub use provider::{MessageDelivery, MessageSink, PushItem, SentMessage, SmsItem};
pub use sender::{Protection, SenderError, Senders, SmtpRoute, TenantSender};
pub use trial::{Trial, TrialError, send_test};
