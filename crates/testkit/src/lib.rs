//! A whole Latchkey in the test's own process: port 0, its own database, a frozen clock, a mailbox.
//!
//! [`both_backends!`] runs one test body on SQLite with the in-process store, and on PostgreSQL with Redis. Without
//! `LATCHKEY_TEST_POSTGRES_URL` and `LATCHKEY_TEST_REDIS_URL` the second fails and says how to start them; it is
//! never skipped.

#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test kit stops the test at once and says why"
)]

mod app;
mod authenticator;
mod authority;
mod backend;
mod browser;
mod client_key;
mod driver;
mod events;
mod https_stub;
mod own_redis;
mod passkey_device;
mod place_database;
mod process;
mod push_app;
mod registration;
mod request;
mod response;
mod signing_key;
mod wire;

pub use app::{TestApp, TestAppBuilder};
pub use authenticator::Authenticator;
pub use authority::{Identity, Subject, TestAuthority};
pub use backend::Backend;
pub use browser::{Browser, Landing, Page};
pub use client_key::{ClientKey, sign_hmac, sign_hs256};
pub use driver::Driver;
pub use https_stub::{HttpsStub, StubAnswer, StubRequest};
pub use latchkey_core::sha256;
pub use latchkey_mail::SentMail;
pub use own_redis::OwnRedis;
pub use passkey_device::{Maker, PasskeyDevice};
pub use place_database::{PlacedNetwork, place_database, tokyo, two_places};
pub use process::ServerProcess;
pub use push_app::PushApp;
pub use request::AuthorizationRequest;
pub use response::{Callback, JsonAnswer};
pub use signing_key::SigningKey;

pub use latchkey_protocol::SigningAlgorithm;
pub use wire::RawHttp;

/// Declares tests that run on both pairs of backends from one body.
///
/// ```text
/// both_backends! {
///     async fn discovery_names_the_issuer(app: TestApp) { … }
/// }
/// ```
#[macro_export]
macro_rules! both_backends {
    ($($(#[$meta:meta])* async fn $name:ident($app:ident: $kit:ident) $body:block)+) => {
        $(
            $(#[$meta])*
            mod $name {
                use super::*;

                async fn body($app: $kit) $body

                #[actix_web::test]
                async fn embedded() {
                    body($crate::TestApp::spawn($crate::Backend::Embedded).await).await;
                }

                #[actix_web::test]
                async fn production() {
                    body($crate::TestApp::spawn($crate::Backend::Production).await).await;
                }
            }
        )+
    };
}
