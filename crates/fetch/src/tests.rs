//! Requests against servers on the loopback interface.

mod guarded;
mod server;
