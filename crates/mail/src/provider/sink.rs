//! Where messages go that no webhook takes: nowhere, or, while one develops, into files.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use latchkey_core::Secret;

/// Takes the messages of tenants that have no webhook. Clones share it.
#[derive(Clone, Debug, Default)]
pub enum MessageSink {
    /// They wait until there is a webhook, or they are of no use any more.
    #[default]
    None,
    /// Each is written to a file `{id}.json` in a directory that exists: for development.
    Directory(PathBuf),
    /// Each is kept in memory: for tests.
    Memory(Arc<Mutex<Vec<SentMessage>>>),
}

/// A message that the in-memory sink took.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SentMessage {
    /// The `webhook-id`.
    pub id: String,
    /// The body as it would be posted, JSON.
    pub body: String,
}

impl MessageSink {
    /// Keeps every message in memory: for tests.
    #[must_use]
    pub fn memory() -> Self {
        Self::Memory(Arc::default())
    }

    /// Whether it takes anything.
    #[must_use]
    pub fn is_configured(&self) -> bool {
        !matches!(self, Self::None)
    }

    /// What the in-memory sink took so far, oldest first; empty for every other.
    #[must_use]
    pub fn sent(&self) -> Vec<SentMessage> {
        match self {
            Self::Memory(sent) => sent.lock().unwrap_or_else(PoisonError::into_inner).clone(),
            Self::None | Self::Directory(_) => Vec::new(),
        }
    }

    /// Takes a message; returns whether it did.
    pub(crate) async fn take(&self, id: &str, body: &Secret<String>) -> std::io::Result<bool> {
        match self {
            Self::None => return Ok(false),
            Self::Directory(directory) => tokio::fs::write(file(directory, id), body.expose()).await?,
            Self::Memory(sent) => {
                let message = SentMessage { id: id.to_owned(), body: body.expose().clone() };
                sent.lock().unwrap_or_else(PoisonError::into_inner).push(message);
            }
        }
        Ok(true)
    }
}

/// The same at every attempt, so that a message written twice is one file.
fn file(directory: &Path, id: &str) -> PathBuf {
    let plain: String = id.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-')).collect();
    directory.join(format!("{plain}.json"))
}
