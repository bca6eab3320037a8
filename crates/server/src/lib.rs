//! The server `latchkey`: command line, wiring of the crates, background jobs, TLS, health and the demo page.
//!
//! [`Services::open`] and [`serve`] start a whole server within a process; the command line and the test kit share them.

pub mod bootstrap;
pub mod cli;
mod commands;
pub mod demo;
pub mod health;
mod http;
mod in_flight;
mod inviter;
mod jobs;
pub mod logs;
mod services;
pub mod state;
mod tenant_post;
pub mod tls;

pub use http::{DemoPage, Listeners, ServerHandle, serve};
pub use inviter::{Delivery, Inviter};
pub use services::{Injected, Services};
pub use state::State;
pub use tls::Certificate;
