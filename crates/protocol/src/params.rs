//! Request parameters: RFC 6749 §3.1 and §3.2. None repeats, and an empty one counts as omitted.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::OAuthError;

/// Parameters that a later RFC lets a client send several times (RFC 8707 §2, RFC 8693 §2.1).
const REPEATABLE: [&str; 2] = ["resource", "audience"];

/// Why a query or a form is not a list of parameters.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParamsError {
    /// A `%` without two hex digits behind it.
    #[error("malformed percent-encoding")]
    MalformedPercentEncoding,
    /// The decoded bytes are not UTF-8, or hold NUL.
    #[error("parameters must be UTF-8 without NUL")]
    NotText,
    /// RFC 6749 §3.1: parameters must not be included more than once.
    #[error("parameter included more than once")]
    Repeated,
}

impl From<ParamsError> for OAuthError {
    fn from(error: ParamsError) -> Self {
        Self::invalid_request(match error {
            ParamsError::MalformedPercentEncoding => "malformed percent-encoding",
            ParamsError::NotText => "parameters must be UTF-8 without NUL",
            ParamsError::Repeated => "a parameter is included more than once",
        })
    }
}

/// Decoded parameters. Reading one takes it out, so what is left is what nobody asked for.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Params(BTreeMap<String, Vec<String>>);

impl Params {
    /// Parses a query string or an `application/x-www-form-urlencoded` body.
    ///
    /// # Errors
    /// When the encoding is broken or a parameter repeats.
    pub fn parse(encoded: &[u8]) -> Result<Self, ParamsError> {
        let (params, repeated) = Self::parse_leniently(encoded)?;
        if repeated.is_empty() { Ok(params) } else { Err(ParamsError::Repeated) }
    }

    /// As [`Params::parse`], but a repeated parameter keeps its first value and its name is told.
    ///
    /// The authorization endpoint needs it: it may still answer by redirect, to the `redirect_uri` and with the
    /// `state` that stand there once.
    ///
    /// # Errors
    /// When the encoding is broken.
    pub fn parse_leniently(encoded: &[u8]) -> Result<(Self, BTreeSet<String>), ParamsError> {
        let mut values: BTreeMap<String, Vec<String>> = BTreeMap::new();
        let mut repeated = BTreeSet::new();
        for pair in encoded.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty()) {
            let mut halves = pair.splitn(2, |byte| *byte == b'=');
            let name = form_decode(halves.next().unwrap_or_default())?;
            let value = form_decode(halves.next().unwrap_or_default())?;
            let entry = values.entry(name.clone()).or_default();
            if entry.is_empty() || REPEATABLE.contains(&name.as_str()) {
                entry.push(value);
            } else {
                repeated.insert(name);
            }
        }
        values.retain(|_, list| {
            list.retain(|value| !value.is_empty());
            !list.is_empty()
        });
        Ok((Self(values), repeated))
    }

    /// Takes a parameter out; `None` when it was omitted or empty.
    pub fn optional(&mut self, name: &str) -> Option<String> {
        self.0.remove(name).and_then(|values| values.into_iter().next())
    }

    /// Takes out a parameter that must be there.
    ///
    /// # Errors
    /// `invalid_request` that names the parameter.
    pub fn required(&mut self, name: &'static str) -> Result<String, OAuthError> {
        self.optional(name).ok_or_else(|| {
            OAuthError::with_detail(crate::ErrorCode::InvalidRequest, &format!("the parameter {name} is missing"))
        })
    }

    /// Takes out all values of a parameter that may repeat.
    pub fn all(&mut self, name: &str) -> Vec<String> {
        self.0.remove(name).unwrap_or_default()
    }

    /// Gives a parameter one value, in place of those that it has.
    pub fn set(&mut self, name: &str, value: String) {
        self.0.insert(name.to_owned(), vec![value]);
    }

    /// These parameters, and of `others` those that are not among them (OpenID Connect Core §6.1).
    #[must_use]
    pub fn over(self, mut others: Self) -> Self {
        others.0.extend(self.0);
        others
    }

    /// The parameters that stand as claims in a request object (RFC 9101 §4): a text as it is, a number or a truth value
    /// as it is written, an object or an array as JSON; `null` and an empty text count as omitted.
    ///
    /// # Errors
    /// When a text holds NUL.
    pub fn from_claims(claims: serde_json::Map<String, Value>) -> Result<Self, ParamsError> {
        let mut params = BTreeMap::new();
        for (name, value) in claims {
            let values: Vec<String> = match value {
                Value::Array(values) if REPEATABLE.contains(&name.as_str()) => {
                    values.into_iter().filter_map(claim_text).collect()
                }
                value => claim_text(value).into_iter().collect(),
            };
            if values.iter().any(|value| value.contains('\0')) {
                return Err(ParamsError::NotText);
            }
            if !values.is_empty() {
                params.insert(name, values);
            }
        }
        Ok(Self(params))
    }

    /// Looks at all values of a parameter that may repeat, without taking them.
    #[must_use]
    pub fn peek_all(&self, name: &str) -> &[String] {
        self.0.get(name).map(Vec::as_slice).unwrap_or_default()
    }

    /// Looks at a parameter without taking it.
    #[must_use]
    pub fn peek(&self, name: &str) -> Option<&str> {
        self.0.get(name).and_then(|values| values.first()).map(String::as_str)
    }
}

