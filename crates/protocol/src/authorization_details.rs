//! `authorization_details`, [RFC 9396 §2](https://www.rfc-editor.org/rfc/rfc9396#section-2): its form, whatever the types mean.

use serde_json::Value;

use crate::{ErrorCode, OAuthError};

const MAX_BYTES: usize = 8 * 1024;
/// More than that nobody reads on a consent page.
const MAX_OBJECTS: usize = 20;
const MAX_VALUES: usize = 200;

/// A list of objects, each with a `type`; never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthorizationDetails(Vec<Value>);

impl AuthorizationDetails {
    /// Reads the parameter.
    ///
    /// # Errors
    /// `invalid_authorization_details` (§5) when it is no list of 1 to 20 objects with a `type`, or is longer than 8 KiB or
    /// 200 values.
    pub fn parse(text: &str) -> Result<Self, OAuthError> {
        if text.len() > MAX_BYTES {
            return Err(refused("authorization_details is longer than 8 KiB"));
        }
        let Ok(Value::Array(objects)) = serde_json::from_str::<Value>(text) else {
            return Err(refused("authorization_details is no JSON array"));
        };
        if objects.is_empty() || objects.len() > MAX_OBJECTS {
            return Err(refused("authorization_details has no object, or more than 20"));
        }
        if objects.iter().any(|object| details_type(object).is_none()) {
            return Err(refused("authorization_details has a member that is no object with a type"));
        }
        if objects.iter().map(count_values).sum::<usize>() > MAX_VALUES {
            return Err(refused("authorization_details has more than 200 values"));
        }
        Ok(Self(objects))
    }

    /// Reads the parameter where there may be none.
    ///
    /// # Errors
    /// As [`Self::parse`].
    pub fn parse_optional(text: Option<String>) -> Result<Option<Self>, OAuthError> {
        text.map(|text| Self::parse(&text)).transpose()
    }

    /// The objects, in the order in which they were sent.
    #[must_use]
    pub fn objects(&self) -> &[Value] {
        &self.0
    }

    /// Whether each of them was granted as it stands here (§6.1): of two objects of a type of somebody else's making,
    /// nobody but its maker can say which is less.
    #[must_use]
    pub fn is_part_of(&self, granted: Option<&Value>) -> bool {
        let granted = granted.and_then(Value::as_array);
        granted.is_some_and(|granted| self.0.iter().all(|object| granted.contains(object)))
    }

    /// As JSON.
    #[must_use]
    pub fn to_value(&self) -> Value {
        Value::Array(self.0.clone())
    }
}

/// The `type` of an object.
#[must_use]
pub fn details_type(object: &Value) -> Option<&str> {
    object.as_object()?.get("type")?.as_str()
}

fn count_values(value: &Value) -> usize {
    match value {
        Value::Object(members) => 1 + members.values().map(count_values).sum::<usize>(),
        Value::Array(values) => 1 + values.iter().map(count_values).sum::<usize>(),
        _ => 1,
    }
}

fn refused(reason: &'static str) -> OAuthError {
    OAuthError::new(ErrorCode::InvalidAuthorizationDetails, reason)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn anything_but_a_short_list_of_objects_with_a_type_is_refused() {
        let many = Value::Array(vec![json!({"type": "a"}); 21]).to_string();
        let wide = json!([{"type": "a", "values": vec![0; 200]}]).to_string();
        let deep = format!("[{{\"type\":\"a\",\"x\":{}{}}}]", "[".repeat(200), "]".repeat(200));
        let long = format!("[{{\"type\":\"{}\"}}]", "a".repeat(MAX_BYTES));
        for text in [
            "",
            "[]",
            "{}",
            "{\"type\":\"a\"}",
            "[1]",
            "[{}]",
            "[{\"type\":1}]",
            "[{\"type\":\"a\"}",
            &many,
            &wide,
            &deep,
            &long,
        ] {
            let refusal = AuthorizationDetails::parse(text).expect_err("refused");
            assert_eq!(refusal.code, ErrorCode::InvalidAuthorizationDetails, "{text:.40}");
        }
    }

    #[test]
    fn a_part_is_what_was_granted_word_for_word() {
        let parse = |value: Value| AuthorizationDetails::parse(&value.to_string()).expect("a list of objects");
        let granted = json!([{"type": "payment", "amount": 1}, {"type": "payment", "amount": 2}]);
        assert!(parse(json!([{"amount": 1, "type": "payment"}])).is_part_of(Some(&granted)));
        assert!(!parse(json!([{"type": "payment", "amount": 0}])).is_part_of(Some(&granted)));
        assert!(!parse(json!([{"type": "payment", "amount": 1}])).is_part_of(None));
    }
}
