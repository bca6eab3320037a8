//! Section `password`: the cost of an Argon2id hash, and where passwords of breaches are looked up.

use std::path::PathBuf;

use url::Url;

use crate::{
    config::available_cores,
    key::{Default, Key},
    reader::{Reader, at_least_one, from_str},
};

const MEMORY_KIB: Key = Key::open(
    "password.memory_kib",
    "LATCHKEY_PASSWORD_MEMORY_KIB",
    Default::Text("19456"),
    "Argon2id memory in KiB, at least 8 times the parallelism.",
);
const ITERATIONS: Key =
    Key::open("password.iterations", "LATCHKEY_PASSWORD_ITERATIONS", Default::Text("2"), "Argon2id passes.");
const PARALLELISM: Key =
    Key::open("password.parallelism", "LATCHKEY_PASSWORD_PARALLELISM", Default::Text("1"), "Argon2id lanes.");
const CONCURRENCY: Key = Key::open(
    "password.concurrency",
    "LATCHKEY_PASSWORD_CONCURRENCY",
    Default::Computed("the number of cores"),
    "Hashes computed at the same time; more wait in line.",
);
const BREACH_FILTER: Key = Key::open(
    "password.breach_filter",
    "LATCHKEY_PASSWORD_BREACH_FILTER",
    Default::None,
    "File of passwords known from breaches, made by `latchkey breached-passwords`.",
);
const BREACH_SERVICE: Key = Key::open(
    "password.breach_service",
    "LATCHKEY_PASSWORD_BREACH_SERVICE",
    Default::None,
    "Address to which the first five digits of a SHA-1 are appended, to look up passwords known from breaches.",
);
pub(crate) static KEYS: &[Key] = &[MEMORY_KIB, ITERATIONS, PARALLELISM, CONCURRENCY, BREACH_FILTER, BREACH_SERVICE];

/// Password hashing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PasswordConfig {
    /// Memory of one hash, in KiB.
    pub memory_kib: u32,
    /// Passes over the memory.
    pub iterations: u32,
    /// Lanes.
    pub parallelism: u32,
    /// Hashes computed at the same time.
    pub concurrency: usize,
    /// The file of passwords known from breaches.
    pub breach_filter: Option<PathBuf>,
    /// Where the ranges of a service of such passwords are.
    pub breach_service: Option<String>,
}

pub(crate) fn read(reader: &mut Reader) -> Option<PasswordConfig> {
    let memory_kib = reader.required(&MEMORY_KIB, at_least_one::<u32>);
    let iterations = reader.required(&ITERATIONS, at_least_one::<u32>);
    let parallelism = reader.required(&PARALLELISM, at_least_one::<u32>);
    let concurrency = reader.optional(&CONCURRENCY, at_least_one::<usize>);
    let breach_filter = reader.optional(&BREACH_FILTER, from_str::<PathBuf>);
    let breach_service = reader.optional(&BREACH_SERVICE, prefix_of_addresses);
    let password = PasswordConfig {
        memory_kib: memory_kib?,
        iterations: iterations?,
        parallelism: parallelism?,
        concurrency: concurrency?.unwrap_or_else(available_cores),
        breach_filter: breach_filter?,
        breach_service: breach_service?,
    };
    // RFC 9106 §3.1: memory is at least 8p KiB; less would fail at the first sign-in instead of here.
    if password.memory_kib < password.parallelism.saturating_mul(8) {
        let place = reader.place(&MEMORY_KIB);
        reader.problem(place, format!("{} must be at least 8 times {}", MEMORY_KIB.toml, PARALLELISM.toml));
        return None;
    }
    Some(password)
}

fn prefix_of_addresses(text: &str) -> Result<String, String> {
    let url: Url = text.parse().map_err(|error| format!("must be a URL ({error})"))?;
    if matches!(url.scheme(), "http" | "https") {
        Ok(text.to_owned())
    } else {
        Err("must start with https:// or http://".into())
    }
}