// A parameter may be a password or a token.
impl std::fmt::Debug for Params {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

fn claim_text(value: Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text).filter(|text| !text.is_empty()),
        other => Some(other.to_string()),
    }
}

/// Decodes one `application/x-www-form-urlencoded` name or value.
///
/// # Errors
/// When the encoding is broken, or what it holds is not text.
pub fn form_decode(encoded: &[u8]) -> Result<String, ParamsError> {
    let mut bytes = Vec::with_capacity(encoded.len());
    let mut rest = encoded.iter();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let high = rest.next().and_then(|digit| hex(*digit));
                let low = rest.next().and_then(|digit| hex(*digit));
                let (Some(high), Some(low)) = (high, low) else {
                    return Err(ParamsError::MalformedPercentEncoding);
                };
                high << 4 | low
            }
            other => *other,
        });
    }
    if bytes.contains(&0) {
        return Err(ParamsError::NotText);
    }
    String::from_utf8(bytes).map_err(|_| ParamsError::NotText)
}

fn hex(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_decoded_and_empty_ones_count_as_omitted() {
        let mut params = Params::parse(b"a=1+2%2F&empty=&flag&resource=x&resource=y").expect("parses");
        assert_eq!(params.optional("a").as_deref(), Some("1 2/"));
        assert_eq!(params.optional("empty"), None);
        assert_eq!(params.optional("flag"), None);
        assert_eq!(params.all("resource"), ["x", "y"]);
        assert_eq!(params.optional("a"), None, "reading takes the parameter out");
    }

    #[test]
    fn claims_become_parameters_and_win_over_others() {
        let claims = serde_json::json!({
            "state": "s", "max_age": 0, "claims": {"userinfo": {"name": null}}, "resource": ["x", "y"], "nonce": "",
            "display": null, "flag": true,
        });
        let claims = claims.as_object().expect("an object").clone();
        let inner = Params::from_claims(claims).expect("no NUL");
        let mut params = inner.over(Params::parse(b"state=outer&prompt=none").expect("parses"));
        assert_eq!(params.optional("state").as_deref(), Some("s"));
        assert_eq!(params.optional("max_age").as_deref(), Some("0"));
        assert_eq!(params.optional("claims").as_deref(), Some(r#"{"userinfo":{"name":null}}"#));
        assert_eq!(params.all("resource"), ["x", "y"]);
        assert_eq!(params.optional("prompt").as_deref(), Some("none"));
        assert_eq!(params.optional("flag").as_deref(), Some("true"));
        assert_eq!((params.peek("nonce"), params.peek("display")), (None, None));
        let nul = serde_json::Map::from_iter([("state".to_owned(), Value::from("a\0b"))]);
        assert_eq!(Params::from_claims(nul), Err(ParamsError::NotText));
    }

    #[test]
    fn broken_input_is_refused() {
        let cases: [(&[u8], ParamsError); 6] = [
            (b"a=%", ParamsError::MalformedPercentEncoding),
            (b"a=%4", ParamsError::MalformedPercentEncoding),
            (b"a=%zz", ParamsError::MalformedPercentEncoding),
            (b"a=%ff", ParamsError::NotText),
            (b"a=%00", ParamsError::NotText),
            (b"a=1&a=1", ParamsError::Repeated),
        ];
        for (input, expected) in cases {
            assert_eq!(Params::parse(input), Err(expected), "{}", String::from_utf8_lossy(input));
        }
    }
}
