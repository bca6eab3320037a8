//! Mail: templates, transports, and the outbox through which every mail goes.
//!
//! A caller puts an [`OutboxItem`] into the [`Outbox`] within its own transaction; a job calls [`deliver_due`], which
//! renders the mail and hands it to the [`Mailer`]. Table owned by this crate: `outbox`.

mod delivery;
mod error;
mod item;
mod mail;
mod mailer;
mod outbox;
mod outbox_store;
#[cfg(test)]
mod tests;

pub use delivery::{DeliveryReport, deliver_due};
pub use error::MailError;
pub use item::{InvitationMail, OutboxItem};
pub use mail::{Mail, SentMail};
pub use mailer::Mailer;
pub use outbox::Outbox;
