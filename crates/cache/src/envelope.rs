//! How a value is stored: its expiry by the injected clock, then its JSON.

use latchkey_core::UtcTime;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::CacheError;

/// Writes `{expiry in unix milliseconds} {JSON}`; a script on Redis reads the number, so it stays plain text.
pub(crate) fn seal<T: Serialize>(value: &T, expires_at: UtcTime) -> Result<Vec<u8>, CacheError> {
    let mut sealed = format!("{} ", expires_at.unix_millis()).into_bytes();
    serde_json::to_writer(&mut sealed, value).map_err(|error| CacheError::json(&error))?;
    Ok(sealed)
}

/// The value, or `None` when its time is over.
pub(crate) fn open<T: DeserializeOwned>(sealed: &[u8], now: UtcTime) -> Result<Option<T>, CacheError> {
    let damaged = || CacheError::Malformed("no expiry".to_owned());
    let space = sealed.iter().position(|byte| *byte == b' ').ok_or_else(damaged)?;
    let (expiry, json) = sealed.split_at(space);
    let expiry = str::from_utf8(expiry).ok().and_then(|text| text.parse().ok()).ok_or_else(damaged)?;
    if now >= UtcTime::from_unix_millis(expiry) {
        return Ok(None);
    }
    serde_json::from_slice(json).map(Some).map_err(|error| CacheError::json(&error))
}
