//! `authorization_details` in words, [RFC 9396](https://www.rfc-editor.org/rfc/rfc9396): every member of every object,
//! for what the user does not see they have not allowed.

use latchkey_language::{Language, Words};
use latchkey_tenants::ResourceServers;
use serde_json::Value;

/// One object on the consent page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Detail {
    pub(crate) description: String,
    /// The API that it concerns.
    pub(crate) note: Option<String>,
    /// Path and value of each member but `type`.
    pub(crate) members: Vec<(String, String)>,
}

/// The objects that the request asks for, as the client's resource servers describe their types. How many there may be
/// is bounded where the request is read.
pub(crate) fn describe(
    asked: Option<&Value>,
    audiences: &[String],
    (servers, language): (&ResourceServers, Language),
) -> Vec<Detail> {
    let objects = asked.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    objects.iter().map(|object| detail(object, audiences, (servers, language))).collect()
}

fn detail(object: &Value, audiences: &[String], (servers, language): (&ResourceServers, Language)) -> Detail {
    let name = object.get("type").and_then(Value::as_str).unwrap_or_default();
    let understood = audiences.iter().filter_map(|audience| servers.find(audience));
    let kind = understood.filter_map(|server| Some((server, server.find_details_type(name)?))).next();
    let tag = language.tag();
    let described = kind.map(|(_, kind)| kind.description_in(tag)).filter(|text| !text.is_empty());
    let mut members = Vec::new();
    for (name, value) in object.as_object().into_iter().flatten().filter(|(name, _)| *name != "type") {
        flatten(&visible(name), value, language, &mut members);
    }
    Detail {
        description: visible(described.unwrap_or(name)),
        note: kind.map(|(server, _)| language.say(&Words::new("scope-in").with("api", server.name_in(tag)))),
        members,
    }
}

fn flatten(path: &str, value: &Value, language: Language, rows: &mut Vec<(String, String)>) {
    match value {
        Value::Object(members) if !members.is_empty() => {
            for (name, value) in members {
                flatten(&format!("{path} › {}", visible(name)), value, language, rows);
            }
        }
        Value::Array(values) if values.iter().any(|value| value.is_object() || value.is_array()) => {
            for (index, value) in values.iter().enumerate() {
                flatten(&format!("{path} {}", index + 1), value, language, rows);
            }
        }
        Value::Array(values) => {
            rows.push((
                path.to_owned(),
                values.iter().map(|value| scalar(value, language)).collect::<Vec<_>>().join(", "),
            ));
        }
        value => rows.push((path.to_owned(), scalar(value, language))),
    }
}

fn scalar(value: &Value, language: Language) -> String {
    match value {
        Value::String(text) => visible(text),
        Value::Bool(true) => language.text("detail-yes"),
        Value::Bool(false) => language.text("detail-no"),
        Value::Null => language.text("detail-nothing"),
        value => value.to_string(),
    }
}

/// Control characters, those without a glyph, and those that turn the direction of the text could show another amount
/// than the one that is sent.
fn visible(text: &str) -> String {
    let hidden = |c: char| {
        c.is_control()
            || matches!(c, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
    };
    text.chars().map(|c| if hidden(c) { '\u{fffd}' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_member_is_shown_and_nothing_that_hides_another() {
        let server = json!({"audience": "https://pay", "name": "Bank", "settings": {
            "authorization_details_types": [{"type": "payment", "description": "Pay"}]}});
        let servers = ResourceServers::new(vec![serde_json::from_value(server).expect("a resource server")]);
        let asked = json!([
            {"type": "payment", "amount": {"value": 5, "currency": "EUR"}, "to": ["a", "b\u{202e}c"], "legs": [{"x": true}]},
            {"type": "unknown", "empty": {}, "none": null}
        ]);
        let row = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let shown = describe(Some(&asked), &["https://pay".to_owned()], (&servers, Language::English));
        assert_eq!((shown[0].description.as_str(), shown[0].note.as_deref()), ("Pay", Some("In Bank")));
        let mut members = shown[0].members.clone();
        members.sort();
        let expected = [
            row("amount › currency", "EUR"),
            row("amount › value", "5"),
            row("legs 1 › x", "yes"),
            row("to", "a, b\u{fffd}c"),
        ];
        assert_eq!(members, expected);
        assert_eq!((shown[1].description.as_str(), shown[1].note.as_deref()), ("unknown", None));
        assert_eq!(shown[1].members, [row("empty", "{}"), row("none", "nothing")]);
        assert!(describe(None, &[], (&servers, Language::English)).is_empty());
    }
}
