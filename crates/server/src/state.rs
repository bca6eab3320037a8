//! The state file of `latchkey apply` and `latchkey export`: tenants and what they own, as YAML.
//!
//! What a file names is made to agree with it, what it does not name is left alone. A section that stands there
//! (`settings`, `branding`, one client, one user) is complete: a member left out has its default. Credentials of
//! people are the exception: a password is set for a user who has none, and never replaced.

mod diff;
mod document;
mod error;
mod export;
mod fields;
mod forms;
mod node;
mod node_deserializer;
mod prepare;
mod reconcile;
mod reconcile_client;
mod reconcile_secret;
mod reconcile_user;

pub use diff::Change;
pub use document::State;
pub use error::StateError;
pub use export::export;
pub use prepare::{Prepared, prepare};
pub use reconcile::{Applied, ApplyError, Mode, Surroundings, apply};
