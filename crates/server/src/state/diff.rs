//! The difference between two forms of an object, as text for people; secrets never show.

use serde::Serialize;
use serde_json::Value;
use similar::TextDiff;

use crate::state::forms::to_yaml;

/// Members whose value must not be printed.
const SECRETS: [&str; 5] = ["secret", "secret_hash", "hash", "password", "password_hash"];

/// An object before and after.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// Nothing differs.
    Unchanged,
    /// It is new.
    Created(String),
    /// It differs.
    Updated(String),
}

impl Change {
    /// Compares two forms; `before` is `None` when the object does not exist yet.
    ///
    /// # Errors
    /// When a form cannot be written as text.
    pub fn between<T: Serialize>(name: &str, before: Option<&T>, after: &T) -> Result<Self, serde_json::Error> {
        let after = serde_json::to_value(after)?;
        let Some(before) = before else {
            return Ok(Self::Created(unified(name, "", &yaml(&after, None))));
        };
        let before = serde_json::to_value(before)?;
        if before == after {
            return Ok(Self::Unchanged);
        }
        Ok(Self::Updated(unified(name, &yaml(&before, None), &yaml(&after, Some(&before)))))
    }

    /// The difference as text, when there is one.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Unchanged => None,
            Self::Created(text) | Self::Updated(text) => Some(text),
        }
    }
}

fn unified(name: &str, before: &str, after: &str) -> String {
    let old = if before.is_empty() { "/dev/null".to_owned() } else { format!("a/{name}") };
    TextDiff::from_lines(before, after).unified_diff().context_radius(2).header(&old, &format!("b/{name}")).to_string()
}

fn yaml(value: &Value, before: Option<&Value>) -> String {
    let redacted = redact(value, before);
    to_yaml(&redacted).unwrap_or_else(|_| redacted.to_string())
}

/// Replaces each secret by a word; one that differs from `before` gets another word, so that the change shows.
fn redact(value: &Value, before: Option<&Value>) -> Value {
    match value {
        Value::Object(members) => members
            .iter()
            .map(|(name, member)| {
                let old = before.and_then(|before| before.get(name));
                let shown = match member {
                    Value::Null => Value::Null,
                    _ if !SECRETS.contains(&name.as_str()) => redact(member, old),
                    _ if before.is_some() && old != Some(member) => Value::from("[another secret]"),
                    _ => Value::from("[secret]"),
                };
                (name.clone(), shown)
            })
            .collect(),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .map(|(index, item)| redact(item, before.and_then(|before| before.get(index))))
            .collect(),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_difference_shows_lines_but_no_secret() {
        let before = json!({"name": "Shop", "secret_hashes": [{"hash": "AAAA"}], "scope": "openid"});
        let after = json!({"name": "Shop", "secret_hashes": [{"hash": "BBBB"}], "scope": "openid email"});
        let Change::Updated(text) = Change::between("clients/shop", Some(&before), &after).unwrap() else {
            panic!("not updated");
        };
        assert!(text.contains("-scope: openid\n") && text.contains("+scope: openid email\n"), "{text}");
        assert!(text.contains("[another secret]") && !text.contains("AAAA") && !text.contains("BBBB"), "{text}");
        assert_eq!(Change::between("x", Some(&after), &after).unwrap(), Change::Unchanged);
    }

    #[test]
    fn a_new_object_is_all_plus() {
        let Change::Created(text) = Change::between("users/a", None, &json!({"password": "hunter2"})).unwrap() else {
            panic!("not created");
        };
        assert!(text.contains("--- /dev/null\n+++ b/users/a") && text.contains("+password: "), "{text}");
        assert!(!text.contains("hunter2"), "{text}");
    }
}
