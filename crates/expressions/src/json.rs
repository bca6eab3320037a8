//! Values of an expression as JSON.

use cel::Value;
use cel::objects::Key;
use serde_json::{Map, Number};

use crate::error::EvaluationError;

/// The JSON of a value; a timestamp and a duration become whole seconds, as the times of a token are.
///
/// # Errors
/// [`EvaluationError::NotJson`].
pub(crate) fn to_json(value: &Value) -> Result<serde_json::Value, EvaluationError> {
    Ok(match value {
        Value::Null => serde_json::Value::Null,
        Value::Bool(flag) => (*flag).into(),
        Value::Int(number) => (*number).into(),
        Value::UInt(number) => (*number).into(),
        Value::Float(number) => Number::from_f64(*number).ok_or(EvaluationError::NotJson("infinite double"))?.into(),
        Value::String(text) => text.as_str().into(),
        Value::Timestamp(time) => time.timestamp().into(),
        Value::Duration(duration) => duration.num_seconds().into(),
        Value::List(list) => list.iter().map(to_json).collect::<Result<Vec<_>, _>>()?.into(),
        Value::Map(map) => {
            let members = map.map.iter().map(|(key, value)| Ok((name(key), to_json(value)?)));
            members.collect::<Result<Map<_, _>, EvaluationError>>()?.into()
        }
        Value::Bytes(_) => return Err(EvaluationError::NotJson("bytes")),
        _ => return Err(EvaluationError::NotJson("type")),
    })
}

fn name(key: &Key) -> String {
    match key {
        Key::String(text) => text.as_str().to_owned(),
        Key::Int(number) => number.to_string(),
        Key::Uint(number) => number.to_string(),
        Key::Bool(flag) => flag.to_string(),
    }
}
