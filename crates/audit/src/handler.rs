//! What the owner of a kind registers.

use std::error::Error;

use futures_util::future::BoxFuture;

use crate::OutboxEntry;

/// Delivers the entries of some kinds.
pub trait Handler: Send + Sync + 'static {
    /// Whether anything can be delivered now; until then entries wait and no attempt is counted.
    fn is_ready(&self) -> bool {
        true
    }

    /// Delivers one entry; it is dropped at the deadline of the [`DeliveryPolicy`](crate::DeliveryPolicy).
    ///
    /// # Errors
    /// [`Undelivered`] says whether to try again.
    fn deliver<'a>(&'a self, entry: &'a OutboxEntry) -> BoxFuture<'a, Result<(), Undelivered>>;
}

/// Why an entry was not delivered. The reason is logged; it must not quote what is in the entry.
#[derive(Debug, thiserror::Error)]
pub enum Undelivered {
    /// Try again later, with growing pauses.
    #[error("not delivered")]
    Retry(#[source] Box<dyn Error + Send + Sync>),
    /// Trying again cannot help.
    #[error("cannot be delivered")]
    Hopeless(#[source] Box<dyn Error + Send + Sync>),
    /// Nothing is set up that could deliver it: it waits until something is, and no attempt is counted.
    #[error("nothing is set up to deliver it")]
    NotSetUp,
    /// This node is too old to understand the entry: another will, and no attempt is counted.
    #[error("not understood by this version")]
    Unknown,
}
