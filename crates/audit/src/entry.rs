//! What is put into the outbox, and what comes out.

use latchkey_core::{Secret, TenantId, UtcTime};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::Undelivered;

/// Something to be delivered; it is kept sealed, as JSON.
pub trait OutboxEvent: Serialize {
    /// The kind, such as `mail.invitation`: in clear in the database, and what the handler registered for.
    fn kind(&self) -> &'static str;

    /// To whom it goes, such as a client's id, in clear: entries for one destination never hold up those for others.
    /// Empty when all entries of the kind go the same way.
    fn destination(&self) -> &str {
        ""
    }

    /// Whether what its tenant has set up decides how it goes: entries of one tenant then never hold up those of others,
    /// and [`OutboxEvent::destination`] is not asked.
    fn goes_by_tenant(&self) -> bool {
        false
    }
}

/// An entry of the outbox, opened, on its way out.
#[derive(Clone, Debug)]
pub struct OutboxEntry {
    /// `out_` and 256 random bits; the same at every attempt, so a receiver can tell that it has seen the entry.
    pub id: String,
    /// Whose it is.
    pub tenant_id: TenantId,
    /// What it is.
    pub kind: String,
    /// Which attempt this is, from 1.
    pub attempts: i32,
    /// When it was put in.
    pub created_at: UtcTime,
    pub(crate) content: Content,
}

#[derive(Clone, Debug)]
pub(crate) enum Content {
    Sealed(Secret<Vec<u8>>),
    Signal(String),
}

impl OutboxEntry {
    /// What was put in.
    ///
    /// # Errors
    /// [`Undelivered::Unknown`]: the seal is intact, so a node of another version wrote it and will know it.
    pub fn payload<T: DeserializeOwned>(&self) -> Result<T, Undelivered> {
        match &self.content {
            Content::Sealed(bytes) => serde_json::from_slice(bytes.expose()).map_err(|_| Undelivered::Unknown),
            // Whoever can write to the database could have made it: a signal never stands in for a sealed event.
            Content::Signal(_) => Err(Undelivered::Unknown),
        }
    }

    /// The id that a signal names ([`crate::enqueue_signal`]); `None` for an event.
    #[must_use]
    pub fn signal(&self) -> Option<&str> {
        match &self.content {
            Content::Signal(subject) => Some(subject),
            Content::Sealed(_) => None,
        }
    }
}
