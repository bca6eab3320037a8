//! Section `mail`: how mail leaves.

use std::path::PathBuf;

use latchkey_core::Secret;

use crate::{
    key::{Default, Key},
    reader::{Reader, from_str},
};

const SMTP_URL: Key = Key::secret(
    "mail.smtp_url",
    "LATCHKEY_SMTP_URL",
    Default::None,
    "Mail server: `smtp://user:password@host:587?tls=required` (STARTTLS) or `smtps://host` (TLS).",
);
const FROM: Key = Key::open(
    "mail.from",
    "LATCHKEY_MAIL_FROM",
    Default::Text("Latchkey <no-reply@localhost>"),
    "Sender: an address, or `Name <address>`.",
);
const DIRECTORY: Key = Key::open(
    "mail.directory",
    "LATCHKEY_MAIL_DIRECTORY",
    Default::None,
    "For development: mails are written to this directory as files instead of being sent.",
);
pub(crate) static KEYS: &[Key] = &[SMTP_URL, FROM, DIRECTORY];

/// Outgoing mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailConfig {
    /// The mail server with its credentials.
    pub smtp_url: Option<Secret<String>>,
    /// The sender.
    pub from: String,
    /// Where mails go as files; never together with a server.
    pub directory: Option<PathBuf>,
}

pub(crate) fn read(reader: &mut Reader) -> Option<MailConfig> {
    let smtp_url = reader.optional(&SMTP_URL, |text| {
        let known = text.starts_with("smtp://") || text.starts_with("smtps://");
        if known { Ok(Secret::from(text)) } else { Err("must start with smtp:// or smtps://".into()) }
    });
    let from = reader.required(&FROM, mailbox);
    let directory = reader.optional(&DIRECTORY, from_str::<PathBuf>);
    if reader.has(&SMTP_URL) && reader.has(&DIRECTORY) {
        let place = reader.place(&DIRECTORY);
        reader.problem(place, format!("set either {} or {}, not both", DIRECTORY.toml, SMTP_URL.toml));
    }
    Some(MailConfig { smtp_url: smtp_url?, from: from?, directory: directory? })
}

/// A bare address; the full grammar is checked where a mail is built.
pub(crate) fn address(text: &str) -> Result<String, String> {
    let plain = |part: &str| !part.is_empty() && !part.contains(|c: char| c.is_whitespace() || "<>@,".contains(c));
    match text.rsplit_once('@') {
        Some((local, domain)) if plain(local) && plain(domain) => Ok(text.to_owned()),
        _ => Err("must be a mail address such as admin@example.com".into()),
    }
}

fn mailbox(text: &str) -> Result<String, String> {
    let bare = match text.split_once('<') {
        Some((_, rest)) => rest.strip_suffix('>').unwrap_or(""),
        None => text,
    };
    // A line break would let the value add headers of its own to every mail.
    if text.contains(char::is_control) {
        return Err("must not contain control characters".into());
    }
    address(bare).map(|_| text.to_owned())
}
