//! Where mail goes: a server, a directory, or memory.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use latchkey_core::Secret;
use lettre::message::Mailbox;
use lettre::{AsyncFileTransport, AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};

use crate::{Mail, MailError, SentMail};

/// Sends mail. Clones share the connections.
#[derive(Clone)]
pub struct Mailer {
    from: Option<Mailbox>,
    transport: Transport,
}

#[derive(Clone)]
enum Transport {
    Smtp(AsyncSmtpTransport<Tokio1Executor>),
    Directory(AsyncFileTransport<Tokio1Executor>),
    Memory(Arc<Mutex<Vec<SentMail>>>),
    None,
}

impl Mailer {
    /// Sends by a server: `smtps://user:password@host` (TLS) or `smtp://host?tls=required` (STARTTLS).
    ///
    /// # Errors
    /// [`MailError::SmtpUrl`], [`MailError::Address`] when `from` is neither an address nor `Name <address>`.
    pub fn smtp(url: &Secret<String>, from: &str) -> Result<Self, MailError> {
        let builder = AsyncSmtpTransport::<Tokio1Executor>::from_url(url.expose()).map_err(|_| MailError::SmtpUrl)?;
        Ok(Self { from: Some(sender(from)?), transport: Transport::Smtp(builder.build()) })
    }

    /// Writes each mail to a file `{uuid}.eml` in a directory that exists: for development.
    ///
    /// # Errors
    /// [`MailError::Address`].
    pub fn directory(directory: &Path, from: &str) -> Result<Self, MailError> {
        Ok(Self { from: Some(sender(from)?), transport: Transport::Directory(AsyncFileTransport::new(directory)) })
    }

    /// Keeps every mail in memory: for tests.
    ///
    /// # Errors
    /// [`MailError::Address`].
    pub fn memory(from: &str) -> Result<Self, MailError> {
        Ok(Self { from: Some(sender(from)?), transport: Transport::Memory(Arc::default()) })
    }

    /// Sends nothing; what is in the outbox waits there.
    #[must_use]
    pub fn none() -> Self {
        Self { from: None, transport: Transport::None }
    }

    /// Whether mail can be sent at all.
    #[must_use]
    pub fn is_configured(&self) -> bool {
        self.from.is_some()
    }

    /// Sends one mail.
    ///
    /// # Errors
    /// [`MailError`] says whether the mail is malformed or the transport failed.
    pub async fn send(&self, mail: &Mail) -> Result<(), MailError> {
        let from = self.from.as_ref().ok_or(MailError::NotConfigured)?;
        let message = mail.message(from)?;
        match &self.transport {
            Transport::Smtp(transport) => transport.send(message).await.map(|_| ())?,
            Transport::Directory(transport) => transport.send(message).await.map(|_| ())?,
            Transport::Memory(sent) => {
                sent.lock().unwrap_or_else(PoisonError::into_inner).push(SentMail::of(mail, &message));
            }
            Transport::None => return Err(MailError::NotConfigured),
        }
        Ok(())
    }

    /// What the in-memory transport took so far, oldest first; empty for every other transport.
    #[must_use]
    pub fn sent(&self) -> Vec<SentMail> {
        match &self.transport {
            Transport::Memory(sent) => sent.lock().unwrap_or_else(PoisonError::into_inner).clone(),
            Transport::Smtp(_) | Transport::Directory(_) | Transport::None => Vec::new(),
        }
    }
}

impl SentMail {
    fn of(mail: &Mail, message: &Message) -> Self {
        Self {
            to: message.envelope().to().iter().map(ToString::to_string).collect(),
            subject: mail.subject.clone(),
            text: mail.text.clone(),
            html: mail.html.clone(),
            raw: String::from_utf8_lossy(&message.formatted()).into_owned(),
        }
    }
}

fn sender(from: &str) -> Result<Mailbox, MailError> {
    if from.chars().any(char::is_control) {
        return Err(MailError::ControlCharacter { header: "from" });
    }
    from.parse().map_err(|source| MailError::Address { header: "from", source })
}
