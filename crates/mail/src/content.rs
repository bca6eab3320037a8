//! What a mail is made of, before it has words and looks.

use latchkey_core::{Secret, UtcTime};
use latchkey_language::Words;
use serde::{Deserialize, Serialize};

use crate::one_line::one_line;

/// What a message kind says.
pub(crate) trait Content {
    /// Its kind in the outbox, such as `mail.invitation`.
    fn kind(&self) -> &'static str;

    /// The subject, in the name of `tenant`.
    fn subject(&self, tenant: &str) -> Words;

    /// The body between greeting and footer, in the name of `tenant`.
    fn blocks(&self, tenant: &str) -> Vec<Block>;
}

/// A part of a body.
#[derive(Clone, Debug)]
pub(crate) enum Block {
    /// A paragraph.
    Text(Words),
    /// Something that was said elsewhere, as it was said.
    Quote(String),
    /// The one thing to do.
    Button { label: Words, link: Secret<String> },
    /// A code to be typed.
    Code(Secret<String>),
    /// Labels and what they name.
    Facts(Vec<(Words, String)>),
}

/// From where somebody did something, as far as it is known; for people to read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Whereabouts {
    /// The address on the network.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// The browser and its system, such as `Firefox on Linux`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub browser: Option<String>,
    /// The place that the address seems to be at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
}

/// When and from where something happened.
pub(crate) fn facts(at: UtcTime, from: &Whereabouts) -> Block {
    let mut facts = vec![(Words::new("mail-label-when"), moment(at))];
    let known = [
        ("mail-label-browser", &from.browser),
        ("mail-label-address", &from.address),
        ("mail-label-place", &from.place),
    ];
    for (label, value) in known {
        facts.extend(value.as_deref().map(|value| (Words::new(label), one_line(value))));
    }
    Block::Facts(facts)
}

/// What to do if it was somebody else.
pub(crate) fn not_me(tenant: &str, link: Option<&Secret<String>>) -> Vec<Block> {
    let was_me = Block::Text(Words::new("mail-was-me"));
    match link {
        Some(link) => vec![
            was_me,
            Block::Text(Words::new("mail-not-me-why")),
            Block::Button { label: Words::new("mail-not-me"), link: link.clone() },
        ],
        None => vec![was_me, text("mail-not-me-nowhere", tenant)],
    }
}

/// A paragraph that names the tenant.
pub(crate) fn text(id: &'static str, tenant: &str) -> Block {
    Block::Text(Words::new(id).with("tenant", tenant))
}

/// A paragraph that says until when.
pub(crate) fn until(id: &'static str, time: UtcTime) -> Block {
    Block::Text(Words::new(id).with("time", moment(time)))
}

pub(crate) fn button(label: &'static str, link: &Secret<String>) -> Block {
    Block::Button { label: Words::new(label), link: link.clone() }
}

/// A time as people write it; nothing is known of where the recipient's clock stands.
pub(crate) fn moment(time: UtcTime) -> String {
    let written = time.to_string();
    match (written.get(..10), written.get(11..16)) {
        (Some(date), Some(clock)) => format!("{date} {clock} UTC"),
        _ => written,
    }
}
