//! The one guarded client for outgoing HTTP.
//!
//! Whatever a client, a tenant or a stranger may name as a URL (`jwks_uri`, `request_uri`, `sector_identifier_uri`, client
//! documents, logout and notification endpoints) is asked for here, because each of them could name an address that only
//! this server reaches. Hence: https; an address on the public internet, checked where the connection is made; no
//! redirects, no proxy, no cookies, no retries; [`Limits`] on time, size and numbers. What a private deployment needs
//! beyond that stands in its [`OutgoingPolicy`].

mod address;
mod connection;
mod error;
mod fetcher;
mod freshness;
mod policy;
#[cfg(test)]
mod tests;

pub use connection::Lookup;
pub use error::FetchError;
pub use fetcher::{FetchedDocument, Fetcher, Limits, OnBehalfOf, bearer};
pub use policy::{HostRule, InvalidPolicy, OutgoingPolicy};
pub use reqwest::StatusCode;
pub use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
