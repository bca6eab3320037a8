//! Where settings come from, handed in so that a test needs no process environment.

use std::path::PathBuf;

/// The file and the environment that [`crate::Config::load`] reads.
#[derive(Clone, Debug)]
pub struct Sources {
    /// The file named by `--config`; it wins over `LATCHKEY_CONFIG` and must exist.
    pub file: Option<PathBuf>,
    /// Where the default `latchkey.toml` is looked for.
    pub working_directory: PathBuf,
    /// Variables; those that do not start with `LATCHKEY_` are ignored.
    pub environment: Vec<(String, String)>,
}

impl Sources {
    /// Reads `file` when given, and `environment`; the default file is `./latchkey.toml`.
    pub fn new(file: Option<PathBuf>, environment: impl IntoIterator<Item = (String, String)>) -> Self {
        Self { file, working_directory: PathBuf::from("."), environment: environment.into_iter().collect() }
    }

    /// Reads the environment of this process; a variable of ours that is not UTF-8 is kept with
    /// replacement characters, which its parser then refuses.
    pub fn of_process(file: Option<PathBuf>) -> Self {
        // `std::env::vars` would panic on any foreign variable that is not UTF-8.
        let ours = std::env::vars_os().filter_map(|(name, value)| {
            let name = name.into_string().ok()?;
            name.starts_with("LATCHKEY_").then(|| (name, value.to_string_lossy().into_owned()))
        });
        Self::new(file, ours)
    }
}
