//! Trying out how a tenant's mails are sent, at once and with the server's own answer: the outbox would hide it.

use latchkey_core::{TenantId, UtcTime};

use crate::messages::TestMail;
use crate::{MailError, Mailer, Message, OutboxItem, Recipient, SenderError, Senders};

/// A test mail that was taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trial {
    /// The `From`.
    pub from: String,
    /// What took it: `host:port` of the tenant's server, or `None` for the instance's.
    pub server: Option<String>,
    /// What it answered, such as `250 2.0.0 Ok: queued as 4XyZ`; `None` from a transport that answers nothing.
    pub answer: Option<String>,
}

/// Why a test mail was not taken; for the person who tries it out.
#[derive(Debug, thiserror::Error)]
pub enum TrialError {
    /// There is no sender.
    #[error(transparent)]
    Sender(#[from] SenderError),
    /// It was not taken.
    #[error(transparent)]
    Mail(#[from] MailError),
}

impl TrialError {
    /// What happened, with the server's own words, on one line.
    #[must_use]
    pub fn explain(&self) -> String {
        let mut said = self.to_string();
        let mut source = std::error::Error::source(self);
        while let Some(error) = source {
            let cause = error.to_string();
            // A driver's error often ends with the words of its cause.
            if !said.ends_with(&cause) {
                said = format!("{said}: {cause}");
            }
            source = error.source();
        }
        // A server may answer with what a terminal takes for commands.
        crate::one_line::one_line_of(&said, 1_000)
    }
}

/// Sends a test mail to `address`, as the tenant's mails are sent.
///
/// `id` is unique; the `Message-ID` is made of it.
///
/// # Errors
/// [`TrialError`] says who refused what.
pub async fn send_test(
    (mailer, senders): (&Mailer, &dyn Senders),
    tenant: &TenantId,
    address: &str,
    id: &str,
    now: UtcTime,
) -> Result<Trial, TrialError> {
    let sender = senders.sender_of(tenant).await?;
    let to = Recipient { name: String::new(), address: address.to_owned(), language: None };
    let item = OutboxItem::new(to, &sender.name, Message::TestMail(TestMail {}));
    let mail = item.render(id, &sender.look, now)?;
    let taken = mailer.send_as(&mail, tenant, &sender).await?;
    Ok(Trial { from: taken.from, server: taken.server, answer: taken.answer })
}
