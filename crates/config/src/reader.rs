//! Looks settings up by key, parses them, and gathers every problem on the way.

use std::{collections::HashMap, fmt::Display, str::FromStr};

use latchkey_core::Secret;

use crate::{
    Problem,
    key::{Default, Key},
};

/// A value as written, before its type is known.
#[derive(Clone)]
pub(crate) enum Raw {
    /// A string, number or boolean.
    One(String),
    /// An array of strings.
    Many(Vec<String>),
}

/// A value and the place to name when it is wrong.
#[derive(Clone)]
pub(crate) struct Setting {
    pub(crate) raw: Raw,
    pub(crate) place: String,
}

/// All settings found, by their dotted name, and the problems found so far.
#[derive(Default)]
pub(crate) struct Reader {
    settings: HashMap<&'static str, Setting>,
    problems: Vec<Problem>,
}

impl Reader {
    /// Sets a value; a later source replaces an earlier one.
    pub(crate) fn set(&mut self, key: &'static Key, setting: Setting) {
        self.settings.insert(key.toml, setting);
    }

    /// Notes a problem at `place`.
    pub(crate) fn problem(&mut self, place: impl Into<String>, message: impl Into<String>) {
        self.problems.push(Problem { place: place.into(), message: message.into() });
    }

    /// Whether a source named the key.
    pub(crate) fn has(&self, key: &Key) -> bool {
        self.settings.contains_key(key.toml)
    }

    /// The place to blame for the key's value: where it was written, else its two names.
    pub(crate) fn place(&self, key: &Key) -> String {
        self.settings.get(key.toml).map_or_else(|| format!("{} ({})", key.toml, key.env), |found| found.place.clone())
    }

    /// The value, or its default; `None` when it is wrong, which is then a noted problem.
    pub(crate) fn required<T>(&mut self, key: &Key, parse: impl Fn(&str) -> Result<T, String>) -> Option<T> {
        self.optional(key, parse)?
    }

    /// `Some(None)` when the setting is absent without a default; `None` when it is wrong.
    pub(crate) fn optional<T>(&mut self, key: &Key, parse: impl Fn(&str) -> Result<T, String>) -> Option<Option<T>> {
        let (text, place) = match self.settings.get(key.toml) {
            Some(Setting { raw: Raw::One(text), place }) => (text.clone(), place.clone()),
            Some(Setting { raw: Raw::Many(_), place }) => {
                let place = place.clone();
                self.problem(place, format!("{} must be a single value, not an array", key.toml));
                return None;
            }
            None => match key.default {
                Default::Text(text) => (text.to_owned(), key.env.to_owned()),
                Default::Computed(_) | Default::None => return Some(None),
            },
        };
        match parse(&text) {
            Ok(value) => Some(Some(value)),
            Err(message) => {
                self.problem(place, wrong(key, &text, &message));
                None
            }
        }
    }

    /// A list: an array in the file, separated by commas in the environment.
    pub(crate) fn list<T>(&mut self, key: &Key, parse: impl Fn(&str) -> Result<T, String>) -> Option<Vec<T>> {
        let Some(setting) = self.settings.get(key.toml).cloned() else {
            return Some(Vec::new());
        };
        let items = match setting.raw {
            Raw::One(text) => text.split(',').map(|item| item.trim().to_owned()).collect(),
            Raw::Many(items) => items,
        };
        let mut parsed = Vec::new();
        let mut sound = true;
        for item in items.iter().filter(|item| !item.is_empty()) {
            match parse(item) {
                Ok(value) => parsed.push(value),
                Err(message) => {
                    self.problem(setting.place.clone(), wrong(key, item, &message));
                    sound = false;
                }
            }
        }
        sound.then_some(parsed)
    }

    /// What was found to be wrong.
    pub(crate) fn into_problems(self) -> Vec<Problem> {
        self.problems
    }
}

/// A parser for a type whose own error already says what is wrong.
pub(crate) fn from_str<T: FromStr<Err: Display>>(text: &str) -> Result<T, String> {
    text.parse().map_err(|error: T::Err| error.to_string())
}

/// A parser for text that is taken as it is.
pub(crate) fn text(text: &str) -> Result<String, String> {
    Ok(text.to_owned())
}

/// A parser for a secret.
pub(crate) fn secret(text: &str) -> Result<Secret<String>, String> {
    Ok(Secret::from(text))
}

/// A parser for a whole number of at least one.
pub(crate) fn at_least_one<T: FromStr + PartialOrd + From<u8>>(text: &str) -> Result<T, String> {
    text.parse().ok().filter(|number| *number >= T::from(1)).ok_or_else(|| "must be a whole number, at least 1".into())
}

fn wrong(key: &Key, text: &str, message: &str) -> String {
    if key.secret { format!("{} {message}", key.toml) } else { format!("{} {message}, not {text:?}", key.toml) }
}
