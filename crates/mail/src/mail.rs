//! One mail, and how it becomes a message.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use latchkey_core::UtcTime;
use lettre::message::header::{Header, HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart};
use lettre::{Address, Message};

use crate::MailError;

/// A mail to one person.
#[derive(Clone, Debug)]
pub struct Mail {
    /// Unique; the `Message-ID` is made of it, so that a mail that was sent twice is recognised as one.
    pub id: String,
    /// The recipient's name.
    pub name: String,
    /// The recipient's address.
    pub address: String,
    /// The subject.
    pub subject: String,
    /// The body as plain text.
    pub text: String,
    /// The body as HTML.
    pub html: String,
    /// The `Date`.
    pub date: UtcTime,
}

/// A mail that the in-memory transport took.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SentMail {
    /// The envelope's recipients.
    pub to: Vec<String>,
    /// The subject as given.
    pub subject: String,
    /// The plain text.
    pub text: String,
    /// The HTML.
    pub html: String,
    /// The whole message as it would travel.
    pub raw: String,
}

impl Mail {
    /// Builds the message; a value that could add a header is refused rather than repaired.
    ///
    /// # Errors
    /// [`MailError::ControlCharacter`], [`MailError::Address`], [`MailError::Build`].
    pub(crate) fn message(&self, from: &Mailbox, reply_to: Option<Mailbox>) -> Result<Message, MailError> {
        for (header, value) in
            [("name", &self.name), ("address", &self.address), ("subject", &self.subject), ("id", &self.id)]
        {
            if value.chars().any(is_line_break_or_control) {
                return Err(MailError::ControlCharacter { header });
            }
        }
        let address: Address =
            self.address.parse().map_err(|source| MailError::Address { header: "address", source })?;
        let name = (!self.name.trim().is_empty()).then(|| self.name.clone());
        let mut message = Message::builder().from(from.clone());
        if let Some(reply_to) = reply_to {
            message = message.reply_to(reply_to);
        }
        let message = message
            .to(Mailbox::new(name, address))
            .subject(self.subject.clone())
            .date(system_time(self.date))
            .header(AutoSubmitted)
            .message_id(Some(format!("<{}@{}>", self.id, from.email.domain())))
            .multipart(MultiPart::alternative_plain_html(self.text.clone(), self.html.clone()))?;
        Ok(message)
    }
}

/// `Auto-Submitted` ([RFC 3834 §5](https://www.rfc-editor.org/rfc/rfc3834#section-5)): nobody's absence answers the mail.
#[derive(Clone, Copy)]
struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_value: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

/// Some of what reads mail takes the separators of Unicode for line breaks.
fn is_line_break_or_control(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')
}

fn system_time(time: UtcTime) -> SystemTime {
    UNIX_EPOCH + Duration::from_millis(u64::try_from(time.unix_millis()).unwrap_or(0))
}
