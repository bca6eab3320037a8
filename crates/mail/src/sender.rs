//! In whose name a mail is sent, and by which server: `mail` knows no tenants, so whoever does tells it.

use std::error::Error;
use std::net::SocketAddr;

use futures_util::future::BoxFuture;
use latchkey_core::{Secret, TenantId};

use crate::Look;

/// Knows how the mails of tenants are sent.
pub trait Senders: Send + Sync + 'static {
    /// The sender of a tenant's mails, as things stand now.
    ///
    /// # Errors
    /// [`SenderError`] says why there is none.
    fn sender_of<'a>(&'a self, tenant: &'a TenantId) -> BoxFuture<'a, Result<TenantSender, SenderError>>;
}

/// The sender of a tenant's mails.
#[derive(Clone, Debug)]
pub struct TenantSender {
    /// The name that mails come from.
    pub name: String,
    /// Where answers go.
    pub reply_to: Option<String>,
    /// The tenant's own server; without one mails leave by that of the instance.
    pub route: Option<SmtpRoute>,
    /// How the mails look.
    pub look: Look,
}

/// A mail server of a tenant, as it may be connected to.
#[derive(Clone, Debug)]
pub struct SmtpRoute {
    /// The address that mails come from.
    pub from_address: String,
    /// The name of the server, which its certificate must have.
    pub host: String,
    /// Where it is: the only addresses that are connected to.
    pub addresses: Vec<SocketAddr>,
    /// How the way to it is protected.
    pub protection: Protection,
    /// Name and password there.
    pub credentials: Option<(String, Secret<String>)>,
    /// Certificates of authorities (PEM) that are trusted as well as the system's.
    pub trust_anchors: Vec<String>,
}

/// How the way to a server is protected; one that does not offer it gets no mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protection {
    /// TLS after STARTTLS, RFC 3207.
    StartTls,
    /// TLS from the first byte, RFC 8314 §3.3.
    Tls,
    /// None: the server is on this machine.
    Loopback,
}

/// Why a tenant has no sender now.
#[derive(Debug, thiserror::Error)]
pub enum SenderError {
    /// There is no such tenant any more.
    #[error("the tenant is no more")]
    NoTenant,
    /// The server wants a password that was not given.
    #[error("the password of the mail server is not set, or was set for another server or user")]
    NoPassword,
    /// No address of the server may be connected to, or its name cannot be resolved.
    #[error("the mail server cannot be reached")]
    Unreachable(#[source] Box<dyn Error + Send + Sync>),
    /// It cannot be known now.
    #[error("the tenant's settings cannot be read now")]
    Unavailable(#[source] Box<dyn Error + Send + Sync>),
}
