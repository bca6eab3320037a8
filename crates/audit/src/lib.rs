//! Effects that must not be lost: rows of an outbox, written in the transaction that causes them and delivered later.
//!
//! A caller puts an [`OutboxEvent`] into the [`Outbox`] within its own transaction. Jobs of any node call the
//! [`Dispatcher`], which leases entries and gives each to the [`Handler`] that the owner of its kind registered.
//! Delivery is at least once: an entry is never given away twice under a live lease, but a node that dies after
//! delivering and before saying so leaves an entry that is delivered again, under the same id.
//! Table owned by this crate: `outbox`.

mod delivery;
mod dispatcher;
mod entry;
mod error;
mod handler;
mod outbox;
mod outbox_store;
mod policy;
#[cfg(test)]
mod tests;

pub use delivery::DeliveryReport;
pub use dispatcher::Dispatcher;
pub use entry::{OutboxEntry, OutboxEvent};
pub use error::OutboxError;
pub use handler::{Handler, Undelivered};
pub use outbox::{Outbox, enqueue_signal};
pub use policy::DeliveryPolicy;
