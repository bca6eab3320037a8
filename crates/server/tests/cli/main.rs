//! The binary as an operator uses it: exit codes, what it prints, and what it leaves behind.

#![expect(clippy::unwrap_used, reason = "a helper of a test may stop it")]

mod api_keys;
mod apply;
mod claims;
mod clients;
mod config;
mod identities;
mod invitations;
mod keys;
mod mail;
mod registration_token;
mod serve;
mod support;
mod tls;
