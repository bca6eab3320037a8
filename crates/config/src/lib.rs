//! Typed settings: `latchkey.toml` and the `LATCHKEY_*` environment become one checked [`Config`].
//!
//! The environment wins over the file. Everything that is wrong is reported at once, and an unknown
//! key is an error that names the nearest known one, so that a typing slip never runs with a default.

mod bootstrap;
mod config;
mod duration;
mod environment;
mod error;
mod file;
mod geoip;
mod http;
mod key;
mod keys;
mod limits;
mod log;
mod mail;
mod messages;
mod password;
mod reader;
mod sources;
mod storage;

pub use bootstrap::BootstrapConfig;
pub use config::{Config, KeyReference, reference};
pub use duration::{HumanDuration, InvalidDuration};
pub use error::{ConfigError, Problem};
pub use geoip::GeoipConfig;
pub use http::{HttpConfig, MtlsConfig, TlsConfig};
pub use keys::KeysConfig;
pub use limits::LimitsConfig;
pub use log::{LogConfig, LogFormat};
pub use mail::MailConfig;
pub use messages::MessagesConfig;
pub use password::PasswordConfig;
pub use sources::Sources;
pub use storage::StorageConfig;
