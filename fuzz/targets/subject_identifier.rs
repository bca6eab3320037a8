//! Subject identifiers (RFC 9493): what is accepted has the members of its format, and no others.
#![no_main]

use latchkey_protocol::SubjectIdentifier;
use libfuzzer_sys::fuzz_target;
use serde_json::{Value, json};

fuzz_target!(|data: &[u8]| {
    let Ok(value) = serde_json::from_slice::<Value>(data) else { return };
    let Ok(read) = SubjectIdentifier::parse(&value) else { return };
    let written = match &read {
        SubjectIdentifier::IssSub { iss, sub } => json!({"format": "iss_sub", "iss": iss, "sub": sub}),
        SubjectIdentifier::Opaque { id } => json!({"format": "opaque", "id": id}),
        SubjectIdentifier::Email { email } => json!({"format": "email", "email": email}),
    };
    assert_eq!(written, value);
    let texts = value.as_object().expect("an object").values().filter_map(Value::as_str);
    assert!(texts.into_iter().all(|text| !text.is_empty() && text.len() <= 512 && !text.contains('\0')));
});
