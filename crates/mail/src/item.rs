//! A mail to be: to whom, in whose name, and what it is about.

use latchkey_audit::OutboxEvent;
use latchkey_core::UtcTime;
use serde::{Deserialize, Serialize};

use crate::frame::Frame;
use crate::look::Look;
use crate::messages::Message;
use crate::one_line::one_line;
use crate::written::Written;
use crate::{Mail, MailError};

/// A mail to be, as it waits in the outbox: what its texts need, not the texts. Whose it is stands in its entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Written")]
pub struct OutboxItem {
    /// To whom it goes.
    pub to: Recipient,
    /// The name of the tenant in whose name it is sent.
    pub tenant_name: String,
    /// What it is about.
    pub message: Message,
}

/// Who gets a mail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recipient {
    /// How to address the person; may be empty.
    pub name: String,
    /// The mail address.
    pub address: String,
    /// The language to write in, a BCP 47 tag; without one it is the tenant's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
}

impl OutboxEvent for OutboxItem {
    fn kind(&self) -> &'static str {
        self.message.kind()
    }

    fn goes_by_tenant(&self) -> bool {
        true
    }
}

impl OutboxItem {
    /// A mail to `to` in the name of the tenant.
    #[must_use]
    pub fn new(to: Recipient, tenant_name: &str, message: Message) -> Self {
        Self { to, tenant_name: tenant_name.to_owned(), message }
    }

    /// Renders the mail.
    ///
    /// # Errors
    /// [`MailError::Template`].
    pub(crate) fn render(&self, id: &str, look: &Look, now: UtcTime) -> Result<Mail, MailError> {
        let frame = Frame::of(self, look);
        let (text, html) = frame.render()?;
        Ok(Mail {
            id: id.to_owned(),
            name: one_line(&self.to.name),
            address: self.to.address.clone(),
            subject: frame.subject,
            text,
            html,
            date: now,
        })
    }
}
