//! What is wrong with a configuration: every problem, one line each.

use std::fmt;

/// One problem and the place it comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// `latchkey.toml:12`, a variable's name, or empty when the combination of settings is at fault.
    pub place: String,
    /// What is wrong and what would be right, without the value of a secret.
    pub message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.place.is_empty() { f.write_str(&self.message) } else { write!(f, "{}: {}", self.place, self.message) }
    }
}

/// A configuration that cannot be used; `Display` prints every problem on its own line.
#[derive(Debug, thiserror::Error)]
#[error("{}", lines(.problems))]
pub struct ConfigError {
    /// All that was found, in the order file, environment, combination. Never empty.
    pub problems: Vec<Problem>,
}

fn lines(problems: &[Problem]) -> String {
    problems.iter().map(Problem::to_string).collect::<Vec<_>>().join("\n")
}
