//! `authorization_details` (RFC 9396): a short list of objects with a type, which is part of itself and of nothing less.
#![no_main]

use latchkey_protocol::AuthorizationDetails;
use libfuzzer_sys::fuzz_target;
use serde_json::{Value, json};

fuzz_target!(|text: &str| {
    let Ok(details) = AuthorizationDetails::parse(text) else { return };
    let value = details.to_value();
    let objects = value.as_array().expect("a list");
    assert!((1..=20).contains(&objects.len()) && text.len() <= 8 * 1024);
    assert!(objects.iter().all(|object| object["type"].is_string() && count(object) <= 200));
    let again = AuthorizationDetails::parse(&value.to_string()).expect("what is written is read");
    assert_eq!(again, details);
    assert!(details.is_part_of(Some(&value)));
    assert!(!details.is_part_of(None) && !details.is_part_of(Some(&json!([]))));
    assert!(!details.is_part_of(Some(&Value::Array(objects[1..].to_vec()))) || objects[1..].contains(&objects[0]));
});

fn count(value: &Value) -> usize {
    match value {
        Value::Object(members) => 1 + members.values().map(count).sum::<usize>(),
        Value::Array(values) => 1 + values.iter().map(count).sum::<usize>(),
        _ => 1,
    }
}
