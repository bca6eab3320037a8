//! Structured logs on standard error: JSON for machines, pretty for people.

use std::io::IsTerminal;

use anyhow::Context;
use latchkey_config::{LogConfig, LogFormat};
use tracing_subscriber::EnvFilter;

/// Starts logging for the whole process.
///
/// # Errors
/// When the filter is not one.
pub fn start(config: &LogConfig) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(&config.filter).context("LATCHKEY_LOG is not a log filter")?;
    let pretty = match config.format {
        LogFormat::Pretty => true,
        LogFormat::Json => false,
        LogFormat::Auto => std::io::stderr().is_terminal(),
    };
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let started = if pretty {
        builder.with_ansi(std::io::stderr().is_terminal()).try_init()
    } else {
        builder.json().flatten_event(true).with_span_list(false).try_init()
    };
    // A second start within one process (a test kit) keeps the first.
    if started.is_err() {
        tracing::debug!("logging was started before");
    }
    // A panic is a line of the log like any other, with the request id of its span.
    std::panic::set_hook(Box::new(|panic| {
        let message = panic.payload_as_str().unwrap_or("panicked");
        tracing::error!(location = panic.location().map(ToString::to_string), message);
    }));
    Ok(())
}
