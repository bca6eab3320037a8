//! Types of `authorization_details`, [RFC 9396 §2](https://www.rfc-editor.org/rfc/rfc9396#section-2), and the JSON
//! schema that objects of each must fit.

use std::collections::BTreeMap;

use jsonschema::{Draft, PatternOptions, Validator};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::InvalidMember;
use crate::language_tag::{check_descriptions, look_up};

const MEMBER: &str = "authorization_details_types";
/// Of one resource server.
pub(crate) const MAX_TYPES: usize = 50;
const MAX_SCHEMA_BYTES: usize = 16 * 1024;
/// Without references a schema is a finite tree, nothing is fetched for it, and checking an object ends.
const REFERENCES: [&str; 3] = ["$ref", "$dynamicRef", "$recursiveRef"];

/// A type of `authorization_details` that a resource server understands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AuthorizationDetailsType {
    /// The value of `type`.
    #[serde(rename = "type")]
    pub name: String,
    /// What it allows, for the consent page.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// The same in other languages, by BCP 47 tag.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub descriptions: BTreeMap<String, String>,
    /// What an object of this type must fit: JSON Schema 2020-12 without references. Empty accepts every object.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub schema: Map<String, Value>,
}

impl AuthorizationDetailsType {
    /// Checks name, description and schema.
    ///
    /// # Errors
    /// What is wrong.
    pub fn validate(&self) -> Result<(), InvalidMember> {
        let name = &self.name;
        let allowed = |b: u8| (0x21..0x7f).contains(&b) && b != b'"' && b != b'\\';
        if name.is_empty() || name.len() > 200 || !name.bytes().all(allowed) {
            return Err(InvalidMember::new(
                MEMBER,
                format!("{name:?} is no type: 1 to 200 printable ASCII characters"),
            ));
        }
        if self.description.len() > 500 || self.description.chars().any(char::is_control) {
            let reason = format!("the description of {name} is too long or has control characters");
            return Err(InvalidMember::new(MEMBER, reason));
        }
        check_descriptions(MEMBER, &self.descriptions)?;
        let schema = Value::Object(self.schema.clone());
        if schema.to_string().len() > MAX_SCHEMA_BYTES {
            return Err(InvalidMember::new(MEMBER, format!("the schema of {name} is longer than 16 KiB")));
        }
        if has_reference(&schema) {
            return Err(InvalidMember::new(MEMBER, format!("the schema of {name} must do without references")));
        }
        match self.validator() {
            Ok(_) => Ok(()),
            Err(reason) => Err(InvalidMember::new(MEMBER, format!("the schema of {name} is none: {reason}"))),
        }
    }

    /// What it allows, in a language (a BCP 47 tag) as far as it was said in that; empty when nobody said it.
    #[must_use]
    pub fn description_in(&self, language: &str) -> &str {
        look_up(&self.descriptions, language).unwrap_or(&self.description)
    }

    /// Checks an object of this type.
    ///
    /// # Errors
    /// Where it does not fit: a JSON pointer (RFC 6901), empty for the object itself.
    pub fn check(&self, object: &Value) -> Result<(), String> {
        let validator = self.validator().map_err(|_| String::new())?;
        validator.validate(object).map_err(|error| error.instance_path().to_string())
    }

    fn validator(&self) -> Result<Validator, String> {
        // Linear in the text, whatever the pattern: clients choose the text.
        let options =
            jsonschema::options().with_draft(Draft::Draft202012).with_pattern_options(PatternOptions::regex());
        options.build(&Value::Object(self.schema.clone())).map_err(|error| error.to_string())
    }
}

fn has_reference(schema: &Value) -> bool {
    match schema {
        Value::Object(members) => {
            members.iter().any(|(name, value)| REFERENCES.contains(&name.as_str()) || has_reference(value))
        }
        Value::Array(values) => values.iter().any(has_reference),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn of(schema: Value) -> AuthorizationDetailsType {
        let Value::Object(schema) = schema else { panic!("a schema is an object") };
        AuthorizationDetailsType {
            name: "payment".to_owned(),
            description: String::new(),
            descriptions: BTreeMap::new(),
            schema,
        }
    }

    #[test]
    fn objects_are_held_against_the_schema() {
        let payment = of(json!({
            "properties": {"amount": {"type": "integer", "maximum": 100}, "iban": {"type": "string", "pattern": "^CH"}},
            "required": ["amount"],
            "additionalProperties": {"const": "payment"}
        }));
        assert_eq!(payment.validate().map_err(|error| error.to_string()), Ok(()));
        assert_eq!(payment.check(&json!({"type": "payment", "amount": 5, "iban": "CH1"})), Ok(()));
        assert_eq!(payment.check(&json!({"type": "payment", "amount": 101})), Err("/amount".to_owned()));
        for wrong in [json!({"type": "payment"}), json!({"amount": 1, "iban": "DE1"}), json!({"amount": 1, "x": 1})] {
            assert!(payment.check(&wrong).is_err(), "{wrong}");
        }
        assert_eq!(of(json!({})).check(&json!({"type": "payment", "anything": [1]})), Ok(()));
    }

    #[test]
    fn a_schema_that_is_none_or_leads_elsewhere_is_refused() {
        for schema in [
            json!({"type": "no such type"}),
            json!({"properties": []}),
            json!({"$ref": "https://evil.example/schema"}),
            json!({"properties": {"a": {"$ref": "#"}}}),
            json!({"allOf": [{"$dynamicRef": "#node"}]}),
            json!({"pattern": "(?<=a)b"}),
            json!({"description": "x".repeat(17 * 1024)}),
        ] {
            assert!(of(schema.clone()).validate().is_err(), "{schema}");
        }
        for name in ["", "a b", "a\"b", "\u{e9}"] {
            assert!(
                AuthorizationDetailsType { name: name.to_owned(), ..of(json!({})) }.validate().is_err(),
                "{name:?}"
            );
        }
    }
}
