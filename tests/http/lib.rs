//! The tests stand beside this file; `main.rs` lists them.
