//! What happened, and effects that must not be lost: both are rows written in the transaction that causes them.
//!
//! A [`SecurityEvent`] says what happened to an account or by it; [`event_store`] keeps it.
//!
//! A caller puts an [`OutboxEvent`] into the [`Outbox`] within its own transaction. Jobs of any node call the
//! [`Dispatcher`], which leases entries and gives each to the [`Handler`] that the owner of its kind registered.
//! Delivery is at least once: an entry is never given away twice under a live lease, but a node that dies after
//! delivering and before saying so leaves an entry that is delivered again, under the same id.
//! Tables owned by this crate: `outbox`, `security_events`.

mod delivery;
mod dispatcher;
mod entry;
mod error;
mod event_kind;
mod handler;
mod outbox;
mod outbox_store;
mod policy;
mod security_event;

pub mod event_store;

#[cfg(test)]
mod tests;

pub use delivery::DeliveryReport;
pub use dispatcher::Dispatcher;
pub use entry::{OutboxEntry, OutboxEvent};
pub use error::OutboxError;
pub use event_kind::EventKind;
pub use event_store::RecordedEvent;
pub use handler::{Handler, Undelivered};
pub use outbox::{Outbox, enqueue_signal};
pub use policy::DeliveryPolicy;
pub use security_event::{Actor, EventDetails, EventOutcome, SecurityEvent};
