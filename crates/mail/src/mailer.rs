//! Where mail goes: a server, a directory, or memory.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use latchkey_core::{Secret, TenantId};
use lettre::message::Mailbox;
use lettre::transport::smtp::response::Response;
use lettre::{Address, AsyncFileTransport, AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};

use crate::one_line::{one_line, one_line_of};
use crate::routes::Routes;
use crate::{Mail, MailError, SentMail, TenantSender};

/// Sends mail. Clones share the connections.
#[derive(Clone)]
pub struct Mailer {
    from: Option<Mailbox>,
    transport: Transport,
    routes: Routes,
}

/// A mail that was taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Taken {
    /// The `From`.
    pub(crate) from: String,
    /// `host:port` of the tenant's server, if that took it.
    pub(crate) server: Option<String>,
    /// What the server answered.
    pub(crate) answer: Option<String>,
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
        Ok(Self::by(Some(sender(from)?), Transport::Smtp(builder.build())))
    }

    /// Writes each mail to a file `{uuid}.eml` in a directory that exists: for development.
    ///
    /// # Errors
    /// [`MailError::Address`].
    pub fn directory(directory: &Path, from: &str) -> Result<Self, MailError> {
        Ok(Self::by(Some(sender(from)?), Transport::Directory(AsyncFileTransport::new(directory))))
    }

    /// Keeps every mail in memory: for tests.
    ///
    /// # Errors
    /// [`MailError::Address`].
    pub fn memory(from: &str) -> Result<Self, MailError> {
        Ok(Self::by(Some(sender(from)?), Transport::Memory(Arc::default())))
    }

    /// Sends nothing; what is in the outbox waits there.
    #[must_use]
    pub fn none() -> Self {
        Self::by(None, Transport::None)
    }

    fn by(from: Option<Mailbox>, transport: Transport) -> Self {
        Self { from, transport, routes: Routes::default() }
    }

    /// Whether the instance itself can send mail; a tenant may have a server of its own.
    #[must_use]
    pub fn is_configured(&self) -> bool {
        self.from.is_some()
    }

    /// Sends one mail in the name of the instance.
    ///
    /// # Errors
    /// [`MailError`] says whether the mail is malformed or the transport failed.
    pub async fn send(&self, mail: &Mail) -> Result<(), MailError> {
        let from = self.from.as_ref().ok_or(MailError::NotConfigured)?;
        self.transmit(mail, &mail.message(from, None)?).await.map(|_| ())
    }

    /// Sends one mail in the name of a tenant: by the tenant's server, or by the instance's with the tenant's name.
    pub(crate) async fn send_as(
        &self,
        mail: &Mail,
        tenant: &TenantId,
        sender: &TenantSender,
    ) -> Result<Taken, MailError> {
        let reply_to = sender.reply_to.as_deref().map(|text| address("reply_to", text)).transpose()?;
        let reply_to = reply_to.map(|address| Mailbox::new(None, address));
        let name = Some(one_line(&sender.name)).filter(|name| !name.is_empty());
        let Some(route) = &sender.route else {
            let from = self.from.as_ref().ok_or(MailError::NotConfigured)?;
            let from = Mailbox::new(name, from.email.clone());
            let answer = self.transmit(mail, &mail.message(&from, reply_to)?).await?;
            return Ok(Taken { from: from.to_string(), server: None, answer });
        };
        let from = Mailbox::new(name, address("from", &route.from_address)?);
        let message = mail.message(&from, reply_to)?;
        let mut outcome = Err(MailError::NotConfigured);
        for at in &route.addresses {
            outcome = self.routes.to(tenant, route, *at)?.send(message.clone()).await.map_err(MailError::from);
            match &outcome {
                // Nothing was said to anybody at this address: the next may be up.
                Err(MailError::Smtp(error)) if is_connection(error) => {}
                _ => break,
            }
        }
        let port = route.addresses.first().map_or(0, SocketAddr::port);
        let answer = Some(answer_of(&outcome?));
        Ok(Taken { from: from.to_string(), server: Some(format!("{}:{port}", route.host)), answer })
    }

    /// Hands a message to the instance's transport; returns what a server answered.
    async fn transmit(&self, mail: &Mail, message: &Message) -> Result<Option<String>, MailError> {
        match &self.transport {
            Transport::Smtp(transport) => Ok(Some(answer_of(&transport.send(message.clone()).await?))),
            Transport::Directory(transport) => Ok(transport.send(message.clone()).await.map(|_| None)?),
            Transport::Memory(sent) => {
                sent.lock().unwrap_or_else(PoisonError::into_inner).push(SentMail::of(mail, message));
                Ok(None)
            }
            Transport::None => Err(MailError::NotConfigured),
        }
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

/// The code and the words of a server, on one line.
fn answer_of(response: &Response) -> String {
    let words = response.message().collect::<Vec<_>>().join(" ");
    one_line_of(&format!("{} {words}", response.code()), 1_000)
}

/// Whether no connection came about.
fn is_connection(error: &lettre::transport::smtp::Error) -> bool {
    let is_other = error.is_response() || error.is_client() || error.is_tls() || error.is_transport_shutdown();
    error.status().is_none() && !is_other && error.to_string().starts_with("Connection error")
}

fn address(header: &'static str, text: &str) -> Result<Address, MailError> {
    text.parse().map_err(|source| MailError::Address { header, source })
}

fn sender(from: &str) -> Result<Mailbox, MailError> {
    if from.chars().any(char::is_control) {
        return Err(MailError::ControlCharacter { header: "from" });
    }
    from.parse().map_err(|source| MailError::Address { header: "from", source })
}
