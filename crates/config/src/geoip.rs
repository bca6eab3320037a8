//! Section `geoip`: where network addresses are.

use std::path::PathBuf;

use crate::{
    key::{Default, Key},
    reader::{Reader, from_str},
};

const DATABASE: Key = Key::open(
    "geoip.database",
    "LATCHKEY_GEOIP_DATABASE",
    Default::None,
    "File in the MaxMind format that says in which city and country a network address is; read again when it is replaced.",
);
pub(crate) static KEYS: &[Key] = &[DATABASE];

/// Where network addresses are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GeoipConfig {
    /// The file.
    pub database: Option<PathBuf>,
}

pub(crate) fn read(reader: &mut Reader) -> Option<GeoipConfig> {
    let database = reader.optional(&DATABASE, from_str::<PathBuf>);
    Some(GeoipConfig { database: database? })
}
