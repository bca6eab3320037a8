//! Reads the `LATCHKEY_*` variables and the files that `LATCHKEY_*_FILE` point at.

use std::{collections::BTreeMap, fs};

use crate::{
    config::{find_key, nearest_env},
    key::Key,
    reader::{Raw, Reader, Setting},
};

const PREFIX: &str = "LATCHKEY_";
/// Names that configure the test suites or were used before the settings are read.
const NOT_SETTINGS: [&str; 2] = ["LATCHKEY_TEST_", "LATCHKEY_CONFIG"];

/// Reads the variables into `reader`; an empty variable counts as absent.
pub(crate) fn read(environment: &[(String, String)], reader: &mut Reader) {
    // Sorted, so that problems are reported in the same order each time.
    let variables: BTreeMap<&str, &str> =
        environment.iter().map(|(name, value)| (name.as_str(), value.as_str())).filter(is_ours).collect();
    for (name, value) in &variables {
        if let Some(key) = find_key(|key| key.env == *name) {
            reader.set(key, Setting { raw: Raw::One((*value).to_owned()), place: (*name).to_owned() });
        } else if let Some(key) = find_key(|key| key.secret && key.file_env() == *name) {
            if variables.contains_key(key.env) {
                reader.problem(*name, format!("set either this or {}, not both", key.env));
            } else {
                read_secret_file(key, name, value, reader);
            }
        } else {
            reader.problem(*name, format!("unknown variable{}", nearest_env(name)));
        }
    }
}

fn is_ours((name, value): &(&str, &str)) -> bool {
    let foreign = name.starts_with(NOT_SETTINGS[0]) || *name == NOT_SETTINGS[1];
    name.starts_with(PREFIX) && !foreign && !value.is_empty()
}

fn read_secret_file(key: &'static Key, name: &str, path: &str, reader: &mut Reader) {
    match fs::read_to_string(path) {
        Ok(text) => match text.trim_end_matches(['\r', '\n']) {
            "" => reader.problem(name, format!("the file {path} is empty")),
            text => reader.set(key, Setting { raw: Raw::One(text.to_owned()), place: name.to_owned() }),
        },
        Err(error) => reader.problem(name, format!("cannot read {path}: {error}")),
    }
}
