//! Section `log`: what is logged, and how it looks.

use crate::{
    key::{Default, Key},
    reader::{Reader, text},
};

const FILTER: Key = Key::open(
    "log.filter",
    "LATCHKEY_LOG",
    Default::Text("info"),
    "What is logged: a level (error, warn, info, debug, trace), or a list such as `info,latchkey_oidc=debug`.",
);
const FORMAT: Key = Key::open(
    "log.format",
    "LATCHKEY_LOG_FORMAT",
    Default::Text("auto"),
    "`json`, `pretty`, or `auto`: pretty on a terminal and JSON elsewhere.",
);
pub(crate) static KEYS: &[Key] = &[FILTER, FORMAT];

/// Logging.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogConfig {
    /// Filter directives of `tracing_subscriber::EnvFilter`.
    pub filter: String,
    /// How a record is written.
    pub format: LogFormat,
}

/// How a log record is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// One JSON object per line.
    Json,
    /// For people.
    Pretty,
    /// Pretty on a terminal, JSON elsewhere.
    Auto,
}

pub(crate) fn read(reader: &mut Reader) -> Option<LogConfig> {
    let filter = reader.required(&FILTER, text);
    let format = reader.required(&FORMAT, |text| match text {
        "json" => Ok(LogFormat::Json),
        "pretty" => Ok(LogFormat::Pretty),
        "auto" => Ok(LogFormat::Auto),
        _ => Err("must be json, pretty or auto".into()),
    });
    Some(LogConfig { filter: filter?, format: format? })
}
