//! A whole Latchkey, spoken to over HTTP. Each test runs on both pairs of backends from one body.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test says what is wrong by stopping"
)]

mod accounts;
mod authorize;
mod bad_input;
mod bounds;
mod ciba;
mod client_assertions;
mod client_authentication;
mod client_certificates;
mod client_credentials;
mod code;
mod crash;
mod device;
mod discovery;
mod dpop;
mod hybrid;
mod introspection;
mod invitation;
mod isolation;
mod jar;
mod jarm;
mod jose;
mod logout;
mod logout_channels;
mod metrics;
mod openidconnect_crate;
mod outage;
mod pages;
mod par;
mod profiles;
mod refresh;
mod relying_party;
mod sessions;
mod shutdown;
mod userinfo;
