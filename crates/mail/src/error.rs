//! Why a mail could not be built or sent. No text holds a mail's content or a server's credentials.

/// Why mail failed.
#[derive(Debug, thiserror::Error)]
pub enum MailError {
    /// A header value has a control character: it could add headers of its own.
    #[error("{header} must not contain control characters")]
    ControlCharacter {
        /// Which header.
        header: &'static str,
    },
    /// Not an address that mail can be sent from or to.
    #[error("{header} is not a mail address")]
    Address {
        /// Which header.
        header: &'static str,
        /// What is wrong with it.
        #[source]
        source: lettre::address::AddressError,
    },
    /// The URL of the mail server is malformed. The driver's words are left out, since they may quote the password.
    #[error("the SMTP URL is malformed; it must be smtp://host or smtps://host with credentials percent-encoded")]
    SmtpUrl,
    /// The parts do not make a mail.
    #[error("the mail cannot be built")]
    Build(#[from] lettre::error::Error),
    /// A template failed.
    #[error("the mail cannot be rendered")]
    Template(#[from] askama::Error),
    /// The mail server did not take it.
    #[error("the mail server did not take the mail")]
    Smtp(#[from] lettre::transport::smtp::Error),
    /// The directory did not take it.
    #[error("the mail cannot be written to the mail directory")]
    Directory(#[from] lettre::transport::file::Error),
    /// What it says is of no use any more.
    #[error("what the mail says is of no use any more")]
    Expired,
    /// No transport is configured.
    #[error("no mail transport is configured")]
    NotConfigured,
}
