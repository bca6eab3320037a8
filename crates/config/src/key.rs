//! One setting: its names, its default and its help. Parsing and the reference page share it.

/// A setting as both sources know it.
#[derive(Debug)]
pub(crate) struct Key {
    /// Dotted name in `latchkey.toml`.
    pub(crate) toml: &'static str,
    /// Name in the environment.
    pub(crate) env: &'static str,
    /// What holds when neither source names it.
    pub(crate) default: Default,
    /// Whether the value must never be printed, and may be read from a file by `<env>_FILE`.
    pub(crate) secret: bool,
    /// One sentence for the reference.
    pub(crate) help: &'static str,
}

/// What an absent setting means.
#[derive(Debug)]
pub(crate) enum Default {
    /// Parsed exactly as if it had been written down.
    Text(&'static str),
    /// Worked out at start; the text describes it.
    Computed(&'static str),
    /// The feature is off.
    None,
}

impl Key {
    /// A setting that may be shown.
    pub(crate) const fn open(toml: &'static str, env: &'static str, default: Default, help: &'static str) -> Self {
        Self { toml, env, default, secret: false, help }
    }

    /// A setting that is never shown and that `<env>_FILE` may point at.
    pub(crate) const fn secret(toml: &'static str, env: &'static str, default: Default, help: &'static str) -> Self {
        Self { toml, env, default, secret: true, help }
    }

    /// The variable that names a file holding this secret.
    pub(crate) fn file_env(&self) -> String {
        format!("{}_FILE", self.env)
    }

    /// The default as the reference shows it; empty when there is none.
    pub(crate) fn default_text(&self) -> &'static str {
        match self.default {
            Default::Text(text) | Default::Computed(text) => text,
            Default::None => "",
        }
    }
}
