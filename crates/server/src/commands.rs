//! The commands, one per file.

pub(crate) mod api_key;
pub(crate) mod apply;
pub(crate) mod breached_passwords;
pub(crate) mod check_config;
pub(crate) mod claims;
pub(crate) mod client;
pub(crate) mod export;
pub(crate) mod invitation;
pub(crate) mod keys;
pub(crate) mod mail;
pub(crate) mod migrate;
pub(crate) mod registration_token;
pub(crate) mod serve;
mod store;
pub(crate) mod tenant;
mod tenant_secret;
pub(crate) mod user;
mod user_identities;
