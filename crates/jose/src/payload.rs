//! The claims of a JWS whose signature was verified, and the checks that its readers compose: one line per rule.

use std::time::Duration;

use latchkey_core::UtcTime;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::InvalidJws;

/// Claims whose signature was verified; what they say is for the reader to check.
#[derive(Clone, Debug, PartialEq)]
pub struct VerifiedPayload(Map<String, Value>);

impl VerifiedPayload {
    pub(crate) fn new(claims: Map<String, Value>) -> Self {
        Self(claims)
    }

    /// Every claim.
    #[must_use]
    pub fn claims(&self) -> &Map<String, Value> {
        &self.0
    }

    /// Every claim, by value.
    #[must_use]
    pub fn into_claims(self) -> Map<String, Value> {
        self.0
    }

    /// The claims as a type.
    ///
    /// # Errors
    /// [`InvalidJws::Malformed`] when they do not have its shape.
    pub fn into_typed<T: DeserializeOwned>(self) -> Result<T, InvalidJws> {
        serde_json::from_value(Value::Object(self.0)).map_err(|_| InvalidJws::Malformed)
    }

    /// A claim that is a string.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).and_then(Value::as_str)
    }

    /// `aud`, one or several; empty when there is none.
    #[must_use]
    pub fn audience(&self) -> Vec<&str> {
        match self.0.get("aud") {
            Some(Value::String(one)) => vec![one],
            Some(Value::Array(many)) => many.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        }
    }

    /// A NumericDate (RFC 7519 §2) in seconds since 1970, its fraction cut off; `None` when there is none.
    ///
    /// # Errors
    /// When it is no number of that range.
    pub fn date(&self, name: &'static str) -> Result<Option<UtcTime>, InvalidJws> {
        let malformed = InvalidJws::MalformedClaim(name);
        let Some(value) = self.0.get(name) else {
            return Ok(None);
        };
        let Value::Number(number) = value else {
            return Err(malformed);
        };
        let text = number.to_string();
        let seconds: i64 = text.split('.').next().and_then(|whole| whole.parse().ok()).ok_or(malformed)?;
        // Beyond the year 9999 or before 1970 nobody means a date, and calendars overflow.
        if !(0..253_402_300_800).contains(&seconds) {
            return Err(malformed);
        }
        Ok(Some(UtcTime::from_unix_seconds(seconds)))
    }

    /// A claim that must be there, a string, and not empty: `jti`.
    ///
    /// # Errors
    /// When it is not.
    pub fn require_text(&self, name: &'static str) -> Result<&str, InvalidJws> {
        match self.0.get(name) {
            None => Err(InvalidJws::MissingClaim(name)),
            Some(Value::String(text)) if !text.is_empty() => Ok(text),
            Some(_) => Err(InvalidJws::MalformedClaim(name)),
        }
    }

    /// `iss` must be exactly that.
    ///
    /// # Errors
    /// When it is missing or another.
    pub fn require_issuer(&self, issuer: &str) -> Result<(), InvalidJws> {
        if self.require_text("iss")? == issuer { Ok(()) } else { Err(InvalidJws::WrongIssuer) }
    }

    /// `sub` must be exactly that.
    ///
    /// # Errors
    /// When it is missing or another.
    pub fn require_subject(&self, subject: &str) -> Result<(), InvalidJws> {
        if self.require_text("sub")? == subject { Ok(()) } else { Err(InvalidJws::WrongSubject) }
    }

    /// One member of `aud` must be one of these.
    ///
    /// # Errors
    /// When none is, or there is no `aud`.
    pub fn require_audience(&self, accepted: &[&str]) -> Result<(), InvalidJws> {
        match self.audience() {
            audience if audience.is_empty() => Err(InvalidJws::MissingClaim("aud")),
            audience if audience.iter().any(|one| accepted.contains(one)) => Ok(()),
            _ => Err(InvalidJws::WrongAudience),
        }
    }

    /// `aud` must be one of these and nothing else, not even in a list with others (FAPI 2.0: a string, the issuer).
    ///
    /// # Errors
    /// When it is something else.
    pub fn require_sole_audience(&self, accepted: &[&str]) -> Result<(), InvalidJws> {
        match self.0.get("aud") {
            None => Err(InvalidJws::MissingClaim("aud")),
            Some(Value::String(one)) if accepted.contains(&one.as_str()) => Ok(()),
            Some(_) => Err(InvalidJws::WrongAudience),
        }
    }

    /// `exp` must be there and in the future, give or take the leeway; returns it.
    ///
    /// # Errors
    /// When it is missing, malformed or over.
    pub fn require_unexpired(&self, now: UtcTime, leeway: Duration) -> Result<UtcTime, InvalidJws> {
        let exp = self.date("exp")?.ok_or(InvalidJws::MissingClaim("exp"))?;
        // RFC 7519 §4.1.4: on or after which it must not be accepted.
        if now < exp.plus(leeway) { Ok(exp) } else { Err(InvalidJws::Expired) }
    }

    /// `exp` must be no further away than that: a bound for what replay protection has to remember.
    ///
    /// # Errors
    /// When it is missing, malformed or too far away.
    pub fn require_expiry_within(&self, now: UtcTime, most: Duration) -> Result<(), InvalidJws> {
        let exp = self.date("exp")?.ok_or(InvalidJws::MissingClaim("exp"))?;
        if exp <= now.plus(most) { Ok(()) } else { Err(InvalidJws::TooOld) }
    }

    /// `nbf` and `iat`, where they are, must not be in the future, give or take the leeway.
    ///
    /// # Errors
    /// When one is, or is malformed.
    pub fn require_begun(&self, now: UtcTime, leeway: Duration) -> Result<(), InvalidJws> {
        for name in ["nbf", "iat"] {
            if self.date(name)?.is_some_and(|begin| begin > now.plus(leeway)) {
                return Err(InvalidJws::NotYetValid);
            }
        }
        Ok(())
    }

    /// `nbf` must be there and no longer ago than that (FAPI 2.0 Message Signing §5.3.1: 60 minutes).
    ///
    /// # Errors
    /// When it is missing, malformed or too long ago.
    pub fn require_not_before_within(&self, now: UtcTime, most: Duration) -> Result<(), InvalidJws> {
        let nbf = self.date("nbf")?.ok_or(InvalidJws::MissingClaim("nbf"))?;
        if now <= nbf.plus(most) { Ok(()) } else { Err(InvalidJws::TooOld) }
    }

    /// `iat` must be there, no longer ago than `most` and not in the future, give or take the leeway; returns it.
    ///
    /// # Errors
    /// When it is missing, malformed, too long ago or in the future.
    pub fn require_issued_within(&self, now: UtcTime, most: Duration, leeway: Duration) -> Result<UtcTime, InvalidJws> {
        let iat = self.date("iat")?.ok_or(InvalidJws::MissingClaim("iat"))?;
        if iat > now.plus(leeway) {
            return Err(InvalidJws::NotYetValid);
        }
        if now > iat.plus(most).plus(leeway) { Err(InvalidJws::TooOld) } else { Ok(iat) }
    }
}
