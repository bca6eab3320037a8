//! Section `messages`: short messages and push notices of tenants that have no webhook.

use std::path::PathBuf;

use crate::{
    key::{Default, Key},
    reader::{Reader, from_str},
};

const DIRECTORY: Key = Key::open(
    "messages.directory",
    "LATCHKEY_MESSAGES_DIRECTORY",
    Default::None,
    "For development: short messages and push notices of tenants without a webhook are written to this directory as files.",
);
pub(crate) static KEYS: &[Key] = &[DIRECTORY];

/// Short messages and push notices.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessagesConfig {
    /// Where they go as files.
    pub directory: Option<PathBuf>,
}

pub(crate) fn read(reader: &mut Reader) -> Option<MessagesConfig> {
    let directory = reader.optional(&DIRECTORY, from_str::<PathBuf>);
    Some(MessagesConfig { directory: directory? })
}
