//! Section `limits`: what one request may cost.

use std::time::Duration;

use crate::{
    HumanDuration,
    key::{Default, Key},
    reader::{Reader, from_str},
};

const BODY_BYTES: Key = Key::open(
    "limits.body_bytes",
    "LATCHKEY_LIMITS_BODY_BYTES",
    Default::Text("65536"),
    "Largest request body in bytes; a larger one gets 413.",
);
const REQUEST_TIMEOUT: Key = Key::open(
    "limits.request_timeout",
    "LATCHKEY_LIMITS_REQUEST_TIMEOUT",
    Default::Text("30s"),
    "Time a client has to send the head and the body of a request.",
);
const SHUTDOWN_TIMEOUT: Key = Key::open(
    "limits.shutdown_timeout",
    "LATCHKEY_LIMITS_SHUTDOWN_TIMEOUT",
    Default::Text("30s"),
    "Time that requests in flight get to finish at shutdown.",
);
pub(crate) static KEYS: &[Key] = &[BODY_BYTES, REQUEST_TIMEOUT, SHUTDOWN_TIMEOUT];

/// Bounds on a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LimitsConfig {
    /// Largest request body, in bytes.
    pub body_bytes: usize,
    /// Time a client has to send a request.
    pub request_timeout: Duration,
    /// Time that requests in flight get at shutdown.
    pub shutdown_timeout: Duration,
}

pub(crate) fn read(reader: &mut Reader) -> Option<LimitsConfig> {
    let body_bytes = reader.required(&BODY_BYTES, |text| {
        text.parse()
            .ok()
            .filter(|bytes| *bytes >= 1024_usize)
            .ok_or_else(|| "must be a whole number, at least 1024".into())
    });
    let request_timeout = reader.required(&REQUEST_TIMEOUT, positive);
    let shutdown_timeout = reader.required(&SHUTDOWN_TIMEOUT, from_str::<HumanDuration>);
    Some(LimitsConfig {
        body_bytes: body_bytes?,
        request_timeout: request_timeout?,
        shutdown_timeout: shutdown_timeout?.0,
    })
}

fn positive(text: &str) -> Result<Duration, String> {
    let HumanDuration(duration) = from_str(text)?;
    // A zero would mean "no limit" to the HTTP server: slow clients would never be cut off.
    if duration.is_zero() { Err("must be longer than zero".into()) } else { Ok(duration) }
}
