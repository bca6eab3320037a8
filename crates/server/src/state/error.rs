//! What is wrong with a state file, and where.

use std::fmt;

/// One mistake: its line, the field and what is wrong. Never holds a secret of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StateError {
    /// The line, from 1.
    pub line: u64,
    /// The field, such as `tenants[0].clients[2].redirect_uris`; empty for the whole document.
    pub field: String,
    /// What is wrong, and what would be right.
    pub message: String,
}

impl StateError {
    /// A mistake on that line, not yet within any field.
    pub fn new(line: u64, message: impl fmt::Display) -> Self {
        Self { line, field: String::new(), message: message.to_string() }
    }

    /// The mistake as `file:line: field: message`.
    #[must_use]
    pub fn in_file(&self, file: &str) -> String {
        let field = if self.field.is_empty() { String::new() } else { format!("{}: ", self.field) };
        format!("{file}:{}: {field}{}", self.line, self.message)
    }

    /// The same mistake, as seen from the mapping that holds the field `name`.
    #[must_use]
    pub fn within(mut self, name: &str, line: u64) -> Self {
        let joint = if self.field.is_empty() || self.field.starts_with('[') { "" } else { "." };
        self.field = format!("{name}{joint}{}", self.field);
        if self.line == 0 {
            self.line = line;
        }
        self
    }
}

impl fmt::Display for StateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: ", self.line)?;
        if !self.field.is_empty() {
            write!(f, "{}: ", self.field)?;
        }
        f.write_str(&self.message)
    }
}

impl std::error::Error for StateError {}

impl serde::de::Error for StateError {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::new(0, message)
    }

    // serde's own text would quote the value, which may be a password.
    fn invalid_type(found: serde::de::Unexpected<'_>, expected: &dyn serde::de::Expected) -> Self {
        use serde::de::Unexpected as U;
        let found = match found {
            U::Bool(_) => "true or false",
            U::Unsigned(_) | U::Signed(_) => "a number",
            U::Float(_) => "a number with a fraction",
            U::Str(_) => "a text",
            U::Unit | U::Option => "nothing",
            U::Seq => "a list",
            U::Map => "a mapping",
            _ => "something else",
        };
        Self::new(0, format!("expected {expected}, found {found} (a text that looks like a number needs quotes)"))
    }

    fn invalid_value(_found: serde::de::Unexpected<'_>, expected: &dyn serde::de::Expected) -> Self {
        Self::new(0, format!("expected {expected}"))
    }

    fn unknown_field(field: &str, expected: &'static [&'static str]) -> Self {
        Self::new(0, unknown(field, expected))
    }
}

/// `unknown field, did you mean "x"?`; the field itself is named by where the error stands.
pub(crate) fn unknown(field: &str, known: &[&str]) -> String {
    let nearest = known
        .iter()
        .map(|candidate| (strsim::jaro_winkler(field, candidate), candidate))
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .filter(|(score, _)| *score > 0.8);
    match nearest {
        Some((_, name)) => format!("unknown field; did you mean \"{name}\"?"),
        None => format!("unknown field; known are {}", known.join(", ")),
    }
}
